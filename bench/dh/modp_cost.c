/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * modp_cost times [ROUNDS]      what exponentiations of each group cost, with the vector unit and
 * with OpenSSL modp_cost constant [COUNT]    whether times tell exponents apart
 *
 * All in CPU time of this thread. Those of a round take turns, so that a slow moment of the machine
 * falls on all; what is printed is the median of the rounds. Lines "NAME VALUE" at the end are for
 * the suite "dh".
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/dh.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/sha.h>

#include "bench/dh/welch.h"
#include "x4/crypto/dh.h"
#include "x4/crypto/modp_batch.h"

enum { BATCH = 8, ROUNDS_MAX = 1001, GROUPS = 5 };

static const x4e_group groups[GROUPS] = {x4c_group_modp1024, x4c_group_modp1536, x4c_group_modp2048,
                                         x4c_group_modp3072, x4c_group_modp4096};

/* What is measured of a group, each in microseconds for one peer. */
enum measure {
    DERIVE_1, /* that many peers at a time */
    DERIVE_2,
    DERIVE_3,
    DERIVE_4,
    DERIVE_8,
    KEY_1,
    KEY_4,
    KEY_8,
    BN_POWER,     /* BN_mod_exp_mont_consttime, with an exponent of the length that OpenSSL gets */
    EVP_KEY,      /* EVP_PKEY_generate, likewise */
    SCALAR,       /* hashing after itself */
    SCALAR_AFTER, /* and after 8 lanes */
    MEASURES
};

static const struct {
    enum measure measure;
    unsigned count;
    bool base;
} batches[] = {
    {DERIVE_1, 1, true}, {DERIVE_2, 2, true}, {DERIVE_3, 3, true}, {DERIVE_4, 4, true},
    {DERIVE_8, 8, true}, {KEY_1, 1, false},   {KEY_4, 4, false},   {KEY_8, 8, false},
};

struct bench {
    const x4s_modp_field *field;
    x4s_modp_work *work;
    uint64_t exponents[BATCH][x4c_modp_exponent_words];
    uint8_t bases[BATCH][x4c_modp_bytes_max];
    uint8_t results[BATCH][x4c_modp_bytes_max];

    BN_CTX *ctx;
    BN_MONT_CTX *mont;
    BIGNUM *prime;
    BIGNUM *base;
    BIGNUM *exponent;
    BIGNUM *result;
    EVP_PKEY_CTX *keygen; /* NULL: OpenSSL does not know the group by name */
    double rounds[MEASURES][ROUNDS_MAX];
};

static void check(bool good, const char *what)
{
    if (good)
        return;
    fprintf(stderr, "modp_cost: %s\n", what);
    exit(1);
}

static double cpu_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

/* -------------------------------------------------------------------------- a group */

/* The length that dh_groups.c gives OpenSSL: whole words. */
static int openssl_bits(const x4s_modp_field *field)
{
    return (int)(field->exponent_bits + 63) / 64 * 64;
}

static EVP_PKEY_CTX *make_keygen(const x4s_modp_field *field)
{
    char name[16];
    int bits = openssl_bits(field);
    snprintf(name, sizeof(name), "modp_%u", 8 * field->bytes);
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, name, 0),
        OSSL_PARAM_construct_int(OSSL_PKEY_PARAM_DH_PRIV_LEN, &bits),
        OSSL_PARAM_construct_end(),
    };
    EVP_PKEY_CTX *keygen = EVP_PKEY_CTX_new_from_name(NULL, "DH", NULL);
    check(keygen && EVP_PKEY_keygen_init(keygen) == 1, "key type");
    if (EVP_PKEY_CTX_set_params(keygen, params) == 1)
        return keygen;
    EVP_PKEY_CTX_free(keygen);
    return NULL;
}

static void open_bench(struct bench *bench, const x4s_modp *modp, x4e_group group,
                       x4s_modp_work *work)
{
    bench->field = x4_modp_field_of(modp, group);
    bench->work = work;
    bench->ctx = BN_CTX_new();
    bench->mont = BN_MONT_CTX_new();
    bench->prime = BN_new();
    bench->base = BN_new();
    bench->exponent = BN_new();
    bench->result = BN_new();
    check(bench->result && x4_modp_prime(bench->field, bench->prime) &&
              BN_MONT_CTX_set(bench->mont, bench->prime, bench->ctx) == 1,
          "no memory");
    for (unsigned i = 0; i < BATCH; i++) {
        check(x4_modp_exponent(bench->field, bench->exponents[i]) &&
                  RAND_bytes(bench->bases[i], (int)bench->field->bytes) == 1,
              "no random bytes");
        bench->bases[i][0] &= 0x7f;
    }
    BN_rand(bench->exponent, openssl_bits(bench->field), BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY);
    BN_set_flags(bench->exponent, BN_FLG_CONSTTIME);
    BN_bin2bn(bench->bases[0], (int)bench->field->bytes, bench->base);
    bench->keygen = make_keygen(bench->field);
}

static void close_bench(struct bench *bench)
{
    EVP_PKEY_CTX_free(bench->keygen);
    BN_free(bench->result);
    BN_free(bench->exponent);
    BN_free(bench->base);
    BN_free(bench->prime);
    BN_MONT_CTX_free(bench->mont);
    BN_CTX_free(bench->ctx);
}

static void run_batch(struct bench *bench, unsigned count, bool base)
{
    x4s_modp_power powers[BATCH];
    for (unsigned i = 0; i < count; i++)
        powers[i] =
            (x4s_modp_power){bench->exponents[i], base ? bench->bases[i] : NULL, bench->results[i]};
    x4_modp_run(bench->field, bench->work, powers, count);
}

/* -------------------------------------------------------------------------- times */

enum { REPEAT = 4, HASHED = 4096, HASHES = 16 };

static void measure_batches(struct bench *bench, unsigned round)
{
    for (size_t i = 0; i < x4m_countof(batches); i++) {
        const double begin = cpu_us();
        for (unsigned k = 0; k < REPEAT; k++)
            run_batch(bench, batches[i].count, batches[i].base);
        bench->rounds[batches[i].measure][round] = (cpu_us() - begin) / REPEAT / batches[i].count;
    }
}

static void measure_openssl(struct bench *bench, unsigned round)
{
    double begin = cpu_us();
    for (unsigned k = 0; k < REPEAT; k++)
        BN_mod_exp_mont_consttime(bench->result, bench->base, bench->exponent, bench->prime,
                                  bench->ctx, bench->mont);
    bench->rounds[BN_POWER][round] = (cpu_us() - begin) / REPEAT;
    begin = cpu_us();
    for (unsigned k = 0; bench->keygen && k < REPEAT; k++) {
        EVP_PKEY *key = NULL;
        check(EVP_PKEY_generate(bench->keygen, &key) == 1, "key generation");
        EVP_PKEY_free(key);
    }
    bench->rounds[EVP_KEY][round] = (cpu_us() - begin) / REPEAT;
}

/* SHA2-512 of OpenSSL: 64-bit integers and, as it is chosen for this processor, narrower vectors.
 */
static double hash_us(void)
{
    static uint8_t data[HASHED];
    uint8_t digest[SHA512_DIGEST_LENGTH];
    const double begin = cpu_us();
    for (unsigned i = 0; i < HASHES; i++) {
        SHA512(data, sizeof(data), digest);
        memcpy(data, digest, sizeof(digest));
    }
    return cpu_us() - begin;
}

static void measure_scalar(struct bench *bench, unsigned round)
{
    hash_us();
    bench->rounds[SCALAR][round] = hash_us();
    run_batch(bench, BATCH, true);
    (void)hash_us(); /* what the exponentiation drove out of the caches */
    run_batch(bench, 1, false);
    bench->rounds[SCALAR_AFTER][round] = hash_us();
}

static int by_size(const void *a, const void *b)
{
    const double left = *(const double *)a;
    const double right = *(const double *)b;
    return (left > right) - (left < right);
}

static double median(struct bench *bench, enum measure measure, unsigned rounds)
{
    double *values = bench->rounds[measure];
    qsort(values, rounds, sizeof(*values), by_size);
    return values[rounds / 2];
}

static void tell_group(struct bench *bench, unsigned rounds, double *medians)
{
    for (int i = 0; i < MEASURES; i++)
        medians[i] = median(bench, (enum measure)i, rounds);
    printf("%-9s", x4_dh_group_name(bench->field->group));
    for (int i = 0; i < EVP_KEY; i++)
        printf(" %8.1f", medians[i]);
    if (bench->keygen)
        printf(" %8.1f  %7.3f %7.3f\n", medians[EVP_KEY], medians[DERIVE_8] / medians[BN_POWER],
               medians[KEY_8] / medians[EVP_KEY]);
    else
        printf(" %8s  %7.3f %7s\n", "-", medians[DERIVE_8] / medians[BN_POWER], "-");
}

static void tell_times(const x4s_modp *modp, x4s_modp_work *work, unsigned rounds)
{
    static struct bench benches[GROUPS];
    for (unsigned i = 0; i < GROUPS; i++)
        open_bench(&benches[i], modp, groups[i], work);
    for (unsigned round = 0; round < rounds; round++)
        for (unsigned i = 0; i < GROUPS; i++) {
            measure_batches(&benches[i], round);
            measure_openssl(&benches[i], round);
            measure_scalar(&benches[i], round);
        }
    printf("us for a peer, of so many at a time; BN: BN_mod_exp_mont_consttime; EVP: "
           "EVP_PKEY_generate\n");
    printf("%-9s %8s %8s %8s %8s %8s %8s %8s %8s %8s %8s  %7s %7s\n", "group", "derive 1", "2", "3",
           "4", "8", "key 1", "4", "8", "BN", "EVP", "derive", "key");
    double medians[GROUPS][MEASURES];
    for (unsigned i = 0; i < GROUPS; i++) {
        tell_group(&benches[i], rounds, medians[i]);
        close_bench(&benches[i]);
    }
    const double *modp2048 = medians[2];
    printf("derive %.4f\n", modp2048[DERIVE_8] / modp2048[BN_POWER]);
    printf("alone %.4f\n", modp2048[DERIVE_1] / modp2048[BN_POWER]);
    printf("key %.4f\n", modp2048[KEY_8] / modp2048[EVP_KEY]);
    printf("scalar %.4f\n", modp2048[SCALAR_AFTER] / modp2048[SCALAR]);
}

/* -------------------------------------------------------------------------- constant time */

/* An exponent with few bits, always the same, or a random one: both are of the same length. */
static void set_exponents(struct bench *bench, bool random)
{
    const unsigned top = bench->field->exponent_bits - 1;
    for (unsigned i = 0; i < BATCH; i++) {
        check(x4_modp_exponent(bench->field, bench->exponents[i]), "no random bytes");
        if (!random) {
            memset(bench->exponents[i], 0, sizeof(bench->exponents[i]));
            bench->exponents[i][top / 64] = UINT64_C(1) << (top % 64);
        }
    }
}

/* The quickest half: what took longer was interrupted. */
static double tell_apart(double *times, const uint8_t *classes, unsigned count)
{
    static double sorted[1 << 20];
    struct welch welch[2] = {0};
    memcpy(sorted, times, count * sizeof(*times));
    qsort(sorted, count, sizeof(*sorted), by_size);
    for (unsigned i = 0; i < count; i++)
        if (times[i] <= sorted[count / 2])
            welch_add(&welch[classes[i]], times[i]);
    return welch_t(&welch[0], &welch[1]);
}

static double measure_classes(struct bench *bench, unsigned at_a_time, bool base, unsigned count)
{
    static double times[1 << 20];
    static uint8_t classes[1 << 20];
    for (unsigned i = 0; i < count; i++) {
        check(RAND_bytes(&classes[i], 1) == 1, "no random bytes");
        classes[i] &= 1;
        set_exponents(bench, classes[i]);
        const double begin = cpu_us();
        run_batch(bench, at_a_time, base);
        times[i] = cpu_us() - begin;
    }
    return tell_apart(times, classes, count);
}

static void tell_constant(const x4s_modp *modp, x4s_modp_work *work, unsigned count)
{
    static struct bench bench;
    open_bench(&bench, modp, x4c_group_modp1024, work);
    double most = 0;
    printf("t of exponents with one bit against random ones, modp1024, %u times\n", count);
    for (size_t i = 0; i < x4m_countof(batches); i++) {
        const unsigned at_a_time = batches[i].count;
        if (at_a_time != 1 && at_a_time != 4 && at_a_time != BATCH)
            continue;
        const double t = measure_classes(&bench, at_a_time, batches[i].base, count);
        printf("%-6s %u at a time %8.2f\n", batches[i].base ? "derive" : "key", at_a_time, t);
        most = x4m_max(most, t < 0 ? -t : t);
    }
    printf("constant %.2f\n", most);
    close_bench(&bench);
}

static unsigned number(const char *text, unsigned preset, unsigned max)
{
    const unsigned long value = text ? strtoul(text, NULL, 10) : preset;
    check(value >= 3 && value <= max, "the number is out of bounds");
    return (unsigned)value;
}

int main(int argc, char **argv)
{
    const char *why;
    const char *amount = argc > 2 ? argv[2] : NULL;
    x4s_modp *modp = x4_modp_new(NULL, &why);
    check(modp != NULL, modp ? "" : why);
    x4s_modp_work *work = x4_modp_work_new(&x4_libc_allocator);
    check(work != NULL, "no memory");
    if (argc > 1 && strcmp(argv[1], "times") == 0)
        tell_times(modp, work, number(amount, 51, ROUNDS_MAX));
    else if (argc > 1 && strcmp(argv[1], "constant") == 0)
        tell_constant(modp, work, number(amount, 20000, 1 << 20));
    else
        check(false, "usage: modp_cost times [ROUNDS] | constant [COUNT]");
    x4_modp_work_free(&x4_libc_allocator, work);
    x4_modp_free(modp);
    return 0;
}
