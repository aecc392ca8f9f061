/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/radius/question.h"

#include <stdlib.h>
#include <string.h>

#include "x4/core/memory.h"

struct radius_question *radius_question_new(enum radius_service service, x4s_chunk attributes,
                                            x4s_chunk password)
{
    struct radius_question *question = calloc(1, sizeof(*question) + attributes.len + password.len);
    if (!question)
        return NULL;
    question->size = attributes.len + password.len;
    if (attributes.len)
        memcpy(question->data, attributes.data, attributes.len);
    if (password.len)
        memcpy(question->data + attributes.len, password.data, password.len);
    question->request.service = service;
    question->request.attributes = (x4s_chunk){question->data, attributes.len};
    question->request.password = (x4s_chunk){question->data + attributes.len, password.len};
    return question;
}

void radius_question_send(struct shard_post *post, shard_deliver_fn desk,
                          struct radius_question *question)
{
    question->letter.deliver = desk;
    shard_post_send(post, shard_post_control(post), &question->letter);
}

void radius_question_free(struct radius_question *question)
{
    x4_wipe(question->data, question->size);
    free(question);
}
