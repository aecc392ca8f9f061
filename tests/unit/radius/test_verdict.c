/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/radius/verdict.h"

#include "tests/unit/radius/radius_host.h"

struct scene {
    uint8_t data[RADIUS_PACKET_MAX];
    struct radius_packet packet;
    struct radius_verdict verdict;
};

/* An answer with these attributes. */
static struct radius_verdict read(uint8_t code, const struct radius_writer *attributes)
{
    struct scene scene = {.data = {code, 1}};
    const size_t len = RADIUS_HEADER + attributes->len;
    scene.data[2] = (uint8_t)(len >> 8);
    scene.data[3] = (uint8_t)len;
    memcpy(scene.data + RADIUS_HEADER, attributes->data, attributes->len);
    assert_true(radius_read(scene.data, len, &scene.packet));
    radius_verdict_read(&scene.verdict, &scene.packet);
    return scene.verdict;
}

static void decisions(void **state)
{
    struct radius_writer none;
    struct radius_verdict verdict;
    (void)state;
    radius_write(&none);
    assert_int_equal(read(RADIUS_ACCESS_ACCEPT, &none).decision, RADIUS_ACCEPT);
    assert_int_equal(read(RADIUS_ACCESS_REJECT, &none).decision, RADIUS_REJECT);
    assert_int_equal(read(RADIUS_ACCESS_CHALLENGE, &none).decision, RADIUS_CHALLENGE);
    radius_verdict_read(&verdict, NULL);
    assert_int_equal(verdict.decision, RADIUS_SILENT);
}

static void everything(void **state)
{
    static const uint8_t address[] = {10, 3, 0, 7};
    static const uint8_t mask[] = {255, 255, 255, 0};
    struct radius_writer writer;
    (void)state;
    radius_write(&writer);
    radius_put(&writer, RADIUS_FRAMED_IP_ADDRESS, address, sizeof(address));
    radius_put(&writer, RADIUS_FRAMED_IP_NETMASK, mask, sizeof(mask));
    radius_put_number(&writer, RADIUS_SESSION_TIMEOUT, 3600);
    radius_put_number(&writer, RADIUS_ACCT_INTERIM_INTERVAL, 300);
    radius_put_text(&writer, RADIUS_CLASS, "sales");
    radius_put_text(&writer, RADIUS_CLASS, "all");
    radius_put_text(&writer, RADIUS_REPLY_MESSAGE, "welcome");
    radius_put_text(&writer, RADIUS_STATE, "state");
    const struct radius_verdict verdict = read(RADIUS_ACCESS_ACCEPT, &writer);
    assert_int_equal(verdict.framed.family, x4c_net_ipv4);
    assert_memory_equal(verdict.framed.ip, address, sizeof(address));
    assert_memory_equal(verdict.netmask, mask, sizeof(mask));
    assert_int_equal(verdict.timeout_sec, 3600);
    assert_int_equal(verdict.interim_sec, 300);
    assert_int_equal(verdict.classes_len, 7 + 5);
    assert_true(radius_verdict_has_class(&verdict, "sales"));
    assert_true(radius_verdict_has_class(&verdict, "all"));
    assert_false(radius_verdict_has_class(&verdict, "al"));
    assert_false(radius_verdict_has_class(&verdict, ""));
    assert_int_equal(verdict.message_len, 7);
    assert_int_equal(verdict.state_len, 5);
}

static void addresses(void **state)
{
    static const struct {
        uint8_t type;
        const char *value;
        size_t len;
        uint8_t family;
    } cases[] = {
        {RADIUS_FRAMED_IP_ADDRESS, "\x0a\x03\x00\x07", 4, x4c_net_ipv4},
        {RADIUS_FRAMED_IP_ADDRESS, "\xff\xff\xff\xff", 4, x4c_net_none}, /* the user chooses */
        {RADIUS_FRAMED_IP_ADDRESS, "\xff\xff\xff\xfe", 4, x4c_net_none}, /* we do */
        {RADIUS_FRAMED_IP_ADDRESS, "\x0a\x03\x00", 3, x4c_net_none},
        {RADIUS_FRAMED_IPV6_ADDRESS, "\xfd\0\0\0\0\0\0\0\0\0\0\0\0\0\0\7", 16, x4c_net_ipv6},
        {RADIUS_FRAMED_IPV6_ADDRESS, "\xfd", 1, x4c_net_none},
        {RADIUS_FRAMED_IPV6_PREFIX, "\0\x80\xfd\0\0\0\0\0\0\0\0\0\0\0\0\0\0\7", 18, x4c_net_ipv6},
        {RADIUS_FRAMED_IPV6_PREFIX, "\0\x40\xfd\0\0\0\0\0\0\0\0\0\0\0\0\0\0\7", 18, x4c_net_none},
        {RADIUS_FRAMED_IPV6_PREFIX, "\0\x80", 2, x4c_net_none},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct radius_writer writer;
        radius_write(&writer);
        radius_put(&writer, cases[i].type, cases[i].value, cases[i].len);
        assert_int_equal(read(RADIUS_ACCESS_ACCEPT, &writer).framed.family, cases[i].family);
    }
}

/* Classes that do not fit are left out whole. */
static void many_classes(void **state)
{
    static const uint8_t value[200];
    struct radius_writer writer;
    (void)state;
    radius_write(&writer);
    for (int i = 0; i < 5; i++)
        radius_put(&writer, RADIUS_CLASS, value, sizeof(value));
    radius_put_text(&writer, RADIUS_CLASS, "small");
    const struct radius_verdict verdict = read(RADIUS_ACCESS_ACCEPT, &writer);
    assert_int_equal(verdict.classes_len, 2 * 202 + 7);
    assert_true(radius_verdict_has_class(&verdict, "small"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decisions),
        cmocka_unit_test(everything),
        cmocka_unit_test(addresses),
        cmocka_unit_test(many_classes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
