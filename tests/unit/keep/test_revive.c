/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/keep/revive.h"

#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "shard/keep/storage.h"
#include "shard/shard.h"
#include "shard/state.h"
#include "tests/memory_store.h"
#include "tests/unit/store/records.h"

#define ESTATE "hub"

enum { CONTROL = 1, MEMBERS, PARTITION = 5 };

static struct shard_cpis cpis;
static struct shard_taken taken;
static struct store_keys keys = {.count = 1};

/* Loads of the records' partition that fail before the store is there. */
static unsigned loads_away;

static x4_msec tick(struct store_backend *backend, x4_msec now)
{
    size_t kept = 0;
    for (size_t i = 0; i < backend->load_count; i++) {
        const struct memory_load load = backend->loads[i];
        if (load.partition != PARTITION || !loads_away) {
            backend->loads[kept++] = load;
            continue;
        }
        loads_away--;
        backend->host->load_end(backend->host->context, load.estate, load.partition, STORE_AWAY);
    }
    backend->load_count = kept;
    return memory_tick(backend, now);
}

/* Writes what a shard of before had; sealed by another key if it is `foreign`. */
static void put(const struct store_name *name, x4s_chunk bytes, bool foreign)
{
    const char *why;
    struct store_keys other = keys;
    other.keys[0].id = 77;
    struct store_sealer *sealer = store_sealer_new(foreign ? &other : &keys, NULL, NULL, &why);
    assert_non_null(sealer);
    struct memory_record *record = memory_unused();
    const struct store_place place = {ESTATE, PARTITION, *name};
    uint8_t sealed[STORE_SEALED_MAX];
    record->len = (uint32_t)store_seal(sealer, &place, bytes, sealed);
    assert_in_range(record->len, 1, MEMORY_BYTES);
    memcpy(record->data, sealed, record->len);
    record->name = *name;
    record->partition = place.partition;
    strcpy(record->estate, ESTATE);
    store_sealer_free(sealer);
}

static void put_child(uint64_t up_at, uint32_t life_sec, bool foreign)
{
    static uint8_t bytes[STORE_RECORD_MAX];
    struct store_child child = records_child();
    child.life.written = child.life.up_at = up_at;
    child.life.soft_sec = 0;
    child.life.life_sec = life_sec;
    const struct store_name name = store_name_child(child.keys.in.spi);
    put(&name, (x4s_chunk){bytes, store_child_write(&child, bytes)}, foreign);
}

/* -------------------------------------------------------------------------- a shard */

static void ignore(void *context, enum hub_severity severity, const char *text)
{
    (void)context;
    (void)severity;
    (void)text;
}

/* In the control thread: all is read. */
static void on_done(void *member, struct shard_letter *letter)
{
    struct shard_revived *revived = member;
    *revived = *x4m_container(letter, struct shard_revived, letter);
    free(letter);
}

static void begin(void *member, struct shard_letter *letter)
{
    free(letter);
    shard_revive_begin(member, 0, 0, on_done);
}

static void end(void *member, struct shard_letter *letter)
{
    free(letter);
    shard_revive_end(member, 0);
    shard_stop(member);
}

static void order(struct shard_post *post, shard_deliver_fn deliver)
{
    struct shard_letter *letter = calloc(1, sizeof(*letter));
    letter->deliver = deliver;
    shard_post_send(post, 0, letter);
}

struct control {
    struct shard_post post;
    struct ring_mail *mail;
    struct shard_revived revived;
};

/* The control thread: has the shard read, waits until it has, and lets it go. */
static void *direct(void *context)
{
    struct control *control = context;
    order(&control->post, begin);
    while (!control->revived.letter.deliver) {
        struct pollfd fd = {.fd = ring_mail_fd(control->mail, CONTROL), .events = POLLIN};
        if (shard_post_serve(&control->post, &control->revived) != 0)
            (void)poll(&fd, 1, control->revived.letter.deliver ? 0 : -1);
        ring_mail_drain(control->mail, CONTROL);
        shard_post_awake(&control->post);
    }
    order(&control->post, end);
    return NULL;
}

/* Reads what there is; what the shard has counted. */
static struct shard_store_tally revive(struct shard_revived *revived)
{
    static const char conf[] =
        "connections { site { version = 1\n local { auth = psk\n id = hub\n }\n"
        "remote { auth = psk\n } } }\n secrets { ike { secret = x\n } }\n";
    static const x4s_net_addr loopback = {.family = x4c_net_ipv4, .ip = {127, 0, 0, 1}};
    struct store_backend_ops ops = memory_store_ops;
    struct hub_storage storage = {
        .ops = &ops, .options = {.node = ESTATE}, .estate = ESTATE, .keys = keys};
    struct hub_config *config = hub_config_parse("test", conf, strlen(conf), ignore, NULL);
    struct control control = {.mail = ring_mail_new(MEMBERS)};
    struct ring_error error;
    pthread_t thread;
    ops.tick = tick;
    assert_non_null(config);
    assert_true(shard_post_init(&control.post, control.mail, CONTROL, MEMBERS));
    struct hub_daemon daemon = config->daemon;
    daemon.listen = &loopback;
    daemon.listen_count = 1;
    daemon.port = daemon.port_nat_t = 0;
    const struct shard_options options = {
        .config = config,
        .daemon = &daemon,
        .kernel = &hub_kernel_null,
        .storage = &storage,
        .log_fd = STDERR_FILENO,
        .count = 1,
        .mail = control.mail,
        .cpis = &cpis,
        .taken = &taken,
    };
    struct shard *shard = shard_open(&options, &error);
    if (!shard)
        fail_msg("%s", error.text);
    assert_int_equal(pthread_create(&thread, NULL, direct, &control), 0);
    assert_true(shard_run(shard));
    pthread_join(thread, NULL);
    *revived = control.revived;
    const struct shard_store_tally tally = shard_persist_tally_of(shard);
    shard_close(shard);
    shard_post_fini(&control.post);
    ring_mail_free(control.mail, free);
    hub_config_free(config);
    return tally;
}

/* -------------------------------------------------------------------------- cases */

static int setup(void **state)
{
    (void)state;
    memory_store_reset();
    loads_away = 0;
    return 0;
}

static void test_nothing(void **state)
{
    (void)state;
    struct shard_revived revived;
    (void)revive(&revived);
    assert_int_equal(revived.isakmp_sas + revived.children + revived.refused, 0);
}

static void test_what_is_over_is_erased(void **state)
{
    (void)state;
    struct shard_revived revived;
    put_child(RECORDS_UP_AT, 60, false);
    const struct shard_store_tally tally = revive(&revived);
    assert_int_equal(revived.refused, 1);
    assert_int_equal(tally.refused_records[STORE_expired], 1);
    assert_int_equal(memory_store_count(), 0);
}

static void test_what_does_not_open_stays(void **state)
{
    (void)state;
    struct shard_revived revived;
    put_child(RECORDS_UP_AT, 60, true);
    const struct shard_store_tally tally = revive(&revived);
    assert_int_equal(revived.refused, 1);
    assert_int_equal(tally.refused_records[STORE_unknown_key], 1);
    assert_int_equal(memory_store_count(), 1);
}

static void test_what_has_no_connection_is_erased(void **state)
{
    (void)state;
    struct shard_revived revived;
    put_child(shard_wall_clock(), 0, false);
    const struct shard_store_tally tally = revive(&revived);
    assert_int_equal(revived.refused, 1);
    assert_int_equal(tally.no_connection, 1);
    assert_int_equal(memory_store_count(), 0);
}

static void test_is_read_again_when_the_store_was_away(void **state)
{
    (void)state;
    struct shard_revived revived;
    loads_away = 2;
    put_child(RECORDS_UP_AT, 60, true);
    (void)revive(&revived);
    assert_int_equal(loads_away, 0);
    assert_int_equal(revived.refused, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_nothing, setup),
        cmocka_unit_test_setup(test_what_is_over_is_erased, setup),
        cmocka_unit_test_setup(test_what_does_not_open_stays, setup),
        cmocka_unit_test_setup(test_what_has_no_connection_is_erased, setup),
        cmocka_unit_test_setup(test_is_read_again_when_the_store_was_away, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
