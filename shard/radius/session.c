/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/radius/session.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "shard/keep/persist.h"
#include "shard/lease.h"
#include "shard/radius/usage.h"

/* Acct-Status-Type */
enum { STATUS_START = 1, STATUS_STOP = 2, STATUS_INTERIM = 3 };

/* Acct-Terminate-Cause (RFC 2866 5.10) */
enum {
    CAUSE_USER_REQUEST = 1,
    CAUSE_LOST_CARRIER = 2,
    CAUSE_SESSION_TIMEOUT = 5,
    CAUSE_ADMIN_RESET = 6,
    CAUSE_NAS_REQUEST = 10,
    CAUSE_NAS_REBOOT = 11,
};

#define AUTHENTIC_RADIUS    1
#define PORT_TYPE_VIRTUAL   5
#define SERVICE_TYPE_FRAMED 2
#define INTERIM_SEC_MIN     60 /* RFC 2869 5.16 */
#define USER_SESSIONS_MAX   64 /* of one shard that one request of a server's is about */

/* ------------------------------------------------------------------ who it is */

/* Before there is a session it is what its would be. */
static struct shard_session_name name_of(const struct shard_sa *sa)
{
    if (sa->session)
        return sa->session->name;
    return (struct shard_session_name){sa->shard->session_salt, sa->enrolled.number};
}

/* "192.0.2.1", or "192.0.2.1[4500]". */
static void put_station(struct radius_writer *writer, uint8_t type, const x4s_net_addr *addr,
                        bool port)
{
    char text[INET6_ADDRSTRLEN] = "";
    char whole[INET6_ADDRSTRLEN + 8];
    inet_ntop(addr->family == x4c_net_ipv4 ? AF_INET : AF_INET6, addr->ip, text, sizeof(text));
    if (port)
        snprintf(whole, sizeof(whole), "%s[%u]", text, addr->port);
    radius_put_text(writer, type, port ? whole : text);
}

void shard_session_describe(const struct shard_sa *sa, struct radius_writer *writer, x4s_chunk user)
{
    const struct hub_radius *config = &sa->connection->config->daemon.radius;
    const x4s_net_addr *local = &sa->link.local;
    const struct shard_session_name name = name_of(sa);
    char id[SHARD_SESSION_ID];

    snprintf(id, sizeof(id), "%08" PRIx32 "-%08" PRIx32, name.salt, name.number);
    radius_put(writer, RADIUS_USER_NAME, user.data, user.len);
    radius_put(writer,
               local->family == x4c_net_ipv4 ? RADIUS_NAS_IP_ADDRESS : RADIUS_NAS_IPV6_ADDRESS,
               local->ip, x4_net_addr_size(local->family));
    radius_put_text(writer, RADIUS_NAS_IDENTIFIER, config->nas_identifier);
    radius_put_number(writer, RADIUS_NAS_PORT, name.number);
    radius_put_number(writer, RADIUS_NAS_PORT_TYPE, PORT_TYPE_VIRTUAL);
    radius_put_number(writer, RADIUS_SERVICE_TYPE, SERVICE_TYPE_FRAMED);
    put_station(writer, RADIUS_CALLED_STATION_ID, local, config->station_port);
    put_station(writer, RADIUS_CALLING_STATION_ID, &sa->link.remote, config->station_port);
    radius_put_text(writer, RADIUS_ACCT_SESSION_ID, id);
}

/* ------------------------------------------------------------------ records */

static x4s_chunk user_of(const struct shard_session *session)
{
    return (x4s_chunk){session->data + session->classes_len, session->user_len};
}

static void put_framed(struct radius_writer *writer, const struct shard_sa *sa)
{
    const x4s_net_addr *ip4 = shard_lease_addr(sa, x4c_net_ipv4);
    const x4s_net_addr *ip6 = shard_lease_addr(sa, x4c_net_ipv6);
    if (ip4)
        radius_put(writer, RADIUS_FRAMED_IP_ADDRESS, ip4->ip, x4_net_addr_size(ip4->family));
    if (ip6)
        radius_put(writer, RADIUS_FRAMED_IPV6_ADDRESS, ip6->ip, x4_net_addr_size(ip6->family));
}

static void put_classes(struct radius_writer *writer, const struct shard_session *session)
{
    const uint8_t *data = session->data;
    for (size_t at = 0; at < session->classes_len; at += data[at + 1])
        radius_put(writer, RADIUS_CLASS, data + at + 2, data[at + 1] - (size_t)2);
}

static x4_msec age_of(const struct shard_session *session)
{
    return session->sa->shard->now - session->began_at + session->before_ms;
}

static void tell(struct shard_session *session, uint32_t status)
{
    struct shard_sa *sa = session->sa;
    struct shard *shard = sa->shard;
    struct radius_writer writer;

    radius_write(&writer);
    radius_put_number(&writer, RADIUS_ACCT_STATUS_TYPE, status);
    shard_session_describe(sa, &writer, user_of(session));
    radius_put_number(&writer, RADIUS_ACCT_AUTHENTIC, AUTHENTIC_RADIUS);
    radius_put_number(&writer, RADIUS_EVENT_TIMESTAMP, (uint32_t)time(NULL));
    put_framed(&writer, sa);
    put_classes(&writer, session);
    if (status != STATUS_START)
        radius_put_number(&writer, RADIUS_ACCT_SESSION_TIME, (uint32_t)(age_of(session) / 1000));
    if (status == STATUS_STOP)
        radius_put_number(&writer, RADIUS_ACCT_TERMINATE_CAUSE, session->cause);
    session->told_at = shard->now;
    shard_usage_send(session->usage, &writer, status != STATUS_START);
}

/* A kernel that does not answer keeps one record waiting, not more and more. */
static void tell_interim(struct shard_session *session)
{
    session->told_at = session->sa->shard->now;
    if (shard_usage_is_waiting(session->usage))
        return;
    shard_usage_ask(session->usage);
    tell(session, STATUS_INTERIM);
}

/* ------------------------------------------------------------------ time */

static void set_timer(struct shard_session *session)
{
    struct shard *shard = session->sa->shard;
    x4_msec next = session->ends_at ? session->ends_at : x4c_never;
    if (session->started && session->interim_sec)
        next = x4m_min(next, session->told_at + session->interim_sec * (x4_msec)1000);
    shard_timer_cancel(shard, &session->timer);
    if (next != x4c_never)
        shard_timer_set(shard, &session->timer, next > shard->now ? next - shard->now : 0);
}

static void on_timer(struct shard *shard, struct shard_timer *timer)
{
    struct shard_session *session = x4m_container(timer, struct shard_session, timer);
    if (session->ends_at && session->ends_at <= shard->now) {
        session->cause = CAUSE_SESSION_TIMEOUT;
        shard_sa_end(session->sa, SHARD_END_session_timeout, true);
        return;
    }
    tell_interim(session);
    set_timer(session);
}

/* ------------------------------------------------------------------ from the beginning to the end
 */

static uint64_t hash_user(const struct shard *shard, x4s_chunk user)
{
    return x4_siphash(shard->hash_key, user.data, user.len);
}

static uint64_t hash_name(const struct shard *shard, const struct shard_session_name *name)
{
    return x4_siphash(shard->hash_key, name, sizeof(*name));
}

static x4_msec end_after(const struct shard *shard, uint32_t timeout_sec)
{
    return timeout_sec ? shard->now + timeout_sec * (x4_msec)1000 : 0;
}

static uint32_t interim_of(uint32_t said, uint32_t configured)
{
    if (!said)
        return configured;
    return x4m_max(said, (uint32_t)INTERIM_SEC_MIN);
}

static struct shard_session *make(struct shard_sa *sa, struct shard_session_name name,
                                  x4s_chunk user, x4s_chunk classes)
{
    struct shard *shard = sa->shard;
    struct shard_session *session = calloc(1, sizeof(*session) + classes.len + user.len);
    if (!session)
        return NULL;
    session->usage = shard_usage_new(shard);
    if (!session->usage) {
        free(session);
        return NULL;
    }
    session->sa = sa;
    session->timer.fire = on_timer;
    session->name = name;
    session->began_at = session->told_at = shard->now;
    session->classes_len = classes.len;
    session->user_len = user.len;
    if (classes.len)
        memcpy(session->data, classes.data, classes.len);
    memcpy(session->data + classes.len, user.data, user.len);
    x4_table_insert(&shard->sessions, &session->by_user, hash_user(shard, user));
    x4_table_insert(&shard->named_sessions, &session->by_name, hash_name(shard, &name));
    sa->session = session;
    return session;
}

bool shard_session_new(struct shard_sa *sa, x4s_chunk user, const struct radius_verdict *verdict)
{
    const struct hub_radius *config = &sa->connection->config->daemon.radius;
    const x4s_chunk classes = {verdict->classes, verdict->classes_len};
    struct shard_session *session = make(sa, name_of(sa), user, classes);
    if (!session)
        return false;
    session->ends_at = end_after(sa->shard, verdict->timeout_sec);
    session->interim_sec = interim_of(verdict->interim_sec, config->interval_sec);
    if (sa->connection->framed) {
        session->framed = verdict->framed;
        memcpy(session->netmask, verdict->netmask, sizeof(session->netmask));
    }
    set_timer(session);
    return true;
}

/* ------------------------------------------------------------------ records of the SA */

_Static_assert(RADIUS_CLASSES_MAX <= STORE_SESSION_CLASSES_MAX &&
                   RADIUS_VALUE_MAX <= STORE_SESSION_USER_MAX,
               "every session has a record");

void shard_session_keep(const struct shard_sa *sa, struct store_session *record)
{
    const struct shard_session *session = sa->session;
    const uint64_t wall = shard_wall_clock();
    *record = (struct store_session){0};
    if (!session)
        return;
    record->began_at = wall - age_of(session);
    record->ends_at = session->ends_at ? wall + session->ends_at - sa->shard->now : 0;
    record->salt = session->name.salt;
    record->number = session->name.number;
    record->interim_sec = session->interim_sec;
    record->started = session->started;
    record->framed = session->framed;
    if (session->framed.family == x4c_net_ipv4) {
        record->netmask.family = x4c_net_ipv4;
        memcpy(record->netmask.ip, session->netmask, sizeof(session->netmask));
    }
    record->user = user_of(session);
    record->classes = (x4s_chunk){session->data, session->classes_len};
}

bool shard_session_resume(struct shard_sa *sa, const struct store_session *record)
{
    const uint64_t wall = shard_wall_clock();
    if (!record->began_at)
        return true;
    struct shard_session *session =
        make(sa, (struct shard_session_name){record->salt, record->number}, record->user,
             record->classes);
    if (!session)
        return false;
    session->before_ms = wall > record->began_at ? wall - record->began_at : 0;
    if (record->ends_at)
        session->ends_at = sa->shard->now + (record->ends_at > wall ? record->ends_at - wall : 0);
    session->interim_sec = record->interim_sec;
    session->started = record->started;
    session->framed = record->framed;
    memcpy(session->netmask, record->netmask.ip, sizeof(session->netmask));
    set_timer(session);
    return true;
}

/* ------------------------------------------------------------------ the end */

void shard_session_child_up(struct shard_child *child, bool fresh)
{
    struct shard_sa *sa = child->sa;
    struct shard_session *session = sa->session;
    if (!session || !sa->connection->config->daemon.radius.accounting)
        return;
    shard_usage_begin(session->usage, child->spi_in, fresh);
    if (session->started)
        return;
    session->started = true;
    session->began_at = sa->shard->now;
    session->before_ms = 0;
    tell(session, STATUS_START);
    set_timer(session);
    shard_persist_changed1(sa);
}

void shard_session_child_gone(struct shard_child *child)
{
    if (child->sa->session)
        shard_usage_end(child->sa->session->usage, child->spi_in);
}

void shard_session_disposed(struct shard_sa *sa, x4e_ike_reason reason)
{
    if (!sa->session || sa->session->cause)
        return;
    if (reason == x4c_ike_deleted)
        sa->session->cause = CAUSE_USER_REQUEST;
    else if (reason == x4c_ike_dead_peer)
        sa->session->cause = CAUSE_LOST_CARRIER;
}

static uint8_t cause_of(const struct shard_sa *sa)
{
    switch (sa->end) {
    case SHARD_END_on_request:
    case SHARD_END_disconnected:
        return CAUSE_ADMIN_RESET;
    case SHARD_END_shut_down:
        return CAUSE_NAS_REBOOT;
    case SHARD_END_dead_peer:
        return CAUSE_LOST_CARRIER;
    case SHARD_END_client_left:
        return CAUSE_USER_REQUEST;
    default:
        return CAUSE_NAS_REQUEST;
    }
}

/* Whoever has the SA next tells of its end. */
static bool goes_on(const struct shard_sa *sa)
{
    return sa->end == SHARD_END_handed_over || sa->shard->silent || sa->shard->kernel_leaves;
}

void shard_session_end(struct shard_sa *sa)
{
    struct shard_session *session = sa->session;
    if (!session)
        return;
    if (!session->cause)
        session->cause = cause_of(sa);
    if (session->started && !goes_on(sa))
        tell(session, STATUS_STOP);
    shard_usage_free(session->usage);
    shard_timer_cancel(sa->shard, &session->timer);
    x4_table_remove(&sa->shard->sessions, &session->by_user);
    x4_table_remove(&sa->shard->named_sessions, &session->by_name);
    sa->session = NULL;
    free(session);
}

/* ------------------------------------------------------------------ what servers want */

static bval has_user(const x4s_table_link *link, const void *key)
{
    const struct shard_session *session = x4m_container_const(link, struct shard_session, by_user);
    const x4s_chunk *user = key;
    return session->user_len == user->len &&
           memcmp(user_of(session).data, user->data, user->len) == 0;
}

static bool is_meant(const struct shard_session *session, const struct shard_session_order *order)
{
    const x4s_chunk user = {order->user, order->user_len};
    const x4s_net_addr *addr = shard_lease_addr(session->sa, order->framed.family);
    if (order->user_len && !has_user(&session->by_user, &user))
        return false;
    return !order->framed.family || (addr && x4_net_addr_same_ip(addr, &order->framed));
}

static void carry_out(struct shard_session *session, struct shard_session_order *order)
{
    struct shard *shard = session->sa->shard;
    order->done++;
    if (order->end) {
        shard_sa_end(session->sa, SHARD_END_disconnected, true);
        return;
    }
    if (order->has_timeout)
        session->ends_at = end_after(shard, order->timeout_sec);
    if (order->has_interim)
        session->interim_sec = interim_of(order->interim_sec, 0);
    set_timer(session);
    shard_persist_changed1(session->sa);
}

/* The numbers of SAs of a user: to end one may change which there are. */
static size_t collect(struct shard *shard, x4s_chunk user, uint32_t numbers[USER_SESSIONS_MAX])
{
    const uint64_t hash = hash_user(shard, user);
    x4s_table_link *links[USER_SESSIONS_MAX];
    size_t count = 0;
    while (count < USER_SESSIONS_MAX &&
           (links[count] = x4_table_find(&shard->sessions, hash, has_user, &user))) {
        const struct shard_session *session =
            x4m_container(links[count], struct shard_session, by_user);
        numbers[count] = session->sa->enrolled.number;
        x4_table_remove(&shard->sessions, links[count++]);
    }
    for (size_t i = 0; i < count; i++)
        x4_table_insert(&shard->sessions, links[i], hash);
    return count;
}

static struct shard_session *session_of(struct shard *shard, uint32_t number)
{
    struct shard_roll_entry *entry = shard_roll_find(&shard->roll, number);
    return entry ? x4m_container(entry, struct shard_sa, enrolled)->session : NULL;
}

static bval has_name(const x4s_table_link *link, const void *key)
{
    const struct shard_session *session = x4m_container_const(link, struct shard_session, by_name);
    const struct shard_session_name *name = key;
    return session->name.salt == name->salt && session->name.number == name->number;
}

/* Both numbers as they are written, and nothing behind them. */
static bool read_name(const char *text, struct shard_session_name *name)
{
    int end = 0;
    return strlen(text) == SHARD_SESSION_ID - 1 &&
           sscanf(text, "%8" SCNx32 "-%8" SCNx32 "%n", &name->salt, &name->number, &end) == 2 &&
           end == SHARD_SESSION_ID - 1;
}

static void obey_by_id(struct shard *shard, struct shard_session_order *order)
{
    struct shard_session_name name;
    x4s_table_link *link =
        read_name(order->session, &name)
            ? x4_table_find(&shard->named_sessions, hash_name(shard, &name), has_name, &name)
            : NULL;
    struct shard_session *session =
        link ? x4m_container(link, struct shard_session, by_name) : NULL;
    if (session && is_meant(session, order))
        carry_out(session, order);
}

static void obey_by_user(struct shard *shard, struct shard_session_order *order)
{
    uint32_t numbers[USER_SESSIONS_MAX];
    const size_t count = collect(shard, (x4s_chunk){order->user, order->user_len}, numbers);
    for (size_t i = 0; i < count; i++) {
        struct shard_session *session = session_of(shard, numbers[i]);
        if (session && is_meant(session, order))
            carry_out(session, order);
    }
}

void shard_session_obey(struct shard *shard, struct shard_session_order *order)
{
    if (*order->session)
        obey_by_id(shard, order);
    else if (order->user_len)
        obey_by_user(shard, order);
}
