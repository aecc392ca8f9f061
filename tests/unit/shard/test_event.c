/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/event.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "tests/unit/shard/fake_libike.h"

#define PEER  "198.51.100.1"
#define OTHER "198.51.100.2"
#define NAME  "a.example.org"

static const char conf[] =
    "connections { hub { version = 1\n local_addrs = 192.0.2.1\n remote_addrs = " PEER ", %any\n"
    "  proposals = aes128-sha256-modp2048\n rand_time = 0\n"
    "  local { auth = psk\n id = hub.example.org\n }\n remote { auth = psk\n }\n"
    "  children { net { local_ts = 10.0.0.0/8\n remote_ts = 10.1.0.0/16\n"
    "   esp_proposals = aes128-sha256\n } } } }\n"
    "secrets { ike { secret = abc\n } }\n";

/* -------------------------------------------------------------------------- who is told */

enum { TOLD_MAX = RING_MAIL_QUEUE };

/* The control thread's end, and the letters that it got. */
struct scene {
    struct fixture *f;
    struct shard_post control;
    struct shard_watcher watcher;
    struct shard_event *told[TOLD_MAX];
    size_t count;
};

static void keep(void *member, struct shard_letter *letter)
{
    struct scene *scene = member;
    struct shard_event *event = x4m_container(letter, struct shard_event, letter);
    assert_ptr_equal(event->watcher, scene);
    assert_true(scene->count < TOLD_MAX);
    scene->told[scene->count++] = event;
}

static void forget(struct scene *scene)
{
    while (scene->count)
        shard_event_free(scene->told[--scene->count]);
}

/* How many events came since it was asked last. */
static size_t told(struct scene *scene)
{
    forget(scene);
    while (shard_post_serve(&scene->control, scene) == 0)
        ;
    return scene->count;
}

static void watch(struct scene *scene, uint32_t kinds)
{
    scene->watcher.kinds = kinds;
    scene->watcher.deliver = keep;
    scene->watcher.watcher = scene;
    shard_event_watch(&scene->f->shard, &scene->watcher);
}

static int set_up(void **state)
{
    struct scene *scene = calloc(1, sizeof(*scene));
    scene->f = fixture_new(conf);
    assert_true(shard_post_init(&scene->control, scene->f->mail, 1, 2));
    *state = scene;
    return 0;
}

static int tear_down(void **state)
{
    struct scene *scene = *state;
    watch(scene, 0);
    told(scene);
    forget(scene);
    shard_post_fini(&scene->control);
    fixture_free(scene->f);
    free(scene);
    return 0;
}

static const uint32_t all_sas = x4m_bit(SHARD_EVENT_IKE_UPDOWN) | x4m_bit(SHARD_EVENT_IKE_REKEY) |
                                x4m_bit(SHARD_EVENT_IKE_UPDATE) |
                                x4m_bit(SHARD_EVENT_CHILD_UPDOWN) |
                                x4m_bit(SHARD_EVENT_CHILD_REKEY);

static void told_one(struct scene *scene, enum shard_event_kind kind, bool up)
{
    assert_int_equal(told(scene), 1);
    assert_int_equal(scene->told[0]->kind, kind);
    assert_int_equal(scene->told[0]->up, up);
}

/* -------------------------------------------------------------------------- SAs */

static void test_nothing_is_told_to_nobody(void **state)
{
    struct scene *scene = *state;
    peer_child(peer_up(scene->f, PEER, NAME), 1);
    assert_int_equal(told(scene), 0);
}

static void test_only_what_is_wanted_is_told(void **state)
{
    struct scene *scene = *state;
    watch(scene, x4m_bit(SHARD_EVENT_CHILD_UPDOWN));
    struct shard_sa *sa = peer_up(scene->f, PEER, NAME);
    peer_child(sa, 1);
    told_one(scene, SHARD_EVENT_CHILD_UPDOWN, true);
}

static void test_sa_comes_and_goes(void **state)
{
    struct scene *scene = *state;
    watch(scene, all_sas);
    struct shard_sa *sa = peer_up(scene->f, PEER, NAME);
    told_one(scene, SHARD_EVENT_IKE_UPDOWN, true);
    const struct shard_sa_record *record = scene->told[0]->sa;
    assert_string_equal(record->connection, "hub");
    assert_int_equal(record->child_count, 0);
    assert_memory_equal(record->remote_id.data.data, NAME, strlen(NAME));
    assert_null(scene->told[0]->old);
    shard_sa_end(sa, SHARD_END_on_request, btrue);
    told_one(scene, SHARD_EVENT_IKE_UPDOWN, false);
}

static void test_exchange_that_fails_is_not_told(void **state)
{
    struct scene *scene = *state;
    watch(scene, all_sas);
    shard_sa_end(peer_begins(scene->f, PEER), SHARD_END_on_request, btrue);
    assert_int_equal(told(scene), 0);
}

static void test_child_comes_and_goes(void **state)
{
    struct scene *scene = *state;
    struct shard_sa *sa = peer_up(scene->f, PEER, NAME);
    peer_child(sa, 1);
    watch(scene, all_sas);
    struct shard_child *child = peer_child(sa, 2);
    assert_true(told(scene) >= 1);
    const struct shard_sa_record *record = scene->told[0]->sa;
    assert_int_equal(record->child_count, 1); /* the other one is not told of */
    assert_int_equal(record->children[0].spi_out, 2);
    shard_child_end(child, SHARD_END_on_request, btrue);
    told_one(scene, SHARD_EVENT_CHILD_UPDOWN, false);
    assert_int_equal(scene->told[0]->sa->children[0].spi_out, 2);
}

static void test_moved(void **state)
{
    struct scene *scene = *state;
    struct shard_sa *sa = peer_up(scene->f, PEER, NAME);
    watch(scene, all_sas);
    const x4s_net_link link = {.local = an_addr("192.0.2.1", 500), .remote = an_addr(OTHER, 4501)};
    shard_calls1.moved(sa, &link);
    told_one(scene, SHARD_EVENT_IKE_UPDATE, true);
    assert_int_equal(scene->told[0]->sa->link.remote.port, 4501);
}

static void test_child_in_the_place_of_another(void **state)
{
    struct scene *scene = *state;
    struct shard_sa *sa = peer_up(scene->f, PEER, NAME);
    struct shard_child *old = peer_child(sa, 1);
    watch(scene, all_sas);
    old->role = x4c_ike_initiator;
    shard_calls2.aging(old);
    child_completes(x4m_container(sa->children.prev, struct shard_child, of_sa), 2);
    told_one(scene, SHARD_EVENT_CHILD_REKEY, true);
    assert_int_equal(scene->told[0]->old->children[0].spi_out, 1);
    assert_int_equal(scene->told[0]->sa->children[0].spi_out, 2);
    fixture_pass(scene->f, 60000);
    assert_int_equal(count_list(&sa->children), 1);
    assert_int_equal(told(scene), 0); /* the old one goes without a word */
}

static void test_sa_in_the_place_of_another(void **state)
{
    struct scene *scene = *state;
    struct shard_sa *old = peer_up(scene->f, PEER, NAME);
    struct shard_sa *sa = peer_up(scene->f, OTHER, "b.example.org");
    watch(scene, all_sas);
    shard_event_up1(sa, old);
    told_one(scene, SHARD_EVENT_IKE_REKEY, true);
    assert_int_equal(scene->told[0]->old->number, old->enrolled.number);
    assert_int_equal(scene->told[0]->sa->number, sa->enrolled.number);
}

static void test_events_are_lost_where_the_reader_is_behind(void **state)
{
    struct scene *scene = *state;
    struct shard_sa *sa = peer_up(scene->f, PEER, NAME);
    watch(scene, all_sas);
    for (size_t i = 0; i < RING_MAIL_QUEUE + 3; i++)
        shard_event_moved1(sa);
    assert_int_equal(scene->f->shard.counters.events_lost, 3);
    assert_int_equal(told(scene), RING_MAIL_QUEUE);
    shard_event_moved1(sa);
    assert_int_equal(told(scene), 1);
}

/* -------------------------------------------------------------------------- lines */

static void log_peer(struct scene *scene, x4e_trace_level level, const char *key, const char *who,
                     const char *peer)
{
    struct hub_log *log = &scene->f->shard.log;
    if (!hub_log_begin(log, level, "test"))
        return;
    hub_log_text(log, key, who);
    if (peer)
        hub_log_text(log, "peer", peer);
    hub_log_end(log);
}

/* An event of libike's, about a message or about an exchange. */
static void trace_about(struct scene *scene, const char *peer, const uint8_t cookie[8])
{
    x4s_trace_field field = {.key = "peer", .kind = x4c_trace_text, .text = peer};
    if (cookie)
        field = (x4s_trace_field){.key = "icookie", .kind = x4c_trace_bytes, .bytes = {cookie, 8}};
    const x4s_trace_event event = {x4c_trace_debug, "state", &field, 1};
    hub_log_trace(&scene->f->shard.log, &event, scene->f->shard.now);
}

static void test_lines_of_the_log(void **state)
{
    struct scene *scene = *state;
    watch(scene, x4m_bit(SHARD_EVENT_LOG));
    log_peer(scene, x4c_trace_notice, "remote_id", NAME, NULL);
    told_one(scene, SHARD_EVENT_LOG, false);
    char line[256] = {0};
    memcpy(line, scene->told[0]->line, x4m_min(scene->told[0]->len, sizeof(line) - 1));
    assert_non_null(strstr(line, " level=notice event=test remote_id=" NAME "\n"));
    assert_false(scene->told[0]->deep);
    log_peer(scene, x4c_trace_debug, "remote_id", NAME, NULL);
    assert_int_equal(told(scene), 0);
    watch(scene, 0);
    log_peer(scene, x4c_trace_notice, "remote_id", NAME, NULL);
    assert_int_equal(told(scene), 0);
}

/* Of that peer all levels are told, of others those of the log; and the log stays as it is. */
static void test_trace_by_address(void **state)
{
    static const struct {
        const char *host;
        const char *peer;
        bool about;
    } rows[] = {
        {PEER, PEER ":500", true},
        {PEER, PEER ":4500", true},
        {PEER, OTHER ":500", false},
        {PEER, "198.51.100.11:500", false},
        {"2001:db8::1", "[2001:db8::1]:500", true},
        {"2001:db8::1", "[2001:db8::2]:500", false},
        {PEER, "[2001:db8::1]:500", false},
        {PEER, "", false},
        {PEER, "[", false},
    };
    struct scene *scene = *state;
    for (size_t i = 0; i < x4m_countof(rows); i++) {
        assert_true(x4_net_addr_parse(rows[i].host, &scene->watcher.traces[1].host));
        watch(scene, x4m_bit(SHARD_EVENT_LOG));
        log_peer(scene, x4c_trace_debug, "user", "x", rows[i].peer);
        assert_int_equal(told(scene), rows[i].about);
        if (rows[i].about)
            assert_int_equal(scene->told[0]->traces, x4m_bit(1));
        trace_about(scene, rows[i].peer, NULL);
        assert_int_equal(told(scene), rows[i].about);
    }
    assert_null(strstr(fixture_log(scene->f), "level=debug"));
}

static void test_trace_by_identity(void **state)
{
    static const struct {
        const char *key;
        const char *value;
        bool about;
    } rows[] = {
        {"remote_id", "C=CH, CN=a", true},
        {"user", "C=CH, CN=a", true},
        {"owner", "C=CH, CN=a", true},
        {"local_id", "C=CH, CN=a", false},
        {"remote_id", "C=CH, CN=ab", false},
        {"remote_id", "C=CH, CN=", false},
        {"remote_id", "", false},
    };
    struct scene *scene = *state;
    strcpy(scene->watcher.traces[0].id, "C=CH, CN=a");
    for (size_t i = 0; i < x4m_countof(rows); i++) {
        watch(scene, x4m_bit(SHARD_EVENT_LOG));
        log_peer(scene, x4c_trace_debug, rows[i].key, rows[i].value, NULL);
        assert_int_equal(told(scene), rows[i].about);
    }
}

/* Whoever is known by identity is looked for by address from then on. */
static void test_trace_learns_the_address(void **state)
{
    struct scene *scene = *state;
    strcpy(scene->watcher.traces[0].id, NAME);
    watch(scene, x4m_bit(SHARD_EVENT_LOG));
    log_peer(scene, x4c_trace_debug, "text", "x", PEER ":500");
    assert_int_equal(told(scene), 0);
    log_peer(scene, x4c_trace_debug, "remote_id", NAME, PEER ":500");
    assert_int_equal(told(scene), 1);
    log_peer(scene, x4c_trace_debug, "text", "x", PEER ":4500");
    assert_int_equal(told(scene), 1);
}

/* What libike does is told by the cookies of datagrams that came from there. */
static void test_trace_learns_cookies(void **state)
{
    static const uint8_t cookie[8] = "cookie-1";
    static const uint8_t other[8] = "cookie-2";
    const x4s_net_link link = {.remote = an_addr(PEER, 4500)};
    const x4s_net_link elsewhere = {.remote = an_addr(OTHER, 500)};
    struct scene *scene = *state;
    assert_true(x4_net_addr_parse(PEER, &scene->watcher.traces[0].host));
    watch(scene, x4m_bit(SHARD_EVENT_LOG));
    shard_event_datagram(&scene->f->shard, &link, cookie, 7); /* too short for one */
    trace_about(scene, NULL, cookie);
    assert_int_equal(told(scene), 0);
    shard_event_datagram(&scene->f->shard, &link, cookie, sizeof(cookie));
    shard_event_datagram(&scene->f->shard, &elsewhere, other, sizeof(other));
    trace_about(scene, NULL, cookie);
    assert_int_equal(told(scene), 1);
    assert_true(scene->told[0]->deep);
    trace_about(scene, NULL, other);
    assert_int_equal(told(scene), 0);
}

static void test_trace_remembers_the_latest_cookies(void **state)
{
    uint8_t cookie[8] = {0};
    const x4s_net_link link = {.remote = an_addr(PEER, 500)};
    struct scene *scene = *state;
    assert_true(x4_net_addr_parse(PEER, &scene->watcher.traces[0].host));
    watch(scene, x4m_bit(SHARD_EVENT_LOG));
    for (uint8_t i = 0; i <= SHARD_TRACE_COOKIES; i++) {
        cookie[0] = i;
        shard_event_datagram(&scene->f->shard, &link, cookie, sizeof(cookie));
        shard_event_datagram(&scene->f->shard, &link, cookie, sizeof(cookie));
    }
    for (uint8_t i = 0; i <= SHARD_TRACE_COOKIES; i++) {
        cookie[0] = i;
        trace_about(scene, NULL, cookie);
        assert_int_equal(told(scene), i > 0);
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_nothing_is_told_to_nobody),
        TEST(test_only_what_is_wanted_is_told),
        TEST(test_sa_comes_and_goes),
        TEST(test_exchange_that_fails_is_not_told),
        TEST(test_child_comes_and_goes),
        TEST(test_moved),
        TEST(test_child_in_the_place_of_another),
        TEST(test_sa_in_the_place_of_another),
        TEST(test_events_are_lost_where_the_reader_is_behind),
        TEST(test_lines_of_the_log),
        TEST(test_trace_by_address),
        TEST(test_trace_by_identity),
        TEST(test_trace_learns_the_address),
        TEST(test_trace_learns_cookies),
        TEST(test_trace_remembers_the_latest_cookies),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
