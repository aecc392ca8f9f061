/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/handover.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "shard/receive.h"

/* Cookies tried until one is ours: of 64 shards all tries fail once in 10^14 times. */
#define DRAWS_MAX 2048

struct handed {
    struct shard_letter letter;
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

/* It came from a neighbour, who has looked whose it is. */
static void deliver(void *member, struct shard_letter *letter)
{
    struct shard *shard = member;
    struct handed *handed = x4m_container(letter, struct handed, letter);
    shard->counters.taken_over++;
    shard_take(shard, &handed->datagram);
    free(handed);
}

static struct handed *copy(const struct ring_datagram *datagram)
{
    struct handed *handed = malloc(sizeof(*handed) + datagram->size);
    if (!handed)
        return NULL;
    handed->letter = (struct shard_letter){.deliver = deliver};
    handed->datagram = *datagram;
    handed->datagram.data = handed->data;
    memcpy(handed->data, datagram->data, datagram->size);
    return handed;
}

bool shard_handover_pass(struct shard *shard, const struct ring_datagram *datagram)
{
    if (is_alone(shard))
        return false;
    const uint32_t home = ring_steer_cookie(&shard->steer, datagram->data);
    if (home == shard->steer.index)
        return false;
    struct handed *handed = copy(datagram);
    if (handed && shard_post_offer(&shard->post, home, &handed->letter)) {
        shard->counters.handed_over++;
        return true;
    }
    free(handed);
    shard->counters.handover_lost++;
    return true;
}
