/* SPDX-License-Identifier: BSD-2-Clause */
#include "store/redis_refusal.h"

#include <stdlib.h>
#include <string.h>

#include "store/redis_slot.h"
#include "x4/core/types.h"

static const struct {
    const char *word;
    enum redis_refusal refusal;
} words[] = {
    {"NOSCRIPT", REDIS_REFUSAL_NO_SCRIPT},
    {"MOVED", REDIS_REFUSAL_MOVED},
    {"ASK", REDIS_REFUSAL_ASK},
    {"TRYAGAIN", REDIS_REFUSAL_LATER},
    {"CLUSTERDOWN", REDIS_REFUSAL_LATER},
    {"LOADING", REDIS_REFUSAL_LATER},
    {"BUSY", REDIS_REFUSAL_LATER},
    {"MASTERDOWN", REDIS_REFUSAL_LATER},
    {"READONLY", REDIS_REFUSAL_LATER},
};

enum redis_refusal redis_refusal(const char *error)
{
    const size_t len = strcspn(error, " ");

    for (size_t i = 0; i < x4m_countof(words); i++)
        if (strlen(words[i].word) == len && memcmp(error, words[i].word, len) == 0)
            return words[i].refusal;
    return REDIS_REFUSAL_OTHER;
}

/* "127.0.0.1:6381", "::1:6381", ":6381": the port follows the last colon. */
static bool parse_to(const char *text, struct redis_address *to)
{
    const char *colon = strrchr(text, ':');

    if (!colon)
        return false;
    const long port = strtol(colon + 1, NULL, 10);
    if (colon > text)
        return redis_address_make(text, (size_t)(colon - text), port, to);
    *to = (struct redis_address){.port = (uint16_t)port};
    return port > 0 && port <= UINT16_MAX;
}

bool redis_redirect(const char *error, struct redis_redirect *redirect)
{
    const enum redis_refusal refusal = redis_refusal(error);
    char *end;

    if (refusal != REDIS_REFUSAL_MOVED && refusal != REDIS_REFUSAL_ASK)
        return false;
    const long slot = strtol(error + strcspn(error, " "), &end, 10);
    if (slot < 0 || slot >= REDIS_SLOTS || *end != ' ')
        return false;
    redirect->slot = (uint16_t)slot;
    return parse_to(end + 1, &redirect->to);
}
