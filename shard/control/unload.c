/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What was loaded goes again, and comes by name: unload-*, clear-creds, flush-certs, get-*. What
 * stands in the file is not told here and cannot be unloaded.
 */
#include "shard/control/command.h"
#include "shard/control/keys.h"
#include "shard/control/state.h"

/* -------------------------------------------------------------------------- unloading */

/* SAs that there are go on with the snapshot that they have. */
static void unload(struct control_client *client, x4s_chunk message, enum control_kind kind,
                   const char *key)
{
    char name[VICI_NAME_MAX + 1];
    struct control *control = client->control;
    if (!control_argument_text(message, key, name, sizeof(name)) || !*name) {
        control_client_refuse(client, "expected the name of what was loaded");
        return;
    }
    if (kind == CONTROL_KEY)
        control_key_forget(control, name);
    if (!control_loaded_remove(&control->loaded, kind, name)) {
        control_client_refuse(client, "nothing of that name was loaded; what stands in the "
                                      "configuration file is removed there");
        return;
    }
    control_commit_changed(control);
    control_client_confirm(client);
}

void control_begin_unload_conn(struct control_client *client, x4s_chunk message)
{
    unload(client, message, CONTROL_CONNECTION, "name");
}

void control_begin_unload_pool(struct control_client *client, x4s_chunk message)
{
    unload(client, message, CONTROL_POOL, "name");
}

void control_begin_unload_authority(struct control_client *client, x4s_chunk message)
{
    unload(client, message, CONTROL_AUTHORITY, "name");
}

void control_begin_unload_shared(struct control_client *client, x4s_chunk message)
{
    unload(client, message, CONTROL_SECRET, "id");
}

void control_begin_unload_key(struct control_client *client, x4s_chunk message)
{
    unload(client, message, CONTROL_KEY, "id");
}

static void clear(struct control_client *client, const enum control_kind *kinds, size_t count)
{
    struct control *control = client->control;
    size_t gone = 0;
    for (size_t i = 0; i < count; i++)
        gone += control_loaded_clear(&control->loaded, kinds[i]);
    if (gone)
        control_commit_changed(control);
    control_client_confirm(client);
}

void control_begin_clear_creds(struct control_client *client, x4s_chunk message)
{
    static const enum control_kind kinds[] = {CONTROL_SECRET, CONTROL_KEY, CONTROL_CERT};
    (void)message;
    control_keys_forget(client->control);
    clear(client, kinds, x4m_countof(kinds));
}

/* Certificates of peers are forgotten with their phase 1: there is no cache to be flushed. */
void control_begin_flush_certs(struct control_client *client, x4s_chunk message)
{
    (void)message;
    control_client_confirm(client);
}

/* -------------------------------------------------------------------------- names */

static void tell_names(struct control_client *client, enum control_kind kind, const char *list)
{
    struct vici_writer writer = control_client_response(client);
    vici_list(&writer, list);
    x4m_list_each(link, &client->control->loaded.kinds[kind])
    {
        const struct control_item *item = x4m_container(link, struct control_item, of_kind);
        if (!item->as.hidden)
            vici_item(&writer, item->as.name);
    }
    vici_list_end(&writer);
    control_client_put(client, &writer);
}

void control_begin_get_conns(struct control_client *client, x4s_chunk message)
{
    (void)message;
    tell_names(client, CONTROL_CONNECTION, "conns");
}

void control_begin_get_authorities(struct control_client *client, x4s_chunk message)
{
    (void)message;
    tell_names(client, CONTROL_AUTHORITY, "authorities");
}

void control_begin_get_shared(struct control_client *client, x4s_chunk message)
{
    (void)message;
    tell_names(client, CONTROL_SECRET, "keys");
}

void control_begin_get_keys(struct control_client *client, x4s_chunk message)
{
    (void)message;
    tell_names(client, CONTROL_KEY, "keys");
}
