/* SPDX-License-Identifier: BSD-2-Clause */
#include "x4/ike/vendor_names.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/hex.h"

static const char *name_of(const char *hex)
{
    uint8_t bytes[64];
    const x4s_chunk id = {bytes, hex_read(hex, bytes, sizeof(bytes))};
    return x4_vendor_name(id);
}

/* As the peers send them, versions and all; those without a name are NULL. */
static void test_as_they_come(void **state)
{
    (void)state;
    static const struct {
        const char *hex;
        const char *name;
    } rows[] = {
        {"054182a07c7ae206f9d2cf9d2432c482", "SSH Sentinel"},
        {"fbf47614984031fa8e3bb6198089b223", "SSH IPSEC Express 1.1.0"},
        {"4a4340b543e02b84c88a8b96a8af9ebe77d9accc0000000b00000500", "NetScreen"},
        {"166f932d55eb64d8e4df4fd37e2313f0d0fd84510000000000000000", "NetScreen"},
        {"4865617274426561745f4e6f74696679386b0100", "HeartBeat_Notify"},
        {"1e2b516905991c7d7c96fcbfb587e46100000002", "MS NT5 ISAKMPOAKLEY, Windows 2000"},
        {"1e2b516905991c7d7c96fcbfb587e46100000008", "MS NT5 ISAKMPOAKLEY, Windows 2008 R2"},
        {"1e2b516905991c7d7c96fcbfb587e46100000077", "MS NT5 ISAKMPOAKLEY"},
        {"1e2b516905991c7d7c96fcbfb587e461", "MS NT5 ISAKMPOAKLEY"},
        {"26244d38eddb61b3172a36e3d0cfb819", "Vid-Initial-Contact"},
        {"fb1de3cdf341b7ea16b7e5be0855f120", "MS Negotiation Discovery Capable"},
        {"72872b95fcda2eb708efe322119b4971", "MS NLB"},
        {"e3a5966a76379fe707228231e5ce8652", "IKE CGA version 1"},
        {"4f45726c415c6e51756b5352", "FreeS/WAN, Openswan or Libreswan"},
        {"4f456b5262475852766d5045", "FreeS/WAN, Openswan or Libreswan"},
        {"4f53577666617a6f6355505a", "Openswan"},
        {"882fe56d6fd20dbc2251613b2ebe5beb", "strongSwan"},
        {"7003cbc1097dbe9c2600ba6983bc8b35", "KAME/racoon"},
        {"1f07f70eaa6514d3b0fa96542a500407", "Cisco VPN 3000 concentrator"},
        {"f6f7efc7f5aeb8cb158cb9d094ba69e7", "Cisco VPN 3000 client"},
        {"4d6163204f53582031302e78", "Mac OS X"},
        {"4df37928e9fc4fd1b3262170d515c662", "draft-ietf-ipsec-nat-t-ike"},
        {"439b59f8ba676c4c7737ae22eab8f582", "draft-ietf-ipsec-nat-t-ike-07"},
        {"f4ed19e0c114eb516faaac0ee37daf2807b4381f000000010000138d4f29b15400000000", "Check Point"},
        {"5b362bc820f60007", "SonicWall"},
        {"da8e937880010000", "SonicWall"},
        {"424e45530000000a", "Nortel Contivity"},
        {"1d6e178f6c2c0be284985465450fe9d4", "Fortinet FortiGate"},
        {"47bbe7c993f1fc13b4e6d0db565c68e5010201010201010310392e302e3120284275696c642031322900"
         "0000",
         "SafeNet SoftRemote"},
        {"625027749d5ab97f5616c1602765cf480a3b7d0b", "ZyXEL ZyWALL"},
        {"f758f22668750f03b08df6ebe1d0", "ZyXEL ZyWALL USG 100"},
        {"01528bbbc00696121849ab9a1c5b2a5100000002", NULL}, /* before the first */
        {"ffffffffffffffffffffffffffffffff", NULL},
        {"882fe56d6fd20dbc2251613b2ebe5bec", NULL}, /* the last bit */
        {"882fe56d6fd20dbc2251613b2ebe5beb00", NULL},
        {"882fe56d6fd20dbc2251613b2ebe5b", NULL},
        {"1e2b516905991c7d7c96fcbfb587e4", NULL},
        {"4f45", NULL},
        {"4f45726c415c6e51756b535200", NULL},
        {"4f", NULL},
        {"", NULL},
    };
    for (size_t i = 0; i < x4m_countof(rows); i++) {
        const char *name = name_of(rows[i].hex);
        if (!rows[i].name)
            assert_null(name);
        else
            assert_string_equal(name, rows[i].name);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_as_they_come),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
