/* SPDX-License-Identifier: BSD-2-Clause */
#include "bench/micro/key.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "bench/micro/kit.h"

struct micro_key {
    uint8_t *private_der;
    uint8_t *public_der;
    int private_len;
    int public_len;
};

static EVP_PKEY *make(const char *name)
{
    static const char rsa[] = "RSA-";
    if (strncmp(name, rsa, sizeof(rsa) - 1) != 0)
        return EVP_EC_gen(name);
    return EVP_RSA_gen((unsigned)strtoul(name + sizeof(rsa) - 1, NULL, 10));
}

struct micro_key *micro_key_new(const char *name)
{
    struct micro_key *key = micro_alloc(sizeof(*key));
    EVP_PKEY *pair = make(name);
    micro_must(pair != NULL, "making a key");
    key->private_len = i2d_PrivateKey(pair, &key->private_der);
    key->public_len = i2d_PUBKEY(pair, &key->public_der);
    micro_must(key->private_len > 0 && key->public_len > 0, "encoding a key");
    EVP_PKEY_free(pair);
    return key;
}

void micro_key_free(struct micro_key *key)
{
    if (!key)
        return;
    OPENSSL_free(key->private_der);
    OPENSSL_free(key->public_der);
    free(key);
}

x4s_chunk micro_key_private(const struct micro_key *key)
{
    return (x4s_chunk){key->private_der, (size_t)key->private_len};
}

x4s_chunk micro_key_public(const struct micro_key *key)
{
    return (x4s_chunk){key->public_der, (size_t)key->public_len};
}
