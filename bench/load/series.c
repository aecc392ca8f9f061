/* SPDX-License-Identifier: BSD-2-Clause */
#include "bench/load/series.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

bool load_series_open(struct load_series *series, const char *path, uint64_t now_us)
{
    *series = (struct load_series){.begin_us = now_us, .last_us = now_us};
    if (!path)
        return true;
    series->out = fopen(path, "we");
    if (!series->out) {
        fprintf(stderr, "ikeload: %s: %s\n", path, strerror(errno));
        return false;
    }
    fputs("seconds,up,in_flight,lost,failed,starts_per_second,reconnects_per_second,"
          "rekeys_per_second,reauths_per_second\n",
          series->out);
    return true;
}

void load_series_close(struct load_series *series)
{
    if (series->out)
        fclose(series->out);
    series->out = NULL;
}

void load_series_add(struct load_series *series, const struct load_tally *tally, uint64_t now_us)
{
    if (!series->out || now_us == series->last_us)
        return;
    uint64_t failed = 0;
    for (int kind = 0; kind < LOAD_ATTEMPTS; kind++)
        failed += tally->outcomes[kind].failed;
    fprintf(series->out, "%.3f,%" PRIu32 ",%" PRIu32 ",%" PRIu64 ",%" PRIu64,
            (double)(now_us - series->begin_us) / 1e6, tally->up, tally->in_flight, tally->lost,
            failed);
    for (int kind = 0; kind < LOAD_ATTEMPTS; kind++) {
        uint64_t done = tally->outcomes[kind].done;
        fprintf(series->out, ",%.1f",
                (double)(done - series->done[kind]) * 1e6 / (double)(now_us - series->last_us));
        series->done[kind] = done;
    }
    fputc('\n', series->out);
    fflush(series->out);
    series->last_us = now_us;
}
