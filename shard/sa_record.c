/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/sa_record.h"

#include <stdlib.h>
#include <string.h>

#include "shard/lease.h"

/* Where the next bytes of a record go: behind its children. */
struct place {
    char *at;
};

static const char *keep_text(struct place *place, const char *text)
{
    const size_t size = strlen(text) + 1;
    char *kept = memcpy(place->at, text, size);
    place->at += size;
    return kept;
}

static x4s_ike_id keep_id(struct place *place, const x4s_ike_id *id)
{
    uint8_t *kept = (uint8_t *)place->at;
    if (id->data.len)
        memcpy(kept, id->data.data, id->data.len);
    place->at += id->data.len;
    return (x4s_ike_id){id->type, {kept, id->data.len}};
}

static x4s_ike_id remote_id_of(const struct shard_sa *sa)
{
    return sa->peer ? shard_peer_id(sa->peer) : (x4s_ike_id){0};
}

/* Seconds from now until `life_sec` after the beginning; at least one while they are not over. */
static uint32_t left(uint32_t life_sec, uint32_t age_sec)
{
    if (!life_sec)
        return 0;
    return life_sec > age_sec ? life_sec - age_sec : 1;
}

static uint32_t age_of(const struct shard *shard, x4_msec up_at)
{
    return (uint32_t)((shard->now - up_at) / 1000);
}

static void tell_child(struct shard_child_record *record, const struct shard_child *child,
                       struct place *place)
{
    record->name = keep_text(place, child->config->name);
    record->up = child->up;
    record->local = child->local;
    record->remote = child->remote;
    if (!child->up)
        return;
    record->spi_in = child->spi_in;
    record->spi_out = child->spi_out;
    record->cpi_in = child->cpi_in;
    record->cpi_out = child->cpi_out;
    record->suite = child->suite;
    record->age_sec = age_of(child->sa->shard, child->up_at);
    record->rekey_sec = child->replaced ? 0 : left(child->soft_sec, record->age_sec);
    record->expire_sec = left(child->life_sec, record->age_sec);
    record->installed = child->installed;
    record->rekeying = child->rekeying;
    record->replaced = child->replaced;
}

static void tell_leases(struct shard_sa_record *record, const struct shard_sa *sa)
{
    for (enum hub_inside i = 0; i < HUB_INSIDES; i++) {
        const x4s_net_addr *addr = shard_lease_addr(sa, hub_inside_family(i));
        if (addr)
            record->leases[i] = *addr;
    }
}

static void tell_sa(struct shard_sa_record *record, const struct shard_sa *sa, struct place *place)
{
    const x4s_ike_id remote_id = remote_id_of(sa);
    record->number = sa->enrolled.number;
    record->connection = keep_text(place, sa->connection->name);
    record->local_id = keep_id(place, &sa->connection->phase1.id);
    record->remote_id = keep_id(place, &remote_id);
    record->link = sa->link;
    record->role = (x4e_ike_role)sa->role;
    record->up = sa->up;
    record->replaced = sa->replaced;
    record->behind_local = sa->behind_local;
    record->behind_remote = sa->behind_remote;
    if (!sa->peer)
        return;
    record->established = true;
    record->user = sa->connection->asks_user;
    record->asks = hub_connection_asks(sa->connection);
    tell_leases(record, sa);
    memcpy(record->cookie_i, sa->cookie_i, sizeof(record->cookie_i));
    memcpy(record->cookie_r, sa->cookie_r, sizeof(record->cookie_r));
    record->suite = sa->suite;
    record->age_sec = age_of(sa->shard, sa->up_at);
    record->rekey_sec = sa->replaced || !sa->up ? 0 : left(sa->soft_sec, record->age_sec);
    record->expire_sec = sa->up ? left(sa->life_sec, record->age_sec) : 0;
}

/* What the record needs behind its children, but for their names. */
static size_t measure_sa(const struct shard_sa *sa)
{
    return strlen(sa->connection->name) + 1 + sa->connection->phase1.id.data.len +
           remote_id_of(sa).data.len;
}

/* All that it needs there; how many children those are goes to its fields. */
static size_t measure(const struct shard_sa *sa, uint32_t *told, uint32_t *untold)
{
    size_t size = measure_sa(sa);
    *told = *untold = 0;
    for (const x4s_list *link = sa->children.next; link != &sa->children; link = link->next) {
        const struct shard_child *child = x4m_container_const(link, struct shard_child, of_sa);
        if (*told == SHARD_RECORD_CHILDREN_MAX) {
            (*untold)++;
            continue;
        }
        (*told)++;
        size += strlen(child->config->name) + 1;
    }
    return size;
}

struct shard_sa_record *shard_sa_record_about(const struct shard_sa *sa,
                                              const struct shard_child *child)
{
    const size_t bytes = measure_sa(sa) + (child ? strlen(child->config->name) + 1 : 0);
    const uint32_t count = child ? 1 : 0;
    struct shard_sa_record *record =
        calloc(1, sizeof(*record) + count * sizeof(record->children[0]) + bytes);
    if (!record)
        return NULL;
    struct place place = {(char *)&record->children[count]};
    record->child_count = count;
    tell_sa(record, sa, &place);
    if (child)
        tell_child(&record->children[0], child, &place);
    return record;
}

struct shard_sa_record *shard_sa_record_new(const struct shard_sa *sa)
{
    uint32_t told;
    uint32_t untold;
    const size_t bytes = measure(sa, &told, &untold);
    struct shard_sa_record *record =
        calloc(1, sizeof(*record) + told * sizeof(record->children[0]) + bytes);
    if (!record)
        return NULL;
    struct place place = {(char *)&record->children[told]};
    record->child_count = told;
    record->children_untold = untold;
    tell_sa(record, sa, &place);
    const x4s_list *link = sa->children.next;
    for (uint32_t i = 0; i < told; i++, link = link->next)
        tell_child(&record->children[i], x4m_container_const(link, struct shard_child, of_sa),
                   &place);
    return record;
}
