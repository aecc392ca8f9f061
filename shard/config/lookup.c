/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

#include "shard/config/face.h"
#include "shard/config/index.h"
#include "shard/config/sections.h"
#include "x4/ike/method.h"

#define PREFIX_MAX 128

/* Connections by blocks of remote addresses: a range is so many blocks as it takes. */
struct blocks {
    struct hub_chains chains;
    bool in_use[2][PREFIX_MAX + 1]; /* IPv4, IPv6: prefix lengths */
};

struct hub_config_index {
    struct blocks begun;            /* the first of each face that a peer may begin with */
    struct blocks by_pattern;       /* those whose remote identity is a pattern */
    struct hub_chains by_identity;  /* those whose remote identity is exact */
    struct hub_chains owners;       /* secrets by each exact owner */
    struct hub_chains sole_owners;  /* those that have one owner only */
    const struct hub_secret **open; /* secrets with a pattern for an owner, or without */
    size_t open_count;
    struct hub_chains users;
    struct hub_chains named; /* connections */
};

static bool is_exact(const struct hub_identity *identity)
{
    return identity->kind == HUB_IDENTITY_EXACT && !hub_identity_is_range(&identity->id);
}

/* ------------------------------------------------------------------ blocks of addresses */

static unsigned bits_of(uint8_t family)
{
    return (unsigned)x4_net_addr_size(family) * 8;
}

/* Leading bits that both ends of a range have: no block within it has a shorter prefix. */
static unsigned common_bits(const x4s_net_selector *range)
{
    const unsigned bits = bits_of(range->family);
    unsigned common = 0;
    while (common < bits && range->from[common / 8] == range->to[common / 8])
        common += 8;
    if (common >= bits)
        return bits;
    const unsigned differ = range->from[common / 8] ^ range->to[common / 8];
    return common + (unsigned)__builtin_clz(differ) - (unsigned)(sizeof(differ) - 1) * 8;
}

/* The prefix of the largest block around an address that lies within a range, or -1. */
static int block_prefix(const x4s_net_selector *range, const x4s_net_addr *addr)
{
    if (!x4_net_selector_has_addr(range, addr))
        return -1;
    const unsigned bits = bits_of(addr->family);
    for (unsigned prefix = common_bits(range); prefix < bits; prefix++) {
        x4s_net_selector block;
        if (x4_net_selector_from_prefix(addr, prefix, &block) &&
            memcmp(range->from, block.from, sizeof(block.from)) <= 0 &&
            memcmp(block.to, range->to, sizeof(block.to)) <= 0)
            return (int)prefix;
    }
    return (int)bits;
}

/* The prefix of the narrowest block of a list that an address lies in, 0 for %any, or -1. */
static int narrowest(const struct hub_addresses *addresses, const x4s_net_addr *addr)
{
    int best = addresses->any ? 0 : -1;
    for (size_t i = 0; i < addresses->range_count; i++)
        best = x4m_max(best, block_prefix(&addresses->ranges[i], addr));
    return best;
}

/* The address after the block around `addr`; false: there is none. */
static bool next_block(x4s_net_addr *addr, unsigned prefix)
{
    x4s_net_selector block;
    if (!x4_net_selector_from_prefix(addr, prefix, &block))
        return false;
    memcpy(addr->ip, block.to, sizeof(addr->ip));
    for (size_t i = x4_net_addr_size(addr->family); i-- > 0;) {
        if (++addr->ip[i])
            return true;
    }
    return false;
}

static bool add_block(struct hub_build *build, struct blocks *blocks, const x4s_net_addr *addr,
                      unsigned prefix, const struct hub_connection *connection)
{
    blocks->in_use[addr->family == x4c_net_ipv6][prefix] = true;
    return hub_chains_add(&blocks->chains, build->arena, hub_hash_prefix(addr, prefix), connection);
}

static bool add_range(struct hub_build *build, struct blocks *blocks, const x4s_net_selector *range,
                      const struct hub_connection *connection)
{
    x4s_net_addr addr = {.family = range->family};
    memcpy(addr.ip, range->from, sizeof(addr.ip));
    int prefix;
    do {
        prefix = block_prefix(range, &addr);
        if (prefix >= 0 && !add_block(build, blocks, &addr, (unsigned)prefix, connection))
            return false;
    } while (prefix >= 0 && next_block(&addr, (unsigned)prefix));
    return true;
}

static bool add_to_blocks(struct hub_build *build, struct blocks *blocks,
                          const struct hub_connection *connection)
{
    static const x4s_net_addr anywhere[] = {{.family = x4c_net_ipv4}, {.family = x4c_net_ipv6}};
    const struct hub_addresses *addresses = &connection->remote_addrs;

    for (size_t i = 0; addresses->any && i < x4m_countof(anywhere); i++) {
        if (!add_block(build, blocks, &anywhere[i], 0, connection))
            return false;
    }
    for (size_t i = 0; i < addresses->range_count; i++) {
        if (!add_range(build, blocks, &addresses->ranges[i], connection))
            return false;
    }
    return true;
}

/* ------------------------------------------------------------------ building */

/* Only those that a peer may begin with. */
static bool find_faces(struct hub_build *build, struct hub_chains *faces)
{
    const struct hub_config *config = build->config;
    for (size_t i = 0; i < config->connection_count; i++) {
        const struct hub_connection *connection = &config->connections[i];
        if (!connection->user &&
            !hub_chains_add(faces, build->arena, hub_face_hash(connection), connection))
            return false;
    }
    return hub_chains_close(faces, build->arena);
}

static const struct hub_connection *first_with_face(const struct hub_chains *faces,
                                                    const struct hub_connection *connection)
{
    const struct hub_chain *link = hub_chains_first(faces, hub_face_hash(connection));
    while (!hub_face_same(link->item, connection))
        link = hub_chain_next(link);
    return link->item;
}

static bool add_begun(struct hub_build *build, struct hub_config_index *index)
{
    const struct hub_config *config = build->config;
    struct hub_chains faces = {0};
    bool good = find_faces(build, &faces);
    for (size_t i = 0; good && i < config->connection_count; i++) {
        const struct hub_connection *connection = &config->connections[i];
        if (!connection->user && first_with_face(&faces, connection) == connection)
            good = add_to_blocks(build, &index->begun, connection);
    }
    return good;
}

static bool add_connection(struct hub_build *build, struct hub_config_index *index,
                           const struct hub_connection *connection)
{
    if (!is_exact(&connection->remote_id))
        return add_to_blocks(build, &index->by_pattern, connection);
    return hub_chains_add(&index->by_identity, build->arena,
                          hub_hash_identity(&connection->remote_id.id), connection);
}

static bool add_secret(struct hub_build *build, struct hub_config_index *index,
                       const struct hub_secret *secret)
{
    bool open = !secret->owner_count;
    for (size_t i = 0; i < secret->owner_count; i++) {
        const struct hub_identity *owner = &secret->owners[i];
        if (!is_exact(owner)) {
            open = true;
            continue;
        }
        const uint64_t hash = hub_hash_identity(&owner->id);
        if (!hub_chains_add(&index->owners, build->arena, hash, secret))
            return false;
        if (secret->owner_count == 1 &&
            !hub_chains_add(&index->sole_owners, build->arena, hash, secret))
            return false;
    }
    if (open)
        index->open[index->open_count++] = secret;
    return true;
}

static uint64_t hash_name(x4s_chunk name)
{
    const x4s_ike_id id = {x4c_ike_id_key_id, name};
    return hub_hash_identity(&id);
}

const struct hub_user *hub_config_user(const struct hub_config *config, x4s_chunk name)
{
    const struct hub_chain *link = hub_chains_first(&config->index->users, hash_name(name));
    for (; link; link = hub_chain_next(link)) {
        const struct hub_user *user = link->item;
        if (user->name.len == name.len && !memcmp(user->name.data, name.data, name.len))
            return user;
    }
    return NULL;
}

static x4s_chunk text(const char *text)
{
    return (x4s_chunk){(const uint8_t *)text, strlen(text)};
}

const struct hub_connection *hub_config_connection(const struct hub_config *config, x4s_chunk name)
{
    const struct hub_chain *link = hub_chains_first(&config->index->named, hash_name(name));
    for (; link; link = hub_chain_next(link)) {
        const struct hub_connection *connection = link->item;
        if (hub_name_is(connection->name, name))
            return connection;
    }
    return NULL;
}

const struct hub_config_index *hub_config_index_new(struct hub_build *build)
{
    const struct hub_config *config = build->config;
    struct hub_arena *arena = build->arena;
    struct hub_config_index *index = hub_arena_alloc(arena, sizeof(*index));
    if (!index)
        return NULL;
    index->open = hub_arena_array(arena, config->secret_count, sizeof(const struct hub_secret *));
    bool good = index->open && add_begun(build, index);

    for (size_t i = 0; good && i < config->connection_count; i++)
        good = add_connection(build, index, &config->connections[i]) &&
               hub_chains_add(&index->named, arena, hash_name(text(config->connections[i].name)),
                              &config->connections[i]);
    for (size_t i = 0; good && i < config->secret_count; i++)
        good = add_secret(build, index, &config->secrets[i]);
    for (size_t i = 0; good && i < config->user_count; i++)
        good = hub_chains_add(&index->users, arena, hash_name(config->users[i].name),
                              &config->users[i]);
    good = good && hub_chains_close(&index->users, arena) &&
           hub_chains_close(&index->named, arena) &&
           hub_chains_close(&index->begun.chains, arena) &&
           hub_chains_close(&index->by_pattern.chains, arena) &&
           hub_chains_close(&index->by_identity, arena) &&
           hub_chains_close(&index->owners, arena) && hub_chains_close(&index->sole_owners, arena);
    return good ? index : NULL;
}

/* ------------------------------------------------------------------ connections */

const struct hub_connection *hub_connection_of(const x4s_ike_config1 *phase1)
{
    return x4m_container_const(phase1, struct hub_connection, phase1);
}

const struct hub_child *hub_child_of(const x4s_ike_config2 *phase2)
{
    return x4m_container_const(phase2, struct hub_child, phase2);
}

static bool holds(const struct hub_addresses *addresses, const x4s_net_addr *addr)
{
    for (size_t i = 0; i < addresses->range_count; i++)
        if (x4_net_selector_has_addr(&addresses->ranges[i], addr))
            return true;
    return addresses->any;
}

static bool admits(const struct hub_connection *connection, const x4s_net_addr *local,
                   const x4s_net_addr *remote)
{
    return holds(&connection->local_addrs, local) && holds(&connection->remote_addrs, remote);
}

/* Told of every connection that was found; true ends the search. */
typedef bool (*visit)(const struct hub_connection *connection, void *context);

/* All whose blocks hold an address, the narrowest block first. */
static void search_blocks(const struct blocks *blocks, const x4s_net_addr *addr, visit found,
                          void *context)
{
    const bool *in_use = blocks->in_use[addr->family == x4c_net_ipv6];
    for (unsigned left = bits_of(addr->family) + 1; left > 0; left--) {
        const unsigned prefix = left - 1;
        if (!in_use[prefix])
            continue;
        const struct hub_chain *link =
            hub_chains_first(&blocks->chains, hub_hash_prefix(addr, prefix));
        for (; link; link = hub_chain_next(link)) {
            if (found(link->item, context))
                return;
        }
    }
}

struct responder {
    const x4s_ike_offer1 *offer;
    const struct hub_connection *nearest; /* the first for the addresses */
    const struct hub_connection *found;   /* the first that takes the offer, too */
};

static bool take_first(const struct hub_connection *connection, void *context)
{
    struct responder *responder = context;
    const x4s_ike_offer1 *offer = responder->offer;
    if (!admits(connection, &offer->link->local, &offer->link->remote))
        return false;
    if (!responder->nearest)
        responder->nearest = connection;
    if (hub_face_takes(connection, offer->transforms, offer->transform_count))
        responder->found = connection;
    return responder->found != NULL;
}

const struct hub_connection *hub_config_responder(const struct hub_config *config,
                                                  const x4s_ike_offer1 *offer)
{
    struct responder responder = {.offer = offer};
    search_blocks(&config->index->begun, &offer->link->remote, take_first, &responder);
    return responder.found ? responder.found : responder.nearest;
}

/* ------------------------------------------------------------------ after authentication */

struct refinement {
    const struct hub_connection *begun; /* NULL: the search is for aggressive mode */
    const x4s_ike_offer1 *offer;        /* in that case */
    const struct hub_config *config;
    const x4s_ike_id *remote_id;
    const x4s_net_addr *local;
    const x4s_net_addr *remote;
    const x4s_ike_transform1 *suite;
    const struct hub_connection *best;
    enum hub_identity_match best_match;
    int best_prefix;
};

static bool is_better(const struct refinement *r, const struct hub_connection *connection,
                      enum hub_identity_match match, int prefix)
{
    if (!r->best || match != r->best_match)
        return !r->best || match > r->best_match;
    if (prefix != r->best_prefix)
        return prefix > r->best_prefix;
    if (connection == r->begun || r->best == r->begun)
        return connection == r->begun;
    return connection->index < r->best->index;
}

/* What was begun with the one connection can go on with the other. */
static bool goes_on(const struct hub_connection *connection, const struct refinement *r)
{
    return hub_identity_same(&connection->phase1.id, &r->begun->phase1.id) &&
           hub_face_takes(connection, r->suite, 1);
}

static bool begins_aggressively(const struct hub_connection *connection, const struct refinement *r)
{
    return connection->phase1.aggressive &&
           hub_face_takes(connection, r->offer->transforms, r->offer->transform_count) &&
           (connection->auth || hub_config_secret(r->config, &connection->phase1.id, r->remote_id,
                                                  r->local, r->remote));
}

static bool weigh(const struct hub_connection *connection, void *context)
{
    struct refinement *r = context;
    const enum hub_identity_match match = hub_identity_match(&connection->remote_id, r->remote_id);
    const int prefix = narrowest(&connection->remote_addrs, r->remote);

    if (match == HUB_MATCH_NONE || connection->user || !admits(connection, r->local, r->remote) ||
        !(r->begun ? goes_on(connection, r) : begins_aggressively(connection, r)))
        return false;
    if (is_better(r, connection, match, prefix)) {
        r->best = connection;
        r->best_match = match;
        r->best_prefix = prefix;
    }
    return false;
}

/* The best of those that are for this identity alone, and of those with a pattern. */
static const struct hub_connection *refine(struct refinement *r)
{
    const struct hub_config_index *index = r->config->index;
    const struct hub_chain *link =
        hub_chains_first(&index->by_identity, hub_hash_identity(r->remote_id));
    for (; link; link = hub_chain_next(link))
        weigh(link->item, r);
    search_blocks(&index->by_pattern, r->remote, weigh, r);
    return r->best;
}

const struct hub_connection *
hub_config_refine(const struct hub_config *config, const struct hub_connection *begun,
                  const x4s_ike_id *remote_id, const x4s_net_addr *local,
                  const x4s_net_addr *remote, const x4s_ike_transform1 *suite,
                  const struct hub_secret *secret)
{
    struct refinement r = {
        .begun = begun,
        .config = config,
        .remote_id = remote_id,
        .local = local,
        .remote = remote,
        .suite = suite,
    };
    const x4s_ike_method *method = x4_method(suite->auth);
    if (method && method->by_psk &&
        hub_config_secret(config, &begun->phase1.id, remote_id, local, remote) != secret)
        return NULL;
    return refine(&r);
}

const struct hub_connection *hub_config_claimed(const struct hub_config *config,
                                                const x4s_ike_offer1 *offer)
{
    struct refinement r = {
        .offer = offer,
        .config = config,
        .remote_id = offer->id,
        .local = &offer->link->local,
        .remote = &offer->link->remote,
    };
    return refine(&r);
}

/* ------------------------------------------------------------------ secrets */

/* How well a secret fits one end, from worst to best. */
enum fit {
    FIT_NONE,
    FIT_ANY,
    FIT_ADDRESS,
    FIT_PATTERN,
    FIT_EXACT,
};

struct ends {
    const x4s_ike_id *local_id; /* NULL: not known, as remote_id */
    const x4s_ike_id *remote_id;
    x4s_ike_id local_addr;
    x4s_ike_id remote_addr;
    const struct hub_secret *best;
    enum fit best_remote;
    enum fit best_local;
};

static enum fit fit_of(const struct hub_identity *owner, const x4s_ike_id *id,
                       const x4s_ike_id *addr)
{
    static const enum fit by_match[] = {
        [HUB_MATCH_NONE] = FIT_NONE,      [HUB_MATCH_ANY] = FIT_ANY,
        [HUB_MATCH_SUFFIX] = FIT_PATTERN, [HUB_MATCH_RANGE] = FIT_PATTERN,
        [HUB_MATCH_EXACT] = FIT_EXACT,
    };
    const enum fit fit = id ? by_match[hub_identity_match(owner, id)] : FIT_NONE;
    const enum fit as_addr = by_match[hub_identity_match(owner, addr)];
    return x4m_max(fit, x4m_min(as_addr, FIT_ADDRESS));
}

static void weigh_secret(struct ends *ends, const struct hub_secret *secret)
{
    enum fit remote = secret->owner_count ? FIT_NONE : FIT_ANY;
    enum fit local = remote;
    for (size_t i = 0; i < secret->owner_count; i++) {
        const struct hub_identity *owner = &secret->owners[i];
        remote = x4m_max(remote, fit_of(owner, ends->remote_id, &ends->remote_addr));
        local = x4m_max(local, fit_of(owner, ends->local_id, &ends->local_addr));
    }
    if (remote == FIT_NONE && local != FIT_NONE && secret->owner_count == 1)
        remote = FIT_ANY;
    if (remote == FIT_NONE)
        return;

    const bool better =
        remote > ends->best_remote || (remote == ends->best_remote && local > ends->best_local);
    const bool earlier =
        remote == ends->best_remote && local == ends->best_local && secret < ends->best;
    if (better || earlier) {
        ends->best = secret;
        ends->best_remote = remote;
        ends->best_local = local;
    }
}

static void weigh_chain(struct ends *ends, const struct hub_chains *chains, const x4s_ike_id *id)
{
    const struct hub_chain *link = id ? hub_chains_first(chains, hub_hash_identity(id)) : NULL;
    for (; link; link = hub_chain_next(link))
        weigh_secret(ends, link->item);
}

const struct hub_secret *hub_config_secret(const struct hub_config *config,
                                           const x4s_ike_id *local_id, const x4s_ike_id *remote_id,
                                           const x4s_net_addr *local, const x4s_net_addr *remote)
{
    const struct hub_config_index *index = config->index;
    struct ends ends = {.local_id = local_id, .remote_id = remote_id};
    if (!hub_identity_of_addr(local, &ends.local_addr) ||
        !hub_identity_of_addr(remote, &ends.remote_addr))
        return NULL;

    weigh_chain(&ends, &index->owners, remote_id);
    weigh_chain(&ends, &index->owners, &ends.remote_addr);
    weigh_chain(&ends, &index->sole_owners, local_id);
    weigh_chain(&ends, &index->sole_owners, &ends.local_addr);
    for (size_t i = 0; i < index->open_count; i++)
        weigh_secret(&ends, index->open[i]);
    return ends.best;
}

const struct hub_secret *hub_connection_secret(const struct hub_config *config,
                                               const struct hub_connection *connection,
                                               const x4s_net_addr *local,
                                               const x4s_net_addr *remote)
{
    const struct hub_identity *id = &connection->remote_id;
    return hub_config_secret(config, &connection->phase1.id, is_exact(id) ? &id->id : NULL, local,
                             remote);
}

/* ------------------------------------------------------------------ children */

static void concrete(const struct hub_traffic *traffic, const x4s_net_addr *addr,
                     x4s_net_selector *out)
{
    *out = traffic->selector;
    if (!traffic->dynamic)
        return;
    x4_net_selector_from_addr(addr, out);
    out->protocol = traffic->selector.protocol;
    out->port = traffic->selector.port;
}

void hub_child_selectors(const struct hub_child *child, const x4s_net_addr *local,
                         const x4s_net_addr *remote, x4s_net_selector *local_ts,
                         x4s_net_selector *remote_ts)
{
    concrete(&child->local, local, local_ts);
    concrete(&child->remote, remote, remote_ts);
}

static bool has_group(const struct hub_child *child, uint8_t group)
{
    for (size_t i = 0; i < child->phase2.transform_count; i++) {
        if (child->phase2.transforms[i].group == group)
            return true;
    }
    return false;
}

/* 0: the offer is not for this child; the more, the better. */
static unsigned suits(const struct hub_child *child, const x4s_net_addr *local,
                      const x4s_net_addr *remote, const x4s_ike_offer2 *offer)
{
    x4s_net_selector local_ts;
    x4s_net_selector remote_ts;
    hub_child_selectors(child, local, remote, &local_ts, &remote_ts);
    if (offer->local.family != offer->remote.family)
        return 0; /* no packet is from one kind of address to the other */
    if (!x4_net_selector_contains(&local_ts, &offer->local) ||
        !x4_net_selector_contains(&remote_ts, &offer->remote))
        return 0;
    const bool equal = x4_net_selector_equal(&local_ts, &offer->local) &&
                       x4_net_selector_equal(&remote_ts, &offer->remote);
    return 1u + (equal ? 1u : 0u) + (has_group(child, offer->group) ? 2u : 0u);
}

const struct hub_child *hub_config_child(const struct hub_connection *connection,
                                         const x4s_net_addr *local, const x4s_net_addr *remote,
                                         const x4s_ike_offer2 *offer)
{
    const struct hub_child *best = NULL;
    unsigned best_suits = 0;
    for (size_t i = 0; i < connection->child_count; i++) {
        const unsigned suited = suits(&connection->children[i], local, remote, offer);
        if (suited > best_suits) {
            best = &connection->children[i];
            best_suits = suited;
        }
    }
    return best;
}
