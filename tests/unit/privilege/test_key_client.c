/* SPDX-License-Identifier: BSD-2-Clause */
#include <fcntl.h>
#include <sys/socket.h>

#include "shard/privilege/key_client.h"
#include "tests/unit/privilege/key_host.h"

/* The test is the process: it reads requests and answers them, or not. */
struct scene {
    struct key_client *client;
    x4s_crypto *crypto;
    EVP_PKEY *pkey;
    x4s_public_key *public_key;
    x4s_private_key *key;
    int process; /* the other end */
};

struct job {
    x4s_sign_job job;
    uint8_t signature[x4c_signature_max];
    unsigned completed;
    struct job *cancels; /* when it is completed */
};

static void connect_to(struct scene *s)
{
    int ends[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
    key_client_connect(s->client, ends[0]);
    s->process = ends[1];
}

static struct scene scene_new(void)
{
    const char *error;
    struct scene s = {
        .client = key_client_new(),
        .crypto = x4_crypto_new(&x4_libc_allocator, NULL, NULL, &error),
        .pkey = fixture_ec("P-256"),
        .process = -1,
    };
    const fixture_der spki = fixture_spki(s.pkey);
    s.public_key = x4_public_key_new(s.crypto, fixture_chunk(&spki), &error);
    s.key = x4_private_key_opaque(s.crypto, s.public_key, key_client_holder(s.client));
    assert_non_null(s.key);
    return s;
}

static void scene_free(struct scene *s)
{
    if (s->process >= 0)
        close(s->process);
    x4_private_key_free(s->key);
    x4_public_key_free(s->public_key);
    EVP_PKEY_free(s->pkey);
    key_client_free(s->client);
    x4_crypto_free(s->crypto);
}

static void on_completed(x4s_sign_job *job)
{
    struct job *mine = job->owner;
    mine->completed++;
    if (mine->cancels)
        x4_sign_cancel(&mine->cancels->job);
}

static void begin(struct scene *s, struct job *job)
{
    *job = (struct job){0};
    job->job = (x4s_sign_job){
        .key = s->key,
        .hash_len = sizeof(key_host_hash32),
        .signature = job->signature,
        .completed = on_completed,
        .owner = job,
    };
    memcpy(job->job.hash, key_host_hash32, sizeof(key_host_hash32));
    x4_sign_run(s->crypto, &(x4s_sign_job *){&job->job}, 1);
}

/* The next request; false: there is none. */
static bool asked(const struct scene *s, struct key_message *message)
{
    static uint8_t bytes[KEY_MESSAGE_MAX];
    const ssize_t len = recv(s->process, bytes, sizeof(bytes), MSG_DONTWAIT);
    if (len <= 0)
        return false;
    assert_true(key_message_read((x4s_chunk){bytes, (size_t)len}, message));
    assert_int_equal(message->type, KEY_SIGN);
    assert_int_equal(message->data.len, sizeof(key_host_hash32));
    assert_memory_equal(message->data.data, key_host_hash32, sizeof(key_host_hash32));
    return true;
}

static bool answer(const struct scene *s, uint64_t id, enum key_status status, size_t len)
{
    static const uint8_t signature[x4c_signature_max] = {0xab, 0xcd};
    uint8_t bytes[KEY_MESSAGE_MAX];
    const struct key_message message = {
        .type = KEY_SIGNED,
        .id = id,
        .status = status,
        .data = {signature, status == KEY_DONE_WELL ? len : 0},
    };
    const size_t size = key_message_write(&message, bytes, sizeof(bytes));
    assert_int_equal(send(s->process, bytes, size, MSG_NOSIGNAL), size);
    return key_client_ready(s->client);
}

static void made(void **state)
{
    (void)state;
    struct scene s = scene_new();
    struct key_message message;
    struct job jobs[2];
    const fixture_der spki = fixture_spki(s.pkey);
    const x4s_chunk chunk = fixture_chunk(&spki);
    uint8_t name[x4c_hash_size_max];
    assert_true(x4_hash(s.crypto, x4c_hash_sha256, &chunk, 1, name));
    connect_to(&s);
    begin(&s, &jobs[0]);
    begin(&s, &jobs[1]);
    assert_int_equal(jobs[0].job.state, x4c_sign_pending);
    assert_true(asked(&s, &message));
    assert_memory_equal(message.name, name, KEY_NAME);
    const uint64_t first = message.id;
    assert_true(asked(&s, &message));
    assert_true(answer(&s, message.id, KEY_DONE_WELL, 64));
    assert_int_equal(jobs[1].job.state, x4c_sign_done);
    assert_int_equal(jobs[1].completed, 1);
    assert_int_equal(jobs[0].job.state, x4c_sign_pending);
    assert_true(answer(&s, first, KEY_DONE_WELL, 64));
    assert_int_equal(jobs[0].job.state, x4c_sign_done);
    assert_int_equal(jobs[0].signature[0], 0xab);
    assert_int_equal(key_client_counters(s.client)->made, 2);
    scene_free(&s);
}

static void failures(void **state)
{
    (void)state;
    static const struct {
        enum key_status status;
        size_t len;
    } rows[] = {{KEY_UNKNOWN, 0}, {KEY_REFUSED, 0}, {KEY_FAILED, 0}, {KEY_DONE_WELL, 63}};
    struct scene s = scene_new();
    struct key_message message;
    connect_to(&s);
    for (size_t i = 0; i < x4m_countof(rows); i++) {
        struct job job;
        begin(&s, &job);
        assert_true(asked(&s, &message));
        assert_true(answer(&s, message.id, rows[i].status, rows[i].len));
        assert_int_equal(job.job.state, x4c_sign_failed);
        assert_int_equal(job.completed, 1);
    }
    assert_int_equal(key_client_counters(s.client)->unknown, 1);
    assert_int_equal(key_client_counters(s.client)->refused, 3);
    scene_free(&s);
}

/* Answers that nobody waits for any more, or never did; messages that are none. */
static void stray_answers(void **state)
{
    (void)state;
    struct scene s = scene_new();
    struct key_message message;
    struct job job;
    connect_to(&s);
    begin(&s, &job);
    assert_true(asked(&s, &message));
    x4_sign_cancel(&job.job);
    assert_true(answer(&s, message.id, KEY_DONE_WELL, 64));
    assert_int_equal(job.job.state, x4c_sign_idle);
    assert_true(answer(&s, UINT64_MAX, KEY_DONE_WELL, 64));
    assert_true(answer(&s, KEY_CLIENT_WAITING_MAX - 1, KEY_DONE_WELL, 64));
    assert_int_equal(send(s.process, "?", 1, 0), 1);
    assert_true(key_client_ready(s.client));
    struct job next;
    begin(&s, &next);
    assert_true(answer(&s, message.id, KEY_DONE_WELL, 64));
    assert_int_equal(next.job.state, x4c_sign_pending);
    assert_true(asked(&s, &message));
    assert_true(answer(&s, message.id, KEY_DONE_WELL, 64));
    assert_int_equal(next.job.state, x4c_sign_done);
    scene_free(&s);
}

static void end_process(struct scene *s)
{
    close(s->process);
    assert_false(key_client_ready(s->client));
    close(key_client_disconnect(s->client));
    s->process = -1;
}

/* What was asked of a process that ended, is asked of the next, and then no more. */
static void asked_again(void **state)
{
    (void)state;
    struct scene s = scene_new();
    struct key_message message;
    struct job jobs[3];
    connect_to(&s);
    begin(&s, &jobs[0]);
    begin(&s, &jobs[1]);
    end_process(&s);
    assert_int_equal(jobs[0].job.state, x4c_sign_pending);
    begin(&s, &jobs[2]);
    connect_to(&s);
    for (unsigned i = 0; i < 3; i++)
        assert_true(asked(&s, &message));
    assert_true(answer(&s, message.id, KEY_DONE_WELL, 64));
    assert_int_equal(jobs[2].job.state, x4c_sign_done);
    jobs[0].cancels = &jobs[1];
    end_process(&s);
    assert_int_equal(jobs[0].job.state, x4c_sign_failed);
    assert_int_equal(jobs[0].completed, 1);
    assert_int_equal(jobs[1].job.state, x4c_sign_idle);
    connect_to(&s);
    assert_false(asked(&s, &message));
    assert_int_equal(key_client_counters(s.client)->again, 2);
    assert_int_equal(key_client_counters(s.client)->lost, 1);
    scene_free(&s);
}

/* A process that does not read: what the socket does not take waits, so many and no more. */
static void bounded(void **state)
{
    (void)state;
    struct scene s = scene_new();
    struct key_message message;
    struct job *jobs = calloc(KEY_CLIENT_WAITING_MAX + 1, sizeof(*jobs));
    unsigned served = 0;
    connect_to(&s);
    for (size_t i = 0; i <= KEY_CLIENT_WAITING_MAX; i++)
        begin(&s, &jobs[i]);
    assert_int_equal(jobs[KEY_CLIENT_WAITING_MAX].job.state, x4c_sign_failed);
    assert_int_equal(jobs[KEY_CLIENT_WAITING_MAX].completed, 0);
    assert_int_equal(key_client_counters(s.client)->busy, 1);
    while (asked(&s, &message)) {
        assert_true(answer(&s, message.id, KEY_DONE_WELL, 64));
        served++;
    }
    assert_int_equal(served, KEY_CLIENT_WAITING_MAX);
    for (size_t i = 0; i < KEY_CLIENT_WAITING_MAX; i++)
        assert_int_equal(jobs[i].job.state, x4c_sign_done);
    free(jobs);
    scene_free(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(made),        cmocka_unit_test(failures), cmocka_unit_test(stray_answers),
        cmocka_unit_test(asked_again), cmocka_unit_test(bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
