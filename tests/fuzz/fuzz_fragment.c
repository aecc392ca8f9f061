/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Messages in fragments, of which one of Alice's never arrives in one piece: the input cuts it as
 * it likes, mixes the parts with its own and sends them to Bob, who knows the cookies. Depending on
 * the message Bob has a half-open slot, a phase 1 under way or an ISAKMP SA.
 *
 *     1 byte   which message
 *     then for each fragment
 *     1 byte   flags, below
 *     1 byte   fragment ID
 *     1 byte   number
 *     2 bytes  where the part begins in the message
 *     2 bytes  its length; unless it is of the message its bytes follow
 */

#include <stdlib.h>
#include <string.h>

#include "tests/fuzz/input.h"
#include "tests/sim/check.h"
#include "tests/sim/sim.h"
#include "tests/sim/wire.h"

enum {
    FRAGMENTS_MAX = 300, /* of an input: more than are put together */
    PART_MAX = 2048,
    FIXED = 8, /* generic header, fragment ID, number, last */
    FRAGMENT = 132,
    STEP_MS = 4 * 1000,
};

enum flags {
    IS_LAST = 1 << 0,
    IS_OF_MESSAGE = 1 << 1,
    IS_ENCRYPTED = 1 << 2, /* says its header */
    OTHER_MESSAGE = 1 << 3,
    OTHER_PORT = 1 << 4,
    OTHER_HOST = 1 << 5,
    STEPS_SHIFT = 6, /* steps of time before it */
};

struct session {
    struct sim_node *bob;
    struct sim_datagram *held; /* Alice's message */
    unsigned wanted;           /* the number of it among hers */
    unsigned seen;
};

static bool tap(void *context, const struct sim_datagram *datagram)
{
    struct session *session = context;
    if (!x4_net_addr_same_ip(&datagram->to, &session->bob->addr))
        return true;
    if (session->seen++ != session->wanted)
        return !session->held;
    session->held = sim_datagram_copy(datagram);
    return false;
}

static void begin_quick_mode(struct sim_xchg *xchg, enum sim_call call)
{
    if (call == SIM_COMPLETED && xchg->phase == 1)
        sim_init2(xchg);
}

static size_t write_fragment(const struct session *session, struct input *input, uint8_t flags,
                             uint8_t *out)
{
    const struct sim_datagram *held = session->held;
    memcpy(out, held->data, WIRE_HEADER);
    out[WIRE_FIRST_AT] = FRAGMENT;
    out[WIRE_FLAGS_AT] = flags & IS_ENCRYPTED ? WIRE_ENCRYPTED : 0;
    out[WIRE_MESSAGE_ID_AT] ^= (flags & OTHER_MESSAGE) != 0;
    uint8_t *payload = out + WIRE_HEADER;
    memset(payload, 0, FIXED);
    payload[5] = input_u8(input);
    payload[6] = input_u8(input);
    payload[7] = flags & IS_LAST;

    size_t at = input_u16(input) % held->len;
    size_t len = input_u16(input) % PART_MAX;
    const uint8_t *part = held->data + at;
    if (flags & IS_OF_MESSAGE)
        len = x4m_min(len, held->len - at);
    else
        part = input_bytes(input, len, &len);
    memcpy(payload + FIXED, part, len);
    wire_put(payload + 2, 2, (uint32_t)(FIXED + len));
    wire_put(out + WIRE_LENGTH_AT, 4, (uint32_t)(WIRE_HEADER + FIXED + len));
    return WIRE_HEADER + FIXED + len;
}

static void feed(struct session *session, struct input *input)
{
    for (unsigned i = 0; i < FRAGMENTS_MAX && input->left; i++) {
        uint8_t fragment[WIRE_HEADER + FIXED + PART_MAX];
        uint8_t flags = input_u8(input);
        size_t len = write_fragment(session, input, flags, fragment);
        x4s_net_addr from = session->held->from;
        from.port = (uint16_t)(from.port ^ ((flags & OTHER_PORT) != 0));
        from.ip[3] ^= (flags & OTHER_HOST) != 0;
        sim_run(session->bob->sim, (x4_msec)(flags >> STEPS_SHIFT) * STEP_MS);
        sim_inject(session->bob, &from, fragment, len);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    enum { FIRST_WITH_COOKIES = 1, CHOICES = 3 }; /* messages 3 and 5, and that of quick mode */
    struct input input = {data, size};
    struct sim *sim = sim_new(1);
    struct sim_node *alice = sim_add(sim);
    struct session session = {.bob = sim_add(sim)};
    session.wanted = FIRST_WITH_COOKIES + input_u8(&input) % CHOICES;
    alice->config1.fragmentation = session.bob->config1.fragmentation = x4c_ike_fragment_accept;
    alice->hook = begin_quick_mode;
    sim->forged = true;
    sim->network.tap = tap;
    sim->network.tap_context = &session;
    sim_check(sim_init1(alice, session.bob), "no beginning");
    sim_settle(sim);
    sim_check(session.held, "Alice did not send so many messages");
    feed(&session, &input);
    sim_settle(sim);
    sim_free(sim);
    free(session.held);
    return 0;
}
