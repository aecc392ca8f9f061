/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "tests/unit/shard/fake_hub.h"

static const char text[] = "connections { a { local { auth = psk\n id = a }\n"
                           "remote { auth = psk\n id = b } } }\nsecrets { ike { secret = x } }\n";

struct fixture {
    struct hub *hub;
    struct control *control;
    struct fake_client client;
    struct hub_config *config;
};

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));
    f->hub = fake_hub_new();
    f->config = hub_config_parse("f.conf", text, strlen(text), NULL, NULL);
    f->hub->config = f->config;
    f->control = fake_control_new(f->hub);
    f->client = fake_client_new(f->control);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    control_close(f->control);
    fake_client_close(&f->client);
    fake_hub_free(f->hub);
    hub_config_free(f->config);
    free(f);
    return 0;
}

/* -------------------------------------------------------------------------- asking */

static void say(struct fixture *f, const char *command, void (*put)(struct vici_writer *writer))
{
    uint8_t buffer[4096];
    x4s_chunk segment;
    struct vici_writer writer =
        vici_packet_begin(buffer, sizeof(buffer), VICI_CMD_REQUEST, command);
    if (put)
        put(&writer);
    assert_true(vici_packet_end(&writer, &segment));
    assert_int_equal(write(f->client.fd, segment.data, segment.len), (ssize_t)segment.len);
    fake_hub_run(f->hub);
}

static bool answered(struct fixture *f, const char *command,
                     void (*put)(struct vici_writer *writer))
{
    x4s_chunk value;
    say(f, command, put);
    assert_true(fake_client_next(&f->client));
    assert_int_equal(f->client.packet.type, VICI_CMD_RESPONSE);
    assert_true(vici_find(f->client.packet.message, "success", &value));
    return vici_is(value, "yes");
}

static void put_pool(struct vici_writer *writer)
{
    vici_section(writer, "p");
    vici_text(writer, "addrs", "10.0.0.0/24");
    vici_section_end(writer);
}

static void put_bad_pool(struct vici_writer *writer)
{
    vici_section(writer, "p");
    vici_text(writer, "addrs", "everything");
    vici_section_end(writer);
}

static void put_name(struct vici_writer *writer)
{
    vici_text(writer, "name", "p");
}

static void put_secret(struct vici_writer *writer)
{
    vici_text(writer, "type", "xauth");
    vici_bytes(writer, "data", "a\0b", 3);
    vici_list(writer, "owners");
    vici_item(writer, "user");
    vici_list_end(writer);
}

/* -------------------------------------------------------------------------- tests */

static void test_what_is_loaded_together_is_one_snapshot(void **state)
{
    struct fixture *f = *state;
    assert_true(answered(f, "load-pool", put_pool));
    assert_true(answered(f, "load-shared", put_secret));
    assert_int_equal(f->hub->overlays, 0);
    fake_hub_pass(f->hub, 1000);
    assert_int_equal(f->hub->overlays, 1);
    f->hub->request->done(f->hub->request, NULL);
    fake_hub_pass(f->hub, 10000);
    assert_int_equal(f->hub->overlays, 1);
}

static void test_what_comes_meanwhile_is_in_the_next(void **state)
{
    struct fixture *f = *state;
    assert_true(answered(f, "load-pool", put_pool));
    fake_hub_pass(f->hub, 1000);
    assert_true(answered(f, "load-shared", put_secret));
    fake_hub_pass(f->hub, 10000);
    assert_int_equal(f->hub->overlays, 1);
    f->hub->request->done(f->hub->request, NULL);
    fake_hub_pass(f->hub, 10000);
    assert_int_equal(f->hub->overlays, 2);
}

static void test_the_same_again_changes_nothing(void **state)
{
    struct fixture *f = *state;
    assert_true(answered(f, "load-pool", put_pool));
    fake_hub_pass(f->hub, 1000);
    f->hub->request->done(f->hub->request, NULL);
    assert_true(answered(f, "load-pool", put_pool));
    fake_hub_pass(f->hub, 10000);
    assert_int_equal(f->hub->overlays, 1);
}

static void test_refuses_what_cannot_be_read(void **state)
{
    struct fixture *f = *state;
    assert_false(answered(f, "load-pool", put_bad_pool));
    assert_false(answered(f, "load-pool", NULL));
    assert_int_equal(f->control->loaded.count, 0);
    fake_hub_pass(f->hub, 10000);
    assert_int_equal(f->hub->overlays, 0);
}

static void test_unloads(void **state)
{
    struct fixture *f = *state;
    assert_false(answered(f, "unload-pool", put_name));
    assert_true(answered(f, "load-pool", put_pool));
    assert_true(answered(f, "unload-pool", put_name));
    assert_int_equal(f->control->loaded.count, 0);
    assert_true(answered(f, "load-shared", put_secret));
    assert_true(answered(f, "clear-creds", NULL));
    assert_int_equal(f->control->loaded.count, 0);
}

/* A listing that shows less than what was loaded before would be wrong. */
static void test_listing_waits_for_what_was_loaded(void **state)
{
    struct fixture *f = *state;
    assert_true(answered(f, "load-pool", put_pool));
    say(f, "list-conns", NULL);
    assert_false(fake_client_next(&f->client));
    fake_hub_pass(f->hub, 1);
    assert_int_equal(f->hub->overlays, 1);
    f->hub->request->done(f->hub->request, NULL);
    fake_hub_pass(f->hub, 1);
    fake_hub_run(f->hub);
    assert_true(fake_client_next(&f->client));
    assert_int_equal(f->client.packet.type, VICI_CMD_RESPONSE);
    assert_int_equal(f->hub->held, 0);
}

static void test_who_waits_may_go(void **state)
{
    struct fixture *f = *state;
    assert_true(answered(f, "load-pool", put_pool));
    say(f, "list-conns", NULL);
    fake_client_close(&f->client);
    fake_hub_run(f->hub);
    assert_int_equal(f->control->client_count, 0);
    fake_hub_pass(f->hub, 1);
    f->hub->request->done(f->hub->request, NULL);
    assert_true(x4_list_empty(&f->control->commands));
}

/* -------------------------------------------------------------------------- the overlay */

static void tell_nothing(void *context, enum hub_severity severity, const char *finding)
{
    (void)context;
    (void)severity;
    (void)finding;
}

static void test_becomes_a_snapshot(void **state)
{
    struct fixture *f = *state;
    static const uint8_t password[] = {'a', 0, 'b'};
    assert_true(answered(f, "load-pool", put_pool));
    assert_true(answered(f, "load-shared", put_secret));
    struct hub_overlay *overlay = f->hub->overlay(f->hub->overlay_context);
    struct hub_config *config = hub_overlay_load("f.conf", f->config, overlay, tell_nothing, NULL);
    assert_non_null(config);
    assert_non_null(hub_config_pool(config, "p"));
    const struct hub_user *user = hub_config_user(config, (x4s_chunk){(const uint8_t *)"user", 4});
    assert_non_null(user);
    assert_int_equal(user->password.len, sizeof(password));
    assert_memory_equal(user->password.data, password, sizeof(password));
    assert_int_equal(config->connection_count, 1);
    /* What is unloaded meanwhile stays as long as somebody reads it. */
    assert_true(answered(f, "clear-creds", NULL));
    overlay->release(overlay);
    hub_config_free(config);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_what_is_loaded_together_is_one_snapshot, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_what_comes_meanwhile_is_in_the_next, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_the_same_again_changes_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_refuses_what_cannot_be_read, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_unloads, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_listing_waits_for_what_was_loaded, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_who_waits_may_go, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_becomes_a_snapshot, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
