/* SPDX-License-Identifier: BSD-2-Clause */
#include "bench/load/identity.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>

/* Bytes of an identification payload's body before the data. */
#define BODY_HEADER 4

x4s_ike_id load_identity_numbered(const char *prefix, uint32_t n, char name[LOAD_IDENTITY_NAME_MAX])
{
    int len = snprintf(name, LOAD_IDENTITY_NAME_MAX, "%s-%06" PRIu32 ".example", prefix, n);
    assert(len > 0 && len < LOAD_IDENTITY_NAME_MAX);
    return (x4s_ike_id){
        .type = x4c_ike_id_fqdn,
        .data = {.data = (const uint8_t *)name, .len = (size_t)len},
    };
}

bool load_identity_from_body(x4s_chunk body, x4s_ike_id *id)
{
    if (body.len < BODY_HEADER)
        return false;
    id->type = (x4e_ike_id_type)body.data[0];
    id->data = (x4s_chunk){.data = body.data + BODY_HEADER, .len = body.len - BODY_HEADER};
    return true;
}
