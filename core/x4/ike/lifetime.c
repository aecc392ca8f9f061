/* SPDX-License-Identifier: BSD-2-Clause */
#include "x4/ike/lifetime.h"

#include "x4/ike/attributes.h"
#include "x4/ike/isakmp.h"

static uint32_t below(uint32_t agreed, uint32_t own)
{
    return own && (agreed == 0 || own < agreed) ? own : 0;
}

x4s_ike_lifetime x4_lifetime_shortened(const x4s_ike_lifetime *agreed, const x4s_ike_lifetime *own)
{
    return (x4s_ike_lifetime){below(agreed->sec, own->sec), below(agreed->kb, own->kb)};
}

/* req 2407-4.6.3.1-1 */
void x4_lifetime_write(x4s_writer *w, uint16_t type_class, const x4s_ike_lifetime *lifetime)
{
    x4_attr_put_life(w, type_class, x4c_life_seconds, lifetime->sec);
    x4_attr_put_life(w, type_class, x4c_life_kilobytes, lifetime->kb);
}

x4s_ike_lifetime x4_lifetime_read(x4s_chunk data, uint16_t type_class)
{
    static const x4s_ike_lifetime unlimited = {0};
    x4s_reader r = x4_reader(data.data, data.len);
    x4s_ike_lifetime lifetime = {0};
    uint32_t type = 0;
    x4s_ike_attr attr;
    while (x4_attr_next(&r, &attr)) {
        uint32_t value;
        if (!x4_attr_number(&attr, &value))
            return unlimited;
        if (attr.type == type_class)
            type = value;
        else if (attr.type != type_class + 1 ||
                 !x4_attr_set_life(&lifetime.sec, &lifetime.kb, &type, value))
            return unlimited;
    }
    return r.failed ? unlimited : lifetime;
}
