/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/metrics/families.h"

#include <stddef.h>

#include "shard/metrics/series.h"
#include "shard/radius/client.h"

#define AT(member)     offsetof(struct shard_tally, member)
#define RADIUS(member) offsetof(struct radius_counters, member)

static const char counter[] = "counter";
static const char gauge[] = "gauge";
static const char histogram[] = "histogram";

/* -------------------------------------------------------------------------- rows */

static const struct metrics_row queue_drops[] = {
    {AT(ring.dropped_kernel), "queue", "socket"},
    {AT(ring.dropped_no_slot), "queue", "send"},
    {AT(shard.handover_lost), "queue", "handover"},
    {AT(shard.events_lost), "queue", "events"},
};

static const struct metrics_row datagram_drops[] = {
    {AT(ring.dropped_short), "reason", "short"},
    {AT(ring.dropped_truncated), "reason", "truncated"},
    {AT(ring.dropped_no_marker), "reason", "no-marker"},
    {AT(ring.dropped_malformed), "reason", "malformed"},
    {AT(ring.dropped_keepalive), "reason", "keepalive"},
    {AT(shard.stale), "reason", "stale"},
    {AT(store.foreign), "reason", "foreign-estate"},
};

static const struct metrics_row handovers[] = {
    {AT(shard.handed_over), "direction", "out"},
    {AT(shard.taken_over), "direction", "in"},
};

static const struct metrics_row rekeys[] = {
    {AT(shard.rekeys1), "phase", "1"},
    {AT(shard.rekeys2), "phase", "2"},
};

static const struct metrics_row first_bytes[] = {
    {AT(ike.main_in), "mode", "main"},
    {AT(ike.aggressive_in), "mode", "aggressive"},
};

static const struct metrics_row answer_bytes[] = {
    {AT(ike.main_out), "mode", "main"},
    {AT(ike.aggressive_out), "mode", "aggressive"},
};

static const struct metrics_row users[] = {
    {AT(shard.xauth_refused), "result", "refused"},
    {AT(shard.xauth_delayed), "result", "delayed"},
    {AT(shard.xauth_throttled), "result", "throttled"},
    {AT(shard.xauth_unknown), "result", "unanswered"},
};

static const struct metrics_row store_records[] = {
    {AT(store.writes), "operation", "write"},
    {AT(store.erases), "operation", "erase"},
};

static const struct metrics_row store_troubles[] = {
    {AT(store.away), "reason", "away"},       {AT(store.retries), "reason", "retry"},
    {AT(store.full), "reason", "queue-full"}, {AT(store.fenced), "reason", "fenced"},
    {AT(store.refused), "reason", "refused"}, {AT(store.unsealed), "reason", "unsealed"},
    {AT(store.again), "reason", "put-again"}, {AT(store.held_lost), "reason", "too-late"},
};

static const struct metrics_row store_revived[] = {
    {AT(store.revived1), "phase", "1"},
    {AT(store.revived2), "phase", "2"},
};

static const struct metrics_row radius_requests[] = {{RADIUS(requests), NULL, NULL}};
static const struct metrics_row radius_resends[] = {{RADIUS(resends), NULL, NULL}};

static const struct metrics_row radius_results[] = {
    {RADIUS(answers), "result", "answered"},
    {RADIUS(unanswered), "result", "unanswered"},
    {RADIUS(refused), "result", "no-room"},
};

static const struct metrics_row radius_drops[] = {
    {RADIUS(unproven), "reason", "unproven"},
    {RADIUS(unexpected), "reason", "unexpected"},
};

/* -------------------------------------------------------------------------- families */

#define ROWS(list)  list, x4m_countof(list)
#define ONE(member) &(const struct metrics_row){AT(member), NULL, NULL}, 1
#define NONE        NULL, 0

#define US_PER_S 1000000
#define MS_PER_S 1000

/* A counter or gauge of each shard, one of all together, and what else there is. */
#define SHARDS(name, type, rows, help)                                                             \
    {                                                                                              \
        name, type, help, metrics_put_shards, rows, 1                                              \
    }
#define SHARDS_IN(name, type, rows, per, help)                                                     \
    {                                                                                              \
        name, type, help, metrics_put_shards, rows, per                                            \
    }
#define SUMS(name, type, rows, help)                                                               \
    {                                                                                              \
        name, type, help, metrics_put_sums, rows, 1                                                \
    }
#define OTHER(name, type, put, rows, help)                                                         \
    {                                                                                              \
        name, type, help, metrics_put_##put, rows, 1                                               \
    }
#define OTHER_IN(name, type, put, per, help)                                                       \
    {                                                                                              \
        name, type, help, metrics_put_##put, NONE, per                                             \
    }

static const struct metrics_family families[] = {
    /* The process. */
    OTHER("ikehub_build_info", gauge, build, NONE,
          "Always 1; the labels tell the version, what Diffie-Hellman of MODP groups is done with "
          "(modp), how datagrams are received (backend) and where IPsec SAs go (kernel)."),
    OTHER_IN("process_start_time_seconds", gauge, started, MS_PER_S,
             "When the daemon began, in seconds since 1970."),
    OTHER_IN("process_cpu_seconds_total", counter, process_cpu, US_PER_S,
             "CPU time of all threads of the process that listens; not of those beside it."),
    OTHER("process_resident_memory_bytes", gauge, memory, NONE,
          "Memory of the process that listens; not of those beside it."),
    OTHER("ikehub_shard_up", gauge, shard_up, NONE,
          "1: the shard has answered within 2 seconds; 0: it stalls, and its series have a gap."),
    OTHER("ikehub_shard_stalls_total", counter, stalls, NONE,
          "Times that a shard did not go round for a second."),
    SHARDS_IN("ikehub_shard_cpu_seconds_total", counter, ONE(cpu_us), US_PER_S,
              "CPU time of the shard's thread."),
    OTHER("ikehub_http_requests_total", counter, requests, NONE,
          "Requests to this endpoint, by whether they were answered."),

    /* SAs. */
    SHARDS("ikehub_isakmp_sas", gauge, ONE(ike.phase1), "ISAKMP SAs that are complete."),
    SHARDS("ikehub_child_sas", gauge, ONE(ike.phase2), "Pairs of IPsec SAs that are complete."),
    SHARDS("ikehub_half_open", gauge, ONE(ike.half_open),
           "First messages that were answered, and whose senders have not shown that they receive "
           "at their address."),
    SHARDS("ikehub_unproven", gauge, ONE(ike.unproven),
           "Phase 1 exchanges of peers that have not authenticated."),
    OTHER("ikehub_phase1_handshakes_total", counter, handshakes1, NONE,
          "Phase 1 exchanges that have ended, by mode, authentication method, our role and "
          "result."),
    OTHER("ikehub_phase2_handshakes_total", counter, handshakes2, NONE,
          "Quick modes that have ended, by our role and result."),
    OTHER("ikehub_phase1_duration_seconds", histogram, took1, NONE,
          "How long phase 1 exchanges took that were completed, by mode and method; of a responder "
          "in main mode from the peer's second message."),
    OTHER("ikehub_phase2_duration_seconds", histogram, took2, NONE,
          "How long quick modes took that were completed."),
    OTHER("ikehub_phase1_ended_total", counter, reasons, ONE(ike.disposed1),
          "ISAKMP SAs and phase 1 exchanges that have ended, by reason (ikehubd(8))."),
    OTHER("ikehub_phase2_ended_total", counter, reasons, ONE(ike.disposed2),
          "Pairs of IPsec SAs and quick modes that have ended, by reason."),
    SUMS("ikehub_attempts_total", counter, ONE(shard.attempts),
         "Phase 1 exchanges that this side began."),
    SUMS("ikehub_rekeys_total", counter, ROWS(rekeys), "SAs that this side began to replace."),
    SUMS("ikehub_replaced_total", counter, ONE(shard.replaced),
         "ISAKMP SAs that gave way to a newer one of the same peer."),
    SUMS("ikehub_restarts_total", counter, ONE(shard.restarts),
         "Connections that were begun again because the peer was dead."),
    SUMS("ikehub_moved_total", counter, ONE(shard.moved),
         "Peers that a NAT gave another address or port."),
    OTHER("ikehub_connections_configured", gauge, connections, NONE,
          "Connections of the configuration."),
    SUMS("ikehub_connections_up", gauge, ONE(shard.connections_up),
         "Connections that have an ISAKMP SA."),

    /* Datagrams and messages. */
    SHARDS("ikehub_datagrams_received_total", counter, ONE(ring.received), "Datagrams received."),
    SHARDS("ikehub_datagrams_sent_total", counter, ONE(ring.sent), "Datagrams sent."),
    SHARDS("ikehub_received_bytes_total", counter, ONE(ring.received_bytes),
           "Bytes of datagrams received."),
    SHARDS("ikehub_sent_bytes_total", counter, ONE(ring.sent_bytes), "Bytes of datagrams sent."),
    SHARDS("ikehub_send_errors_total", counter, ONE(ring.send_errors),
           "Datagrams that the kernel did not take."),
    SHARDS("ikehub_datagrams_dropped_total", counter, ROWS(datagram_drops),
           "Datagrams that no libike looked at, by reason: no message, NAT keepalives, first "
           "messages that had waited too long (stale), those for another node."),
    SHARDS("ikehub_queue_drops_total", counter, ROWS(queue_drops),
           "What found a queue full: datagrams in the kernel (socket), on the way out (send), on "
           "the way to another shard (handover); letters about what happens (events)."),
    SHARDS("ikehub_messages_received_total", counter, ONE(ike.messages_in),
           "IKE messages that were looked at."),
    SHARDS("ikehub_messages_sent_total", counter, ONE(ike.messages_out), "IKE messages sent."),
    OTHER("ikehub_messages_refused_total", counter, shard_reasons, ONE(ike.refused),
          "IKE messages that changed nothing, by reason (ikehubd(8))."),
    SHARDS("ikehub_retransmits_total", counter, ONE(ike.resends),
           "Messages that were sent again because no answer came."),
    SHARDS("ikehub_duplicates_answered_total", counter, ONE(ike.duplicates_answered),
           "Messages that came again and were answered with what had been sent."),
    OTHER("ikehub_answer_seconds", histogram, residence, NONE,
          "How long messages that are answered stay here, from when the kernel received them; the "
          "sum is too high by an eighth at most."),
    SHARDS("ikehub_handed_over_total", counter, ROWS(handovers),
           "Datagrams that came to another shard than the one they are for."),
    SHARDS("ikehub_thinned_total", counter, ONE(shard.thinned),
           "Times that fewer first messages were let in, because more came than can be received."),
    SHARDS("ikehub_first_message_bytes_total", counter, ROWS(first_bytes),
           "Bytes of first messages, by mode, whoever sent them."),
    SHARDS("ikehub_unproven_answer_bytes_total", counter, ROWS(answer_bytes),
           "Bytes sent to where nobody had proven to be, by mode."),
    SHARDS("ikehub_withheld_total", counter, ONE(ike.withheld),
           "Messages to strangers that were not sent, because they are too long or too soon."),

    /* Public-key work. */
    SHARDS("ikehub_dh_jobs_total", counter, ONE(ike.dh_jobs), "Diffie-Hellman jobs."),
    SHARDS("ikehub_dh_vector_jobs_total", counter, ONE(ike.dh_vector),
           "Diffie-Hellman jobs that the vector unit did."),
    SHARDS("ikehub_dh_batches_total", counter, ONE(ike.dh_batches),
           "Batches that Diffie-Hellman jobs were done in."),
    SHARDS("ikehub_dh_waiting", gauge, ONE(ike.jobs_waiting),
           "Diffie-Hellman jobs of strangers that wait for their turn."),
    SHARDS("ikehub_signatures_total", counter, ONE(ike.signatures), "Signatures made or begun."),

    /* The kernel's SAs, and faults of the machine. */
    SHARDS("ikehub_kernel_pairs", gauge, ONE(kernel_pairs),
           "Pairs of SAs that were given to the kernel, or recorded where it protects nothing."),
    SHARDS("ikehub_kernel_errors_total", counter, ONE(shard.kernel_errors),
           "Requests that the kernel refused."),
    SHARDS("ikehub_no_memory_total", counter, ONE(shard.no_memory),
           "What was not done because there was no memory."),
    SHARDS("ikehub_ring_reopened_total", counter, ONE(shard.ring_reopened),
           "Times that the shard's ring broke and was opened anew."),

    /* Clients. */
    SUMS("ikehub_users_total", counter, ROWS(users),
         "Passwords that were refused, had to wait, were not looked at because of too many wrong "
         "ones (throttled), or that nobody who knows them answered about."),
    OTHER("ikehub_pool_addresses", gauge, pool_size, NONE,
          "Addresses of the pool; the first 256 pools are told."),
    OTHER("ikehub_pool_leased", gauge, pool_leased, NONE, "Addresses of the pool that are in use."),
    SUMS("ikehub_pool_exhausted_total", counter, ONE(shard.pool_exhausted),
         "Addresses that were asked for and not there."),
    OTHER("ikehub_radius_requests_total", counter, radius, ROWS(radius_requests),
          "Requests to RADIUS servers, each server counted."),
    OTHER("ikehub_radius_resends_total", counter, radius, ROWS(radius_resends),
          "Requests to RADIUS servers that were sent again."),
    OTHER("ikehub_radius_results_total", counter, radius, ROWS(radius_results),
          "What became of questions to RADIUS servers."),
    OTHER("ikehub_radius_dropped_total", counter, radius, ROWS(radius_drops),
          "Answers that nobody who has the secret gave (unproven), or to nothing that was asked."),

    /* The store. */
    SHARDS("ikehub_store_queue_records", gauge, ONE(store.queue),
           "Records that are not durable yet."),
    SHARDS_IN("ikehub_store_lag_seconds", gauge, ONE(store.lag_ms), MS_PER_S,
              "Age of the oldest of them."),
    SHARDS("ikehub_store_held_messages", gauge, ONE(store.holding),
           "Messages that wait until a record is durable."),
    SHARDS("ikehub_store_records_total", counter, ROWS(store_records),
           "Records that were written and erased."),
    SHARDS("ikehub_store_troubles_total", counter, ROWS(store_troubles),
           "What the store did not do at once, by reason."),
    SUMS("ikehub_store_revived_total", counter, ROWS(store_revived),
         "SAs that were made again from their records."),
    OTHER("ikehub_estate_served", gauge, estates, NONE,
          "1: the estate is served by this node; of several nodes that all serve."),

    /* The configuration. */
    OTHER("ikehub_config_loads_total", counter, loads, NONE,
          "Configurations that were read, by result."),
    OTHER("ikehub_config_loaded_timestamp_seconds", gauge, loaded, NONE,
          "When the configuration was loaded that is in use, in seconds since 1970."),
    OTHER("ikehub_certificate_expiry_timestamp_seconds", gauge, certs, NONE,
          "When the certificate ends, in seconds since 1970; of our own and of authorities (kind), "
          "the first 512."),
};

void metrics_families_put(struct metrics_text *text, const struct metrics_view *view)
{
    for (size_t i = 0; i < x4m_countof(families); i++) {
        const struct metrics_family *family = &families[i];
        metrics_text_family(text, family->name, family->type, family->help);
        family->put(text, family, view);
    }
}
