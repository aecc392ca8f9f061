/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef X4_CRYPTO_PEM_H
#define X4_CRYPTO_PEM_H

/*
 * Textual encodings of keys, certificates and CRLs (RFC 7468), from memory to memory.
 */

#include "x4/core/types.h"

#define x4c_pem_label_max 64

typedef enum x4e_pem {
    x4c_pem_block,     /* one was read */
    x4c_pem_end,       /* there is no other */
    x4c_pem_malformed, /* a block does not end, is no base64, or is encrypted */
    x4c_pem_too_long,  /* it does not fit into the buffer */
} x4e_pem;

/*
 * Decodes the next block of *text, and sets *text to what follows it. Lines outside blocks do not
 * count. `label` becomes what stands after BEGIN: "CERTIFICATE", "PRIVATE KEY". `der` has room for
 * `size` bytes, *len of which are written; three quarters of the text's length always suffice.
 * After anything but x4c_pem_block nothing is left in der, and the text is done with.
 */
x4e_pem x4_pem_next(x4s_chunk *text, char label[x4c_pem_label_max], uint8_t *der, size_t size,
                    size_t *len) x4m_must_use;

#endif
