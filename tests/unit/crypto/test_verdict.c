/* SPDX-License-Identifier: BSD-2-Clause */
#include "x4/crypto/verdict.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/unit/crypto/trust_fixture.h"

/* Verdicts of FIXTURE_NOW count at this time. */
static bval counts(const x4s_cert *cert, int64_t now)
{
    return now >= cert->verdict->since && now < cert->verdict->until;
}

/* From when it was passed until the first of its ends; the certificates are valid for a day. */
static void for_how_long(void **state)
{
    (void)state;
    const int64_t end = FIXTURE_NOW + 100;
    x4s_trust *trust = trust_with(root_cert, (x4s_trust_policy){0});
    x4s_cert *moon = make((fixture_cert){.issuer = root, .not_after = end});
    const x4s_cert *const chain[] = {moon};
    assert_false(counts(moon, FIXTURE_NOW));
    believes(trust, chain, 1, FIXTURE_NOW);
    assert_false(counts(moon, FIXTURE_NOW - 1));
    assert_true(counts(moon, end - 1));
    assert_false(counts(moon, end));
    believes(trust, chain, 1, end - 1);
    doubts(trust, chain, 1, end + 1, "certificate has expired: CN=moon");

    x4s_cert *sun = make((fixture_cert){.issuer = root});
    const x4s_cert *const other[] = {sun};
    believes(trust, other, 1, FIXTURE_NOW);
    assert_true(counts(sun, FIXTURE_NOW + FIXTURE_DAY - 1));
    assert_false(counts(sun, FIXTURE_NOW + FIXTURE_DAY));
    x4_cert_free(sun);
    x4_cert_free(moon);
    x4_trust_free(trust);
}

/* A list that ends, or that is one of tomorrow's, ends it, too. */
static void lists_end(void **state)
{
    (void)state;
    const int64_t end = FIXTURE_NOW + 50;
    x4s_trust *trust = trust_with(root_cert, (x4s_trust_policy){.crl = x4c_trust_crl_strict});
    x4s_cert *moon = make((fixture_cert){.issuer = root});
    const x4s_cert *const chain[] = {moon};
    add_crl(trust, (fixture_crl){.next_update = end});
    believes(trust, chain, 1, FIXTURE_NOW);
    assert_true(counts(moon, end - 1));
    assert_false(counts(moon, end));
    doubts(trust, chain, 1, end + 1, "CRL has expired: CN=moon");
    x4_cert_free(moon);
    x4_trust_free(trust);

    trust = trust_with(root_cert, (x4s_trust_policy){0});
    moon = make((fixture_cert){.issuer = root});
    const x4s_cert *const again[] = {moon};
    add_crl(trust, (fixture_crl){.this_update = end});
    believes(trust, again, 1, FIXTURE_NOW - FIXTURE_DAY / 2);
    assert_false(counts(moon, end));
    x4_cert_free(moon);
    x4_trust_free(trust);
}

/* Who is revoked meanwhile is refused, though it was believed. */
static void revoked_meanwhile(void **state)
{
    (void)state;
    x4s_trust *trust = trust_with(root_cert, (x4s_trust_policy){0});
    x4s_cert *moon = make((fixture_cert){.issuer = root});
    const x4s_cert *const chain[] = {moon};
    believes(trust, chain, 1, FIXTURE_NOW);
    add_crl(trust, (fixture_crl){.revoked = 3});
    doubts(trust, chain, 1, FIXTURE_NOW, "certificate revoked: CN=moon");
    x4_cert_free(moon);
    x4_trust_free(trust);
}

/* What one store believes is nothing to another, nor to one that is made when the first is gone. */
static void of_one_store(void **state)
{
    (void)state;
    x4s_trust *trust = trust_with(root_cert, (x4s_trust_policy){0});
    x4s_cert *moon = make((fixture_cert){.issuer = root});
    const x4s_cert *const chain[] = {moon};
    believes(trust, chain, 1, FIXTURE_NOW);
    x4_trust_free(trust);
    trust = x4_trust_new(crypto, &(x4s_trust_policy){0});
    doubts(trust, chain, 1, FIXTURE_NOW, "unable to get local issuer certificate: CN=moon");
    x4_trust_free(trust);
    x4_cert_free(moon);
}

/* With a certificate that helped it was believed; without, the way is not there. */
static void in_company(void **state)
{
    (void)state;
    x4s_trust *trust = trust_with(root_cert, (x4s_trust_policy){0});
    x4s_cert *moon = make((fixture_cert){.issuer = middle});
    const x4s_cert *const chain[] = {moon, middle_cert};
    believes(trust, chain, 2, FIXTURE_NOW);
    doubts(trust, chain, 1, FIXTURE_NOW, "unable to get local issuer certificate: CN=moon");
    believes(trust, chain, 2, FIXTURE_NOW + 1);
    x4_cert_free(moon);
    x4_trust_free(trust);
}

/* The signature is not looked at again: that is what it is for. */
static void spares_the_signatures(void **state)
{
    (void)state;
    x4s_verdict_case on;
    x4s_trust *trust = trust_with(root_cert, (x4s_trust_policy){0});
    x4s_cert *moon = make((fixture_cert){.issuer = root});
    const x4s_cert *const chain[] = {moon};
    assert_true(x4_verdict_case(crypto, 7, chain, 1, &on));
    assert_false(x4_verdict_counts(moon, &on, FIXTURE_NOW));
    believes(trust, chain, 1, FIXTURE_NOW);
    assert_false(x4_verdict_counts(moon, &on, FIXTURE_NOW)); /* another store's */
    assert_true(x4_verdict_counts(moon, &moon->verdict->on, FIXTURE_NOW));
    x4_cert_free(moon);
    x4_trust_free(trust);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(for_how_long),      cmocka_unit_test(lists_end),
        cmocka_unit_test(revoked_meanwhile), cmocka_unit_test(of_one_store),
        cmocka_unit_test(in_company),        cmocka_unit_test(spares_the_signatures),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
