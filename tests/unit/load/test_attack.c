/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "bench/load/attack.h"
#include "ioring/ring.h"

#define TIMEOUT_MS 5000
#define WANTED     40

static struct ring *target;

static void open_target(const char *address)
{
    struct ring_error error;
    struct ring_socket socket = {0};
    struct ring_options options = {.sockets = &socket, .socket_count = 1};
    assert_true(ring_addr_parse(&socket.bind, address, 0));
    target = ring_open(&options, &error);
}

/* They come from other addresses than ours, and the answers are counted. */
static void test_datagrams_come(void **state)
{
    const struct load_attack_plan plan = {.kind = LOAD_ATTACK_MAIN, .per_second = 2000, .times = 1};
    struct load_attacked attacked;
    char error[128];
    const struct ring_datagram *batch;
    int seen = 0;
    int foreign = 0;
    (void)state;
    open_target("127.0.0.1");
    assert_non_null(target);
    struct ring_addr to = ring_socket_addr(target, 0);
    struct load_attack *attack = load_attack_start(&plan, &to, error, sizeof(error));
    assert_non_null(attack);
    while (seen < WANTED) {
        int count = ring_wait(target, TIMEOUT_MS, &batch);
        assert_true(count >= 0);
        for (int i = 0; i < count; i++) {
            assert_int_equal(batch[i].size, 88);
            foreign += batch[i].remote.ip[1] != 0;
            assert_true(
                ring_send(target, 0, &batch[i].local, &batch[i].remote, "answer answer", 13));
        }
        seen += count;
    }
    ring_flush(target);
    load_attack_stop(attack, &attacked);
    assert_true(foreign > WANTED / 2);
    assert_true(attacked.sent >= WANTED);
    assert_int_equal(attacked.bytes, attacked.sent * 88);
    assert_true(attacked.answers > 0);
    ring_close(target);
}

/* Of a range that has one address, since others are not local everywhere. */
static void test_ipv6(void **state)
{
    struct load_attack_plan plan = {.kind = LOAD_ATTACK_JUNK, .per_second = 2000, .times = 1};
    struct load_attacked attacked;
    char error[128];
    const struct ring_datagram *batch;
    (void)state;
    open_target("::1");
    if (!target)
        skip();
    assert_true(load_pattern_parse("::1/128+128", &plan.range));
    struct ring_addr to = ring_socket_addr(target, 0);
    assert_true(load_attack_fits(&plan, &to, error, sizeof(error)));
    struct load_attack *attack = load_attack_start(&plan, &to, error, sizeof(error));
    assert_non_null(attack);
    for (int seen = 0; seen < WANTED;) {
        const int count = ring_wait(target, TIMEOUT_MS, &batch);
        assert_true(count >= 0);
        for (int i = 0; i < count; i++)
            assert_true(batch[i].remote.family == 6 && batch[i].remote.ip[15] == 1);
        seen += count;
    }
    load_attack_stop(attack, &attacked);
    assert_true(attacked.sent >= WANTED);
    ring_close(target);
}

static void test_what_cannot_be(void **state)
{
    struct load_attack_plan plan = {.kind = LOAD_ATTACK_MAIN, .times = 1};
    const struct ring_addr far = {.family = 4, .ip = {192, 0, 2, 1}, .port = 500};
    const struct ring_addr six = {.family = 6, .ip = {[15] = 1}, .port = 500};
    char error[128];
    (void)state;
    assert_false(load_attack_fits(&plan, &far, error, sizeof(error)));
    assert_non_null(strstr(error, "--source-range"));
    assert_false(load_attack_fits(&plan, &six, error, sizeof(error)));
    assert_non_null(strstr(error, "--source-range"));
    assert_true(load_pattern_parse("10.64.0.0/10+32", &plan.range));
    assert_true(load_attack_fits(&plan, &far, error, sizeof(error)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_datagrams_come),
        cmocka_unit_test(test_ipv6),
        cmocka_unit_test(test_what_cannot_be),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
