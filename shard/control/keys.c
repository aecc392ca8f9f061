/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/control/keys.h"

#include <stdio.h>
#include <string.h>

#include "shard/privilege/key_desk.h"
#include "shard/privilege/keys.h"
#include "x4/crypto/hash.h"
#include "x4/crypto/key.h"

/* -------------------------------------------------------------------------- taking */

struct taking {
    struct hub_arena *arena;
    x4s_chunk der;
    x4s_chunk spki;
    char problem[KEY_PROBLEM]; /* of the key itself */
};

static const char no_memory[] = "out of memory";

static x4s_chunk copy_of(struct hub_arena *arena, x4s_chunk chunk)
{
    const char *copy = hub_arena_text(arena, (const char *)chunk.data, chunk.len);
    return (x4s_chunk){(const uint8_t *)copy, copy ? chunk.len : 0};
}

static void on_found(void *context, const struct key_message *found)
{
    struct taking *taking = context;
    if (found->data.len)
        taking->spki = copy_of(taking->arena, found->data);
    else
        snprintf(taking->problem, sizeof(taking->problem), "%.*s", (int)found->text.len,
                 (const char *)found->text.data);
}

static const char *hand_over(int desk, void *context)
{
    struct taking *taking = context;
    const char *why = key_desk_add(desk, taking->der, on_found, taking, taking->problem);
    return why || taking->spki.len ? why : no_memory;
}

static const char *check(struct control *control, struct hub_arena *arena, x4s_chunk der,
                         x4s_chunk *spki)
{
    const char *why = no_memory;
    x4s_private_key *key =
        control_crypto(control) ? x4_private_key_new(control->crypto, der, &why) : NULL;
    if (!key)
        return why;
    *spki = copy_of(arena, x4_public_key_der(x4_private_key_public(key)));
    x4_private_key_free(key);
    return spki->len ? NULL : no_memory;
}

const char *control_key_take(struct control *control, struct hub_arena *arena, x4s_chunk der,
                             x4s_chunk *kept, x4s_chunk *spki, char problem[CONTROL_PROBLEM])
{
    struct taking taking = {.arena = arena, .der = der};
    if (!hub_keys_supervised()) {
        *kept = der;
        return check(control, arena, der, spki);
    }
    const char *why = hub_keys_ask(&hub_config_now(control->hub)->daemon, hand_over, &taking);
    *kept = *spki = taking.spki;
    if (!why)
        return NULL;
    snprintf(problem, CONTROL_PROBLEM, "%s", why);
    return problem;
}

/* -------------------------------------------------------------------------- giving up */

static const char *take_back(int desk, void *name)
{
    char problem[KEY_PROBLEM];
    return key_desk_remove(desk, name, problem);
}

/* A process that does not answer has lost it in any case. */
void control_key_give_back(struct control *control, x4s_chunk spki)
{
    uint8_t name[x4c_hash_size_max];
    if (hub_keys_supervised() && control_crypto(control) &&
        x4_hash(control->crypto, x4c_hash_sha256, &spki, 1, name))
        (void)hub_keys_ask(&hub_config_now(control->hub)->daemon, take_back, name);
}

static void forget(struct control *control, const struct control_item *item)
{
    x4s_chunk spki;
    if (vici_find(item->as.message, "data", &spki))
        control_key_give_back(control, spki);
}

void control_key_forget(struct control *control, const char *name)
{
    x4m_list_each(link, &control->loaded.kinds[CONTROL_KEY])
    {
        const struct control_item *item = x4m_container(link, struct control_item, of_kind);
        if (strcmp(item->as.name, name) == 0)
            forget(control, item);
    }
}

void control_keys_forget(struct control *control)
{
    x4m_list_each(link, &control->loaded.kinds[CONTROL_KEY])
        forget(control, x4m_container(link, struct control_item, of_kind));
}

void control_keys_lost(void *context)
{
    struct control *control = context;
    struct hub_log *log = hub_log(control->hub);
    const size_t count = control_loaded_clear(&control->loaded, CONTROL_KEY);
    if (!count)
        return;
    if (hub_log_begin(log, x4c_trace_error, "keys-lost")) {
        hub_log_number(log, "keys", count);
        hub_log_text(log, "text",
                     "the process that held them has ended: private keys that were loaded over the "
                     "control socket are to be loaded again");
        hub_log_end(log);
    }
    control_commit_changed(control);
}
