/* SPDX-License-Identifier: BSD-2-Clause */
#include "bench/load/tunnels.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "bench/load/attempt.h"
#include "bench/load/clock.h"
#include "bench/load/random.h"

/* SPIs up to 255 are reserved (RFC 2407 4.6.1, RFC 4303 2.1). */
#define SPI_MIN 256

/* ISAKMP payload type of an identification (RFC 2408 3.1). */
#define PAYLOAD_ID 5

#define NOBODY UINT32_MAX

enum state {
    STATE_DOWN, /* not started, failed, lost or ended */
    STATE_UP,
};

/* What negotiates for a tunnel. Spare ones form a list. */
struct attempt {
    struct attempt *next_spare;
    enum load_attempt kind;
    uint32_t child; /* the one that is next, or under way */
    uint64_t begin_us;
    struct load_proposal proposal;
};

/*
 * An exchange has one of two places, so that a new one may be negotiated while the old one is
 * there. The place is the callback context.
 */
struct place1 {
    x4s_ike_xchg1 *xchg;
    uint8_t index;
};

struct place2 {
    x4s_ike_xchg2 *xchg;
    uint8_t index;
};

struct child {
    struct place2 places[2];
    struct tunnel *tunnel;
    uint8_t current;
};

struct tunnel {
    struct load_tunnels *owner;
    struct attempt *attempt;
    struct place1 places[2];
    uint64_t lost_us;
    uint32_t next_lost;
    uint8_t inner[4]; /* what mode config gave, or zeros */
    uint8_t current;
    uint8_t state;
    bool listed; /* among the lost */
};

struct load_tunnels {
    const struct load_options *options;
    struct load_fleet fleet;
    struct load_wire *wire;
    struct load_impair *impair;
    x4s_charon *charon;
    x4s_modp *modp; /* NULL: OpenSSL does it */
    x4s_ike_stats stats;
    struct load_tally tally;
    struct load_answers answers;
    struct load_random random;
    uint32_t last_spi;
    uint32_t first_lost;
    uint32_t last_lost;
    struct attempt *attempts;
    struct attempt *spare;
    struct tunnel *tunnels;
    struct child *children; /* options->children of each tunnel */
};

static struct tunnel *tunnel_of(struct place1 *place)
{
    return x4m_container(place - place->index, struct tunnel, places);
}

static struct child *child_of(struct place2 *place)
{
    return x4m_container(place - place->index, struct child, places);
}

static uint32_t number_of(const struct tunnel *tunnel)
{
    return (uint32_t)(tunnel - tunnel->owner->tunnels);
}

static struct child *children_of(const struct tunnel *tunnel)
{
    struct load_tunnels *owner = tunnel->owner;
    return &owner->children[(size_t)number_of(tunnel) * owner->options->children];
}

static struct place1 *fresh1(struct tunnel *tunnel)
{
    return &tunnel->places[tunnel->current ^ 1];
}

static struct place2 *fresh2(struct child *child)
{
    return &child->places[child->current ^ 1];
}

/* ------------------------------------------------------------------ ending exchanges */

static void end1(struct place1 *place, bool tell)
{
    if (place->xchg)
        x4_charon_term1(place->xchg, tell);
}

static void end2(struct place2 *place, bool tell)
{
    if (place->xchg)
        x4_charon_term2(place->xchg, tell);
}

/* Children first: their Deletes go under the ISAKMP SA. */
static void end_fresh(struct tunnel *tunnel, bool tell)
{
    struct child *children = children_of(tunnel);
    for (uint32_t i = 0; i < tunnel->owner->options->children; i++)
        end2(fresh2(&children[i]), tell);
    end1(fresh1(tunnel), tell);
}

static void swap_places(struct tunnel *tunnel)
{
    struct child *children = children_of(tunnel);
    tunnel->current ^= 1;
    for (uint32_t i = 0; i < tunnel->owner->options->children; i++)
        children[i].current ^= 1;
}

static bool end_all(struct tunnel *tunnel, bool tell)
{
    struct child *children = children_of(tunnel);
    bool there = tunnel->places[0].xchg || tunnel->places[1].xchg;
    for (uint32_t i = 0; i < tunnel->owner->options->children; i++)
        there = there || children[i].places[0].xchg || children[i].places[1].xchg;
    end_fresh(tunnel, tell);
    swap_places(tunnel);
    end_fresh(tunnel, tell);
    return there;
}

/* ------------------------------------------------------------------ the life of an attempt */

/* Whether the attempt is of a whole tunnel, and not of a child alone. */
static bool is_whole(const struct attempt *attempt)
{
    return attempt->kind != LOAD_REKEY;
}

static void begin(struct tunnel *tunnel, enum load_attempt kind, uint64_t begin_us)
{
    struct load_tunnels *owner = tunnel->owner;
    assert(owner->spare && !tunnel->attempt);
    tunnel->attempt = owner->spare;
    owner->spare = owner->spare->next_spare;
    tunnel->attempt->kind = kind;
    tunnel->attempt->child = 0;
    tunnel->attempt->begin_us = begin_us;
    if (owner->tally.outcomes[kind].begun++ == 0)
        owner->tally.outcomes[kind].first_us = begin_us;
    owner->tally.in_flight++;
}

static struct load_outcome *release(struct tunnel *tunnel)
{
    struct load_tunnels *owner = tunnel->owner;
    struct attempt *attempt = tunnel->attempt;
    attempt->next_spare = owner->spare;
    owner->spare = attempt;
    tunnel->attempt = NULL;
    owner->tally.in_flight--;
    return &owner->tally.outcomes[attempt->kind];
}

static void list_lost(struct tunnel *tunnel, uint64_t lost_us)
{
    struct load_tunnels *owner = tunnel->owner;
    uint32_t n = number_of(tunnel);
    if (tunnel->listed)
        return;
    tunnel->lost_us = lost_us;
    tunnel->next_lost = NOBODY;
    tunnel->listed = true;
    *(owner->first_lost == NOBODY ? &owner->first_lost
                                  : &owner->tunnels[owner->last_lost].next_lost) = n;
    owner->last_lost = n;
}

/* What could not be made anew is as lost as it was. */
static void fail(struct tunnel *tunnel, x4e_ike_reason reason)
{
    enum load_attempt kind = tunnel->attempt->kind;
    uint32_t child = tunnel->attempt->child;
    uint64_t begin_us = tunnel->attempt->begin_us;
    release(tunnel)->failed++;
    tunnel->owner->tally.failures[reason]++;
    if (kind == LOAD_RECONNECT && reason != x4c_ike_terminated)
        list_lost(tunnel, begin_us);
    if (kind == LOAD_REKEY)
        end2(fresh2(&children_of(tunnel)[child]), true);
    else
        end_fresh(tunnel, true);
}

/* What was there before is ended last, when it is out of the way. */
static void succeed(struct tunnel *tunnel)
{
    struct load_tally *tally = &tunnel->owner->tally;
    uint64_t begin_us = tunnel->attempt->begin_us;
    bool whole = is_whole(tunnel->attempt);
    x4s_net_addr inner = tunnel->attempt->proposal.inner;
    struct child *rekeyed = &children_of(tunnel)[tunnel->attempt->child];
    struct load_outcome *outcome = release(tunnel);
    outcome->done++;
    outcome->last_us = load_clock_us();
    load_histogram_add(&outcome->latency_us, outcome->last_us - begin_us);
    tally->up += tunnel->state == STATE_DOWN;
    tunnel->state = STATE_UP;
    if (whole) {
        memcpy(tunnel->inner, inner.ip, sizeof(tunnel->inner));
        swap_places(tunnel);
        end_fresh(tunnel, true);
    } else {
        rekeyed->current ^= 1;
        end2(fresh2(rekeyed), true);
    }
}

static void lose(struct tunnel *tunnel)
{
    struct load_tunnels *owner = tunnel->owner;
    tunnel->state = STATE_DOWN;
    owner->tally.up--;
    owner->tally.lost++;
    if (tunnel->attempt)
        fail(tunnel, x4c_ike_terminated);
    list_lost(tunnel, load_clock_us());
}

static void negotiate_child(struct tunnel *tunnel)
{
    struct load_tunnels *owner = tunnel->owner;
    struct attempt *attempt = tunnel->attempt;
    struct place2 *place = fresh2(&children_of(tunnel)[attempt->child]);
    struct place1 *below = is_whole(attempt) ? fresh1(tunnel) : &tunnel->places[tunnel->current];
    load_proposal_phase2(&attempt->proposal, &owner->fleet, number_of(tunnel), attempt->child,
                         place);
    if (!below->xchg || !x4_charon_init2(below->xchg, &attempt->proposal.config2))
        fail(tunnel, x4c_ike_bad_config);
}

static void negotiate_tunnel(struct tunnel *tunnel)
{
    struct load_tunnels *owner = tunnel->owner;
    struct load_proposal *proposal = &tunnel->attempt->proposal;
    load_proposal_phase1(proposal, &owner->fleet, number_of(tunnel), fresh1(tunnel));
    if (!x4_charon_init1(owner->charon, &proposal->config1))
        fail(tunnel, x4c_ike_bad_config);
}

/* ------------------------------------------------------------------ callbacks of phase 1 */

static void ph1_initiated(void *context, x4s_ike_xchg1 *xchg)
{
    struct place1 *place = context;
    place->xchg = xchg;
}

static void ph1_completed(void *context, const x4s_ike_keys1 *keys)
{
    struct tunnel *tunnel = tunnel_of(context);
    (void)keys;
    if (!tunnel->owner->options->mode_config) {
        negotiate_child(tunnel);
        return;
    }
    load_proposal_ask(&tunnel->attempt->proposal);
    if (!x4_charon_init2(fresh1(tunnel)->xchg, &tunnel->attempt->proposal.config2))
        fail(tunnel, x4c_ike_bad_config);
}

static void ph1_configured(void *context, const x4s_ike_cfg *answer)
{
    struct tunnel *tunnel = tunnel_of(context);
    if (!tunnel->attempt || !is_whole(tunnel->attempt))
        return;
    if (load_proposal_answer(&tunnel->attempt->proposal, answer))
        negotiate_child(tunnel);
    else
        fail(tunnel, x4c_ike_config_refused);
}

/* A tunnel outlives its ISAKMP SA, unless that ended because the target is not there. */
static void ph1_disposed(void *context, x4e_ike_reason reason)
{
    struct place1 *place = context;
    struct tunnel *tunnel = tunnel_of(place);
    bool fresh = place == fresh1(tunnel);
    place->xchg = NULL;
    if (fresh && tunnel->attempt && is_whole(tunnel->attempt))
        fail(tunnel, reason);
    else if (!fresh && tunnel->state == STATE_UP && reason == x4c_ike_dead_peer)
        lose(tunnel);
}

static bval ph1_validate(void *context, x4s_chunk body, uint8_t payload)
{
    const struct tunnel *tunnel = tunnel_of(context);
    x4s_ike_id id;
    if (payload != PAYLOAD_ID)
        return btrue;
    return load_identity_from_body(body, &id) &&
           hub_identity_match(&tunnel->owner->options->remote_id, &id) != HUB_MATCH_NONE;
}

/* A datagram that finds no room is as good as lost, and retransmission makes up for it. */
static void transmit(struct load_tunnels *owner, const x4s_net_link *link, const void *data,
                     size_t len)
{
    if (!load_impair_take(owner->impair, LOAD_OUT, link, data, len, load_clock_us()))
        (void)load_wire_send(owner->wire, link, data, len);
}

static bval ph1_send(void *context, const x4s_net_link *link, const void *data, size_t len)
{
    transmit(tunnel_of(context)->owner, link, data, len);
    return btrue;
}

/* As the peer behind a NAT that we pretend to be: what follows goes by the other port. */
static void ph1_natt(void *context, x4s_net_link *link, bval behind)
{
    (void)behind;
    if (link)
        load_wire_move(tunnel_of(context)->owner->wire, link);
}

static bval ph1_get_psk(void *context, x4s_chunk *psk)
{
    *psk = tunnel_of(context)->owner->options->psk;
    return psk->data != NULL;
}

static bval ph1_get_cert(void *context, x4s_ike_certs *certs)
{
    struct tunnel *tunnel = tunnel_of(context);
    const struct load_fleet *fleet = &tunnel->owner->fleet;
    uint32_t identity = load_fleet_identity(fleet, number_of(tunnel));
    return load_credentials_certs(fleet->credentials, identity, certs);
}

static bval ph1_get_prikey(void *context, x4s_ike_prikey *key)
{
    return load_credentials_key(tunnel_of(context)->owner->fleet.credentials, key);
}

static bval ph1_get_xauth(void *context, const x4s_ike_cfg *asked, x4s_ike_cfg *out)
{
    struct tunnel *tunnel = tunnel_of(context);
    struct load_tunnels *owner = tunnel->owner;
    (void)asked;
    load_answers_xauth(&owner->answers, owner->options,
                       load_fleet_identity(&owner->fleet, number_of(tunnel)), out);
    return btrue;
}

/* Whoever the target's user says to be, where it is asked. */
static void ph1_xauth(void *context, x4s_ike_xauth_job *job)
{
    (void)context;
    job->verdict = x4c_ike_verdict_accept;
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
    .configured = ph1_configured,
    .disposed = ph1_disposed,
    .validate = ph1_validate,
    .send = ph1_send,
    .natt = ph1_natt,
    .get_psk = ph1_get_psk,
    .get_cert = ph1_get_cert,
    .get_prikey = ph1_get_prikey,
    .get_xauth = ph1_get_xauth,
    .xauth = ph1_xauth,
    .policy = ph1_policy,
};

/* ------------------------------------------------------------------ callbacks of phase 2 */

static void ph2_initiated(void *context, x4s_ike_xchg2 *xchg)
{
    struct place2 *place = context;
    place->xchg = xchg;
}

static void ph2_completed(void *context, const x4s_ike_keys2 *keys)
{
    struct tunnel *tunnel = child_of(context)->tunnel;
    struct attempt *attempt = tunnel->attempt;
    (void)keys;
    tunnel->owner->tally.children++;
    if (!is_whole(attempt) || attempt->child + 1 == tunnel->owner->options->children) {
        succeed(tunnel);
        return;
    }
    attempt->child++;
    negotiate_child(tunnel);
}

static void ph2_disposed(void *context, x4e_ike_reason reason)
{
    struct place2 *place = context;
    struct child *child = child_of(place);
    struct tunnel *tunnel = child->tunnel;
    bool fresh = place == fresh2(child);
    place->xchg = NULL;
    if (fresh && tunnel->attempt)
        fail(tunnel, reason);
    else if (!fresh && tunnel->state == STATE_UP)
        lose(tunnel);
}

static bval ph2_send(void *context, const x4s_net_link *link, const void *data, size_t len)
{
    transmit(child_of(context)->tunnel->owner, link, data, len);
    return btrue;
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
    .send = ph2_send,
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
    transmit(userdata, link, data, len);
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

/* ------------------------------------------------------------------ making and freeing */

/* Runs that follow each other within the SAs' life shall not ask the peer for the same SPIs. */
static void seed(struct load_tunnels *tunnels)
{
    tunnels->random.state = tunnels->options->seed;
    if (!tunnels->options->seeded)
        (void)!getrandom(&tunnels->random.state, sizeof(tunnels->random.state), 0);
    load_random_fill(&tunnels->random, &tunnels->last_spi, sizeof(tunnels->last_spi));
}

/* Untouched memory costs nothing: places are made when a tunnel is started. */
static bool open_memory(struct load_tunnels *tunnels)
{
    const struct load_options *options = tunnels->options;
    size_t children = (size_t)options->count * options->children;
    tunnels->tunnels = calloc(options->count, sizeof(*tunnels->tunnels));
    tunnels->children = calloc(children, sizeof(*tunnels->children));
    tunnels->attempts = calloc(options->concurrency, sizeof(*tunnels->attempts));
    if (!tunnels->tunnels || !tunnels->children || !tunnels->attempts)
        return false;
    for (uint32_t i = options->concurrency; i-- > 0;) {
        tunnels->attempts[i].next_spare = tunnels->spare;
        tunnels->spare = &tunnels->attempts[i];
    }
    return true;
}

struct load_tunnels *load_tunnels_new(const struct load_options *options, struct load_wire *wire,
                                      struct load_impair *impair,
                                      struct load_credentials *credentials,
                                      struct load_error *error)
{
    struct load_tunnels *tunnels = calloc(1, sizeof(*tunnels));
    if (!tunnels) {
        snprintf(error->text, sizeof(error->text), "out of memory");
        return NULL;
    }
    tunnels->options = options;
    tunnels->wire = wire;
    tunnels->impair = impair;
    tunnels->fleet = (struct load_fleet){options, wire, credentials};
    tunnels->first_lost = NOBODY;
    seed(tunnels);
    if (!open_memory(tunnels))
        snprintf(error->text, sizeof(error->text), "out of memory for %u tunnels", options->count);
    else if (open_instance(tunnels, error))
        return tunnels;
    load_tunnels_free(tunnels);
    return NULL;
}

static uint32_t started(const struct load_tunnels *tunnels)
{
    return (uint32_t)tunnels->tally.outcomes[LOAD_START].begun;
}

void load_tunnels_free(struct load_tunnels *tunnels)
{
    if (!tunnels)
        return;
    if (tunnels->charon) {
        for (uint32_t i = 0; i < started(tunnels); i++)
            (void)load_tunnels_end(tunnels, i, false);
        x4_charon_term(tunnels->charon);
    }
    x4_modp_free(tunnels->modp);
    free(tunnels->attempts);
    free(tunnels->children);
    free(tunnels->tunnels);
    free(tunnels);
}

/* ------------------------------------------------------------------ beginning and ending */

uint32_t load_tunnels_room(const struct load_tunnels *tunnels)
{
    return tunnels->options->concurrency - tunnels->tally.in_flight;
}

static struct tunnel *make_tunnel(struct load_tunnels *tunnels, uint32_t n)
{
    struct tunnel *tunnel = &tunnels->tunnels[n];
    tunnel->owner = tunnels;
    tunnel->places[1].index = 1;
    for (uint32_t i = 0; i < tunnels->options->children; i++) {
        children_of(tunnel)[i].tunnel = tunnel;
        children_of(tunnel)[i].places[1].index = 1;
    }
    return tunnel;
}

void load_tunnels_start(struct load_tunnels *tunnels, uint64_t begin_us)
{
    assert(started(tunnels) < tunnels->options->count);
    struct tunnel *tunnel = make_tunnel(tunnels, started(tunnels));
    begin(tunnel, LOAD_START, begin_us);
    negotiate_tunnel(tunnel);
}

bool load_tunnels_rekey(struct load_tunnels *tunnels, uint32_t n, uint64_t begin_us)
{
    struct tunnel *tunnel = &tunnels->tunnels[n];
    if (tunnel->state != STATE_UP || tunnel->attempt || !tunnel->places[tunnel->current].xchg)
        return false;
    begin(tunnel, LOAD_REKEY, begin_us);
    load_proposal_again(&tunnel->attempt->proposal, tunnel->inner);
    negotiate_child(tunnel);
    return true;
}

bool load_tunnels_reauth(struct load_tunnels *tunnels, uint32_t n, uint64_t begin_us)
{
    struct tunnel *tunnel = &tunnels->tunnels[n];
    if (tunnel->state != STATE_UP || tunnel->attempt)
        return false;
    begin(tunnel, LOAD_REAUTH, begin_us);
    negotiate_tunnel(tunnel);
    return true;
}

bool load_tunnels_churn(struct load_tunnels *tunnels, uint32_t n, uint64_t begin_us)
{
    const struct tunnel *tunnel = &tunnels->tunnels[n];
    if (tunnel->state != STATE_UP || tunnel->attempt)
        return false;
    (void)load_tunnels_end(tunnels, n, true);
    return load_tunnels_reconnect(tunnels, n, begin_us);
}

bool load_tunnels_reconnect(struct load_tunnels *tunnels, uint32_t n, uint64_t begin_us)
{
    struct tunnel *tunnel = &tunnels->tunnels[n];
    if (tunnel->state != STATE_DOWN || tunnel->attempt)
        return false;
    (void)end_all(tunnel, false);
    begin(tunnel, LOAD_RECONNECT, begin_us);
    negotiate_tunnel(tunnel);
    return true;
}

bool load_tunnels_next_lost(struct load_tunnels *tunnels, uint32_t *n, uint64_t *lost_us)
{
    *n = tunnels->first_lost;
    if (*n == NOBODY)
        return false;
    struct tunnel *tunnel = &tunnels->tunnels[*n];
    *lost_us = tunnel->lost_us;
    tunnel->listed = false;
    tunnels->first_lost = tunnel->next_lost;
    return true;
}

bool load_tunnels_end(struct load_tunnels *tunnels, uint32_t n, bool tell)
{
    assert(n < started(tunnels));
    struct tunnel *tunnel = &tunnels->tunnels[n];
    bool attempted = tunnel->attempt != NULL;
    tunnels->tally.up -= tunnel->state == STATE_UP;
    tunnel->state = STATE_DOWN;
    if (attempted)
        fail(tunnel, x4c_ike_terminated);
    return end_all(tunnel, tell) || attempted;
}

/* ------------------------------------------------------------------ the rest of the interface */

void load_tunnels_receive(struct load_tunnels *tunnels, const x4s_net_link *link, const void *data,
                          size_t len)
{
    (void)x4_charon_recv(tunnels->charon, link, data, len);
    tunnels->tally.received++;
}

x4_msec load_tunnels_tick(struct load_tunnels *tunnels)
{
    return x4_charon_tick(tunnels->charon);
}

bool load_tunnels_is_up(const struct load_tunnels *tunnels, uint32_t n)
{
    return tunnels->tunnels[n].state == STATE_UP;
}

bool load_tunnels_in_flight(const struct load_tunnels *tunnels, uint32_t n)
{
    return tunnels->tunnels[n].attempt && tunnels->tunnels[n].state == STATE_DOWN;
}

const struct load_tally *load_tunnels_tally(const struct load_tunnels *tunnels)
{
    return &tunnels->tally;
}

const x4s_ike_stats *load_tunnels_stats(const struct load_tunnels *tunnels)
{
    return &tunnels->stats;
}
