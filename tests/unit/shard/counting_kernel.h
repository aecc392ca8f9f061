/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TESTS_UNIT_SHARD_COUNTING_KERNEL_H
#define TESTS_UNIT_SHARD_COUNTING_KERNEL_H

/*
 * A kernel that keeps questions about what SAs have carried, and answers them when the test says
 * so, or at once.
 */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "shard/kernel/kernel.h"

enum { COUNTING_QUERIES_MAX = 16 };

struct counting_kernel {
    struct hub_kernel head;
    struct hub_kernel_backend backend;
    struct hub_kernel_query *queries[COUNTING_QUERIES_MAX];
    size_t count;
    bool at_once;
    bool no_memory;
};

static inline void counting_answer(struct counting_kernel *kernel, uint64_t bytes, uint64_t packets,
                                   int error)
{
    assert_true(kernel->count > 0);
    struct hub_kernel_query *query = kernel->queries[0];
    memmove(kernel->queries, kernel->queries + 1, --kernel->count * sizeof(kernel->queries[0]));
    query->in = (struct hub_kernel_traffic){bytes, packets, 0};
    query->out = (struct hub_kernel_traffic){2 * bytes, 2 * packets, 1000};
    query->answered(query, error);
}

static bool counting_query(struct hub_kernel *head, struct hub_kernel_query *query)
{
    struct counting_kernel *kernel = x4m_container(head, struct counting_kernel, head);
    if (kernel->no_memory)
        return false;
    assert_true(kernel->count < COUNTING_QUERIES_MAX);
    kernel->queries[kernel->count++] = query;
    if (kernel->at_once)
        counting_answer(kernel, 100, 1, 0);
    return true;
}

static inline void counting_open(struct counting_kernel *kernel)
{
    *kernel = (struct counting_kernel){.backend = {.carries = true, .query = counting_query}};
    kernel->head.backend = &kernel->backend;
}

#endif
