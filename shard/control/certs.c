/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/control/certs.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "shard/control/state.h"
#include "x4/crypto/cert.h"
#include "x4/misc/siphash.h"
#include "x4/misc/table.h"

static const struct control_cert_kind own_kind = {"X509", "NONE"};
static const struct control_cert_kind ca_kind = {"X509", "CA"};
static const struct control_cert_kind crl_kind = {"X509_CRL", NULL};
static const struct control_cert_kind key_kind = {"PUBKEY", NULL};
static const struct control_cert_kind ocsp_kind = {"OCSP_RESPONSE", NULL};

/* -------------------------------------------------------------------------- each once */

struct seen {
    x4s_table_link link;
    struct control_cert cert;
};

struct gathering {
    x4s_table table;
    const char *type;
    const char *flag;
    bool failed;
};

static bval is_der(const x4s_table_link *link, const void *key)
{
    const struct seen *seen = x4m_container_const(link, struct seen, link);
    const x4s_chunk *der = key;
    return seen->cert.der.len == der->len && !memcmp(seen->cert.der.data, der->data, der->len);
}

static bool fits(const char *wanted, const char *have)
{
    return !*wanted || !strcasecmp(wanted, "any") || (have && !strcasecmp(wanted, have));
}

static void add(struct gathering *gathering, const struct control_cert_kind *kind, bool own,
                x4s_chunk der)
{
    static const uint8_t key[x4c_siphash_key] = {0};
    if (!der.len || !fits(gathering->type, kind->type) || !fits(gathering->flag, kind->flag))
        return;
    const uint64_t hash = x4_siphash(key, der.data, der.len);
    x4s_table_link *link = x4_table_find(&gathering->table, hash, is_der, &der);
    if (link) {
        struct seen *seen = x4m_container(link, struct seen, link);
        seen->cert.own = seen->cert.own || own;
        return;
    }
    struct seen *seen = malloc(sizeof(*seen));
    gathering->failed = gathering->failed || !seen;
    if (!seen)
        return;
    *seen = (struct seen){.cert = {kind, own, der}};
    x4_table_insert(&gathering->table, &seen->link, hash);
}

/* -------------------------------------------------------------------------- where they are */

static void add_list(struct gathering *gathering, const struct control_cert_kind *kind,
                     const x4s_chunk *list, size_t count)
{
    for (size_t i = 0; i < count; i++)
        add(gathering, kind, false, list[i]);
}

/* Connections with the same authorities share the list. */
static void add_connections(struct gathering *gathering, const struct hub_config *config)
{
    const x4s_chunk *before = NULL;
    for (size_t i = 0; i < config->connection_count; i++) {
        const struct hub_auth *auth = config->connections[i].auth;
        if (!auth)
            continue;
        for (size_t k = 0; k < auth->certs.count; k++)
            add(gathering, k ? &ca_kind : &own_kind, k == 0, auth->certs.list[k]);
        add_list(gathering, &own_kind, auth->pinned, auth->pinned_count);
        if (auth->cas != before)
            add_list(gathering, &ca_kind, auth->cas, auth->ca_count);
        before = auth->cas;
    }
    for (size_t i = 0; i < config->authority_count; i++)
        add(gathering, &ca_kind, false, config->authorities[i].der);
}

static const struct control_cert_kind *kind_of(const struct control_item *item)
{
    static const struct {
        const char *prefix;
        const struct control_cert_kind *kind;
    } rows[] = {{"ca-", &ca_kind}, {"crl-", &crl_kind}, {"ocsp-", &ocsp_kind}};
    for (size_t i = 0; item->as.section && i < x4m_countof(rows); i++) {
        if (strncmp(item->as.section, rows[i].prefix, strlen(rows[i].prefix)) == 0)
            return rows[i].kind;
    }
    return strncmp(item->as.name, CONTROL_PUBLIC_KEY, strlen(CONTROL_PUBLIC_KEY)) == 0 ? &key_kind
                                                                                       : &own_kind;
}

static void add_loaded(struct gathering *gathering, struct control *control)
{
    x4m_list_each(link, &control->loaded.kinds[CONTROL_CERT])
    {
        const struct control_item *item = x4m_container(link, struct control_item, of_kind);
        x4s_chunk der;
        if (vici_find(item->as.message, "data", &der))
            add(gathering, kind_of(item), false, der);
    }
}

/* -------------------------------------------------------------------------- the list */

static size_t bytes_of(struct seen **list, size_t count)
{
    size_t bytes = 0;
    for (size_t i = 0; i < count; i++)
        bytes += list[i]->cert.der.len;
    return bytes;
}

/* Copies, because what was loaded may be unloaded while the client reads. */
static bool keep(struct control_certs *certs, struct seen **list, size_t count, size_t bytes)
{
    certs->list = calloc(count ? count : 1, sizeof(certs->list[0]));
    certs->copies = malloc(bytes ? bytes : 1);
    if (!certs->list || !certs->copies)
        return false;
    uint8_t *at = certs->copies;
    for (size_t i = 0; i < count; i++) {
        const struct control_cert *cert = &list[i]->cert;
        memcpy(at, cert->der.data, cert->der.len);
        certs->list[certs->count++] =
            (struct control_cert){cert->kind, cert->own, {at, cert->der.len}};
        at += cert->der.len;
    }
    return true;
}

static int by_der(const void *a, const void *b)
{
    const x4s_chunk *x = &(*(struct seen *const *)a)->cert.der;
    const x4s_chunk *y = &(*(struct seen *const *)b)->cert.der;
    const int order = memcmp(x->data, y->data, x4m_min(x->len, y->len));
    return order ? order : (x->len > y->len) - (x->len < y->len);
}

/* Empties the table. */
static bool take_all(struct control_certs *certs, struct gathering *gathering)
{
    const size_t count = gathering->table.count;
    struct seen **list = calloc(count ? count : 1, sizeof(*list));
    size_t taken = 0;
    x4s_table_link *link;
    while ((link = x4_table_any(&gathering->table))) {
        x4_table_remove(&gathering->table, link);
        struct seen *seen = x4m_container(link, struct seen, link);
        if (list)
            list[taken++] = seen;
        else
            free(seen);
    }
    bool kept = false;
    if (list) {
        qsort(list, taken, sizeof(*list), by_der);
        kept = keep(certs, list, taken, bytes_of(list, taken));
    }
    while (taken > 0)
        free(list[--taken]);
    free(list);
    return kept;
}

bool control_certs_gather(struct control_certs *certs, struct control *control,
                          const struct hub_config *config, const char *type, const char *flag)
{
    struct gathering gathering = {.type = type, .flag = flag};
    if (!x4_table_init(&gathering.table, &x4_libc_allocator))
        return false;
    add_connections(&gathering, config);
    add_list(&gathering, &crl_kind, config->crls, config->crl_count);
    add_list(&gathering, &ocsp_kind, config->ocsps, config->ocsp_count);
    if (control)
        add_loaded(&gathering, control);
    const bool taken = take_all(certs, &gathering) && !gathering.failed;
    x4_table_fini(&gathering.table);
    return taken;
}

void control_certs_free(struct control_certs *certs)
{
    free(certs->list);
    free(certs->copies);
}

static x4s_cert *read_cert(struct control *control, x4s_chunk der)
{
    const char *why;
    x4s_crypto *crypto = control_crypto(control);
    return crypto ? x4_cert_new(crypto, der, &why) : NULL;
}

static void format_subject(const x4s_cert *cert, char text[HUB_IDENTITY_TEXT])
{
    const x4s_ike_id subject = {x4c_ike_id_dn, x4_cert_subject(cert)};
    hub_identity_format(&subject, text);
}

const char *control_certs_subject(struct control *control, x4s_chunk der,
                                  char text[HUB_IDENTITY_TEXT])
{
    x4s_cert *cert = read_cert(control, der);
    *text = '\0';
    if (cert)
        format_subject(cert, text);
    x4_cert_free(cert);
    return text;
}

static void put_second(struct vici_writer *writer, const char *key, int64_t second)
{
    if (second > 0)
        vici_number(writer, key, (uint64_t)second);
}

void control_certs_describe(struct control *control, x4s_chunk der, struct vici_writer *writer)
{
    char subject[HUB_IDENTITY_TEXT];
    x4s_cert *cert = read_cert(control, der);
    if (!cert)
        return;
    format_subject(cert, subject);
    vici_text(writer, "subject", subject);
    put_second(writer, "not-before", x4_cert_not_before(cert));
    put_second(writer, "not-after", x4_cert_not_after(cert));
    x4_cert_free(cert);
}
