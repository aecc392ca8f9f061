/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/loader.h"

#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include "tests/unit/config/config_text.h"

static void write_file(char path[], const char *text)
{
    const int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    close(fd);
}

static struct hub_config *load(const char *text, struct told *told)
{
    char path[] = "/tmp/test_loader.XXXXXX";
    write_file(path, text);
    struct hub_loader *loader = hub_loader_begin(&(struct hub_loader_job){.path = path});
    assert_non_null(loader);
    struct pollfd done = {.fd = hub_loader_fd(loader), .events = POLLIN};
    assert_int_equal(poll(&done, 1, -1), 1);
    told->text[0] = '\0';
    struct hub_config *config = hub_loader_end(loader, tell, told);
    unlink(path);
    return config;
}

static void test_loads(void **state)
{
    struct told told;
    (void)state;
    struct hub_config *config = load(CONNECTION("mobike = yes"), &told);
    assert_non_null(config);
    assert_int_equal(config->connection_count, 1);
    assert_non_null(strstr(told.text, "warning: "));
    hub_config_free(config);
}

static void test_tells_what_is_wrong(void **state)
{
    struct told told;
    (void)state;
    assert_null(load("connections {\n  office {\n    versoin = 1\n  }\n}\n", &told));
    assert_non_null(strstr(told.text, ":3: "));
}

/* Of very many findings some are told. */
static void test_too_many(void **state)
{
    static char text[4000];
    struct told told;
    (void)state;
    size_t used = (size_t)sprintf(text, "ikehub {\n");
    for (int i = 0; i < 200; i++)
        used += (size_t)sprintf(text + used, "x%d = 1\n", i);
    sprintf(text + used, "}\n");
    assert_null(load(text, &told));
    assert_non_null(strstr(told.text, ":2: "));
    assert_null(strstr(told.text, ":201: "));
}

/* Who ends before it has begun to read waits for it. */
static void test_end_at_once(void **state)
{
    (void)state;
    struct hub_loader *loader =
        hub_loader_begin(&(struct hub_loader_job){.path = "/nonexistent/ikehub.conf"});
    assert_non_null(loader);
    assert_null(hub_loader_end(loader, NULL, NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_loads),
        cmocka_unit_test(test_tells_what_is_wrong),
        cmocka_unit_test(test_too_many),
        cmocka_unit_test(test_end_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
