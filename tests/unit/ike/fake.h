/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TESTS_UNIT_IKE_FAKE_H
#define TESTS_UNIT_IKE_FAKE_H

/*
 * An instance without entry points, and exchanges of a kind that only takes notes: for what all
 * exchanges have in common.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/ike/books.h"
#include "x4/ike/exchange.h"
#include "x4/ike/outbox.h"
#include "x4/ike/work.h"

struct fake {
    x4s_charon charon;
    x4s_ike_stats stats;
    struct books books;
    x4s_allocator allocator;
    uint8_t random; /* what random bytes are */
    unsigned traces;
};

/* An exchange, how it shall behave and what happened to it. */
struct fake_xchg {
    x4s_ike_xchg base;

    bool send_fails;
    bool takes_resend;
    bool resend_says;
    x4e_ike_reason build_says;
    x4e_ike_reason consume_says;
    void (*on_send)(struct fake_xchg *xchg);
    void (*on_resend)(struct fake_xchg *xchg);
    void (*on_established)(struct fake_xchg *xchg);
    void (*on_aging)(struct fake_xchg *xchg);
    void (*on_consume)(struct fake_xchg *xchg);
    struct fake_xchg *other;

    unsigned consumed;
    unsigned sends;
    unsigned resends;
    unsigned resend_count; /* what the last one was told */
    x4e_ike_resend resend_cause;
    unsigned established;
    unsigned aged;
    unsigned told_error;
    unsigned told_delete;
    unsigned left;
    unsigned disposed;
    unsigned released;
    uint16_t notify;
    x4e_ike_state was;
    x4e_ike_reason reason;
    void *user; /* at disposed */
    x4_msec at; /* of the last of sends, aged, disposed */
    size_t len; /* of the last message */
    uint8_t data[256];
};

static inline struct fake_xchg *fake_of(x4s_ike_xchg *xchg)
{
    return (struct fake_xchg *)(void *)xchg;
}

static inline x4e_ike_reason fake_build(x4s_ike_xchg *base, const x4s_ike_step *step,
                                        x4s_ike_build *build)
{
    static const x4s_ike_header header = {.cookies = {1}, .exchange = x4c_exchange_main};
    x4_build_begin(build, build->w.base, build->w.size, &header);
    x4e_ike_reason reason = step->produce(base, build);
    if (reason != x4c_ike_none)
        return reason;
    return x4_build_end(build, 0) ? fake_of(base)->build_says : x4c_ike_too_long;
}

static inline bval fake_send(x4s_ike_xchg *base, const void *data, size_t len)
{
    struct fake_xchg *xchg = fake_of(base);
    assert_true(len <= sizeof(xchg->data));
    xchg->sends++;
    xchg->at = base->charon->now;
    xchg->len = len;
    memcpy(xchg->data, data, len);
    if (xchg->on_send)
        xchg->on_send(xchg);
    return !xchg->send_fails;
}

static inline bval fake_resend_is_taken(const x4s_ike_xchg *base)
{
    return ((const struct fake_xchg *)(const void *)base)->takes_resend;
}

static inline bval fake_resend(x4s_ike_xchg *base, x4e_ike_resend cause, unsigned count)
{
    struct fake_xchg *xchg = fake_of(base);
    xchg->resends++;
    xchg->resend_cause = cause;
    xchg->resend_count = count;
    if (xchg->on_resend)
        xchg->on_resend(xchg);
    return xchg->resend_says;
}

static inline void fake_established(x4s_ike_xchg *base)
{
    struct fake_xchg *xchg = fake_of(base);
    xchg->established++;
    if (xchg->on_established)
        xchg->on_established(xchg);
}

static inline void fake_aging(x4s_ike_xchg *base)
{
    struct fake_xchg *xchg = fake_of(base);
    xchg->aged++;
    xchg->at = base->charon->now;
    if (xchg->on_aging)
        xchg->on_aging(xchg);
}

static inline void fake_tell_error(x4s_ike_xchg *base, uint16_t notify)
{
    fake_of(base)->told_error++;
    fake_of(base)->notify = notify;
}

static inline void fake_tell_delete(x4s_ike_xchg *base)
{
    fake_of(base)->told_delete++;
}

static inline void fake_leave(x4s_ike_xchg *base, x4e_ike_state was, x4e_ike_reason reason)
{
    fake_of(base)->left++;
    fake_of(base)->was = was;
    fake_of(base)->reason = reason;
    x4_list_append(&base->charon->dead, &base->dead);
}

static inline void fake_disposed(x4s_ike_xchg *base, x4e_ike_reason reason)
{
    struct fake_xchg *xchg = fake_of(base);
    assert_int_equal(reason, xchg->reason);
    xchg->disposed++;
    xchg->at = base->charon->now;
    xchg->user = base->user;
}

static inline void fake_release(x4s_ike_xchg *base)
{
    fake_of(base)->released++;
}

static inline const uint8_t *fake_icookie(const x4s_ike_xchg *base)
{
    (void)base;
    return NULL;
}

static const x4s_ike_kind fake_kind = {
    .name = "fake",
    .icookie = fake_icookie,
    .build = fake_build,
    .send = fake_send,
    .resend_is_taken = fake_resend_is_taken,
    .resend = fake_resend,
    .established = fake_established,
    .aging = fake_aging,
    .tell_error = fake_tell_error,
    .tell_delete = fake_tell_delete,
    .leave = fake_leave,
    .disposed = fake_disposed,
    .release = fake_release,
};

static inline bval fake_random(void *context, void *data, size_t len)
{
    const struct fake *fake = context;
    memset(data, fake->random, len);
    return btrue;
}

/* Random bytes are all fake->random, 0 at first: without jitter. */
static inline struct fake *fake_new(void)
{
    struct fake *fake = calloc(1, sizeof(*fake));
    assert_non_null(fake);
    fake->allocator = books_allocator(&fake->books);
    x4s_charon *charon = &fake->charon;
    charon->allocator = &fake->allocator;
    charon->stats = &fake->stats;
    charon->config.userdata = fake;
    charon->config.timing = (x4s_ike_timing){.resend_first_ms = 1000,
                                             .resend_max_ms = 4000,
                                             .resend_tries = 4,
                                             .resend_jitter_pct = 10,
                                             .negotiation_ms = 60000,
                                             .duplicate_ms = 500,
                                             .reply_kept_ms = 30000};
    charon->now = 1000000;
    x4_wheel_init(&charon->wheel, charon->now);
    x4_list_init(&charon->half_open);
    x4_list_init(&charon->young);
    x4_list_init(&charon->work);
    x4_list_init(&charon->new_work);
    x4_list_init(&charon->signing);
    x4_list_init(&charon->keys);
    x4_list_init(&charon->dead);
    const char *error;
    charon->crypto = x4_crypto_new(&fake->allocator, fake_random, fake, &error);
    assert_non_null(charon->crypto);
    return fake;
}

/* What leaving the outermost call does. */
static inline void fake_purge(struct fake *fake)
{
    x4s_list *link;
    while ((link = x4_list_pop(&fake->charon.dead)) != NULL) {
        x4s_ike_xchg *xchg = x4m_container(link, x4s_ike_xchg, dead);
        xchg->kind->release(xchg);
    }
}

/* Ends the instance; nothing of its memory may be left. */
static inline void fake_free(struct fake *fake)
{
    fake_purge(fake);
    x4_crypto_free(fake->charon.crypto);
    assert_int_equal(fake->books.blocks, 0);
    free(fake);
}

/* Lets time pass in steps of one timer each. */
static inline void fake_run(struct fake *fake, x4_msec ms)
{
    x4s_charon *charon = &fake->charon;
    x4_msec until = charon->now + ms;
    for (;;) {
        x4_msec next = x4_wheel_next(&charon->wheel);
        if (next > until)
            break;
        charon->now = x4m_max(charon->now, next);
        x4_wheel_advance(&charon->wheel, charon->now);
        x4s_timer *timer;
        while ((timer = x4_wheel_pop(&charon->wheel)) != NULL) {
            x4s_ike_timer *due = x4m_container(timer, x4s_ike_timer, timer);
            due->fire(due);
        }
    }
    charon->now = until;
}

static inline x4e_ike_reason fake_consume(x4s_ike_xchg *base, const x4s_ike_message *message)
{
    struct fake_xchg *xchg = fake_of(base);
    (void)message;
    if (xchg->consume_says != x4c_ike_none)
        return xchg->consume_says;
    xchg->consumed++;
    if (xchg->on_consume)
        xchg->on_consume(xchg);
    return x4c_ike_none;
}

static inline x4e_ike_reason fake_produce(x4s_ike_xchg *base, x4s_ike_build *build)
{
    (void)base;
    static const uint8_t body[] = "a body";
    x4_build_body(build, x4c_payload_vid, (x4s_chunk){body, sizeof(body)});
    return x4c_ike_none;
}

/* A message with one payload that fits the steps here. */
static inline x4s_ike_message fake_message(uint64_t digest)
{
    static const uint8_t body[] = {1, 2, 3, 4};
    return (x4s_ike_message){
        .digest = digest,
        .count = 1,
        .payloads = {{.type = x4c_payload_nonce, .body = {body, sizeof(body)}}},
    };
}

#define FAKE_SHAPE                                                                                 \
    {                                                                                              \
        .required = x4m_bit(x4c_payload_nonce)                                                     \
    }

#endif
