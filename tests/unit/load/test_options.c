/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/load/options.h"

#define ARGUMENTS_MAX 32

static struct load_options options;
static struct load_error error;

/* Parses "ikeload" and the words of `line`, which are separated by single spaces. */
static enum load_action parse(const char *line)
{
    static char words[512];
    char *argv[ARGUMENTS_MAX + 2] = {(char *)(uintptr_t) "ikeload"};
    int argc = 1;
    snprintf(words, sizeof(words), "%s", line);
    for (char *word = strtok(words, " "); word; word = strtok(NULL, " "))
        argv[argc++] = word;
    return load_options_parse(argc, argv, &options, &error);
}

static void assert_bad(const char *line, const char *text)
{
    assert_int_equal(parse(line), LOAD_BAD);
    if (!strstr(error.text, text))
        fail_msg("'%s' says '%s', not '%s'", line, error.text, text);
}

static void test_defaults(void **state)
{
    (void)state;
    assert_int_equal(parse("--target 192.0.2.1 --psk secret"), LOAD_GO);
    assert_int_equal(options.target.port, 500);
    assert_int_equal(options.source.addr.family, 0);
    assert_int_equal(options.backend, RING_BACKEND_AUTO);
    assert_false(options.openssl);
    assert_int_equal(options.count, 1000);
    assert_int_equal(options.arrival.per_second, 0);
    assert_int_equal(options.concurrency, 64);
    assert_int_equal(options.timeout_sec, 600);
    assert_int_equal(options.psk.len, 6);
    assert_string_equal(options.id_prefix, "peer");
    assert_int_equal(options.remote_id.kind, HUB_IDENTITY_ANY);
    assert_int_equal(options.transform1_count, 1);
    assert_int_equal(options.transforms1[0].group, x4c_group_modp2048);
    assert_int_equal(options.transform2_count, 1);
    assert_int_equal(options.transforms2[0].group, x4c_group_none);
    assert_int_equal(options.transforms2[0].mode, x4c_ike_tunnel);
    assert_int_equal(options.transforms1[0].life_sec, 28800);
    assert_int_equal(options.transforms2[0].life_sec, 28800);
    assert_false(options.hold || options.leave || options.json || options.seeded);
}

static void test_all(void **state)
{
    (void)state;
    assert_int_equal(
        parse("--target [2001:db8::1]:1500 --source 2001:db8::2 --backend epoll --count 7 "
              "--rate 10 --concurrency=3"),
        LOAD_BAD);
    assert_int_equal(parse("--target [2001:db8::1]:1500 --psk x --source [2001:db8::2]:99 "
                           "--backend epoll --crypto openssl --count 7 --rate 10 --concurrency=3"),
                     LOAD_GO);
    assert_true(options.openssl);
    assert_int_equal(options.target.family, 6);
    assert_int_equal(options.target.port, 1500);
    assert_int_equal(options.source.addr.port, 99);
    assert_int_equal(options.backend, RING_BACKEND_EPOLL);
    assert_int_equal(options.count, 7);
    assert_int_equal(options.arrival.per_second, 10);
    assert_int_equal(options.concurrency, 3);

    assert_int_equal(parse("--target 192.0.2.1 --psk x --id-prefix atm --id-address "
                           "--remote-id *.example.org --timeout 0 --life1 60 --life2 61"),
                     LOAD_GO);
    assert_string_equal(options.id_prefix, "atm");
    assert_true(options.id_address);
    assert_int_equal(options.remote_id.kind, HUB_IDENTITY_SUFFIX);
    assert_int_equal(options.timeout_sec, 0);
    assert_int_equal(options.transforms1[0].life_sec, 60);
    assert_int_equal(options.transforms2[0].life_sec, 61);

    assert_int_equal(
        parse("--target 192.0.2.1 --psk x --no-delete --json --seed 18446744073709551615"
              " --responder-pid 12 --hold=5"),
        LOAD_GO);
    assert_true(options.leave && options.json && options.seeded && options.hold);
    assert_true(options.seed == UINT64_MAX);
    assert_int_equal(options.responder_pid, 12);
    assert_int_equal(options.hold_sec, 5);
}

static void test_methods(void **state)
{
    (void)state;
    assert_int_equal(parse("--target 192.0.2.1 --auth rsa --ca a.pem --ca-key a.key"), LOAD_GO);
    assert_int_equal(options.transforms1[0].auth, x4c_ike_auth_rsa);
    assert_int_equal(options.certificates, 1000);
    assert_int_equal(parse("--target 192.0.2.1 --auth ecdsa384 --cert c.pem --key c.key"), LOAD_GO);
    assert_int_equal(options.transforms1[0].auth, x4c_ike_auth_ecdsa384);
    assert_int_equal(parse("--target 192.0.2.1 --auth hybrid --user u% --password p"), LOAD_GO);
    assert_int_equal(options.transforms1[0].auth, x4c_ike_auth_hybrid_init_rsa);
    assert_int_equal(
        parse("--target 192.0.2.1 --auth xauth-psk --psk x --user u --password p --aggressive "
              "--mode-config --initial-contact --dpd 5 --children 4"),
        LOAD_GO);
    assert_int_equal(options.transforms1[0].auth, x4c_ike_auth_xauth_init_psk);
    assert_true(options.aggressive && options.mode_config && options.initial_contact);
    assert_int_equal(options.dpd_sec, 5);
    assert_int_equal(options.children, 4);

    assert_bad("--auth nonsense", "expected psk, rsa, ecdsa256,");
    assert_bad("--target 192.0.2.1 --auth xauth-rsa", "--key, or --ca and --ca-key");
    assert_bad("--target 192.0.2.1 --auth ecdsa256 --ca a --ca-key b", "this --auth needs --key");
    assert_bad("--target 192.0.2.1 --auth hybrid", "--user and --password");
    assert_bad("--target 192.0.2.1 --auth rsa --ca-key b", "--ca-key needs --ca");
    assert_bad("--target 192.0.2.1 --auth rsa --ca a --ca-key b --cert c", "exclude each other");
    assert_bad("--target 192.0.2.1 --auth rsa --ca a --ca-key b --strong", "--strong needs --key");
}

static void test_load(void **state)
{
    (void)state;
    assert_int_equal(
        parse("--target 192.0.2.1 --psk x --rate 100 --arrival poisson --ramp 9 "
              "--source-range 10.64.0.0/10+32 --source-ports 8 --nat-t 4500 --loss 1.5 --delay 20 "
              "--jitter 3 --series s.csv --histogram h.hgrm"),
        LOAD_GO);
    assert_true(options.arrival.poisson);
    assert_int_equal(options.arrival.ramp_sec, 9);
    assert_int_equal(options.concurrency, 1000); /* no more than there are tunnels */
    assert_int_equal(options.source.ports, 8);
    assert_int_equal(options.source.range.base.ip[1], 64);
    assert_int_equal(options.impairment.loss_ppm, 15000);
    assert_int_equal(options.impairment.delay_ms, 20);
    assert_int_equal(options.impairment.jitter_ms, 3);
    assert_string_equal(options.series, "s.csv");
    assert_string_equal(options.histogram, "h.hgrm");

    assert_bad("--arrival uniform", "expected constant or poisson");
    assert_bad("--loss 101", "expected a number from 0 to 100");
    assert_bad("--loss x", "expected a number from 0 to 100");
    assert_bad("--target 192.0.2.1 --psk x --ramp 3", "--ramp needs --rate");
    assert_bad("--target 192.0.2.1 --psk x --source-range fd00::/64+128", "address families");
    assert_bad("--target 192.0.2.1 --psk x --source 192.0.2.2:65535 --source-ports 2", "65535");
    assert_bad("--target 192.0.2.1 --psk x --source 192.0.2.2:65535 --nat-t 4500", "65535");
    assert_bad("--target 192.0.2.1 --psk x --source-ports 17 --nat-t 4500", "16 at most");
}

static void test_upkeep(void **state)
{
    (void)state;
    assert_int_equal(parse("--target 192.0.2.1 --psk x --hold=9 --rekey-rate 5 --reauth-rate 6 "
                           "--churn-rate 7 --reconnect --storm --delete-rate 8"),
                     LOAD_GO);
    assert_int_equal(options.upkeep.rekey_rate, 5);
    assert_int_equal(options.upkeep.reauth_rate, 6);
    assert_int_equal(options.upkeep.churn_rate, 7);
    assert_true(options.upkeep.reconnect && options.upkeep.storm);
    assert_int_equal(options.delete_rate, 8);
    assert_bad("--target 192.0.2.1 --psk x --storm", "needs --hold");
}

static void test_attacks(void **state)
{
    (void)state;
    assert_int_equal(parse("--target 127.0.0.1 --psk x --attack replay --attack-rate 9 "
                           "--attack-times 3"),
                     LOAD_GO);
    assert_int_equal(options.attack.kind, LOAD_ATTACK_REPLAY);
    assert_int_equal(options.attack.per_second, 9);
    assert_int_equal(options.attack.times, 3);
    assert_bad("--attack nuclear", "expected none, main, aggressive, junk or replay");
    assert_bad("--target 192.0.2.1 --psk x --attack main", "needs --source-range");
    assert_bad("--target ::1 --psk x --attack main", "needs --source-range");
    assert_int_equal(parse("--target ::1 --psk x --attack main --source-range 2001:db8::/64"),
                     LOAD_GO);
}

static void test_hold_without_time(void **state)
{
    (void)state;
    assert_int_equal(parse("--target 192.0.2.1 --psk x --hold"), LOAD_GO);
    assert_true(options.hold);
    assert_int_equal(options.hold_sec, 0);
}

static void test_proposals(void **state)
{
    (void)state;
    assert_int_equal(parse("--target 192.0.2.1 --psk x --proposal "
                           "aes256-sha512-ecp256,3des-sha1-modp1024 --esp "
                           "aes128-sha1-modp2048,aes256-sha1-modp2048"),
                     LOAD_GO);
    assert_int_equal(options.transform1_count, 2);
    assert_int_equal(options.transforms1[0].group, x4c_group_ecp256);
    assert_int_equal(options.transforms1[1].cipher, x4c_cipher_3des);
    assert_int_equal(options.transform2_count, 2);
    assert_int_equal(options.transforms2[1].group, x4c_group_modp2048);
    assert_int_equal(options.transforms2[1].mode, x4c_ike_tunnel);
}

static void test_other_actions(void **state)
{
    (void)state;
    assert_int_equal(parse("--help"), LOAD_HELP);
    assert_int_equal(parse("--version"), LOAD_VERSION);
}

static void test_bad(void **state)
{
    (void)state;
    assert_bad("", "--target is missing");
    assert_bad("--target 192.0.2.1", "--psk is missing");
    assert_bad("--target nowhere", "expected an address");
    assert_bad("--target 192.0.2.1:0", "expected a port other than 0");
    assert_bad("--target", "--target needs a value");
    assert_bad("--nonsense", "--nonsense is no option");
    assert_bad("stray", "stray: ikeload takes options only");
    assert_bad("--count 0", "--count 0: expected a number from 1 to 10000000");
    assert_bad("--count 10000001", "expected a number");
    assert_bad("--count -1", "expected a number");
    assert_bad("--count 12x", "expected a number");
    assert_bad("--rate 1000001", "expected a number from 0 to 1000000");
    assert_bad("--concurrency 0", "expected a number");
    assert_bad("--hold=0", "expected a number");
    assert_bad("--seed 18446744073709551616", "expected a number");
    assert_bad("--backend kqueue", "expected auto, io_uring or epoll");
    assert_bad("--crypto mine", "expected auto or openssl");
    assert_bad("--id-prefix=", "expected 1 to 100 characters");
    assert_bad("--psk=", "expected at least one character");
    assert_bad("--proposal aes128-nonsense", "--proposal aes128-nonsense: ");
    assert_bad("--esp nonsense", "--esp nonsense: ");
    assert_bad("--esp aes128-sha1,aes128-sha1-modp2048", "one PFS group");
    assert_bad("--local-ts 10.0.0.0/8+4", "expected a subnet");
    assert_bad("--target 192.0.2.1 --psk x --source ::1", "different address families");
    assert_bad("--target 192.0.2.1 --psk x --local-ts fd00::/8+64", "different address families");
    assert_bad("--target 192.0.2.1 --psk x --count 257 --local-ts 10.0.0.0/24+32",
               "--local-ts has 256 subnets for 257 children");
    assert_bad("--target 192.0.2.1 --psk x --count 3 --remote-ts 10.0.0.0/24+25",
               "--remote-ts has 2 subnets for 3 children");
}

static void test_usage_names_every_option(void **state)
{
    (void)state;
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    assert_non_null(out);
    load_options_usage(out);
    fclose(out);
    assert_non_null(strstr(text, "--target ADDR[:PORT]"));
    assert_non_null(strstr(text, "--hold[=SECONDS]"));
    assert_non_null(strstr(text, "(aes128-sha256-modp2048)"));
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_defaults),
        cmocka_unit_test(test_all),
        cmocka_unit_test(test_methods),
        cmocka_unit_test(test_load),
        cmocka_unit_test(test_upkeep),
        cmocka_unit_test(test_attacks),
        cmocka_unit_test(test_hold_without_time),
        cmocka_unit_test(test_proposals),
        cmocka_unit_test(test_other_actions),
        cmocka_unit_test(test_bad),
        cmocka_unit_test(test_usage_names_every_option),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
