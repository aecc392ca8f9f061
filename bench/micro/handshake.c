/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whole handshakes in memory, main mode and one quick mode, by both roles or by one with the other
 * one's messages played from a record; and quick modes alone. No system call is in it. `items`
 * handshakes go on side by side, whose public-key work is then done in batches.
 */
#include "bench/micro/kit.h"
#include "bench/micro/pair.h"

static struct micro_pair *open_pair(const struct micro_case *self)
{
    const struct micro_method *method = self->what;
    x4s_crypto *crypto = micro_crypto();
    const bool known = x4_crypto_has_group(crypto, method->group);
    x4_crypto_free(crypto);
    return known ? micro_pair_new(method, self->items) : NULL;
}

static void *open_both(const struct micro_case *self)
{
    return open_pair(self);
}

static void run_both(void *user)
{
    micro_pair_connect(user);
    micro_pair_forget(user);
}

static void *open_quick(const struct micro_case *self)
{
    struct micro_pair *pair = open_pair(self);
    if (pair)
        micro_pair_connect(pair);
    return pair;
}

static void run_quick(void *user)
{
    micro_pair_quick(user);
}

static void *open_initiator(const struct micro_case *self)
{
    struct micro_pair *pair = open_pair(self);
    if (pair)
        micro_pair_record(pair, x4c_ike_initiator);
    return pair;
}

static void *open_responder(const struct micro_case *self)
{
    struct micro_pair *pair = open_pair(self);
    if (pair)
        micro_pair_record(pair, x4c_ike_responder);
    return pair;
}

static void run_recorded(void *user)
{
    micro_pair_replay(user);
}

static void close_pair(void *user)
{
    micro_pair_free(user);
}

#define METHOD_OF(group_number, auth_number)                                                       \
    .group = x4c_group_##group_number, .auth = x4c_ike_auth_##auth_number

static const struct micro_method psk_ecp256 = {METHOD_OF(ecp256, psk)};
static const struct micro_method psk_modp2048 = {METHOD_OF(modp2048, psk)};
static const struct micro_method psk_modp2048_vector = {METHOD_OF(modp2048, psk), .vector = true};
static const struct micro_method rsa_ecp256 = {METHOD_OF(ecp256, rsa), .key = "RSA-2048"};
static const struct micro_method rsa_modp2048 = {METHOD_OF(modp2048, rsa), .key = "RSA-2048"};
static const struct micro_method ecdsa_ecp256 = {METHOD_OF(ecp256, ecdsa256), .key = "P-256"};

#define ROW(method, text, opener, runner, count)                                                   \
    {                                                                                              \
        .name = "handshake/" #method "/" text "/" #count, .what = &(method), .items = (count),     \
        .open = (opener), .run = (runner), .close = close_pair                                     \
    }

#define METHOD(method)                                                                             \
    ROW(method, "both", open_both, run_both, 1),                                                   \
        ROW(method, "responder", open_responder, run_recorded, 1),                                 \
        ROW(method, "responder", open_responder, run_recorded, 64),                                \
        ROW(method, "initiator", open_initiator, run_recorded, 1)

static const struct micro_case cases[] = {
    METHOD(psk_ecp256),
    METHOD(psk_modp2048),
    METHOD(psk_modp2048_vector),
    METHOD(rsa_ecp256),
    METHOD(rsa_modp2048),
    METHOD(ecdsa_ecp256),
    ROW(psk_ecp256, "quick", open_quick, run_quick, 1),
};

MICRO_TABLE(micro_handshake_cases, cases);
