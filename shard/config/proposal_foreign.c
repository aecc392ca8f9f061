/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/config/proposal_foreign.h"

#include <string.h>

#include "x4/core/types.h"

/* What may follow is a number or other digits and dashes of its own: the beginnings tell. */
static const char *const beginnings[] = {
    "blowfish",    "cast128",  "serpent",    "twofish", "chacha20poly1305", "newhope",
    "ntru",        "kyber",    "sha3_",      "prfaes",  "prfcamell",        "sha256_96",
    "sha2_256_96", "sha1_160", "md5_128",    "aescmac", "camelliax",        "modpnone",
    "modpnull",    "idea",     "aes128cmac",
};

/* Camellia beyond CBC: camellia128ctr, camellia256ccm12. */
static bool is_camellia_mode(const char *word, size_t len)
{
    static const char name[] = "camellia";
    if (len <= sizeof(name) + 2 || strncmp(word, name, sizeof(name) - 1) != 0)
        return false;
    const char *mode = word + sizeof(name) - 1 + 3;
    return !strncmp(mode, "ctr", 3) || !strncmp(mode, "ccm", 3);
}

static bool is_foreign(const char *word, size_t len)
{
    for (size_t i = 0; i < x4m_countof(beginnings); i++) {
        const size_t begins = strlen(beginnings[i]);
        if (len >= begins && !strncmp(word, beginnings[i], begins))
            return true;
    }
    return is_camellia_mode(word, len);
}

/* One proposal into `out`; returns the bytes. */
static size_t copy_familiar(const char *text, size_t len, char *out, char name[HUB_FOREIGN_NAME])
{
    size_t used = 0;
    for (const char *word = text; word <= text + len;) {
        const char *dash = memchr(word, '-', (size_t)(text + len - word));
        const size_t size = (size_t)((dash ? dash : text + len) - word);
        if (!is_foreign(word, size)) {
            if (used)
                out[used++] = '-';
            memcpy(out + used, word, size);
            used += size;
        } else if (!*name) {
            memcpy(name, word, x4m_min(size, (size_t)HUB_FOREIGN_NAME - 1));
        }
        word += size + 1;
    }
    out[used] = 0;
    return used;
}

void hub_proposal_drop_foreign(const char *text, hub_proposal_makes_sense makes_sense,
                               void *context, char *out, char name[HUB_FOREIGN_NAME])
{
    size_t used = 0;
    memset(name, 0, HUB_FOREIGN_NAME);
    for (;;) {
        char found[HUB_FOREIGN_NAME] = {0};
        text += strspn(text, " \t\n");
        const size_t whole = strcspn(text, ",");
        size_t len = whole;
        while (len && strchr(" \t\n", text[len - 1]))
            len--;
        char *at = out + used + (used ? 1 : 0);
        const size_t size = copy_familiar(text, len, at, found);
        if (*found && !*name)
            memcpy(name, found, sizeof(found));
        if (!*found || makes_sense(context, at)) {
            if (used)
                out[used] = ',';
            used = (size_t)(at - out) + size;
        }
        if (!text[whole])
            break;
        text += whole + 1;
    }
    out[used] = 0;
}
