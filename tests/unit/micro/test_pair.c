/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include <openssl/rand.h>

#include "bench/micro/fixed_random.h"
#include "bench/micro/pair.h"

static const struct micro_method psk = {.group = x4c_group_ecp256, .auth = x4c_ike_auth_psk};
static const struct micro_method vector = {
    .group = x4c_group_modp1024, .auth = x4c_ike_auth_psk, .vector = true};
static const struct micro_method rsa = {
    .group = x4c_group_modp1024, .auth = x4c_ike_auth_rsa, .key = "RSA-1024"};

/* The pair itself ends the program where a handshake does not come to IPsec SAs. */
static void side_by_side(void **state)
{
    (void)state;
    struct micro_pair *pair = micro_pair_new(&psk, MICRO_PAIR_MAX);
    for (int i = 0; i < 3; i++) {
        micro_pair_connect(pair);
        micro_pair_quick(pair);
        micro_pair_forget(pair);
    }
    micro_pair_free(pair);
}

/* More often than RSA's blinding is made anew, which draws random bytes. */
static void from_a_record(void **state)
{
    (void)state;
    static const struct micro_method *const methods[] = {&psk, &vector, &rsa};
    for (size_t i = 0; i < x4m_countof(methods); i++)
        for (x4e_ike_role live = x4c_ike_initiator; live <= x4c_ike_responder; live++) {
            struct micro_pair *pair = micro_pair_new(methods[i], 2);
            if (!pair)
                continue; /* this machine has no vector unit that can */
            micro_pair_record(pair, live);
            for (int run = 0; run < 70; run++)
                micro_pair_replay(pair);
            micro_pair_free(pair);
        }
}

static void random_again_afterwards(void **state)
{
    (void)state;
    uint8_t drawn[2][16];
    uint8_t free_again[16];
    for (size_t i = 0; i < 2; i++) {
        uint64_t sequence = 7;
        micro_fixed_random(&sequence);
        assert_int_equal(RAND_bytes(drawn[i], sizeof(drawn[i])), 1);
    }
    micro_fixed_random(NULL);
    assert_int_equal(RAND_bytes(free_again, sizeof(free_again)), 1);
    assert_memory_equal(drawn[0], drawn[1], sizeof(drawn[0]));
    assert_memory_not_equal(drawn[0], free_again, sizeof(free_again));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(side_by_side),
        cmocka_unit_test(from_a_record),
        cmocka_unit_test(random_again_afterwards),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
