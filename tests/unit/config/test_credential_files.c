/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/config/credential_files.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/config/credential_folder.h"

static const char two_blocks[] =
    "text before\n"
    "-----BEGIN CERTIFICATE-----\nAQID\n-----END CERTIFICATE-----\n"
    "-----BEGIN EC PARAMETERS-----\nBAUG\n-----END EC PARAMETERS-----\n"
    "-----BEGIN CERTIFICATE-----\nBwgJ\n-----END CERTIFICATE-----\n";

struct scene {
    struct folder folder;
    struct hub_arena *arena;
    struct hub_ders list;
};

static int open_scene(void **state)
{
    struct scene *s = calloc(1, sizeof(*s));
    s->folder = folder_new();
    s->arena = hub_arena_new();
    hub_ders_init(&s->list);
    *state = s;
    return 0;
}

static int close_scene(void **state)
{
    struct scene *s = *state;
    hub_arena_free(s->arena);
    folder_free(&s->folder);
    free(s);
    return 0;
}

static const char *add(struct scene *s, const char *name)
{
    char path[160];
    snprintf(path, sizeof(path), "%s/%s", s->folder.path, name);
    return hub_ders_add_file(s->arena, path, "CERTIFICATE", &s->list);
}

static void test_blocks(void **state)
{
    struct scene *s = *state;
    folder_write(&s->folder, "two.pem", two_blocks, strlen(two_blocks), 0644);
    assert_null(add(s, "two.pem"));
    assert_int_equal(s->list.count, 2);
    assert_memory_equal(s->list.first->der.data, "\1\2\3", 3);
    assert_memory_equal(s->list.first->next->der.data, "\7\10\11", 3);
    assert_true(s->list.first->others);
}

static void test_der(void **state)
{
    struct scene *s = *state;
    folder_write(&s->folder, "one.der", "\x30\x01\x00", 3, 0600);
    assert_null(add(s, "one.der"));
    assert_int_equal(s->list.count, 1);
    assert_int_equal(s->list.first->der.len, 3);
    assert_false(s->list.first->others);
}

static void test_refused(void **state)
{
    struct scene *s = *state;
    static const char key[] = "-----BEGIN PRIVATE KEY-----\nAQID\n-----END PRIVATE KEY-----\n";
    folder_write(&s->folder, "key.pem", key, strlen(key), 0600);
    folder_write(&s->folder, "cut.pem", two_blocks, 50, 0600);
    folder_write(&s->folder, "empty.pem", "", 0, 0600);
    assert_string_equal(add(s, "none.pem"), "there is no such file");
    assert_string_equal(add(s, "x509"), "it is not a regular file");
    assert_string_equal(add(s, "empty.pem"), "it is empty, or too large");
    assert_string_equal(add(s, "cut.pem"), "its PEM is malformed, or encrypted");
    assert_string_equal(add(s, "key.pem"), "it holds nothing of the kind that is expected there");
    assert_int_equal(s->list.count, 0);
}

/* In the order of names; hidden files do not count. */
static void test_folder(void **state)
{
    struct scene *s = *state;
    const char *path;
    char folder[160];
    folder_write(&s->folder, "x509/b.der", "b", 1, 0600);
    folder_write(&s->folder, "x509/a.der", "a", 1, 0600);
    folder_write(&s->folder, "x509/.hidden", "h", 1, 0600);
    snprintf(folder, sizeof(folder), "%s/x509", s->folder.path);
    assert_null(hub_ders_add_folder(s->arena, folder, "CERTIFICATE", &s->list, &path));
    assert_int_equal(s->list.count, 2);
    assert_int_equal(s->list.first->der.data[0], 'a');
}

static void test_folder_errors(void **state)
{
    struct scene *s = *state;
    const char *path;
    char folder[160];
    snprintf(folder, sizeof(folder), "%s/none", s->folder.path);
    assert_null(hub_ders_add_folder(s->arena, folder, "CERTIFICATE", &s->list, &path));
    folder_write(&s->folder, "x509/empty.pem", "", 0, 0600);
    snprintf(folder, sizeof(folder), "%s/x509", s->folder.path);
    assert_string_equal(hub_ders_add_folder(s->arena, folder, "CERTIFICATE", &s->list, &path),
                        "it is empty, or too large");
    assert_non_null(strstr(path, "x509/empty.pem"));
}

#define SCENE_TEST(test) cmocka_unit_test_setup_teardown(test, open_scene, close_scene)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENE_TEST(test_blocks), SCENE_TEST(test_der),           SCENE_TEST(test_refused),
        SCENE_TEST(test_folder), SCENE_TEST(test_folder_errors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
