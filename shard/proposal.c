/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/proposal.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum kind {
    KIND_CIPHER,
    KIND_AEAD,
    KIND_HASH,
    KIND_PRF,
    KIND_GROUP,
    KIND_ESN,
    KIND_COUNT,
};

/* A keyword and what it is in phase 1 and in phase 2; 0 where it is nothing. */
struct keyword {
    const char *name;
    uint8_t kind;
    uint8_t phase1;
    uint8_t phase2;
    uint16_t bits;
};

#define CIPHER(name, p1, p2, bits)                                                                 \
    {                                                                                              \
        name, KIND_CIPHER, p1, p2, bits                                                            \
    }
#define AEAD(name, bits)                                                                           \
    {                                                                                              \
        name, KIND_AEAD, 0, x4c_ike_esp_aes_gcm16, bits                                            \
    }
#define HASH(name, p1, p2)                                                                         \
    {                                                                                              \
        name, KIND_HASH, p1, p2, 0                                                                 \
    }
#define PRF(name, p1)                                                                              \
    {                                                                                              \
        name, KIND_PRF, p1, 0, 0                                                                   \
    }
#define GROUP(name, id)                                                                            \
    {                                                                                              \
        name, KIND_GROUP, id, id, 0                                                                \
    }

static const struct keyword keywords[] = {
    CIPHER("aes", x4c_cipher_aes, x4c_ike_esp_aes_cbc, 128),
    CIPHER("aes128", x4c_cipher_aes, x4c_ike_esp_aes_cbc, 128),
    CIPHER("aes192", x4c_cipher_aes, x4c_ike_esp_aes_cbc, 192),
    CIPHER("aes256", x4c_cipher_aes, x4c_ike_esp_aes_cbc, 256),
    CIPHER("3des", x4c_cipher_3des, x4c_ike_esp_3des, 0),
    CIPHER("null", 0, x4c_ike_esp_null, 0),
    AEAD("aes128gcm16", 128),
    AEAD("aes128gcm128", 128),
    AEAD("aes192gcm16", 192),
    AEAD("aes192gcm128", 192),
    AEAD("aes256gcm16", 256),
    AEAD("aes256gcm128", 256),
    HASH("md5", x4c_hash_md5, x4c_ike_integ_hmac_md5),
    HASH("sha", x4c_hash_sha1, x4c_ike_integ_hmac_sha1),
    HASH("sha1", x4c_hash_sha1, x4c_ike_integ_hmac_sha1),
    HASH("sha256", x4c_hash_sha256, x4c_ike_integ_hmac_sha256),
    HASH("sha2_256", x4c_hash_sha256, x4c_ike_integ_hmac_sha256),
    HASH("sha384", x4c_hash_sha384, x4c_ike_integ_hmac_sha384),
    HASH("sha2_384", x4c_hash_sha384, x4c_ike_integ_hmac_sha384),
    HASH("sha512", x4c_hash_sha512, x4c_ike_integ_hmac_sha512),
    HASH("sha2_512", x4c_hash_sha512, x4c_ike_integ_hmac_sha512),
    PRF("prfmd5", x4c_hash_md5),
    PRF("prfsha1", x4c_hash_sha1),
    PRF("prfsha256", x4c_hash_sha256),
    PRF("prfsha384", x4c_hash_sha384),
    PRF("prfsha512", x4c_hash_sha512),
    GROUP("modp768", x4c_group_modp768),
    GROUP("modp1024", x4c_group_modp1024),
    GROUP("modp1536", x4c_group_modp1536),
    GROUP("modp2048", x4c_group_modp2048),
    GROUP("modp3072", x4c_group_modp3072),
    GROUP("modp4096", x4c_group_modp4096),
    GROUP("modp6144", x4c_group_modp6144),
    GROUP("modp8192", x4c_group_modp8192),
    GROUP("ecp256", x4c_group_ecp256),
    GROUP("ecp384", x4c_group_ecp384),
    GROUP("ecp521", x4c_group_ecp521),
    {"noesn", KIND_ESN, 0, 0, 0},
};

static const char default_phase1[] =
    "aes256-aes128-sha256-sha384-sha512-sha1-ecp256-modp2048-modp3072-ecp384";
static const char default_phase2[] =
    "aes256gcm16-aes128gcm16,aes256-aes128-sha256-sha384-sha512-sha1";

/* ------------------------------------------------------------------ one proposal */

#define KEYWORDS_MAX 16  /* of one kind in one proposal */
#define SHOWN_MAX    80u /* bytes of a proposal in a message */

struct choices {
    const struct keyword *of[KEYWORDS_MAX];
    size_t count;
};

struct proposal {
    char *problem;
    const char *text;
    size_t len;
    struct choices choices[KIND_COUNT];
};

__attribute__((format(printf, 2, 3))) static bool fail(const struct proposal *p, const char *format,
                                                       ...)
{
    char why[160];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(why, sizeof(why), format, arguments);
    va_end(arguments);
    snprintf(p->problem, HUB_PROPOSAL_PROBLEM, "%s, found '%.*s'", why,
             (int)x4m_min(p->len, SHOWN_MAX), p->text);
    return false;
}

static const struct keyword *find(const char *name, size_t len)
{
    for (size_t i = 0; i < x4m_countof(keywords); i++) {
        if (strlen(keywords[i].name) == len && !strncmp(keywords[i].name, name, len))
            return &keywords[i];
    }
    return NULL;
}

static bool add_keyword(struct proposal *p, const char *name, size_t len)
{
    if (len == 3 && !strncmp(name, "esn", 3))
        return fail(p, "expected noesn: IKEv1 here does not negotiate extended sequence numbers");
    if (!len)
        return fail(p, "expected algorithms joined by single dashes");

    const struct keyword *keyword = find(name, len);
    if (!keyword)
        return fail(p,
                    "'%.*s' is unknown or not supported: expected algorithms like aes256, "
                    "sha256, modp2048",
                    (int)x4m_min(len, 40u), name);
    struct choices *choices = &p->choices[keyword->kind];
    if (choices->count == KEYWORDS_MAX)
        return fail(p, "expected at most %d algorithms of a kind", KEYWORDS_MAX);
    choices->of[choices->count++] = keyword;
    return true;
}

static bool split(struct proposal *p)
{
    const char *end = p->text + p->len;
    const char *word = p->text;
    for (;;) {
        const char *dash = memchr(word, '-', (size_t)(end - word));
        if (!add_keyword(p, word, (size_t)((dash ? dash : end) - word)))
            return false;
        if (!dash)
            return true;
        word = dash + 1;
    }
}

static bool has(const struct proposal *p, enum kind kind)
{
    return p->choices[kind].count != 0;
}

static bool names_all(const struct choices *choices, const struct choices *of)
{
    for (size_t i = 0; i < of->count; i++) {
        bool found = false;
        for (size_t k = 0; k < choices->count; k++)
            found = found || choices->of[k]->phase1 == of->of[i]->phase1;
        if (!found)
            return false;
    }
    return true;
}

/* ------------------------------------------------------------------ phase 1 */

static bool check_phase1(const struct proposal *p)
{
    const struct choices *ciphers = &p->choices[KIND_CIPHER];
    const struct choices *hashes = &p->choices[KIND_HASH];
    const struct choices *prfs = &p->choices[KIND_PRF];

    if (has(p, KIND_AEAD))
        return fail(p, "expected a CBC cipher: IKEv1 has no authenticated ciphers in phase 1");
    if (has(p, KIND_ESN))
        return fail(p, "expected noesn in esp_proposals only");
    if (!has(p, KIND_CIPHER) || !has(p, KIND_HASH) || !has(p, KIND_GROUP))
        return fail(p, "expected a cipher, a hash and a Diffie-Hellman group");
    for (size_t i = 0; i < ciphers->count; i++) {
        if (!ciphers->of[i]->phase1)
            return fail(p, "expected a cipher: null is one of esp_proposals only");
    }
    if (prfs->count && !(names_all(prfs, hashes) && names_all(hashes, prfs)))
        return fail(p, "expected the PRF of the same hash: IKEv1 has no other");
    return true;
}

struct list1 {
    x4s_ike_transform1 *out;
    size_t count;
};

static bool add_phase1(const struct proposal *p, struct list1 *list, x4s_ike_transform1 transform)
{
    for (size_t i = 0; i < list->count; i++) {
        const x4s_ike_transform1 *t = &list->out[i];
        if (t->cipher == transform.cipher && t->key_bits == transform.key_bits &&
            t->hash == transform.hash && t->group == transform.group)
            return true;
    }
    if (list->count == x4c_ike_transforms1_max)
        return fail(p, "expected at most %d combinations", x4c_ike_transforms1_max);
    list->out[list->count++] = transform;
    return true;
}

static bool expand_phase1(const struct proposal *p, void *list)
{
    const struct choices *ciphers = &p->choices[KIND_CIPHER];
    const struct choices *hashes = &p->choices[KIND_HASH];
    const struct choices *groups = &p->choices[KIND_GROUP];
    const size_t combinations = ciphers->count * hashes->count * groups->count;

    for (size_t i = 0; i < combinations; i++) {
        const size_t upper = i / groups->count;
        const struct keyword *cipher = ciphers->of[upper / hashes->count];
        const x4s_ike_transform1 transform = {
            .cipher = cipher->phase1,
            .key_bits = cipher->bits,
            .hash = hashes->of[upper % hashes->count]->phase1,
            .group = groups->of[i % groups->count]->phase1,
            .auth = x4c_ike_auth_psk,
        };
        if (!add_phase1(p, list, transform))
            return false;
    }
    return true;
}

/* ------------------------------------------------------------------ phase 2 */

static bool check_phase2(const struct proposal *p)
{
    if (has(p, KIND_PRF))
        return fail(p, "expected no PRF: it is of phase 1");
    if (has(p, KIND_AEAD) && (has(p, KIND_CIPHER) || has(p, KIND_HASH)))
        return fail(p, "expected an authenticated cipher alone: put others in a proposal of their "
                       "own, after a comma");
    if (has(p, KIND_AEAD))
        return true;
    if (!has(p, KIND_CIPHER) || !has(p, KIND_HASH))
        return fail(p, "expected a cipher and a hash, or an authenticated cipher like aes128gcm16");
    return true;
}

struct list2 {
    x4s_ike_transform2 *out;
    size_t count;
};

static bool add_phase2(const struct proposal *p, struct list2 *list, x4s_ike_transform2 transform)
{
    for (size_t i = 0; i < list->count; i++) {
        const x4s_ike_transform2 *t = &list->out[i];
        if (t->esp == transform.esp && t->key_bits == transform.key_bits &&
            t->integ == transform.integ && t->group == transform.group)
            return true;
    }
    if (list->count == x4c_ike_transforms2_max)
        return fail(p, "expected at most %d combinations", x4c_ike_transforms2_max);
    list->out[list->count++] = transform;
    return true;
}

static bool expand_phase2(const struct proposal *p, void *list)
{
    /* One nothing, where nothing is a choice: no hash beside an AEAD, no group without PFS. */
    static const struct keyword nothing = {0};
    static const struct choices none = {.of = {&nothing}, .count = 1};
    const struct choices *ciphers = &p->choices[has(p, KIND_AEAD) ? KIND_AEAD : KIND_CIPHER];
    const struct choices *hashes = has(p, KIND_HASH) ? &p->choices[KIND_HASH] : &none;
    const struct choices *groups = has(p, KIND_GROUP) ? &p->choices[KIND_GROUP] : &none;
    const size_t combinations = ciphers->count * hashes->count * groups->count;

    for (size_t i = 0; i < combinations; i++) {
        const size_t upper = i / groups->count;
        const struct keyword *cipher = ciphers->of[upper / hashes->count];
        const x4s_ike_transform2 transform = {
            .esp = cipher->phase2,
            .key_bits = cipher->bits,
            .integ = hashes->of[upper % hashes->count]->phase2,
            .group = groups->of[i % groups->count]->phase2,
        };
        if (!add_phase2(p, list, transform))
            return false;
    }
    return true;
}

/* ------------------------------------------------------------------ lists */

/* What is different between the phases. */
struct phase {
    const char *default_text;
    bool (*check)(const struct proposal *p);
    bool (*expand)(const struct proposal *p, void *list);
};

static bool read_list(const struct phase *phase, const char *text, void *list, char *problem);

static bool read_one(const struct phase *phase, const char *text, size_t len, void *list,
                     char *problem)
{
    if (len == strlen("default") && !strncmp(text, "default", len))
        return read_list(phase, phase->default_text, list, problem);
    struct proposal p = {.problem = problem, .text = text, .len = len};
    return split(&p) && phase->check(&p) && phase->expand(&p, list);
}

static bool read_list(const struct phase *phase, const char *text, void *list, char *problem)
{
    for (;;) {
        text += strspn(text, " \t\n");
        size_t item = strcspn(text, ",");
        size_t len = item;
        while (len && strchr(" \t\n", text[len - 1]))
            len--;
        if (!read_one(phase, text, len, list, problem))
            return false;
        if (!text[item])
            return true;
        text += item + 1;
    }
}

bool hub_proposal_phase1(const char *text, x4s_ike_transform1 out[x4c_ike_transforms1_max],
                         size_t *count, char problem[HUB_PROPOSAL_PROBLEM])
{
    static const struct phase phase1 = {default_phase1, check_phase1, expand_phase1};
    struct list1 list = {.out = out};
    bool good = read_list(&phase1, text, &list, problem);
    *count = list.count;
    return good;
}

/* Stable: what is moved to the front keeps its order, and so does the rest. */
static void first_group_first(x4s_ike_transform2 *out, size_t count)
{
    x4s_ike_transform2 rest[x4c_ike_transforms2_max];
    size_t others = 0;
    size_t front = 0;
    for (size_t i = 0; i < count; i++) {
        if (out[i].group == out[0].group)
            out[front++] = out[i];
        else
            rest[others++] = out[i];
    }
    memcpy(out + front, rest, others * sizeof(*out));
}

bool hub_proposal_phase2(const char *text, x4s_ike_transform2 out[x4c_ike_transforms2_max],
                         size_t *count, char problem[HUB_PROPOSAL_PROBLEM])
{
    static const struct phase phase2 = {default_phase2, check_phase2, expand_phase2};
    struct list2 list = {.out = out};
    bool good = read_list(&phase2, text, &list, problem);
    *count = list.count;
    if (good)
        first_group_first(out, list.count);
    return good;
}
