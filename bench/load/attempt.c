/* SPDX-License-Identifier: BSD-2-Clause */
#include "bench/load/attempt.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

uint32_t load_fleet_identity(const struct load_fleet *fleet, uint32_t n)
{
    return load_credentials_issue(fleet->credentials) ? n % fleet->options->certificates : n;
}

/* Who has a certificate from a file, and no other identity, is its subject. */
static void identify(struct load_proposal *proposal, const struct load_fleet *fleet, uint32_t n)
{
    x4s_chunk subject = load_credentials_subject(fleet->credentials);
    x4s_ike_id *id = &proposal->config1.id;
    if (fleet->options->id_address)
        (void)hub_identity_of_addr(&proposal->config1.link.local, id);
    else if (subject.data)
        *id = (x4s_ike_id){.type = x4c_ike_id_dn, .data = subject};
    else
        *id = load_identity_numbered(fleet->options->id_prefix, load_fleet_identity(fleet, n),
                                     proposal->name);
}

void load_proposal_phase1(struct load_proposal *proposal, const struct load_fleet *fleet,
                          uint32_t n, void *context)
{
    const struct load_options *options = fleet->options;
    x4s_ike_config1 *config = &proposal->config1;
    *config = (x4s_ike_config1){
        .userdata = context,
        .link = load_wire_link_of(fleet->wire, n),
        .transforms = options->transforms1,
        .transform_count = options->transform1_count,
        .aggressive = options->aggressive,
        .life_sec = options->life1_sec,
        .dpd_sec = options->dpd_sec,
        .initial_contact = options->initial_contact,
        .natt = options->source.nat_t_port ? x4c_ike_natt_rfc : 0,
        .natt_force = options->source.nat_t_port != 0,
    };
    config->authorities =
        load_credentials_authorities(fleet->credentials, &config->authority_count);
    identify(proposal, fleet, n);
    proposal->inner = (x4s_net_addr){0};
}

void load_proposal_phase2(struct load_proposal *proposal, const struct load_fleet *fleet,
                          uint32_t n, uint32_t child, void *context)
{
    const struct load_options *options = fleet->options;
    uint64_t number = (uint64_t)n * options->children + child;
    x4s_ike_config2 *config = &proposal->config2;
    *config = (x4s_ike_config2){
        .userdata = context,
        .selectors = btrue,
        .transforms = options->transforms2,
        .transform_count = options->transform2_count,
        .life_sec = options->life2_sec,
    };
    if (proposal->inner.family != x4c_net_none)
        x4_net_selector_from_addr(&proposal->inner, &config->local);
    else
        load_pattern_selector(&options->local_ts, number, &config->local);
    load_pattern_selector(&options->remote_ts, number, &config->remote);
}

/* ------------------------------------------------------------------ mode config */

void load_proposal_ask(struct load_proposal *proposal)
{
    static const x4s_ike_cfg_item address = {.type = x4c_ike_cfg_ip4_address};
    static const x4s_ike_mode_config question = {
        .type = x4c_ike_cfg_request,
        .attributes = {.items = &address, .count = 1},
    };
    proposal->config2 = (x4s_ike_config2){.mode_config = &question};
}

bool load_proposal_answer(struct load_proposal *proposal, const x4s_ike_cfg *answer)
{
    const x4s_ike_cfg_item *item =
        answer ? x4_ike_cfg_find(answer, x4c_ike_cfg_ip4_address, 0) : NULL;
    if (!item || item->value.len != 4)
        return false;
    proposal->inner = (x4s_net_addr){.family = x4c_net_ipv4};
    memcpy(proposal->inner.ip, item->value.data, 4);
    return true;
}

void load_proposal_again(struct load_proposal *proposal, const uint8_t inner[4])
{
    static const uint8_t none[4];
    proposal->inner = (x4s_net_addr){0};
    if (memcmp(inner, none, sizeof(none)) == 0)
        return;
    proposal->inner.family = x4c_net_ipv4;
    memcpy(proposal->inner.ip, inner, 4);
}

/* ------------------------------------------------------------------ extended authentication */

/* The text with the peer's number for its first %. */
static size_t write_user(const char *text, uint32_t n, char *user, size_t size)
{
    const char *mark = strchr(text, '%');
    int len = mark
                  ? snprintf(user, size, "%.*s%" PRIu32 "%s", (int)(mark - text), text, n, mark + 1)
                  : snprintf(user, size, "%s", text);
    return x4m_min((size_t)len, size - 1);
}

void load_answers_xauth(struct load_answers *answers, const struct load_options *options,
                        uint32_t n, x4s_ike_cfg *out)
{
    size_t len = write_user(options->user, n, answers->user, sizeof(answers->user));
    answers->items[0] = (x4s_ike_cfg_item){
        .type = x4c_ike_xauth_user_name,
        .value = {.data = (const uint8_t *)answers->user, .len = len},
    };
    answers->items[1] = (x4s_ike_cfg_item){
        .type = x4c_ike_xauth_user_password,
        .value = {.data = (const uint8_t *)options->password, .len = strlen(options->password)},
    };
    *out = (x4s_ike_cfg){.items = answers->items, .count = x4m_countof(answers->items)};
}
