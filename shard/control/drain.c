/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * drain: no ISAKMP SA begins any more, ours or a peer's; those there are, are served, and when all
 * are gone the daemon ends. With now = yes it says farewell at once.
 */
#include <stdlib.h>

#include "shard/control/command.h"
#include "shard/control/state.h"
#include "shard/state.h"

/* How often the shards are asked whether all are gone. */
#define LOOK_MS 1000

struct drain_question {
    struct hub_question question;
    struct control *control;
    size_t left;
};

static struct drain_question *question_of(struct hub_question *question)
{
    return x4m_container(question, struct drain_question, question);
}

/* In the shard's thread. */
static void ask(struct shard *shard, struct hub_question *question)
{
    shard->draining = true;
    question_of(question)->left = shard->roll.count;
}

static void look_later(struct control *control)
{
    hub_timer_set(control->hub, &control->drain.look, LOOK_MS);
}

static void end(struct control *control)
{
    struct hub_log *log = hub_log(control->hub);
    if (hub_log_begin(log, x4c_trace_notice, "drained"))
        hub_log_end(log);
    hub_stop(control->hub);
}

static void answered(struct hub *hub, struct hub_question *question)
{
    struct control *control = question_of(question)->control;
    (void)hub;
    control->drain.left += question_of(question)->left;
    if (--control->drain.missing)
        return;
    if (control->drain.left)
        look_later(control);
    else
        end(control);
}

/* A shard that cannot be asked is taken for one that is not empty. */
static void look(struct control *control)
{
    const uint32_t count = hub_shard_count(control->hub);
    control->drain.left = 0;
    control->drain.missing = 0;
    for (uint32_t i = 0; i < count; i++) {
        struct drain_question *question = calloc(1, sizeof(*question));
        control->drain.left += !question;
        if (!question)
            continue;
        control->drain.missing++;
        question->question.ask = ask;
        question->question.answered = answered;
        question->control = control;
        hub_ask(control->hub, i, &question->question);
    }
    if (!control->drain.missing)
        look_later(control);
}

static void on_look(struct hub *hub, struct hub_timer *timer)
{
    (void)hub;
    look(x4m_container(timer, struct control, drain.look));
}

void control_begin_drain(struct control_client *client, x4s_chunk message)
{
    struct control *control = client->control;
    const bool now = control_argument_flag(message, "now");
    control_client_confirm(client);
    if (now)
        hub_stop(control->hub);
    if (now || control->drain.begun)
        return;
    control->drain.begun = true;
    control->drain.look.fire = on_look;
    look(control);
}
