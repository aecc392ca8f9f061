/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/sim/user.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/sim/check.h"

enum {
    SOCKETS = 7, /* plus the port: libike carries it without looking */
};

x4s_net_link sim_link(const struct sim_node *node, uint16_t port, const x4s_net_addr *remote)
{
    x4s_net_link link = {.local = node->addr,
                         .remote = *remote,
                         .socket = SOCKETS + port,
                         .encap = port == SIM_PORT_NATT};
    link.local.port = port;
    return link;
}

static void check_link(const x4s_net_link *link)
{
    sim_check(link->socket == (uint32_t)SOCKETS + link->local.port,
              "the socket of port %u became %u", link->local.port, link->socket);
    sim_check(link->encap == (link->local.port == SIM_PORT_NATT), "the marker on port %u is %d",
              link->local.port, link->encap);
}

static void transmit(struct sim_node *node, const x4s_net_link *link, const void *data, size_t len)
{
    struct sim *sim = node->sim;
    check_link(link);
    x4s_net_addr from = node->nat ? sim_nat_out(node->nat, &link->local) : link->local;
    sim_network_send(&sim->network, sim->now, &from, &link->remote, data, len);
}

struct sim_xchg *sim_xchg_new(struct sim_node *node, int phase, x4e_ike_role role)
{
    struct sim_xchg *xchg = calloc(1, sizeof(*xchg));
    sim_check(xchg, "out of memory");
    xchg->node = node;
    xchg->phase = phase;
    xchg->role = role;
    struct sim_xchg **at = &node->xchgs;
    while (*at)
        at = &(*at)->next;
    return *at = xchg;
}

void sim_xchg_drop(struct sim_xchg *xchg)
{
    for (int call = 0; call < SIM_GET_PSK; call++)
        sim_check(xchg->calls[call] == 0, "callback %d for an exchange that was refused", call);
    struct sim_xchg **at = &xchg->node->xchgs;
    while (*at != xchg)
        at = &(*at)->next;
    *at = xchg->next;
    free(xchg);
}

/* Every callback comes from within a call, to a living exchange, and those of its life once. */
static struct sim_node *enter(struct sim_xchg *xchg, enum sim_call call)
{
    sim_check(xchg, "callback %d without a context", call);
    struct sim_node *node = xchg->node;
    sim_check(node->depth > 0, "callback %d out of the blue", call);
    sim_check(!xchg->calls[SIM_DISPOSED], "callback %d after disposed", call);
    bool begun = xchg->calls[SIM_INITIATED] || xchg->calls[SIM_RESPONDED];
    bool begins = call == SIM_INITIATED || call == SIM_RESPONDED;
    sim_check(begun != begins || call >= SIM_GET_PSK, "callback %d at the wrong time", call);
    xchg->calls[call]++;
    bool once = call <= SIM_DISPOSED || call == SIM_NATT || call == SIM_AGREED;
    sim_check(!once || xchg->calls[call] == 1, "callback %d twice", call);
    return node;
}

/* The test's turn; for callbacks that may use libike. */
static void leave(struct sim_xchg *xchg, enum sim_call call)
{
    if (xchg->node->hook)
        xchg->node->hook(xchg, call);
}

/* The instance's own callbacks. */

x4_msec sim_clock(void *userdata)
{
    const struct sim_node *node = userdata;
    return node->sim->now;
}

void sim_send_unbound(void *userdata, const x4s_net_link *link, const void *data, size_t len)
{
    struct sim_node *node = userdata;
    sim_check(node->depth > 0, "send out of the blue");
    transmit(node, link, data, len);
}

static void check_field(const x4s_trace_field *field)
{
    sim_check(field->key && field->key[0], "field without a key");
    for (const char *c = field->kind == x4c_trace_text ? field->text : ""; *c; c++)
        sim_check(*c >= ' ' && *c <= '~', "%s has a byte %02x", field->key, (uint8_t)*c);
    unsigned sum = 0;
    bool bytes = field->kind == x4c_trace_bytes;
    for (size_t i = 0; bytes && i < field->bytes.len; i++)
        sum += field->bytes.data[i]; /* a sanitizer sees whether they are there */
    sim_check(sum <= UINT8_MAX * field->bytes.len, "%u", sum);
}

void sim_trace(void *userdata, const x4s_trace_event *event)
{
    const struct sim_node *node = userdata;
    sim_check(node->depth > 0, "event out of the blue");
    sim_check(event->level > x4c_trace_off && event->level <= x4c_trace_debug, "level %d",
              event->level);
    sim_check(event->name && event->name[0], "event without a name");
    for (size_t i = 0; i < event->count; i++)
        check_field(&event->fields[i]);
}

bval sim_draw(void *userdata, void *data, size_t len)
{
    struct sim_node *node = userdata;
    sim_random_fill(&node->random, data, len);
    return btrue;
}

bval sim_draw_cookie(void *userdata, x4e_ike_role role, uint8_t cookie[8])
{
    bval done = sim_draw(userdata, cookie, 8);
    cookie[0] = (uint8_t)(cookie[0] | 1 | role << 1); /* never zero */
    return done;
}

/* What both phases do. */

static void on_disposed(void *context, x4e_ike_reason reason)
{
    struct sim_xchg *xchg = context;
    struct sim_node *node = enter(xchg, SIM_DISPOSED);
    sim_check(reason != x4c_ike_none && reason < x4c_ike_reason_count, "reason %d", reason);
    xchg->reason = reason;
    xchg->disposed_at = node->sim->now;
    leave(xchg, SIM_DISPOSED);
    xchg->handle1 = NULL;
    xchg->handle2 = NULL;
}

static void on_aging(void *context)
{
    struct sim_xchg *xchg = context;
    struct sim_node *node = enter(xchg, SIM_AGING);
    xchg->aging_at = node->sim->now;
    leave(xchg, SIM_AGING);
}

static void on_shortened(void *context, uint32_t life_left_sec, uint32_t life_kb)
{
    struct sim_xchg *xchg = context;
    enter(xchg, SIM_SHORTENED);
    sim_check(xchg->calls[SIM_COMPLETED] + xchg->resumed == 1, "shortened before it is complete");
    sim_check(xchg->role == x4c_ike_initiator, "responder shortened");
    xchg->told_sec = life_left_sec;
    xchg->told_kb = life_kb;
    leave(xchg, SIM_SHORTENED);
}

static bval on_send(void *context, const x4s_net_link *link, const void *data, size_t len)
{
    struct sim_xchg *xchg = context;
    struct sim_node *node = enter(xchg, SIM_SEND);
    if (++node->sends == node->send_fail_at)
        return bfalse;
    unsigned sent = xchg->calls[SIM_SEND];
    if (sent <= SIM_SENT_MAX)
        xchg->sent_at[sent - 1] = node->sim->now;
    transmit(node, link, data, len);
    leave(xchg, SIM_SEND);
    return btrue;
}

static bval on_resend(void *context, x4e_ike_resend cause, unsigned count)
{
    struct sim_xchg *xchg = context;
    struct sim_node *node = enter(xchg, SIM_RESEND);
    sim_check(cause == x4c_ike_resend_lost || cause == x4c_ike_resend_duplicate, "cause %d", cause);
    sim_check(count > 0, "to be sent again before it was sent");
    leave(xchg, SIM_RESEND);
    return count <= node->resend_max;
}

static void on_natt(void *context, x4s_net_link *link, bval behind)
{
    struct sim_xchg *xchg = context;
    struct sim_node *node = enter(xchg, SIM_NATT);
    sim_check(!link || xchg->role == x4c_ike_initiator, "responder asked to float");
    sim_check(!xchg->calls[SIM_COMPLETED], "NAT told of too late");
    xchg->natt_floats = link != NULL;
    xchg->natt_behind = behind;
    if (link) {
        x4s_net_addr remote = link->remote;
        check_link(link);
        sim_check(!link->encap, "to float from port %u", link->local.port);
        remote.port = SIM_PORT_NATT;
        *link = sim_link(node, SIM_PORT_NATT, &remote);
    }
    leave(xchg, SIM_NATT);
}

static void on_moved(void *context, const x4s_net_link *link)
{
    struct sim_xchg *xchg = context;
    enter(xchg, SIM_MOVED);
    sim_check(xchg->calls[SIM_COMPLETED] || xchg->resumed, "moved before it stood");
    check_link(link);
    xchg->moved = *link;
    leave(xchg, SIM_MOVED);
}

/* Phase 1. */

static void on_initiated1(void *context, x4s_ike_xchg1 *handle)
{
    struct sim_xchg *xchg = context;
    enter(xchg, SIM_INITIATED);
    xchg->handle1 = handle;
    leave(xchg, SIM_INITIATED);
}

static void *on_responded1(void *userdata, x4s_ike_xchg1 *handle, const x4s_ike_config1 *config,
                           const x4s_ike_offer1 *offer)
{
    struct sim_node *node = userdata;
    struct sim_xchg *xchg = sim_xchg_new(node, 1, x4c_ike_responder);
    sim_check(config == &node->config1, "not the configuration that policy gave");
    sim_check(x4_net_addr_same_ip(&offer->link->local, &node->addr), "offer for another address");
    sim_check(offer->transform_count == 1, "not the one that was agreed on");
    enter(xchg, SIM_RESPONDED);
    xchg->handle1 = handle;
    xchg->being_introduced = true;
    leave(xchg, SIM_RESPONDED);
    xchg->being_introduced = false;
    return xchg;
}

static void keep_id(uint8_t memory[SIM_ID_MAX], x4s_ike_id *id)
{
    sim_check(id->data.len <= SIM_ID_MAX, "identity of %zu bytes", id->data.len);
    memcpy(memory, id->data.data, id->data.len);
    id->data.data = memory;
}

static void keep_name(struct sim_xchg *xchg)
{
    x4s_chunk *name = &xchg->keys1.user;
    sim_check(name->len <= SIM_NAME_MAX, "name of %zu bytes", name->len);
    if (name->len)
        memcpy(xchg->name, name->data, name->len);
    name->data = xchg->name;
}

static void on_completed1(void *context, const x4s_ike_keys1 *keys)
{
    struct sim_xchg *xchg = context;
    struct sim_node *node = enter(xchg, SIM_COMPLETED);
    sim_check(keys->role == xchg->role, "role changed");
    xchg->completed_at = node->sim->now;
    xchg->keys1 = *keys;
    keep_id(xchg->ids[0], &xchg->keys1.local_id);
    keep_id(xchg->ids[1], &xchg->keys1.remote_id);
    keep_name(xchg);
    if (!node->sim->forged)
        sim_agree(xchg);
    leave(xchg, SIM_COMPLETED);
}

static void on_sa_used(void *context, size_t bytes)
{
    struct sim_xchg *xchg = context;
    enter(xchg, SIM_USED);
    sim_check(bytes > 0, "used for nothing");
    leave(xchg, SIM_USED);
}

static void on_notified(void *context, uint16_t type, x4s_chunk data)
{
    struct sim_xchg *xchg = context;
    enter(xchg, SIM_NOTIFIED);
    sim_check(!data.len || data.data, "data without bytes");
    xchg->notify = type;
    leave(xchg, SIM_NOTIFIED);
}

static void on_missed(void *context, uint8_t protocol, x4s_chunk spi)
{
    struct sim_xchg *xchg = context;
    enter(xchg, SIM_MISSED);
    const size_t wanted = protocol == 1 ? 16 : protocol == 4 ? spi.len & (2 | 4) : 4;
    sim_check(spi.len == wanted, "an SPI of another length");
    if (spi.len == 4)
        xchg->missed_spi = (uint32_t)spi.data[0] << 24 | (uint32_t)spi.data[1] << 16 |
                           (uint32_t)spi.data[2] << 8 | spi.data[3];
    leave(xchg, SIM_MISSED);
}

static bval on_validate1(void *context, x4s_chunk body, uint8_t payload)
{
    struct sim_xchg *xchg = context;
    struct sim_node *node = enter(xchg, SIM_VALIDATE);
    sim_check(payload != 5 || body.len >= 4, "identification of %zu bytes", body.len);
    leave(xchg, SIM_VALIDATE);
    return !node->refuse_id && (!node->validate || node->validate(xchg, body, payload));
}

static void print_cfg(char text[SIM_CFG_MAX], const char *type, const x4s_ike_cfg *cfg)
{
    int at = snprintf(text, SIM_CFG_MAX, "%s", type);
    for (size_t i = 0; i < cfg->count; i++) {
        const x4s_ike_cfg_item *item = &cfg->items[i];
        at += snprintf(text + at, SIM_CFG_MAX - (size_t)at, " %u%s", item->type,
                       item->basic ? ":" : "=");
        for (size_t byte = 0; byte < item->value.len; byte++)
            at += snprintf(text + at, SIM_CFG_MAX - (size_t)at, "%02x", item->value.data[byte]);
        sim_check(at < SIM_CFG_MAX, "mode config of %d characters", at);
    }
}

static x4e_ike_configure on_configure(void *context, x4e_ike_cfg type, const x4s_ike_cfg *in,
                                      x4s_ike_cfg *out)
{
    struct sim_xchg *xchg = context;
    struct sim_node *node = enter(xchg, SIM_CONFIGURE);
    sim_check(type == x4c_ike_cfg_request || type == x4c_ike_cfg_set, "type %d", type);
    print_cfg(xchg->asked, type == x4c_ike_cfg_request ? "request" : "set", in);
    leave(xchg, SIM_CONFIGURE);
    if (node->reply)
        *out = *node->reply;
    if (node->reply_later)
        return x4c_ike_configure_later;
    return node->reply ? x4c_ike_configure_answered : x4c_ike_configure_refused;
}

static void on_configured(void *context, const x4s_ike_cfg *answer)
{
    struct sim_xchg *xchg = context;
    enter(xchg, SIM_CONFIGURED);
    if (answer)
        print_cfg(xchg->answer, "answer", answer);
    else
        strcpy(xchg->answer, "none");
    leave(xchg, SIM_CONFIGURED);
}

static bool is_text(const x4s_ike_cfg *cfg, uint16_t type, const char *text)
{
    const x4s_ike_cfg_item *item = x4_ike_cfg_find(cfg, type, 0);
    return item && item->value.len == strlen(text) &&
           memcmp(item->value.data, text, strlen(text)) == 0;
}

static void on_xauth(void *context, x4s_ike_xauth_job *job)
{
    struct sim_xchg *xchg = context;
    struct sim_node *node = enter(xchg, SIM_XAUTH);
    sim_check(!xchg->calls[SIM_COMPLETED], "asked again when it was done");
    sim_check(job->verdict == x4c_ike_verdict_pending, "verdict %d before it is given",
              job->verdict);
    print_cfg(xchg->answer, "answer", &job->answer);
    xchg->job = job;
    leave(xchg, SIM_XAUTH);
    if (xchg->calls[SIM_DISPOSED])
        return;
    if (node->judge)
        node->judge(xchg, job);
    else if (is_text(&job->answer, x4c_ike_xauth_user_name, node->user) &&
             is_text(&job->answer, x4c_ike_xauth_user_password, node->password))
        job->verdict = x4c_ike_verdict_accept;
    else
        job->verdict = x4c_ike_verdict_refuse;
}

static bval on_get_xauth(void *context, const x4s_ike_cfg *asked, x4s_ike_cfg *out)
{
    struct sim_xchg *xchg = context;
    const struct sim_node *node = enter(xchg, SIM_GET_XAUTH);
    print_cfg(xchg->asked, "asked", asked);
    if (node->typed)
        *out = *node->typed;
    return node->typed != NULL;
}

static bval on_get_cert(void *context, x4s_ike_certs *certs)
{
    struct sim_xchg *xchg = context;
    *certs = enter(xchg, SIM_GET_CERT)->certs;
    return certs->count > 0;
}

static bval on_get_prikey(void *context, x4s_ike_prikey *prikey)
{
    struct sim_xchg *xchg = context;
    *prikey = enter(xchg, SIM_GET_PRIKEY)->prikey;
    return prikey->der.len > 0;
}

static bval on_get_pubkey(void *context, const x4s_ike_id *claimed, x4s_chunk *der)
{
    struct sim_xchg *xchg = context;
    sim_check(claimed->data.len > 0, "the key of nobody");
    *der = enter(xchg, SIM_GET_PUBKEY)->pubkey;
    return der->len > 0;
}

static bval on_get_psk(void *context, x4s_chunk *psk)
{
    struct sim_xchg *xchg = context;
    const struct sim_node *node = enter(xchg, SIM_GET_PSK);
    if (!node->psk)
        return bfalse;
    *psk = (x4s_chunk){.data = (const uint8_t *)node->psk, .len = strlen(node->psk)};
    return btrue;
}

static const x4s_ike_config1 *on_policy1(void *userdata, const x4s_ike_offer1 *offer)
{
    struct sim_node *node = userdata;
    check_link(offer->link);
    sim_check(offer->aggressive == (offer->id != NULL), "an identity in the wrong mode");
    node->claimed_len = 0;
    if (offer->id) {
        sim_check(offer->id->data.len <= SIM_ID_MAX, "identity of %zu bytes", offer->id->data.len);
        node->claimed_len = offer->id->data.len;
        memcpy(node->claimed_id, offer->id->data.data, node->claimed_len);
    }
    return node->refuse1 || (node->main_only && offer->aggressive) ? NULL : &node->config1;
}

/* Phase 2. */

static void on_initiated2(void *context, x4s_ike_xchg2 *handle)
{
    struct sim_xchg *xchg = context;
    enter(xchg, SIM_INITIATED);
    xchg->handle2 = handle;
    leave(xchg, SIM_INITIATED);
}

static void *on_responded2(void *context1, x4s_ike_xchg2 *handle, const x4s_ike_config2 *config,
                           const x4s_ike_offer2 *offer)
{
    struct sim_xchg *parent = context1;
    struct sim_node *node = parent->node;
    struct sim_xchg *xchg = sim_xchg_new(node, 2, x4c_ike_responder);
    sim_check(config == &node->config2, "not the configuration that policy gave");
    xchg->parent = parent;
    xchg->offer2 = *offer;
    enter(xchg, SIM_RESPONDED);
    xchg->handle2 = handle;
    xchg->being_introduced = true;
    leave(xchg, SIM_RESPONDED);
    xchg->being_introduced = false;
    return xchg;
}

static void on_agreed1(void *context)
{
    struct sim_xchg *xchg = context;
    enter(xchg, SIM_AGREED);
    sim_check(!xchg->calls[SIM_COMPLETED], "agreed after completed");
    leave(xchg, SIM_AGREED);
}

static void on_agreed2(void *context, const x4s_ike_keys2 *keys)
{
    struct sim_xchg *xchg = context;
    enter(xchg, SIM_AGREED);
    sim_check(!xchg->calls[SIM_COMPLETED], "agreed after completed");
    xchg->agreed2 = *keys;
    leave(xchg, SIM_AGREED);
}

static void on_completed2(void *context, const x4s_ike_keys2 *keys)
{
    struct sim_xchg *xchg = context;
    struct sim_node *node = enter(xchg, SIM_COMPLETED);
    sim_check(keys->role == xchg->role, "role changed");
    sim_check(keys->in.spi >= 256 && keys->out.spi >= 256, "reserved SPI");
    sim_check(!keys->transform.ah == !keys->ah_in.spi && !keys->ah_in.spi == !keys->ah_out.spi,
              "an SPI of AH without AH");
    sim_check(!keys->transform.ipcomp == !keys->cpi_in && !keys->cpi_in == !keys->cpi_out,
              "a CPI without IPComp");
    sim_check(!node->calls2.agreed || memcmp(keys, &xchg->agreed2, sizeof(*keys)) == 0,
              "other keys than were agreed");
    xchg->completed_at = node->sim->now;
    xchg->keys2 = *keys;
    if (!node->sim->forged)
        sim_agree(xchg);
    leave(xchg, SIM_COMPLETED);
}

static bval on_validate2(void *context, const x4s_ike_offer2 *offer,
                         const x4s_ike_transform2 *transform)
{
    struct sim_xchg *xchg = context;
    struct sim_node *node = enter(xchg, SIM_VALIDATE);
    sim_check(xchg->role == x4c_ike_responder, "initiator asked to validate");
    sim_check(offer->group == transform->group, "group %u in an offer of %u", transform->group,
              offer->group);
    leave(xchg, SIM_VALIDATE);
    return !node->refuse_transform;
}

/* SPIs of all nodes are different, which makes the two ends of a pair easy to find. */
static uint32_t on_get_spi(void *userdata)
{
    struct sim_node *node = userdata;
    sim_check(node->depth > 0, "get_spi out of the blue");
    if (node->no_spi)
        return 0;
    return ++node->last_spi;
}

static uint16_t on_get_cpi(void *userdata)
{
    struct sim_node *node = userdata;
    sim_check(node->depth > 0, "get_cpi out of the blue");
    return node->no_cpi ? 0 : ++node->last_cpi;
}

static const x4s_ike_config2 *on_policy2(void *context1, const x4s_ike_offer2 *offer)
{
    const struct sim_xchg *parent = context1;
    sim_check(parent->phase == 1 && parent->calls[SIM_COMPLETED] + parent->resumed == 1,
              "quick mode before phase 1 is complete");
    sim_check(offer->local.family && offer->remote.family, "offer without addresses");
    return parent->node->refuse2 ? NULL : &parent->node->config2;
}

const x4s_ike_calls1 sim_calls1 = {
    .initiated = on_initiated1,
    .responded = on_responded1,
    .agreed = on_agreed1,
    .completed = on_completed1,
    .disposed = on_disposed,
    .sa_used = on_sa_used,
    .aging = on_aging,
    .shortened = on_shortened,
    .notified = on_notified,
    .missed = on_missed,
    .validate = on_validate1,
    .send = on_send,
    .get_psk = on_get_psk,
    .get_cert = on_get_cert,
    .get_prikey = on_get_prikey,
    .get_pubkey = on_get_pubkey,
    .policy = on_policy1,
    .resend = on_resend,
    .natt = on_natt,
    .moved = on_moved,
    .configure = on_configure,
    .configured = on_configured,
    .xauth = on_xauth,
    .get_xauth = on_get_xauth,
};

const x4s_ike_calls2 sim_calls2 = {
    .initiated = on_initiated2,
    .responded = on_responded2,
    .agreed = on_agreed2,
    .completed = on_completed2,
    .disposed = on_disposed,
    .aging = on_aging,
    .shortened = on_shortened,
    .validate = on_validate2,
    .send = on_send,
    .get_spi = on_get_spi,
    .get_cpi = on_get_cpi,
    .policy = on_policy2,
    .resend = on_resend,
};
