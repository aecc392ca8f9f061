/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TESTS_UNIT_IKE_OFFER_H
#define TESTS_UNIT_IKE_OFFER_H

/*
 * Offers of phase 2: written by libike and taken apart again.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "x4/ike/bundle.h"

struct offer {
    uint8_t buffer[8192];
    x4s_ike_offers offers;
};

static const x4s_ike_spis offer_spis = {{0x01020304, 0x05060708, 0x1234}};

/* Writes the configuration's offer and takes it apart again. */
static inline void write_with(struct offer *offer, const x4s_ike_config2 *config,
                              const x4s_ike_spis *spis, uint16_t offset)
{
    static const x4s_ike_header header = {.cookies = {1}, .exchange = x4c_exchange_quick};
    const size_t at = x4c_isakmp_header + x4c_isakmp_generic;
    x4s_ike_build build;
    x4_build_begin(&build, offer->buffer, sizeof(offer->buffer), &header);
    x4_proposal2_write(&build, config, spis, offset);
    assert_true(x4_build_end(&build, 0));
    const x4s_chunk body = {offer->buffer + at, x4_writer_len(&build.w) - at};
    assert_int_equal(x4_sa_parse(body, &offer->offers), x4c_ike_none);
}

static inline void write(struct offer *offer, const x4s_ike_config2 *config, uint16_t offset)
{
    write_with(offer, config, &offer_spis, offset);
}

static inline x4s_ike_config2 config_of(const x4s_ike_transform2 *transforms, size_t count)
{
    return (x4s_ike_config2){.transforms = transforms, .transform_count = count};
}

#endif
