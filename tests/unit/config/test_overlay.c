/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/config/overlay.h"

#include "tests/unit/config/config_text.h"

#define PSK     "local { auth = psk\n id = a }\n remote { auth = psk\n id = b }\n"
#define SECRETS "secrets { ike-1 { secret = x } }\n"

/* -------------------------------------------------------------------------- an overlay of text */

/* Sections of connections: a name and what one option of each is. */
struct row {
    const char *section;
    const char *name;
    const char *option;
    const char *value;
};

struct rows {
    struct hub_overlay overlay;
    const struct row *rows;
    size_t count;
};

static bool set(struct tree *tree, struct tree_section *section, const char *option,
                const char *value)
{
    return tree_value_set(tree, section, option, value, tree->root->pub.place);
}

static bool plant_side(struct tree *tree, struct tree_section *connection, const char *name,
                       const char *id)
{
    struct tree_section *side = tree_section_open(tree, connection, name, tree->root->pub.place);
    return side && set(tree, side, "auth", "psk") && set(tree, side, "id", id);
}

static bool plant(const struct hub_overlay *overlay, struct tree *tree)
{
    const struct rows *rows = x4m_container_const(overlay, struct rows, overlay);
    for (size_t i = 0; i < rows->count; i++) {
        const struct row *row = &rows->rows[i];
        struct tree_section *root =
            tree_section_open(tree, tree->root, row->section, tree->root->pub.place);
        struct tree_section *section =
            root ? tree_section_open(tree, root, row->name, tree->root->pub.place) : NULL;
        const bool connection = strcmp(row->section, "connections") == 0;
        if (!section || !set(tree, section, row->option, row->value))
            return false;
        if (connection &&
            (!plant_side(tree, section, "local", "a") || !plant_side(tree, section, "remote", "b")))
            return false;
    }
    return true;
}

/* The snapshot of a text with rows over it. */
static struct hub_config *lay_over(const struct hub_config *before, const struct row *list,
                                   size_t count, struct told *told)
{
    const struct rows rows = {{plant, NULL}, list, count};
    told->text[0] = 0;
    return hub_overlay_load("f.conf", before, &rows.overlay, tell, told);
}

/* -------------------------------------------------------------------------- tests */

static void test_comes_before_what_the_file_has(void **state)
{
    static const struct row rows[] = {{"connections", "new", "rekey_time", "1h"}};
    struct told told;
    (void)state;
    struct hub_config *file = assert_config("connections { old { " PSK " } }\n" SECRETS, "");
    struct hub_config *both = lay_over(file, rows, 1, &told);
    assert_string_equal(told.text, "");
    assert_non_null(both);
    assert_int_equal(both->connection_count, 2);
    assert_string_equal(both->connections[0].name, "new");
    assert_string_equal(both->connections[1].name, "old");
    hub_config_free(both);
    hub_config_free(file);
}

static void test_is_in_the_place_of_the_files(void **state)
{
    static const struct row rows[] = {{"connections", "site", "rekey_time", "1h"}};
    struct told told;
    (void)state;
    struct hub_config *file = assert_config(
        "connections { site { rekey_time = 3h\n dpd_delay = 30s\n" PSK " } }\n" SECRETS, "");
    struct hub_config *both = lay_over(file, rows, 1, &told);
    assert_int_equal(both->connection_count, 1);
    assert_int_equal(both->connections[0].phase1.soft_sec, 3600);
    assert_int_equal(both->connections[0].phase1.dpd_sec, 0);
    struct hub_config *alone = hub_overlay_load("f.conf", both, NULL, tell, &told);
    assert_int_equal(alone->connections[0].phase1.soft_sec, 3 * 3600);
    assert_int_equal(alone->connections[0].phase1.dpd_sec, 30);
    hub_config_free(file);
    hub_config_free(both);
    hub_config_free(alone);
}

/* The snapshot whose source it was is gone. */
static void test_keeps_the_tree_of_the_file(void **state)
{
    static const struct row rows[] = {{"pools", "p", "addrs", "10.0.0.0/24"}};
    struct told told;
    (void)state;
    struct hub_config *file = assert_config("connections { old { pools = p\n" PSK " } }\n" SECRETS
                                            "pools { p { addrs = 10.1.0.0/24 } }\n",
                                            "");
    struct hub_config *next = lay_over(file, rows, 1, &told);
    hub_config_free(file);
    struct hub_config *last = hub_overlay_load("f.conf", next, NULL, tell, &told);
    assert_int_equal(next->pools[0].range.from[1], 0);
    assert_int_equal(last->pools[0].range.from[1], 1);
    hub_config_free(next);
    hub_config_free(last);
}

static void test_leaves_out_what_lacks_something(void **state)
{
    static const struct row rows[] = {{"connections", "new", "pools", "p"},
                                      {"connections", "good", "rekey_time", "1h"}};
    struct told told;
    (void)state;
    struct hub_config *file = assert_config("connections { old { " PSK " } }\n" SECRETS, "");
    struct hub_config *both = lay_over(file, rows, 2, &told);
    assert_non_null(both);
    assert_int_equal(both->connection_count, 2);
    assert_string_equal(both->connections[0].name, "good");
    assert_non_null(strstr(told.text, "warning: loaded: pools in connections.new: expected"));
    assert_non_null(strstr(told.text, "warning: loaded: connection 'new' is left out"));
    hub_config_free(both);
    hub_config_free(file);
}

static bool check(const struct hub_config *config, const struct row *row, struct told *told)
{
    const struct rows rows = {{plant, NULL}, row, 1};
    told->text[0] = 0;
    return hub_overlay_check(config, &rows.overlay, tell, told);
}

static void test_checks_one_by_itself(void **state)
{
    static const struct row good = {"connections", "new", "pools", "p"};
    static const struct row bad = {"connections", "new", "rekey_time", "soon"};
    struct told told;
    (void)state;
    struct hub_config *file = assert_config("connections { old { " PSK " } }\n" SECRETS, "");
    assert_true(check(file, &good, &told));
    assert_string_equal(told.text, "");
    assert_false(check(file, &bad, &told));
    assert_non_null(strstr(told.text, "loaded: rekey_time in connections.new: expected"));
    assert_true(hub_overlay_told(told.text));
    assert_false(hub_overlay_told("f.conf:1: loaded: "));
    hub_config_free(file);
}

static void test_section_loaded_is_no_files(void **state)
{
    (void)state;
    assert_errors("loaded { }\n", "f.conf:1: unknown section 'loaded'\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_comes_before_what_the_file_has),
        cmocka_unit_test(test_is_in_the_place_of_the_files),
        cmocka_unit_test(test_keeps_the_tree_of_the_file),
        cmocka_unit_test(test_leaves_out_what_lacks_something),
        cmocka_unit_test(test_checks_one_by_itself),
        cmocka_unit_test(test_section_loaded_is_no_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
