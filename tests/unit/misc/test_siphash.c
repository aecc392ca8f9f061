/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "x4/misc/siphash.h"

/*
 * vectors_sip64 of the authors' reference implementation: key 00..0f, input the bytes 00, 01, 02
 * ... of length n for entry n. The last is the example of Appendix A of the paper.
 */
static const uint64_t vectors[] = {
    UINT64_C(0x726fdb47dd0e0e31), UINT64_C(0x74f839c593dc67fd), UINT64_C(0x0d6c8009d9a94f5a),
    UINT64_C(0x85676696d7fb7e2d), UINT64_C(0xcf2794e0277187b7), UINT64_C(0x18765564cd99a68d),
    UINT64_C(0xcbc9466e58fee3ce), UINT64_C(0xab0200f58b01d137), UINT64_C(0x93f5f5799a932462),
    UINT64_C(0x9e0082df0ba9e4b0), UINT64_C(0x7a5dbbc594ddb9f3), UINT64_C(0xf4b32f46226bada7),
    UINT64_C(0x751e8fbc860ee5fb), UINT64_C(0x14ea5627c0843d90), UINT64_C(0xf723ca908e7af2ee),
    UINT64_C(0xa129ca6149be45e5),
};

static void counting(uint8_t *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++)
        bytes[i] = (uint8_t)i;
}

static void test_reference_vectors(void **state)
{
    (void)state;
    uint8_t key[x4c_siphash_key];
    uint8_t data[x4m_countof(vectors)];
    counting(key, sizeof(key));
    counting(data, sizeof(data));
    for (size_t len = 0; len < x4m_countof(vectors); len++)
        assert_true(x4_siphash(key, data, len) == vectors[len]);
}

static void test_alignment_does_not_matter(void **state)
{
    (void)state;
    uint8_t key[x4c_siphash_key];
    uint8_t data[8 + 15];
    counting(key, sizeof(key));
    for (size_t offset = 0; offset < 8; offset++) {
        counting(data + offset, 15);
        assert_true(x4_siphash(key, data + offset, 15) == vectors[15]);
    }
}

static void test_every_bit_of_the_key_counts(void **state)
{
    (void)state;
    uint8_t key[x4c_siphash_key];
    uint8_t data[15];
    counting(key, sizeof(key));
    counting(data, sizeof(data));
    for (size_t bit = 0; bit < sizeof(key) * 8; bit++) {
        uint8_t other[x4c_siphash_key];
        counting(other, sizeof(other));
        other[bit / 8] ^= (uint8_t)(1 << bit % 8);
        assert_true(x4_siphash(other, data, sizeof(data)) != vectors[15]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reference_vectors),
        cmocka_unit_test(test_alignment_does_not_matter),
        cmocka_unit_test(test_every_bit_of_the_key_counts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
