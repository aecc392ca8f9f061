/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/kernel/xfrm.h"

#include <errno.h>
#include <linux/netlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#include "shard/kernel/xfrm_state.h"

/* -------------------------------------------------------------------------- pairs */

static bval is_name(const x4s_table_link *link, const void *key)
{
    return x4m_container_const(link, struct xfrm_pair, by_name)->parcel.spi_in ==
           *(const uint32_t *)key;
}

/* Our own SPIs are a permutation's output: as good as hashed. */
struct xfrm_pair *xfrm_pair_find(const struct kernel_xfrm *xfrm, uint32_t name)
{
    x4s_table_link *link = x4_table_find(&xfrm->by_name, name, is_name, &name);
    return link ? x4m_container(link, struct xfrm_pair, by_name) : NULL;
}

/* What peers choose is not as good as that. */
struct out_key {
    uint32_t spi;
    uint8_t target[16];
};

static bval is_out(const x4s_table_link *link, const void *key)
{
    const struct xfrm_pair *pair = x4m_container_const(link, struct xfrm_pair, by_out);
    const struct out_key *out = key;
    return pair->spi_out == out->spi &&
           memcmp(pair->flow.ends.remote.ip, out->target, sizeof(out->target)) == 0;
}

static uint64_t hash_out(const struct kernel_xfrm *xfrm, const struct out_key *key)
{
    return x4_siphash(xfrm->hash_key, key, sizeof(*key));
}

struct xfrm_pair *xfrm_pair_sending(const struct kernel_xfrm *xfrm, uint32_t spi_out,
                                    const xfrm_address_t *target)
{
    struct out_key key = {.spi = spi_out};
    memcpy(key.target, target, sizeof(key.target));
    x4s_table_link *link = x4_table_find(&xfrm->by_out, hash_out(xfrm, &key), is_out, &key);
    return link ? x4m_container(link, struct xfrm_pair, by_out) : NULL;
}

void xfrm_pair_index(struct kernel_xfrm *xfrm, struct xfrm_pair *pair)
{
    struct out_key key = {.spi = pair->spi_out};
    memcpy(key.target, pair->flow.ends.remote.ip, sizeof(key.target));
    x4_table_insert(&xfrm->by_out, &pair->by_out, hash_out(xfrm, &key));
}

static void enlist(struct kernel_xfrm *xfrm, struct xfrm_pair *pair)
{
    x4_table_insert(&xfrm->by_name, &pair->by_name, pair->parcel.spi_in);
    xfrm_pair_index(xfrm, pair);
    x4_list_append(&xfrm->pairs, &pair->of_kernel);
}

static void delist(struct kernel_xfrm *xfrm, struct xfrm_pair *pair)
{
    x4_table_remove(&xfrm->by_name, &pair->by_name);
    x4_table_remove(&xfrm->by_out, &pair->by_out);
    x4_list_remove(&pair->of_kernel);
}

/* What comes through an interface or with a mark of its own has one policy, whoever sends it. */
static bool is_any(const struct xfrm_bundle *bundle, const struct hub_kernel_options *options)
{
    return (options->if_id_in || options->mark_in.mask) && bundle->count == 1 &&
           xfrm_bundle_tunnels(bundle);
}

static struct xfrm_pair *pair_new(struct kernel_xfrm *xfrm,
                                  const struct hub_kernel_request *request)
{
    const struct hub_kernel_pair *wanted = &request->pair;
    const struct hub_kernel_options *options = wanted->options;
    const x4s_ike_keys2 *keys = wanted->keys;
    struct xfrm_pair *pair = calloc(1, sizeof(*pair));
    if (!pair)
        return NULL;
    const struct xfrm_policy_key key = xfrm_policy_key_out(&keys->local, &keys->remote, options);
    pair->parcel.spi_in = request->spi_in;
    pair->spi_out = request->spi_out;
    pair->flow.bundle = xfrm_bundle_of(keys);
    pair->flow.ends = (struct xfrm_ends){wanted->link->local, wanted->link->remote};
    pair->flow.reqid = xfrm_policy_reqid(&key, options);
    pair->flow.priority = options->priority;
    pair->flow.any = is_any(&pair->flow.bundle, options);
    pair->mark_out = options->mark_out;
    if (options->mark_in_sa)
        pair->mark_in = options->mark_in;
    pair->window = (uint16_t)xfrm_window(options, &keys->transform);
    enlist(xfrm, pair);
    return pair;
}

struct xfrm_sa xfrm_pair_sa(const struct xfrm_pair *pair, unsigned layer, bool inbound,
                            struct hub_kernel_options *options)
{
    *options = (struct hub_kernel_options){
        .mark_out = pair->mark_out,
        .mark_in = pair->mark_in,
        .mark_in_sa = true,
    };
    return (struct xfrm_sa){
        .bundle = &pair->flow.bundle,
        .layer = layer,
        .inbound = inbound,
        .ends = &pair->flow.ends,
        .options = options,
        .name = pair->parcel.spi_in,
        .reqid = pair->flow.reqid,
        .window = pair->window,
    };
}

const struct xfrm_layer *xfrm_pair_layer(const struct xfrm_pair *pair)
{
    const struct xfrm_bundle *bundle = &pair->flow.bundle;
    return &bundle->layers[bundle->layers[0].spi_in == pair->parcel.spi_in ? 0 : 1];
}

/* -------------------------------------------------------------------------- tasks */

struct xfrm_task *xfrm_task_new(enum hub_kernel_op op, struct xfrm_pair *pair, uint32_t name)
{
    struct xfrm_task *task = calloc(1, sizeof(*task));
    if (!task)
        return NULL;
    task->op = op;
    task->pair = pair;
    if (pair)
        pair->tasks++;
    task->name = name;
    task->open = 1; /* until all of it was said */
    return task;
}

void xfrm_task_closed(struct kernel_xfrm *xfrm, struct xfrm_task *task, int error)
{
    if (!task->error)
        task->error = error;
    if (--task->open == 0)
        x4_list_append(&xfrm->over, &task->over);
}

struct nlmsghdr *xfrm_begin(struct kernel_xfrm *xfrm, struct xfrm_task *task, unsigned what)
{
    const struct xfrm_ask ask = {task, (uint8_t)what};
    struct nlmsghdr *message = xfrm_channel_begin(xfrm->channel, &ask);
    if (!task)
        return message;
    if (message)
        task->open++;
    else if (!task->error)
        task->error = ENOMEM;
    return message;
}

void xfrm_end(struct kernel_xfrm *xfrm, const struct nlmsghdr *message)
{
    xfrm_channel_end(xfrm->channel, message);
}

/* -------------------------------------------------------------------------- what is said of SAs */

/* What the pair begins with, and both directions of what is not there yet. */
static void say_direction(struct kernel_xfrm *xfrm, struct xfrm_task *task, struct xfrm_pair *pair,
                          const struct hub_kernel_pair *wanted, bool inbound)
{
    const unsigned what = !wanted->resumed ? XFRM_WHAT_MUST
                          : inbound        ? XFRM_WHAT_MAY_BE
                                           : XFRM_WHAT_MAY_SEND;
    for (unsigned layer = 0; layer < pair->flow.bundle.count; layer++) {
        const struct xfrm_sa sa = {
            .bundle = &pair->flow.bundle,
            .layer = layer,
            .inbound = inbound,
            .ends = &pair->flow.ends,
            .options = wanted->options,
            .keys = wanted->keys,
            .name = pair->parcel.spi_in,
            .reqid = pair->flow.reqid,
            .window = pair->window,
            .sooner = wanted->sooner,
            .out_sequence = wanted->out_sequence,
        };
        struct nlmsghdr *message =
            xfrm_begin(xfrm, task, what == XFRM_WHAT_MAY_SEND ? what + layer : what);
        if (!message)
            return;
        xfrm_write_sa(message, &sa);
        xfrm_end(xfrm, message);
    }
}

static void unsay_direction(struct kernel_xfrm *xfrm, struct xfrm_task *task,
                            const struct xfrm_pair *pair, bool inbound)
{
    struct hub_kernel_options options;
    for (unsigned layer = 0; layer < pair->flow.bundle.count; layer++) {
        const struct xfrm_sa sa = xfrm_pair_sa(pair, layer, inbound, &options);
        struct nlmsghdr *message = xfrm_begin(xfrm, task, XFRM_WHAT_MAY_LACK);
        if (!message)
            return;
        xfrm_write_sa_id(message, XFRM_MSG_DELSA, &sa);
        xfrm_end(xfrm, message);
    }
}

/* It is there, and where it is with its numbers is not known to us: no number comes twice. */
static void say_sequence(struct kernel_xfrm *xfrm, struct xfrm_task *task, unsigned layer)
{
    struct hub_kernel_options options;
    struct xfrm_sa sa = xfrm_pair_sa(task->pair, layer, false, &options);
    sa.out_sequence = task->out_sequence;
    struct nlmsghdr *message = xfrm_begin(xfrm, task, XFRM_WHAT_MUST);
    if (!message)
        return;
    xfrm_write_sequence(message, &sa);
    xfrm_end(xfrm, message);
}

/* -------------------------------------------------------------------------- requests */

static bool expect_pair(struct kernel_xfrm *xfrm, const struct hub_kernel_request *request)
{
    struct xfrm_pair *pair = pair_new(xfrm, request);
    struct xfrm_task *task = pair ? xfrm_task_new(HUB_KERNEL_EXPECT, pair, request->spi_in) : NULL;
    if (!task) {
        if (pair)
            delist(xfrm, pair);
        free(pair);
        return false;
    }
    task->quiet = true;
    say_direction(xfrm, task, pair, &request->pair, true);
    xfrm_task_closed(xfrm, task, 0);
    return true;
}

/*
 * The peer has moved since the pair was expected: by the message that completed it, for one. What
 * it sends is expected from there. No policy knows the pair yet.
 */
static bool expect_elsewhere(struct kernel_xfrm *xfrm, struct xfrm_task *task,
                             struct xfrm_pair *pair, const x4s_net_link *link)
{
    if (x4_net_addr_equal(&pair->flow.ends.local, &link->local) &&
        x4_net_addr_equal(&pair->flow.ends.remote, &link->remote))
        return false;
    unsay_direction(xfrm, task, pair, true);
    x4_table_remove(&xfrm->by_out, &pair->by_out);
    pair->flow.ends = (struct xfrm_ends){link->local, link->remote};
    xfrm_pair_index(xfrm, pair);
    return true;
}

static bool add_pair(struct kernel_xfrm *xfrm, const struct hub_kernel_request *request)
{
    struct xfrm_pair *pair = xfrm_pair_find(xfrm, request->spi_in);
    struct xfrm_task *task = xfrm_task_new(HUB_KERNEL_ADD, NULL, request->spi_in);
    if (!task)
        return false;
    const bool expected = pair && !pair->full && pair->spi_out == request->spi_out;
    if (pair && !expected) {
        xfrm_task_closed(xfrm, task, EEXIST);
        return true;
    }
    if (!pair)
        pair = pair_new(xfrm, request);
    if (!pair) {
        free(task);
        return false;
    }
    task->pair = pair;
    pair->tasks++;
    task->out_sequence = request->pair.out_sequence;
    pair->full = true;
    if (!expected || expect_elsewhere(xfrm, task, pair, request->pair.link))
        say_direction(xfrm, task, pair, &request->pair, true);
    say_direction(xfrm, task, pair, &request->pair, false);
    if (!request->pair.options->no_policies)
        xfrm_want_policies(xfrm, task, &request->pair);
    xfrm_task_closed(xfrm, task, 0);
    return true;
}

/* The pair's memory goes with the task. */
static void remove_pair(struct kernel_xfrm *xfrm, struct xfrm_pair *pair, struct xfrm_task *task)
{
    task->pair = pair;
    pair->tasks++;
    delist(xfrm, pair);
    pair->leave = task;
    task->open++;
    x4_list_append(&xfrm->leaving, &pair->leaving);
    unsay_direction(xfrm, task, pair, false);
    unsay_direction(xfrm, task, pair, true);
}

/* What of it was added goes again. False: no memory; it stays until the shard closes. */
static bool undo(struct kernel_xfrm *xfrm, struct xfrm_pair *pair)
{
    struct xfrm_task *task = xfrm_task_new(HUB_KERNEL_DELETE, NULL, pair->parcel.spi_in);
    if (!task)
        return false;
    task->quiet = true;
    remove_pair(xfrm, pair, task);
    xfrm_task_closed(xfrm, task, 0);
    return true;
}

static bool delete_pair(struct kernel_xfrm *xfrm, const struct hub_kernel_request *request)
{
    struct xfrm_pair *pair = xfrm_pair_find(xfrm, request->spi_in);
    struct xfrm_task *task = xfrm_task_new(HUB_KERNEL_DELETE, NULL, request->spi_in);
    if (!task)
        return false;
    if (!pair || pair->spi_out != request->spi_out) {
        xfrm_task_closed(xfrm, task, ESRCH);
        return true;
    }
    remove_pair(xfrm, pair, task);
    xfrm_task_closed(xfrm, task, 0);
    return true;
}

static bool forget_pair(struct kernel_xfrm *xfrm, const struct hub_kernel_request *request)
{
    struct xfrm_pair *pair = xfrm_pair_find(xfrm, request->spi_in);
    return !pair || pair->full || undo(xfrm, pair);
}

static bool move_pair(struct kernel_xfrm *xfrm, const struct hub_kernel_request *request)
{
    struct xfrm_pair *pair = xfrm_pair_find(xfrm, request->spi_in);
    struct xfrm_task *task = xfrm_task_new(HUB_KERNEL_MOVE, pair, request->spi_in);
    if (!task)
        return false;
    if (!pair)
        task->error = ESRCH;
    else if (!xfrm_move_begin(xfrm, task, request->pair.link))
        task->error = ENOMEM;
    xfrm_task_closed(xfrm, task, 0);
    return true;
}

static bool xfrm_submit(struct hub_kernel *kernel, const struct hub_kernel_request *request)
{
    static bool (*const carry_out[])(struct kernel_xfrm *, const struct hub_kernel_request *) = {
        [HUB_KERNEL_EXPECT] = expect_pair, [HUB_KERNEL_FORGET] = forget_pair,
        [HUB_KERNEL_ADD] = add_pair,       [HUB_KERNEL_DELETE] = delete_pair,
        [HUB_KERNEL_MOVE] = move_pair,
    };
    return carry_out[request->op](xfrm_of(kernel), request);
}

/* -------------------------------------------------------------------------- answers */

static void take_read(struct kernel_xfrm *xfrm, struct xfrm_task *task, unsigned what,
                      const struct nlmsghdr *message)
{
    if (task->query)
        xfrm_query_read(xfrm, task, what, message);
    else if (task->move)
        xfrm_move_read(task, what, message);
}

static void on_answer(void *user, const struct xfrm_ask *ask, const struct nlmsghdr *read,
                      int error)
{
    struct kernel_xfrm *xfrm = user;
    struct xfrm_task *task = ask->context;
    const unsigned what = ask->what;
    if (read) {
        take_read(xfrm, task, what, read);
        return;
    }
    const bool sends = what >= XFRM_WHAT_MAY_SEND && what < XFRM_WHAT_READ_IN;
    const bool may_lack = what == XFRM_WHAT_MAY_LACK || what >= XFRM_WHAT_READ_POLICY_IN;
    if (may_lack && (error == ESRCH || error == ENOENT))
        error = 0;
    if ((sends || what == XFRM_WHAT_MAY_BE) && error == EEXIST) {
        error = 0;
        if (sends && task->out_sequence && task->pair)
            say_sequence(xfrm, task, what - XFRM_WHAT_MAY_SEND);
    }
    xfrm_task_closed(xfrm, task, error);
}

/* -------------------------------------------------------------------------- ends of tasks */

static void end_add(struct kernel_xfrm *xfrm, struct xfrm_task *task)
{
    struct xfrm_pair *pair = task->pair;
    if (pair && !task->error)
        task->error = pair->error;
    if (pair && task->error && !pair->leave)
        (void)undo(xfrm, pair);
}

static void end_expect(struct xfrm_task *task)
{
    if (task->pair)
        task->pair->error = task->error;
}

static void finish(struct kernel_xfrm *xfrm, struct xfrm_task *task)
{
    if (task->query) {
        task->query->answered(task->query, task->error);
        return;
    }
    if (task->op == HUB_KERNEL_EXPECT)
        end_expect(task);
    else if (task->op == HUB_KERNEL_ADD)
        end_add(xfrm, task);
    if (!task->quiet)
        xfrm->user.done(xfrm->user.user, task->op, task->name, task->error);
}

/* Of a pair that was deleted the last task is the last that knows it. */
static void task_free(struct xfrm_task *task)
{
    struct xfrm_pair *pair = task->pair;
    if (pair && --pair->tasks == 0 && pair->leave)
        free(pair);
    xfrm_move_free(task->move);
    free(task);
}

/* False: there was none. */
static bool finish_all(struct kernel_xfrm *xfrm)
{
    bool some = false;
    x4s_list *link;
    while ((link = x4_list_pop(&xfrm->over))) {
        struct xfrm_task *task = x4m_container(link, struct xfrm_task, over);
        some = true;
        if (task->op == HUB_KERNEL_MOVE && xfrm_move_goes_on(xfrm, task)) {
            xfrm_task_closed(xfrm, task, 0);
            continue;
        }
        finish(xfrm, task);
        task_free(task);
    }
    return some;
}

static void xfrm_poll(struct hub_kernel *kernel)
{
    struct kernel_xfrm *xfrm = xfrm_of(kernel);
    if (xfrm->events < 0 || xfrm_channel_fd(xfrm->channel) < 0)
        xfrm_reconnect(xfrm);
    do
        xfrm_flush(xfrm);
    while (finish_all(xfrm));
}

/* -------------------------------------------------------------------------- between shards */

static struct hub_kernel_parcel *xfrm_release(struct hub_kernel *kernel, uint32_t spi_in)
{
    struct kernel_xfrm *xfrm = xfrm_of(kernel);
    xfrm_flush(xfrm);
    xfrm_channel_settle(xfrm->channel);
    struct xfrm_pair *pair = xfrm_pair_find(xfrm, spi_in);
    if (!pair || pair->tasks)
        return NULL;
    delist(xfrm, pair);
    return &pair->parcel;
}

static void xfrm_adopt(struct hub_kernel *kernel, struct hub_kernel_parcel *parcel)
{
    enlist(xfrm_of(kernel), x4m_container(parcel, struct xfrm_pair, parcel));
}

/* -------------------------------------------------------------------------- open and close */

static size_t xfrm_pairs(const struct hub_kernel *kernel)
{
    return x4m_container_const(kernel, struct kernel_xfrm, head)->by_name.count;
}

static bool xfrm_takes(const struct hub_kernel *kernel, const x4s_ike_transform2 *transform)
{
    const struct kernel_xfrm *xfrm = x4m_container_const(kernel, struct kernel_xfrm, head);
    return xfrm_abilities_have(&xfrm->backend->abilities, transform);
}

static size_t xfrm_fds(const struct hub_kernel *kernel, int fds[HUB_KERNEL_FDS])
{
    const struct kernel_xfrm *xfrm = x4m_container_const(kernel, struct kernel_xfrm, head);
    fds[0] = xfrm_channel_fd(xfrm->channel);
    fds[1] = xfrm->events;
    return 2;
}

static void xfrm_ready(struct hub_kernel *kernel)
{
    struct kernel_xfrm *xfrm = xfrm_of(kernel);
    xfrm_listen(xfrm);
    xfrm_channel_flush(xfrm->channel);
    xfrm_reconnect(xfrm);
}

static bool open_sockets(struct kernel_xfrm *xfrm)
{
    const struct xfrm_sockets *sockets = &xfrm->backend->sockets;
    xfrm->events = sockets->events(sockets->user);
    const int fd = xfrm->events < 0 ? -1 : sockets->requests(sockets->user);
    if (fd < 0)
        return false;
    xfrm->channel = xfrm_channel_new(fd, sockets->waits, on_answer, xfrm);
    if (!xfrm->channel)
        close(fd);
    return xfrm->channel != NULL;
}

static void release_all(struct kernel_xfrm *xfrm)
{
    xfrm_channel_free(xfrm->channel);
    if (xfrm->events >= 0)
        close(xfrm->events);
    x4_table_fini(&xfrm->by_name);
    x4_table_fini(&xfrm->by_out);
    free(xfrm);
}

static struct hub_kernel *xfrm_open(const struct hub_kernel_backend *backend,
                                    const struct hub_kernel_user *user)
{
    struct kernel_xfrm *xfrm = calloc(1, sizeof(*xfrm));
    if (!xfrm)
        return NULL;
    xfrm->head.backend = backend;
    xfrm->backend = backend->shared;
    xfrm->user = *user;
    xfrm->events = -1;
    x4_list_init(&xfrm->pairs);
    x4_list_init(&xfrm->unchecked);
    x4_list_init(&xfrm->joins);
    x4_list_init(&xfrm->leaving);
    x4_list_init(&xfrm->over);
    x4_list_init(&xfrm->traps);
    if (x4_table_init(&xfrm->by_name, &x4_libc_allocator) &&
        x4_table_init(&xfrm->by_out, &x4_libc_allocator) &&
        getrandom(xfrm->hash_key, sizeof(xfrm->hash_key), 0) == (ssize_t)sizeof(xfrm->hash_key) &&
        open_sockets(xfrm))
        return &xfrm->head;
    release_all(xfrm);
    return NULL;
}

/* Nobody is told any more, but for answers to questions. */
static void finish_quietly(struct kernel_xfrm *xfrm)
{
    x4s_list *link;
    xfrm_flush(xfrm);
    xfrm_channel_settle(xfrm->channel);
    xfrm_channel_cancel(xfrm->channel);
    while ((link = x4_list_pop(&xfrm->over))) {
        struct xfrm_task *task = x4m_container(link, struct xfrm_task, over);
        if (task->query)
            task->query->answered(task->query, task->error);
        task_free(task);
    }
}

static struct xfrm_pair *any_pair(struct kernel_xfrm *xfrm)
{
    x4s_table_link *link = x4_table_any(&xfrm->by_name);
    return link ? x4m_container(link, struct xfrm_pair, by_name) : NULL;
}

/* What it needs of the kernel stays, and is nobody's. */
static void abandon(struct kernel_xfrm *xfrm, struct xfrm_pair *pair)
{
    struct xfrm_policies *policies = &xfrm->backend->policies;
    struct xfrm_use *const uses[] = {&pair->out, &pair->in};
    delist(xfrm, pair);
    pthread_mutex_lock(&policies->lock);
    for (int i = 0; i < 2; i++) {
        struct xfrm_policy *policy = uses[i]->policy;
        if (policy && xfrm_policy_leave(policies, uses[i]) == XFRM_POLICY_REMOVE)
            xfrm_policy_free(policy);
    }
    pthread_mutex_unlock(&policies->lock);
    free(pair);
}

static void xfrm_close(struct hub_kernel *kernel, bool leave)
{
    struct kernel_xfrm *xfrm = xfrm_of(kernel);
    struct xfrm_pair *pair;
    finish_quietly(xfrm);
    xfrm_traps_fini(xfrm, leave);
    while (!leave && (pair = any_pair(xfrm)) && undo(xfrm, pair))
        ;
    finish_quietly(xfrm);
    while ((pair = any_pair(xfrm)))
        abandon(xfrm, pair);
    release_all(xfrm);
}

/* -------------------------------------------------------------------------- the backend */

const struct hub_kernel_backend xfrm_functions = {
    .name = "xfrm",
    .carries = true,
    .open = xfrm_open,
    .takes = xfrm_takes,
    .submit = xfrm_submit,
    .query = xfrm_query,
    .trap = xfrm_trap_add,
    .untrap = xfrm_trap_remove,
    .poll = xfrm_poll,
    .fds = xfrm_fds,
    .ready = xfrm_ready,
    .release = xfrm_release,
    .adopt = xfrm_adopt,
    .pairs = xfrm_pairs,
    .close = xfrm_close,
};

static void describe(struct xfrm_backend *backend)
{
    char lack[128];
    const char *what = xfrm_abilities_lack(&backend->abilities, lack, sizeof(lack));
    snprintf(backend->text, sizeof(backend->text), "the kernel protects packets (XFRM)%s%s",
             *what ? "; it lacks " : "", what);
}

bool xfrm_backend_init(struct xfrm_backend *backend, const struct xfrm_sockets *sockets,
                       struct ring_error *error)
{
    *backend = (struct xfrm_backend){.head = xfrm_functions, .sockets = *sockets};
    const int fd = sockets->requests(sockets->user);
    if (fd < 0)
        return ring_error_set(error, "XFRM", errno);
    if (!xfrm_probe(fd, &backend->abilities, error))
        return false;
    if (!xfrm_policies_init(&backend->policies))
        return ring_error_set(error, "XFRM", ENOMEM);
    describe(backend);
    backend->head.summary = backend->text;
    backend->head.shared = backend;
    return true;
}

void xfrm_backend_fini(struct xfrm_backend *backend)
{
    xfrm_policies_fini(&backend->policies);
}
