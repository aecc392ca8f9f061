/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/keep/depart.h"

#include "tests/unit/keep/sides.h"

/* A tunnel between two shards, of which the responder gives its estate up. */

enum { CONTROL = 1, MEMBERS };

/* What the control thread was told last. */
struct told {
    int letters;
    uint32_t round;
};

static void on_done(void *member, struct shard_letter *letter)
{
    struct told *told = member;
    told->letters++;
    told->round = x4m_container(letter, struct shard_departed, letter)->round;
    free(letter);
}

struct scene {
    struct side *hub;
    struct side *spoke;
    struct shard_post control;
    struct told told;
};

static int setup(void **state)
{
    struct scene *scene = calloc(1, sizeof(*scene));
    memory_store_reset();
    scene->hub = new_side();
    scene->spoke = new_side();
    scene->spoke->silent = true;
    meet("event=ph2-up", "event=ph2-up", scene->hub, scene->spoke);
    assert_true(shard_post_init(&scene->control, scene->hub->mail, CONTROL, MEMBERS));
    *state = scene;
    return 0;
}

static int teardown(void **state)
{
    struct scene *scene = *state;
    shard_post_fini(&scene->control);
    close_side(scene->spoke);
    close_side(scene->hub);
    free(scene->spoke);
    free(scene->hub);
    free(scene);
    return 0;
}

static void hear(struct scene *scene, int letters, uint32_t round)
{
    (void)shard_post_serve(&scene->hub->shard->post, scene->hub->shard);
    (void)shard_post_serve(&scene->control, &scene->told);
    assert_int_equal(scene->told.letters, letters);
    assert_int_equal(scene->told.round, round);
}

/* What waits is given to the store, and done. */
static void write_all(struct shard *shard)
{
    shard->now += STORE_GATHER_MS;
    (void)shard_persist_serve(shard);
    (void)shard_persist_serve(shard);
    assert_true(shard_persist_is_written(shard, 0));
}

/* Its records stay, and its SAs go. */
static void test_leaves(void **state)
{
    struct scene *scene = *state;
    struct shard *shard = scene->hub->shard;
    write_all(shard);
    shard_depart_begin(shard, 0, 7, on_done);
    hear(scene, 1, 7);
    assert_int_equal(shard->estates.of[0].state, SHARD_ESTATE_AWAY);
    assert_int_equal(shard->roll.count, 1);
    shard_depart_end(shard, 0, 8, true, on_done);
    hear(scene, 2, 8);
    assert_int_equal(shard->roll.count, 0);
    assert_false(shard_persist_owns(shard, 0));
    (void)shard_persist_serve(shard);
    assert_int_equal(memory_store_count(), 2);
}

static void test_waits_until_all_is_written(void **state)
{
    struct scene *scene = *state;
    struct shard *shard = scene->hub->shard;
    const struct shard_record record = {store_name_child(77), 0, 3};
    write_all(shard);
    memory_store.late = true;
    shard_persist_erase(shard, &record);
    shard_depart_begin(shard, 0, 1, on_done);
    hear(scene, 0, 0);
    shard_depart_cancel(shard, 0);
    assert_int_equal(shard->estates.of[0].state, SHARD_ESTATE_SERVED);
    memory_store.late = false;
    write_all(shard);
    shard_depart_begin(shard, 0, 2, on_done);
    hear(scene, 1, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_leaves, setup, teardown),
        cmocka_unit_test_setup_teardown(test_waits_until_all_is_written, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
