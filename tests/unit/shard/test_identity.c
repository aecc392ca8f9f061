/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/identity.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

struct parsed {
    struct hub_identity identity;
    uint8_t data[HUB_IDENTITY_MAX];
};

static void parse(const char *text, struct parsed *out)
{
    const char *expected = NULL;
    if (!hub_identity_parse(text, &out->identity, out->data, &expected))
        fail_msg("'%s': expected %s", text, expected);
}

static void forms(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        x4e_ike_id_type type;
        const char *shown;
    } cases[] = {
        {"192.0.2.1", x4c_ike_id_ipv4, "192.0.2.1"},
        {"2001:db8::1", x4c_ike_id_ipv6, "2001:db8::1"},
        {"192.0.2.7/24", x4c_ike_id_ipv4_subnet, "192.0.2.0/24"},
        {"2001:db8::/32", x4c_ike_id_ipv6_subnet, "2001:db8::/32"},
        {"192.0.2.1-192.0.2.9", x4c_ike_id_ipv4_range, "192.0.2.1-192.0.2.9"},
        {"2001:db8::1-2001:db8::9", x4c_ike_id_ipv6_range, "2001:db8::1-2001:db8::9"},
        {"vpn.example.org", x4c_ike_id_fqdn, "vpn.example.org"},
        {"@vpn", x4c_ike_id_fqdn, "vpn"},
        {"fqdn:a@b", x4c_ike_id_fqdn, "fqdn:a@b"},
        {"dns:#41", x4c_ike_id_fqdn, "A"},
        {"user@example.org", x4c_ike_id_user_fqdn, "user@example.org"},
        {"@@user", x4c_ike_id_user_fqdn, "userfqdn:user"},
        {"EMAIL:u@x", x4c_ike_id_user_fqdn, "u@x"},
        {"keyid:group", x4c_ike_id_key_id, "keyid:group"},
        {"keyid:#00ff", x4c_ike_id_key_id, "@#00ff"},
        {"@#0A0b", x4c_ike_id_key_id, "@#0a0b"},
        {"ipv4:#0a000001", x4c_ike_id_ipv4, "10.0.0.1"},
        {"ipv6:#20010db8000000000000000000000001", x4c_ike_id_ipv6, "2001:db8::1"},
        {"a b", x4c_ike_id_fqdn, "a\\x20b"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct parsed p;
        char text[HUB_IDENTITY_TEXT];
        parse(cases[i].text, &p);
        assert_int_equal(p.identity.kind, HUB_IDENTITY_EXACT);
        assert_int_equal(p.identity.id.type, cases[i].type);
        assert_string_equal(hub_identity_format(&p.identity.id, text), cases[i].shown);
    }
}

static void subnets_are_address_and_mask(void **state)
{
    (void)state;
    struct parsed p;
    parse("192.0.2.7/23", &p);
    static const uint8_t expected[] = {192, 0, 2, 0, 255, 255, 254, 0};
    assert_int_equal(p.identity.id.data.len, 8);
    assert_memory_equal(p.identity.id.data.data, expected, 8);
}

static void everybody(void **state)
{
    (void)state;
    static const char *const texts[] = {"%any", "", "*", "0.0.0.0", "::", "%any6"};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct parsed p;
        parse(texts[i], &p);
        assert_int_equal(p.identity.kind, HUB_IDENTITY_ANY);
    }
}

static void refusals(void **state)
{
    (void)state;
    char longest[HUB_IDENTITY_MAX + 2];
    memset(longest, 'a', sizeof(longest));
    longest[HUB_IDENTITY_MAX + 1] = 0;
    const struct {
        const char *text;
        const char *expected;
    } cases[] = {
        {"@", "an identity that is not empty"},
        {"keyid:", "an identity that is not empty"},
        {"@#", "an identity that is not empty"},
        {"@#0", "an even number of hexadecimal digits after '#'"},
        {"@#0g", "an even number of hexadecimal digits after '#'"},
        {"fqdn:#610062", "a name without NUL bytes"},
        {"a*.example.org", "an asterisk only at the beginning of a name, and a name after it"},
        {"**", "an asterisk only at the beginning of a name, and a name after it"},
        {"fqdn:*", "an asterisk only at the beginning of a name, and a name after it"},
        {"10.0.0.300", "an IPv4 address"},
        {"10.0.0.0/33", "a subnet like 192.0.2.0/24"},
        {"10.0.0.0/", "a subnet like 192.0.2.0/24"},
        {"a/b", "a subnet like 192.0.2.0/24"},
        {"10.0.0.9-10.0.0.1", "a range from a lower to a higher address of one family"},
        {"10.0.0.1-::2", "a range from a lower to a higher address of one family"},
        {"typo:x", "an IPv6 address or a type that is known, like keyid:"},
        {"asn1gn:#30", "another type of identity: general names are not supported by this version"},
        {"ipv4:10.0.0.1", "ipv4:# and 8 hexadecimal digits, or an address without ipv4:"},
        {"ipv6:#00", "ipv6:# and 32 hexadecimal digits, or an address without ipv6:"},
        {longest, "an identity of at most 255 bytes"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct parsed p;
        const char *expected = "";
        if (hub_identity_parse(cases[i].text, &p.identity, p.data, &expected))
            fail_msg("%s is taken", cases[i].text);
        assert_string_equal(expected, cases[i].expected);
    }
    longest[HUB_IDENTITY_MAX] = 0;
    struct parsed p;
    parse(longest, &p);
    assert_int_equal(p.identity.id.data.len, HUB_IDENTITY_MAX);
}

static void matching(void **state)
{
    (void)state;
    static const struct {
        const char *pattern;
        const char *id;
        enum hub_identity_match match;
    } cases[] = {
        {"%any", "vpn.example.org", HUB_MATCH_ANY},
        {"%any", "10.0.0.1", HUB_MATCH_ANY},
        {"vpn.example.org", "VPN.example.ORG", HUB_MATCH_EXACT},
        {"vpn.example.org", "vpn.example.or", HUB_MATCH_NONE},
        {"keyid:Group", "keyid:group", HUB_MATCH_NONE},
        {"keyid:group", "keyid:group", HUB_MATCH_EXACT},
        {"vpn.example.org", "@@vpn.example.org", HUB_MATCH_NONE},
        {"*.example.org", "a.b.Example.org", HUB_MATCH_SUFFIX},
        {"*.example.org", ".example.org", HUB_MATCH_NONE},
        {"*.example.org", "example.org", HUB_MATCH_NONE},
        {"*.example.org", "u@x.example.org", HUB_MATCH_NONE},
        {"*@example.org", "u@example.org", HUB_MATCH_SUFFIX},
        {"*@example.org", "u@mail.example.org", HUB_MATCH_NONE},
        {"@@*.example.org", "u@x.example.org", HUB_MATCH_SUFFIX},
        {"10.0.0.0/8", "10.1.2.3", HUB_MATCH_RANGE},
        {"10.0.0.0/8", "11.1.2.3", HUB_MATCH_NONE},
        {"10.0.0.0/8", "10.0.0.0/8", HUB_MATCH_EXACT},
        {"10.0.0.5-10.0.0.7", "10.0.0.5", HUB_MATCH_RANGE},
        {"10.0.0.5-10.0.0.7", "10.0.0.7", HUB_MATCH_RANGE},
        {"10.0.0.5-10.0.0.7", "10.0.0.8", HUB_MATCH_NONE},
        {"2001:db8::/32", "2001:db8::9", HUB_MATCH_RANGE},
        {"2001:db8::/32", "10.0.0.1", HUB_MATCH_NONE},
        {"2001:db8::1-2001:db8::9", "2001:db8::a", HUB_MATCH_NONE},
        {"C=CH, O=Org, CN=gate", "c=CH,o=org,cn=Gate", HUB_MATCH_EXACT},
        {"C=CH, O=Org, CN=gate", "C=CH, O=Org, CN=other", HUB_MATCH_NONE},
        {"C=CH, O=Org, CN=*", "C=CH, O=Org, CN=gate", HUB_MATCH_SUFFIX},
        {"C=CH, O=Org, CN=*", "C=CH, O=Other, CN=gate", HUB_MATCH_NONE},
        {"asn1dn:C=CH, CN=*", "vpn.example.org", HUB_MATCH_NONE},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct parsed pattern;
        struct parsed id;
        parse(cases[i].pattern, &pattern);
        parse(cases[i].id, &id);
        if (hub_identity_match(&pattern.identity, &id.identity.id) != cases[i].match)
            fail_msg("%s against %s", cases[i].id, cases[i].pattern);
    }
}

/* What a peer sends may have any length under any type. */
static void foreign_identities(void **state)
{
    (void)state;
    static const char *const patterns[] = {"10.0.0.0/8", "10.0.0.1-10.0.0.2", "2001:db8::/32",
                                           "*.example.org", "10.0.0.1"};
    static uint8_t bytes[4096];
    for (int type = 0; type < 256; type++) {
        for (size_t len = 0; len <= sizeof(bytes); len = len < 40 ? len + 1 : len * 8) {
            const x4s_ike_id id = {(x4e_ike_id_type)type, {len ? bytes : NULL, len}};
            char text[HUB_IDENTITY_TEXT];
            assert_true(strlen(hub_identity_format(&id, text)) < sizeof(text));
            for (size_t i = 0; i < sizeof(patterns) / sizeof(patterns[0]); i++) {
                struct parsed p;
                parse(patterns[i], &p);
                assert_int_equal(hub_identity_match(&p.identity, &id), HUB_MATCH_NONE);
            }
        }
    }
    const x4s_ike_id shortened = {x4c_ike_id_ipv4, {bytes, 2}};
    char text[HUB_IDENTITY_TEXT];
    assert_string_equal(hub_identity_format(&shortened, text), "malformed:#0000");

    /* What no configuration here can name, a peer may say it is. */
    static const uint8_t dn[] = {0x30, 0x0c, 0x31, 0x0a, 0x30, 0x08, 0x06,
                                 0x03, 0x55, 0x04, 0x03, 0x0c, 0x01, 'a'};
    const x4s_ike_id name = {x4c_ike_id_dn, {dn, sizeof(dn)}};
    const x4s_ike_id cut = {x4c_ike_id_dn, {dn, sizeof(dn) - 1}};
    const x4s_ike_id general = {x4c_ike_id_gn, {dn, 2}};
    assert_string_equal(hub_identity_format(&name, text), "CN=a");
    assert_string_equal(hub_identity_format(&cut, text), "(malformed name)");
    assert_string_equal(hub_identity_format(&general, text), "asn1gn:#300c");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(forms),     cmocka_unit_test(subnets_are_address_and_mask),
        cmocka_unit_test(everybody), cmocka_unit_test(refusals),
        cmocka_unit_test(matching),  cmocka_unit_test(foreign_identities),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
