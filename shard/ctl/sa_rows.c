/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/ctl/sa_rows.h"

#include <stdio.h>
#include <string.h>

#define CELL_MAX 1200

enum column { ID, NAME, STATE, LOCAL, REMOTE, AGE, REKEY, IN, OUT, ALGORITHMS, PEER, COLUMNS };

static const char *const headings[COLUMNS] = {
    "ID", "NAME", "STATE", "LOCAL", "REMOTE", "AGE", "REKEY", "IN", "OUT", "ALGORITHMS", "PEER",
};

_Static_assert((int)COLUMNS <= (int)CTL_COLUMNS_MAX, "columns of a table");

struct cells {
    char text[COLUMNS][CELL_MAX];
};

void ctl_sa_rows_begin(struct ctl_table *table, FILE *to)
{
    ctl_table_begin(table, to, COLUMNS, headings);
}

static void put(struct ctl_table *table, const struct cells *cells)
{
    const char *row[COLUMNS];
    for (size_t i = 0; i < COLUMNS; i++)
        row[i] = cells->text[i];
    ctl_table_row(table, row);
}

/* "59s", "59m", "47h", "3d"; nothing where the key is not there. */
static void put_time(char *cell, const json_t *sa, const char *key)
{
    static const struct {
        json_int_t seconds;
        char unit;
    } units[] = {{86400, 'd'}, {3600, 'h'}, {60, 'm'}, {1, 's'}};
    size_t unit = 0;
    const json_t *value = json_object_get(sa, key);
    const json_int_t seconds = json_integer_value(value);
    if (!value)
        return;
    while (unit + 1 < x4m_countof(units) && seconds < 2 * units[unit].seconds)
        unit++;
    snprintf(cell, CELL_MAX, "%" JSON_INTEGER_FORMAT "%c", seconds / units[unit].seconds,
             units[unit].unit);
}

/* "9999", "10k", "25M"; nothing where the key is not there. */
static void put_bytes(char *cell, const json_t *child, const char *key)
{
    static const char *const units[] = {"", "k", "M", "G", "T", "P", "E"};
    const json_t *value = json_object_get(child, key);
    json_int_t bytes = json_integer_value(value);
    size_t unit = 0;
    if (!value)
        return;
    for (; bytes > 9999; bytes /= 1000)
        unit++;
    snprintf(cell, CELL_MAX, "%" JSON_INTEGER_FORMAT "%s", bytes, units[unit]);
}

static void append(char *cell, const char *separator, const char *text)
{
    const size_t used = strlen(cell);
    if (*text)
        snprintf(cell + used, CELL_MAX - used, "%s%s", used ? separator : "", text);
}

/* "AES_CBC-256/HMAC_SHA2_256_128/MODP_2048" */
static void put_algorithms(char *cell, const json_t *sa)
{
    char bits[24] = "";
    if (json_object_get(sa, "encr-keysize"))
        snprintf(bits, sizeof(bits), "%" JSON_INTEGER_FORMAT, ctl_tree_number(sa, "encr-keysize"));
    append(cell, "", ctl_tree_text(sa, "encr-alg"));
    append(cell, "-", bits);
    append(cell, "/", ctl_tree_text(sa, "integ-alg"));
    append(cell, "/", ctl_tree_text(sa, "dh-group"));
}

/* "192.0.2.1:500", "[2001:db8::1]:500" */
static void put_endpoint(char *cell, const json_t *sa, const char *host, const char *port)
{
    const char *address = ctl_tree_text(sa, host);
    const bool brackets = strchr(address, ':') != NULL;
    snprintf(cell, CELL_MAX, "%s%.100s%s:%" JSON_INTEGER_FORMAT, brackets ? "[" : "", address,
             brackets ? "]" : "", ctl_tree_number(sa, port));
}

static void put_list(char *cell, const json_t *child, const char *key)
{
    size_t index;
    json_t *item;
    json_array_foreach(json_object_get(child, key), index, item)
        append(cell, ",", json_string_value(item));
}

static void child_row(struct ctl_table *table, const json_t *child)
{
    struct cells cells = {0};
    snprintf(cells.text[NAME], CELL_MAX, "  %.300s", ctl_tree_text(child, "name"));
    snprintf(cells.text[STATE], CELL_MAX, "%.20s", ctl_tree_text(child, "state"));
    put_list(cells.text[LOCAL], child, "local-ts");
    put_list(cells.text[REMOTE], child, "remote-ts");
    put_time(cells.text[AGE], child, "install-time");
    put_time(cells.text[REKEY], child, "rekey-time");
    put_bytes(cells.text[IN], child, "bytes-in");
    put_bytes(cells.text[OUT], child, "bytes-out");
    put_algorithms(cells.text[ALGORITHMS], child);
    append(cells.text[PEER], "", ctl_tree_text(child, "spi-in"));
    append(cells.text[PEER], "/", ctl_tree_text(child, "spi-out"));
    put(table, &cells);
}

void ctl_sa_rows(struct ctl_table *table, const json_t *sa)
{
    struct cells cells = {0};
    const char *name;
    json_t *child;
    snprintf(cells.text[ID], CELL_MAX, "%" JSON_INTEGER_FORMAT, ctl_tree_number(sa, "uniqueid"));
    snprintf(cells.text[NAME], CELL_MAX, "%.300s", ctl_tree_text(sa, "name"));
    snprintf(cells.text[STATE], CELL_MAX, "%.20s", ctl_tree_text(sa, "state"));
    put_endpoint(cells.text[LOCAL], sa, "local-host", "local-port");
    put_endpoint(cells.text[REMOTE], sa, "remote-host", "remote-port");
    put_time(cells.text[AGE], sa, "established");
    put_time(cells.text[REKEY], sa, "rekey-time");
    put_algorithms(cells.text[ALGORITHMS], sa);
    append(cells.text[PEER], "", ctl_tree_text(sa, "remote-id"));
    put(table, &cells);
    json_object_foreach(json_object_get(sa, "child-sas"), name, child) child_row(table, child);
}
