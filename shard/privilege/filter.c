/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/privilege/filter.h"

#include <errno.h>
#include <seccomp.h>
#include <unistd.h>

#include "ioring/error.h"
#include "shard/privilege/sanitized.h"

static int allow(scmp_filter_ctx rules, const struct hub_filter *filter)
{
    int result = 0;
    for (size_t i = 0; i < filter->allowed_count && result == 0; i++)
        result = seccomp_rule_add(rules, SCMP_ACT_ALLOW, filter->allowed[i], 0);
    return result;
}

static int allow_bounded(scmp_filter_ctx rules, const struct hub_filter *filter)
{
    int result = 0;
    for (size_t i = 0; i < filter->bound_count && result == 0; i++) {
        const struct hub_filter_bound *bound = &filter->bounds[i];
        const struct scmp_arg_cmp compare = {
            .arg = bound->argument,
            .op = SCMP_CMP_MASKED_EQ,
            .datum_a = bound->mask,
            .datum_b = bound->value,
        };
        result = seccomp_rule_add_array(rules, SCMP_ACT_ALLOW, bound->call, 1, &compare);
    }
    return result;
}

static int allow_abort(scmp_filter_ctx rules)
{
    const struct scmp_arg_cmp own = {
        .arg = 0,
        .op = SCMP_CMP_EQ,
        .datum_a = (scmp_datum_t)getpid(),
        .datum_b = 0,
    };
    return seccomp_rule_add_array(rules, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), 1, &own);
}

static int refuse(scmp_filter_ctx rules, const struct hub_filter *filter)
{
    int result = 0;
    for (size_t i = 0; i < filter->refusal_count && result == 0; i++)
        result = seccomp_rule_add(rules, SCMP_ACT_ERRNO((uint16_t)filter->refusals[i].error),
                                  filter->refusals[i].call, 0);
    return result;
}

/* The kernel looks at most at a handful of rules, of all that there are, for a call. */
static int load(scmp_filter_ctx rules, const struct hub_filter *filter)
{
    int result = seccomp_attr_set(rules, SCMP_FLTATR_CTL_TSYNC, 1);
    if (result == 0)
        result = seccomp_attr_set(rules, SCMP_FLTATR_CTL_OPTIMIZE, 2);
    if (result == 0)
        result = allow(rules, filter);
    if (result == 0)
        result = allow_bounded(rules, filter);
    if (result == 0)
        result = allow_abort(rules);
    if (result == 0)
        result = refuse(rules, filter);
    return result == 0 ? seccomp_load(rules) : result;
}

bool hub_filter_load(const struct hub_filter *filter, struct ring_error *error)
{
    if (HUB_SANITIZED)
        return true;
    scmp_filter_ctx rules = seccomp_init(SCMP_ACT_KILL_PROCESS);
    const int result = rules ? load(rules, filter) : -ENOMEM;
    seccomp_release(rules);
    return result == 0 || ring_error_set(error, "filtering system calls", -result);
}
