/* SPDX-License-Identifier: BSD-2-Clause */
/* From where files may be read: the folders of what was read at start, wherever links lead. */
#include "shard/privilege/folders.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct fixture {
    char root[64]; /* with the folders in/deep and out, and a file in each */
    char real[PATH_MAX];
    char path[PATH_MAX];
};

static const char *at(struct fixture *f, const char *name)
{
    snprintf(f->path, sizeof(f->path), "%s/%s", f->root, name);
    return f->path;
}

static void make(struct fixture *f, const char *name)
{
    const int fd = open(at(f, name), O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    close(fd);
}

static int set_up(void **state)
{
    static struct fixture f;
    *state = &f;
    strcpy(f.root, "/tmp/folders-XXXXXX");
    if (!mkdtemp(f.root))
        return -1;
    mkdir(at(&f, "in"), 0700);
    mkdir(at(&f, "in/deep"), 0700);
    mkdir(at(&f, "inner"), 0700);
    mkdir(at(&f, "out"), 0700);
    make(&f, "in/conf");
    make(&f, "in/deep/more");
    make(&f, "inner/file");
    make(&f, "out/key");
    hub_folders_note(at(&f, "in/conf"));
    return 0;
}

static int tear_down(void **state)
{
    static const char *const files[] = {"in/conf", "in/deep/more", "inner/file", "out/key",
                                        "in/link"};
    static const char *const folders[] = {"in/deep", "in", "inner", "out", ""};
    struct fixture *f = *state;
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
        unlink(at(f, files[i]));
    for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++)
        rmdir(at(f, folders[i]));
    hub_folders_forget();
    return 0;
}

static void test_what_is_inside(void **state)
{
    struct fixture *f = *state;
    assert_true(hub_folders_find(at(f, "in/conf"), f->real));
    assert_string_equal(f->real, at(f, "in/conf"));
    assert_true(hub_folders_find(at(f, "in/deep/more"), f->real));
    assert_true(hub_folders_find(at(f, "in"), f->real));
    assert_true(hub_folders_find(at(f, "out/../in/conf"), f->real));
}

static void test_what_is_outside(void **state)
{
    struct fixture *f = *state;
    assert_false(hub_folders_find(at(f, "out/key"), f->real));
    assert_int_equal(errno, EACCES);
    assert_false(hub_folders_find(at(f, "in/../out/key"), f->real));
    assert_false(hub_folders_find(at(f, "inner/file"), f->real)); /* begins in the same way */
    assert_false(hub_folders_find("/etc/passwd", f->real));
    assert_false(hub_folders_find(at(f, "in/none"), f->real));
    assert_int_equal(errno, ENOENT);
}

static void test_a_link_leads_nowhere(void **state)
{
    struct fixture *f = *state;
    char target[PATH_MAX];
    strcpy(target, at(f, "out/key"));
    assert_int_equal(symlink(target, at(f, "in/link")), 0);
    assert_false(hub_folders_find(at(f, "in/link"), f->real));
    assert_int_equal(errno, EACCES);
}

static void test_a_pattern_is_in_the_folder_before_it(void **state)
{
    struct fixture *f = *state;
    hub_folders_note(at(f, "o*/key"));
    assert_true(hub_folders_find(at(f, "out/key"), f->real));
}

static void test_the_root_is_not_meant(void **state)
{
    struct fixture *f = *state;
    hub_folders_note("/*");
    hub_folders_note("/file");
    assert_false(hub_folders_find("/etc/passwd", f->real));
}

/* Wherever it is by now, and also where it is in a folder that was noted. */
static void test_what_is_forbidden(void **state)
{
    struct fixture *f = *state;
    char target[PATH_MAX];
    hub_folders_forbid(at(f, "in/none"));
    hub_folders_forbid(at(f, "in/link"));
    assert_true(hub_folders_find(at(f, "in/deep/more"), f->real));
    strcpy(target, at(f, "in/deep"));
    assert_int_equal(symlink(target, at(f, "in/link")), 0);
    assert_false(hub_folders_find(at(f, "in/deep/more"), f->real));
    assert_int_equal(errno, EACCES);
    assert_false(hub_folders_find(at(f, "in/link/more"), f->real));
    assert_false(hub_folders_find(at(f, "in/deep"), f->real));
    assert_true(hub_folders_find(at(f, "in/conf"), f->real));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_what_is_inside, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_what_is_outside, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_link_leads_nowhere, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_pattern_is_in_the_folder_before_it, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_the_root_is_not_meant, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_what_is_forbidden, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
