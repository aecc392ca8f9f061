/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_PRIVILEGE_KEY_PROTOCOL_H
#define SHARD_PRIVILEGE_KEY_PROTOCOL_H

/*
 * What the process that holds private keys and the one that needs signatures say to each other.
 *
 *     shards                                          control thread, loader
 *
 *     SIGN id key hash          ->                    PASSPHRASE id path data   ->
 *       <- SIGNED id status data                      LOAD id                   ->
 *                                                       <- FOUND id flags path data, or with text
 *       <- HELLO id text                                <- DONE id status text
 *
 * Every message is a datagram of a SOCK_SEQPACKET pair: a type, the number by which an answer finds
 * its question, and then the fields that the type has, in the order of struct key_message. Both
 * sides take the other for an enemy: what is not exactly such a message is no message. There is no
 * way to ask for a private key, and none to name a file: the folders are those that the process
 * began with.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "x4/core/types.h"

/* A key's name on both sides: SHA-256 of its SubjectPublicKeyInfo. The same after a restart. */
#define KEY_NAME 32

#define KEY_PATH_MAX    4095
#define KEY_DATA_MAX    8192
#define KEY_TEXT_MAX    255
#define KEY_MESSAGE_MAX (16 + KEY_NAME + KEY_PATH_MAX + KEY_DATA_MAX + KEY_TEXT_MAX + 6)

enum key_message_type {
    KEY_HELLO = 1,  /* id: the process' number; text: what it could not do about its memory */
    KEY_SIGN,       /* data: the hash */
    KEY_SIGNED,     /* data: the signature, if the status is KEY_DONE_WELL */
    KEY_PASSPHRASE, /* path: whose; data: with what it is opened by the LOAD of the same number */
    KEY_LOAD,       /* reads the folders: what is in them now can sign from now on */
    KEY_ADD,        /* data: a private key in DER; it stays until KEY_REMOVE or the process' end */
    KEY_REMOVE,     /* one that was added */
    KEY_COMMIT,     /* what the last LOAD did not find, does not sign any more */
    KEY_FOUND,      /* data: SubjectPublicKeyInfo; or text: what is wrong with the file */
    KEY_DONE,       /* the end of an answer; text: why not */
    KEY_TYPE_COUNT,
};

enum key_status {
    KEY_DONE_WELL,
    KEY_UNKNOWN,  /* there is no such key */
    KEY_REFUSED,  /* nothing that such a key signs in IKEv1 */
    KEY_FAILED,   /* it could not be done: text says why */
    KEY_STATUSES, /* how many there are */
};

/* Of KEY_FOUND. */
enum key_flag {
    KEY_ADDED = 1,     /* by KEY_ADD, not of a file */
    KEY_OTHERS = 2,    /* others than its owner and group may read the file */
    KEY_DECRYPTED = 4, /* it was encrypted, and there was a passphrase for it */
    KEY_FLAGS = 7,
};

/* Fields that a type does not have are not written, and zero where they are read. */
struct key_message {
    enum key_message_type type;
    uint64_t id;
    enum key_status status;
    uint8_t flags;
    uint8_t name[KEY_NAME];
    x4s_chunk path;
    x4s_chunk data;
    x4s_chunk text;
};

/* Of a text; NULL is empty. */
x4s_chunk key_message_text(const char *text);

/* Bytes written; 0: a field is too long, or there is no room. */
size_t key_message_write(const struct key_message *message, uint8_t *bytes, size_t size);

/* False: it is none. What the chunks lead to is in `bytes`. */
bool key_message_read(x4s_chunk bytes, struct key_message *message);

#endif
