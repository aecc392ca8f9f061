/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * load-conn, load-pool, load-authority, load-shared, load-key, load-cert. What can be read by
 * itself is accepted at once, and used soon after (commit.h); what it refers to is looked at then,
 * and the log tells what is missing.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "shard/config/credential_files.h"
#include "shard/control/command.h"
#include "shard/control/keys.h"
#include "shard/control/loaded_tree.h"
#include "shard/control/state.h"
#include "x4/crypto/cert.h"
#include "x4/crypto/hash.h"

#define DIGEST      20
#define DIGEST_TEXT (2 * DIGEST + 1)
#define TYPE_TEXT   32

/* -------------------------------------------------------------------------- accepting */

/* NULL, or why not. */
static const char *put_loaded(struct control *control, const struct control_wanted *wanted,
                              char problem[CONTROL_PROBLEM])
{
    x4s_chunk key;
    if (!control_loaded_readable(wanted->message, &key)) {
        snprintf(problem, CONTROL_PROBLEM, "%.*s: expected text", (int)key.len,
                 (const char *)key.data);
        return problem;
    }
    if (wanted->section &&
        control_loaded_check(hub_config_now(control->hub), wanted, problem) != NULL)
        return problem;
    switch (control_loaded_put(&control->loaded, wanted)) {
    case CONTROL_PUT_NEW:
        control_commit_changed(control);
        return NULL;
    case CONTROL_PUT_SAME:
        return NULL;
    case CONTROL_PUT_NO_MEMORY:
        break;
    }
    return "out of memory";
}

static void load(struct control_client *client, const struct control_wanted *wanted)
{
    char problem[CONTROL_PROBLEM];
    const char *why = put_loaded(client->control, wanted, problem);
    if (why)
        control_client_refuse(client, why);
    else
        control_client_confirm(client);
}

/* -------------------------------------------------------------------------- sections */

/* The one section that a message consists of. */
static bool take_section(x4s_chunk message, char name[VICI_NAME_MAX + 1], x4s_chunk *body)
{
    struct vici_reader reader = vici_reader(message);
    struct vici_element element;
    if (!vici_read(&reader, &element) || element.type != VICI_SECTION_START)
        return false;
    memcpy(name, element.name.data, element.name.len);
    name[element.name.len] = '\0';
    const size_t begin = message.len - x4_reader_left(&reader.bytes);
    if (message.data[message.len - 1] != VICI_SECTION_END)
        return false;
    *body = (x4s_chunk){message.data + begin, message.len - begin - 1};
    return element.name.len > 0 && vici_message_valid(*body);
}

static void load_section(struct control_client *client, x4s_chunk message, enum control_kind kind)
{
    char name[VICI_NAME_MAX + 1];
    struct control_wanted wanted = {.kind = kind, .name = name, .section = name};
    if (take_section(message, name, &wanted.message))
        load(client, &wanted);
    else
        control_client_refuse(client, "expected one section");
}

void control_begin_load_conn(struct control_client *client, x4s_chunk message)
{
    load_section(client, message, CONTROL_CONNECTION);
}

void control_begin_load_pool(struct control_client *client, x4s_chunk message)
{
    load_section(client, message, CONTROL_POOL);
}

/* -------------------------------------------------------------------------- names of contents */

/* SHA-1, as clients have it of keys. */
static bool digest(struct control *control, x4s_chunk data, char text[DIGEST_TEXT])
{
    uint8_t value[DIGEST];
    x4s_crypto *crypto = control_crypto(control);
    if (!crypto || !x4_hash(crypto, x4c_hash_sha1, &data, 1, value))
        return false;
    for (size_t i = 0; i < DIGEST; i++)
        snprintf(text + 2 * i, 3, "%02x", value[i]);
    return true;
}

/* -------------------------------------------------------------------------- secrets */

struct secret_type {
    const char *name;
    const char *prefix; /* of its section; NULL: it cannot be used */
};

static const struct secret_type secret_types[] = {
    {"ike", "ike"}, {"eap", "eap"}, {"xauth", "xauth"}, {"ntlm", NULL}, {"ppk", NULL},
};

static const struct secret_type *secret_type_of(x4s_chunk message)
{
    char type[TYPE_TEXT];
    if (!control_argument_text(message, "type", type, sizeof(type)))
        return NULL;
    for (size_t i = 0; i < x4m_countof(secret_types); i++) {
        if (strcasecmp(type, secret_types[i].name) == 0)
            return &secret_types[i];
    }
    return NULL;
}

static void put_owners(struct vici_writer *section, x4s_chunk message)
{
    struct vici_reader reader = vici_reader(message);
    struct vici_element element;
    unsigned count = 0;
    bool owners = false;
    while (vici_read(&reader, &element)) {
        if (element.type == VICI_LIST_START)
            owners = reader.depth == 0 && vici_is(element.name, "owners");
        if (element.type != VICI_LIST_ITEM || !owners)
            continue;
        char key[TYPE_TEXT];
        snprintf(key, sizeof(key), "id-%u", count++);
        vici_bytes(section, key, element.value.data, element.value.len);
    }
}

/* A section of the file's may have the same name; then this one is in its place. */
static void name_section(char section[2 * VICI_NAME_MAX], const char *prefix, const char *name)
{
    const bool has_it = strncmp(name, prefix, strlen(prefix)) == 0;
    snprintf(section, 2 * VICI_NAME_MAX, "%s%s%s", has_it ? "" : prefix, has_it ? "" : "-", name);
}

static void load_secret(struct control_client *client, x4s_chunk message, const char *prefix,
                        struct vici_writer *body)
{
    x4s_chunk data;
    char id[VICI_NAME_MAX + 1];
    char name[DIGEST_TEXT];
    char section[2 * VICI_NAME_MAX];
    struct control_wanted wanted = {.kind = CONTROL_SECRET, .section = section};
    if (!vici_find(message, "data", &data) || !data.len) {
        control_client_refuse(client, "expected a secret as data");
        return;
    }
    vici_bytes(body, "secret", data.data, data.len);
    put_owners(body, message);
    if (!control_argument_text(message, "id", id, sizeof(id)) ||
        !vici_writer_message(body, &wanted.message) ||
        !digest(client->control, wanted.message, name)) {
        control_client_refuse(client, "expected a shorter id, and fewer owners");
        return;
    }
    wanted.hidden = !*id;
    wanted.name = *id ? id : name;
    name_section(section, prefix, wanted.name);
    load(client, &wanted);
}

void control_begin_load_shared(struct control_client *client, x4s_chunk message)
{
    const struct secret_type *type = secret_type_of(message);
    const size_t size = 8 * message.len + 64; /* an owner may become longer, by its key */
    uint8_t *buffer = malloc(size);
    struct vici_writer body = vici_writer(buffer, buffer ? size : 0);
    if (!type)
        control_client_refuse(client, "expected ike, eap or xauth as type");
    else if (!type->prefix)
        control_client_refuse(client, "secrets of this type are for IKEv2: expected ike, eap or "
                                      "xauth");
    else
        load_secret(client, message, type->prefix, &body);
    if (buffer)
        x4_wipe(buffer, size);
    free(buffer);
}

/* -------------------------------------------------------------------------- keys */

/* The one that the data is, in PEM or DER, in the arena. NULL, or why not. */
static const char *take_der(struct hub_arena *arena, x4s_chunk data, const char *label,
                            x4s_chunk *der)
{
    struct hub_ders list;
    hub_ders_init(&list);
    if (!data.len)
        return "expected what is in such a file";
    const char *why = hub_ders_add_data(arena, HUB_OVERLAY_NAME, data, label, &list);
    if (why)
        return why;
    *der = list.first->der;
    return list.count == 1 ? NULL : "expected one in PEM or DER";
}

static const char *read_der(struct hub_arena *arena, x4s_chunk message, const char *label,
                            x4s_chunk *der)
{
    x4s_chunk data;
    return vici_find(message, "data", &data) ? take_der(arena, data, label, der) : "expected data";
}

static bool is_key_type(x4s_chunk message)
{
    static const char *const types[] = {"any", "rsa", "ecdsa"};
    char type[TYPE_TEXT];
    if (!control_argument_text(message, "type", type, sizeof(type)))
        return false;
    for (size_t i = 0; i < x4m_countof(types); i++) {
        if (strcasecmp(type, types[i]) == 0)
            return true;
    }
    return false;
}

/* What is loaded is `data` alone, as DER. */
static const char *accept_der(struct control *control, enum control_kind kind, const char *prefix,
                              const char *name, x4s_chunk der, char problem[CONTROL_PROBLEM])
{
    char section[DIGEST_TEXT + TYPE_TEXT];
    const size_t size = der.len + TYPE_TEXT;
    uint8_t *buffer = malloc(size);
    struct control_wanted wanted = {.kind = kind, .name = name};
    struct vici_writer body = vici_writer(buffer, buffer ? size : 0);
    const char *why = "it is too long";
    if (prefix) {
        snprintf(section, sizeof(section), "%s-%s", prefix, name);
        wanted.section = section;
    }
    vici_bytes(&body, "data", der.data, der.len);
    if (vici_writer_message(&body, &wanted.message))
        why = put_loaded(control, &wanted, problem);
    if (buffer)
        x4_wipe(buffer, size);
    free(buffer);
    return why;
}

static const char *load_key(struct control *control, struct hub_arena *arena, x4s_chunk message,
                            char name[DIGEST_TEXT], char problem[CONTROL_PROBLEM])
{
    x4s_chunk der;
    x4s_chunk kept;
    x4s_chunk spki;
    const char *why = is_key_type(message) ? read_der(arena, message, "PRIVATE KEY", &der)
                                           : "expected any, rsa or ecdsa as type";
    if (!why)
        why = control_key_take(control, arena, der, &kept, &spki, problem);
    if (why)
        return why;
    if (!digest(control, spki, name))
        return "out of memory";
    why = accept_der(control, CONTROL_KEY, "key", name, kept, problem);
    if (why && !control_loaded_has(&control->loaded, CONTROL_KEY, name))
        control_key_give_back(control, spki);
    return why;
}

void control_begin_load_key(struct control_client *client, x4s_chunk message)
{
    char name[DIGEST_TEXT] = "";
    char problem[CONTROL_PROBLEM];
    struct hub_arena *arena = hub_arena_new();
    const char *why =
        arena ? load_key(client->control, arena, message, name, problem) : "out of memory";
    if (why) {
        control_client_refuse(client, why);
    } else {
        struct vici_writer writer = control_client_response(client);
        vici_flag(&writer, "success", true);
        vici_text(&writer, "id", name);
        control_client_put(client, &writer);
    }
    hub_arena_free(arena);
}

/* -------------------------------------------------------------------------- certificates */

struct cert_type {
    const char *type;
    const char *flag;   /* NULL: it has none */
    const char *label;  /* in PEM; NULL: it cannot be used */
    const char *prefix; /* of its section; NULL: it is in none */
    bool is_cert;
};

static const struct cert_type cert_types[] = {
    {"x509", "none", "CERTIFICATE", NULL, true},
    {"x509", "ca", "CERTIFICATE", "ca", true},
    {"x509ca", NULL, "CERTIFICATE", "ca", true},
    {"x509_crl", NULL, "X509 CRL", "crl", false},
    {"x509crl", NULL, "X509 CRL", "crl", false},
    {"ocsp_response", NULL, "OCSP RESPONSE", "ocsp", false},
    {"pubkey", NULL, "PUBLIC KEY", NULL, false},
};

static const struct cert_type *cert_type_of(x4s_chunk message)
{
    char type[TYPE_TEXT];
    char flag[TYPE_TEXT];
    if (!control_argument_text(message, "type", type, sizeof(type)) ||
        !control_argument_text(message, "flag", flag, sizeof(flag)))
        return NULL;
    for (size_t i = 0; i < x4m_countof(cert_types); i++) {
        const struct cert_type *row = &cert_types[i];
        if (strcasecmp(type, row->type) == 0 &&
            (!row->flag || strcasecmp(*flag ? flag : "none", row->flag) == 0))
            return row;
    }
    return NULL;
}

static const char *check_cert(struct control *control, const struct cert_type *type, x4s_chunk der)
{
    const char *why = NULL;
    if (!type->is_cert)
        return NULL;
    x4s_cert *cert = control_crypto(control) ? x4_cert_new(control->crypto, der, &why) : NULL;
    if (!cert)
        return why ? why : "out of memory";
    if (type->prefix && !x4_cert_is_ca(cert))
        why = "it is no certificate of a certification authority";
    else
        why = NULL;
    x4_cert_free(cert);
    return why;
}

static const char *load_cert(struct control *control, struct hub_arena *arena, x4s_chunk message,
                             char problem[CONTROL_PROBLEM])
{
    x4s_chunk der;
    char name[sizeof(CONTROL_PUBLIC_KEY) + DIGEST_TEXT];
    const struct cert_type *type = cert_type_of(message);
    if (!type)
        return "expected x509 with the flag none or ca, x509_crl, ocsp_response or pubkey as type";
    const char *why = read_der(arena, message, type->label, &der);
    if (!why)
        why = check_cert(control, type, der);
    const size_t mark = type->is_cert || type->prefix ? 0 : strlen(CONTROL_PUBLIC_KEY);
    memcpy(name, CONTROL_PUBLIC_KEY, mark);
    if (!why && !digest(control, der, name + mark))
        why = "out of memory";
    return why ? why : accept_der(control, CONTROL_CERT, type->prefix, name, der, problem);
}

void control_begin_load_cert(struct control_client *client, x4s_chunk message)
{
    char problem[CONTROL_PROBLEM];
    struct hub_arena *arena = hub_arena_new();
    const char *why = arena ? load_cert(client->control, arena, message, problem) : "out of memory";
    if (why)
        control_client_refuse(client, why);
    else
        control_client_confirm(client);
    hub_arena_free(arena);
}

/* -------------------------------------------------------------------------- authorities */

/* What is named by a file, is read with the file. */
static const char *check_cacert(struct control *control, struct hub_arena *arena, x4s_chunk body)
{
    static const struct cert_type type = {"x509", "ca", "CERTIFICATE", "ca", true};
    x4s_chunk data;
    x4s_chunk der;
    if (!vici_find(body, "cacert", &data))
        return vici_find(body, "file", &data) ? NULL : "expected a certificate as cacert";
    const char *why = take_der(arena, data, type.label, &der);
    return why ? why : check_cert(control, &type, der);
}

void control_begin_load_authority(struct control_client *client, x4s_chunk message)
{
    char name[VICI_NAME_MAX + 1];
    struct control_wanted wanted = {.kind = CONTROL_AUTHORITY, .name = name, .section = name};
    struct hub_arena *arena = hub_arena_new();
    const char *why = "expected one section";
    if (!arena)
        why = "out of memory";
    else if (take_section(message, name, &wanted.message))
        why = check_cacert(client->control, arena, wanted.message);
    if (why)
        control_client_refuse(client, why);
    else
        load(client, &wanted);
    hub_arena_free(arena);
}
