/* SPDX-License-Identifier: BSD-2-Clause */
#include "bench/load/tunnels.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

#include "bench/load/clock.h"
#include "bench/load/identity.h"
#include "bench/load/random.h"

/* SPIs up to 255 are reserved (RFC 2407 4.6.1, RFC 4303 2.1). */
#define SPI_MIN 256

/* ISAKMP payload type of an identification (RFC 2408 3.1). */
#define PAYLOAD_ID 5

enum state {
    STATE_IDLE,
    STATE_STARTING,
    STATE_UP,
    STATE_OVER, /* failed, lost or ended */
};

/* What libike wants to keep until a tunnel is up. Spare ones form a list. */
struct attempt {
    struct attempt *next_spare;
    x4s_ike_config1 config1;
    x4s_ike_config2 config2;
    char name[LOAD_IDENTITY_NAME_MAX];
};

struct tunnel {
    struct load_tunnels *owner;
    struct attempt *attempt; /* while starting */
    x4s_ike_xchg1 *xchg1;
    x4s_ike_xchg2 *xchg2;
    uint64_t begin_us;
    enum state state;
};

struct load_tunnels {
    const struct load_options *options;
    struct load_wire *wire;
    x4s_charon *charon;
    x4s_modp *modp; /* NULL: OpenSSL does it */
    x4s_ike_stats stats;
    struct load_tally tally;
    struct load_random random;
    uint32_t last_spi;
    struct attempt *attempts;
    struct attempt *spare;
    struct tunnel *tunnels;
};

/* ------------------------------------------------------------------ the life of a tunnel */

static void leave_flight(struct tunnel *tunnel, enum state state)
{
    struct load_tunnels *owner = tunnel->owner;
    assert(tunnel->state == STATE_STARTING);
    tunnel->state = state;
    tunnel->attempt->next_spare = owner->spare;
    owner->spare = tunnel->attempt;
    tunnel->attempt = NULL;
    owner->tally.in_flight--;
}

static void end_exchanges(struct tunnel *tunnel, bool tell)
{
    if (tunnel->xchg2)
        x4_charon_term2(tunnel->xchg2, tell);
    if (tunnel->xchg1)
        x4_charon_term1(tunnel->xchg1, tell);
}

static void fail(struct tunnel *tunnel, x4e_ike_reason reason)
{
    struct load_tally *tally = &tunnel->owner->tally;
    leave_flight(tunnel, STATE_OVER);
    tally->failed++;
    tally->failures[reason]++;
    end_exchanges(tunnel, true);
}

static void come_up(struct tunnel *tunnel)
{
    struct load_tally *tally = &tunnel->owner->tally;
    leave_flight(tunnel, STATE_UP);
    tally->up++;
    tally->last_up_us = load_clock_us();
    load_histogram_add(&tally->latency_us, tally->last_up_us - tunnel->begin_us);
}

static void lose(struct tunnel *tunnel)
{
    tunnel->state = STATE_OVER;
    tunnel->owner->tally.lost++;
}

/* ------------------------------------------------------------------ callbacks of phase 1 */

static void ph1_initiated(void *context, x4s_ike_xchg1 *xchg)
{
    struct tunnel *tunnel = context;
    tunnel->xchg1 = xchg;
}

static void ph1_completed(void *context, const x4s_ike_keys1 *keys)
{
    struct tunnel *tunnel = context;
    (void)keys;
    if (!x4_charon_init2(tunnel->xchg1, &tunnel->attempt->config2))
        fail(tunnel, x4c_ike_bad_config);
}

static void ph1_disposed(void *context, x4e_ike_reason reason)
{
    struct tunnel *tunnel = context;
    tunnel->xchg1 = NULL;
    if (tunnel->state == STATE_STARTING)
        fail(tunnel, reason);
}

static bval ph1_validate(void *context, x4s_chunk body, uint8_t payload)
{
    const struct tunnel *tunnel = context;
    x4s_ike_id id;
    if (payload != PAYLOAD_ID)
        return btrue;
    return load_identity_from_body(body, &id) &&
           hub_identity_match(&tunnel->owner->options->remote_id, &id) != HUB_MATCH_NONE;
}

/* A datagram that finds no room is as good as lost, and retransmission makes up for it. */
static bval send_datagram(void *context, const x4s_net_link *link, const void *data, size_t len)
{
    const struct tunnel *tunnel = context;
    (void)load_wire_send(tunnel->owner->wire, link, data, len);
    return btrue;
}

static bval ph1_get_psk(void *context, x4s_chunk *psk)
{
    const struct tunnel *tunnel = context;
    *psk = tunnel->owner->options->psk;
    return btrue;
}

/* Nobody is answered: the policies refuse all, so that ph1_responded and ph2_responded never come.
 */
static const x4s_ike_config1 *ph1_policy(void *userdata, const x4s_ike_offer1 *offer)
{
    (void)userdata;
    (void)offer;
    return NULL;
}

static void *ph1_responded(void *userdata, x4s_ike_xchg1 *xchg, const x4s_ike_config1 *config,
                           const x4s_ike_offer1 *offer)
{
    (void)userdata;
    (void)xchg;
    (void)config;
    (void)offer;
    return NULL;
}

static const x4s_ike_calls1 calls1 = {
    .initiated = ph1_initiated,
    .responded = ph1_responded,
    .completed = ph1_completed,
    .disposed = ph1_disposed,
    .validate = ph1_validate,
    .send = send_datagram,
    .get_psk = ph1_get_psk,
    .policy = ph1_policy,
};

/* ------------------------------------------------------------------ callbacks of phase 2 */

static void ph2_initiated(void *context, x4s_ike_xchg2 *xchg)
{
    struct tunnel *tunnel = context;
    tunnel->xchg2 = xchg;
}

static void ph2_completed(void *context, const x4s_ike_keys2 *keys)
{
    (void)keys;
    come_up(context);
}

static void ph2_disposed(void *context, x4e_ike_reason reason)
{
    struct tunnel *tunnel = context;
    tunnel->xchg2 = NULL;
    if (tunnel->state == STATE_STARTING)
        fail(tunnel, reason);
    else if (tunnel->state == STATE_UP)
        lose(tunnel);
}

static uint32_t ph2_get_spi(void *userdata)
{
    struct load_tunnels *tunnels = userdata;
    if (++tunnels->last_spi < SPI_MIN)
        tunnels->last_spi = SPI_MIN;
    return tunnels->last_spi;
}

static const x4s_ike_config2 *ph2_policy(void *context1, const x4s_ike_offer2 *offer)
{
    (void)context1;
    (void)offer;
    return NULL;
}

static void *ph2_responded(void *context1, x4s_ike_xchg2 *xchg, const x4s_ike_config2 *config,
                           const x4s_ike_offer2 *offer)
{
    (void)context1;
    (void)xchg;
    (void)config;
    (void)offer;
    return NULL;
}

static const x4s_ike_calls2 calls2 = {
    .initiated = ph2_initiated,
    .responded = ph2_responded,
    .completed = ph2_completed,
    .disposed = ph2_disposed,
    .send = send_datagram,
    .get_spi = ph2_get_spi,
    .policy = ph2_policy,
};

/* ------------------------------------------------------------------ callbacks of the instance */

static x4_msec read_clock(void *userdata)
{
    (void)userdata;
    return load_clock_us() / 1000;
}

static void send_first_answer(void *userdata, const x4s_net_link *link, const void *data,
                              size_t len)
{
    struct load_tunnels *tunnels = userdata;
    (void)load_wire_send(tunnels->wire, link, data, len);
}

static bval seeded_bytes(void *userdata, void *data, size_t len)
{
    struct load_tunnels *tunnels = userdata;
    load_random_fill(&tunnels->random, data, len);
    return btrue;
}

static bool open_instance(struct load_tunnels *tunnels, struct load_error *error)
{
    x4s_charon_config config = {
        .userdata = tunnels,
        .calls1 = &calls1,
        .calls2 = &calls2,
        .stats = &tunnels->stats,
        .clock = read_clock,
        .send = send_first_answer,
        .random = tunnels->options->seeded ? seeded_bytes : NULL,
    };
    const char *reason;
    if (!tunnels->options->openssl)
        tunnels->modp = x4_modp_new(NULL, &reason);
    config.modp = tunnels->modp;
    tunnels->charon = x4_charon_init(&config, &reason);
    if (!tunnels->charon)
        snprintf(error->text, sizeof(error->text), "libike: %s", reason);
    return tunnels->charon != NULL;
}

/* ------------------------------------------------------------------ interface */

/* Runs that follow each other within the SAs' life shall not ask the peer for the same SPIs. */
static void seed(struct load_tunnels *tunnels)
{
    tunnels->random.state = tunnels->options->seed;
    if (!tunnels->options->seeded)
        (void)!getrandom(&tunnels->random.state, sizeof(tunnels->random.state), 0);
    load_random_fill(&tunnels->random, &tunnels->last_spi, sizeof(tunnels->last_spi));
}

struct load_tunnels *load_tunnels_new(const struct load_options *options, struct load_wire *wire,
                                      struct load_error *error)
{
    struct load_tunnels *tunnels = calloc(1, sizeof(*tunnels));
    if (!tunnels) {
        snprintf(error->text, sizeof(error->text), "out of memory");
        return NULL;
    }
    tunnels->options = options;
    tunnels->wire = wire;
    seed(tunnels);
    tunnels->tunnels = calloc(options->count, sizeof(*tunnels->tunnels));
    tunnels->attempts = calloc(options->concurrency, sizeof(*tunnels->attempts));
    if (!tunnels->tunnels || !tunnels->attempts) {
        snprintf(error->text, sizeof(error->text), "out of memory for %u tunnels", options->count);
        load_tunnels_free(tunnels);
        return NULL;
    }
    for (uint32_t i = 0; i < options->concurrency; i++) {
        tunnels->attempts[i].next_spare = tunnels->spare;
        tunnels->spare = &tunnels->attempts[i];
    }
    if (open_instance(tunnels, error))
        return tunnels;
    load_tunnels_free(tunnels);
    return NULL;
}

void load_tunnels_free(struct load_tunnels *tunnels)
{
    if (!tunnels)
        return;
    if (tunnels->charon) {
        for (uint32_t i = 0; tunnels->tunnels && i < tunnels->tally.started; i++)
            (void)load_tunnels_end(tunnels, i, false);
        x4_charon_term(tunnels->charon);
    }
    x4_modp_free(tunnels->modp);
    free(tunnels->attempts);
    free(tunnels->tunnels);
    free(tunnels);
}

static void fill_attempt(const struct load_tunnels *tunnels, uint32_t n, struct tunnel *tunnel)
{
    const struct load_options *options = tunnels->options;
    struct attempt *attempt = tunnel->attempt;
    attempt->config1 = (x4s_ike_config1){
        .userdata = tunnel,
        .link = tunnels->wire->link,
        .transforms = options->transforms1,
        .transform_count = options->transform1_count,
        .life_sec = options->life1_sec,
    };
    if (!options->id_address)
        attempt->config1.id = load_identity_numbered(options->id_prefix, n, attempt->name);
    else
        (void)hub_identity_of_addr(&attempt->config1.link.local, &attempt->config1.id);

    attempt->config2 = (x4s_ike_config2){
        .userdata = tunnel,
        .selectors = btrue,
        .transforms = options->transforms2,
        .transform_count = options->transform2_count,
        .life_sec = options->life2_sec,
    };
    load_pattern_selector(&options->local_ts, n, &attempt->config2.local);
    load_pattern_selector(&options->remote_ts, n, &attempt->config2.remote);
}

void load_tunnels_start(struct load_tunnels *tunnels)
{
    assert(tunnels->tally.started < tunnels->options->count && tunnels->spare);
    uint32_t n = tunnels->tally.started++;
    struct tunnel *tunnel = &tunnels->tunnels[n];
    *tunnel = (struct tunnel){
        .owner = tunnels,
        .attempt = tunnels->spare,
        .begin_us = load_clock_us(),
        .state = STATE_STARTING,
    };
    tunnels->spare = tunnel->attempt->next_spare;
    tunnels->tally.in_flight++;
    fill_attempt(tunnels, n, tunnel);
    if (!x4_charon_init1(tunnels->charon, &tunnel->attempt->config1))
        fail(tunnel, x4c_ike_bad_config);
}

void load_tunnels_receive(struct load_tunnels *tunnels, const struct ring_datagram *datagram)
{
    x4s_net_link link = load_wire_link(datagram);
    (void)x4_charon_recv(tunnels->charon, &link, datagram->data, datagram->size);
}

x4_msec load_tunnels_tick(struct load_tunnels *tunnels)
{
    return x4_charon_tick(tunnels->charon);
}

bool load_tunnels_in_flight(const struct load_tunnels *tunnels, uint32_t n)
{
    return tunnels->tunnels[n].state == STATE_STARTING;
}

bool load_tunnels_end(struct load_tunnels *tunnels, uint32_t n, bool tell)
{
    assert(tunnels->tunnels && n < tunnels->tally.started);
    struct tunnel *tunnel = &tunnels->tunnels[n];
    bool there = tunnel->xchg1 || tunnel->xchg2;
    if (tunnel->state == STATE_STARTING)
        fail(tunnel, x4c_ike_terminated);
    tunnel->state = STATE_OVER;
    end_exchanges(tunnel, tell);
    return there;
}

const struct load_tally *load_tunnels_tally(const struct load_tunnels *tunnels)
{
    return &tunnels->tally;
}

const x4s_ike_stats *load_tunnels_stats(const struct load_tunnels *tunnels)
{
    return &tunnels->stats;
}
