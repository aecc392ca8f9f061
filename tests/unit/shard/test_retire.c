/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/retire.h"

#include "shard/config/numbers.h"
#include "shard/snapshot.h"
#include "tests/unit/shard/live_hub.h"

static bool has_freed(struct live *live, const char *number)
{
    char line[64];
    snprintf(line, sizeof(line), "event=configuration-freed number=%s\n", number);
    return strstr(live_log(live), line) != NULL;
}

static bool first_is_gone(struct live *live)
{
    return has_freed(live, "1");
}

static void test_what_nobody_uses_goes(void **state)
{
    struct live *live = *state;
    live_reload(live);
    live_run(live, first_is_gone);
    assert_int_equal(hub_retire_count(live->hub), 1);
}

/* Two surveys and more have gone by for the second, and the first is still held. */
static bool second_is_gone(struct live *live)
{
    if (live->done == 1 && hub_retire_count(live->hub) == 2)
        live_reload(live);
    return has_freed(live, "2");
}

static void test_what_is_held_stays(void **state)
{
    struct live *live = *state;
    const struct hub_config *first = hub_config_now(live->hub);
    hub_config_hold(live->hub, first);
    live_reload(live);
    live_run(live, second_is_gone);
    assert_false(has_freed(live, "1"));
    assert_string_equal(first->connections[0].name, "first");
    assert_int_equal(hub_retire_count(live->hub), 2);
    hub_config_let_go(live->hub, first);
}

/* A use that one shard takes and another drops, as a letter does it. */
static void take_use(struct shard *shard, struct hub_question *question)
{
    (void)question;
    shard_use(shard, shard->config);
}

struct dropping {
    struct hub_question question;
    const struct hub_config *config;
};

static void drop_use(struct shard *shard, struct hub_question *question)
{
    shard_unuse(shard, x4m_container(question, struct dropping, question)->config);
}

static void ignore(struct hub *hub, struct hub_question *question)
{
    (void)hub;
    (void)question;
}

static const struct hub_config *in_use;

/* The third is gone, and with it two surveys in which the first was in use. */
static bool use_is_over(struct live *live)
{
    if (in_use && has_freed(live, "2")) {
        assert_false(has_freed(live, "1"));
        struct dropping *dropping = calloc(1, sizeof(*dropping));
        dropping->question.ask = drop_use;
        dropping->question.answered = ignore;
        dropping->config = in_use;
        in_use = NULL;
        hub_ask(live->hub, 2, &dropping->question);
    }
    return second_is_gone(live) && has_freed(live, "1");
}

static void test_a_use_that_goes_from_shard_to_shard(void **state)
{
    struct live *live = *state;
    struct hub_question *taking = calloc(1, sizeof(*taking));
    taking->ask = take_use;
    taking->answered = ignore;
    in_use = hub_config_now(live->hub);
    hub_ask(live->hub, 0, taking);
    live_reload(live);
    live_run(live, use_is_over);
    assert_int_equal(hub_retire_count(live->hub), 1);
}

/* As many as there are slots for, each of them held. */
static bool is_full(struct live *live)
{
    static int seen;
    if (live->done == seen)
        return false;
    seen = live->done;
    if (*live->error)
        return true;
    hub_config_hold(live->hub, hub_config_now(live->hub));
    live_reload(live);
    return false;
}

static void test_too_many(void **state)
{
    struct live *live = *state;
    hub_config_hold(live->hub, hub_config_now(live->hub));
    live_reload(live);
    live_run(live, is_full);
    assert_int_equal(live->done, HUB_SNAPSHOTS_MAX);
    assert_string_equal(live->error, "SAs use 255 configurations of before: end some, or wait");
    assert_int_equal(hub_retire_count(live->hub), HUB_SNAPSHOTS_MAX);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, live_setup, live_teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_what_nobody_uses_goes),
        TEST(test_what_is_held_stays),
        TEST(test_a_use_that_goes_from_shard_to_shard),
        TEST(test_too_many),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
