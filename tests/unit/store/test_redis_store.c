/* SPDX-License-Identifier: BSD-2-Clause */
#include "store/redis.h"

#include "store/redis_script.h"
#include "store/store.h"
#include "tests/unit/store/fake_redis.h"

#define RUN       "run_id:0123456789"
#define OTHER_RUN "run_id:9876543210"
#define INFO(run) "$29\r\n# Server\r\n" run "\r\n\r\n"
#define DONE      "$4\r\nDONE\r\n"
#define FENCED    "$6\r\nFENCED\r\n"
#define LOST      "$4\r\nLOST\r\n"
#define PARTITION "$15\r\nikehub:{hub1.5}\r\n"

/* One instance, its server, and what the host was told. */
static struct {
    struct fake fake;
    struct redis_options redis;
    struct store_options options;
    struct store_host host;
    struct store_backend *store;
    struct redis_scripts scripts;
    int fd;
    x4_msec now;
    struct store_estate estate;
    struct store_write writes[4];
    struct store_batch batch;
    unsigned wrote;
    unsigned loaded;
    unsigned load_ends;
    unsigned owned;
    unsigned doubtful;
    unsigned troubles;
    char trouble[64];
    enum store_result result;
    uint64_t token;
    char holder[16];
} t;

static bool on_watch(void *context, int fd)
{
    (void)context;
    t.fd = fd;
    return true;
}

static void on_unwatch(void *context, int fd)
{
    (void)context;
    assert_int_equal(fd, t.fd);
    t.fd = -1;
}

static void on_wrote(void *context, struct store_batch *batch)
{
    (void)context;
    assert_ptr_equal(batch, &t.batch);
    t.wrote++;
}

static void on_loaded(void *context, const char *estate, unsigned partition,
                      const struct store_name *name, const uint8_t *data, size_t len)
{
    (void)context;
    assert_string_equal(estate, "hub1");
    assert_int_equal(partition, 5);
    assert_int_equal(name->bytes[0], STORE_CHILD);
    assert_memory_equal(data, "data", len);
    t.loaded++;
}

static void on_load_end(void *context, const char *estate, unsigned partition,
                        enum store_result result)
{
    (void)context;
    (void)estate;
    (void)partition;
    t.load_ends++;
    t.result = result;
}

static void on_owned(void *context, const char *estate, uint64_t token, const char *holder,
                     enum store_result result)
{
    (void)context;
    assert_string_equal(estate, "hub1");
    t.owned++;
    t.token = token;
    t.result = result;
    snprintf(t.holder, sizeof(t.holder), "%s", holder);
}

static void on_doubtful(void *context)
{
    (void)context;
    t.doubtful++;
}

static void on_trouble(void *context, const char *why)
{
    (void)context;
    t.troubles++;
    snprintf(t.trouble, sizeof(t.trouble), "%s", why);
}

static int setup(void **state)
{
    struct store_error error;

    (void)state;
    memset(&t, 0, sizeof(t));
    fake_open(&t.fake);
    t.redis.addresses[0] = t.fake.address;
    t.redis.address_count = 1;
    t.options = (struct store_options){.node = "hub1", .redis = &t.redis};
    t.host = (struct store_host){
        .watch = on_watch,
        .unwatch = on_unwatch,
        .wrote = on_wrote,
        .loaded = on_loaded,
        .load_end = on_load_end,
        .owned = on_owned,
        .doubtful = on_doubtful,
        .trouble = on_trouble,
    };
    t.now = 10000;
    t.estate = (struct store_estate){.name = "hub1", .token = 7};
    t.batch.writes = t.writes;
    assert_true(redis_scripts_init(&t.scripts));
    t.store = redis_store_ops.open(&t.options, &t.host, &error);
    assert_non_null(t.store);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    if (t.store)
        redis_store_ops.close(t.store);
    assert_int_equal(t.fd, -1);
    fake_close(&t.fake);
    return 0;
}

static x4_msec turn(void)
{
    redis_store_ops.ready(t.store, t.fd);
    return redis_store_ops.tick(t.store, t.now);
}

/* Some milliseconds later, which pass in no time. */
static void pass(x4_msec ms)
{
    t.now += ms;
    (void)turn();
}

/* Names of records have zeros in them. */
static void hear(const char *text)
{
    for (int i = 0; i < FAKE_TURNS_MAX && !strstr(t.fake.input, text); i++) {
        (void)turn();
        const ssize_t got = recv(t.fake.peer, t.fake.input + t.fake.len,
                                 sizeof(t.fake.input) - t.fake.len - 1, MSG_DONTWAIT);
        for (ssize_t j = 0; j < got; j++, t.fake.len++)
            if (!t.fake.input[t.fake.len])
                t.fake.input[t.fake.len] = '.';
        if (got <= 0)
            (void)poll(NULL, 0, 1);
        t.fake.input[t.fake.len] = '\0';
    }
    assert_non_null(strstr(t.fake.input, text));
    t.fake.len = 0;
    t.fake.input[0] = '\0';
}

/* Turns until the host was told. */
static void wait_for(const unsigned *count, unsigned wanted)
{
    for (int i = 0; i < FAKE_TURNS_MAX && *count < wanted; i++) {
        (void)turn();
        (void)poll(&(struct pollfd){.fd = t.fd, .events = POLLIN}, 1, 1);
    }
    assert_int_equal(*count, wanted);
}

static void connect_to(const char *info)
{
    (void)turn();
    fake_accept(&t.fake);
    hear("$4\r\nINFO\r\n");
    fake_say(&t.fake, ":7\r\n");
    fake_say(&t.fake, info);
}

static void hear_script(enum redis_script script)
{
    hear(t.scripts.digest[script]);
}

static void put(size_t index, uint8_t partition, bool erase)
{
    t.writes[index] = (struct store_write){
        .estate = &t.estate,
        .name = store_name_child((uint32_t)index),
        .partition = partition,
        .data = erase ? NULL : (const uint8_t *)"data",
        .len = erase ? 0 : 4,
        .expires_sec = UINT64_MAX,
    };
    t.batch.count = index + 1;
}

static void write_one(void)
{
    put(0, 5, false);
    redis_store_ops.write(t.store, &t.batch);
}

static void say_times(const char *text, unsigned times)
{
    for (unsigned i = 0; i < times; i++)
        fake_say(&t.fake, text);
}

/* ---------------------------------------------------------------------------------- writing */

static void test_write(void **state)
{
    (void)state;
    connect_to(INFO(RUN));
    write_one();
    hear("$1\r\n1\r\n" PARTITION "$1\r\n7\r\n$9\r\n315360000\r\n$1\r\n1\r\n"
         "$5\r\n\x02");
    assert_int_equal(t.wrote, 0);
    fake_say(&t.fake, DONE);
    wait_for(&t.wrote, 1);
    assert_int_equal(t.writes[0].result, STORE_DONE);
}

static void test_partitions_of_a_batch(void **state)
{
    (void)state;
    connect_to(INFO(RUN));
    put(0, 5, false);
    put(1, 6, true);
    put(2, 5, true);
    put(3, 6, false);
    redis_store_ops.write(t.store, &t.batch);
    hear("ikehub:{hub1.6}");
    fake_say(&t.fake, FENCED);
    (void)turn();
    assert_int_equal(t.wrote, 0);
    fake_say(&t.fake, DONE);
    wait_for(&t.wrote, 1);
    assert_int_equal(t.writes[0].result, STORE_FENCED);
    assert_int_equal(t.writes[1].result, STORE_DONE);
    assert_int_equal(t.writes[2].result, STORE_FENCED);
    assert_int_equal(t.writes[3].result, STORE_DONE);
}

static void test_script_in_full(void **state)
{
    (void)state;
    connect_to(INFO(RUN));
    write_one();
    hear_script(REDIS_SCRIPT_WRITE);
    fake_say(&t.fake, "-NOSCRIPT No matching script.\r\n");
    hear("$4\r\nEVAL\r\n");
    fake_say(&t.fake, DONE);
    wait_for(&t.wrote, 1);
    assert_int_equal(t.writes[0].result, STORE_DONE);
}

static void test_asked_again_later(void **state)
{
    static const char *const errors[] = {
        "-TRYAGAIN x\r\n",    "-LOADING x\r\n", "-READONLY x\r\n",
        "-CLUSTERDOWN x\r\n", "-BUSY x\r\n",    "-MOVED 1 127.0.0.1:1\r\n",
    };

    (void)state;
    connect_to(INFO(RUN));
    write_one();
    for (size_t i = 0; i < x4m_countof(errors); i++) {
        hear_script(REDIS_SCRIPT_WRITE);
        fake_say(&t.fake, errors[i]);
        for (int j = 0; j < 5; j++)
            (void)turn();
        assert_int_equal(t.wrote, 0);
        pass(16 * REDIS_BACKOFF_MS);
    }
    hear_script(REDIS_SCRIPT_WRITE);
    fake_say(&t.fake, DONE);
    wait_for(&t.wrote, 1);
    assert_int_equal(t.writes[0].result, STORE_DONE);
}

static void test_refused(void **state)
{
    (void)state;
    connect_to(INFO(RUN));
    write_one();
    hear_script(REDIS_SCRIPT_WRITE);
    fake_say(&t.fake, "-OOM command not allowed\r\n");
    wait_for(&t.wrote, 1);
    assert_int_equal(t.writes[0].result, STORE_AWAY);
    assert_string_equal(t.trouble, "OOM command not allowed");
    assert_int_equal(t.troubles, 1);
    write_one();
    hear_script(REDIS_SCRIPT_WRITE);
    fake_say(&t.fake, "-OOM once more\r\n");
    wait_for(&t.wrote, 2);
    assert_int_equal(t.troubles, 1);
    write_one();
    hear_script(REDIS_SCRIPT_WRITE);
    fake_say(&t.fake, DONE);
    wait_for(&t.wrote, 3);
    write_one();
    hear_script(REDIS_SCRIPT_WRITE);
    fake_say(&t.fake, "-MISCONF disk\r\n");
    wait_for(&t.wrote, 4);
    assert_int_equal(t.troubles, 2);
    assert_string_equal(t.trouble, "MISCONF disk");
}

static void test_answers_of_another_shape(void **state)
{
    static const char *const replies[] = {":1\r\n", "*0\r\n", "$-1\r\n", "$3\r\nFOO\r\n",
                                          "+DONE\r\n"};

    (void)state;
    connect_to(INFO(RUN));
    for (unsigned i = 0; i < x4m_countof(replies); i++) {
        write_one();
        hear_script(REDIS_SCRIPT_WRITE);
        fake_say(&t.fake, replies[i]);
        wait_for(&t.wrote, i + 1);
        assert_int_equal(t.writes[0].result, STORE_REFUSED);
    }
}

static void test_sent_again_over_the_next_connection(void **state)
{
    (void)state;
    connect_to(INFO(RUN));
    write_one();
    hear_script(REDIS_SCRIPT_WRITE);
    fake_hang_up(&t.fake);
    for (int i = 0; i < 5; i++)
        (void)turn();
    pass(REDIS_BACKOFF_MS);
    connect_to(INFO(OTHER_RUN));
    hear_script(REDIS_SCRIPT_WRITE);
    fake_say(&t.fake, DONE);
    wait_for(&t.wrote, 1);
    assert_int_equal(t.writes[0].result, STORE_DONE);
}

static void test_given_up(void **state)
{
    (void)state;
    write_one();
    (void)turn();
    pass(REDIS_GIVE_UP_MS - 1);
    assert_int_equal(t.wrote, 0);
    pass(1);
    assert_int_equal(t.wrote, 1);
    assert_int_equal(t.writes[0].result, STORE_AWAY);
}

/* -------------------------------------------------------------------- what the server forgot */

static void test_fences_are_put_up_again(void **state)
{
    (void)state;
    connect_to(INFO(RUN));
    write_one();
    hear_script(REDIS_SCRIPT_WRITE);
    fake_say(&t.fake, LOST);
    hear_script(REDIS_SCRIPT_REBUILD);
    say_times(DONE, STORE_PARTITIONS);
    pass(50);
    hear_script(REDIS_SCRIPT_WRITE);
    fake_say(&t.fake, DONE);
    wait_for(&t.wrote, 1);
    assert_int_equal(t.writes[0].result, STORE_DONE);
    wait_for(&t.doubtful, 1);
}

static void test_fences_of_another(void **state)
{
    (void)state;
    connect_to(INFO(RUN));
    write_one();
    hear_script(REDIS_SCRIPT_WRITE);
    fake_say(&t.fake, LOST);
    hear_script(REDIS_SCRIPT_REBUILD);
    say_times(FENCED, STORE_PARTITIONS);
    pass(50);
    hear_script(REDIS_SCRIPT_WRITE);
    fake_say(&t.fake, FENCED);
    wait_for(&t.wrote, 1);
    assert_int_equal(t.writes[0].result, STORE_FENCED);
    pass(REDIS_GIVE_UP_MS);
    assert_int_equal(t.doubtful, 0);
}

static void test_another_run_of_the_server(void **state)
{
    (void)state;
    test_write(state);
    for (unsigned i = 1; i <= 2; i++) {
        fake_hang_up(&t.fake);
        for (int j = 0; j < 5; j++)
            (void)turn();
        pass(REDIS_BACKOFF_MS);
        connect_to(i % 2 ? INFO(OTHER_RUN) : INFO(RUN));
        pass(REDIS_IDLE_MS);
        wait_for(&t.doubtful, i);
    }
}

static void test_the_same_run_again(void **state)
{
    (void)state;
    test_write(state);
    fake_hang_up(&t.fake);
    for (int i = 0; i < 5; i++)
        (void)turn();
    pass(REDIS_BACKOFF_MS);
    connect_to(INFO(RUN));
    hear("$4\r\nKILL\r\n");
    fake_say(&t.fake, ":0\r\n");
    write_one();
    hear_script(REDIS_SCRIPT_WRITE);
    fake_say(&t.fake, DONE);
    wait_for(&t.wrote, 2);
    pass(REDIS_GIVE_UP_MS);
    assert_int_equal(t.doubtful, 0);
}

/* ---------------------------------------------------------------------------------- reading */

#define RECORD "$5\r\n\x02\x01\x01\x01\x01\r\n$4\r\ndata\r\n"

static void test_load(void **state)
{
    (void)state;
    connect_to(INFO(RUN));
    redis_store_ops.load(t.store, "hub1", 5);
    hear("$5\r\nHSCAN\r\n" PARTITION "$1\r\n0\r\n$5\r\nCOUNT\r\n");
    fake_say(&t.fake, "*2\r\n$2\r\n17\r\n*4\r\n" RECORD "$5\r\nfence\r\n$1\r\n7\r\n");
    hear(PARTITION "$2\r\n17\r\n");
    fake_say(&t.fake, "*2\r\n$1\r\n0\r\n*4\r\n" RECORD RECORD);
    wait_for(&t.load_ends, 1);
    assert_int_equal(t.result, STORE_DONE);
    assert_int_equal(t.loaded, 3);
}

static void test_pages_of_another_shape(void **state)
{
    static const char *const replies[] = {
        "*0\r\n",
        "*2\r\n$1\r\n0\r\n$1\r\n0\r\n",
        "*2\r\n:0\r\n*0\r\n",
        "*2\r\n$1\r\n0\r\n*1\r\n$1\r\na\r\n",
        "+OK\r\n",
        "$-1\r\n",
    };

    (void)state;
    connect_to(INFO(RUN));
    for (unsigned i = 0; i < x4m_countof(replies); i++) {
        redis_store_ops.load(t.store, "hub1", 5);
        hear("HSCAN");
        fake_say(&t.fake, replies[i]);
        wait_for(&t.load_ends, i + 1);
        assert_int_equal(t.result, STORE_REFUSED);
    }
    assert_int_equal(t.loaded, 0);
}

static void test_fields_that_are_no_records(void **state)
{
    (void)state;
    connect_to(INFO(RUN));
    redis_store_ops.load(t.store, "hub1", 5);
    hear("HSCAN");
    fake_say(&t.fake, "*2\r\n$1\r\n0\r\n*8\r\n:1\r\n$1\r\na\r\n$0\r\n\r\n$1\r\na\r\n"
                      "$5\r\n\x02\x01\x01\x01\x01\r\n:1\r\n" RECORD);
    wait_for(&t.load_ends, 1);
    assert_int_equal(t.loaded, 1);
}

/* The cursor of one server leaves out records of another. */
static void test_load_begins_anew_at_another_server(void **state)
{
    (void)state;
    connect_to(INFO(RUN));
    redis_store_ops.load(t.store, "hub1", 5);
    hear("HSCAN");
    fake_say(&t.fake, "*2\r\n$2\r\n17\r\n*0\r\n");
    hear(PARTITION "$2\r\n17\r\n");
    fake_hang_up(&t.fake);
    for (int i = 0; i < 5; i++)
        (void)turn();
    pass(REDIS_BACKOFF_MS);
    connect_to(INFO(OTHER_RUN));
    hear(PARTITION "$2\r\n17\r\n");
    fake_say(&t.fake, "*2\r\n$1\r\n0\r\n*0\r\n");
    hear(PARTITION "$1\r\n0\r\n");
    fake_say(&t.fake, "*2\r\n$1\r\n0\r\n*2\r\n" RECORD);
    wait_for(&t.load_ends, 1);
    assert_int_equal(t.result, STORE_DONE);
    assert_int_equal(t.loaded, 1);
}

/* -------------------------------------------------------------------------------- ownership */

#define TAKEN "*3\r\n" DONE "$4\r\nhub1\r\n$2\r\n42\r\n"

static void claim(void)
{
    redis_store_ops.claim(t.store, "hub1", 7, false);
    hear("$13\r\nikehub:{hub1}\r\n$4\r\nhub1\r\n$5\r\n10000\r\n$1\r\n7\r\n$1\r\n0\r\n");
}

static void test_claim(void **state)
{
    (void)state;
    connect_to(INFO(RUN));
    claim();
    fake_say(&t.fake, TAKEN);
    hear_script(REDIS_SCRIPT_FENCE);
    say_times(DONE, STORE_PARTITIONS - 1);
    (void)turn();
    assert_int_equal(t.owned, 0);
    fake_say(&t.fake, DONE);
    wait_for(&t.owned, 1);
    assert_int_equal(t.result, STORE_DONE);
    assert_int_equal(t.token, 42);
}

/* Who claimed it after this one was faster. */
static void test_claim_overtaken(void **state)
{
    (void)state;
    connect_to(INFO(RUN));
    claim();
    fake_say(&t.fake, TAKEN);
    hear_script(REDIS_SCRIPT_FENCE);
    say_times(DONE, STORE_PARTITIONS - 1);
    fake_say(&t.fake, FENCED);
    wait_for(&t.owned, 1);
    assert_int_equal(t.result, STORE_FENCED);
}

static void test_held_by_another(void **state)
{
    (void)state;
    connect_to(INFO(RUN));
    claim();
    fake_say(&t.fake, "*3\r\n$4\r\nHELD\r\n$4\r\nhub2\r\n$2\r\n42\r\n");
    wait_for(&t.owned, 1);
    assert_int_equal(t.result, STORE_FENCED);
    assert_int_equal(t.token, 0);
    assert_string_equal(t.holder, "hub2");
}

static void test_renewal_of_what_the_server_forgot(void **state)
{
    (void)state;
    connect_to(INFO(RUN));
    redis_store_ops.renew(t.store, &t.estate);
    hear_script(REDIS_SCRIPT_RENEW);
    fake_say(&t.fake, "*3\r\n" LOST "$4\r\nhub1\r\n$1\r\n7\r\n");
    wait_for(&t.owned, 1);
    assert_int_equal(t.result, STORE_DONE);
    assert_int_equal(t.token, 7);
    hear_script(REDIS_SCRIPT_REBUILD);
    say_times(DONE, STORE_PARTITIONS);
    wait_for(&t.doubtful, 1);
}

/* A renewal counts when the replica has heard of it. */
static void test_replicas_have_to_hear(void **state)
{
    (void)state;
    redis_store_ops.close(t.store);
    struct store_error error;
    t.redis.replicas = 1;
    t.store = redis_store_ops.open(&t.options, &t.host, &error);
    assert_non_null(t.store);
    connect_to(INFO(RUN));
    static const char *const heard[] = {":1\r\n", ":0\r\n"};
    for (unsigned i = 0; i < 2; i++) {
        redis_store_ops.renew(t.store, &t.estate);
        hear_script(REDIS_SCRIPT_RENEW);
        fake_say(&t.fake, "*3\r\n" DONE "$4\r\nhub1\r\n$1\r\n7\r\n");
        hear("$4\r\nWAIT\r\n$1\r\n1\r\n");
        assert_int_equal(t.owned, i);
        fake_say(&t.fake, heard[i]);
        wait_for(&t.owned, i + 1);
        assert_int_equal(t.result, i ? STORE_AWAY : STORE_DONE);
    }
    assert_string_equal(t.trouble, "too few replicas have heard of the lease");
}

static void test_answers_about_ownership_of_another_shape(void **state)
{
    static const char *const replies[] = {
        DONE,
        "*0\r\n",
        "*2\r\n" DONE DONE,
        "*3\r\n" DONE DONE ":42\r\n",
        "$-1\r\n",
        "*3\r\n$3\r\nFOO\r\n" DONE DONE,
    };

    (void)state;
    connect_to(INFO(RUN));
    for (unsigned i = 0; i < x4m_countof(replies); i++) {
        redis_store_ops.release(t.store, &t.estate);
        hear_script(REDIS_SCRIPT_RELEASE);
        fake_say(&t.fake, replies[i]);
        wait_for(&t.owned, i + 1);
        assert_int_equal(t.result, STORE_REFUSED);
    }
}

/* ------------------------------------------------------------------------------- its life */

/* It waits for the server for a while; then the host gets no answer. */
static void test_closed_in_the_middle(void **state)
{
    (void)state;
    connect_to(INFO(RUN));
    write_one();
    redis_store_ops.load(t.store, "hub1", 5);
    redis_store_ops.claim(t.store, "hub1", 7, false);
    hear("HSCAN");
    redis_store_ops.close(t.store);
    t.store = NULL;
    assert_int_equal(t.wrote + t.load_ends + t.owned, 0);
}

static void test_options(void **state)
{
    static const struct {
        struct redis_options options;
        const char *error;
    } cases[] = {
        {{.address_count = 0}, "redis: 1 to 16 addresses are needed"},
        {{.address_count = 17}, "redis: 1 to 16 addresses are needed"},
        {{.address_count = 2}, "redis: several addresses are Sentinels' or a cluster's"},
        {{.address_count = 1, .mode = REDIS_SENTINEL},
         "redis: Sentinels have to be asked for a primary by its name"},
        {{.address_count = 1, .mode = REDIS_CLUSTER, .database = 1},
         "redis: a cluster has database 0 only"},
        {{.address_count = 1, .user = "me"}, "redis: a user without a password"},
        {{.address_count = 1, .sentinel_user = "me"},
         "redis: a user of the Sentinels without a password"},
    };
    struct redis_options good = {.address_count = 3, .mode = REDIS_CLUSTER, .lease_ms = 5};
    struct store_error error;

    (void)state;
    for (size_t i = 0; i < x4m_countof(cases); i++) {
        struct redis_options options = cases[i].options;
        assert_false(redis_options_check(&options, &error));
        assert_string_equal(error.text, cases[i].error);
    }
    assert_true(redis_options_check(&good, &error));
    assert_int_equal(good.answer_ms, REDIS_ANSWER_MS);
    assert_int_equal(good.lease_ms, 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_write, setup, teardown),
        cmocka_unit_test_setup_teardown(test_partitions_of_a_batch, setup, teardown),
        cmocka_unit_test_setup_teardown(test_script_in_full, setup, teardown),
        cmocka_unit_test_setup_teardown(test_asked_again_later, setup, teardown),
        cmocka_unit_test_setup_teardown(test_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(test_answers_of_another_shape, setup, teardown),
        cmocka_unit_test_setup_teardown(test_sent_again_over_the_next_connection, setup, teardown),
        cmocka_unit_test_setup_teardown(test_given_up, setup, teardown),
        cmocka_unit_test_setup_teardown(test_fences_are_put_up_again, setup, teardown),
        cmocka_unit_test_setup_teardown(test_fences_of_another, setup, teardown),
        cmocka_unit_test_setup_teardown(test_another_run_of_the_server, setup, teardown),
        cmocka_unit_test_setup_teardown(test_the_same_run_again, setup, teardown),
        cmocka_unit_test_setup_teardown(test_load, setup, teardown),
        cmocka_unit_test_setup_teardown(test_pages_of_another_shape, setup, teardown),
        cmocka_unit_test_setup_teardown(test_fields_that_are_no_records, setup, teardown),
        cmocka_unit_test_setup_teardown(test_load_begins_anew_at_another_server, setup, teardown),
        cmocka_unit_test_setup_teardown(test_claim, setup, teardown),
        cmocka_unit_test_setup_teardown(test_claim_overtaken, setup, teardown),
        cmocka_unit_test_setup_teardown(test_held_by_another, setup, teardown),
        cmocka_unit_test_setup_teardown(test_renewal_of_what_the_server_forgot, setup, teardown),
        cmocka_unit_test_setup_teardown(test_replicas_have_to_hear, setup, teardown),
        cmocka_unit_test_setup_teardown(test_answers_about_ownership_of_another_shape, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_closed_in_the_middle, setup, teardown),
        cmocka_unit_test(test_options),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
