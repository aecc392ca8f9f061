/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * What RADIUS servers send, and whoever speaks in their place: the input is an answer and a request
 * of a server's. Whatever it says is taken apart within its bounds; nothing of it is believed,
 * unless it is what this has made itself.
 */

#include <stdlib.h>
#include <string.h>

#include "shard/radius/client.h"
#include "shard/radius/verdict.h"
#include "tests/fuzz/input.h"

static const uint8_t secret_bytes[] = "fuzz";
static const x4s_chunk secret = {secret_bytes, sizeof(secret_bytes) - 1};

static void must(bool holds)
{
    if (!holds)
        abort();
}

static void on_send(void *context, size_t server, enum radius_service service, const void *data,
                    size_t len)
{
    (void)context;
    (void)server;
    (void)service;
    (void)data;
    (void)len;
}

static void on_done(void *context, struct radius_request *request,
                    const struct radius_packet *answer)
{
    unsigned *answers = context;
    (void)request;
    *answers += answer != NULL;
}

static void on_dropped(void *context, struct radius_request *request)
{
    (void)context;
    (void)request;
}

/* Nobody but who has the secret answers. */
static void to_client(x4s_crypto *crypto, const uint8_t *data, size_t size)
{
    const struct hub_radius_server server = {.secret = secret};
    const struct hub_radius config = {
        .servers = &server, .server_count = 1, .timeout_ms = 1000, .tries = 1, .base_pct = 100};
    unsigned answers = 0;
    struct radius_request request = {.service = RADIUS_AUTHENTICATION};
    struct radius_client *client = radius_client_new(
        &(const struct radius_client_options){&config, crypto, on_send, on_done, &answers}, 0);
    must(client && radius_client_ask(client, &request, 0));
    radius_client_receive(client, 0, RADIUS_AUTHENTICATION, data, size, 1);
    radius_client_receive(client, 0, RADIUS_ACCOUNTING, data, size, 1);
    must(answers == 0);
    radius_client_free(client, on_dropped);
}

static void take_apart(x4s_crypto *crypto, const uint8_t *data, size_t size)
{
    struct radius_packet packet;
    struct radius_verdict verdict;
    struct radius_writer answer;
    if (!radius_read(data, size, &packet))
        return;
    must(!radius_request_is_proven(crypto, &packet, secret));
    radius_verdict_read(&verdict, &packet);
    (void)radius_verdict_has_class(&verdict, "group");
    if (!radius_write_answer(&answer, crypto, RADIUS_DISCONNECT_ACK, &packet, (x4s_chunk){0},
                             secret))
        return;
    struct radius_packet written;
    must(radius_read(answer.data, answer.len, &written));
    must(radius_answer_is_proven(crypto, &written, packet.data + 4, secret));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static x4s_crypto *crypto;
    const char *why;
    if (!crypto)
        crypto = x4_crypto_new(&x4_libc_allocator, NULL, NULL, &why);
    must(crypto != NULL);
    to_client(crypto, data, size);
    take_apart(crypto, data, size);
    return 0;
}
