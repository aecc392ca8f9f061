/* SPDX-License-Identifier: BSD-2-Clause */
#include "x4/ike/charon.h"

#include <assert.h>
#include <string.h>

#include "x4/crypto/dh_ahead.h"
#include "x4/ike/admission.h"
#include "x4/ike/crowd.h"
#include "x4/ike/dpd.h"
#include "x4/ike/fragment.h"
#include "x4/ike/phase2.h"
#include "x4/ike/receive.h"
#include "x4/ike/signature.h"
#include "x4/ike/transaction.h"
#include "x4/ike/work.h"

/*
 * The eight entry points. Each enters the instance, which reads the clock once, and leaves it,
 * which purges what was disposed of if no other entry point is on the stack.
 */

static void enter(x4s_charon *charon)
{
    if (charon->depth++ == 0)
        charon->now = charon->config.clock(charon->config.userdata);
}

static void leave(x4s_charon *charon)
{
    if (--charon->depth > 0)
        return;
    x4s_list *link;
    while ((link = x4_list_pop(&charon->dead)) != NULL) {
        x4s_ike_xchg *xchg = x4m_container(link, x4s_ike_xchg, dead);
        xchg->kind->release(xchg);
    }
}

uint32_t x4_engine_random_below(x4s_charon *charon, uint32_t bound)
{
    uint32_t value = 0;
    return x4_crypto_random(charon->crypto, &value, sizeof(value)) ? value % bound : 0;
}

/* req 2408-2.5.3-2 2408-2.5.3-3 2408-2.5.3-4 2408-4.3-1 */
bval x4_engine_cookie(x4s_charon *charon, x4e_ike_role role, uint8_t cookie[8])
{
    static const uint8_t zero[x4c_isakmp_cookie];
    bval made = charon->config.cookie ? charon->config.cookie(charon->config.userdata, role, cookie)
                                      : x4_crypto_random(charon->crypto, cookie, sizeof(zero));
    return made && memcmp(cookie, zero, sizeof(zero)) != 0;
}

static void set_default(uint32_t *field, uint32_t value)
{
    if (*field == 0)
        *field = value;
}

static void set_defaults(x4s_charon_config *config)
{
    x4s_ike_timing *timing = &config->timing;
    set_default(&timing->resend_first_ms, 1000);
    set_default(&timing->resend_max_ms, 16000);
    set_default(&timing->resend_tries, 5);
    set_default(&timing->resend_jitter_pct, 10);
    set_default(&timing->negotiation_ms, 60000);
    set_default(&timing->half_open_ms, 30000);
    set_default(&timing->duplicate_ms, 500);
    set_default(&timing->reply_kept_ms, 60000);
    set_default(&timing->xauth_ms, 120000);
    set_default(&timing->connected_ms, 4000);
    set_default(&timing->job_ms, 5000);
    x4s_ike_limits *limits = &config->limits;
    set_default(&limits->half_open, 10000);
    set_default(&limits->unproven, 10000);
    set_default(&limits->aggressive, 1000);
    set_default(&limits->pending2, 64);
    set_default(&limits->half_open_address, 100);
    set_default(&limits->half_open_prefix, 1000);
    set_default(&limits->remembered, 4 << 20);
    set_default(&limits->aggressive_a_second, 100);
    set_default(&limits->jobs_a_tick, 16);
    set_default(&limits->jobs_waiting, 1000);
    if (limits->prefix4_bits == 0)
        limits->prefix4_bits = 24;
    if (limits->prefix6_bits == 0)
        limits->prefix6_bits = 48;
}

static const char *missing(const x4s_charon_config *config)
{
    const x4s_ike_calls1 *calls1 = config->calls1;
    const x4s_ike_calls2 *calls2 = config->calls2;
    if (!config->clock || !config->send || !config->stats || !calls1 || !calls2)
        return "clock, send, stats, calls1 and calls2 are required";
    if (!calls1->initiated || !calls1->responded || !calls1->completed || !calls1->disposed ||
        !calls1->validate || !calls1->send || !calls1->get_psk || !calls1->policy)
        return "a required phase 1 callback is missing";
    if (!calls2->initiated || !calls2->responded || !calls2->completed || !calls2->disposed ||
        !calls2->send || !calls2->get_spi || !calls2->policy)
        return "a required phase 2 callback is missing";
    return x4_crowd_limits(&config->limits);
}

#define TABLES 11

static x4s_table *const *tables_of(x4s_charon *charon, x4s_table *tables[TABLES])
{
    tables[0] = &charon->half_open_by_packet;
    tables[1] = &charon->half_open_by_cookies;
    tables[2] = &charon->by_cookies;
    tables[3] = &charon->by_peer;
    tables[4] = &charon->by_message;
    tables[5] = &charon->by_spi;
    tables[6] = &charon->keys_by_digest;
    tables[7] = &charon->by_first;
    tables[8] = &charon->assemblies;
    tables[9] = &charon->crowds;
    tables[10] = &charon->by_more_spi;
    return tables;
}

static void dismantle(x4s_charon *charon)
{
    x4s_table *list[TABLES];
    x4s_table *const *tables = tables_of(charon, list);
    for (size_t i = 0; i < x4m_countof(list); i++)
        if (tables[i]->buckets)
            x4_table_fini(tables[i]);
    x4_crypto_free(charon->crypto);
    x4_free(charon->allocator, charon, sizeof(*charon));
}

static const char *assemble(x4s_charon *charon)
{
    const char *error = NULL;
    charon->crypto =
        x4_crypto_new(charon->allocator, charon->config.random, charon->config.userdata, &error);
    if (!charon->crypto)
        return error;
    if (charon->config.modp && !x4_crypto_use_modp(charon->crypto, charon->config.modp))
        return "out of memory";
    x4_dh_ahead_set(charon->crypto, charon->config.keys_ahead);
    if (!x4_crypto_random(charon->crypto, charon->hash_key, sizeof(charon->hash_key)))
        return "no random bytes";
    x4s_table *list[TABLES];
    x4s_table *const *tables = tables_of(charon, list);
    for (size_t i = 0; i < x4m_countof(list); i++)
        if (!x4_table_init(tables[i], charon->allocator))
            return "out of memory";
    return NULL;
}

x4s_charon *x4_charon_init(const x4s_charon_config *config, const char **error)
{
    const char *failure = missing(config);
    const x4s_allocator *allocator = config->allocator ? config->allocator : &x4_libc_allocator;
    x4s_charon *charon = failure ? NULL : x4_alloc(allocator, sizeof(*charon));
    if (charon) {
        charon->config = *config;
        charon->allocator = allocator;
        charon->stats = config->stats;
        set_defaults(&charon->config);
        charon->now = config->clock(config->userdata);
        x4_admission_init(charon);
        x4_wheel_init(&charon->wheel, charon->now);
        x4_list_init(&charon->half_open);
        x4_list_init(&charon->young);
        x4_list_init(&charon->assemblies_by_age);
        x4_list_init(&charon->work);
        x4_list_init(&charon->new_work);
        x4_list_init(&charon->signing);
        x4_list_init(&charon->keys);
        x4_list_init(&charon->dead);
        failure = assemble(charon);
        if (!failure)
            return charon;
        dismantle(charon);
    }
    if (error)
        *error = failure ? failure : "out of memory";
    return NULL;
}

/*
 * Children first, while their ISAKMP SAs can still tell the peer: completed ones, of which resumed
 * ones may have no message ID, then those under way.
 */
static void dispose_all(x4s_charon *charon)
{
    x4s_table_link *link;
    while ((link = x4_table_any(&charon->by_spi)) != NULL)
        x4_xchg_dispose(&x4m_container(link, x4s_ike_xchg2, by_spi)->base, x4c_ike_shut_down,
                        btrue);
    while ((link = x4_table_any(&charon->by_message)) != NULL)
        x4_xchg_dispose(&x4m_container(link, x4s_ike_xchg2, by_message)->base, x4c_ike_shut_down,
                        btrue);
    while ((link = x4_table_any(&charon->by_cookies)) != NULL)
        x4_xchg_dispose(&x4m_container(link, x4s_ike_xchg1, by_cookies)->base, x4c_ike_shut_down,
                        btrue);
}

void x4_charon_term(x4s_charon *charon)
{
    assert(charon->depth == 0);
    enter(charon);
    charon->closing = btrue;
    x4_half_open_clear(charon);
    x4_recall_clear(charon);
    x4_fragment_clear(charon);
    dispose_all(charon);
    leave(charon);
    x4_keyring_clear(charon);
    dismantle(charon);
}

bval x4_charon_init1(x4s_charon *charon, const x4s_ike_config1 *config)
{
    if (charon->closing)
        return bfalse;
    enter(charon);
    bval done =
        config->resume ? x4_phase1_resume(charon, config) : x4_phase1_initiate(charon, config);
    leave(charon);
    return done;
}

static bval init2(x4s_ike_xchg1 *xchg, const x4s_ike_config2 *config)
{
    if (config->dpd)
        return x4_dpd_ask(xchg);
    if (config->mode_config)
        return x4_transaction_configure(xchg, config->mode_config);
    return config->resume ? x4_phase2_resume(xchg, config) : x4_phase2_initiate(xchg, config);
}

bval x4_charon_init2(x4s_ike_xchg1 *xchg, const x4s_ike_config2 *config)
{
    x4s_charon *charon = xchg->base.charon;
    if (charon->closing || !x4_phase1_ready(xchg)) /* req 2409-4-2 */
        return bfalse;
    enter(charon);
    bval done = init2(xchg, config);
    leave(charon);
    return done;
}

static void terminate(x4s_ike_xchg *xchg, bval tell)
{
    x4s_charon *charon = xchg->charon;
    enter(charon);
    x4_xchg_dispose(xchg, x4c_ike_terminated, tell);
    leave(charon);
}

void x4_charon_term1(x4s_ike_xchg1 *xchg, bval tell)
{
    terminate(&xchg->base, tell);
}

void x4_charon_term2(x4s_ike_xchg2 *xchg, bval tell)
{
    terminate(&xchg->base, tell);
}

x4e_ike_reason x4_charon_recv(x4s_charon *charon, const x4s_net_link *link, const void *data,
                              size_t len)
{
    enter(charon);
    charon->busy = btrue;
    x4e_ike_reason reason = x4_receive(charon, link, (x4s_chunk){data, len});
    leave(charon);
    return reason;
}

static void fire_due(x4s_charon *charon)
{
    x4s_timer *timer;
    x4_wheel_advance(&charon->wheel, charon->now);
    while ((timer = x4_wheel_pop(&charon->wheel)) != NULL) {
        x4s_ike_timer *due = x4m_container(timer, x4s_ike_timer, timer);
        due->fire(due);
    }
}

/* Diffie-Hellman makes the keys that the hash to be signed is made with. */
static void run_until_done(x4s_charon *charon)
{
    do {
        x4_work_run(charon);
        x4_signature_run(charon);
    } while (!x4_list_empty(&charon->work));
}

static void run_public_key_work(x4s_charon *charon)
{
    run_until_done(charon);
    x4_work_run_new(charon);
    run_until_done(charon);
}

static bval nothing_waits(const x4s_charon *charon)
{
    return x4_list_empty(&charon->work) && x4_list_empty(&charon->new_work) &&
           x4_list_empty(&charon->signing);
}

/* bfalse: there is enough. */
static bval make_keys_ahead(x4s_charon *charon)
{
    const bval busy = charon->busy;
    const bval lacks = x4_dh_ahead_lacks(charon->crypto);
    charon->busy = bfalse;
    if (lacks && !busy)
        (void)x4_dh_ahead_make(charon->crypto);
    charon->stats->dh_ahead += x4_dh_ahead_made(charon->crypto);
    return lacks;
}

static void adjust(x4s_charon *charon)
{
    x4s_charon_config *config = &charon->config;
    const x4s_charon_config *to = config->adjust ? config->adjust(config->userdata) : NULL;
    if (!to || x4_crowd_limits(&to->limits))
        return;
    config->trace_level = to->trace_level;
    config->timing = to->timing;
    config->limits = to->limits;
    config->keys_ahead = to->keys_ahead;
    set_defaults(config);
    x4_dh_ahead_set(charon->crypto, config->keys_ahead);
}

x4_msec x4_charon_tick(x4s_charon *charon)
{
    enter(charon);
    adjust(charon);
    run_public_key_work(charon);
    fire_due(charon);
    bval at_once = !nothing_waits(charon) || make_keys_ahead(charon);
    x4_msec next = at_once ? charon->now : x4_wheel_next(&charon->wheel);
    x4_msec wait = next == x4c_never ? x4c_never : next > charon->now ? next - charon->now : 0;
    leave(charon);
    return wait;
}
