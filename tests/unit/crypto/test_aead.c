/* SPDX-License-Identifier: BSD-2-Clause */
#include "x4/crypto/aead.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/hex.h"

static x4s_crypto *crypto;

static int setup(void **state)
{
    (void)state;
    const char *error;
    crypto = x4_crypto_new(&x4_libc_allocator, NULL, NULL, &error);
    return crypto ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    x4_crypto_free(crypto);
    return 0;
}

/* Test cases 13 to 16 of "The Galois/Counter Mode of Operation (GCM)", McGrew and Viega: AES-256.
 */
static const struct {
    const char *key;
    const char *nonce;
    const char *known;
    const char *plain;
    const char *sealed;
    const char *tag;
} cases[] = {
    {"0000000000000000000000000000000000000000000000000000000000000000", "000000000000000000000000",
     "", "", "", "530f8afbc74536b9a963b4f1c4cb738b"},
    {"0000000000000000000000000000000000000000000000000000000000000000", "000000000000000000000000",
     "", "00000000000000000000000000000000", "cea7403d4d606b6e074ec5d3baf39d18",
     "d0d1c8a799996bf0265b98b5d48ab919"},
    {"feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308", "cafebabefacedbaddecaf888",
     "",
     "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
     "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b391aafd255",
     "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
     "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662898015ad",
     "b094dac5d93471bdec1a502270e3cc6c"},
    {"feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308", "cafebabefacedbaddecaf888",
     "feedfacedeadbeeffeedfacedeadbeefabaddad2",
     "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
     "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
     "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
     "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662",
     "76fc6ece0f4e1768cddf8853bb2d551b"},
};

#define MESSAGE_MAX 64

struct message {
    uint8_t key[x4c_aead_key];
    uint8_t nonce[x4c_aead_nonce];
    uint8_t tag[x4c_aead_tag];
    uint8_t known[MESSAGE_MAX];
    uint8_t data[MESSAGE_MAX];
    uint8_t plain[MESSAGE_MAX];
    size_t known_len;
    size_t len;
};

static struct message message_of(size_t index)
{
    struct message m;
    (void)hex_read(cases[index].key, m.key, sizeof(m.key));
    (void)hex_read(cases[index].nonce, m.nonce, sizeof(m.nonce));
    (void)hex_read(cases[index].tag, m.tag, sizeof(m.tag));
    m.known_len = hex_read(cases[index].known, m.known, sizeof(m.known));
    m.len = hex_read(cases[index].sealed, m.data, sizeof(m.data));
    assert_int_equal(hex_read(cases[index].plain, m.plain, sizeof(m.plain)), m.len);
    return m;
}

static bval open(struct message *m)
{
    return x4_aead_open(crypto, m->key, m->nonce, (x4s_chunk){m->known, m->known_len}, m->data,
                        m->len, m->tag);
}

static void test_vectors(void **state)
{
    (void)state;
    assert_true(x4_crypto_has_aead(crypto));
    for (size_t i = 0; i < x4m_countof(cases); i++) {
        struct message m = message_of(i);
        uint8_t data[MESSAGE_MAX];
        uint8_t tag[x4c_aead_tag];
        memcpy(data, m.plain, m.len);
        assert_true(x4_aead_seal(crypto, m.key, m.nonce, (x4s_chunk){m.known, m.known_len}, data,
                                 m.len, tag));
        assert_memory_equal(data, m.data, m.len);
        assert_memory_equal(tag, m.tag, sizeof(tag));
        assert_true(open(&m));
        assert_memory_equal(m.data, m.plain, m.len);
    }
}

/* Each bit of all that goes in. */
static void test_what_was_changed_does_not_open(void **state)
{
    (void)state;
    static const uint8_t wiped[MESSAGE_MAX];
    const struct message whole = message_of(3);
    const struct {
        size_t offset;
        size_t len;
    } parts[] = {
        {offsetof(struct message, key), x4c_aead_key},
        {offsetof(struct message, nonce), x4c_aead_nonce},
        {offsetof(struct message, tag), x4c_aead_tag},
        {offsetof(struct message, known), whole.known_len},
        {offsetof(struct message, data), whole.len},
    };
    for (size_t i = 0; i < x4m_countof(parts); i++)
        for (size_t bit = 0; bit < parts[i].len * 8; bit++) {
            struct message m = whole;
            ((uint8_t *)&m)[parts[i].offset + bit / 8] ^= (uint8_t)(1 << bit % 8);
            assert_false(open(&m));
            assert_memory_equal(m.data, wiped, m.len);
        }
    struct message m = whole;
    m.len--;
    assert_false(open(&m));
    m = whole;
    m.known_len--;
    assert_false(open(&m));
    m = whole;
    assert_true(open(&m));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vectors),
        cmocka_unit_test(test_what_was_changed_does_not_open),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
