/* SPDX-License-Identifier: BSD-2-Clause */
#include "x4/ike/authenticate.h"

#include <string.h>

#include "x4/crypto/hash.h"
#include "x4/ike/credentials.h"
#include "x4/ike/inform.h"
#include "x4/ike/method.h"
#include "x4/ike/reason_class.h"
#include "x4/ike/signature.h"
#include "x4/ike/skeyid.h"
#include "x4/ike/work.h"

bval x4_auth_usable(const x4s_charon *charon, const x4s_ike_config1 *config, x4e_ike_role role)
{
    const x4s_ike_calls1 *calls = charon->config.calls1;
    for (size_t i = 0; i < config->transform_count; i++) {
        uint16_t auth = config->transforms[i].auth;
        if ((x4_method_signs(auth, role) && !calls->get_prikey) ||
            (x4_method_asks(auth, role) && !calls->get_xauth) ||
            (x4_method_asks(auth, x4_role_other(role)) && !calls->xauth))
            return bfalse;
    }
    return btrue;
}

static bval we_sign(const x4s_ike_xchg1 *xchg)
{
    return x4_method_signs(xchg->suite.auth, xchg->base.role);
}

static bval peer_signs(const x4s_ike_xchg1 *xchg)
{
    return x4_method_signs(xchg->suite.auth, x4_role_other(xchg->base.role));
}

/* -------------------------------------------------------------------------- keys */

static x4e_ike_reason make_skeyid(x4s_ike_xchg1 *xchg, x4s_chunk ni, x4s_chunk nr)
{
    x4s_crypto *crypto = xchg->base.charon->crypto;
    x4s_secret *skeyid = &xchg->neg->skeyid;
    bval done;
    if (!x4_method(xchg->suite.auth)->by_psk) {
        const x4s_chunk gxy = x4_work_shared(&xchg->base);
        done = x4_skeyid_signature(crypto, xchg->suite.hash, ni, nr, gxy, skeyid);
    } else {
        x4s_chunk psk = {0};
        bval known = xchg->base.charon->config.calls1->get_psk(xchg->base.user, &psk);
        if (xchg->base.state == x4c_state_dead || !known)
            return x4c_ike_no_psk;
        done = x4_skeyid_psk(crypto, xchg->suite.hash, psk, ni, nr, skeyid); /* req 2409-4-11 */
    }
    return done ? x4c_ike_none : x4c_ike_crypto_failed;
}

x4e_ike_reason x4_auth_keys(x4s_ike_xchg1 *xchg)
{
    x4s_crypto *crypto = xchg->base.charon->crypto;
    x4s_ike_neg1 *neg = xchg->neg;
    x4e_hash hash = xchg->suite.hash;
    bval first = xchg->base.role == x4c_ike_initiator;
    const x4s_chunk own = {neg->own_nonce, sizeof(neg->own_nonce)};
    const x4s_chunk peer = {neg->peer_nonce, neg->peer_nonce_len};
    x4e_ike_reason reason = make_skeyid(xchg, first ? own : peer, first ? peer : own);
    if (reason != x4c_ike_none)
        return reason;

    const x4s_chunk gxi = first ? x4_work_own(&xchg->base) : x4_work_their(&xchg->base);
    const x4s_chunk gxr = first ? x4_work_their(&xchg->base) : x4_work_own(&xchg->base);
    const x4s_chunk exchanged[] = {gxi, gxr};
    uint8_t iv[x4c_hash_size_max];
    x4s_secret skeyid_e;
    xchg->key_len = (uint8_t)x4_cipher_key_size(xchg->suite.cipher, xchg->suite.key_bits);
    bval done = x4_skeyid_derive(crypto, hash, &neg->skeyid, x4_work_shared(&xchg->base),
                                 xchg->cookies, &xchg->skeyid_d, &xchg->skeyid_a, &skeyid_e) &&
                x4_skeyid_cipher_key(crypto, hash, &skeyid_e, xchg->suite.cipher, xchg->key,
                                     xchg->key_len) &&
                x4_hash(crypto, hash, exchanged, x4m_countof(exchanged), iv);
    x4_wipe(&skeyid_e, sizeof(skeyid_e));
    memcpy(neg->iv, iv, x4_cipher_block(xchg->suite.cipher));
    return done ? x4c_ike_none : x4c_ike_crypto_failed;
}

/* -------------------------------------------------------------------------- HASH_I and HASH_R */

/* The hash whose HMAC makes them: for ECDSA that of the signature (RFC 2409 5.1). */
static x4e_hash proof_hash(const x4s_ike_xchg1 *xchg)
{
    uint8_t key = x4_method(xchg->suite.auth)->key;
    return key ? x4_sign_hash((x4e_key_type)key, xchg->suite.hash) : xchg->suite.hash;
}

/* Ours if `ours`, else the peer's; of the initiator it is HASH_I, of the responder HASH_R. */
static bval make_proof(x4s_ike_xchg1 *xchg, bval ours, x4s_chunk id_body, uint8_t *out)
{
    const x4s_ike_neg1 *neg = xchg->neg;
    const x4s_chunk own = x4_work_own(&xchg->base);
    const x4s_chunk their = x4_work_their(&xchg->base);
    bval by_initiator = ours == (xchg->base.role == x4c_ike_initiator);
    const uint8_t *cookie_i = xchg->cookies;
    const uint8_t *cookie_r = xchg->cookies + x4c_isakmp_cookie;
    return x4_skeyid_auth_hash(
        xchg->base.charon->crypto, proof_hash(xchg), &neg->skeyid, ours ? own : their,
        ours ? their : own, by_initiator ? cookie_i : cookie_r, by_initiator ? cookie_r : cookie_i,
        (x4s_chunk){neg->sa_body, neg->sa_len}, id_body, out);
}

/* -------------------------------------------------------------------------- ours */

static x4e_ike_reason begin_signature(x4s_ike_xchg1 *xchg) /* req 2408-5.12-1 */
{
    x4s_charon *charon = xchg->base.charon;
    x4s_ike_prikey prikey = {0};
    if (!charon->config.calls1->get_prikey(xchg->base.user, &prikey))
        return x4c_ike_no_prikey;
    x4s_ike_key *key = x4_keyring_take(charon, &prikey);
    if (!key)
        return x4c_ike_no_prikey;
    if (x4_public_key_type(x4_private_key_public(key->key)) != x4_method(xchg->suite.auth)->key) {
        x4_keyring_release(charon, key);
        return x4c_ike_no_prikey;
    }
    const x4s_chunk proof = {xchg->neg->own_proof, x4_hash_size(proof_hash(xchg))};
    return x4_signature_new(&xchg->base, key, proof) ? x4c_ike_none : x4c_ike_no_memory;
}

x4e_ike_reason x4_auth_prepare(x4s_ike_xchg1 *xchg)
{
    uint8_t buffer[x4c_limit_id_body + x4c_identity_fixed];
    x4s_writer w = x4_writer(buffer, sizeof(buffer));
    const x4s_ike_id id = x4_identity_view(&xchg->local_id);
    x4_identity_write(&w, &id);
    if (w.failed)
        return x4c_ike_too_long;
    const x4s_chunk body = {buffer, x4_writer_len(&w)};
    if (!make_proof(xchg, btrue, body, xchg->neg->own_proof)) /* req 2408-5.11-1 */
        return x4c_ike_crypto_failed;
    return we_sign(xchg) ? begin_signature(xchg) : x4c_ike_none;
}

void x4_auth_put_id(x4s_ike_xchg1 *xchg, x4s_ike_build *build) /* req 2407-4.2.1-1 2408-5.8-1 */
{
    const x4s_ike_id id = x4_identity_view(&xchg->local_id);
    x4_build_payload(build, x4c_payload_id);
    x4_identity_write(&build->w, &id);
}

x4e_ike_reason x4_auth_put_proof(x4s_ike_xchg1 *xchg, x4s_ike_build *build)
{
    if (!we_sign(xchg)) {
        const x4s_chunk proof = {xchg->neg->own_proof, x4_hash_size(proof_hash(xchg))};
        x4_build_body(build, x4c_payload_hash, proof);
        return x4c_ike_none;
    }
    x4e_ike_reason reason = x4_credentials_put(xchg, build);
    if (reason == x4c_ike_none)
        x4_build_body(build, x4c_payload_sig, x4_signature_value(&xchg->base));
    return reason;
}

/* -------------------------------------------------------------------------- the peer's */

static x4e_ike_reason verify_hash(x4s_ike_xchg1 *xchg, const x4s_ike_message *message,
                                  x4s_chunk id_body)
{
    uint8_t expected[x4c_hash_size_max];
    const x4s_ike_payload *hash = x4_message_find(message, x4c_payload_hash, 0);
    size_t size = x4_hash_size(proof_hash(xchg));
    if (!hash)
        return x4c_ike_missing_payload;
    if (!make_proof(xchg, bfalse, id_body, expected))
        return x4c_ike_crypto_failed;
    bval right = hash->body.len == size && x4_crypto_equal(hash->body.data, expected, size);
    return right ? x4c_ike_none : x4c_ike_bad_hash; /* req 2408-5.11-2 */
}

static x4e_ike_reason verify_signature(x4s_ike_xchg1 *xchg, const x4s_ike_message *message,
                                       x4s_chunk id_body, x4s_ike_credentials *credentials)
{
    const x4s_ike_payload *signature = x4_message_find(message, x4c_payload_sig, 0);
    x4s_ike_id id;
    if (!signature)
        return x4c_ike_missing_payload;
    x4e_ike_reason reason = x4_identity_parse(id_body, &id);
    if (reason == x4c_ike_none)
        reason = x4_credentials_open(xchg, message, &id, credentials);
    if (reason != x4c_ike_none || xchg->base.state == x4c_state_dead)
        return reason;

    uint8_t expected[x4c_hash_size_max];
    const x4s_public_key *key = x4_credentials_key(credentials);
    if (x4_public_key_type(key) != x4_method(xchg->suite.auth)->key)
        return x4c_ike_bad_cert;
    if (!make_proof(xchg, bfalse, id_body, expected))
        return x4c_ike_crypto_failed;
    const x4s_chunk proof = {expected, x4_hash_size(proof_hash(xchg))};
    bval right = x4_sign_verify(xchg->base.charon->crypto, key, proof, signature->body);
    return right ? x4c_ike_none : x4c_ike_bad_signature; /* req 2408-5.12-2 */
}

/* The peer has the keys; now the user says whether it likes who it is. */
static x4e_ike_reason accept_peer(x4s_ike_xchg1 *xchg, const x4s_ike_message *message,
                                  x4s_chunk id_body, const x4s_ike_credentials *credentials)
{
    xchg->neg->proven = btrue;
    memcpy(xchg->neg->proven_iv, message->iv, sizeof(xchg->neg->proven_iv));
    x4e_ike_reason reason = x4_phase1_take_peer(xchg, id_body);
    if (reason != x4c_ike_none || xchg->base.state == x4c_state_dead)
        return reason;
    reason = x4_credentials_validate(xchg, message, credentials);
    if (reason != x4c_ike_none)
        x4_identity_free(xchg->base.charon->allocator, &xchg->remote_id);
    return reason;
}

/* Who has the keys could have us verify for as long as the negotiation may take. */
bval x4_auth_may_try(const x4s_ike_xchg1 *xchg)
{
    const x4s_ike_neg1 *neg = xchg->neg;
    return neg->failures < x4c_limit_auth_failures ||
           xchg->base.charon->now - neg->failed_at >= x4c_limit_auth_ms;
}

static void count_failure(x4s_ike_xchg1 *xchg, x4e_ike_reason reason)
{
    x4s_ike_neg1 *neg = xchg->neg;
    if (xchg->base.state == x4c_state_dead || x4_reason_class(reason) != x4c_reason_notify)
        return;
    neg->failed_at = xchg->base.charon->now;
    if (neg->failures < x4c_limit_auth_failures)
        neg->failures++;
}

/* req 2408-1.5.3-1 */
x4e_ike_reason x4_auth_take(x4s_ike_xchg1 *xchg, const x4s_ike_message *message, x4s_chunk id_body)
{
    x4s_ike_credentials credentials = {0};
    if (!x4_auth_may_try(xchg))
        return x4c_ike_over_limit;
    x4e_ike_reason reason = peer_signs(xchg)
                                ? verify_signature(xchg, message, id_body, &credentials)
                                : verify_hash(xchg, message, id_body);
    if (reason == x4c_ike_none && xchg->base.state != x4c_state_dead)
        reason = accept_peer(xchg, message, id_body, &credentials);
    x4_credentials_close(&credentials);
    if (reason != x4c_ike_none)
        count_failure(xchg, reason);
    if (reason != x4c_ike_none || xchg->base.state == x4c_state_dead)
        return reason;
    memcpy(xchg->neg->iv, message->iv, sizeof(xchg->neg->iv));          /* req 2409-10-3 */
    xchg->neg->contact = message->header.flags & x4c_flag_encryption && /* req 2407-4.6.3-1 */
                         x4_inform_has(message, x4c_notify_initial_contact);
    return x4c_ike_none;
}
