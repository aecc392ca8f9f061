/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/config/settings.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

/* ------------------------------------------------------------------ showing a tree */

struct fixture {
    struct hub_arena *arena;
    struct settings_error error;
    char shown[4096];
};

static void show(const struct settings_section *section, char *text, size_t size)
{
    size_t used = strlen(text);
    for (const struct settings_value *v = section->values; v; v = v->next)
        used += (size_t)snprintf(text + used, size - used, "%s=%s;", v->name, v->text);
    for (const struct settings_section *s = section->sections; s; s = s->next) {
        used += (size_t)snprintf(text + used, size - used, "%s{", s->name);
        show(s, text, size);
        used = strlen(text);
        used += (size_t)snprintf(text + used, size - used, "}");
    }
}

static const struct settings_section *parse(struct fixture *f, const char *text)
{
    hub_arena_free(f->arena);
    f->arena = hub_arena_new();
    assert_non_null(f->arena);
    return settings_parse(f->arena, "f.conf", text, strlen(text), &f->error);
}

static void assert_tree(struct fixture *f, const char *text, const char *expected)
{
    const struct settings_section *root = parse(f, text);
    if (!root)
        fail_msg("%s", f->error.text);
    f->shown[0] = 0;
    show(root, f->shown, sizeof(f->shown));
    assert_string_equal(f->shown, expected);
}

static void assert_refused(struct fixture *f, const char *text, const char *expected)
{
    assert_null(parse(f, text));
    assert_string_equal(f->error.text, expected);
}

static int setup(void **state)
{
    *state = calloc(1, sizeof(struct fixture));
    return *state ? 0 : -1;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    hub_arena_free(f->arena);
    free(f);
    return 0;
}

/* ------------------------------------------------------------------ grammar */

static void values_and_sections(void **state)
{
    struct fixture *f = *state;
    assert_tree(f, "", "");
    assert_tree(f, "a = 1", "a=1;");
    assert_tree(f, "a=1\r\nb = 2 \n", "a=1;b=2;");
    assert_tree(f, "a = x y   z\n", "a=x y z;");
    assert_tree(f, "a =\nb = 1", "a=;b=1;");
    assert_tree(f, "a = b = c { d\n", "a=b = c { d;");
    assert_tree(f, "s { a = 1 }\n", "s{a=1;}");
    assert_tree(f, "s{a=1}t{b=2}", "s{a=1;}t{b=2;}");
    assert_tree(f, "s {\n t {\n a = 1\n }\n b = 2\n}\n", "s{b=2;t{a=1;}}");
    assert_tree(f, "s\n{ }\n", "s{}");
    assert_tree(f, "a.b-c_d = 1\nx::y = 2", "a.b-c_d=1;x:y=2;");
    assert_tree(f, "include = 1\nincluded { include { } }", "include=1;included{include{}}");
}

static void comments(void **state)
{
    struct fixture *f = *state;
    assert_tree(f, "# a = 1\n  # b\na = 1 # c\n#", "a=1;");
    assert_tree(f, "s { # x\n a = 1#y\n } # z", "s{a=1;}");
    assert_tree(f, "a = \"1 # 2\" # 3", "a=1 # 2;");
    assert_tree(f, "s # x\n# y\n{ }", "s{}");
}

static void strings(void **state)
{
    struct fixture *f = *state;
    assert_tree(f, "a = \"x = { } # y\"", "a=x = { } # y;");
    assert_tree(f, "a = \"q\\\"q\\\\\\n\\t\\r\\x\"", "a=q\"q\\\n\t\rx;");
    assert_tree(f, "a = \"one\ntwo\\\nthree\"\nb = 1", "a=one\ntwothree;b=1;");
    assert_tree(f, "a = \"one\\\r\ntwo\"", "a=onetwo;");
    assert_tree(f, "a = \"x\" y \"z\"", "a=x y z;");
    assert_tree(f, "a = \"\"", "a=;");
}

static void merging(void **state)
{
    struct fixture *f = *state;
    assert_tree(f, "a = 1\nb = 2\na = 3", "a=3;b=2;");
    assert_tree(f, "s {\n a = 1\n t { x = 1 }\n}\ns {\n b = 2\n t { y = 2 }\n a = 3\n}",
                "s{a=3;b=2;t{x=1;y=2;}}");
    assert_tree(f, "s = 1\ns { }", "s=1;s{}");
}

/* Small sections are walked, large ones are found by a table: nobody sees the difference. */
static void many_names(void **state)
{
    char text[8192];
    char expected[8192];
    for (unsigned count = 15; count < 20; count++) {
        size_t used = 0;
        size_t wanted = 0;
        for (unsigned round = 1; round <= 2; round++)
            for (unsigned i = 0; i < count; i++)
                used += (size_t)snprintf(text + used, sizeof(text) - used,
                                         "v%u = %u\ns%u {\nx = %u\n}\n", i, round, i, round);
        for (unsigned i = 0; i < count; i++)
            wanted += (size_t)snprintf(expected + wanted, sizeof(expected) - wanted, "v%u=2;", i);
        for (unsigned i = 0; i < count; i++)
            wanted +=
                (size_t)snprintf(expected + wanted, sizeof(expected) - wanted, "s%u{x=2;}", i);
        assert_tree(*state, text, expected);
    }
}

static void places(void **state)
{
    struct fixture *f = *state;
    const struct settings_section *root =
        parse(f, "# 1\na = \"2\n3\"\n\ns # 5\n{\n  b = 7 }\nb = 8\na = 9");
    assert_non_null(root);
    assert_int_equal(root->values->place.line, 9);
    assert_string_equal(root->values->place.file->name, "f.conf");
    assert_int_equal(root->values->next->place.line, 8);
    assert_int_equal(root->sections->place.line, 5);
    assert_int_equal(root->sections->values->place.line, 7);

    char path[32];
    assert_string_equal(settings_path(root->sections, path, sizeof(path)), "s");
    assert_string_equal(settings_path(root, path, sizeof(path)), "");
}

static void syntax_errors(void **state)
{
    static const struct {
        const char *text;
        const char *error;
    } cases[] = {
        {"a", "f.conf:1: expected '=' or '{' after 'a', found the end of the file"},
        {"a\n", "f.conf:1: expected '=' or '{' after 'a', found the end of the line"},
        {"\na b = 1", "f.conf:2: expected '=' or '{' after 'a', found 'b'"},
        {"a\nb = 1", "f.conf:1: expected '=' or '{' after 'a', found the end of the line"},
        {"= 1", "f.conf:1: expected the name of an option or section, found '='"},
        {"\"a\" = 1", "f.conf:1: expected the name of an option or section, found '\"'"},
        {"{ }", "f.conf:1: expected the name of an option or section, found '{'"},
        {"a = 1\n}", "f.conf:2: expected the name of an option or section, found '}'"},
        {"s {\na = 1\n",
         "f.conf:1: expected a '}' that ends section 's', found the end of the file"},
        {"s {\nt {\n}\n",
         "f.conf:1: expected a '}' that ends section 's', found the end of the file"},
        {"a = 1\nb = \"x\ny\n", "f.conf:2: expected a '\"' that ends this string"},
        {"a = \"x\\", "f.conf:1: expected a '\"' that ends this string"},
        {"s : { }", "f.conf:1: expected the name of a section to refer to, found '{'"},
        {"s : a b { }", "f.conf:1: expected '{', found 'b'"},
        {"s : a", "f.conf:1: expected '{', found the end of the file"},
        {"include x.conf", "f.conf:1: include of x.conf: this text may not include files"},
        {"include #", "f.conf:1: expected a file name after include, found '#'"},
        {"a = \001", "f.conf:1: expected text, found byte 0x01"},
        {"a = 1\n\x7f", "f.conf:2: expected text, found byte 0x7f"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_refused(*state, cases[i].text, cases[i].error);

    struct fixture *f = *state;
    assert_null(settings_parse(f->arena, "f.conf", "a\0=", 3, &f->error));
    assert_string_equal(f->error.text, "f.conf:1: expected text, found byte 0x00");
}

static void bounds(void **state)
{
    struct fixture *f = *state;
    char text[1024] = "";
    for (int i = 0; i < SETTINGS_DEPTH_MAX; i++)
        strcat(text, "s {\n");
    size_t len = strlen(text);
    for (int i = 0; i < SETTINGS_DEPTH_MAX; i++)
        strcat(text, "}");
    assert_non_null(parse(f, text));
    strcpy(text + len, "s {");
    assert_refused(f, text, "f.conf:17: sections nest deeper than 16");

    memset(text, 'n', SETTINGS_NAME_MAX);
    strcpy(text + SETTINGS_NAME_MAX, " = 1");
    assert_non_null(parse(f, text));
    strcpy(text + SETTINGS_NAME_MAX, "n = 1");
    assert_refused(f, text, "f.conf:1: expected a name of at most 255 bytes");
}

/* Any prefix of a text is read or refused, and nothing is read beyond it. */
static void truncation(void **state)
{
    static const char text[] =
        "a = 1 # c\ns : t, u.v {\n b = \"x\\n\\\ny\" z\n include \"q\\\"\"\n}\n"
        "t { c = 2 }\nu { v { w : t { } } }\n";
    struct fixture *f = *state;
    for (size_t len = 0; len <= strlen(text); len++) {
        char *copy = malloc(len ? len : 1);
        assert_non_null(copy);
        memcpy(copy, text, len);
        struct hub_arena *arena = hub_arena_new();
        f->error.text[0] = 0;
        const struct settings_section *root = settings_parse(arena, "f.conf", copy, len, &f->error);
        assert_true(root || !strncmp(f->error.text, "f.conf:", 7));
        hub_arena_free(arena);
        free(copy);
    }
}

/* ------------------------------------------------------------------ inheritance */

static void inheriting(void **state)
{
    struct fixture *f = *state;
    assert_tree(f, "t {\n a = 1\n b {\n c = 2\n }\n}\ns : t {\n x = 3\n}",
                "t{a=1;b{c=2;}}s{x=3;a=1;b{c=2;}}");
    assert_tree(f, "s : t {\n a = 9\n b {\n d = 4\n }\n}\nt {\n a = 1\n b {\n c = 2\n }\n}",
                "s{a=9;b{d=4;c=2;}}t{a=1;b{c=2;}}");
    assert_tree(f, "t {\n a = 1\n}\nu {\n a = 2\n b = 2\n}\ns : t, u { }",
                "t{a=1;}u{a=2;b=2;}s{a=1;b=2;}");
    assert_tree(f, "t {\n a = 1\n}\ns : t {\n a =\n}", "t{a=1;}s{a=;}");
    assert_tree(f, "p {\n q : t {\n y = 1\n }\n}\nt {\n x = 1\n}\nr : p.q { }",
                "p{q{y=1;x=1;}}t{x=1;}r{y=1;x=1;}");
    assert_tree(f, "c {\n one {\n a = 1\n }\n two : c.one { }\n}", "c{one{a=1;}two{a=1;}}");

    const struct settings_section *root = parse(f, "t {\n u {\n }\n}\nv {\n}\ns : t.u { }");
    assert_true(root->sections->referred);
    assert_true(root->sections->sections->referred);
    assert_false(root->sections->next->referred);
}

static void inheritance_errors(void **state)
{
    struct fixture *f = *state;
    assert_refused(f, "\ns : t { }",
                   "f.conf:2: section 's' refers to 't': expected the name of a section from the "
                   "root on, like connections.office");
    assert_refused(f, "s : s { }",
                   "f.conf:1: section 's' refers to 's', which refers to it or contains it");
    assert_refused(f, "a : b { }\nb : a { }",
                   "f.conf:2: section 'b' refers to 'a', which refers to it or contains it");
    assert_refused(f, "a {\n b : a { }\n}",
                   "f.conf:2: section 'b' refers to 'a', which refers to it or contains it");
}

static void inheritance_is_bounded(void **state)
{
    struct fixture *f = *state;
    char text[16384] = "s0 { a = 1 }\n";
    size_t used = strlen(text);
    for (int i = 1; i < 15; i++)
        used += (size_t)snprintf(text + used, sizeof(text) - used,
                                 "s%d { l : s%d { } r : s%d { } }\n", i, i - 1, i - 1);
    assert_null(parse(f, text));
    assert_non_null(
        strstr(f->error.text, "inheritance makes the configuration more than 64 times larger"));

    used = (size_t)snprintf(text, sizeof(text), "s0 { a = 1 }\n");
    for (int i = 1; i < 40; i++)
        used +=
            (size_t)snprintf(text + used, sizeof(text) - used, "s%d { l : s%d { } }\n", i, i - 1);
    assert_null(parse(f, text));
    assert_non_null(strstr(f->error.text, "inheritance makes sections nest deeper than 16"));
}

/* ------------------------------------------------------------------ files */

struct directory {
    struct fixture f;
    char path[64];
};

static int make_directory(void **state)
{
    struct directory *d = calloc(1, sizeof(*d));
    strcpy(d->path, "/tmp/test_settings.XXXXXX");
    *state = d;
    return mkdtemp(d->path) ? 0 : -1;
}

static int remove_directory(void **state)
{
    static const char *const names[] = {"main.conf", "a.conf", "b.conf", "d/x.conf", "d/y.conf"};
    struct directory *d = *state;
    char path[128];
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        snprintf(path, sizeof(path), "%s/%s", d->path, names[i]);
        unlink(path);
    }
    snprintf(path, sizeof(path), "%s/d", d->path);
    rmdir(path);
    hub_arena_free(d->f.arena);
    int result = rmdir(d->path);
    free(d);
    return result;
}

static void write_file(const struct directory *d, const char *name, const char *text)
{
    char path[128];
    snprintf(path, sizeof(path), "%s/%s", d->path, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
    chmod(path, 0600);
}

static const struct settings_section *load(struct directory *d)
{
    char path[128];
    hub_arena_free(d->f.arena);
    d->f.arena = hub_arena_new();
    snprintf(path, sizeof(path), "%s/main.conf", d->path);
    return settings_load(d->f.arena, path, &d->f.error);
}

/* The error without the directory, which has a random name. */
static void assert_load_error(struct directory *d, const char *expected)
{
    assert_null(load(d));
    char text[SETTINGS_ERROR] = "";
    for (const char *rest = d->f.error.text; *rest;) {
        if (!strncmp(rest, d->path, strlen(d->path))) {
            rest += strlen(d->path);
            continue;
        }
        size_t len = strlen(text);
        text[len] = *rest++;
        text[len + 1] = 0;
    }
    assert_string_equal(text, expected);
}

static void assert_loaded(struct directory *d, const char *expected)
{
    const struct settings_section *root = load(d);
    if (!root)
        fail_msg("%s", d->f.error.text);
    d->f.shown[0] = 0;
    show(root, d->f.shown, sizeof(d->f.shown));
    assert_string_equal(d->f.shown, expected);
}

static void including(void **state)
{
    struct directory *d = *state;
    char path[128];
    snprintf(path, sizeof(path), "%s/d", d->path);
    assert_int_equal(mkdir(path, 0700), 0);
    write_file(d, "d/x.conf", "x = 1\nx2 = 1\n");
    write_file(d, "d/y.conf", "x = 2\n");
    write_file(d, "a.conf", "in { a = 1 }\ninclude d/x.conf");
    write_file(d, "main.conf",
               "include a.conf\ns { include d/*.conf }\ninclude none/*\n"
               "t { include \"d/y.conf\"\n}\n");
    assert_loaded(d, "x=1;x2=1;in{a=1;}s{x=2;x2=1;}t{x=2;}");

    const struct settings_section *root = load(d);
    assert_false(root->values->place.file->others);
    snprintf(path, sizeof(path), "%s/d/x.conf", d->path);
    assert_string_equal(root->values->place.file->name, path);
    assert_int_equal(root->values->next->place.line, 2);
    chmod(path, 0604);
    root = load(d);
    assert_true(root->values->place.file->others);

    char text[192];
    snprintf(text, sizeof(text), "include %s/d/y.conf", d->path);
    write_file(d, "main.conf", text);
    assert_loaded(d, "x=2;");
}

static void include_errors(void **state)
{
    struct directory *d = *state;
    assert_load_error(d, "/main.conf: No such file or directory");

    write_file(d, "main.conf", "a = 1\ninclude a.conf\n");
    assert_load_error(d, "/main.conf:2: include of /a.conf: No such file or directory");

    write_file(d, "a.conf", "\n\nb\n");
    assert_load_error(d, "/a.conf:3: expected '=' or '{' after 'b', found the end of the line");

    write_file(d, "a.conf", "}\n");
    write_file(d, "main.conf", "s {\ninclude a.conf\n");
    assert_load_error(d, "/a.conf:1: expected the name of an option or section, found '}'");

    write_file(d, "main.conf", "include a.conf");
    write_file(d, "a.conf", "\ninclude b.conf");
    write_file(d, "b.conf", "\n\ninclude ./a.conf");
    assert_load_error(d, "/b.conf:3: include of /./a.conf: the file includes itself");

    write_file(d, "main.conf", "include .");
    assert_load_error(d, "/main.conf:1: include of /.: expected a file, found a directory");

    write_file(d, "main.conf", "include /dev/null");
    assert_load_error(d, "/main.conf:1: include of /dev/null: expected a regular file");
}

static void a_file_twice_is_no_loop(void **state)
{
    struct directory *d = *state;
    write_file(d, "a.conf", "x = 1\n");
    write_file(d, "main.conf", "s { include a.conf\n}\nt { include a.conf\n}\n");
    assert_loaded(d, "s{x=1;}t{x=1;}");
}

int main(void)
{
#define TEST(name)  cmocka_unit_test_setup_teardown(name, setup, teardown)
#define FILES(name) cmocka_unit_test_setup_teardown(name, make_directory, remove_directory)
    const struct CMUnitTest tests[] = {
        TEST(values_and_sections),
        TEST(comments),
        TEST(strings),
        TEST(merging),
        TEST(many_names),
        TEST(places),
        TEST(syntax_errors),
        TEST(bounds),
        TEST(truncation),

        TEST(inheriting),
        TEST(inheritance_errors),
        TEST(inheritance_is_bounded),
        FILES(including),
        FILES(include_errors),
        FILES(a_file_twice_is_no_loop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
