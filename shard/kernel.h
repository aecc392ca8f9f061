/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_KERNEL_H
#define SHARD_KERNEL_H

/*
 * Where IPsec SAs go: requests in, completions later. A shard never waits for one, because the back
 * end may be another process. Requests of one pair are carried out in their order.
 *
 * One kernel belongs to one shard and is used by its thread alone.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "x4/ike/charon.h"

struct hub_kernel;

enum hub_kernel_op {
    HUB_KERNEL_ADD,    /* both SAs of a pair, its IPComp, and the policies for its traffic */
    HUB_KERNEL_DELETE, /* all of that again */
};

/*
 * A pair of SAs. Both pointers are valid during hub_kernel_submit(); keys hold secrets, and the
 * limits in kilobytes, which only a kernel can count: life_kb and soft_kb.
 */
struct hub_kernel_pair {
    const x4s_net_link *link;
    const x4s_ike_keys2 *keys;
    uint64_t out_sequence; /* what is sent begins after this; 0 for a new pair */
};

/* `spi_in` names the pair; a pair that is to be deleted needs no more than both SPIs. */
struct hub_kernel_request {
    enum hub_kernel_op op;
    uint32_t spi_in;
    uint32_t spi_out;
    struct hub_kernel_pair pair; /* HUB_KERNEL_ADD */
};

/* `error`: 0 or an errno. May call hub_kernel_submit(). */
typedef void (*hub_kernel_done_fn)(void *user, enum hub_kernel_op op, uint32_t spi_in, int error);

/* A back end. Every function gets the kernel that `open` made. */
struct hub_kernel_backend {
    const char *name;
    const char *summary; /* for the operator: what becomes of an SA */
    struct hub_kernel *(*open)(hub_kernel_done_fn done, void *user); /* NULL: no memory */
    bool (*submit)(struct hub_kernel *kernel, const struct hub_kernel_request *request);
    void (*poll)(struct hub_kernel *kernel);
    void (*release)(struct hub_kernel *kernel, uint32_t spi_in);
    bool (*adopt)(struct hub_kernel *kernel, uint32_t spi_in, uint32_t spi_out);
    size_t (*pairs)(const struct hub_kernel *kernel);
    void (*close)(struct hub_kernel *kernel);
};

/* The head of what a back end makes. */
struct hub_kernel {
    const struct hub_kernel_backend *backend;
};

/* Records SAs without installing them: keys are not kept, no packet is protected. */
extern const struct hub_kernel_backend hub_kernel_null;

/* False: there is no memory for the request; no completion comes. */
static inline bool hub_kernel_submit(struct hub_kernel *kernel,
                                     const struct hub_kernel_request *request)
{
    return kernel->backend->submit(kernel, request);
}

/* Calls back for what is complete. */
static inline void hub_kernel_poll(struct hub_kernel *kernel)
{
    kernel->backend->poll(kernel);
}

/*
 * A pair that was added stays installed, but is another shard's from now on: nothing about it comes
 * from here any more.
 */
static inline void hub_kernel_release(struct hub_kernel *kernel, uint32_t spi_in)
{
    kernel->backend->release(kernel, spi_in);
}

/* The other half: the pair is this shard's now. Does nothing if it is. False: no memory. */
static inline bool hub_kernel_adopt(struct hub_kernel *kernel, uint32_t spi_in, uint32_t spi_out)
{
    return kernel->backend->adopt(kernel, spi_in, spi_out);
}

/* Pairs of SAs that were added or adopted, and neither deleted nor released. */
static inline size_t hub_kernel_pairs(const struct hub_kernel *kernel)
{
    return kernel->backend->pairs(kernel);
}

/* Leaves the SAs where they are. */
static inline void hub_kernel_close(struct hub_kernel *kernel)
{
    kernel->backend->close(kernel);
}

#endif
