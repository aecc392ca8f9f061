/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * libike over one plain UDP socket, as the manual's "typical use" has it: the same loop for both
 * roles, the callbacks, one ISAKMP SA and one pair of IPsec SAs.
 *
 *     handshake respond 192.0.2.1 500 SECRET       waits at this address; port 0: any
 *     handshake initiate 192.0.2.1 500 SECRET      connects there
 *
 * It says what happens and installs nothing. The initiator ends as soon as it has the IPsec SAs and
 * deletes them; the responder ends when they are deleted. NAT traversal would need a second socket
 * on port 4500, and the non-ESP marker there, so it stays switched off.
 */

#include <arpa/inet.h>
#include <inttypes.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "x4/ike/charon.h"

enum { DATAGRAM_MAX = 16384, EXCHANGE_MAX_MS = 10000, SPI_MIN = 256 };

/* There is one exchange of each phase: the program itself is the context of every callback. */
struct program {
    int socket;
    x4s_net_addr local;
    const char *secret;
    const char *peer_name;
    x4s_charon *charon;
    x4s_ike_stats stats;
    x4s_ike_config1 config1;
    x4s_ike_config2 config2;
    x4s_ike_xchg1 *phase1;
    bool initiates;
    bool agreed; /* there were IPsec SAs */
    bool over;
};

static const x4s_ike_transform1 transforms1[] = {{
    .cipher = x4c_cipher_aes,
    .key_bits = 256,
    .hash = x4c_hash_sha256,
    .group = x4c_group_ecp256,
    .auth = x4c_ike_auth_psk,
    .life_sec = 3600,
}};

static const x4s_ike_transform2 transforms2[] = {{
    .protocol = x4c_ike_protocol_esp,
    .esp = x4c_ike_esp_aes_gcm16,
    .key_bits = 256,
    .mode = x4c_ike_transport,
    .group = x4c_group_ecp256,
    .life_sec = 1200,
}};

/* ------------------------------------------------------------------ addresses and datagrams */

static struct sockaddr_in to_socket(const x4s_net_addr *addr)
{
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons(addr->port)};
    memcpy(&in.sin_addr, addr->ip, sizeof(in.sin_addr));
    return in;
}

static x4s_net_addr from_socket(const struct sockaddr_in *in)
{
    x4s_net_addr addr = {.family = x4c_net_ipv4, .port = ntohs(in->sin_port)};
    memcpy(addr.ip, &in->sin_addr, sizeof(in->sin_addr));
    return addr;
}

/* UDP loses datagrams anyway, and libike sends again: a full queue is no reason to give up. */
static void transmit(const struct program *program, const x4s_net_link *link, const void *data,
                     size_t len)
{
    struct sockaddr_in to = to_socket(&link->remote);
    if (sendto(program->socket, data, len, 0, (const struct sockaddr *)&to, sizeof(to)) < 0)
        perror("sendto");
}

/* All that is waiting is one batch: libike does its public-key work for all of it at once. */
static void receive_batch(struct program *program)
{
    uint8_t data[DATAGRAM_MAX];
    struct sockaddr_in from;
    socklen_t size = sizeof(from);
    ssize_t len;
    while ((len = recvfrom(program->socket, data, sizeof(data), MSG_DONTWAIT,
                           (struct sockaddr *)&from, &size)) >= 0) {
        x4s_net_link link = {.local = program->local, .remote = from_socket(&from)};
        x4e_ike_reason reason = x4_charon_recv(program->charon, &link, data, (size_t)len);
        if (reason != x4c_ike_none)
            printf("message refused: %s\n", x4_ike_reason_text(reason));
        size = sizeof(from);
    }
}

/* ------------------------------------------------------------------ callbacks of phase 1 */

static void initiated1(void *context, x4s_ike_xchg1 *xchg)
{
    struct program *program = context;
    program->phase1 = xchg;
}

static void *responded1(void *userdata, x4s_ike_xchg1 *xchg, const x4s_ike_config1 *config,
                        const x4s_ike_offer1 *offer)
{
    (void)config;
    (void)offer;
    struct program *program = userdata;
    program->phase1 = xchg;
    return program;
}

static void completed1(void *context, const x4s_ike_keys1 *keys)
{
    struct program *program = context;
    printf("phase 1 complete with %.*s\n", (int)keys->remote_id.data.len,
           (const char *)keys->remote_id.data.data);
    if (program->initiates && !x4_charon_init2(program->phase1, &program->config2))
        program->over = true;
}

static void disposed1(void *context, x4e_ike_reason reason)
{
    struct program *program = context;
    printf("phase 1 over: %s\n", x4_ike_reason_text(reason));
    program->phase1 = NULL;
    program->over = true;
}

/* The peer has proven the secret. Is it whom we wanted? A body of RFC 2407 4.6.2: 4 bytes, name. */
static bval validate1(void *context, x4s_chunk body, uint8_t payload)
{
    const struct program *program = context;
    size_t len = strlen(program->peer_name);
    return payload == 5 && body.len == 4 + len && body.data[0] == x4c_ike_id_fqdn &&
           memcmp(body.data + 4, program->peer_name, len) == 0;
}

static bval send_exchange(void *context, const x4s_net_link *link, const void *data, size_t len)
{
    transmit(context, link, data, len);
    return btrue;
}

static bval get_psk(void *context, x4s_chunk *psk)
{
    const struct program *program = context;
    *psk = (x4s_chunk){.data = (const uint8_t *)program->secret, .len = strlen(program->secret)};
    return btrue;
}

/* An initiator answers nobody, a responder only one peer. */
static const x4s_ike_config1 *policy1(void *userdata, const x4s_ike_offer1 *offer)
{
    (void)offer;
    const struct program *program = userdata;
    return program->initiates || program->phase1 ? NULL : &program->config1;
}

static const x4s_ike_calls1 calls1 = {
    .initiated = initiated1,
    .responded = responded1,
    .completed = completed1,
    .disposed = disposed1,
    .validate = validate1,
    .send = send_exchange,
    .get_psk = get_psk,
    .policy = policy1,
};

/* ------------------------------------------------------------------ callbacks of phase 2 */

static void initiated2(void *context, x4s_ike_xchg2 *xchg)
{
    (void)context;
    (void)xchg;
}

static void *responded2(void *context1, x4s_ike_xchg2 *xchg, const x4s_ike_config2 *config,
                        const x4s_ike_offer2 *offer)
{
    (void)xchg;
    (void)config;
    (void)offer;
    return context1;
}

/* Here the SAs would be given to the kernel; the keys are gone when this returns. */
static void completed2(void *context, const x4s_ike_keys2 *keys)
{
    struct program *program = context;
    printf("IPsec SAs agreed: in %08" PRIx32 ", out %08" PRIx32 "\n", keys->in.spi, keys->out.spi);
    program->agreed = true;
    program->over = program->initiates;
}

static void disposed2(void *context, x4e_ike_reason reason)
{
    struct program *program = context;
    printf("IPsec SAs over: %s\n", x4_ike_reason_text(reason));
    program->over = true;
}

static uint32_t get_spi(void *userdata)
{
    (void)userdata;
    uint32_t spi = 0;
    bool drawn = getrandom(&spi, sizeof(spi), 0) == sizeof(spi);
    return drawn && spi >= SPI_MIN ? spi : 0;
}

static const x4s_ike_config2 *policy2(void *context1, const x4s_ike_offer2 *offer)
{
    const struct program *program = context1;
    return offer->selectors ? NULL : &program->config2;
}

static const x4s_ike_calls2 calls2 = {
    .initiated = initiated2,
    .responded = responded2,
    .completed = completed2,
    .disposed = disposed2,
    .send = send_exchange,
    .get_spi = get_spi,
    .policy = policy2,
};

/* ------------------------------------------------------------------ the instance */

static x4_msec read_clock(void *userdata)
{
    (void)userdata;
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (x4_msec)now.tv_sec * 1000 + (x4_msec)now.tv_nsec / 1000000;
}

/* The answer to a first message, before there is an exchange. */
static void send_answer(void *userdata, const x4s_net_link *link, const void *data, size_t len)
{
    transmit(userdata, link, data, len);
}

static void run(struct program *program)
{
    x4_msec wait = x4_charon_tick(program->charon);
    while (!program->over) {
        struct pollfd readable = {.fd = program->socket, .events = POLLIN};
        int timeout = wait == x4c_never ? -1 : (int)x4m_min(wait, (x4_msec)INT_MAX);
        if (poll(&readable, 1, timeout) < 0)
            return;
        receive_batch(program);
        wait = x4_charon_tick(program->charon);
    }
}

static void configure(struct program *program)
{
    const char *names[] = {"responder.example", "initiator.example"};
    const char *own = names[program->initiates];
    program->peer_name = names[!program->initiates];
    program->config1 = (x4s_ike_config1){
        .userdata = program,
        .id = {.type = x4c_ike_id_fqdn, .data = {.data = (const uint8_t *)own, .len = strlen(own)}},
        .transforms = transforms1,
        .transform_count = x4m_countof(transforms1),
    };
    program->config2 = (x4s_ike_config2){
        .userdata = program,
        .transforms = transforms2,
        .transform_count = x4m_countof(transforms2),
    };
}

/* A socket that is bound (responder) or connected (initiator), so that it has one local address. */
static bool open_socket(struct program *program, const x4s_net_addr *addr)
{
    struct sockaddr_in in = to_socket(addr);
    socklen_t size = sizeof(in);
    program->socket = socket(AF_INET, SOCK_DGRAM, 0);
    if (program->socket < 0)
        return false;
    int (*attach)(int, const struct sockaddr *, socklen_t) = program->initiates ? connect : bind;
    if (attach(program->socket, (const struct sockaddr *)&in, size) != 0 ||
        getsockname(program->socket, (struct sockaddr *)&in, &size) != 0)
        return false;
    program->local = from_socket(&in);
    return true;
}

static bool start(struct program *program, const x4s_net_addr *addr)
{
    const char *error = NULL;
    const x4s_charon_config config = {
        .userdata = program,
        .calls1 = &calls1,
        .calls2 = &calls2,
        .stats = &program->stats,
        .clock = read_clock,
        .send = send_answer,
        .timing = {.negotiation_ms = EXCHANGE_MAX_MS},
    };
    configure(program);
    program->charon = x4_charon_init(&config, &error);
    if (!program->charon) {
        fprintf(stderr, "libike: %s\n", error);
        return false;
    }
    program->config1.link = (x4s_net_link){.local = program->local, .remote = *addr};
    return !program->initiates || x4_charon_init1(program->charon, &program->config1);
}

/* "initiate" or "respond", an address, a port and a secret. */
static bool parse(int argc, char **argv, struct program *program, x4s_net_addr *addr)
{
    struct sockaddr_in in = {.sin_family = AF_INET};
    if (argc != 5 || inet_pton(AF_INET, argv[2], &in.sin_addr) != 1)
        return false;
    char *end;
    unsigned long port = strtoul(argv[3], &end, 10);
    if (*end || port > UINT16_MAX)
        return false;
    in.sin_port = htons((uint16_t)port);
    *addr = from_socket(&in);
    program->secret = argv[4];
    program->initiates = strcmp(argv[1], "initiate") == 0;
    return program->initiates || strcmp(argv[1], "respond") == 0;
}

int main(int argc, char **argv)
{
    struct program program = {.socket = -1};
    x4s_net_addr addr;
    if (!parse(argc, argv, &program, &addr)) {
        fputs("usage: handshake initiate|respond IPV4-ADDRESS PORT SECRET\n", stderr);
        return 2;
    }
    if (!open_socket(&program, &addr)) {
        perror("socket");
        return 1;
    }
    setvbuf(stdout, NULL, _IOLBF, 0);
    char text[INET_ADDRSTRLEN];
    printf("at %s:%u\n", inet_ntop(AF_INET, program.local.ip, text, sizeof(text)),
           program.local.port);
    if (start(&program, &addr))
        run(&program);
    if (program.charon)
        x4_charon_term(program.charon);
    close(program.socket);
    return program.agreed ? 0 : 1;
}
