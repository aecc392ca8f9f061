/* SPDX-License-Identifier: BSD-2-Clause */
#include "bench/load/report.h"

#include <inttypes.h>
#include <unistd.h>

static const char *const endings[] = {
    [LOAD_FINISHED] = "finished",
    [LOAD_TIMED_OUT] = "timed out",
    [LOAD_INTERRUPTED] = "interrupted",
};

static const struct {
    const char *name;
    unsigned per_mille;
} quantiles[] = {{"p50", 500}, {"p90", 900}, {"p99", 990}, {"p999", 999}, {"max", 1000}};

/* What is done with tunnels while they are held. */
static const struct {
    const char *name;
    enum load_attempt kind;
} works[] = {
    {"reconnects", LOAD_RECONNECT},
    {"rekeys", LOAD_REKEY},
    {"reauthentications", LOAD_REAUTH},
};

/* `what` per `each`, 0 of nothing. */
static double per(double what, double each)
{
    return each > 0 ? what / each : 0;
}

static const struct load_outcome *starts(const struct load_result *result)
{
    return &result->tally->outcomes[LOAD_START];
}

static double tunnels_per_second(const struct load_result *result)
{
    return per((double)starts(result)->done * 1e6, (double)result->elapsed_us);
}

static double us_each(const struct load_result *result, uint64_t ns)
{
    return per((double)ns / 1e3, (double)starts(result)->done);
}

/* ------------------------------------------------------------------ progress */

void load_progress_init(struct load_progress *progress, FILE *out, uint64_t now_us)
{
    *progress = (struct load_progress){
        .out = out,
        .terminal = isatty(fileno(out)),
        .us_before = now_us,
    };
}

static uint64_t count(const struct load_tally *tally, bool failed)
{
    uint64_t sum = 0;
    for (int kind = 0; kind < LOAD_ATTEMPTS; kind++)
        sum += failed ? tally->outcomes[kind].failed : tally->outcomes[kind].done;
    return sum;
}

void load_progress_show(struct load_progress *progress, const struct load_tally *tally,
                        uint64_t now_us)
{
    uint64_t done = count(tally, false);
    double rate =
        per((double)(done - progress->done_before) * 1e6, (double)(now_us - progress->us_before));
    fprintf(progress->out,
            "%s%" PRIu32 " up, %" PRIu64 " failed, %" PRIu32 " in flight, %.0f per second%s",
            progress->terminal ? "\r" : "", tally->up, count(tally, true), tally->in_flight, rate,
            progress->terminal ? "\033[K" : "\n");
    fflush(progress->out);
    progress->done_before = done;
    progress->us_before = now_us;
}

void load_progress_end(const struct load_progress *progress)
{
    if (progress->terminal)
        fputc('\n', progress->out);
}

/* ------------------------------------------------------------------ for people */

static void text_failures(FILE *out, const struct load_result *result)
{
    const struct load_tally *tally = result->tally;
    uint64_t begun = starts(result)->begun;
    for (size_t i = 0; i < x4c_ike_reason_count; i++)
        if (tally->failures[i])
            fprintf(out, "failed: %-16s %" PRIu64 " (%s)\n", x4_ike_reason_name((x4e_ike_reason)i),
                    tally->failures[i], x4_ike_reason_text((x4e_ike_reason)i));
    if (begun < result->options->count)
        fprintf(out, "not started: %" PRIu64 " (%s)\n", result->options->count - begun,
                endings[result->ending]);
}

static void text_latency(FILE *out, const char *what, const struct load_histogram *histogram)
{
    fprintf(out, "%s latency:", what);
    for (size_t i = 0; i < x4m_countof(quantiles); i++)
        fprintf(out, "%s %s %.1f ms", i ? "," : "", quantiles[i].name,
                (double)load_histogram_quantile(histogram, quantiles[i].per_mille) / 1e3);
    fputc('\n', out);
}

/* What is measured on tunnels that came up; there is at least one. */
static void text_measures(FILE *out, const struct load_result *result)
{
    fprintf(out, "%.3f s, %.1f tunnels per second (%s)\n", (double)result->elapsed_us / 1e6,
            tunnels_per_second(result), result->backend);
    text_latency(out, "handshake", &starts(result)->latency_us);
    fprintf(out, "initiator CPU per handshake: %.1f us\n", us_each(result, result->own_cpu_ns));
    if (result->responder_known)
        fprintf(out, "responder CPU per handshake: %.1f us\n",
                us_each(result, result->responder_cpu_ns));
}

static void text_works(FILE *out, const struct load_result *result)
{
    for (size_t i = 0; i < x4m_countof(works); i++) {
        const struct load_outcome *outcome = &result->tally->outcomes[works[i].kind];
        if (outcome->begun == 0)
            continue;
        fprintf(out, "%s: %" PRIu64 " done, %" PRIu64 " failed, %.1f per second\n", works[i].name,
                outcome->done, outcome->failed,
                per((double)outcome->done * 1e6, (double)(outcome->last_us - outcome->first_us)));
        text_latency(out, works[i].name, &outcome->latency_us);
    }
    if (result->tally->lost)
        fprintf(out, "lost: %" PRIu64 "\n", result->tally->lost);
    if (result->silence_us)
        fprintf(out, "longest silence: %.1f ms\n", (double)result->silence_us / 1e3);
}

void load_report_text(FILE *out, const struct load_result *result)
{
    const struct load_attacked *attacked = &result->attacked;
    fprintf(out, "%" PRIu64 " of %" PRIu32 " tunnels up\n", starts(result)->done,
            result->options->count);
    text_failures(out, result);
    if (starts(result)->done)
        text_measures(out, result);
    fprintf(out, "retransmissions: %" PRIu64 "\n", result->retransmissions);
    text_works(out, result);
    if (attacked->sent)
        fprintf(out, "attack: %" PRIu64 " datagrams, %.0f per second, %" PRIu64 " answers\n",
                attacked->sent, per((double)attacked->sent, attacked->seconds), attacked->answers);
}

/* ------------------------------------------------------------------ for programs */

static void json_failures(FILE *out, const struct load_tally *tally)
{
    const char *comma = "";
    fputs("\"failures\":{", out);
    for (size_t i = 0; i < x4c_ike_reason_count; i++) {
        if (tally->failures[i] == 0)
            continue;
        fprintf(out, "%s\"%s\":%" PRIu64, comma, x4_ike_reason_name((x4e_ike_reason)i),
                tally->failures[i]);
        comma = ",";
    }
    fputc('}', out);
}

static void json_latency(FILE *out, const struct load_histogram *histogram)
{
    fputs("\"latency_us\":{", out);
    for (size_t i = 0; i < x4m_countof(quantiles); i++)
        fprintf(out, "%s\"%s\":%" PRIu64, i ? "," : "", quantiles[i].name,
                load_histogram_quantile(histogram, quantiles[i].per_mille));
    fputc('}', out);
}

/* Only what was wished: who reads the last member of a name gets that of the bringing up. */
static void json_works(FILE *out, const struct load_result *result)
{
    for (size_t i = 0; i < x4m_countof(works); i++) {
        const struct load_outcome *outcome = &result->tally->outcomes[works[i].kind];
        if (outcome->begun == 0)
            continue;
        fprintf(out, "\"%s\":{\"begun\":%" PRIu64 ",\"done\":%" PRIu64 ",\"failed\":%" PRIu64,
                works[i].name, outcome->begun, outcome->done, outcome->failed);
        fprintf(out, ",\"seconds\":%.6f,", (double)(outcome->last_us - outcome->first_us) / 1e6);
        json_latency(out, &outcome->latency_us);
        fputs("},", out);
    }
    if (result->silence_us)
        fprintf(out, "\"silence_us\":%" PRIu64 ",", result->silence_us);
}

static void json_attack(FILE *out, const struct load_attacked *attacked)
{
    if (attacked->sent)
        fprintf(out,
                "\"attack\":{\"sent\":%" PRIu64 ",\"bytes\":%" PRIu64 ",\"answers\":%" PRIu64
                ",\"lasted\":%.1f},",
                attacked->sent, attacked->bytes, attacked->answers, attacked->seconds);
}

void load_report_json(FILE *out, const struct load_result *result)
{
    const struct load_tally *tally = result->tally;
    fprintf(out, "{\"ending\":\"%s\",\"backend\":\"%s\",", endings[result->ending],
            result->backend);
    json_works(out, result);
    json_attack(out, &result->attacked);
    fprintf(out,
            "\"asked\":%" PRIu32 ",\"started\":%" PRIu64 ",\"up\":%" PRIu64 ",\"failed\":%" PRIu64
            ",\"lost\":%" PRIu64 ",\"children\":%" PRIu64 ",",
            result->options->count, starts(result)->begun, starts(result)->done,
            starts(result)->failed, tally->lost, tally->children);
    json_failures(out, tally);
    fprintf(out, ",\"seconds\":%.6f,\"tunnels_per_second\":%.1f,", (double)result->elapsed_us / 1e6,
            tunnels_per_second(result));
    json_latency(out, &starts(result)->latency_us);
    fprintf(out, ",\"retransmissions\":%" PRIu64 ",\"initiator_cpu_us\":%.1f",
            result->retransmissions, us_each(result, result->own_cpu_ns));
    fprintf(out, ",\"initiator_resident_bytes\":%" PRIu64, result->resident_bytes);
    if (result->responder_known)
        fprintf(out, ",\"responder_cpu_us\":%.1f", us_each(result, result->responder_cpu_ns));
    fputs("}\n", out);
}
