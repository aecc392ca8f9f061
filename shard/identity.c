/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/identity.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "x4/crypto/dn.h"

/* What is being read, and where it goes. */
struct reading {
    struct hub_identity *identity;
    uint8_t *data;
    const char **expected;
};

static bool expected(const struct reading *r, const char *text)
{
    *r->expected = text;
    return false;
}

static bool is_name(uint8_t type)
{
    return type == x4c_ike_id_fqdn || type == x4c_ike_id_user_fqdn;
}

static bool take(const struct reading *r, x4e_ike_id_type type, const void *bytes, size_t len)
{
    if (!len)
        return expected(r, "an identity that is not empty");
    if (len > HUB_IDENTITY_MAX)
        return expected(r, "an identity of at most 255 bytes");
    memcpy(r->data, bytes, len);
    *r->identity = (struct hub_identity){
        .kind = HUB_IDENTITY_EXACT,
        .id = {.type = type, .data = {r->data, len}},
    };
    return true;
}

static bool take_name(const struct reading *r, x4e_ike_id_type type, const char *text)
{
    const char *asterisk = strrchr(text, '*');
    if (!asterisk)
        return take(r, type, text, strlen(text));
    if (asterisk != text || !text[1])
        return expected(r, "an asterisk only at the beginning of a name, and a name after it");
    if (!take(r, type, text + 1, strlen(text + 1)))
        return false;
    r->identity->kind = HUB_IDENTITY_SUFFIX;
    return true;
}

static int hex_digit(char c)
{
    static const char digits[] = "0123456789abcdef";
    const char *found = c ? strchr(digits, c | 0x20) : NULL;
    return found ? (int)(found - digits) : -1;
}

static bool take_hex(const struct reading *r, x4e_ike_id_type type, const char *text)
{
    uint8_t bytes[HUB_IDENTITY_MAX];
    size_t len = 0;

    for (; *text; text += 2, len++) {
        int high = hex_digit(text[0]);
        int low = high < 0 ? -1 : hex_digit(text[1]);
        if (low < 0)
            return expected(r, "an even number of hexadecimal digits after '#'");
        if (len == sizeof(bytes))
            return expected(r, "an identity of at most 255 bytes");
        bytes[len] = (uint8_t)(high << 4 | low);
    }
    if (is_name((uint8_t)type) && memchr(bytes, 0, len))
        return expected(r, "a name without NUL bytes");
    return take(r, type, bytes, len);
}

/* ------------------------------------------------------------------ "TYPE:..." */

static const struct {
    const char *prefix;
    uint8_t type; /* 0: known, and not supported */
} prefixes[] = {
    {"ipv4:", x4c_ike_id_ipv4},          {"ipv6:", x4c_ike_id_ipv6},
    {"fqdn:", x4c_ike_id_fqdn},          {"dns:", x4c_ike_id_fqdn},
    {"rfc822:", x4c_ike_id_user_fqdn},   {"email:", x4c_ike_id_user_fqdn},
    {"userfqdn:", x4c_ike_id_user_fqdn}, {"keyid:", x4c_ike_id_key_id},
    {"asn1dn:", x4c_ike_id_dn},          {"asn1gn:", 0},
};

static bool take_address_bytes(const struct reading *r, x4e_ike_id_type type, const char *text)
{
    const size_t len = type == x4c_ike_id_ipv4 ? 4 : 16;
    if (*text != '#' || strlen(text + 1) != 2 * len)
        return expected(r, type == x4c_ike_id_ipv4
                               ? "ipv4:# and 8 hexadecimal digits, or an address without ipv4:"
                               : "ipv6:# and 32 hexadecimal digits, or an address without ipv6:");
    return take_hex(r, type, text + 1);
}

static bool take_dn(const struct reading *r, const char *text)
{
    uint8_t der[x4c_dn_size_max];
    size_t len;
    if (!x4_dn_parse(text, der, sizeof(der), &len, r->expected) ||
        !take(r, x4c_ike_id_dn, der, len))
        return false;
    if (strstr(text, "=*"))
        r->identity->kind = HUB_IDENTITY_DN;
    return true;
}

static bool take_typed(const struct reading *r, x4e_ike_id_type type, const char *text)
{
    if (!type)
        return expected(r, "another type of identity: general names are not supported by this "
                           "version");
    if (type == x4c_ike_id_ipv4 || type == x4c_ike_id_ipv6)
        return take_address_bytes(r, type, text);
    if (*text == '#')
        return take_hex(r, type, text + 1);
    if (type == x4c_ike_id_dn)
        return take_dn(r, text);
    if (is_name((uint8_t)type))
        return take_name(r, type, text);
    return take(r, type, text, strlen(text));
}

/* ------------------------------------------------------------------ addresses */

static bool parse_addr(const char *text, size_t len, x4s_net_addr *addr)
{
    char copy[x4c_net_addr_text];
    if (len >= sizeof(copy))
        return false;
    memcpy(copy, text, len);
    copy[len] = 0;
    return x4_net_addr_parse(copy, addr);
}

/* Two addresses, one after the other, as RFC 2407 4.6.2 has subnets and ranges. */
static bool take_pair(const struct reading *r, x4e_ike_id_type type4, x4e_ike_id_type type6,
                      const x4s_net_addr *first, const uint8_t second[16])
{
    const size_t len = x4_net_addr_size(first->family);
    uint8_t bytes[32];
    memcpy(bytes, first->ip, len);
    memcpy(bytes + len, second, len);
    return take(r, first->family == x4c_net_ipv4 ? type4 : type6, bytes, 2 * len);
}

static bool take_subnet(const struct reading *r, const char *text, const char *slash)
{
    static const char wanted[] = "a subnet like 192.0.2.0/24";
    x4s_net_addr addr;
    x4s_net_selector subnet;

    const size_t digits = strspn(slash + 1, "0123456789");
    if (!digits || digits > 3 || slash[1 + digits] ||
        !parse_addr(text, (size_t)(slash - text), &addr))
        return expected(r, wanted);
    unsigned prefix = 0;
    for (size_t i = 0; i < digits; i++)
        prefix = prefix * 10 + (unsigned)(slash[1 + i] - '0');
    if (!x4_net_selector_from_prefix(&addr, prefix, &subnet))
        return expected(r, wanted);

    uint8_t mask[16];
    for (size_t i = 0; i < sizeof(mask); i++)
        mask[i] = (uint8_t) ~(subnet.from[i] ^ subnet.to[i]);
    memcpy(addr.ip, subnet.from, sizeof(addr.ip));
    return take_pair(r, x4c_ike_id_ipv4_subnet, x4c_ike_id_ipv6_subnet, &addr, mask);
}

/* False without an error text: it is no range. */
static bool is_range(const char *text, x4s_net_addr *from, x4s_net_addr *to)
{
    const char *dash = strchr(text, '-');
    return dash && parse_addr(text, (size_t)(dash - text), from) &&
           parse_addr(dash + 1, strlen(dash + 1), to);
}

static bool take_range(const struct reading *r, const x4s_net_addr *from, const x4s_net_addr *to)
{
    x4s_net_selector range;
    if (!x4_net_selector_from_range(from, to, &range))
        return expected(r, "a range from a lower to a higher address of one family");
    return take_pair(r, x4c_ike_id_ipv4_range, x4c_ike_id_ipv6_range, from, to->ip);
}

static bool take_addr(const struct reading *r, const x4s_net_addr *addr)
{
    x4s_ike_id id;
    return hub_identity_of_addr(addr, &id) && take(r, id.type, id.data.data, id.data.len);
}

/* ------------------------------------------------------------------ reading */

static bool is_any(const char *text)
{
    static const char *const words[] = {"", "%any", "%any6", "*", "0.0.0.0", "::"};
    for (size_t i = 0; i < x4m_countof(words); i++) {
        if (!strcmp(text, words[i]))
            return true;
    }
    return false;
}

/* After "@". */
static bool take_at(const struct reading *r, const char *text)
{
    if (*text == '#')
        return take_hex(r, x4c_ike_id_key_id, text + 1);
    if (*text == '@')
        return take_name(r, x4c_ike_id_user_fqdn, text + 1);
    return take_name(r, x4c_ike_id_fqdn, text);
}

static bool take_untyped(const struct reading *r, const char *text)
{
    x4s_net_addr addr;
    x4s_net_addr to;

    if (*text == '@')
        return take_at(r, text + 1);
    if (x4_net_addr_parse(text, &addr))
        return take_addr(r, &addr);
    if (is_range(text, &addr, &to))
        return take_range(r, &addr, &to);
    if (strchr(text, '='))
        return take_dn(r, text);
    if (strchr(text, '@'))
        return take_name(r, x4c_ike_id_user_fqdn, text);
    const char *slash = strchr(text, '/');
    if (slash)
        return take_subnet(r, text, slash);
    if (strchr(text, ':'))
        return expected(r, "an IPv6 address or a type that is known, like keyid:");
    if (!text[strspn(text, "0123456789.")])
        return expected(r, "an IPv4 address");
    return take_name(r, x4c_ike_id_fqdn, text);
}

bool hub_identity_parse(const char *text, struct hub_identity *identity, uint8_t *data,
                        const char **wanted)
{
    const struct reading r = {identity, data, wanted};

    if (is_any(text)) {
        *identity = (struct hub_identity){.kind = HUB_IDENTITY_ANY};
        return true;
    }
    for (size_t i = 0; i < x4m_countof(prefixes); i++) {
        size_t len = strlen(prefixes[i].prefix);
        if (!strncasecmp(text, prefixes[i].prefix, len))
            return take_typed(&r, prefixes[i].type, text + len);
    }
    return take_untyped(&r, text);
}

/* ------------------------------------------------------------------ comparing */

static bool same_bytes(uint8_t type, const uint8_t *a, const uint8_t *b, size_t len)
{
    if (is_name(type))
        return !strncasecmp((const char *)a, (const char *)b, len);
    return !memcmp(a, b, len);
}

bool hub_identity_same(const x4s_ike_id *a, const x4s_ike_id *b)
{
    if (a->type == x4c_ike_id_dn && b->type == x4c_ike_id_dn)
        return x4_dn_equal(a->data, b->data);
    return a->type == b->type && a->data.len == b->data.len &&
           (!a->data.len || same_bytes((uint8_t)a->type, a->data.data, b->data.data, a->data.len));
}

static bool ends_with(const x4s_ike_id *id, const x4s_ike_id *suffix)
{
    if (id->type != suffix->type || id->data.len <= suffix->data.len)
        return false;
    const uint8_t *tail = id->data.data + (id->data.len - suffix->data.len);
    return same_bytes((uint8_t)id->type, tail, suffix->data.data, suffix->data.len);
}

/* The address is in the subnet or range. */
static bool in_range(const x4s_ike_id *range, const x4s_ike_id *id)
{
    const bool six = range->type == x4c_ike_id_ipv6_subnet || range->type == x4c_ike_id_ipv6_range;
    const bool subnet =
        range->type == x4c_ike_id_ipv4_subnet || range->type == x4c_ike_id_ipv6_subnet;
    const size_t len = six ? 16 : 4;
    if (id->type != (six ? x4c_ike_id_ipv6 : x4c_ike_id_ipv4) || id->data.len != len)
        return false;

    const uint8_t *first = range->data.data;
    const uint8_t *second = first + len;
    if (!subnet)
        return memcmp(first, id->data.data, len) <= 0 && memcmp(id->data.data, second, len) <= 0;
    for (size_t i = 0; i < len; i++) {
        if ((id->data.data[i] & second[i]) != first[i])
            return false;
    }
    return true;
}

enum hub_identity_match hub_identity_match(const struct hub_identity *pattern, const x4s_ike_id *id)
{
    switch (pattern->kind) {
    case HUB_IDENTITY_ANY:
        return HUB_MATCH_ANY;
    case HUB_IDENTITY_SUFFIX:
        return ends_with(id, &pattern->id) ? HUB_MATCH_SUFFIX : HUB_MATCH_NONE;
    case HUB_IDENTITY_DN:
        return id->type == x4c_ike_id_dn && x4_dn_match(pattern->id.data, id->data) >= 0
                   ? HUB_MATCH_SUFFIX
                   : HUB_MATCH_NONE;
    case HUB_IDENTITY_EXACT:
        break;
    }
    if (hub_identity_same(&pattern->id, id))
        return HUB_MATCH_EXACT;
    return hub_identity_is_range(&pattern->id) && in_range(&pattern->id, id) ? HUB_MATCH_RANGE
                                                                             : HUB_MATCH_NONE;
}

bool hub_identity_is_range(const x4s_ike_id *id)
{
    return id->type == x4c_ike_id_ipv4_subnet || id->type == x4c_ike_id_ipv6_subnet ||
           id->type == x4c_ike_id_ipv4_range || id->type == x4c_ike_id_ipv6_range;
}

bool hub_identity_of_addr(const x4s_net_addr *addr, x4s_ike_id *id)
{
    const size_t len = x4_net_addr_size(addr->family);
    *id = (x4s_ike_id){
        .type = addr->family == x4c_net_ipv4 ? x4c_ike_id_ipv4 : x4c_ike_id_ipv6,
        .data = {addr->ip, len},
    };
    return len != 0;
}

/* ------------------------------------------------------------------ showing */

static char *format_hex(const char *prefix, x4s_chunk data, char text[HUB_IDENTITY_TEXT])
{
    size_t used = (size_t)snprintf(text, HUB_IDENTITY_TEXT, "%s", prefix);
    for (size_t i = 0; i < data.len && used + 3 < HUB_IDENTITY_TEXT; i++)
        used += (size_t)snprintf(text + used, HUB_IDENTITY_TEXT - used, "%02x", data.data[i]);
    return text;
}

static bool printable(uint8_t byte)
{
    return byte > 0x20 && byte < 0x7f && byte != '"' && byte != '\\';
}

static char *format_text(const char *prefix, x4s_chunk data, char text[HUB_IDENTITY_TEXT])
{
    size_t used = (size_t)snprintf(text, HUB_IDENTITY_TEXT, "%s", prefix);
    for (size_t i = 0; i < data.len && used + 5 < HUB_IDENTITY_TEXT; i++)
        used += (size_t)snprintf(text + used, HUB_IDENTITY_TEXT - used,
                                 printable(data.data[i]) ? "%c" : "\\x%02x", data.data[i]);
    return text;
}

static char *format_key_id(x4s_chunk data, char text[HUB_IDENTITY_TEXT])
{
    bool all = data.len != 0;
    for (size_t i = 0; i < data.len; i++)
        all = all && printable(data.data[i]);
    return all ? format_text("keyid:", data, text) : format_hex("@#", data, text);
}

static x4s_net_addr addr_at(const uint8_t *bytes, size_t len)
{
    x4s_net_addr addr = {.family = len == 4 ? x4c_net_ipv4 : x4c_net_ipv6};
    memcpy(addr.ip, bytes, len);
    return addr;
}

static unsigned mask_bits(const uint8_t *mask, size_t len)
{
    unsigned bits = 0;
    while (bits < 8 * len && mask[bits / 8] & 0x80 >> bits % 8)
        bits++;
    return bits;
}

static char *format_range(const x4s_ike_id *id, char text[HUB_IDENTITY_TEXT])
{
    char first[x4c_net_addr_text];
    char second[x4c_net_addr_text];
    const size_t len = id->data.len / 2;
    const x4s_net_addr from = addr_at(id->data.data, len);
    const x4s_net_addr to = addr_at(id->data.data + len, len);

    x4_net_addr_format(&from, first);
    if (id->type == x4c_ike_id_ipv4_subnet || id->type == x4c_ike_id_ipv6_subnet)
        snprintf(text, HUB_IDENTITY_TEXT, "%s/%u", first, mask_bits(to.ip, len));
    else
        snprintf(text, HUB_IDENTITY_TEXT, "%s-%s", first, x4_net_addr_format(&to, second));
    return text;
}

/* Bytes of an identity that is made of addresses; 0: of any length. */
static size_t address_bytes(uint8_t type)
{
    switch (type) {
    case x4c_ike_id_ipv4:
        return 4;
    case x4c_ike_id_ipv4_subnet:
    case x4c_ike_id_ipv4_range:
        return 8;
    case x4c_ike_id_ipv6:
        return 16;
    case x4c_ike_id_ipv6_subnet:
    case x4c_ike_id_ipv6_range:
        return 32;
    default:
        return 0;
    }
}

char *hub_identity_format(const x4s_ike_id *id, char text[HUB_IDENTITY_TEXT])
{
    const size_t wanted = address_bytes((uint8_t)id->type);
    if (wanted && wanted != id->data.len)
        return format_hex("malformed:#", id->data, text);
    if (hub_identity_is_range(id))
        return format_range(id, text);
    if (wanted) {
        const x4s_net_addr addr = addr_at(id->data.data, wanted);
        return x4_net_addr_format(&addr, text);
    }
    if (id->type == x4c_ike_id_key_id)
        return format_key_id(id->data, text);
    if (id->type == x4c_ike_id_dn)
        return x4_dn_format(id->data, text, HUB_IDENTITY_TEXT);
    if (id->type == x4c_ike_id_gn)
        return format_hex("asn1gn:#", id->data, text);
    const bool name = id->type == x4c_ike_id_fqdn;
    const bool address = id->data.len && memchr(id->data.data, '@', id->data.len);
    const char *prefix = name ? "fqdn:" : "userfqdn:";
    return format_text(name == address ? prefix : "", id->data, text);
}
