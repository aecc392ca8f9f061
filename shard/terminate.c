/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/terminate.h"

#include <string.h>

#include "shard/rekey.h"

static bool is_wanted(const struct shard_termination *termination, const struct shard_sa *sa)
{
    return !*termination->connection || strcmp(sa->connection->name, termination->connection) == 0;
}

/* Only what is up, and nothing newer is in its place. */
static bool renew_sa(struct shard_termination *termination, struct shard_sa *sa)
{
    if (!sa->up || sa->replaced)
        return false;
    shard_rekey_now1(sa);
    termination->sas_ended++;
    return true;
}

static uint32_t renew_child(struct shard_child *child)
{
    if (!child->up || child->replaced)
        return 0;
    shard_rekey_now2(child);
    return 1;
}

static uint32_t renew_children(struct shard_sa *sa, const char *name)
{
    uint32_t count = 0;
    x4m_list_each(link, &sa->children)
    {
        struct shard_child *child = x4m_container(link, struct shard_child, of_sa);
        if (strcmp(child->config->name, name) == 0)
            count += renew_child(child);
    }
    return count;
}

/* With what is being made in its place. */
static void end_whole(struct shard_termination *termination, struct shard_sa *sa)
{
    if (sa->successor) {
        shard_sa_end(sa->successor, SHARD_END_on_request, true);
        termination->sas_ended++;
    }
    for (const x4s_list *link = sa->children.next; link != &sa->children; link = link->next)
        termination->children_ended++;
    shard_sa_end(sa, SHARD_END_on_request, true);
    termination->sas_ended++;
}

/* Returns whether it had something to end. */
static bool end_sa(struct shard_termination *termination, struct shard_sa *sa)
{
    if (!is_wanted(termination, sa))
        return false;
    if (!*termination->child && termination->rekey)
        return renew_sa(termination, sa);
    if (!*termination->child) {
        end_whole(termination, sa);
        return true;
    }
    const uint32_t ended = termination->rekey ? renew_children(sa, termination->child)
                                              : shard_sa_end_children(sa, termination->child,
                                                                      SHARD_END_on_request, true);
    termination->children_ended += ended;
    return ended > 0;
}

static void end_child(struct shard *shard, struct shard_termination *termination)
{
    struct shard_child *child = shard_child_find(shard, termination->spi_in);
    if (!child || !is_wanted(termination, child->sa))
        return;
    if (termination->rekey) {
        termination->children_ended += renew_child(child);
        return;
    }
    shard_child_end(child, SHARD_END_on_request, true);
    termination->children_ended++;
}

static void end_one(struct shard *shard, struct shard_termination *termination)
{
    struct shard_roll_entry *entry = shard_roll_find(&shard->roll, termination->number);
    if (entry)
        end_sa(termination, x4m_container(entry, struct shard_sa, enrolled));
}

static void end_piece(struct shard *shard, struct shard_termination *termination)
{
    int ended = 0;
    for (int looked = 0; looked < SHARD_TERMINATE_LOOKED && ended < SHARD_TERMINATE_ROUND;
         looked++) {
        struct shard_roll_entry *entry = shard_roll_walk_next(&shard->roll, termination->walk);
        if (!entry) {
            shard_roll_walk_free(termination->walk);
            termination->walk = NULL;
            return;
        }
        ended += end_sa(termination, x4m_container(entry, struct shard_sa, enrolled));
    }
    termination->more = true;
}

static bool begin_walk(struct shard *shard, struct shard_termination *termination)
{
    termination->walk = shard_roll_walk_new(&shard->roll);
    termination->no_memory = !termination->walk;
    return termination->walk != NULL;
}

void shard_terminate(struct shard *shard, struct shard_termination *termination)
{
    if (termination->spi_in)
        end_child(shard, termination);
    else if (termination->number)
        end_one(shard, termination);
    else if (termination->walk || begin_walk(shard, termination))
        end_piece(shard, termination);
}
