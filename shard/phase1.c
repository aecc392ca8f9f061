/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/phase1.h"

#include <string.h>

#include "shard/endpoint.h"
#include "shard/event.h"
#include "shard/handshakes.h"
#include "shard/initiate.h"
#include "shard/keep/hold.h"
#include "shard/keep/persist.h"
#include "shard/keepalive.h"
#include "shard/lease.h"
#include "shard/news.h"
#include "shard/peer.h"
#include "shard/phase2.h"
#include "shard/proof.h"
#include "shard/radius/session.h"
#include "shard/rekey.h"
#include "shard/remote_access.h"
#include "shard/report.h"
#include "shard/signer.h"
#include "shard/stray.h"
#include "shard/transmit.h"
#include "shard/twin.h"
#include "shard/unique.h"

/* RFC 2408 3.1 and 3.8: the payload, and what precedes the data in it. */
#define PAYLOAD_ID     5
#define PAYLOAD_CERT   6
#define PAYLOAD_CR     7
#define ID_BODY_HEADER 4

/* RFC 2407 4.6.3.3 */
#define NOTIFY_INITIAL_CONTACT 24578

/* -------------------------------------------------------------------------- queries */

static const x4s_ike_config1 *on_policy(void *userdata, const x4s_ike_offer1 *offer)
{
    const struct shard *shard = userdata;
    const struct hub_connection *connection = NULL;
    if (shard->draining)
        return NULL;
    if (!offer->aggressive)
        connection = hub_config_responder(shard->config, offer);
    else if (offer->id->data.len <= HUB_IDENTITY_MAX)
        connection = hub_config_claimed(shard->config, offer);
    return connection ? &connection->phase1 : NULL;
}

static bval on_get_psk(void *context, x4s_chunk *psk)
{
    struct shard_sa *sa = context;
    if (!sa)
        return bfalse;
    const struct hub_secret **secret = &sa->negotiation->secret;
    if (!*secret)
        *secret = hub_connection_secret(sa->connection->config, sa->connection, &sa->link.local,
                                        &sa->link.remote);
    if (!*secret)
        return bfalse;
    *psk = (*secret)->key;
    return btrue;
}

static bval on_get_cert(void *context, x4s_ike_certs *certs)
{
    const struct shard_sa *sa = context;
    const struct hub_auth *auth = sa ? sa->connection->auth : NULL;
    if (!auth || auth->cert_never || !(auth->cert_always || sa->negotiation->cert_asked))
        return bfalse;
    *certs = auth->certs;
    return btrue;
}

static bval on_get_prikey(void *context, x4s_ike_prikey *prikey)
{
    const struct shard_sa *sa = context;
    if (!sa || !sa->connection->auth)
        return bfalse;
    *prikey = sa->connection->auth->prikey;
    prikey->holder = shard_signer_holder(sa->shard);
    return btrue;
}

/* -------------------------------------------------------------------------- validation */

/* The one that a peer with this identity goes on with. */
static const struct hub_connection *led_to(const struct shard_sa *sa, const x4s_ike_id *id)
{
    return hub_config_refine(sa->connection->config, sa->connection, id, &sa->link.local,
                             &sa->link.remote, &sa->suite, sa->negotiation->secret);
}

/* The connection that is for this identity, or NULL. */
static const struct hub_connection *connection_of(const struct shard_sa *sa, const x4s_ike_id *id)
{
    if (id->data.len > HUB_IDENTITY_MAX)
        return NULL;
    if (sa->role == x4c_ike_responder)
        return led_to(sa, id);
    return hub_identity_match(&sa->connection->remote_id, id) != HUB_MATCH_NONE ? sa->connection
                                                                                : NULL;
}

static bval on_get_pubkey(void *context, const x4s_ike_id *claimed, x4s_chunk *der)
{
    struct shard_sa *sa = context;
    const struct hub_connection *connection = sa ? connection_of(sa, claimed) : NULL;
    return connection && shard_proof_key(sa, connection->auth, der);
}

static bval validate_id(struct shard_sa *sa, x4s_chunk body)
{
    if (body.len <= ID_BODY_HEADER)
        return bfalse;
    const x4s_ike_id id = {
        .type = (x4e_ike_id_type)body.data[0],
        .data = {body.data + ID_BODY_HEADER, body.len - ID_BODY_HEADER},
    };
    const struct hub_connection *connection = connection_of(sa, &id);
    enum shard_end why = SHARD_END_LIBIKE;
    if (!connection)
        why = SHARD_END_id_refused;
    else if (!sa->connection->asks_user && !shard_unique_admits(sa, &id))
        why = SHARD_END_not_unique;
    else if (connection->auth && !shard_proof_begin(sa, &id, connection->auth))
        why = SHARD_END_no_memory;
    if (why == SHARD_END_LIBIKE)
        return btrue;
    shard_report_refused(sa, &id, why);
    return bfalse;
}

/* Whatever authority the peer asks for, it gets the certificate that we have. */
static bval validate_request(struct shard_sa *sa) /* req 2408-5.10-2 2408-5.10-3 2408-5.10-4 */
{
    sa->negotiation->cert_asked = true;
    return sa->connection->auth != NULL;
}

static bval on_validate(void *context, x4s_chunk body, uint8_t payload) /* req 2407-4.6.2-1 */
{
    struct shard_sa *sa = context;
    switch (payload) {
    case PAYLOAD_ID:
        return validate_id(sa, body);
    case PAYLOAD_CERT:
        return shard_proof_take(sa, body);
    case PAYLOAD_CR:
        return validate_request(sa);
    default:
        return btrue;
    }
}

/* -------------------------------------------------------------------------- status */

static void on_initiated(void *context, x4s_ike_xchg1 *xchg)
{
    struct shard_sa *sa = context;
    sa->xchg = xchg;
    if (sa->up)
        return;
    sa->aggressive = sa->connection->phase1.aggressive;
    shard_report_begun1(sa);
}

static void *on_responded(void *userdata, x4s_ike_xchg1 *xchg, const x4s_ike_config1 *config,
                          const x4s_ike_offer1 *offer)
{
    struct shard_sa *sa =
        shard_sa_new(userdata, hub_connection_of(config), offer->link, x4c_ike_responder);
    if (!sa) {
        x4_charon_term1(xchg, bfalse);
        return NULL;
    }
    sa->xchg = xchg;
    sa->suite = offer->transforms[0];
    sa->aggressive = offer->aggressive;
    if (offer->aggressive)
        sa->negotiation->secret = hub_config_secret(sa->connection->config, &config->id, offer->id,
                                                    &sa->link.local, &sa->link.remote);
    shard_report_begun1(sa);
    return sa;
}

/* Of a responder the connection is not certain before the identity is. */
static bool settle_connection(struct shard_sa *sa, const x4s_ike_keys1 *keys)
{
    if (sa->role == x4c_ike_initiator)
        return true;
    const struct hub_connection *connection = led_to(sa, &keys->remote_id);
    if (connection)
        sa->connection = connection;
    return connection != NULL;
}

/* Users of a group share its identity: to us they are who they are. */
static x4s_ike_id peer_of(const x4s_ike_keys1 *keys)
{
    return keys->user.len ? (x4s_ike_id){x4c_ike_id_key_id, keys->user} : keys->remote_id;
}

static enum shard_end settle(struct shard_sa *sa, const x4s_ike_keys1 *keys)
{
    memcpy(sa->cookie_i, keys->cookie_i, sizeof(sa->cookie_i));
    memcpy(sa->cookie_r, keys->cookie_r, sizeof(sa->cookie_r));
    sa->link = keys->link;
    sa->suite = keys->suite;
    sa->up_at = sa->shard->now;
    sa->life_sec = keys->life_left_sec;
    sa->behind_local = keys->behind_local;
    sa->behind_remote = keys->behind_remote;
    if (!settle_connection(sa, keys))
        return SHARD_END_id_refused;
    if (!shard_proof_holds(sa))
        return SHARD_END_cert_refused;
    const x4s_ike_id peer = peer_of(keys);
    if (!shard_unique_admits(sa, &peer))
        return SHARD_END_not_unique;
    if (!shard_sa_enlist(sa, &peer))
        return SHARD_END_no_memory;
    return SHARD_END_LIBIKE;
}

/* What is to be done under it begins. */
static void go_on(struct shard_sa *sa)
{
    shard_initiate_completed(sa);
    shard_sa_negotiated(sa);
}

static void on_agreed(void *context)
{
    struct shard_sa *sa = context;
    if (sa)
        shard_persist_agreed1(sa);
}

static void on_completed(void *context, const x4s_ike_keys1 *keys)
{
    struct shard_sa *sa = context;
    enum shard_end why = settle(sa, keys);
    if (why != SHARD_END_LIBIKE) {
        shard_report_refused(sa, &keys->remote_id, why);
        shard_sa_end(sa, why, true);
        return;
    }
    shard_handshakes_end1(sa, SHARD_COMPLETED);
    shard_report_up1(sa, keys);
    shard_event_up1(sa, sa->predecessor);
    const struct shard_attempt *attempt = sa->negotiation->attempt;
    sa->soft_sec = attempt ? attempt->phase1.soft_sec : sa->connection->phase1.soft_sec;
    shard_twin_settle(sa);
    shard_unique_enforce(sa);
    shard_news_up(sa, sa->negotiation->contact);
    shard_lease_recall(sa);
    shard_remote_access_push(sa);
    shard_rekey_adopt(sa);
    if (!shard_remote_access_ask(sa))
        go_on(sa);
    shard_persist_up1(sa, keys);
}

static void end_children(struct shard_sa *sa, enum shard_end end)
{
    sa->ending = true;
    while (!x4_list_empty(&sa->children))
        shard_child_end(x4m_container(sa->children.next, struct shard_child, of_sa), end, false);
    sa->ending = false;
}

/* What it carried is of no use any more; what is to be restarted is begun anew. */
static void end_with_peer(struct shard_sa *sa) /* req 3706-5.5-3 */
{
    bool restart = false;
    x4m_list_each(link, &sa->children)
    {
        const struct shard_child *child = x4m_container(link, struct shard_child, of_sa);
        restart = restart || (child->up && !child->replaced && child->config->restart);
    }
    if (restart)
        shard_initiate_restart(sa);
    end_children(sa, SHARD_END_dead_peer);
}

/*
 * Children outlive their ISAKMP SA, and go over to another of the same peer's. But a client that
 * deletes its last one is gone: Cisco's and Apple's say no more than that.
 */
static void on_disposed(void *context, x4e_ike_reason reason)
{
    struct shard_sa *sa = context;
    if (!sa)
        return;
    if (sa->bare) {
        shard_rekey_disposed1(sa);
        shard_sa_orphan(sa);
        return;
    }
    if (!sa->up)
        shard_handshakes_end1(sa, SHARD_FAILED);
    shard_persist_down1(sa);
    shard_report_down1(sa, reason);
    shard_event_down1(sa);
    shard_session_disposed(sa, reason);
    shard_initiate_disposed(sa, reason);
    shard_rekey_disposed1(sa);
    if (sa->up)
        shard_news_down(sa);
    if (reason == x4c_ike_dead_peer)
        end_with_peer(sa);
    else if (reason == x4c_ike_deleted && sa->connection->asks_user)
        end_children(sa, SHARD_END_client_left);
    shard_sa_orphan(sa);
}

static void on_aging(void *context)
{
    shard_rekey_aging1(context);
}

static void on_shortened(void *context, uint32_t life_left_sec, uint32_t life_left_kb)
{
    struct shard_sa *sa = context;
    sa->life_sec = shard_peer_life(sa->shard, sa->up_at, life_left_sec);
    shard_persist_changed1(sa);
    shard_report_shortened1(sa, life_left_sec, life_left_kb);
}

static void on_xauth(void *context, x4s_ike_xauth_job *job)
{
    shard_remote_access_judge(context, job);
}

static bval on_get_xauth(void *context, const x4s_ike_cfg *asked, x4s_ike_cfg *out)
{
    return shard_remote_access_answer(context, asked, out);
}

static x4e_ike_configure on_configure(void *context, x4e_ike_cfg type, const x4s_ike_cfg *in,
                                      x4s_ike_cfg *out)
{
    return shard_remote_access_configure(context, type, in, out);
}

static void on_configured(void *context, const x4s_ike_cfg *answer)
{
    struct shard_sa *sa = context;
    if (sa->connection->push)
        shard_remote_access_pushed(sa, answer);
    else if (shard_remote_access_given(sa, answer))
        go_on(sa);
    else
        shard_sa_end(sa, SHARD_END_no_address, true);
}

static void on_natt(void *context, x4s_net_link *link, bval behind)
{
    struct shard_sa *sa = context;
    if (!sa)
        return;
    if (link) {
        shard_link_float(sa->shard->ring, link);
        sa->link = *link;
    }
    if (behind) /* req 3947-3.2-1 */
        shard_keepalive_start(sa);
}

static void on_moved(void *context, const x4s_net_link *link)
{
    struct shard_sa *sa = context;
    sa->link = *link;
    sa->shard->counters.moved++;
    shard_persist_changed1(sa);
    shard_report_moved(sa);
    shard_phase2_moved(sa);
    shard_event_moved1(sa);
}

static void on_notified(void *context, uint16_t type, x4s_chunk data)
{
    (void)data;
    struct shard_sa *sa = context;
    if (type != NOTIFY_INITIAL_CONTACT)
        return;
    if (sa->up)
        shard_news_contact(sa);
    shard_unique_initial_contact(sa);
}

static void on_missed(void *context, uint8_t protocol, x4s_chunk spi)
{
    shard_stray_delete(context, protocol, spi);
}

/* -------------------------------------------------------------------------- transmission */

static bval on_send(void *context, const x4s_net_link *link, const void *data, size_t len)
{
    const struct shard_sa *sa = context;
    if (!sa)
        return bfalse;
    if (!shard_hold_take(sa->shard, sa, NULL, link, data, len))
        shard_transmit(sa->shard, link, data, len);
    return btrue;
}

const x4s_ike_calls1 shard_calls1 = {
    .initiated = on_initiated,
    .responded = on_responded,
    .agreed = on_agreed,
    .completed = on_completed,
    .disposed = on_disposed,
    .aging = on_aging,
    .shortened = on_shortened,
    .notified = on_notified,
    .missed = on_missed,
    .validate = on_validate,
    .send = on_send,
    .natt = on_natt,
    .xauth = on_xauth,
    .get_xauth = on_get_xauth,
    .configure = on_configure,
    .configured = on_configured,
    .moved = on_moved,
    .get_psk = on_get_psk,
    .get_cert = on_get_cert,
    .get_prikey = on_get_prikey,
    .get_pubkey = on_get_pubkey,
    .policy = on_policy,
};
