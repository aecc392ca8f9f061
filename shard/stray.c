/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/stray.h"

#include <stdlib.h>
#include <string.h>

#include "shard/news.h"
#include "shard/snapshot.h"
#include "x4/misc/reader.h"

/* Children come to an ISAKMP SA within a moment of its completion; peers may take some time. */
#define YOUNG_MS 60000

/* A trail leads on when the child has gone on; one that leads in a circle is somebody else's. */
#define HOPS_MAX 8

/* ISAKMP SAs of one host, and children of each, that are looked at, newest first. */
#define SAS_MAX      16
#define CHILDREN_MAX 256

/* RFC 2408 3.15 and RFC 2407 4.4.1, as on the wire. */
#define PROTOCOL_ISAKMP 1
#define PROTOCOL_AH     2
#define PROTOCOL_ESP    3

#define TRAILS_BITS 12

struct shard_trail {
    struct {
        uint32_t spi_out; /* 0: none */
        uint32_t to;
    } trails[1u << TRAILS_BITS];
};

/* A Delete on its way. */
struct stray {
    struct shard_letter letter;
    struct shard_sa_name under;
    uint32_t spi_out; /* 0: the ISAKMP SA `cookies` */
    uint8_t cookies[16];
    uint8_t hops;
};

/* -------------------------------------------------------------------------- trails */

/* Peers choose their SPIs; who makes them meet loses his own trails, and maybe some others. */
static uint32_t place_of(uint32_t spi_out)
{
    return (spi_out * 0x9E3779B1u) >> (32 - TRAILS_BITS);
}

void shard_stray_left(struct shard *shard, uint32_t spi_out, uint32_t to)
{
    if (!shard->trail)
        shard->trail = calloc(1, sizeof(*shard->trail));
    if (!shard->trail) {
        shard->counters.no_memory++;
        return;
    }
    const uint32_t place = place_of(spi_out);
    shard->trail->trails[place].spi_out = spi_out;
    shard->trail->trails[place].to = to;
}

void shard_stray_came(struct shard *shard, uint32_t spi_out)
{
    const uint32_t place = place_of(spi_out);
    if (shard->trail && shard->trail->trails[place].spi_out == spi_out)
        shard->trail->trails[place].spi_out = 0;
}

/* False: none is known. */
static bool follow(const struct shard *shard, uint32_t spi_out, uint32_t *to)
{
    const uint32_t place = place_of(spi_out);
    if (!shard->trail || shard->trail->trails[place].spi_out != spi_out)
        return false;
    *to = shard->trail->trails[place].to;
    return true;
}

void shard_stray_fini(struct shard *shard)
{
    free(shard->trail);
}

/* -------------------------------------------------------------------------- where it is */

static struct shard_child *find_child(const struct shard_sa *sa, uint32_t spi_out)
{
    int looked_at = 0;
    for (x4s_list *link = sa->children.prev; link != &sa->children && looked_at++ < CHILDREN_MAX;
         link = link->prev) {
        struct shard_child *child = x4m_container(link, struct shard_child, of_sa);
        if (child->up && child->spi_out == spi_out)
            return child;
    }
    return NULL;
}

static struct shard_child *find_among(const x4s_list *sas, const struct stray *stray)
{
    int looked_at = 0;
    for (x4s_list *link = sas->prev; link != sas && looked_at++ < SAS_MAX; link = link->prev) {
        const struct shard_sa *sa = x4m_container_const(link, struct shard_sa, of_peer);
        struct shard_child *child =
            shard_news_is_kin(sa, &stray->under) ? find_child(sa, stray->spi_out) : NULL;
        if (child)
            return child;
    }
    return NULL;
}

static bool delete_child(struct shard *shard, const struct stray *stray)
{
    const struct shard_peer *peer = shard_peer_named(shard, &stray->under);
    struct shard_child *child = peer ? find_among(&peer->sas, stray) : NULL;
    if (peer && !child)
        child = find_among(&peer->orphans, stray);
    if (!child)
        return false;
    shard->counters.strays_found++;
    shard_child_end(child, SHARD_END_deleted_elsewhere, false);
    return true;
}

static void delete_sa(struct shard *shard, const struct stray *stray)
{
    struct shard_sa_name name = stray->under;
    memcpy(name.cookie_i, stray->cookies, sizeof(name.cookie_i));
    memcpy(name.cookie_r, stray->cookies + sizeof(name.cookie_i), sizeof(name.cookie_r));
    struct shard_sa *sa = shard_sa_named(shard, &name);
    if (!sa || !shard_news_is_kin(sa, &name))
        return;
    shard->counters.strays_found++;
    sa->end = SHARD_END_deleted_elsewhere;
    x4_charon_term1(sa->xchg, bfalse);
}

/* -------------------------------------------------------------------------- letters */

static void arrive(void *member, struct shard_letter *letter);

static void pass(struct shard *shard, const struct stray *stray, uint32_t to)
{
    struct stray *sent = malloc(sizeof(*sent));
    if (!sent) {
        shard->counters.no_memory++;
        return;
    }
    *sent = *stray;
    sent->letter = (struct shard_letter){.deliver = arrive};
    shard_use(shard, stray->under.connection->config);
    shard_post_send(&shard->post, to, &sent->letter);
}

static void go_on(struct shard *shard, struct stray *stray)
{
    uint32_t to;
    if (stray->hops++ < HOPS_MAX && follow(shard, stray->spi_out, &to))
        pass(shard, stray, to);
}

static void arrive(void *member, struct shard_letter *letter)
{
    struct shard *shard = member;
    struct stray *stray = x4m_container(letter, struct stray, letter);
    if (!stray->spi_out)
        delete_sa(shard, stray);
    else if (!delete_child(shard, stray))
        go_on(shard, stray);
    shard_unuse(shard, stray->under.connection->config);
    free(stray);
}

static void ask_all(struct shard *shard, const struct stray *stray)
{
    for (uint32_t i = 0; i < shard->steer.count; i++)
        if (i != shard->steer.index)
            pass(shard, stray, i);
}

static void delete_sa_elsewhere(struct shard *shard, struct stray *stray, x4s_chunk spi)
{
    const uint32_t to = ring_steer_cookie(&shard->steer, spi.data);
    if (to == shard->steer.index)
        return;
    memcpy(stray->cookies, spi.data, sizeof(stray->cookies));
    shard->counters.strays++;
    pass(shard, stray, to);
}

static void delete_child_elsewhere(struct shard *shard, struct stray *stray, x4s_chunk spi,
                                   bool young)
{
    uint32_t to;
    x4s_reader reader = x4_reader(spi.data, spi.len);
    stray->spi_out = x4_reader_u32(&reader);
    if (follow(shard, stray->spi_out, &to))
        pass(shard, stray, to);
    else if (young)
        ask_all(shard, stray);
    else
        return;
    shard->counters.strays++;
}

void shard_stray_delete(struct shard_sa *sa, uint8_t protocol, x4s_chunk spi)
{
    struct shard *shard = sa->shard;
    struct stray stray = {0};
    if (shard->steer.count == 1 || shard->stopping || !sa->up)
        return;
    shard_name_sa(sa, &stray.under);
    if (protocol == PROTOCOL_ISAKMP)
        delete_sa_elsewhere(shard, &stray, spi);
    else if (protocol == PROTOCOL_ESP || protocol == PROTOCOL_AH)
        delete_child_elsewhere(shard, &stray, spi, shard->now - sa->up_at < YOUNG_MS);
}
