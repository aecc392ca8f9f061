/* SPDX-License-Identifier: BSD-2-Clause */
#include "x4/ike/vendor_names.h"

#include <string.h>

#define GROUP 4 /* digits that the search goes by */

/*
 * In the order of their digits. `size`: the bytes of the whole vendor ID, 0 where anything may
 * follow. The values are those that ike-scan's list has collected from the field; where one begins
 * like another, the longer one is meant.
 */
static const struct known {
    const char *digits;
    uint8_t size;
    const char *name;
} vendors[] = {
    {"054182a07c7ae206f9d2cf9d2432c482", 16, "SSH Sentinel"},
    {"09ec27bfbc09c75823cfecbffe565a2e", 16, "SSH IPSEC Express 1.2.2"},
    {"0d33611a5d521b5e3c9c03d2fc107e12", 16, "IKE Challenge/Response"},
    {"0e58d5774df602007d0b02443660f7eb", 16, "SSH IPSEC Express 3.0.0"},
    {"13f11823f966fa91900f024ba66a86ba", 16, "IKE Challenge/Response"},
    {"166f932d55eb64d8e4df4fd37e2313f0d0fd8451", 0, "NetScreen"},
    {"16f6ca16e4a4066d83821a0f0aeaa862", 16, "draft-ietf-ipsec-nat-t-ike-01"},
    {"1952dc91ac20f646fb01cf42a33aee30", 16, "SSH IPSEC Express 1.1.1"},
    {"1d6e178f6c2c0be284985465450fe9d4", 16, "Fortinet FortiGate"},
    {"1e2b516905991c7d7c96fcbfb587e461", 0, "MS NT5 ISAKMPOAKLEY"},
    {"1e2b516905991c7d7c96fcbfb587e46100000002", 20, "MS NT5 ISAKMPOAKLEY, Windows 2000"},
    {"1e2b516905991c7d7c96fcbfb587e46100000003", 20, "MS NT5 ISAKMPOAKLEY, Windows XP"},
    {"1e2b516905991c7d7c96fcbfb587e46100000004", 20, "MS NT5 ISAKMPOAKLEY, Windows XP SP2, 2003"},
    {"1e2b516905991c7d7c96fcbfb587e46100000005", 20, "MS NT5 ISAKMPOAKLEY, Windows Vista"},
    {"1e2b516905991c7d7c96fcbfb587e46100000006", 20, "MS NT5 ISAKMPOAKLEY, Windows 2008"},
    {"1e2b516905991c7d7c96fcbfb587e46100000007", 20, "MS NT5 ISAKMPOAKLEY, Windows 7"},
    {"1e2b516905991c7d7c96fcbfb587e46100000008", 20, "MS NT5 ISAKMPOAKLEY, Windows 2008 R2"},
    {"1e2b516905991c7d7c96fcbfb587e46100000009", 20, "MS NT5 ISAKMPOAKLEY, Windows 8"},
    {"1e2b516905991c7d7c96fcbfb587e46100000010", 20, "MS NT5 ISAKMPOAKLEY, Windows 2012"},
    {"1f07f70eaa6514d3b0fa96542a", 0, "Cisco VPN 3000 concentrator"},
    {"214ca4faffa7f32d6748e5303395ae83", 16, "MS-MamieExists"},
    {"26244d38eddb61b3172a36e3d0cfb819", 16, "Vid-Initial-Contact"},
    {"27bab5dc01ea0760ea4e3190ac27c0d0", 16, "draft-stenberg-ipsec-nat-traversal-01"},
    {"2836d1fd2807bc9e5ae30786320451ec", 16, "SSH IPSEC Express 2.1.0"},
    {"299ee8289f40a8973bc78687e2e7226b532c3b76", 0, "NetScreen"},
    {"2a2bcac19b8e91b426107807e02e7249569d6fd3", 0, "NetScreen"},
    {"2b2dad97c4d140930053287f996850b0", 16, "SSH IPSEC Express 5.0.0"},
    {"2cdf08e712ede8a5978761267cd19b91", 16, "SSH QuickSec 1.1.2"},
    {"37eba0c4136184e7daf8562a77060b4a", 16, "SSH QuickSec 0.9.0"},
    {"3a15e1f3cf2a63582e3ac82d1c64cbe3b6d779e7", 0, "NetScreen"},
    {"3f2372867e237c1cd8250a75559cae20", 16, "SSH IPSEC Express 2.1.2"},
    {"404bf439522ca3f6", 8, "SonicWall"},
    {"424e4553000000", 0, "Nortel Contivity"},
    {"42ea5b6f898d9773a575df26e7dd19e1", 16, "draft-ietf-ipsec-nat-t-ike-09"},
    {"439b59f8ba676c4c7737ae22eab8f582", 16, "draft-ietf-ipsec-nat-t-ike-07"},
    {"45e17f3abe93944cb202910c59ef806b", 16, "SSH IPSEC Express 5.1.0"},
    {"47bbe7c993f1fc13b4e6d0db565c68e5", 0, "SafeNet SoftRemote"},
    {"47d2b126bfcd83489760e2cf8c5d4d5a03497c15", 0, "NetScreen"},
    {"4865617274426561745f4e6f74696679", 0, "HeartBeat_Notify"},
    {"4a4340b543e02b84c88a8b96a8af9ebe77d9accc", 0, "NetScreen"},
    {"4d1e0e136deafa34c4f3ea9f02ec7285", 16, "draft-ietf-ipsec-nat-t-ike-06"},
    {"4d6163204f53582031302e78", 12, "Mac OS X"},
    {"4df37928e9fc4fd1b3262170d515c662", 16, "draft-ietf-ipsec-nat-t-ike"},
    {"4f45", 12, "FreeS/WAN, Openswan or Libreswan"},
    {"4f5357", 12, "Openswan"},
    {"4f70656e504750", 0, "OpenPGP"},
    {"526170746f7220506f77657256706e20536572766572", 0, "Symantec Raptor"},
    {"5430888de01a31a6fa8f60224e449958", 16, "SSH Sentinel 1.2"},
    {"5925859f7377ed7816d2fb81c01fa551", 16, "SSH IPSEC Express 5.1.1"},
    {"59e454a8c2cf02a34959121f1890bc87", 16, "SSH QuickSec 1.1.3"},
    {"5b362bc820f6", 8, "SonicWall"},
    {"5b362bc820f7", 8, "SonicWall"},
    {"5d72925e55948a9661a7fc48fdec7ff9", 16, "SSH QuickSec 1.1.0"},
    {"6105c422e76847e43f9684801292aecd", 16, "draft-stenberg-ipsec-nat-traversal-02"},
    {"621b04bb09882ac1e15935fefa24aeee", 16, "GSSAPI"},
    {"625027749d5ab97f5616c1602765cf480a3b7d0b", 20, "ZyXEL ZyWALL"},
    {"63d9a1a7009491b5a0a6fdeb2a8284f0", 16, "SSH Sentinel 1.4"},
    {"64405f46f03b7660a23be116a1975058e69e8387", 0, "NetScreen"},
    {"6880c7d026099114e486c55430e7abee", 16, "SSH IPSEC Express 4.2.0"},
    {"699369228741c6d4ca094c93e242c9de19e7b7c6", 0, "NetScreen"},
    {"6a7434c19d7e36348090a02334c9c805", 16, "draft-huttunen-ipsec-esp-in-udp-00"},
    {"7003cbc1097dbe9c2600ba6983bc8b35", 16, "KAME/racoon"},
    {"72872b95fcda2eb708efe322119b4971", 16, "MS NLB"},
    {"777fbf4c5af6d1cdd4b895a05bf82594", 16, "SSH QuickSec 1.1.1"},
    {"7a54d3bdb3b1e6d923892064be2d981c", 16, "SSH IPSEC Express 4.0.1"},
    {"7ee5cb85f71ce259c94a5c731ee4e752", 16, "SSH Sentinel 1.3"},
    {"7f21a596e4e318f0b2f4944c2384cb84", 16, "SSH IPSEC Express 2.0.0"},
    {"80d0bb3def54565ee84645d4c85ce3ee", 16, "draft-ietf-ipsec-nat-t-ike-05"},
    {"882fe56d6fd20dbc2251613b2ebe5beb", 16, "strongSwan"},
    {"89f7b760d86b012acf263382394d962f", 16, "SSH IPSEC Express 4.1.1"},
    {"8c0dc6cf62a0ef1b5c6eabd1b67ba69866adf16a", 0, "NetScreen"},
    {"8f8d83826d246b6fc7a8a6a428c11de8", 16, "draft-ietf-ipsec-nat-t-ike-08"},
    {"8f9cc94e01248ecdf147594c284b213b", 16, "SSH QuickSec 2.1.0"},
    {"92d27a9ecb31d99246986d3453d0c3d57a222a61", 0, "NetScreen"},
    {"9436e8d67174ef9aed068d5ad5213f187a3f8ba6", 0, "NetScreen"},
    {"9909b64eed937c6573de52ace952fa6b", 16, "draft-ietf-ipsec-nat-t-ike-04"},
    {"9aa1f3b43472a45d5f506aeb260cf214", 16, "SSH IPSEC Express 4.1.0"},
    {"9b096d9ac3275a7d6fe8b91c583111b09efed1a0", 0, "NetScreen"},
    {"a35bfd05ca1ac0b3d2f24e9e82bfcbff9c9e52b5", 0, "NetScreen"},
    {"a68de756a9c5229bae66498040951ad5", 16, "SSH IPSEC Express 2.1.1"},
    {"ad2c0dd0b9c32083ccba25b8861ec455", 16, "A GSS-API Authentication Method for IKE"},
    {"ad3251042cdc4652c9e0734ce5de4c7d", 16, "IKE Challenge/Response"},
    {"b037a21aceccb5570f602546f97bde8c", 16, "SSH IPSEC Express 5.0"},
    {"b46d8914f3aaa3f2fedeb7c7db2943ca", 16, "A GSS-API Authentication Method for IKE\\n"},
    {"b858d1addd08c1e8adafea150608aa4497aa6cc8", 20, "ZyXEL ZyWALL Router"},
    {"b91623e693ca18a54c6a2778552305e8", 16, "SSH Sentinel 1.1"},
    {"ba290499c24e84e53a1d83a05e5f00c9", 16, "IKE Challenge/Response"},
    {"baeb239037e17787d730eed9d95d48aa", 16, "StoneGate"},
    {"bf03746108d746c904f1f3547de24f78479fed12", 0, "NetScreen"},
    {"c1111b2dee8cbc3d620573ec57aab9cb", 16, "SSH IPSEC Express 1.2.1"},
    {"c2e80500f4cc5fbf5daaeed3bb59abaeee56c652", 0, "NetScreen"},
    {"c573b056d7faca36c2fba28374127cbf", 16, "StoneGate"},
    {"c8660a62b03b1b6130bf781608d32a6a8d0fb89f", 0, "NetScreen"},
    {"da8e937880010000", 8, "SonicWall"},
    {"e3a5966a76379fe707228231e5ce8652", 16, "IKE CGA version 1"},
    {"e8bffa643e5c8f2cd10fda7370b6ebe5", 16, "SSH IPSEC Express 1.1.2"},
    {"eb4b0d96276b4e220ad16221a7b2a5e6", 16, "SSH Sentinel 1.4.1"},
    {"f4ed19e0c114eb516faaac0ee37daf2807b4381f", 0, "Check Point"},
    {"f5ce31ebc210f44350cf71265b57380f", 16, "SSH IPSEC Express 3.0.1"},
    {"f64260af2e2742daddd56987068a99a0", 16, "SSH IPSEC Express 4.0.0"},
    {"f6f7efc7f5aeb8cb158cb9d094ba69e7", 16, "Cisco VPN 3000 client"},
    {"f758f22668750f03b08df6ebe1d0", 14, "ZyXEL ZyWALL USG 100"},
    {"f885da40b1e7a9abd17655ec5bbec0f21f0ed52e", 0, "NetScreen"},
    {"fb1de3cdf341b7ea16b7e5be0855f120", 16, "MS Negotiation Discovery Capable"},
    {"fbf47614984031fa8e3bb6198089b223", 16, "SSH IPSEC Express 1.1.0"},
};

static uint8_t value_of(char digit)
{
    return (uint8_t)(digit <= '9' ? digit - '0' : digit - 'a' + 10);
}

static bval begins_with(x4s_chunk id, const char *digits)
{
    size_t len = strlen(digits) / 2;
    if (id.len < len)
        return bfalse;
    for (size_t i = 0; i < len; i++)
        if (id.data[i] != (value_of(digits[2 * i]) << 4 | value_of(digits[2 * i + 1])))
            return bfalse;
    return btrue;
}

static void first_digits(x4s_chunk id, char digits[GROUP])
{
    static const char set[] = "0123456789abcdef";
    for (size_t i = 0; i < GROUP; i += 2) {
        digits[i] = set[id.data[i / 2] >> 4];
        digits[i + 1] = set[id.data[i / 2] & 15];
    }
}

/* The first whose digits do not come before. */
static size_t first_of(const char digits[GROUP])
{
    size_t from = 0;
    size_t to = x4m_countof(vendors);
    while (from < to) {
        const size_t middle = (from + to) / 2;
        if (strncmp(vendors[middle].digits, digits, GROUP) < 0)
            from = middle + 1;
        else
            to = middle;
    }
    return from;
}

const char *x4_vendor_name(x4s_chunk id)
{
    char digits[GROUP];
    const char *name = NULL;
    if (id.len < GROUP / 2)
        return NULL;
    first_digits(id, digits);
    for (size_t i = first_of(digits);
         i < x4m_countof(vendors) && !strncmp(vendors[i].digits, digits, GROUP); i++)
        if ((!vendors[i].size || vendors[i].size == id.len) && begins_with(id, vendors[i].digits))
            name = vendors[i].name;
    return name;
}
