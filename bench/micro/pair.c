/* SPDX-License-Identifier: BSD-2-Clause */
#include "bench/micro/pair.h"

#include <stdlib.h>
#include <string.h>

#include "bench/micro/fixed_random.h"
#include "bench/micro/key.h"
#include "bench/micro/kit.h"
#include "x4/crypto/modp.h"

enum {
    PORT = 500,
    DATAGRAM_MAX = 2048,
    QUEUE = MICRO_PAIR_MAX,
    FLIGHTS_MAX = 8, /* five and four of main and quick mode */
    ROUND_MS = 20,   /* of the instances' clock from one handshake to the next */
    SPI_MIN = 256,
    PAYLOAD_ID = 5,
};

struct datagram {
    x4s_net_link link; /* as its receiver sees it */
    size_t len;
    uint8_t data[DATAGRAM_MAX];
};

/* What one side sent before it heard the other one again. */
struct flight {
    size_t count;
    struct datagram datagrams[QUEUE];
};

/* One end of a tunnel: the callback context of both of its exchanges. */
struct end {
    struct side *side;
    x4s_ike_xchg1 *xchg1;
    x4s_ike_xchg2 *xchg2;
    bool secure; /* has IPsec SAs */
    x4s_ike_config1 config1;
    x4s_ike_config2 config2;
};

struct side {
    struct micro_pair *pair;
    x4e_ike_role role;
    x4s_charon *charon;
    x4s_ike_stats stats;
    uint64_t sequence;         /* random bytes of libike, */
    uint64_t openssl_sequence; /* and of OpenSSL while a record is made or played */
    uint32_t last_spi;
    size_t taken; /* ends in use */
    struct end ends[MICRO_PAIR_MAX];
    struct flight out;
};

struct micro_pair {
    size_t count;
    x4_msec now;
    x4s_ike_transform1 transform1;
    x4s_ike_transform2 transform2;
    struct micro_key *key;
    x4s_modp *modp;
    struct side sides[2]; /* by role */
    struct side *live;    /* who works in a repetition; NULL: there is no record */
    bool recording;       /* of what the other one sends */
    size_t flight_count;
    struct flight record[FLIGHTS_MAX];
};

/* ------------------------------------------------------------------ datagrams */

static void transmit(struct side *side, const x4s_net_link *link, const void *data, size_t len)
{
    struct flight *out = &side->out;
    micro_must(out->count < QUEUE && len <= DATAGRAM_MAX, "queueing a datagram");
    struct datagram *datagram = &out->datagrams[out->count++];
    datagram->link = (x4s_net_link){.local = link->remote, .remote = link->local};
    datagram->len = len;
    memcpy(datagram->data, data, len);
}

static x4s_net_link link_of(size_t number)
{
    return (x4s_net_link){
        .local = {.ip = {10, 1, 0, (uint8_t)number}, .port = PORT, .family = x4c_net_ipv4},
        .remote = {.ip = {192, 0, 2, 1}, .port = PORT, .family = x4c_net_ipv4},
    };
}

/* Of strangers' public-key work a tick does a part only. */
static void work(struct side *side)
{
    while (x4_charon_tick(side->charon) == 0)
        continue;
}

static void receive(struct side *side, const struct flight *flight)
{
    for (size_t i = 0; i < flight->count; i++) {
        const struct datagram *datagram = &flight->datagrams[i];
        micro_must(x4_charon_recv(side->charon, &datagram->link, datagram->data, datagram->len) ==
                       x4c_ike_none,
                   "taking a message");
    }
    work(side);
}

static void keep(struct micro_pair *pair, const struct side *from)
{
    if (!pair->recording || pair->live == from)
        return;
    micro_must(pair->flight_count < FLIGHTS_MAX, "recording");
    pair->record[pair->flight_count++] = from->out;
}

/* OpenSSL's sequence is that of who works. */
static void turn_to(struct side *side)
{
    if (side->pair->live)
        micro_fixed_random(&side->openssl_sequence);
}

static void deliver(struct side *from, struct side *to)
{
    keep(from->pair, from);
    turn_to(to);
    receive(to, &from->out);
    from->out.count = 0;
}

static void exchange(struct micro_pair *pair)
{
    struct side *initiator = &pair->sides[x4c_ike_initiator];
    struct side *responder = &pair->sides[x4c_ike_responder];
    while (initiator->out.count) {
        deliver(initiator, responder);
        deliver(responder, initiator);
    }
}

/* ------------------------------------------------------------------ callbacks */

static void ph1_initiated(void *context, x4s_ike_xchg1 *xchg)
{
    struct end *end = context;
    end->xchg1 = xchg;
}

static void *ph1_responded(void *userdata, x4s_ike_xchg1 *xchg, const x4s_ike_config1 *config,
                           const x4s_ike_offer1 *offer)
{
    struct side *side = userdata;
    (void)config;
    (void)offer;
    micro_must(side->taken < side->pair->count, "taking an exchange");
    struct end *end = &side->ends[side->taken++];
    end->xchg1 = xchg;
    return end;
}

static void begin_quick_mode(const struct end *end)
{
    micro_must(x4_charon_init2(end->xchg1, &end->config2), "beginning quick mode");
}

static void ph1_completed(void *context, const x4s_ike_keys1 *keys)
{
    const struct end *end = context;
    (void)keys;
    if (end->side->role == x4c_ike_initiator)
        begin_quick_mode(end);
}

static void ph1_disposed(void *context, x4e_ike_reason reason)
{
    struct end *end = context;
    (void)reason;
    end->xchg1 = NULL;
}

static bval ph1_validate(void *context, x4s_chunk body, uint8_t payload)
{
    (void)context;
    (void)body;
    return payload == PAYLOAD_ID;
}

static bval send_exchange(void *context, const x4s_net_link *link, const void *data, size_t len)
{
    const struct end *end = context;
    transmit(end->side, link, data, len);
    return btrue;
}

/* There is none, but without this NAT traversal would not be negotiated. */
static void ph1_natt(void *context, x4s_net_link *link, bval behind)
{
    (void)context;
    (void)link;
    (void)behind;
    micro_must(false, "being without a NAT");
}

static bval ph1_get_psk(void *context, x4s_chunk *psk)
{
    static const uint8_t secret[] = "a secret of some length";
    (void)context;
    *psk = (x4s_chunk){secret, sizeof(secret) - 1};
    return btrue;
}

static bval ph1_get_prikey(void *context, x4s_ike_prikey *prikey)
{
    const struct end *end = context;
    prikey->der = micro_key_private(end->side->pair->key);
    return btrue;
}

/* Both have the same key pair. */
static bval ph1_get_pubkey(void *context, const x4s_ike_id *claimed, x4s_chunk *der)
{
    const struct end *end = context;
    (void)claimed;
    *der = micro_key_public(end->side->pair->key);
    return btrue;
}

static const x4s_ike_config1 *ph1_policy(void *userdata, const x4s_ike_offer1 *offer)
{
    const struct side *side = userdata;
    (void)offer;
    return &side->ends[0].config1;
}

static void ph2_initiated(void *context, x4s_ike_xchg2 *xchg)
{
    struct end *end = context;
    end->xchg2 = xchg;
}

static void *ph2_responded(void *context1, x4s_ike_xchg2 *xchg, const x4s_ike_config2 *config,
                           const x4s_ike_offer2 *offer)
{
    struct end *end = context1;
    (void)config;
    (void)offer;
    end->xchg2 = xchg;
    return end;
}

static void ph2_completed(void *context, const x4s_ike_keys2 *keys)
{
    struct end *end = context;
    (void)keys;
    end->secure = true;
}

static void ph2_disposed(void *context, x4e_ike_reason reason)
{
    struct end *end = context;
    (void)reason;
    end->xchg2 = NULL;
    end->secure = false;
}

static uint32_t ph2_get_spi(void *userdata)
{
    struct side *side = userdata;
    side->last_spi = x4m_max(side->last_spi + 1, SPI_MIN);
    return side->last_spi;
}

static const x4s_ike_config2 *ph2_policy(void *context1, const x4s_ike_offer2 *offer)
{
    const struct end *end = context1;
    (void)offer;
    return &end->config2;
}

static x4_msec read_clock(void *userdata)
{
    const struct side *side = userdata;
    return side->pair->now;
}

static void send_answer(void *userdata, const x4s_net_link *link, const void *data, size_t len)
{
    transmit(userdata, link, data, len);
}

static bval draw(void *userdata, void *data, size_t len)
{
    struct side *side = userdata;
    micro_fill(&side->sequence, data, len);
    return btrue;
}

static const x4s_ike_calls1 calls1 = {
    .initiated = ph1_initiated,
    .responded = ph1_responded,
    .completed = ph1_completed,
    .disposed = ph1_disposed,
    .validate = ph1_validate,
    .send = send_exchange,
    .natt = ph1_natt,
    .get_psk = ph1_get_psk,
    .get_prikey = ph1_get_prikey,
    .get_pubkey = ph1_get_pubkey,
    .policy = ph1_policy,
};

static const x4s_ike_calls2 calls2 = {
    .initiated = ph2_initiated,
    .responded = ph2_responded,
    .completed = ph2_completed,
    .disposed = ph2_disposed,
    .send = send_exchange,
    .get_spi = ph2_get_spi,
    .policy = ph2_policy,
};

/* ------------------------------------------------------------------ the two */

static x4s_ike_config1 config1_of(struct end *end, size_t number)
{
    static const char *const names[] = {"branch.example", "hub.example"};
    const struct micro_pair *pair = end->side->pair;
    const char *name = names[end->side->role];
    return (x4s_ike_config1){
        .userdata = end,
        .link = link_of(number),
        .id = {x4c_ike_id_fqdn, {(const uint8_t *)name, strlen(name)}},
        .transforms = &pair->transform1,
        .transform_count = 1,
        .life_sec = 14400,
        .soft_sec = 13000,
        .natt = x4c_ike_natt_rfc,
        .dpd_sec = 30,
    };
}

static x4s_ike_config2 config2_of(struct end *end, size_t number)
{
    const struct micro_pair *pair = end->side->pair;
    const x4s_net_link link = link_of(number);
    x4s_ike_config2 config = {
        .userdata = end,
        .selectors = btrue,
        .transforms = &pair->transform2,
        .transform_count = 1,
        .life_sec = 3600,
        .soft_sec = 3200,
    };
    x4_net_selector_from_addr(&link.local, &config.local);
    x4_net_selector_from_addr(&link.remote, &config.remote);
    config.local.port = config.remote.port = 0;
    return config;
}

static void open_side(struct micro_pair *pair, x4e_ike_role role)
{
    struct side *side = &pair->sides[role];
    const x4s_charon_config config = {
        .userdata = side,
        .calls1 = &calls1,
        .calls2 = &calls2,
        .stats = &side->stats,
        .clock = read_clock,
        .send = send_answer,
        .random = draw,
        .modp = pair->modp,
    };
    const char *error;
    side->pair = pair;
    side->role = role;
    side->sequence = side->openssl_sequence = role;
    for (size_t i = 0; i < MICRO_PAIR_MAX; i++) {
        side->ends[i].side = side;
        side->ends[i].config1 = config1_of(&side->ends[i], i);
        side->ends[i].config2 = config2_of(&side->ends[i], i);
    }
    side->charon = x4_charon_init(&config, &error);
    micro_must(side->charon != NULL, "x4_charon_init");
}

struct micro_pair *micro_pair_new(const struct micro_method *method, size_t count)
{
    const char *why;
    x4s_modp *modp = method->vector ? x4_modp_new(NULL, &why) : NULL;
    if (method->vector && !modp)
        return NULL;
    struct micro_pair *pair = micro_alloc(sizeof(*pair));
    pair->modp = modp;
    micro_must(count >= 1 && count <= MICRO_PAIR_MAX, "so many handshakes");
    pair->count = count;
    pair->key = method->key ? micro_key_new(method->key) : NULL;
    pair->transform1 = (x4s_ike_transform1){
        .cipher = x4c_cipher_aes,
        .key_bits = 128,
        .hash = x4c_hash_sha256,
        .group = (uint8_t)method->group,
        .auth = (uint16_t)method->auth,
        .life_sec = 14400,
    };
    pair->transform2 = (x4s_ike_transform2){
        .protocol = x4c_ike_protocol_esp,
        .esp = x4c_ike_esp_aes_cbc,
        .key_bits = 128,
        .integ = x4c_ike_integ_hmac_sha256,
        .mode = x4c_ike_tunnel,
        .life_sec = 3600,
    };
    open_side(pair, x4c_ike_initiator);
    open_side(pair, x4c_ike_responder);
    return pair;
}

void micro_pair_free(struct micro_pair *pair)
{
    micro_pair_forget(pair);
    for (size_t i = 0; i < x4m_countof(pair->sides); i++)
        x4_charon_term(pair->sides[i].charon);
    if (pair->live)
        micro_fixed_random(NULL);
    x4_modp_free(pair->modp);
    micro_key_free(pair->key);
    free(pair);
}

/* ------------------------------------------------------------------ what they do */

static void begin(struct side *initiator)
{
    turn_to(initiator);
    for (size_t i = 0; i < initiator->pair->count; i++)
        micro_must(x4_charon_init1(initiator->charon, &initiator->ends[i].config1),
                   "beginning main mode");
    work(initiator);
}

static void must_be_secure(const struct side *side)
{
    for (size_t i = 0; i < side->pair->count; i++)
        micro_must(side->ends[i].secure, "a handshake");
}

void micro_pair_connect(struct micro_pair *pair)
{
    begin(&pair->sides[x4c_ike_initiator]);
    exchange(pair);
    must_be_secure(&pair->sides[x4c_ike_initiator]);
    must_be_secure(&pair->sides[x4c_ike_responder]);
}

static void forget_children(struct side *side)
{
    for (size_t i = 0; i < side->pair->count; i++)
        if (side->ends[i].xchg2)
            x4_charon_term2(side->ends[i].xchg2, bfalse);
}

static void forget(struct side *side)
{
    forget_children(side);
    for (size_t i = 0; i < side->pair->count; i++)
        if (side->ends[i].xchg1)
            x4_charon_term1(side->ends[i].xchg1, bfalse);
    side->taken = 0;
    side->out.count = 0;
}

void micro_pair_forget(struct micro_pair *pair)
{
    forget(&pair->sides[x4c_ike_initiator]);
    forget(&pair->sides[x4c_ike_responder]);
    pair->now += ROUND_MS;
}

void micro_pair_quick(struct micro_pair *pair)
{
    struct side *initiator = &pair->sides[x4c_ike_initiator];
    forget_children(initiator);
    forget_children(&pair->sides[x4c_ike_responder]);
    pair->now += ROUND_MS;
    turn_to(initiator);
    for (size_t i = 0; i < pair->count; i++)
        begin_quick_mode(&initiator->ends[i]);
    work(initiator);
    exchange(pair);
    must_be_secure(initiator);
}

/* ------------------------------------------------------------------ with a record */

/* Who works alone draws what it drew when the record was made. */
static void rewind(struct side *side)
{
    side->sequence = side->openssl_sequence = 1000;
    side->last_spi = 0;
}

void micro_pair_record(struct micro_pair *pair, x4e_ike_role live)
{
    pair->live = &pair->sides[live];
    micro_pair_connect(pair); /* what is made once is made now */
    micro_pair_forget(pair);
    pair->recording = true;
    pair->flight_count = 0;
    rewind(pair->live);
    micro_pair_connect(pair);
    micro_pair_forget(pair);
    pair->recording = false;
}

void micro_pair_replay(struct micro_pair *pair)
{
    struct side *live = pair->live;
    rewind(live);
    if (live->role == x4c_ike_initiator)
        begin(live);
    else
        turn_to(live);
    for (size_t i = 0; i < pair->flight_count; i++) {
        live->out.count = 0;
        receive(live, &pair->record[i]);
    }
    must_be_secure(live);
    forget(live);
    pair->now += ROUND_MS;
}
