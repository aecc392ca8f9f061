/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TESTS_UNIT_RADIUS_RADIUS_HOST_H
#define TESTS_UNIT_RADIUS_RADIUS_HOST_H

/*
 * What tests of RADIUS share: a state of crypto, and packets of a server's.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "shard/radius/packet.h"

static inline x4s_chunk chunk(const char *text)
{
    return (x4s_chunk){(const uint8_t *)text, strlen(text)};
}

static inline x4s_crypto *host_crypto(x4f_random random, void *context)
{
    const char *why = NULL;
    x4s_crypto *crypto = x4_crypto_new(&x4_libc_allocator, random, context, &why);
    assert_non_null(crypto);
    return crypto;
}

/* A server's answer to a request, with some attributes. */
static inline void host_answer(x4s_crypto *crypto, const void *request, size_t len, uint8_t code,
                               x4s_chunk attributes, x4s_chunk secret, struct radius_writer *answer)
{
    struct radius_packet packet;
    assert_true(radius_read(request, len, &packet));
    assert_true(
        radius_write_answer(answer, crypto, (enum radius_code)code, &packet, attributes, secret));
}

#endif
