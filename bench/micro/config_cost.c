/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a configuration of many connections costs: to be loaded, and to be looked up as a responder.
 *
 *     config_cost COUNT [LOOKUPS]
 *
 * Each connection has a peer's address, its identity, its key and a child. A lookup is what one
 * main mode asks: the connection by its addresses and offer, the secret, and the connection once
 * more by the identity; or what one aggressive mode asks: the connection by identity. Peers come in
 * an order without locality, as strangers do. Prints `NAME VALUE UNIT`, CPU time of one thread.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "shard/config/config.h"

enum {
    LOOKUPS_DEFAULT = 1000000,
    SECTION_MAX = 1024, /* bytes of a connection and its secret */
    STRIDE = 1000003,   /* a prime: all peers, far from each other */
};

static const char connection_format[] = "c%u {\n"
                                        "    version = 1\n"
                                        "    aggressive = %s\n"
                                        "    local_addrs = 192.0.2.1\n"
                                        "    remote_addrs = 10.%u.%u.%u\n"
                                        "    proposals = aes256-sha256-modp2048\n"
                                        "    local {\n"
                                        "        auth = psk\n"
                                        "        id = hub.example.org\n"
                                        "    }\n"
                                        "    remote {\n"
                                        "        auth = psk\n"
                                        "        id = b%u.example.org\n"
                                        "    }\n"
                                        "    children {\n"
                                        "        net {\n"
                                        "            local_ts = 10.0.0.0/8\n"
                                        "            remote_ts = 172.16.%u.%u/32\n"
                                        "            esp_proposals = aes128gcm16, aes256-sha256\n"
                                        "        }\n"
                                        "    }\n"
                                        "}\n";
static const char secret_format[] = "ike-b%u {\n"
                                    "    id = b%u.example.org\n"
                                    "    secret = of-b%u\n"
                                    "}\n";

static void fail(const char *what)
{
    fprintf(stderr, "config_cost: %s\n", what);
    exit(1);
}

static double cpu_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void tell(void *context, enum hub_severity severity, const char *text)
{
    (void)context;
    if (severity == HUB_ERROR)
        fail(text);
}

/* -------------------------------------------------------------------------- the text */

static size_t write_text(char *out, unsigned count, bool aggressive)
{
    char *at = out + sprintf(out, "%sconnections {\n",
                             aggressive ? "ikehub {\n"
                                          "i_dont_care_about_security_and_use_aggressive_mode_psk"
                                          " = yes\n}\n"
                                        : "");
    for (unsigned i = 0; i < count; i++)
        at += sprintf(at, connection_format, i, aggressive ? "yes" : "no", i >> 16 & 255,
                      i >> 8 & 255, i & 255, i, i >> 8 & 255, i & 255);
    at += sprintf(at, "}\nsecrets {\n");
    for (unsigned i = 0; i < count; i++)
        at += sprintf(at, secret_format, i, i, i);
    at += sprintf(at, "}\n");
    return (size_t)(at - out);
}

static struct hub_config *load(unsigned count, bool aggressive)
{
    char *text = malloc((size_t)(count + 1) * SECTION_MAX);
    if (!text)
        fail("out of memory");
    const size_t size = write_text(text, count, aggressive);
    const double began = cpu_seconds();
    struct hub_config *config = hub_config_parse("bench.conf", text, size, tell, NULL);
    const double took = cpu_seconds() - began;
    free(text);
    if (!config)
        fail("it does not load");
    printf("load_%s %.3f s\n", aggressive ? "aggressive" : "main", took);
    return config;
}

/* -------------------------------------------------------------------------- lookups */

static x4s_net_link link_of(unsigned peer)
{
    return (x4s_net_link){
        .local = {.family = x4c_net_ipv4, .port = 500, .ip = {192, 0, 2, 1}},
        .remote = {.family = x4c_net_ipv4,
                   .port = 500,
                   .ip = {10, (uint8_t)(peer >> 16), (uint8_t)(peer >> 8), (uint8_t)peer}},
    };
}

/* What peers say, made before the clock starts. */
struct peer {
    x4s_net_link link;
    char name[32];
    x4s_ike_id id;
};

static struct peer *make_peers(unsigned count)
{
    struct peer *peers = calloc(count, sizeof(*peers));
    for (unsigned i = 0; peers && i < count; i++) {
        peers[i].link = link_of(i);
        snprintf(peers[i].name, sizeof(peers[i].name), "b%u.example.org", i);
        peers[i].id =
            (x4s_ike_id){x4c_ike_id_fqdn, {(const uint8_t *)peers[i].name, strlen(peers[i].name)}};
    }
    if (!peers)
        fail("out of memory");
    return peers;
}

static void main_mode(const struct hub_config *config, const struct peer *peer,
                      const x4s_ike_transform1 *transform)
{
    const x4s_ike_offer1 offer = {
        .link = &peer->link, .transforms = transform, .transform_count = 1};
    const struct hub_connection *begun = hub_config_responder(config, &offer);
    if (!begun)
        fail("no connection for the addresses");
    const struct hub_secret *secret =
        hub_connection_secret(config, begun, &peer->link.local, &peer->link.remote);
    if (!hub_config_refine(config, begun, &peer->id, &peer->link.local, &peer->link.remote,
                           transform, secret))
        fail("no connection for the identity");
}

static void aggressive_mode(const struct hub_config *config, const struct peer *peer,
                            const x4s_ike_transform1 *transform)
{
    const x4s_ike_offer1 offer = {
        .link = &peer->link,
        .transforms = transform,
        .transform_count = 1,
        .aggressive = btrue,
        .id = &peer->id,
    };
    if (!hub_config_claimed(config, &offer))
        fail("no connection for the claimed identity");
}

static void measure(unsigned count, unsigned lookups, bool aggressive)
{
    struct hub_config *config = load(count, aggressive);
    struct peer *peers = make_peers(count);
    const x4s_ike_transform1 transform = config->connections[0].phase1.transforms[0];

    const double began = cpu_seconds();
    for (unsigned i = 0; i < lookups; i++) {
        const struct peer *peer = &peers[(uint64_t)i * STRIDE % count];
        (aggressive ? aggressive_mode : main_mode)(config, peer, &transform);
    }
    const double took = cpu_seconds() - began;
    printf("lookup_%s %.3f us\n", aggressive ? "aggressive" : "main", took / lookups * 1e6);
    free(peers);
    hub_config_free(config);
}

int main(int argc, char **argv)
{
    const unsigned long count = argc > 1 ? strtoul(argv[1], NULL, 10) : 0;
    const unsigned long lookups = argc > 2 ? strtoul(argv[2], NULL, 10) : LOOKUPS_DEFAULT;
    if (!count || count > 1000000 || !lookups || lookups > 100000000)
        fail("usage: config_cost COUNT [LOOKUPS]");
    measure((unsigned)count, (unsigned)lookups, false);
    measure((unsigned)count, (unsigned)lookups, true);
    return 0;
}
