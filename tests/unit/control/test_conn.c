/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/control/conn.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/control/vici_print.h"

#define PSK "local { auth = psk\n id = hub }\n remote { auth = psk\n id = "

/* The first connection of a configuration, as it is listed. */
static const char *listed(const char *conf, char text[TEXT_MAX])
{
    uint8_t buffer[TEXT_MAX];
    x4s_chunk message;
    struct hub_config *config = hub_config_parse("f.conf", conf, strlen(conf), NULL, NULL);
    assert_non_null(config);
    struct vici_writer writer = vici_writer(buffer, sizeof(buffer));
    control_conn_put(&writer, &config->connections[0]);
    assert_true(vici_writer_message(&writer, &message));
    print(message, text);
    hub_config_free(config);
    return text;
}

static void has(const char *conf, const char *part)
{
    char text[TEXT_MAX];
    if (!strstr(listed(conf, text), part))
        fail_msg("%s\n... is not in\n%s", part, text);
}

static void has_not(const char *conf, const char *part)
{
    char text[TEXT_MAX];
    assert_null(strstr(listed(conf, text), part));
}

#define CONNECTION(lines) "connections { a { " lines " } }\nsecrets { ike { secret = x } }\n"

static void test_all_of_one(void **state)
{
    (void)state;
    char text[TEXT_MAX];
    assert_string_equal(
        listed(
            CONNECTION("local_addrs = 192.0.2.1\n remote_addrs = 198.51.100.0/24, 2001:db8::1\n"
                       "reauth_time = 3h\n dpd_delay = 30\n" PSK "b }\n"
                       "children { net { local_ts = 10.0.0.0/8\n remote_ts = 10.1.0.0/16[tcp/80]\n"
                       "rekey_time = 20m\n rekey_bytes = 10k } }"),
            text),
        "a{local_addrs[192.0.2.1]remote_addrs[198.51.100.0/242001:db8::1]version=IKEv1 "
        "reauth_time=10800 rekey_time=0 dpd_delay=30 "
        "local-1{class=pre-shared key id=hub }remote-1{class=pre-shared key id=b }"
        "children{net{mode=TUNNEL rekey_time=1200 rekey_bytes=10240 rekey_packets=0 "
        "dpd_action=clear close_action=none local-ts[10.0.0.0/8]remote-ts[10.1.0.0/16[6/80]]}}}");
}

static void test_anybody(void **state)
{
    (void)state;
    has(CONNECTION(PSK "%any }"), "remote_addrs[%any]");
    has(CONNECTION(PSK "%any }"), "remote-1{class=pre-shared key id=%any }children{}");
}

static void test_patterns(void **state)
{
    (void)state;
    has(CONNECTION(PSK "*.example.org }"), "id=*.example.org ");
    has(CONNECTION(PSK "*@example.org }"), "id=*@example.org ");
    has(CONNECTION(PSK "user@example.org }"), "id=user@example.org ");
    has(CONNECTION(PSK "\"C=CH, CN=*\" }"), "id=C=CH, CN=* ");
}

static void test_children(void **state)
{
    (void)state;
    has(CONNECTION(PSK "b }\n children { c { mode = transport } }"),
        "c{mode=TRANSPORT rekey_time=3600 rekey_bytes=0 ");
    has(CONNECTION(PSK "b }\n children { c { mode = transport } }"),
        "local-ts[dynamic]remote-ts[dynamic]");
    has(CONNECTION(PSK "b }\n children { c { dpd_action = restart } }"), "dpd_action=start ");
    has(CONNECTION(PSK "b }\n children { c { }\n d { } }"), "children{c{");
    has(CONNECTION(PSK "b }\n children { c { }\n d { } }"), "}d{mode=");
}

/* Beside what each side proves with. */
static void test_users(void **state)
{
    (void)state;
#define USERS "xauth { id = carol\n secret = y } }\n"
    static const char asked[] = "connections { a { " PSK "b }\n remote-2 { auth = xauth } } }\n"
                                "secrets { ike { secret = x }\n " USERS;
    static const char ours[] = "connections { a { remote_addrs = 192.0.2.1\n" PSK "b }\n"
                               "local-2 { auth = xauth\n xauth_id = carol } } }\n"
                               "secrets { ike { secret = x }\n " USERS;
    has(asked, "remote-2{class=XAuth }");
    has_not(asked, "local-2");
    has(ours, "local-2{class=XAuth xauth_id=carol }");
    has_not(ours, "remote-2");
    has_not(ours, "secret");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_of_one), cmocka_unit_test(test_anybody),
        cmocka_unit_test(test_patterns),   cmocka_unit_test(test_children),
        cmocka_unit_test(test_users),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
