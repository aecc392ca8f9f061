/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * modp_random GROUP COUNT [SEED]
 *
 * COUNT exponentiations with random bases and exponents in the group modp1024 to modp4096, by each
 * kernel, all compared with OpenSSL's; as many key pairs are compared with what the kernel `across`
 * makes of a base of 2, and one in 16 with OpenSSL's. The seed is told, and makes the same numbers
 * once more. Status 77: the processor cannot.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>
#include <openssl/rand.h>

#include "tests/modp/powers.h"
#include "x4/crypto/dh.h"

enum { WIDTH = 8, SKIPPED = 77 };

/* AES in counter mode: as fast as it has to be. */
struct source {
    EVP_CIPHER_CTX *ctx;
};

static void source_init(struct source *source, uint64_t seed)
{
    uint8_t key[16] = {0};
    const uint8_t iv[16] = {0};
    memcpy(key, &seed, sizeof(seed));
    source->ctx = EVP_CIPHER_CTX_new();
    EVP_EncryptInit_ex(source->ctx, EVP_aes_128_ctr(), NULL, key, iv);
}

static void draw(struct source *source, void *data, size_t len)
{
    int done;
    memset(data, 0, len);
    EVP_EncryptUpdate(source->ctx, data, &done, data, (int)len);
}

static const x4s_modp_field *field_named(const x4s_modp *modp, const char *name)
{
    for (unsigned i = 1; i < 32; i++) {
        const char *group = x4_dh_group_name((x4e_group)i);
        if (group && strcmp(group, name) == 0)
            return x4_modp_field_of(modp, (x4e_group)i);
    }
    return NULL;
}

static bool all_right(const x4s_modp_field *field, x4s_modp_work *work, const struct power *powers,
                      bool comb)
{
    for (size_t i = 0; i < 3; i++)
        for (unsigned lane = 0; lane < WIDTH; lane += powers_kernels[i]->width)
            if (!powers_right(powers_kernels[i], field, work, powers + lane, field->exponent_bits,
                              comb)) {
                fprintf(stderr, "kernel %s, %s: another result\n", powers_kernels[i]->name,
                        comb ? "comb" : "power");
                return false;
            }
    return true;
}

/* 2 ^ exponent, by the kernel that has been compared with OpenSSL's. */
static void expect_comb(const x4s_modp_field *field, x4s_modp_work *work, struct power *power)
{
    memset(power->base, 0, sizeof(power->base));
    power->base[field->bytes - 1] = 2;
    (void)powers_right(&x4_modp_across, field, work, power, field->exponent_bits, false);
    x4_modp_write(field, power->result, work->value, 1);
}

static bool check(const x4s_modp_field *field, x4s_modp_work *work, struct source *source,
                  unsigned long count)
{
    struct powers_openssl openssl;
    static struct power powers[WIDTH];
    bool right = true;
    powers_openssl_init(&openssl, field);
    for (unsigned long done = 0; right && done < count; done += WIDTH) {
        draw(source, powers, sizeof(powers));
        for (unsigned i = 0; i < WIDTH; i++)
            powers_expect(&openssl, field, &powers[i], field->exponent_bits, false);
        right = all_right(field, work, powers, false);
        for (unsigned i = 0; i < WIDTH; i++)
            if (i == 0 && done % 16 == 0)
                powers_expect(&openssl, field, &powers[i], field->exponent_bits, true);
            else
                expect_comb(field, work, &powers[i]);
        right = right && all_right(field, work, powers, true);
    }
    powers_openssl_fini(&openssl);
    return right;
}

int main(int argc, char **argv)
{
    const char *why;
    struct source source;
    uint64_t seed;
    if (argc < 3) {
        fputs("usage: modp_random GROUP COUNT [SEED]\n", stderr);
        return 2;
    }
    x4s_modp *modp = x4_modp_new(NULL, &why);
    if (!modp) {
        printf("skipped: %s\n", why);
        return SKIPPED;
    }
    const x4s_modp_field *field = field_named(modp, argv[1]);
    x4s_modp_work *work = x4_modp_work_new(&x4_libc_allocator);
    RAND_bytes((uint8_t *)&seed, sizeof(seed));
    if (argc > 3)
        seed = strtoull(argv[3], NULL, 0);
    printf("%s %s 0x%llx\n", argv[1], argv[2], (unsigned long long)seed);
    source_init(&source, seed);
    const bool right = field && work && check(field, work, &source, strtoul(argv[2], NULL, 10));
    EVP_CIPHER_CTX_free(source.ctx);
    x4_modp_work_free(&x4_libc_allocator, work);
    x4_modp_free(modp);
    return right ? 0 : 1;
}
