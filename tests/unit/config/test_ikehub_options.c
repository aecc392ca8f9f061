/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The options that swanctl.conf does not have: each says where a wrong value is, and what was
 * expected, and is in a man page. Those of swanctl.conf are in test_swanctl_options.c.
 */
#include <stdlib.h>

#include "tests/unit/config/config_text.h"

#define DAEMON_PAGE     "docs/man/ikehub.conf.5"
#define CONNECTION_PAGE "docs/man/ikehub-connections.5"

/* Where options stand: an option of the row goes in place of the %s, into line 2. */
static const char in_daemon[] = "ikehub {\n%s\n}\n";
static const char in_net[] = "ikehub { shared_nets { n {\n%s\n} } }\n";
static const char in_store[] = "ikehub { store {\n%s\n} }\n";
static const char in_estate[] = "ikehub { store { estates { e {\n%s\n} } } }\n";
static const char in_radius[] = "ikehub { radius {\n%s\n} }\n";
static const char in_server[] = "ikehub { radius { servers { s {\n%s\n} } } }\n";
static const char in_dae[] = "ikehub { radius { dae {\n%s\n} } }\n";
static const char in_connection[] = "connections { c {\n%s\n" AUTH "} }\n" SECRET;
static const char in_static[] = "pools { p { static { carol {\n%s\n} }\naddrs = 10.0.0.0/24\n} }\n";

struct row {
    const char *text;
    const char *option;
    const char *wrong;
    const char *page;
};

#define ROW(text, option, wrong)                                                                   \
    {                                                                                              \
        text, option, wrong, DAEMON_PAGE                                                           \
    }
#define DAEMON(option, wrong) ROW(in_daemon, option, wrong)
#define STORE(option, wrong)  ROW(in_store, option, wrong)
#define RADIUS(option, wrong) ROW(in_radius, option, wrong)
#define SERVER(option, wrong) ROW(in_server, option, wrong)
#define DAE(option, wrong)    ROW(in_dae, option, wrong)

static const struct row rows[] = {
    DAEMON("listen", "everywhere"),
    DAEMON("port", "65536"),
    DAEMON("port_nat_t", "-1"),
    DAEMON("keep_alive", "often"),
    DAEMON("fragment_size", "255"),
    DAEMON("backend", "select"),
    DAEMON("crypto", "gcrypt"),
    DAEMON("kernel", "pfkey"),
    DAEMON("shards", "0"),
    DAEMON("log_level", "loud"),
    DAEMON("log_format", "xml"),
    DAEMON("log_keys", "maybe"),
    DAEMON("socket_mode", "0888"),
    DAEMON("prefer_configured_proposals", "2"),
    DAEMON("i_dont_care_about_security_and_use_aggressive_mode_psk", "perhaps"),
    DAEMON("retransmit_timeout", "0"),
    DAEMON("retransmit_limit", "601"),
    DAEMON("retransmit_tries", "101"),
    DAEMON("retransmit_jitter", "101"),
    DAEMON("negotiation_timeout", "0.5"),
    DAEMON("half_open_timeout", "3601"),
    DAEMON("init_limit_half_open", "0"),
    DAEMON("init_limit_aggressive", "many"),
    DAEMON("init_limit_unproven", "10000001"),
    DAEMON("keys_ahead", "33"),
    DAEMON("block_threshold", "0"),
    DAEMON("init_limit_prefix", "0"),
    DAEMON("init_rate_aggressive", "0"),
    DAEMON("init_limit_jobs", "10001"),
    DAEMON("init_limit_waiting", "0"),
    DAEMON("init_timeout_waiting", "61"),
    ROW(in_net, "addrs", "somewhere"),
    ROW(in_net, "init_limit_half_open", "0"),
    STORE("backend", "sql"),
    STORE("cluster", "maybe"),
    STORE("database", "-1"),
    STORE("lease", "0.9"),
    STORE("queue", "0"),
    STORE("ack_timeout", "61"),
    STORE("stop", "never"),
    STORE("takeover", "always"),
    STORE("isolated", "wait"),
    STORE("replicas", "17"),
    STORE("tls", "2"),
    ROW(in_estate, "addresses", "name"),
    RADIUS("accounting", "2"),
    RADIUS("accounting_interval", "daily"),
    RADIUS("station_id_with_port", "both"),
    RADIUS("retransmit_timeout", "0.05"),
    RADIUS("retransmit_tries", "0"),
    RADIUS("retransmit_base", "0.5"),
    SERVER("address", "radius.example.org"),
    SERVER("auth_port", "0"),
    SERVER("acct_port", "x"),
    SERVER("secret", "0x6"),
    SERVER("preference", "100"),
    DAE("enable", "2"),
    DAE("listen", "here"),
    DAE("port", "0"),
    DAE("secret", "0x6"),
    {in_connection, "durability", "forever", CONNECTION_PAGE},
    ROW(in_static, "id", "*.example.org"),
    ROW(in_static, "addr", "10.0.0.0/8"),
};

/* A finding of the option, in line 2, that says what was expected. */
static bool is_told(const struct told *told, const char *option)
{
    char begin[128];
    snprintf(begin, sizeof(begin), "f.conf:2: %s", option);
    for (const char *at = told->text; *at; at = strchr(at, '\n') + 1) {
        const size_t len = strcspn(at, "\n");
        const char *found = strstr(at, "expected ");
        if (!strncmp(at, begin, strlen(begin)) && found && found < at + len)
            return true;
    }
    return false;
}

static void wrong_values(void **state)
{
    (void)state;
    for (size_t i = 0; i < x4m_countof(rows); i++) {
        char line[128];
        char whole[512];
        struct told told;
        snprintf(line, sizeof(line), "%s = \"%s\"", rows[i].option, rows[i].wrong);
        snprintf(whole, sizeof(whole), rows[i].text, line);
        assert_null(parse(whole, &told));
        if (!is_told(&told, rows[i].option))
            fail_msg("%s: %s", line, told.text);
    }
}

/* Whether a page has it where it names options, not only as a word. */
static bool has_option(const char *page, const char *option)
{
    const size_t len = strlen(option);
    for (const char *at = page; (at = strstr(at, option)); at += len) {
        const char *line = at;
        while (line > page && line[-1] != '\n')
            line--;
        const bool names = !strncmp(line, ".Ic ", 4) || !strncmp(line, ".It Ic ", 7);
        if (names && at[-1] == ' ' && (at[len] == ' ' || at[len] == '\n'))
            return true;
    }
    return false;
}

static void man_pages(void **state)
{
    (void)state;
    static char text[1 << 16];
    for (size_t i = 0; i < x4m_countof(rows); i++) {
        FILE *file = fopen(rows[i].page, "r");
        assert_non_null(file);
        text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
        fclose(file);
        if (!has_option(text, rows[i].option))
            fail_msg("%s is not in %s", rows[i].option, rows[i].page);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wrong_values),
        cmocka_unit_test(man_pages),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
