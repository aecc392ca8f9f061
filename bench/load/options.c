/* SPDX-License-Identifier: BSD-2-Clause */
#include "bench/load/options.h"

#include <getopt.h>
#include <inttypes.h>
#include <string.h>

#include "bench/load/option_rule.h"
#include "bench/load/pace.h"

#define FIELD(name) offsetof(struct load_options, name)

/* In the order of the help. */
static const struct load_rule rules[] = {
    {.name = "target",
     .argument = "ADDR[:PORT]",
     .help = "whom to make tunnels with; port 500 unless given",
     .read = load_read_target},
    {.name = "source",
     .argument = "ADDR[:PORT]",
     .help = "where to send from; the route's address and any port unless given",
     .read = load_read_source},
    {.name = "backend",
     .argument = "NAME",
     .preset = "auto",
     .help = "auto, io_uring or epoll",
     .read = load_read_backend},
    {.name = "crypto",
     .argument = "NAME",
     .preset = "auto",
     .help =
         "auto or openssl: our Diffie-Hellman with the vector unit, if there is one, or without",
     .read = load_read_crypto},
    {.name = "count",
     .argument = "N",
     .preset = "1000",
     .help = "tunnels",
     .read = load_read_number,
     .offset = FIELD(count),
     .min = 1,
     .max = LOAD_COUNT_MAX},
    {.name = "rate",
     .argument = "N",
     .preset = "0",
     .help = "tunnels started per second; 0: as fast as the concurrency allows",
     .read = load_read_number,
     .offset = FIELD(rate),
     .max = LOAD_PACE_RATE_MAX},
    {.name = "concurrency",
     .argument = "N",
     .preset = "64",
     .help = "tunnels being negotiated at a time",
     .read = load_read_number,
     .offset = FIELD(concurrency),
     .min = 1,
     .max = LOAD_CONCURRENCY_MAX},
    {.name = "timeout",
     .argument = "SECONDS",
     .preset = "600",
     .help = "give up what is not up by then; 0: never",
     .read = load_read_number,
     .offset = FIELD(timeout_sec),
     .max = UINT32_MAX},
    {.name = "psk", .argument = "TEXT", .help = "the preshared key", .read = load_read_psk},
    {.name = "id-prefix",
     .argument = "NAME",
     .preset = "peer",
     .help = "our identities are NAME-000000.example, NAME-000001.example, ...",
     .read = load_read_id_prefix},
    {.name = "id-address",
     .help = "our identity is the source address instead",
     .read = load_read_flag,
     .offset = FIELD(id_address)},
    {.name = "remote-id",
     .argument = "ID",
     .preset = "%any",
     .help = "the identity that the target must have, as in ikehub.conf",
     .read = load_read_remote_id},
    {.name = "proposal",
     .argument = "LIST",
     .preset = "aes128-sha256-modp2048",
     .help = "proposals of phase 1, separated by commas",
     .read = load_read_proposal},
    {.name = "esp",
     .argument = "LIST",
     .preset = "aes128-sha256",
     .help = "proposals of phase 2; a group such as -modp2048 asks for PFS",
     .read = load_read_esp},
    {.name = "life1",
     .argument = "SECONDS",
     .preset = "28800",
     .help = "lifetime of the ISAKMP SAs",
     .read = load_read_number,
     .offset = FIELD(life1_sec),
     .min = 1,
     .max = UINT32_MAX},
    {.name = "life2",
     .argument = "SECONDS",
     .preset = "28800",
     .help = "lifetime of the IPsec SAs",
     .read = load_read_number,
     .offset = FIELD(life2_sec),
     .min = 1,
     .max = UINT32_MAX},
    {.name = "local-ts",
     .argument = "NET[+BITS]",
     .preset = "10.0.0.0/8+32",
     .help = "our side of the traffic; +BITS: a subnet of so many bits for each tunnel",
     .read = load_read_pattern,
     .offset = FIELD(local_ts)},
    {.name = "remote-ts",
     .argument = "NET[+BITS]",
     .preset = "192.168.0.0/16",
     .help = "the target's side of the traffic",
     .read = load_read_pattern,
     .offset = FIELD(remote_ts)},
    {.name = "hold",
     .argument = "SECONDS",
     .argument_optional = true,
     .help = "keep the tunnels so long, or until a signal, before they are deleted",
     .read = load_read_hold,
     .offset = FIELD(hold_sec),
     .min = 1,
     .max = UINT32_MAX},
    {.name = "no-delete",
     .help = "leave without telling the target",
     .read = load_read_flag,
     .offset = FIELD(leave)},
    {.name = "responder-pid",
     .argument = "PID",
     .help = "report the CPU time that this process used for each handshake",
     .read = load_read_number,
     .offset = FIELD(responder_pid),
     .min = 1,
     .max = INT32_MAX},
    {.name = "seed",
     .argument = "N",
     .help = "reproducible cookies, nonces and SPIs; insecure",
     .read = load_read_seed},
    {.name = "json",
     .help = "the summary as one JSON object",
     .read = load_read_flag,
     .offset = FIELD(json)},
    {.name = "help", .help = "this text"},
    {.name = "version", .help = "the version"},
};

#define RULES x4m_countof(rules)

/* getopt_long returns the index of an option, or one of two characters. */
_Static_assert(RULES < ':', "an index could be taken for ':' or '?'");

static void make_getopt_table(struct option table[static RULES + 1])
{
    for (size_t i = 0; i < RULES; i++) {
        int argument = !rules[i].argument           ? no_argument
                       : rules[i].argument_optional ? optional_argument
                                                    : required_argument;
        table[i] = (struct option){.name = rules[i].name, .has_arg = argument, .val = (int)i};
    }
    table[RULES] = (struct option){0};
}

void load_options_usage(FILE *out)
{
    fputs("usage: ikeload --target ADDR[:PORT] --psk TEXT [OPTION...]\n"
          "Brings IKEv1 tunnels up, measures how fast, and takes them down.\n",
          out);
    for (const struct load_rule *rule = rules; rule < rules + RULES; rule++) {
        char name[48];
        snprintf(name, sizeof(name), rule->argument_optional ? "%s[=%s]" : "%s %s", rule->name,
                 rule->argument ? rule->argument : "");
        fprintf(out, "  --%-24s %s", name, rule->help);
        fprintf(out, rule->preset ? " (%s)\n" : "\n", rule->preset);
    }
}

/* ------------------------------------------------------------------ parsing */

static bool read_value(const struct load_rule *rule, const char *value,
                       struct load_options *options, struct load_error *error)
{
    struct load_error problem;
    return rule->read(rule, value, options, &problem) ||
           load_problem(error, "--%s %s: %s", rule->name, value, problem.text);
}

static bool read_presets(struct load_options *options, struct load_error *error)
{
    for (const struct load_rule *rule = rules; rule < rules + RULES; rule++) {
        if (rule->preset && !read_value(rule, rule->preset, options, error))
            return false;
    }
    return true;
}

static bool fits(const char *name, const struct load_pattern *pattern, uint32_t count,
                 struct load_error *error)
{
    uint64_t capacity = load_pattern_capacity(pattern);
    if (capacity >= count)
        return true;
    return load_problem(error, "--%s has %" PRIu64 " subnets for %" PRIu32 " tunnels", name,
                        capacity, count);
}

static bool check_whole(const struct load_options *options, struct load_error *error)
{
    if (options->target.family == 0)
        return load_problem(error, "--target is missing");
    if (!options->psk.data)
        return load_problem(error, "--psk is missing");
    if (options->source.family != 0 && options->source.family != options->target.family)
        return load_problem(error, "--source and --target are of different address families");
    if (options->local_ts.base.family != options->remote_ts.base.family)
        return load_problem(error, "--local-ts and --remote-ts are of different address families");
    return fits("local-ts", &options->local_ts, options->count, error) &&
           fits("remote-ts", &options->remote_ts, options->count, error);
}

static void spread_lifetimes(struct load_options *options)
{
    for (size_t i = 0; i < options->transform1_count; i++)
        options->transforms1[i].life_sec = options->life1_sec;
    for (size_t i = 0; i < options->transform2_count; i++)
        options->transforms2[i].life_sec = options->life2_sec;
}

enum load_action load_options_parse(int argc, char **argv, struct load_options *options,
                                    struct load_error *error)
{
    struct option table[RULES + 1];
    make_getopt_table(table);
    *options = (struct load_options){0};
    if (!read_presets(options, error))
        return LOAD_BAD;

    opterr = 0;
    optind = 0; /* glibc: start anew, also when this is not the first command line */
    for (int index; (index = getopt_long(argc, argv, ":", table, NULL)) != -1;) {
        if (index == ':' || index == '?') {
            load_problem(error, index == ':' ? "%s needs a value" : "%s is no option of ikeload",
                         argv[optind - 1]);
            return LOAD_BAD;
        }
        const struct load_rule *rule = &rules[index];
        if (!rule->read)
            return strcmp(rule->name, "help") == 0 ? LOAD_HELP : LOAD_VERSION;
        if (!read_value(rule, optarg, options, error))
            return LOAD_BAD;
    }
    if (optind < argc) {
        load_problem(error, "%s: ikeload takes options only", argv[optind]);
        return LOAD_BAD;
    }
    spread_lifetimes(options);
    return check_whole(options, error) ? LOAD_GO : LOAD_BAD;
}
