/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/config/value.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shard/config/proposal.h"
#include "shard/config/proposal_foreign.h"
#include "x4/core/memory.h"

bool hub_read_flag(struct hub_reading *reading, void *field)
{
    static const char *const words[] = {"no", "yes", "false",    "true",
                                        "0",  "1",   "disabled", "enabled"};
    for (size_t i = 0; i < x4m_countof(words); i++) {
        if (!strcmp(reading->text, words[i])) {
            *(bool *)field = i % 2 != 0;
            return true;
        }
    }
    return hub_expected(reading, "expected yes or no");
}

/* ------------------------------------------------------------------ numbers */

/* Digits up to `max`; *end is what follows them. False: none, or too large. */
static bool digits(const char *text, uint64_t max, uint64_t *number, const char **end)
{
    *number = 0;
    const size_t count = strspn(text, "0123456789");
    for (size_t i = 0; i < count; i++) {
        const uint64_t digit = (uint64_t)(text[i] - '0');
        if (*number > (max - digit) / 10)
            return false;
        *number = *number * 10 + digit;
    }
    *end = text + count;
    return count != 0;
}

static bool bounded(struct hub_reading *reading, uint32_t *number)
{
    const struct hub_bounds *bounds = reading->about;
    uint64_t value;
    const char *end;
    if (!digits(reading->text, bounds->max, &value, &end) || *end || value < bounds->min)
        return hub_expected(reading, "expected a number from %" PRIu32 " to %" PRIu32, bounds->min,
                            bounds->max);
    *number = (uint32_t)value;
    return true;
}

bool hub_read_number(struct hub_reading *reading, void *field)
{
    uint32_t number;
    if (!bounded(reading, &number))
        return false;
    *(uint32_t *)field = number;
    return true;
}

bool hub_read_auto_number(struct hub_reading *reading, void *field)
{
    if (strcmp(reading->text, "auto") != 0)
        return hub_read_number(reading, field);
    *(uint32_t *)field = 0;
    return true;
}

bool hub_read_port(struct hub_reading *reading, void *field)
{
    uint32_t number;
    if (!bounded(reading, &number))
        return false;
    *(uint16_t *)field = (uint16_t)number;
    return true;
}

/* ".25" are 250; "" and "s" are none. */
static bool thousandths(const char *text, uint64_t *number)
{
    *number = 0;
    if (*text == '.') {
        const size_t count = strspn(text + 1, "0123456789");
        if (!count || count > 3)
            return false;
        for (size_t i = 0; i < 3; i++)
            *number = *number * 10 + (i < count ? (uint64_t)(text[1 + i] - '0') : 0);
        text += 1 + count;
    }
    return !*text || !strcmp(text, "s");
}

bool hub_read_milliseconds(struct hub_reading *reading, void *field)
{
    const struct hub_bounds *bounds = reading->about;
    uint64_t whole;
    uint64_t part;
    const char *end;

    if (digits(reading->text, bounds->max / 1000, &whole, &end) && thousandths(end, &part)) {
        const uint64_t milliseconds = whole * 1000 + part;
        if (milliseconds >= bounds->min && milliseconds <= bounds->max) {
            *(uint32_t *)field = (uint32_t)milliseconds;
            return true;
        }
    }
    return hub_expected(reading, "expected seconds from %g to %g, with up to three decimals",
                        bounds->min / 1000.0, bounds->max / 1000.0);
}

/* Reads digits and a unit; units[i] is factors[i]. */
static bool scaled(const char *text, const char *units, const uint32_t *factors, uint64_t max,
                   uint64_t *number)
{
    const char *end;
    if (!digits(text, max, number, &end))
        return false;
    if (!*end)
        return true;
    const char *unit = strchr(units, *end);
    if (!unit || end[1] || *number > max / factors[unit - units])
        return false;
    *number *= factors[unit - units];
    return true;
}

bool hub_read_time(struct hub_reading *reading, void *field)
{
    static const uint32_t factors[] = {1, 60, 3600, 86400};
    uint64_t seconds;
    if (!scaled(reading->text, "smhd", factors, HUB_TIME_MAX, &seconds))
        return hub_expected(reading, "expected a time like 3600, 60s, 90m, 4h or 1d");
    *(struct hub_time *)field = (struct hub_time){.set = true, .seconds = (uint32_t)seconds};
    return true;
}

bool hub_read_bytes(struct hub_reading *reading, void *field)
{
    static const uint32_t factors[] = {1u << 10, 1u << 10, 1u << 20, 1u << 20, 1u << 30, 1u << 30};
    uint64_t bytes;
    if (!scaled(reading->text, "kKmMgG", factors, (uint64_t)UINT32_MAX << 10, &bytes))
        return hub_expected(reading, "expected bytes like 4096, 64k, 500M or 1G, up to 4095G");
    *(struct hub_bytes *)field = (struct hub_bytes){.set = true, .bytes = bytes};
    return true;
}

bool hub_read_word(struct hub_reading *reading, void *field)
{
    char list[128] = "";
    for (const struct hub_word *word = reading->about; word->word; word++) {
        if (!strcmp(reading->text, word->word)) {
            *(unsigned *)field = word->value;
            return true;
        }
        const char *joint = !*list ? "" : word[1].word ? ", " : " or ";
        const size_t len = strlen(list);
        snprintf(list + len, sizeof(list) - len, "%s%s", joint, word->word);
    }
    return hub_expected(reading, "expected %s", list);
}

/* ------------------------------------------------------------------ identities and keys */

bool hub_read_text(struct hub_reading *reading, void *field)
{
    *(const char **)field = hub_arena_text(reading->arena, reading->text, strlen(reading->text));
    return *(const char **)field != NULL;
}

bool hub_read_socket(struct hub_reading *reading, void *field)
{
    const char **text = field;
    if (strcmp(reading->text, "none") == 0) {
        *text = "";
        return true;
    }
    if (*reading->text != '/' || strlen(reading->text) > HUB_SOCKET_MAX)
        return hub_expected(reading,
                            "expected none or a path that begins with / and has up to "
                            "%d bytes",
                            HUB_SOCKET_MAX);
    return hub_read_text(reading, field);
}

bool hub_read_permissions(struct hub_reading *reading, void *field)
{
    uint16_t *mode = field;
    const size_t digits = strspn(reading->text, "01234567");
    if (digits < 3 || digits > 4 || reading->text[digits])
        return hub_expected(reading, "expected permissions of three or four octal digits");
    const unsigned long value = strtoul(reading->text, NULL, 8);
    if (value & ~0777UL)
        return hub_expected(reading, "expected permissions up to 0777");
    *mode = (uint16_t)value;
    return true;
}

bool hub_read_identity(struct hub_reading *reading, void *field)
{
    struct hub_identity *identity = field;
    uint8_t data[HUB_IDENTITY_MAX];
    const char *wanted;

    reading->secret = false; /* whose a secret is, is none */
    if (!hub_identity_parse(reading->text, identity, data, &wanted))
        return hub_expected(reading, "expected %s", wanted);
    if (identity->kind == HUB_IDENTITY_ANY)
        return true;
    uint8_t *copy = hub_arena_alloc(reading->arena, identity->id.data.len);
    if (!copy)
        return false;
    memcpy(copy, data, identity->id.data.len);
    identity->id.data.data = copy;
    return true;
}

static int digit_of(const char *alphabet, char c)
{
    const char *found = c ? strchr(alphabet, c) : NULL;
    return found ? (int)(found - alphabet) : -1;
}

/* Digits of `bits` bits each to bytes; the bits that are left over are zero or the text is odd. */
static bool decode(const char *text, size_t len, const char *alphabet, unsigned bits, uint8_t *out,
                   size_t *out_len)
{
    uint32_t buffer = 0;
    unsigned held = 0;

    *out_len = 0;
    for (size_t i = 0; i < len; i++) {
        const int digit = digit_of(alphabet, bits == 4 ? (char)(text[i] | 0x20) : text[i]);
        if (digit < 0)
            return false;
        buffer = (buffer << bits | (uint32_t)digit) & 0xffff;
        held += bits;
        if (held >= 8) {
            held -= 8;
            out[(*out_len)++] = (uint8_t)(buffer >> held);
        }
    }
    return held < bits && !(buffer & ((1u << held) - 1));
}

static bool decode_hex(const char *text, uint8_t *out, size_t *len)
{
    return decode(text, strlen(text), "0123456789abcdef", 4, out, len);
}

static bool decode_base64(const char *text, uint8_t *out, size_t *len)
{
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    size_t count = strlen(text);
    const bool padded = count % 4 == 0;
    for (unsigned pad = 0; padded && pad < 2 && count && text[count - 1] == '='; pad++)
        count--;
    return decode(text, count, alphabet, 6, out, len);
}

bool hub_read_key(struct hub_reading *reading, void *field)
{
    const char *text = reading->text;
    uint8_t *key = hub_arena_alloc(reading->arena, strlen(text));
    size_t len = strlen(text);
    if (!key)
        return false;

    if (!strncmp(text, "0x", 2)) {
        if (!decode_hex(text + 2, key, &len) || !len)
            return hub_expected(reading, "expected an even number of hexadecimal digits after 0x");
    } else if (!strncmp(text, "0s", 2)) {
        if (!decode_base64(text + 2, key, &len) || !len)
            return hub_expected(reading, "expected Base64 after 0s");
    } else {
        memcpy(key, text, len);
    }
    *(x4s_chunk *)field = (x4s_chunk){key, len};
    return true;
}

/* ------------------------------------------------------------------ proposals */

typedef bool proposal2_fn(const char *text, x4s_ike_transform2 out[x4c_ike_transforms2_max],
                          size_t *count, char problem[HUB_PROPOSAL_PROBLEM]);

static bool makes_sense1(void *context, const char *proposal)
{
    x4s_ike_transform1 list[x4c_ike_transforms1_max];
    char problem[HUB_PROPOSAL_PROBLEM];
    size_t count;
    (void)context;
    return hub_proposal_phase1(proposal, list, &count, problem);
}

static bool makes_sense2(void *context, const char *proposal)
{
    proposal2_fn *const *read = context;
    x4s_ike_transform2 list[x4c_ike_transforms2_max];
    char problem[HUB_PROPOSAL_PROBLEM];
    size_t count;
    return (*read)(proposal, list, &count, problem);
}

/* The text without what only strongSwan knows, which is noted; NULL: nothing is left, or memory. */
static const char *familiar(struct hub_reading *reading, hub_proposal_makes_sense makes_sense,
                            void *context)
{
    char name[HUB_FOREIGN_NAME];
    char *text = hub_arena_alloc(reading->arena, strlen(reading->text) + 1);
    if (!text)
        return NULL;
    hub_proposal_drop_foreign(reading->text, makes_sense, context, text, name);
    if (!*name)
        return reading->text;
    if (!*text) {
        hub_expected(reading, "expected an algorithm of each kind that is supported, '%s' is not",
                     name);
        return NULL;
    }
    hub_note(reading, "'%s' is not supported and left out: '%.200s' remains", name, text);
    return text;
}

bool hub_read_proposals(struct hub_reading *reading, void *field)
{
    x4s_ike_transform1 list[x4c_ike_transforms1_max];
    struct hub_transforms1 out;

    _Static_assert(HUB_PROPOSAL_PROBLEM <= HUB_PROBLEM, "the text of a proposal fits");
    const char *text = familiar(reading, makes_sense1, NULL);
    if (!text || !hub_proposal_phase1(text, list, &out.count, reading->problem))
        return false;
    out.list = hub_arena_array(reading->arena, out.count, sizeof(*list));
    if (!out.list)
        return false;
    memcpy(out.list, list, out.count * sizeof(*list));
    *(struct hub_transforms1 *)field = out;
    return true;
}

static bool read_proposals2(struct hub_reading *reading, proposal2_fn *read,
                            struct hub_transforms2 *field)
{
    x4s_ike_transform2 list[x4c_ike_transforms2_max];
    struct hub_transforms2 out;

    const char *text = familiar(reading, makes_sense2, &read);
    if (!text || !read(text, list, &out.count, reading->problem))
        return false;
    out.list = hub_arena_array(reading->arena, out.count, sizeof(*list));
    if (!out.list)
        return false;
    memcpy(out.list, list, out.count * sizeof(*list));
    *field = out;
    return true;
}

bool hub_read_esp_proposals(struct hub_reading *reading, void *field)
{
    return read_proposals2(reading, hub_proposal_phase2, field);
}

bool hub_read_ah_proposals(struct hub_reading *reading, void *field)
{
    return read_proposals2(reading, hub_proposal_ah, field);
}
