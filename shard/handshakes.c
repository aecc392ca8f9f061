/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/handshakes.h"

#include "shard/peer.h"

const uint32_t shard_duration_bounds_ms[] = {SHARD_DURATION_BOUNDS};

/* -------------------------------------------------------------------------- names */

const char *shard_mode_name(enum shard_mode mode)
{
    static const char *const names[SHARD_MODES] = {
        [SHARD_MODE_MAIN] = "main",
        [SHARD_MODE_AGGRESSIVE] = "aggressive",
    };
    return names[mode];
}

const char *shard_method_name(enum shard_method method)
{
    static const char *const names[SHARD_METHODS] = {
        [SHARD_METHOD_PSK] = "psk",
        [SHARD_METHOD_RSA] = "rsa",
        [SHARD_METHOD_ECDSA] = "ecdsa",
        [SHARD_METHOD_HYBRID] = "hybrid",
        [SHARD_METHOD_XAUTH_PSK] = "xauth-psk",
        [SHARD_METHOD_XAUTH_RSA] = "xauth-rsa",
    };
    return names[method];
}

const char *shard_role_name(unsigned role)
{
    return role == x4c_ike_initiator ? "initiator" : "responder";
}

const char *shard_result_name(enum shard_result result)
{
    return result == SHARD_COMPLETED ? "completed" : "failed";
}

enum shard_method shard_method_of(uint16_t auth)
{
    switch (auth) {
    case x4c_ike_auth_rsa:
        return SHARD_METHOD_RSA;
    case x4c_ike_auth_ecdsa256:
    case x4c_ike_auth_ecdsa384:
    case x4c_ike_auth_ecdsa521:
        return SHARD_METHOD_ECDSA;
    case x4c_ike_auth_hybrid_init_rsa:
    case x4c_ike_auth_hybrid_resp_rsa:
        return SHARD_METHOD_HYBRID;
    case x4c_ike_auth_xauth_init_psk:
    case x4c_ike_auth_xauth_resp_psk:
        return SHARD_METHOD_XAUTH_PSK;
    case x4c_ike_auth_xauth_init_rsa:
    case x4c_ike_auth_xauth_resp_rsa:
        return SHARD_METHOD_XAUTH_RSA;
    default:
        return SHARD_METHOD_PSK;
    }
}

/* -------------------------------------------------------------------------- counting */

void shard_durations_add(struct shard_durations *durations, uint32_t took_ms)
{
    size_t bucket = 0;
    while (bucket < x4m_countof(shard_duration_bounds_ms) &&
           took_ms > shard_duration_bounds_ms[bucket])
        bucket++;
    durations->buckets[bucket]++;
    durations->sum_ms += took_ms;
}

/* Where nothing was agreed on yet it is what the connection begins with. */
static enum shard_method method_of(const struct shard_sa *sa)
{
    return shard_method_of(sa->suite.auth ? sa->suite.auth
                                          : sa->connection->phase1.transforms[0].auth);
}

static uint32_t took_ms(const struct shard *shard, uint32_t began_ms)
{
    return (uint32_t)shard->now - began_ms;
}

void shard_handshakes_end1(const struct shard_sa *sa, enum shard_result result)
{
    struct shard *shard = sa->shard;
    const enum shard_mode mode = sa->aggressive ? SHARD_MODE_AGGRESSIVE : SHARD_MODE_MAIN;
    const enum shard_method method = method_of(sa);
    shard->handshakes.phase1[mode][method][sa->role][result]++;
    if (result == SHARD_COMPLETED)
        shard_durations_add(&shard->handshakes.took1[mode][method], took_ms(shard, sa->began_ms));
}

void shard_handshakes_end2(const struct shard_child *child, enum shard_result result)
{
    struct shard *shard = child->sa->shard;
    shard->handshakes.phase2[child->role][result]++;
    if (result == SHARD_COMPLETED)
        shard_durations_add(&shard->handshakes.took2, took_ms(shard, child->began_ms));
}
