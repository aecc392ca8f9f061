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

#include "bench/load/arrival.h"
#include "bench/load/attack.h"
#include "bench/load/credentials.h"
#include "bench/load/impair.h"
#include "bench/load/pattern.h"
#include "bench/load/wire.h"
#include "ioring/ring.h"
#include "shard/identity.h"
#include "x4/ike/charon.h"

/* So many tunnels are 160 bytes each here, and what libike needs. */
#define LOAD_COUNT_MAX       10000000
#define LOAD_CONCURRENCY_MAX 100000
#define LOAD_CHILDREN_MAX    64

/* How many are negotiated at a time unless it is said: closed-loop, and open-loop (a --rate). */
#define LOAD_CONCURRENCY_CLOSED 64
#define LOAD_CONCURRENCY_OPEN   65536

#define LOAD_ERROR_TEXT_MAX 256

struct load_error {
    char text[LOAD_ERROR_TEXT_MAX];
};

/* What is done with tunnels that are up, while they are held: so many per second, in turns. */
struct load_upkeep {
    uint32_t rekey_rate;  /* a child of a tunnel gets new keys */
    uint32_t reauth_rate; /* the whole tunnel is made anew, then the old one is deleted */
    uint32_t churn_rate;  /* a tunnel is deleted and made anew */
    bool reconnect;       /* a tunnel that was lost is made anew */
    bool storm;           /* all are forgotten at once and made anew */
};

struct load_options {
    struct ring_addr target;
    struct load_wire_source source;
    enum ring_backend backend;
    struct load_impairment impairment;
    struct load_attack_plan attack;

    uint32_t count;
    struct load_arrival_plan arrival;
    uint32_t concurrency;
    uint32_t timeout_sec; /* for bringing up all; 0: none */

    uint16_t auth; /* x4e_ike_auth */
    bool openssl;  /* Diffie-Hellman without the vector unit */
    bool strong;   /* public-key work as a real peer does it */
    x4s_chunk psk;
    struct load_credential_files credentials;
    uint32_t certificates; /* issued at most; peers beyond share theirs */
    const char *user;      /* '%' in it is the peer's number */
    const char *password;

    bool aggressive;
    bool initial_contact;
    bool mode_config; /* ask for an address, and use it inside */
    uint32_t dpd_sec; /* 0: no dead peer detection */

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
    uint32_t children; /* of each tunnel */
    struct load_pattern local_ts;
    struct load_pattern remote_ts;

    bool hold;
    uint32_t hold_sec; /* 0: until a signal */
    struct load_upkeep upkeep;
    bool leave; /* send no Deletes at the end */
    uint32_t delete_rate;

    uint32_t responder_pid; /* 0: none */
    bool json;
    const char *series;    /* a file, or NULL */
    const char *histogram; /* a file, or NULL */
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
