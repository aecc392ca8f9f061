/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef X4_CRYPTO_INTERNAL_H
#define X4_CRYPTO_INTERNAL_H

/*
 * What the files of x4/crypto share. Nobody else includes this but their tests.
 *
 * Everything in here is of one instance; the arrays are indexed by the numbers of algorithms.h.
 * What OpenSSL does not offer is NULL and stays so.
 */

#include <openssl/decoder.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509v3.h>

#include "x4/crypto/cert.h"
#include "x4/crypto/crypto.h"
#include "x4/crypto/dh.h"
#include "x4/crypto/dh_ahead.h"
#include "x4/crypto/ecp.h"
#include "x4/crypto/modp_batch.h"

#define x4c_crypto_hashes  (x4c_hash_sha512 + 1)
#define x4c_crypto_ciphers 8 /* with each size of key counted: the rows of cipher.c */
#define x4c_crypto_groups  (x4c_group_curve448 + 1)

/* `scratch` is initialised between calls: ready for the next, and without traces of the last. */
typedef struct x4s_crypto_hash {
    EVP_MD *md;
    EVP_MD_CTX *scratch;
} x4s_crypto_hash;

/* `scratch` is empty between calls and serves all ciphers. */
typedef struct x4s_crypto_ciphers {
    EVP_CIPHER *evp[x4c_crypto_ciphers];
    EVP_CIPHER *gcm; /* aead.c */
    EVP_CIPHER_CTX *scratch;
} x4s_crypto_ciphers;

/* What its kind needs, or nothing where OpenSSL lacks the group. */
typedef struct x4s_crypto_group {
    x4s_ecp *ecp;
    EVP_PKEY *params;            /* MODP: the group without a key, the template of peers' keys */
    EVP_PKEY_CTX *keygen;        /* MODP, XDH: makes a key with every EVP_PKEY_generate */
    uint8_t *top;                /* MODP: p - 1, as long as the prime */
    const x4s_modp_field *field; /* MODP: the vector unit does it; else NULL */
    bval in_use;                 /* a key pair was needed */
    uint8_t ahead_count;
    x4s_dh_key *ahead[x4c_dh_ahead_max]; /* not used yet */
} x4s_crypto_group;

/* Random bytes that OpenSSL has given and nobody has taken: the first `left`, the rest are wiped.
 */
#define x4c_crypto_pool 512

typedef struct x4s_crypto_pool {
    size_t left;
    uint8_t bytes[x4c_crypto_pool];
} x4s_crypto_pool;

/* Reads public keys; `key` is where it puts one. NULL until the first comes. */
typedef struct x4s_crypto_decoder {
    OSSL_DECODER_CTX *ctx;
    EVP_PKEY *key;
} x4s_crypto_decoder;

struct x4s_crypto {
    const x4s_allocator *allocator;
    x4f_random random;
    void *random_context;
    x4s_crypto_pool pool;
    x4s_crypto_hash hashes[x4c_crypto_hashes];
    x4s_crypto_ciphers ciphers;
    x4s_crypto_group groups[x4c_crypto_groups];
    x4s_modp_work *modp_work; /* NULL unless a group has a field */
    uint32_t keys_ahead;      /* dh_ahead.c */
    uint32_t made_ahead;
    uint64_t stores;            /* verdict.c */
    x4s_crypto_decoder decoder; /* key.c */
};

/* One of pkey, number and the exponent. */
struct x4s_dh_key {
    const x4s_allocator *allocator;
    EVP_PKEY *pkey;                             /* MODP and XDH, OpenSSL's */
    BIGNUM *number;                             /* ECP */
    uint64_t exponent[x4c_modp_exponent_words]; /* MODP, the vector unit's */
    size_t size;                                /* of the public value */
    uint8_t own[];
};

struct x4s_public_key {
    const x4s_allocator *allocator;
    EVP_PKEY *pkey;
    uint8_t *der; /* SubjectPublicKeyInfo */
    size_t der_len;
    x4e_key_type type;
    uint16_t bits;
    uint16_t signature_size;
};

/* `signer` is NULL for a key that its holder keeps, and else ready for the next signature. */
struct x4s_private_key {
    const x4s_allocator *allocator;
    x4s_public_key *public_key;
    EVP_PKEY_CTX *signer;
    x4s_key_holder holder;
};

typedef struct x4s_verdict x4s_verdict; /* verdict.h */

/* Only its verdict changes. */
struct x4s_cert {
    const x4s_allocator *allocator;
    const x4s_crypto *crypto;
    x4s_verdict *verdict;
    size_t shares;
    X509 *x509;
    GENERAL_NAMES *names; /* subjectAltName, or NULL */
    x4s_public_key *key;
    uint8_t *der;
    size_t der_len;
    int64_t not_before;
    int64_t not_after;
};

typedef enum x4e_dh_kind {
    x4c_dh_modp,
    x4c_dh_ecp,
    x4c_dh_xdh, /* x4/crypto/xdh.h */
} x4e_dh_kind;

/* Since 1970-01-01 00:00:00 UTC; bfalse: it is malformed, or there is no memory. */
bval x4_cert_seconds(const ASN1_TIME *time, int64_t *result) x4m_must_use;

/* What is known of a group beforehand. */
typedef struct x4s_dh_group_info {
    const char *name;
    x4e_dh_kind kind;
    const char *type;           /* MODP: OpenSSL's key type */
    const char *openssl_name;   /* NULL: not known by name, `prime` makes it */
    BIGNUM *(*prime)(BIGNUM *); /* with generator 2 */
    uint16_t prime_size;        /* bytes */
    uint16_t exponent_bits;     /* MODP only */
    bval subgroup; /* MODP without a safe prime: a public value must be shown to be in it */
} x4s_dh_group_info;

/* NULL for an unknown group. */
const x4s_dh_group_info *x4_dh_group_info(x4e_group group);

/* A key pair of a group that there is. NULL: OpenSSL fails, or there is no memory. */
x4s_dh_key *x4_dh_key_make(x4s_crypto *crypto, x4e_group number);

/* A key pair that was made ahead, or NULL; one more of them; how many there shall be besides. */
x4s_dh_key *x4_dh_ahead_take(x4s_crypto_group *group);
void x4_dh_ahead_put(x4s_crypto *crypto, x4s_crypto_group *group, x4s_dh_key *key);
uint32_t x4_dh_ahead_lacking(const x4s_crypto *crypto, const x4s_crypto_group *group);

/* Wipes and releases those made ahead. */
void x4_dh_ahead_clear(x4s_crypto_group *group);

/*
 * Fetch what OpenSSL has, and release it. bfalse only without memory; what is missing is found out
 * by looking.
 */
bval x4_crypto_hashes_init(x4s_crypto *crypto) x4m_must_use;
void x4_crypto_hashes_fini(x4s_crypto *crypto);
bval x4_crypto_ciphers_init(x4s_crypto *crypto) x4m_must_use;
void x4_crypto_ciphers_fini(x4s_crypto *crypto);
bval x4_crypto_groups_init(x4s_crypto *crypto) x4m_must_use;
void x4_crypto_groups_fini(x4s_crypto *crypto);

/*
 * Takes OpenSSL's key, also when it fails: NULL and *error for a key that is not accepted. `spki`
 * is what it was made from, or empty if that was not SubjectPublicKeyInfo: encoding costs 100 us.
 */
x4s_public_key *x4_public_key_take(x4s_crypto *crypto, EVP_PKEY *pkey, x4s_chunk spki,
                                   const char **error) x4m_must_use;

/* Passes a result on; a failure leaves nothing in OpenSSL's error queue, which is the thread's. */
static inline bval x4_crypto_result(bval ok)
{
    if (!ok)
        ERR_clear_error();
    return ok;
}

#endif
