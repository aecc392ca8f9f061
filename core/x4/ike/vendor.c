/* SPDX-License-Identifier: BSD-2-Clause */
#include "x4/ike/vendor.h"

#include <string.h>

#include "x4/ike/events.h"
#include "x4/ike/limits.h"
#include "x4/ike/vendor_names.h"

/*
 * The most important first: what a handshake or an SA cannot do without where the peer needs it,
 * then what is only lost. `prefix`: the peer's version follows the `len` bytes that are known; ours
 * has `own` bytes more.
 */
static const struct vendor {
    const char *name;
    uint32_t ability;
    bval prefix;
    uint8_t len;
    uint8_t own;
    const char *id;
} vendors[] = {
    {"RFC 3947", x4c_ike_natt_rfc, bfalse, 16, 0,
     "\x4a\x13\x1c\x81\x07\x03\x58\x45"
     "\x5c\x57\x28\xf2\x0e\x95\x45\x2f"},
    {"draft-ietf-ipsec-nat-t-ike-03", x4c_ike_natt_03, bfalse, 16, 0,
     "\x7d\x94\x19\xa6\x53\x10\xca\x6f"
     "\x2c\x17\x9d\x92\x15\x52\x9d\x56"},
    {"draft-ietf-ipsec-nat-t-ike-02\\n", x4c_ike_natt_02n, bfalse, 16, 0,
     "\x90\xcb\x80\x91\x3e\xbb\x69\x6e"
     "\x08\x63\x81\xb5\xec\x42\x7b\x1f"},
    {"draft-ietf-ipsec-nat-t-ike-02", x4c_ike_natt_02, bfalse, 16, 0,
     "\xcd\x60\x46\x43\x35\xdf\x21\xf8"
     "\x7c\xfd\xb2\xfc\x68\xb6\xa4\x48"},
    {"draft-ietf-ipsec-nat-t-ike-00", x4c_ike_natt_00, bfalse, 16, 0,
     "\x44\x85\x15\x2d\x18\xb6\xbb\xcd"
     "\x0b\xe8\xa8\x46\x95\x79\xdd\xcc"},
    {"DPD", x4c_ability_dpd, bfalse, 16, 0, /* req 3706-5.1-2 */
     "\xaf\xca\xd7\x13\x68\xa1\xf1\xc9"
     "\x6b\x86\x96\xfc\x77\x57\x01\x00"},
    {"FRAGMENTATION", x4c_ability_fragments, btrue, 16,
     4, /* flags: in main and in aggressive mode */
     "\x40\x48\xb7\xd5\x6e\xbc\xe8\x85\x25\xe7"
     "\xde\x7f\x00\xd6\xc2\xd3\xc0\x00\x00\x00"},
    {"XAUTH", x4c_ability_xauth, bfalse, 8, 0, "\x09\x00\x26\x89\xdf\xd6\xb7\x12"},
    {"Cisco Unity", x4c_ability_unity, btrue, 14, 2,
     "\x12\xf5\xf2\x8c\x45\x71\x68\xa9"
     "\x70\x2d\x9f\xe2\x74\xcc\x01\x00"},
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

static void tell(x4s_charon *charon, x4s_chunk body, const struct vendor *vendor)
{
    if (!x4_events_on(charon, x4c_trace_debug))
        return;
    const char *name = vendor ? vendor->name : x4_vendor_name(body);
    const x4s_chunk shown = {body.data, x4m_min(body.len, x4c_limit_vendor_traced)};
    const x4s_trace_field fields[] = {
        {.key = "name", .kind = x4c_trace_text, .text = name ? name : "unknown"},
        {.key = "vid", .kind = x4c_trace_bytes, .bytes = shown},
    };
    x4_event(charon, x4c_trace_debug, "vendor-id", fields, x4m_countof(fields));
}

uint32_t x4_vendor_abilities(x4s_charon *charon, const x4s_ike_message *message)
{
    uint32_t abilities = 0;
    const x4s_ike_payload *payload;
    for (unsigned i = 0; (payload = x4_message_find(message, x4c_payload_vid, i)) != NULL; i++) {
        const struct vendor *vendor = recognise(payload->body);
        tell(charon, payload->body, vendor);
        abilities |= vendor ? vendor->ability : 0;
    }
    return abilities;
}

static size_t body_size(const struct vendor *vendor)
{
    return (size_t)vendor->len + vendor->own;
}

uint32_t x4_vendor_fitting(uint32_t abilities, size_t room)
{
    uint32_t fitting = 0;
    for (size_t i = 0; i < x4m_countof(vendors); i++) {
        size_t size = x4c_isakmp_generic + body_size(&vendors[i]);
        if (!(vendors[i].ability & abilities) || size > room)
            continue;
        fitting |= vendors[i].ability;
        room -= size;
    }
    return fitting;
}

void x4_vendor_announce(x4s_ike_build *build, uint32_t abilities)
{
    for (size_t i = 0; i < x4m_countof(vendors); i++)
        if (vendors[i].ability & abilities)
            x4_build_body(build, x4c_payload_vid,
                          (x4s_chunk){(const uint8_t *)vendors[i].id, body_size(&vendors[i])});
}
