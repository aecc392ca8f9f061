/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/control/command.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "shard/order.h"
#include "shard/terminate.h"
#include "tests/unit/shard/fake_hub.h"
#include "tests/unit/shard/fake_libike.h"

/* The commands that change something: initiate, terminate, drain. */

static const char conf[] =
    "connections { site { version = 1\n remote_addrs = 198.51.100.0/24, 198.51.100.1\n proposals = "
    "aes128-sha256-modp2048\n"
    "  local { auth = psk\n id = hub.example.org\n }\n remote { auth = psk\n }\n"
    "  children { net { local_ts = 10.0.0.0/8\n remote_ts = 10.1.0.0/16\n"
    "   esp_proposals = aes128-sha256\n } } } }\n"
    "secrets { ike { secret = abc\n } }\n";

enum { SHARDS = 2 };

struct scene {
    struct hub *hub;
    struct control *control;
    struct fake_client client;
    struct fixture *shards[SHARDS];
    struct ring_mail *mail;
};

static int set_up(void **state)
{
    struct scene *scene = calloc(1, sizeof(*scene));
    scene->hub = fake_hub_new();
    scene->hub->shard_count = SHARDS;
    for (uint32_t i = 0; i < SHARDS; i++) {
        scene->shards[i] = fixture_new(conf);
        shard_roll_fini(&scene->shards[i]->shard.roll);
        assert_true(shard_roll_init(&scene->shards[i]->shard.roll, i, SHARDS));
        scene->hub->shards[i] = &scene->shards[i]->shard;
    }
    /* One snapshot, as in the daemon: it goes with the first shard, the last to go. */
    scene->shards[1]->shard.config = scene->shards[0]->config;
    scene->mail = ring_mail_new(SHARDS + 1);
    for (uint32_t i = 0; i < SHARDS; i++) {
        struct shard_post *post = &scene->shards[i]->shard.post;
        shard_post_fini(post);
        assert_true(shard_post_init(post, scene->mail, i, SHARDS + 1));
    }
    scene->control = fake_control_new(scene->hub);
    scene->hub->config = scene->shards[0]->config;
    scene->client = fake_client_new(scene->control);
    *state = scene;
    return 0;
}

static int tear_down(void **state)
{
    struct scene *scene = *state;
    control_close(scene->control);
    fake_client_close(&scene->client);
    fake_hub_free(scene->hub);
    for (uint32_t i = SHARDS; i-- > 0;) {
        shard_order_fini(&scene->shards[i]->shard);
        shard_initiate_fini(&scene->shards[i]->shard);
        fixture_free(scene->shards[i]);
    }
    ring_mail_free(scene->mail, free);
    free(scene);
    return 0;
}

static void set_up_peers(const struct scene *scene, uint32_t shard, int count)
{
    for (int i = 0; i < count; i++)
        peer_child(peer_up(scene->shards[shard], "198.51.100.1", "a.example.org"), 7);
}

static size_t count_sas(const struct scene *scene)
{
    return scene->shards[0]->shard.roll.count + scene->shards[1]->shard.roll.count;
}

/* The value of a key of the response to a command with one argument. */
static x4s_chunk response(struct scene *scene, const char *command, const char *key,
                          const char *value, const char *wanted)
{
    x4s_chunk found = {0};
    fake_client_say(&scene->client, VICI_CMD_REQUEST, command, key, value);
    fake_hub_run(scene->hub);
    assert_true(fake_client_next(&scene->client));
    assert_int_equal(scene->client.packet.type, VICI_CMD_RESPONSE);
    (void)vici_find(scene->client.packet.message, wanted, &found);
    return found;
}

static void test_terminate_goes_through_all_shards(void **state)
{
    struct scene *scene = *state;
    set_up_peers(scene, 0, SHARD_TERMINATE_ROUND + 1);
    set_up_peers(scene, 1, 2);
    assert_true(vici_is(response(scene, "terminate", "ike", "site", "terminated"), "35"));
    assert_int_equal(count_sas(scene), 0);
}

static void test_terminate_by_number_asks_its_shard(void **state)
{
    struct scene *scene = *state;
    set_up_peers(scene, 0, 2);
    set_up_peers(scene, 1, 2);
    assert_true(vici_is(response(scene, "terminate", "ike-id", "4", "success"), "yes"));
    assert_int_equal(scene->shards[1]->shard.roll.count, 1);
    assert_true(vici_is(response(scene, "terminate", "ike-id", "4", "success"), "no"));
}

static void test_terminate_needs_an_argument(void **state)
{
    struct scene *scene = *state;
    set_up_peers(scene, 0, 1);
    assert_true(vici_is(response(scene, "terminate", NULL, NULL, "success"), "no"));
    assert_true(vici_is(response(scene, "terminate", "ike", "", "success"), "no"));
    assert_true(vici_is(response(scene, "terminate", "ike-id", "", "success"), "no"));
    assert_int_equal(count_sas(scene), 1);
}

static void test_terminate_tells_who_registered(void **state)
{
    struct scene *scene = *state;
    x4s_chunk message;
    set_up_peers(scene, 0, 1);
    fake_client_say(&scene->client, VICI_EVENT_REGISTER, "control-log", NULL, NULL);
    fake_client_say(&scene->client, VICI_CMD_REQUEST, "terminate", "child", "net");
    fake_hub_run(scene->hub);
    assert_true(fake_client_next(&scene->client));
    assert_true(fake_client_next(&scene->client));
    assert_int_equal(scene->client.packet.type, VICI_EVENT);
    assert_true(vici_find(scene->client.packet.message, "msg", &message));
    assert_true(vici_is(message, "ended 0 ISAKMP SAs, 1 children"));
}

static void test_client_goes_amid_terminate(void **state)
{
    struct scene *scene = *state;
    set_up_peers(scene, 0, 2 * SHARD_TERMINATE_ROUND);
    fake_client_say(&scene->client, VICI_CMD_REQUEST, "terminate", "ike", "site");
    fake_hub_look(scene->hub);
    fake_client_close(&scene->client);
    fake_hub_look(scene->hub);
    fake_hub_run(scene->hub);
    assert_int_equal(count_sas(scene), SHARD_TERMINATE_ROUND);
    assert_int_equal(count_list(&scene->shards[0]->shard.roll.entries), SHARD_TERMINATE_ROUND);
    assert_true(x4_list_empty(&scene->control->commands));
}

static void test_drain_waits_for_the_last_sa(void **state)
{
    struct scene *scene = *state;
    set_up_peers(scene, 1, 1);
    assert_true(vici_is(response(scene, "drain", NULL, NULL, "success"), "yes"));
    assert_false(scene->hub->stopped);
    assert_null(peer_begins(scene->shards[0], "198.51.100.2"));
    fake_hub_pass(scene->hub, 1000);
    fake_hub_run(scene->hub);
    assert_false(scene->hub->stopped);
    fixture_end_all(scene->shards[1]);
    fake_hub_pass(scene->hub, 1000);
    fake_hub_run(scene->hub);
    assert_true(scene->hub->stopped);
}

static void test_drain_twice_is_drain_once(void **state)
{
    struct scene *scene = *state;
    set_up_peers(scene, 1, 1);
    response(scene, "drain", NULL, NULL, "success");
    assert_true(vici_is(response(scene, "drain", NULL, NULL, "success"), "yes"));
    fake_hub_pass(scene->hub, 1000);
    assert_int_equal(scene->hub->question_count, SHARDS);
}

static void test_drain_now(void **state)
{
    struct scene *scene = *state;
    set_up_peers(scene, 1, 1);
    assert_true(vici_is(response(scene, "drain", "now", "yes", "success"), "yes"));
    assert_true(scene->hub->stopped);
}

/* -------------------------------------------------------------------------- initiate */

/* The letters that came for the control thread. */
static void deliver(const struct scene *scene)
{
    uint32_t from;
    struct shard_letter *letter;
    while ((letter = ring_mail_next(scene->mail, SHARDS, &from)))
        letter->deliver(scene->hub, letter);
}

static void initiate(struct scene *scene, const char *key, const char *value)
{
    fake_client_say(&scene->client, VICI_CMD_REQUEST, "initiate", key, value);
    fake_hub_run(scene->hub);
    for (uint32_t i = 0; i < SHARDS; i++)
        fixture_pass(scene->shards[i], 0);
}

static bool answered(struct scene *scene, const char *success, const char *errmsg)
{
    x4s_chunk value;
    deliver(scene);
    if (!fake_client_next(&scene->client))
        return false;
    assert_true(vici_find(scene->client.packet.message, "success", &value));
    assert_true(vici_is(value, success));
    assert_int_equal(vici_find(scene->client.packet.message, "errmsg", &value), *errmsg != 0);
    if (*errmsg)
        assert_true(vici_is(value, errmsg));
    return true;
}

static void test_initiate_waits_for_the_child(void **state)
{
    struct scene *scene = *state;
    initiate(scene, "child", "net");
    assert_int_equal(fake.begun1, 1);
    assert_false(answered(scene, "", ""));
    peer_is(fake.config1.userdata, "a.example.org");
    assert_false(answered(scene, "", ""));
    child_completes(fake.config2.userdata, 7);
    assert_true(answered(scene, "yes", ""));
    assert_true(x4_list_empty(&scene->control->commands));
}

static void test_initiate_goes_to_the_shard_that_has_the_sa(void **state)
{
    struct scene *scene = *state;
    peer_up(scene->shards[1], "198.51.100.1", "a.example.org");
    initiate(scene, "child", "net");
    assert_int_equal(fake.begun1, 0);
    assert_int_equal(fake.begun2, 1);
    const struct shard_child *child = fake.config2.userdata;
    assert_ptr_equal(child->sa->shard, &scene->shards[1]->shard);
    child_completes(fake.config2.userdata, 7);
    assert_true(answered(scene, "yes", ""));
}

static void test_initiate_that_fails(void **state)
{
    struct scene *scene = *state;
    initiate(scene, "ike", "site");
    fake_dispose1(fake.xchg1, x4c_ike_peer_no_proposal);
    assert_true(answered(scene, "no", x4_ike_reason_text(x4c_ike_peer_no_proposal)));
}

static void test_initiate_in_time(void **state)
{
    struct scene *scene = *state;
    uint8_t buffer[256];
    struct vici_writer writer =
        vici_packet_begin(buffer, sizeof(buffer), VICI_CMD_REQUEST, "initiate");
    vici_text(&writer, "ike", "site");
    vici_text(&writer, "timeout", "500");
    fake_client_send(&scene->client, &writer);
    fake_hub_run(scene->hub);
    fake_hub_pass(scene->hub, 499);
    assert_false(answered(scene, "", ""));
    fake_hub_pass(scene->hub, 1);
    assert_true(answered(scene, "no", "not up in time; the daemon goes on trying"));
    fixture_pass(scene->shards[0], 0);
    peer_is(fake.config1.userdata, "a.example.org");
    assert_false(answered(scene, "", ""));
}

static void test_initiate_without_waiting(void **state)
{
    struct scene *scene = *state;
    uint8_t buffer[256];
    struct vici_writer writer =
        vici_packet_begin(buffer, sizeof(buffer), VICI_CMD_REQUEST, "initiate");
    vici_text(&writer, "ike", "site");
    vici_text(&writer, "timeout", "-1");
    fake_client_send(&scene->client, &writer);
    fake_hub_run(scene->hub);
    assert_true(answered(scene, "yes", ""));
    fixture_pass(scene->shards[0], 0);
    assert_int_equal(fake.begun1, 1);
    peer_is(fake.config1.userdata, "a.example.org");
    assert_false(answered(scene, "", ""));
}

static void test_initiate_what_is_not_there(void **state)
{
    struct scene *scene = *state;
    initiate(scene, "child", "nothing");
    assert_true(answered(scene, "no", "there is no such connection or child"));
    initiate(scene, "ike", "nothing");
    assert_true(answered(scene, "no", "there is no such connection or child"));
    initiate(scene, NULL, NULL);
    assert_true(answered(scene, "no", "expected child, ike or both"));
    assert_int_equal(fake.begun1, 0);
}

static void test_client_goes_amid_initiate(void **state)
{
    struct scene *scene = *state;
    initiate(scene, "ike", "site");
    fake_client_close(&scene->client);
    fake_hub_run(scene->hub);
    assert_true(x4_list_empty(&scene->control->commands));
    peer_is(fake.config1.userdata, "a.example.org");
    deliver(scene);
}

/* What an order leads into stays until nobody leads to it. */
static void test_initiate_holds_the_configuration(void **state)
{
    struct scene *scene = *state;
    initiate(scene, "ike", "site");
    assert_int_equal(scene->hub->held, 1);
    fake_client_close(&scene->client);
    fake_hub_run(scene->hub);
    assert_int_equal(scene->hub->held, 0);
    peer_is(fake.config1.userdata, "a.example.org");
    deliver(scene);
}

static void test_reload_is_answered_when_it_is_over(void **state)
{
    struct scene *scene = *state;
    fake_client_say(&scene->client, VICI_EVENT_REGISTER, "control-log", NULL, NULL);
    fake_client_say(&scene->client, VICI_CMD_REQUEST, "reload-settings", NULL, NULL);
    fake_hub_run(scene->hub);
    assert_true(fake_client_next(&scene->client)); /* registered */
    assert_false(fake_client_next(&scene->client));
    scene->hub->request->told(scene->hub->request, "f.conf:7: what is wrong");
    scene->hub->request->done(scene->hub->request, "f.conf:7: what is wrong");
    fake_hub_run(scene->hub);
    assert_true(fake_client_next(&scene->client));
    assert_int_equal(scene->client.packet.type, VICI_EVENT);
    assert_true(answered(scene, "no", "f.conf:7: what is wrong"));
    fake_client_say(&scene->client, VICI_CMD_REQUEST, "reload-settings", NULL, NULL);
    fake_hub_run(scene->hub);
    scene->hub->request->done(scene->hub->request, NULL);
    fake_hub_run(scene->hub);
    assert_true(answered(scene, "yes", ""));
}

static void test_client_goes_amid_reload(void **state)
{
    struct scene *scene = *state;
    fake_client_say(&scene->client, VICI_CMD_REQUEST, "reload-settings", NULL, NULL);
    fake_hub_run(scene->hub);
    assert_non_null(scene->hub->request);
    fake_client_close(&scene->client);
    fake_hub_run(scene->hub);
    assert_true(x4_list_empty(&scene->control->commands));
}

/* -------------------------------------------------------------------------- estates */

static struct possession *estate_in(struct scene *scene, enum possession_phase phase)
{
    struct possession *possession = &scene->hub->possession;
    strcpy(possession->lease.held.name, "hub-b");
    possession->phase = phase;
    return possession;
}

static void test_adopt_is_answered_when_it_is_so(void **state)
{
    struct scene *scene = *state;
    struct possession *possession = estate_in(scene, POSSESSION_AWAY);
    fake_client_say(&scene->client, VICI_CMD_REQUEST, "adopt", "estate", "hub-b");
    fake_hub_run(scene->hub);
    assert_int_equal(scene->hub->went_on, 1);
    assert_false(fake_client_next(&scene->client));
    possession->request->done(possession->request, NULL);
    fake_hub_run(scene->hub);
    assert_true(answered(scene, "yes", ""));
}

static void test_handover_of_what_is_not_here(void **state)
{
    struct scene *scene = *state;
    (void)estate_in(scene, POSSESSION_AWAY);
    fake_client_say(&scene->client, VICI_CMD_REQUEST, "handover", "estate", "hub-b");
    fake_hub_run(scene->hub);
    assert_true(answered(scene, "no", "it is not served here"));
    fake_client_say(&scene->client, VICI_CMD_REQUEST, "handover", "estate", "hub-c");
    fake_hub_run(scene->hub);
    assert_true(answered(scene, "no", "ikehub.store.estates has no estate of that name"));
}

static void test_client_goes_amid_handover(void **state)
{
    struct scene *scene = *state;
    (void)estate_in(scene, POSSESSION_SERVED);
    fake_client_say(&scene->client, VICI_CMD_REQUEST, "handover", "estate", "hub-b");
    fake_hub_run(scene->hub);
    fake_client_close(&scene->client);
    fake_hub_run(scene->hub);
    assert_true(x4_list_empty(&scene->control->commands));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_terminate_goes_through_all_shards),
        TEST(test_terminate_by_number_asks_its_shard),
        TEST(test_terminate_needs_an_argument),
        TEST(test_terminate_tells_who_registered),
        TEST(test_client_goes_amid_terminate),
        TEST(test_drain_waits_for_the_last_sa),
        TEST(test_drain_twice_is_drain_once),
        TEST(test_drain_now),
        TEST(test_initiate_waits_for_the_child),
        TEST(test_initiate_goes_to_the_shard_that_has_the_sa),
        TEST(test_initiate_that_fails),
        TEST(test_initiate_in_time),
        TEST(test_initiate_without_waiting),
        TEST(test_initiate_what_is_not_there),
        TEST(test_client_goes_amid_initiate),
        TEST(test_initiate_holds_the_configuration),
        TEST(test_reload_is_answered_when_it_is_over),
        TEST(test_client_goes_amid_reload),
        TEST(test_adopt_is_answered_when_it_is_so),
        TEST(test_handover_of_what_is_not_here),
        TEST(test_client_goes_amid_handover),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
