/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Lets strongSwan's userland IPsec record SAs of every kind.
 *
 * Neither end of an interop case carries traffic: ikehubd's `null` back end installs nothing, and
 * the kernel may have no ESP at all. charon therefore runs with kernel-libipsec, which refuses what
 * it could not encapsulate in UDP (SAs without NAT traversal, transport mode) and what it has not
 * learnt: AH, ESN and some algorithms. Preloaded into charon, this wrapper tells libipsec that the
 * SA is a tunnel of ESP in UDP with algorithms that it knows, so that negotiation ends as it would
 * on a kernel with all of IPsec; and it gives charon CPIs, which libipsec has none of. IKE itself
 * is untouched, and has logged the keys before.
 *
 * The prototype is that of strongSwan 5.9 (src/libipsec/ipsec_sa.h).
 */
#include <arpa/inet.h>
#include <dlfcn.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct {
    uint8_t *ptr;
    size_t len;
} chunk;

typedef struct {
    uint32_t value;
    uint32_t mask;
} mark;

enum {
    PROTOCOL_ESP = 50,
    ENCR_NULL = 11,
    AUTH_HMAC_SHA1_96 = 2,
    SHA1_KEY = 20,
    MODE_TUNNEL = 2,
};

typedef void *create_function(uint32_t spi, void *src, void *dst, uint8_t protocol, uint32_t reqid,
                              mark mark_id, uint32_t tfc, void *lifetime, uint16_t enc_alg,
                              chunk enc_key, uint16_t int_alg, chunk int_key, int mode,
                              uint16_t ipcomp, uint16_t cpi, bool encap, bool esn, bool inbound);

create_function ipsec_sa_create;

/* The beginning of kernel_interface_t, strongSwan 5.9 (src/libcharon/kernel/kernel_interface.h). */
typedef int get_cpi_function(void *self, void *src, void *dst, uint16_t *cpi);

typedef struct {
    void *get_features;
    void *get_spi;
    get_cpi_function *get_cpi;
} kernel_interface;

typedef kernel_interface *kernel_function(void);

kernel_function kernel_interface_create;

static int get_cpi(void *self, void *src, void *dst, uint16_t *cpi)
{
    static atomic_ushort last = 0x1000;
    (void)self;
    (void)src;
    (void)dst;
    *cpi = htons(++last);
    return 0;
}

kernel_interface *kernel_interface_create(void)
{
    kernel_function *create;
    *(void **)&create = dlsym(RTLD_NEXT, "kernel_interface_create");
    kernel_interface *kernel = create();
    kernel->get_cpi = get_cpi;
    return kernel;
}

void *ipsec_sa_create(uint32_t spi, void *src, void *dst, uint8_t protocol, uint32_t reqid,
                      mark mark_id, uint32_t tfc, void *lifetime, uint16_t enc_alg, chunk enc_key,
                      uint16_t int_alg, chunk int_key, int mode, uint16_t ipcomp, uint16_t cpi,
                      bool encap, bool esn, bool inbound)
{
    /* A plugin's dependency is not in the global scope, where RTLD_NEXT would look. */
    void *libipsec = dlopen("libipsec.so.0", RTLD_LAZY | RTLD_NOLOAD);
    static uint8_t key[SHA1_KEY];
    create_function *create;

    (void)mode;
    (void)encap;
    (void)protocol;
    (void)enc_alg;
    (void)enc_key;
    (void)int_alg;
    (void)int_key;
    (void)esn;
    (void)ipcomp;
    (void)cpi;
    *(void **)&create = dlsym(libipsec, "ipsec_sa_create");
    return create(spi, src, dst, PROTOCOL_ESP, reqid, mark_id, tfc, lifetime, ENCR_NULL,
                  (chunk){NULL, 0}, AUTH_HMAC_SHA1_96, (chunk){key, sizeof(key)}, MODE_TUNNEL, 0, 0,
                  true, false, inbound);
}
