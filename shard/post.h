/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_POST_H
#define SHARD_POST_H

/*
 * Letters between the members of a group: its shards, 0 to count - 1, and the control thread, which
 * is the member `count`. Whatever crosses from one thread to another is a letter; there is no lock.
 *
 * A letter says itself what is to be done when it is read. It is one allocation (malloc), which
 * belongs to the reader once it was sent.
 *
 * A post belongs to its member's thread.
 */

#include <stdbool.h>
#include <stdint.h>

#include "ioring/mail.h"
#include "x4/core/types.h"
#include "x4/misc/list.h"

struct shard_letter;

/* `member` is the reader: a struct shard, or the struct hub of the control thread. */
typedef void (*shard_deliver_fn)(void *member, struct shard_letter *letter);

/* The head of every letter. */
struct shard_letter {
    shard_deliver_fn deliver;
    uint32_t from; /* the member that sent it */
    x4s_list waiting;
};

struct shard_post {
    struct ring_mail *mail;
    uint32_t me;
    uint32_t members;
    x4s_list *waiting; /* by member: letters that its queue had no room for */
    bool behind;       /* there are such */
    bool left;         /* letters lie at members that may sleep */
    x4_msec wake_at;   /* and those are woken then; 0: not known yet */
};

/* `mail` is the whole group's. False: no memory. */
bool shard_post_init(struct shard_post *post, struct ring_mail *mail, uint32_t me,
                     uint32_t members);

/* Letters that were not sent yet are lost. */
void shard_post_fini(struct shard_post *post);

/* The member of the control thread. */
static inline uint32_t shard_post_control(const struct shard_post *post)
{
    return post->members - 1;
}

/* Sends what must arrive: where the reader is behind the letter waits here for it. */
void shard_post_send(struct shard_post *post, uint32_t to, struct shard_letter *letter);

/*
 * The same for what has time: a reader that sleeps is not woken by it before SHARD_POST_LEFT_MS are
 * over. Letters to one reader stay in their order, whichever way they are sent.
 */
#define SHARD_POST_LEFT_MS 10
void shard_post_leave(struct shard_post *post, uint32_t to, struct shard_letter *letter);

/* Sends what may be lost. False: the reader is behind, and the letter is still the caller's. */
bool shard_post_offer(struct shard_post *post, uint32_t to, struct shard_letter *letter);

/*
 * Delivers what came, a round of it, and sends what waits. Call it before every wait. Returns how
 * long that may be at most, in milliseconds: 0, where there may be more, up to x4c_never.
 */
x4_msec shard_post_serve(struct shard_post *post, void *member);

/*
 * Wakes those whom letters were left for, when it is time. Who leaves letters calls it last before
 * every wait, which may take as long as it returns. `now` is of a clock that never steps back.
 */
x4_msec shard_post_wake(struct shard_post *post, x4_msec now);

/* After every wait. */
static inline void shard_post_awake(struct shard_post *post)
{
    ring_mail_awake(post->mail, post->me);
}

/* Becomes readable when a letter comes while the member waits; shard_post_drain() then. */
static inline int shard_post_fd(const struct shard_post *post)
{
    return ring_mail_fd(post->mail, post->me);
}

static inline void shard_post_drain(struct shard_post *post)
{
    ring_mail_drain(post->mail, post->me);
}

#endif
