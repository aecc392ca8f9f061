/* SPDX-License-Identifier: BSD-2-Clause */
#include "x4/crypto/key.h"

#include <string.h>

#include <openssl/core_names.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "x4/crypto/der.h"
#include "x4/crypto/internal.h"
#include "x4/crypto/sign.h"

#define EXPONENT_BITS_MAX 64

/* `curve` is OpenSSL's name; the order of a curve is as long as its coordinates. */
static const struct {
    x4e_key_type type;
    const char *name;
    const char *curve;
    uint16_t bits;
    uint8_t order_size;
} curves[] = {
    {x4c_key_ecdsa256, "ECDSA P-256", "prime256v1", 256, 32},
    {x4c_key_ecdsa384, "ECDSA P-384", "secp384r1", 384, 48},
    {x4c_key_ecdsa521, "ECDSA P-521", "secp521r1", 521, 66},
};

const char *x4_key_type_name(x4e_key_type type)
{
    if (type == x4c_key_rsa)
        return "RSA";
    for (size_t i = 0; i < x4m_countof(curves); i++) {
        if (curves[i].type == type)
            return curves[i].name;
    }
    return NULL;
}

/* ------------------------------------------------------------------ which keys are accepted */

static bval rsa_exponent_ok(const EVP_PKEY *pkey)
{
    BIGNUM *e = NULL;
    bval ok = EVP_PKEY_get_bn_param(pkey, OSSL_PKEY_PARAM_RSA_E, &e) == 1 && BN_is_odd(e) &&
              !BN_is_one(e) && !BN_is_negative(e) && BN_num_bits(e) <= EXPONENT_BITS_MAX;
    BN_free(e);
    return ok;
}

static bval rsa_modulus_odd(const EVP_PKEY *pkey)
{
    BIGNUM *n = NULL;
    bval ok = EVP_PKEY_get_bn_param(pkey, OSSL_PKEY_PARAM_RSA_N, &n) == 1 && BN_is_odd(n) == 1;
    BN_free(n);
    return ok;
}

static const char *accept_rsa(x4s_public_key *key)
{
    int bits = EVP_PKEY_get_bits(key->pkey);
    if (bits < x4c_key_rsa_bits_min || bits > x4c_key_rsa_bits_max)
        return "RSA modulus is not of 1024 to 8192 bits";
    if (!rsa_modulus_odd(key->pkey))
        return "RSA modulus is even";
    if (!rsa_exponent_ok(key->pkey))
        return "RSA exponent is even, less than 3, or longer than 64 bits";
    key->type = x4c_key_rsa;
    key->bits = (uint16_t)bits;
    key->signature_size = (uint16_t)((bits + 7) / 8);
    return NULL;
}

/* A curve that only looks like one of ours has another generator, and so other private keys. */
static bval ec_explicit(const EVP_PKEY *pkey)
{
    int explicit = 0;
    return EVP_PKEY_get_int_param(pkey, OSSL_PKEY_PARAM_EC_DECODED_FROM_EXPLICIT_PARAMS,
                                  &explicit) != 1 ||
           explicit != 0;
}

static bval ec_point_ok(EVP_PKEY *pkey)
{
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, pkey, NULL);
    bval ok = ctx && EVP_PKEY_public_check_quick(ctx) == 1;
    EVP_PKEY_CTX_free(ctx);
    return ok;
}

static const char *accept_ec(x4s_public_key *key)
{
    char curve[64];
    size_t len;
    if (EVP_PKEY_get_group_name(key->pkey, curve, sizeof(curve), &len) != 1 ||
        ec_explicit(key->pkey))
        return "elliptic curve is not given by its name";
    size_t i = 0;
    while (i < x4m_countof(curves) && strcmp(curves[i].curve, curve) != 0)
        i++;
    if (i == x4m_countof(curves))
        return "elliptic curve is none of P-256, P-384, P-521";
    if (!ec_point_ok(key->pkey))
        return "point is not on the elliptic curve";
    key->type = curves[i].type;
    key->bits = curves[i].bits;
    key->signature_size = (uint16_t)(2 * curves[i].order_size);
    return NULL;
}

static const char *accept(x4s_public_key *key)
{
    if (EVP_PKEY_is_a(key->pkey, "RSA"))
        return accept_rsa(key);
    if (EVP_PKEY_is_a(key->pkey, "EC"))
        return accept_ec(key);
    return "key is neither RSA nor ECDSA";
}

/* ------------------------------------------------------------------ public keys */

static const char *keep(x4s_public_key *key, const uint8_t *der, size_t len)
{
    key->der = x4_copy(key->allocator, der, len);
    key->der_len = key->der ? len : 0;
    return key->der ? NULL : "out of memory";
}

static const char *encode(x4s_public_key *key)
{
    uint8_t *der = NULL;
    int len = i2d_PUBKEY(key->pkey, &der);
    if (len <= 0)
        return "public key cannot be encoded";
    const char *fault = keep(key, der, (size_t)len);
    OPENSSL_free(der);
    return fault;
}

x4s_public_key *x4_public_key_take(x4s_crypto *crypto, EVP_PKEY *pkey, x4s_chunk spki,
                                   const char **error)
{
    x4s_public_key *key = x4_alloc(crypto->allocator, sizeof(*key));
    if (!key) {
        EVP_PKEY_free(pkey);
        *error = "out of memory";
        return NULL;
    }
    key->allocator = crypto->allocator;
    key->pkey = pkey;
    const char *fault = accept(key);
    if (!fault)
        fault = spki.len ? keep(key, spki.data, spki.len) : encode(key);
    ERR_clear_error();
    if (!fault)
        return key;
    x4_public_key_free(key);
    *error = fault;
    return NULL;
}

/* RSAPublicKey begins with a number, SubjectPublicKeyInfo with the algorithm's SEQUENCE. */
static bval is_pkcs1(x4s_chunk der)
{
    x4s_reader outer = x4_reader(der.data, der.len);
    x4s_reader inner = x4_der_open(&outer, x4c_der_sequence);
    return x4_der_read(&inner).tag == x4c_der_integer;
}

/* Without bytes behind it, or NULL. */
static EVP_PKEY *whole(EVP_PKEY *pkey, size_t left)
{
    if (left == 0)
        return pkey;
    EVP_PKEY_free(pkey);
    return NULL;
}

/*
 * d2i_PUBKEY looks for the decoders of all kinds of keys anew each time, which takes OpenSSL 3.0
 * 100 us; a context that has found them takes 15.
 */
static EVP_PKEY *decode_spki(x4s_crypto *crypto, x4s_chunk der)
{
    x4s_crypto_decoder *decoder = &crypto->decoder;
    const uint8_t *pos = der.data;
    size_t left = der.len;
    if (!decoder->ctx)
        decoder->ctx = OSSL_DECODER_CTX_new_for_pkey(&decoder->key, "DER", "SubjectPublicKeyInfo",
                                                     NULL, EVP_PKEY_PUBLIC_KEY, NULL, NULL);
    decoder->key = NULL;
    if (!decoder->ctx || OSSL_DECODER_from_data(decoder->ctx, &pos, &left) != 1)
        left = 1;
    return whole(decoder->key, left);
}

static EVP_PKEY *decode_public(x4s_crypto *crypto, x4s_chunk der, bval pkcs1)
{
    const uint8_t *pos = der.data;
    if (!pkcs1)
        return decode_spki(crypto, der);
    EVP_PKEY *pkey = d2i_PublicKey(EVP_PKEY_RSA, NULL, &pos, (long)der.len);
    return whole(pkey, pkey ? (size_t)(der.data + der.len - pos) : 0);
}

x4s_public_key *x4_public_key_new(x4s_crypto *crypto, x4s_chunk der, const char **error)
{
    bval pkcs1 = is_pkcs1(der);
    EVP_PKEY *pkey = der.len <= x4c_key_der_max ? decode_public(crypto, der, pkcs1) : NULL;
    ERR_clear_error();
    if (!pkey) {
        *error = "not a public key";
        return NULL;
    }
    return x4_public_key_take(crypto, pkey, pkcs1 ? (x4s_chunk){0} : der, error);
}

void x4_public_key_free(x4s_public_key *key)
{
    if (!key)
        return;
    EVP_PKEY_free(key->pkey);
    x4_free(key->allocator, key->der, key->der_len);
    x4_free(key->allocator, key, sizeof(*key));
}

x4e_key_type x4_public_key_type(const x4s_public_key *key)
{
    return key->type;
}

unsigned x4_public_key_bits(const x4s_public_key *key)
{
    return key->bits;
}

size_t x4_public_key_signature_size(const x4s_public_key *key)
{
    return key->signature_size;
}

x4s_chunk x4_public_key_der(const x4s_public_key *key)
{
    return (x4s_chunk){.data = key->der, .len = key->der_len};
}

bval x4_public_key_equal(const x4s_public_key *a, const x4s_public_key *b)
{
    return x4_crypto_result(EVP_PKEY_eq(a->pkey, b->pkey) == 1);
}

/* ------------------------------------------------------------------ private keys */

static EVP_PKEY *decode_private(x4s_chunk der)
{
    const uint8_t *pos = der.data;
    EVP_PKEY *pkey = d2i_AutoPrivateKey(NULL, &pos, (long)der.len);
    if (!pkey || pos == der.data + der.len)
        return pkey;
    EVP_PKEY_free(pkey);
    return NULL;
}

/* By way of DER, so that the public half knows nothing of the private one. */
static x4s_public_key *public_half(x4s_crypto *crypto, const EVP_PKEY *pkey, const char **error)
{
    uint8_t *der = NULL;
    int len = i2d_PUBKEY(pkey, &der);
    x4s_public_key *key = NULL;
    *error = "private key lacks its public half";
    if (len > 0)
        key = x4_public_key_new(crypto, (x4s_chunk){.data = der, .len = (size_t)len}, error);
    OPENSSL_free(der);
    return key;
}

/* The padding stays with the context for all signatures. */
static EVP_PKEY_CTX *signer(EVP_PKEY *pkey, x4e_key_type type)
{
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, pkey, NULL);
    if (ctx && EVP_PKEY_sign_init(ctx) == 1 &&
        (type != x4c_key_rsa || EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING) == 1))
        return ctx;
    EVP_PKEY_CTX_free(ctx);
    return NULL;
}

/* Numbers that do not belong together would make signatures that nobody believes, or worse. */
static bval works(x4s_crypto *crypto, x4s_private_key *key)
{
    uint8_t signature[x4c_signature_max];
    size_t hash_len = x4_hash_size(x4_sign_hash(key->public_key->type, x4c_hash_sha256));
    x4s_sign_job job = {.key = key, .hash_len = (uint8_t)hash_len, .signature = signature};
    memset(job.hash, 0xa5, hash_len);

    x4_sign_run(crypto, &(x4s_sign_job *){&job}, 1);
    return job.state == x4c_sign_done &&
           x4_sign_verify(crypto, key->public_key, (x4s_chunk){.data = job.hash, .len = hash_len},
                          (x4s_chunk){.data = signature, .len = key->public_key->signature_size});
}

static const char *private_init(x4s_crypto *crypto, x4s_private_key *key, EVP_PKEY *pkey)
{
    const char *error = NULL;
    key->public_key = public_half(crypto, pkey, &error);
    if (!key->public_key)
        return error;
    key->signer = signer(pkey, key->public_key->type);
    if (!key->signer)
        return "out of memory";
    return works(crypto, key) ? NULL : "private key does not fit its public half";
}

static x4s_private_key *private_from(x4s_crypto *crypto, EVP_PKEY *pkey, const char **error)
{
    x4s_private_key *key = x4_alloc(crypto->allocator, sizeof(*key));
    if (!key) {
        *error = "out of memory";
        return NULL;
    }
    key->allocator = crypto->allocator;
    const char *fault = private_init(crypto, key, pkey);
    if (!fault)
        return key;
    x4_private_key_free(key);
    *error = fault;
    return NULL;
}

x4s_private_key *x4_private_key_new(x4s_crypto *crypto, x4s_chunk der, const char **error)
{
    EVP_PKEY *pkey = der.len <= x4c_key_der_max ? decode_private(der) : NULL;
    x4s_private_key *key = NULL;
    *error = "not a private key, or an encrypted one";
    if (pkey)
        key = private_from(crypto, pkey, error);
    EVP_PKEY_free(pkey);
    ERR_clear_error();
    return key;
}

x4s_private_key *x4_private_key_opaque(x4s_crypto *crypto, const x4s_public_key *public_key,
                                       const x4s_key_holder *holder)
{
    const char *error;
    x4s_private_key *key = x4_alloc(crypto->allocator, sizeof(*key));
    if (!key)
        return NULL;
    key->allocator = crypto->allocator;
    key->holder = *holder;
    key->public_key = x4_public_key_new(crypto, x4_public_key_der(public_key), &error);
    if (key->public_key)
        return key;
    x4_private_key_free(key);
    return NULL;
}

void x4_private_key_free(x4s_private_key *key)
{
    if (!key)
        return;
    EVP_PKEY_CTX_free(key->signer);
    x4_public_key_free(key->public_key);
    x4_free(key->allocator, key, sizeof(*key));
}

const x4s_public_key *x4_private_key_public(const x4s_private_key *key)
{
    return key->public_key;
}
