/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/config/kernel_options.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

const struct hub_word hub_copy_dscp_words[] = {
    {"out", HUB_COPY_DSCP_OUT},
    {"in", HUB_COPY_DSCP_IN},
    {"yes", HUB_COPY_DSCP_YES},
    {"no", HUB_COPY_DSCP_NO},
    {NULL, 0},
};

const struct hub_bounds hub_replay_window_bounds = {0, HUB_KERNEL_WINDOW_MAX};
const struct hub_bounds hub_any_number_bounds = {0, UINT32_MAX};

/* A number of that many digits and no sign; *end is behind it. */
static bool read_digits(const char *text, uint64_t max, uint64_t *value, char **end)
{
    const bool hex = text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
    const char first = hex ? text[2] : text[0];
    const bool digit = (first >= '0' && first <= '9') ||
                       (hex && ((first >= 'a' && first <= 'f') || (first >= 'A' && first <= 'F')));
    if (!digit)
        return false;
    errno = 0;
    *value = strtoull(text, end, hex ? 16 : 10);
    return errno == 0 && *value <= max;
}

/* A value of its own for each SA: somebody would have to be told which, and no script is run. */
static bool is_unique(struct hub_reading *reading)
{
    return *reading->text == '%' &&
           hub_note(reading, "no values are drawn: '%s' is as if it were not set", reading->text);
}

bool hub_read_mark(struct hub_reading *reading, void *field)
{
    struct hub_kernel_mark *mark = field;
    uint64_t value;
    uint64_t mask = UINT32_MAX;
    char *end;
    if (is_unique(reading))
        return true;
    const bool read = read_digits(reading->text, UINT32_MAX, &value, &end) &&
                      (*end != '/' || read_digits(end + 1, UINT32_MAX, &mask, &end)) && !*end;
    if (!read)
        return hub_expected(reading, "expected a mark, VALUE or VALUE/MASK, of 32 bits each");
    *mark = (struct hub_kernel_mark){(uint32_t)value, value ? (uint32_t)mask : 0};
    return true;
}

bool hub_read_if_id(struct hub_reading *reading, void *field)
{
    uint64_t value;
    char *end;
    if (is_unique(reading))
        return true;
    if (!read_digits(reading->text, UINT32_MAX, &value, &end) || *end)
        return hub_expected(reading, "expected the ID of an XFRM interface, a number of 32 bits");
    *(uint32_t *)field = (uint32_t)value;
    return true;
}

bool hub_read_packets(struct hub_reading *reading, void *field)
{
    struct hub_packets *packets = field;
    char *end;
    if (!read_digits(reading->text, INT64_MAX, &packets->count, &end) || *end)
        return hub_expected(reading, "expected a number of packets");
    packets->set = true;
    return true;
}

/* The same rules as for times and bytes. */
static void set_packets(struct hub_build *build, const struct settings_section *section,
                        const struct hub_kernel_raw *raw, struct hub_kernel_options *options)
{
    const uint64_t life_set = raw->life_packets.count;
    const uint64_t rekey =
        raw->rekey_packets.set ? raw->rekey_packets.count : life_set - life_set / 11;
    const uint64_t life = raw->life_packets.set ? life_set : rekey + rekey / 10;
    const uint64_t spare = life > rekey ? life - rekey : 0;
    const uint64_t random =
        raw->rand_packets.set ? raw->rand_packets.count : x4m_min(spare, rekey / 2);

    if (life && rekey > life)
        hub_schema_error(build, section, "life_packets",
                         "expected at least rekey_packets, %" PRIu64 " packets", rekey);
    else if (rekey && random >= rekey)
        hub_schema_error(build, section, "rand_packets",
                         "expected less than rekey_packets, %" PRIu64 " packets", rekey);
    options->soft_packets = rekey;
    options->life_packets = life;
    options->rand_packets = rekey ? random : 0;
}

void hub_config_kernel_options(struct hub_build *build, const struct settings_section *section,
                               const struct hub_kernel_raw *raw, struct hub_kernel_options *options)
{
    *options = raw->options;
    options->no_policies = !raw->policies;
    options->no_copy_df = !raw->copy_df;
    options->no_copy_ecn = !raw->copy_ecn;
    options->no_dscp_out = !(raw->copy_dscp & HUB_COPY_DSCP_OUT);
    options->dscp_in = raw->copy_dscp & HUB_COPY_DSCP_IN;
    set_packets(build, section, raw, options);
    if (options->mark_in_sa && !options->mark_in.mask)
        hub_schema_error(build, section, "mark_in_sa", "expected mark_in beside it");
}
