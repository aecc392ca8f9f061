/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BENCH_DH_WELCH_H
#define BENCH_DH_WELCH_H

/*
 * Whether the times of two classes of inputs differ: Welch's t-test, as Reparaz, Balasch and
 * Verbauwhede use it in "Dude, is my code constant time?" (DATE 2017). A |t| above 4.5 says that
 * they do, with one chance in 100,000 to be wrong.
 */

#include <stddef.h>

struct welch {
    double count;
    double mean;
    double squares; /* of what differs from the mean */
};

void welch_add(struct welch *class, double value);

/* Each class has two values or more. */
double welch_t(const struct welch *a, const struct welch *b);

#endif
