/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/config/proposal_foreign.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* Makes sense with three keywords. */
static bool has_three(void *context, const char *proposal)
{
    unsigned *asked = context;
    unsigned words = *proposal ? 1 : 0;
    for (const char *at = proposal; (at = strchr(at, '-')); at++)
        words++;
    (*asked)++;
    return words == 3;
}

static void dropped(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *rest;
        const char *name;
    } cases[] = {
        {"aes128-sha1-modp2048", "aes128-sha1-modp2048", ""},
        {"aes128", "aes128", ""},
        {"", "", ""},
        {"x", "x", ""},
        {"aes128-sha256-kyber1-ecp256", "aes128-sha256-ecp256", "kyber1"},
        {"twofish256-aes128-sha256-ecp256", "aes128-sha256-ecp256", "twofish256"},
        {"aes128-sha256-ecp256-ntru256", "aes128-sha256-ecp256", "ntru256"},
        {"blowfish256-sha512-modp4096", "", "blowfish256"},
        {"aes128-sha256-kyber1, aes128-sha256-ecp256", "aes128-sha256-ecp256", "kyber1"},
        {"aes128-sha256-ecp256 , aes128-sha256-ntru192", "aes128-sha256-ecp256", "ntru192"},
        {"a-b-c,kyber1,d-e-f", "a-b-c,d-e-f", "kyber1"},
        {"a-b-c,,d-e-f", "a-b-c,,d-e-f", ""},
        {"camellia256ctr-sha1-modp2048", "", "camellia256ctr"},
        {"camellia256-sha1-modp2048", "camellia256-sha1-modp2048", ""},
        {"serpent-serpent-serpent", "", "serpent"},
        {"cast128-prfaesxcbc-aes128-sha1-modp2048", "aes128-sha1-modp2048", "cast128"},
        {"chacha20poly1305aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "",
         "chacha20poly1305aaaaaaaaaaaaaaa"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char out[128];
        char name[HUB_FOREIGN_NAME];
        unsigned asked = 0;
        hub_proposal_drop_foreign(cases[i].text, has_three, &asked, out, name);
        assert_string_equal(out, cases[i].rest);
        assert_string_equal(name, cases[i].name);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(dropped)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
