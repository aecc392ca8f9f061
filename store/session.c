/* SPDX-License-Identifier: BSD-2-Clause */
#include "store/session.h"

#include <stddef.h>

#define SESSION(member, codec)                                                                     \
    {                                                                                              \
        &(codec), offsetof(struct store_session, member), 0                                        \
    }

static const struct store_field fields[] = {
    SESSION(began_at, store_u64), SESSION(ends_at, store_u64),     SESSION(salt, store_u32),
    SESSION(number, store_u32),   SESSION(interim_sec, store_u32), SESSION(started, store_flag),
    SESSION(framed, store_addr),  SESSION(netmask, store_addr),    SESSION(user, store_text),
    SESSION(classes, store_user),
};

static void put_session(x4s_writer *w, const void *field)
{
    const struct store_session *session = field;
    const bool there = session->began_at != 0;
    store_flag.put(w, &there);
    if (there)
        store_fields_put(w, fields, x4m_countof(fields), session);
}

static void get_session(struct store_source *source, void *field)
{
    struct store_session *session = field;
    bool there = false;
    store_flag.get(source, &there);
    if (!there)
        return;
    store_fields_get(source, fields, x4m_countof(fields), session);
    if (!session->began_at && !source->reader.failed)
        source->bad = true;
}

const struct store_codec store_session = {put_session, get_session};

/* Each attribute says its length in its second byte. */
static bool can_be_classes(x4s_chunk classes)
{
    size_t at = 0;
    while (classes.len - at >= 2 && classes.data[at + 1] >= 2 &&
           classes.data[at + 1] <= classes.len - at)
        at += classes.data[at + 1];
    return at == classes.len && classes.len <= STORE_SESSION_CLASSES_MAX;
}

bool store_session_can_be(const struct store_session *session)
{
    if (!session->began_at)
        return true;
    return session->began_at < STORE_TIME_END && session->ends_at < STORE_TIME_END &&
           session->user.len > 0 && session->user.len <= STORE_SESSION_USER_MAX &&
           can_be_classes(session->classes);
}
