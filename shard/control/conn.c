/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/control/conn.h"

#include <stdio.h>

/* -------------------------------------------------------------------------- values */

static void put_addresses(struct vici_writer *writer, const char *key,
                          const struct hub_addresses *addresses)
{
    char text[x4c_net_selector_text];
    vici_list(writer, key);
    if (addresses->any)
        vici_item(writer, "%any");
    for (size_t i = 0; i < addresses->range_count; i++)
        vici_item(writer, x4_net_selector_format(&addresses->ranges[i], text));
    vici_list_end(writer);
}

static void put_traffic(struct vici_writer *writer, const char *key,
                        const struct hub_traffic *traffic)
{
    char text[x4c_net_selector_text];
    vici_list(writer, key);
    vici_item(writer,
              traffic->dynamic ? "dynamic" : x4_net_selector_format(&traffic->selector, text));
    vici_list_end(writer);
}

static void put_pattern(struct vici_writer *writer, const struct hub_identity *identity)
{
    char text[HUB_IDENTITY_TEXT];
    switch (identity->kind) {
    case HUB_IDENTITY_ANY:
        vici_text(writer, "id", "%any");
        return;
    case HUB_IDENTITY_SUFFIX:
        vici_printf(writer, "id", "*%.*s", (int)identity->id.data.len,
                    (const char *)identity->id.data.data);
        return;
    case HUB_IDENTITY_EXACT:
    case HUB_IDENTITY_DN:
        vici_text(writer, "id", hub_identity_format(&identity->id, text));
    }
}

/* -------------------------------------------------------------------------- authentication */

enum proof { PROOF_NONE, PROOF_PSK, PROOF_KEY };

/* What each side proves by; a user comes beside it. With hybrid only the responder signs. */
struct proofs {
    enum proof local;
    enum proof remote;
};

static struct proofs proofs_of(const struct hub_connection *connection)
{
    if (!connection->auth)
        return (struct proofs){PROOF_PSK, PROOF_PSK};
    const struct hub_auth *auth = connection->auth;
    return (struct proofs){
        auth->prikey.der.len ? PROOF_KEY : PROOF_NONE,
        auth->ca_count || auth->pinned_count || auth->pubkey.len ? PROOF_KEY : PROOF_NONE,
    };
}

static void put_class(struct vici_writer *writer, enum proof proof)
{
    vici_text(writer, "class", proof == PROOF_KEY ? "public key" : "pre-shared key");
}

static void put_local(struct vici_writer *writer, const struct hub_connection *connection,
                      enum proof proof)
{
    char text[HUB_IDENTITY_TEXT];
    if (proof == PROOF_NONE)
        return;
    vici_section(writer, "local-1");
    put_class(writer, proof);
    vici_text(writer, "id", hub_identity_format(&connection->phase1.id, text));
    vici_section_end(writer);
}

static void put_remote(struct vici_writer *writer, const struct hub_connection *connection,
                       enum proof proof)
{
    if (proof == PROOF_NONE)
        return;
    vici_section(writer, "remote-1");
    put_class(writer, proof);
    put_pattern(writer, &connection->remote_id);
    vici_section_end(writer);
}

static void put_users(struct vici_writer *writer, const struct hub_connection *connection)
{
    if (connection->user) {
        vici_section(writer, "local-2");
        vici_text(writer, "class", "XAuth");
        vici_bytes(writer, "xauth_id", connection->user->name.data, connection->user->name.len);
        vici_section_end(writer);
    }
    if (connection->asks_user) {
        vici_section(writer, "remote-2");
        vici_text(writer, "class", "XAuth");
        vici_section_end(writer);
    }
}

/* -------------------------------------------------------------------------- children */

static void put_child(struct vici_writer *writer, const struct hub_child *child)
{
    const x4s_ike_config2 *phase2 = &child->phase2;
    const bool transport =
        phase2->transform_count && phase2->transforms[0].mode == x4c_ike_transport;
    vici_section(writer, child->name);
    vici_text(writer, "mode", transport ? "TRANSPORT" : "TUNNEL");
    vici_number(writer, "rekey_time", phase2->soft_sec);
    vici_number(writer, "rekey_bytes", (uint64_t)phase2->soft_kb * 1024);
    vici_number(writer, "rekey_packets", 0);
    vici_text(writer, "dpd_action", child->restart ? "start" : "clear");
    vici_text(writer, "close_action", "none");
    put_traffic(writer, "local-ts", &child->local);
    put_traffic(writer, "remote-ts", &child->remote);
    vici_section_end(writer);
}

void control_conn_put(struct vici_writer *writer, const struct hub_connection *connection)
{
    const struct proofs proofs = proofs_of(connection);
    vici_section(writer, connection->name);
    put_addresses(writer, "local_addrs", &connection->local_addrs);
    put_addresses(writer, "remote_addrs", &connection->remote_addrs);
    vici_text(writer, "version", "IKEv1");
    vici_number(writer, "reauth_time", connection->phase1.soft_sec);
    vici_number(writer, "rekey_time", 0);
    vici_number(writer, "dpd_delay", connection->phase1.dpd_sec);
    put_local(writer, connection, proofs.local);
    put_remote(writer, connection, proofs.remote);
    put_users(writer, connection);
    vici_section(writer, "children");
    for (size_t i = 0; i < connection->child_count; i++)
        put_child(writer, &connection->children[i]);
    vici_section_end(writer);
    vici_section_end(writer);
}
