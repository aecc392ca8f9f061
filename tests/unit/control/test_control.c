/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/control/control.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <cmocka.h>

#include "tests/unit/shard/fake_hub.h"

struct fixture {
    struct hub *hub;
    char folder[32];
    char path[64];
    struct hub_daemon daemon;
    struct ring_error error;
};

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));
    f->hub = fake_hub_new();
    strcpy(f->folder, "/tmp/test_control.XXXXXX");
    if (!mkdtemp(f->folder))
        return -1;
    snprintf(f->path, sizeof(f->path), "%s/run/socket", f->folder);
    f->daemon = (struct hub_daemon){.socket = f->path, .socket_mode = 0640};
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    fake_hub_free(f->hub);
    unlink(f->path);
    *strrchr(f->path, '/') = '\0';
    rmdir(f->path);
    assert_int_equal(rmdir(f->folder), 0);
    free(f);
    return 0;
}

static struct control *open_it(struct fixture *f)
{
    struct control *control = control_open(f->hub, &f->daemon, &f->error);
    if (!control)
        fail_msg("%s", f->error.text);
    return control;
}

static struct fake_client connect_to(const struct fixture *f)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    strcpy(address.sun_path, f->path);
    const int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_int_equal(connect(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
    assert_int_equal(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
    return (struct fake_client){.fd = fd};
}

static void test_serves_who_connects(void **state)
{
    struct fixture *f = *state;
    struct control *control = open_it(f);
    struct fake_client clients[2] = {connect_to(f), connect_to(f)};
    for (int i = 1; i >= 0; i--) {
        fake_client_say(&clients[i], VICI_CMD_REQUEST, "version", NULL, NULL);
        fake_hub_run(f->hub);
        assert_true(fake_client_next(&clients[i]));
        assert_int_equal(clients[i].packet.type, VICI_CMD_RESPONSE);
    }
    control_close(control);
    for (int i = 0; i < 2; i++) {
        assert_true(fake_client_ended(&clients[i]));
        fake_client_close(&clients[i]);
    }
}

static void test_permissions(void **state)
{
    struct fixture *f = *state;
    struct stat found;
    struct control *control = open_it(f);
    assert_int_equal(stat(f->path, &found), 0);
    assert_int_equal(found.st_mode & 07777, 0640);
    control_close(control);
    f->daemon.socket_mode = 0606;
    control = open_it(f);
    assert_int_equal(stat(f->path, &found), 0);
    assert_int_equal(found.st_mode & 07777, 0606);
    control_close(control);
}

static void test_group(void **state)
{
    struct fixture *f = *state;
    f->daemon.socket_group = "root";
    if (getuid() == 0)
        control_close(open_it(f));
    f->daemon.socket_group = "no such group";
    assert_null(control_open(f->hub, &f->daemon, &f->error));
    assert_non_null(strstr(f->error.text, "there is no such group"));
    assert_int_equal(access(f->path, F_OK), -1);
}

static void test_socket_goes_with_it(void **state)
{
    struct fixture *f = *state;
    struct control *control = open_it(f);
    assert_int_equal(access(f->path, F_OK), 0);
    control_close(control);
    assert_int_equal(access(f->path, F_OK), -1);
}

static void leave_stale_socket(const struct fixture *f)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    strcpy(address.sun_path, f->path);
    const int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
    close(fd);
}

static void test_stale_socket_is_replaced(void **state)
{
    struct fixture *f = *state;
    control_close(open_it(f));
    leave_stale_socket(f);
    struct control *control = open_it(f);
    struct fake_client client = connect_to(f);
    fake_client_close(&client);
    control_close(control);
}

static void test_served_socket_is_left_alone(void **state)
{
    struct fixture *f = *state;
    struct control *control = open_it(f);
    assert_null(control_open(f->hub, &f->daemon, &f->error));
    assert_non_null(strstr(f->error.text, "another process serves this socket"));
    struct fake_client client = connect_to(f);
    fake_client_say(&client, VICI_CMD_REQUEST, "version", NULL, NULL);
    fake_hub_run(f->hub);
    assert_true(fake_client_next(&client));
    fake_client_close(&client);
    control_close(control);
}

static void test_what_is_no_socket_is_left_alone(void **state)
{
    struct fixture *f = *state;
    control_close(open_it(f));
    close(open(f->path, O_WRONLY | O_CREAT, 0600));
    assert_null(control_open(f->hub, &f->daemon, &f->error));
    assert_non_null(strstr(f->error.text, "is no socket"));
    assert_int_equal(access(f->path, F_OK), 0);
}

static void test_clients_are_bounded(void **state)
{
    struct fixture *f = *state;
    struct control *control = open_it(f);
    control->client_count = CONTROL_CLIENTS_MAX;
    struct fake_client client = connect_to(f);
    fake_hub_run(f->hub);
    assert_true(fake_client_ended(&client));
    fake_client_close(&client);
    control_close(control);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_serves_who_connects),
        TEST(test_permissions),
        TEST(test_group),
        TEST(test_socket_goes_with_it),
        TEST(test_stale_socket_is_replaced),
        TEST(test_served_socket_is_left_alone),
        TEST(test_what_is_no_socket_is_left_alone),
        TEST(test_clients_are_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
