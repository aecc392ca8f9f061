/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/metrics/sas.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define SA "sa=\"7\",connection=\"site\",identity=\"a.example.org\",peer=\"192.0.2.1:500\""

static const char id[] = "a.example.org";

/* With a child that the kernel has counted, and one that it has not. */
static struct shard_sa_record *record_new(bool up)
{
    const uint32_t children = 2;
    struct shard_sa_record *record =
        calloc(1, sizeof(*record) + children * sizeof(record->children[0]));
    record->number = 7;
    record->connection = "site";
    record->remote_id = (x4s_ike_id){x4c_ike_id_fqdn, {(const uint8_t *)id, strlen(id)}};
    record->link.remote = (x4s_net_addr){.family = x4c_net_ipv4, .port = 500, .ip = {192, 0, 2, 1}};
    record->established = true;
    record->up = up;
    record->age_sec = 60;
    record->child_count = children;
    record->children[0] = (struct shard_child_record){
        .name = "net", .spi_in = 0xc0ffee, .up = true, .counted = true, .in = {1000, 10, 0, true}};
    record->children[1] = (struct shard_child_record){.name = "new", .spi_in = 1, .up = true};
    return record;
}

static void told(bool up, bool more, const char *wanted)
{
    struct metrics_text text = {0};
    struct shard_sa_record *record = record_new(up);
    void *context = metrics_sas_teller.begin();
    metrics_sas_teller.each(context, record, 0);
    metrics_sas_teller.end(context, more, &text);
    metrics_text_raw(&text, "", 1);
    assert_false(text.failed);
    assert_string_equal(text.data, wanted);
    free(text.data);
    free(record);
}

#define FAMILY(name, type, help) "# HELP " name " " help "\n# TYPE " name " " type "\n"
#define UP                                                                                         \
    FAMILY("ikehub_sa_up", "gauge", "1: the ISAKMP SA is up; 0: only its children are.")           \
    "ikehub_sa_up{" SA "} "
#define AGE FAMILY("ikehub_sa_age_seconds", "gauge", "Time since the ISAKMP SA came up.")
#define CHILD(name, direction)                                                                     \
    name "{" SA ",child=\"net\",spi=\"00c0ffee\",direction=\"" direction "\"} "
#define CHILDREN                                                                                   \
    FAMILY("ikehub_child_bytes_total", "counter",                                                  \
           "What a child has carried, as the kernel counts it.")                                   \
    CHILD("ikehub_child_bytes_total", "in")                                                        \
    "1000\n" CHILD("ikehub_child_bytes_total", "out") "0\n" FAMILY(                                \
        "ikehub_child_packets_total", "counter", "The same in packets.")                           \
        CHILD("ikehub_child_packets_total", "in") "10\n" CHILD("ikehub_child_packets_total",       \
                                                               "out") "0\n"
#define COMPLETE                                                                                   \
    FAMILY("ikehub_sa_series_complete", "gauge",                                                   \
           "0: there are more SAs than "                                                           \
           "ikehub.metrics.sas.")                                                                  \
    "ikehub_sa_series_complete "

static void test_series(void **state)
{
    (void)state;
    told(true, false, COMPLETE "1\n" UP "1\n" AGE "ikehub_sa_age_seconds{" SA "} 60\n" CHILDREN);
}

static void test_orphaned(void **state)
{
    (void)state;
    told(false, true, COMPLETE "0\n" UP "0\n" AGE CHILDREN);
}

/* Who asked has gone. */
static void test_nobody_waits(void **state)
{
    (void)state;
    struct shard_sa_record *record = record_new(true);
    void *context = metrics_sas_teller.begin();
    metrics_sas_teller.each(context, record, 0);
    metrics_sas_teller.end(context, true, NULL);
    free(record);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_series),
        cmocka_unit_test(test_orphaned),
        cmocka_unit_test(test_nobody_waits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
