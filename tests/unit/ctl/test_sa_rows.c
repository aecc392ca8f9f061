/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/ctl/sa_rows.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void shows(const char *json, const char *expected)
{
    char *text;
    size_t size;
    struct ctl_table table;
    FILE *file = open_memstream(&text, &size);
    json_t *sa = json_loads(json, 0, NULL);
    assert_non_null(sa);
    ctl_sa_rows_begin(&table, file);
    ctl_sa_rows(&table, sa);
    ctl_table_end(&table);
    fclose(file);
    assert_string_equal(text, expected);
    json_decref(sa);
    free(text);
}

static void test_sa_with_child(void **state)
{
    (void)state;
    shows("{\"name\": \"site\", \"uniqueid\": 7, \"state\": \"ESTABLISHED\","
          " \"local-host\": \"2001:db8::1\", \"local-port\": 500,"
          " \"remote-host\": \"192.0.2.2\", \"remote-port\": 4500, \"remote-id\": \"spoke\","
          " \"encr-alg\": \"AES_CBC\", \"encr-keysize\": 128, \"integ-alg\": \"HMAC_SHA1_96\","
          " \"dh-group\": \"MODP_2048\", \"established\": 119, \"rekey-time\": 7200,"
          " \"child-sas\": {\"net-1\": {\"name\": \"net\", \"state\": \"INSTALLED\","
          "  \"spi-in\": \"00001000\", \"spi-out\": \"00002000\", \"encr-alg\": \"AES_GCM_16\","
          "  \"encr-keysize\": 256, \"install-time\": 0, \"bytes-in\": 9999,"
          "  \"bytes-out\": 25400000,"
          "  \"local-ts\": [\"10.1.0.0/16\"], \"remote-ts\": [\"10.2.0.0/16\"]}}}",
          "ID  NAME   STATE        LOCAL              REMOTE          AGE   REKEY  IN    OUT  "
          "ALGORITHMS                          PEER\n"
          "7   site   ESTABLISHED  [2001:db8::1]:500  192.0.2.2:4500  119s  2h                "
          "AES_CBC-128/HMAC_SHA1_96/MODP_2048  spoke\n"
          "      net  INSTALLED    10.1.0.0/16        10.2.0.0/16     0s           9999  25M  "
          "AES_GCM_16-256                      00001000/00002000\n");
}

static void test_sa_that_began(void **state)
{
    (void)state;
    shows("{\"name\": \"a\", \"uniqueid\": 1, \"state\": \"CONNECTING\", \"local-host\": \"::1\","
          " \"local-port\": 1, \"remote-host\": \"::2\", \"remote-port\": 2,"
          " \"remote-id\": \"%any\", \"child-sas\": {}}",
          "ID  NAME  STATE       LOCAL    REMOTE   AGE  REKEY  IN  OUT  ALGORITHMS  PEER\n"
          "1   a     CONNECTING  [::1]:1  [::2]:2                                   %any\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sa_with_child),
        cmocka_unit_test(test_sa_that_began),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
