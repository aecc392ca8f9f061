/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BENCH_MICRO_MESSAGES_H
#define BENCH_MICRO_MESSAGES_H

/*
 * Messages in the clear as libike's own functions build them, and their way back: what both sides
 * of a handshake spend on form, without cryptography.
 */

#include "x4/ike/message.h"

enum { MICRO_MESSAGE_MAX = 4096 };

/*
 * One kind of message. `build` adds the payloads, an offer with so many transforms (1 to 8); `read`
 * takes them apart as the engine does, and of an offer chooses the last.
 */
struct micro_message {
    uint8_t exchange;
    uint32_t message_id;
    x4s_ike_shape shape;
    void (*build)(x4s_ike_build *build, size_t count);
    bool (*read)(const x4s_ike_message *message);
};

extern const struct micro_message micro_main_1; /* SA, vendor IDs */
extern const struct micro_message micro_main_3; /* KE of MODP-2048, nonce, NAT-D twice */
extern const struct micro_message micro_main_5; /* identification, hash */
extern const struct micro_message micro_quick_1;
extern const struct micro_message micro_dpd; /* R-U-THERE: hash, notify */

/* The length. */
size_t micro_message_build(const struct micro_message *kind, size_t count,
                           uint8_t buffer[MICRO_MESSAGE_MAX]);

/* False: it is not of the kind. */
bool micro_message_read(const struct micro_message *kind, x4s_chunk raw);

#endif
