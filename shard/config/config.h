/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_CONFIG_CONFIG_H
#define SHARD_CONFIG_CONFIG_H

/*
 * The configuration: an immutable snapshot of what ikehub.conf says (docs/man/ikehub.conf.5), in
 * the form in which libike takes it.
 *
 * hub_config_load() gives a snapshot whole or not at all. All of it is one allocation arena: every
 * pointer in it is valid until hub_config_free(), and nothing in it ever changes, so any number of
 * threads may read it. Who still uses it, is the caller's to count. It holds secrets, and wipes
 * them when it is freed.
 *
 * The lookups neither allocate nor change anything. Those that a stranger can cause cost O(1) in
 * the number of connections and secrets that are told apart by addresses or exact identities; what
 * has an identity pattern is walked. For who begins main mode connections are walked that are for
 * the same addresses and differ in transforms or in our identity (face.h): a handful.
 *
 * A responder's way through it:
 *
 *     ph1_policy      hub_config_responder(offer)      -> connection->phase1; in aggressive mode
 *                     hub_config_claimed(offer)
 *     ph1_get_psk     hub_connection_secret(link)      -> secret->key
 *     authenticated   hub_config_refine(peer's ID)     -> the connection that this peer is of
 *     ph2_policy      hub_config_child(offer)          -> child->phase2
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "shard/identity.h"
#include "shard/kernel/options.h"
#include "shard/log.h"
#include "store/redis.h"
#include "x4/ike/charon.h"

/* ------------------------------------------------------------------ what a configuration holds */

enum hub_backend {
    HUB_BACKEND_AUTO, /* io_uring, or epoll where the kernel refuses it */
    HUB_BACKEND_URING,
    HUB_BACKEND_EPOLL,
};

/* What Diffie-Hellman of the MODP groups is done with. */
enum hub_crypto {
    HUB_CRYPTO_AUTO, /* the processor's vector unit (x4/crypto/modp.h), or OpenSSL without it */
    HUB_CRYPTO_OPENSSL,
};

/* ikehub.kernel: what becomes of IPsec SAs. */
enum hub_kernel_choice {
    HUB_KERNEL_CHOICE_AUTO, /* the kernel's, or recorded only where it has no ESP */
    HUB_KERNEL_CHOICE_XFRM,
    HUB_KERNEL_CHOICE_NULL,
};

/* connections.NAME.unique: what becomes of older ISAKMP SAs with the same remote identity. */
enum hub_unique {
    HUB_UNIQUE_NO,      /* replaced if the peer sends INITIAL-CONTACT; we send none */
    HUB_UNIQUE_NEVER,   /* kept, whatever the peer sends; we send none */
    HUB_UNIQUE_KEEP,    /* the new one is refused; we send INITIAL-CONTACT */
    HUB_UNIQUE_REPLACE, /* replaced; we send INITIAL-CONTACT */
};

/*
 * One side of the traffic that a child is for. `selector` has protocol and port in any case; where
 * `dynamic` is set the address is that side's end of the ISAKMP SA, and the rest is zero.
 */
struct hub_traffic {
    bool dynamic;
    x4s_net_selector selector;
};

/*
 * connections.NAME.local_addrs or remote_addrs. `any`: every address is in it. `ranges` are the
 * addresses, subnets and ranges as written, none if only %any was. `first` is the first single
 * address, for initiating; its family is x4c_net_none if there is none. Port 0.
 */
struct hub_addresses {
    bool any;
    x4s_net_addr first;
    const x4s_net_selector *ranges;
    size_t range_count;
};

/* connections.NAME.remote.revocation: what a peer's certificate needs. */
enum hub_revocation {
    HUB_REVOCATION_RELAXED, /* that nothing at hand says it was revoked */
    HUB_REVOCATION_IFURI,   /* a fresh list or response, too, if it says where such is to be had */
    HUB_REVOCATION_STRICT,  /* a fresh list or response in any case */
};

/*
 * Authentication by certificates: ours, and whose are believed. Two connections that name no
 * authorities of their own have the same `cas`.
 */
struct hub_auth {
    x4s_ike_certs certs; /* our own first */
    x4s_ike_prikey prikey;
    bool cert_always;     /* send_cert = always: also to who did not ask */
    bool cert_never;      /* send_cert = never: peers have it */
    const x4s_chunk *cas; /* in DER: who has to stand above the peer's certificate */
    const x4s_chunk *ca_names;
    size_t ca_count;
    const x4s_chunk *pinned; /* remote.certs: the peer's has to be one of these; none: any */
    size_t pinned_count;
    enum hub_revocation revocation;

    /* remote.pubkeys: the peer's key in DER, in place of certificates; empty: there is none. */
    x4s_chunk pubkey;
};

/* secrets.xauthNAME or secrets.eapNAME: who extended authentication lets in. */
struct hub_user {
    x4s_chunk name;
    x4s_chunk password;
};

/* pools.NAME.static.NAME: an identity that always has the same address. */
struct hub_static_lease {
    x4s_chunk owner;
    x4s_net_addr addr;
};

/* pools.NAME: addresses for clients, and what else they are told. */
struct hub_pool {
    const char *name;
    const struct hub_config *config;
    size_t index; /* in hub_config.pools */
    x4s_net_selector range;
    uint32_t first;         /* addresses at the beginning of the range that are not given out */
    uint32_t size;          /* those that are */
    x4s_ike_cfg attributes; /* for whoever asks for their types */
    const struct hub_static_lease *statics; /* by owner; their addresses are not in the range */
    size_t static_count;
};

struct hub_connection;

/* connections.NAME.children.NAME */
struct hub_child {
    const char *name;
    const struct hub_connection *connection;
    struct hub_traffic local;
    struct hub_traffic remote;
    bool start;   /* start_action = start: initiate it as soon as the daemon runs */
    bool trap;    /* start_action = trap: as soon as a packet asks for it */
    bool restart; /* dpd_action = restart: initiate it again when the peer was dead */

    /*
     * Ready for ph2_policy as it is: all transforms, the hard lifetime, soft_sec = rekey_time.
     *
     * As initiator copy it, set userdata, transform_count = offer_count, selectors, local and
     * remote (hub_child_selectors), and take random numbers off: of soft_sec up to rand_sec, of
     * soft_kb up to rand_kb.
     */
    x4s_ike_config2 phase2;

    /*
     * An offer has one PFS group (RFC 2409 5.5). The transforms with the group of the first one
     * come first in phase2.transforms; so many they are.
     */
    size_t offer_count;
    uint32_t rand_sec; /* below soft_sec, or 0 */
    uint32_t rand_kb;  /* the same for soft_kb */
    struct hub_kernel_options kernel;
};

/* Kinds of addresses inside, of which a client may have one each. */
enum hub_inside {
    HUB_INSIDE_IP4,
    HUB_INSIDE_IP6,
    HUB_INSIDES,
};

static inline uint8_t hub_inside_family(enum hub_inside inside)
{
    return inside == HUB_INSIDE_IP4 ? x4c_net_ipv4 : x4c_net_ipv6;
}

static inline enum hub_inside hub_inside_of(uint8_t family)
{
    return family == x4c_net_ipv6 ? HUB_INSIDE_IP6 : HUB_INSIDE_IP4;
}

/* connections.NAME */
struct hub_connection {
    const char *name;
    const struct hub_config *config;
    size_t index; /* in hub_config.connections */
    struct hub_addresses local_addrs;
    struct hub_addresses remote_addrs;
    uint16_t remote_port; /* where we initiate to; a responder does not look at it */
    struct hub_identity remote_id;
    const struct hub_auth *auth; /* NULL: preshared keys */
    const struct hub_user *user; /* of ours, whom the peer asks for: only we can begin */
    bool asks_user;              /* we ask for the peer's: only the peer can begin */
    bool radius;                 /* and RADIUS servers know whether the password is right */
    const struct hub_pool *pools[HUB_INSIDES]; /* NULL: no such addresses for clients */
    x4s_net_addr vips[HUB_INSIDES]; /* we ask for, when we begin; zero: any; no family: none */
    bool framed;                    /* pools = radius: the address is what the server says */
    const char *const *groups;      /* remote.groups: one has to be among the server's classes */
    size_t group_count;             /* 0: any is let in */
    bool push;                      /* pull = no: clients are told of theirs unasked */
    enum hub_unique unique;
    bool acked; /* durability = acked: peers believe in what the store has */

    /* After a failure initiate again so many times in all; 0: for ever. Only with `start`. */
    uint32_t keyingtries;

    /*
     * Ready for ph1_policy as it is: id, transforms with the lifetime that we offer, the hard
     * lifetime, soft_sec = the earlier of rekey_time and reauth_time. In ph1_responded
     * hub_connection_of() gives the connection back.
     *
     * As initiator copy it, set userdata, link and initial_contact, and take a random number up to
     * rand_sec off soft_sec, so that not all tunnels are made again at once and the initiator is
     * the one who does it.
     */
    x4s_ike_config1 phase1;
    uint32_t rand_sec; /* below soft_sec, or 0 */

    /*
     * Aggressive mode cannot negotiate the group, so there the transforms with the group of the
     * first one come first in phase1.transforms, and so many they are; else all. As initiator offer
     * no more.
     */
    size_t offer_count;

    const struct hub_child *children;
    size_t child_count; /* 0: phase 1 only */
};

/* secrets.ikeNAME */
struct hub_secret {
    const char *name;
    x4s_chunk key; /* 1 byte or more */

    /* Whose it is; none: everybody's. */
    const struct hub_identity *owners;
    size_t owner_count;
};

#define HUB_SHARDS_MAX 64

/* The section ikehub.store: where SAs outlive the process. */
#define HUB_STORE_DIRECTORY "/var/lib/ikehub"

enum hub_store_backend {
    HUB_STORE_EMBEDDED,
    HUB_STORE_REDIS,
};

/*
 * An estate: the SAs that are negotiated at some addresses. It has one owner at a time, and a node
 * may own several.
 */
#define HUB_ESTATES_MAX          16
#define HUB_ESTATE_ADDRESSES_MAX 16

struct hub_estate {
    char name[STORE_ESTATE_MAX + 1];
    x4s_net_addr addresses[HUB_ESTATE_ADDRESSES_MAX];
    size_t address_count;
};

struct hub_store {
    enum hub_store_backend backend;
    const char *estate; /* this node's own; the node's name unless several nodes share it */

    /*
     * Of several nodes that all serve: the estates of all of them, the same list on each. What
     * comes to an address of none of them is of this node's own. 0: there is the one.
     */
    const struct hub_estate *estates;
    size_t estate_count;
    size_t home;        /* which of them is this node's own */
    bool takeover;      /* of others whose lease has run out */
    bool isolated_stop; /* estates are not served while the store is away for longer than a lease */
    struct redis_options redis; /* with HUB_STORE_REDIS */
    bool used;                  /* the section is there */
    const char *directory;      /* of the embedded store */
    const char *key_file;
    const char *node;        /* this daemon's name in the store */
    size_t queue;            /* records of a shard that may wait; 0: the store's default */
    uint32_t ack_timeout_ms; /* a message that waits for the store is given up after so long */
    bool farewell;           /* peers are told when the daemon stops */
};

/* The section ikehub.radius: who knows passwords, and is told of sessions. */
#define HUB_RADIUS_SERVERS_MAX 16

struct hub_radius_server {
    const char *name;
    x4s_net_addr address; /* port 0 */
    uint16_t auth_port;
    uint16_t acct_port;
    x4s_chunk secret;
    uint32_t preference;
};

struct hub_radius {
    const struct hub_radius_server *servers; /* in the order in which they are asked */
    size_t server_count;                     /* 0: there is no such section */
    const char *nas_identifier;
    bool accounting;
    bool station_port;     /* addresses are told with ports */
    uint32_t interval_sec; /* of interim updates, unless the server says otherwise; 0: none */
    uint32_t timeout_ms;   /* until a request is sent again */
    uint32_t tries;        /* how often it is */
    uint32_t base_pct;     /* by which the time grows */

    /* Requests of servers' (RFC 5176). */
    x4s_net_addr dae_listen; /* no family: none are taken */
    uint16_t dae_port;
    x4s_chunk dae_secret;
};

/* The section ikehub.metrics: what is told over HTTP. */
struct hub_metrics {
    x4s_net_addr listen; /* with its port, 0 for any that is free; no family: nothing is told */
    bool page;           /* the status page is served as well */
    uint32_t sas;        /* of so many SAs there are series of their own; 0: of none */
};

#define HUB_METRICS_PORT    9640
#define HUB_METRICS_SAS_MAX 10000

/* What each of the daemon's processes may do. */
enum hub_privileges {
    HUB_PRIVILEGES_SEPARATE, /* shard/privilege/supervisor.h */
    HUB_PRIVILEGES_NONE,     /* there is one process, which may what it was started with */
};

/* The section ikehub: what the daemon itself does. */
struct hub_daemon {
    const char *config;         /* the path of the configuration that says this */
    const x4s_net_addr *listen; /* unspecified addresses for all of a family; port 0 */
    size_t listen_count;        /* 1 or more */
    uint16_t port;              /* 500 */
    uint16_t port_nat_t;        /* 4500; differs from port; 0: no socket for NAT traversal */
    uint32_t keep_alive_sec;    /* between NAT keepalives; 0: none */
    enum hub_backend backend;
    enum hub_crypto crypto;
    enum hub_kernel_choice kernel;
    uint32_t shards;           /* 0: one for each core that the process may use */
    x4e_trace_level log_level; /* error, notice, info or debug; info */
    enum hub_log_format log_format;
    const char *socket;       /* of control.h; NULL: none */
    bool socket_default;      /* nobody chose it: the daemon runs without it if need be */
    uint16_t socket_mode;     /* its permissions, 0660 */
    const char *socket_group; /* NULL: as it comes */
    enum hub_privileges privileges;
    const char *user;      /* whom processes become that were started as root; NULL: nobody else */
    bool log_keys;         /* log keying material, for decrypting captures; false */
    x4s_ike_timing timing; /* ready for x4_charon_init */
    uint32_t keys_ahead;   /* key pairs, of each group and in each shard */
    x4s_ike_limits limits; /* of the whole daemon, shard/limits.h */
    struct hub_store store;
    struct hub_radius radius;
    struct hub_metrics metrics;
};

/* The control socket, unless another is chosen. */
#define HUB_SOCKET     "/run/ikehub/ikehub.vici"
#define HUB_SOCKET_MAX 107 /* bytes of its path */

/* authorities.NAME */
struct hub_authority_name {
    const char *name;
    x4s_chunk der; /* its certificate */
};

struct hub_config_index;
struct hub_passphrase;
struct hub_source;

/*
 * Snapshots that exist at a time. Each has a slot of its own, by which shards count who uses it
 * (shard/snapshot.h).
 */
#define HUB_SNAPSHOTS_MAX 256

/*
 * What successive snapshots call by one name has one number in all of them
 * (shard/config/numbers.h). A snapshot that is alone has its connections and pools numbered in
 * their order.
 */
struct hub_config_numbers {
    uint32_t *of_index; /* the number of each of the section */
    uint32_t *index_of; /* and back, below `limit`: HUB_NO_INDEX where there is none */
    uint32_t limit;
};

#define HUB_NO_INDEX UINT32_MAX

struct hub_config {
    const char *path;
    struct hub_source *source; /* the file's tree, for other snapshots; NULL: another's tree */
    uint32_t slot;             /* below HUB_SNAPSHOTS_MAX; 0 of one that is alone */
    struct hub_config_numbers connection_numbers;
    struct hub_config_numbers pool_numbers;
    struct hub_daemon daemon;
    const struct hub_connection *connections; /* in the order of the file */
    size_t connection_count;
    const struct hub_secret *secrets;
    size_t secret_count;
    const struct hub_user *users;
    size_t user_count;
    const struct hub_pool *pools;
    size_t pool_count;
    const struct hub_authority_name *authorities;
    size_t authority_count;
    bool keys_elsewhere;                      /* another process was asked for private keys */
    const struct hub_passphrase *passphrases; /* for that: of encrypted ones */
    const x4s_chunk *crls;                    /* in DER, of the folder x509crl */
    size_t crl_count;
    const x4s_chunk *ocsps; /* OCSP responses in DER, of the folder x509ocsp */
    size_t ocsp_count;
    const struct hub_config_index *index; /* for the lookups */
};

/* ------------------------------------------------------------------ loading */

enum hub_severity {
    HUB_ERROR,   /* there will be no snapshot */
    HUB_WARNING, /* it is used as it is, but the operator should know */
};

/*
 * Called for every finding, in the order in which they were found; all errors of a configuration
 * are told, not the first alone, but after an error of syntax only that one. `text` is
 * "FILE:LINE: what was found and what was expected" without a newline, without secrets, and is
 * valid during the call. LINE is left out where the file as a whole is meant.
 */
typedef void (*hub_config_told)(void *context, enum hub_severity severity, const char *text);

/*
 * The snapshot of a file and all that it includes, or NULL after at least one HUB_ERROR.
 * Each call reads the files anew. Not for a shard's thread: it does blocking file operations.
 */
struct hub_config *hub_config_load(const char *path, hub_config_told told, void *context);

/*
 * The same for text in memory; `name` stands for the file in messages. Nothing is opened: include
 * is an error.
 */
struct hub_config *hub_config_parse(const char *name, const char *text, size_t size,
                                    hub_config_told told, void *context);

struct settings_section;

/*
 * The same for a tree (shard/config/settings_tree.h), wherever its parts came from. Certificates
 * and keys are in the folders beside `path`. The snapshot has no pointer into the tree.
 */
struct hub_config *hub_config_build(const char *path, const struct settings_section *tree,
                                    hub_config_told told, void *context);

/* The same, without what sections refer to elsewhere, and without a snapshot: what can be read. */
bool hub_config_check(const char *path, const struct settings_section *tree, hub_config_told told,
                      void *context);

/* Wipes and releases; NULL is ignored. */
void hub_config_free(struct hub_config *config);

/* ------------------------------------------------------------------ lookups */

/* Whether a name of the configuration is this one. */
static inline bool hub_name_is(const char *text, x4s_chunk name)
{
    return strlen(text) == name.len && memcmp(text, name.data, name.len) == 0;
}

/* The connection of a name, or NULL; in a time that does not grow with their number. */
const struct hub_connection *hub_config_connection(const struct hub_config *config, x4s_chunk name);

/* The user of a name, or NULL. */
const struct hub_user *hub_config_user(const struct hub_config *config, x4s_chunk name);

/* The pool of a name, or NULL. */
const struct hub_pool *hub_config_pool(const struct hub_config *config, const char *name);

/* The pool that clients of the connection get an address of this family of, or NULL. */
static inline const struct hub_pool *hub_connection_pool(const struct hub_connection *connection,
                                                         uint8_t family)
{
    return connection->pools[hub_inside_of(family)];
}

/* As initiator we ask the peer for addresses inside. */
static inline bool hub_connection_asks(const struct hub_connection *connection)
{
    return connection->vips[HUB_INSIDE_IP4].family || connection->vips[HUB_INSIDE_IP6].family;
}

/* The address that an identity always has of a pool, by the bytes that it says, or NULL. */
const x4s_net_addr *hub_pool_static(const struct hub_pool *pool, x4s_chunk owner);

/* The connection that a phase 1 configuration of a snapshot belongs to. */
const struct hub_connection *hub_connection_of(const x4s_ike_config1 *phase1);

/* The child that a phase 2 configuration of a snapshot belongs to. */
const struct hub_child *hub_child_of(const x4s_ike_config2 *phase2);

/*
 * The connection for a peer that begins main mode: the remote address has to be in remote_addrs,
 * the local one in local_addrs, and a transform that is offered among the connection's, which also
 * tells the methods apart. The narrowest remote subnet wins, then the order of the file. Where none
 * has a transform, the first for the addresses, which will refuse the offer. NULL: none. Ports are
 * not looked at.
 */
const struct hub_connection *hub_config_responder(const struct hub_config *config,
                                                  const x4s_ike_offer1 *offer);

/*
 * The connection for a peer that begins aggressive mode and claims an identity: it accepts that
 * mode, admits the identity and both addresses, has a transform that is offered, and there is a
 * secret for them. The best match of the identity wins, then the narrowest remote subnet, then the
 * order of the file. NULL: none.
 */
const struct hub_connection *hub_config_claimed(const struct hub_config *config,
                                                const x4s_ike_offer1 *offer);

/*
 * The secret between two ends. `remote_id` is NULL where it is not known. The best match wins, the
 * remote end counting first: exact identity, identity pattern, address as identity, %any or no
 * owner at all. A secret that has one owner, and that is us, is for every peer; one with several
 * owners has to name the peer. Of equals the first of the file wins. NULL: none.
 */
const struct hub_secret *hub_config_secret(const struct hub_config *config,
                                           const x4s_ike_id *local_id, const x4s_ike_id *remote_id,
                                           const x4s_net_addr *local, const x4s_net_addr *remote);

/*
 * The secret that main mode is to be done with, in either role: hub_config_secret, with the
 * connection's remote_id if that is a single identity. The peer's own is not known by then.
 */
const struct hub_secret *hub_connection_secret(const struct hub_config *config,
                                               const struct hub_connection *connection,
                                               const x4s_net_addr *local,
                                               const x4s_net_addr *remote);

/*
 * The connection of a peer that has authenticated as `remote_id`. `begun` is what
 * hub_config_responder gave, `suite` what was agreed, and `secret` the one that proved it. The
 * answer admits the remote identity and both addresses, says the same identity of ours, and has the
 * suite among its transforms; the best match of the identity wins, then the narrowest remote
 * subnet, then `begun` itself, then the order of the file.
 *
 * NULL: refuse the peer. That is also the answer where another secret than `secret` would be the
 * one for this identity: who knows a secret for many must not speak for one who has his own.
 */
const struct hub_connection *
hub_config_refine(const struct hub_config *config, const struct hub_connection *begun,
                  const x4s_ike_id *remote_id, const x4s_net_addr *local,
                  const x4s_net_addr *remote, const x4s_ike_transform1 *suite,
                  const struct hub_secret *secret);

/* The selectors of a child between two hosts. */
void hub_child_selectors(const struct hub_child *child, const x4s_net_addr *local,
                         const x4s_net_addr *remote, x4s_net_selector *local_ts,
                         x4s_net_selector *remote_ts);

/*
 * The child for a quick mode of the peer's, or NULL to refuse it. The selectors offered have to
 * equal the child's or lie within them. One that has a transform with the PFS group of the offer is
 * better than one that has not, then equal selectors are better than narrower ones, then the order
 * of the file.
 */
const struct hub_child *hub_config_child(const struct hub_connection *connection,
                                         const x4s_net_addr *local, const x4s_net_addr *remote,
                                         const x4s_ike_offer2 *offer);

#endif
