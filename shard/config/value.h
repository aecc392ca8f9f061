/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_CONFIG_VALUE_H
#define SHARD_CONFIG_VALUE_H

/*
 * Readers of single values, for the tables of schema.h. Each states what its field is and
 * what `about` has to be.
 */

#include "shard/config/schema.h"

/* bool: yes, true, enabled, 1, no, false, disabled or 0. */
bool hub_read_flag(struct hub_reading *reading, void *field);

/* The numbers that are possible. */
struct hub_bounds {
    uint32_t min;
    uint32_t max;
};

/* uint32_t; about: struct hub_bounds. */
bool hub_read_number(struct hub_reading *reading, void *field);

/* The same, and 0 for the word auto. */
bool hub_read_auto_number(struct hub_reading *reading, void *field);

/* uint16_t; about: struct hub_bounds. */
bool hub_read_port(struct hub_reading *reading, void *field);

/* uint32_t of milliseconds, written in seconds with up to three decimals; about: in milliseconds.
 */
bool hub_read_milliseconds(struct hub_reading *reading, void *field);

/* A time that was set or not. */
struct hub_time {
    bool set;
    uint32_t seconds;
};

/* The longest time that is accepted: some 68 years, so that sums fit. */
#define HUB_TIME_MAX (uint32_t) INT32_MAX

/* struct hub_time: 3600, 60s, 90m, 4h or 1d. */
bool hub_read_time(struct hub_reading *reading, void *field);

/* A size that was set or not. */
struct hub_bytes {
    bool set;
    uint64_t bytes;
};

/* struct hub_bytes: 4096, 64k, 500M or 1G, of 1024. */
bool hub_read_bytes(struct hub_reading *reading, void *field);

/* A word and what it means; a list of them ends with a NULL. */
struct hub_word {
    const char *word;
    unsigned value;
};

/* unsigned; about: struct hub_word[]. */
bool hub_read_word(struct hub_reading *reading, void *field);

/* const char *: as it is. */
bool hub_read_text(struct hub_reading *reading, void *field);

/* const char *: an absolute path that a UNIX socket can have; "none" is empty. */
bool hub_read_socket(struct hub_reading *reading, void *field);

/* uint16_t: permissions in octal digits, 600 or 0660. */
bool hub_read_permissions(struct hub_reading *reading, void *field);

/* struct hub_identity. */
bool hub_read_identity(struct hub_reading *reading, void *field);

/* x4s_chunk: text as it is, 0x and hexadecimal digits, or 0s and Base64. */
bool hub_read_key(struct hub_reading *reading, void *field);

/* Transforms of phase 1 or 2. */
struct hub_transforms1 {
    x4s_ike_transform1 *list;
    size_t count;
};
struct hub_transforms2 {
    x4s_ike_transform2 *list;
    size_t count;
};

/* struct hub_transforms1 and 2: see proposal.h. */
bool hub_read_proposals(struct hub_reading *reading, void *field);
bool hub_read_esp_proposals(struct hub_reading *reading, void *field);
bool hub_read_ah_proposals(struct hub_reading *reading, void *field);

/* struct hub_addresses: addresses, subnets and ranges, %any, separated by commas. */
bool hub_read_addresses(struct hub_reading *reading, void *field);

/* The same, and names of hosts, which are asked for as the configuration is read. */
bool hub_read_hosts(struct hub_reading *reading, void *field);

/* Single addresses. */
struct hub_addr_list {
    x4s_net_addr *list;
    size_t count;
};

/* struct hub_addr_list: separated by commas. */
bool hub_read_addr_list(struct hub_reading *reading, void *field);

/* struct hub_traffic: dynamic, an address, subnet or range, each with [PROTOCOL[/PORT]]. */
bool hub_read_traffic(struct hub_reading *reading, void *field);

#endif
