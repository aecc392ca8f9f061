/* SPDX-License-Identifier: BSD-2-Clause */
#include "bench/load/histogram.h"

#include <assert.h>
#include <inttypes.h>
#include <stddef.h>

/* How far a value is shifted right until it is below 2 * PARTS: the number of its doubling. */
static unsigned doubling(uint64_t value)
{
    unsigned bits = 64 - (unsigned)__builtin_clzll(value | 1);
    unsigned plain = 64 - (unsigned)__builtin_clzll(2 * LOAD_HISTOGRAM_PARTS - 1);
    return bits > plain ? bits - plain : 0;
}

static size_t bucket_of(uint64_t value)
{
    unsigned shift = doubling(value);
    return (size_t)shift * LOAD_HISTOGRAM_PARTS + (size_t)(value >> shift);
}

static uint64_t last_value_of(size_t bucket)
{
    size_t shift = bucket < 2 * LOAD_HISTOGRAM_PARTS ? 0 : bucket / LOAD_HISTOGRAM_PARTS - 1;
    uint64_t scaled = bucket - shift * LOAD_HISTOGRAM_PARTS;
    return ((scaled + 1) << shift) - 1;
}

void load_histogram_add(struct load_histogram *histogram, uint64_t value)
{
    if (value > LOAD_HISTOGRAM_VALUE_MAX)
        value = LOAD_HISTOGRAM_VALUE_MAX;
    if (value > histogram->max)
        histogram->max = value;
    size_t bucket = bucket_of(value);
    assert(bucket < LOAD_HISTOGRAM_BUCKETS);
    histogram->buckets[bucket]++;
    histogram->count++;
}

uint64_t load_histogram_quantile(const struct load_histogram *histogram, unsigned per_mille)
{
    uint64_t wanted = (histogram->count * per_mille + 999) / 1000;
    uint64_t seen = 0;
    for (size_t i = 0; i < LOAD_HISTOGRAM_BUCKETS; i++) {
        seen += histogram->buckets[i];
        if (seen > 0 && seen >= wanted) {
            uint64_t value = last_value_of(i);
            return value < histogram->max ? value : histogram->max;
        }
    }
    return histogram->max;
}

void load_histogram_print(const struct load_histogram *histogram, FILE *out)
{
    uint64_t seen = 0;
    double sum = 0;
    fprintf(out, "%12s %14s %10s %14s\n\n", "Value", "Percentile", "TotalCount",
            "1/(1-Percentile)");
    for (size_t i = 0; i < LOAD_HISTOGRAM_BUCKETS && seen < histogram->count; i++) {
        if (histogram->buckets[i] == 0)
            continue;
        uint64_t value = last_value_of(i);
        value = value < histogram->max ? value : histogram->max;
        seen += histogram->buckets[i];
        sum += (double)value * (double)histogram->buckets[i];
        double rest = 1 - (double)seen / (double)histogram->count;
        fprintf(out, "%12" PRIu64 " %14.12f %10" PRIu64, value, 1 - rest, seen);
        if (rest > 0)
            fprintf(out, " %14.2f", 1 / rest);
        fputc('\n', out);
    }
    double mean = histogram->count ? sum / (double)histogram->count : 0;
    fprintf(out, "#[Mean    = %12.3f, Max         = %12" PRIu64 "]\n", mean, histogram->max);
    fprintf(out, "#[Buckets = %12d, Total count = %12" PRIu64 "]\n", LOAD_HISTOGRAM_BUCKETS,
            histogram->count);
}
