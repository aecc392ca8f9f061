/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "bench/load/attempt.h"
#include "shard/identity.h"

static struct load_options options;
static struct load_wire wire;
static struct load_credentials *credentials;
static struct load_fleet fleet;
static struct load_proposal proposal;

static int make(void **state)
{
    static const struct load_credential_files files;
    char error[LOAD_CREDENTIAL_ERROR];
    struct ring_error ring_error;
    const struct ring_addr target = {.family = 4, .ip = {127, 0, 0, 1}, .port = 500};
    (void)state;
    options = (struct load_options){
        .id_prefix = "atm",
        .children = 2,
        .aggressive = true,
        .dpd_sec = 7,
        .life1_sec = 60,
        .life2_sec = 61,
        .user = "user-%@example",
        .password = "secret",
    };
    assert_true(load_pattern_parse("10.0.0.0/8+32", &options.local_ts));
    assert_true(load_pattern_parse("192.168.0.0/16", &options.remote_ts));
    assert_true(load_wire_open(&wire, RING_BACKEND_EPOLL, &options.source, &target, &ring_error));
    credentials = load_credentials_new(&files, 1, error);
    assert_non_null(credentials);
    fleet = (struct load_fleet){&options, &wire, credentials};
    return 0;
}

static int unmake(void **state)
{
    (void)state;
    load_credentials_free(credentials);
    load_wire_close(&wire);
    return 0;
}

static void test_phase1(void **state)
{
    int context;
    (void)state;
    load_proposal_phase1(&proposal, &fleet, 12, &context);
    const x4s_ike_config1 *config = &proposal.config1;
    assert_ptr_equal(config->userdata, &context);
    assert_int_equal(config->link.remote.port, 500);
    assert_int_equal(config->id.type, x4c_ike_id_fqdn);
    assert_memory_equal(config->id.data.data, "atm-000012.example", 18);
    assert_true(config->aggressive);
    assert_int_equal(config->dpd_sec, 7);
    assert_int_equal(config->life_sec, 60);

    options.id_address = true;
    load_proposal_phase1(&proposal, &fleet, 12, &context);
    assert_int_equal(config->id.type, x4c_ike_id_ipv4);
    options.id_address = false;
}

/* Children of all peers are numbered through. */
static void test_phase2(void **state)
{
    char text[x4c_net_selector_text];
    (void)state;
    load_proposal_phase1(&proposal, &fleet, 3, NULL);
    load_proposal_phase2(&proposal, &fleet, 3, 1, NULL);
    assert_string_equal(x4_net_selector_format(&proposal.config2.local, text), "10.0.0.7");
    assert_string_equal(x4_net_selector_format(&proposal.config2.remote, text), "192.168.0.0/16");
    assert_int_equal(proposal.config2.life_sec, 61);
}

static void test_mode_config(void **state)
{
    char text[x4c_net_selector_text];
    const x4s_ike_cfg_item address = {.type = x4c_ike_cfg_ip4_address,
                                      .value = {(const uint8_t *)"\x0a\x63\x00\x05", 4}};
    const x4s_ike_cfg_item other = {.type = x4c_ike_cfg_ip4_dns,
                                    .value = {(const uint8_t *)"\x0a\x63\x00\x05", 4}};
    (void)state;
    load_proposal_ask(&proposal);
    assert_int_equal(proposal.config2.mode_config->type, x4c_ike_cfg_request);
    assert_false(load_proposal_answer(&proposal, NULL));
    assert_false(load_proposal_answer(&proposal, &(x4s_ike_cfg){&other, 1}));
    assert_true(load_proposal_answer(&proposal, &(x4s_ike_cfg){&address, 1}));
    load_proposal_phase2(&proposal, &fleet, 3, 0, NULL);
    assert_string_equal(x4_net_selector_format(&proposal.config2.local, text), "10.99.0.5");

    load_proposal_again(&proposal, (const uint8_t[]){0, 0, 0, 0});
    load_proposal_phase2(&proposal, &fleet, 3, 0, NULL);
    assert_string_equal(x4_net_selector_format(&proposal.config2.local, text), "10.0.0.6");
    load_proposal_again(&proposal, (const uint8_t[]){10, 99, 0, 5});
    load_proposal_phase2(&proposal, &fleet, 3, 0, NULL);
    assert_string_equal(x4_net_selector_format(&proposal.config2.local, text), "10.99.0.5");
}

static void test_user(void **state)
{
    struct load_answers answers;
    x4s_ike_cfg out;
    (void)state;
    load_answers_xauth(&answers, &options, 42, &out);
    const x4s_ike_cfg_item *name = x4_ike_cfg_find(&out, x4c_ike_xauth_user_name, 0);
    const x4s_ike_cfg_item *password = x4_ike_cfg_find(&out, x4c_ike_xauth_user_password, 0);
    assert_int_equal(name->value.len, 15);
    assert_memory_equal(name->value.data, "user-42@example", 15);
    assert_int_equal(password->value.len, 6);
    options.user = "everybody";
    load_answers_xauth(&answers, &options, 42, &out);
    assert_memory_equal(x4_ike_cfg_find(&out, x4c_ike_xauth_user_name, 0)->value.data, "everybody",
                        9);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_phase1),
        cmocka_unit_test(test_phase2),
        cmocka_unit_test(test_mode_config),
        cmocka_unit_test(test_user),
    };
    return cmocka_run_group_tests(tests, make, unmake);
}
