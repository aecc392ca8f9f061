/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_CONFIG_KERNEL_OPTIONS_H
#define SHARD_CONFIG_KERNEL_OPTIONS_H

/*
 * Options of a child that only the kernel looks at (shard/kernel/options.h).
 */

#include "shard/config/sections.h"
#include "shard/config/value.h"

/* Packets that were set or not. */
struct hub_packets {
    bool set;
    uint64_t count;
};

/* What is written, with the defaults until then. */
struct hub_kernel_raw {
    struct hub_kernel_options options;
    bool policies;
    bool copy_df;
    bool copy_ecn;
    unsigned copy_dscp; /* enum hub_copy_dscp */
    struct hub_packets rekey_packets;
    struct hub_packets life_packets;
    struct hub_packets rand_packets;
};

enum hub_copy_dscp {
    HUB_COPY_DSCP_NO,
    HUB_COPY_DSCP_IN,
    HUB_COPY_DSCP_OUT,
    HUB_COPY_DSCP_YES,
};

#define HUB_KERNEL_RAW_DEFAULTS                                                                    \
    {                                                                                              \
        .options.replay_window = HUB_KERNEL_WINDOW_DEFAULT, .policies = true, .copy_df = true,     \
        .copy_ecn = true, .copy_dscp = HUB_COPY_DSCP_OUT                                           \
    }

/* Words of copy_dscp, and what replay_window and others may be. */
extern const struct hub_word hub_copy_dscp_words[];
extern const struct hub_bounds hub_replay_window_bounds;
extern const struct hub_bounds hub_any_number_bounds;

/* struct hub_kernel_mark: VALUE or VALUE/MASK, decimal or 0x and hexadecimal; 0: none. */
bool hub_read_mark(struct hub_reading *reading, void *field);

/* uint32_t: decimal, or 0x and hexadecimal; 0: none. */
bool hub_read_if_id(struct hub_reading *reading, void *field);

/* struct hub_packets */
bool hub_read_packets(struct hub_reading *reading, void *field);

/* What the kernel gets; errors of options that do not go together are told. */
void hub_config_kernel_options(struct hub_build *build, const struct settings_section *section,
                               const struct hub_kernel_raw *raw,
                               struct hub_kernel_options *options);

#endif
