/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Encryption of messages (RFC 2409 Appendix B): chaining values, padding, what does not open.
 */

#include "tests/unit/ike/fake.h"
#include "x4/ike/protect.h"

#include "x4/crypto/hash.h"

static x4s_ike_calls1 calls;

struct sa {
    struct fake *fake;
    x4s_ike_xchg1 xchg;
};

static void open_sa(struct sa *sa, uint8_t cipher, uint16_t bits)
{
    memset(sa, 0, sizeof(*sa));
    sa->fake = fake_new();
    sa->fake->charon.config.calls1 = &calls;
    sa->xchg.base.charon = &sa->fake->charon;
    sa->xchg.base.state = x4c_state_established;
    sa->xchg.suite =
        (x4s_ike_transform1){.cipher = cipher, .key_bits = bits, .hash = x4c_hash_sha1};
    sa->xchg.key_len = (uint8_t)x4_cipher_key_size(cipher, bits);
    for (uint8_t i = 0; i < sa->xchg.key_len; i++)
        sa->xchg.key[i] = i;
    memset(sa->xchg.iv, 0x77, sizeof(sa->xchg.iv));
}

/* A sealed message with a nonce payload of so many bytes; its length. */
static size_t seal(struct sa *sa, uint8_t *iv, size_t body, uint8_t bytes[512])
{
    static const uint8_t nonce[256] = {1, 2, 3};
    const x4s_ike_header header = {.cookies = {9},
                                   .exchange = x4c_exchange_quick,
                                   .flags = x4c_flag_encryption,
                                   .message_id = 5};
    x4s_ike_build build;
    x4_build_begin(&build, bytes, 512, &header);
    x4_build_body(&build, x4c_payload_nonce, (x4s_chunk){nonce, body});
    assert_int_equal(x4_protect_seal(&sa->xchg, iv, &build), x4c_ike_none);
    return x4_writer_len(&build.w);
}

static x4e_ike_reason unseal(struct sa *sa, const uint8_t *iv, const uint8_t *bytes, size_t len,
                             x4s_ike_message *message)
{
    static uint8_t plain[x4c_limit_message_in];
    *message = (x4s_ike_message){.raw = {bytes, len}};
    assert_int_equal(x4_message_header(message), x4c_ike_none);
    return x4_protect_open(&sa->xchg, iv, message, plain);
}

static const struct {
    uint8_t cipher;
    uint16_t bits;
    size_t block;
} ciphers[] = {{x4c_cipher_aes, 128, 16}, {x4c_cipher_aes, 256, 16}, {x4c_cipher_3des, 0, 8}};

/* RFC 2409 Appendix B: the IV after phase 1 is hash(last block | M-ID), cut to a block. */
static void test_first_iv(void **state) /* req 2409-B-4 2408-4.8-2 */
{
    (void)state;
    static const uint8_t mid[] = {0x01, 0x02, 0x03, 0x04};
    for (size_t i = 0; i < x4m_countof(ciphers); i++) {
        struct sa sa;
        uint8_t iv[x4c_cipher_block_max] = {0};
        uint8_t expected[x4c_hash_size_max];
        open_sa(&sa, ciphers[i].cipher, ciphers[i].bits);
        const x4s_chunk parts[] = {{sa.xchg.iv, ciphers[i].block}, {mid, sizeof(mid)}};
        assert_true(x4_hash(sa.fake->charon.crypto, x4c_hash_sha1, parts, 2, expected));
        assert_true(x4_protect_iv(&sa.xchg, 0x01020304, iv));
        assert_memory_equal(iv, expected, ciphers[i].block);
        fake_free(sa.fake);
    }
}

/* Whatever the length, it comes back; whole blocks go out; the chain moves on alike at both ends.
 */
/* req 2409-3.2-2 2409-3.2-3 2409-B-3 2408-4.1.1-2 */
static void test_there_and_back(void **state)
{
    (void)state;
    for (size_t i = 0; i < x4m_countof(ciphers); i++) {
        struct sa sa;
        uint8_t out[x4c_cipher_block_max] = {3};
        uint8_t in[x4c_cipher_block_max] = {3};
        open_sa(&sa, ciphers[i].cipher, ciphers[i].bits);
        for (size_t body = 1; body < 60; body++) {
            uint8_t bytes[512];
            x4s_ike_message message;
            size_t len = seal(&sa, out, body, bytes);
            assert_int_equal((len - x4c_isakmp_header) % ciphers[i].block, 0);
            assert_int_equal(unseal(&sa, in, bytes, len, &message), x4c_ike_none);
            assert_int_equal(x4_message_body(&message, x4c_payload_nonce).len, body);
            assert_memory_equal(message.iv, out, ciphers[i].block);
            assert_memory_equal(out, bytes + len - ciphers[i].block, ciphers[i].block);
            memcpy(in, message.iv, sizeof(in));
        }
        fake_free(sa.fake);
    }
}

static void test_what_does_not_open(void **state) /* req 2409-3.2-3 2409-5.5-1 */
{
    (void)state;
    struct sa sa;
    uint8_t iv[x4c_cipher_block_max] = {3};
    const uint8_t first[x4c_cipher_block_max] = {3};
    const uint8_t other[x4c_cipher_block_max] = {3, 0, 0, 0, 1};
    uint8_t bytes[512];
    x4s_ike_message message;
    open_sa(&sa, x4c_cipher_aes, 128);
    size_t len = seal(&sa, iv, 20, bytes);

    assert_int_equal(unseal(&sa, other, bytes, len, &message),
                     x4c_ike_none); /* one bit of the body */
    assert_memory_not_equal(x4_message_body(&message, x4c_payload_nonce).data, "\1\2\3", 3);
    sa.xchg.key[0] ^= 1;
    assert_int_equal(unseal(&sa, first, bytes, len, &message), x4c_ike_garbled);
    sa.xchg.key[0] ^= 1;
    bytes[19] = 0; /* flags */
    assert_int_equal(unseal(&sa, first, bytes, len, &message), x4c_ike_not_encrypted);
    bytes[19] = x4c_flag_encryption;
    for (size_t cut = x4c_isakmp_header; cut < len; cut++) {
        bytes[26] = (uint8_t)(cut >> 8);
        bytes[27] = (uint8_t)cut;
        bval whole = (cut - x4c_isakmp_header) % 16 == 0 && cut > x4c_isakmp_header;
        assert_int_equal(unseal(&sa, first, bytes, cut, &message),
                         whole ? x4c_ike_garbled : x4c_ike_bad_cipher_length);
    }
    fake_free(sa.fake);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_first_iv),
        cmocka_unit_test(test_there_and_back),
        cmocka_unit_test(test_what_does_not_open),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
