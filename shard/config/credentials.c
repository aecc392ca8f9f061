/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/config/credentials.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "shard/config/credential_names.h"
#include "shard/config/own_keys.h"
#include "x4/crypto/cert.h"
#include "x4/crypto/trust.h"

#define CHAIN_MAX 4 /* certificates of ours that are sent, the own one included */

/* The folders' content. */
struct hub_folders {
    bool ready; /* all of them could be read */
    x4s_crypto *crypto;
    struct hub_ders cas;
    struct hub_own_key *keys;
    x4s_cert **ca;
    const x4s_chunk *ca_ders; /* all CAs */
    const x4s_chunk *ca_names;
};

/* ------------------------------------------------------------------ the folders */

static void warn_of_period(struct hub_build *build, const x4s_cert *cert, const char *path)
{
    const int64_t now = (int64_t)time(NULL);
    if (now > x4_cert_not_after(cert))
        hub_credential_tell(build, false, path, "the certificate has expired");
    else if (now < x4_cert_not_before(cert))
        hub_credential_tell(build, false, path, "the certificate is not valid yet");
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
            hub_credential_tell(build, true, der->path, why);
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

/* One that is not believed lets revoked certificates pass: not in silence. */
static void check_revocations(struct hub_build *build, const struct hub_folders *folders,
                              const struct hub_ders *crls, const struct hub_ders *ocsps)
{
    static const x4s_trust_policy policy = {.crl = x4c_trust_crl_soft, .sha1 = btrue};
    const char *why = "out of memory";
    x4s_trust *trust = crls->count || ocsps->count ? x4_trust_new(folders->crypto, &policy) : NULL;
    for (size_t i = 0; trust && i < folders->cas.count; i++)
        if (folders->ca[i] && !x4_trust_add_ca(trust, folders->ca[i], &why))
            hub_credential_tell(build, true, build->config->path, why);
    for (const struct hub_der *der = crls->first; der; der = der->next)
        if (!trust || !x4_trust_add_crl(trust, der->der, &why))
            hub_credential_tell(build, false, der->path, why);
    for (const struct hub_der *der = ocsps->first; der; der = der->next)
        if (!trust || !x4_trust_add_ocsp(trust, der->der, &why))
            hub_credential_tell(build, false, der->path, why);
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
    hub_credential_folder(build, "x509crl", "X509 CRL", &crls);
    hub_credential_folder(build, "x509ocsp", "OCSP RESPONSE", &ocsps);
    hub_credential_loaded(build, "crl-", "X509 CRL", &crls);
    hub_credential_loaded(build, "ocsp-", "OCSP RESPONSE", &ocsps);
    check_revocations(build, folders, &crls, &ocsps);
    config->crls = chunks_of(build, &crls);
    config->crl_count = config->crls ? crls.count : 0;
    config->ocsps = chunks_of(build, &ocsps);
    config->ocsp_count = config->ocsps ? ocsps.count : 0;
}

static bool same(x4s_chunk a, x4s_chunk b)
{
    return a.len == b.len && memcmp(a.data, b.data, a.len) == 0;
}

static bool has_der(const struct hub_ders *list, const struct hub_der *wanted)
{
    const struct hub_der *der = list->first;
    while (der && !same(der->der, wanted->der))
        der = der->next;
    return der != NULL;
}

/* What section authorities names, in the folder or elsewhere. */
static void read_authorities(struct hub_build *build, struct hub_folders *folders)
{
    struct hub_config *config = build->config;
    struct hub_authority_name *names =
        hub_arena_array(build->arena, build->authority_count, sizeof(*names));
    size_t count = 0;
    const struct hub_authority *authority = names ? build->authorities : NULL;
    for (; authority; authority = authority->next) {
        const struct hub_der *file = hub_credential_file(
            build, authority->section, authority->option, authority->file, &hub_ca_certs);
        if (!file)
            continue;
        names[count++] = (struct hub_authority_name){authority->name, file->der};
        if (!has_der(&folders->cas, file))
            hub_ders_append(build->arena, &folders->cas, file);
    }
    config->authorities = names;
    config->authority_count = count;
}

static bool load(struct hub_build *build)
{
    const char *why;
    struct hub_folders *folders = hub_arena_alloc(build->arena, sizeof(*folders));
    const char *path = build->config->path;
    if (!folders)
        return false;
    build->folders = folders;
    folders->crypto = x4_crypto_new(&x4_libc_allocator, NULL, NULL, &why);
    if (!folders->crypto) {
        hub_credential_tell(build, true, path, why);
        return false;
    }
    hub_ders_init(&folders->cas);
    hub_credential_folder(build, "x509ca", "CERTIFICATE", &folders->cas);
    hub_credential_loaded(build, "ca-", "CERTIFICATE", &folders->cas);
    read_authorities(build, folders);
    parse_cas(build, folders);
    folders->keys = hub_own_keys_read(build, folders->crypto);
    if (hub_arena_exhausted(build->arena))
        return false;
    read_revocations(build, folders);
    folders->ready = build->report.errors == 0;
    return folders->ready;
}

bool hub_config_folders(struct hub_build *build)
{
    return build->folders ? build->folders->ready : load(build);
}

void hub_config_credentials_free(struct hub_build *build)
{
    struct hub_folders *folders = build->folders;
    if (!folders)
        return;
    for (size_t i = 0; folders->ca && i < folders->cas.count; i++)
        x4_cert_free(folders->ca[i]);
    hub_own_keys_free(folders->keys);
    x4_crypto_free(folders->crypto);
    build->folders = NULL;
}

/* ------------------------------------------------------------------ one connection */

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

/* The private key that belongs to the public half of a file, and the method that both mean. */
static bool take_key(struct hub_build *build, const struct settings_section *section,
                     const char *option, const char *path, const x4s_public_key *half,
                     struct hub_auth *auth, uint16_t *method)
{
    const struct hub_own_key *key = hub_own_keys_find(build->folders->keys, half);
    if (!key) {
        hub_schema_error(build, section, option,
                         "%s: none of the private keys beside this configuration is its key", path);
        return false;
    }
    auth->prikey.der = key->der;
    *method = (uint16_t)x4_public_key_type(half);
    return true;
}

static bool take_own_cert(struct hub_build *build, const struct hub_wanted_credentials *wanted,
                          struct hub_auth *auth, uint16_t *method)
{
    const char *why;
    const struct hub_der *file =
        hub_credential_file(build, wanted->local, "certs", wanted->certs, &hub_end_certs);
    if (!file)
        return false;
    x4s_cert *cert = x4_cert_new(build->folders->crypto, file->der, &why);
    if (!cert) {
        hub_schema_error(build, wanted->local, "certs", "%s: %s", file->path, why);
        return false;
    }
    warn_of_period(build, cert, file->path);
    const bool taken =
        take_key(build, wanted->local, "certs", file->path, x4_cert_key(cert), auth, method);
    if (taken)
        auth->certs = chain_of(build, file->der, cert);
    x4_cert_free(cert);
    return taken;
}

/* A public key of a file; NULL: told. */
static x4s_public_key *read_key(struct hub_build *build, const struct settings_section *section,
                                const char *names, const struct hub_der **file)
{
    const char *why;
    *file = hub_credential_file(build, section, "pubkeys", names, &hub_public_keys);
    if (!*file)
        return NULL;
    x4s_public_key *key = x4_public_key_new(build->folders->crypto, (*file)->der, &why);
    if (!key)
        hub_schema_error(build, section, "pubkeys", "%s: %s", (*file)->path, why);
    return key;
}

static bool take_own_key(struct hub_build *build, const struct hub_wanted_credentials *wanted,
                         struct hub_auth *auth, uint16_t *method)
{
    const struct hub_der *file;
    x4s_public_key *half = read_key(build, wanted->local, wanted->pubkeys, &file);
    const bool taken =
        half && take_key(build, wanted->local, "pubkeys", file->path, half, auth, method);
    x4_public_key_free(half);
    return taken;
}

/* What we show, and the key that signs. */
static bool take_own(struct hub_build *build, const struct hub_wanted_credentials *wanted,
                     struct hub_auth *auth, uint16_t *method)
{
    if (wanted->pubkeys)
        return take_own_key(build, wanted, auth, method);
    if (wanted->certs)
        return take_own_cert(build, wanted, auth, method);
    hub_schema_error(build, wanted->local, "certs",
                     "expected a certificate for auth = pubkey, or a key in pubkeys");
    return false;
}

/* Both sides sign alike, so the kinds of keys have to be the same. */
static bool take_remote_key(struct hub_build *build, const struct hub_wanted_credentials *wanted,
                            struct hub_auth *auth, uint16_t method)
{
    const struct hub_der *file;
    x4s_public_key *key = read_key(build, wanted->remote, wanted->remote_pubkeys, &file);
    if (!key)
        return false;
    const bool same_kind = x4_public_key_type(key) == (x4e_key_type)method;
    if (same_kind)
        auth->pubkey = file->der;
    else
        hub_schema_error(build, wanted->remote, "pubkeys",
                         "%s: expected a key of another kind: %s, as this side's", file->path,
                         x4_key_type_name((x4e_key_type)method));
    x4_public_key_free(key);
    return same_kind;
}

static bool take_remote(struct hub_build *build, const struct hub_wanted_credentials *wanted,
                        struct hub_auth *auth, uint16_t method)
{
    struct hub_ders list;
    if (wanted->remote_pubkeys)
        return take_remote_key(build, wanted, auth, method);
    auth->cas = build->folders->ca_ders;
    auth->ca_names = build->folders->ca_names;
    auth->ca_count = build->folders->cas.count;
    if (wanted->remote_cacerts) {
        if (!hub_credential_files(build, wanted->remote, "cacerts", wanted->remote_cacerts,
                                  &hub_ca_certs, &list))
            return false;
        auth->cas = chunks_of(build, &list);
        auth->ca_names = NULL;
        auth->ca_count = list.count;
    }
    if (wanted->remote_certs) {
        if (!hub_credential_files(build, wanted->remote, "certs", wanted->remote_certs,
                                  &hub_end_certs, &list))
            return false;
        auth->pinned = chunks_of(build, &list);
        auth->pinned_count = list.count;
    }
    if (auth->ca_count || auth->pinned_count)
        return true;
    hub_schema_error(build, wanted->remote, "cacerts",
                     "expected a certification authority that the peer is believed by, in the "
                     "folder x509ca, its certificate in certs, or its key in pubkeys");
    return false;
}

const struct hub_auth *hub_config_credentials(struct hub_build *build,
                                              const struct hub_wanted_credentials *wanted,
                                              uint16_t *method)
{
    struct hub_auth *auth = hub_arena_alloc(build->arena, sizeof(*auth));
    if (!auth || !hub_config_folders(build))
        return NULL;
    if ((wanted->local && !take_own(build, wanted, auth, method)) ||
        (wanted->remote && !take_remote(build, wanted, auth, *method)))
        return NULL;
    auth->cert_always = wanted->cert_always;
    auth->cert_never = wanted->cert_never;
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
