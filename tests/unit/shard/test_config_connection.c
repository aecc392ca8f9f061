/* SPDX-License-Identifier: BSD-2-Clause */

/* What a connection's options become in libike's configuration. */

#include "config_text.h"

/* What lies between the peers: NATs, short links, silence. */
static void transport(void **state)
{
    (void)state;
    struct hub_config *config = assert_config(CONNECTION(""), "");
    const x4s_ike_config1 *phase1 = &config->connections[0].phase1;
    assert_int_equal(phase1->natt,
                     x4c_ike_natt_rfc | x4c_ike_natt_03 | x4c_ike_natt_02n | x4c_ike_natt_02);
    assert_false(phase1->natt_force);
    assert_int_equal(phase1->dpd_sec, 0);
    assert_int_equal(phase1->fragmentation, x4c_ike_fragment_yes);
    assert_int_equal(phase1->fragment_size, 1280);
    assert_int_equal(config->daemon.keep_alive_sec, 20);
    hub_config_free(config);

    config = assert_config("ikehub {\n keep_alive = 0s\n fragment_size = 600\n}\n" CONNECTION(
                               "encap = yes\ndpd_delay = 30s\nfragmentation = force"),
                           "");
    phase1 = &config->connections[0].phase1;
    assert_true(phase1->natt_force);
    assert_int_equal(phase1->dpd_sec, 30);
    assert_int_equal(phase1->fragmentation, x4c_ike_fragment_force);
    assert_int_equal(phase1->fragment_size, 600);
    assert_int_equal(config->daemon.keep_alive_sec, 0);
    hub_config_free(config);

    static const struct error_case cases[] = {
        {"ikehub {\n port_nat_t = 0\n}\n" CONNECTION("encap = yes"),
         "f.conf:5: encap in connections.office: expected a port for NAT traversal: port_nat_t of "
         "section ikehub is 0\n"},
        {IKEHUB("fragment_size = 255"), "f.conf:2: fragment_size in ikehub: expected a number "
                                        "from 256 to 65535, found '255'\n"},
    };
    RUN(cases);
}

/* A child that begins again when the peer was dead. */
static void dpd_action(void **state)
{
    (void)state;
    struct hub_config *config = assert_config(CHILD("dpd_action = restart"), "");
    assert_true(config->connections[0].children[0].restart);
    hub_config_free(config);
    config = assert_config(CHILD("dpd_action = clear"), "");
    assert_false(config->connections[0].children[0].restart);
    hub_config_free(config);
}

/* Aggressive mode has one group: what the initiator offers comes first, in its order. */
static void aggressive(void **state)
{
    (void)state;
    struct hub_config *config = assert_config(
        "ikehub {\n i_dont_care_about_security_and_use_aggressive_mode_psk = yes\n}\n" CONNECTION(
            "aggressive = yes\nproposals = aes256-sha256-modp2048, aes256-sha1-ecp256, "
            "aes128-sha1-modp2048, aes128-md5-modp1024"),
        "");
    const struct hub_connection *office = &config->connections[0];
    assert_true(office->phase1.aggressive);
    assert_true(office->phase1.aggressive_psk);
    assert_int_equal(office->phase1.transform_count, 4);
    assert_int_equal(office->offer_count, 2);
    assert_int_equal(office->phase1.transforms[0].key_bits, 256);
    assert_int_equal(office->phase1.transforms[1].key_bits, 128);
    assert_int_equal(office->phase1.transforms[1].group, x4c_group_modp2048);
    assert_int_equal(office->phase1.transforms[2].group, x4c_group_ecp256);
    assert_int_equal(office->phase1.transforms[3].group, x4c_group_modp1024);
    hub_config_free(config);

    config = assert_config(
        CONNECTION("aggressive = yes"),
        "warning: f.conf:2: aggressive in connections.office: as responder it is refused without "
        "ikehub.i_dont_care_about_security_and_use_aggressive_mode_psk = yes\n");
    assert_false(config->connections[0].phase1.aggressive_psk);
    hub_config_free(config);

    config =
        assert_config(CONNECTION("proposals = aes256-sha256-modp2048, aes256-sha1-ecp256"), "");
    assert_false(config->connections[0].phase1.aggressive);
    assert_int_equal(config->connections[0].offer_count, 2);
    hub_config_free(config);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(transport),
        cmocka_unit_test(dpd_action),
        cmocka_unit_test(aggressive),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
