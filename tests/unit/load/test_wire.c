/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "bench/load/wire.h"

#define TIMEOUT_MS 5000

static struct ring_addr address(const char *text, uint16_t port)
{
    struct ring_addr addr;
    assert_true(ring_addr_parse(&addr, text, port));
    return addr;
}

/* A datagram goes to a second ring and back, over the link that it came over. */
static void round_trip(enum ring_backend backend, const char *target_text)
{
    struct ring_error error;
    struct ring_socket socket = {.bind = address(target_text, 0)};
    struct ring_options options = {.backend = backend, .sockets = &socket, .socket_count = 1};
    struct ring *target = ring_open(&options, &error);
    if (!target)
        skip();
    struct ring_addr to = ring_socket_addr(target, 0);
    struct load_wire_source none = {0};
    struct load_wire wire;
    assert_true(load_wire_open(&wire, backend, &none, &to, &error));
    assert_int_equal(wire.link.remote.port, to.port);
    assert_int_equal(wire.link.local.family, to.family);
    assert_true(wire.link.local.port != 0);

    uint8_t message[64] = "there";
    assert_true(load_wire_send(&wire, &wire.link, message, sizeof(message)));
    ring_flush(wire.ring);
    const struct ring_datagram *batch;
    int count;
    while ((count = ring_wait(target, TIMEOUT_MS, &batch)) == 0)
        ;
    assert_int_equal(count, 1);
    struct ring_addr from = batch[0].remote;
    assert_int_equal(from.port, wire.link.local.port);
    assert_true(ring_send(target, 0, &batch[0].local, &from, batch[0].data, batch[0].size));
    ring_flush(target);

    while ((count = ring_wait(wire.ring, TIMEOUT_MS, &batch)) == 0)
        ;
    assert_int_equal(count, 1);
    assert_int_equal(batch[0].size, sizeof(message));
    assert_memory_equal(batch[0].data, message, sizeof(message));
    x4s_net_link link = load_wire_link(&wire, &batch[0]);
    assert_true(x4_net_link_equal(&link, &wire.link));
    load_wire_close(&wire);
    ring_close(target);
}

static void test_ipv4(void **state)
{
    (void)state;
    round_trip(RING_BACKEND_AUTO, "127.0.0.1");
    round_trip(RING_BACKEND_EPOLL, "127.0.0.1");
}

static void test_ipv6(void **state)
{
    (void)state;
    round_trip(RING_BACKEND_AUTO, "::1");
}

static void test_source_that_is_not_ours(void **state)
{
    (void)state;
    struct ring_error error = {0};
    struct load_wire_source source = {.addr = address("192.0.2.77", 0)};
    struct ring_addr target = address("127.0.0.1", 500);
    struct load_wire wire;
    assert_false(load_wire_open(&wire, RING_BACKEND_EPOLL, &source, &target, &error));
    assert_non_null(strstr(error.text, "192.0.2.77"));
}

/* Peers take turns with the ports, and each has an address of its own. */
static void test_range(void **state)
{
    (void)state;
    struct ring_error error = {0};
    struct load_wire_source source = {.ports = 2};
    struct ring_addr target = address("127.0.0.1", 500);
    struct load_wire wire;
    assert_true(load_pattern_parse("127.8.0.0/16+32", &source.range));
    assert_true(load_wire_open(&wire, RING_BACKEND_EPOLL, &source, &target, &error));
    x4s_net_link first = load_wire_link_of(&wire, 0);
    x4s_net_link other = load_wire_link_of(&wire, 259);
    assert_int_equal(first.socket, 0);
    assert_int_equal(other.socket, 1);
    assert_int_not_equal(first.local.port, other.local.port);
    assert_memory_equal(first.local.ip, "\x7f\x08\x00\x00", 4);
    assert_memory_equal(other.local.ip, "\x7f\x08\x01\x03", 4);
    assert_int_equal(other.remote.port, 500);
    load_wire_close(&wire);
}

/* Each port has a second one, to the target's other port. */
static void test_nat_traversal(void **state)
{
    (void)state;
    struct ring_error error = {0};
    struct load_wire_source source = {.ports = 2, .nat_t_port = 4500};
    struct ring_addr target = address("127.0.0.1", 500);
    struct load_wire wire;
    assert_true(load_wire_open(&wire, RING_BACKEND_EPOLL, &source, &target, &error));
    x4s_net_link link = load_wire_link_of(&wire, 1);
    const x4s_net_link before = link;
    assert_false(link.encap);
    load_wire_move(&wire, &link);
    assert_true(link.encap);
    assert_int_equal(link.socket, 3);
    assert_int_equal(link.local.port, ring_socket_addr(wire.ring, 3).port);
    assert_int_not_equal(link.local.port, before.local.port);
    assert_int_equal(link.remote.port, 4500);
    const struct ring_datagram there = {.socket = 3};
    const struct ring_datagram here = {.socket = 1};
    assert_true(load_wire_link(&wire, &there).encap);
    assert_false(load_wire_link(&wire, &here).encap);
    load_wire_close(&wire);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ipv4),
        cmocka_unit_test(test_ipv6),
        cmocka_unit_test(test_source_that_is_not_ours),
        cmocka_unit_test(test_range),
        cmocka_unit_test(test_nat_traversal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
