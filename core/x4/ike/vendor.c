/* SPDX-License-Identifier: BSD-2-Clause */
#include "x4/ike/vendor.h"

#include <string.h>

#include "x4/ike/events.h"

/* `prefix`: the peer's version follows the `len` bytes that are known; ours is in the rest. */
static const struct vendor {
    const char *name;
    uint32_t ability;
    bval prefix;
    uint8_t len;
    uint8_t id[16];
} vendors[] = {
    {"DPD",
     x4c_ability_dpd,
     bfalse,
     16,
     {0xaf, 0xca, 0xd7, 0x13, 0x68, 0xa1, 0xf1, 0xc9, 0x6b, 0x86, 0x96, 0xfc, 0x77, 0x57, 0x01,
      0x00}},
    {"RFC 3947",
     x4c_ike_natt_rfc,
     bfalse,
     16,
     {0x4a, 0x13, 0x1c, 0x81, 0x07, 0x03, 0x58, 0x45, 0x5c, 0x57, 0x28, 0xf2, 0x0e, 0x95, 0x45,
      0x2f}},
    {"draft-ietf-ipsec-nat-t-ike-03",
     x4c_ike_natt_03,
     bfalse,
     16,
     {0x7d, 0x94, 0x19, 0xa6, 0x53, 0x10, 0xca, 0x6f, 0x2c, 0x17, 0x9d, 0x92, 0x15, 0x52, 0x9d,
      0x56}},
    {"draft-ietf-ipsec-nat-t-ike-02\\n",
     x4c_ike_natt_02n,
     bfalse,
     16,
     {0x90, 0xcb, 0x80, 0x91, 0x3e, 0xbb, 0x69, 0x6e, 0x08, 0x63, 0x81, 0xb5, 0xec, 0x42, 0x7b,
      0x1f}},
    {"draft-ietf-ipsec-nat-t-ike-02",
     x4c_ike_natt_02,
     bfalse,
     16,
     {0xcd, 0x60, 0x46, 0x43, 0x35, 0xdf, 0x21, 0xf8, 0x7c, 0xfd, 0xb2, 0xfc, 0x68, 0xb6, 0xa4,
      0x48}},
    {"draft-ietf-ipsec-nat-t-ike-00",
     x4c_ike_natt_00,
     bfalse,
     16,
     {0x44, 0x85, 0x15, 0x2d, 0x18, 0xb6, 0xbb, 0xcd, 0x0b, 0xe8, 0xa8, 0x46, 0x95, 0x79, 0xdd,
      0xcc}},
    {"XAUTH", x4c_ability_xauth, bfalse, 8, {0x09, 0x00, 0x26, 0x89, 0xdf, 0xd6, 0xb7, 0x12}},
    {"Cisco Unity",
     x4c_ability_unity,
     btrue,
     14,
     {0x12, 0xf5, 0xf2, 0x8c, 0x45, 0x71, 0x68, 0xa9, 0x70, 0x2d, 0x9f, 0xe2, 0x74, 0xcc, 0x01,
      0x00}},
    {"FRAGMENTATION",
     0,
     btrue,
     16,
     {0x40, 0x48, 0xb7, 0xd5, 0x6e, 0xbc, 0xe8, 0x85, 0x25, 0xe7, 0xde, 0x7f, 0x00, 0xd6, 0xc2,
      0xd3}},
    {"MS NT5 ISAKMPOAKLEY",
     0,
     btrue,
     16,
     {0x1e, 0x2b, 0x51, 0x69, 0x05, 0x99, 0x1c, 0x7d, 0x7c, 0x96, 0xfc, 0xbf, 0xb5, 0x87, 0xe4,
      0x61}},
    {"strongSwan",
     0,
     bfalse,
     16,
     {0x88, 0x2f, 0xe5, 0x6d, 0x6f, 0xd2, 0x0d, 0xbc, 0x22, 0x51, 0x61, 0x3b, 0x2e, 0xbe, 0x5b,
      0xeb}},
};

static const struct vendor *recognise(x4s_chunk body)
{
    for (size_t i = 0; i < x4m_countof(vendors); i++) {
        const struct vendor *vendor = &vendors[i];
        bval fits = vendor->prefix ? body.len >= vendor->len : body.len == vendor->len;
        if (fits && memcmp(body.data, vendor->id, vendor->len) == 0)
            return vendor;
    }
    return NULL;
}

uint32_t x4_vendor_abilities(x4s_charon *charon, const x4s_ike_message *message)
{
    uint32_t abilities = 0;
    const x4s_ike_payload *payload;
    for (unsigned i = 0; (payload = x4_message_find(message, x4c_payload_vid, i)) != NULL; i++) {
        const struct vendor *vendor = recognise(payload->body);
        const x4s_trace_field fields[] = {
            {.key = "name", .kind = x4c_trace_text, .text = vendor ? vendor->name : "unknown"},
            {.key = "vid", .kind = x4c_trace_bytes, .bytes = payload->body},
        };
        x4_event(charon, x4c_trace_debug, "vendor-id", fields, x4m_countof(fields));
        abilities |= vendor ? vendor->ability : 0;
    }
    return abilities;
}

void x4_vendor_announce(x4s_ike_build *build, uint32_t abilities)
{
    for (size_t i = 0; i < x4m_countof(vendors); i++)
        if (vendors[i].ability & abilities) {
            size_t len = vendors[i].prefix ? sizeof(vendors[i].id) : vendors[i].len;
            x4_build_body(build, x4c_payload_vid, (x4s_chunk){vendors[i].id, len});
        }
}
