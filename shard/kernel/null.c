/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <stdlib.h>

#include "shard/kernel/kernel.h"
#include "x4/misc/list.h"
#include "x4/misc/table.h"

/* What is known of a pair. */
struct pair {
    struct hub_kernel_parcel parcel;
    x4s_table_link by_spi;
    uint32_t spi_out;
};

/* A completion that waits for the next poll. */
struct outcome {
    x4s_list link;
    enum hub_kernel_op op;
    uint32_t spi_in;
    int error;
};

struct kernel_null {
    struct hub_kernel head;
    struct hub_kernel_user user;
    x4s_table pairs;
    x4s_list outcomes;
};

static struct kernel_null *null_of(struct hub_kernel *kernel)
{
    return x4m_container(kernel, struct kernel_null, head);
}

static struct hub_kernel *null_open(const struct hub_kernel_backend *backend,
                                    const struct hub_kernel_user *user)
{
    struct kernel_null *null = calloc(1, sizeof(*null));
    if (!null)
        return NULL;
    if (!x4_table_init(&null->pairs, &x4_libc_allocator)) {
        free(null);
        return NULL;
    }
    x4_list_init(&null->outcomes);
    null->head.backend = backend;
    null->user = *user;
    return &null->head;
}

static bval is_spi(const x4s_table_link *link, const void *key)
{
    return x4m_container_const(link, struct pair, by_spi)->parcel.spi_in == *(const uint32_t *)key;
}

/* Our own SPIs are a permutation's output: as good as hashed. */
static struct pair *find_pair(const struct kernel_null *null, uint32_t spi_in)
{
    x4s_table_link *link = x4_table_find(&null->pairs, spi_in, is_spi, &spi_in);
    return link ? x4m_container(link, struct pair, by_spi) : NULL;
}

static bool keep(struct kernel_null *null, uint32_t spi_in, uint32_t spi_out)
{
    struct pair *pair = malloc(sizeof(*pair));
    if (!pair)
        return false;
    pair->parcel.spi_in = spi_in;
    pair->spi_out = spi_out;
    x4_table_insert(&null->pairs, &pair->by_spi, pair->parcel.spi_in);
    return true;
}

static void forget(struct kernel_null *null, struct pair *pair)
{
    x4_table_remove(&null->pairs, &pair->by_spi);
    free(pair);
}

static int add_pair(struct kernel_null *null, const struct hub_kernel_request *request)
{
    if (find_pair(null, request->spi_in))
        return EEXIST;
    return keep(null, request->spi_in, request->spi_out) ? 0 : ENOMEM;
}

static int delete_pair(struct kernel_null *null, const struct hub_kernel_request *request)
{
    struct pair *pair = find_pair(null, request->spi_in);
    if (!pair || pair->spi_out != request->spi_out)
        return ESRCH;
    forget(null, pair);
    return 0;
}

static int move_pair(struct kernel_null *null, const struct hub_kernel_request *request)
{
    return find_pair(null, request->spi_in) ? 0 : ESRCH;
}

static bool null_submit(struct hub_kernel *kernel, const struct hub_kernel_request *request)
{
    static int (*const carry_out[])(struct kernel_null *, const struct hub_kernel_request *) = {
        [HUB_KERNEL_EXPECT] = NULL,    [HUB_KERNEL_FORGET] = NULL,
        [HUB_KERNEL_ADD] = add_pair,   [HUB_KERNEL_DELETE] = delete_pair,
        [HUB_KERNEL_MOVE] = move_pair,
    };
    if (!carry_out[request->op])
        return true;
    struct kernel_null *null = null_of(kernel);
    struct outcome *outcome = malloc(sizeof(*outcome));
    if (!outcome)
        return false;
    outcome->op = request->op;
    outcome->spi_in = request->spi_in;
    outcome->error = carry_out[request->op](null, request);
    x4_list_append(&null->outcomes, &outcome->link);
    return true;
}

static void null_poll(struct hub_kernel *kernel)
{
    struct kernel_null *null = null_of(kernel);
    x4s_list *link;
    while ((link = x4_list_pop(&null->outcomes))) {
        struct outcome *outcome = x4m_container(link, struct outcome, link);
        null->user.done(null->user.user, outcome->op, outcome->spi_in, outcome->error);
        free(outcome);
    }
}

static struct hub_kernel_parcel *null_release(struct hub_kernel *kernel, uint32_t spi_in)
{
    struct kernel_null *null = null_of(kernel);
    struct pair *pair = find_pair(null, spi_in);
    if (!pair)
        return NULL;
    x4_table_remove(&null->pairs, &pair->by_spi);
    return &pair->parcel;
}

static void null_adopt(struct hub_kernel *kernel, struct hub_kernel_parcel *parcel)
{
    struct pair *pair = x4m_container(parcel, struct pair, parcel);
    x4_table_insert(&null_of(kernel)->pairs, &pair->by_spi, pair->parcel.spi_in);
}

static bool null_takes(const struct hub_kernel *kernel, const x4s_ike_transform2 *transform)
{
    (void)kernel;
    (void)transform;
    return true;
}

static bool null_query(struct hub_kernel *kernel, struct hub_kernel_query *query)
{
    (void)kernel;
    query->answered(query, EOPNOTSUPP);
    return true;
}

static bool null_trap(struct hub_kernel *kernel, struct hub_kernel_trap *trap)
{
    (void)kernel;
    (void)trap;
    return true;
}

static void null_untrap(struct hub_kernel *kernel, struct hub_kernel_trap *trap)
{
    (void)kernel;
    (void)trap;
}

static size_t null_fds(const struct hub_kernel *kernel, int fds[HUB_KERNEL_FDS])
{
    (void)kernel;
    (void)fds;
    return 0;
}

static void null_ready(struct hub_kernel *kernel)
{
    (void)kernel;
}

static size_t null_pairs(const struct hub_kernel *kernel)
{
    return x4m_container_const(kernel, struct kernel_null, head)->pairs.count;
}

static void null_close(struct hub_kernel *kernel, bool leave)
{
    (void)leave;
    struct kernel_null *null = null_of(kernel);
    x4s_list *link;
    while ((link = x4_list_pop(&null->outcomes)))
        free(x4m_container(link, struct outcome, link));
    x4s_table_link *entry;
    while ((entry = x4_table_any(&null->pairs)))
        forget(null, x4m_container(entry, struct pair, by_spi));
    x4_table_fini(&null->pairs);
    free(null);
}

const struct hub_kernel_backend hub_kernel_null = {
    .name = "null",
    .summary = "IPsec SAs are recorded only: no packet is protected",
    .open = null_open,
    .takes = null_takes,
    .submit = null_submit,
    .query = null_query,
    .trap = null_trap,
    .untrap = null_untrap,
    .poll = null_poll,
    .fds = null_fds,
    .ready = null_ready,
    .release = null_release,
    .adopt = null_adopt,
    .pairs = null_pairs,
    .close = null_close,
};
