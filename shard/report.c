/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/report.h"

#include <string.h>

#include "shard/lease.h"
#include "shard/suite.h"

static const char *role_name(uint8_t role)
{
    return role == x4c_ike_initiator ? "initiator" : "responder";
}

static void put_sa(struct hub_log *log, const struct shard_sa *sa)
{
    hub_log_text(log, "connection", sa->connection->name);
    hub_log_addr(log, "peer", &sa->link.remote);
}

static void put_cookies(struct hub_log *log, const struct shard_sa *sa)
{
    hub_log_bytes(log, "cookie_i", sa->cookie_i, sizeof(sa->cookie_i));
    hub_log_bytes(log, "cookie_r", sa->cookie_r, sizeof(sa->cookie_r));
}

static void put_end(struct hub_log *log, uint8_t end, x4e_ike_reason reason)
{
    hub_log_text(log, "reason", shard_end_name(end, reason));
    hub_log_text(log, "text", shard_end_text(end, reason));
}

/* -------------------------------------------------------------------------- phase 1 */

void shard_report_begun1(struct shard_sa *sa)
{
    struct hub_log *log = &sa->shard->log;
    bool ours = sa->role == x4c_ike_initiator;
    bool begun =
        ours ? hub_log_begin(log, x4c_trace_info, "ph1-initiated")
             : hub_log_begin_limited(log, x4c_trace_info, "ph1-responded", "", sa->shard->now);
    if (!begun)
        return;
    put_sa(log, sa);
    hub_log_addr(log, "local", &sa->link.local);
    hub_log_end(log);
}

static void put_keys1(struct hub_log *log, const x4s_ike_keys1 *keys)
{
    if (!hub_log_begin(log, x4c_trace_notice, "keys"))
        return;
    hub_log_number(log, "phase", 1);
    hub_log_bytes(log, "cookie_i", keys->cookie_i, sizeof(keys->cookie_i));
    hub_log_bytes(log, "cookie_r", keys->cookie_r, sizeof(keys->cookie_r));
    hub_log_bytes(log, "cipher_key", keys->cipher_key.data, keys->cipher_key.len);
    hub_log_end(log);
}

void shard_report_up1(struct shard_sa *sa, const x4s_ike_keys1 *keys)
{
    struct hub_log *log = &sa->shard->log;
    char suite[HUB_SUITE_TEXT];
    /* First, so that who has read the other line has the keys. */
    if (sa->shard->daemon->log_keys)
        put_keys1(log, keys);
    if (!hub_log_begin(log, x4c_trace_info, "ph1-up"))
        return;
    put_sa(log, sa);
    hub_log_addr(log, "local", &sa->link.local);
    hub_log_id(log, "remote_id", &keys->remote_id);
    hub_log_id(log, "local_id", &keys->local_id);
    hub_log_text(log, "role", role_name(sa->role));
    hub_log_text(log, "suite", hub_suite_phase1(&keys->suite, suite));
    put_cookies(log, sa);
    hub_log_number(log, "life_s", keys->life_left_sec);
    hub_log_end(log);
}

static void put_life(struct hub_log *log, uint32_t life_sec, uint32_t life_kb)
{
    hub_log_number(log, "life_s", life_sec);
    if (life_kb)
        hub_log_number(log, "life_kb", life_kb);
}

void shard_report_shortened1(struct shard_sa *sa, uint32_t life_sec, uint32_t life_kb)
{
    struct hub_log *log = &sa->shard->log;
    if (!hub_log_begin_limited(log, x4c_trace_info, "ph1-shortened", "", sa->shard->now))
        return;
    put_sa(log, sa);
    put_life(log, life_sec, life_kb);
    hub_log_end(log);
}

void shard_report_down1(struct shard_sa *sa, x4e_ike_reason reason)
{
    struct hub_log *log = &sa->shard->log;
    const char *name = shard_end_name(sa->end, reason);
    /* Until it is authenticated, a stranger may be behind it. */
    bool ours = sa->up || sa->role == x4c_ike_initiator;
    bool begun = ours
                     ? hub_log_begin(log, x4c_trace_info, "ph1-down")
                     : hub_log_begin_limited(log, x4c_trace_info, "ph1-down", name, sa->shard->now);
    if (!begun)
        return;
    put_sa(log, sa);
    if (sa->peer) {
        x4s_ike_id id = shard_peer_id(sa->peer);
        hub_log_id(log, "remote_id", &id);
    }
    put_end(log, sa->end, reason);
    if (sa->up)
        put_cookies(log, sa);
    hub_log_end(log);
}

void shard_report_moved(struct shard_sa *sa) /* req 3947-8-2 */
{
    struct hub_log *log = &sa->shard->log;
    if (!hub_log_begin(log, x4c_trace_info, "ph1-moved"))
        return;
    put_sa(log, sa);
    put_cookies(log, sa);
    hub_log_end(log);
}

void shard_report_cert_refused(struct shard_sa *sa, x4s_chunk subject, const char *why)
{
    struct hub_log *log = &sa->shard->log;
    const x4s_ike_id name = {x4c_ike_id_dn, subject};
    if (!hub_log_begin_limited(log, x4c_trace_notice, "cert-refused", "", sa->shard->now))
        return;
    put_sa(log, sa);
    if (subject.len)
        hub_log_id(log, "subject", &name);
    hub_log_text(log, "text", why);
    hub_log_end(log);
}

void shard_report_user(struct shard_sa *sa, x4s_chunk name, enum shard_password password)
{
    static const char *const events[] = {
        [SHARD_PASSWORD_RIGHT] = "user-accepted",
        [SHARD_PASSWORD_WRONG] = "user-refused",
        [SHARD_PASSWORD_THROTTLED] = "user-throttled",
    };
    struct hub_log *log = &sa->shard->log;
    const x4s_ike_id id = {x4c_ike_id_key_id, name};
    const x4e_trace_level level =
        password == SHARD_PASSWORD_RIGHT ? x4c_trace_info : x4c_trace_notice;
    if (!hub_log_begin_limited(log, level, events[password], "", sa->shard->now))
        return;
    put_sa(log, sa);
    hub_log_id(log, "user", &id);
    hub_log_end(log);
}

void shard_report_verdict(struct shard_sa *sa, x4s_chunk name, enum shard_user_verdict verdict,
                          x4s_chunk message)
{
    static const char *const events[] = {
        [SHARD_USER_ACCEPTED] = "user-accepted",
        [SHARD_USER_REFUSED] = "user-refused",
        [SHARD_USER_UNKNOWN] = "user-unanswered",
        [SHARD_USER_CHALLENGED] = "user-challenged",
    };
    struct hub_log *log = &sa->shard->log;
    const x4s_ike_id id = {x4c_ike_id_key_id, name};
    const bool good = verdict == SHARD_USER_ACCEPTED || verdict == SHARD_USER_CHALLENGED;
    if (!hub_log_begin_limited(log, good ? x4c_trace_info : x4c_trace_notice, events[verdict], "",
                               sa->shard->now))
        return;
    put_sa(log, sa);
    hub_log_id(log, "user", &id);
    if (message.len)
        hub_log_string(log, "message", message.data, message.len);
    hub_log_end(log);
}

void shard_report_lease(struct shard_sa *sa, const struct shard_lease *lease, const char *pool)
{
    struct hub_log *log = &sa->shard->log;
    const x4s_ike_id id = shard_peer_id(sa->peer);
    const bool given = lease != NULL && lease->state == SHARD_LEASE_GIVEN;
    if (!(given ? hub_log_begin(log, x4c_trace_info, "lease")
                : hub_log_begin_limited(log, x4c_trace_notice, "pool-exhausted", pool,
                                        sa->shard->now)))
        return;
    put_sa(log, sa);
    hub_log_id(log, "owner", &id);
    hub_log_text(log, "pool", pool);
    if (given)
        hub_log_addr(log, "address", &lease->addr);
    hub_log_end(log);
}

void shard_report_vip(struct shard_sa *sa, const x4s_net_addr *addr)
{
    struct hub_log *log = &sa->shard->log;
    if (!hub_log_begin(log, x4c_trace_info, "vip"))
        return;
    put_sa(log, sa);
    hub_log_addr(log, "address", addr);
    hub_log_end(log);
}

void shard_report_not_pushed(struct shard_sa *sa, const char *why)
{
    struct hub_log *log = &sa->shard->log;
    if (!hub_log_begin_limited(log, x4c_trace_notice, "not-pushed", "", sa->shard->now))
        return;
    put_sa(log, sa);
    hub_log_text(log, "text", why);
    hub_log_end(log);
}

void shard_report_keepalive(const struct shard_sa *sa)
{
    struct hub_log *log = &sa->shard->log;
    if (!hub_log_begin(log, x4c_trace_debug, "keepalive-sent"))
        return;
    put_sa(log, sa);
    hub_log_end(log);
}

void shard_report_refused(struct shard_sa *sa, const x4s_ike_id *remote_id, enum shard_end why)
{
    struct hub_log *log = &sa->shard->log;
    if (!hub_log_begin_limited(log, x4c_trace_notice, "refused",
                               shard_end_name((uint8_t)why, x4c_ike_none), sa->shard->now))
        return;
    put_end(log, (uint8_t)why, x4c_ike_none);
    put_sa(log, sa);
    hub_log_id(log, "remote_id", remote_id);
    hub_log_end(log);
}

/* -------------------------------------------------------------------------- phase 2 */

static void put_child(struct hub_log *log, const struct shard_child *child)
{
    hub_log_text(log, "connection", child->sa->connection->name);
    hub_log_text(log, "child", child->config->name);
    hub_log_addr(log, "peer", &child->sa->link.remote);
}

static void put_traffic(struct hub_log *log, const struct shard_child *child)
{
    hub_log_selector(log, "local_ts", &child->local);
    hub_log_selector(log, "remote_ts", &child->remote);
}

static void put_spis(struct hub_log *log, uint32_t spi_in, uint32_t spi_out)
{
    hub_log_hex(log, "spi_in", spi_in, 8);
    hub_log_hex(log, "spi_out", spi_out, 8);
}

void shard_report_resumed1(struct shard_sa *sa)
{
    struct hub_log *log = &sa->shard->log;
    if (!hub_log_begin(log, x4c_trace_info, "ph1-resumed"))
        return;
    put_sa(log, sa);
    put_cookies(log, sa);
    hub_log_number(log, "shard", sa->shard->steer.index);
    hub_log_end(log);
}

void shard_report_resumed2(const struct shard_child *child)
{
    struct hub_log *log = &child->sa->shard->log;
    if (!hub_log_begin(log, x4c_trace_info, "ph2-resumed"))
        return;
    put_child(log, child);
    put_spis(log, child->spi_in, child->spi_out);
    hub_log_number(log, "shard", child->sa->shard->steer.index);
    hub_log_end(log);
}

void shard_report_relocated(const struct shard_child *child)
{
    struct hub_log *log = &child->sa->shard->log;
    if (!hub_log_begin(log, x4c_trace_debug, "ph2-adopted"))
        return;
    put_child(log, child);
    put_spis(log, child->spi_in, child->spi_out);
    hub_log_number(log, "shard", child->sa->shard->steer.index);
    hub_log_end(log);
}

void shard_report_lost(struct shard *shard, const struct hub_child *config,
                       const x4s_ike_keys2 *keys)
{
    struct hub_log *log = &shard->log;
    if (!hub_log_begin(log, x4c_trace_notice, "ph2-lost"))
        return;
    hub_log_text(log, "connection", config->connection->name);
    hub_log_text(log, "child", config->name);
    put_spis(log, keys->in.spi, keys->out.spi);
    hub_log_text(log, "text", "its ISAKMP SA has gone while it was handed over");
    hub_log_end(log);
}

void shard_report_begun2(struct shard_child *child)
{
    struct hub_log *log = &child->sa->shard->log;
    bool ours = child->role == x4c_ike_initiator;
    if (!hub_log_begin(log, x4c_trace_info, ours ? "ph2-initiated" : "ph2-responded"))
        return;
    put_child(log, child);
    put_traffic(log, child);
    hub_log_end(log);
}

/* What the algorithms do not have is left out. */
static void put_key_pair(struct hub_log *log, const char *in, const uint8_t *in_key,
                         const char *out, const uint8_t *out_key, size_t len)
{
    if (!len)
        return;
    hub_log_bytes(log, in, in_key, len);
    hub_log_bytes(log, out, out_key, len);
}

static void put_keys2(struct hub_log *log, const x4s_ike_keys2 *keys)
{
    if (!hub_log_begin(log, x4c_trace_notice, "keys"))
        return;
    hub_log_number(log, "phase", 2);
    put_spis(log, keys->in.spi, keys->out.spi);
    put_key_pair(log, "encr_in", keys->in.encr, "encr_out", keys->out.encr, keys->encr_len);
    put_key_pair(log, "salt_in", keys->in.salt, "salt_out", keys->out.salt, keys->salt_len);
    put_key_pair(log, "integ_in", keys->in.integ, "integ_out", keys->out.integ, keys->integ_len);
    hub_log_end(log);
}

static void put_ipcomp(struct hub_log *log, const x4s_ike_keys2 *keys)
{
    if (!keys->transform.ipcomp)
        return;
    hub_log_text(log, "ipcomp", hub_suite_ipcomp(keys->transform.ipcomp));
    hub_log_hex(log, "cpi_in", keys->cpi_in, 4);
    hub_log_hex(log, "cpi_out", keys->cpi_out, 4);
}

void shard_report_up2(struct shard_child *child, const x4s_ike_keys2 *keys)
{
    struct hub_log *log = &child->sa->shard->log;
    char suite[HUB_SUITE_TEXT];
    if (child->sa->shard->daemon->log_keys)
        put_keys2(log, keys);
    if (!hub_log_begin(log, x4c_trace_info, "ph2-up"))
        return;
    put_child(log, child);
    put_spis(log, child->spi_in, child->spi_out);
    put_ipcomp(log, keys);
    hub_log_text(log, "suite", hub_suite_phase2(&keys->transform, suite));
    hub_log_text(log, "pfs", hub_suite_group(keys->transform.group));
    hub_log_text(log, "mode", keys->transform.mode == x4c_ike_tunnel ? "tunnel" : "transport");
    put_traffic(log, child);
    hub_log_text(log, "role", role_name(child->role));
    put_life(log, keys->life_left_sec, keys->life_kb);
    if (keys->soft_kb)
        hub_log_number(log, "rekey_kb", keys->soft_kb);
    hub_log_end(log);
}

void shard_report_shortened2(struct shard_child *child, uint32_t life_sec, uint32_t life_kb)
{
    struct hub_log *log = &child->sa->shard->log;
    if (!hub_log_begin_limited(log, x4c_trace_info, "ph2-shortened", "", child->sa->shard->now))
        return;
    put_child(log, child);
    put_spis(log, child->spi_in, child->spi_out);
    put_life(log, life_sec, life_kb);
    hub_log_end(log);
}

void shard_report_down2(struct shard_child *child, x4e_ike_reason reason)
{
    struct hub_log *log = &child->sa->shard->log;
    if (!hub_log_begin(log, x4c_trace_info, "ph2-down"))
        return;
    put_child(log, child);
    put_spis(log, child->spi_in, child->spi_out);
    put_end(log, child->end, reason);
    hub_log_end(log);
}

/* -------------------------------------------------------------------------- others */

void shard_report_kernel(struct shard *shard, enum hub_kernel_op op, uint32_t spi_in, int error)
{
    static const char *const names[] = {
        [HUB_KERNEL_ADD] = "kernel-add",
        [HUB_KERNEL_DELETE] = "kernel-delete",
        [HUB_KERNEL_MOVE] = "kernel-move",
    };
    if (!hub_log_begin(&shard->log, error ? x4c_trace_error : x4c_trace_debug, names[op]))
        return;
    hub_log_hex(&shard->log, "spi_in", spi_in, 8);
    hub_log_text(&shard->log, "result", error ? strerror(error) : "ok");
    hub_log_end(&shard->log);
}

void shard_report_told(struct shard *shard, const struct hub_kernel_event *event)
{
    static const struct {
        const char *name;
        x4e_trace_level level;
    } rows[] = {
        [HUB_KERNEL_AGING] = {"kernel-aging", x4c_trace_info},
        [HUB_KERNEL_EXPIRED] = {"kernel-expired", x4c_trace_info},
        [HUB_KERNEL_LOST] = {"kernel-lost", x4c_trace_notice},
        [HUB_KERNEL_SEQUENCE] = {"kernel-sequence", x4c_trace_debug},
    };
    if (!hub_log_begin(&shard->log, rows[event->kind].level, rows[event->kind].name))
        return;
    hub_log_hex(&shard->log, "spi_in", event->spi_in, 8);
    if (event->out_sequence)
        hub_log_number(&shard->log, "out_sequence", event->out_sequence);
    hub_log_end(&shard->log);
}

void shard_report_not_taken(const struct shard_child *child, const x4s_ike_transform2 *transform)
{
    struct hub_log *log = &child->sa->shard->log;
    char suite[HUB_SUITE_TEXT];
    if (!hub_log_begin_limited(log, x4c_trace_notice, "not-taken", "", child->sa->shard->now))
        return;
    put_child(log, child);
    hub_log_text(log, "suite", hub_suite_phase2(transform, suite));
    hub_log_text(log, "text", "the kernel lacks it");
    hub_log_end(log);
}

void shard_report_wanted(struct shard *shard, const struct hub_child *config)
{
    if (!hub_log_begin(&shard->log, x4c_trace_info, "trapped"))
        return;
    hub_log_text(&shard->log, "connection", config->connection->name);
    hub_log_text(&shard->log, "child", config->name);
    hub_log_end(&shard->log);
}

void shard_report_not_begun(struct shard *shard, const struct hub_connection *connection,
                            const struct hub_child *child, const char *why)
{
    if (!hub_log_begin(&shard->log, x4c_trace_error, "not-initiated"))
        return;
    hub_log_text(&shard->log, "connection", connection->name);
    if (child)
        hub_log_text(&shard->log, "child", child->name);
    hub_log_text(&shard->log, "text", why);
    hub_log_end(&shard->log);
}
