/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/post.h"

#include <stdlib.h>

/* Letters that one round takes: a neighbour's flood shall not keep our own datagrams waiting. */
#define LETTERS_A_ROUND 64

/* A reader that is behind is tried again so soon. */
#define AGAIN_MS 1

bool shard_post_init(struct shard_post *post, struct ring_mail *mail, uint32_t me, uint32_t members)
{
    *post = (struct shard_post){.mail = mail, .me = me, .members = members};
    post->waiting = calloc(members, sizeof(*post->waiting));
    for (uint32_t i = 0; post->waiting && i < members; i++)
        x4_list_init(&post->waiting[i]);
    return post->waiting != NULL;
}

void shard_post_fini(struct shard_post *post)
{
    x4s_list *link;
    for (uint32_t i = 0; post->waiting && i < post->members; i++)
        while ((link = x4_list_pop(&post->waiting[i])))
            free(x4m_container(link, struct shard_letter, waiting));
    free(post->waiting);
    post->waiting = NULL;
}

bool shard_post_offer(struct shard_post *post, uint32_t to, struct shard_letter *letter)
{
    letter->from = post->me;
    return x4_list_empty(&post->waiting[to]) && ring_mail_send(post->mail, post->me, to, letter);
}

static void keep_waiting(struct shard_post *post, uint32_t to, struct shard_letter *letter)
{
    letter->waiting = (x4s_list){0};
    x4_list_append(&post->waiting[to], &letter->waiting);
    post->behind = true;
}

void shard_post_send(struct shard_post *post, uint32_t to, struct shard_letter *letter)
{
    if (!shard_post_offer(post, to, letter))
        keep_waiting(post, to, letter);
}

void shard_post_leave(struct shard_post *post, uint32_t to, struct shard_letter *letter)
{
    letter->from = post->me;
    if (x4_list_empty(&post->waiting[to]) && ring_mail_leave(post->mail, post->me, to, letter))
        post->left = true;
    else
        keep_waiting(post, to, letter);
}

/* The letter at the head stays there until its reader's queue has room. */
static bool send_waiting_to(struct shard_post *post, uint32_t to)
{
    x4s_list *waiting = &post->waiting[to];
    while (!x4_list_empty(waiting)) {
        x4s_list *link = waiting->next;
        x4_list_remove(link);
        if (ring_mail_send(post->mail, post->me, to,
                           x4m_container(link, struct shard_letter, waiting)))
            continue;
        x4_list_append(waiting->next, link);
        return false;
    }
    return true;
}

static void send_waiting(struct shard_post *post)
{
    if (!post->behind)
        return;
    post->behind = false;
    for (uint32_t i = 0; i < post->members; i++)
        if (!send_waiting_to(post, i))
            post->behind = true;
}

x4_msec shard_post_wake(struct shard_post *post, x4_msec now)
{
    if (!post->left)
        return x4c_never;
    if (!post->wake_at)
        post->wake_at = now + SHARD_POST_LEFT_MS;
    if (now < post->wake_at)
        return post->wake_at - now;
    for (uint32_t i = 0; i < post->members; i++)
        ring_mail_wake(post->mail, post->me, i);
    post->left = false;
    post->wake_at = 0;
    return x4c_never;
}

x4_msec shard_post_serve(struct shard_post *post, void *member)
{
    uint32_t from;
    for (int i = 0; i < LETTERS_A_ROUND; i++) {
        struct shard_letter *letter = ring_mail_next(post->mail, post->me, &from);
        if (!letter) {
            send_waiting(post);
            if (!ring_mail_sleep(post->mail, post->me))
                return 0;
            return post->behind ? AGAIN_MS : x4c_never;
        }
        letter->deliver(member, letter);
    }
    send_waiting(post);
    return 0;
}
