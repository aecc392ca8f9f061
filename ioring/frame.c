/* SPDX-License-Identifier: BSD-2-Clause */
#include "ioring/frame.h"

#include <string.h>

static const uint8_t non_esp_marker[RING_MARKER_SIZE];

/* req 3948-2.1-3 3948-2.3-3 */
enum ring_frame ring_frame_classify(bool marker, const uint8_t *data, size_t size)
{
    if (marker && size == 1 && data[0] == RING_KEEPALIVE_BYTE)
        return RING_FRAME_KEEPALIVE; /* req 3948-2.3-5 3948-4-1 */
    if (size < ring_frame_overhead(marker) + RING_ISAKMP_HEADER_SIZE)
        return RING_FRAME_SHORT;
    if (marker && memcmp(data, non_esp_marker, RING_MARKER_SIZE) != 0)
        return RING_FRAME_NO_MARKER;
    return RING_FRAME_IKE;
}
