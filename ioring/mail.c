/* SPDX-License-Identifier: BSD-2-Clause */
#include "ioring/mail.h"

#include <assert.h>
#include <errno.h>
#include <stdalign.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum {
    CACHE_LINE = 64,
    WORD_BITS = 64,
    PENDING_WORDS = RING_MAIL_MEMBERS_MAX / WORD_BITS,
};

/* One writer, one reader; the counts run on, and wrap. */
struct queue {
    alignas(CACHE_LINE) _Atomic uint32_t written;
    alignas(CACHE_LINE) _Atomic uint32_t read;
    alignas(CACHE_LINE) void *letters[RING_MAIL_QUEUE];
};

static_assert((RING_MAIL_QUEUE & (RING_MAIL_QUEUE - 1)) == 0, "counts wrap at a power of two");

struct box {
    alignas(CACHE_LINE) _Atomic uint64_t pending[PENDING_WORDS]; /* senders, by bit */
    atomic_bool asleep;
    int fd;
    alignas(CACHE_LINE) uint64_t fetched[PENDING_WORDS]; /* the reader's copy of what was pending */
};

struct ring_mail {
    uint32_t members;
    struct box *boxes;
    struct queue *queues; /* from * members + to */
};

static struct queue *queue_of(const struct ring_mail *mail, uint32_t from, uint32_t to)
{
    assert(from < mail->members && to < mail->members);
    return &mail->queues[(size_t)from * mail->members + to];
}

static void *zeroed(size_t count, size_t size)
{
    void *memory = aligned_alloc(CACHE_LINE, count * size);

    if (memory != NULL)
        memset(memory, 0, count * size);
    return memory;
}

static bool open_boxes(struct ring_mail *mail)
{
    bool opened = true;

    for (uint32_t i = 0; i < mail->members; i++) {
        mail->boxes[i].fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
        opened = opened && mail->boxes[i].fd >= 0;
    }
    return opened;
}

static void free_all(struct ring_mail *mail)
{
    for (uint32_t i = 0; mail->boxes != NULL && i < mail->members; i++)
        if (mail->boxes[i].fd >= 0)
            close(mail->boxes[i].fd);
    free(mail->boxes);
    free(mail->queues);
    free(mail);
}

struct ring_mail *ring_mail_new(uint32_t members)
{
    struct ring_mail *mail = calloc(1, sizeof(*mail));
    int error;

    assert(members >= 1 && members <= RING_MAIL_MEMBERS_MAX);
    if (mail == NULL)
        return NULL;
    mail->members = members;
    mail->queues = zeroed((size_t)members * members, sizeof(*mail->queues));
    mail->boxes = zeroed(members, sizeof(*mail->boxes));
    if (mail->queues != NULL && mail->boxes != NULL && open_boxes(mail))
        return mail;
    error = errno;
    free_all(mail);
    errno = error;
    return NULL;
}

static void *take(struct queue *queue)
{
    uint32_t read = atomic_load_explicit(&queue->read, memory_order_relaxed);
    void *letter;

    if (read == atomic_load_explicit(&queue->written, memory_order_acquire))
        return NULL;
    letter = queue->letters[read % RING_MAIL_QUEUE];
    atomic_store_explicit(&queue->read, read + 1, memory_order_release);
    return letter;
}

void ring_mail_free(struct ring_mail *mail, void (*drop)(void *letter))
{
    void *letter;

    if (mail == NULL)
        return;
    for (size_t i = 0; i < (size_t)mail->members * mail->members; i++)
        while ((letter = take(&mail->queues[i])) != NULL)
            drop(letter);
    free_all(mail);
}

static bool put(struct queue *queue, void *letter)
{
    uint32_t written = atomic_load_explicit(&queue->written, memory_order_relaxed);

    if (written - atomic_load_explicit(&queue->read, memory_order_acquire) == RING_MAIL_QUEUE)
        return false;
    queue->letters[written % RING_MAIL_QUEUE] = letter;
    atomic_store_explicit(&queue->written, written + 1, memory_order_release);
    return true;
}

/* Whoever sleeps is woken by the first who sees it. */
static void wake(struct box *box)
{
    const uint64_t one = 1;

    if (atomic_load(&box->asleep) && atomic_exchange(&box->asleep, false)) {
        ssize_t written = write(box->fd, &one, sizeof(one));

        assert(written == (ssize_t)sizeof(one));
        (void)written;
    }
}

static uint64_t bit_of(uint32_t from)
{
    return UINT64_C(1) << from % WORD_BITS;
}

bool ring_mail_leave(struct ring_mail *mail, uint32_t from, uint32_t to, void *letter)
{
    if (!put(queue_of(mail, from, to), letter))
        return false;
    atomic_fetch_or(&mail->boxes[to].pending[from / WORD_BITS], bit_of(from));
    return true;
}

void ring_mail_wake(struct ring_mail *mail, uint32_t from, uint32_t to)
{
    struct box *box = &mail->boxes[to];

    if ((atomic_load(&box->pending[from / WORD_BITS]) & bit_of(from)) != 0)
        wake(box);
}

bool ring_mail_send(struct ring_mail *mail, uint32_t from, uint32_t to, void *letter)
{
    if (!ring_mail_leave(mail, from, to, letter))
        return false;
    wake(&mail->boxes[to]);
    return true;
}

/* A sender's bit is taken before its queue is read: a letter after that sets it again. */
static bool fetch(struct box *box)
{
    uint64_t any = 0;

    for (unsigned i = 0; i < PENDING_WORDS; i++) {
        if (atomic_load_explicit(&box->pending[i], memory_order_relaxed) != 0)
            box->fetched[i] |= atomic_exchange(&box->pending[i], 0);
        any |= box->fetched[i];
    }
    return any != 0;
}

static void *next_fetched(struct ring_mail *mail, uint32_t me, uint32_t *from)
{
    struct box *box = &mail->boxes[me];

    for (unsigned i = 0; i < PENDING_WORDS; i++) {
        while (box->fetched[i] != 0) {
            uint32_t sender = i * WORD_BITS + (uint32_t)__builtin_ctzll(box->fetched[i]);
            void *letter = take(queue_of(mail, sender, me));

            *from = sender;
            if (letter != NULL)
                return letter;
            box->fetched[i] &= box->fetched[i] - 1;
        }
    }
    return NULL;
}

void *ring_mail_next(struct ring_mail *mail, uint32_t me, uint32_t *from)
{
    void *letter = next_fetched(mail, me, from);

    if (letter != NULL || !fetch(&mail->boxes[me]))
        return letter;
    return next_fetched(mail, me, from);
}

bool ring_mail_sleep(struct ring_mail *mail, uint32_t me)
{
    struct box *box = &mail->boxes[me];

    atomic_store(&box->asleep, true);
    for (unsigned i = 0; i < PENDING_WORDS; i++) {
        if (box->fetched[i] == 0 && atomic_load(&box->pending[i]) == 0)
            continue;
        ring_mail_awake(mail, me);
        return false;
    }
    return true;
}

void ring_mail_awake(struct ring_mail *mail, uint32_t me)
{
    atomic_store_explicit(&mail->boxes[me].asleep, false, memory_order_relaxed);
}

int ring_mail_fd(const struct ring_mail *mail, uint32_t me)
{
    assert(me < mail->members);
    return mail->boxes[me].fd;
}

/* One read takes all that was written; it does not block, and may have nothing to take. */
void ring_mail_drain(struct ring_mail *mail, uint32_t me)
{
    uint64_t count;
    ssize_t size = read(mail->boxes[me].fd, &count, sizeof(count));

    (void)size;
}
