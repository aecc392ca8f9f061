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
} quantiles[] = {{"p50", 500}, {"p90", 900}, {"p99", 990}, {"max", 1000}};

/* `what` per `each`, 0 of nothing. */
static double per(double what, double each)
{
    return each > 0 ? what / each : 0;
}

static double tunnels_per_second(const struct load_result *result)
{
    return per(result->tally->up * 1e6, (double)result->elapsed_us);
}

static double us_each(const struct load_result *result, uint64_t ns)
{
    return per((double)ns / 1e3, result->tally->up);
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

void load_progress_show(struct load_progress *progress, const struct load_tally *tally,
                        uint64_t now_us)
{
    double rate =
        per((tally->up - progress->up_before) * 1e6, (double)(now_us - progress->us_before));
    fprintf(progress->out,
            "%s%" PRIu32 " up, %" PRIu32 " failed, %" PRIu32 " in flight, %.0f per second%s",
            progress->terminal ? "\r" : "", tally->up, tally->failed, tally->in_flight, rate,
            progress->terminal ? "\033[K" : "\n");
    fflush(progress->out);
    progress->up_before = tally->up;
    progress->us_before = now_us;
}

void load_progress_end(const struct load_progress *progress)
{
    if (progress->terminal)
        fputc('\n', progress->out);
}

/* ------------------------------------------------------------------ summary */

static void text_failures(FILE *out, const struct load_result *result)
{
    const struct load_tally *tally = result->tally;
    for (size_t i = 0; i < x4c_ike_reason_count; i++)
        if (tally->failures[i])
            fprintf(out, "failed: %-16s %" PRIu32 " (%s)\n", x4_ike_reason_name((x4e_ike_reason)i),
                    tally->failures[i], x4_ike_reason_text((x4e_ike_reason)i));
    if (tally->started < result->asked)
        fprintf(out, "not started: %" PRIu32 " (%s)\n", result->asked - tally->started,
                endings[result->ending]);
}

/* What is measured on tunnels that came up; there is at least one. */
static void text_measures(FILE *out, const struct load_result *result)
{
    fprintf(out, "%.3f s, %.1f tunnels per second (%s)\n", (double)result->elapsed_us / 1e6,
            tunnels_per_second(result), result->backend);
    fputs("handshake latency:", out);
    for (size_t i = 0; i < x4m_countof(quantiles); i++)
        fprintf(
            out, "%s %s %.1f ms", i ? "," : "", quantiles[i].name,
            (double)load_histogram_quantile(&result->tally->latency_us, quantiles[i].per_mille) /
                1e3);
    fprintf(out, "\ninitiator CPU per handshake: %.1f us\n", us_each(result, result->own_cpu_ns));
    if (result->responder_known)
        fprintf(out, "responder CPU per handshake: %.1f us\n",
                us_each(result, result->responder_cpu_ns));
}

void load_report_text(FILE *out, const struct load_result *result)
{
    const struct load_tally *tally = result->tally;
    fprintf(out, "%" PRIu32 " of %" PRIu32 " tunnels up\n", tally->up, result->asked);
    text_failures(out, result);
    if (tally->up)
        text_measures(out, result);
    fprintf(out, "retransmissions: %" PRIu64 "\n", result->retransmissions);
}

static void json_failures(FILE *out, const struct load_tally *tally)
{
    const char *comma = "";
    fputs("\"failures\":{", out);
    for (size_t i = 0; i < x4c_ike_reason_count; i++) {
        if (tally->failures[i] == 0)
            continue;
        fprintf(out, "%s\"%s\":%" PRIu32, comma, x4_ike_reason_name((x4e_ike_reason)i),
                tally->failures[i]);
        comma = ",";
    }
    fputc('}', out);
}

static void json_latency(FILE *out, const struct load_tally *tally)
{
    fputs("\"latency_us\":{", out);
    for (size_t i = 0; i < x4m_countof(quantiles); i++)
        fprintf(out, "%s\"%s\":%" PRIu64, i ? "," : "", quantiles[i].name,
                load_histogram_quantile(&tally->latency_us, quantiles[i].per_mille));
    fputc('}', out);
}

void load_report_json(FILE *out, const struct load_result *result)
{
    const struct load_tally *tally = result->tally;
    fprintf(out,
            "{\"ending\":\"%s\",\"backend\":\"%s\",\"asked\":%" PRIu32 ",\"started\":%" PRIu32
            ",\"up\":%" PRIu32 ",\"failed\":%" PRIu32 ",",
            endings[result->ending], result->backend, result->asked, tally->started, tally->up,
            tally->failed);
    json_failures(out, tally);
    fprintf(out, ",\"seconds\":%.6f,\"tunnels_per_second\":%.1f,", (double)result->elapsed_us / 1e6,
            tunnels_per_second(result));
    json_latency(out, tally);
    fprintf(out, ",\"retransmissions\":%" PRIu64 ",\"initiator_cpu_us\":%.1f",
            result->retransmissions, us_each(result, result->own_cpu_ns));
    if (result->responder_known)
        fprintf(out, ",\"responder_cpu_us\":%.1f", us_each(result, result->responder_cpu_ns));
    fputs("}\n", out);
}
