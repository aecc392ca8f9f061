/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/walk.h"

#include <stdlib.h>

struct walk_end {
    struct hub_question question;
    struct shard_roll_walk *walk;
};

/* In the shard's thread. */
static void ask(struct shard *shard, struct hub_question *question)
{
    (void)shard;
    shard_roll_walk_free(x4m_container(question, struct walk_end, question)->walk);
}

static void answered(struct hub *hub, struct hub_question *question)
{
    (void)hub;
    (void)question;
}

void hub_walk_end(struct hub *hub, uint32_t shard, struct shard_roll_walk *walk)
{
    struct walk_end *end = walk ? calloc(1, sizeof(*end)) : NULL;
    if (!end)
        return;
    end->question.ask = ask;
    end->question.answered = answered;
    end->walk = walk;
    hub_ask(hub, shard, &end->question);
}
