/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/sim/digest.h"

/* FNV-1a. */
static uint64_t add_bytes(uint64_t digest, const void *data, size_t len)
{
    const uint8_t *bytes = data;
    for (size_t i = 0; i < len; i++)
        digest = (digest ^ bytes[i]) * UINT64_C(0x100000001b3);
    return digest;
}

static uint64_t add_number(uint64_t digest, uint64_t number)
{
    return add_bytes(digest, &number, sizeof(number));
}

/* Messages alone tell nobody anything. */
static bool is_told(int call)
{
    return call != SIM_SEND && call != SIM_RESEND;
}

static uint64_t add_exchange(uint64_t digest, const struct sim_xchg *xchg)
{
    for (int call = 0; call < SIM_CALLS; call++)
        digest = add_number(digest, is_told(call) ? xchg->calls[call] : 0);
    digest = add_number(digest, xchg->reason);
    digest = add_number(digest, xchg->notify);
    digest = add_number(digest, xchg->moved.remote.port);
    digest = add_bytes(digest, xchg->moved.remote.ip, sizeof(xchg->moved.remote.ip));
    digest = add_bytes(digest, xchg->asked, sizeof(xchg->asked));
    return add_bytes(digest, xchg->answer, sizeof(xchg->answer));
}

uint64_t sim_digest(const struct sim_node *node)
{
    const x4s_ike_stats *stats = &node->stats;
    const uint64_t numbers[] = {stats->half_open, stats->unproven, stats->aggressive, stats->phase1,
                                stats->phase2,    stats->dh_jobs,  stats->signatures};
    uint64_t digest = UINT64_C(0xcbf29ce484222325);
    for (const struct sim_xchg *xchg = node->xchgs; xchg; xchg = xchg->next)
        digest = add_exchange(digest, xchg);
    for (size_t i = 0; i < x4m_countof(numbers); i++)
        digest = add_number(digest, numbers[i]);
    return digest;
}
