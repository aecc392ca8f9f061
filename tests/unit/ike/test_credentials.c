/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * CERT and CERT_REQUEST payloads, without the exchange around them.
 */

#include "tests/unit/ike/host.h"
#include "x4/ike/credentials.h"
#include "x4/ike/phase1.h"

enum { PAYLOADS_MAX = 3 };

/* What the user is asked, and says. */
struct party {
    struct host *host;
    x4s_ike_xchg1 xchg;
    x4s_ike_neg1 neg;
    unsigned keys_asked;
    unsigned requests;
    uint8_t accepted; /* the encoding of requests that are */
};

static bval no_key(void *context, const x4s_ike_id *id, x4s_chunk *der)
{
    struct party *party = context;
    (void)id;
    (void)der;
    party->keys_asked++;
    return bfalse;
}

static bval judge(void *context, x4s_chunk body, uint8_t payload)
{
    struct party *party = context;
    assert_int_equal(payload, x4c_payload_cr);
    party->requests++;
    return body.data[0] == party->accepted;
}

static struct party *party_new(void)
{
    static struct party party;
    party = (struct party){.host = host_new()};
    party.host->calls1.get_pubkey = no_key;
    party.host->calls1.validate = judge;
    host_open(party.host);
    party.xchg.base.charon = party.host->charon;
    party.xchg.base.user = &party;
    party.xchg.suite.auth = x4c_ike_auth_rsa;
    party.xchg.neg = &party.neg;
    return &party;
}

static x4s_ike_message message_of(uint8_t type, const x4s_chunk *bodies, size_t count)
{
    x4s_ike_message message = {.count = (uint8_t)count};
    for (size_t i = 0; i < count; i++)
        message.payloads[i] = (x4s_ike_payload){.type = type, .body = bodies[i]};
    return message;
}

static x4e_ike_reason open_one(struct party *party, const uint8_t *body, size_t len)
{
    const x4s_chunk chunk = {body, len};
    const x4s_ike_message message = message_of(x4c_payload_cert, &chunk, 1);
    const x4s_ike_id id = {.type = x4c_ike_id_fqdn, .data = {(const uint8_t *)"a", 1}};
    x4s_ike_credentials credentials = {0};
    x4e_ike_reason reason = x4_credentials_open(&party->xchg, &message, &id, &credentials);
    assert_int_equal(credentials.count, 0);
    x4_credentials_close(&credentials);
    return reason;
}

/* What is no certificate is as if it were not there: the user is asked for the key. */
static void test_other_encodings(void **state) /* req 2408-5.9-2 */
{
    (void)state;
    struct party *party = party_new();
    unsigned asked = 0;
    for (unsigned encoding = 0; encoding <= UINT8_MAX; encoding++) {
        const uint8_t body[] = {(uint8_t)encoding, 0x30, 0};
        bool known = encoding == x4c_cert_x509_sign || encoding == x4c_cert_pkcs7;
        assert_int_equal(open_one(party, body, sizeof(body)),
                         known ? x4c_ike_bad_cert : x4c_ike_no_pubkey);
        asked += !known;
        assert_int_equal(party->keys_asked, asked);
    }
    host_free(party->host);
}

static void test_malformed_certificates(void **state) /* req 2408-5.9-3 */
{
    (void)state;
    static const uint8_t encodings[] = {x4c_cert_x509_sign, x4c_cert_pkcs7};
    struct party *party = party_new();
    assert_int_equal(open_one(party, NULL, 0), x4c_ike_malformed);
    for (size_t i = 0; i < x4m_countof(encodings); i++) {
        uint8_t body[64] = {encodings[i], 0x30, 62};
        for (size_t len = 1; len <= sizeof(body); len++)
            assert_int_equal(open_one(party, body, len), x4c_ike_bad_cert);
    }
    assert_int_equal(party->keys_asked, 0);
    host_free(party->host);
}

/* One that is accepted is enough, whatever the others ask for. */
static void test_requests(void **state) /* req 2408-5.10-2 2408-5.10-3 2408-5.10-4 */
{
    (void)state;
    static const uint8_t encodings[PAYLOADS_MAX] = {x4c_cert_pkcs7, 12, x4c_cert_x509_sign};
    const x4s_chunk bodies[PAYLOADS_MAX] = {{encodings, 1}, {encodings + 1, 1}, {encodings + 2, 1}};
    for (size_t count = 0; count <= PAYLOADS_MAX; count++) {
        struct party *party = party_new();
        const x4s_ike_message message = message_of(x4c_payload_cr, bodies, count);
        party->accepted = x4c_cert_x509_sign;
        bool served = count == 0 || count == PAYLOADS_MAX;
        assert_int_equal(x4_credentials_asked(&party->xchg, &message),
                         served ? x4c_ike_none : x4c_ike_request_refused);
        assert_int_equal(party->requests, count);
        assert_int_equal(party->neg.cert_promised, count == PAYLOADS_MAX);
        host_free(party->host);
    }
}

/* A request goes out for each authority, in one encoding; an empty name asks for any. */
static void test_asking(void **state) /* req 2408-5.10-1 2408-3.10-4 2408-3.10-5 */
{
    (void)state;
    static const uint8_t name[] = {0x30, 0};
    const x4s_chunk authorities[] = {{name, sizeof(name)}, {0}};
    struct party *party = party_new();
    x4s_ike_config1 config = {.authorities = authorities, .authority_count = 2};
    party->neg.config = &config;
    uint8_t buffer[128];
    const x4s_ike_header header = {.cookies = {1}, .exchange = x4c_exchange_main};
    x4s_ike_build build;
    x4_build_begin(&build, buffer, sizeof(buffer), &header);
    x4_credentials_ask(&party->xchg, &build);
    assert_true(x4_build_end(&build, 0));
    static const uint8_t expected[] = {x4c_payload_cr,   0, 0, 7, x4c_cert_x509_sign, 0x30, 0,
                                       x4c_payload_none, 0, 0, 5, x4c_cert_x509_sign};
    assert_int_equal(x4_writer_len(&build.w), x4c_isakmp_header + sizeof(expected));
    assert_memory_equal(buffer + x4c_isakmp_header, expected, sizeof(expected));
    host_free(party->host);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_other_encodings),
        cmocka_unit_test(test_malformed_certificates),
        cmocka_unit_test(test_requests),
        cmocka_unit_test(test_asking),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
