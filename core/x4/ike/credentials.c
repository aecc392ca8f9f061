/* SPDX-License-Identifier: BSD-2-Clause */
#include "x4/ike/credentials.h"

#include "x4/crypto/cert_cache.h"
#include "x4/ike/method.h"

static x4s_cert *read_cert(const x4s_charon *charon, x4s_chunk der)
{
    const char *error;
    x4s_cert_cache *cache = charon->config.certs;
    return cache ? x4_cert_cache_take(cache, der, &error)
                 : x4_cert_new(charon->crypto, der, &error);
}

/* One CERT payload becomes certificates; other encodings than those that hold some add nothing. */
static x4e_ike_reason read_payload(const x4s_charon *charon, x4s_chunk body, unsigned index,
                                   x4s_ike_credentials *credentials)
{
    x4s_reader r = x4_reader(body.data, body.len);
    uint8_t encoding = x4_reader_u8(&r);
    x4s_chunk data = x4_reader_rest(&r);
    x4s_cert **certs = credentials->certs + credentials->count;
    size_t room = x4c_cert_chain_max - credentials->count;
    size_t count = 0;
    const char *error;
    if (encoding != x4c_cert_x509_sign && encoding != x4c_cert_pkcs7) /* req 2408-5.9-2 */
        return r.failed ? x4c_ike_malformed : x4c_ike_none;
    if (room == 0)
        return x4c_ike_bad_cert;
    if (encoding == x4c_cert_pkcs7 &&
        !x4_cert_pkcs7_read(charon->crypto, data, certs, room, &count, &error))
        return x4c_ike_bad_cert;
    if (encoding == x4c_cert_x509_sign) {
        certs[0] = read_cert(charon, data);
        count = 1;
    }
    if (!certs[0]) /* req 2408-5.9-3 */
        return x4c_ike_bad_cert;
    for (size_t i = 0; i < count; i++)
        credentials->payload[credentials->count++] = index;
    return x4c_ike_none;
}

/* A PKCS#7 has no order: the peer's own is the one of who it claims to be, else the first. */
static size_t find_leaf(const x4s_ike_credentials *credentials, const x4s_ike_id *id)
{
    for (size_t i = 0; i < credentials->count; i++)
        if (x4_cert_speaks_for(credentials->certs[i], (uint8_t)id->type, id->data))
            return i;
    return 0;
}

static x4e_ike_reason ask_key(x4s_ike_xchg1 *xchg, const x4s_ike_id *id,
                              x4s_ike_credentials *credentials)
{
    const x4s_ike_calls1 *calls = xchg->base.charon->config.calls1;
    x4s_chunk der = {0};
    const char *error;
    if (!calls->get_pubkey || !calls->get_pubkey(xchg->base.user, id, &der))
        return x4c_ike_no_pubkey;
    credentials->known_key = x4_public_key_new(xchg->base.charon->crypto, der, &error);
    return credentials->known_key ? x4c_ike_none : x4c_ike_no_pubkey;
}

x4e_ike_reason x4_credentials_open(x4s_ike_xchg1 *xchg, const x4s_ike_message *message,
                                   const x4s_ike_id *id, x4s_ike_credentials *credentials)
{
    const x4s_ike_payload *payload;
    for (unsigned i = 0; (payload = x4_message_find(message, x4c_payload_cert, i)) != NULL; i++) {
        x4e_ike_reason reason = read_payload(xchg->base.charon, payload->body, i, credentials);
        if (reason != x4c_ike_none)
            return reason;
    }
    if (credentials->count == 0)
        return ask_key(xchg, id, credentials);
    credentials->leaf = find_leaf(credentials, id);
    return x4c_ike_none;
}

void x4_credentials_close(x4s_ike_credentials *credentials)
{
    for (size_t i = 0; i < credentials->count; i++)
        x4_cert_free(credentials->certs[i]);
    x4_public_key_free(credentials->known_key);
}

const x4s_public_key *x4_credentials_key(const x4s_ike_credentials *credentials)
{
    if (credentials->known_key)
        return credentials->known_key;
    return x4_cert_key(credentials->certs[credentials->leaf]);
}

static bval validate(x4s_ike_xchg1 *xchg, x4s_chunk body, uint8_t payload)
{
    return xchg->base.charon->config.calls1->validate(xchg->base.user, body, payload);
}

/* The peer's own comes last: what helps to believe it is at hand by then. */
x4e_ike_reason x4_credentials_validate(x4s_ike_xchg1 *xchg, const x4s_ike_message *message,
                                       const x4s_ike_credentials *credentials)
{
    if (credentials->count == 0)
        return x4c_ike_none;
    const unsigned own = credentials->payload[credentials->leaf];
    const x4s_ike_payload *payload;
    for (unsigned i = 0; (payload = x4_message_find(message, x4c_payload_cert, i)) != NULL; i++) {
        bval accepted = i == own || validate(xchg, payload->body, x4c_payload_cert);
        if (xchg->base.state == x4c_state_dead)
            return x4c_ike_none;
        if (!accepted)
            return x4c_ike_cert_refused;
    }
    payload = x4_message_find(message, x4c_payload_cert, own);
    bval accepted = validate(xchg, payload->body, x4c_payload_cert);
    return accepted || xchg->base.state == x4c_state_dead ? x4c_ike_none : x4c_ike_cert_refused;
}

/* req 2409-5-9 */
x4e_ike_reason x4_credentials_asked(x4s_ike_xchg1 *xchg, const x4s_ike_message *message)
{
    const x4s_ike_payload *payload = x4_message_find(message, x4c_payload_cr, 0);
    if (!payload || !x4_method_signs(xchg->suite.auth, xchg->base.role))
        return x4c_ike_none;
    for (unsigned i = 0; payload; payload = x4_message_find(message, x4c_payload_cr, ++i)) {
        if (payload->body.len == 0)
            return x4c_ike_malformed;
        /* req 2408-5.10-2 2408-5.10-3 2408-5.10-4 */
        if (validate(xchg, payload->body, x4c_payload_cr))
            xchg->neg->cert_promised = btrue;
        if (xchg->base.state == x4c_state_dead)
            return x4c_ike_none;
    }
    return xchg->neg->cert_promised ? x4c_ike_none : x4c_ike_request_refused;
}

/* Before a method is agreed on, any that may be. */
static bval peer_may_sign(const x4s_ike_xchg1 *xchg)
{
    const x4s_ike_config1 *config = xchg->neg->config;
    x4e_ike_role peer = x4_role_other(xchg->base.role);
    if (xchg->suite.auth)
        return x4_method_signs(xchg->suite.auth, peer);
    for (size_t i = 0; i < config->transform_count; i++)
        if (x4_method_signs(config->transforms[i].auth, peer))
            return btrue;
    return bfalse;
}

/* req 2408-3.10-1 2408-3.10-4 2408-3.10-5 2408-5.10-1 */
void x4_credentials_ask(x4s_ike_xchg1 *xchg, x4s_ike_build *build)
{
    const x4s_ike_config1 *config = xchg->neg->config;
    if (!peer_may_sign(xchg))
        return;
    for (size_t i = 0; i < config->authority_count; i++) {
        x4_build_payload(build, x4c_payload_cr);
        x4_writer_u8(&build->w, x4c_cert_x509_sign);
        x4_writer_bytes(&build->w, config->authorities[i].data, config->authorities[i].len);
    }
}

/* req 2408-3.9-1 2408-3.10-3 2408-5.9-1 */
x4e_ike_reason x4_credentials_put(x4s_ike_xchg1 *xchg, x4s_ike_build *build)
{
    const x4s_ike_calls1 *calls = xchg->base.charon->config.calls1;
    x4s_ike_certs certs = {0};
    bval given = calls->get_cert && calls->get_cert(xchg->base.user, &certs);
    if (!given)
        return xchg->neg->cert_promised ? x4c_ike_no_cert : x4c_ike_none;
    for (size_t i = 0; i < certs.count; i++) {
        x4_build_payload(build, x4c_payload_cert);
        x4_writer_u8(&build->w, x4c_cert_x509_sign);
        x4_writer_bytes(&build->w, certs.list[i].data, certs.list[i].len);
    }
    return build->w.failed ? x4c_ike_too_long : x4c_ike_none;
}
