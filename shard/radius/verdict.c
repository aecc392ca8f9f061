/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/radius/verdict.h"

#include <string.h>

#define ATTRIBUTE_HEADER 2
#define IPV6_PREFIX_SIZE 18 /* RFC 3162 2.3: reserved, length, 16 bytes */

/* RFC 2865 5.8: the user, or the gateway, is to choose. */
static bool is_address(const uint8_t ip[4])
{
    static const uint8_t choices[2][4] = {{255, 255, 255, 255}, {255, 255, 255, 254}};
    return memcmp(ip, choices[0], 4) != 0 && memcmp(ip, choices[1], 4) != 0;
}

static void set_framed(x4s_net_addr *framed, uint8_t family, const uint8_t *ip)
{
    *framed = (x4s_net_addr){.family = family};
    memcpy(framed->ip, ip, x4_net_addr_size(family));
}

/* Of several kinds IPv4 counts, then the whole address. */
static void read_framed(struct radius_verdict *verdict, const struct radius_packet *answer)
{
    x4s_chunk value;
    if (radius_find(answer, RADIUS_FRAMED_IPV6_PREFIX, 0, &value) &&
        value.len == IPV6_PREFIX_SIZE && value.data[1] == 128)
        set_framed(&verdict->framed, x4c_net_ipv6, value.data + 2);
    if (radius_find(answer, RADIUS_FRAMED_IPV6_ADDRESS, 0, &value) && value.len == 16)
        set_framed(&verdict->framed, x4c_net_ipv6, value.data);
    if (radius_find(answer, RADIUS_FRAMED_IP_ADDRESS, 0, &value) && value.len == 4 &&
        is_address(value.data))
        set_framed(&verdict->framed, x4c_net_ipv4, value.data);
    if (radius_find(answer, RADIUS_FRAMED_IP_NETMASK, 0, &value) &&
        value.len == sizeof(verdict->netmask))
        memcpy(verdict->netmask, value.data, value.len);
}

/* As they are, to be said again in every accounting record. */
static void read_classes(struct radius_verdict *verdict, const struct radius_packet *answer)
{
    x4s_chunk value;
    for (unsigned n = 0; radius_find(answer, RADIUS_CLASS, n, &value); n++) {
        const size_t len = value.len + ATTRIBUTE_HEADER;
        if (len > sizeof(verdict->classes) - verdict->classes_len)
            continue;
        memcpy(verdict->classes + verdict->classes_len, value.data - ATTRIBUTE_HEADER, len);
        verdict->classes_len += len;
    }
}

static size_t read_bytes(const struct radius_packet *answer, uint8_t type,
                         uint8_t out[RADIUS_VALUE_MAX])
{
    x4s_chunk value;
    if (!radius_find(answer, type, 0, &value) || !value.len)
        return 0;
    memcpy(out, value.data, value.len);
    return value.len;
}

static enum radius_decision decision_of(const struct radius_packet *answer)
{
    switch (answer->code) {
    case RADIUS_ACCESS_ACCEPT:
        return RADIUS_ACCEPT;
    case RADIUS_ACCESS_CHALLENGE:
        return RADIUS_CHALLENGE;
    default:
        return RADIUS_REJECT;
    }
}

void radius_verdict_read(struct radius_verdict *verdict, const struct radius_packet *answer)
{
    *verdict = (struct radius_verdict){.decision = RADIUS_SILENT};
    if (!answer)
        return;
    verdict->decision = decision_of(answer);
    read_framed(verdict, answer);
    read_classes(verdict, answer);
    (void)radius_find_number(answer, RADIUS_SESSION_TIMEOUT, &verdict->timeout_sec);
    (void)radius_find_number(answer, RADIUS_ACCT_INTERIM_INTERVAL, &verdict->interim_sec);
    verdict->state_len = read_bytes(answer, RADIUS_STATE, verdict->state);
    verdict->message_len = read_bytes(answer, RADIUS_REPLY_MESSAGE, verdict->message);
}

bool radius_verdict_has_class(const struct radius_verdict *verdict, const char *group)
{
    const size_t len = strlen(group);
    for (size_t at = 0; at < verdict->classes_len; at += verdict->classes[at + 1])
        if (verdict->classes[at + 1] == len + ATTRIBUTE_HEADER &&
            !memcmp(verdict->classes + at + ATTRIBUTE_HEADER, group, len))
            return true;
    return false;
}
