/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/endpoint.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static x4s_net_addr an_addr(const char *ip)
{
    x4s_net_addr addr;
    assert_true(x4_net_addr_parse(ip, &addr));
    return addr;
}

static void test_addresses_there_and_back(void **state)
{
    (void)state;
    static const char *const ips[] = {"192.0.2.1", "2001:db8::1"};
    for (size_t i = 0; i < x4m_countof(ips); i++) {
        x4s_net_addr addr = an_addr(ips[i]);
        addr.port = 4500;
        addr.scope = 7;
        const struct ring_addr ring = shard_addr_to_ring(&addr);
        const x4s_net_addr back = shard_addr_from_ring(&ring);
        assert_true(x4_net_addr_equal(&addr, &back));
        assert_int_equal(back.scope, 7);
    }
}

static void test_sockets(void **state)
{
    (void)state;
    const x4s_net_addr listen[] = {an_addr("0.0.0.0"), an_addr("::")};
    struct hub_daemon daemon = {
        .listen = listen, .listen_count = 2, .port = 500, .port_nat_t = 4500};
    struct shard_sockets sockets;
    assert_true(shard_sockets_make(&daemon, false, &sockets));
    assert_int_equal(sockets.count, 4);
    assert_int_equal(sockets.sockets[3].bind.family, 6);
    assert_int_equal(sockets.sockets[3].bind.port, 4500);
    assert_true(sockets.sockets[3].marker && !sockets.sockets[2].marker);
    daemon.port_nat_t = 0;
    assert_true(shard_sockets_make(&daemon, false, &sockets));
    assert_int_equal(sockets.count, 2);
}

static void test_too_many_sockets(void **state)
{
    (void)state;
    x4s_net_addr listen[RING_SOCKETS_MAX + 1];
    for (size_t i = 0; i < x4m_countof(listen); i++)
        listen[i] = an_addr("127.0.0.1");
    struct hub_daemon daemon = {.listen = listen, .port = 500};
    struct shard_sockets sockets;
    daemon.listen_count = RING_SOCKETS_MAX;
    assert_true(shard_sockets_make(&daemon, false, &sockets));
    daemon.listen_count++;
    assert_false(shard_sockets_make(&daemon, false, &sockets));
}

static void test_link_of_a_datagram(void **state)
{
    (void)state;
    const x4s_net_addr local = an_addr("192.0.2.1");
    const x4s_net_addr remote = an_addr("198.51.100.1");
    const struct ring_datagram datagram = {
        .socket = 3,
        .local = shard_addr_to_ring(&local),
        .remote = shard_addr_to_ring(&remote),
    };
    const x4s_net_link link = shard_link_of(&datagram, true);
    assert_true(link.encap);
    assert_int_equal(link.socket, 3);
    assert_true(x4_net_addr_equal(&link.local, &local));
    assert_true(x4_net_addr_equal(&link.remote, &remote));
}

/* -------------------------------------------------------------------------- for initiating */

struct here {
    struct ring *ring;
    x4s_net_addr listen[2];
    struct hub_daemon daemon;
    struct hub_connection connection;
};

/* Listens on 127.0.0.1 and 127.0.0.2, or only on the first. */
static void open_here(struct here *here, size_t addresses)
{
    struct ring_socket sockets[2];
    struct ring_error error;
    *here = (struct here){.listen = {an_addr("127.0.0.1"), an_addr("127.0.0.2")}};
    here->daemon = (struct hub_daemon){.listen = here->listen, .listen_count = addresses};
    for (size_t i = 0; i < addresses; i++)
        sockets[i] = (struct ring_socket){.bind = shard_addr_to_ring(&here->listen[i])};
    here->ring = ring_open(&(struct ring_options){.backend = RING_BACKEND_EPOLL,
                                                  .sockets = sockets,
                                                  .socket_count = addresses},
                           &error);
    assert_non_null(here->ring);
}

static bool make(struct here *here, const char *remote, x4s_net_link *link, const char **why)
{
    const x4s_net_addr to = an_addr(remote);
    return shard_link_make(here->ring, &here->daemon, &here->connection, &to, link, why);
}

static void test_configured_source(void **state)
{
    (void)state;
    struct here here;
    x4s_net_link link;
    const char *why;
    open_here(&here, 2);
    here.connection.local_addrs.first = here.listen[1];
    assert_true(make(&here, "127.0.0.9", &link, &why));
    assert_int_equal(link.socket, 1);
    assert_true(x4_net_addr_same_ip(&link.local, &here.listen[1]));
    assert_int_equal(link.local.port, ring_socket_addr(here.ring, 1).port);
    ring_close(here.ring);
}

static void test_source_that_nobody_listens_on(void **state)
{
    (void)state;
    struct here here;
    x4s_net_link link;
    const char *why;
    open_here(&here, 2);
    here.connection.local_addrs.first = an_addr("127.0.0.3");
    assert_false(make(&here, "127.0.0.9", &link, &why));
    assert_string_equal(why, "the daemon does not listen on the local address");
    ring_close(here.ring);
}

static void test_source_of_the_routes(void **state)
{
    (void)state;
    struct here here;
    x4s_net_link link;
    const char *why;
    open_here(&here, 2);
    assert_true(make(&here, "127.0.0.9", &link, &why));
    assert_true(x4_net_addr_same_ip(&link.local, &here.listen[0]));
    ring_close(here.ring);
}

static void test_only_address_is_the_source(void **state)
{
    (void)state;
    struct here here;
    x4s_net_link link;
    const char *why;
    open_here(&here, 1);
    assert_true(make(&here, "127.0.0.9", &link, &why));
    assert_int_equal(link.socket, 0);
    assert_true(x4_net_addr_same_ip(&link.local, &here.listen[0]));
    ring_close(here.ring);
}

static void test_other_family(void **state)
{
    (void)state;
    struct here here;
    x4s_net_link link;
    const char *why;
    open_here(&here, 1);
    here.connection.local_addrs.first = here.listen[0];
    assert_false(make(&here, "::1", &link, &why));
    ring_close(here.ring);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_addresses_there_and_back),
        cmocka_unit_test(test_sockets),
        cmocka_unit_test(test_too_many_sockets),
        cmocka_unit_test(test_link_of_a_datagram),
        cmocka_unit_test(test_configured_source),
        cmocka_unit_test(test_source_that_nobody_listens_on),
        cmocka_unit_test(test_source_of_the_routes),
        cmocka_unit_test(test_only_address_is_the_source),
        cmocka_unit_test(test_other_family),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
