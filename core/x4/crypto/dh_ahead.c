/* SPDX-License-Identifier: BSD-2-Clause */
#include "x4/crypto/dh_ahead.h"

#include "x4/crypto/dh_lanes.h"
#include "x4/crypto/internal.h"

x4s_dh_key *x4_dh_ahead_take(x4s_crypto_group *group)
{
    return group->ahead_count > 0 ? group->ahead[--group->ahead_count] : NULL;
}

void x4_dh_ahead_put(x4s_crypto *crypto, x4s_crypto_group *group, x4s_dh_key *key)
{
    group->ahead[group->ahead_count++] = key;
    crypto->made_ahead++;
}

uint32_t x4_dh_ahead_lacking(const x4s_crypto *crypto, const x4s_crypto_group *group)
{
    const bval lacks = group->in_use && group->ahead_count < crypto->keys_ahead;
    return lacks ? crypto->keys_ahead - group->ahead_count : 0;
}

void x4_dh_ahead_clear(x4s_crypto_group *group)
{
    while (group->ahead_count > 0)
        x4_dh_key_free(group->ahead[--group->ahead_count]);
}

void x4_dh_ahead_set(x4s_crypto *crypto, uint32_t count)
{
    crypto->keys_ahead = x4m_min(count, (uint32_t)x4c_dh_ahead_max);
}

bval x4_dh_ahead_lacks(const x4s_crypto *crypto)
{
    for (size_t i = 0; i < x4c_crypto_groups; i++)
        if (x4_dh_ahead_lacking(crypto, &crypto->groups[i]))
            return btrue;
    return bfalse;
}

/* The group that has the fewest, so that none waits for another to be full. */
static x4s_crypto_group *poorest(x4s_crypto *crypto)
{
    x4s_crypto_group *found = NULL;
    for (size_t i = 0; i < x4c_crypto_groups; i++) {
        x4s_crypto_group *group = &crypto->groups[i];
        if (x4_dh_ahead_lacking(crypto, group) &&
            (!found || group->ahead_count < found->ahead_count))
            found = group;
    }
    return found;
}

static unsigned make(x4s_crypto *crypto, x4s_crypto_group *group, x4s_dh_key **keys)
{
    const x4e_group number = (x4e_group)(group - crypto->groups);
    const uint32_t lacking = x4_dh_ahead_lacking(crypto, group);
    if (group->field)
        return x4_dh_lanes_make(crypto, number, keys,
                                x4m_min(lacking, (uint32_t)x4c_modp_lanes_max));
    keys[0] = x4_dh_key_make(crypto, number);
    return keys[0] != NULL;
}

bval x4_dh_ahead_make(x4s_crypto *crypto)
{
    x4s_dh_key *keys[x4c_modp_lanes_max];
    x4s_crypto_group *group = poorest(crypto);
    if (!group)
        return bfalse;
    const unsigned made = make(crypto, group, keys);
    for (unsigned i = 0; i < made; i++)
        x4_dh_ahead_put(crypto, group, keys[i]);
    group->in_use = made > 0;
    return made > 0;
}

uint32_t x4_dh_ahead_made(x4s_crypto *crypto)
{
    const uint32_t made = crypto->made_ahead;
    crypto->made_ahead = 0;
    return made;
}
