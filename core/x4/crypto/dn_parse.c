/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

#include "x4/crypto/dn_internal.h"

#define OID_SIZE_MAX 64

/* An attribute as DER, in a buffer that holds all of them. */
typedef struct piece {
    size_t offset;
    size_t len;
    bval begins_rdn;
} piece;

typedef struct parser {
    const char *pos;
    const char *error;
    char separator; /* between RDNs */
    uint8_t encoded[x4c_dn_size_max];
    x4s_writer pieces;
    piece piece[x4c_dn_rdns_max];
    size_t count;
} parser;

static bval fail(parser *p, const char *error)
{
    p->error = error;
    return bfalse;
}

static void skip_blanks(parser *p)
{
    p->pos += strspn(p->pos, " \t");
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* ------------------------------------------------------------------ types */

static void write_arc(x4s_writer *w, uint64_t arc)
{
    unsigned shift = 0;
    while (arc >> shift >= 0x80)
        shift += 7;
    for (; shift > 0; shift -= 7)
        x4_writer_u8(w, (uint8_t)(0x80 | (arc >> shift & 0x7f)));
    x4_writer_u8(w, (uint8_t)(arc & 0x7f));
}

static bval read_arc(x4s_reader *text, uint64_t *arc)
{
    size_t digits = 0;
    *arc = 0;
    while (x4_reader_left(text) && *text->pos >= '0' && *text->pos <= '9' && ++digits < 19)
        *arc = *arc * 10 + (uint64_t)(x4_reader_u8(text) - '0');
    return digits > 0 && digits < 19;
}

static bval read_dot(x4s_reader *text)
{
    return x4_reader_u8(text) == '.';
}

/* "2.5.4.3" */
static bval write_dotted(x4s_writer *w, x4s_chunk dotted)
{
    x4s_reader text = x4_reader(dotted.data, dotted.len);
    uint64_t top;
    uint64_t arc;
    if (!read_arc(&text, &top) || !read_dot(&text) || !read_arc(&text, &arc) || top > 2 ||
        (top < 2 && arc >= 40))
        return bfalse;
    write_arc(w, top * 40 + arc);
    while (x4_reader_left(&text)) {
        if (!read_dot(&text) || !read_arc(&text, &arc))
            return bfalse;
        write_arc(w, arc);
    }
    return !w->failed;
}

/* Up to the equals sign, which is taken, too. *type is NULL for a dotted number. */
static bval read_type(parser *p, x4s_writer *oid, const x4s_dn_type **type)
{
    skip_blanks(p);
    size_t len = strcspn(p->pos, "=,+\"\\<>;#");
    if (p->pos[len] != '=')
        return fail(p, "an attribute without an equals sign");
    x4s_chunk name = {.data = (const uint8_t *)p->pos, .len = len};
    while (name.len && (name.data[name.len - 1] == ' ' || name.data[name.len - 1] == '\t'))
        name.len--;
    p->pos += len + 1;

    *type = x4_dn_type_named(name);
    if (*type)
        x4_writer_bytes(oid, (*type)->oid, (*type)->oid_len);
    else if (!write_dotted(oid, name))
        return fail(p, "an attribute of unknown type");
    return btrue;
}

/* ------------------------------------------------------------------ values */

/* After a backslash: a character that is meant as such, or two digits that make a byte. */
static bval read_escape(parser *p, x4s_writer *value)
{
    char c = p->pos[0];
    int high = hex_digit(c);
    int low = high >= 0 ? hex_digit(p->pos[1]) : -1;
    if (low >= 0) {
        x4_writer_u8(value, (uint8_t)(high << 4 | low));
        p->pos += 2;
        return btrue;
    }
    if (c == '\0' || !strchr(",+\"\\=<>;#/ ", c))
        return fail(p, "a backslash before what needs none");
    x4_writer_u8(value, (uint8_t)c);
    p->pos++;
    return btrue;
}

/* *needed: how long the value is up to here without blanks at its end. */
static bval read_char(parser *p, x4s_writer *value, size_t *needed)
{
    char c = *p->pos++;
    if (c == '\\' && !read_escape(p, value))
        return bfalse;
    if (c != '\\')
        x4_writer_u8(value, (uint8_t)c);
    if (c != ' ' && c != '\t')
        *needed = x4_writer_len(value);
    return btrue;
}

static bval read_quoted(parser *p, x4s_writer *value)
{
    size_t needed;
    for (p->pos++; *p->pos != '"';) {
        if (*p->pos == '\0')
            return fail(p, "a quotation mark that is not closed");
        if (!read_char(p, value, &needed))
            return bfalse;
    }
    p->pos++;
    return btrue;
}

/* Blanks at the end do not count, unless they were escaped. */
static bval read_plain(parser *p, x4s_writer *value)
{
    size_t needed = 0;
    while (*p->pos != '\0' && *p->pos != '+' && *p->pos != p->separator) {
        if (!read_char(p, value, &needed))
            return bfalse;
    }
    value->len = needed;
    return btrue;
}

static bval read_hex(parser *p, x4s_writer *value)
{
    for (p->pos++; hex_digit(p->pos[0]) >= 0; p->pos += 2) {
        int low = hex_digit(p->pos[1]);
        if (low < 0)
            return fail(p, "an odd number of hexadecimal digits");
        x4_writer_u8(value, (uint8_t)(hex_digit(p->pos[0]) << 4 | low));
    }
    x4s_reader r = x4_reader(value->base, value->len);
    (void)x4_der_read(&r);
    return x4_reader_done(&r) ? btrue : fail(p, "a value in hexadecimal that is no DER");
}

static bval is_printable(uint8_t c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
           (c != '\0' && strchr(" '()+,-./:=?", c));
}

/* The string type for these bytes; 0 for what is no UTF-8. */
static uint8_t string_tag(const x4s_dn_type *type, const x4s_writer *value)
{
    x4s_dn_chars chars = {.rest = x4_reader(value->base, value->len), .tag = x4c_dn_utf8};
    bval printable = btrue;
    bval ascii = btrue;
    for (uint32_t c = x4_dn_char(&chars); c != x4c_dn_end; c = x4_dn_char(&chars)) {
        if (c >= x4c_dn_stray)
            return 0;
        ascii = ascii && c < 0x80;
        printable = printable && c < 0x80 && is_printable((uint8_t)c);
    }
    if (type && type->ia5 && ascii)
        return x4c_dn_ia5;
    return printable ? x4c_dn_printable : x4c_dn_utf8;
}

/* *tag is 0 if the value is DER already. */
static bval read_value(parser *p, const x4s_dn_type *type, x4s_writer *value, uint8_t *tag)
{
    bval hex = *p->pos == '#';
    bval ok = hex              ? read_hex(p, value)
              : *p->pos == '"' ? read_quoted(p, value)
                               : read_plain(p, value);
    if (!ok)
        return bfalse;
    if (value->failed)
        return fail(p, "a value that is too long");
    *tag = hex ? 0 : string_tag(type, value);
    return hex || *tag ? btrue : fail(p, "a value that is not UTF-8");
}

/* ------------------------------------------------------------------ attributes */

static bval keep_piece(parser *p, const x4s_writer *oid, const x4s_writer *value, uint8_t tag)
{
    if (p->count == x4c_dn_rdns_max)
        return fail(p, "too many attributes");
    piece *next = &p->piece[p->count++];
    x4s_writer *w = &p->pieces;
    size_t value_len = (tag ? x4_der_header_size(value->len) : 0) + value->len;
    next->offset = x4_writer_len(w);
    x4_der_write_header(w, x4c_der_sequence, 2 + oid->len + value_len);
    x4_der_write_header(w, x4c_der_oid, oid->len);
    x4_writer_bytes(w, oid->base, oid->len);
    if (tag)
        x4_der_write_header(w, tag, value->len);
    x4_writer_bytes(w, value->base, value->len);
    next->len = x4_writer_len(w) - next->offset;
    return w->failed ? fail(p, "a name that is too long") : btrue;
}

static bval read_attribute(parser *p)
{
    uint8_t oid_bytes[OID_SIZE_MAX];
    uint8_t value_bytes[x4c_dn_size_max];
    x4s_writer oid = x4_writer(oid_bytes, sizeof(oid_bytes));
    x4s_writer value = x4_writer(value_bytes, sizeof(value_bytes));
    const x4s_dn_type *type;
    uint8_t tag;
    if (!read_type(p, &oid, &type))
        return bfalse;
    skip_blanks(p);
    if (!read_value(p, type, &value, &tag))
        return bfalse;
    skip_blanks(p);
    return keep_piece(p, &oid, &value, tag);
}

/* "/C=CH/O=strongSwan" has its separator before each RDN, "C=CH, O=strongSwan" between them. */
static bval read_all(parser *p)
{
    skip_blanks(p);
    p->separator = *p->pos == '/' ? '/' : ',';
    if (*p->pos == '/')
        p->pos++;
    for (bval begins = btrue;;) {
        if (p->count < x4c_dn_rdns_max)
            p->piece[p->count].begins_rdn = begins;
        if (!read_attribute(p))
            return bfalse;
        if (*p->pos == '\0')
            return btrue;
        if (*p->pos != p->separator && *p->pos != '+')
            return fail(p, "text after a value");
        begins = *p->pos++ != '+';
    }
}

/* ------------------------------------------------------------------ the name */

static bval is_before(const parser *p, const piece *a, const piece *b)
{
    int order = memcmp(p->encoded + a->offset, p->encoded + b->offset, x4m_min(a->len, b->len));
    return order ? order < 0 : a->len < b->len;
}

/* DER wants the members of a set in the order of their encodings (X.690 11.6). */
static void sort_rdn(const parser *p, piece *rdn, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        for (size_t k = i; k > 0 && is_before(p, &rdn[k], &rdn[k - 1]); k--) {
            piece swap = rdn[k];
            rdn[k] = rdn[k - 1];
            rdn[k - 1] = swap;
        }
    }
}

/* Members of the RDN that begins at `first`, and how long they are together. */
static size_t rdn_members(const parser *p, size_t first, size_t *len)
{
    size_t i = first;
    *len = 0;
    do {
        *len += p->piece[i++].len;
    } while (i < p->count && !p->piece[i].begins_rdn);
    return i - first;
}

static size_t content_len(const parser *p)
{
    size_t total = 0;
    size_t len;
    for (size_t i = 0; i < p->count; total += x4_der_header_size(len) + len)
        i += rdn_members(p, i, &len);
    return total;
}

static void write_name(parser *p, x4s_writer *w)
{
    size_t len;
    x4_der_write_header(w, x4c_der_sequence, content_len(p));
    for (size_t i = 0; i < p->count;) {
        size_t members = rdn_members(p, i, &len);
        x4_der_write_header(w, x4c_der_set, len);
        sort_rdn(p, &p->piece[i], members);
        for (size_t end = i + members; i < end; i++)
            x4_writer_bytes(w, p->encoded + p->piece[i].offset, p->piece[i].len);
    }
}

bval x4_dn_parse(const char *text, uint8_t *der, size_t size, size_t *len, const char **error)
{
    parser p = {.pos = text};
    p.pieces = x4_writer(p.encoded, sizeof(p.encoded));
    if (!read_all(&p)) {
        *error = p.error;
        return bfalse;
    }
    x4s_writer w = x4_writer(der, x4m_min(size, (size_t)x4c_dn_size_max));
    write_name(&p, &w);
    *len = x4_writer_len(&w);
    *error = w.failed ? "a name that is too long" : "a value in hexadecimal that is malformed";
    return !w.failed && x4_dn_valid((x4s_chunk){.data = der, .len = *len});
}
