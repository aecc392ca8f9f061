/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/config_credentials.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "shard/credential_files.h"
#include "x4/crypto/cert.h"
#include "x4/crypto/trust.h"

#define CHAIN_MAX 4 /* certificates of ours that are sent, the own one included */

struct key {
    const struct hub_der *file;
    x4s_private_key *key;
};

/* The folders' content. */
struct hub_folders {
    bool ready; /* all of them could be read */
    x4s_crypto *crypto;
    const char *base;
    struct hub_ders cas;
    struct hub_ders keys;
    struct key *key; /* of each, NULL where it is none */
    x4s_cert **ca;
    const x4s_chunk *ca_ders; /* all CAs */
    const x4s_chunk *ca_names;
};

/* ------------------------------------------------------------------ the folders */

static const char *path_in(struct hub_build *build, const char *folder, const char *name)
{
    char path[PATH_MAX];
    const char *base = build->folders->base;
    if (*name == '/')
        snprintf(path, sizeof(path), "%s", name);
    else
        snprintf(path, sizeof(path), "%s/%s%s%s", base, folder, *name ? "/" : "", name);
    return hub_arena_text(build->arena, path, strlen(path));
}

static void tell_file(struct hub_build *build, bool error, const char *path, const char *why)
{
    const struct settings_file file = {.name = path};
    const struct settings_place place = {&file, 0};
    (error ? hub_report_error : hub_report_warning)(&build->report, place, "%s", why);
}

static void read_folder(struct hub_build *build, const char *folder, const char *label,
                        struct hub_ders *list)
{
    const char *path;
    const char *where = path_in(build, folder, "");
    const char *why =
        where ? hub_ders_add_folder(build->arena, where, label, list, &path) : "out of memory";
    if (why)
        tell_file(build, true, where && path ? path : folder, why);
}

static void warn_of_period(struct hub_build *build, const x4s_cert *cert, const char *path)
{
    const int64_t now = (int64_t)time(NULL);
    if (now > x4_cert_not_after(cert))
        tell_file(build, false, path, "the certificate has expired");
    else if (now < x4_cert_not_before(cert))
        tell_file(build, false, path, "the certificate is not valid yet");
}

static void parse_cas(struct hub_build *build, struct hub_folders *folders)
{
    folders->ca = hub_arena_array(build->arena, folders->cas.count, sizeof(*folders->ca));
    x4s_chunk *ders = hub_arena_array(build->arena, folders->cas.count, sizeof(*folders->ca_ders));
    x4s_chunk *names =
        hub_arena_array(build->arena, folders->cas.count, sizeof(*folders->ca_names));
    size_t i = 0;
    for (const struct hub_der *der = folders->cas.first; folders->ca && ders && names && der;
         der = der->next, i++) {
        const char *why;
        folders->ca[i] = x4_cert_new(folders->crypto, der->der, &why);
        if (folders->ca[i] && !x4_cert_is_ca(folders->ca[i]))
            why = "it is no certificate of a certification authority";
        else if (folders->ca[i])
            why = NULL;
        if (why) {
            tell_file(build, true, der->path, why);
            continue;
        }
        warn_of_period(build, folders->ca[i], der->path);
        const x4s_chunk subject = x4_cert_subject(folders->ca[i]);
        ders[i] = der->der;
        names[i] = (x4s_chunk){
            (const uint8_t *)hub_arena_text(build->arena, (const char *)subject.data, subject.len),
            subject.len};
    }
    folders->ca_ders = ders;
    folders->ca_names = names;
}

static void parse_keys(struct hub_build *build, struct hub_folders *folders)
{
    folders->key = hub_arena_array(build->arena, folders->keys.count, sizeof(*folders->key));
    size_t i = 0;
    for (const struct hub_der *der = folders->keys.first; folders->key && der;
         der = der->next, i++) {
        const char *why;
        folders->key[i] = (struct key){der, x4_private_key_new(folders->crypto, der->der, &why)};
        if (!folders->key[i].key)
            tell_file(build, true, der->path, why);
        else if (der->others)
            tell_file(build, false, der->path,
                      "others than its owner and group may read or write this private key: "
                      "expected mode 0640 or less");
    }
}

/* One that is not believed lets revoked certificates pass: not in silence. */
static void check_revocations(struct hub_build *build, const struct hub_folders *folders,
                              const struct hub_ders *crls, const struct hub_ders *ocsps)
{
    static const x4s_trust_policy policy = {.crl = x4c_trust_crl_soft, .sha1 = btrue};
    const char *why = "out of memory";
    x4s_trust *trust = crls->count || ocsps->count ? x4_trust_new(folders->crypto, &policy) : NULL;
    for (size_t i = 0; trust && i < folders->cas.count; i++)
        if (folders->ca[i] && !x4_trust_add_ca(trust, folders->ca[i], &why))
            tell_file(build, true, build->config->path, why);
    for (const struct hub_der *der = crls->first; der; der = der->next)
        if (!trust || !x4_trust_add_crl(trust, der->der, &why))
            tell_file(build, false, der->path, why);
    for (const struct hub_der *der = ocsps->first; der; der = der->next)
        if (!trust || !x4_trust_add_ocsp(trust, der->der, &why))
            tell_file(build, false, der->path, why);
    x4_trust_free(trust);
}

static const x4s_chunk *chunks_of(struct hub_build *build, const struct hub_ders *list)
{
    x4s_chunk *chunks = hub_arena_array(build->arena, list->count, sizeof(*chunks));
    size_t i = 0;
    for (const struct hub_der *der = list->first; chunks && der; der = der->next)
        chunks[i++] = der->der;
    return chunks;
}

static void read_revocations(struct hub_build *build, struct hub_folders *folders)
{
    struct hub_config *config = build->config;
    struct hub_ders crls;
    struct hub_ders ocsps;
    hub_ders_init(&crls);
    hub_ders_init(&ocsps);
    read_folder(build, "x509crl", "X509 CRL", &crls);
    read_folder(build, "x509ocsp", "OCSP RESPONSE", &ocsps);
    check_revocations(build, folders, &crls, &ocsps);
    config->crls = chunks_of(build, &crls);
    config->crl_count = config->crls ? crls.count : 0;
    config->ocsps = chunks_of(build, &ocsps);
    config->ocsp_count = config->ocsps ? ocsps.count : 0;
}

static bool load(struct hub_build *build)
{
    const char *why;
    struct hub_folders *folders = hub_arena_alloc(build->arena, sizeof(*folders));
    const char *path = build->config->path;
    const char *slash = strrchr(path, '/');
    if (!folders)
        return false;
    build->folders = folders;
    folders->base = slash ? hub_arena_text(build->arena, path, (size_t)(slash - path)) : ".";
    folders->crypto = x4_crypto_new(&x4_libc_allocator, NULL, NULL, &why);
    if (!folders->crypto || !folders->base) {
        tell_file(build, true, path, folders->base ? why : "out of memory");
        return false;
    }
    hub_ders_init(&folders->cas);
    hub_ders_init(&folders->keys);
    read_folder(build, "x509ca", "CERTIFICATE", &folders->cas);
    static const char *const key_folders[] = {"private", "rsa", "ecdsa", "pkcs8"};
    for (size_t i = 0; i < x4m_countof(key_folders); i++)
        read_folder(build, key_folders[i], "PRIVATE KEY", &folders->keys);
    parse_cas(build, folders);
    parse_keys(build, folders);
    if (hub_arena_exhausted(build->arena))
        return false;
    read_revocations(build, folders);
    folders->ready = build->report.errors == 0;
    return folders->ready;
}

void hub_config_credentials_free(struct hub_build *build)
{
    struct hub_folders *folders = build->folders;
    if (!folders)
        return;
    for (size_t i = 0; folders->ca && i < folders->cas.count; i++)
        x4_cert_free(folders->ca[i]);
    for (size_t i = 0; folders->key && i < folders->keys.count; i++)
        x4_private_key_free(folders->key[i].key);
    x4_crypto_free(folders->crypto);
    build->folders = NULL;
}

/* ------------------------------------------------------------------ one connection */

/* Reads the files of a list of names with commas between. False: told. */
static bool read_named(struct hub_build *build, const struct settings_section *section,
                       const char *option, const char *names, const char *folder,
                       struct hub_ders *list)
{
    hub_ders_init(list);
    while (*names) {
        names += strspn(names, ", \t");
        const size_t len = strcspn(names, ", \t");
        if (!len)
            break;
        const char *name = hub_arena_text(build->arena, names, len);
        const char *path = name ? path_in(build, folder, name) : NULL;
        const char *why =
            path ? hub_ders_add_file(build->arena, path, "CERTIFICATE", list) : "out of memory";
        if (why) {
            hub_schema_error(build, section, option, "%s: %s", path ? path : folder, why);
            return false;
        }
        names += len;
    }
    return true;
}

static const struct key *key_of(const struct hub_folders *folders, const x4s_cert *cert)
{
    for (size_t i = 0; i < folders->keys.count; i++) {
        const x4s_private_key *key = folders->key[i].key;
        if (key && x4_public_key_equal(x4_private_key_public(key), x4_cert_key(cert)))
            return &folders->key[i];
    }
    return NULL;
}

static bool same(x4s_chunk a, x4s_chunk b)
{
    return a.len == b.len && memcmp(a.data, b.data, a.len) == 0;
}

/* The CA that issued `cert`, if it is not an anchor itself: peers have those. */
static const x4s_cert *intermediate_above(const struct hub_folders *folders, const x4s_cert *cert)
{
    for (size_t i = 0; i < folders->cas.count; i++) {
        const x4s_cert *ca = folders->ca[i];
        if (ca && same(x4_cert_subject(ca), x4_cert_issuer(cert)) &&
            !same(x4_cert_subject(ca), x4_cert_issuer(ca)))
            return ca;
    }
    return NULL;
}

static x4s_ike_certs chain_of(struct hub_build *build, x4s_chunk own, const x4s_cert *cert)
{
    x4s_chunk *chain = hub_arena_array(build->arena, CHAIN_MAX, sizeof(*chain));
    size_t count = 0;
    if (!chain)
        return (x4s_ike_certs){0};
    chain[count++] = own;
    while (count < CHAIN_MAX && (cert = intermediate_above(build->folders, cert)) != NULL) {
        const x4s_chunk der = x4_cert_der(cert);
        chain[count++] = (x4s_chunk){
            (const uint8_t *)hub_arena_text(build->arena, (const char *)der.data, der.len),
            der.len};
    }
    return (x4s_ike_certs){chain, count};
}

/* Our certificate and its key. */
static bool take_own(struct hub_build *build, const struct hub_wanted_credentials *wanted,
                     struct hub_auth *auth, uint16_t *method)
{
    struct hub_ders list;
    const char *why = "";
    if (!wanted->certs) {
        hub_schema_error(build, wanted->local, "certs", "expected a certificate for auth = pubkey");
        return false;
    }
    if (!read_named(build, wanted->local, "certs", wanted->certs, "x509", &list))
        return false;
    if (list.count != 1) {
        hub_schema_error(build, wanted->local, "certs", "expected one certificate, found %zu",
                         list.count);
        return false;
    }
    x4s_cert *cert = x4_cert_new(build->folders->crypto, list.first->der, &why);
    if (!cert) {
        hub_schema_error(build, wanted->local, "certs", "%s: %s", list.first->path, why);
        return false;
    }
    warn_of_period(build, cert, list.first->path);
    const struct key *key = key_of(build->folders, cert);
    if (key) {
        auth->certs = chain_of(build, list.first->der, cert);
        auth->prikey.der = key->file->der;
        *method = (uint16_t)x4_public_key_type(x4_cert_key(cert));
    } else {
        hub_schema_error(build, wanted->local, "certs",
                         "%s: none of the private keys beside this configuration is its key",
                         list.first->path);
    }
    x4_cert_free(cert);
    return key != NULL;
}

static bool take_remote(struct hub_build *build, const struct hub_wanted_credentials *wanted,
                        struct hub_auth *auth)
{
    struct hub_ders list;
    auth->cas = build->folders->ca_ders;
    auth->ca_names = build->folders->ca_names;
    auth->ca_count = build->folders->cas.count;
    if (wanted->remote_cacerts) {
        if (!read_named(build, wanted->remote, "cacerts", wanted->remote_cacerts, "x509ca", &list))
            return false;
        auth->cas = chunks_of(build, &list);
        auth->ca_names = NULL;
        auth->ca_count = list.count;
    }
    if (wanted->remote_certs) {
        if (!read_named(build, wanted->remote, "certs", wanted->remote_certs, "x509", &list))
            return false;
        auth->pinned = chunks_of(build, &list);
        auth->pinned_count = list.count;
    }
    if (auth->ca_count || auth->pinned_count)
        return true;
    hub_schema_error(build, wanted->remote, "cacerts",
                     "expected a certification authority that the peer is believed by, in the "
                     "folder x509ca, or its certificate in certs");
    return false;
}

const struct hub_auth *hub_config_credentials(struct hub_build *build,
                                              const struct hub_wanted_credentials *wanted,
                                              uint16_t *method)
{
    struct hub_auth *auth = hub_arena_alloc(build->arena, sizeof(*auth));
    if (!auth || (build->folders ? !build->folders->ready : !load(build)))
        return NULL;
    if ((wanted->local && !take_own(build, wanted, auth, method)) ||
        (wanted->remote && !take_remote(build, wanted, auth)))
        return NULL;
    auth->cert_always = wanted->cert_always;
    auth->revocation = wanted->revocation;
    return auth;
}

bool hub_auth_speaks_for(const struct hub_build *build, const struct hub_auth *auth,
                         const x4s_ike_id *id)
{
    const char *why;
    x4s_cert *cert = x4_cert_new(build->folders->crypto, auth->certs.list[0], &why);
    const bool speaks = cert && x4_cert_speaks_for(cert, (uint8_t)id->type, id->data);
    x4_cert_free(cert);
    return speaks;
}

bool hub_auth_subject(const struct hub_build *build, const struct hub_auth *auth, x4s_ike_id *id)
{
    const char *why;
    x4s_cert *cert = x4_cert_new(build->folders->crypto, auth->certs.list[0], &why);
    if (!cert)
        return false;
    const x4s_chunk subject = x4_cert_subject(cert);
    const char *copy = hub_arena_text(build->arena, (const char *)subject.data, subject.len);
    *id = (x4s_ike_id){x4c_ike_id_dn, {(const uint8_t *)copy, subject.len}};
    x4_cert_free(cert);
    return copy && id->data.len <= HUB_IDENTITY_MAX && id->data.len > 2;
}
