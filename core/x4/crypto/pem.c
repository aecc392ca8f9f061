/* SPDX-License-Identifier: BSD-2-Clause */
#include "x4/crypto/pem.h"

#include <string.h>

#include "x4/core/memory.h"

#define BEGIN "-----BEGIN "
#define END   "-----END "
#define TAIL  "-----"

static bval starts(x4s_chunk text, const char *with)
{
    size_t len = strlen(with);
    return text.len >= len && memcmp(text.data, with, len) == 0;
}

static x4s_chunk skip(x4s_chunk text, size_t len)
{
    return (x4s_chunk){.data = text.data + len, .len = text.len - len};
}

/* The next line without its end and without blanks at its end. */
static x4s_chunk next_line(x4s_chunk *text)
{
    const uint8_t *end = memchr(text->data, '\n', text->len);
    x4s_chunk line = {.data = text->data, .len = end ? (size_t)(end - text->data) : text->len};
    *text = skip(*text, end ? line.len + 1 : line.len);
    while (line.len && (line.data[line.len - 1] == '\r' || line.data[line.len - 1] == ' ' ||
                        line.data[line.len - 1] == '\t'))
        line.len--;
    return line;
}

/* Reads the label between `before` and the dashes; bfalse if the line is no such line. */
static bval read_label(x4s_chunk line, const char *before, char label[x4c_pem_label_max])
{
    if (!starts(line, before))
        return bfalse;
    line = skip(line, strlen(before));
    size_t tail = strlen(TAIL);
    if (line.len < tail || !starts(skip(line, line.len - tail), TAIL))
        return bfalse;
    line.len -= tail;
    if (line.len >= x4c_pem_label_max)
        return bfalse;
    memcpy(label, line.data, line.len);
    label[line.len] = '\0';
    return btrue;
}

/* ------------------------------------------------------------------ base64 */

typedef struct base64 {
    uint8_t *out;
    size_t size;
    size_t len;
    uint32_t bits;
    unsigned held;    /* how many bits */
    unsigned symbols; /* modulo 4, padding included */
    unsigned padding;
} base64;

/* RFC 4648 4, without a table that the value would be looked up in: it may be of a private key. */
static int base64_value(uint8_t c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    if (c == '+')
        return 62;
    return c == '/' ? 63 : -1;
}

static x4e_pem base64_symbol(base64 *b, uint8_t c)
{
    b->symbols = (b->symbols + 1) % 4;
    if (c == '=') {
        b->padding++;
        return b->padding <= 2 ? x4c_pem_block : x4c_pem_malformed;
    }
    int value = base64_value(c);
    if (value < 0 || b->padding)
        return x4c_pem_malformed;
    b->bits = (b->bits << 6 | (uint32_t)value) & 0xfff;
    b->held += 6;
    if (b->held < 8)
        return x4c_pem_block;
    if (b->len == b->size)
        return x4c_pem_too_long;
    b->held -= 8;
    b->out[b->len++] = (uint8_t)(b->bits >> b->held);
    return x4c_pem_block;
}

static x4e_pem base64_line(base64 *b, x4s_chunk line)
{
    x4e_pem result = x4c_pem_block;
    for (size_t i = 0; i < line.len && result == x4c_pem_block; i++) {
        if (line.data[i] != ' ' && line.data[i] != '\t')
            result = base64_symbol(b, line.data[i]);
    }
    return result;
}

/* All quadruples are whole, and the padding says how many bits are left over. */
static bval base64_complete(const base64 *b)
{
    return b->symbols == 0 && b->held == 2 * b->padding;
}

/* ------------------------------------------------------------------ blocks */

static x4e_pem read_body(x4s_chunk *text, const char *label, base64 *b)
{
    char end[x4c_pem_label_max];
    while (text->len) {
        x4s_chunk line = next_line(text);
        if (read_label(line, END, end))
            return strcmp(end, label) == 0 && base64_complete(b) ? x4c_pem_block
                                                                 : x4c_pem_malformed;
        x4e_pem result = base64_line(b, line);
        if (result != x4c_pem_block)
            return result;
    }
    return x4c_pem_malformed;
}

x4e_pem x4_pem_next(x4s_chunk *text, char label[x4c_pem_label_max], uint8_t *der, size_t size,
                    size_t *len)
{
    base64 b = {.out = der, .size = size};
    x4e_pem result = x4c_pem_end;
    while (text->len && result == x4c_pem_end) {
        if (read_label(next_line(text), BEGIN, label))
            result = read_body(text, label, &b);
    }
    *len = b.len;
    if (result != x4c_pem_block) {
        x4_wipe(der, b.len);
        *len = 0;
        text->len = 0;
    }
    x4_wipe(&b, sizeof(b));
    return result;
}
