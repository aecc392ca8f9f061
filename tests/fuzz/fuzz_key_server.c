/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * A shard or a desk that is somebody else's by now and talks to the process that holds the keys.
 * The input is messages, each with a byte that says whose and two for its length: whatever they
 * say, every answer is a message, none has a private key in it, and the key that is there signs.
 */

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "shard/privilege/key_server.h"
#include "tests/fuzz/input.h"
#include "x4/crypto/hash.h"

/* The private value of P-256 of RFC 5903 8.1, in SEC 1. */
static const uint8_t key[] = {0x30, 0x31, 0x02, 0x01, 0x01, 0x04, 0x20, 0xc8, 0x8f, 0x01, 0xf5,
                              0x10, 0xd9, 0xac, 0x3f, 0x70, 0xa2, 0x92, 0xda, 0xa2, 0x31, 0x6d,
                              0xe5, 0x44, 0xe9, 0xaa, 0xb8, 0xaf, 0xe8, 0x40, 0x49, 0xc6, 0x2a,
                              0x9c, 0x57, 0x86, 0x2d, 0x14, 0x33, 0xa0, 0x0a, 0x06, 0x08, 0x2a,
                              0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07};
static const size_t secret_at = 7;
static const size_t secret_len = 32;

static void must(bool holds)
{
    if (!holds)
        abort();
}

static void on_found(void *context, const struct key_message *found)
{
    uint8_t *name = context;
    const char *why;
    x4s_crypto *crypto = x4_crypto_new(&x4_libc_allocator, NULL, NULL, &why);
    must(crypto && x4_hash(crypto, x4c_hash_sha256, &found->data, 1, name));
    x4_crypto_free(crypto);
}

static bool has_secret(const uint8_t *bytes, size_t len)
{
    size_t i = 0;
    while (i + secret_len <= len && memcmp(bytes + i, key + secret_at, secret_len) != 0)
        i++;
    return i + secret_len <= len;
}

static void take_answers(int fd)
{
    static uint8_t bytes[KEY_MESSAGE_MAX];
    struct key_message message;
    ssize_t len;
    while ((len = recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT)) > 0) {
        must(key_message_read((x4s_chunk){bytes, (size_t)len}, &message));
        must(!has_secret(bytes, (size_t)len));
    }
}

/* Asking for the key's own signature is no surprise. */
static void say(struct key_server *server, struct input *input, const uint8_t name[KEY_NAME])
{
    uint8_t bytes[KEY_MESSAGE_MAX];
    size_t len;
    const uint16_t wanted = input_u16(input);
    const uint8_t *from = input_bytes(input, wanted % sizeof(bytes), &len);
    memcpy(bytes, from, len);
    if (wanted & 0x8000 && len > 9 + KEY_NAME)
        memcpy(bytes + 9, name, KEY_NAME);
    key_server_take(server, (x4s_chunk){bytes, len});
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int ends[2];
    uint8_t name[x4c_hash_size_max] = {0};
    struct input input = {data, size};
    struct key_vault *vault = key_vault_new("/nonexistent/ikehub.conf", 2);
    must(vault && socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) == 0);
    must(!key_vault_add(vault, 0, (x4s_chunk){key, sizeof(key)}, on_found, name));
    must(!key_vault_load(vault, 0, NULL, on_found, NULL));
    struct key_server servers[] = {
        {.vault = vault, .thread = 0, .role = KEY_ROLE_SIGNER, .fd = ends[0]},
        {.vault = vault, .thread = 1, .role = KEY_ROLE_DESK, .fd = ends[0]},
    };
    while (input.left) {
        say(&servers[input_u8(&input) & 1], &input, name);
        take_answers(ends[1]);
    }
    for (size_t i = 0; i < x4m_countof(servers); i++)
        key_server_fini(&servers[i]);
    key_vault_free(vault);
    close(ends[0]);
    close(ends[1]);
    return 0;
}
