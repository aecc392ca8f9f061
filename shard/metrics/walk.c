/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/metrics/walk.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shard/traffic.h"
#include "shard/walk.h"

struct walk_question {
    struct hub_question question;
    struct metrics_walk *walk;
    struct shard_listing listing;
    bool traffic;
};

static struct walk_question *question_of(struct hub_question *question)
{
    return x4m_container(question, struct walk_question, question);
}

/* -------------------------------------------------------------------------- in the shard's thread
 */

static void on_told(struct shard *shard, void *user)
{
    hub_answer(shard, user);
}

static void ask(struct shard *shard, struct hub_question *question)
{
    struct walk_question *mine = question_of(question);
    shard_listing_tell(shard, &mine->listing);
    question->later =
        mine->traffic && shard_traffic_ask(shard, mine->listing.records, on_told, question);
}

/* -------------------------------------------------------------------------- the end */

static void release(struct metrics_walk *walk)
{
    x4_list_remove(&walk->of_metrics);
    free(walk);
}

static void finish(struct metrics_walk *walk, bool more)
{
    struct metrics_text text = {0};
    walk->teller->end(walk->told, more, walk->ready ? &text : NULL);
    if (walk->ready)
        walk->ready(walk->context, &text);
    release(walk);
}

/* -------------------------------------------------------------------------- pieces */

static void answered(struct hub *hub, struct hub_question *question);

static bool ask_for_piece(struct metrics_walk *walk, struct shard_roll_walk *place)
{
    struct walk_question *question = calloc(1, sizeof(*question));
    if (!question)
        return false;
    question->question.ask = ask;
    question->question.answered = answered;
    question->walk = walk;
    question->traffic = walk->teller->traffic;
    question->listing.walk = place;
    memcpy(question->listing.connection, walk->connection, sizeof(walk->connection));
    walk->pieces_left--;
    hub_ask(walk->hub, walk->shard, &question->question);
    return true;
}

static bool is_enough(const struct metrics_walk *walk)
{
    return !walk->ready || !walk->sas_left || !walk->pieces_left;
}

/* The next piece of the listing, or of the next shard. */
static void go_on(struct metrics_walk *walk, struct shard_roll_walk *place)
{
    const bool last = !place && walk->shard + 1 == hub_shard_count(walk->hub);
    if (!last && !is_enough(walk)) {
        walk->shard += !place;
        if (ask_for_piece(walk, place))
            return;
    }
    hub_walk_end(walk->hub, walk->shard, place);
    finish(walk, !last || walk->cut);
}

static void answered(struct hub *hub, struct hub_question *question)
{
    struct walk_question *mine = question_of(question);
    struct metrics_walk *walk = mine->walk;
    (void)hub;
    const struct shard_sa_record *record = mine->listing.records;
    for (; record && walk->sas_left; record = record->next, walk->sas_left--)
        walk->teller->each(walk->told, record, question->shard);
    walk->cut = walk->cut || record;
    shard_listing_free(mine->listing.records);
    go_on(walk, mine->listing.more ? mine->listing.walk : NULL);
}

/* -------------------------------------------------------------------------- life */

struct metrics_walk *metrics_walk_begin(struct hub *hub, x4s_list *walks,
                                        const struct metrics_wish *wish)
{
    struct metrics_walk *walk = calloc(1, sizeof(*walk));
    if (!walk)
        return NULL;
    x4_list_append(walks, &walk->of_metrics);
    walk->hub = hub;
    walk->teller = wish->teller;
    walk->sas_left = wish->sas_max;
    walk->pieces_left = wish->pieces_max;
    walk->ready = wish->ready;
    walk->context = wish->context;
    snprintf(walk->connection, sizeof(walk->connection), "%s", wish->connection);
    walk->told = walk->teller->begin();
    if (walk->told && ask_for_piece(walk, NULL))
        return walk;
    metrics_walk_free(walk);
    return NULL;
}

void metrics_walk_forget(struct metrics_walk *walk)
{
    walk->ready = NULL;
}

void metrics_walk_free(struct metrics_walk *walk)
{
    if (walk->told)
        walk->teller->end(walk->told, true, NULL);
    release(walk);
}
