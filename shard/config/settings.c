/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/config/settings.h"

#include <stdio.h>
#include <string.h>

#include "shard/config/settings_files.h"
#include "shard/config/settings_tree.h"

/* One configuration that is being read. */
struct parser {
    struct tree tree;
    struct settings_files files;
    struct settings_error *error;
};

/* One file of it. Line is that of pos. */
struct cursor {
    struct parser *parser;
    const struct settings_file *file;
    const char *pos;
    const char *end;
    unsigned line;
    unsigned depth;    /* of sections, over all files */
    unsigned opened;   /* sections of this file that are open */
    unsigned includes; /* files that this one is included by */
    char *scratch;     /* has room for a value: no value is longer than the file */
};

static bool parse_file(struct parser *parser, const struct settings_source *source,
                       struct tree_section *section, unsigned depth, unsigned includes);

static struct settings_place place_of(const struct cursor *c)
{
    return (struct settings_place){c->file, c->line};
}

/* What stands at the cursor, for "found ...". */
static const char *found(const struct cursor *c, char text[8])
{
    if (c->pos == c->end)
        return "the end of the file";
    if (*c->pos == '\n' || *c->pos == '\r')
        return "the end of the line";
    snprintf(text, 8, "'%c'", *c->pos);
    return text;
}

static bool fail_at(const struct cursor *c, const char *expected)
{
    char text[8];
    return tree_fail(c->parser->error, place_of(c), "expected %s, found %s", expected,
                     found(c, text));
}

static bool fail_memory(const struct cursor *c)
{
    return tree_fail(c->parser->error, place_of(c), "out of memory");
}

static bool at(const struct cursor *c, const char *characters)
{
    return c->pos < c->end && *c->pos && strchr(characters, *c->pos);
}

static void skip_spaces(struct cursor *c)
{
    while (at(c, " \t\r"))
        c->pos++;
}

/* Spaces, newlines and comments. */
static void skip_blank(struct cursor *c)
{
    for (; at(c, " \t\r\n#"); c->pos++) {
        if (*c->pos == '#') {
            while (c->pos + 1 < c->end && c->pos[1] != '\n')
                c->pos++;
        }
        c->line += *c->pos == '\n';
    }
}

/* ------------------------------------------------------------------ names, values, patterns */

static bool name_goes_on(const struct cursor *c)
{
    if (at(c, "{}=#\",\n\r\t "))
        return false;
    if (at(c, ":"))
        return c->pos + 1 < c->end && c->pos[1] == ':';
    return c->pos < c->end;
}

/* NULL after an error. */
static const char *parse_name(struct cursor *c, const char *expected)
{
    char name[SETTINGS_NAME_MAX + 1];
    size_t len = 0;

    while (name_goes_on(c)) {
        if (len == SETTINGS_NAME_MAX) {
            tree_fail(c->parser->error, place_of(c), "expected a name of at most %d bytes",
                      SETTINGS_NAME_MAX);
            return NULL;
        }
        name[len++] = *c->pos;
        c->pos += *c->pos == ':' ? 2 : 1;
    }
    if (!len) {
        fail_at(c, expected);
        return NULL;
    }
    const char *copy = hub_arena_text(c->parser->tree.arena, name, len);
    if (!copy)
        fail_memory(c);
    return copy;
}

/* The character after a backslash; a newline joins the lines and yields nothing. */
static size_t unescape(struct cursor *c, char *out)
{
    static const char from[] = "nrt";
    static const char to[] = "\n\r\t";

    if (*c->pos == '\r' && c->pos + 1 < c->end && c->pos[1] == '\n')
        c->pos++;
    char escaped = *c->pos++;
    if (escaped == '\n') {
        c->line++;
        return 0;
    }
    const char *known = strchr(from, escaped);
    *out = known ? to[known - from] : escaped;
    return 1;
}

/* Appends the string at the cursor, which is on the opening quote. */
static bool parse_string(struct cursor *c, size_t *len)
{
    const struct settings_place opened = place_of(c);
    c->pos++;
    while (c->pos < c->end && *c->pos != '"') {
        char byte = *c->pos++;
        if (byte == '\\') {
            if (c->pos == c->end)
                break;
            *len += unescape(c, c->scratch + *len);
            continue;
        }
        c->line += byte == '\n';
        if (byte != '\r')
            c->scratch[(*len)++] = byte;
    }
    if (c->pos == c->end)
        return tree_fail(c->parser->error, opened, "expected a '\"' that ends this string");
    c->pos++;
    return true;
}

static void parse_word(struct cursor *c, size_t *len)
{
    while (c->pos < c->end && !at(c, "#}\"\n\r\t "))
        c->scratch[(*len)++] = *c->pos++;
}

/* NULL after an error. */
static const char *parse_value(struct cursor *c)
{
    size_t len = 0;
    for (unsigned parts = 0; skip_spaces(c), c->pos < c->end && !at(c, "\n#}"); parts++) {
        if (parts)
            c->scratch[len++] = ' ';
        if (!at(c, "\""))
            parse_word(c, &len);
        else if (!parse_string(c, &len))
            return NULL;
    }
    const char *text = hub_arena_text(c->parser->tree.arena, c->scratch, len);
    if (!text)
        fail_memory(c);
    return text;
}

/* The pattern of an include into scratch. */
static bool parse_pattern(struct cursor *c, size_t *len)
{
    *len = 0;
    if (at(c, "\""))
        return parse_string(c, len);
    while (c->pos < c->end && !at(c, "\"#}\n\r\t ")) {
        if (*c->pos == '\\' && c->pos + 1 < c->end && strchr("\"#} ", c->pos[1]))
            c->pos++;
        c->scratch[(*len)++] = *c->pos++;
    }
    return *len || fail_at(c, "a file name after include");
}

/* ------------------------------------------------------------------ statements */

static bool parse_statements(struct cursor *c, struct tree_section *section);

static bool parse_include(struct cursor *c, struct tree_section *section)
{
    struct settings_place place = place_of(c);
    struct parser *parser = c->parser;
    size_t len;

    if (!parse_pattern(c, &len))
        return false;
    c->scratch[len] = 0;
    if (c->includes == SETTINGS_INCLUDES_MAX)
        return tree_fail(parser->error, place, "files include each other deeper than %d",
                         SETTINGS_INCLUDES_MAX);

    struct hub_names paths;
    if (!settings_files_match(&parser->files, place, c->scratch, &paths, parser->error))
        return false;
    bool good = true;
    for (size_t i = 0; good && i < paths.count; i++) {
        struct settings_source source;
        good = settings_files_open(&parser->files, place, paths.name[i], &source, parser->error) &&
               parse_file(parser, &source, section, c->depth, c->includes + 1);
    }
    hub_names_free(&paths);
    return good;
}

static bool parse_references(struct cursor *c, struct tree_section *section)
{
    do {
        c->pos++;
        skip_spaces(c);
        struct settings_place place = place_of(c);
        const char *name = parse_name(c, "the name of a section to refer to");
        if (!name)
            return false;
        if (!tree_reference_add(&c->parser->tree, section, name, place))
            return fail_memory(c);
        skip_spaces(c);
    } while (at(c, ","));
    return true;
}

/* From ':' or '{' on. */
static bool parse_section(struct cursor *c, struct tree_section *parent, const char *name,
                          struct settings_place place)
{
    struct tree_section *section = tree_section_open(&c->parser->tree, parent, name, place);
    if (!section)
        return fail_memory(c);
    if (at(c, ":") && !parse_references(c, section))
        return false;
    skip_blank(c);
    if (!at(c, "{"))
        return fail_at(c, "'{'");
    if (c->depth == SETTINGS_DEPTH_MAX)
        return tree_fail(c->parser->error, place_of(c), "sections nest deeper than %d",
                         SETTINGS_DEPTH_MAX);
    c->pos++;
    c->depth++;
    c->opened++;
    if (!parse_statements(c, section))
        return false;
    if (c->pos == c->end)
        return tree_fail(c->parser->error, place,
                         "expected a '}' that ends section '%s', found the end of the file", name);
    c->pos++;
    c->depth--;
    c->opened--;
    return true;
}

static bool parse_statement(struct cursor *c, struct tree_section *section)
{
    struct settings_place place = place_of(c);
    const char *name = parse_name(c, "the name of an option or section");
    if (!name)
        return false;

    bool spaced = at(c, " \t");
    skip_spaces(c);
    if (at(c, "=")) {
        c->pos++;
        const char *text = parse_value(c);
        return text &&
               (tree_value_set(&c->parser->tree, section, name, text, place) || fail_memory(c));
    }
    if (spaced && !strcmp(name, "include") && !at(c, "{:\n"))
        return parse_include(c, section);

    const struct cursor after = *c;
    skip_blank(c);
    if (!at(c, ":{")) {
        char expected[SETTINGS_NAME_MAX + 32];
        snprintf(expected, sizeof(expected), "'=' or '{' after '%s'", name);
        return fail_at(&after, expected);
    }
    return parse_section(c, section, name, place);
}

/* Ends before the '}' of the section or at the end of the file. */
static bool parse_statements(struct cursor *c, struct tree_section *section)
{
    for (;;) {
        skip_blank(c);
        if (c->pos == c->end)
            return true;
        if (at(c, "}"))
            return c->opened || fail_at(c, "the name of an option or section");
        if (!parse_statement(c, section))
            return false;
    }
}

/* ------------------------------------------------------------------ files */

static bool is_text(const struct cursor *file)
{
    struct cursor c = *file;
    for (; c.pos < c.end; c.pos++) {
        unsigned char byte = (unsigned char)*c.pos;
        if ((byte < 0x20 && !strchr("\t\n\r", byte)) || byte == 0 || byte == 0x7f)
            return tree_fail(c.parser->error, place_of(&c), "expected text, found byte 0x%02x",
                             byte);
        c.line += byte == '\n';
    }
    return true;
}

/* Takes the source. */
static bool parse_file(struct parser *parser, const struct settings_source *source,
                       struct tree_section *section, unsigned depth, unsigned includes)
{
    struct cursor c = {
        .parser = parser,
        .file = source->file,
        .pos = source->text,
        .end = source->text + source->size,
        .line = 1,
        .depth = depth,
        .includes = includes,
        .scratch = x4_alloc(&x4_libc_allocator, source->size + 1),
    };
    bool good = c.scratch ? is_text(&c) && parse_statements(&c, section) : fail_memory(&c);
    x4_free(&x4_libc_allocator, c.scratch, source->size + 1);
    settings_files_close(&parser->files, source);
    return good;
}

static const struct settings_section *parse_all(struct parser *parser,
                                                const struct settings_source *source)
{
    const struct settings_place whole = {source->file, 0};
    struct tree *tree = &parser->tree;
    bool good = false;

    parser->error->text[0] = 0;
    if (tree_init(tree, parser->files.arena, whole))
        good = parse_file(parser, source, tree->root, 0, 0) && tree_inherit(tree, parser->error);
    else
        settings_files_close(&parser->files, source);
    tree_fini(tree);
    if (good)
        return &tree->root->pub;
    if (!parser->error->text[0])
        tree_fail(parser->error, whole, "out of memory");
    return NULL;
}

const struct settings_section *settings_load(struct hub_arena *arena, const char *path,
                                             struct settings_error *error)
{
    const struct settings_file named = {.name = path};
    struct parser parser = {.files = {.arena = arena, .may_include = true}, .error = error};
    struct settings_source source;

    if (!settings_files_open(&parser.files, (struct settings_place){&named, 0}, path, &source,
                             error))
        return NULL;
    return parse_all(&parser, &source);
}

const struct settings_section *settings_parse(struct hub_arena *arena, const char *name,
                                              const char *text, size_t size,
                                              struct settings_error *error)
{
    const struct settings_file named = {.name = name};
    struct parser parser = {.files = {.arena = arena}, .error = error};
    struct settings_source source;

    if (!settings_files_memory(&parser.files, name, text, size, &source)) {
        tree_fail(error, (struct settings_place){&named, 0}, "out of memory");
        return NULL;
    }
    return parse_all(&parser, &source);
}

char *settings_path(const struct settings_section *section, char *text, size_t size)
{
    text[0] = 0;
    if (!section->parent)
        return text;
    settings_path(section->parent, text, size);
    size_t len = strlen(text);
    snprintf(text + len, size - len, len ? ".%s" : "%s", section->name);
    return text;
}
