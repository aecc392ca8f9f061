/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SIM_WIRE_H
#define SIM_WIRE_H

/*
 * ISAKMP messages as bytes, read for the sake of changing them: where the payloads are and where
 * the length fields are. Written without a look at the library's own parser.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    WIRE_HEADER = 28, /* RFC 2408 3.1 */
    WIRE_COOKIES = 16,
    WIRE_FIRST_AT = 16,
    WIRE_EXCHANGE_AT = 18,
    WIRE_FLAGS_AT = 19,
    WIRE_MESSAGE_ID_AT = 20,
    WIRE_LENGTH_AT = 24,
    WIRE_GENERIC = 4, /* header of a payload */
    WIRE_ENCRYPTED = 1,
    WIRE_FIELDS_MAX = 128,
};

enum wire_exchange {
    WIRE_MAIN = 2,
    WIRE_AGGRESSIVE = 4,
    WIRE_INFORMATIONAL = 5,
    WIRE_TRANSACTION = 6,
    WIRE_QUICK = 32,
    WIRE_NEW_GROUP = 33,
};

enum wire_payload {
    WIRE_NONE = 0,
    WIRE_SA = 1,
    WIRE_KE = 4,
    WIRE_ID = 5,
    WIRE_CERT = 6,
    WIRE_CERT_REQUEST = 7,
    WIRE_HASH = 8,
    WIRE_SIGNATURE = 9,
    WIRE_NONCE = 10,
    WIRE_NOTIFY = 11,
    WIRE_DELETE = 12,
    WIRE_VENDOR_ID = 13,
    WIRE_ATTRIBUTES = 14,
};

uint16_t wire_u16(const uint8_t *at);
uint32_t wire_u32(const uint8_t *at);

/* Reads, writes a number of 1, 2 or 4 bytes. */
uint32_t wire_get(const uint8_t *at, size_t size);
void wire_put(uint8_t *at, size_t size, uint32_t value);

/* A payload within a message; at 0 if there is none. */
struct wire_part {
    size_t at;  /* of its generic header */
    size_t len; /* all of it */
    uint8_t type;
    uint8_t next;
};

/* The first payload; then the one after `part`. False at the end of the chain or of the bytes. */
bool wire_first(const uint8_t *message, size_t len, struct wire_part *part);
bool wire_next(const uint8_t *message, size_t len, struct wire_part *part);

/* The first payload of a type. */
bool wire_find(const uint8_t *message, size_t len, uint8_t type, struct wire_part *part);

/* Where the chain of payloads ends, 0 if it does not end within the message. */
size_t wire_end(const uint8_t *message, size_t len);

/* A field that says how long something is. */
struct wire_field {
    const char *name;
    size_t at;
    size_t size;   /* of the field in bytes */
    uint32_t max;  /* the greatest value with which that something stays in what it is in */
    uint8_t owner; /* type of the payload */
};

/* All length fields of a message in the clear, the header's included; `fields` has room. */
size_t wire_fields(const uint8_t *message, size_t len, struct wire_field fields[WIRE_FIELDS_MAX]);

#endif
