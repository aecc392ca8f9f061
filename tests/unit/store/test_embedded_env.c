/* SPDX-License-Identifier: BSD-2-Clause */
#include "store/embedded_env.h"

#include <limits.h>
#include <lmdb.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static const struct store_estate here = {.name = "here", .token = 1};
static const struct store_estate there = {.name = "there", .token = 1};

static char folder[64];
static char records[96];
static char lock[96];
static struct store_slice slice;

static int setup(void **state)
{
    (void)state;
    strcpy(folder, "/tmp/ikehub-env-XXXXXX");
    if (!mkdtemp(folder))
        return -1;
    (void)snprintf(records, sizeof(records), "%s/records", folder);
    (void)snprintf(lock, sizeof(lock), "%s/lock", folder);
    return rmdir(folder);
}

static int teardown(void **state)
{
    (void)state;
    (void)unlink(records);
    (void)unlink(lock);
    (void)rmdir(folder);
    return 0;
}

static struct store_env *open_env(void)
{
    struct store_error error;
    struct store_env *env = store_env_open(folder, &error);
    if (!env)
        print_error("%s\n", error.text);
    assert_non_null(env);
    return env;
}

static struct store_write put_of(uint32_t spi, const void *data, uint32_t len)
{
    return (struct store_write){.estate = &here,
                                .name = store_name_child(spi),
                                .partition = 3,
                                .len = len,
                                .data = data,
                                .expires_sec = 1}; /* over, which is for the reader to find */
}

static struct store_write erase_of(uint32_t spi)
{
    return put_of(spi, NULL, 0);
}

static bool write_all(struct store_env *env, struct store_write *writes, size_t count,
                      struct store_error *why)
{
    struct store_batch batch = {.count = count, .writes = writes};
    struct store_batch *const batches[] = {&batch};
    return store_env_write(env, batches, 1, why);
}

static void must_write(struct store_env *env, struct store_write *writes, size_t count)
{
    struct store_error why;
    assert_true(write_all(env, writes, count, &why));
    for (size_t i = 0; i < count; i++)
        assert_int_equal(writes[i].result, STORE_DONE);
}

static void must_put(struct store_env *env, uint32_t spi, const char *data)
{
    struct store_write write = put_of(spi, data, (uint32_t)strlen(data));
    must_write(env, &write, 1);
}

/* The first slice of a partition. */
static void read_first(struct store_env *env, const char *estate, unsigned partition)
{
    struct store_error why;
    slice = (struct store_slice){0};
    assert_true(store_env_read(env, estate, partition, &slice, &why));
}

static size_t count_of(struct store_env *env, const char *estate, unsigned partition)
{
    struct store_name name;
    x4s_chunk data;
    struct store_error why;
    size_t count = 0;
    read_first(env, estate, partition);
    for (;;) {
        for (size_t at = 0; store_slice_next(&slice, &at, &name, &data);)
            count++;
        if (slice.end)
            return count;
        assert_true(store_env_read(env, estate, partition, &slice, &why));
    }
}

static void assert_next(size_t *at, uint32_t spi, const char *expected)
{
    const struct store_name wanted = store_name_child(spi);
    struct store_name name;
    x4s_chunk data;
    assert_true(store_slice_next(&slice, at, &name, &data));
    assert_true(store_name_is(&name, &wanted));
    assert_int_equal(data.len, strlen(expected));
    assert_memory_equal(data.data, expected, data.len);
}

static void assert_no_next(size_t at)
{
    struct store_name name;
    x4s_chunk data;
    assert_false(store_slice_next(&slice, &at, &name, &data));
}

/* -------------------------------------------------------------------------- opening */

static void assert_not_opened(const char *path, const char *why)
{
    struct store_error error;
    char expected[256];
    (void)snprintf(expected, sizeof(expected), "%s: %s", path, why);
    assert_null(store_env_open(folder, &error));
    assert_string_equal(error.text, expected);
}

static void test_the_directory_is_ours_alone(void **state)
{
    (void)state;
    char why[64];
    struct stat found;
    struct store_env *env = open_env();
    assert_int_equal(stat(folder, &found), 0);
    assert_int_equal(found.st_mode & 0777, 0700);
    assert_int_equal(stat(records, &found), 0);
    assert_int_equal(found.st_mode & 0777, 0600);
    (void)snprintf(why, sizeof(why), "in use by process %ld", (long)getpid());
    assert_not_opened(folder, why);
    store_env_close(env);
    store_env_close(open_env());
}

static void test_what_cannot_be_opened(void **state)
{
    (void)state;
    char before[sizeof(folder)];
    struct store_error error;
    strcpy(before, folder);
    strcpy(folder, "/tmp/ikehub-no-such-folder/store");
    assert_not_opened(folder, "No such file or directory");
    strcpy(folder, before);
    static char longest[PATH_MAX];
    memset(longest, 'x', sizeof(longest) - 1);
    assert_null(store_env_open(longest, &error));
}

static void write_file(const char *text, size_t len)
{
    FILE *file = fopen(records, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, len, file), len);
    assert_int_equal(fclose(file), 0);
}

static void test_a_file_that_is_no_store(void **state)
{
    (void)state;
    static char junk[65536];
    memset(junk, 'j', sizeof(junk));
    store_env_close(open_env());
    write_file(junk, sizeof(junk));
    assert_not_opened(records, "MDB_INVALID: File is not an LMDB file");
    write_file(junk, 100);
    assert_not_opened(records, "MDB_INVALID: File is not an LMDB file");
}

/* -------------------------------------------------------------------------- LMDB itself */

/* What somebody else has put into the file. */
static void put_foreign(const void *key, size_t key_len, const void *data, size_t len)
{
    MDB_env *lmdb;
    MDB_txn *txn;
    MDB_dbi dbi;
    char key_copy[64];
    char data_copy[64];
    MDB_val k = {key_len, key_copy};
    MDB_val v = {len, data_copy};
    memcpy(key_copy, key, key_len);
    memcpy(data_copy, data, len);
    assert_int_equal(mdb_env_create(&lmdb), 0);
    assert_int_equal(mdb_env_open(lmdb, records, MDB_NOSUBDIR | MDB_NOLOCK, 0600), 0);
    assert_int_equal(mdb_txn_begin(lmdb, NULL, 0, &txn), 0);
    assert_int_equal(mdb_dbi_open(txn, NULL, 0, &dbi), 0);
    assert_int_equal(mdb_put(txn, dbi, &k, &v, 0), 0);
    assert_int_equal(mdb_txn_commit(txn), 0);
    mdb_env_close(lmdb);
}

static void test_a_newer_format_is_refused(void **state)
{
    (void)state;
    store_env_close(open_env());
    put_foreign("\0format", 7, "\2", 1);
    assert_not_opened(records, "MDB_VERSION_MISMATCH: Database environment version mismatch");
    put_foreign("\0format", 7, "\1", 1);
    store_env_close(open_env());
}

static void test_junk_is_passed_over(void **state)
{
    (void)state;
    static const char *const names[] = {
        "here\0\3",             /* no name */
        "here\0\3\2\0\0\0",     /* too short */
        "here\0\3\2\0\0\0\1\1", /* too long */
        "here\0\3\7\0\0\0\1",   /* of no kind */
    };
    static const size_t lens[] = {6, 10, 12, 11};
    struct store_env *env = open_env();
    must_put(env, 1, "one");
    must_put(env, 0xffffffff, "last");
    store_env_close(env);
    for (size_t i = 0; i < x4m_countof(names); i++)
        put_foreign(names[i], lens[i], "any data of any length", 22);
    put_foreign("here", 4, "", 0);
    put_foreign("herein\0\3\2\0\0\0\1", 13, "of another estate", 17);
    env = open_env();
    read_first(env, "here", 3);
    size_t at = 0;
    assert_next(&at, 1, "one");
    assert_next(&at, 0xffffffff, "last");
    assert_no_next(at);
    assert_true(slice.end);
    store_env_close(env);
}

/* Overwrites all that the file has of `from` with as many bytes of `to`. */
static size_t damage(const char *from, const char *to)
{
    static char bytes[1 << 20];
    const size_t len = strlen(from);
    FILE *file = fopen(records, "r+");
    assert_non_null(file);
    const size_t size = fread(bytes, 1, sizeof(bytes), file);
    size_t count = 0;
    for (size_t at = 0; at + len <= size; at++) {
        if (memcmp(bytes + at, from, len) != 0)
            continue;
        memcpy(bytes + at, to, len);
        count++;
    }
    rewind(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
    return count;
}

/* A record is given as it is on the disk, and those beside it too: whether it is one says its seal.
 */
static void test_junk_in_a_page(void **state)
{
    (void)state;
    struct store_env *env = open_env();
    must_put(env, 1, "the first record");
    must_put(env, 2, "the second record");
    must_put(env, 3, "the third record");
    store_env_sync(env);
    store_env_close(env);
    assert_true(damage("the second record", "bytes of somebody") > 0);
    env = open_env();
    read_first(env, "here", 3);
    size_t at = 0;
    assert_next(&at, 1, "the first record");
    assert_next(&at, 2, "bytes of somebody");
    assert_next(&at, 3, "the third record");
    assert_no_next(at);
    store_env_close(env);
}

/* -------------------------------------------------------------------------- records */

static void test_records_are_there_again(void **state)
{
    (void)state;
    struct store_env *env = open_env();
    struct store_write writes[] = {put_of(1, "one", 3), put_of(2, "two", 3), put_of(3, "", 0)};
    writes[2].estate = &there;
    must_write(env, writes, x4m_countof(writes));
    must_put(env, 2, "two again");
    store_env_close(env);

    env = open_env();
    read_first(env, "here", 3);
    size_t at = 0;
    assert_next(&at, 1, "one");
    assert_next(&at, 2, "two again");
    assert_no_next(at);
    assert_true(slice.end);

    struct store_write gone[] = {erase_of(1), erase_of(99)};
    must_write(env, gone, x4m_countof(gone));
    read_first(env, "here", 3);
    at = 0;
    assert_next(&at, 2, "two again");
    assert_no_next(at);
    assert_int_equal(count_of(env, "there", 3), 1);
    assert_int_equal(count_of(env, "there", 2), 0);
    assert_int_equal(count_of(env, "her", 3), 0);
    assert_int_equal(count_of(env, "here2", 3), 0);
    store_env_close(env);
}

static void test_partitions_and_slices(void **state)
{
    (void)state;
    enum { COUNT = 2000, LEN = 300 };
    static uint8_t data[LEN];
    static struct store_write writes[COUNT];
    struct store_env *env = open_env();
    for (uint32_t i = 0; i < COUNT; i++) {
        writes[i] = put_of(i + 1, data, LEN);
        writes[i].partition = i % 2 ? 0 : 63;
    }
    must_write(env, writes, COUNT);
    assert_int_equal(count_of(env, "here", 0), COUNT / 2);
    assert_int_equal(count_of(env, "here", 63), COUNT / 2);
    read_first(env, "here", 0);
    assert_false(slice.end);
    store_env_close(env);
}

static void test_the_longest_is_taken_and_a_longer_one_refused(void **state)
{
    (void)state;
    static uint8_t data[STORE_ENV_VALUE_MAX + 1];
    struct store_error why;
    struct store_env *env = open_env();
    struct store_write writes[] = {put_of(1, data, STORE_ENV_VALUE_MAX), put_of(2, data, 1),
                                   put_of(3, data, STORE_ENV_VALUE_MAX + 1)};
    assert_true(write_all(env, writes, x4m_countof(writes), &why));
    assert_int_equal(writes[0].result, STORE_DONE);
    assert_int_equal(writes[1].result, STORE_DONE);
    assert_int_equal(writes[2].result, STORE_REFUSED);
    assert_int_equal(count_of(env, "here", 3), 2);
    store_env_close(env);
}

/* -------------------------------------------------------------------------- the disk */

/* More than the map that the store begins with. */
static void test_it_grows(void **state)
{
    (void)state;
    enum { COUNT = 300, BATCHES = 5 };
    static uint8_t data[STORE_ENV_VALUE_MAX];
    static struct store_write writes[COUNT];
    struct store_env *env = open_env();
    for (uint32_t k = 0; k < BATCHES; k++) {
        for (uint32_t i = 0; i < COUNT; i++)
            writes[i] = put_of(k * COUNT + i + 1, data, sizeof(data));
        must_write(env, writes, COUNT);
    }
    assert_int_equal(count_of(env, "here", 3), COUNT * BATCHES);
    store_env_close(env);
    env = open_env();
    must_put(env, 1, "again");
    assert_int_equal(count_of(env, "here", 3), COUNT * BATCHES);
    store_env_close(env);
}

static void limit_files(rlim_t size)
{
    struct rlimit limit;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = size;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

/* The limit for the size of files takes the place of the disk's. */
static void test_a_full_disk_is_told_and_survived(void **state)
{
    (void)state;
    enum { COUNT = 64 };
    static uint8_t data[STORE_ENV_VALUE_MAX];
    static struct store_write writes[COUNT];
    struct store_error why;
    struct store_env *env = open_env();
    must_put(env, 1, "before");
    (void)signal(SIGXFSZ, SIG_IGN);
    limit_files(1 << 20);
    for (uint32_t i = 0; i < COUNT; i++)
        writes[i] = put_of(i + 2, data, sizeof(data));
    for (unsigned tries = 0; tries < 3; tries++) {
        assert_false(write_all(env, writes, COUNT, &why));
        assert_non_null(strstr(why.text, "records: Input/output error"));
        for (size_t i = 0; i < COUNT; i++)
            assert_int_equal(writes[i].result, STORE_AWAY);
        assert_int_equal(count_of(env, "here", 3), 1);
    }
    struct store_write gone = erase_of(1);
    must_write(env, &gone, 1);
    limit_files(RLIM_INFINITY);
    must_write(env, writes, COUNT);
    assert_int_equal(count_of(env, "here", 3), COUNT);
    store_env_close(env);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_the_directory_is_ours_alone, setup, teardown),
        cmocka_unit_test_setup_teardown(test_what_cannot_be_opened, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_file_that_is_no_store, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_newer_format_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(test_junk_in_a_page, setup, teardown),
        cmocka_unit_test_setup_teardown(test_junk_is_passed_over, setup, teardown),
        cmocka_unit_test_setup_teardown(test_records_are_there_again, setup, teardown),
        cmocka_unit_test_setup_teardown(test_partitions_and_slices, setup, teardown),
        cmocka_unit_test_setup_teardown(test_the_longest_is_taken_and_a_longer_one_refused, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_it_grows, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_full_disk_is_told_and_survived, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
