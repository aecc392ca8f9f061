/* SPDX-License-Identifier: BSD-2-Clause */
#include "store/embedded_check.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "store/embedded_env.h"

enum { RECORDS = 400, PAGE = 4096, TRIES = 100 };

static const struct store_estate here = {.name = "here", .token = 1};
static struct store_slice slice;
static char folder[64];
static char records[96];
static char lock[96];
static uint8_t *bytes;
static size_t size;

static void write_all(struct store_env *env, uint32_t from, uint32_t len)
{
    static uint8_t data[900];
    struct store_error error;
    for (uint32_t spi = from; spi < RECORDS; spi += 2) {
        struct store_write write = {.estate = &here,
                                    .name = store_name_child(spi),
                                    .partition = (uint8_t)spi,
                                    .data = data,
                                    .len = len};
        struct store_batch batch = {.writes = &write, .count = 1};
        assert_true(store_env_write(env, &(struct store_batch *){&batch}, 1, &error));
    }
}

/* Records, and pages that are free again. */
static int setup(void **state)
{
    (void)state;
    struct store_error error;
    struct stat file;
    strcpy(folder, "/tmp/ikehub-check-XXXXXX");
    if (!mkdtemp(folder))
        return -1;
    (void)snprintf(records, sizeof(records), "%s/records", folder);
    (void)snprintf(lock, sizeof(lock), "%s/lock", folder);
    struct store_env *env = store_env_open(folder, &error);
    assert_non_null(env);
    write_all(env, 1, 900);
    write_all(env, 2, 900);
    write_all(env, 2, 0);
    store_env_close(env);
    assert_int_equal(stat(records, &file), 0);
    size = (size_t)file.st_size;
    bytes = malloc(size);
    FILE *in = fopen(records, "r");
    assert_non_null(in);
    assert_int_equal(fread(bytes, 1, size, in), size);
    return fclose(in);
}

static int teardown(void **state)
{
    (void)state;
    free(bytes);
    (void)unlink(records);
    (void)unlink(lock);
    return rmdir(folder);
}

static void write_file(const uint8_t *data, size_t len)
{
    FILE *out = fopen(records, "w");
    assert_non_null(out);
    assert_int_equal(fwrite(data, 1, len, out), len);
    assert_int_equal(fclose(out), 0);
}

static void test_whole(void **state)
{
    (void)state;
    write_file(bytes, size);
    assert_true(store_check_is_sound(records));
    assert_true(store_check_is_sound("/nowhere/records"));
}

static void read_all(struct store_env *env)
{
    struct store_error error;
    for (unsigned partition = 0; partition < 256; partition++) {
        slice.len = 0;
        slice.end = false;
        if (!store_env_read(env, "here", partition, &slice, &error))
            return;
    }
}

/* Heads of pages full of junk, which LMDB by itself dies of. Who opens the store is told so. */
static void test_damaged_heads(void **state)
{
    (void)state;
    unsigned refused = 0;
    uint8_t *spoilt = malloc(size);
    srand(1);
    for (unsigned i = 0; i < TRIES; i++) {
        struct store_error error;
        memcpy(spoilt, bytes, size);
        const size_t page = 2 + (size_t)rand() % (size / PAGE - 2);
        for (unsigned k = 8; k < 64; k++)
            spoilt[page * PAGE + k] = (uint8_t)rand();
        write_file(spoilt, size);
        struct store_env *env = store_env_open(folder, &error);
        if (env) {
            read_all(env);
            store_env_close(env);
            continue;
        }
        assert_non_null(strstr(error.text, "damaged"));
        refused++;
    }
    free(spoilt);
    assert_true(refused > 0);
}

static void test_half_a_file(void **state)
{
    (void)state;
    write_file(bytes, size / 2 / PAGE * PAGE);
    assert_false(store_check_is_sound(records));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_whole),
        cmocka_unit_test(test_damaged_heads),
        cmocka_unit_test(test_half_a_file),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
