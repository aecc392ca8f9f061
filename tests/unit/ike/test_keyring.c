/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Private keys are decoded once, kept while they are used and pushed out by newer ones.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/crypto/fixture.h"
#include "tests/unit/ike/books.h"
#include "x4/ike/keyring.h"
#include "x4/ike/limits.h"

struct ring {
    x4s_charon charon;
    struct books books;
    x4s_allocator allocator;
};

static void ring_open(struct ring *ring)
{
    const char *error;
    memset(ring, 0, sizeof(*ring));
    ring->allocator = books_allocator(&ring->books);
    ring->charon.allocator = &ring->allocator;
    ring->charon.crypto = x4_crypto_new(&ring->allocator, NULL, NULL, &error);
    assert_non_null(ring->charon.crypto);
    assert_true(x4_table_init(&ring->charon.keys_by_digest, &ring->allocator));
    x4_list_init(&ring->charon.keys);
}

/* Nothing may be left. */
static void ring_close(struct ring *ring)
{
    x4_keyring_clear(&ring->charon);
    x4_table_fini(&ring->charon.keys_by_digest);
    x4_crypto_free(ring->charon.crypto);
    assert_int_equal(ring->books.bytes, 0);
}

static fixture_der new_key(void)
{
    EVP_PKEY *pkey = fixture_ec("P-256");
    fixture_der der = fixture_private(pkey);
    EVP_PKEY_free(pkey);
    return der;
}

static x4s_ike_key *take(struct ring *ring, const fixture_der *der)
{
    const x4s_ike_prikey prikey = {.der = fixture_chunk(der)};
    return x4_keyring_take(&ring->charon, &prikey);
}

static void test_the_same_bytes_are_one_key(void **state)
{
    (void)state;
    struct ring ring;
    ring_open(&ring);
    fixture_der der = new_key();
    fixture_der copy = der;
    fixture_der other = new_key();
    x4s_ike_key *first = take(&ring, &der);
    assert_non_null(first);
    assert_int_equal(x4_public_key_type(x4_private_key_public(first->key)), x4c_key_ecdsa256);
    assert_ptr_equal(take(&ring, &copy), first);
    assert_int_equal(first->users, 2);
    assert_ptr_not_equal(take(&ring, &other), first);
    assert_int_equal(ring.charon.keys_by_digest.count, 2);
    ring_close(&ring);
}

static void test_what_is_no_key_is_not_kept(void **state)
{
    (void)state;
    struct ring ring;
    ring_open(&ring);
    fixture_der der = new_key();
    for (size_t len = 0; len < der.len; len++) {
        const x4s_ike_prikey cut = {.der = {der.data, len}};
        assert_null(x4_keyring_take(&ring.charon, &cut));
    }
    assert_int_equal(ring.charon.keys_by_digest.count, 0);
    ring_close(&ring);
}

static void unused(void *context, x4s_sign_job *job)
{
    (void)context;
    (void)job;
    fail();
}

/* The public half names a key only together with its holder. */
static void test_keys_of_holders(void **state)
{
    (void)state;
    struct ring ring;
    int contexts[2];
    const x4s_key_holder holders[] = {{unused, unused, &contexts[0]},
                                      {unused, unused, &contexts[1]}};
    EVP_PKEY *pkey = fixture_ec("P-384");
    fixture_der public_der = fixture_spki(pkey);
    fixture_der private_der = fixture_private(pkey);
    ring_open(&ring);
    const x4s_ike_prikey first = {fixture_chunk(&public_der), &holders[0]};
    const x4s_ike_prikey second = {fixture_chunk(&public_der), &holders[1]};
    const x4s_ike_prikey not_public = {fixture_chunk(&private_der), &holders[0]};
    x4s_ike_key *key = x4_keyring_take(&ring.charon, &first);
    assert_non_null(key);
    assert_ptr_equal(x4_keyring_take(&ring.charon, &first), key);
    assert_ptr_not_equal(x4_keyring_take(&ring.charon, &second), key);
    assert_null(x4_keyring_take(&ring.charon, &not_public));
    ring_close(&ring);
    EVP_PKEY_free(pkey);
}

/* The oldest that nobody uses goes first; one in use stays until it is given back. */
static void test_older_keys_go(void **state)
{
    (void)state;
    struct ring ring;
    ring_open(&ring);
    fixture_der used = new_key();
    fixture_der oldest = new_key();
    x4s_ike_key *in_use = take(&ring, &used);
    x4_keyring_release(&ring.charon, take(&ring, &oldest));
    for (unsigned i = 2; i < x4c_limit_private_keys; i++) {
        fixture_der der = new_key();
        x4_keyring_release(&ring.charon, take(&ring, &der));
    }
    x4s_ike_key *kept = take(&ring, &oldest); /* the youngest from now on */
    x4_keyring_release(&ring.charon, kept);
    assert_int_equal(ring.charon.keys_by_digest.count, x4c_limit_private_keys);

    for (unsigned i = 0; i < x4c_limit_private_keys - 2; i++) {
        fixture_der der = new_key();
        x4_keyring_release(&ring.charon, take(&ring, &der));
        assert_int_equal(ring.charon.keys_by_digest.count, x4c_limit_private_keys);
    }
    assert_ptr_equal(take(&ring, &used), in_use);
    assert_ptr_equal(take(&ring, &oldest), kept);
    ring_close(&ring);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_same_bytes_are_one_key),
        cmocka_unit_test(test_what_is_no_key_is_not_kept),
        cmocka_unit_test(test_keys_of_holders),
        cmocka_unit_test(test_older_keys_go),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
