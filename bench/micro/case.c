/* SPDX-License-Identifier: BSD-2-Clause */
#include "bench/micro/case.h"

#include <string.h>

static const struct micro_table *const tables[] = {
    &micro_parse_cases, &micro_build_cases,  &micro_prf_cases,    &micro_cipher_cases,
    &micro_dh_cases,    &micro_sign_cases,   &micro_lookup_cases, &micro_wheel_cases,
    &micro_steer_cases, &micro_record_cases, &micro_echo_cases,   &micro_handshake_cases,
};

const struct micro_case *micro_case_at(size_t index)
{
    for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
        if (index < tables[i]->count)
            return &tables[i]->cases[index];
        index -= tables[i]->count;
    }
    return NULL;
}

const struct micro_case *micro_case_find(const char *name)
{
    const struct micro_case *found;
    for (size_t i = 0; (found = micro_case_at(i)) != NULL; i++)
        if (strcmp(found->name, name) == 0)
            return found;
    return NULL;
}
