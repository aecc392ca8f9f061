/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/config/kernel_options.h"

#include "tests/unit/config/config_text.h"

static void wrong(void **state)
{
    (void)state;
    static const struct error_case cases[] = {
        {CHILD("mark_in = 0x1/0x100000000"),
         "f.conf:2: mark_in in connections.office.children.net: expected a mark, VALUE or "
         "VALUE/MASK, of 32 bits each, found '0x1/0x100000000'\n"},
        {CHILD("if_id_in = 1x"),
         "f.conf:2: if_id_in in connections.office.children.net: expected the ID of an XFRM "
         "interface, a number of 32 bits, found '1x'\n"},
        {CHILD("replay_window = 4097"), "f.conf:2: replay_window in connections.office.children."
                                        "net: expected a number from 0 to 4096, found '4097'\n"},
        {CHILD("life_packets = many"), "f.conf:2: life_packets in connections.office.children.net: "
                                       "expected a number of packets, found 'many'\n"},
        {CHILD("life_packets = 10\nrekey_packets = 20"),
         "f.conf:2: life_packets in connections.office.children.net: expected at least "
         "rekey_packets, 20 packets\n"},
        {CHILD("rekey_packets = 10\nrand_packets = 10"),
         "f.conf:3: rand_packets in connections.office.children.net: expected less than "
         "rekey_packets, 10 packets\n"},
        {CHILD("mark_in_sa = yes"),
         "f.conf:2: mark_in_sa in connections.office.children.net: expected mark_in beside it\n"},
    };
    RUN(cases);
}

static void right(void **state)
{
    (void)state;
    struct hub_config *config =
        assert_config(CHILD("mark_in = 0x10/0xf0\nmark_in_sa = yes\nmark_out = 7\nset_mark_in = 0\n"
                            "if_id_in = 0x2a\nif_id_out = 42\nreplay_window = 0\npolicies = no\n"
                            "reqid = 77\npriority = 1000\ncopy_df = no\ncopy_dscp = "
                            "in\nlife_packets = 1100\nlocal_ts = 10.0.0.0/8\n"),
                      "");
    const struct hub_child *child = &config->connections[0].children[0];
    const struct hub_kernel_options *options = &child->kernel;
    assert_int_equal(options->mark_in.value, 0x10);
    assert_int_equal(options->mark_in.mask, 0xf0);
    assert_true(options->mark_in_sa);
    assert_int_equal(options->mark_out.mask, UINT32_MAX);
    assert_int_equal(options->set_mark_in.mask, 0);
    assert_int_equal(options->if_id_in, 42);
    assert_int_equal(options->if_id_out, 42);
    assert_int_equal(options->replay_window, 0);
    assert_true(options->no_policies);
    assert_int_equal(options->reqid, 77);
    assert_int_equal(options->priority, 1000);
    assert_true(options->no_copy_df);
    assert_false(options->no_copy_ecn);
    assert_true(options->no_dscp_out);
    assert_true(options->dscp_in);
    assert_int_equal(options->soft_packets, 1000);
    assert_int_equal(options->life_packets, 1100);
    assert_int_equal(options->rand_packets, 100);
    assert_false(child->trap);
    hub_config_free(config);

    config = assert_config(CHILD(""), "");
    options = &config->connections[0].children[0].kernel;
    assert_int_equal(options->replay_window, HUB_KERNEL_WINDOW_DEFAULT);
    assert_false(options->no_policies);
    assert_false(options->no_dscp_out);
    assert_false(options->dscp_in);
    hub_config_free(config);
}

/* Those of the connection are for children that have none. */
static void interfaces_of_the_connection(void **state)
{
    (void)state;
    struct hub_config *config = assert_config(
        "connections {\n office {\n"
        "  if_id_in = 5\n  if_id_out = 0x6\n"
        "  local {\n auth = psk\n id = gate.example\n }\n remote {\n auth = psk\n }\n"
        "  children {\n"
        "   one {\n local_ts = 10.0.0.0/8\n remote_ts = 10.1.0.0/16\n }\n"
        "   two {\n local_ts = 10.0.0.0/8\n remote_ts = 10.2.0.0/16\n if_id_out = 7\n }\n"
        "  }\n }\n}\n"
        "secrets {\n ike-one {\n secret = x\n }\n}\n",
        "");
    const struct hub_child *children = config->connections[0].children;
    assert_int_equal(children[0].kernel.if_id_in, 5);
    assert_int_equal(children[0].kernel.if_id_out, 6);
    assert_int_equal(children[1].kernel.if_id_in, 5);
    assert_int_equal(children[1].kernel.if_id_out, 7);
    hub_config_free(config);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wrong),
        cmocka_unit_test(right),
        cmocka_unit_test(interfaces_of_the_connection),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
