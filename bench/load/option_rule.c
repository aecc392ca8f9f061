/* SPDX-License-Identifier: BSD-2-Clause */
#include "bench/load/option_rule.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/load/identity.h"
#include "shard/config/proposal.h"

#define PORT_IKE 500

bool load_problem(struct load_error *problem, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(problem->text, sizeof(problem->text), format, arguments);
    va_end(arguments);
    return false;
}

static bool parse_number(const char *text, uint64_t max, uint64_t *number)
{
    char *end;
    errno = 0;
    unsigned long long value = strtoull(text, &end, 10);
    if (text[0] < '0' || text[0] > '9' || *end != '\0' || errno || value > max)
        return false;
    *number = value;
    return true;
}

static void *field(const struct load_rule *rule, struct load_options *options)
{
    return (char *)options + rule->offset;
}

bool load_read_number(const struct load_rule *rule, const char *value, struct load_options *options,
                      struct load_error *problem)
{
    uint64_t number;
    if (!parse_number(value, rule->max, &number) || number < rule->min)
        return load_problem(problem, "expected a number from %u to %u", rule->min, rule->max);
    *(uint32_t *)field(rule, options) = (uint32_t)number;
    return true;
}

bool load_read_flag(const struct load_rule *rule, const char *value, struct load_options *options,
                    struct load_error *problem)
{
    (void)value;
    (void)problem;
    *(bool *)field(rule, options) = true;
    return true;
}

bool load_read_pattern(const struct load_rule *rule, const char *value,
                       struct load_options *options, struct load_error *problem)
{
    return load_pattern_parse(value, field(rule, options)) ||
           load_problem(problem, "expected a subnet for all tunnels such as 10.1.0.0/16, or one to "
                                 "take a subnet for each from such as 10.0.0.0/8+32");
}

bool load_read_text(const struct load_rule *rule, const char *value, struct load_options *options,
                    struct load_error *problem)
{
    *(const char **)field(rule, options) = value;
    return value[0] != '\0' || load_problem(problem, "expected at least one character");
}

bool load_read_percent(const struct load_rule *rule, const char *value,
                       struct load_options *options, struct load_error *problem)
{
    char *end;
    double percent = strtod(value, &end);
    if (end == value || *end != '\0' || !(percent >= 0 && percent <= 100))
        return load_problem(problem, "expected a number from 0 to 100");
    *(uint32_t *)field(rule, options) = (uint32_t)(percent * 1e4 + 0.5);
    return true;
}

/* The index of a value among names; false with all of them in *problem. */
static bool read_name(const char *value, const char *const *names, size_t count, size_t *index,
                      struct load_error *problem)
{
    size_t len = 0;
    for (*index = 0; *index < count; ++*index)
        if (strcmp(value, names[*index]) == 0)
            return true;
    load_problem(problem, "expected");
    for (size_t i = 0; i < count; i++) {
        len = strlen(problem->text);
        snprintf(problem->text + len, sizeof(problem->text) - len, "%s %s",
                 i == 0           ? ""
                 : i + 1 == count ? " or"
                                  : ",",
                 names[i]);
    }
    return false;
}

static bool read_addr(const char *value, uint16_t default_port, struct ring_addr *addr,
                      struct load_error *problem)
{
    return ring_addr_parse(addr, value, default_port) ||
           load_problem(
               problem,
               "expected an address such as 192.0.2.1, 192.0.2.1:500 or [2001:db8::1]:500");
}

bool load_read_target(const struct load_rule *rule, const char *value, struct load_options *options,
                      struct load_error *problem)
{
    (void)rule;
    if (!read_addr(value, PORT_IKE, &options->target, problem))
        return false;
    return options->target.port != 0 || load_problem(problem, "expected a port other than 0");
}

bool load_read_source(const struct load_rule *rule, const char *value, struct load_options *options,
                      struct load_error *problem)
{
    (void)rule;
    return read_addr(value, 0, &options->source.addr, problem);
}

bool load_read_backend(const struct load_rule *rule, const char *value,
                       struct load_options *options, struct load_error *problem)
{
    static const char *const names[] = {
        [RING_BACKEND_AUTO] = "auto",
        [RING_BACKEND_URING] = "io_uring",
        [RING_BACKEND_EPOLL] = "epoll",
    };
    size_t index;
    (void)rule;
    if (!read_name(value, names, x4m_countof(names), &index, problem))
        return false;
    options->backend = (enum ring_backend)index;
    return true;
}

bool load_read_arrival(const struct load_rule *rule, const char *value,
                       struct load_options *options, struct load_error *problem)
{
    static const char *const names[] = {"constant", "poisson"};
    size_t index;
    (void)rule;
    if (!read_name(value, names, x4m_countof(names), &index, problem))
        return false;
    options->arrival.poisson = index == 1;
    return true;
}

bool load_read_attack(const struct load_rule *rule, const char *value, struct load_options *options,
                      struct load_error *problem)
{
    static const char *const names[] = {
        [LOAD_ATTACK_NONE] = "none",
        [LOAD_ATTACK_MAIN] = "main",
        [LOAD_ATTACK_AGGRESSIVE] = "aggressive",
        [LOAD_ATTACK_JUNK] = "junk",
        [LOAD_ATTACK_REPLAY] = "replay",
    };
    size_t index;
    (void)rule;
    if (!read_name(value, names, x4m_countof(names), &index, problem))
        return false;
    options->attack.kind = (enum load_attack_kind)index;
    return true;
}

bool load_read_auth(const struct load_rule *rule, const char *value, struct load_options *options,
                    struct load_error *problem)
{
    static const char *const names[] = {
        "psk",       "rsa",       "ecdsa256",    "ecdsa384",       "ecdsa521",       "hybrid",
        "xauth-psk", "xauth-rsa", "hybrid-resp", "xauth-resp-psk", "xauth-resp-rsa",
    };
    static const uint16_t methods[] = {
        x4c_ike_auth_psk,
        x4c_ike_auth_rsa,
        x4c_ike_auth_ecdsa256,
        x4c_ike_auth_ecdsa384,
        x4c_ike_auth_ecdsa521,
        x4c_ike_auth_hybrid_init_rsa,
        x4c_ike_auth_xauth_init_psk,
        x4c_ike_auth_xauth_init_rsa,
        x4c_ike_auth_hybrid_resp_rsa,
        x4c_ike_auth_xauth_resp_psk,
        x4c_ike_auth_xauth_resp_rsa,
    };
    _Static_assert(x4m_countof(names) == x4m_countof(methods), "a name for each method");
    size_t index;
    (void)rule;
    if (!read_name(value, names, x4m_countof(names), &index, problem))
        return false;
    options->auth = methods[index];
    return true;
}

bool load_read_crypto(const struct load_rule *rule, const char *value, struct load_options *options,
                      struct load_error *problem)
{
    (void)rule;
    options->openssl = strcmp(value, "openssl") == 0;
    return options->openssl || strcmp(value, "auto") == 0 ||
           load_problem(problem, "expected auto or openssl");
}

bool load_read_psk(const struct load_rule *rule, const char *value, struct load_options *options,
                   struct load_error *problem)
{
    (void)rule;
    options->psk = (x4s_chunk){.data = (const uint8_t *)value, .len = strlen(value)};
    return options->psk.len > 0 || load_problem(problem, "expected at least one character");
}

bool load_read_id_prefix(const struct load_rule *rule, const char *value,
                         struct load_options *options, struct load_error *problem)
{
    (void)rule;
    size_t len = strlen(value);
    options->id_prefix = value;
    return (len > 0 && len <= LOAD_IDENTITY_PREFIX_MAX) ||
           load_problem(problem, "expected 1 to %d characters", LOAD_IDENTITY_PREFIX_MAX);
}

bool load_read_remote_id(const struct load_rule *rule, const char *value,
                         struct load_options *options, struct load_error *problem)
{
    (void)rule;
    const char *expected;
    return hub_identity_parse(value, &options->remote_id, options->remote_id_data, &expected) ||
           load_problem(problem, "expected %s", expected);
}

bool load_read_proposal(const struct load_rule *rule, const char *value,
                        struct load_options *options, struct load_error *problem)
{
    (void)rule;
    char text[HUB_PROPOSAL_PROBLEM];
    return hub_proposal_phase1(value, options->transforms1, &options->transform1_count, text) ||
           load_problem(problem, "%s", text);
}

bool load_read_esp(const struct load_rule *rule, const char *value, struct load_options *options,
                   struct load_error *problem)
{
    (void)rule;
    char text[HUB_PROPOSAL_PROBLEM];
    x4s_ike_transform2 *transforms = options->transforms2;
    if (!hub_proposal_phase2(value, transforms, &options->transform2_count, text))
        return load_problem(problem, "%s", text);

    /* RFC 2409 5.5: the KE payload of an offer is of one group. */
    for (size_t i = 0; i < options->transform2_count; i++) {
        if (transforms[i].group != transforms[0].group)
            return load_problem(problem, "expected one PFS group in all proposals, or none in all");
        transforms[i].mode = x4c_ike_tunnel;
    }
    return true;
}

bool load_read_hold(const struct load_rule *rule, const char *value, struct load_options *options,
                    struct load_error *problem)
{
    options->hold = true;
    return !value || load_read_number(rule, value, options, problem);
}

bool load_read_seed(const struct load_rule *rule, const char *value, struct load_options *options,
                    struct load_error *problem)
{
    (void)rule;
    options->seeded = true;
    return parse_number(value, UINT64_MAX, &options->seed) ||
           load_problem(problem, "expected a number from 0 to 2^64 - 1");
}
