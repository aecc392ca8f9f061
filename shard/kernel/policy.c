/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/kernel/policy.h"

#include <stdlib.h>
#include <string.h>

bool xfrm_policies_init(struct xfrm_policies *policies)
{
    if (pthread_mutex_init(&policies->lock, NULL) != 0)
        return false;
    if (x4_table_init(&policies->by_key, &x4_libc_allocator))
        return true;
    pthread_mutex_destroy(&policies->lock);
    return false;
}

void xfrm_policies_fini(struct xfrm_policies *policies)
{
    x4_table_fini(&policies->by_key);
    pthread_mutex_destroy(&policies->lock);
}

static bval is_key(const x4s_table_link *link, const void *key)
{
    const struct xfrm_policy *policy = x4m_container_const(link, struct xfrm_policy, by_key);
    const uint8_t *bytes = (const uint8_t *)&policy->key;
    return memcmp(bytes, key, sizeof(policy->key)) == 0;
}

struct xfrm_policy *xfrm_policy_find(const struct xfrm_policies *policies,
                                     const struct xfrm_policy_key *key)
{
    x4s_table_link *link = x4_table_find(&policies->by_key, xfrm_policy_hash(key), is_key, key);
    return link ? x4m_container(link, struct xfrm_policy, by_key) : NULL;
}

static struct xfrm_policy *get(struct xfrm_policies *policies, const struct xfrm_policy_key *key)
{
    struct xfrm_policy *policy = xfrm_policy_find(policies, key);
    if (policy)
        return policy;
    policy = calloc(1, sizeof(*policy));
    if (!policy)
        return NULL;
    policy->key = *key;
    x4_list_init(&policy->uses);
    x4_table_insert(&policies->by_key, &policy->by_key, xfrm_policy_hash(key));
    return policy;
}

void xfrm_policy_free(struct xfrm_policy *policy)
{
    free(policy);
}

static const struct xfrm_use *top_of(const struct xfrm_policy *policy)
{
    return x4m_container_const(policy->uses.prev, struct xfrm_use, of_policy);
}

static struct xfrm_templates templates_of(const struct xfrm_flow *flow, bool inbound)
{
    const bool any = inbound && flow->any;
    struct xfrm_templates templates =
        xfrm_templates_of(&flow->bundle, any ? NULL : &flow->ends, any ? 0 : flow->reqid, inbound,
                          !inbound && !flow->trap);
    templates.priority = flow->priority;
    return templates;
}

struct xfrm_templates xfrm_policy_templates(const struct xfrm_policy *policy)
{
    return templates_of(top_of(policy)->flow, policy->key.inbound);
}

bool xfrm_policy_forwards(const struct xfrm_policy *policy)
{
    return policy->key.inbound && xfrm_bundle_tunnels(&top_of(policy)->flow->bundle);
}

static bool is_same(const struct xfrm_templates *a, const struct xfrm_templates *b)
{
    return a->priority == b->priority && a->count == b->count &&
           memcmp(a->list, b->list, a->count * sizeof(a->list[0])) == 0;
}

static enum xfrm_policy_step step_from(const struct xfrm_templates *before,
                                       const struct xfrm_policy *policy)
{
    const struct xfrm_templates now = xfrm_policy_templates(policy);
    return is_same(before, &now) ? XFRM_POLICY_KEEP : XFRM_POLICY_SET;
}

/* A trap counts least. */
static void enlist(struct xfrm_policy *policy, struct xfrm_use *use)
{
    if (use->flow->trap)
        x4_list_append(policy->uses.next, &use->of_policy);
    else
        x4_list_append(&policy->uses, &use->of_policy);
}

bool xfrm_policy_join(struct xfrm_policies *policies, const struct xfrm_policy_key *key,
                      const struct xfrm_flow *flow, struct xfrm_use *use,
                      enum xfrm_policy_step *step)
{
    struct xfrm_policy *policy = get(policies, key);
    if (!policy)
        return false;
    const bool is_new = x4_list_empty(&policy->uses);
    struct xfrm_templates before = {0};
    if (!is_new)
        before = xfrm_policy_templates(policy);
    use->policy = policy;
    use->flow = flow;
    enlist(policy, use);
    *step = is_new ? XFRM_POLICY_SET : step_from(&before, policy);
    return true;
}

enum xfrm_policy_step xfrm_policy_leave(struct xfrm_policies *policies, struct xfrm_use *use)
{
    struct xfrm_policy *policy = use->policy;
    const struct xfrm_templates before = xfrm_policy_templates(policy);
    x4_list_remove(&use->of_policy);
    use->policy = NULL;
    if (!x4_list_empty(&policy->uses))
        return step_from(&before, policy);
    x4_table_remove(&policies->by_key, &policy->by_key);
    return XFRM_POLICY_REMOVE;
}

void xfrm_policy_move(struct xfrm_flow *flow, const struct xfrm_ends *ends,
                      struct xfrm_use *const uses[2], enum xfrm_policy_step steps[2])
{
    struct xfrm_templates before[2];
    for (int i = 0; i < 2; i++)
        if (uses[i]->policy)
            before[i] = xfrm_policy_templates(uses[i]->policy);
    flow->ends = *ends;
    for (int i = 0; i < 2; i++)
        steps[i] = uses[i]->policy ? step_from(&before[i], uses[i]->policy) : XFRM_POLICY_KEEP;
}
