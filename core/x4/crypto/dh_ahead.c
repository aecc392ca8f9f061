/* SPDX-License-Identifier: BSD-2-Clause */
#include "x4/crypto/dh_ahead.h"

#include "x4/crypto/internal.h"

x4s_dh_key *x4_dh_key_take(x4s_crypto *crypto, x4e_group number)
{
    x4s_crypto_group *group = &crypto->groups[number];
    group->in_use = btrue;
    return group->ahead_count > 0 ? group->ahead[--group->ahead_count]
                                  : x4_dh_key_make(crypto, number);
}

void x4_dh_ahead_clear(x4s_crypto_group *group)
{
    while (group->ahead_count > 0)
        x4_dh_key_free(group->ahead[--group->ahead_count]);
}

static bval lacks(const x4s_crypto_group *group, uint32_t max)
{
    return group->in_use && group->ahead_count < x4m_min(max, (uint32_t)x4c_dh_ahead_max);
}

bval x4_dh_ahead_lacks(const x4s_crypto *crypto, uint32_t max)
{
    for (size_t i = 0; i < x4c_crypto_groups; i++)
        if (lacks(&crypto->groups[i], max))
            return btrue;
    return bfalse;
}

/* The group that has the fewest, so that none waits for another to be full. */
static x4s_crypto_group *poorest(x4s_crypto *crypto, uint32_t max)
{
    x4s_crypto_group *found = NULL;
    for (size_t i = 0; i < x4c_crypto_groups; i++) {
        x4s_crypto_group *group = &crypto->groups[i];
        if (lacks(group, max) && (!found || group->ahead_count < found->ahead_count))
            found = group;
    }
    return found;
}

bval x4_dh_ahead_make(x4s_crypto *crypto, uint32_t max)
{
    x4s_crypto_group *group = poorest(crypto, max);
    if (!group)
        return bfalse;
    x4s_dh_key *key = x4_dh_key_make(crypto, (x4e_group)(group - crypto->groups));
    if (key)
        group->ahead[group->ahead_count++] = key;
    else
        group->in_use = bfalse;
    return key != NULL;
}
