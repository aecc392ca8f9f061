/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Letters between threads, without locks: every pair of members has a queue of its own with one
 * writer and one reader. A member that waits elsewhere (ring_wait, epoll) says so, and the next
 * letter writes an eventfd that it watches; while it is awake a letter costs no system call.
 *
 * A letter costs three shared cache lines: the queue's count, its slot, and the receiver's word of
 * pending senders; to one that sleeps, a system call on each side more.
 *
 * A letter is a pointer; what it points to is the receiver's once it was sent.
 *
 * The loop of a member:
 *
 *     while (running) {
 *         while ((letter = ring_mail_next(mail, me, &from)))
 *             handle(letter);
 *         timeout = ring_mail_sleep(mail, me) ? ... : 0;
 *         wait(timeout);               // where ring_mail_fd() is readable: ring_mail_drain()
 *         ring_mail_awake(mail, me);
 *     }
 */
#ifndef IORING_MAIL_H
#define IORING_MAIL_H

#include <stdbool.h>
#include <stdint.h>

enum {
    RING_MAIL_MEMBERS_MAX = 128,
    RING_MAIL_QUEUE = 256, /* letters of one pair that were not fetched */
};

struct ring_mail;

/* NULL: errno. */
struct ring_mail *ring_mail_new(uint32_t members);

/* When no member uses it any more. Letters that nobody fetched are given to `drop`. */
void ring_mail_free(struct ring_mail *mail, void (*drop)(void *letter));

/* Thread of `from`. False: the queue is full, and the letter is still the caller's. */
bool ring_mail_send(struct ring_mail *mail, uint32_t from, uint32_t to, void *letter);

/*
 * The same, but who sleeps sleeps on: it reads the letter when something else wakes it, or
 * ring_mail_wake() does, if it is still unread then. A wakeup costs more than what most letters ask
 * for.
 */
bool ring_mail_leave(struct ring_mail *mail, uint32_t from, uint32_t to, void *letter);
void ring_mail_wake(struct ring_mail *mail, uint32_t from, uint32_t to);

/* Thread of `me`. The next letter from anybody, or NULL; *from is its sender. */
void *ring_mail_next(struct ring_mail *mail, uint32_t me, uint32_t *from);

/* Thread of `me`. False: there are letters, so it must not wait. */
bool ring_mail_sleep(struct ring_mail *mail, uint32_t me);

/* Thread of `me`, after a wait: letters need not wake it. */
void ring_mail_awake(struct ring_mail *mail, uint32_t me);

/* Becomes readable when a letter comes while `me` sleeps. */
int ring_mail_fd(const struct ring_mail *mail, uint32_t me);

/* Thread of `me`: its descriptor was readable, and is no more. */
void ring_mail_drain(struct ring_mail *mail, uint32_t me);

#endif
