/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/kernel/bundle.h"

#include <linux/xfrm.h>
#include <netinet/in.h>

static void add(struct xfrm_bundle *bundle, const x4s_ike_transform2 *transform, uint8_t proto,
                uint32_t spi_in, uint32_t spi_out)
{
    const bool tunnels = bundle->count == 0 && transform->mode == x4c_ike_tunnel;
    bundle->layers[bundle->count++] = (struct xfrm_layer){
        .proto = proto,
        .mode = tunnels ? XFRM_MODE_TUNNEL : XFRM_MODE_TRANSPORT,
        .spi_in = spi_in,
        .spi_out = spi_out,
    };
}

struct xfrm_bundle xfrm_bundle_of(const x4s_ike_keys2 *keys)
{
    const x4s_ike_transform2 *transform = &keys->transform;
    const bool esp = transform->protocol == x4c_ike_protocol_esp;
    struct xfrm_bundle bundle = {0};
    if (transform->ipcomp)
        add(&bundle, transform, IPPROTO_COMP, keys->cpi_in, keys->cpi_out);
    add(&bundle, transform, esp ? IPPROTO_ESP : IPPROTO_AH, keys->in.spi, keys->out.spi);
    if (transform->ah)
        add(&bundle, transform, IPPROTO_AH, keys->ah_in.spi, keys->ah_out.spi);
    return bundle;
}

struct xfrm_bundle xfrm_bundle_wanted(const x4s_ike_transform2 *transform)
{
    const x4s_ike_keys2 keys = {.transform = *transform};
    return xfrm_bundle_of(&keys);
}

bool xfrm_bundle_tunnels(const struct xfrm_bundle *bundle)
{
    return bundle->layers[0].mode == XFRM_MODE_TUNNEL;
}
