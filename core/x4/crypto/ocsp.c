/* SPDX-License-Identifier: BSD-2-Clause */
#include "x4/crypto/ocsp.h"

#include "x4/crypto/internal.h"

static const char *take_basic(OCSP_RESPONSE *outer, OCSP_BASICRESP **basic)
{
    if (OCSP_response_status(outer) != OCSP_RESPONSE_STATUS_SUCCESSFUL)
        return "OCSP response is an error of the responder";
    *basic = OCSP_response_get1_basic(outer);
    if (!*basic)
        return "not an OCSP response of the basic type";
    return OCSP_BASICRESP_get_ext_by_critical(*basic, 1, -1) >= 0
               ? "OCSP response has a critical extension that is not known"
               : NULL;
}

OCSP_BASICRESP *x4_ocsp_read(x4s_chunk der, const char **error)
{
    const uint8_t *pos = der.data;
    OCSP_BASICRESP *basic = NULL;
    OCSP_RESPONSE *outer = NULL;
    if (der.len && der.len <= x4c_ocsp_size_max)
        outer = d2i_OCSP_RESPONSE(NULL, &pos, (long)der.len);
    *error = "not an OCSP response";
    if (outer && pos == der.data + der.len)
        *error = take_basic(outer, &basic);
    OCSP_RESPONSE_free(outer);
    ERR_clear_error();
    if (!*error)
        return basic;
    OCSP_BASICRESP_free(basic);
    return NULL;
}

/* OCSP_basic_verify takes the time from the store, which keeps nothing of it afterwards. */
bval x4_ocsp_authentic(OCSP_BASICRESP *response, X509_STORE *store, STACK_OF(X509) * certs,
                       const int64_t *now)
{
    X509_VERIFY_PARAM *param = X509_STORE_get0_param(store);
    if (now)
        X509_VERIFY_PARAM_set_time(param, (time_t)*now);
    else
        (void)X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_NO_CHECK_TIME);
    bval authentic = OCSP_basic_verify(response, certs, store, OCSP_NOEXPLICIT) == 1;
    (void)X509_VERIFY_PARAM_clear_flags(param,
                                        X509_V_FLAG_NO_CHECK_TIME | X509_V_FLAG_USE_CHECK_TIME);
    return x4_crypto_result(authentic);
}

X509 *x4_ocsp_signer(OCSP_BASICRESP *response, STACK_OF(X509) * certs)
{
    X509 *signer = NULL;
    return x4_crypto_result(OCSP_resp_get0_signer(response, &signer, certs) == 1) ? signer : NULL;
}

int x4_ocsp_hash(const OCSP_BASICRESP *response)
{
    int hash = NID_undef;
    const ASN1_OBJECT *algorithm;
    X509_ALGOR_get0(&algorithm, NULL, NULL, OCSP_resp_get0_tbs_sigalg(response));
    return OBJ_find_sigid_algs(OBJ_obj2nid(algorithm), &hash, NULL) == 1 ? hash : NID_undef;
}

/* The serial number first: the rest is hashes of the issuer. */
static bval is_about(const OCSP_SINGLERESP *single, const X509 *cert, const X509 *issuer)
{
    ASN1_OBJECT *md;
    ASN1_INTEGER *serial;
    /* Only read, but OpenSSL's parameters are not const. */
    OCSP_CERTID *id = (OCSP_CERTID *)(uintptr_t)OCSP_SINGLERESP_get0_id(single);
    if (OCSP_id_get0_info(NULL, &md, NULL, &serial, id) != 1 ||
        ASN1_INTEGER_cmp(serial, X509_get0_serialNumber(cert)) != 0)
        return bfalse;
    OCSP_CERTID *meant = OCSP_cert_to_id(EVP_get_digestbyobj(md), cert, issuer);
    bval about = meant && OCSP_id_cmp(meant, id) == 0;
    OCSP_CERTID_free(meant);
    return about;
}

/* What the times say does not matter here: with an unknown critical extension nothing does. */
static x4s_ocsp_answer read_answer(OCSP_SINGLERESP *single)
{
    ASN1_GENERALIZEDTIME *this_update = NULL;
    ASN1_GENERALIZEDTIME *next_update = NULL;
    int status = OCSP_single_get0_status(single, NULL, NULL, &this_update, &next_update);
    if (!this_update || OCSP_SINGLERESP_get_ext_by_critical(single, 1, -1) >= 0)
        status = x4c_ocsp_unknown;
    return (x4s_ocsp_answer){(x4e_ocsp_status)status, this_update, next_update};
}

x4s_ocsp_answer x4_ocsp_ask(OCSP_BASICRESP *response, const X509 *cert, const X509 *issuer)
{
    x4s_ocsp_answer answer = {.status = x4c_ocsp_silent};
    const int count = OCSP_resp_count(response);
    for (int i = 0; i < count && answer.status == x4c_ocsp_silent; i++) {
        OCSP_SINGLERESP *single = OCSP_resp_get0(response, i);
        if (is_about(single, cert, issuer))
            answer = read_answer(single);
    }
    ERR_clear_error();
    return answer;
}

bval x4_ocsp_fresh(const x4s_ocsp_answer *answer, int64_t now)
{
    return answer->next_update && ASN1_TIME_cmp_time_t(answer->this_update, (time_t)now) <= 0 &&
           ASN1_TIME_cmp_time_t(answer->next_update, (time_t)now) >= 0;
}
