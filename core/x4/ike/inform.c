/* SPDX-License-Identifier: BSD-2-Clause */
#include "x4/ike/inform.h"

#include <string.h>

#include "x4/crypto/hash.h"
#include "x4/ike/admission.h"
#include "x4/ike/connected.h"
#include "x4/ike/dpd.h"
#include "x4/ike/events.h"
#include "x4/ike/keymat.h"
#include "x4/ike/natt.h"
#include "x4/ike/protect.h"
#include "x4/ike/reason_class.h"

#define MESSAGE_SIZE 512 /* of an informational message of ours */
#define REPEATABLE   (x4m_bit(x4c_payload_notify) | x4m_bit(x4c_payload_delete))
/* req 2408-3.9-2 2408-3.10-2 */
#define IGNORED (x4m_bit(x4c_payload_vid) | x4m_bit(x4c_payload_cert) | x4m_bit(x4c_payload_cr))

/* -------------------------------------------------------------------------- sending */

/* req 3706-5.3-6 */
static void put_spi(x4s_writer *w, x4s_ike_xchg1 *xchg, uint8_t protocol, uint32_t spi)
{
    if (protocol == x4c_protocol_isakmp)
        x4_writer_bytes(w, xchg->cookies, sizeof(xchg->cookies));
    else if (protocol == x4c_protocol_ipcomp)
        x4_writer_u16(w, (uint16_t)spi);
    else
        x4_writer_u32(w, spi);
}

static uint8_t spi_size(uint8_t protocol) /* req 3706-5.3-4 */
{
    switch (protocol) {
    case x4c_protocol_isakmp:
        return 2 * x4c_isakmp_cookie;
    case x4c_protocol_ipcomp:
        return x4c_cpi_size;
    default:
        return x4c_spi_size;
    }
}

/* RFC 2408 3.14, up to the SPI */
/* req 2408-5.14-2 */
static void begin_notify(x4s_ike_build *build, uint8_t protocol, uint16_t type)
{
    x4_build_payload(build, x4c_payload_notify);
    x4_writer_u32(&build->w, x4c_doi_ipsec); /* req 3706-5.3-2 */
    x4_writer_u8(&build->w, protocol);
    x4_writer_u8(&build->w, spi_size(protocol));
    x4_writer_u16(&build->w, type);
}

static void put_notify(x4s_ike_build *build, x4s_ike_xchg1 *xchg, uint8_t protocol, uint32_t spi,
                       uint16_t type)
{
    begin_notify(build, protocol, type);
    put_spi(&build->w, xchg, protocol, spi);
}

void x4_inform_put_notify2(x4s_ike_build *build, uint8_t protocol, uint32_t spi, uint16_t type)
{
    begin_notify(build, protocol, type);
    x4_writer_u32(&build->w, spi);
}

/* req 2407-4.5.4-2 2407-4.6.3.1-1 */
void x4_inform_put_lifetime2(x4s_ike_build *build, uint8_t protocol, uint32_t spi,
                             const x4s_ike_lifetime *lifetime)
{
    x4_inform_put_notify2(build, protocol, spi, x4c_notify_responder_lifetime);
    x4_lifetime_write(&build->w, x4c_attr2_life_type, lifetime);
}

/* RFC 2408 3.15 */
static void put_delete(x4s_ike_build *build, x4s_ike_xchg1 *xchg, uint8_t protocol, uint32_t spi)
{
    x4_build_payload(build, x4c_payload_delete);
    x4_writer_u32(&build->w, x4c_doi_ipsec);
    x4_writer_u8(&build->w, protocol); /* req 2408-3.15-1 2408-3.15-2 2408-5.15-3 */
    x4_writer_u8(&build->w, spi_size(protocol));
    x4_writer_u16(&build->w, 1);
    put_spi(&build->w, xchg, protocol, spi);
}

/*
 * An informational message goes out once; that it fails is as good as a loss. The user may have
 * ended the SA when it was told of its use.
 */
static void send_over(x4s_ike_xchg1 *xchg, const x4s_net_link *link, const x4s_ike_build *build)
{
    if (xchg->base.state == x4c_state_dead)
        return;
    bval sent = x4_phase1_send(xchg, link, build->w.base, x4_writer_len(&build->w));
    (void)sent;
}

static void send_once(x4s_ike_xchg1 *xchg, const x4s_ike_build *build)
{
    send_over(xchg, &xchg->link, build);
}

/* A message of ours under the SA, which only who has the keys can read. */
typedef struct x4s_inform {
    uint32_t message_id;
    x4s_ike_build build;
    uint8_t buffer[MESSAGE_SIZE];
} x4s_inform;

/* Up to the HASH, which finish() fills. bfalse: no message ID is left. */
static bval begin(x4s_ike_xchg1 *xchg, x4s_inform *inform)
{
    inform->message_id = x4_message_id_new(xchg); /* req 2408-4.8-3 */
    x4s_ike_header header = {.exchange = x4c_exchange_informational,
                             .flags = x4c_flag_encryption,
                             .message_id = inform->message_id};
    memcpy(header.cookies, xchg->cookies, sizeof(header.cookies)); /* req 2409-4-4 */
    x4_build_begin(&inform->build, inform->buffer, sizeof(inform->buffer), &header);
    x4_build_payload(&inform->build, x4c_payload_hash);
    x4_writer_zeros(&inform->build.w, x4_hash_size(xchg->suite.hash));
    return inform->message_id != 0;
}

static bval finish(x4s_ike_xchg1 *xchg, x4s_inform *inform)
{
    uint8_t iv[x4c_cipher_block_max];
    x4s_ike_build *build = &inform->build;
    uint32_t message_id = inform->message_id;
    x4_build_close(build);
    size_t hash_at = x4c_isakmp_header + x4c_isakmp_generic;
    size_t rest_at = hash_at + x4_hash_size(xchg->suite.hash);
    const x4s_chunk rest = {build->w.base + rest_at, x4_writer_len(&build->w) - rest_at};
    return !build->w.failed &&
           x4_keymat_hash(xchg, message_id, (x4s_chunk){0}, rest, build->w.base + hash_at) &&
           /* req 2407-4.6.3-1 */
           x4_protect_iv(xchg, message_id, iv) && x4_protect_seal(xchg, iv, build) == x4c_ike_none;
}

/* An SA that is gone. */
typedef struct x4s_gone {
    uint8_t protocol;
    uint32_t spi; /* not of ISAKMP */
} x4s_gone;

/* req 2408-5.15-1 */
static void send_deletes(x4s_ike_xchg1 *xchg, const x4s_gone *gone, size_t count)
{
    x4s_inform inform;
    if (xchg->base.state == x4c_state_dead || !begin(xchg, &inform))
        return;
    for (size_t i = 0; i < count; i++)
        put_delete(&inform.build, xchg, gone[i].protocol, gone[i].spi);
    if (finish(xchg, &inform))
        send_once(xchg, &inform.build);
}

void x4_inform_delete1(x4s_ike_xchg1 *xchg)
{
    const x4s_gone gone = {.protocol = x4c_protocol_isakmp};
    send_deletes(xchg, &gone, 1);
}

/* strongSwan throws a message away whole that has a Delete of IPComp in it. */
void x4_inform_delete2(x4s_ike_xchg1 *xchg, const x4s_ike_xchg2 *gone)
{
    const x4s_ike_spis in = x4_spis_in(gone);
    const x4s_gone keyed[] = {{gone->protocol, in.of[x4c_part_main]},
                              {x4c_protocol_ah, in.of[x4c_part_ah]}};
    const x4s_gone ipcomp = {x4c_protocol_ipcomp, in.of[x4c_part_ipcomp]};
    send_deletes(xchg, keyed, keyed[1].spi ? 2 : 1);
    if (ipcomp.spi)
        send_deletes(xchg, &ipcomp, 1);
}

/* req 2407-4.5.4-2 2407-4.6.3.1-1 */
void x4_inform_lifetime1(x4s_ike_xchg1 *xchg, const x4s_ike_lifetime *lifetime)
{
    x4s_inform inform;
    if (!begin(xchg, &inform))
        return;
    put_notify(&inform.build, xchg, x4c_protocol_isakmp, 0, x4c_notify_responder_lifetime);
    x4_lifetime_write(&inform.build.w, x4c_attr1_life_type, lifetime);
    if (finish(xchg, &inform))
        send_once(xchg, &inform.build);
}

static void notify_sent(x4s_ike_xchg1 *xchg, uint16_t notify, bval authenticated)
{
    x4s_charon *charon = xchg->base.charon;
    charon->stats->notified++;
    x4_event_notify(charon, "notify-sent", &xchg->link, xchg->cookies, notify, authenticated);
}

/* One notify per exchange and second. */
static bval may_notify(x4s_ike_xchg1 *xchg, uint32_t about)
{
    x4_msec now = xchg->base.charon->now;
    if (xchg->base.state == x4c_state_dead || (xchg->notified_at && xchg->refused_mid == about &&
                                               now - xchg->notified_at < x4c_limit_notify_ms))
        return bfalse;
    xchg->notified_at = now;
    xchg->refused_mid = about;
    return btrue;
}

/* req 2408-5.14-1 */
bval x4_inform_error2(x4s_ike_xchg1 *xchg, uint32_t about, uint8_t protocol, uint32_t spi,
                      uint16_t notify)
{
    x4s_inform inform;
    if (!may_notify(xchg, about) || !begin(xchg, &inform))
        return bfalse;
    put_notify(&inform.build, xchg, protocol, spi, notify);
    if (!finish(xchg, &inform) || xchg->base.state == x4c_state_dead)
        return bfalse;
    notify_sent(xchg, notify, btrue);
    send_once(xchg, &inform.build);
    return btrue;
}

void x4_inform_dpd(x4s_ike_xchg1 *xchg, const x4s_net_link *link, uint16_t type, uint32_t sequence)
{
    x4s_inform inform;
    if (!begin(xchg, &inform))
        return;
    /* req 3706-5.3-1 3706-5.3-3 3706-5.3-5 3706-5.3-8 */
    put_notify(&inform.build, xchg, x4c_protocol_isakmp, 0, type);
    x4_writer_u32(&inform.build.w, sequence); /* req 3706-5.3-7 3706-5.3-9 3706-6.1-1 */
    if (finish(xchg, &inform))
        send_over(xchg, link, &inform.build);
}

static bval build_clear(x4s_ike_xchg1 *xchg, x4s_inform *inform, uint16_t notify)
{
    x4s_ike_header header = {.exchange = x4c_exchange_informational};
    memcpy(header.cookies, xchg->cookies, sizeof(header.cookies));
    if (!x4_crypto_random(xchg->base.charon->crypto, &header.message_id, sizeof(header.message_id)))
        return bfalse;
    x4_build_begin(&inform->build, inform->buffer, sizeof(inform->buffer), &header);
    put_notify(&inform->build, xchg, x4c_protocol_isakmp, 0, notify);
    return x4_build_end(&inform->build, 0);
}

static bval build_protected(x4s_ike_xchg1 *xchg, x4s_inform *inform, uint16_t notify)
{
    if (!begin(xchg, inform))
        return bfalse;
    put_notify(&inform->build, xchg, x4c_protocol_isakmp, 0, notify);
    return finish(xchg, inform);
}

/* Who has proven to know the keys believes only what is protected; nobody else could read it. */
void x4_inform_error1(x4s_ike_xchg1 *xchg, uint16_t notify)
{
    x4s_inform inform;
    if (!may_notify(xchg, 0))
        return;
    bval proven = xchg->neg && xchg->neg->proven;
    /* req 2408-4.8-1 2408-5.14-4 */
    if (!(proven ? build_protected : build_clear)(xchg, &inform, notify))
        return;
    notify_sent(xchg, notify, proven);
    send_once(xchg, &inform.build);
}

/* Whoever's address it is gets no more bytes than were sent in its name, and few of them. */
static bval may_refuse(x4s_charon *charon, const x4s_ike_message *message, size_t len)
{
    if (len > message->raw.len || charon->now < charon->refuse_after) {
        charon->stats->withheld++;
        return bfalse;
    }
    charon->refuse_after = charon->now + x4c_limit_refuse_ms;
    return btrue;
}

void x4_inform_refuse_unknown(x4s_charon *charon, const x4s_ike_message *message,
                              x4e_ike_reason reason)
{
    if (x4_reason_class(reason) != x4c_reason_notify)
        return;
    uint8_t buffer[MESSAGE_SIZE];
    x4s_ike_build build;
    x4s_ike_header header = {.exchange = x4c_exchange_informational};
    memcpy(header.cookies, message->header.cookies, sizeof(header.cookies));
    if (!x4_crypto_random(charon->crypto, &header.message_id, sizeof(header.message_id)))
        return;
    x4_build_begin(&build, buffer, sizeof(buffer), &header);
    x4_build_payload(&build, x4c_payload_notify);
    x4_writer_u32(&build.w, x4c_doi_ipsec);
    x4_writer_u8(&build.w, x4c_protocol_isakmp);
    x4_writer_u8(&build.w, 0);
    x4_writer_u16(&build.w, x4_reason_notify(reason));
    if (!x4_build_end(&build, 0) || !may_refuse(charon, message, x4_writer_len(&build.w)))
        return;
    charon->stats->notified++;
    charon->stats->messages_out++;
    x4_admission_out(charon, message->header.exchange, x4_writer_len(&build.w));
    x4_event_notify(charon, "notify-sent", message->link, message->header.cookies,
                    x4_reason_notify(reason), bfalse);
    charon->config.send(charon->config.userdata, message->link, buffer, x4_writer_len(&build.w));
}

/* -------------------------------------------------------------------------- receiving */

typedef struct x4s_ike_notify {
    uint32_t doi;
    uint8_t protocol;
    uint16_t type;
    x4s_chunk spi;
    x4s_chunk data;
} x4s_ike_notify;

static bval parse_notify(x4s_chunk body, x4s_ike_notify *notify)
{
    x4s_reader r = x4_reader(body.data, body.len);
    notify->doi = x4_reader_u32(&r);
    notify->protocol = x4_reader_u8(&r);
    uint8_t size = x4_reader_u8(&r);
    notify->type = x4_reader_u16(&r);
    notify->spi = x4_reader_chunk(&r, size);
    notify->data = x4_reader_rest(&r);
    return !r.failed;
}

/* Some peers send 0 for the IPsec DOI. */
static bval is_known_doi(uint32_t doi)
{
    return doi == 0 || doi == x4c_doi_ipsec;
}

/* What is about another domain or protocol is well-formed, and nothing to us. */
static bval is_ours(const x4s_ike_notify *notify) /* req 2408-5.14-7 2408-5.14-8 */
{
    return is_known_doi(notify->doi) && notify->protocol <= x4c_protocol_last;
}

bval x4_inform_has(const x4s_ike_message *message, uint16_t type)
{
    const x4s_ike_payload *payload;
    x4s_ike_notify notify;
    for (unsigned i = 0; (payload = x4_message_find(message, x4c_payload_notify, i)) != NULL; i++)
        if (parse_notify(payload->body, &notify) && notify.type == type)
            return btrue;
    return bfalse;
}

static void tell_user(x4s_ike_xchg1 *xchg, uint16_t type, x4s_chunk data)
{
    const x4s_ike_calls1 *calls = xchg->base.charon->config.calls1;
    if (calls->notified && xchg->open)
        calls->notified(xchg->base.user, type, data);
}

void x4_inform_contact(x4s_ike_xchg1 *xchg)
{
    if (!xchg->open) {
        xchg->neg->contact = btrue;
        return;
    }
    if (xchg->contacted)
        return;
    xchg->contacted = btrue;
    tell_user(xchg, x4c_notify_initial_contact, (x4s_chunk){0});
}

void x4_inform_take_contact(x4s_ike_xchg1 *xchg, const x4s_ike_message *message)
{
    if (x4_phase1_ready(xchg) && x4_inform_has(message, x4c_notify_initial_contact))
        x4_inform_contact(xchg);
}

x4s_ike_lifetime x4_inform_lifetime2(const x4s_ike_message *message)
{
    const x4s_ike_payload *payload;
    x4s_ike_notify notify;
    for (unsigned i = 0; (payload = x4_message_find(message, x4c_payload_notify, i)) != NULL; i++)
        if (parse_notify(payload->body, &notify) && notify.type == x4c_notify_responder_lifetime)
            return x4_lifetime_read(notify.data, x4c_attr2_life_type);
    return (x4s_ike_lifetime){0};
}

/* What is for private use tells us nothing that we could act upon: it is the user's to know. */
static bval is_error(uint16_t type)
{
    return type < x4c_notify_error_private;
}

static x4e_ike_reason reason_of_notify(uint16_t type)
{
    switch (type) {
    case x4c_notify_no_proposal:
        return x4c_ike_peer_no_proposal;
    case x4c_notify_invalid_id:
        return x4c_ike_peer_invalid_id;
    case x4c_notify_auth_failed:
    case x4c_notify_invalid_hash:
        return x4c_ike_peer_auth_failed;
    default:
        return x4c_ike_peer_error;
    }
}

/*
 * The quick mode of ours that an error is about: by the SPI if the peer names one that it has, else
 * the only one under way.
 */
/* req 2408-5.14-9 */
static x4s_ike_xchg2 *erring_child(x4s_ike_xchg1 *xchg, uint32_t spi, bval *certain)
{
    *certain = btrue;
    x4s_ike_xchg2 *only = NULL;
    unsigned pending = 0;
    x4m_list_each(link, &xchg->children)
    {
        x4s_ike_xchg2 *child = x4m_container(link, x4s_ike_xchg2, sibling);
        if (!x4_xchg_is_pending(&child->base))
            continue;
        if (spi && x4_spis_have(child, spi))
            return child;
        only = child;
        pending++;
    }
    *certain = spi == 0 && !xchg->resumed;
    return pending == 1 ? only : NULL;
}

/* What may be an old one sent again is the reason of a quick mode that is not answered. */
static void take_error(x4s_ike_xchg1 *xchg, const x4s_ike_notify *notify)
{
    bval certain;
    x4s_ike_xchg2 *child =
        erring_child(xchg, x4_proposal2_spi_number(notify->protocol, notify->spi), &certain);
    if (!child)
        return;
    if (certain)
        x4_xchg_dispose(&child->base, reason_of_notify(notify->type), bfalse);
    else
        child->base.hint = (uint8_t)reason_of_notify(notify->type);
}

/* The quick mode of ours that is confirmed, by the SPI of either end. */
static void take_connected(x4s_ike_xchg1 *xchg, uint32_t spi)
{
    x4m_list_each(link, &xchg->children)
    {
        x4s_ike_xchg2 *child = x4m_container(link, x4s_ike_xchg2, sibling);
        if (spi && x4_spis_have(child, spi) && x4_connected_tell(child))
            return;
    }
}

/* As RFC 2408 3.1 has it: with the message ID of the quick mode. */
static bval confirms(x4s_ike_xchg1 *xchg, const x4s_ike_message *message)
{
    x4s_ike_xchg2 *child = x4_phase2_find(xchg, message->header.message_id);
    return child && x4_inform_has(message, x4c_notify_connected) && x4_connected_tell(child);
}

static void obey_lifetime1(x4s_ike_xchg1 *xchg, const x4s_ike_notify *notify)
{
    const x4s_ike_lifetime told = x4_lifetime_read(notify->data, x4c_attr1_life_type);
    if (xchg->base.role == x4c_ike_initiator)
        x4_phase1_shorten(xchg, &told);
}

static void obey_lifetime2(x4s_ike_xchg1 *xchg, const x4s_ike_notify *notify)
{
    const x4s_ike_lifetime told = x4_lifetime_read(notify->data, x4c_attr2_life_type);
    x4s_ike_xchg2 *child = x4_spis_find(xchg, notify->protocol,
                                        x4_proposal2_spi_number(notify->protocol, notify->spi));
    if (child && child->base.role == x4c_ike_initiator)
        x4_phase2_shorten(child, &told);
}

static void obey_lifetime(x4s_ike_xchg1 *xchg, const x4s_ike_notify *notify)
{
    if (notify->protocol == x4c_protocol_isakmp)
        obey_lifetime1(xchg, notify);
    else
        obey_lifetime2(xchg, notify);
}

/* Some peers put the responder's cookie first. */
static bval names(const x4s_ike_xchg1 *xchg, x4s_chunk spi)
{
    const uint8_t *i = xchg->cookies;
    const uint8_t *r = i + x4c_isakmp_cookie;
    if (spi.len != sizeof(xchg->cookies))
        return bfalse;
    const uint8_t *second = spi.data + x4c_isakmp_cookie;
    return (memcmp(spi.data, i, x4c_isakmp_cookie) == 0 &&
            memcmp(second, r, x4c_isakmp_cookie) == 0) ||
           (memcmp(spi.data, r, x4c_isakmp_cookie) == 0 &&
            memcmp(second, i, x4c_isakmp_cookie) == 0);
}

/* A question that names an SA has to name this one. */
/* req 3706-6.1-5 */
static void take_dpd(x4s_ike_xchg1 *xchg, const x4s_net_link *link, const x4s_ike_notify *notify)
{
    if (names(xchg, notify->spi) || notify->spi.len == 0)
        x4_dpd_receive(xchg, link, notify->type, notify->data);
}

/* req 2408-5.14-10 */
static void take_notify(x4s_ike_xchg1 *xchg, const x4s_net_link *link, const x4s_ike_notify *notify)
{
    if (!is_ours(notify))
        return;
    if (notify->type == x4c_notify_are_you_there || notify->type == x4c_notify_are_you_there_ack) {
        take_dpd(xchg, link, notify);
        return;
    }
    /* req 2408-5.14-3 */
    x4_event_notify(xchg->base.charon, "notify-received", &xchg->link, xchg->cookies, notify->type,
                    btrue);
    if (is_error(notify->type)) {
        take_error(xchg, notify);
        return;
    }
    if (notify->type == x4c_notify_initial_contact)
        x4_inform_contact(xchg);
    else if (notify->type == x4c_notify_connected)
        take_connected(xchg, x4_proposal2_spi_number(notify->protocol, notify->spi));
    else if (notify->type == x4c_notify_responder_lifetime)
        obey_lifetime(xchg, notify);
    else
        tell_user(xchg, notify->type, notify->data);
}

static bval is_of_same_peer(const x4s_ike_xchg1 *a, const x4s_ike_xchg1 *b)
{
    return a == b ||
           (a->open && b->open && a->peer == b->peer && x4_phase1_place(a) == x4_phase1_place(b));
}

static void tell_missed(x4s_ike_xchg1 *xchg, uint8_t protocol, x4s_chunk spi)
{
    const x4s_ike_calls1 *calls = xchg->base.charon->config.calls1;
    if (calls->missed && xchg->open && xchg->base.state != x4c_state_dead)
        calls->missed(xchg->base.user, protocol, spi);
}

static x4s_ike_xchg *find_named(x4s_ike_xchg1 *under, uint8_t protocol, x4s_chunk spi)
{
    if (protocol == x4c_protocol_isakmp) {
        /* Some peers delete an older SA under a newer one. */
        x4s_ike_xchg1 *named = x4_phase1_find(under->base.charon, spi.data);
        return named && named->base.state == x4c_state_established && is_of_same_peer(named, under)
                   ? &named->base
                   : NULL;
    }
    x4s_ike_xchg2 *child = x4_spis_find(under, protocol, x4_proposal2_spi_number(protocol, spi));
    return child ? &child->base : NULL;
}

/* req 2408-5.15-2 2408-5.15-9 */
static void delete_sa(x4s_ike_xchg1 *under, uint8_t protocol, x4s_chunk spi)
{
    x4s_ike_xchg *named = find_named(under, protocol, spi);
    if (named)
        x4_xchg_dispose(named, x4c_ike_deleted, bfalse);
    else
        tell_missed(under, protocol, spi);
}

static bval fits(uint8_t protocol, uint8_t size) /* req 2408-5.15-8 */
{
    return size == spi_size(protocol) || (protocol == x4c_protocol_ipcomp && size == x4c_spi_size);
}

/* Checks, and with `act` carries out, a delete payload. `budget` bounds the SPIs of a message. */
static bval walk_delete(x4s_ike_xchg1 *xchg, x4s_chunk body, bval act, unsigned *budget)
{
    x4s_reader r = x4_reader(body.data, body.len);
    uint32_t doi = x4_reader_u32(&r); /* req 2408-5.15-7 */
    uint8_t protocol = x4_reader_u8(&r);
    uint8_t size = x4_reader_u8(&r);
    uint16_t count = x4_reader_u16(&r);
    if (r.failed || !fits(protocol, size) || x4_reader_left(&r) != (size_t)size * count)
        return bfalse;
    if (count > *budget)
        return bfalse;
    *budget -= count;
    while (act && is_known_doi(doi) && count--)
        delete_sa(xchg, protocol, x4_reader_chunk(&r, size));
    return btrue;
}

/* All payloads are well-formed before any is acted upon. */
static x4e_ike_reason check(x4s_ike_xchg1 *xchg, const x4s_ike_message *message)
{
    unsigned budget = x4c_limit_spis;
    for (size_t i = 0; i < message->count; i++) {
        const x4s_ike_payload *payload = &message->payloads[i];
        x4s_ike_notify notify;
        if (payload->type == x4c_payload_notify && !parse_notify(payload->body, &notify))
            return x4c_ike_malformed;
        if (payload->type == x4c_payload_delete &&
            !walk_delete(xchg, payload->body, bfalse, &budget))
            return x4c_ike_malformed;
    }
    return x4c_ike_none;
}

/* Whether it is of dead peer detection and nothing else. */
static bval is_numbered(const x4s_ike_message *message)
{
    for (size_t i = 0; i < message->count; i++) {
        const x4s_ike_payload *payload = &message->payloads[i];
        x4s_ike_notify notify;
        if (payload->type == x4c_payload_delete ||
            (payload->type == x4c_payload_notify && parse_notify(payload->body, &notify) &&
             notify.type != x4c_notify_are_you_there &&
             notify.type != x4c_notify_are_you_there_ack))
            return bfalse;
    }
    return btrue;
}

/* Before phase 1 is complete the peer has one thing to say that counts: no. */
static void act_early(x4s_ike_xchg1 *xchg, const x4s_ike_message *message)
{
    x4s_ike_notify notify;
    const x4s_ike_payload *payload = x4_message_find(message, x4c_payload_notify, 0);
    if (!payload || !parse_notify(payload->body, &notify) || !is_error(notify.type))
        return;
    x4_event_notify(xchg->base.charon, "notify-received", &xchg->link, xchg->cookies, notify.type,
                    btrue);
    x4_xchg_dispose(&xchg->base, reason_of_notify(notify.type), bfalse);
}

static void act(x4s_ike_xchg1 *xchg, const x4s_ike_message *message)
{
    unsigned budget = x4c_limit_spis;
    for (size_t i = 0; i < message->count; i++) {
        const x4s_ike_payload *payload = &message->payloads[i];
        x4s_ike_notify notify;
        if (xchg->base.state == x4c_state_dead)
            return;
        if (payload->type == x4c_payload_notify && parse_notify(payload->body, &notify))
            take_notify(xchg, message->link, &notify);
        if (payload->type == x4c_payload_delete)
            (void)walk_delete(xchg, payload->body, btrue, &budget);
    }
}

static x4e_ike_reason receive_protected(x4s_ike_xchg1 *xchg, x4s_ike_message *message)
{
    static const x4s_ike_shape shape = {.required = x4m_bit(x4c_payload_hash),
                                        .optional = REPEATABLE | IGNORED,
                                        .repeated = REPEATABLE | IGNORED};
    uint8_t plain[x4c_limit_message_in];
    uint8_t iv[x4c_cipher_block_max];
    uint32_t message_id = message->header.message_id;
    if (!x4_protect_iv(xchg, message_id, iv))
        return x4c_ike_crypto_failed;
    /* req 2408-5.14-5 2408-5.15-5 */
    x4e_ike_reason reason = x4_protect_open(xchg, iv, message, plain);
    if (reason == x4c_ike_none)
        reason = x4_message_fits(message, &shape);
    if (reason != x4c_ike_none)
        return reason;

    reason = x4_keymat_verify(xchg, message);
    if (reason != x4c_ike_none)
        return reason;
    if (x4_message_id_used(xchg, message_id))
        return confirms(xchg, message) ? x4c_ike_none : x4c_ike_replayed;
    reason = check(xchg, message);
    if (reason != x4c_ike_none)
        return reason;
    x4_message_id_take(xchg, message_id, is_numbered(message));
    if (x4_xchg_is_pending(&xchg->base))
        act_early(xchg, message);
    else
        act(xchg, message);
    x4_protect_used(xchg, message->raw.len - x4c_isakmp_header);
    return x4c_ike_none;
}

/* An error in the clear may be true or anybody's: it is told and remembered, and decides nothing.
 */
static x4e_ike_reason receive_clear(x4s_ike_xchg1 *xchg, x4s_ike_message *message)
{
    x4e_ike_reason reason = x4_message_payloads(
        message,
        (x4s_chunk){message->raw.data + x4c_isakmp_header, message->raw.len - x4c_isakmp_header},
        bfalse);
    if (reason != x4c_ike_none)
        return reason;
    if (!x4_xchg_is_pending(&xchg->base))
        return x4c_ike_not_encrypted; /* req 3706-5.2-2 */
    x4s_ike_notify notify;
    /* req 2408-5.15-1 */
    const x4s_ike_payload *payload = x4_message_find(message, x4c_payload_notify, 0);
    if (!payload)
        return x4c_ike_missing_payload;
    if (!parse_notify(payload->body, &notify))
        return x4c_ike_malformed;
    x4_event_notify(xchg->base.charon, "notify-received", &xchg->link, xchg->cookies, notify.type,
                    bfalse);
    if (is_error(notify.type))
        xchg->base.hint = (uint8_t)reason_of_notify(notify.type);
    return x4c_ike_none;
}

/* As initiator we have keys before the responder's last message, and may be refused with them. */
static bval awaits_proof(const x4s_ike_xchg1 *xchg)
{
    return xchg->base.state == x4c_state_awaiting && xchg->base.role == x4c_ike_initiator &&
           xchg->base.step->encrypted;
}

/* The exchange that a message is about; before the second message it has no responder cookie. */
static x4s_ike_xchg1 *find(x4s_charon *charon, const x4s_ike_message *message)
{
    uint8_t cookies[2 * x4c_isakmp_cookie] = {0};
    x4s_ike_xchg1 *xchg = x4_phase1_find(charon, message->header.cookies);
    memcpy(cookies, message->header.cookies, x4c_isakmp_cookie);
    return xchg ? xchg : x4_phase1_find(charon, cookies);
}

/* It may be of the time after the responder's last message, which it has overtaken. */
static x4e_ike_reason hold(x4s_ike_xchg1 *xchg, const x4s_ike_message *message,
                           x4e_ike_reason reason)
{
    x4s_chunk *early = &xchg->neg->early;
    if (reason == x4c_ike_none || early->len || message->raw.len > x4c_limit_early ||
        !x4_net_link_equal(&xchg->link, message->link))
        return reason;
    early->data = x4_copy(xchg->base.charon->allocator, message->raw.data, message->raw.len);
    early->len = early->data ? message->raw.len : 0;
    return early->len ? x4c_ike_none : reason;
}

void x4_inform_early(x4s_ike_xchg1 *xchg, x4s_chunk early)
{
    const x4s_net_link link = xchg->link;
    x4s_ike_message message = {.link = &link, .raw = early};
    x4e_ike_reason reason = x4_message_header(&message);
    if (reason == x4c_ike_none)
        reason = x4_inform_receive(xchg->base.charon, &message);
    if (reason != x4c_ike_none)
        x4_event_refused(xchg->base.charon, &message, reason);
}

x4e_ike_reason x4_inform_receive(x4s_charon *charon, x4s_ike_message *message)
{
    x4s_ike_xchg1 *xchg = find(charon, message);
    if (!xchg || xchg->base.state == x4c_state_dead)
        return x4c_ike_unknown_sa;
    if (!x4_natt_admits(xchg, message->link))
        return x4c_ike_bad_link;
    if (!(message->header.flags & x4c_flag_encryption))
        return receive_clear(xchg, message);
    if (message->header.message_id == 0)
        return x4c_ike_bad_message_id;
    if (awaits_proof(xchg))
        return hold(xchg, message, receive_protected(xchg, message));
    if (xchg->base.state != x4c_state_established)
        return x4c_ike_not_established;
    return receive_protected(xchg, message);
}
