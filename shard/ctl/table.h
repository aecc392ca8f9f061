/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_CTL_TABLE_H
#define SHARD_CTL_TABLE_H

/*
 * Aligned columns for people. The first rows are kept until their widths are known; later ones are
 * written as they come, so a long listing is never whole in memory. The last column is not padded,
 * and control characters are written as \xHH.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#define CTL_COLUMNS_MAX   12
#define CTL_ROWS_MEASURED 200

struct ctl_table {
    FILE *to;
    size_t columns;
    size_t widths[CTL_COLUMNS_MAX];
    char **kept[CTL_ROWS_MEASURED];
    size_t kept_count;
    bool measured;
};

/* With a row of headings. */
void ctl_table_begin(struct ctl_table *table, FILE *to, size_t columns,
                     const char *const headings[]);

/* Copies the cells. */
void ctl_table_row(struct ctl_table *table, const char *const cells[]);

/* Writes what is kept. */
void ctl_table_end(struct ctl_table *table);

#endif
