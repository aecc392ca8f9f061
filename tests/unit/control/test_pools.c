/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/control/command.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "shard/config/numbers.h"
#include "shard/pool.h"
#include "shard/snapshot.h"
#include "tests/unit/shard/fake_hub.h"
#include "tests/unit/shard/fake_libike.h"

static const char conf[] =
    "connections { site { version = 1\n pools = small\n"
    "  local { auth = psk\n id = hub.example.org\n }\n remote { auth = psk\n } } }\n"
    "pools { small { addrs = 10.3.0.0/29\n } large { addrs = 10.8.0.0/16\n } }\n"
    "secrets { ike { secret = abc\n } }\n";

/* A long response is more than the socket takes at once. */
#define ROUNDS 1000

/* A shard with both pools, and a client that asks about them. */
struct scene {
    struct hub *hub;
    struct control *control;
    struct fake_client client;
    struct fixture *f;
};

static int set_up(void **state)
{
    struct scene *scene = calloc(1, sizeof(*scene));
    scene->f = fixture_new(conf);
    scene->hub = fake_hub_new();
    scene->hub->shard_count = 1;
    scene->hub->shards[0] = &scene->f->shard;
    scene->hub->config = scene->f->config;
    scene->control = fake_control_new(scene->hub);
    scene->client = fake_client_new(scene->control);
    *state = scene;
    return 0;
}

static int tear_down(void **state)
{
    struct scene *scene = *state;
    control_close(scene->control);
    fake_client_close(&scene->client);
    assert_int_equal(scene->hub->held, 0);
    fake_hub_free(scene->hub);
    fixture_free(scene->f);
    free(scene);
    return 0;
}

static struct shard_pool *pool_of(const struct scene *scene, const char *name)
{
    const struct hub_pool *config = hub_config_pool(scene->f->config, name);
    return shard_snapshot_pool(&scene->f->shard, hub_pool_number(config), 0);
}

static void take(const struct scene *scene, const char *pool, const char *owner, bool give)
{
    const x4s_net_addr host = an_addr("198.51.100.1", 500);
    const x4s_ike_id id = a_name(owner);
    x4s_net_addr addr;
    assert_true(shard_pool_take(pool_of(scene, pool), &id, &host, &addr));
    if (give)
        shard_pool_give(pool_of(scene, pool), &addr);
}

/* Arguments are pairs, up to a NULL. */
static x4s_chunk ask(struct scene *scene, const char *const *arguments)
{
    uint8_t buffer[1024];
    struct vici_writer writer =
        vici_packet_begin(buffer, sizeof(buffer), VICI_CMD_REQUEST, "get-pools");
    for (; *arguments; arguments += 2)
        vici_text(&writer, arguments[0], arguments[1]);
    fake_client_send(&scene->client, &writer);
    bool came = false;
    for (int i = 0; i < ROUNDS && !came; i++) {
        fake_hub_run(scene->hub);
        came = fake_client_next(&scene->client);
    }
    assert_true(came);
    assert_int_equal(scene->client.packet.type, VICI_CMD_RESPONSE);
    return scene->client.packet.message;
}

/* "small{base=10.3.0.0 size=6 ...}" */
static const char *text_of(x4s_chunk message)
{
    static char text[4096];
    struct vici_reader reader = vici_reader(message);
    struct vici_element element;
    size_t len = 0;
    text[0] = '\0';
    while (vici_read(&reader, &element)) {
        const int name_len = (int)element.name.len;
        const int value_len = (int)element.value.len;
        if (element.type == VICI_SECTION_START)
            len += (size_t)snprintf(text + len, sizeof(text) - len, "%.*s{", name_len,
                                    element.name.data);
        else if (element.type == VICI_SECTION_END)
            len += (size_t)snprintf(text + len, sizeof(text) - len, "}");
        else
            len += (size_t)snprintf(text + len, sizeof(text) - len, "%.*s=%.*s ", name_len,
                                    element.name.data, value_len, element.value.data);
        assert_true(len < sizeof(text));
    }
    assert_true(vici_reader_done(&reader));
    return text;
}

static void test_pools_are_counted(void **state)
{
    struct scene *scene = *state;
    take(scene, "small", "a.example.org", false);
    take(scene, "small", "b.example.org", true);
    assert_string_equal(text_of(ask(scene, (const char *[]){NULL})),
                        "small{base=10.3.0.0 size=6 online=1 offline=1 }"
                        "large{base=10.8.0.0 size=65534 online=0 offline=0 }");
    assert_string_equal(text_of(ask(scene, (const char *[]){"name", "large", NULL})),
                        "large{base=10.8.0.0 size=65534 online=0 offline=0 }");
    assert_string_equal(text_of(ask(scene, (const char *[]){"name", "larg", NULL})), "");
}

static void test_leases_are_listed(void **state)
{
    struct scene *scene = *state;
    take(scene, "small", "a.example.org", false);
    take(scene, "small", "b.example.org", true);
    assert_string_equal(text_of(ask(scene, (const char *[]){"leases", "yes", NULL})),
                        "small{base=10.3.0.0 size=6 online=1 offline=1 leases{"
                        "0{address=10.3.0.1 identity=a.example.org status=online }"
                        "1{address=10.3.0.2 identity=b.example.org status=offline }}}"
                        "large{base=10.8.0.0 size=65534 online=0 offline=0 leases{}}");
}

/* How many leases the response has; `next` is where it goes on, or empty. */
static size_t count_leases(x4s_chunk message, char next[x4c_net_addr_text])
{
    struct vici_reader reader = vici_reader(message);
    struct vici_element element;
    size_t count = 0;
    next[0] = '\0';
    while (vici_read(&reader, &element)) {
        count += element.type == VICI_KEY_VALUE && vici_is(element.name, "address");
        if (element.type == VICI_KEY_VALUE && vici_is(element.name, "next"))
            snprintf(next, x4c_net_addr_text, "%.*s", (int)element.value.len, element.value.data);
    }
    assert_true(vici_reader_done(&reader));
    return count;
}

static void test_many_leases_come_in_parts(void **state)
{
    struct scene *scene = *state;
    char next[x4c_net_addr_text];
    char after[x4c_net_addr_text];
    for (int i = 0; i < 2500; i++) {
        char owner[32];
        snprintf(owner, sizeof(owner), "%d.example.org", i);
        take(scene, "large", owner, i % 2);
    }
    assert_int_equal(count_leases(ask(scene, (const char *[]){"leases", "yes", NULL}), next), 512);
    static const size_t parts[] = {1024, 1024, 452};
    const char *first[] = {"leases", "yes", "name", "large", NULL};
    assert_int_equal(count_leases(ask(scene, first), next), parts[0]);
    assert_string_equal(next, "10.8.4.0");
    for (size_t i = 1; i < x4m_countof(parts); i++) {
        memcpy(after, next, sizeof(after));
        const char *rest[] = {"leases", "yes", "name", "large", "after", after, NULL};
        assert_int_equal(count_leases(ask(scene, rest), next), parts[i]);
    }
    assert_string_equal(next, "");
}

/* Identities of the greatest length: the message has what fits into it. */
static void test_a_message_has_what_fits(void **state)
{
    struct scene *scene = *state;
    const x4s_net_addr host = an_addr("198.51.100.1", 500);
    char next[x4c_net_addr_text];
    x4s_net_addr addr;
    for (uint32_t i = 0; i < 1024; i++) {
        uint8_t bytes[HUB_IDENTITY_MAX] = {0};
        memcpy(bytes, &i, sizeof(i));
        const x4s_ike_id id = {x4c_ike_id_key_id, {bytes, sizeof(bytes)}};
        assert_true(shard_pool_take(pool_of(scene, "large"), &id, &host, &addr));
    }
    const char *all[] = {"leases", "yes", "name", "large", NULL};
    const size_t count = count_leases(ask(scene, all), next);
    assert_in_range(count, 256, 1024);
    assert_true(count == 1024 || *next);
}

static void test_bad_requests_are_refused(void **state)
{
    struct scene *scene = *state;
    static const char *const requests[][5] = {
        {"after", "10.8.0.1"},
        {"name", "large", "after", "here"},
        {"name", "large", "after", "10.8.0.1"}, /* which nobody has */
    };
    for (size_t i = 0; i < x4m_countof(requests); i++) {
        const char *arguments[] = {
            "leases", "yes", requests[i][0], requests[i][1], requests[i][2], requests[i][3], NULL};
        x4s_chunk value;
        const x4s_chunk message = ask(scene, arguments);
        assert_true(vici_find(message, "success", &value) && vici_is(value, "no"));
        assert_true(vici_find(message, "errmsg", &value));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_pools_are_counted, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_leases_are_listed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_many_leases_come_in_parts, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_message_has_what_fits, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_bad_requests_are_refused, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
