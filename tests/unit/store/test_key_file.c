/* SPDX-License-Identifier: BSD-2-Clause */
#include "store/key_file.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define KEY_1 "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
#define KEY_2 "FFFEFDFCFBFAF9F8F7F6F5F4F3F2F1F0efeeedecebeae9e8e7e6e5e4e3e2e1e0"

static char folder[64];
static char path[128];

static int setup(void **state)
{
    (void)state;
    strcpy(folder, "/tmp/ikehub-key-XXXXXX");
    if (!mkdtemp(folder))
        return -1;
    (void)snprintf(path, sizeof(path), "%s/store.keys", folder);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    (void)unlink(path);
    return rmdir(folder);
}

static void write_file(const char *text, mode_t mode)
{
    (void)unlink(path);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(chmod(path, mode), 0);
}

static bool parse(const char *text, struct store_keys *keys, struct store_error *error)
{
    return store_keys_parse(text, strlen(text), "keys", keys, error);
}

static void test_all_keys_in_their_order(void **state)
{
    (void)state;
    struct store_keys keys;
    struct store_error error;
    write_file("# of the cluster\n\n  " KEY_2 "\t\r\n" KEY_1, 0600);
    assert_true(store_key_file_read(path, &keys, &error));
    assert_int_equal(keys.count, 2);
    for (size_t i = 0; i < STORE_KEY_SIZE; i++) {
        assert_int_equal(keys.keys[0].secret[i], 0xff - i);
        assert_int_equal(keys.keys[1].secret[i], i);
    }
}

/* Ids stand in stores: another function would not find the keys of what is there. */
static void test_ids_follow_from_the_keys(void **state)
{
    (void)state;
    struct store_keys keys;
    struct store_error error;
    assert_true(parse(KEY_1 "\n" KEY_2, &keys, &error));
    assert_int_equal(keys.keys[0].id, 0xf23f5aba);
    assert_ptr_equal(store_keys_find(&keys, keys.keys[1].id), &keys.keys[1]);
    assert_null(store_keys_find(&keys, keys.keys[0].id + 1));
}

static void test_what_is_wrong_is_told_with_its_line(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *error;
    } rows[] = {
        {"", "keys:0: no key up to here"},
        {"# nothing\n\n", "keys:2: no key up to here"},
        {KEY_1 "\n" KEY_1 "00\n", "keys:2: expected a key of 64 hexadecimal digits"},
        {"\n\n" KEY_1 "0", "keys:3: expected a key of 64 hexadecimal digits"},
        {"abcd", "keys:1: expected a key of 64 hexadecimal digits"},
        {KEY_1 "\n" KEY_2 "\n" KEY_1 "\n", "keys:3: this key was there before"},
    };
    static const struct store_keys none;
    struct store_keys keys;
    struct store_error error;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_false(parse(rows[i].text, &keys, &error));
        assert_string_equal(error.text, rows[i].error);
        assert_memory_equal(&keys, &none, sizeof(keys));
    }
}

static void test_every_digit_has_to_be_one(void **state)
{
    (void)state;
    struct store_keys keys;
    struct store_error error;
    for (size_t i = 0; i < 2 * STORE_KEY_SIZE; i++) {
        static const char wrong[] = "gG/:@` ";
        for (size_t k = 0; wrong[k]; k++) {
            char text[] = KEY_1;
            text[i] = wrong[k];
            assert_false(parse(text, &keys, &error));
        }
    }
    assert_false(store_keys_parse(KEY_1 "\0", 65, "keys", &keys, &error));
    assert_string_equal(error.text, "keys:1: not a text");
}

static void test_no_more_keys_than_there_is_room_for(void **state)
{
    (void)state;
    char text[(STORE_KEYS_MAX + 1) * 65 + 1];
    struct store_keys keys;
    struct store_error error;
    for (unsigned i = 0; i <= STORE_KEYS_MAX; i++)
        (void)snprintf(text + (size_t)i * 65, 66, "%064x\n", i);
    assert_true(store_keys_parse(text, STORE_KEYS_MAX * 65, "keys", &keys, &error));
    assert_int_equal(keys.count, STORE_KEYS_MAX);
    assert_false(parse(text, &keys, &error));
    assert_string_equal(error.text, "keys:17: more keys than are taken");
}

static void assert_refused(const char *why)
{
    struct store_keys keys;
    struct store_error error;
    char expected[256];
    (void)snprintf(expected, sizeof(expected), "%s: %s", path, why);
    assert_false(store_key_file_read(path, &keys, &error));
    assert_string_equal(error.text, expected);
}

static void test_a_file_for_others_is_refused(void **state)
{
    (void)state;
    static const mode_t modes[] = {0640, 0604, 0620, 0602, 0610, 0601};
    for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
        char why[128];
        (void)snprintf(why, sizeof(why), "others than its owner have permissions, mode %04o",
                       (unsigned)modes[i]);
        write_file(KEY_1, modes[i]);
        assert_refused(why);
    }
    write_file(KEY_1, 0400);
    struct store_keys keys;
    struct store_error error;
    assert_true(store_key_file_read(path, &keys, &error));
}

static void test_what_is_no_file_is_refused(void **state)
{
    (void)state;
    (void)unlink(path);
    assert_refused("No such file or directory");
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_refused("not a file");
}

static void test_a_long_file_is_refused(void **state)
{
    (void)state;
    static char text[STORE_KEY_FILE_MAX + 2];
    memset(text, '\n', sizeof(text) - 1);
    memcpy(text, KEY_1, 64);
    write_file(text, 0600);
    assert_refused("longer than 8192 bytes");
    text[STORE_KEY_FILE_MAX] = '\0';
    write_file(text, 0600);
    struct store_keys keys;
    struct store_error error;
    assert_true(store_key_file_read(path, &keys, &error));
}

static void test_a_new_file_is_for_its_owner(void **state)
{
    (void)state;
    struct store_keys keys[3];
    struct store_error error;
    struct stat found;
    char unfinished[160];
    (void)snprintf(unfinished, sizeof(unfinished), "%s.new", path);
    for (size_t i = 0; i < 2; i++) {
        (void)unlink(path);
        const mode_t mask = umask(0);
        assert_true(store_key_file_make(path, &error));
        (void)umask(mask);
        assert_int_equal(stat(path, &found), 0);
        assert_int_equal(found.st_mode & 07777, 0600);
        assert_int_equal(found.st_nlink, 1);
        assert_int_equal(access(unfinished, F_OK), -1);
        assert_true(store_key_file_read(path, &keys[i], &error));
        assert_int_equal(keys[i].count, 1);
    }
    assert_memory_not_equal(keys[0].keys[0].secret, keys[1].keys[0].secret, STORE_KEY_SIZE);

    /* One that is there stays; what a crash left is no obstacle. */
    assert_int_equal(close(open(unfinished, O_WRONLY | O_CREAT, 0600)), 0);
    assert_false(store_key_file_make(path, &error));
    assert_non_null(strstr(error.text, "File exists"));
    assert_true(store_key_file_read(path, &keys[2], &error));
    assert_memory_equal(&keys[2], &keys[1], sizeof(keys[1]));
    assert_int_equal(access(unfinished, F_OK), -1);
}

static void test_where_none_can_be_made(void **state)
{
    (void)state;
    struct store_error error;
    assert_false(store_key_file_make("/tmp/ikehub-no-such-folder/store.keys", &error));
    assert_string_equal(error.text,
                        "/tmp/ikehub-no-such-folder/store.keys: No such file or directory");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_keys_in_their_order),
        cmocka_unit_test(test_ids_follow_from_the_keys),
        cmocka_unit_test(test_what_is_wrong_is_told_with_its_line),
        cmocka_unit_test(test_every_digit_has_to_be_one),
        cmocka_unit_test(test_no_more_keys_than_there_is_room_for),
        cmocka_unit_test(test_a_file_for_others_is_refused),
        cmocka_unit_test(test_what_is_no_file_is_refused),
        cmocka_unit_test(test_a_long_file_is_refused),
        cmocka_unit_test(test_a_new_file_is_for_its_owner),
        cmocka_unit_test(test_where_none_can_be_made),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
