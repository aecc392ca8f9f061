/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/vectors/skeyid_case.h"

/*
 * The complete files of NIST CAVS 17.3, of which data/ holds a selection. They are read as NIST
 * publishes them, and are skipped where they are not at hand.
 */

static x4s_crypto *crypto;

static int setup(void **state)
{
    (void)state;
    const char *error;
    crypto = x4_crypto_new(&x4_libc_allocator, NULL, NULL, &error);
    return crypto ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    x4_crypto_free(crypto);
    return 0;
}

/* "[SHA-256]" begins a section; other lines in brackets tell lengths. */
static void read_section(const char *line, skeyid_case *c)
{
    static const struct {
        const char *line;
        x4e_hash hash;
    } sections[] = {
        {"[SHA-1]", x4c_hash_sha1},
        {"[SHA-256]", x4c_hash_sha256},
        {"[SHA-384]", x4c_hash_sha384},
        {"[SHA-512]", x4c_hash_sha512},
    };
    for (size_t i = 0; i < x4m_countof(sections); i++)
        if (!strcmp(sections[i].line, line))
            c->hash = sections[i].hash;
}

/* "name = value". btrue with the last value of a case. */
static bval read_value(const vector_file *file, char *line, skeyid_case *c)
{
    const struct {
        const char *name;
        vector_bytes *bytes;
    } values[] = {
        {"CKY_I", &c->cky_i},
        {"CKY_R", &c->cky_r},
        {"Ni", &c->ni},
        {"Nr", &c->nr},
        {"g^xy", &c->gxy},
        {"pre-shared-key", &c->psk},
        {"SKEYID", &c->skeyid},
        {"SKEYID_d", &c->skeyid_d},
        {"SKEYID_a", &c->skeyid_a},
        {"SKEYID_e", &c->skeyid_e},
    };
    char *equals = strstr(line, " = ");
    if (!equals)
        return bfalse;
    *equals = '\0';
    for (size_t i = 0; i < x4m_countof(values); i++)
        if (!strcmp(values[i].name, line))
            vector_hex(file, equals + 3, values[i].bytes);
    return !strcmp(line, "SKEYID_e");
}

static void check_file(const char *path, skeyid_method method, size_t expected)
{
    vector_file file;
    skeyid_case c = {.method = method};
    size_t count = 0;
    if (!vector_open(&file, path)) {
        print_message("%s is not at hand\n", path);
        skip();
    }
    for (char *line; (line = vector_line(&file));) {
        if (*line == '[')
            read_section(line, &c);
        else if (read_value(&file, line, &c)) {
            skeyid_case_check(&file, crypto, &c);
            count++;
        }
    }
    vector_close(&file);
    assert_int_equal(count, expected);
}

static void test_psk(void **state)
{
    (void)state;
    check_file("../shared/vectors/nist/ikev1_psk.fax", SKEYID_PSK, 850);
}

static void test_dsa(void **state)
{
    (void)state;
    check_file("../shared/vectors/nist/ikev1_dsa.fax", SKEYID_SIGNATURE, 850);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_psk),
        cmocka_unit_test(test_dsa),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
