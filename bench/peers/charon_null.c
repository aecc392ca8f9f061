/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A kernel for strongSwan that has IPsec and does nothing: what the `null` back end is to ikehubd.
 *
 * Preloaded into charon it answers the calls for SAs and policies with success, at once, so that
 * what is measured is IKE alone. That spares charon all work on its kernel's behalf: netlink,
 * userland IPsec, and the linear searches of the latter. Addresses and routes stay the kernel's.
 *
 * The layout is that of strongSwan 5.9 (src/libcharon/kernel/kernel_interface.h).
 */
#include <arpa/inet.h>
#include <dlfcn.h>
#include <stdatomic.h>
#include <stdint.h>

enum { SUCCESS = 0 };

typedef struct kernel_interface kernel_interface;

typedef int sa_function(kernel_interface *self, void *id, void *data);
typedef int flush_function(kernel_interface *self);

struct kernel_interface {
    void *get_features;
    int (*get_spi)(kernel_interface *self, void *src, void *dst, uint8_t protocol, uint32_t *spi);
    void *get_cpi;
    void *alloc_reqid;
    void *release_reqid;
    sa_function *add_sa;
    sa_function *update_sa;
    int (*query_sa)(kernel_interface *self, void *id, void *data, uint64_t *bytes,
                    uint64_t *packets, long *time);
    sa_function *del_sa;
    flush_function *flush_sas;
    sa_function *add_policy;
    int (*query_policy)(kernel_interface *self, void *id, void *data, long *time);
    sa_function *del_policy;
    flush_function *flush_policies;
};

typedef kernel_interface *create_function(void);

create_function kernel_interface_create;

static int get_spi(kernel_interface *self, void *src, void *dst, uint8_t protocol, uint32_t *spi)
{
    static atomic_uint last = 0xc0000000;
    (void)self;
    (void)src;
    (void)dst;
    (void)protocol;
    *spi = htonl(++last);
    return SUCCESS;
}

static int sa_nothing(kernel_interface *self, void *id, void *data)
{
    (void)self;
    (void)id;
    (void)data;
    return SUCCESS;
}

static int flush_nothing(kernel_interface *self)
{
    (void)self;
    return SUCCESS;
}

static int query_sa(kernel_interface *self, void *id, void *data, uint64_t *bytes,
                    uint64_t *packets, long *time)
{
    (void)self;
    (void)id;
    (void)data;
    *bytes = 0;
    if (packets)
        *packets = 0;
    if (time)
        *time = 0;
    return SUCCESS;
}

static int query_policy(kernel_interface *self, void *id, void *data, long *time)
{
    (void)self;
    (void)id;
    (void)data;
    *time = 0;
    return SUCCESS;
}

kernel_interface *kernel_interface_create(void)
{
    create_function *create;
    *(void **)&create = dlsym(RTLD_NEXT, "kernel_interface_create");
    kernel_interface *kernel = create();
    kernel->get_spi = get_spi;
    kernel->add_sa = sa_nothing;
    kernel->update_sa = sa_nothing;
    kernel->query_sa = query_sa;
    kernel->del_sa = sa_nothing;
    kernel->flush_sas = flush_nothing;
    kernel->add_policy = sa_nothing;
    kernel->query_policy = query_policy;
    kernel->del_policy = sa_nothing;
    kernel->flush_policies = flush_nothing;
    return kernel;
}
