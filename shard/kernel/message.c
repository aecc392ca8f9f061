/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/kernel/message.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>

#include "shard/kernel/algorithm.h"
#include "shard/kernel/kernel.h"

/* libike ends SAs in time; the kernel does it where nobody is there to: so much later. */
#define LATE_SEC 60

/* Without ESN a sequence number must not come again: there is a new SA before they are used up. */
#define SEQUENCES_SOFT UINT64_C(0xf0000000)

#define ENCAP_ESP_IN_UDP 2 /* UDP_ENCAP_ESPINUDP of linux/udp.h */

/* Messages begin at multiples of four bytes, and some of their structs want eight. */
static void put_body(struct nlmsghdr *message, const void *body, size_t size)
{
    memcpy(mnl_nlmsg_put_extra_header(message, size), body, size);
}

static uint16_t family_of(uint8_t family)
{
    return family == x4c_net_ipv6 ? AF_INET6 : AF_INET;
}

static xfrm_address_t address_of(const x4s_net_addr *addr)
{
    xfrm_address_t address = {0};
    memcpy(&address, addr->ip, sizeof(addr->ip));
    return address;
}

static const struct xfrm_layer *layer_of(const struct xfrm_sa *sa)
{
    return &sa->bundle->layers[sa->layer];
}

static const x4s_net_addr *source_of(const struct xfrm_ends *ends, bool inbound)
{
    return inbound ? &ends->remote : &ends->local;
}

static const x4s_net_addr *target_of(const struct xfrm_ends *ends, bool inbound)
{
    return inbound ? &ends->local : &ends->remote;
}

/* -------------------------------------------------------------------------- selectors */

/* The prefix that both addresses have in common. */
static uint8_t prefix_of(const x4s_net_selector *selector)
{
    const unsigned size = selector->family == x4c_net_ipv6 ? 16 : 4;
    unsigned bits = 0;
    while (bits < size * 8 &&
           !((selector->from[bits / 8] ^ selector->to[bits / 8]) & (0x80 >> bits % 8)))
        bits++;
    return (uint8_t)bits;
}

static xfrm_address_t subnet_of(const x4s_net_selector *selector, uint8_t prefix)
{
    uint8_t bytes[sizeof(selector->from)] = {0};
    xfrm_address_t address;
    memcpy(bytes, selector->from, prefix / 8);
    if (prefix % 8)
        bytes[prefix / 8] = (uint8_t)(selector->from[prefix / 8] & (0xff00 >> prefix % 8));
    memcpy(&address, bytes, sizeof(address));
    return address;
}

static uint16_t port_mask(uint16_t port)
{
    return port ? 0xffff : 0;
}

static void set_selector(struct xfrm_selector *selector, const x4s_net_selector *from,
                         const x4s_net_selector *to)
{
    memset(selector, 0, sizeof(*selector));
    selector->family = family_of(from->family);
    selector->prefixlen_s = prefix_of(from);
    selector->prefixlen_d = prefix_of(to);
    selector->saddr = subnet_of(from, selector->prefixlen_s);
    selector->daddr = subnet_of(to, selector->prefixlen_d);
    selector->sport = htons(from->port);
    selector->dport = htons(to->port);
    selector->sport_mask = port_mask(from->port);
    selector->dport_mask = port_mask(to->port);
    selector->proto = from->protocol ? from->protocol : to->protocol;
}

/* -------------------------------------------------------------------------- SAs */

static void put_mark(struct nlmsghdr *message, const struct hub_kernel_mark *mark)
{
    const struct xfrm_mark value = {.v = mark->value, .m = mark->mask};
    if (mark->mask)
        mnl_attr_put(message, XFRMA_MARK, sizeof(value), &value);
}

/* By which mark the kernel finds the SA. */
static void put_sa_mark(struct nlmsghdr *message, const struct xfrm_sa *sa)
{
    if (!sa->inbound)
        put_mark(message, &sa->options->mark_out);
    else if (sa->options->mark_in_sa)
        put_mark(message, &sa->options->mark_in);
}

static void put_interface(struct nlmsghdr *message, const struct xfrm_sa *sa)
{
    const struct hub_kernel_options *options = sa->options;
    const struct hub_kernel_mark *set =
        sa->inbound ? &options->set_mark_in : &options->set_mark_out;
    const uint32_t if_id = sa->inbound ? options->if_id_in : options->if_id_out;
    if (if_id)
        mnl_attr_put_u32(message, XFRMA_IF_ID, if_id);
    if (!set->mask)
        return;
    mnl_attr_put_u32(message, XFRMA_SET_MARK, set->value & set->mask);
    mnl_attr_put_u32(message, XFRMA_SET_MARK_MASK, set->mask);
}

static void set_name(char name[64], const char *text)
{
    memcpy(name, text, strlen(text));
}

/* A key and the salt behind it. */
static void put_cipher(struct nlmsghdr *message, const x4s_ike_keys2 *keys, const x4s_ike_sa2 *sa)
{
    const struct xfrm_cipher *cipher = xfrm_cipher_find(keys->transform.esp);
    const size_t len = (size_t)keys->encr_len + keys->salt_len;
    union {
        struct xfrm_algo plain;
        struct xfrm_algo_aead aead;
        uint8_t bytes[sizeof(struct xfrm_algo_aead) + sizeof(sa->encr) + sizeof(sa->salt)];
    } algorithm = {0};
    if (!cipher)
        return;
    const size_t head = cipher->icv_bits ? sizeof(algorithm.aead) : sizeof(algorithm.plain);
    set_name(algorithm.aead.alg_name, cipher->name);
    if (cipher->icv_bits) {
        algorithm.aead.alg_key_len = (unsigned)len * 8;
        algorithm.aead.alg_icv_len = cipher->icv_bits;
    } else {
        algorithm.plain.alg_key_len = (unsigned)len * 8;
    }
    memcpy(algorithm.bytes + head, sa->encr, keys->encr_len);
    memcpy(algorithm.bytes + head + keys->encr_len, sa->salt, keys->salt_len);
    mnl_attr_put(message, cipher->icv_bits ? XFRMA_ALG_AEAD : XFRMA_ALG_CRYPT, head + len,
                 algorithm.bytes);
    x4_wipe(&algorithm, sizeof(algorithm));
}

static void put_auth(struct nlmsghdr *message, uint8_t integ, bval truncated, const uint8_t *key,
                     size_t len)
{
    const struct xfrm_auth *auth = xfrm_auth_find(integ, truncated);
    union {
        struct xfrm_algo_auth head;
        uint8_t bytes[sizeof(struct xfrm_algo_auth) + sizeof(((x4s_ike_sa2 *)NULL)->integ)];
    } algorithm = {0};
    if (!auth)
        return;
    set_name(algorithm.head.alg_name, auth->name);
    algorithm.head.alg_key_len = (unsigned)len * 8;
    algorithm.head.alg_trunc_len = auth->icv_bits;
    memcpy(algorithm.bytes + sizeof(algorithm.head), key, len);
    mnl_attr_put(message, XFRMA_ALG_AUTH_TRUNC, sizeof(algorithm.head) + len, algorithm.bytes);
    x4_wipe(&algorithm, sizeof(algorithm));
}

static void put_compression(struct nlmsghdr *message, uint8_t ipcomp)
{
    const struct xfrm_compression *compression = xfrm_compression_find(ipcomp);
    struct xfrm_algo algorithm = {0};
    if (!compression)
        return;
    set_name(algorithm.alg_name, compression->name);
    mnl_attr_put(message, XFRMA_ALG_COMP, sizeof(algorithm), &algorithm);
}

static bool is_outer_ah(const struct xfrm_sa *sa)
{
    return sa->keys->transform.ah && layer_of(sa)->proto == IPPROTO_AH;
}

/* What the kernel has no name for is left out, and the kernel refuses the SA. */
static void put_algorithms(struct nlmsghdr *message, const struct xfrm_sa *sa)
{
    const x4s_ike_keys2 *keys = sa->keys;
    const x4s_ike_transform2 *transform = &keys->transform;
    const x4s_ike_sa2 *key = sa->inbound ? &keys->in : &keys->out;
    const x4s_ike_sa2 *ah_key = sa->inbound ? &keys->ah_in : &keys->ah_out;
    if (layer_of(sa)->proto == IPPROTO_COMP) {
        put_compression(message, transform->ipcomp);
        return;
    }
    if (is_outer_ah(sa)) {
        put_auth(message, transform->ah, transform->truncated, ah_key->integ, keys->ah_integ_len);
        return;
    }
    if (transform->protocol == x4c_ike_protocol_esp)
        put_cipher(message, keys, key);
    put_auth(message, transform->integ, transform->truncated, key->integ, keys->integ_len);
}

static void put_encap(struct nlmsghdr *message, bool inbound, const struct xfrm_ends *ends)
{
    const struct xfrm_encap_tmpl encap = {
        .encap_type = ENCAP_ESP_IN_UDP,
        .encap_sport = htons(source_of(ends, inbound)->port),
        .encap_dport = htons(target_of(ends, inbound)->port),
    };
    mnl_attr_put(message, XFRMA_ENCAP, sizeof(encap), &encap);
}

/* The kernel's own form, in which a window has no limit and sequence numbers may have 64 bits. */
static void put_replay(struct nlmsghdr *message, const struct xfrm_sa *sa)
{
    union {
        struct xfrm_replay_state_esn state;
        uint8_t bytes[sizeof(struct xfrm_replay_state_esn) + HUB_KERNEL_WINDOW_MAX / 8];
    } replay = {0};
    const uint32_t words = (sa->window + 31) / 32;
    replay.state.bmp_len = words;
    replay.state.replay_window = sa->window;
    if (!sa->inbound) {
        replay.state.oseq = (uint32_t)sa->out_sequence;
        replay.state.oseq_hi = (uint32_t)(sa->out_sequence >> 32);
    }
    mnl_attr_put(message, XFRMA_REPLAY_ESN_VAL, sizeof(replay.state) + words * sizeof(uint32_t),
                 replay.bytes);
}

uint32_t xfrm_window(const struct hub_kernel_options *options, const x4s_ike_transform2 *transform)
{
    const uint32_t window = options->replay_window;
    return !window && transform->esn ? HUB_KERNEL_WINDOW_DEFAULT : window;
}

static void put_sequence(struct nlmsghdr *message, const struct xfrm_sa *sa)
{
    const struct xfrm_replay_state old = {.oseq = (uint32_t)sa->out_sequence};
    if (sa->window)
        put_replay(message, sa);
    else if (!sa->inbound && sa->out_sequence)
        mnl_attr_put(message, XFRMA_REPLAY_VAL, sizeof(old), &old);
}

static uint64_t bytes_of(uint32_t kilobytes)
{
    return kilobytes ? (uint64_t)kilobytes * 1024 : XFRM_INF;
}

static uint64_t soft_packets(const struct xfrm_sa *sa)
{
    const uint64_t soft = sa->options->soft_packets;
    const uint64_t wanted = soft ? soft - sa->sooner : XFRM_INF;
    if (sa->keys->transform.esn)
        return wanted;
    const uint64_t left = sa->out_sequence < SEQUENCES_SOFT ? SEQUENCES_SOFT - sa->out_sequence : 1;
    return x4m_min(wanted, left);
}

static void set_lifetime(struct xfrm_lifetime_cfg *lifetime, const struct xfrm_sa *sa)
{
    const uint64_t packets = sa->options->life_packets;
    const bool counts = layer_of(sa)->proto != IPPROTO_COMP;
    *lifetime = (struct xfrm_lifetime_cfg){
        .soft_byte_limit = counts ? bytes_of(sa->keys->soft_kb) : XFRM_INF,
        .hard_byte_limit = counts ? bytes_of(sa->keys->life_kb) : XFRM_INF,
        .soft_packet_limit = counts ? soft_packets(sa) : XFRM_INF,
        .hard_packet_limit = counts && packets ? packets : XFRM_INF,
    };
    if (sa->keys->life_left_sec)
        lifetime->hard_add_expires_seconds = (uint64_t)sa->keys->life_left_sec + LATE_SEC;
}

static bool is_subnet(const x4s_net_selector *selector)
{
    return x4_net_selector_prefix(selector) >= 0;
}

/* The kernel looks that what comes out of an SA is what was agreed on, where it is one subnet. */
static void set_sa_selector(struct xfrm_usersa_info *info, const struct xfrm_sa *sa)
{
    const x4s_ike_keys2 *keys = sa->keys;
    if (sa->layer > 0)
        return;
    if (is_subnet(&keys->local) && is_subnet(&keys->remote)) {
        set_selector(&info->sel, sa->inbound ? &keys->remote : &keys->local,
                     sa->inbound ? &keys->local : &keys->remote);
        return;
    }
    if (info->mode == XFRM_MODE_TUNNEL)
        info->flags |= XFRM_STATE_AF_UNSPEC;
}

static uint8_t flags_of(const struct xfrm_sa *sa)
{
    const struct hub_kernel_options *options = sa->options;
    uint8_t flags = 0;
    if (layer_of(sa)->proto != IPPROTO_COMP && sa->keys->transform.esn)
        flags |= XFRM_STATE_ESN;
    /* RFC 4302 2.6: in IPv4 AH is a multiple of four bytes; left alone the kernel makes it eight.
     */
    if (layer_of(sa)->proto == IPPROTO_AH && sa->ends->local.family == x4c_net_ipv4)
        flags |= XFRM_STATE_ALIGN4;
    if (layer_of(sa)->mode != XFRM_MODE_TUNNEL)
        return flags;
    if (options->no_copy_df)
        flags |= XFRM_STATE_NOPMTUDISC;
    if (options->no_copy_ecn)
        flags |= XFRM_STATE_NOECN;
    if (options->dscp_in)
        flags |= XFRM_STATE_DECAP_DSCP;
    return flags;
}

static uint32_t spi_of(const struct xfrm_sa *sa)
{
    const struct xfrm_layer *layer = layer_of(sa);
    return htonl(sa->inbound ? layer->spi_in : layer->spi_out);
}

/* Only what is sent tells where it is; the kernel's timer for that is not needed. */
static void put_thresholds(struct nlmsghdr *message, const struct xfrm_sa *sa)
{
    mnl_attr_put_u32(message, XFRMA_REPLAY_THRESH, sa->inbound ? 0 : HUB_KERNEL_SEQUENCE_STEP);
    mnl_attr_put_u32(message, XFRMA_ETIMER_THRESH, 0);
}

void xfrm_write_sa(struct nlmsghdr *message, const struct xfrm_sa *sa)
{
    const struct xfrm_layer *layer = layer_of(sa);
    const x4s_net_addr *source = source_of(sa->ends, sa->inbound);
    const x4s_net_addr *target = target_of(sa->ends, sa->inbound);
    message->nlmsg_type = XFRM_MSG_NEWSA;
    struct xfrm_usersa_info info = {
        .id = {.daddr = address_of(target), .spi = spi_of(sa), .proto = layer->proto},
        .saddr = address_of(source),
        .family = family_of(target->family),
        .mode = layer->mode,
        .seq = sa->name,
        .reqid = sa->reqid,
        .flags = flags_of(sa),
    };
    set_sa_selector(&info, sa);
    set_lifetime(&info.lft, sa);
    put_body(message, &info, sizeof(info));
    put_algorithms(message, sa);
    put_sa_mark(message, sa);
    put_interface(message, sa);
    if (sa->options->no_dscp_out && layer->mode == XFRM_MODE_TUNNEL)
        mnl_attr_put_u32(message, XFRMA_SA_EXTRA_FLAGS, XFRM_SA_XFLAG_DONT_ENCAP_DSCP);
    if (layer->proto == IPPROTO_ESP && sa->keys->transform.encap)
        put_encap(message, sa->inbound, sa->ends);
    if (layer->proto == IPPROTO_COMP)
        return;
    put_sequence(message, sa);
    put_thresholds(message, sa);
}

void xfrm_write_sa_id(struct nlmsghdr *message, uint16_t type, const struct xfrm_sa *sa)
{
    const x4s_net_addr *target = target_of(sa->ends, sa->inbound);
    message->nlmsg_type = type;
    const struct xfrm_usersa_id id = {
        .daddr = address_of(target),
        .spi = spi_of(sa),
        .family = family_of(target->family),
        .proto = layer_of(sa)->proto,
    };
    put_body(message, &id, sizeof(id));
    put_sa_mark(message, sa);
}

void xfrm_write_sequence(struct nlmsghdr *message, const struct xfrm_sa *sa)
{
    const x4s_net_addr *target = target_of(sa->ends, sa->inbound);
    message->nlmsg_type = XFRM_MSG_NEWAE;
    message->nlmsg_flags |= NLM_F_REPLACE;
    const struct xfrm_aevent_id id = {
        .sa_id = {.daddr = address_of(target),
                  .spi = spi_of(sa),
                  .family = family_of(target->family),
                  .proto = layer_of(sa)->proto},
        .saddr = address_of(source_of(sa->ends, sa->inbound)),
        .reqid = sa->reqid,
    };
    put_body(message, &id, sizeof(id));
    put_sa_mark(message, sa);
    put_sequence(message, sa);
}

void xfrm_write_dump(struct nlmsghdr *message)
{
    message->nlmsg_type = XFRM_MSG_GETSA;
    message->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
}

/* -------------------------------------------------------------------------- SAs that move */

/* Attributes that the kernel tells and does not take again, or that are written anew. */
static bool is_kept(uint16_t type)
{
    return type != XFRMA_ENCAP && type != XFRMA_LASTUSED && type != XFRMA_LTIME_VAL;
}

struct copying {
    struct nlmsghdr *to;
    bool encap;
};

static int copy_attribute(const struct nlattr *attr, void *data)
{
    struct copying *copying = data;
    const uint16_t type = mnl_attr_get_type(attr);
    copying->encap = copying->encap || type == XFRMA_ENCAP;
    if (is_kept(type))
        mnl_attr_put(copying->to, type, mnl_attr_get_payload_len(attr), mnl_attr_get_payload(attr));
    return MNL_CB_OK;
}

bool xfrm_write_moved(struct nlmsghdr *message, const struct nlmsghdr *read, bool inbound,
                      const struct xfrm_ends *ends, bool update)
{
    struct copying copying = {.to = message};
    if (read->nlmsg_type != XFRM_MSG_NEWSA || read->nlmsg_len > XFRM_MESSAGE_MAX - 64 ||
        mnl_nlmsg_get_payload_len(read) < sizeof(struct xfrm_usersa_info))
        return false;
    message->nlmsg_type = update ? XFRM_MSG_UPDSA : XFRM_MSG_NEWSA;
    struct xfrm_usersa_info info;
    memcpy(&info, mnl_nlmsg_get_payload(read), sizeof(info));
    info.saddr = address_of(source_of(ends, inbound));
    info.id.daddr = address_of(target_of(ends, inbound));
    put_body(message, &info, sizeof(info));
    (void)mnl_attr_parse(read, sizeof(info), copy_attribute, &copying);
    if (copying.encap)
        put_encap(message, inbound, ends);
    if (!update)
        mnl_attr_put(message, XFRMA_LTIME_VAL, sizeof(info.curlft), &info.curlft);
    return true;
}

/* -------------------------------------------------------------------------- policies */

static struct xfrm_policy_key key_of(const struct hub_kernel_mark *mark, uint32_t if_id,
                                     bool inbound)
{
    struct xfrm_policy_key key;
    memset(&key, 0, sizeof(key));
    key.mark = (struct xfrm_mark){.v = mark->value & mark->mask, .m = mark->mask};
    key.if_id = if_id;
    key.inbound = inbound;
    return key;
}

struct xfrm_policy_key xfrm_policy_key_out(const x4s_net_selector *local,
                                           const x4s_net_selector *remote,
                                           const struct hub_kernel_options *options)
{
    struct xfrm_policy_key key = key_of(&options->mark_out, options->if_id_out, false);
    set_selector(&key.selector, local, remote);
    return key;
}

struct xfrm_policy_key xfrm_policy_key_in(const x4s_net_selector *local,
                                          const x4s_net_selector *remote,
                                          const struct hub_kernel_options *options)
{
    struct xfrm_policy_key key = key_of(&options->mark_in, options->if_id_in, true);
    set_selector(&key.selector, remote, local);
    return key;
}

struct xfrm_policy_key xfrm_policy_key_in_any(uint8_t family,
                                              const struct hub_kernel_options *options)
{
    struct xfrm_policy_key key = key_of(&options->mark_in, options->if_id_in, true);
    key.selector.family = family_of(family);
    return key;
}

/* FNV-1a */
uint32_t xfrm_policy_hash(const struct xfrm_policy_key *key)
{
    const uint8_t *bytes = (const uint8_t *)key;
    uint32_t hash = UINT32_C(2166136261);
    for (size_t i = 0; i < sizeof(*key); i++)
        hash = (hash ^ bytes[i]) * UINT32_C(16777619);
    return hash;
}

/* SAs are told apart by their SPIs and addresses in any case. */
uint32_t xfrm_policy_reqid(const struct xfrm_policy_key *out,
                           const struct hub_kernel_options *options)
{
    const uint32_t hash = options->reqid ? options->reqid : xfrm_policy_hash(out);
    return hash ? hash : 1;
}

struct xfrm_templates xfrm_templates_of(const struct xfrm_bundle *bundle,
                                        const struct xfrm_ends *ends, uint32_t reqid, bool inbound,
                                        bool spis)
{
    struct xfrm_templates templates = {.count = bundle->count};
    for (unsigned i = 0; i < bundle->count; i++) {
        const struct xfrm_layer *layer = &bundle->layers[i];
        struct xfrm_user_tmpl *template = &templates.list[i];
        memset(template, 0, sizeof(*template));
        template->id.proto = layer->proto;
        template->mode = layer->mode;
        template->reqid = reqid;
        template->family = ends ? family_of(ends->remote.family) : AF_INET;
        template->aalgos = template->ealgos = template->calgos = UINT32_MAX;
        /* What does not become shorter goes without compression. */
        template->optional = inbound && layer->proto == IPPROTO_COMP;
        if (spis)
            template->id.spi = htonl(inbound ? layer->spi_in : layer->spi_out);
        if (!ends || layer->mode != XFRM_MODE_TUNNEL)
            continue;
        template->saddr = address_of(source_of(ends, inbound));
        template->id.daddr = address_of(target_of(ends, inbound));
    }
    return templates;
}

/* The narrower the traffic the sooner a policy is looked at; less is sooner. */
static uint32_t priority_of(const struct xfrm_selector *selector)
{
    const unsigned bits = selector->family == AF_INET6 ? 1 : 4;
    const unsigned narrow = (unsigned)(selector->prefixlen_s + selector->prefixlen_d) * bits * 4 +
                            (selector->proto ? 2 : 0) + (selector->sport_mask ? 1 : 0) +
                            (selector->dport_mask ? 1 : 0);
    return 8192 - narrow;
}

static void put_policy_place(struct nlmsghdr *message, const struct xfrm_policy_key *key)
{
    if (key->if_id)
        mnl_attr_put_u32(message, XFRMA_IF_ID, key->if_id);
    if (key->mark.m)
        mnl_attr_put(message, XFRMA_MARK, sizeof(key->mark), &key->mark);
}

#define NO_LIMITS                                                                                  \
    {                                                                                              \
        .soft_byte_limit = XFRM_INF, .hard_byte_limit = XFRM_INF, .soft_packet_limit = XFRM_INF,   \
        .hard_packet_limit = XFRM_INF                                                              \
    }

void xfrm_write_policy(struct nlmsghdr *message, const struct xfrm_policy_key *key, uint8_t dir,
                       const struct xfrm_templates *templates)
{
    message->nlmsg_type = XFRM_MSG_UPDPOLICY;
    const struct xfrm_userpolicy_info info = {
        .sel = key->selector,
        .lft = NO_LIMITS,
        .priority = templates->priority ? templates->priority : priority_of(&key->selector),
        .dir = dir,
        .action = XFRM_POLICY_ALLOW,
    };
    put_body(message, &info, sizeof(info));
    mnl_attr_put(message, XFRMA_TMPL, templates->count * sizeof(templates->list[0]),
                 templates->list);
    put_policy_place(message, key);
}

void xfrm_write_policy_id(struct nlmsghdr *message, uint16_t type,
                          const struct xfrm_policy_key *key, uint8_t dir)
{
    message->nlmsg_type = type;
    const struct xfrm_userpolicy_id id = {.sel = key->selector, .dir = dir};
    put_body(message, &id, sizeof(id));
    put_policy_place(message, key);
}
