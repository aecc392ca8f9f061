/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * The process itself, as another process: its sockets, its desk, its end, and what it cannot do.
 */

#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "shard/config/config.h"
#include "shard/privilege/key_client.h"
#include "shard/privilege/key_desk.h"
#include "shard/privilege/key_process.h"
#include "shard/privilege/key_sandbox.h"
#include "shard/privilege/rights.h"
#include "shard/privilege/sanitized.h"
#include "shard/privilege/wire.h"
#include "tests/unit/privilege/key_host.h"

struct process {
    pid_t pid;
    int wire;
};

static struct process process_new(const struct key_host *host)
{
    int ends[2];
    const struct hub_daemon daemon = {.config = host->config};
    const struct hub_rights rights = {.changes = false};
    struct hub_charter charter = {&daemon, &rights};
    assert_true(hub_wire_pair(ends));
    const pid_t pid = fork();
    if (pid == 0) {
        close(ends[0]);
        _exit(key_process_run(ends[1], &charter));
    }
    assert_true(pid > 0);
    close(ends[1]);
    return (struct process){pid, ends[0]};
}

static int process_socket(const struct process *process, uint32_t role)
{
    int ends[2];
    assert_true(hub_wire_pair(ends));
    assert_true(hub_wire_send(process->wire, &role, sizeof(role), ends[1]));
    close(ends[1]);
    return ends[0];
}

/* It ends by itself, and well, when the wire is gone. */
static void process_end(const struct process *process)
{
    int status;
    close(process->wire);
    assert_int_equal(waitpid(process->pid, &status, 0), process->pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

static void load(const struct process *process, struct key_found *found)
{
    char problem[KEY_PROBLEM];
    const int desk = process_socket(process, KEY_ROLE_DESK);
    *found = (struct key_found){0};
    assert_null(key_desk_load(desk, NULL, key_host_told, found, problem));
    close(desk);
}

/* -------------------------------------------------------------------------- the desk */

static void desk(void **state)
{
    (void)state;
    struct key_host host = key_host_new();
    struct process process = process_new(&host);
    struct key_found found = {0};
    char problem[KEY_PROBLEM];
    uint8_t name[KEY_NAME];
    EVP_PKEY *pkey = fixture_ec("P-521");
    const fixture_der der = fixture_private(pkey);
    static const uint8_t long_key[KEY_DATA_MAX + 1];
    load(&process, &found);
    assert_int_equal(found.keys, 2);
    const int fd = process_socket(&process, KEY_ROLE_DESK);
    assert_null(key_desk_add(fd, fixture_chunk(&der), key_host_told, &found, problem));
    assert_int_equal(found.flags, KEY_ADDED);
    assert_non_null(
        key_desk_add(fd, (x4s_chunk){long_key, sizeof(long_key)}, key_host_told, &found, problem));
    assert_true(key_desk_begin_commit(fd));
    key_host_name(&host, pkey, name);
    assert_null(key_desk_remove(fd, name, problem));
    assert_string_equal(key_desk_remove(fd, name, problem), "there is no such key");
    folder_write(&host.folder, "private/bad.der", "bad", 3, 0600);
    assert_non_null(key_desk_load(fd, NULL, key_host_told, &found, problem));
    assert_int_equal(found.problems, 1);
    close(fd);
    process_end(&process);
    EVP_PKEY_free(pkey);
    key_host_free(&host);
}

static void passphrases(void **state)
{
    (void)state;
    struct key_host host = key_host_new();
    struct process process = process_new(&host);
    struct key_found found = {0};
    char problem[KEY_PROBLEM];
    char path[160];
    EVP_PKEY *pkey = fixture_ec("P-384");
    const fixture_der sealed = fixture_pkcs8_encrypted(pkey, "open");
    const struct hub_passphrase other = {.path = "other", .secret = {(const uint8_t *)"no", 2}};
    const struct hub_passphrase passphrase = {
        .path = path, .secret = {(const uint8_t *)"open", 4}, .next = (void *)(uintptr_t)&other};
    snprintf(path, sizeof(path), "%s/pkcs8/sealed.der", host.folder.path);
    folder_write_der(&host.folder, "pkcs8/sealed.der", &sealed);
    const int fd = process_socket(&process, KEY_ROLE_DESK);
    assert_null(key_desk_load(fd, &passphrase, key_host_told, &found, problem));
    assert_int_equal(found.keys, 3);
    assert_non_null(key_desk_load(fd, NULL, key_host_told, &found, problem));
    close(fd);
    process_end(&process);
    EVP_PKEY_free(pkey);
    key_host_free(&host);
}

static void gone(void **state)
{
    (void)state;
    struct key_host host = key_host_new();
    struct process process = process_new(&host);
    struct key_found found = {0};
    char problem[KEY_PROBLEM];
    int status;
    const int fd = process_socket(&process, KEY_ROLE_DESK);
    assert_int_equal(kill(process.pid, SIGKILL), 0);
    assert_int_equal(waitpid(process.pid, &status, 0), process.pid);
    assert_ptr_equal(key_desk_load(fd, NULL, key_host_told, &found, problem), key_desk_gone);
    close(fd);
    close(process.wire);
    key_host_free(&host);
}

/* -------------------------------------------------------------------------- signatures */

static x4s_private_key *opaque(const struct key_host *host, const struct key_client *client,
                               const EVP_PKEY *pkey)
{
    const char *error;
    const fixture_der spki = fixture_spki(pkey);
    x4s_public_key *half = x4_public_key_new(host->crypto, fixture_chunk(&spki), &error);
    x4s_private_key *key = x4_private_key_opaque(host->crypto, half, key_client_holder(client));
    x4_public_key_free(half);
    assert_non_null(key);
    return key;
}

static void await(struct key_client *client, int fd, const x4s_sign_job *job)
{
    while (job->state == x4c_sign_pending) {
        struct pollfd wait = {.fd = fd, .events = POLLIN};
        assert_int_equal(poll(&wait, 1, -1), 1);
        assert_true(key_client_ready(client));
    }
}

static void signatures(void **state)
{
    (void)state;
    struct key_host host = key_host_new();
    struct process process = process_new(&host);
    struct key_client *client = key_client_new();
    struct key_found found;
    const EVP_PKEY *keys[] = {host.rsa, host.ec};
    const x4s_chunk hashes[] = {{key_host_hash, sizeof(key_host_hash)},
                                {key_host_hash32, sizeof(key_host_hash32)}};
    const int fd = process_socket(&process, KEY_ROLE_SIGNER);
    key_client_connect(client, fd);
    assert_false(key_client_heard(client));
    for (size_t i = 0; i < x4m_countof(keys); i++) {
        uint8_t signature[x4c_signature_max];
        x4s_private_key *key = opaque(&host, client, keys[i]);
        x4s_sign_job job = {.key = key, .hash_len = (uint8_t)hashes[i].len, .signature = signature};
        memcpy(job.hash, hashes[i].data, hashes[i].len);
        x4_sign_run(host.crypto, &(x4s_sign_job *){&job}, 1);
        assert_int_equal(job.state, x4c_sign_pending);
        if (i == 0)
            load(&process, &found); /* what is asked before, waits for it */
        await(client, fd, &job);
        assert_int_equal(job.state, x4c_sign_done);
        key_host_verify(&host, keys[i], hashes[i], (x4s_chunk){signature, job.signature_size});
        x4_private_key_free(key);
    }
    assert_true(key_client_heard(client));
    key_client_free(client);
    process_end(&process);
    key_host_free(&host);
}

/* -------------------------------------------------------------------------- enemies */

/* What comes next on a socket after its KEY_HELLO; 0: nothing before its end. */
static size_t next(int fd, struct key_message *message)
{
    static uint8_t bytes[KEY_MESSAGE_MAX];
    const ssize_t len = recv(fd, bytes, sizeof(bytes), 0);
    if (len <= 0)
        return 0;
    assert_true(key_message_read((x4s_chunk){bytes, (size_t)len}, message));
    return (size_t)len;
}

static void put(int fd, const struct key_message *message)
{
    uint8_t bytes[KEY_MESSAGE_MAX];
    const size_t len = key_message_write(message, bytes, sizeof(bytes));
    assert_int_equal(send(fd, bytes, len, 0), len);
}

/* A shard's socket signs and does nothing else; a desk's does not sign; garbage has no answer. */
static void roles(void **state)
{
    (void)state;
    struct key_host host = key_host_new();
    struct process process = process_new(&host);
    struct key_message message;
    static const uint8_t garbage[2 * KEY_MESSAGE_MAX] = {KEY_SIGN};
    struct key_message sign = {
        .type = KEY_SIGN, .id = 5, .data = {key_host_hash, sizeof(key_host_hash)}};
    struct key_found found;
    load(&process, &found);
    int fd = process_socket(&process, KEY_ROLE_SIGNER);
    assert_true(next(fd, &message) > 0);
    assert_int_equal(message.type, KEY_HELLO);
    assert_int_equal(message.id, process.pid);
    put(fd, &(struct key_message){.type = KEY_LOAD, .id = 1});
    put(fd, &(struct key_message){.type = KEY_HELLO, .id = 2});
    assert_int_equal(send(fd, garbage, 3, 0), 3);
    assert_int_equal(send(fd, garbage, sizeof(garbage), 0), sizeof(garbage));
    put(fd, &sign);
    assert_true(next(fd, &message) > 0);
    assert_int_equal(message.type, KEY_SIGNED);
    assert_int_equal(message.id, 5);
    assert_int_equal(message.status, KEY_UNKNOWN);
    close(fd);
    fd = process_socket(&process, KEY_ROLE_DESK);
    assert_true(next(fd, &message) > 0);
    put(fd, &sign);
    put(fd, &(struct key_message){.type = KEY_COMMIT, .id = 6});
    assert_true(next(fd, &message) > 0);
    assert_int_equal(message.type, KEY_DONE);
    assert_int_equal(message.id, 6);
    close(fd);
    fd = process_socket(&process, 17);
    assert_int_equal(next(fd, &message), 0);
    close(fd);
    process_end(&process);
    key_host_free(&host);
}

/* Sockets come and go, more of them than there are at once. */
static void many_sockets(void **state)
{
    (void)state;
    struct key_host host = key_host_new();
    struct process process = process_new(&host);
    struct key_message message;
    for (unsigned i = 0; i < 3 * HUB_SHARDS_MAX; i++) {
        const int fd = process_socket(&process, KEY_ROLE_DESK);
        assert_true(next(fd, &message) > 0);
        put(fd, &(struct key_message){.type = KEY_COMMIT, .id = i});
        assert_true(next(fd, &message) > 0);
        assert_int_equal(shutdown(fd, SHUT_WR), 0);
        assert_int_equal(next(fd, &message), 0);
        close(fd);
    }
    process_end(&process);
    key_host_free(&host);
}

/* -------------------------------------------------------------------------- the sandbox */

static void open_for_writing(const char *path)
{
    (void)!open(path, O_WRONLY | O_CLOEXEC);
}

static void open_a_socket(const char *path)
{
    (void)path;
    (void)!socket(AF_INET, SOCK_DGRAM, 0);
}

static void run_a_program(const char *path)
{
    char *const arguments[] = {NULL};
    execve(path, arguments, arguments);
}

static void read_it(const char *path)
{
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        _exit(2);
    close(fd);
}

static int status_of(void (*attempt)(const char *path), const char *path)
{
    struct ring_error error;
    int status;
    const pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        if (!key_sandbox_enter(&error))
            _exit(1);
        attempt(path);
        _exit(0);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return status;
}

static void sandbox(void **state)
{
    (void)state;
    if (HUB_SANITIZED)
        skip();
    struct key_host host = key_host_new();
    char path[160];
    static void (*const refused[])(const char *) = {open_for_writing, open_a_socket, run_a_program};
    snprintf(path, sizeof(path), "%s/private/ec.der", host.folder.path);
    for (size_t i = 0; i < x4m_countof(refused); i++) {
        const int status = status_of(refused[i], path);
        assert_true(WIFSIGNALED(status));
        assert_int_equal(WTERMSIG(status), SIGSYS);
    }
    const int status = status_of(read_it, path);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    key_host_free(&host);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(desk),       cmocka_unit_test(passphrases), cmocka_unit_test(gone),
        cmocka_unit_test(signatures), cmocka_unit_test(roles),       cmocka_unit_test(many_sockets),
        cmocka_unit_test(sandbox),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
