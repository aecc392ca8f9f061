/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/keep/resume.h"

#include <string.h>

#include "shard/endpoint.h"
#include "shard/keepalive.h"
#include "shard/lease.h"
#include "shard/news.h"
#include "shard/radius/session.h"
#include "shard/rekey.h"
#include "shard/report.h"
#include "shard/unique.h"
#include "x4/crypto/cipher.h"

/* A peer that has not been answered for so long has given up. */
#define ASKED_AGAIN_MS UINT64_C(180000)

/* -------------------------------------------------------------------------- what was read */

/* A record of which nothing can come any more. */
static void discard(struct shard *shard, const struct shard_record *place, uint64_t *counter)
{
    (*counter)++;
    shard_persist_erase(shard, place);
}

static bool is_readable(struct shard *shard, const struct shard_record *place,
                        enum store_reason reason)
{
    if (reason != STORE_none)
        shard_persist_refuse(shard, place, reason);
    return reason == STORE_none;
}

static const struct hub_child *child_named(const struct hub_connection *connection, x4s_chunk name)
{
    for (size_t i = 0; connection && i < connection->child_count; i++)
        if (hub_name_is(connection->children[i].name, name))
            return &connection->children[i];
    return NULL;
}

/* When it came up, on the clock of this process; what was before its beginning is its beginning. */
static x4_msec up_at(const struct shard *shard, const struct store_life *life)
{
    const uint64_t now = shard_wall_clock();
    const uint64_t age = now > life->up_at ? now - life->up_at : 0;
    return age < shard->now ? shard->now - age : 0;
}

/* -------------------------------------------------------------------------- ISAKMP SAs */

/* The configuration still lets in who it is, as whom we spoke to it. */
static bool admits(const struct hub_connection *connection, const x4s_ike_keys1 *keys)
{
    return hub_identity_match(&connection->remote_id, &keys->remote_id) != HUB_MATCH_NONE &&
           hub_identity_same(&connection->phase1.id, &keys->local_id) &&
           (keys->user.len != 0) == connection->asks_user;
}

/* The lists of a peer's SAs have the oldest first. */
static void into_order(struct shard_sa *sa)
{
    x4s_list *sas = &sa->peer->sas;
    x4s_list *after = sas->prev;
    while (after != sas && (after == &sa->of_peer ||
                            x4m_container(after, struct shard_sa, of_peer)->up_at > sa->up_at))
        after = after->prev;
    x4_list_remove(&sa->of_peer);
    x4_list_append(after->next, &sa->of_peer);
}

static bool enlist(struct shard_sa *sa, const struct store_isakmp *record)
{
    const x4s_ike_keys1 *keys = &record->keys;
    const x4s_ike_id peer =
        keys->user.len ? (x4s_ike_id){x4c_ike_id_key_id, keys->user} : keys->remote_id;
    memcpy(sa->cookie_i, keys->cookie_i, sizeof(sa->cookie_i));
    memcpy(sa->cookie_r, keys->cookie_r, sizeof(sa->cookie_r));
    sa->suite = keys->suite;
    sa->behind_local = keys->behind_local;
    sa->behind_remote = keys->behind_remote;
    sa->soft_sec = record->life.soft_sec;
    sa->life_sec = record->life.life_sec;
    sa->replaced = record->replaced;
    if (!shard_sa_enlist(sa, &peer))
        return false;
    sa->up_at = up_at(sa->shard, &record->life);
    into_order(sa);
    shard_sa_negotiated(sa);
    return true;
}

static bool resume1(struct shard_sa *sa, const struct store_isakmp *record)
{
    x4s_ike_config1 config = sa->connection->phase1;
    config.userdata = sa;
    config.resume = &record->keys;
    config.life_sec = 0;
    config.soft_sec = record->life.soft_left_sec;
    return x4_charon_init1(sa->shard->charon, &config);
}

static struct shard_sa *make1(struct shard *shard, const struct hub_connection *connection,
                              const struct store_isakmp *record)
{
    struct shard_sa *sa = shard_sa_new(shard, connection, &record->keys.link, record->keys.role);
    if (!sa)
        return NULL;
    if (enlist(sa, record) && resume1(sa, record))
        return sa;
    shard_sa_orphan(sa);
    return NULL;
}

/* One address of either kind, or one of IPv4 and one of IPv6. */
static void resume_leases(struct shard_sa *sa, const x4s_net_addr *inner,
                          const x4s_net_addr *inner6, shard_resumed_fn answered)
{
    x4s_net_addr addrs[HUB_INSIDES] = {0};
    addrs[hub_inside_of(inner->family)] = *inner;
    if (inner6->family)
        addrs[HUB_INSIDE_IP6] = *inner6;
    shard_lease_resume(sa, addrs, answered);
}

static void go_on1(struct shard_sa *sa, const struct store_isakmp *record,
                   shard_resumed_fn answered)
{
    struct shard *shard = sa->shard;
    shard_persist_tally(shard)->revived1++;
    shard_report_resumed1(sa);
    shard_news_resumed(sa);
    if (sa->behind_local)
        shard_keepalive_start(sa);
    if (!shard_session_resume(sa, &record->session))
        shard->counters.no_memory++;
    resume_leases(sa, &record->inner, &record->inner6, answered);
    shard_unique_resumed(sa);
}

/* There is a socket for it, and its address is still one of its estate. */
static bool is_reachable(const struct shard *shard, const struct shard_record *place,
                         x4s_net_link *link)
{
    return shard_link_find(shard->ring, shard->daemon, link) &&
           shard_estates_at(&shard->estates, &link->local) == place->estate;
}

void shard_resume_isakmp(struct shard *shard, const struct shard_record *place, x4s_chunk record,
                         shard_resumed_fn answered)
{
    struct shard_store_tally *tally = shard_persist_tally(shard);
    struct store_isakmp read;
    const enum store_reason reason = store_isakmp_read(record, shard_wall_clock(), &read);
    const struct hub_connection *connection = NULL;
    struct shard_sa *sa = NULL;
    if (is_readable(shard, place, reason)) {
        connection = hub_config_connection(shard->config, read.connection);
        if (!connection || !admits(connection, &read.keys))
            discard(shard, place, &tally->no_connection);
        else if (!is_reachable(shard, place, &read.keys.link) ||
                 !(sa = make1(shard, connection, &read)))
            tally->not_resumed++;
    }
    if (sa) {
        shard_persist_know(shard, place, record, &read.life);
        go_on1(sa, &read, answered);
    } else {
        answered(shard, place->estate);
    }
    x4_wipe(&read, sizeof(read));
}

/* -------------------------------------------------------------------------- children */

static bool has_cookies(const struct shard_sa *sa, const struct store_child *record)
{
    return memcmp(sa->cookie_i, record->cookie_i, sizeof(sa->cookie_i)) == 0 &&
           memcmp(sa->cookie_r, record->cookie_r, sizeof(sa->cookie_r)) == 0;
}

/* The ISAKMP SA that it hangs on; else the peer's newest of that connection. */
static struct shard_sa *parent_of(const struct shard *shard, uint32_t estate,
                                  const struct hub_connection *connection,
                                  const struct store_child *record)
{
    const struct shard_peer *peer =
        shard_peer_find(shard, estate, &connection->phase1.id, &record->remote_id);
    struct shard_sa *newest = NULL;
    if (!peer)
        return NULL;
    x4m_list_each(link, &peer->sas)
    {
        struct shard_sa *sa = x4m_container(link, struct shard_sa, of_peer);
        if (has_cookies(sa, record))
            return sa;
        if (sa->connection == connection && !sa->replaced)
            newest = sa;
    }
    return newest;
}

/* As admits(); where users are asked the peer is known by its user, who was let in then. */
static bool admits_child(const struct hub_connection *connection, const struct store_child *record)
{
    return hub_identity_same(&connection->phase1.id, &record->local_id) &&
           (connection->asks_user ||
            hub_identity_match(&connection->remote_id, &record->remote_id) != HUB_MATCH_NONE);
}

/*
 * An ISAKMP SA for a child that has outlived its own. libike resumes a child under an ISAKMP SA
 * only; this one has no keys, no message is sent or taken under it, and it is gone before the next.
 */
static bool resume_bare(struct shard_sa *sa, const struct store_child *record)
{
    x4s_ike_config1 config = sa->connection->phase1;
    const x4s_ike_transform1 *suite = config.transforms;
    x4s_ike_keys1 keys = {
        .role = (x4e_ike_role)sa->role,
        .link = sa->link,
        .suite = *suite,
        .cipher_key.len = (uint8_t)x4_cipher_key_size(suite->cipher, suite->key_bits),
        .local_id = record->local_id,
        .remote_id = record->remote_id,
    };
    memcpy(keys.cookie_i, record->cookie_i, sizeof(keys.cookie_i));
    memcpy(keys.cookie_r, record->cookie_r, sizeof(keys.cookie_r));
    config.userdata = sa;
    config.resume = &keys;
    config.life_sec = 0;
    config.soft_sec = 0;
    config.dpd_sec = 0;
    return x4_charon_init1(sa->shard->charon, &config);
}

static struct shard_sa *make_bare(struct shard *shard, const struct hub_connection *connection,
                                  const struct store_child *record)
{
    struct shard_sa *sa = shard_sa_new(shard, connection, &record->link, record->keys.role);
    if (!sa)
        return NULL;
    memcpy(sa->cookie_i, record->cookie_i, sizeof(sa->cookie_i));
    memcpy(sa->cookie_r, record->cookie_r, sizeof(sa->cookie_r));
    sa->bare = true;
    if (shard_sa_enlist(sa, &record->remote_id)) {
        sa->up_at = up_at(shard, &record->life);
        shard_sa_negotiated(sa);
        if (resume_bare(sa, record))
            return sa;
    }
    shard_sa_orphan(sa);
    return NULL;
}

/*
 * Where messages wait for the store, a child is in it before the peer has the answer to its
 * question. If the peer asks again, it has never heard of that child, and libike shall not take the
 * question for one that was answered: it makes another child, which takes the place of this one
 * (shard/phase2.c ends it). Nothing is given away: who repeats an old question learns nothing, and
 * cannot complete the quick mode.
 */
static bool may_be_asked_again(const struct shard_child *child, const struct store_child *record)
{
    return record->keys.role == x4c_ike_responder && child->sa->connection->acked &&
           shard_wall_clock() < record->life.up_at + ASKED_AGAIN_MS;
}

static bool resume2(struct shard_child *child, struct store_child *record)
{
    x4s_ike_config2 config = child->config->phase2;
    if (may_be_asked_again(child, record))
        record->keys.message_id = 0;
    config.userdata = child;
    config.resume = &record->keys;
    config.life_sec = 0;
    config.soft_sec = record->life.soft_left_sec;
    return x4_charon_init2(child->sa->xchg, &config);
}

static void install(struct shard_child *child, const struct store_child *record)
{
    const struct hub_kernel_request request = {
        .op = HUB_KERNEL_ADD,
        .spi_in = child->spi_in,
        .spi_out = child->spi_out,
        .pair = {.link = &child->sa->link,
                 .keys = &record->keys,
                 .options = &child->config->kernel,
                 .out_sequence = record->out_sequence,
                 .resumed = true},
    };
    child->installed = hub_kernel_submit(child->sa->shard->kernel, &request);
}

static struct shard_child *make2(struct shard_sa *sa, const struct hub_child *config,
                                 struct store_child *record)
{
    struct shard *shard = sa->shard;
    struct shard_child *child = shard_child_new(sa, config, record->keys.role);
    if (!child)
        return NULL;
    shard_child_enlist(child, &record->keys);
    shard_taken_add(shard->taken, child->spi_in);
    child->up_at = up_at(shard, &record->life);
    child->soft_sec = record->life.soft_sec;
    child->life_sec = record->life.life_sec;
    child->adopted = record->adopted;
    const bool cpi_free = !child->cpi_in || shard_cpi_take(shard->cpis, child->cpi_in);
    if (!cpi_free)
        child->cpi_in = 0;
    if (cpi_free && resume2(child, record)) {
        install(child, record);
        if (child->installed)
            shard_session_child_up(child, !child->adopted);
        return child;
    }
    shard_child_free(child);
    return NULL;
}

/* A child that was replaced ends a moment after that, and the record of neither says so. */
static void settle(struct shard_child *child)
{
    x4m_list_each(link, &child->sa->children)
    {
        struct shard_child *other = x4m_container(link, struct shard_child, of_sa);
        if (other == child || !other->up || other->replaced || !shard_child_is_same(other, child))
            continue;
        struct shard_child *old = other->up_at < child->up_at ? other : child;
        shard_rekey_replace(old);
        if (old == child)
            return;
    }
}

static void go_on2(struct shard_child *child, const struct shard_record *place, x4s_chunk bytes,
                   const struct store_child *record)
{
    struct shard *shard = child->sa->shard;
    shard_persist_tally(shard)->revived2++;
    shard_persist_know(shard, place, bytes, &record->life);
    shard_persist_sequence2(child, record->out_sequence);
    shard_report_resumed2(child);
    settle(child);
}

/* Its ISAKMP SA is gone; it waits for the next one of its peer, which another shard may have. */
static void go_on_orphaned(struct shard *shard, const struct shard_record *place, x4s_chunk bytes,
                           const struct hub_child *config, struct store_child *record,
                           shard_resumed_fn answered)
{
    struct shard_sa *sa = is_reachable(shard, place, &record->link)
                              ? make_bare(shard, config->connection, record)
                              : NULL;
    struct shard_child *child = sa ? make2(sa, config, record) : NULL;
    if (child) {
        go_on2(child, place, bytes, record);
        shard_persist_tally(shard)->orphaned++;
        resume_leases(sa, &record->inner, &record->inner6, answered);
    } else {
        shard_persist_tally(shard)->not_resumed++;
        answered(shard, place->estate);
    }
    if (!sa)
        return;
    sa->up = false;
    x4_charon_term1(sa->xchg, bfalse);
}

static void go_on_under(struct shard_sa *sa, const struct shard_record *place, x4s_chunk bytes,
                        const struct hub_child *config, struct store_child *record)
{
    struct shard *shard = sa->shard;
    struct shard_child *child =
        shard_child_find(shard, record->keys.in.spi) ? NULL : make2(sa, config, record);
    if (child)
        go_on2(child, place, bytes, record);
    else
        shard_persist_tally(shard)->not_resumed++;
}

static void place2(struct shard *shard, const struct shard_record *place, x4s_chunk bytes,
                   struct store_child *record, shard_resumed_fn answered)
{
    const struct hub_connection *connection =
        hub_config_connection(shard->config, record->connection);
    const struct hub_child *config = child_named(connection, record->child);
    struct shard_sa *sa = config ? parent_of(shard, place->estate, connection, record) : NULL;
    if (config && !sa && admits_child(connection, record)) {
        go_on_orphaned(shard, place, bytes, config, record, answered);
        return;
    }
    if (sa)
        go_on_under(sa, place, bytes, config, record);
    else
        discard(shard, place, &shard_persist_tally(shard)->no_connection);
    answered(shard, place->estate);
}

void shard_resume_child(struct shard *shard, const struct shard_record *place, x4s_chunk record,
                        shard_resumed_fn answered)
{
    struct store_child read;
    const enum store_reason reason = store_child_read(record, shard_wall_clock(), &read);
    if (is_readable(shard, place, reason))
        place2(shard, place, record, &read, answered);
    else
        answered(shard, place->estate);
    x4_wipe(&read, sizeof(read));
}
