/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/radius/session.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "shard/keep/persist.h"
#include "shard/radius/question.h"
#include "tests/unit/shard/fake_libike.h"

enum { START = 1, STOP = 2, INTERIM = 3 };
enum { CAUSE_SESSION_TIMEOUT = 5, CAUSE_ADMIN_RESET = 6, CAUSE_NAS_REBOOT = 11 };

static const char conf[] =
    "ikehub { radius { accounting = yes\n servers { one { address = 192.0.2.9\n secret = s\n } }\n"
    " } }\n"
    "connections { clients { version = 1\n"
    "  local { auth = psk\n id = hub.example.org\n }\n  remote { auth = psk\n }\n"
    "  remote-user { auth = xauth-radius\n }\n"
    "  children { net { local_ts = 10.0.0.0/8\n } } } }\n"
    "secrets { ike { secret = \"for all\"\n } }\n";

/* What the control thread was asked to tell servers, the newest last. */
static struct {
    struct radius_question *told[8];
    size_t count;
} desk;

static void on_question(void *member, struct shard_letter *letter)
{
    (void)member;
    assert_true(desk.count < x4m_countof(desk.told));
    desk.told[desk.count++] = x4m_container(letter, struct radius_question, letter);
}

/* A shard and its control thread. */
struct scene {
    struct fixture *f;
    struct shard_post control;
};

static struct scene scene_new(void)
{
    struct scene scene = {fixture_new(conf), {0}};
    scene.f->shard.radius = on_question;
    assert_true(shard_post_init(&scene.control, scene.f->mail, 1, 2));
    return scene;
}

static void deliver(struct scene *scene)
{
    (void)shard_post_serve(&scene->f->shard.post, &scene->f->shard);
    (void)shard_post_serve(&scene->control, NULL);
}

static void forget_told(void)
{
    while (desk.count > 0)
        radius_question_free(desk.told[--desk.count]);
}

static void scene_free(struct scene *scene)
{
    shard_post_fini(&scene->control);
    fixture_free(scene->f);
    forget_told();
}

static struct shard_sa *client(struct scene *scene)
{
    struct shard_sa *sa = peer_begins(scene->f, "198.51.100.1");
    assert_true(peer_says(sa, "group.example.org"));
    peer_is(sa, "group.example.org");
    return sa;
}

static x4s_chunk text(const char *string)
{
    return (x4s_chunk){(const uint8_t *)string, strlen(string)};
}

static void let_in(struct shard_sa *sa)
{
    static const uint8_t classes[] = {RADIUS_CLASS, 4, 'a', 'b'};
    struct radius_verdict verdict = {
        .timeout_sec = 1000, .interim_sec = 60, .classes_len = sizeof(classes)};
    memcpy(verdict.classes, classes, sizeof(classes));
    assert_true(shard_session_new(sa, text("carol"), &verdict));
}

static void child_up(struct shard_sa *sa)
{
    struct shard_child child = {.sa = sa};
    shard_session_child_up(&child, true);
}

/* The attributes as a packet that can be looked into. */
static struct radius_packet packet_of(const struct radius_question *question)
{
    return (struct radius_packet){
        .data = question->data - RADIUS_HEADER,
        .len = question->request.attributes.len + RADIUS_HEADER,
    };
}

static uint32_t number(const struct radius_question *question, uint8_t type)
{
    const struct radius_packet packet = packet_of(question);
    uint32_t value = 0;
    assert_true(radius_find_number(&packet, type, &value));
    return value;
}

static void assert_text(const struct radius_question *question, uint8_t type, x4s_chunk expected)
{
    const struct radius_packet packet = packet_of(question);
    x4s_chunk value = {0};
    assert_true(radius_find(&packet, type, 0, &value));
    assert_int_equal(value.len, expected.len);
    assert_memory_equal(value.data, expected.data, expected.len);
}

static void assert_told(struct scene *scene, const uint32_t *statuses, size_t count)
{
    deliver(scene);
    assert_int_equal(desk.count, count);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(number(desk.told[i], RADIUS_ACCT_STATUS_TYPE), statuses[i]);
}

/* -------------------------------------------------------------------------- in one process */

static void test_from_begin_to_end(void **state)
{
    (void)state;
    struct scene scene = scene_new();
    struct shard_sa *sa = client(&scene);
    let_in(sa);
    child_up(sa);
    child_up(sa);
    assert_told(&scene, (const uint32_t[]){START}, 1);
    fixture_pass(scene.f, 60000);
    assert_told(&scene, (const uint32_t[]){START, INTERIM}, 2);
    assert_int_equal(number(desk.told[1], RADIUS_ACCT_SESSION_TIME), 60);
    shard_sa_end(sa, SHARD_END_on_request, true);
    assert_told(&scene, (const uint32_t[]){START, INTERIM, STOP}, 3);
    assert_int_equal(number(desk.told[2], RADIUS_ACCT_TERMINATE_CAUSE), CAUSE_ADMIN_RESET);
    scene_free(&scene);
}

/* A server that has let in whoever has no child then hears of nothing. */
static void test_without_children_nothing_is_told(void **state)
{
    (void)state;
    struct scene scene = scene_new();
    struct shard_sa *sa = client(&scene);
    let_in(sa);
    shard_sa_end(sa, SHARD_END_shut_down, true);
    assert_told(&scene, NULL, 0);
    scene_free(&scene);
}

static void test_the_time_is_over(void **state)
{
    (void)state;
    struct scene scene = scene_new();
    struct shard_sa *sa = client(&scene);
    let_in(sa);
    child_up(sa);
    for (int i = 0; i < 100; i++) {
        forget_told();
        fixture_pass(scene.f, 10000);
        deliver(&scene);
    }
    assert_true(desk.count > 0);
    const struct radius_question *last = desk.told[desk.count - 1];
    assert_int_equal(number(last, RADIUS_ACCT_STATUS_TYPE), STOP);
    assert_int_equal(number(last, RADIUS_ACCT_TERMINATE_CAUSE), CAUSE_SESSION_TIMEOUT);
    scene_free(&scene);
}

/* -------------------------------------------------------------------------- gone on with */

/* A copy of what points into the session. */
struct kept {
    struct store_session record;
    uint8_t user[STORE_SESSION_USER_MAX];
    uint8_t classes[STORE_SESSION_CLASSES_MAX];
};

static void keep(const struct shard_sa *sa, struct kept *kept)
{
    struct store_session *record = &kept->record;
    shard_session_keep(sa, record);
    memcpy(kept->user, record->user.data, record->user.len);
    memcpy(kept->classes, record->classes.data, record->classes.len);
    record->user.data = kept->user;
    record->classes.data = kept->classes;
}

/* An SA that another process had, 100 seconds after its first child. */
static struct shard_sa *resumed(struct scene *scene, struct kept *kept, bool started)
{
    struct scene before = scene_new();
    struct shard_sa *old = client(&before);
    let_in(old);
    if (started)
        child_up(old);
    keep(old, kept);
    assert_true(store_session_can_be(&kept->record));
    kept->record.began_at -= 100000;
    kept->record.ends_at -= 100000;
    scene_free(&before);
    *scene = scene_new();
    struct shard_sa *sa = client(scene);
    assert_true(shard_session_resume(sa, &kept->record));
    return sa;
}

static void test_who_goes_on_tells_no_beginning(void **state)
{
    (void)state;
    struct scene scene;
    struct kept kept;
    struct shard_sa *sa = resumed(&scene, &kept, true);
    char id[SHARD_SESSION_ID];
    snprintf(id, sizeof(id), "%08x-%08x", kept.record.salt, kept.record.number);
    child_up(sa);
    assert_told(&scene, NULL, 0);
    fixture_pass(scene.f, 60000);
    assert_told(&scene, (const uint32_t[]){INTERIM}, 1);
    assert_in_range(number(desk.told[0], RADIUS_ACCT_SESSION_TIME), 160, 200);
    shard_sa_end(sa, SHARD_END_shut_down, true);
    assert_told(&scene, (const uint32_t[]){INTERIM, STOP}, 2);
    for (size_t i = 0; i < desk.count; i++) {
        assert_text(desk.told[i], RADIUS_ACCT_SESSION_ID, text(id));
        assert_text(desk.told[i], RADIUS_USER_NAME, text("carol"));
        assert_text(desk.told[i], RADIUS_CLASS, text("ab"));
        assert_int_equal(number(desk.told[i], RADIUS_NAS_PORT), kept.record.number);
    }
    assert_int_equal(number(desk.told[1], RADIUS_ACCT_TERMINATE_CAUSE), CAUSE_NAS_REBOOT);
    scene_free(&scene);
}

static void test_what_was_not_begun_begins(void **state)
{
    (void)state;
    struct scene scene;
    struct kept kept;
    struct shard_sa *sa = resumed(&scene, &kept, false);
    child_up(sa);
    assert_told(&scene, (const uint32_t[]){START}, 1);
    scene_free(&scene);
}

static void test_its_time_goes_on(void **state)
{
    (void)state;
    struct scene scene;
    struct kept kept;
    struct shard_sa *sa = resumed(&scene, &kept, true);
    const x4_msec left = sa->session->ends_at - scene.f->shard.now;
    assert_in_range(left, 800000, 900000);
    sa->session->interim_sec = 0;
    fixture_pass(scene.f, left);
    assert_told(&scene, (const uint32_t[]){STOP}, 1);
    assert_int_equal(number(desk.told[0], RADIUS_ACCT_TERMINATE_CAUSE), CAUSE_SESSION_TIMEOUT);
    scene_free(&scene);
}

/* It was over while nobody had it. */
static void test_it_was_over_meanwhile(void **state)
{
    (void)state;
    struct scene scene = scene_new();
    struct shard_sa *sa = client(&scene);
    const struct store_session record = {
        .began_at = 1000,
        .ends_at = 2000,
        .started = true,
        .user = text("carol"),
    };
    assert_true(shard_session_resume(sa, &record));
    fixture_pass(scene.f, 1);
    assert_told(&scene, (const uint32_t[]){STOP}, 1);
    assert_int_equal(number(desk.told[0], RADIUS_ACCT_TERMINATE_CAUSE), CAUSE_SESSION_TIMEOUT);
    scene_free(&scene);
}

/* Whoever hands an SA over leaves the last word to the next. */
static void test_who_hands_over_is_silent(void **state)
{
    (void)state;
    struct scene scene = scene_new();
    struct shard_sa *sa = client(&scene);
    let_in(sa);
    child_up(sa);
    shard_sa_end(sa, SHARD_END_handed_over, false);
    assert_told(&scene, (const uint32_t[]){START}, 1);

    sa = client(&scene);
    let_in(sa);
    child_up(sa);
    scene.f->shard.kernel_leaves = true;
    shard_sa_end(sa, SHARD_END_LIBIKE, false);
    assert_told(&scene, (const uint32_t[]){START, START}, 2);
    scene_free(&scene);
}

static void test_without_session_the_record_has_none(void **state)
{
    (void)state;
    struct scene scene = scene_new();
    struct shard_sa *sa = client(&scene);
    struct store_session record;
    shard_session_keep(sa, &record);
    assert_true(record.began_at == 0);
    assert_true(shard_session_resume(sa, &record));
    assert_null(sa->session);
    scene_free(&scene);
}

/* -------------------------------------------------------------------------- what servers want */

static uint32_t obey(struct scene *scene, const char *id, bool end)
{
    struct shard_session_order order = {.end = end, .has_timeout = true, .timeout_sec = 5};
    snprintf(order.session, sizeof(order.session), "%s", id);
    shard_session_obey(&scene->f->shard, &order);
    return order.done;
}

static void test_a_session_is_found_by_its_first_name(void **state)
{
    (void)state;
    static const char *const others[] = {"", "-", "x", "00000000-00000000", "0000000000000000"};
    struct scene scene;
    struct kept kept;
    struct shard_sa *sa = resumed(&scene, &kept, true);
    char id[SHARD_SESSION_ID];
    snprintf(id, sizeof(id), "%08x-%08x", kept.record.salt, kept.record.number);
    for (size_t i = 0; i < x4m_countof(others); i++)
        assert_int_equal(obey(&scene, others[i], true), 0);
    assert_int_equal(obey(&scene, id, false), 1);
    assert_true(sa->session->ends_at == scene.f->shard.now + 5000);
    assert_int_equal(obey(&scene, id, true), 1);
    assert_int_equal(obey(&scene, id, true), 0);
    assert_told(&scene, (const uint32_t[]){STOP}, 1);
    scene_free(&scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_from_begin_to_end),
        cmocka_unit_test(test_without_children_nothing_is_told),
        cmocka_unit_test(test_the_time_is_over),
        cmocka_unit_test(test_who_goes_on_tells_no_beginning),
        cmocka_unit_test(test_what_was_not_begun_begins),
        cmocka_unit_test(test_its_time_goes_on),
        cmocka_unit_test(test_it_was_over_meanwhile),
        cmocka_unit_test(test_who_hands_over_is_silent),
        cmocka_unit_test(test_without_session_the_record_has_none),
        cmocka_unit_test(test_a_session_is_found_by_its_first_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
