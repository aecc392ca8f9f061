/* SPDX-License-Identifier: BSD-2-Clause */

/* RAND_METHOD is OpenSSL's old interface. The new one is a provider, of which in OpenSSL 3.0 none
 * can be put in the place of the generator of private values once that was used. */
#define OPENSSL_SUPPRESS_DEPRECATED

#include "bench/micro/fixed_random.h"

#include <openssl/rand.h>

#include "bench/micro/kit.h"

static uint64_t *drawn_from;

static int draw(unsigned char *data, int len)
{
    micro_fill(drawn_from, data, (size_t)len);
    return 1;
}

static int ready(void)
{
    return 1;
}

void micro_fixed_random(uint64_t *sequence)
{
    static const RAND_METHOD fixed = {.bytes = draw, .pseudorand = draw, .status = ready};
    drawn_from = sequence;
    micro_must(RAND_set_rand_method(sequence ? &fixed : NULL) == 1, "RAND_set_rand_method");
}
