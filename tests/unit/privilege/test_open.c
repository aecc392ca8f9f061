/* SPDX-License-Identifier: BSD-2-Clause */
/* What the supervisor opens for who asks it, and what it refuses. */
#include "shard/privilege/open.h"

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
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "shard/privilege/folders.h"
#include "shard/privilege/supervisor.h"

struct fixture {
    char root[64]; /* with conf, a folder certs with a and b, and a folder private with key */
    char config[128];
    char socket[128];
    char path[256];
    x4s_net_addr listen;
    struct hub_daemon daemon;
    struct hub_rights rights;
    struct hub_supervisor supervisor;
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
    assert_int_equal(write(fd, name, strlen(name)), strlen(name));
    close(fd);
}

static uint16_t free_port(void)
{
    struct ring_addr addr;
    union ring_sockaddr bound;
    socklen_t size = sizeof(bound);
    assert_true(ring_addr_parse(&addr, "127.0.0.1", 0));
    const int fd = hub_open_bound(&addr);
    assert_int_equal(getsockname(fd, &bound.any, &size), 0);
    close(fd);
    assert_true(ring_addr_from_sockaddr(&addr, &bound.any, size));
    return addr.port;
}

static int set_up(void **state)
{
    static struct fixture f;
    struct ring_error error;
    *state = &f;
    memset(&f, 0, sizeof(f));
    strcpy(f.root, "/tmp/open-XXXXXX");
    if (!mkdtemp(f.root) || mkdir(at(&f, "certs"), 0700) != 0 ||
        mkdir(at(&f, "private"), 0700) != 0)
        return -1;
    make(&f, "conf");
    make(&f, "certs/b");
    make(&f, "certs/a");
    make(&f, "certs/.hidden");
    make(&f, "private/key");
    snprintf(f.config, sizeof(f.config), "%s/conf", f.root);
    snprintf(f.socket, sizeof(f.socket), "%s/vici", f.root);
    assert_true(x4_net_addr_parse("127.0.0.1", &f.listen));
    f.daemon = (struct hub_daemon){
        .config = f.config,
        .listen = &f.listen,
        .listen_count = 1,
        .port = free_port(),
        .kernel = HUB_KERNEL_CHOICE_NULL,
        .socket = f.socket,
        .socket_mode = 0600,
    };
    const int fd = hub_open_file(at(&f, "conf")); /* by itself: the folder is known from now on */
    close(fd);
    return fd >= 0 && hub_supervisor_start(&f.supervisor, NULL, &f.daemon, &f.rights, STDERR_FILENO,
                                           &error)
               ? 0
               : -1;
}

static int tear_down(void **state)
{
    static const char *const files[] = {"conf",          "certs/a",     "certs/b",
                                        "certs/.hidden", "private/key", "vici"};
    struct fixture *f = *state;
    hub_supervisor_stop(&f->supervisor);
    hub_folders_forget();
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
        unlink(at(f, files[i]));
    rmdir(at(f, "certs"));
    rmdir(at(f, "private"));
    rmdir(f->root);
    return 0;
}

static void test_files(void **state)
{
    struct fixture *f = *state;
    char text[16] = "";
    const int fd = hub_open_file(at(f, "certs/a"));
    assert_true(fd >= 0);
    assert_int_equal(read(fd, text, sizeof(text)), 7);
    assert_string_equal(text, "certs/a");
    assert_int_equal(write(fd, "x", 1), -1);
    close(fd);
    assert_int_equal(hub_open_file(at(f, "none")), -1);
    assert_int_equal(errno, ENOENT);
    assert_int_equal(hub_open_file("/etc/passwd"), -1);
    assert_int_equal(errno, EACCES);
    assert_int_equal(hub_open_file(at(f, "certs")), -1);
    assert_int_equal(errno, EACCES);
}

static void test_names(void **state)
{
    struct fixture *f = *state;
    struct hub_names names;
    assert_true(hub_open_folder(at(f, "certs"), &names));
    assert_int_equal(names.count, 2);
    assert_string_equal(names.name[0], "a");
    assert_string_equal(names.name[1], "b");
    hub_names_free(&names);
    assert_true(hub_open_pattern(at(f, "certs/*"), &names));
    assert_int_equal(names.count, 2);
    assert_string_equal(names.name[1], at(f, "certs/b"));
    hub_names_free(&names);
    assert_true(hub_open_pattern("/etc/pass*", &names));
    assert_int_equal(names.count, 0);
    assert_false(hub_open_folder("/etc", &names));
    assert_int_equal(errno, EACCES);
    assert_false(hub_open_folder(at(f, "none"), &names));
    assert_int_equal(errno, ENOENT);
}

static void test_a_ring_has_its_sockets(void **state)
{
    const struct fixture *f = *state;
    struct ring_error error = {0};
    struct ring_udp udp;
    struct ring_socket spec = {.bind = {.family = 4, .ip = {127, 0, 0, 1}, .port = f->daemon.port}};
    assert_true(hub_open_ring_socket(&udp, &spec, 1 << 16, NULL, &error));
    assert_int_equal(udp.addr.port, f->daemon.port);
    assert_false(hub_open_ring_socket(&udp, &spec, 1 << 16, NULL, &error));
    assert_int_equal(error.code, EADDRINUSE);
    assert_non_null(strstr(error.text, "127.0.0.1"));
    ring_udp_close(&udp);
    spec.bind.port++;
    assert_false(hub_open_ring_socket(&udp, &spec, 1 << 16, NULL, &error));
    assert_int_equal(error.code, EACCES);
    spec.bind.port--;
    spec.bind.ip[3] = 2;
    assert_false(hub_open_ring_socket(&udp, &spec, 1 << 16, NULL, &error));
    assert_int_equal(error.code, EACCES);
}

static void test_other_sockets(void **state)
{
    struct ring_addr addr = {.family = 4, .ip = {127, 0, 0, 1}, .port = 1812};
    struct ring_addr source;
    (void)state;
    const int connected = hub_open_connected(&addr);
    assert_true(connected >= 0);
    close(connected);
    assert_true(hub_open_source(&addr, &source));
    assert_memory_equal(source.ip, addr.ip, sizeof(addr.ip));
    assert_int_equal(source.port, 0);
    addr.port = 53;
    assert_int_equal(hub_open_bound(&addr), -1);
    assert_int_equal(errno, EACCES);
    addr.family = 7;
    assert_int_equal(hub_open_connected(&addr), -1);
}

static void test_hosts(void **state)
{
    struct ring_addr addr;
    (void)state;
    assert_true(hub_open_host("127.0.0.9", &addr));
    assert_int_equal(addr.ip[3], 9);
    assert_false(hub_open_host("no such host", &addr));
}

static void test_the_control_socket(void **state)
{
    struct fixture *f = *state;
    struct ring_error error;
    struct stat status;
    const int fd = hub_open_control(&f->daemon, &error);
    assert_true(fd >= 0);
    assert_int_equal(stat(f->socket, &status), 0);
    assert_true(S_ISSOCK(status.st_mode));
    assert_int_equal(hub_open_control(&f->daemon, &error), -1);
    assert_non_null(strstr(error.text, "another process serves this socket"));
    hub_close_control(f->socket);
    assert_int_equal(stat(f->socket, &status), -1);
    close(fd);
}

static bool is_given(const struct redis_address *address)
{
    const int fd = hub_open_redis(address);
    if (fd >= 0)
        close(fd);
    return fd >= 0;
}

/* One that is configured: whether somebody is there shows later. */
static void test_servers_of_the_store(void **state)
{
    struct fixture *f = *state;
    struct ring_error error;
    struct redis_address server;
    struct redis_address other;
    assert_true(redis_address_parse("127.0.0.1:6379", REDIS_PORT, &server));
    assert_true(redis_address_parse("127.0.0.1:6380", REDIS_PORT, &other));
    assert_false(is_given(&server));
    assert_int_equal(errno, EACCES);
    hub_supervisor_stop(&f->supervisor);
    f->daemon.store = (struct hub_store){
        .used = true,
        .backend = HUB_STORE_REDIS,
        .redis = {.addresses = {server}, .address_count = 1},
    };
    assert_true(
        hub_supervisor_start(&f->supervisor, NULL, &f->daemon, &f->rights, STDERR_FILENO, &error));
    if (!is_given(&server))
        assert_int_equal(errno, ECONNREFUSED);
    assert_false(is_given(&other));
    assert_int_equal(errno, EACCES);
    assert_true(redis_address_parse("/run/other.sock", REDIS_PORT, &other));
    assert_false(is_given(&other));
    assert_int_equal(errno, EACCES);
}

/* Beside the configuration, whose folder is known, and for another process all the same. */
static void test_private_keys(void **state)
{
    struct fixture *f = *state;
    struct hub_names names;
    assert_int_equal(hub_open_file(at(f, "private/key")), -1);
    assert_int_equal(errno, EACCES);
    assert_int_equal(hub_open_file(at(f, "certs/../private/key")), -1);
    assert_false(hub_open_folder(at(f, "private"), &names));
    assert_int_equal(errno, EACCES);
    assert_true(hub_open_pattern(at(f, "private/*"), &names));
    assert_int_equal(names.count, 0);
}

/* There is no kernel process here. */
static void test_a_helper_that_is_not_there(void **state)
{
    char byte;
    (void)state;
    const int wire = hub_open_helper(HUB_HELPER_KERNEL, 0);
    assert_true(wire >= 0);
    assert_int_equal(recv(wire, &byte, 1, 0), 0);
    close(wire);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_files, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_names, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_ring_has_its_sockets, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_other_sockets, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_hosts, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_the_control_socket, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_private_keys, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_servers_of_the_store, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_helper_that_is_not_there, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
