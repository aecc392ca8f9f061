/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/radius/ask.h"

#include <stdlib.h>
#include <string.h>

#include "shard/radius/question.h"
#include "shard/radius/session.h"
#include "shard/remote_access.h"
#include "shard/report.h"

/* What a server wants to hear in the next answer, and what the user is told meanwhile. */
struct shard_challenge {
    x4s_ike_cfg_item items[2];
    uint8_t message[RADIUS_VALUE_MAX];
    uint8_t state[RADIUS_VALUE_MAX];
    size_t state_len;
    size_t user_len;
    uint8_t user[RADIUS_VALUE_MAX];
};

void shard_radius_forget(struct shard_negotiation *negotiation)
{
    free(negotiation->challenge);
    negotiation->challenge = NULL;
}

/* ------------------------------------------------------------------ the answer */

static bool is_in_group(const struct hub_connection *connection,
                        const struct radius_verdict *verdict)
{
    for (size_t i = 0; i < connection->group_count; i++)
        if (radius_verdict_has_class(verdict, connection->groups[i]))
            return true;
    return connection->group_count == 0;
}

/* The user's next answer goes with what the server wants to see again. */
static bool challenge(struct shard_negotiation *negotiation, x4s_chunk user,
                      const struct radius_verdict *verdict)
{
    struct shard_challenge *next = calloc(1, sizeof(*next));
    if (!next || user.len > sizeof(next->user)) {
        free(next);
        return false;
    }
    memcpy(next->user, user.data, user.len);
    memcpy(next->state, verdict->state, verdict->state_len);
    memcpy(next->message, verdict->message, verdict->message_len);
    next->user_len = user.len;
    next->state_len = verdict->state_len;
    next->items[0] = (x4s_ike_cfg_item){
        .type = x4c_ike_xauth_message,
        .value = {next->message, verdict->message_len},
    };
    next->items[1] = (x4s_ike_cfg_item){.type = x4c_ike_xauth_user_password};
    shard_radius_forget(negotiation);
    negotiation->challenge = next;
    negotiation->job->question = (x4s_ike_cfg){next->items, x4m_countof(next->items)};
    return true;
}

static x4s_chunk user_of(const struct radius_question *question)
{
    const struct radius_packet packet = {
        .data = question->data - RADIUS_HEADER,
        .len = question->request.attributes.len + RADIUS_HEADER,
    };
    x4s_chunk user = {0};
    (void)radius_find(&packet, RADIUS_USER_NAME, 0, &user);
    return user;
}

static enum shard_user_verdict decide(struct shard_sa *sa, const struct radius_question *question)
{
    const struct radius_verdict *verdict = &question->verdict;
    const x4s_chunk user = user_of(question);
    switch (verdict->decision) {
    case RADIUS_SILENT:
        return SHARD_USER_UNKNOWN;
    case RADIUS_CHALLENGE:
        return challenge(sa->negotiation, user, verdict) ? SHARD_USER_CHALLENGED
                                                         : SHARD_USER_REFUSED;
    case RADIUS_ACCEPT:
        shard_session_end(sa); /* of an earlier round */
        if (is_in_group(sa->connection, verdict) && shard_session_new(sa, user, verdict))
            return SHARD_USER_ACCEPTED;
        return SHARD_USER_REFUSED;
    default:
        return SHARD_USER_REFUSED;
    }
}

static void on_verdict(void *member, struct shard_letter *letter)
{
    struct shard *shard = member;
    struct radius_question *question = x4m_container(letter, struct radius_question, letter);
    struct shard_roll_entry *entry = shard_roll_find(&shard->roll, question->sa);
    struct shard_sa *sa = entry ? x4m_container(entry, struct shard_sa, enrolled) : NULL;
    if (sa && sa->negotiation && sa->negotiation->job &&
        sa->negotiation->ticket == question->ticket) {
        const x4s_chunk message = {question->verdict.message, question->verdict.message_len};
        shard_remote_access_judged(sa, user_of(question), decide(sa, question), message);
    }
    radius_question_free(question);
}

/* ------------------------------------------------------------------ the question */

void shard_radius_ask(struct shard_sa *sa, x4s_ike_xauth_job *job, x4s_chunk user,
                      x4s_chunk password, x4_msec wait_until)
{
    struct shard *shard = sa->shard;
    struct shard_negotiation *negotiation = sa->negotiation;
    const struct shard_challenge *before = negotiation->challenge;
    struct radius_writer writer;

    if (before && !user.len)
        user = (x4s_chunk){before->user, before->user_len};
    radius_write(&writer);
    shard_session_describe(sa, &writer, user);
    if (before && before->state_len)
        radius_put(&writer, RADIUS_STATE, before->state, before->state_len);
    struct radius_question *question =
        writer.full || !user.len || password.len > RADIUS_PASSWORD_MAX
            ? NULL
            : radius_question_new(RADIUS_AUTHENTICATION, (x4s_chunk){writer.data, writer.len},
                                  password);
    if (!question) {
        job->verdict = x4c_ike_verdict_refuse;
        shard_report_user(sa, user, SHARD_PASSWORD_WRONG);
        return;
    }
    negotiation->job = job;
    negotiation->wait_until = wait_until;
    question->sa = sa->enrolled.number;
    question->ticket = ++negotiation->ticket;
    question->answered = on_verdict;
    radius_question_send(&shard->post, shard->radius, question);
}
