/* SPDX-License-Identifier: BSD-2-Clause */
#include "store/record.h"

#include <stddef.h>

#include "store/field.h"
#include "x4/crypto/cipher.h"
#include "x4/crypto/hash.h"
#include "x4/ike/identity.h"
#include "x4/ike/limits.h"
#include "x4/ike/method.h"

#define FIELD(type, member, codec, since)                                                          \
    {                                                                                              \
        &(codec), offsetof(type, member), since                                                    \
    }
#define ISAKMP(member, codec)          FIELD(struct store_isakmp, member, codec, 0)
#define ISAKMP_SINCE(m, member, codec) FIELD(struct store_isakmp, member, codec, m)
#define CHILD_SINCE(m, member, codec)  FIELD(struct store_child, member, codec, m)
#define CHILD(member, codec)           FIELD(struct store_child, member, codec, 0)

/* In the order of the bytes. New ones come last, with the minor version that they begin with. */
static const struct store_field isakmp_fields[] = {
    ISAKMP(life.up_at, store_u64),
    ISAKMP(life.soft_sec, store_u32),
    ISAKMP(life.life_sec, store_u32),
    ISAKMP(keys.cookie_i, store_cookie),
    ISAKMP(keys.cookie_r, store_cookie),
    ISAKMP(keys.role, store_role),
    ISAKMP(keys.link, store_link),
    ISAKMP(keys, store_keys1),
    ISAKMP(keys.local_id, store_id),
    ISAKMP(keys.remote_id, store_id),
    ISAKMP(keys.user, store_user),
    ISAKMP(keys.knows_dpd, store_flag),
    ISAKMP(keys.dpd_sequence, store_u32),
    ISAKMP(keys.natt, store_natt),
    ISAKMP(keys.behind_local, store_flag),
    ISAKMP(keys.behind_remote, store_flag),
    ISAKMP(keys.fragments, store_flag),
    ISAKMP(keys.fragment_size, store_u16),
    ISAKMP(keys.life_left_kb, store_u32),
    ISAKMP(connection, store_text),
    ISAKMP(inner, store_addr),
    ISAKMP(replaced, store_flag),
    ISAKMP_SINCE(1, session, store_session),
    ISAKMP_SINCE(2, inner6, store_addr),
};

static const struct store_field child_fields[] = {
    CHILD(life.up_at, store_u64),
    CHILD(life.soft_sec, store_u32),
    CHILD(life.life_sec, store_u32),
    CHILD(cookie_i, store_cookie),
    CHILD(cookie_r, store_cookie),
    CHILD(keys.role, store_role),
    CHILD(keys, store_keys2),
    CHILD(keys.message_id, store_u32),
    CHILD(keys.selectors, store_flag),
    CHILD(keys.local, store_selector),
    CHILD(keys.remote, store_selector),
    CHILD(keys.original_local, store_addr),
    CHILD(keys.original_remote, store_addr),
    CHILD(keys.life_kb, store_u32),
    CHILD(keys.soft_kb, store_u32),
    CHILD(link, store_link),
    CHILD(local_id, store_id),
    CHILD(remote_id, store_id),
    CHILD(connection, store_text),
    CHILD(child, store_text),
    CHILD(inner, store_addr),
    CHILD(out_sequence, store_u64),
    CHILD(replaced, store_flag),
    CHILD(adopted, store_flag),
    CHILD_SINCE(2, inner6, store_addr),
};

/* -------------------------------------------------------------------------- what can be */

#define GROUP_END (x4c_group_curve448 + 1)

static bool can_be_text(const x4s_chunk *text)
{
    return text->len > 0 && text->len <= STORE_TEXT_MAX && !memchr(text->data, 0, text->len);
}

static bool can_be_life(const struct store_life *life)
{
    return life->up_at > 0 && life->up_at < STORE_TIME_END && life->written < STORE_TIME_END;
}

static bool is_zero(const uint8_t cookie[8])
{
    static const uint8_t zero[8] = {0};
    return !memcmp(cookie, zero, sizeof(zero));
}

static bool can_be_suite(const x4s_ike_keys1 *keys)
{
    const x4s_ike_transform1 *suite = &keys->suite;
    const size_t prf = x4_hash_size((x4e_hash)suite->hash);
    const size_t key = x4_cipher_key_size((x4e_cipher)suite->cipher, suite->key_bits);
    return prf && key && keys->skeyid_d.len == prf && keys->skeyid_a.len == prf &&
           keys->cipher_key.len == key && x4_method(suite->auth) &&
           suite->group != x4c_group_none && suite->group < GROUP_END;
}

static bool can_be_inner(const x4s_net_addr *inner, const x4s_net_addr *inner6)
{
    return !inner6->family || (inner6->family == x4c_net_ipv6 && inner->family == x4c_net_ipv4);
}

static bool can_be_isakmp(const struct store_isakmp *sa)
{
    const x4s_ike_keys1 *keys = &sa->keys;
    return can_be_life(&sa->life) && !is_zero(keys->cookie_i) && !is_zero(keys->cookie_r) &&
           can_be_suite(keys) && x4_identity_valid(&keys->local_id) &&
           x4_identity_valid(&keys->remote_id) && keys->user.len <= x4c_limit_xauth_values &&
           can_be_text(&sa->connection) && store_session_can_be(&sa->session) &&
           can_be_inner(&sa->inner, &sa->inner6);
}

static bool can_be_child(const struct store_child *child)
{
    const x4s_ike_keys2 *keys = &child->keys;
    const bool families = keys->local.family && keys->remote.family;
    return can_be_life(&child->life) && is_zero(child->cookie_i) == is_zero(child->cookie_r) &&
           keys->transform.group < GROUP_END && (!keys->selectors || families) &&
           x4_identity_valid(&child->local_id) && x4_identity_valid(&child->remote_id) &&
           can_be_text(&child->connection) && can_be_text(&child->child) &&
           can_be_inner(&child->inner, &child->inner6);
}

/* -------------------------------------------------------------------------- time */

/* Milliseconds since it came up, by the clock that is ahead. */
static uint64_t elapsed(const struct store_life *life, uint64_t now)
{
    const uint64_t latest = x4m_max(now, life->written);
    return latest > life->up_at ? latest - life->up_at : 0;
}

/* Of `seconds` what is left, rounded down; 0: nothing. */
static uint32_t left(uint32_t seconds, uint64_t elapsed_ms)
{
    const uint64_t end = (uint64_t)seconds * 1000;
    return end > elapsed_ms ? (uint32_t)((end - elapsed_ms) / 1000) : 0;
}

static enum store_reason live(struct store_life *life, uint64_t now)
{
    const uint64_t since = elapsed(life, now);
    life->life_left_sec = left(life->life_sec, since);
    if (life->life_sec && !life->life_left_sec)
        return STORE_expired;
    if (life->soft_sec)
        life->soft_left_sec = x4m_max(left(life->soft_sec, since), 1U);
    return STORE_none;
}

static uint32_t age_sec(const struct store_life *life, uint64_t now)
{
    const uint64_t seconds = (elapsed(life, now) + 999) / 1000;
    return (uint32_t)x4m_min(seconds, (uint64_t)UINT32_MAX);
}

/* -------------------------------------------------------------------------- the whole */

static void put_head(x4s_writer *w, enum store_kind kind, const struct store_life *life)
{
    x4_writer_u8(w, STORE_MAJOR);
    x4_writer_u8(w, STORE_MINOR);
    x4_writer_u8(w, (uint8_t)kind);
    store_u64.put(w, &life->written);
}

static enum store_reason get_head(struct store_source *source, enum store_kind kind, uint8_t *minor,
                                  struct store_life *life)
{
    const uint8_t major = x4_reader_u8(&source->reader);
    *minor = x4_reader_u8(&source->reader);
    const uint8_t of_kind = x4_reader_u8(&source->reader);
    store_u64.get(source, &life->written);
    if (major > STORE_MAJOR)
        return STORE_too_new;
    if (source->reader.failed)
        return STORE_truncated;
    if (major < STORE_MAJOR)
        return STORE_bad_value;
    return of_kind == kind ? STORE_none : STORE_wrong_kind;
}

/* The fields of this version were read; those of a newer minor version may follow. */
static enum store_reason end_of(const struct store_source *source, uint8_t minor)
{
    if (source->bad)
        return STORE_bad_value;
    if (source->reader.failed)
        return STORE_truncated;
    if (minor <= STORE_MINOR && !x4_reader_done(&source->reader))
        return STORE_trailing;
    return STORE_none;
}

/* What a record of that minor version has. */
static size_t count_of(const struct store_field *fields, size_t count, uint8_t minor)
{
    while (count > 0 && fields[count - 1].since > minor)
        count--;
    return count;
}

static enum store_reason get(x4s_chunk bytes, enum store_kind kind,
                             const struct store_field *fields, size_t count, void *record,
                             struct store_life *life)
{
    struct store_source source = {.reader = x4_reader(bytes.data, bytes.len)};
    uint8_t minor;
    const enum store_reason reason = get_head(&source, kind, &minor, life);
    if (reason != STORE_none)
        return reason;
    store_fields_get(&source, fields, count_of(fields, count, minor), record);
    return end_of(&source, minor);
}

static enum store_reason read_isakmp(x4s_chunk bytes, uint64_t now, struct store_isakmp *sa)
{
    enum store_reason reason =
        get(bytes, STORE_ISAKMP, isakmp_fields, x4m_countof(isakmp_fields), sa, &sa->life);
    if (reason == STORE_none && !can_be_isakmp(sa))
        reason = STORE_bad_value;
    if (reason == STORE_none)
        reason = live(&sa->life, now);
    sa->keys.age_sec = age_sec(&sa->life, now);
    sa->keys.life_left_sec = sa->life.life_left_sec;
    return reason;
}

enum store_reason store_isakmp_read(x4s_chunk bytes, uint64_t now, struct store_isakmp *sa)
{
    *sa = (struct store_isakmp){0};
    const enum store_reason reason = read_isakmp(bytes, now, sa);
    if (reason != STORE_none)
        x4_wipe(sa, sizeof(*sa));
    return reason;
}

static enum store_reason read_child(x4s_chunk bytes, uint64_t now, struct store_child *child)
{
    enum store_reason reason =
        get(bytes, STORE_CHILD, child_fields, x4m_countof(child_fields), child, &child->life);
    if (reason == STORE_none && !can_be_child(child))
        reason = STORE_bad_value;
    if (reason == STORE_none)
        reason = live(&child->life, now);
    child->keys.life_left_sec = child->life.life_left_sec;
    return reason;
}

enum store_reason store_child_read(x4s_chunk bytes, uint64_t now, struct store_child *child)
{
    *child = (struct store_child){0};
    const enum store_reason reason = read_child(bytes, now, child);
    if (reason != STORE_none)
        x4_wipe(child, sizeof(*child));
    return reason;
}

/* -------------------------------------------------------------------------- writing */

/* What is written can be read: an SA that is lost is noticed now, not when it is needed. */
static size_t isakmp_len(const x4s_writer *w, uint64_t at)
{
    struct store_isakmp sa;
    const x4s_chunk bytes = {w->base, x4_writer_len(w)};
    const enum store_reason reason =
        w->failed ? STORE_truncated : store_isakmp_read(bytes, at, &sa);
    x4_wipe(&sa, sizeof(sa));
    return reason == STORE_none || reason == STORE_expired ? bytes.len : 0;
}

size_t store_isakmp_write(const struct store_isakmp *sa, uint8_t bytes[STORE_RECORD_MAX])
{
    x4s_writer w = x4_writer(bytes, STORE_RECORD_MAX);
    if (!can_be_isakmp(sa))
        return 0;
    put_head(&w, STORE_ISAKMP, &sa->life);
    store_fields_put(&w, isakmp_fields, x4m_countof(isakmp_fields), sa);
    return isakmp_len(&w, sa->life.up_at);
}

static size_t child_len(const x4s_writer *w, uint64_t at)
{
    struct store_child child;
    const x4s_chunk bytes = {w->base, x4_writer_len(w)};
    const enum store_reason reason =
        w->failed ? STORE_truncated : store_child_read(bytes, at, &child);
    x4_wipe(&child, sizeof(child));
    return reason == STORE_none || reason == STORE_expired ? bytes.len : 0;
}

size_t store_child_write(const struct store_child *child, uint8_t bytes[STORE_RECORD_MAX])
{
    x4s_writer w = x4_writer(bytes, STORE_RECORD_MAX);
    if (!can_be_child(child))
        return 0;
    put_head(&w, STORE_CHILD, &child->life);
    store_fields_put(&w, child_fields, x4m_countof(child_fields), child);
    return child_len(&w, child->life.up_at);
}
