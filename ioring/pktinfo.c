/* SPDX-License-Identifier: BSD-2-Clause */
#include "ioring/pktinfo.h"

#include <assert.h>
#include <string.h>

static_assert(RING_PKTINFO_SIZE >= CMSG_SPACE(sizeof(struct in_pktinfo)) &&
                  RING_PKTINFO_SIZE >= CMSG_SPACE(sizeof(struct in6_pktinfo)),
              "room for either family");

static struct ring_addr read_v4(const struct cmsghdr *cmsg)
{
    struct ring_addr local = {.family = 4};
    struct in_pktinfo info;

    /* ipi_spec_dst is the destination, or our own address if that was a broadcast. */
    memcpy(&info, CMSG_DATA(cmsg), sizeof(info));
    memcpy(local.ip, &info.ipi_spec_dst, sizeof(info.ipi_spec_dst));
    return local;
}

static struct ring_addr read_v6(const struct cmsghdr *cmsg)
{
    struct ring_addr local = {.family = 6};
    struct in6_pktinfo info;

    memcpy(&info, CMSG_DATA(cmsg), sizeof(info));
    memcpy(local.ip, &info.ipi6_addr, sizeof(info.ipi6_addr));
    if (ring_addr_is_link_local(&local))
        local.scope = info.ipi6_ifindex;
    return local;
}

struct ring_addr ring_pktinfo_read(struct msghdr *msg)
{
    for (struct cmsghdr *cmsg = CMSG_FIRSTHDR(msg); cmsg != NULL; cmsg = CMSG_NXTHDR(msg, cmsg)) {
        if (cmsg->cmsg_level == IPPROTO_IP && cmsg->cmsg_type == IP_PKTINFO &&
            cmsg->cmsg_len >= CMSG_LEN(sizeof(struct in_pktinfo)))
            return read_v4(cmsg);
        if (cmsg->cmsg_level == IPPROTO_IPV6 && cmsg->cmsg_type == IPV6_PKTINFO &&
            cmsg->cmsg_len >= CMSG_LEN(sizeof(struct in6_pktinfo)))
            return read_v6(cmsg);
    }
    return (struct ring_addr){0};
}

static void write_message(struct msghdr *msg, int level, int type, const void *info, size_t size)
{
    struct cmsghdr *cmsg = msg->msg_control;

    msg->msg_controllen = CMSG_SPACE(size);
    memset(cmsg, 0, CMSG_SPACE(size));
    cmsg->cmsg_level = level;
    cmsg->cmsg_type = type;
    cmsg->cmsg_len = CMSG_LEN(size);
    memcpy(CMSG_DATA(cmsg), info, size);
}

void ring_pktinfo_write(struct msghdr *msg, void *control, const struct ring_addr *local)
{
    /* The interface stays open but for a link-local source: routing decides, as for any reply. */
    struct in6_pktinfo v6 = {.ipi6_ifindex = local->scope};
    struct in_pktinfo v4 = {0};

    msg->msg_control = local->family == 0 ? NULL : control;
    msg->msg_controllen = 0;
    if (local->family == 4) {
        memcpy(&v4.ipi_spec_dst, local->ip, sizeof(v4.ipi_spec_dst));
        write_message(msg, IPPROTO_IP, IP_PKTINFO, &v4, sizeof(v4));
    } else if (local->family == 6) {
        memcpy(&v6.ipi6_addr, local->ip, sizeof(v6.ipi6_addr));
        write_message(msg, IPPROTO_IPV6, IPV6_PKTINFO, &v6, sizeof(v6));
    }
}
