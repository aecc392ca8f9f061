/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Public values at the edges of every group that there is, in messages: those from which nothing
 * secret follows, those that are none, and those of another length. All are refused, and the
 * exchange goes on with the true one.
 */

#include <openssl/bn.h>

#include "tests/cve/held.h"
#include "tests/sim/draft.h"
#include "x4/crypto/dh.h"
#include "x4/crypto/internal.h"

/* A value for the KE payload of the third message, whatever its length. */
static void refuse_value(const struct held *held, const uint8_t *value, size_t len)
{
    static struct draft draft;
    uint8_t bytes[4096];
    draft_read(&draft, held->message->data, held->message->len);
    struct draft_part *ke = draft_find(&draft, WIRE_KE);
    assert_non_null(ke);
    memcpy(ke->body, value, len);
    ke->len = len;
    size_t written = draft_write(&draft, bytes, sizeof(bytes));
    assert_int_equal(sim_inject(held->pair.bob, &held->message->from, bytes, written),
                     x4c_ike_bad_ke);
    assert_int_equal(held->pair.bob->stats.dh_jobs, 0);
}

/* The prime less one, which the state of x4/crypto keeps for each group that has one. */
static const uint8_t *top_of(x4s_crypto *crypto, x4e_group group)
{
    return crypto->groups[group].top;
}

/* 0, 1, p - 1, p, p + 1 and what is greater still. */
static void refuse_numbers(const struct held *held, const uint8_t *top, size_t size)
{
    uint8_t value[x4c_dh_public_max];
    BIGNUM *number = BN_bin2bn(top, (int)size, NULL);
    for (unsigned above = 0; above <= 2; above++) {
        assert_int_equal(BN_bn2binpad(number, value, (int)size), (int)size);
        refuse_value(held, value, size);
        assert_int_equal(BN_add_word(number, 1), 1);
    }
    BN_free(number);
    memset(value, 0, size);
    for (uint8_t small = 0; small <= 1; small++) {
        value[size - 1] = small;
        refuse_value(held, value, size);
    }
    memset(value, 0xff, size);
    refuse_value(held, value, size);
}

/* Zeros, ones, and a point of the curve moved off it. */
static void refuse_points(const struct held *held, size_t size)
{
    uint8_t value[x4c_dh_public_max];
    struct wire_part ke;
    memset(value, 0, size);
    refuse_value(held, value, size);
    value[size - 1] = 1;
    refuse_value(held, value, size);
    memset(value, 0xff, size);
    refuse_value(held, value, size);
    assert_true(wire_find(held->message->data, held->message->len, WIRE_KE, &ke));
    memcpy(value, held->message->data + ke.at + WIRE_GENERIC, size);
    value[size - 1] ^= 1;
    refuse_value(held, value, size);
}

/*
 * What any bytes of that length are is a point; of small order are 0, 1, the prime less 1, the
 * prime itself and one more, the least byte first.
 */
static void refuse_small(const struct held *held, x4e_group group, size_t size)
{
    uint8_t value[x4c_dh_public_max] = {0};
    for (value[0] = 0; value[0] <= 1; value[0]++)
        refuse_value(held, value, size);
    memset(value, 0xff, size);
    if (group == x4c_group_curve25519)
        value[size - 1] = 0x7f;
    else
        value[size / 2] = 0xfe;
    for (unsigned above = 0; above <= 1; above++) {
        value[0] = (uint8_t)((group == x4c_group_curve25519 ? 0xec : 0xfe) + above);
        refuse_value(held, value, size);
    }
}

static void refuse_lengths(const struct held *held, size_t size)
{
    uint8_t value[x4c_dh_public_max + 1];
    const size_t lengths[] = {0, 1, size / 2, size - 1, size + 1};
    memset(value, 0x5a, sizeof(value));
    for (size_t i = 0; i < x4m_countof(lengths); i++)
        refuse_value(held, value, lengths[i]);
}

static void refuse_edges(x4s_crypto *crypto, x4e_group group)
{
    struct held held = {.pair = pair_new(1)};
    const size_t size = x4_dh_public_size(group);
    held.pair.alice->transforms1[0].group = (uint8_t)group;
    held.pair.bob->transforms1[0].group = (uint8_t)group;
    hold(&held, 3);
    held.pair.sim->network.tap = NULL;
    uint8_t *original = copy_of(&held);
    refuse_lengths(&held, size);
    if (x4_dh_group_info(group)->kind == x4c_dh_xdh)
        refuse_small(&held, group, size);
    else if (top_of(crypto, group))
        refuse_numbers(&held, top_of(crypto, group), size);
    else
        refuse_points(&held, size);
    go_on(&held, original);
    free(original);
}

static void edges_of_every_group(void **state)
{
    (void)state;
    const char *error;
    unsigned groups = 0;
    x4s_crypto *crypto = x4_crypto_new(&x4_libc_allocator, NULL, NULL, &error);
    assert_non_null(crypto);
    for (x4e_group group = 1; group < x4c_crypto_groups; group++) {
        if (!x4_crypto_has_group(crypto, group))
            continue;
        refuse_edges(crypto, group);
        groups++;
    }
    x4_crypto_free(crypto);
    assert_in_range(groups, 10, x4c_crypto_groups);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(edges_of_every_group),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
