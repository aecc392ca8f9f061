/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef X4_CRYPTO_CIPHER_H
#define X4_CRYPTO_CIPHER_H

/*
 * The CBC ciphers that protect ISAKMP messages.
 */

#include "x4/crypto/crypto.h"

#define x4c_cipher_block_max 16
#define x4c_cipher_key_max   32

/* Block size in bytes, which is the IV's too: 8 or 16; 0 for what is no cipher. */
size_t x4_cipher_block(x4e_cipher cipher);

/* Key size in bytes. `key_bits` counts for AES and Camellia only: 128, 192, 256. 0 for what is no
 * key size. */
size_t x4_cipher_key_size(x4e_cipher cipher, unsigned key_bits);

/* Whether a key of `cipher` is one of the weak or semi-weak ones of DES (RFC 2409 Appendix A). */
bval x4_cipher_key_weak(x4e_cipher cipher, const uint8_t *key);

/*
 * Encrypts or decrypts in place, without padding: len is a multiple of the block size and not 0.
 * `iv` is the chaining value before, and the last block of ciphertext afterwards, which is the
 * chaining value of the next message (RFC 2409 Appendix B).
 */
bval x4_cipher_encrypt(x4s_crypto *crypto, x4e_cipher cipher, x4s_chunk key, uint8_t *iv,
                       uint8_t *data, size_t len) x4m_must_use;
bval x4_cipher_decrypt(x4s_crypto *crypto, x4e_cipher cipher, x4s_chunk key, uint8_t *iv,
                       uint8_t *data, size_t len) x4m_must_use;

#endif
