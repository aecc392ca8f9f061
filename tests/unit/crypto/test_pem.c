/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "x4/core/memory.h"
#include "x4/crypto/pem.h"

static x4s_chunk chunk(const char *text)
{
    return (x4s_chunk){.data = (const uint8_t *)text, .len = strlen(text)};
}

static void blocks_one_after_the_other(void **state)
{
    (void)state;
    x4s_chunk text = chunk("what it is\n"
                           "-----BEGIN CERTIFICATE-----\r\n"
                           "AQID\r\n"
                           "BA==\r\n"
                           "-----END CERTIFICATE-----\r\n"
                           "\n"
                           "-----BEGIN EC PRIVATE KEY-----\n"
                           "  AQI=  \n"
                           "-----END EC PRIVATE KEY-----");
    char label[x4c_pem_label_max];
    uint8_t der[16];
    size_t len;
    assert_int_equal(x4_pem_next(&text, label, der, sizeof(der), &len), x4c_pem_block);
    assert_string_equal(label, "CERTIFICATE");
    assert_int_equal(len, 4);
    assert_memory_equal(der, "\1\2\3\4", 4);
    assert_int_equal(x4_pem_next(&text, label, der, sizeof(der), &len), x4c_pem_block);
    assert_string_equal(label, "EC PRIVATE KEY");
    assert_int_equal(len, 2);
    assert_int_equal(x4_pem_next(&text, label, der, sizeof(der), &len), x4c_pem_end);
    assert_int_equal(len, 0);
    assert_int_equal(text.len, 0);
}

static void malformed(void **state)
{
    (void)state;
    static const char *const rows[] = {
        "-----BEGIN X-----\n",
        "-----BEGIN X-----\nAQID\n",
        "-----BEGIN X-----\nAQID\n-----END Y-----\n",
        "-----BEGIN X-----\nAQI\n-----END X-----\n",
        "-----BEGIN X-----\nAQ=\n-----END X-----\n",
        "-----BEGIN X-----\nA===\n-----END X-----\n",
        "-----BEGIN X-----\nAQ==AQID\n-----END X-----\n",
        "-----BEGIN X-----\nAQID=\n-----END X-----\n",
        "-----BEGIN X-----\nAQID====\n-----END X-----\n",
        "-----BEGIN X-----\nAQ*D\n-----END X-----\n",
        "-----BEGIN X-----\nProc-Type: 4,ENCRYPTED\n\nAQID\n-----END X-----\n",
        "-----BEGIN X-----\n-----BEGIN X-----\nAQID\n-----END X-----\n",
    };
    for (size_t i = 0; i < x4m_countof(rows); i++) {
        x4s_chunk text = chunk(rows[i]);
        char label[x4c_pem_label_max];
        uint8_t der[16] = {0};
        size_t len;
        assert_int_equal(x4_pem_next(&text, label, der, sizeof(der), &len), x4c_pem_malformed);
        assert_int_equal(len, 0);
        assert_int_equal(text.len, 0);
        for (size_t k = 0; k < sizeof(der); k++)
            assert_int_equal(der[k], 0);
    }
}

static void room(void **state)
{
    (void)state;
    static const char pem[] = "-----BEGIN X-----\nAQIDBAUG\n-----END X-----\n";
    char label[x4c_pem_label_max];
    uint8_t der[6] = {0};
    size_t len;
    x4s_chunk text = chunk(pem);
    assert_int_equal(x4_pem_next(&text, label, der, 5, &len), x4c_pem_too_long);
    assert_int_equal(der[0], 0);
    text = chunk(pem);
    assert_int_equal(x4_pem_next(&text, label, der, 6, &len), x4c_pem_block);
    assert_memory_equal(der, "\1\2\3\4\5\6", 6);
}

static void no_blocks(void **state)
{
    (void)state;
    static const char *const rows[] = {
        "", "\n\n", "AQID", "-----BEGIN X\nAQID\n-----END X-----\n", "-----BEGIN ----\n",
    };
    for (size_t i = 0; i < x4m_countof(rows); i++) {
        x4s_chunk text = chunk(rows[i]);
        char label[x4c_pem_label_max];
        uint8_t der[16];
        size_t len;
        assert_int_equal(x4_pem_next(&text, label, der, sizeof(der), &len), x4c_pem_end);
    }
}

/* A label that does not fit is no label. */
static void long_label(void **state)
{
    (void)state;
    char label[x4c_pem_label_max];
    uint8_t der[16];
    size_t len;
    for (int size = x4c_pem_label_max - 1; size <= x4c_pem_label_max; size++) {
        char pem[256];
        (void)snprintf(pem, sizeof(pem), "-----BEGIN %0*d-----\nAQID\n-----END %0*d-----\n", size,
                       0, size, 0);
        x4s_chunk text = chunk(pem);
        x4e_pem expected = size < x4c_pem_label_max ? x4c_pem_block : x4c_pem_end;
        assert_int_equal(x4_pem_next(&text, label, der, sizeof(der), &len), expected);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blocks_one_after_the_other),
        cmocka_unit_test(malformed),
        cmocka_unit_test(room),
        cmocka_unit_test(no_blocks),
        cmocka_unit_test(long_label),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
