/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/control/sa.h"

#include <inttypes.h>
#include <stdio.h>

#include "shard/control/algorithm_names.h"

/* Bytes of a section's name. */
#define SECTION_NAME (VICI_NAME_MAX + 1)

static void put_addr(struct vici_writer *writer, const char *key, const x4s_net_addr *addr)
{
    char text[x4c_net_addr_text];
    x4s_net_addr host = *addr;
    host.port = 0;
    vici_text(writer, key, x4_net_addr_format(&host, text));
}

static void put_end(struct vici_writer *writer, const char *host, const char *port, const char *id,
                    const x4s_net_addr *addr, const x4s_ike_id *identity)
{
    char text[HUB_IDENTITY_TEXT];
    put_addr(writer, host, addr);
    vici_number(writer, port, addr->port);
    vici_text(writer, id, identity->data.len ? hub_identity_format(identity, text) : "%any");
}

static void put_cookie(struct vici_writer *writer, const char *key, const uint8_t cookie[8])
{
    char text[17];
    for (int i = 0; i < 8; i++)
        snprintf(text + 2 * i, 3, "%02x", cookie[i]);
    vici_text(writer, key, text);
}

/* What is not so, is not said: clients look whether the key is there. */
static void put_set(struct vici_writer *writer, const char *key, bool set)
{
    if (set)
        vici_flag(writer, key, true);
}

static void put_bits(struct vici_writer *writer, const char *key, uint16_t bits)
{
    if (bits)
        vici_number(writer, key, bits);
}

static void put_left(struct vici_writer *writer, const char *key, uint32_t seconds)
{
    if (seconds)
        vici_number(writer, key, seconds);
}

static void put_named(struct vici_writer *writer, const char *key, const char *name)
{
    if (name)
        vici_text(writer, key, name);
}

static void put_selector(struct vici_writer *writer, const char *list, const x4s_net_selector *ts)
{
    char text[x4c_net_selector_text];
    vici_list(writer, list);
    vici_item(writer, x4_net_selector_format(ts, text));
    vici_list_end(writer);
}

/* -------------------------------------------------------------------------- children */

static const char *child_state(const struct shard_child_record *child)
{
    if (!child->up)
        return "CREATED";
    if (child->replaced)
        return "REKEYED";
    if (child->rekeying)
        return "REKEYING";
    return child->installed ? "INSTALLED" : "INSTALLING";
}

static void put_direction(struct vici_writer *writer, const struct shard_direction_record *record,
                          bool inbound)
{
    vici_number(writer, inbound ? "bytes-in" : "bytes-out", record->bytes);
    vici_number(writer, inbound ? "packets-in" : "packets-out", record->packets);
    if (record->used)
        vici_number(writer, inbound ? "use-in" : "use-out", record->unused_sec);
}

static void put_agreed(struct vici_writer *writer, const struct shard_child_record *child)
{
    const x4s_ike_transform2 *suite = &child->suite;
    vici_text(writer, "mode", suite->mode == x4c_ike_transport ? "TRANSPORT" : "TUNNEL");
    vici_text(writer, "protocol", suite->protocol == x4c_ike_protocol_ah ? "AH" : "ESP");
    put_set(writer, "encap", suite->encap);
    vici_printf(writer, "spi-in", "%08" PRIx32, child->spi_in);
    vici_printf(writer, "spi-out", "%08" PRIx32, child->spi_out);
    if (child->cpi_in) {
        vici_printf(writer, "cpi-in", "%04" PRIx16, child->cpi_in);
        vici_printf(writer, "cpi-out", "%04" PRIx16, child->cpi_out);
    }
    put_named(writer, "encr-alg", hub_name_esp(suite));
    put_bits(writer, "encr-keysize", suite->key_bits);
    put_named(writer, "integ-alg", hub_name_integ(suite));
    put_named(writer, "dh-group", hub_name_group(suite->group));
    if (suite->esn)
        vici_text(writer, "esn", "1");
    if (child->counted) {
        put_direction(writer, &child->in, true);
        put_direction(writer, &child->out, false);
    }
    put_left(writer, "rekey-time", child->rekey_sec);
    put_left(writer, "life-time", child->expire_sec);
    vici_number(writer, "install-time", child->age_sec);
}

static void put_child_as(struct vici_writer *writer, const char *section,
                         const struct shard_child_record *child)
{
    vici_section(writer, section);
    vici_text(writer, "name", child->name);
    vici_number(writer, "uniqueid", child->spi_in);
    vici_number(writer, "reqid", child->spi_in);
    vici_text(writer, "state", child_state(child));
    if (child->up)
        put_agreed(writer, child);
    put_selector(writer, "local-ts", &child->local);
    put_selector(writer, "remote-ts", &child->remote);
    vici_section_end(writer);
}

static void put_child(struct vici_writer *writer, const struct shard_child_record *child,
                      uint32_t position)
{
    char section[SECTION_NAME];
    const uint32_t number = child->spi_in ? child->spi_in : position;
    snprintf(section, sizeof(section), "%.240s-%" PRIu32, child->name, number);
    put_child_as(writer, section, child);
}

/* -------------------------------------------------------------------------- ISAKMP SAs */

static const char *sa_state(const struct shard_sa_record *record)
{
    if (!record->established)
        return "CONNECTING";
    if (!record->up)
        return "ORPHANED";
    return record->replaced ? "REKEYED" : "ESTABLISHED";
}

static void put_suite(struct vici_writer *writer, const x4s_ike_transform1 *suite)
{
    put_named(writer, "encr-alg", hub_name_cipher(suite->cipher));
    put_bits(writer, "encr-keysize", suite->key_bits);
    put_named(writer, "integ-alg", hub_name_hash_integ(suite->hash));
    put_named(writer, "prf-alg", hub_name_prf(suite->hash));
    put_named(writer, "dh-group", hub_name_group(suite->group));
}

static void put_leases(struct vici_writer *writer, const struct shard_sa_record *record)
{
    char text[x4c_net_addr_text];
    if (!record->leases[HUB_INSIDE_IP4].family && !record->leases[HUB_INSIDE_IP6].family)
        return;
    vici_list(writer, record->asks ? "local-vips" : "remote-vips");
    for (enum hub_inside i = 0; i < HUB_INSIDES; i++)
        if (record->leases[i].family)
            vici_item(writer, x4_net_addr_format(&record->leases[i], text));
    vici_list_end(writer);
}

static void put_established(struct vici_writer *writer, const struct shard_sa_record *record)
{
    char text[HUB_IDENTITY_TEXT];
    if (record->user)
        vici_text(writer, "remote-xauth-id", hub_identity_format(&record->remote_id, text));
    put_cookie(writer, "initiator-spi", record->cookie_i);
    put_cookie(writer, "responder-spi", record->cookie_r);
    put_suite(writer, &record->suite);
    vici_number(writer, "established", record->age_sec);
    put_left(writer, "rekey-time", record->rekey_sec);
    put_left(writer, "life-time", record->expire_sec);
    put_leases(writer, record);
}

static void put_children(struct vici_writer *writer, const struct shard_sa_record *record)
{
    vici_section(writer, "child-sas");
    for (uint32_t i = 0; i < record->child_count; i++)
        put_child(writer, &record->children[i], i);
    vici_section_end(writer);
}

static void put_sa(struct vici_writer *writer, const struct shard_sa_record *record)
{
    vici_number(writer, "uniqueid", record->number);
    vici_text(writer, "version", "1");
    vici_text(writer, "state", sa_state(record));
    put_end(writer, "local-host", "local-port", "local-id", &record->link.local, &record->local_id);
    put_end(writer, "remote-host", "remote-port", "remote-id", &record->link.remote,
            &record->remote_id);
    put_set(writer, "initiator", record->role == x4c_ike_initiator);
    put_set(writer, "nat-local", record->behind_local);
    put_set(writer, "nat-remote", record->behind_remote);
    put_set(writer, "nat-any", record->behind_local || record->behind_remote);
    if (record->established)
        put_established(writer, record);
    put_left(writer, "children-untold", record->children_untold);
}

void control_sa_put_as(struct vici_writer *writer, const char *section,
                       const struct shard_sa_record *record)
{
    vici_section(writer, section);
    put_sa(writer, record);
    put_children(writer, record);
    vici_section_end(writer);
}

void control_sa_put(struct vici_writer *writer, const struct shard_sa_record *record)
{
    control_sa_put_as(writer, record->connection, record);
}

void control_sa_put_replaced(struct vici_writer *writer, const struct shard_sa_record *record,
                             const struct shard_child_record *old)
{
    const struct shard_child_record *child = &record->children[0];
    vici_section(writer, record->connection);
    put_sa(writer, record);
    vici_section(writer, "child-sas");
    vici_section(writer, child->name);
    put_child_as(writer, "old", old);
    put_child_as(writer, "new", child);
    vici_section_end(writer);
    vici_section_end(writer);
    vici_section_end(writer);
}

void control_sa_put_hosts(struct vici_writer *writer, const struct shard_sa_record *record)
{
    put_addr(writer, "local-host", &record->link.local);
    vici_number(writer, "local-port", record->link.local.port);
    put_addr(writer, "remote-host", &record->link.remote);
    vici_number(writer, "remote-port", record->link.remote.port);
}
