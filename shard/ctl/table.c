/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/ctl/table.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static void out_of_memory(void)
{
    fputs("ikehubctl: out of memory\n", stderr);
    exit(1);
}

static char *clean(const char *text)
{
    char *copy = malloc(4 * strlen(text) + 1);
    size_t used = 0;
    if (!copy)
        out_of_memory();
    for (; *text; text++) {
        if (iscntrl((unsigned char)*text))
            used += (size_t)sprintf(copy + used, "\\x%02x", (unsigned char)*text);
        else
            copy[used++] = *text;
    }
    copy[used] = '\0';
    return copy;
}

/* Characters, not bytes, of UTF-8. */
static size_t width_of(const char *text)
{
    size_t width = 0;
    for (; *text; text++)
        width += ((unsigned char)*text & 0xc0) != 0x80;
    return width;
}

static void write_row(const struct ctl_table *table, char *const cells[])
{
    for (size_t i = 0; i < table->columns; i++) {
        const size_t width = width_of(cells[i]);
        const size_t missing = table->widths[i] > width ? table->widths[i] - width : 0;
        fputs(cells[i], table->to);
        if (i + 1 < table->columns)
            fprintf(table->to, "%*s", (int)missing + 2, "");
    }
    fputc('\n', table->to);
}

static void free_row(const struct ctl_table *table, char **cells)
{
    for (size_t i = 0; i < table->columns; i++)
        free(cells[i]);
    free(cells);
}

static void write_kept(struct ctl_table *table)
{
    for (size_t i = 0; i < table->kept_count; i++) {
        write_row(table, table->kept[i]);
        free_row(table, table->kept[i]);
    }
    table->kept_count = 0;
    table->measured = true;
}

static void keep(struct ctl_table *table, char **cells)
{
    for (size_t i = 0; i < table->columns; i++) {
        const size_t width = width_of(cells[i]);
        if (width > table->widths[i])
            table->widths[i] = width;
    }
    table->kept[table->kept_count++] = cells;
    if (table->kept_count == CTL_ROWS_MEASURED)
        write_kept(table);
}

void ctl_table_begin(struct ctl_table *table, FILE *to, size_t columns,
                     const char *const headings[])
{
    *table = (struct ctl_table){.to = to, .columns = columns};
    ctl_table_row(table, headings);
}

void ctl_table_row(struct ctl_table *table, const char *const cells[])
{
    char **copies = calloc(table->columns, sizeof(*copies));
    if (!copies)
        out_of_memory();
    for (size_t i = 0; i < table->columns; i++)
        copies[i] = clean(cells[i]);
    if (!table->measured) {
        keep(table, copies);
        return;
    }
    write_row(table, copies);
    free_row(table, copies);
}

void ctl_table_end(struct ctl_table *table)
{
    write_kept(table);
    fflush(table->to);
}
