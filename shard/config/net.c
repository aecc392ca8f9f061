/* SPDX-License-Identifier: BSD-2-Clause */
#include <ctype.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "ioring/addr.h"
#include "shard/config/value.h"
#include "shard/endpoint.h"
#include "shard/privilege/open.h"

#define ITEM_MAX      128 /* bytes of an address, subnet, range or selector */
#define ADDRESSES_MAX 256 /* of one list */

/* ------------------------------------------------------------------ lists */

/* The next item of a list without the spaces around it. False: it is too long. */
static bool next_item(const char **cursor, char item[ITEM_MAX])
{
    const char *text = *cursor + strspn(*cursor, " \t\n");
    const size_t whole = strcspn(text, ",");
    size_t len = whole;
    while (len && strchr(" \t\n", text[len - 1]))
        len--;
    if (len >= ITEM_MAX)
        return false;
    memcpy(item, text, len);
    item[len] = 0;
    *cursor = text[whole] ? text + whole + 1 : NULL;
    return true;
}

static size_t count_items(const char *text)
{
    size_t count = 1;
    while ((text = strchr(text, ','))) {
        text++;
        count++;
    }
    return count;
}

/* Reads an item of the list into element `index`. */
typedef bool (*read_item)(struct hub_reading *reading, const char *item, void *list);

static bool read_list(struct hub_reading *reading, read_item read, void *list)
{
    if (count_items(reading->text) > ADDRESSES_MAX)
        return hub_expected(reading, "expected at most %d addresses", ADDRESSES_MAX);
    for (const char *cursor = reading->text; cursor;) {
        char item[ITEM_MAX];
        if (!next_item(&cursor, item))
            return hub_expected(reading, "expected a shorter address");
        if (!read(reading, item, list))
            return false;
    }
    return true;
}

/* ------------------------------------------------------------------ addresses, subnets, ranges */

/* Digits only, up to `max`. */
static bool small_number(const char *text, unsigned max, unsigned *number)
{
    const size_t len = strspn(text, "0123456789");
    if (!len || len > 5 || text[len])
        return false;
    *number = (unsigned)strtoul(text, NULL, 10);
    return *number <= max;
}

/* Changes the text. */
static bool parse_range(char *text, x4s_net_selector *out)
{
    x4s_net_addr from;
    x4s_net_addr to;
    unsigned prefix;

    char *slash = strchr(text, '/');
    if (slash) {
        *slash = 0;
        return small_number(slash + 1, 128, &prefix) && x4_net_addr_parse(text, &from) &&
               x4_net_selector_from_prefix(&from, prefix, out);
    }
    char *dash = strchr(text, '-');
    if (dash) {
        *dash = 0;
        return x4_net_addr_parse(text, &from) && x4_net_addr_parse(dash + 1, &to) &&
               x4_net_selector_from_range(&from, &to, out);
    }
    if (!x4_net_addr_parse(text, &from))
        return false;
    x4_net_selector_from_addr(&from, out);
    return true;
}

static bool is_unspecified(const x4s_net_selector *address)
{
    static const uint8_t zero[16];
    return address->form == x4c_net_address && !memcmp(address->from, zero, sizeof(zero));
}

/* While they are being read. */
struct address_list {
    x4s_net_selector *ranges;
    size_t count;
    bool any;
    bool names; /* of hosts are possible */
    x4s_net_addr first;
};

static void note_first(struct address_list *list, const x4s_net_selector *range)
{
    if (list->first.family || range->form != x4c_net_address)
        return;
    list->first.family = range->family;
    memcpy(list->first.ip, range->from, sizeof(list->first.ip));
}

/* RFC 1123 2.1: letters, digits, dots and dashes; digits alone are a bad address. */
static bool is_host_name(const char *item)
{
    bool letters = false;
    for (const char *at = item; *at; at++) {
        const unsigned char c = (unsigned char)*at;
        if (!isalnum(c) && c != '-' && c != '.')
            return false;
        letters = letters || isalpha(c);
    }
    return letters && isalnum((unsigned char)item[0]);
}

/*
 * Whom a name means as the configuration is read: the first address. No family: nobody knows, which
 * is noted.
 */
static x4s_net_selector resolve(struct hub_reading *reading, const char *item)
{
    struct ring_addr found;
    x4s_net_selector range = {0};

    if (reading->resolve && hub_open_host(item, &found)) {
        const x4s_net_addr addr = shard_addr_from_ring(&found);
        x4_net_selector_from_addr(&addr, &range);
    }
    if (!range.family)
        hub_note(reading, "nobody tells the address of '%s' now: it is none until a reload", item);
    return range;
}

/* What parse_range refuses. False: it is no name of a host either. */
static bool add_host(struct hub_reading *reading, const char *item, struct address_list *list)
{
    if (!list->names)
        return hub_expected(reading,
                            "'%s' is no address, subnet or range: expected like "
                            "192.0.2.1, 192.0.2.0/24, 192.0.2.1-192.0.2.9 or %%any",
                            item);
    if (!is_host_name(item))
        return hub_expected(reading,
                            "'%s' is no address, subnet, range or host: expected like 192.0.2.1, "
                            "192.0.2.0/24, 192.0.2.1-192.0.2.9, %%any or vpn.example.org",
                            item);
    const x4s_net_selector range = resolve(reading, item);
    if (!range.family)
        return true;
    note_first(list, &range);
    list->ranges[list->count++] = range;
    return true;
}

static bool add_address(struct hub_reading *reading, const char *item, void *to)
{
    struct address_list *list = to;
    x4s_net_selector range;
    char text[ITEM_MAX];
    const char *source = item;

    if (!strcmp(item, "%any")) {
        list->any = true;
        return true;
    }
    if (!strcmp(item, "%any4"))
        source = "0.0.0.0/0";
    else if (!strcmp(item, "%any6"))
        source = "::/0";
    memcpy(text, source, strlen(source) + 1);
    if (!parse_range(text, &range))
        return add_host(reading, item, list);
    if (is_unspecified(&range)) {
        list->any = true;
        return true;
    }
    note_first(list, &range);
    list->ranges[list->count++] = range;
    return true;
}

static bool read_addresses(struct hub_reading *reading, struct hub_addresses *out, bool names)
{
    struct address_list list = {
        .ranges = hub_arena_array(reading->arena, count_items(reading->text), sizeof(*list.ranges)),
        .names = names,
    };
    if (!list.ranges || !read_list(reading, add_address, &list))
        return false;
    *out = (struct hub_addresses){
        .any = list.any,
        .first = list.first,
        .ranges = list.ranges,
        .range_count = list.count,
    };
    return true;
}

bool hub_read_addresses(struct hub_reading *reading, void *field)
{
    return read_addresses(reading, field, false);
}

bool hub_read_hosts(struct hub_reading *reading, void *field)
{
    return read_addresses(reading, field, true);
}

static bool add_single(struct hub_reading *reading, const char *item, void *to)
{
    struct hub_addr_list *list = to;
    x4s_net_addr addr;
    if (!x4_net_addr_parse(item, &addr))
        return hub_expected(reading, "'%s' is no address: expected like 192.0.2.1 or 2001:db8::1",
                            item);
    for (size_t i = 0; i < list->count; i++) {
        if (x4_net_addr_same_ip(&list->list[i], &addr))
            return hub_expected(reading, "expected '%s' only once", item);
    }
    list->list[list->count++] = addr;
    return true;
}

bool hub_read_addr_list(struct hub_reading *reading, void *field)
{
    struct hub_addr_list list = {
        .list = hub_arena_array(reading->arena, count_items(reading->text), sizeof(*list.list)),
    };
    if (!list.list || !read_list(reading, add_single, &list))
        return false;
    *(struct hub_addr_list *)field = list;
    return true;
}

/* ------------------------------------------------------------------ traffic */

static bool parse_protocol(const char *text, uint8_t *protocol)
{
    /* IANA, "Assigned Internet Protocol Numbers". */
    static const struct {
        const char *name;
        uint8_t number;
    } names[] = {
        {"%any", 0}, {"icmp", 1},   {"tcp", 6},        {"udp", 17},
        {"gre", 47}, {"l2tp", 115}, {"ipv6-icmp", 58}, {"sctp", 132},
    };
    for (size_t i = 0; i < x4m_countof(names); i++) {
        if (!strcmp(text, names[i].name)) {
            *protocol = names[i].number;
            return true;
        }
    }
    unsigned number;
    if (!small_number(text, 255, &number))
        return false;
    *protocol = (uint8_t)number;
    return true;
}

/* A number, or a service of services(5). */
static bool parse_port(const char *text, uint8_t protocol, unsigned *port)
{
    char buffer[1024];
    struct servent service;
    struct servent *found = NULL;
    const char *kind = protocol == IPPROTO_UDP ? "udp" : "tcp";
    if (small_number(text, 65535, port))
        return true;
    if ((protocol != IPPROTO_UDP && protocol != IPPROTO_TCP) ||
        getservbyname_r(text, kind, &service, buffer, sizeof(buffer), &found) != 0 || !found)
        return false;
    *port = ntohs((uint16_t)found->s_port);
    return true;
}

/* After "[", up to the end; changes the text. */
static bool parse_protoport(struct hub_reading *reading, char *text, x4s_net_selector *selector)
{
    unsigned port = 0;
    size_t len = strlen(text);
    if (!len || text[len - 1] != ']')
        return hub_expected(reading, "expected ']' at the end");
    text[len - 1] = 0;

    char *slash = strchr(text, '/');
    if (slash)
        *slash++ = 0;
    if (!parse_protocol(text, &selector->protocol))
        return hub_expected(reading, "expected a protocol like tcp, udp, icmp or 47 after '['");
    if (slash && strcmp(slash, "%any") != 0 && !parse_port(slash, selector->protocol, &port))
        return hub_expected(reading, "expected one port, or the name of a service, after the "
                                     "protocol");
    if (port && !selector->protocol)
        return hub_expected(reading, "expected a protocol where there is a port");
    selector->port = (uint16_t)port;
    return true;
}

bool hub_read_traffic(struct hub_reading *reading, void *field)
{
    struct hub_traffic traffic = {0};
    x4s_net_selector protoport = {0};
    char item[ITEM_MAX];
    const char *cursor = reading->text;

    if (!next_item(&cursor, item))
        return hub_expected(reading, "expected a shorter selector");
    if (cursor)
        hub_note(reading, "the first selector counts: a quick mode of IKEv1 has one for each side; "
                          "use a child for each");
    char *bracket = strchr(item, '[');
    if (bracket) {
        *bracket = 0;
        if (!parse_protoport(reading, bracket + 1, &protoport))
            return false;
    }
    if (!strcmp(item, "dynamic"))
        traffic.dynamic = true;
    else if (!parse_range(item, &traffic.selector))
        return hub_expected(reading, "expected dynamic, an address, subnet or range, each with "
                                     "[PROTOCOL/PORT] if wanted");
    traffic.selector.protocol = protoport.protocol;
    traffic.selector.port = protoport.port;
    *(struct hub_traffic *)field = traffic;
    return true;
}
