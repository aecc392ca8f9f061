/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/sim/sim.h"

#include <stdlib.h>
#include <string.h>

#include "tests/sim/check.h"
#include "tests/sim/user.h"

enum {
    STEPS_MAX = 20 * 1000 * 1000,
    STEPS_AT_ONCE_MAX = 20 * 1000, /* more is a loop that the clock does not see */
    POISON = 0xdd,
};

static const x4s_ike_transform1 default_transform1 = {
    .cipher = x4c_cipher_aes,
    .key_bits = 128,
    .hash = x4c_hash_sha1,
    .group = x4c_group_ecp256,
    .auth = x4c_ike_auth_psk,
};

static const x4s_ike_transform2 default_transform2 = {
    .esp = x4c_ike_esp_aes_cbc,
    .key_bits = 128,
    .integ = x4c_ike_integ_hmac_sha256,
    .mode = x4c_ike_tunnel,
};

struct sim *sim_new(uint64_t seed)
{
    struct sim *sim = calloc(1, sizeof(*sim));
    sim_check(sim, "out of memory");
    sim->seed = seed;
    sim_random_seed(&sim->network.random, ~seed);
    sim->now = sim_random_below(&sim->network.random, UINT64_C(1) << 40);
    sim->network.delay_min_ms = 1;
    sim->network.delay_max_ms = 5;
    return sim;
}

struct sim_node *sim_add(struct sim *sim)
{
    sim_check(sim->node_count < SIM_NODES_MAX, "%u nodes", sim->node_count);
    struct sim_node *node = calloc(1, sizeof(*node));
    sim_check(node, "out of memory");
    unsigned index = sim->node_count++;
    sim->nodes[index] = node;
    node->sim = sim;
    node->tick_at = x4c_never;
    sim_random_seed(&node->random, sim->seed + ((uint64_t)index << 32));
    node->addr = (x4s_net_addr){
        .family = x4c_net_ipv4, .port = SIM_PORT, .ip = {192, 0, 2, (uint8_t)(index + 1)}};
    node->last_spi = (index + 1) << 24;
    node->last_cpi = (uint16_t)((index + 1) << 12);
    node->psk = "the same on both sides";

    node->calls1 = sim_calls1;
    node->calls2 = sim_calls2;
    node->calls1.resend = NULL; /* what a test sets when it wants to be asked */
    node->calls2.resend = NULL;

    node->transforms1[0] = default_transform1;
    memcpy(node->id, node->addr.ip, 4);
    node->config1 = (x4s_ike_config1){
        .id = {.type = x4c_ike_id_ipv4, .data = {.data = node->id, .len = 4}},
        .transforms = node->transforms1,
        .transform_count = 1,
    };
    node->transforms2[0] = default_transform2;
    node->config2 = (x4s_ike_config2){.transforms = node->transforms2, .transform_count = 1};
    return node;
}

struct sim_nat *sim_hide(struct sim_node *node, bool forwards)
{
    static const uint8_t inside[] = {10, 0, 0};
    static const uint8_t outside[] = {198, 51, 100};
    struct sim_nat *nat = calloc(1, sizeof(*nat));
    sim_check(nat, "out of memory");
    nat->inside = nat->outside = node->addr;
    memcpy(nat->inside.ip, inside, sizeof(inside));
    memcpy(nat->outside.ip, outside, sizeof(outside));
    nat->last_port = SIM_NAT_FIRST_PORT - 1;
    nat->forwards = forwards;
    node->addr = nat->inside;
    return node->nat = nat;
}

x4s_net_addr sim_reach(const struct sim_node *node, uint16_t port)
{
    x4s_net_addr addr = node->nat ? node->nat->outside : node->addr;
    addr.port = port;
    return addr;
}

bool sim_boot(struct sim_node *node)
{
    if (node->charon)
        return true;
    node->allocator = sim_ledger_allocator(&node->ledger);
    x4s_charon_config config = node->config;
    config.userdata = node;
    config.calls1 = &node->calls1;
    config.calls2 = &node->calls2;
    config.stats = &node->stats;
    config.clock = sim_clock;
    config.send = sim_send_unbound;
    config.random = sim_draw;
    config.cookie = sim_draw_cookie;
    config.trace = sim_trace;
    config.trace_level = x4c_trace_debug;
    config.allocator = &node->allocator;
    const char *error = NULL;
    node->depth++;
    node->charon = x4_charon_init(&config, &error);
    node->depth--;
    sim_check(node->charon || error, "no instance and no reason");
    sim_check(node->charon || node->ledger.failed, "no instance: %s", error);
    return node->charon != NULL;
}

/* What the user may free by contract is spoiled, so that a later look at it shows. */
static void spoil_configs(struct sim_node *node)
{
    for (struct sim_xchg *xchg = node->xchgs; xchg; xchg = xchg->next) {
        if (!xchg->calls[SIM_COMPLETED] && !xchg->calls[SIM_DISPOSED] && !xchg->resumed)
            continue;
        memset(&xchg->config1, POISON, sizeof(xchg->config1));
        memset(&xchg->config2, POISON, sizeof(xchg->config2));
        memset(xchg->transforms1, POISON, sizeof(xchg->transforms1));
        memset(xchg->transforms2, POISON, sizeof(xchg->transforms2));
    }
}

static void call_begins(struct sim_node *node)
{
    node->depth++;
}

/* After every call libike wants its tick. */
static void call_ends(struct sim_node *node)
{
    node->tick_at = node->sim->now;
    if (--node->depth == 0)
        spoil_configs(node);
}

static void tick(struct sim_node *node)
{
    call_begins(node);
    x4_msec wait = x4_charon_tick(node->charon);
    call_ends(node);
    node->tick_at = wait == x4c_never ? x4c_never : node->sim->now + wait;
}

/* libike gets bytes that end where they end and that are gone afterwards. */
static x4e_ike_reason receive(struct sim_node *node, uint16_t port, const x4s_net_addr *from,
                              const void *data, size_t len)
{
    if (!sim_boot(node))
        return x4c_ike_no_memory;
    uint8_t *copy = malloc(len ? len : 1);
    sim_check(copy, "out of memory");
    memcpy(copy, data, len);
    x4s_net_link link = sim_link(node, port, from);
    call_begins(node);
    x4e_ike_reason reason = x4_charon_recv(node->charon, &link, copy, len);
    sim_check(memcmp(copy, data, len) == 0, "the datagram was changed");
    free(copy);
    call_ends(node);
    sim_check(reason < x4c_ike_reason_count, "reason %d", reason);
    node->received++;
    node->refused[reason]++;
    if (reason != x4c_ike_none)
        node->last_refusal = reason;
    return reason;
}

static bool is_at(const struct sim_node *node, const x4s_net_addr *addr, uint16_t *port)
{
    x4s_net_addr to = *addr;
    if (node->nat && !sim_nat_in(node->nat, addr, &to))
        return false;
    *port = to.port;
    return x4_net_addr_same_ip(&node->addr, &to) &&
           (to.port == SIM_PORT || to.port == SIM_PORT_NATT);
}

struct sim_node *sim_find(const struct sim *sim, const x4s_net_addr *addr, uint16_t *port)
{
    for (unsigned i = 0; i < sim->node_count; i++) {
        if (is_at(sim->nodes[i], addr, port))
            return sim->nodes[i];
    }
    return NULL;
}

static void deliver(struct sim *sim, struct sim_datagram *datagram)
{
    uint16_t port;
    struct sim_node *node = sim_find(sim, &datagram->to, &port);
    if (node && !node->deaf)
        (void)receive(node, port, &datagram->from, datagram->data, datagram->len);
    free(datagram);
}

static struct sim_node *next_to_tick(const struct sim *sim)
{
    struct sim_node *first = sim->nodes[0];
    for (unsigned i = 1; i < sim->node_count; i++) {
        if (sim->nodes[i]->tick_at < first->tick_at)
            first = sim->nodes[i];
    }
    return first;
}

static void watch(struct sim *sim, x4_msec next)
{
    sim->steps_at_once = next > sim->now ? 0 : sim->steps_at_once + 1;
    sim_check(sim->steps_at_once < STEPS_AT_ONCE_MAX, "seed %lu: the clock stands",
              (unsigned long)sim->seed);
    sim_check(++sim->steps < STEPS_MAX, "seed %lu: no end", (unsigned long)sim->seed);
}

/* Datagrams go before ticks of the same time: so a batch comes about. */
static bool step(struct sim *sim, x4_msec until)
{
    struct sim_node *node = next_to_tick(sim);
    x4_msec next = x4m_min(sim_network_next(&sim->network), node->tick_at);
    if (next > until)
        return false;
    watch(sim, next);
    sim->now = x4m_max(sim->now, next);
    struct sim_datagram *datagram = sim_network_take(&sim->network, sim->now);
    if (datagram)
        deliver(sim, datagram);
    else
        tick(node);
    return true;
}

void sim_run(struct sim *sim, x4_msec ms)
{
    x4_msec until = sim->now + ms;
    while (step(sim, until)) {
    }
    sim->now = until;
}

void sim_settle(struct sim *sim)
{
    for (;;) {
        x4_msec arrival = sim_network_next(&sim->network);
        if (!step(sim, arrival == x4c_never ? sim->now : arrival))
            return;
    }
}

x4e_ike_reason sim_inject_at(struct sim_node *node, uint16_t port, const x4s_net_addr *from,
                             const void *data, size_t len)
{
    x4e_ike_reason reason = receive(node, port, from, data, len);
    if (node->charon)
        tick(node);
    return reason;
}

x4e_ike_reason sim_inject(struct sim_node *node, const x4s_net_addr *from, const void *data,
                          size_t len)
{
    return sim_inject_at(node, SIM_PORT, from, data, len);
}

static struct sim_xchg *start1(struct sim_xchg *xchg)
{
    struct sim_node *node = xchg->node;
    xchg->config1.userdata = xchg;
    call_begins(node);
    bval begun = x4_charon_init1(node->charon, &xchg->config1);
    call_ends(node);
    if (!begun) {
        sim_xchg_drop(xchg);
        return NULL;
    }
    sim_check(xchg->calls[SIM_INITIATED], "init1 succeeded without initiated");
    return xchg;
}

struct sim_xchg *sim_init1(struct sim_node *node, const struct sim_node *peer)
{
    return sim_init1_at(node, peer, SIM_PORT);
}

struct sim_xchg *sim_init1_at(struct sim_node *node, const struct sim_node *peer, uint16_t port)
{
    const x4s_net_addr to = sim_reach(peer, port);
    if (!sim_boot(node))
        return NULL;
    struct sim_xchg *xchg = sim_xchg_new(node, 1, x4c_ike_initiator);
    xchg->config1 = node->config1;
    xchg->config1.link = sim_link(node, port, &to);
    xchg->config1.transforms = xchg->transforms1;
    memcpy(xchg->transforms1, node->transforms1, sizeof(node->transforms1));
    return start1(xchg);
}

struct sim_xchg *sim_resume1(struct sim_node *node, const struct sim_xchg *original)
{
    if (!sim_boot(node))
        return NULL;
    struct sim_xchg *xchg = sim_xchg_new(node, 1, original->role);
    xchg->resumed = true;
    xchg->keys1 = original->keys1;
    xchg->completed_at = original->completed_at;
    xchg->keys1.age_sec = (uint32_t)((node->sim->now - original->completed_at + 999) / 1000);
    xchg->config1 = (x4s_ike_config1){.life_sec = node->config1.life_sec,
                                      .soft_sec = node->config1.soft_sec,
                                      .dpd_sec = node->config1.dpd_sec,
                                      .resume = &xchg->keys1};
    return start1(xchg);
}

static struct sim_xchg *start2(struct sim_xchg *xchg)
{
    struct sim_node *node = xchg->node;
    xchg->config2.userdata = xchg;
    call_begins(node);
    bval begun = x4_charon_init2(xchg->parent->handle1, &xchg->config2);
    call_ends(node);
    if (!begun) {
        sim_xchg_drop(xchg);
        return NULL;
    }
    sim_check(xchg->calls[SIM_INITIATED], "init2 succeeded without initiated");
    return xchg;
}

struct sim_xchg *sim_init2(struct sim_xchg *phase1)
{
    struct sim_xchg *xchg = sim_xchg_new(phase1->node, 2, x4c_ike_initiator);
    xchg->parent = phase1;
    xchg->config2 = phase1->node->config2;
    xchg->config2.transforms = xchg->transforms2;
    memcpy(xchg->transforms2, phase1->node->transforms2, sizeof(xchg->transforms2));
    return start2(xchg);
}

bool sim_configure(struct sim_xchg *phase1, x4e_ike_cfg type, const x4s_ike_cfg *attributes)
{
    const x4s_ike_mode_config mode_config = {type, *attributes};
    const x4s_ike_config2 config = {.mode_config = &mode_config};
    call_begins(phase1->node);
    bval begun = x4_charon_init2(phase1->handle1, &config);
    call_ends(phase1->node);
    return begun;
}

bool sim_ask(struct sim_xchg *phase1)
{
    const x4s_ike_config2 config = {.dpd = btrue};
    call_begins(phase1->node);
    bval begun = x4_charon_init2(phase1->handle1, &config);
    call_ends(phase1->node);
    return begun;
}

struct sim_xchg *sim_resume2(struct sim_xchg *phase1, const struct sim_xchg *original)
{
    struct sim_xchg *xchg = sim_xchg_new(phase1->node, 2, original->role);
    xchg->parent = phase1;
    xchg->resumed = true;
    xchg->keys2 = original->keys2;
    xchg->config2 = (x4s_ike_config2){.life_sec = phase1->node->config2.life_sec,
                                      .soft_sec = phase1->node->config2.soft_sec,
                                      .resume = &original->keys2};
    return start2(xchg);
}

void sim_term(struct sim_xchg *xchg, bval tell)
{
    struct sim_node *node = xchg->node;
    call_begins(node);
    if (xchg->phase == 1)
        x4_charon_term1(xchg->handle1, tell);
    else
        x4_charon_term2(xchg->handle2, tell);
    call_ends(node);
    sim_check(xchg->calls[SIM_DISPOSED] || xchg->being_introduced, "terminated, not disposed of");
}

bool sim_complete(const struct sim_xchg *xchg)
{
    return (xchg->calls[SIM_COMPLETED] || xchg->resumed) && !xchg->calls[SIM_DISPOSED];
}

bool sim_ended(const struct sim_xchg *xchg, x4e_ike_reason reason)
{
    return xchg->calls[SIM_DISPOSED] && xchg->reason == reason;
}

struct sim_xchg *sim_last(const struct sim_node *node, int phase)
{
    struct sim_xchg *last = NULL;
    for (struct sim_xchg *xchg = node->xchgs; xchg; xchg = xchg->next) {
        if (xchg->phase == phase)
            last = xchg;
    }
    return last;
}

unsigned sim_count(const struct sim_node *node, int phase)
{
    unsigned count = 0;
    for (struct sim_xchg *xchg = node->xchgs; xchg; xchg = xchg->next)
        count += xchg->phase == phase && sim_complete(xchg);
    return count;
}

void sim_swap_addresses(struct sim_node *a, struct sim_node *b)
{
    x4s_net_addr addr = a->addr;
    struct sim_nat *nat = a->nat;
    a->addr = b->addr;
    b->addr = addr;
    a->nat = b->nat;
    b->nat = nat;
}

static void check_nothing_left(const struct sim_node *node)
{
    for (const struct sim_xchg *xchg = node->xchgs; xchg; xchg = xchg->next) {
        sim_check(xchg->calls[SIM_INITIATED] + xchg->calls[SIM_RESPONDED] == 1,
                  "phase %d began more than once", xchg->phase);
        sim_check(xchg->calls[SIM_DISPOSED] == 1, "phase %d not disposed of", xchg->phase);
    }
    sim_check(node->ledger.blocks == 0, "%zu bytes in %zu blocks not returned", node->ledger.bytes,
              node->ledger.blocks);
    const x4s_ike_stats *stats = &node->stats;
    sim_check(stats->half_open == 0, "%lu", (unsigned long)stats->half_open);
    sim_check(stats->unproven == 0, "%lu", (unsigned long)stats->unproven);
    sim_check(stats->jobs_waiting == 0, "%lu", (unsigned long)stats->jobs_waiting);
    sim_check(stats->phase1 == 0, "%lu", (unsigned long)stats->phase1);
    sim_check(stats->phase2 == 0, "%lu", (unsigned long)stats->phase2);
}

void sim_shut_down(struct sim_node *node)
{
    if (!node->charon)
        return;
    call_begins(node);
    x4_charon_term(node->charon);
    call_ends(node);
    node->charon = NULL;
    node->tick_at = x4c_never;
    check_nothing_left(node);
}

static void free_xchgs(struct sim_node *node)
{
    while (node->xchgs) {
        struct sim_xchg *next = node->xchgs->next;
        free(node->xchgs);
        node->xchgs = next;
    }
}

void sim_free(struct sim *sim)
{
    sim->network.tap = NULL; /* the test that listened is over */
    for (unsigned i = 0; i < sim->node_count; i++)
        sim_shut_down(sim->nodes[i]);
    for (unsigned i = 0; i < sim->node_count; i++) {
        free_xchgs(sim->nodes[i]);
        free(sim->nodes[i]->nat);
        free(sim->nodes[i]);
    }
    sim_network_clear(&sim->network);
    free(sim);
}
