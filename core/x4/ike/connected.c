/* SPDX-License-Identifier: BSD-2-Clause */
#include "x4/ike/connected.h"

#include <string.h>

#include "x4/crypto/hash.h"
#include "x4/ike/inform.h"
#include "x4/ike/keymat.h"
#include "x4/ike/outbox.h"
#include "x4/ike/protect.h"

#define MESSAGE_SIZE 256

/* -------------------------------------------------------------------------- initiator */

static void complete(x4s_ike_xchg *base)
{
    x4_outbox_retire(base);
    x4_xchg_establish(base);
}

static void waited_enough(x4s_ike_timer *timer)
{
    x4s_ike_xchg *base = x4m_container(timer, x4s_ike_xchg, life);
    base->charon->stats->unconnected++;
    complete(base);
}

void x4_connected_expect(x4s_ike_xchg2 *xchg) /* req 2408-3.1-8 */
{
    x4s_ike_xchg *base = &xchg->base;
    xchg->neg->committed = btrue;
    base->life.fire = waited_enough;
    x4_engine_set(base->charon, &base->life, base->charon->config.timing.connected_ms);
}

x4e_ike_reason x4_connected_take(x4s_ike_xchg2 *xchg, const x4s_ike_message *message)
{
    x4e_ike_reason reason = x4_keymat_verify(xchg->parent, message);
    if (reason == x4c_ike_none)
        x4_inform_take_contact(xchg->parent, message);
    return reason;
}

x4e_ike_reason x4_connected_receive(x4s_ike_xchg2 *xchg, x4s_ike_message *message)
{
    x4s_ike_xchg *base = &xchg->base;
    size_t block = x4_cipher_block(xchg->parent->suite.cipher);
    static const x4s_ike_shape shape = x4m_connected_shape;
    x4s_chunk third = x4_outbox_last(base);
    uint8_t plain[x4c_limit_message_in];
    if (base->role != x4c_ike_initiator || base->state != x4c_state_established ||
        third.len < block)
        return x4c_ike_unexpected_message;
    x4e_ike_reason reason =
        x4_protect_open(xchg->parent, third.data + third.len - block, message, plain);
    if (reason == x4c_ike_none)
        reason = x4_message_fits(message, &shape);
    if (reason == x4c_ike_none)
        reason = x4_connected_take(xchg, message);
    if (reason == x4c_ike_none)
        base->trigger = message->digest;
    return reason;
}

bval x4_connected_tell(x4s_ike_xchg2 *xchg)
{
    if (!xchg->neg || !xchg->neg->committed || xchg->base.state != x4c_state_awaiting)
        return bfalse;
    complete(&xchg->base);
    return btrue;
}

/* -------------------------------------------------------------------------- responder */

static bval build(x4s_ike_xchg2 *xchg, x4s_ike_build *build, uint8_t *iv)
{
    x4s_ike_xchg1 *parent = xchg->parent;
    size_t hash_at = x4c_isakmp_header + x4c_isakmp_generic;
    size_t rest_at = hash_at + x4_hash_size(parent->suite.hash);
    x4s_ike_header header = {.exchange = x4c_exchange_quick,
                             .flags = x4c_flag_encryption | x4c_flag_commit,
                             .message_id = xchg->message_id}; /* req 2408-3.1-9 2408-4.8-4 */
    memcpy(header.cookies, parent->cookies, sizeof(header.cookies));
    x4_build_begin(build, build->w.base, build->w.size, &header);
    x4_build_payload(build, x4c_payload_hash);
    x4_writer_zeros(&build->w, rest_at - hash_at);
    x4_inform_put_notify2(build, xchg->protocol, xchg->spi_in, x4c_notify_connected);
    x4_build_close(build);
    if (build->w.failed)
        return bfalse;
    const x4s_chunk rest = {build->w.base + rest_at, x4_writer_len(&build->w) - rest_at};
    return x4_keymat_hash(parent, xchg->message_id, (x4s_chunk){0}, rest,
                          build->w.base + hash_at) &&
           x4_protect_seal(parent, iv, build) == x4c_ike_none;
}

/* Once, and again when message 3 is. That it fails is as good as a loss. */
void x4_connected_send(x4s_ike_xchg2 *xchg, const uint8_t *iv)
{
    x4s_ike_xchg *base = &xchg->base;
    uint8_t buffer[MESSAGE_SIZE];
    uint8_t chain[x4c_cipher_block_max];
    x4s_ike_build message = {.w = x4_writer(buffer, sizeof(buffer))};
    memcpy(chain, iv, sizeof(chain));
    if (!build(xchg, &message, chain) || base->state != x4c_state_established)
        return;
    bval sent = x4_outbox_send(base, buffer, x4_writer_len(&message.w), base->trigger, bfalse);
    (void)sent;
    x4_outbox_retire(base);
}
