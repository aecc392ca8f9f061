/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/metrics/expiry.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shard/control/certs.h"
#include "x4/crypto/cert.h"
#include "x4/crypto/hash.h"

#define SHA256_SIZE 32

static bool describe(x4s_crypto *crypto, x4s_chunk der, struct metrics_cert *cert)
{
    const char *why;
    char subject[HUB_IDENTITY_TEXT];
    uint8_t digest[SHA256_SIZE];
    x4s_cert *parsed = x4_cert_new(crypto, der, &why);
    if (!parsed)
        return false;
    const x4s_ike_id name = {x4c_ike_id_dn, x4_cert_subject(parsed)};
    cert->subject = strdup(hub_identity_format(&name, subject));
    cert->not_after = x4_cert_not_after(parsed);
    x4_cert_free(parsed);
    if (!cert->subject || !x4_hash(crypto, x4c_hash_sha256, &der, 1, digest)) {
        free(cert->subject);
        return false;
    }
    for (size_t i = 0; i < METRICS_FINGERPRINT / 2; i++)
        snprintf(cert->fingerprint + 2 * i, 3, "%02x", digest[i]);
    return true;
}

/* Those of one kind, as far as there is room. */
static void take(struct metrics_expiry *expiry, x4s_crypto *crypto,
                 const struct control_certs *certs, bool own)
{
    for (size_t i = 0; i < certs->count; i++) {
        if (certs->list[i].own != own)
            continue;
        if (expiry->count == METRICS_CERTS_MAX) {
            expiry->untold++;
            continue;
        }
        struct metrics_cert *cert = &expiry->list[expiry->count];
        cert->own = own;
        expiry->count += describe(crypto, certs->list[i].der, cert);
    }
}

static int by_end(const void *a, const void *b)
{
    const struct metrics_cert *x = a;
    const struct metrics_cert *y = b;
    return (x->not_after > y->not_after) - (x->not_after < y->not_after);
}

static void look(struct metrics_expiry *expiry, const struct control_certs *certs)
{
    const char *why;
    x4s_crypto *crypto = x4_crypto_new(&x4_libc_allocator, NULL, NULL, &why);
    expiry->list = calloc(METRICS_CERTS_MAX, sizeof(expiry->list[0]));
    if (crypto && expiry->list) {
        take(expiry, crypto, certs, true);
        take(expiry, crypto, certs, false);
        qsort(expiry->list, expiry->count, sizeof(expiry->list[0]), by_end);
    }
    x4_crypto_free(crypto);
}

void metrics_expiry_update(struct metrics_expiry *expiry, const struct hub_config *config,
                           uint64_t load)
{
    struct control_certs certs = {0};
    if (expiry->load == load)
        return;
    metrics_expiry_fini(expiry);
    expiry->load = load;
    if (control_certs_gather(&certs, NULL, config, "X509", "") && certs.count)
        look(expiry, &certs);
    control_certs_free(&certs);
}

void metrics_expiry_fini(struct metrics_expiry *expiry)
{
    for (size_t i = 0; i < expiry->count; i++)
        free(expiry->list[i].subject);
    free(expiry->list);
    *expiry = (struct metrics_expiry){0};
}
