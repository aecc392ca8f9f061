/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * The text of a configuration. A snapshot comes without an error and none comes with at least one,
 * messages are one line each, and what the snapshot holds can be looked up.
 */

#include <stdlib.h>
#include <string.h>

#include "shard/config/config.h"
#include "tests/fuzz/input.h"

static void told(void *context, enum hub_severity severity, const char *text)
{
    unsigned *errors = context;
    *errors += severity == HUB_ERROR;
    if (!text[0] || strchr(text, '\n'))
        abort();
}

/* Two hosts that meet: each connection and child in its turn, then those that fit. */
static void look_up(const struct hub_config *config)
{
    const x4s_net_addr local = {.family = x4c_net_ipv4, .ip = {192, 0, 2, 1}};
    const x4s_net_addr remote = {.family = x4c_net_ipv4, .ip = {192, 0, 2, 2}};
    const x4s_ike_id id = {.type = x4c_ike_id_ipv4, .data = {remote.ip, 4}};
    const x4s_net_link link = {.local = local, .remote = remote};
    const x4s_ike_transform1 *transforms =
        config->connection_count ? config->connections[0].phase1.transforms : NULL;
    const x4s_ike_offer1 begin = {
        .link = &link, .id = &id, .transforms = transforms, .transform_count = transforms != NULL};
    const struct hub_connection *begun = hub_config_responder(config, &begin);
    (void)hub_config_claimed(config, &begin);
    (void)hub_config_secret(config, &id, &id, &local, &remote);
    if (!begun)
        return;
    x4s_ike_offer2 offer = {.selectors = btrue};
    const struct hub_secret *secret = hub_connection_secret(config, begun, &local, &remote);
    (void)hub_config_refine(config, begun, &id, &local, &remote, &begun->phase1.transforms[0],
                            secret);
    x4_net_selector_from_addr(&local, &offer.local);
    x4_net_selector_from_addr(&remote, &offer.remote);
    (void)hub_config_child(begun, &local, &remote, &offer);
    for (size_t i = 0; i < begun->child_count; i++)
        hub_child_selectors(&begun->children[i], &local, &remote, &offer.local, &offer.remote);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    unsigned errors = 0;
    struct hub_config *config =
        hub_config_parse("fuzz.conf", (const char *)data, size, told, &errors);
    if (!config != (errors > 0))
        abort();
    if (config)
        look_up(config);
    hub_config_free(config);
    return 0;
}
