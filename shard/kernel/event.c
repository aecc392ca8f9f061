/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/kernel/event.h"

#include <arpa/inet.h>
#include <stddef.h>
#include <string.h>

/* The attributes that are looked at, of the right size or NULL. */
struct attributes {
    const struct xfrm_replay_state_esn *replay_esn;
    const struct xfrm_replay_state *replay;
    const struct xfrm_mark *mark;
    const uint32_t *if_id;
    const uint64_t *used;
};

struct place {
    uint16_t type;
    uint16_t size;
    size_t offset;
};

static const struct place places[] = {
    {XFRMA_REPLAY_ESN_VAL, sizeof(struct xfrm_replay_state_esn),
     offsetof(struct attributes, replay_esn)},
    {XFRMA_REPLAY_VAL, sizeof(struct xfrm_replay_state), offsetof(struct attributes, replay)},
    {XFRMA_MARK, sizeof(struct xfrm_mark), offsetof(struct attributes, mark)},
    {XFRMA_IF_ID, sizeof(uint32_t), offsetof(struct attributes, if_id)},
    {XFRMA_LASTUSED, sizeof(uint64_t), offsetof(struct attributes, used)},
};

static int take_attribute(const struct nlattr *attr, void *data)
{
    for (size_t i = 0; i < x4m_countof(places); i++) {
        if (places[i].type != mnl_attr_get_type(attr) ||
            mnl_attr_get_payload_len(attr) < places[i].size)
            continue;
        const void *payload = mnl_attr_get_payload(attr);
        memcpy((char *)data + places[i].offset, &payload, sizeof(payload));
    }
    return MNL_CB_OK;
}

static struct attributes attributes_of(const struct nlmsghdr *message, size_t body)
{
    struct attributes attributes = {0};
    (void)mnl_attr_parse(message, (unsigned)body, take_attribute, &attributes);
    return attributes;
}

static void read_sa(const struct xfrm_usersa_info *info, struct xfrm_event *event)
{
    event->name = info->seq;
    event->spi = ntohl(info->id.spi);
    event->proto = info->id.proto;
    event->family = (uint8_t)info->family;
    event->target = info->id.daddr;
    event->bytes = info->curlft.bytes;
    event->packets = info->curlft.packets;
    event->aging =
        event->bytes >= info->lft.soft_byte_limit || event->packets >= info->lft.soft_packet_limit;
}

static void read_sequence(const struct attributes *attributes, struct xfrm_event *event)
{
    if (attributes->replay_esn)
        event->out_sequence =
            (uint64_t)attributes->replay_esn->oseq_hi << 32 | attributes->replay_esn->oseq;
    else if (attributes->replay)
        event->out_sequence = attributes->replay->oseq;
}

static void read_expire(const struct nlmsghdr *message, struct xfrm_event *event)
{
    struct xfrm_user_expire expire;
    memcpy(&expire, mnl_nlmsg_get_payload(message), sizeof(expire));
    read_sa(&expire.state, event);
    event->kind = expire.hard ? XFRM_EVENT_EXPIRED : XFRM_EVENT_AGING;
}

static void read_acquire(const struct nlmsghdr *message, struct xfrm_event *event)
{
    struct xfrm_user_acquire acquire;
    memcpy(&acquire, mnl_nlmsg_get_payload(message), sizeof(acquire));
    const struct attributes attributes = attributes_of(message, sizeof(acquire));
    const struct xfrm_selector *selector = &acquire.policy.sel;
    struct xfrm_policy_key *key = &event->policy;
    /* Member by member: the kernel fills the padding and two members of its own. */
    memset(key, 0, sizeof(*key));
    key->selector.daddr = selector->daddr;
    key->selector.saddr = selector->saddr;
    key->selector.dport = selector->dport;
    key->selector.dport_mask = selector->dport_mask;
    key->selector.sport = selector->sport;
    key->selector.sport_mask = selector->sport_mask;
    key->selector.family = selector->family;
    key->selector.prefixlen_d = selector->prefixlen_d;
    key->selector.prefixlen_s = selector->prefixlen_s;
    key->selector.proto = selector->proto;
    if (attributes.mark)
        key->mark = *attributes.mark;
    if (attributes.if_id)
        key->if_id = *attributes.if_id;
    event->kind = XFRM_EVENT_WANTED;
}

static void read_aevent(const struct nlmsghdr *message, struct xfrm_event *event)
{
    const struct xfrm_aevent_id *id = mnl_nlmsg_get_payload(message);
    const struct attributes attributes = attributes_of(message, sizeof(*id));
    event->spi = ntohl(id->sa_id.spi);
    event->proto = id->sa_id.proto;
    event->family = (uint8_t)id->sa_id.family;
    event->target = id->sa_id.daddr;
    read_sequence(&attributes, event);
    event->kind = XFRM_EVENT_SEQUENCE;
}

static void read_state(const struct nlmsghdr *message, struct xfrm_event *event)
{
    struct xfrm_usersa_info info;
    memcpy(&info, mnl_nlmsg_get_payload(message), sizeof(info));
    const struct attributes attributes = attributes_of(message, sizeof(info));
    read_sa(&info, event);
    read_sequence(&attributes, event);
    if (attributes.used)
        memcpy(&event->used_at, attributes.used, sizeof(event->used_at));
    event->kind = XFRM_EVENT_SA;
}

static void read_policy(const struct nlmsghdr *message, struct xfrm_event *event)
{
    struct xfrm_userpolicy_info info;
    memcpy(&info, mnl_nlmsg_get_payload(message), sizeof(info));
    event->used_at = info.curlft.use_time;
    event->kind = XFRM_EVENT_POLICY;
}

static const struct reader {
    uint16_t type;
    size_t size;
    void (*read)(const struct nlmsghdr *message, struct xfrm_event *event);
} readers[] = {
    {XFRM_MSG_EXPIRE, sizeof(struct xfrm_user_expire), read_expire},
    {XFRM_MSG_ACQUIRE, sizeof(struct xfrm_user_acquire), read_acquire},
    {XFRM_MSG_NEWAE, sizeof(struct xfrm_aevent_id), read_aevent},
    {XFRM_MSG_NEWSA, sizeof(struct xfrm_usersa_info), read_state},
    {XFRM_MSG_NEWPOLICY, sizeof(struct xfrm_userpolicy_info), read_policy},
};

bool xfrm_event_read(const struct nlmsghdr *message, struct xfrm_event *event)
{
    *event = (struct xfrm_event){0};
    for (size_t i = 0; i < x4m_countof(readers); i++) {
        if (readers[i].type != message->nlmsg_type ||
            mnl_nlmsg_get_payload_len(message) < readers[i].size)
            continue;
        readers[i].read(message, event);
        return true;
    }
    return false;
}
