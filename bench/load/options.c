/* SPDX-License-Identifier: BSD-2-Clause */
#include "bench/load/options.h"

#include <getopt.h>
#include <inttypes.h>
#include <string.h>

#include "bench/load/option_rule.h"
#include "bench/load/pace.h"
#include "x4/crypto/key.h"
#include "x4/ike/method.h"

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
    {.name = "source-range",
     .argument = "NET+BITS",
     .help = "an address of NET for each peer, such as 10.64.0.0/10+32",
     .read = load_read_pattern,
     .offset = FIELD(source.range)},
    {.name = "source-ports",
     .argument = "N",
     .preset = "1",
     .help = "peers are spread over so many ports, the source's and those above",
     .read = load_read_number,
     .offset = FIELD(source.ports),
     .min = 1,
     .max = RING_SOCKETS_MAX},
    {.name = "nat-t",
     .argument = "PORT",
     .preset = "0",
     .help = "be behind a NAT, and go over to this port of the target's, mostly 4500; 0: be not",
     .read = load_read_number,
     .offset = FIELD(source.nat_t_port),
     .max = UINT16_MAX},
    {.name = "backend",
     .argument = "NAME",
     .preset = "auto",
     .help = "auto, io_uring or epoll",
     .read = load_read_backend},
    {.name = "crypto",
     .argument = "NAME",
     .preset = "auto",
     .help =
         "auto or openssl: real Diffie-Hellman with the vector unit, if there is one, or without",
     .read = load_read_crypto},
    {.name = "loss",
     .argument = "PERCENT",
     .preset = "0",
     .help = "datagrams lost, either way",
     .read = load_read_percent,
     .offset = FIELD(impairment.loss_ppm)},
    {.name = "delay",
     .argument = "MS",
     .preset = "0",
     .help = "datagrams come so much later, either way",
     .read = load_read_number,
     .offset = FIELD(impairment.delay_ms),
     .max = LOAD_DELAY_MAX_MS},
    {.name = "jitter",
     .argument = "MS",
     .preset = "0",
     .help = "and up to so much more, evenly spread; order is not kept",
     .read = load_read_number,
     .offset = FIELD(impairment.jitter_ms),
     .max = LOAD_DELAY_MAX_MS},
    {.name = "count",
     .argument = "N",
     .preset = "1000",
     .help = "tunnels, each of a peer of its own",
     .read = load_read_number,
     .offset = FIELD(count),
     .min = 1,
     .max = LOAD_COUNT_MAX},
    {.name = "children",
     .argument = "N",
     .preset = "1",
     .help = "quick modes of each tunnel",
     .read = load_read_number,
     .offset = FIELD(children),
     .min = 1,
     .max = LOAD_CHILDREN_MAX},
    {.name = "concurrency",
     .argument = "N",
     .help = "tunnels being negotiated at a time; 64, with a rate 65536",
     .read = load_read_number,
     .offset = FIELD(concurrency),
     .min = 1,
     .max = LOAD_CONCURRENCY_MAX},
    {.name = "rate",
     .argument = "N",
     .preset = "0",
     .help = "tunnels started per second; 0: as fast as the concurrency allows",
     .read = load_read_number,
     .offset = FIELD(arrival.per_second),
     .max = LOAD_ARRIVAL_RATE_MAX},
    {.name = "arrival",
     .argument = "NAME",
     .preset = "constant",
     .help = "constant or poisson: the distances between starts",
     .read = load_read_arrival},
    {.name = "ramp",
     .argument = "SECONDS",
     .preset = "0",
     .help = "the rate grows from nothing for so long",
     .read = load_read_number,
     .offset = FIELD(arrival.ramp_sec),
     .max = 86400},
    {.name = "timeout",
     .argument = "SECONDS",
     .preset = "600",
     .help = "give up what is not up by then; 0: never",
     .read = load_read_number,
     .offset = FIELD(timeout_sec),
     .max = UINT32_MAX},
    {.name = "auth",
     .argument = "METHOD",
     .preset = "psk",
     .help = "psk, rsa, ecdsa256, ecdsa384, ecdsa521, hybrid, xauth-psk, xauth-rsa, ...",
     .read = load_read_auth},
    {.name = "psk", .argument = "TEXT", .help = "the preshared key", .read = load_read_psk},
    {.name = "cert",
     .argument = "FILE",
     .help = "the peers' certificate in PEM, and those between it and an authority",
     .read = load_read_text,
     .offset = FIELD(credentials.cert)},
    {.name = "key",
     .argument = "FILE",
     .help = "the peers' private key",
     .read = load_read_text,
     .offset = FIELD(credentials.key)},
    {.name = "ca",
     .argument = "FILE",
     .help = "the authority that the target is asked a certificate of",
     .read = load_read_text,
     .offset = FIELD(credentials.ca)},
    {.name = "ca-key",
     .argument = "FILE",
     .help = "its private key: each peer gets a certificate of it",
     .read = load_read_text,
     .offset = FIELD(credentials.ca_key)},
    {.name = "certificates",
     .argument = "N",
     .preset = "1000",
     .help = "that many at most; the peers beyond share theirs, and identities",
     .read = load_read_number,
     .offset = FIELD(certificates),
     .min = 1,
     .max = LOAD_COUNT_MAX},
    {.name = "strong",
     .help = "do the public-key work of real peers, which takes their CPU time",
     .read = load_read_flag,
     .offset = FIELD(strong)},
    {.name = "user",
     .argument = "TEXT",
     .help = "name for extended authentication; % is the peer's number",
     .read = load_read_text,
     .offset = FIELD(user)},
    {.name = "password",
     .argument = "TEXT",
     .help = "its password",
     .read = load_read_text,
     .offset = FIELD(password)},
    {.name = "aggressive",
     .help = "aggressive mode instead of main mode",
     .read = load_read_flag,
     .offset = FIELD(aggressive)},
    {.name = "initial-contact",
     .help = "tell the target to forget older SAs of the peer",
     .read = load_read_flag,
     .offset = FIELD(initial_contact)},
    {.name = "mode-config",
     .help = "ask for an address, which becomes our side of the traffic",
     .read = load_read_flag,
     .offset = FIELD(mode_config)},
    {.name = "dpd",
     .argument = "SECONDS",
     .preset = "0",
     .help = "ask a target that was silent so long whether it is there; 0: never",
     .read = load_read_number,
     .offset = FIELD(dpd_sec),
     .max = 86400},
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
     .help = "our side of the traffic; +BITS: a subnet of so many bits for each child",
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
    {.name = "rekey-rate",
     .argument = "N",
     .preset = "0",
     .help = "children per second that get new keys meanwhile",
     .read = load_read_number,
     .offset = FIELD(upkeep.rekey_rate),
     .max = LOAD_ARRIVAL_RATE_MAX},
    {.name = "reauth-rate",
     .argument = "N",
     .preset = "0",
     .help = "tunnels per second that are made anew before the old one goes",
     .read = load_read_number,
     .offset = FIELD(upkeep.reauth_rate),
     .max = LOAD_ARRIVAL_RATE_MAX},
    {.name = "churn-rate",
     .argument = "N",
     .preset = "0",
     .help = "tunnels per second that are deleted and made anew",
     .read = load_read_number,
     .offset = FIELD(upkeep.churn_rate),
     .max = LOAD_ARRIVAL_RATE_MAX},
    {.name = "reconnect",
     .help = "make a tunnel anew that was lost while it was held",
     .read = load_read_flag,
     .offset = FIELD(upkeep.reconnect)},
    {.name = "storm",
     .help = "forget all tunnels when they are up, and make them anew",
     .read = load_read_flag,
     .offset = FIELD(upkeep.storm)},
    {.name = "no-delete",
     .help = "leave without telling the target",
     .read = load_read_flag,
     .offset = FIELD(leave)},
    {.name = "delete-rate",
     .argument = "N",
     .preset = "10000",
     .help = "tunnels deleted per second at the end",
     .read = load_read_number,
     .offset = FIELD(delete_rate),
     .min = 1,
     .max = LOAD_PACE_RATE_MAX},
    {.name = "attack",
     .argument = "KIND",
     .preset = "none",
     .help = "beside the tunnels, until they are up: main, aggressive, junk or replay",
     .read = load_read_attack},
    {.name = "attack-rate",
     .argument = "N",
     .preset = "0",
     .help = "datagrams per second of it; 0: as many as there can be",
     .read = load_read_number,
     .offset = FIELD(attack.per_second),
     .max = LOAD_PACE_RATE_MAX},
    {.name = "attack-times",
     .argument = "N",
     .preset = "1",
     .help = "each of them so often",
     .read = load_read_number,
     .offset = FIELD(attack.times),
     .min = 1,
     .max = LOAD_ATTACK_TIMES_MAX},
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
    {.name = "series",
     .argument = "FILE",
     .help = "a line of CSV per second into a file",
     .read = load_read_text,
     .offset = FIELD(series)},
    {.name = "histogram",
     .argument = "FILE",
     .help = "all percentiles of the latency into a file, as HdrHistogram prints them",
     .read = load_read_text,
     .offset = FIELD(histogram)},
    {.name = "help", .help = "this text"},
    {.name = "version", .help = "the version"},
};

#define RULES x4m_countof(rules)

/* getopt_long returns this and the index of an option, or a character. */
#define FIRST_OPTION 256

static void make_getopt_table(struct option table[static RULES + 1])
{
    for (size_t i = 0; i < RULES; i++) {
        int argument = !rules[i].argument           ? no_argument
                       : rules[i].argument_optional ? optional_argument
                                                    : required_argument;
        table[i] = (struct option){
            .name = rules[i].name, .has_arg = argument, .val = FIRST_OPTION + (int)i};
    }
    table[RULES] = (struct option){0};
}

void load_options_usage(FILE *out)
{
    fputs("usage: ikeload --target ADDR[:PORT] [OPTION...]\n"
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

static bool fits(const char *name, const struct load_pattern *pattern, uint64_t count,
                 struct load_error *error)
{
    uint64_t capacity = load_pattern_capacity(pattern);
    if (capacity >= count)
        return true;
    return load_problem(error, "--%s has %" PRIu64 " subnets for %" PRIu64 " children", name,
                        capacity, count);
}

static bool check_source(const struct load_options *options, struct load_error *error)
{
    const struct load_wire_source *source = &options->source;
    uint8_t family = options->target.family;
    bool ranged = source->range.base.family != x4c_net_none;
    if (source->addr.family != 0 && source->addr.family != family)
        return load_problem(error, "--source and --target are of different address families");
    if (ranged && source->range.base.family != family)
        return load_problem(error, "--source-range and --target are of different address families");
    const uint32_t sockets = source->nat_t_port ? 2 * source->ports : source->ports;
    if (sockets > RING_SOCKETS_MAX)
        return load_problem(error,
                            "--nat-t takes a second port for each: --source-ports is %d at most",
                            RING_SOCKETS_MAX / 2);
    if (source->addr.port != 0 && source->addr.port + sockets - 1 > UINT16_MAX)
        return load_problem(error, "--source-ports goes beyond port 65535");
    return true;
}

static bool check_method(const struct load_options *options, struct load_error *error)
{
    const struct load_credential_files *files = &options->credentials;
    const x4s_ike_method *method = x4_method(options->auth);
    bool signs = x4_method_signs(options->auth, x4c_ike_initiator);
    if (method->by_psk && !options->psk.data)
        return load_problem(error, "--psk is missing");
    if (files->ca_key && !files->ca)
        return load_problem(error, "--ca-key needs --ca");
    if (files->ca_key && files->cert)
        return load_problem(error, "--ca-key and --cert exclude each other");
    if (signs && !files->ca_key && !files->key)
        return load_problem(error, "this --auth needs --key, or --ca and --ca-key");
    if (files->ca_key && options->strong && !files->key)
        return load_problem(error, "--strong needs --key");
    if (signs && method->key != x4c_key_rsa && !files->key)
        return load_problem(error, "this --auth needs --key");
    if (x4_method_asks(options->auth, x4c_ike_initiator) && (!options->user || !options->password))
        return load_problem(error, "this --auth needs --user and --password");
    return true;
}

static bool check_upkeep(const struct load_options *options, struct load_error *error)
{
    const struct load_upkeep *upkeep = &options->upkeep;
    bool any = upkeep->rekey_rate || upkeep->reauth_rate || upkeep->churn_rate ||
               upkeep->reconnect || upkeep->storm;
    if (any && !options->hold)
        return load_problem(error, "what is done with tunnels that are up needs --hold");
    if (options->arrival.ramp_sec && !options->arrival.per_second)
        return load_problem(error, "--ramp needs --rate");
    return options->attack.kind == LOAD_ATTACK_NONE ||
           load_attack_fits(&options->attack, &options->target, error->text, sizeof(error->text));
}

static bool check_whole(const struct load_options *options, struct load_error *error)
{
    if (options->target.family == 0)
        return load_problem(error, "--target is missing");
    if (!check_source(options, error) || !check_method(options, error) ||
        !check_upkeep(options, error))
        return false;
    if (options->local_ts.base.family != options->remote_ts.base.family)
        return load_problem(error, "--local-ts and --remote-ts are of different address families");
    uint64_t selectors = (uint64_t)options->count * options->children;
    return fits("local-ts", &options->local_ts, selectors, error) &&
           fits("remote-ts", &options->remote_ts, selectors, error);
}

static void complete(struct load_options *options)
{
    for (size_t i = 0; i < options->transform1_count; i++) {
        options->transforms1[i].life_sec = options->life1_sec;
        options->transforms1[i].auth = options->auth;
    }
    for (size_t i = 0; i < options->transform2_count; i++)
        options->transforms2[i].life_sec = options->life2_sec;
    if (options->concurrency == 0)
        options->concurrency =
            options->arrival.per_second ? LOAD_CONCURRENCY_OPEN : LOAD_CONCURRENCY_CLOSED;
    options->concurrency = x4m_min(options->concurrency, options->count);
    options->attack.range = options->source.range;
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
    for (int option; (option = getopt_long(argc, argv, ":", table, NULL)) != -1;) {
        if (option < FIRST_OPTION) {
            load_problem(error, option == ':' ? "%s needs a value" : "%s is no option of ikeload",
                         argv[optind - 1]);
            return LOAD_BAD;
        }
        const struct load_rule *rule = &rules[option - FIRST_OPTION];
        if (!rule->read)
            return strcmp(rule->name, "help") == 0 ? LOAD_HELP : LOAD_VERSION;
        if (!read_value(rule, optarg, options, error))
            return LOAD_BAD;
    }
    if (optind < argc) {
        load_problem(error, "%s: ikeload takes options only", argv[optind]);
        return LOAD_BAD;
    }
    complete(options);
    return check_whole(options, error) ? LOAD_GO : LOAD_BAD;
}
