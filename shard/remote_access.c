/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/remote_access.h"

#include <string.h>

#include "shard/keep/persist.h"
#include "shard/lease.h"
#include "shard/radius/ask.h"
#include "shard/radius/session.h"
#include "shard/report.h"
#include "x4/crypto/crypto.h"

/*
 * What a wrong password costs (shard/throttle.h): a name has five at once and then twelve a minute,
 * a place five times that, because users may share one behind a NAT. A place is an IPv4 address or
 * a network of 64 bits.
 */
#define USER_PRICE_MS  5000
#define PLACE_PRICE_MS 1000
#define IPV4_PLACE     4
#define IPV6_PLACE     8
#define CLAIMS         2
#define NAME_MAX       256 /* bytes that are told apart */

static const uint8_t host_mask[] = {255, 255, 255, 255};

/* -------------------------------------------------------------------------- the user */

/* Some clients end texts with a zero byte. */
static x4s_chunk text_of(const x4s_ike_cfg *cfg, uint16_t type)
{
    const x4s_ike_cfg_item *item = x4_ike_cfg_find(cfg, type, 0);
    x4s_chunk text = item ? item->value : (x4s_chunk){0};
    while (text.len && text.data[text.len - 1] == 0)
        text.len--;
    return text;
}

static bool is_password(const struct hub_user *user, x4s_chunk password)
{
    return user && user->password.len == password.len &&
           x4_crypto_equal(user->password.data, password.data, password.len);
}

static uint64_t key_of(const struct shard *shard, uint8_t kind, x4s_chunk bytes)
{
    uint8_t text[1 + NAME_MAX];
    size_t len = x4m_min(bytes.len, (size_t)NAME_MAX);
    text[0] = kind;
    if (len)
        memcpy(text + 1, bytes.data, len);
    return x4_siphash(shard->hash_key, text, len + 1);
}

/* Who pays for a wrong password: the name that was said, and the place where it came from. */
static void claims_of(const struct shard_sa *sa, x4s_chunk name,
                      struct shard_throttle_claim claims[CLAIMS])
{
    const x4s_net_addr *remote = &sa->link.remote;
    const size_t place_len = remote->family == x4c_net_ipv6 ? IPV6_PLACE : IPV4_PLACE;
    const x4s_chunk place = {remote->ip, place_len};
    claims[0] = (struct shard_throttle_claim){key_of(sa->shard, 'u', name), USER_PRICE_MS};
    claims[1] = (struct shard_throttle_claim){key_of(sa->shard, 'p', place), PLACE_PRICE_MS};
}

static void give_verdict(struct shard *shard, struct shard_timer *timer)
{
    struct shard_sa *sa = x4m_container(timer, struct shard_sa, timer);
    struct shard_negotiation *negotiation = sa->negotiation;
    x4s_ike_xauth_job *job = negotiation->job;
    (void)shard;
    negotiation->job = NULL;
    job->verdict = (x4e_ike_verdict)negotiation->job_verdict;
    job->completed(job);
}

/* Later than within the callback, if only by a turn of the wheel. */
static void conclude_later(struct shard_sa *sa, x4e_ike_verdict verdict, x4_msec wait)
{
    sa->negotiation->job_verdict = (uint8_t)verdict;
    sa->timer.fire = give_verdict;
    shard_timer_set(sa->shard, &sa->timer, wait);
}

static void conclude(struct shard_sa *sa, x4s_ike_xauth_job *job, bool right, x4_msec wait)
{
    const x4e_ike_verdict verdict = right ? x4c_ike_verdict_accept : x4c_ike_verdict_refuse;
    if (!wait) {
        job->verdict = verdict;
        return;
    }
    sa->shard->counters.xauth_delayed++;
    sa->negotiation->job = job;
    conclude_later(sa, verdict, wait);
}

void shard_remote_access_judged(struct shard_sa *sa, x4s_chunk name,
                                enum shard_user_verdict verdict, x4s_chunk message)
{
    static const x4e_ike_verdict meanings[] = {
        [SHARD_USER_ACCEPTED] = x4c_ike_verdict_accept,
        [SHARD_USER_REFUSED] = x4c_ike_verdict_refuse,
        [SHARD_USER_UNKNOWN] = x4c_ike_verdict_refuse,
        [SHARD_USER_CHALLENGED] = x4c_ike_verdict_ask,
    };
    struct shard *shard = sa->shard;
    struct shard_throttle_claim claims[CLAIMS];
    const x4_msec until = sa->negotiation->wait_until;

    claims_of(sa, name, claims);
    if (verdict != SHARD_USER_REFUSED)
        shard_throttle_refund(&shard->throttle, claims, CLAIMS);
    else
        shard->counters.xauth_refused++;
    shard->counters.xauth_unknown += verdict == SHARD_USER_UNKNOWN;
    shard_report_verdict(sa, name, verdict, message);
    conclude_later(sa, meanings[verdict], until > shard->now ? until - shard->now : 0);
}

void shard_remote_access_judge(struct shard_sa *sa, x4s_ike_xauth_job *job)
{
    struct shard *shard = sa->shard;
    struct shard_throttle_claim claims[CLAIMS];
    const x4s_chunk name = text_of(&job->answer, x4c_ike_xauth_user_name);
    const x4s_chunk password = text_of(&job->answer, x4c_ike_xauth_user_password);
    claims_of(sa, name, claims);
    const x4_msec wait = shard_throttle_charge(&shard->throttle, shard->now, claims, CLAIMS);
    if (wait == x4c_never) {
        shard->counters.xauth_throttled++;
        shard_report_user(sa, name, SHARD_PASSWORD_THROTTLED);
        job->verdict = x4c_ike_verdict_refuse;
        return;
    }
    if (sa->connection->radius) {
        shard->counters.xauth_delayed += wait != 0;
        shard_radius_ask(sa, job, name, password, shard->now + wait);
        return;
    }
    const bool right = is_password(hub_config_user(sa->connection->config, name), password);
    if (right)
        shard_throttle_refund(&shard->throttle, claims, CLAIMS);
    else
        shard->counters.xauth_refused++;
    shard_report_user(sa, name, right ? SHARD_PASSWORD_RIGHT : SHARD_PASSWORD_WRONG);
    conclude(sa, job, right, wait);
}

bval shard_remote_access_answer(struct shard_sa *sa, const x4s_ike_cfg *asked, x4s_ike_cfg *out)
{
    const struct hub_user *user = sa->connection->user;
    x4s_ike_cfg_item *items = sa->shard->attributes;
    size_t count = 0;
    if (!user)
        return bfalse;
    for (size_t i = 0; i < asked->count && count < x4c_ike_cfg_max; i++) {
        const uint16_t type = asked->items[i].type;
        if (type == x4c_ike_xauth_user_name)
            items[count++] = (x4s_ike_cfg_item){.type = type, .value = user->name};
        if (type == x4c_ike_xauth_user_password)
            items[count++] = (x4s_ike_cfg_item){.type = type, .value = user->password};
    }
    *out = (x4s_ike_cfg){items, count};
    return count > 0;
}

/* -------------------------------------------------------------------------- configuration */

/* NULL: for everything. */
static bool asks_for(const x4s_ike_cfg *asked, uint16_t type)
{
    return !asked || x4_ike_cfg_find(asked, type, 0) != NULL;
}

/* The server's mask, or the one for a single address; NULL: the pool has one of its own. */
static const uint8_t *mask_of(const struct shard_sa *sa)
{
    static const uint8_t nothing[sizeof(host_mask)];
    const struct hub_pool *pool = sa->connection->pools[HUB_INSIDE_IP4];
    if (sa->session && memcmp(sa->session->netmask, nothing, sizeof(nothing)) != 0)
        return sa->session->netmask;
    return pool && x4_ike_cfg_find(&pool->attributes, x4c_ike_cfg_ip4_netmask, 0) ? NULL
                                                                                  : host_mask;
}

static uint16_t type_of(enum hub_inside inside)
{
    return inside == HUB_INSIDE_IP4 ? x4c_ike_cfg_ip4_address : x4c_ike_cfg_ip6_address;
}

static size_t put_address(struct shard_sa *sa, enum hub_inside inside, const x4s_ike_cfg *asked,
                          x4s_ike_cfg_item *items)
{
    const uint16_t type = type_of(inside);
    const uint8_t *mask = inside == HUB_INSIDE_IP4 ? mask_of(sa) : NULL;
    const x4s_net_addr *addr = shard_lease_addr(sa, hub_inside_family(inside));
    size_t count = 0;
    if (!asks_for(asked, type) || !addr)
        return 0;
    items[count++] =
        (x4s_ike_cfg_item){.type = type, .value = {addr->ip, x4_net_addr_size(addr->family)}};
    if (mask && asks_for(asked, x4c_ike_cfg_ip4_netmask))
        items[count++] =
            (x4s_ike_cfg_item){.type = x4c_ike_cfg_ip4_netmask, .value = {mask, sizeof(host_mask)}};
    return count;
}

/* Both pools may have more than an answer has room for. */
static size_t gather(struct shard_sa *sa, const x4s_ike_cfg *asked, x4s_ike_cfg_item *items)
{
    size_t count = 0;
    for (enum hub_inside i = 0; i < HUB_INSIDES; i++)
        count += put_address(sa, i, asked, items + count);
    for (enum hub_inside i = 0; i < HUB_INSIDES; i++) {
        const struct hub_pool *pool = sa->connection->pools[i];
        for (size_t k = 0; pool && k < pool->attributes.count && count < x4c_ike_cfg_max; k++)
            if (asks_for(asked, pool->attributes.items[k].type))
                items[count++] = pool->attributes.items[k];
    }
    return count;
}

static bool is_wanted(const struct shard_sa *sa, enum hub_inside inside, const x4s_ike_cfg *asked)
{
    return shard_lease_offered(sa, hub_inside_family(inside)) && asks_for(asked, type_of(inside));
}

/* One address for a client, however often it asks. */
static void settle_lease(struct shard_sa *sa, uint8_t family)
{
    struct shard_lease *lease = shard_lease_of(sa, family);
    const bool given = lease && lease->state == SHARD_LEASE_GIVEN;
    if (!given)
        sa->shard->counters.pool_exhausted++;
    if (!given || !lease->reported)
        shard_report_lease(sa, lease, shard_lease_source(sa, family));
    if (given)
        lease->reported = true;
    shard_lease_drop(sa, family);
}

/* Those that are there to be had and asked for. False: one is not known yet. */
static bool settle_leases(struct shard_sa *sa, const x4s_ike_cfg *asked)
{
    bool known = true;
    for (enum hub_inside i = 0; i < HUB_INSIDES; i++)
        if (is_wanted(sa, i, asked))
            known = shard_lease_ask(sa, hub_inside_family(i)) != SHARD_LEASE_ASKED && known;
    for (enum hub_inside i = 0; known && i < HUB_INSIDES; i++)
        if (is_wanted(sa, i, asked))
            settle_lease(sa, hub_inside_family(i));
    return known;
}

static bool has_pool(const struct hub_connection *connection)
{
    return connection->pools[HUB_INSIDE_IP4] || connection->pools[HUB_INSIDE_IP6];
}

x4e_ike_configure shard_remote_access_configure(struct shard_sa *sa, x4e_ike_cfg type,
                                                const x4s_ike_cfg *asked, x4s_ike_cfg *out)
{
    x4s_ike_cfg_item *items = sa->shard->attributes;
    const bool gives = has_pool(sa->connection) || sa->connection->framed;
    if (type != x4c_ike_cfg_request || !gives || !sa->peer)
        return x4c_ike_configure_refused;
    if (!settle_leases(sa, asked))
        return x4c_ike_configure_later;
    *out = (x4s_ike_cfg){items, gather(sa, asked, items)};
    return x4c_ike_configure_answered;
}

/* When the last one is known. */
static void push_later(struct shard_sa *sa)
{
    for (struct shard_lease *lease = sa->lease; lease; lease = lease->other)
        lease->push = lease->state == SHARD_LEASE_ASKED;
}

void shard_remote_access_push(struct shard_sa *sa)
{
    x4s_ike_cfg_item *items = sa->shard->attributes;
    if (!sa->connection->push || !sa->xchg)
        return;
    if (!settle_leases(sa, NULL)) {
        push_later(sa);
        return;
    }
    if (!sa->lease)
        return;
    const x4s_ike_mode_config message = {x4c_ike_cfg_set, {items, gather(sa, NULL, items)}};
    const x4s_ike_config2 config = {.mode_config = &message};
    if (!x4_charon_init2(sa->xchg, &config))
        shard_report_not_pushed(sa, "it could not be sent");
}

void shard_remote_access_pushed(struct shard_sa *sa, const x4s_ike_cfg *answer)
{
    if (!answer)
        shard_report_not_pushed(sa, "the client did not acknowledge it");
}

/* -------------------------------------------------------------------------- we are the client */

/* The one that is wished, or any. */
static x4s_ike_cfg_item wish_of(const x4s_net_addr *vip, enum hub_inside inside)
{
    static const uint8_t any[sizeof(vip->ip)];
    x4s_ike_cfg_item item = {.type = type_of(inside)};
    const size_t len = x4_net_addr_size(vip->family);
    if (memcmp(vip->ip, any, len) != 0)
        item.value = (x4s_chunk){vip->ip, len};
    return item;
}

bool shard_remote_access_ask(struct shard_sa *sa)
{
    x4s_ike_cfg_item items[HUB_INSIDES];
    size_t count = 0;
    if (sa->role != x4c_ike_initiator || !hub_connection_asks(sa->connection))
        return false;
    for (enum hub_inside i = 0; i < HUB_INSIDES; i++)
        if (sa->connection->vips[i].family)
            items[count++] = wish_of(&sa->connection->vips[i], i);
    const x4s_ike_mode_config message = {x4c_ike_cfg_request, {items, count}};
    const x4s_ike_config2 config = {.mode_config = &message};
    return x4_charon_init2(sa->xchg, &config);
}

/* Some peers write the length of a prefix behind an IPv6 address. */
static bool take_given(struct shard_sa *sa, enum hub_inside inside, const x4s_ike_cfg *answer)
{
    const x4s_ike_cfg_item *item = x4_ike_cfg_find(answer, type_of(inside), 0);
    x4s_net_addr addr = {.family = hub_inside_family(inside)};
    const size_t len = x4_net_addr_size(addr.family);
    if (!sa->connection->vips[inside].family || !item || item->value.len < len ||
        item->value.len > len + 1)
        return false;
    memcpy(addr.ip, item->value.data, len);
    if (!shard_lease_accept(sa, &addr)) {
        sa->shard->counters.no_memory++;
        return false;
    }
    shard_report_vip(sa, &addr);
    return true;
}

bool shard_remote_access_given(struct shard_sa *sa, const x4s_ike_cfg *answer)
{
    bool given = false;
    for (enum hub_inside i = 0; answer && i < HUB_INSIDES; i++)
        given = take_given(sa, i, answer) || given;
    if (given)
        shard_persist_changed1(sa);
    return given;
}
