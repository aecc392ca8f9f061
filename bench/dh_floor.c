/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * dh_floor [--rounds N] [--count N] WORK...
 *
 * What the public-key work of one side of a handshake costs in OpenSSL and nothing else, in CPU
 * time: for a group one key generation and one derivation; for rsa2048 one signature and two
 * verifications, of the peer's signature and of its certificate's. The floor that a handshake is
 * compared with, so everything that can be left out is: the peer's key is imported before the
 * measurement, MODP exponents are as short as the group allows, and derivation skips OpenSSL's
 * validation of the peer's key, which for a MODP group is a full exponentiation.
 *
 * Rounds of all works take turns, so that a slow moment of the machine falls on all of them. A
 * SIGTERM ends the measurement after the round that runs.
 */
#include <getopt.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/rsa.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define ROUNDS_MAX 10000
#define COUNT_MAX  1000000
#define SHARED_MAX 1024

#define RSA_BITS      2048
#define SIGNATURE_MAX (RSA_BITS / 8)
#define HASH_SIZE     32

struct group {
    const char *name;
    const char *type;    /* OpenSSL's key type and name of the group */
    const char *openssl; /* NULL: signatures, with RSA */
    int exponent_bits;   /* twice the strength (SP 800-56A rev. 3, table 25); 0: the curve's own */
};

static const struct group groups[] = {
    {"modp2048", "DH", "modp_2048", 225}, {"modp3072", "DH", "modp_3072", 275},
    {"modp4096", "DH", "modp_4096", 325}, {"ecp256", "EC", "P-256", 0},
    {"ecp384", "EC", "P-384", 0},         {"ecp521", "EC", "P-521", 0},
    {"rsa2048", "RSA", NULL, 0},
};

#define GROUPS (sizeof(groups) / sizeof(groups[0]))

struct cost {
    double generate_us; /* or of the signature */
    double derive_us;   /* or of the verifications */
};

static volatile sig_atomic_t stopped;

struct bench {
    const struct group *group;
    EVP_PKEY_CTX *generator;
    EVP_PKEY *peer;
    struct cost rounds[ROUNDS_MAX];
};

static void check(bool good, const char *what)
{
    if (good)
        return;
    fprintf(stderr, "dh_floor: %s\n", what);
    ERR_print_errors_fp(stderr);
    exit(1);
}

static void on_stop(int signal)
{
    (void)signal;
    stopped = 1;
}

static double cpu_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static EVP_PKEY *generate(struct bench *bench)
{
    EVP_PKEY *key = NULL;
    check(EVP_PKEY_generate(bench->generator, &key) == 1, "key generation");
    return key;
}

static void derive(EVP_PKEY *own, EVP_PKEY *peer)
{
    uint8_t shared[SHARED_MAX];
    size_t len = sizeof(shared);
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_pkey(NULL, own, NULL);
    check(context && EVP_PKEY_derive_init(context) == 1 &&
              EVP_PKEY_derive_set_peer_ex(context, peer, 0) == 1 &&
              EVP_PKEY_derive(context, shared, &len) == 1,
          "derivation");
    EVP_PKEY_CTX_free(context);
}

static size_t sign(EVP_PKEY *key, const uint8_t *hash, uint8_t *signature)
{
    size_t len = SIGNATURE_MAX;
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);
    check(context && EVP_PKEY_sign_init(context) == 1 &&
              EVP_PKEY_sign(context, signature, &len, hash, HASH_SIZE) == 1,
          "signature");
    EVP_PKEY_CTX_free(context);
    return len;
}

static void verify(EVP_PKEY *key, const uint8_t *hash, const uint8_t *signature, size_t len)
{
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);
    check(context && EVP_PKEY_verify_init(context) == 1 &&
              EVP_PKEY_verify(context, signature, len, hash, HASH_SIZE) == 1,
          "verification");
    EVP_PKEY_CTX_free(context);
}

static void open_rsa(struct bench *bench)
{
    bench->peer = EVP_RSA_gen(RSA_BITS);
    check(bench->peer != NULL, "key generation");
}

static void open_bench(struct bench *bench, const struct group *group)
{
    bench->group = group;
    if (!group->openssl) {
        open_rsa(bench);
        return;
    }
    bench->generator = EVP_PKEY_CTX_new_from_name(NULL, group->type, NULL);
    check(bench->generator && EVP_PKEY_keygen_init(bench->generator) == 1, "key type");
    char name[32];
    snprintf(name, sizeof(name), "%s", group->openssl);
    int bits = group->exponent_bits;
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, name, 0),
        bits ? OSSL_PARAM_construct_int(OSSL_PKEY_PARAM_DH_PRIV_LEN, &bits)
             : OSSL_PARAM_construct_end(),
        OSSL_PARAM_construct_end(),
    };
    check(EVP_PKEY_CTX_set_params(bench->generator, params) == 1, "group");
    bench->peer = generate(bench);
}

static void close_bench(struct bench *bench)
{
    EVP_PKEY_free(bench->peer);
    EVP_PKEY_CTX_free(bench->generator);
}

static void exchange(struct bench *bench, struct cost *cost)
{
    double begin = cpu_us();
    EVP_PKEY *own = generate(bench);
    double middle = cpu_us();
    derive(own, bench->peer);
    cost->generate_us += middle - begin;
    cost->derive_us += cpu_us() - middle;
    EVP_PKEY_free(own);
}

static void authenticate(struct bench *bench, struct cost *cost)
{
    static const uint8_t hash[HASH_SIZE];
    uint8_t signature[SIGNATURE_MAX];
    double begin = cpu_us();
    size_t len = sign(bench->peer, hash, signature);
    double middle = cpu_us();
    verify(bench->peer, hash, signature, len);
    verify(bench->peer, hash, signature, len);
    cost->generate_us += middle - begin;
    cost->derive_us += cpu_us() - middle;
}

static struct cost run_round(struct bench *bench, int count)
{
    struct cost cost = {0};
    for (int i = 0; i < count; i++)
        (bench->group->openssl ? exchange : authenticate)(bench, &cost);
    cost.generate_us /= count;
    cost.derive_us /= count;
    return cost;
}

static int by_total(const void *a, const void *b)
{
    const struct cost *x = a;
    const struct cost *y = b;
    double left = x->generate_us + x->derive_us;
    double right = y->generate_us + y->derive_us;
    return (left > right) - (left < right);
}

static struct cost mean(const struct cost *rounds, int count)
{
    struct cost sum = {0};
    for (int i = 0; i < count; i++) {
        sum.generate_us += rounds[i].generate_us;
        sum.derive_us += rounds[i].derive_us;
    }
    return (struct cost){sum.generate_us / count, sum.derive_us / count};
}

static void print_cost(const char *name, const char *which, struct cost cost)
{
    printf("%-9s %-7s %8.1f %8.1f %8.1f\n", name, which, cost.generate_us, cost.derive_us,
           cost.generate_us + cost.derive_us);
}

static void print_costs(struct bench *bench, int rounds)
{
    const char *name = bench->group->name;
    qsort(bench->rounds, (size_t)rounds, sizeof(struct cost), by_total);
    print_cost(name, "min", bench->rounds[0]);
    print_cost(name, "median", bench->rounds[rounds / 2]);
    print_cost(name, "mean", mean(bench->rounds, rounds));
}

static const struct group *find_group(const char *name)
{
    for (size_t i = 0; i < GROUPS; i++)
        if (strcmp(groups[i].name, name) == 0)
            return &groups[i];
    return NULL;
}

static int parse_number(const char *text, long max)
{
    char *end;
    long value = strtol(text, &end, 10);
    if (*text == '\0' || *end != '\0' || value < 1 || value > max) {
        fprintf(stderr, "dh_floor: '%s' is not a number from 1 to %ld\n", text, max);
        exit(2);
    }
    return (int)value;
}

static void usage(FILE *out)
{
    fputs("usage: dh_floor [--rounds N] [--count N] WORK...\nworks:", out);
    for (size_t i = 0; i < GROUPS; i++)
        fprintf(out, " %s", groups[i].name);
    fputc('\n', out);
}

struct arguments {
    int rounds;
    int count;
    const struct group *groups[GROUPS];
    size_t group_count;
};

/* Exits with what it has to say. */
static struct arguments parse(int argc, char **argv)
{
    static const struct option options[] = {
        {"rounds", required_argument, NULL, 'r'},
        {"count", required_argument, NULL, 'c'},
        {"help", no_argument, NULL, 'h'},
        {0},
    };
    struct arguments arguments = {.rounds = 5, .count = 500};
    for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        if (option == 'r') {
            arguments.rounds = parse_number(optarg, ROUNDS_MAX);
        } else if (option == 'c') {
            arguments.count = parse_number(optarg, COUNT_MAX);
        } else {
            usage(option == 'h' ? stdout : stderr);
            exit(option == 'h' ? 0 : 2);
        }
    }
    arguments.group_count = (size_t)(argc - optind);
    bool good = arguments.group_count > 0 && arguments.group_count <= GROUPS;
    for (size_t i = 0; good && i < arguments.group_count; i++) {
        arguments.groups[i] = find_group(argv[optind + (int)i]);
        good = arguments.groups[i] != NULL;
    }
    if (!good) {
        usage(stderr);
        exit(2);
    }
    return arguments;
}

int main(int argc, char **argv)
{
    static struct bench benches[GROUPS];
    struct arguments arguments = parse(argc, argv);
    struct sigaction action = {.sa_handler = on_stop};
    sigaction(SIGTERM, &action, NULL);
    for (size_t i = 0; i < arguments.group_count; i++)
        open_bench(&benches[i], arguments.groups[i]);

    int rounds = 0;
    do {
        for (size_t i = 0; i < arguments.group_count; i++)
            benches[i].rounds[rounds] = run_round(&benches[i], arguments.count);
        rounds++;
    } while (rounds < arguments.rounds && !stopped);

    printf("%-9s %-7s %8s %8s %8s   (us of CPU)\n", "work", "of", "generate", "derive", "both");
    for (size_t i = 0; i < arguments.group_count; i++) {
        print_costs(&benches[i], rounds);
        close_bench(&benches[i]);
    }
    return 0;
}
