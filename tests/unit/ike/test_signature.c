/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Signatures of exchanges: made in batches, by holders in their own time, given up with their
 * exchange.
 */

#include "tests/unit/ike/fake.h"

#include "tests/unit/crypto/fixture.h"
#include "x4/ike/signature.h"

static fixture_der private_der;
static fixture_der public_der;
static const x4s_key_holder *holder;

static const uint8_t hash[32] = {1, 2, 3};

static x4e_ike_reason begin_signature(x4s_ike_xchg *xchg)
{
    const x4s_ike_prikey prikey = {fixture_chunk(holder ? &public_der : &private_der), holder};
    x4s_ike_key *key = x4_keyring_take(xchg->charon, &prikey);
    assert_non_null(key);
    return x4_signature_new(xchg, key, (x4s_chunk){hash, sizeof(hash)}) ? x4c_ike_none
                                                                        : x4c_ike_no_memory;
}

static const x4s_ike_step steps[] = {
    {.name = "signing",
     .shape = FAKE_SHAPE,
     .consume = fake_consume,
     .prepare = begin_signature,
     .produce = fake_produce,
     .last = btrue},
};

static struct fake *open_fake(const x4s_key_holder *by)
{
    struct fake *fake = fake_new();
    holder = by;
    fake->random = 1;
    assert_true(x4_table_init(&fake->charon.keys_by_digest, &fake->allocator));
    return fake;
}

static void close_fake(struct fake *fake)
{
    fake_purge(fake);
    x4_keyring_clear(&fake->charon);
    x4_table_fini(&fake->charon.keys_by_digest);
    fake_free(fake);
}

static struct fake_xchg *signing(struct fake *fake)
{
    struct fake_xchg *xchg = calloc(1, sizeof(*xchg));
    x4s_ike_message message = fake_message(1);
    x4_xchg_begin(&xchg->base, &fake->charon, &fake_kind, steps, x4c_ike_responder, NULL);
    assert_int_equal(x4_xchg_receive(&xchg->base, &message), x4c_ike_none);
    assert_int_equal(xchg->sends, 0);
    return xchg;
}

static void end(struct fake_xchg *xchg)
{
    x4_xchg_dispose(&xchg->base, x4c_ike_terminated, bfalse);
}

/* The value is what the key's public half verifies. */
static void check_value(struct fake_xchg *xchg)
{
    const x4s_ike_signature *signature = xchg->base.signature;
    assert_true(x4_sign_verify(xchg->base.charon->crypto,
                               x4_private_key_public(signature->key->key),
                               (x4s_chunk){hash, sizeof(hash)}, x4_signature_value(&xchg->base)));
}

static void test_batches(void **state)
{
    (void)state;
    enum { COUNT = x4c_limit_batch + 2 };
    struct fake *fake = open_fake(NULL);
    struct fake_xchg *xchgs[COUNT];
    for (unsigned i = 0; i < COUNT; i++) {
        xchgs[i] = signing(fake);
        xchgs[i]->on_send = check_value;
    }
    x4_signature_run(&fake->charon);
    assert_int_equal(fake->stats.signatures, COUNT);
    assert_int_equal(fake->charon.keys_by_digest.count, 1);
    for (unsigned i = 0; i < COUNT; i++) {
        assert_int_equal(xchgs[i]->established, 1);
        end(xchgs[i]);
    }
    close_fake(fake);
    for (unsigned i = 0; i < COUNT; i++)
        free(xchgs[i]);
}

static x4s_sign_job *held;
static unsigned cancelled;

static void hold(void *context, x4s_sign_job *job)
{
    (void)context;
    held = job;
}

static void give_up(void *context, x4s_sign_job *job)
{
    (void)context;
    assert_ptr_equal(job, held);
    held = NULL;
    cancelled++;
}

static const x4s_key_holder slow = {hold, give_up, NULL};

static void test_holder_takes_its_time(void **state)
{
    (void)state;
    static const x4e_sign_state ends[] = {x4c_sign_done, x4c_sign_failed};
    for (size_t i = 0; i < x4m_countof(ends); i++) {
        struct fake *fake = open_fake(&slow);
        struct fake_xchg *xchg = signing(fake);
        x4_signature_run(&fake->charon);
        x4_signature_run(&fake->charon); /* is not given twice */
        assert_int_equal(fake->stats.signatures, 1);
        assert_int_equal(xchg->base.state, x4c_state_computing);
        assert_int_equal(held->signature_size, 64);
        memset(held->signature, 0x5a, held->signature_size);
        held->state = ends[i];
        held->completed(held);
        held->completed(held);                             /* once is enough */
        assert_int_equal(xchg->sends + xchg->disposed, 0); /* not before the tick */
        x4_signature_run(&fake->charon);
        assert_int_equal(xchg->established, ends[i] == x4c_sign_done);
        assert_int_equal(xchg->disposed, ends[i] == x4c_sign_failed);
        end(xchg);
        close_fake(fake);
        free(xchg);
    }
    assert_int_equal(cancelled, 0);
}

/* A holder that has the answer at hand ends the job within its function. */
static void at_once(void *context, x4s_sign_job *job)
{
    (void)context;
    memset(job->signature, 0x5a, job->signature_size);
    job->state = x4c_sign_done;
}

static void test_holder_ends_it_at_once(void **state)
{
    (void)state;
    static const x4s_key_holder quick = {at_once, give_up, NULL};
    struct fake *fake = open_fake(&quick);
    struct fake_xchg *xchg = signing(fake);
    x4_signature_run(&fake->charon);
    assert_int_equal(xchg->established, 1);
    end(xchg);
    close_fake(fake);
    free(xchg);
}

static void test_given_up(void **state)
{
    (void)state;
    for (unsigned begun = 0; begun < 2; begun++) {
        struct fake *fake = open_fake(&slow);
        struct fake_xchg *xchg = signing(fake);
        cancelled = 0;
        if (begun)
            x4_signature_run(&fake->charon);
        end(xchg);
        assert_int_equal(cancelled, begun);
        assert_true(x4_list_empty(&fake->charon.signing));
        close_fake(fake);
        free(xchg);
    }
}

static void test_no_memory(void **state)
{
    (void)state;
    struct fake *fake = open_fake(NULL);
    struct fake_xchg *first = signing(fake); /* the key is decoded from now on */
    struct fake_xchg *xchg = calloc(1, sizeof(*xchg));
    x4s_ike_message message = fake_message(1);
    x4_xchg_begin(&xchg->base, &fake->charon, &fake_kind, steps, x4c_ike_responder, NULL);
    fake->books.fail_at = fake->books.calls + 1;
    (void)x4_xchg_receive(&xchg->base, &message);
    assert_int_equal(xchg->reason, x4c_ike_no_memory);
    end(first);
    close_fake(fake); /* finds the key given back */
    free(first);
    free(xchg);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_batches),
        cmocka_unit_test(test_holder_takes_its_time),
        cmocka_unit_test(test_holder_ends_it_at_once),
        cmocka_unit_test(test_given_up),
        cmocka_unit_test(test_no_memory),
    };
    EVP_PKEY *pkey = fixture_ec("P-256");
    private_der = fixture_private(pkey);
    public_der = fixture_spki(pkey);
    EVP_PKEY_free(pkey);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
