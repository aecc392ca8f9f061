/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/control/vici_packet.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static bool reads(const char *bytes, size_t len, struct vici_packet *packet)
{
    return vici_packet_read((x4s_chunk){(const uint8_t *)bytes, len}, packet);
}

#define READS(text, packet) reads(text, sizeof(text) - 1, packet)

static void test_reads_named_packets(void **state)
{
    (void)state;
    struct vici_packet packet;
    assert_true(READS("\x00\x04stop\x03\x01k\x00\x01v", &packet));
    assert_int_equal(packet.type, VICI_CMD_REQUEST);
    assert_true(vici_is(packet.name, "stop"));
    assert_int_equal(packet.message.len, 6);
    assert_true(READS("\x03\x07list-sa", &packet));
    assert_int_equal(packet.type, VICI_EVENT_REGISTER);
    assert_true(vici_is(packet.name, "list-sa"));
}

static void test_reads_packets_without_name(void **state)
{
    (void)state;
    struct vici_packet packet;
    assert_true(READS("\x01", &packet));
    assert_int_equal(packet.type, VICI_CMD_RESPONSE);
    assert_int_equal(packet.message.len, 0);
    assert_true(READS("\x02", &packet));
    assert_true(READS("\x05", &packet));
}

static void test_refuses_what_is_malformed(void **state)
{
    (void)state;
    struct vici_packet packet;
    assert_false(READS("", &packet));
    assert_false(READS("\x08", &packet));
    assert_false(READS("\xff\x01s", &packet));
    assert_false(READS("\x00", &packet));
    assert_false(READS("\x00\x00", &packet));
    assert_false(READS("\x00\x05stop", &packet));
    assert_false(READS("\x00\x04st\np", &packet));
    assert_false(READS("\x00\x04stop\x01", &packet));
    assert_false(READS("\x03\x04stop\x03\x01k\x00\x01v", &packet));
    assert_false(READS("\x02 ", &packet));
}

static void test_what_is_written_can_be_read(void **state)
{
    (void)state;
    uint8_t buffer[64];
    x4s_chunk segment;
    struct vici_packet packet;
    struct vici_writer writer = vici_packet_begin(buffer, sizeof(buffer), VICI_EVENT, "list-sa");
    vici_text(&writer, "key", "value");
    assert_true(vici_packet_end(&writer, &segment));
    assert_memory_equal(segment.data, "\x00\x00\x00\x15\x07\x07", 6);
    segment.data += VICI_LENGTH_SIZE;
    segment.len -= VICI_LENGTH_SIZE;
    assert_int_equal(segment.len, 0x15);
    assert_true(vici_packet_read(segment, &packet));
    assert_int_equal(packet.type, VICI_EVENT);
    x4s_chunk value;
    assert_true(vici_find(packet.message, "key", &value));
    assert_true(vici_is(value, "value"));
}

static void test_longest_segment(void **state)
{
    (void)state;
    static uint8_t buffer[VICI_LENGTH_SIZE + VICI_SEGMENT_MAX + 1];
    static const uint8_t value[UINT16_MAX];
    x4s_chunk segment;
    for (size_t more = 0; more < 2; more++) {
        struct vici_writer writer =
            vici_packet_begin(buffer, sizeof(buffer), VICI_CMD_RESPONSE, NULL);
        for (int i = 0; i < 7; i++)
            vici_bytes(&writer, "k", value, sizeof(value));
        const size_t rest =
            VICI_LENGTH_SIZE + VICI_SEGMENT_MAX - x4_writer_len(&writer.bytes) - 5 + more;
        vici_bytes(&writer, "k", value, rest);
        assert_int_equal(vici_packet_end(&writer, &segment), more == 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reads_named_packets),
        cmocka_unit_test(test_reads_packets_without_name),
        cmocka_unit_test(test_refuses_what_is_malformed),
        cmocka_unit_test(test_what_is_written_can_be_read),
        cmocka_unit_test(test_longest_segment),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
