/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/radius/radius_host.h"

/* RFC 2865 7.1: the example's Request Authenticator. */
static const uint8_t example[] = {0x0f, 0x40, 0x3f, 0x94, 0x73, 0x97, 0x80, 0x57,
                                  0xbd, 0x83, 0xd5, 0xcb, 0x98, 0xf4, 0x22, 0x7a};

static bval draw(void *context, void *data, size_t len)
{
    (void)context;
    assert_true(len <= sizeof(example));
    memcpy(data, example, len);
    return btrue;
}

/* RFC 2865 7.1: nemo's password, arctangent, by the secret xyzzy5461. */
static void hidden_password(void **state)
{
    static const uint8_t hidden[] = {0x0d, 0xbe, 0x70, 0x8d, 0x93, 0xd4, 0x13, 0xce,
                                     0x31, 0x96, 0xe4, 0x3f, 0x78, 0x2a, 0x0a, 0xee};
    x4s_crypto *crypto = host_crypto(draw, NULL);
    struct radius_writer writer;
    struct radius_packet packet;
    x4s_chunk value;
    (void)state;
    assert_true(radius_write_access(&writer, crypto, 0, (x4s_chunk){0}, chunk("arctangent"),
                                    chunk("xyzzy5461")));
    assert_true(radius_read(writer.data, writer.len, &packet));
    assert_int_equal(packet.code, RADIUS_ACCESS_REQUEST);
    assert_memory_equal(packet.data + 4, example, sizeof(example));
    assert_true(radius_find(&packet, RADIUS_USER_PASSWORD, 0, &value));
    assert_int_equal(value.len, sizeof(hidden));
    assert_memory_equal(value.data, hidden, sizeof(hidden));
    assert_int_equal(packet.data[RADIUS_HEADER], RADIUS_MESSAGE_AUTHENTICATOR);
    x4_crypto_free(crypto);
}

static void passwords(void **state)
{
    static const struct {
        size_t len;
        size_t hidden; /* 0: it is too long */
    } cases[] = {{0, 16}, {1, 16}, {16, 16}, {17, 32}, {128, 128}, {129, 0}};
    x4s_crypto *crypto = host_crypto(NULL, NULL);
    uint8_t password[256];
    (void)state;
    memset(password, 'x', sizeof(password));
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct radius_writer writer;
        struct radius_packet packet;
        x4s_chunk value;
        const bool good = radius_write_access(&writer, crypto, 1, (x4s_chunk){0},
                                              (x4s_chunk){password, cases[i].len}, chunk("s"));
        assert_int_equal(good, cases[i].hidden != 0);
        if (!good)
            continue;
        assert_true(radius_read(writer.data, writer.len, &packet));
        assert_true(radius_find(&packet, RADIUS_USER_PASSWORD, 0, &value));
        assert_int_equal(value.len, cases[i].hidden);
    }
    x4_crypto_free(crypto);
}

static void attributes(void **state)
{
    static const uint8_t long_value[RADIUS_VALUE_MAX + 1];
    struct radius_writer writer;
    (void)state;
    radius_write(&writer);
    radius_put_text(&writer, RADIUS_USER_NAME, "carol");
    radius_put_number(&writer, RADIUS_NAS_PORT, 0x01020304);
    radius_put(&writer, RADIUS_CLASS, NULL, 0);
    assert_false(writer.full);
    assert_int_equal(writer.len, 7 + 6 + 2);
    assert_memory_equal(writer.data,
                        "\x01\x07"
                        "carol\x05\x06\x01\x02\x03\x04\x19\x02",
                        writer.len);
    radius_put(&writer, RADIUS_CLASS, long_value, sizeof(long_value));
    assert_true(writer.full);

    radius_write(&writer);
    for (int i = 0; i < 16; i++)
        radius_put(&writer, RADIUS_CLASS, long_value, RADIUS_VALUE_MAX);
    assert_false(writer.full);
    radius_put(&writer, RADIUS_CLASS, long_value, RADIUS_VALUE_MAX);
    assert_true(writer.full);
}

/* Every bit counts, that of the secret too, and the proof has to be there. */
static void answers(void **state)
{
    x4s_crypto *crypto = host_crypto(NULL, NULL);
    struct radius_writer request;
    struct radius_writer answer;
    struct radius_writer attributes;
    struct radius_packet packet;
    const uint8_t *asked = request.data + 4;
    (void)state;

    radius_write(&attributes);
    radius_put_text(&attributes, RADIUS_REPLY_MESSAGE, "welcome");
    assert_true(
        radius_write_access(&request, crypto, 7, (x4s_chunk){0}, chunk("p"), chunk("secret")));
    host_answer(crypto, request.data, request.len, RADIUS_ACCESS_ACCEPT,
                (x4s_chunk){attributes.data, attributes.len}, chunk("secret"), &answer);
    assert_true(radius_read(answer.data, answer.len, &packet));
    assert_true(radius_answer_is_proven(crypto, &packet, asked, chunk("secret")));
    assert_false(radius_answer_is_proven(crypto, &packet, asked, chunk("Secret")));
    for (size_t i = 0; i < answer.len; i++) {
        answer.data[i] ^= 1;
        if (radius_read(answer.data, answer.len, &packet))
            assert_false(radius_answer_is_proven(crypto, &packet, asked, chunk("secret")));
        answer.data[i] ^= 1;
    }
    request.data[4] ^= 1;
    assert_true(radius_read(answer.data, answer.len, &packet));
    assert_false(radius_answer_is_proven(crypto, &packet, asked, chunk("secret")));
    x4_crypto_free(crypto);
}

/* CVE-2024-3596: an MD5 alone proves nothing. RFC 2865 7.1 has such an answer. */
static void answer_without_proof(void **state)
{
    static const uint8_t accept[] = {0x02, 0x00, 0x00, 0x26, 0x86, 0xfe, 0x22, 0x0e, 0x76, 0x24,
                                     0xba, 0x2a, 0x10, 0x05, 0xf6, 0xbf, 0x9b, 0x55, 0xe0, 0xb2,
                                     0x06, 0x06, 0x00, 0x00, 0x00, 0x01, 0x0f, 0x06, 0x00, 0x00,
                                     0x00, 0x00, 0x0e, 0x06, 0xc0, 0xa8, 0x01, 0x03};
    x4s_crypto *crypto = host_crypto(NULL, NULL);
    struct radius_packet packet;
    (void)state;
    assert_true(radius_read(accept, sizeof(accept), &packet));
    assert_false(radius_answer_is_proven(crypto, &packet, example, chunk("xyzzy5461")));
    packet.code = RADIUS_ACCOUNTING_RESPONSE; /* which needs none: its MD5 is right */
    assert_true(radius_answer_is_proven(crypto, &packet, example, chunk("xyzzy5461")));
    x4_crypto_free(crypto);
}

static void accounting(void **state)
{
    x4s_crypto *crypto = host_crypto(NULL, NULL);
    struct radius_writer request;
    struct radius_writer again;
    struct radius_packet packet;
    (void)state;
    assert_true(radius_write_accounting(&request, crypto, 9, chunk("\x01\x03x"), chunk("s")));
    assert_true(radius_write_accounting(&again, crypto, 9, chunk("\x01\x03x"), chunk("s")));
    assert_memory_equal(request.data, again.data, request.len);
    assert_true(radius_read(request.data, request.len, &packet));
    assert_int_equal(packet.code, RADIUS_ACCOUNTING_REQUEST);
    assert_int_equal(packet.identifier, 9);
    assert_false(radius_request_is_proven(crypto, &packet, chunk("s"))); /* only an MD5 */
    x4_crypto_free(crypto);
}

/* What a proxy wants to see again is in the answer. */
static void proxy_state(void **state)
{
    static const uint8_t request[] = "\x28\x01\x00\x1d\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x21\x04"
                                     "ab\x21\x05"
                                     "cde";
    x4s_crypto *crypto = host_crypto(NULL, NULL);
    struct radius_writer answer;
    struct radius_packet packet;
    x4s_chunk value;
    (void)state;
    host_answer(crypto, request, sizeof(request) - 1, RADIUS_DISCONNECT_ACK, (x4s_chunk){0},
                chunk("s"), &answer);
    assert_true(radius_read(answer.data, answer.len, &packet));
    assert_true(radius_find(&packet, RADIUS_PROXY_STATE, 1, &value));
    assert_memory_equal(value.data, "cde", 3);
    assert_false(radius_find(&packet, RADIUS_PROXY_STATE, 2, &value));
    x4_crypto_free(crypto);
}

static void lengths(void **state)
{
    static const struct {
        const char *bytes;
        size_t len;
        bool good;
    } cases[] = {
        {"\x02\x01\x00\x14................", 20, true},
        {"\x02\x01\x00\x14................", 19, false},
        {"\x02\x01\x00\x13................", 20, false},
        {"\x02\x01\x00\x15................", 20, false},
        {"\x02\x01\x00\x14................more", 24, true}, /* what follows is padding */
        {"\x02\x01\x00\x15................x", 21, false},
        {"\x02\x01\x00\x16................\x01\x02", 22, true},
        {"\x02\x01\x00\x16................\x01\x01", 22, false},
        {"\x02\x01\x00\x16................\x01\x00", 22, false},
        {"\x02\x01\x00\x16................\x01\x03", 22, false},
        {"\x02\x01\x10\x01................", 20, false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct radius_packet packet;
        assert_int_equal(radius_read(cases[i].bytes, cases[i].len, &packet), cases[i].good);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hidden_password),      cmocka_unit_test(passwords),
        cmocka_unit_test(attributes),           cmocka_unit_test(answers),
        cmocka_unit_test(answer_without_proof), cmocka_unit_test(accounting),
        cmocka_unit_test(proxy_state),          cmocka_unit_test(lengths),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
