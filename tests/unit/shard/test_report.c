/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/report.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "tests/unit/shard/fake_libike.h"

#define CONF(log_keys)                                                                             \
    "ikehub { log_keys = " log_keys "\n }\n"                                                       \
    "connections { hub { version = 1\n remote_addrs = %any\n proposals = aes128-sha256-modp2048\n" \
    "local { auth = psk\n id = hub.example.org\n }\n remote { auth = psk\n }\n"                    \
    "children { net { local_ts = 10.0.0.0/8\n remote_ts = 10.1.0.0/16\n"                           \
    "esp_proposals = aes128-sha256\n } } } }\n"                                                    \
    "secrets { ike { secret = abc\n } }\n"

static void report_keys(struct shard_child *child)
{
    x4s_ike_keys1 keys1 = {.cookie_i = {0x01}, .cookie_r = {0x02}, .cipher_key = {.len = 2}};
    x4s_ike_keys2 keys2 = {
        .transform = child->config->phase2.transforms[0],
        .encr_len = 2,
        .integ_len = 1,
        .in = {.spi = 0xa, .encr = {0x11, 0x12}, .integ = {0x13}},
        .out = {.spi = 0xb, .encr = {0x21, 0x22}, .integ = {0x23}},
    };
    keys1.local_id = keys1.remote_id = a_name("a.example.org");
    memset(keys1.cipher_key.data, 0xee, 2);
    shard_report_up1(child->sa, &keys1);
    shard_report_up2(child, &keys2);
}

static void test_keys_when_wanted(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(CONF("yes"));
    struct shard_child *child = peer_child(peer_up(f, "198.51.100.1", "a.example.org"), 1);
    report_keys(child);
    assert_non_null(strstr(fixture_log(f), "event=keys phase=1 cookie_i=0100000000000000 "
                                           "cookie_r=0200000000000000 cipher_key=eeee\n"));
    assert_non_null(strstr(f->text, "event=keys phase=2 spi_in=0000000a spi_out=0000000b "
                                    "encr_in=1112 encr_out=2122 integ_in=13 integ_out=23\n"));
    fixture_free(f);
}

static void test_no_keys_otherwise(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(CONF("no"));
    struct shard_child *child = peer_child(peer_up(f, "198.51.100.1", "a.example.org"), 1);
    report_keys(child);
    assert_null(strstr(fixture_log(f), "event=keys"));
    assert_null(strstr(f->text, "eeee"));
    assert_null(strstr(f->text, "1112"));
    fixture_free(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_keys_when_wanted),
        cmocka_unit_test(test_no_keys_otherwise),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
