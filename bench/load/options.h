/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BENCH_LOAD_OPTIONS_H
#define BENCH_LOAD_OPTIONS_H

/*
 * What the command line of ikeload asks for; docs/man/ikeload.1 explains each option.
 */

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#include "bench/load/pattern.h"
#include "ioring/ring.h"
#include "shard/identity.h"
#include "x4/ike/charon.h"

/* So many tunnels are 80 bytes each here, and what libike needs. */
#define LOAD_COUNT_MAX       10000000
#define LOAD_CONCURRENCY_MAX 100000

#define LOAD_ERROR_TEXT_MAX 256

struct load_error {
    char text[LOAD_ERROR_TEXT_MAX];
};

struct load_options {
    struct ring_addr target;
    struct ring_addr source; /* family 0: the kernel chooses */
    enum ring_backend backend;
    bool openssl; /* Diffie-Hellman without the vector unit */

    uint32_t count;
    uint32_t rate; /* starts per second; 0: as concurrency allows */
    uint32_t concurrency;
    uint32_t timeout_sec; /* for bringing up all; 0: none */

    x4s_chunk psk;
    const char *id_prefix;
    bool id_address;               /* the source address is the identity */
    struct hub_identity remote_id; /* HUB_IDENTITY_ANY: whoever knows the key */
    uint8_t remote_id_data[HUB_IDENTITY_MAX];

    x4s_ike_transform1 transforms1[x4c_ike_transforms1_max];
    size_t transform1_count;
    x4s_ike_transform2 transforms2[x4c_ike_transforms2_max];
    size_t transform2_count;
    uint32_t life1_sec;
    uint32_t life2_sec;
    struct load_pattern local_ts;
    struct load_pattern remote_ts;

    bool hold;
    uint32_t hold_sec; /* 0: until a signal */
    bool leave;        /* send no Deletes at the end */

    uint32_t responder_pid; /* 0: none */
    bool json;
    bool seeded;
    uint64_t seed;
};

enum load_action {
    LOAD_GO,      /* do what the options say */
    LOAD_HELP,    /* --help */
    LOAD_VERSION, /* --version */
    LOAD_BAD,     /* *error says why */
};

/*
 * Reads a command line; texts that the options point to are argv's. Options not given have the
 * defaults that load_options_usage() shows. Because remote_id points into the struct, it must not
 * be copied.
 */
enum load_action load_options_parse(int argc, char **argv, struct load_options *options,
                                    struct load_error *error);

void load_options_usage(FILE *out);

#endif
