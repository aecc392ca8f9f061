/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/control/client.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "shard/listing.h"
#include "tests/unit/shard/fake_hub.h"
#include "tests/unit/shard/fake_libike.h"

static const char conf[] =
    "connections { site { version = 1\n remote_addrs = %any\n proposals = aes128-sha256-modp2048\n"
    "  local { auth = psk\n id = hub.example.org\n }\n remote { auth = psk\n }\n"
    "  children { net { local_ts = 10.0.0.0/8\n remote_ts = 10.1.0.0/16\n"
    "   esp_proposals = aes128-sha256\n } } } }\n"
    "secrets { ike { secret = abc\n } }\n";

/* Two shards with SAs, and a client that wants to see them. */
struct scene {
    struct hub *hub;
    struct control *control;
    struct fake_client client;
    struct fixture *shards[2];
};

static int set_up(void **state)
{
    struct scene *scene = calloc(1, sizeof(*scene));
    scene->hub = fake_hub_new();
    scene->hub->shard_count = 2;
    for (uint32_t i = 0; i < 2; i++) {
        scene->shards[i] = fixture_new(conf);
        shard_roll_fini(&scene->shards[i]->shard.roll);
        assert_true(shard_roll_init(&scene->shards[i]->shard.roll, i, 2));
        scene->hub->shards[i] = &scene->shards[i]->shard;
    }
    scene->control = fake_control_new(scene->hub);
    scene->client = fake_client_new(scene->control);
    fake_client_say(&scene->client, VICI_EVENT_REGISTER, "list-sa", NULL, NULL);
    fake_hub_run(scene->hub);
    assert_true(fake_client_next(&scene->client));
    assert_int_equal(scene->client.packet.type, VICI_EVENT_CONFIRM);
    *state = scene;
    return 0;
}

static int tear_down(void **state)
{
    struct scene *scene = *state;
    control_close(scene->control);
    fake_client_close(&scene->client);
    fake_hub_free(scene->hub);
    for (uint32_t i = 0; i < 2; i++)
        fixture_free(scene->shards[i]);
    free(scene);
    return 0;
}

static void set_up_peers(const struct scene *scene, uint32_t shard, int count)
{
    for (int i = 0; i < count; i++)
        peer_child(peer_up(scene->shards[shard], "198.51.100.1", "a.example.org"), 7);
}

/* The events until the response; all that is to come has come. */
static int count_events(struct scene *scene)
{
    int count = 0;
    for (;; count++) {
        fake_hub_run(scene->hub);
        assert_true(fake_client_next(&scene->client));
        if (scene->client.packet.type != VICI_EVENT)
            break;
        assert_true(vici_is(scene->client.packet.name, "list-sa"));
    }
    assert_int_equal(scene->client.packet.type, VICI_CMD_RESPONSE);
    return count;
}

static int list(struct scene *scene, const char *key, const char *value)
{
    fake_client_say(&scene->client, VICI_CMD_REQUEST, "list-sas", key, value);
    return count_events(scene);
}

static void test_all_shards_are_listed(void **state)
{
    struct scene *scene = *state;
    assert_int_equal(list(scene, NULL, NULL), 0);
    set_up_peers(scene, 0, 100);
    set_up_peers(scene, 1, 33);
    assert_int_equal(list(scene, NULL, NULL), 133);
}

static void test_number_goes_to_its_shard(void **state)
{
    struct scene *scene = *state;
    set_up_peers(scene, 0, 2);
    set_up_peers(scene, 1, 2);
    fake_client_say(&scene->client, VICI_CMD_REQUEST, "list-sas", "ike-id", "4");
    fake_hub_look(scene->hub);
    assert_int_equal(scene->hub->question_count, 1);
    assert_int_equal(scene->hub->questions[0]->shard, 1);
    assert_int_equal(count_events(scene), 1);
    assert_int_equal(list(scene, "ike-id", "5"), 0);
    assert_int_equal(list(scene, "ike", "site"), 4);
    assert_int_equal(list(scene, "ike", "sit"), 0);
}

static void test_bad_arguments_are_refused(void **state)
{
    struct scene *scene = *state;
    x4s_chunk value;
    set_up_peers(scene, 0, 1);
    assert_int_equal(list(scene, "ike-id", "-2147483649"), 0);
    assert_true(vici_find(scene->client.packet.message, "errmsg", &value));
    assert_int_equal(list(scene, "ike-id", "0"), 0);
    assert_true(vici_find(scene->client.packet.message, "errmsg", &value));
    assert_int_equal(list(scene, "ike-id", "4294967296"), 0);
    assert_true(vici_find(scene->client.packet.message, "errmsg", &value));
}

static void test_who_did_not_register_gets_no_events(void **state)
{
    struct scene *scene = *state;
    set_up_peers(scene, 0, 1);
    fake_client_say(&scene->client, VICI_EVENT_UNREGISTER, "list-sa", NULL, NULL);
    fake_hub_run(scene->hub);
    assert_true(fake_client_next(&scene->client));
    assert_int_equal(list(scene, NULL, NULL), 0);
}

static const struct control_client *first_client(const struct scene *scene)
{
    return x4m_container(scene->control->clients.next, struct control_client, of_control);
}

/* Nothing is asked of the shards beyond what the client has room for. */
static void test_slow_reader_slows_the_listing(void **state)
{
    struct scene *scene = *state;
    set_up_peers(scene, 0, 3000);
    fake_client_say(&scene->client, VICI_CMD_REQUEST, "list-sas", NULL, NULL);
    fake_hub_run(scene->hub);
    const size_t pending = vici_output_pending(&first_client(scene)->output);
    assert_true(pending >= CONTROL_OUTPUT_ROOM);
    assert_true(pending < 2 * CONTROL_OUTPUT_ROOM);
    assert_int_equal(scene->hub->question_count, 0);
    assert_int_equal(count_events(scene), 3000);
}

static void test_others_are_served_meanwhile(void **state)
{
    struct scene *scene = *state;
    struct fake_client other = fake_client_new(scene->control);
    set_up_peers(scene, 0, 3000);
    fake_client_say(&scene->client, VICI_CMD_REQUEST, "list-sas", NULL, NULL);
    fake_hub_run(scene->hub);
    fake_client_say(&other, VICI_CMD_REQUEST, "version", NULL, NULL);
    fake_hub_run(scene->hub);
    assert_true(fake_client_next(&other));
    assert_int_equal(other.packet.type, VICI_CMD_RESPONSE);
    fake_client_close(&other);
}

static void test_client_goes_while_the_listing_waits_for_it(void **state)
{
    struct scene *scene = *state;
    set_up_peers(scene, 0, 3000);
    fake_client_say(&scene->client, VICI_CMD_REQUEST, "list-sas", NULL, NULL);
    fake_hub_run(scene->hub);
    fake_client_close(&scene->client);
    fake_hub_run(scene->hub);
    assert_int_equal(scene->control->client_count, 0);
    assert_true(x4_list_empty(&scene->control->commands));
    assert_int_equal(count_list(&scene->shards[0]->shard.roll.entries), 3000);
}

static void test_client_goes_while_a_shard_is_asked(void **state)
{
    struct scene *scene = *state;
    set_up_peers(scene, 0, 100);
    fake_client_say(&scene->client, VICI_CMD_REQUEST, "list-sas", NULL, NULL);
    fake_hub_look(scene->hub);
    assert_int_equal(scene->hub->question_count, 1);
    fake_client_close(&scene->client);
    fake_hub_look(scene->hub);
    assert_int_equal(scene->control->client_count, 0);
    assert_false(x4_list_empty(&scene->control->commands));
    fake_hub_run(scene->hub);
    assert_true(x4_list_empty(&scene->control->commands));
    assert_int_equal(count_list(&scene->shards[0]->shard.roll.entries), 100);
}

static void test_stuck_client_is_dropped_with_its_listing(void **state)
{
    struct scene *scene = *state;
    set_up_peers(scene, 0, 3000);
    fake_client_say(&scene->client, VICI_CMD_REQUEST, "list-sas", NULL, NULL);
    fake_hub_run(scene->hub);
    fake_hub_pass(scene->hub, CONTROL_STUCK_MS);
    fake_hub_run(scene->hub);
    assert_int_equal(scene->control->client_count, 0);
    assert_int_equal(count_list(&scene->shards[0]->shard.roll.entries), 3000);
}

static void test_stats_adds_up(void **state)
{
    struct scene *scene = *state;
    x4s_chunk message;
    scene->shards[0]->shard.stats.phase1 = 3;
    scene->shards[1]->shard.stats.phase1 = 4;
    fake_client_say(&scene->client, VICI_CMD_REQUEST, "stats", NULL, NULL);
    fake_hub_run(scene->hub);
    assert_true(fake_client_next(&scene->client));
    message = scene->client.packet.message;
    struct vici_reader reader = vici_reader(message);
    struct vici_element element;
    bool in_ikesas = false;
    while (vici_read(&reader, &element)) {
        if (element.type == VICI_SECTION_START)
            in_ikesas = vici_is(element.name, "ikesas");
        if (in_ikesas && vici_is(element.name, "total"))
            assert_true(vici_is(element.value, "7"));
    }
}

/* The control thread ends while shards are asked: nothing is left, the sanitizers say. */
static void test_end_while_a_shard_is_asked(void **state)
{
    struct scene *scene = *state;
    fake_client_say(&scene->client, VICI_CMD_REQUEST, "stats", NULL, NULL);
    fake_hub_look(scene->hub);
    assert_int_equal(scene->hub->question_count, 2);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_all_shards_are_listed),
        TEST(test_number_goes_to_its_shard),
        TEST(test_bad_arguments_are_refused),
        TEST(test_who_did_not_register_gets_no_events),
        TEST(test_slow_reader_slows_the_listing),
        TEST(test_others_are_served_meanwhile),
        TEST(test_client_goes_while_the_listing_waits_for_it),
        TEST(test_client_goes_while_a_shard_is_asked),
        TEST(test_stuck_client_is_dropped_with_its_listing),
        TEST(test_stats_adds_up),
        TEST(test_end_while_a_shard_is_asked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
