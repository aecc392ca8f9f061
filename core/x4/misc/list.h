/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef X4_MISC_LIST_H
#define X4_MISC_LIST_H

/*
 * An intrusive, circular, doubly linked list. A link that is zeroed or was removed is in no list.
 */

#include "x4/core/types.h"

typedef struct x4s_list {
    struct x4s_list *next;
    struct x4s_list *prev;
} x4s_list;

static inline void x4_list_init(x4s_list *head)
{
    head->next = head->prev = head;
}

static inline bval x4_list_empty(const x4s_list *head)
{
    return head->next == head;
}

static inline bval x4_list_linked(const x4s_list *link)
{
    return link->next != NULL;
}

static inline void x4_list_append(x4s_list *head, x4s_list *link)
{
    link->next = head;
    link->prev = head->prev;
    head->prev->next = link;
    head->prev = link;
}

/* Does nothing to a link that is in no list. */
static inline void x4_list_remove(x4s_list *link)
{
    if (!link->next)
        return;
    link->next->prev = link->prev;
    link->prev->next = link->next;
    link->next = link->prev = NULL;
}

/* The first link after removing it, or NULL. */
static inline x4s_list *x4_list_pop(x4s_list *head)
{
    if (x4_list_empty(head))
        return NULL;
    x4s_list *first = head->next;
    x4_list_remove(first);
    return first;
}

/* All of `from` comes behind what is there, in its order; O(1). */
static inline void x4_list_splice(x4s_list *head, x4s_list *from)
{
    if (x4_list_empty(from))
        return;
    from->next->prev = head->prev;
    head->prev->next = from->next;
    from->prev->next = head;
    head->prev = from->prev;
    x4_list_init(from);
}

/* Walks the list; the current link may be removed meanwhile, no other. */
/* NOLINTBEGIN(bugprone-macro-parentheses): `link` is the name of a variable that this declares */
#define x4m_list_each(link, head)                                                                  \
    for (x4s_list *link = (head)->next, *link##_next = link->next; link != (head);                 \
         link = link##_next, link##_next = link->next)
/* NOLINTEND(bugprone-macro-parentheses) */

#endif
