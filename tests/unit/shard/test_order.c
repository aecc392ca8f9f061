/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/order.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "tests/unit/shard/fake_libike.h"

static const char conf[] =
    "connections { hub { version = 1\n remote_addrs = 198.51.100.1\n"
    "  keyingtries = 2\n proposals = aes128-sha256-modp2048\n"
    "  local { auth = psk\n id = hub.example.org\n }\n remote { auth = psk\n }\n"
    "  children { net { local_ts = 10.0.0.0/8\n remote_ts = 10.1.0.0/16\n"
    "   esp_proposals = aes128-sha256\n }\n"
    "   other { local_ts = 10.0.0.0/8\n remote_ts = 10.2.0.0/16\n"
    "   esp_proposals = aes128-sha256\n } } }\n"
    " road { version = 1\n remote_addrs = %any\n proposals = aes128-sha256-modp2048\n"
    "  local { auth = psk\n id = hub.example.org\n }\n remote { auth = psk\n id = x\n } } }\n"
    "secrets { ike { secret = abc\n } }\n";

/* A shard whose letters to the control thread the test reads. */
struct scene {
    struct fixture *f;
    struct shard *shard;
    struct ring_mail *mail;
    const struct hub_connection *connection;
    struct shard_outcome last; /* that was taken */
};

static int set_up(void **state)
{
    struct scene *scene = calloc(1, sizeof(*scene));
    scene->f = fixture_new(conf);
    scene->shard = &scene->f->shard;
    scene->connection = &scene->f->config->connections[0];
    scene->mail = ring_mail_new(2);
    shard_post_fini(&scene->shard->post);
    assert_true(shard_post_init(&scene->shard->post, scene->mail, 0, 2));
    *state = scene;
    return 0;
}

static int tear_down(void **state)
{
    struct scene *scene = *state;
    shard_order_fini(scene->shard);
    shard_initiate_fini(scene->shard);
    fixture_free(scene->f);
    ring_mail_free(scene->mail, free);
    free(scene);
    return 0;
}

static void order(struct scene *scene, const struct hub_child *child, uint64_t number)
{
    shard_order_begin(scene->shard, &(struct shard_order){.connection = scene->connection,
                                                          .child = child,
                                                          .asker = scene,
                                                          .number = number});
    fixture_pass(scene->f, 0);
}

/* Takes the next outcome. False: there is none. */
static bool outcome(struct scene *scene)
{
    uint32_t from;
    struct shard_letter *letter = ring_mail_next(scene->mail, 1, &from);
    if (!letter)
        return false;
    struct shard_outcome *outcome = x4m_container(letter, struct shard_outcome, letter);
    assert_ptr_equal(outcome->asker, scene);
    scene->last = *outcome;
    free(outcome);
    return true;
}

static void says(struct scene *scene, uint64_t number, bool up, const char *text)
{
    assert_true(outcome(scene));
    assert_int_equal(scene->last.number, number);
    assert_int_equal(scene->last.up, up);
    assert_string_equal(scene->last.text, text);
    assert_false(outcome(scene));
    assert_true(x4_list_empty(&scene->shard->orders));
}

static struct shard_sa *begun_sa(void)
{
    return fake.config1.userdata;
}

static struct shard_child *begun_child(void)
{
    return fake.config2.userdata;
}

static void test_isakmp_sa_alone(void **state)
{
    struct scene *scene = *state;
    order(scene, NULL, 7);
    assert_int_equal(fake.begun1, 1);
    assert_false(outcome(scene));
    peer_is(begun_sa(), "a.example.org");
    assert_int_equal(fake.begun2, 0);
    says(scene, 7, true, "the ISAKMP SA is up");
}

static void test_with_child(void **state)
{
    struct scene *scene = *state;
    order(scene, &scene->connection->children[1], 8);
    peer_is(begun_sa(), "a.example.org");
    assert_int_equal(fake.begun2, 1);
    assert_ptr_equal(begun_child()->config, &scene->connection->children[1]);
    assert_false(outcome(scene));
    child_completes(begun_child(), 1);
    says(scene, 8, true, "the child is up");
}

static void test_what_is_up_is_used(void **state)
{
    struct scene *scene = *state;
    peer_child(peer_up(scene->f, "198.51.100.1", "a.example.org"), 1);
    order(scene, &scene->connection->children[0], 1);
    says(scene, 1, true, "the child is up already");
    order(scene, NULL, 2);
    says(scene, 2, true, "the ISAKMP SA is up");
    order(scene, &scene->connection->children[1], 3);
    assert_int_equal(fake.begun1, 0);
    assert_int_equal(fake.begun2, 1);
    child_completes(begun_child(), 1);
    says(scene, 3, true, "the child is up");
}

static void test_what_is_under_way_is_used(void **state)
{
    struct scene *scene = *state;
    order(scene, &scene->connection->children[0], 1);
    order(scene, &scene->connection->children[0], 2);
    assert_int_equal(fake.begun1, 1);
    peer_is(begun_sa(), "a.example.org");
    assert_int_equal(fake.begun2, 1);
    child_completes(begun_child(), 1);
    assert_true(outcome(scene) && scene->last.up && scene->last.number == 1);
    says(scene, 2, true, "the child is up");
}

static void test_silent_peer_is_tried_as_configured(void **state)
{
    struct scene *scene = *state;
    order(scene, &scene->connection->children[0], 1);
    fake_dispose1(fake.xchg1, x4c_ike_timed_out);
    assert_false(outcome(scene));
    fixture_pass(scene->f, 1000);
    assert_int_equal(fake.begun1, 2);
    fake_dispose1(fake.xchg1, x4c_ike_timed_out);
    says(scene, 1, false, x4_ike_reason_text(x4c_ike_timed_out));
}

static void test_refused_child(void **state)
{
    struct scene *scene = *state;
    order(scene, &scene->connection->children[0], 1);
    peer_is(begun_sa(), "a.example.org");
    fake_dispose2(fake.xchg2, x4c_ike_peer_no_proposal);
    says(scene, 1, false, x4_ike_reason_text(x4c_ike_peer_no_proposal));
}

static void test_child_that_libike_refuses(void **state)
{
    struct scene *scene = *state;
    peer_up(scene->f, "198.51.100.1", "a.example.org");
    fake.refuse = btrue;
    order(scene, &scene->connection->children[0], 1);
    says(scene, 1, false, "the child cannot be begun: the daemon's log says why");
}

static void test_connection_without_address(void **state)
{
    struct scene *scene = *state;
    scene->connection = &scene->f->config->connections[1];
    order(scene, NULL, 1);
    assert_true(outcome(scene));
    assert_false(scene->last.up);
    assert_non_null(strstr(fixture_log(scene->f), scene->last.text));
}

static void test_draining(void **state)
{
    struct scene *scene = *state;
    scene->shard->draining = true;
    order(scene, NULL, 1);
    says(scene, 1, false, "the daemon is draining");
}

static void test_ended_meanwhile(void **state)
{
    struct scene *scene = *state;
    order(scene, NULL, 1);
    shard_sa_end(begun_sa(), SHARD_END_on_request, true);
    says(scene, 1, false, shard_end_text(SHARD_END_on_request, x4c_ike_terminated));
}

static void test_those_that_wait_are_forgotten_at_the_end(void **state)
{
    struct scene *scene = *state;
    order(scene, NULL, 1);
    shard_sa_end(begun_sa(), SHARD_END_shut_down, true);
    assert_true(outcome(scene));
    order(scene, NULL, 2);
    shard_order_fini(scene->shard);
    assert_false(outcome(scene));
    shard_sa_end(begun_sa(), SHARD_END_shut_down, true);
    assert_false(outcome(scene));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_isakmp_sa_alone),
        TEST(test_with_child),
        TEST(test_what_is_up_is_used),
        TEST(test_what_is_under_way_is_used),
        TEST(test_silent_peer_is_tried_as_configured),
        TEST(test_refused_child),
        TEST(test_child_that_libike_refuses),
        TEST(test_connection_without_address),
        TEST(test_draining),
        TEST(test_ended_meanwhile),
        TEST(test_those_that_wait_are_forgotten_at_the_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
