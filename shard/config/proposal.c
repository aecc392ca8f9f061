/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/config/proposal.h"

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

/* A keyword and what it is in phase 1, in ESP and in AH; 0 where it is nothing. */
struct keyword {
    const char *name;
    uint8_t kind;
    uint8_t phase1;
    uint8_t phase2;
    uint8_t ah;
    uint16_t bits;
};

#define CIPHER(name, p1, p2, bits)                                                                 \
    {                                                                                              \
        name, KIND_CIPHER, p1, p2, 0, bits                                                         \
    }
#define CIPHER_SIZES(name, suffix, p1, p2)                                                         \
    CIPHER(name "128" suffix, p1, p2, 128), CIPHER(name "192" suffix, p1, p2, 192),                \
        CIPHER(name "256" suffix, p1, p2, 256)
#define AEAD(name, p2, ah, bits)                                                                   \
    {                                                                                              \
        name, KIND_AEAD, 0, p2, ah, bits                                                           \
    }
/* The length of the ICV is written in bytes or in bits. */
#define AEAD_SIZES(suffix, p2)                                                                     \
    AEAD("aes128" suffix, p2, 0, 128), AEAD("aes192" suffix, p2, 0, 192),                          \
        AEAD("aes256" suffix, p2, 0, 256)
#define HASH(name, p1, p2)                                                                         \
    {                                                                                              \
        name, KIND_HASH, p1, p2, p2, 0                                                             \
    }
#define PRF(name, p1)                                                                              \
    {                                                                                              \
        name, KIND_PRF, p1, 0, 0, 0                                                                \
    }
#define GROUP(name, id)                                                                            \
    {                                                                                              \
        name, KIND_GROUP, id, id, id, 0                                                            \
    }
#define ESN(name, on)                                                                              \
    {                                                                                              \
        name, KIND_ESN, 0, on, on, 0                                                               \
    }

static const struct keyword keywords[] = {
    CIPHER("aes", x4c_cipher_aes, x4c_ike_esp_aes_cbc, 128),
    CIPHER_SIZES("aes", "", x4c_cipher_aes, x4c_ike_esp_aes_cbc),
    CIPHER("camellia", x4c_cipher_camellia, x4c_ike_esp_camellia_cbc, 128),
    CIPHER_SIZES("camellia", "", x4c_cipher_camellia, x4c_ike_esp_camellia_cbc),
    CIPHER_SIZES("aes", "ctr", 0, x4c_ike_esp_aes_ctr),
    CIPHER("3des", x4c_cipher_3des, x4c_ike_esp_3des, 0),
    CIPHER("des", x4c_cipher_des, x4c_ike_esp_des, 0),
    CIPHER("null", 0, x4c_ike_esp_null, 0),
    AEAD_SIZES("gcm8", x4c_ike_esp_aes_gcm8),
    AEAD_SIZES("gcm64", x4c_ike_esp_aes_gcm8),
    AEAD_SIZES("gcm12", x4c_ike_esp_aes_gcm12),
    AEAD_SIZES("gcm96", x4c_ike_esp_aes_gcm12),
    AEAD_SIZES("gcm16", x4c_ike_esp_aes_gcm16),
    AEAD_SIZES("gcm128", x4c_ike_esp_aes_gcm16),
    AEAD_SIZES("ccm8", x4c_ike_esp_aes_ccm8),
    AEAD_SIZES("ccm64", x4c_ike_esp_aes_ccm8),
    AEAD_SIZES("ccm12", x4c_ike_esp_aes_ccm12),
    AEAD_SIZES("ccm96", x4c_ike_esp_aes_ccm12),
    AEAD_SIZES("ccm16", x4c_ike_esp_aes_ccm16),
    AEAD_SIZES("ccm128", x4c_ike_esp_aes_ccm16),
    AEAD("aes128gmac", x4c_ike_esp_aes_gmac, x4c_ike_integ_aes128_gmac, 128),
    AEAD("aes192gmac", x4c_ike_esp_aes_gmac, x4c_ike_integ_aes192_gmac, 192),
    AEAD("aes256gmac", x4c_ike_esp_aes_gmac, x4c_ike_integ_aes256_gmac, 256),
    HASH("md5", x4c_hash_md5, x4c_ike_integ_hmac_md5),
    HASH("sha", x4c_hash_sha1, x4c_ike_integ_hmac_sha1),
    HASH("sha1", x4c_hash_sha1, x4c_ike_integ_hmac_sha1),
    HASH("sha256", x4c_hash_sha256, x4c_ike_integ_hmac_sha256),
    HASH("sha2_256", x4c_hash_sha256, x4c_ike_integ_hmac_sha256),
    HASH("sha384", x4c_hash_sha384, x4c_ike_integ_hmac_sha384),
    HASH("sha2_384", x4c_hash_sha384, x4c_ike_integ_hmac_sha384),
    HASH("sha512", x4c_hash_sha512, x4c_ike_integ_hmac_sha512),
    HASH("sha2_512", x4c_hash_sha512, x4c_ike_integ_hmac_sha512),
    HASH("aesxcbc", 0, x4c_ike_integ_aes_xcbc),
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
    GROUP("modp1024s160", x4c_group_modp1024s160),
    GROUP("modp2048s224", x4c_group_modp2048s224),
    GROUP("modp2048s256", x4c_group_modp2048s256),
    GROUP("ecp192", x4c_group_ecp192),
    GROUP("ecp224", x4c_group_ecp224),
    GROUP("ecp256", x4c_group_ecp256),
    GROUP("ecp384", x4c_group_ecp384),
    GROUP("ecp521", x4c_group_ecp521),
    GROUP("ecp224bp", x4c_group_ecp224bp),
    GROUP("ecp256bp", x4c_group_ecp256bp),
    GROUP("ecp384bp", x4c_group_ecp384bp),
    GROUP("ecp512bp", x4c_group_ecp512bp),
    GROUP("curve25519", x4c_group_curve25519),
    GROUP("x25519", x4c_group_curve25519),
    GROUP("curve448", x4c_group_curve448),
    GROUP("x448", x4c_group_curve448),
    ESN("noesn", 0),
    ESN("esn", 1),
};

static const char default_phase1[] =
    "aes256-aes128-sha256-sha384-sha512-sha1-ecp256-modp2048-modp3072-ecp384";
static const char default_phase2[] =
    "aes256gcm16-aes128gcm16,aes256-aes128-sha256-sha384-sha512-sha1";
static const char default_ah[] = "sha256-sha384-sha512-sha1";

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

/* Whether all of a kind are something in phase 1. */
static bool check_kind1(const struct proposal *p, const struct choices *choices)
{
    for (size_t i = 0; i < choices->count; i++) {
        if (!choices->of[i]->phase1)
            return fail(p, "expected no %s: it is of IPsec only", choices->of[i]->name);
    }
    return true;
}

static bool check_phase1(const struct proposal *p)
{
    const struct choices *ciphers = &p->choices[KIND_CIPHER];
    const struct choices *hashes = &p->choices[KIND_HASH];
    const struct choices *prfs = &p->choices[KIND_PRF];

    if (has(p, KIND_AEAD))
        return fail(p, "expected a CBC cipher: IKEv1 has no authenticated ciphers in phase 1");
    if (has(p, KIND_ESN))
        return fail(p, "expected no sequence numbers: they are of IPsec only");
    if (!has(p, KIND_CIPHER) || !has(p, KIND_HASH) || !has(p, KIND_GROUP))
        return fail(p, "expected a cipher, a hash and a Diffie-Hellman group");
    if (!check_kind1(p, ciphers) || !check_kind1(p, hashes))
        return false;
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

static bool check_esp(const struct proposal *p)
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

static bool check_ah(const struct proposal *p)
{
    const struct choices *macs = &p->choices[KIND_AEAD];
    if (has(p, KIND_PRF))
        return fail(p, "expected no PRF: it is of phase 1");
    for (size_t i = 0; i < macs->count; i++) {
        if (!macs->of[i]->ah)
            return fail(p, "expected no %s: AH does not encrypt", macs->of[i]->name);
    }
    if (has(p, KIND_CIPHER))
        return fail(p, "expected no cipher: AH does not encrypt");
    if (has(p, KIND_HASH) == has(p, KIND_AEAD))
        return fail(p, "expected a hash or a GMAC like aes128gmac");
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
        if (t->protocol == transform.protocol && t->esp == transform.esp &&
            t->key_bits == transform.key_bits && t->integ == transform.integ &&
            t->group == transform.group && t->esn == transform.esn)
            return true;
    }
    if (list->count == x4c_ike_transforms2_max)
        return fail(p, "expected at most %d combinations", x4c_ike_transforms2_max);
    list->out[list->count++] = transform;
    return true;
}

/* What is chosen of one kind, or one nothing: no hash beside an AEAD, no group without PFS. */
static const struct choices *chosen(const struct proposal *p, enum kind kind)
{
    static const struct keyword nothing = {0};
    static const struct choices none = {.of = {&nothing}, .count = 1};
    return has(p, kind) ? &p->choices[kind] : &none;
}

/* A combination of choices, one of each kind, as a transform. */
typedef x4s_ike_transform2 make_fn(const struct keyword *upper, const struct keyword *lower);

static x4s_ike_transform2 make_esp(const struct keyword *cipher, const struct keyword *hash)
{
    return (x4s_ike_transform2){
        .esp = cipher->phase2, .key_bits = cipher->bits, .integ = hash->phase2};
}

static x4s_ike_transform2 make_ah(const struct keyword *mac, const struct keyword *nothing)
{
    (void)nothing;
    return (x4s_ike_transform2){.protocol = x4c_ike_protocol_ah, .integ = mac->ah};
}

static bool combine(const struct proposal *p, const struct choices *uppers,
                    const struct choices *lowers, make_fn *make, struct list2 *list)
{
    const struct choices *groups = chosen(p, KIND_GROUP);
    const struct choices *esns = chosen(p, KIND_ESN);
    const size_t combinations = uppers->count * lowers->count * groups->count * esns->count;

    for (size_t i = 0; i < combinations; i++) {
        size_t rest = i / esns->count;
        const struct keyword *group = groups->of[rest % groups->count];
        rest /= groups->count;
        x4s_ike_transform2 transform =
            make(uppers->of[rest / lowers->count], lowers->of[rest % lowers->count]);
        transform.group = group->phase2;
        transform.esn = esns->of[i % esns->count]->phase2;
        if (!add_phase2(p, list, transform))
            return false;
    }
    return true;
}

static bool expand_esp(const struct proposal *p, void *list)
{
    return combine(p, chosen(p, has(p, KIND_AEAD) ? KIND_AEAD : KIND_CIPHER), chosen(p, KIND_HASH),
                   make_esp, list);
}

static bool expand_ah(const struct proposal *p, void *list)
{
    return combine(p, chosen(p, has(p, KIND_AEAD) ? KIND_AEAD : KIND_HASH), chosen(p, KIND_CIPHER),
                   make_ah, list);
}

/* ------------------------------------------------------------------ lists */

/* What is different between the phases, and between ESP and AH. */
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

static bool read_phase2(const struct phase *phase, const char *text, x4s_ike_transform2 *out,
                        size_t *count, char *problem)
{
    struct list2 list = {.out = out};
    bool good = read_list(phase, text, &list, problem);
    *count = list.count;
    if (good)
        first_group_first(out, list.count);
    return good;
}

bool hub_proposal_phase2(const char *text, x4s_ike_transform2 out[x4c_ike_transforms2_max],
                         size_t *count, char problem[HUB_PROPOSAL_PROBLEM])
{
    static const struct phase esp = {default_phase2, check_esp, expand_esp};
    return read_phase2(&esp, text, out, count, problem);
}

bool hub_proposal_ah(const char *text, x4s_ike_transform2 out[x4c_ike_transforms2_max],
                     size_t *count, char problem[HUB_PROPOSAL_PROBLEM])
{
    static const struct phase ah = {default_ah, check_ah, expand_ah};
    return read_phase2(&ah, text, out, count, problem);
}
