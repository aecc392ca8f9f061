/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * What the trace is told, and at which level.
 */

#include "tests/unit/ike/fake.h"
#include "x4/ike/events.h"

static struct {
    unsigned count;
    x4e_trace_level level;
    char name[32];
    char peer[x4c_net_addr_text];
    char reason[32];
    uint64_t type;
} last;

static void trace(void *userdata, const x4s_trace_event *event)
{
    (void)userdata;
    last.count++;
    last.level = event->level;
    strcpy(last.name, event->name);
    for (size_t i = 0; i < event->count; i++) {
        const x4s_trace_field *field = &event->fields[i];
        if (strcmp(field->key, "peer") == 0)
            strcpy(last.peer, field->text);
        if (strcmp(field->key, "reason") == 0)
            strcpy(last.reason, field->text);
        if (strcmp(field->key, "type") == 0)
            last.type = field->number;
    }
}

static struct fake *tracing(x4e_trace_level level)
{
    struct fake *fake = fake_new();
    memset(&last, 0, sizeof(last));
    fake->charon.config.trace = trace;
    fake->charon.config.trace_level = level;
    return fake;
}

static const x4s_net_link from = {
    .remote = {.family = x4c_net_ipv4, .ip = {192, 0, 2, 7}, .port = 500}};

/* Counted in any case; told as a notice, a duplicate only to who wants everything. */
static void test_refused(void **state) /* req 2407-4.6.2-4 2408-5.15-4 */
{
    (void)state;
    static const struct {
        x4e_trace_level level;
        x4e_ike_reason reason;
        unsigned events;
    } cases[] = {
        {x4c_trace_off, x4c_ike_bad_hash, 0},     {x4c_trace_error, x4c_ike_bad_hash, 0},
        {x4c_trace_notice, x4c_ike_bad_hash, 1},  {x4c_trace_debug, x4c_ike_bad_hash, 1},
        {x4c_trace_notice, x4c_ike_duplicate, 0}, {x4c_trace_debug, x4c_ike_duplicate, 1},
    };
    const x4s_ike_message message = {.link = &from};
    for (size_t i = 0; i < x4m_countof(cases); i++) {
        struct fake *fake = tracing(cases[i].level);
        x4_event_refused(&fake->charon, &message, cases[i].reason);
        assert_int_equal(last.count, cases[i].events);
        assert_int_equal(fake->stats.refused[cases[i].reason], 1);
        if (cases[i].events) {
            assert_string_equal(last.name, "refused");
            assert_string_equal(last.reason, x4_ike_reason_name(cases[i].reason));
            assert_string_equal(last.peer, "192.0.2.7:500");
        }
        fake_free(fake);
    }
}

static void test_notifies(void **state) /* req 2408-5.14-3 */
{
    (void)state;
    static const uint8_t cookies[16];
    struct fake *fake = tracing(x4c_trace_notice);
    x4_event_notify(&fake->charon, "notify-sent", &from, cookies, 14, btrue);
    assert_int_equal(last.count, 1);
    assert_int_equal(last.level, x4c_trace_notice);
    assert_string_equal(last.name, "notify-sent");
    assert_int_equal(last.type, 14);
    fake->charon.config.trace_level = x4c_trace_error;
    x4_event_notify(&fake->charon, "notify-sent", &from, cookies, 14, btrue);
    assert_int_equal(last.count, 1);
    fake_free(fake);
}

/* Nobody listens: nothing is called, whatever the level. */
static void test_no_trace(void **state)
{
    (void)state;
    struct fake *fake = tracing(x4c_trace_debug);
    fake->charon.config.trace = NULL;
    x4_event(&fake->charon, x4c_trace_error, "x", NULL, 0);
    assert_false(x4_events_on(&fake->charon, x4c_trace_error));
    assert_int_equal(last.count, 0);
    fake_free(fake);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_notifies),
        cmocka_unit_test(test_no_trace),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
