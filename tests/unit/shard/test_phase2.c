/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/phase2.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "tests/unit/shard/fake_libike.h"

static const char conf[] =
    "connections { hub { version = 1\n remote_addrs = %any\n proposals = aes128-sha256-modp2048\n"
    "  local { auth = psk\n id = hub.example.org\n }\n remote { auth = psk\n }\n"
    "  children { net { local_ts = 10.0.0.0/8\n remote_ts = 10.1.0.0/16\n"
    "   esp_proposals = aes128gcm16\n } } } }\n"
    "secrets { ike { secret = abc\n } }\n";

static void test_life_of_a_child(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(conf);
    struct shard_sa *sa = peer_up(f, "198.51.100.1", "a.example.org");
    struct shard_child *child = peer_child(sa, 0x1234);
    uint32_t spi_in = child->spi_in;
    assert_ptr_equal(shard_child_find(&f->shard, spi_in), child);
    assert_int_equal(hub_kernel_pairs(f->shard.kernel), 1);
    fake_dispose2(child->xchg, x4c_ike_deleted);
    assert_null(shard_child_find(&f->shard, spi_in));
    assert_int_equal(hub_kernel_pairs(f->shard.kernel), 0);
    char line[256];
    snprintf(line, sizeof(line),
             "event=ph2-up connection=hub child=net peer=198.51.100.1:500 spi_in=%08x "
             "spi_out=00001234 suite=aes128gcm16 pfs=none mode=tunnel local_ts=10.0.0.0/8 "
             "remote_ts=10.1.0.0/16 role=responder",
             spi_in);
    assert_non_null(strstr(fixture_log(f), line));
    snprintf(line, sizeof(line),
             "event=ph2-down connection=hub child=net peer=198.51.100.1:500 spi_in=%08x "
             "spi_out=00001234 reason=deleted",
             spi_in);
    assert_non_null(strstr(f->text, line));
    fixture_free(f);
}

static void test_shortened_by_responder(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(conf);
    struct shard_sa *sa = peer_up(f, "198.51.100.1", "a.example.org");
    struct shard_child *child = peer_child(sa, 0x1234);
    f->shard.now += 90 * 1000;
    shard_calls2.shortened(child, 600, 0);
    assert_int_equal(child->life_sec, 690);
    char line[256];
    snprintf(line, sizeof(line),
             "event=ph2-shortened connection=hub child=net peer=198.51.100.1:500 spi_in=%08x "
             "spi_out=00001234 life_s=600",
             child->spi_in);
    assert_non_null(strstr(fixture_log(f), line));
    assert_null(strstr(f->text, "life_kb"));
    fixture_free(f);
}

static void test_selectors_have_to_fit(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(conf);
    struct shard_sa *sa = peer_up(f, "198.51.100.1", "a.example.org");
    x4s_ike_offer2 offer = {.selectors = btrue};
    const x4s_net_addr wrong = an_addr("172.16.0.0", 0);
    hub_child_selectors(&sa->connection->children[0], &sa->link.local, &sa->link.remote,
                        &offer.local, &offer.remote);
    assert_ptr_equal(shard_calls2.policy(sa, &offer), &sa->connection->children[0].phase2);
    assert_true(x4_net_selector_from_prefix(&wrong, 16, &offer.remote));
    assert_null(shard_calls2.policy(sa, &offer));
    fixture_free(f);
}

static void test_not_completed(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(conf);
    struct shard_sa *sa = peer_up(f, "198.51.100.1", "a.example.org");
    x4s_ike_offer2 offer = {.selectors = btrue};
    hub_child_selectors(&sa->connection->children[0], &sa->link.local, &sa->link.remote,
                        &offer.local, &offer.remote);
    x4s_ike_xchg2 *xchg = calloc(1, sizeof(*xchg));
    xchg->user = shard_calls2.responded(sa, xchg, shard_calls2.policy(sa, &offer), &offer);
    fake_dispose2(xchg, x4c_ike_timed_out);
    assert_true(x4_list_empty(&sa->children));
    assert_null(strstr(fixture_log(f), "kernel"));
    fixture_free(f);
}

static const char compressed[] =
    "connections { hub { version = 1\n remote_addrs = %any\n proposals = aes128-sha256-modp2048\n"
    "  local { auth = psk\n id = hub.example.org\n }\n remote { auth = psk\n }\n"
    "  children { net { local_ts = 10.0.0.0/8\n remote_ts = 10.1.0.0/16\n"
    "   esp_proposals = aes128gcm16\n ipcomp = yes\n } } } }\n"
    "secrets { ike { secret = abc\n } }\n";

/* A CPI is taken as long as the child lives, and told. */
static void test_cpi_of_a_child(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(compressed);
    struct shard_sa *sa = peer_up(f, "198.51.100.1", "a.example.org");
    struct shard_child *child = peer_child(sa, 0x1234);
    const uint16_t cpi = child->cpi_in;
    assert_int_equal(cpi, x4c_ike_cpi_first);
    assert_false(shard_cpi_take(&fake_cpis, cpi));
    fake_dispose2(child->xchg, x4c_ike_deleted);
    assert_true(shard_cpi_take(&fake_cpis, cpi));
    assert_non_null(strstr(fixture_log(f), " spi_out=00001234 ipcomp=deflate cpi_in=0100 "
                                           "cpi_out=4321 suite=aes128gcm16 "));
    fixture_free(f);
}

/* Two quick modes were given the same one: who is complete last has none. */
static void test_cpi_that_is_taken(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(compressed);
    struct shard_sa *sa = peer_up(f, "198.51.100.1", "a.example.org");
    fake_cpis.drawn = SHARD_CPIS - 1;
    const uint16_t last = peer_child(sa, 0x1234)->cpi_in;
    assert_int_equal(last, x4c_ike_cpi_last);
    x4s_ike_offer2 offer = {.selectors = btrue};
    hub_child_selectors(&sa->connection->children[0], &sa->link.local, &sa->link.remote,
                        &offer.local, &offer.remote);
    x4s_ike_xchg2 *xchg = calloc(1, sizeof(*xchg));
    xchg->charon = &fake;
    struct shard_child *child =
        shard_calls2.responded(sa, xchg, shard_calls2.policy(sa, &offer), &offer);
    xchg->user = child;
    const x4s_ike_keys2 keys = {.transform = child->config->phase2.transforms[0],
                                .in.spi = 0x9999,
                                .out.spi = 0x8888,
                                .cpi_in = last,
                                .cpi_out = 256};
    shard_calls2.completed(child, &keys);
    assert_int_equal(count_list(&sa->children), 1);
    assert_int_equal(hub_kernel_pairs(f->shard.kernel), 1);
    assert_false(shard_cpi_take(&fake_cpis, last));
    assert_non_null(strstr(fixture_log(f), "event=kernel-add spi_in=00009999 result=\"Address"));
    fixture_free(f);
}

/* A kernel that refuses everything. */
static struct hub_kernel refusing;

static bool refuse(struct hub_kernel *kernel, const struct hub_kernel_request *request)
{
    (void)kernel;
    (void)request;
    return false;
}

static void test_kernel_refuses(void **state)
{
    (void)state;
    static const struct hub_kernel_backend backend = {.name = "refusing", .submit = refuse};
    struct fixture *f = fixture_new(conf);
    struct hub_kernel *null = f->shard.kernel;
    struct shard_sa *sa = peer_up(f, "198.51.100.1", "a.example.org");
    refusing.backend = &backend;
    f->shard.kernel = &refusing;
    peer_child(sa, 1);
    f->shard.kernel = null;
    assert_true(x4_list_empty(&sa->children));
    assert_int_equal(fake.told, 1);
    assert_int_equal(f->shard.counters.kernel_errors, 1);
    assert_non_null(strstr(fixture_log(f), "reason=kernel_failed"));
    fixture_free(f);
}

static void test_kernel_fails_later(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(conf);
    struct shard_sa *sa = peer_up(f, "198.51.100.1", "a.example.org");
    struct shard_child *child = peer_child(sa, 1);
    uint32_t spi_in = child->spi_in;
    shard_phase2_kernel_done(&f->shard, HUB_KERNEL_ADD, spi_in, EEXIST);
    assert_true(x4_list_empty(&sa->children));
    /* Of a child that is gone it means nothing any more. */
    shard_phase2_kernel_done(&f->shard, HUB_KERNEL_ADD, spi_in, EEXIST);
    assert_int_equal(f->shard.counters.kernel_errors, 2);
    fixture_free(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_life_of_a_child),       cmocka_unit_test(test_shortened_by_responder),
        cmocka_unit_test(test_selectors_have_to_fit), cmocka_unit_test(test_not_completed),
        cmocka_unit_test(test_kernel_refuses),        cmocka_unit_test(test_kernel_fails_later),
        cmocka_unit_test(test_cpi_of_a_child),        cmocka_unit_test(test_cpi_that_is_taken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
