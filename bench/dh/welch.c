/* SPDX-License-Identifier: BSD-2-Clause */
#include "bench/dh/welch.h"

#include <math.h>

void welch_add(struct welch *class, double value)
{
    const double off = value - class->mean;
    class->count++;
    class->mean += off / class->count;
    class->squares += off * (value - class->mean);
}

double welch_t(const struct welch *a, const struct welch *b)
{
    const double error =
        a->squares / (a->count - 1) / a->count + b->squares / (b->count - 1) / b->count;
    return error > 0 ? (a->mean - b->mean) / sqrt(error) : 0;
}
