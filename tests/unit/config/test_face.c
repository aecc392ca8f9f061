/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/config/face.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void tell(void *context, enum hub_severity severity, const char *text)
{
    (void)context;
    if (severity == HUB_ERROR)
        fail_msg("%s", text);
}

static struct hub_config *parse(const char *text)
{
    struct hub_config *config = hub_config_parse("f.conf", text, strlen(text), tell, NULL);
    assert_non_null(config);
    return config;
}

#define BOTH(id) "local {\n auth = psk\n id = " id "\n}\nremote {\n auth = psk\n}\n"
#define SUITE    "proposals = aes128-sha1-modp2048, aes256-sha1-modp2048\n"

static const char text[] =
    "connections {\n"
    "this {\n remote_addrs = 10.0.0.0/8, 192.0.2.1\n" SUITE BOTH(
        "hub") "}\n"
               "same {\n remote_addrs = 10.0.0.0-10.255.255.255, 192.0.2.1\n rekey_time = "
               "1h\n" SUITE BOTH(
                   "hub") "}\n"
                          "id {\n remote_addrs = 10.0.0.0/8, 192.0.2.1\n" SUITE BOTH(
                              "gate") "}\n"
                                      "remote {\n remote_addrs = 10.0.0.0/8, 192.0.2.2\n" SUITE BOTH(
                                          "hub") "}\n"
                                                 "fewer {\n remote_addrs = 10.0.0.0/8\n" SUITE BOTH(
                                                     "hub") "}\n"
                                                            "any {\n" SUITE BOTH(
                                                                "hub") "}\n"
                                                                       "local {\n local_addrs = "
                                                                       "10.1.1.1\n remote_addrs = "
                                                                       "10.0.0.0/8, "
                                                                       "192.0.2.1\n" SUITE BOTH(
                                                                           "hub") "}\n"
                                                                                  "suite {\n "
                                                                                  "remote_addrs = "
                                                                                  "10.0.0.0/8, "
                                                                                  "192.0.2.1\n "
                                                                                  "proposals = "
                                                                                  "aes128-sha1-"
                                                                                  "modp2048\n" BOTH(
                                                                                      "hub") "}\n"
                                                                                             "order"
                                                                                             " {\n "
                                                                                             "remot"
                                                                                             "e_"
                                                                                             "addrs"
                                                                                             " = "
                                                                                             "10.0."
                                                                                             "0.0/"
                                                                                             "8, "
                                                                                             "192."
                                                                                             "0.2."
                                                                                             "1\n"
                                                                                             " prop"
                                                                                             "osals"
                                                                                             " = "
                                                                                             "aes25"
                                                                                             "6-"
                                                                                             "sha1-"
                                                                                             "modp2"
                                                                                             "048, "
                                                                                             "aes12"
                                                                                             "8-"
                                                                                             "sha1-"
                                                                                             "modp2"
                                                                                             "048"
                                                                                             "\n" BOTH(
                                                                                                 "h"
                                                                                                 "u"
                                                                                                 "b") "}\n"
                                                                                                      "user {\n remote_addrs = 10.0.0.0/8, 192.0.2.1\n" SUITE
                                                                                                          BOTH(
                                                                                                              "hub") "remote-user {\n auth = xauth\n}\n}\n"
                                                                                                                     "}\nsecrets {\n ike {\n secret = x\n}\n}\n";

/* All but the first two differ. */
static void faces(void **state)
{
    (void)state;
    struct hub_config *config = parse(text);
    for (size_t i = 0; i < config->connection_count; i++) {
        for (size_t k = 0; k < config->connection_count; k++) {
            const struct hub_connection *a = &config->connections[i];
            const struct hub_connection *b = &config->connections[k];
            const bool same = i == k || (i < 2 && k < 2);
            assert_int_equal(hub_face_same(a, b), same);
            if (same)
                assert_true(hub_face_hash(a) == hub_face_hash(b));
        }
    }
    assert_true(hub_face_hash(&config->connections[0]) != hub_face_hash(&config->connections[2]));
    assert_true(hub_face_hash(&config->connections[0]) != hub_face_hash(&config->connections[3]));
    hub_config_free(config);
}

static void takes(void **state)
{
    (void)state;
    struct hub_config *config = parse(text);
    const struct hub_connection *connection = &config->connections[0];
    x4s_ike_transform1 offered[2] = {connection->phase1.transforms[1],
                                     connection->phase1.transforms[1]};
    offered[0].group = x4c_group_modp1024;
    offered[1].life_sec = 12345;
    assert_true(hub_face_takes(connection, offered, 2));
    assert_false(hub_face_takes(connection, offered, 1));
    assert_false(hub_face_takes(connection, offered, 0));
    hub_config_free(config);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(faces),
        cmocka_unit_test(takes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
