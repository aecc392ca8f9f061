/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <openssl/x509.h>

#include "tests/hex.h"
#include "x4/crypto/der.h"
#include "x4/crypto/dn.h"

typedef struct name {
    uint8_t der[x4c_dn_size_max];
    size_t len;
} name;

static x4s_chunk chunk(const name *n)
{
    return (x4s_chunk){.data = n->der, .len = n->len};
}

static name parse(const char *text)
{
    name n;
    const char *error = NULL;
    if (!x4_dn_parse(text, n.der, sizeof(n.der), &n.len, &error))
        fail_msg("%s: %s", text, error);
    assert_true(x4_dn_valid(chunk(&n)));
    return n;
}

static name from_hex(const char *text)
{
    name n;
    n.len = hex_read(text, n.der, sizeof(n.der));
    return n;
}

/* A name of one CN whose value is of this string type. */
static name cn(uint8_t tag, const void *value, size_t len)
{
    name n;
    x4s_writer w = x4_writer(n.der, sizeof(n.der));
    size_t tlv = x4_der_header_size(len) + len;
    size_t pair = x4_der_header_size(5 + tlv) + 5 + tlv;
    x4_der_write_header(&w, x4c_der_sequence, x4_der_header_size(pair) + pair);
    x4_der_write_header(&w, x4c_der_set, pair);
    x4_der_write_header(&w, x4c_der_sequence, 5 + tlv);
    x4_writer_bytes(&w, "\x06\x03\x55\x04\x03", 5);
    x4_der_write_header(&w, tag, len);
    x4_writer_bytes(&w, value, len);
    assert_false(w.failed);
    n.len = x4_writer_len(&w);
    return n;
}

static void check_text(const name *n, const char *expected)
{
    char text[512];
    assert_ptr_equal(x4_dn_format(chunk(n), text, sizeof(text)), text);
    assert_string_equal(text, expected);
}

/* ------------------------------------------------------------------ text */

static void encoding_of_the_well_known(void **state)
{
    (void)state;
    static const uint8_t expected[] = "\x30\x35\x31\x0b\x30\x09\x06\x03\x55\x04\x06\x13\x02"
                                      "CH\x31\x13\x30\x11\x06\x03\x55\x04\x0a\x13\x0a"
                                      "strongSwan\x31\x11\x30\x0f\x06\x03\x55\x04\x03\x13\x08"
                                      "moon.org";
    name n = parse("C=CH, O=strongSwan, CN=moon.org");
    assert_int_equal(n.len, sizeof(expected) - 1);
    assert_memory_equal(n.der, expected, n.len);
}

/* What is read, and as what it is written again. */
static void texts(void **state)
{
    (void)state;
    static const struct {
        const char *in;
        const char *out;
    } rows[] = {
        {"C=CH, O=strongSwan, CN=moon", "C=CH, O=strongSwan, CN=moon"},
        {"/C=CH/O=strongSwan/CN=moon", "C=CH, O=strongSwan, CN=moon"},
        {"  c = CH ,o=strongSwan,  cn  =moon  ", "C=CH, O=strongSwan, CN=moon"},
        {"O=\"Example, Inc.\", CN=a", "O=Example\\, Inc., CN=a"},
        {"O=Example\\, Inc., CN=a", "O=Example\\, Inc., CN=a"},
        {"CN=a+UID=b, C=CH", "CN=a+UID=b, C=CH"},
        {"UID=b+CN=a", "CN=a+UID=b"},
        {"CN=J\xc3\xbcrg", "CN=J\\C3\\BCrg"},
        {"CN=J\\C3\\BCrg", "CN=J\\C3\\BCrg"},
        {"CN=\\ a\\20", "CN=\\20a\\20"},
        {"CN=\\#1", "CN=\\#1"},
        {"CN=a#1", "CN=a#1"},
        {"CN=a=b", "CN=a=b"},
        {"CN=\"say \\\"x\\\"\"", "CN=say \\\"x\\\""},
        {"2.5.4.3=x", "CN=x"},
        {"1.2.840.113549.1.1.1=x", "1.2.840.113549.1.1.1=x"},
        {"2.999.1=x", "2.999.1=x"},
        {"CN=#0403010203", "CN=#0403010203"},
        {"E=a@example.org, DC=example", "E=a@example.org, DC=example"},
        {"emailAddress=a@example.org", "E=a@example.org"},
        {"CN=", "CN="},
        {"O=, CN=*", "O=, CN=*"},
        {"/CN=a\\/b", "CN=a/b"},
        {"CN=a/b", "CN=a/b"},
    };
    for (size_t i = 0; i < x4m_countof(rows); i++) {
        name n = parse(rows[i].in);
        check_text(&n, rows[i].out);
        name again = parse(rows[i].out);
        assert_true(x4_dn_equal(chunk(&n), chunk(&again)));
    }
}

static void texts_that_are_refused(void **state)
{
    (void)state;
    static const char *const rows[] = {
        "",          "moon",        "CN",
        "=x",        "XY=x",        "CN=a,",
        "CN=a,,O=b", "CN=a+",       "/",
        "CN=\"a",    "CN=\"a\"b",   "CN=a\\",
        "CN=a\\x",   "CN=#04",      "CN=#040",
        "CN=#0401",  "CN=#zz",      "CN=#1e0161",
        "CN=\xff",   "CN=\xc0\x80", "CN=\xed\xa0\x80",
        "3.1=x",     "1.40=x",      "1=x",
        "1.=x",      "1..2=x",      "1.99999999999999999999=x",
    };
    uint8_t der[x4c_dn_size_max];
    size_t len;
    for (size_t i = 0; i < x4m_countof(rows); i++) {
        const char *error = NULL;
        if (x4_dn_parse(rows[i], der, sizeof(der), &len, &error))
            fail_msg("accepted: %s", rows[i]);
        assert_non_null(error);
    }
}

static void limits_of_text(void **state)
{
    (void)state;
    char text[4096];
    uint8_t der[x4c_dn_size_max];
    size_t len;
    const char *error;
    (void)snprintf(text, sizeof(text), "CN=%03000d", 1);
    assert_false(x4_dn_parse(text, der, sizeof(der), &len, &error));
    (void)snprintf(text, sizeof(text), "CN=%01000d, O=%01000d", 1, 1);
    assert_true(x4_dn_parse(text, der, sizeof(der), &len, &error));
    assert_false(x4_dn_parse(text, der, len - 1, &len, &error));
    (void)snprintf(text, sizeof(text), "CN=%01020d, O=%01020d", 1, 1);
    assert_false(x4_dn_parse(text, der, sizeof(der), &len, &error));

    text[0] = '\0';
    for (size_t i = 0; i < x4c_dn_rdns_max; i++)
        (void)strcat(text, i ? ",O=x" : "O=x");
    assert_true(x4_dn_parse(text, der, sizeof(der), &len, &error));
    assert_true(x4_dn_valid((x4s_chunk){.data = der, .len = len}));
    (void)strcat(text, ",O=x");
    assert_false(x4_dn_parse(text, der, sizeof(der), &len, &error));
}

/* Whatever room there is, it is a string in it. */
static void cut_off(void **state)
{
    (void)state;
    name n = parse("C=CH, O=strongSwan, CN=moon");
    char text[64];
    for (size_t size = 1; size < sizeof(text); size++) {
        memset(text, 'x', sizeof(text));
        x4_dn_format(chunk(&n), text, size);
        assert_int_equal(strlen(text), x4m_min(size - 1, strlen("C=CH, O=strongSwan, CN=moon")));
        assert_int_equal(strncmp(text, "C=CH, O=strongSwan, CN=moon", size - 1), 0);
    }
}

static void unprintable_is_escaped(void **state)
{
    (void)state;
    name n = cn(0x0c, "a\0\n\x7f\xff", 5);
    check_text(&n, "CN=a\\00\\0A\\7F\\FF");
    n = cn(0x1e, "\0a\0\xe4", 4);
    check_text(&n, "CN=a\\C3\\A4");
    n = cn(0x14, "a\xe4", 2);
    check_text(&n, "CN=a\\C3\\A4");
    n = cn(0x1c, "\0\x01\xf6\x00", 4);
    check_text(&n, "CN=\\F0\\9F\\98\\80");
    n = cn(0x1e, "\x20\xac", 2);
    check_text(&n, "CN=\\E2\\82\\AC");
    n = cn(0x03, "\0a", 2);
    check_text(&n, "CN=#03020061");
    n = from_hex("3000");
    check_text(&n, "");
    n = from_hex("3001");
    check_text(&n, "(malformed name)");
}

/* ------------------------------------------------------------------ comparison */

static bval equal(const char *a, const char *b)
{
    name left = parse(a);
    name right = parse(b);
    bval result = x4_dn_equal(chunk(&left), chunk(&right));
    assert_int_equal(x4_dn_equal(chunk(&right), chunk(&left)), result);
    return result;
}

static void equality(void **state)
{
    (void)state;
    assert_true(equal("C=CH, CN=moon", "C=ch, CN=MOON"));
    assert_true(equal("CN=a  b", "CN=a b"));
    assert_true(equal("CN=\\ a b\\20", "CN=a b"));
    assert_true(equal("CN=a+UID=b", "UID=b+CN=a"));
    assert_false(equal("CN=ab", "CN=a b"));
    assert_false(equal("CN=moon", "CN=moo"));
    assert_false(equal("CN=moon", "CN=moons"));
    assert_false(equal("CN=moon", "O=moon"));
    assert_false(equal("C=CH, CN=moon", "CN=moon, C=CH"));
    assert_false(equal("C=CH, CN=moon", "C=CH"));
    assert_false(equal("CN=a, UID=b", "CN=a+UID=b"));
    assert_false(equal("CN=*", "CN=moon"));
    assert_false(equal("CN=\xc3\xa4", "CN=\xc3\x84")); /* only ASCII is folded */
}

static void string_types_do_not_matter(void **state)
{
    (void)state;
    const name same[] = {cn(0x0c, "J\xc3\xbcrg", 5), cn(0x14, "J\xfcrg", 4),
                         cn(0x1e, "\0J\0\xfc\0r\0g", 8),
                         cn(0x1c, "\0\0\0J\0\0\0\xfc\0\0\0r\0\0\0g", 16)};
    for (size_t i = 0; i < x4m_countof(same); i++) {
        for (size_t k = 0; k < x4m_countof(same); k++)
            assert_true(x4_dn_equal(chunk(&same[i]), chunk(&same[k])));
    }
    name bytes = cn(0x04, "J\xc3\xbcrg", 5);
    assert_true(x4_dn_equal(chunk(&bytes), chunk(&bytes)));
    assert_false(x4_dn_equal(chunk(&bytes), chunk(&same[0])));
}

/* A NUL does not end a value, and bytes that are no UTF-8 are no other character. */
static void no_shortcut_in_values(void **state)
{
    (void)state;
    name plain = cn(0x0c, "moon", 4);
    name nul = cn(0x0c, "moon\0x", 6);
    name stray = cn(0x0c, "\xe4", 1);
    name latin = cn(0x14, "\xe4", 1);
    assert_false(x4_dn_equal(chunk(&plain), chunk(&nul)));
    assert_false(x4_dn_equal(chunk(&stray), chunk(&latin)));
    assert_true(x4_dn_equal(chunk(&stray), chunk(&stray)));
}

/* Where our comparison and OpenSSL's both have an opinion, it is one. */
static void as_openssl_compares(void **state)
{
    (void)state;
    static const char *const rows[] = {
        "CN=moon",        "CN=MOON",        "CN=moon ",   "CN=\\ moon", "CN=mo on", "CN=mo   on",
        "O=moon",         "C=CH, CN=moon",  "CN=a+UID=b", "UID=b+CN=a", "E=a@b",    "E=A@B",
        "CN=J\xc3\xbcrg", "CN=j\xc3\xbcRG", "CN=",        "CN=\\ ",
    };
    for (size_t i = 0; i < x4m_countof(rows); i++) {
        for (size_t k = 0; k < x4m_countof(rows); k++) {
            name a = parse(rows[i]);
            name b = parse(rows[k]);
            const uint8_t *pos_a = a.der;
            const uint8_t *pos_b = b.der;
            X509_NAME *left = d2i_X509_NAME(NULL, &pos_a, (long)a.len);
            X509_NAME *right = d2i_X509_NAME(NULL, &pos_b, (long)b.len);
            assert_int_equal(x4_dn_equal(chunk(&a), chunk(&b)), X509_NAME_cmp(left, right) == 0);
            X509_NAME_free(left);
            X509_NAME_free(right);
        }
    }
}

static void patterns(void **state)
{
    (void)state;
    static const struct {
        const char *pattern;
        const char *text;
        int result;
    } rows[] = {
        {"C=CH, CN=moon", "C=CH, CN=moon", 0},
        {"C=CH, CN=*", "C=CH, CN=moon", 1},
        {"C=*, CN=*", "C=CH, CN=moon", 2},
        {"C=CH, CN=*", "C=DE, CN=moon", -1},
        {"C=CH, CN=*", "C=CH", -1},
        {"C=CH, CN=*", "C=CH, O=x, CN=moon", -1},
        {"C=CH, O=*", "C=CH, CN=moon", -1},
        {"CN=mo*", "CN=moon", -1},
        {"CN=moon", "CN=*", -1},
        {"CN=*", "CN=*", 1},
        {"CN=\" * \"", "CN=moon", 1},
    };
    for (size_t i = 0; i < x4m_countof(rows); i++) {
        name pattern = parse(rows[i].pattern);
        name n = parse(rows[i].text);
        assert_int_equal(x4_dn_match(chunk(&pattern), chunk(&n)), rows[i].result);
    }
}

/* ------------------------------------------------------------------ malformed */

static void malformed(void **state)
{
    (void)state;
    static const char *const rows[] = {
        "",
        "30",
        "3001",
        "300000", /* a byte behind it */
        "3080310b3009060355040613024348"
        "0000",                             /* indefinite length */
        "30810d310b3009060355040613024348", /* length not minimal */
        "3100",                             /* no SEQUENCE */
        "30023100",                         /* RDN without attribute */
        "300d300b3009060355040613024348",   /* SEQUENCE where SET should be */
        "300d310b3109060355040613024348",   /* SET where SEQUENCE should be */
        "300d310b3009050355040613024348",   /* type is no OID */
        "300a3108300606001302"
        "4348",                             /* empty OID */
        "300d310b3009060355048013024348",   /* OID does not end */
        "300d310b3009060380040613024348",   /* OID with a zero before an arc */
        "300d310b3009060355040613034348",   /* value beyond the attribute */
        "300e310c300a06035504061302434800", /* bytes behind the value */
        "300c310a3008060355040a1e0161",     /* half a character */
        "300f310d300b060355040a1c04"
        "00110000", /* beyond Unicode */
        "300f310d300b060355040a1c04"
        "ffffffff",
    };
    name good = parse("C=CH");
    for (size_t i = 0; i < x4m_countof(rows); i++) {
        name n = from_hex(rows[i]);
        assert_false(x4_dn_valid(chunk(&n)));
        assert_false(x4_dn_equal(chunk(&n), chunk(&n)));
        assert_false(x4_dn_equal(chunk(&n), chunk(&good)));
        assert_int_equal(x4_dn_match(chunk(&good), chunk(&n)), -1);
        check_text(&n, "(malformed name)");
    }
    assert_false(x4_dn_valid((x4s_chunk){0}));
}

static void every_prefix_and_every_byte(void **state)
{
    (void)state;
    name n = parse("C=CH, O=strongSwan, CN=moon+UID=x");
    char text[256];
    for (size_t len = 0; len < n.len; len++)
        assert_false(x4_dn_valid((x4s_chunk){.data = n.der, .len = len}));
    for (size_t i = 0; i < n.len; i++) {
        for (unsigned bit = 0; bit < 8; bit++) {
            name other = n;
            other.der[i] ^= (uint8_t)(1U << bit);
            x4_dn_format(chunk(&other), text, sizeof(text));
            if (x4_dn_valid(chunk(&other)))
                assert_true(x4_dn_equal(chunk(&other), chunk(&other)));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(encoding_of_the_well_known),
        cmocka_unit_test(texts),
        cmocka_unit_test(texts_that_are_refused),
        cmocka_unit_test(limits_of_text),
        cmocka_unit_test(cut_off),
        cmocka_unit_test(unprintable_is_escaped),
        cmocka_unit_test(equality),
        cmocka_unit_test(string_types_do_not_matter),
        cmocka_unit_test(no_shortcut_in_values),
        cmocka_unit_test(as_openssl_compares),
        cmocka_unit_test(patterns),
        cmocka_unit_test(malformed),
        cmocka_unit_test(every_prefix_and_every_byte),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
