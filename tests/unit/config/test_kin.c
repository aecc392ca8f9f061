/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/config/kin.h"

#include "shard/config/numbers.h"

#include "tests/unit/config/config_text.h"

#define CONF(connection, local, remote, child)                                                     \
    "connections { office { " connection " local { auth = psk\n " local                            \
    " }\n remote { auth = psk\n " remote " }\n children { net { " child " }\n } } }\n" SECRET

#define HUB    "id = hub\n"
#define BRANCH "id = branch\n"

static const x4s_net_addr peer = {.family = x4c_net_ipv4, .ip = {192, 0, 2, 7}};

static void test_who_succeeds(void **state)
{
    static const struct {
        const char *text;
        bool same_peer;
    } rows[] = {
        {CONF("", HUB, BRANCH, ""), true},
        {CONF("proposals = aes256-sha256-modp2048\n", HUB, BRANCH, ""), true},
        {CONF("remote_addrs = 192.0.2.0/24\n", HUB, BRANCH, ""), true},
        {CONF("remote_addrs = 192.0.2.8\n", HUB, BRANCH, ""), false},
        {CONF("", "id = other\n", BRANCH, ""), false},
        {CONF("", HUB, "id = other\n", ""), false},
        {CONF("", HUB, "id = *branch\n", ""), false},
        {CONF("", HUB, "", ""), false},
        {"connections { office { local { auth = psk\n id = hub\n }\n remote { auth = psk\n id = "
         "branch\n }\n remote-2 { auth = xauth\n } } }\n" SECRET,
         false},
        {"connections { elsewhere { local { auth = psk\n id = hub\n }\n remote { auth = psk\n id "
         "= branch\n } } }\n" SECRET,
         false},
    };
    (void)state;
    struct hub_config *first = assert_config(CONF("", HUB, BRANCH, ""), "");
    const struct hub_connection *was = &first->connections[0];
    assert_ptr_equal(hub_connection_in(first, was, &peer), was);
    for (size_t i = 0; i < x4m_countof(rows); i++) {
        struct hub_numbers *numbers = hub_numbers_new();
        struct hub_config *second = assert_config(rows[i].text, "");
        assert_true(hub_numbers_enter(numbers, first));
        assert_true(hub_numbers_enter(numbers, second));
        const struct hub_connection *now = hub_connection_in(second, was, &peer);
        assert_ptr_equal(now, rows[i].same_peer ? &second->connections[0] : NULL);
        hub_config_free(second);
        hub_numbers_free(numbers);
    }
    hub_config_free(first);
}

static void test_children(void **state)
{
    (void)state;
    struct hub_config *first = assert_config(CONF("", HUB, BRANCH, "local_ts = 10.0.0.0/8\n"), "");
    struct hub_config *same = assert_config(CONF("", HUB, BRANCH, "local_ts = 10.0.0.0/8\n"), "");
    struct hub_config *other = assert_config(CONF("", HUB, BRANCH, "local_ts = 10.0.0.0/9\n"), "");
    const struct hub_child *child = hub_connection_child(&first->connections[0], "net");
    assert_ptr_equal(child, &first->connections[0].children[0]);
    assert_null(hub_connection_child(&first->connections[0], "ne"));
    assert_true(hub_child_same(child, &same->connections[0].children[0]));
    assert_true(hub_child_same(child, &other->connections[0].children[0]));
    assert_true(hub_child_carries_same(child, &same->connections[0].children[0]));
    assert_false(hub_child_carries_same(child, &other->connections[0].children[0]));
    hub_config_free(first);
    hub_config_free(same);
    hub_config_free(other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_who_succeeds),
        cmocka_unit_test(test_children),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
