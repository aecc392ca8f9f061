/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/privilege/key_host.h"

static x4s_chunk bytes_of(size_t len)
{
    static const uint8_t many[UINT16_MAX + 1] = {1};
    return (x4s_chunk){many, len};
}

static x4s_chunk text_of(const char *text)
{
    return (x4s_chunk){(const uint8_t *)text, strlen(text)};
}

/* One of each type, with all fields that it may have. */
static struct key_message sample(enum key_message_type type)
{
    struct key_message message = {
        .type = type,
        .id = UINT64_C(0x0102030405060708),
        .status = KEY_REFUSED,
        .flags = KEY_OTHERS,
        .path = text_of("private/a.pem"),
        .data = bytes_of(20),
        .text = text_of("no"),
    };
    memset(message.name, 7, sizeof(message.name));
    return message;
}

static bool same(x4s_chunk a, x4s_chunk b)
{
    return a.len == b.len && (!a.len || memcmp(a.data, b.data, a.len) == 0);
}

/* A type's fields come back, and no others. */
static void there_and_back(void **state)
{
    (void)state;
    for (unsigned type = KEY_HELLO; type < KEY_TYPE_COUNT; type++) {
        uint8_t bytes[KEY_MESSAGE_MAX];
        struct key_message read;
        const struct key_message message = sample((enum key_message_type)type);
        const size_t len = key_message_write(&message, bytes, sizeof(bytes));
        assert_true(len > 0);
        assert_true(key_message_read((x4s_chunk){bytes, len}, &read));
        assert_int_equal(read.type, type);
        assert_true(read.id == message.id);
        assert_true(!read.status || read.status == message.status);
        assert_true(!read.flags || read.flags == message.flags);
        assert_true(!read.path.len || same(read.path, message.path));
        assert_true(!read.data.len || same(read.data, message.data));
        assert_true(!read.text.len || same(read.text, message.text));
    }
}

static void nothing_is_left_out(void **state)
{
    (void)state;
    for (unsigned type = KEY_HELLO; type < KEY_TYPE_COUNT; type++) {
        uint8_t bytes[KEY_MESSAGE_MAX + 1] = {0};
        struct key_message read;
        const struct key_message message = sample((enum key_message_type)type);
        const size_t len = key_message_write(&message, bytes, KEY_MESSAGE_MAX);
        for (size_t cut = 0; cut < len; cut++) {
            assert_false(key_message_read((x4s_chunk){bytes, cut}, &read));
            assert_int_equal(key_message_write(&message, (uint8_t[KEY_MESSAGE_MAX]){0}, cut), 0);
        }
        assert_false(key_message_read((x4s_chunk){bytes, len + 1}, &read));
    }
}

static void unknown_types(void **state)
{
    (void)state;
    uint8_t bytes[64];
    struct key_message read;
    const struct key_message message = sample(KEY_LOAD);
    const size_t len = key_message_write(&message, bytes, sizeof(bytes));
    for (unsigned type = 0; type <= UINT8_MAX; type++) {
        bytes[0] = (uint8_t)type;
        const bool empty = type == KEY_LOAD || type == KEY_COMMIT;
        assert_int_equal(key_message_read((x4s_chunk){bytes, len}, &read), empty);
    }
}

static void values_out_of_range(void **state)
{
    (void)state;
    uint8_t bytes[KEY_MESSAGE_MAX];
    struct key_message read;
    struct key_message message = sample(KEY_DONE);
    size_t len = key_message_write(&message, bytes, sizeof(bytes));
    bytes[9] = KEY_STATUSES;
    assert_false(key_message_read((x4s_chunk){bytes, len}, &read));
    message = sample(KEY_FOUND);
    message.flags = KEY_FLAGS + 1;
    len = key_message_write(&message, bytes, sizeof(bytes));
    assert_false(key_message_read((x4s_chunk){bytes, len}, &read));
    message = sample(KEY_FOUND);
    message.path = (x4s_chunk){(const uint8_t *)"a\0b", 3};
    len = key_message_write(&message, bytes, sizeof(bytes));
    assert_false(key_message_read((x4s_chunk){bytes, len}, &read));
}

static void oversize(void **state)
{
    (void)state;
    static const struct {
        enum key_message_type type;
        size_t path;
        size_t data;
        size_t text;
        bool fits;
    } rows[] = {
        {KEY_FOUND, KEY_PATH_MAX, KEY_DATA_MAX, KEY_TEXT_MAX, true},
        {KEY_FOUND, KEY_PATH_MAX + 1, 0, 0, false},
        {KEY_FOUND, 0, KEY_DATA_MAX + 1, 0, false},
        {KEY_FOUND, 0, 0, KEY_TEXT_MAX + 1, false},
        {KEY_ADD, 0, UINT16_MAX + 1, 0, false},
    };
    for (size_t i = 0; i < x4m_countof(rows); i++) {
        uint8_t bytes[KEY_MESSAGE_MAX];
        struct key_message message = sample(rows[i].type);
        message.path = bytes_of(rows[i].path);
        message.data = bytes_of(rows[i].data);
        message.text = bytes_of(rows[i].text);
        assert_int_equal(key_message_write(&message, bytes, sizeof(bytes)) > 0, rows[i].fits);
    }
}

/* A length that is too long is no message, however many bytes follow. */
static void oversize_read(void **state)
{
    (void)state;
    uint8_t bytes[9 + 2 + KEY_DATA_MAX + 1] = {KEY_ADD};
    struct key_message read;
    bytes[9] = (KEY_DATA_MAX + 1) >> 8;
    bytes[10] = (KEY_DATA_MAX + 1) & 0xff;
    assert_false(key_message_read((x4s_chunk){bytes, sizeof(bytes)}, &read));
    bytes[9] = KEY_DATA_MAX >> 8;
    bytes[10] = KEY_DATA_MAX & 0xff;
    assert_true(key_message_read((x4s_chunk){bytes, sizeof(bytes) - 1}, &read));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(there_and_back), cmocka_unit_test(nothing_is_left_out),
        cmocka_unit_test(unknown_types),  cmocka_unit_test(values_out_of_range),
        cmocka_unit_test(oversize),       cmocka_unit_test(oversize_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
