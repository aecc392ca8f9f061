/* SPDX-License-Identifier: BSD-2-Clause */
#include "x4/crypto/ecp.h"

#include <string.h>

#include <openssl/ec.h>
#include <openssl/objects.h>

#include "x4/crypto/internal.h"

/* The form of a point that is followed by x and y: SEC 1, 2.3.3. */
#define POINT_UNCOMPRESSED 4

#define SIZE_MAX_BYTES 66 /* P-521 */
#define ENCODED_MAX    (1 + 2 * SIZE_MAX_BYTES)

struct x4s_ecp {
    const x4s_allocator *allocator;
    EC_GROUP *group;
    size_t size; /* bytes of the prime */
};

static int number_of(const char *curve)
{
    const int nist = EC_curve_nist2nid(curve);
    return nist != NID_undef ? nist : OBJ_sn2nid(curve);
}

bval x4_ecp_new(const x4s_allocator *allocator, const char *curve, x4s_ecp **ecp)
{
    EC_GROUP *group = EC_GROUP_new_by_curve_name(number_of(curve));
    *ecp = NULL;
    if (!group)
        return btrue;
    *ecp = x4_alloc(allocator, sizeof(**ecp));
    if (!*ecp) {
        EC_GROUP_free(group);
        return bfalse;
    }
    **ecp = (x4s_ecp){
        .allocator = allocator,
        .group = group,
        .size = ((size_t)EC_GROUP_get_degree(group) + 7) / 8,
    };
    return btrue;
}

void x4_ecp_free(x4s_ecp *ecp)
{
    if (!ecp)
        return;
    EC_GROUP_free(ecp->group);
    x4_free(ecp->allocator, ecp, sizeof(*ecp));
}

/* NULL for what is not on the curve. */
static EC_POINT *read_point(const x4s_ecp *ecp, const uint8_t *value, BN_CTX *ctx)
{
    uint8_t encoded[ENCODED_MAX] = {POINT_UNCOMPRESSED};
    memcpy(encoded + 1, value, 2 * ecp->size);
    EC_POINT *point = EC_POINT_new(ecp->group);
    if (point && EC_POINT_oct2point(ecp->group, point, encoded, 1 + 2 * ecp->size, ctx) == 1)
        return point;
    EC_POINT_free(point);
    return NULL;
}

static bval write_point(const x4s_ecp *ecp, const EC_POINT *point, uint8_t *value, BN_CTX *ctx)
{
    uint8_t encoded[ENCODED_MAX];
    const size_t len = 1 + 2 * ecp->size;
    bval ok = EC_POINT_point2oct(ecp->group, point, POINT_CONVERSION_UNCOMPRESSED, encoded,
                                 sizeof(encoded), ctx) == len;
    if (ok)
        memcpy(value, encoded + 1, 2 * ecp->size);
    return ok;
}

bval x4_ecp_valid(const x4s_ecp *ecp, const uint8_t *value)
{
    EC_POINT *point = read_point(ecp, value, NULL);
    EC_POINT_free(point);
    return x4_crypto_result(point != NULL);
}

/* From 1 to the order less 1, SP 800-56A rev. 3, 5.6.1.2.2. */
static BIGNUM *draw(const x4s_ecp *ecp, BN_CTX *ctx)
{
    BIGNUM *number = BN_secure_new();
    bval ok = number != NULL;
    if (ok)
        BN_set_flags(number, BN_FLG_CONSTTIME);
    do {
        ok = ok && BN_priv_rand_range_ex(number, EC_GROUP_get0_order(ecp->group), 0, ctx) == 1;
    } while (ok && BN_is_zero(number));
    if (ok)
        return number;
    BN_clear_free(number);
    return NULL;
}

/* Contexts are of one use, because numbers that were secret stay in them. */
BIGNUM *x4_ecp_generate(const x4s_ecp *ecp, uint8_t *value)
{
    BN_CTX *ctx = BN_CTX_secure_new();
    BIGNUM *own = ctx ? draw(ecp, ctx) : NULL;
    EC_POINT *point = own ? EC_POINT_new(ecp->group) : NULL;
    bval ok = point && EC_POINT_mul(ecp->group, point, own, NULL, NULL, ctx) == 1 &&
              write_point(ecp, point, value, ctx);
    EC_POINT_free(point);
    BN_CTX_free(ctx);
    if (x4_crypto_result(ok))
        return own;
    BN_clear_free(own);
    return NULL;
}

static bval write_x(const x4s_ecp *ecp, const EC_POINT *point, uint8_t *value, BN_CTX *ctx)
{
    BN_CTX_start(ctx);
    BIGNUM *x = BN_CTX_get(ctx);
    bval ok = x && EC_POINT_get_affine_coordinates(ecp->group, point, x, NULL, ctx) == 1 &&
              BN_bn2binpad(x, value, (int)ecp->size) == (int)ecp->size;
    BN_CTX_end(ctx);
    return ok;
}

bval x4_ecp_derive(const x4s_ecp *ecp, const BIGNUM *own, const uint8_t *peer, uint8_t *shared)
{
    BN_CTX *ctx = BN_CTX_secure_new();
    EC_POINT *theirs = ctx ? read_point(ecp, peer, ctx) : NULL;
    EC_POINT *point = theirs ? EC_POINT_new(ecp->group) : NULL;
    bval ok = point && EC_POINT_mul(ecp->group, point, NULL, theirs, own, ctx) == 1 &&
              write_x(ecp, point, shared, ctx);
    EC_POINT_free(theirs);
    EC_POINT_clear_free(point);
    BN_CTX_free(ctx);
    return x4_crypto_result(ok);
}
