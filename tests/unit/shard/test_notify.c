/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/notify.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

/* A service manager. */
struct fixture {
    char folder[32];
    char path[64];
    int manager;
    char message[1024];
};

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));
    struct sockaddr_un addr = {.sun_family = AF_UNIX};
    strcpy(f->folder, "/tmp/test_notify.XXXXXX");
    assert_non_null(mkdtemp(f->folder));
    snprintf(f->path, sizeof(f->path), "%s/notify", f->folder);
    memcpy(addr.sun_path, f->path, strlen(f->path));
    f->manager = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    assert_int_equal(bind(f->manager, (const struct sockaddr *)&addr, sizeof(addr)), 0);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    close(f->manager);
    unlink(f->path);
    rmdir(f->folder);
    free(f);
    return 0;
}

/* The next message, or "". */
static const char *told(struct fixture *f)
{
    const ssize_t size = recv(f->manager, f->message, sizeof(f->message) - 1, 0);
    f->message[size > 0 ? size : 0] = '\0';
    return f->message;
}

static struct hub_notify open_with(const char *socket, const char *usec)
{
    struct hub_notify notify;
    setenv("NOTIFY_SOCKET", socket, 1);
    if (usec)
        setenv("WATCHDOG_USEC", usec, 1);
    hub_notify_init(&notify);
    assert_null(getenv("NOTIFY_SOCKET"));
    assert_null(getenv("WATCHDOG_USEC"));
    return notify;
}

static void test_states(void **state)
{
    struct fixture *f = *state;
    uint64_t usec;
    struct hub_notify notify = open_with(f->path, NULL);
    hub_notify_ready(&notify, "Serving\nREADY=0");
    assert_string_equal(told(f), "READY=1\nSTATUS=Serving\n");
    hub_notify_reloading(&notify);
    assert_int_equal(sscanf(told(f), "RELOADING=1\nMONOTONIC_USEC=%" SCNu64 "\n", &usec), 1);
    assert_true(usec > 0);
    hub_notify_stopping(&notify);
    assert_memory_equal(told(f), "STOPPING=1\n", 11);
    hub_notify_fini(&notify);
}

static void test_signs_of_life_come_twice_as_often_as_needed(void **state)
{
    struct fixture *f = *state;
    struct hub_notify notify = open_with(f->path, "30000000");
    assert_true(hub_notify_alive(&notify, 1000) == 15000);
    assert_string_equal(told(f), "WATCHDOG=1\n");
    assert_true(hub_notify_alive(&notify, 2000) == 14000);
    assert_string_equal(told(f), "");
    assert_true(hub_notify_alive(&notify, 16000) == 15000);
    assert_string_equal(told(f), "WATCHDOG=1\n");
    hub_notify_fini(&notify);
}

static void test_no_watchdog(void **state)
{
    struct fixture *f = *state;
    static const char *const unusable[] = {NULL, "0", "soon", "99999999999999999999999"};
    for (size_t i = 0; i < x4m_countof(unusable); i++) {
        struct hub_notify notify = open_with(f->path, unusable[i]);
        assert_true(hub_notify_alive(&notify, 1000) == x4c_never);
        hub_notify_fini(&notify);
    }
    setenv("WATCHDOG_PID", "1", 1);
    struct hub_notify notify = open_with(f->path, "30000000");
    assert_true(hub_notify_alive(&notify, 1000) == x4c_never);
    hub_notify_fini(&notify);
    assert_string_equal(told(f), "");
}

static void test_name_that_is_no_file(void **state)
{
    struct fixture *f = *state;
    struct sockaddr_un addr = {.sun_family = AF_UNIX};
    const int len = snprintf(addr.sun_path + 1, 64, "test_notify.%d", (int)getpid());
    const socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)len);
    char name[sizeof(addr.sun_path) + 1];
    snprintf(name, sizeof(name), "@%s", addr.sun_path + 1);
    close(f->manager);
    f->manager = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    assert_int_equal(bind(f->manager, (const struct sockaddr *)&addr, size), 0);
    struct hub_notify notify = open_with(name, NULL);
    hub_notify_ready(&notify, "Serving");
    assert_string_equal(told(f), "READY=1\nSTATUS=Serving\n");
    hub_notify_fini(&notify);
}

static void test_nobody_wants_to_be_told(void **state)
{
    struct fixture *f = *state;
    char long_path[200];
    memset(long_path, '/', sizeof(long_path) - 1);
    long_path[sizeof(long_path) - 1] = '\0';
    const char *const unusable[] = {"", "/", "relative", "/nonexistent/notify", long_path};
    for (size_t i = 0; i < x4m_countof(unusable); i++) {
        struct hub_notify notify = open_with(unusable[i], "30000000");
        assert_int_equal(notify.fd, -1);
        hub_notify_ready(&notify, "Serving");
        assert_true(hub_notify_alive(&notify, 1000) == x4c_never);
        hub_notify_fini(&notify);
    }
    struct hub_notify notify;
    hub_notify_init(&notify);
    assert_int_equal(notify.fd, -1);
    assert_string_equal(told(f), "");
}

/* It does not read: we go on. */
static void test_manager_is_stuck(void **state)
{
    struct fixture *f = *state;
    struct hub_notify notify = open_with(f->path, NULL);
    for (int i = 0; i < 5000; i++)
        hub_notify_ready(&notify, "Serving");
    close(f->manager);
    f->manager = -1;
    hub_notify_stopping(&notify);
    hub_notify_fini(&notify);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_states, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_signs_of_life_come_twice_as_often_as_needed, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_no_watchdog, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_name_that_is_no_file, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_nobody_wants_to_be_told, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_manager_is_stuck, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
