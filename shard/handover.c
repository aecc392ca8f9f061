/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/handover.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

/* Letters that one round takes: a neighbour's flood shall not keep our own datagrams waiting. */
#define LETTERS_A_ROUND 64

/* Cookies tried until one is ours: of 64 shards all tries fail once in 10^14 times. */
#define DRAWS_MAX 2048

struct letter {
    struct ring_datagram datagram; /* its data are the bytes below */
    uint8_t data[];
};

static bool is_alone(const struct shard *shard)
{
    return shard->steer.count == 1;
}

/* What follows an unpredictable number is as unpredictable to who has not seen it. */
bval shard_handover_cookie(void *userdata, x4e_ike_role role, uint8_t cookie[8])
{
    const struct shard *shard = userdata;
    uint64_t drawn;
    if (getrandom(&drawn, sizeof(drawn), 0) != (ssize_t)sizeof(drawn))
        return bfalse;
    for (int i = 0; i < DRAWS_MAX; i++, drawn++) {
        memcpy(cookie, &drawn, sizeof(drawn));
        if (role == x4c_ike_responder ||
            ring_steer_cookie(&shard->steer, cookie) == shard->steer.index)
            return btrue;
    }
    return bfalse;
}

static void on_letter(void *user, int fd)
{
    const struct shard *shard = user;
    (void)fd;
    ring_mail_drain(shard->mail, shard->steer.index);
}

int shard_handover_open(struct shard *shard)
{
    if (is_alone(shard))
        return 0;
    return ring_watch_add(shard->ring, ring_mail_fd(shard->mail, shard->steer.index), on_letter,
                          shard);
}

static struct letter *write_letter(const struct ring_datagram *datagram)
{
    struct letter *letter = malloc(sizeof(*letter) + datagram->size);
    if (!letter)
        return NULL;
    letter->datagram = *datagram;
    letter->datagram.data = letter->data;
    memcpy(letter->data, datagram->data, datagram->size);
    return letter;
}

bool shard_handover_pass(struct shard *shard, const struct ring_datagram *datagram)
{
    if (is_alone(shard))
        return false;
    const uint32_t home = ring_steer_cookie(&shard->steer, datagram->data);
    if (home == shard->steer.index)
        return false;
    struct letter *letter = write_letter(datagram);
    if (letter && ring_mail_send(shard->mail, shard->steer.index, home, letter)) {
        shard->counters.handed_over++;
        return true;
    }
    free(letter);
    shard->counters.handover_lost++;
    return true;
}

bool shard_handover_take(struct shard *shard, shard_receive_fn receive)
{
    uint32_t from;
    struct letter *letter;
    if (is_alone(shard))
        return false;
    for (int i = 0; i < LETTERS_A_ROUND; i++) {
        letter = ring_mail_next(shard->mail, shard->steer.index, &from);
        if (!letter)
            return !ring_mail_sleep(shard->mail, shard->steer.index);
        shard->counters.taken_over++;
        receive(shard, &letter->datagram);
        free(letter);
    }
    return true;
}

void shard_handover_awake(struct shard *shard)
{
    if (!is_alone(shard))
        ring_mail_awake(shard->mail, shard->steer.index);
}

void shard_handover_drop(void *letter)
{
    free(letter);
}
