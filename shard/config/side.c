/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/config/side.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shard/config/value.h"

#define RSA_BITS   2048 /* what a key has to have in any case: fewer are refused */
#define ECDSA_BITS 256

/* ------------------------------------------------------------------ auth */

struct auth_word {
    const char *word;
    enum hub_side_auth auth;
    unsigned bits; /* of a key that may be demanded by a number */
};

static const struct auth_word auth_words[] = {
    {"psk", HUB_SIDE_PSK, 0},
    {"pubkey", HUB_SIDE_PUBKEY, RSA_BITS},
    {"rsa", HUB_SIDE_RSA, RSA_BITS},
    {"ecdsa", HUB_SIDE_ECDSA, ECDSA_BITS},
    {"xauth", HUB_SIDE_XAUTH, 0},
    {"xauth-generic", HUB_SIDE_XAUTH, 0},
    {"xauth-radius", HUB_SIDE_XAUTH_RADIUS, 0},
    {"xauth-eap", HUB_SIDE_XAUTH_RADIUS, 0},
};

static const struct auth_word *find_auth(const char *text, size_t len)
{
    for (size_t i = 0; i < x4m_countof(auth_words); i++)
        if (strlen(auth_words[i].word) == len && !strncmp(auth_words[i].word, text, len))
            return &auth_words[i];
    return NULL;
}

/* What may follow rsa, ecdsa and pubkey: "-2048-sha256", as long as it holds in any case. */
static bool holds_anyway(const char *constraints, unsigned bits)
{
    while (*constraints == '-') {
        const char *word = ++constraints;
        constraints += strcspn(word, "-");
        if (!strncmp(word, "sha", 3))
            continue;
        char *end;
        const unsigned long number = strtoul(word, &end, 10);
        if (end == word || end != constraints || number > bits)
            return false;
    }
    return true;
}

static bool read_auth(struct hub_reading *reading, void *field)
{
    enum hub_side_auth *auth = field;
    const char *text = reading->text;
    const struct auth_word *found = find_auth(text, strlen(text));
    const bool constrained = !found;
    if (!found)
        found = find_auth(text, strcspn(text, "-"));
    if (!found || (constrained && !found->bits))
        return hub_expected(reading,
                            "expected psk, pubkey, rsa, ecdsa, xauth, xauth-generic, xauth-radius "
                            "or xauth-eap");
    if (constrained && !holds_anyway(text + strlen(found->word), found->bits))
        return hub_expected(reading, "expected no demand but hashes and up to %u bits of a key",
                            found->bits);
    *auth = found->auth;
    if (constrained)
        hub_note(reading, "the kind of the key counts, what follows changes nothing: the hash of "
                          "an IKEv1 signature is the one that is negotiated");
    if (!strcmp(text, "xauth-eap"))
        hub_note(reading, "RADIUS servers are asked as with xauth-radius: EAP is not spoken");
    return true;
}

/* ------------------------------------------------------------------ certificates by sections */

/* A section cert or cacert. */
struct raw_file {
    const char *file;
};

#define TOKEN "keys and certificates come from files, not from tokens"

static const struct hub_option file_options[] = {
    {"file", hub_read_text, offsetof(struct raw_file, file), NULL},
    {"handle", HUB_REFUSE(NULL, TOKEN)},
    {"slot", HUB_IGNORE(NULL, TOKEN)},
    {"module", HUB_IGNORE(NULL, TOKEN)},
};

static const struct hub_schema file_schema = {
    .options = file_options,
    .option_count = x4m_countof(file_options),
};

/* Adds to what is written as a list. */
static void read_file(struct hub_build *build, const struct settings_section *section,
                      const char **names)
{
    struct raw_file raw = {0};
    hub_schema_read(build, &file_schema, section, &raw);
    if (!raw.file || *raw.file != '/') {
        hub_schema_error(build, section, "file", "expected an absolute path");
        return;
    }
    const size_t before = *names ? strlen(*names) : 0;
    char *joined = hub_arena_alloc(build->arena, before + strlen(raw.file) + 2);
    if (joined)
        sprintf(joined, "%s%s%s", *names ? *names : "", *names ? "," : "", raw.file);
    *names = joined;
}

static void read_cert(struct hub_build *build, const struct settings_section *section, void *target)
{
    struct hub_side *side = target;
    read_file(build, section, &side->certs);
}

static void read_cacert(struct hub_build *build, const struct settings_section *section,
                        void *target)
{
    struct hub_side *side = target;
    read_file(build, section, &side->cacerts);
}

/* ------------------------------------------------------------------ tables */

static bool read_id(struct hub_reading *reading, void *field)
{
    struct hub_side *side = field;
    side->id_refused = !hub_read_identity(reading, &side->id);
    return !side->id_refused;
}

static const struct hub_word revocations[] = {
    {"relaxed", HUB_REVOCATION_RELAXED},
    {"ifuri", HUB_REVOCATION_IFURI},
    {"strict", HUB_REVOCATION_STRICT},
    {NULL, 0},
};

static const struct hub_bounds round_bounds = {0, 1000};

#define SIDE(member) offsetof(struct hub_side, member)
#define NO_EAP       "EAP belongs to IKEv2"

static const struct hub_option local_options[] = {
    {"auth", read_auth, SIDE(auth), NULL},
    {"id", read_id, 0, NULL},
    {"round", hub_read_number, SIDE(round), &round_bounds},
    {"certs", hub_read_text, SIDE(certs), NULL},
    {"pubkeys", hub_read_text, SIDE(pubkeys), NULL},
    {"eap_id", HUB_IGNORE(NULL, NO_EAP)},
    {"aaa_id", HUB_IGNORE(NULL, NO_EAP)},
    {"xauth_id", hub_read_text, SIDE(xauth_id), NULL},
};

#define ADMITS "without it peers would be let in that it keeps out"

static const struct hub_option remote_options[] = {
    {"auth", read_auth, SIDE(auth), NULL},
    {"id", read_id, 0, NULL},
    {"round", hub_read_number, SIDE(round), &round_bounds},
    {"eap_id", HUB_IGNORE(NULL, NO_EAP)},
    {"groups", hub_read_text, SIDE(groups), NULL},
    {"cert_policy", HUB_REFUSE(NULL, ADMITS)},
    {"certs", hub_read_text, SIDE(certs), NULL},
    {"cacerts", hub_read_text, SIDE(cacerts), NULL},
    {"ca_id", HUB_REFUSE(NULL, ADMITS)},
    {"pubkeys", hub_read_text, SIDE(pubkeys), NULL},
    {"revocation", hub_read_word, SIDE(revocation), revocations},
};

static const struct hub_subsection local_sections[] = {
    {"cert*", read_cert, NULL},
};

static const struct hub_subsection remote_sections[] = {
    {"cert*", read_cert, NULL},
    {"cacert*", read_cacert, NULL},
};

static const struct hub_schema local_schema = {
    .options = local_options,
    .option_count = x4m_countof(local_options),
    .sections = local_sections,
    .section_count = x4m_countof(local_sections),
};

static const struct hub_schema remote_schema = {
    .options = remote_options,
    .option_count = x4m_countof(remote_options),
    .sections = remote_sections,
    .section_count = x4m_countof(remote_sections),
};

/* The user's goes beside the other one, whichever comes first. */
static void read_side(struct hub_build *build, const struct settings_section *section,
                      const struct hub_schema *schema, struct hub_sides *sides)
{
    struct hub_side raw = {.section = section, .auth = HUB_SIDE_PUBKEY};
    hub_schema_read(build, schema, section, &raw);
    struct hub_side *into = raw.auth >= HUB_SIDE_XAUTH ? &sides->user : &sides->key;
    if (into->section)
        hub_report_error(&build->report, section->place,
                         "section '%s': a second round of authentication may only be xauth",
                         section->name);
    else
        *into = raw;
}

void hub_side_read_local(struct hub_build *build, const struct settings_section *section,
                         struct hub_sides *sides)
{
    read_side(build, section, &local_schema, sides);
}

void hub_side_read_remote(struct hub_build *build, const struct settings_section *section,
                          struct hub_sides *sides)
{
    read_side(build, section, &remote_schema, sides);
}

/* ------------------------------------------------------------------ checks */

bool hub_side_signs(const struct hub_side *side)
{
    return side->section && side->auth >= HUB_SIDE_PUBKEY && side->auth <= HUB_SIDE_ECDSA;
}

/* What a side's method has no use for would be ignored: it is refused. */
static void check_options(struct hub_build *build, const struct hub_side *side)
{
    static const struct {
        const char *name;
        bool signs;
        const char *text;
    } rows[] = {
        {"certs", true, "expected auth = pubkey beside it"},
        {"cacerts", true, "expected auth = pubkey beside it"},
        {"revocation", true, "expected auth = pubkey beside it"},
        {"pubkeys", true, "expected auth = pubkey beside it"},
        {"xauth_id", false, "expected auth = xauth beside it"},
    };
    const bool user = side->auth >= HUB_SIDE_XAUTH;
    if (side->groups && side->auth != HUB_SIDE_XAUTH_RADIUS)
        hub_schema_error(build, side->section, "groups",
                         "expected auth = xauth-radius beside it, whose servers tell classes");
    for (size_t i = 0; side->section && i < x4m_countof(rows); i++)
        if (!(rows[i].signs ? hub_side_signs(side) : user) &&
            hub_schema_value(side->section, rows[i].name))
            hub_schema_error(build, side->section, rows[i].name, "%s", rows[i].text);
}

/* A raw key stands for certificates: what is said of those would be ignored. */
static void check_raw_key(struct hub_build *build, const struct hub_side *side)
{
    static const char *const others[] = {"certs", "cacerts", "revocation"};
    for (size_t i = 0; side->pubkeys && i < x4m_countof(others); i++)
        if (hub_schema_value(side->section, others[i]))
            hub_schema_error(build, side->section, others[i], "expected no pubkeys beside it");
}

/* Beside another section of its side the user's has no identity of its own, and comes later. */
static void check_user(struct hub_build *build, const struct hub_side *user,
                       const struct hub_side *beside)
{
    if (!user->section || !beside->section)
        return;
    if (hub_schema_value(user->section, "id"))
        hub_schema_error(build, user->section, "id", "expected it in section '%s'",
                         beside->section->name);
    if (user->round < beside->round)
        hub_schema_error(build, user->section, "round",
                         "expected at least that of section '%s': users are asked last",
                         beside->section->name);
}

void hub_side_check(struct hub_build *build, const struct hub_sides *sides)
{
    check_options(build, &sides->key);
    check_options(build, &sides->user);
    check_raw_key(build, &sides->key);
    check_user(build, &sides->user, &sides->key);
}

static bool alike(enum hub_side_auth local, enum hub_side_auth remote)
{
    return local == remote || (local != HUB_SIDE_PSK && remote == HUB_SIDE_PUBKEY) ||
           (remote != HUB_SIDE_PSK && local == HUB_SIDE_PUBKEY);
}

void hub_side_check_both(struct hub_build *build, const struct settings_section *connection,
                         const struct hub_sides *local, const struct hub_sides *remote)
{
    if (!local->key.section && !local->user.section)
        hub_schema_error(build, connection, "local", "expected local { auth = psk } or pubkey");
    if (!remote->key.section && !remote->user.section)
        hub_schema_error(build, connection, "remote", "expected remote { auth = psk } or pubkey");
    if (local->key.section && remote->key.section && !alike(local->key.auth, remote->key.auth))
        hub_schema_error(build, remote->key.section, "auth",
                         "expected what is in local: in IKEv1 both sides authenticate alike");
    if (local->user.section && remote->user.section)
        hub_schema_error(build, remote->user.section, "auth",
                         "expected xauth on one side: only one has a user");
    if (local->user.auth == HUB_SIDE_XAUTH_RADIUS)
        hub_schema_error(build, local->user.section, "auth",
                         "expected xauth: only a peer's user is asked of RADIUS servers");
}
