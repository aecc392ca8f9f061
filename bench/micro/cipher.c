/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The ciphers that protect messages, over messages of three lengths: a Delete or a question of dead
 * peer detection, one of quick mode, one with a certificate.
 */
#include "x4/crypto/cipher.h"
#include "bench/micro/kit.h"

#include <stdlib.h>

struct kind {
    x4e_cipher cipher;
    unsigned key_bits;
};

struct state {
    x4s_crypto *crypto;
    struct kind kind;
    size_t len;
    uint8_t iv[x4c_cipher_block_max];
    uint8_t key[x4c_cipher_key_max];
    uint8_t data[];
};

static void *open_cipher(const struct micro_case *self)
{
    uint64_t sequence = 1;
    struct state *state = micro_alloc(sizeof(*state) + self->size);
    state->crypto = micro_crypto();
    state->kind = *(const struct kind *)self->what;
    state->len = self->size;
    micro_fill(&sequence, state->key, sizeof(state->key));
    micro_fill(&sequence, state->data, state->len);
    if (x4_crypto_has_cipher(state->crypto, state->kind.cipher, state->kind.key_bits))
        return state;
    x4_crypto_free(state->crypto);
    free(state);
    return NULL;
}

static void close_cipher(void *user)
{
    struct state *state = user;
    x4_crypto_free(state->crypto);
    free(state);
}

static x4s_chunk key_of(const struct state *state)
{
    const size_t size = x4_cipher_key_size(state->kind.cipher, state->kind.key_bits);
    return (x4s_chunk){state->key, size};
}

static void run_encrypt(void *user)
{
    struct state *state = user;
    micro_must(x4_cipher_encrypt(state->crypto, state->kind.cipher, key_of(state), state->iv,
                                 state->data, state->len),
               "encryption");
}

static void run_decrypt(void *user)
{
    struct state *state = user;
    micro_must(x4_cipher_decrypt(state->crypto, state->kind.cipher, key_of(state), state->iv,
                                 state->data, state->len),
               "decryption");
}

#define ROW(text, number, bits, operation, bytes)                                                  \
    {                                                                                              \
        .name = "cipher/" text "/" #operation "/" #bytes,                                          \
        .what = &(const struct kind){x4c_cipher_##number, bits}, .size = (bytes),                  \
        .open = open_cipher, .run = run_##operation, .close = close_cipher                         \
    }

#define CIPHER(text, number, bits)                                                                 \
    ROW(text, number, bits, encrypt, 64), ROW(text, number, bits, encrypt, 256),                   \
        ROW(text, number, bits, encrypt, 1280), ROW(text, number, bits, decrypt, 64),              \
        ROW(text, number, bits, decrypt, 256), ROW(text, number, bits, decrypt, 1280)

static const struct micro_case cases[] = {
    CIPHER("aes128", aes, 128),
    CIPHER("aes192", aes, 192),
    CIPHER("aes256", aes, 256),
    CIPHER("3des", 3des, 0),
    CIPHER("des", des, 0),
    CIPHER("camellia128", camellia, 128),
    CIPHER("camellia192", camellia, 192),
    CIPHER("camellia256", camellia, 256),
};

MICRO_TABLE(micro_cipher_cases, cases);
