/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * All options of swanctl.conf as of strongSwan 5.9.8: what becomes of each is written in
 * ikehub-swanctl(5), and is true; and each that is used says where a wrong value is, and what was
 * expected.
 */
#include <stdlib.h>

#include "tests/unit/config/config_text.h"

#define MAN_PAGE "docs/man/ikehub-swanctl.5"

enum fate { USED, IGNORED, REFUSED };

static const char *const fate_names[] = {"used", "ignored", "refused"};

/* Where options stand: an option of the row goes in place of the %s, into line 2. */
static const char in_connection[] = "connections { c {\n%s\n" AUTH "} }\n" SECRET;
static const char in_local[] =
    "connections { c { local {\n%s\nid = a\n}\nremote {\nauth = psk\n} } }\n" SECRET;
static const char in_local_key[] =
    "connections { c { local {\n%s\nid = a\n}\nremote {\nid = b\n} } }\n";
static const char in_local_id[] =
    "connections { c { local {\n%s\nauth = psk\n}\nremote {\nauth = psk\n} } }\n" SECRET;
static const char in_user[] = "connections { c { local-x {\n%s\nauth = xauth\n}\n" AUTH "} }\n"
                              "secrets { ike {\nsecret = x\n} xauth {\nid = u\nsecret = p\n} }\n";
static const char in_local_cert[] =
    "connections { c { local { cert {\n%s\n}\nid = a\n} remote {\nid = b\n} } }\n";
static const char in_remote[] =
    "connections { c { remote {\n%s\n}\nlocal {\nauth = psk\nid = a\n} } }\n" SECRET;
static const char in_remote_key[] =
    "connections { c { remote {\n%s\nid = b\n}\nlocal {\nauth = xauth\nxauth_id = u\n} } }\n"
    "secrets { xauth {\nid = u\nsecret = p\n} }\n";
static const char in_remote_cert[] =
    "connections { c { remote { cert {\n%s\n} }\nlocal {\nid = a\n} } }\n";
static const char in_remote_cacert[] =
    "connections { c { remote { cacert {\n%s\n} }\nlocal {\nid = a\n} } }\n";
static const char in_child[] = "connections { c { children { n {\n%s\n} }\n" AUTH "} }\n" SECRET;
static const char secret_of_ike[] = "secrets { ike {\n%s\n} }\n";
static const char in_ike[] = "secrets { ike {\n%s\nsecret = x\n} }\n";
static const char secret_of_eap[] = "secrets { eap {\n%s\nid = u\n} }\n";
static const char in_eap[] = "secrets { eap {\n%s\nsecret = x\n} }\n";
static const char in_ntlm[] = "secrets { ntlm {\n%s\n} }\n";
static const char in_ppk[] = "secrets { ppk {\n%s\n} }\n";
static const char secret_of_private[] = "secrets { private {\n%s\nfile = k\n} }\n";
static const char in_private[] = "secrets { private {\n%s\nsecret = x\n} }\n";
static const char secret_of_rsa[] = "secrets { rsa {\n%s\nfile = k\n} }\n";
static const char in_rsa[] = "secrets { rsa {\n%s\nsecret = x\n} }\n";
static const char secret_of_ecdsa[] = "secrets { ecdsa {\n%s\nfile = k\n} }\n";
static const char in_ecdsa[] = "secrets { ecdsa {\n%s\nsecret = x\n} }\n";
static const char secret_of_pkcs8[] = "secrets { pkcs8 {\n%s\nfile = k\n} }\n";
static const char in_pkcs8[] = "secrets { pkcs8 {\n%s\nsecret = x\n} }\n";
static const char in_pkcs12[] = "secrets { pkcs12 {\n%s\n} }\n";
static const char in_token[] = "secrets { token {\n%s\n} }\n";
static const char in_pool[] = "pools { p {\n%s\naddrs = 10.0.0.0/24\n} }\n";
static const char addrs_of_pool[] = "pools { p {\n%s\n} }\n";
static const char in_authority[] = "authorities { a {\n%s\n} }\n";

struct row {
    const char *path;   /* as in the man pages */
    const char *option; /* the last part */
    enum fate fate;
    const char *text;
    const char *good;
    const char *wrong; /* NULL: any text is good */
};

#define CONN       "connections.<conn>."
#define CHILD_PATH "connections.<conn>.children.<child>."
#define ROW(prefix, option, fate, text, good, wrong)                                               \
    {                                                                                              \
        prefix option, option, fate, text, good, wrong                                             \
    }
#define C(option, fate, good, wrong) ROW(CONN, option, fate, in_connection, good, wrong)
#define L(option, fate, good, wrong) ROW(CONN "local<suffix>.", option, fate, in_local, good, wrong)
#define R(option, fate, good, wrong)                                                               \
    ROW(CONN "remote<suffix>.", option, fate, in_remote, good, wrong)
#define CH(option, fate, good, wrong) ROW(CHILD_PATH, option, fate, in_child, good, wrong)

static const struct row rows[] = {
    C("version", USED, "1", "3"),
    C("local_addrs", USED, "192.0.2.1", "192.0.2.1/33"),
    C("remote_addrs", USED, "192.0.2.0/24, %any", "192.0.2.9-192.0.2.1"),
    C("local_port", USED, "500", "0"),
    C("remote_port", USED, "4500", "65536"),
    C("proposals", USED, "aes128-sha256-modp2048, default", "aes128"),
    C("vips", USED, "0.0.0.0, ::", "%defaultroute"),
    C("aggressive", USED, "no", "perhaps"),
    C("pull", USED, "yes", "pull"),
    C("dscp", IGNORED, "101110", NULL),
    C("encap", USED, "yes", "2"),
    C("mobike", IGNORED, "yes", NULL),
    C("dpd_delay", USED, "30s", "-1"),
    C("dpd_timeout", IGNORED, "60s", NULL),
    C("fragmentation", USED, "force", "maybe"),
    C("childless", IGNORED, "force", NULL),
    C("send_certreq", USED, "no", "never"),
    C("send_cert", USED, "ifasked", "sometimes"),
    C("ppk_id", IGNORED, "joe", NULL),
    C("ppk_required", IGNORED, "yes", NULL),
    C("keyingtries", USED, "0", "forever"),
    C("unique", USED, "replace", "yes"),
    C("reauth_time", USED, "3h", "3 hours"),
    C("rekey_time", USED, "4h", "4x"),
    C("over_time", USED, "10m", "10%"),
    C("rand_time", USED, "5m", "m"),
    C("pools", USED, NULL, "nowhere"),
    C("if_id_in", USED, "5", "0xg"),
    C("if_id_out", USED, "0x2a", "ipsec0"),
    C("mediation", IGNORED, "yes", NULL),
    C("mediated_by", IGNORED, "x", NULL),
    C("mediation_peer", IGNORED, "x", NULL),

    L("round", USED, "1", "first"),
    ROW(CONN "local<suffix>.", "certs", USED, in_local_key, "a.pem", "none.pem"),
    ROW(CONN "local<suffix>.cert<suffix>.", "file", USED, in_local_cert, "/x.pem", "x.pem"),
    ROW(CONN "local<suffix>.cert<suffix>.", "handle", REFUSED, in_local_cert, "00", NULL),
    ROW(CONN "local<suffix>.cert<suffix>.", "slot", IGNORED, in_local_cert, "1", NULL),
    ROW(CONN "local<suffix>.cert<suffix>.", "module", IGNORED, in_local_cert, "m", NULL),
    ROW(CONN "local<suffix>.", "pubkeys", USED, in_local_key, "a.pub", "none.pub"),
    L("auth", USED, "psk", "eap-mschapv2"),
    ROW(CONN "local<suffix>.", "id", USED, in_local_id, "moon.example.org", "@#0"),
    L("eap_id", IGNORED, "joe", NULL),
    L("aaa_id", IGNORED, "aaa", NULL),
    ROW(CONN "local<suffix>.", "xauth_id", USED, in_user, "u", "nobody"),

    R("round", USED, "2", "-2"),
    R("id", USED, "*.example.org", "192.0.2.1/64"),
    R("eap_id", IGNORED, "%any", NULL),
    R("groups", USED, NULL, "sales"),
    R("cert_policy", REFUSED, "1.3.6.1.4.1.36906.1.2", NULL),
    ROW(CONN "remote<suffix>.", "certs", USED, in_remote_key, "a.pem", "none.pem"),
    ROW(CONN "remote<suffix>.cert<suffix>.", "file", USED, in_remote_cert, "/x.pem", "x.pem"),
    ROW(CONN "remote<suffix>.cert<suffix>.", "handle", REFUSED, in_remote_cert, "00", NULL),
    ROW(CONN "remote<suffix>.cert<suffix>.", "slot", IGNORED, in_remote_cert, "1", NULL),
    ROW(CONN "remote<suffix>.cert<suffix>.", "module", IGNORED, in_remote_cert, "m", NULL),
    ROW(CONN "remote<suffix>.", "cacerts", USED, in_remote_key, "ca.pem", "none.pem"),
    ROW(CONN "remote<suffix>.cacert<suffix>.", "file", USED, in_remote_cacert, "/x.pem", "x.pem"),
    ROW(CONN "remote<suffix>.cacert<suffix>.", "handle", REFUSED, in_remote_cacert, "00", NULL),
    ROW(CONN "remote<suffix>.cacert<suffix>.", "slot", IGNORED, in_remote_cacert, "1", NULL),
    ROW(CONN "remote<suffix>.cacert<suffix>.", "module", IGNORED, in_remote_cacert, "m", NULL),
    R("ca_id", REFUSED, "C=CH, CN=Research CA", NULL),
    ROW(CONN "remote<suffix>.", "pubkeys", USED, in_remote_key, "b.pub", "none.pub"),
    R("revocation", USED, "strict", "never"),
    R("auth", USED, "psk", "any"),

    CH("ah_proposals", USED, "sha256", "aes128"),
    CH("esp_proposals", USED, "aes128gcm16-modp2048", "aes128"),
    CH("sha256_96", USED, "yes", "96"),
    CH("local_ts", USED, "10.1.0.0/16[tcp/80]", "10.1.0.0/40"),
    CH("remote_ts", USED, "dynamic[udp/1701]", "dynamic[udp/1701"),
    CH("rekey_time", USED, "50m", "soon"),
    CH("life_time", USED, "2h", "1h30m"),
    CH("rand_time", USED, "1m", "1w"),
    CH("rekey_bytes", USED, "500M", "1T"),
    CH("life_bytes", USED, "1G", "-1"),
    CH("rand_bytes", USED, "0", "1.5M"),
    CH("rekey_packets", USED, "1000", "many"),
    CH("life_packets", USED, "1100", "many"),
    CH("rand_packets", USED, "0", "1.5"),
    CH("updown", IGNORED, "/usr/lib/ipsec/_updown iptables", NULL),
    CH("hostaccess", IGNORED, "yes", NULL),
    CH("mode", USED, "tunnel", "beet"),
    CH("policies", USED, "no", "some"),
    CH("policies_fwd_out", IGNORED, "yes", NULL),
    CH("dpd_action", USED, "restart", "hold"),
    CH("ipcomp", USED, "yes", "deflate"),
    CH("inactivity", IGNORED, "10m", NULL),
    CH("reqid", USED, "10", "ten"),
    CH("priority", USED, "1", "-1"),
    CH("interface", IGNORED, "eth0", NULL),
    CH("mark_in", USED, "42/0xffffffff", "red"),
    CH("mark_in_sa", USED, "no", "42"),
    CH("mark_out", USED, "42", "red"),
    CH("set_mark_in", USED, "%same", "red"),
    CH("set_mark_out", USED, "42", "red"),
    CH("if_id_in", USED, "5", "0xg"),
    CH("if_id_out", USED, "%unique", "ipsec0"),
    CH("label", IGNORED, "system_u:object_r:ipsec_spd_t:s0", NULL),
    CH("label_mode", IGNORED, "selinux", NULL),
    CH("tfc_padding", IGNORED, "mtu", NULL),
    CH("replay_window", USED, "128", "4097"),
    CH("hw_offload", IGNORED, "yes", NULL),
    CH("copy_df", USED, "no", "maybe"),
    CH("copy_ecn", USED, "no", "maybe"),
    CH("copy_dscp", USED, "yes", "both"),
    CH("start_action", USED, "none", "hold"),
    CH("close_action", IGNORED, "start", NULL),

    ROW("secrets.eap<suffix>.", "secret", USED, secret_of_eap, "password", "0xabc"),
    ROW("secrets.eap<suffix>.", "id<suffix>", USED, in_eap, "carol", NULL),
    ROW("secrets.ntlm<suffix>.", "secret", IGNORED, in_ntlm, "0x00", NULL),
    ROW("secrets.ntlm<suffix>.", "id<suffix>", IGNORED, in_ntlm, "carol", NULL),
    ROW("secrets.ike<suffix>.", "secret", USED, secret_of_ike, "0sFpZAZqEN6Ti9sqt4ZP5EWcqx", "0s="),
    ROW("secrets.ike<suffix>.", "id<suffix>", USED, in_ike, "192.0.2.0/24", "192.0.2.0/40"),
    ROW("secrets.ppk<suffix>.", "secret", IGNORED, in_ppk, "0x00", NULL),
    ROW("secrets.ppk<suffix>.", "id<suffix>", IGNORED, in_ppk, "carol", NULL),
    ROW("secrets.private<suffix>.", "file", USED, in_private, "k.pem", NULL),
    ROW("secrets.private<suffix>.", "secret", USED, secret_of_private, "p", "0xz"),
    ROW("secrets.rsa<suffix>.", "file", USED, in_rsa, "k.pem", NULL),
    ROW("secrets.rsa<suffix>.", "secret", USED, secret_of_rsa, "p", "0xz"),
    ROW("secrets.ecdsa<suffix>.", "file", USED, in_ecdsa, "k.pem", NULL),
    ROW("secrets.ecdsa<suffix>.", "secret", USED, secret_of_ecdsa, "p", "0xz"),
    ROW("secrets.pkcs8<suffix>.", "file", USED, in_pkcs8, "k.pem", NULL),
    ROW("secrets.pkcs8<suffix>.", "secret", USED, secret_of_pkcs8, "p", "0xz"),
    ROW("secrets.pkcs12<suffix>.", "file", IGNORED, in_pkcs12, "k.p12", NULL),
    ROW("secrets.pkcs12<suffix>.", "secret", IGNORED, in_pkcs12, "p", NULL),
    ROW("secrets.token<suffix>.", "handle", IGNORED, in_token, "00", NULL),
    ROW("secrets.token<suffix>.", "slot", IGNORED, in_token, "1", NULL),
    ROW("secrets.token<suffix>.", "module", IGNORED, in_token, "m", NULL),
    ROW("secrets.token<suffix>.", "pin", IGNORED, in_token, "1234", NULL),

    ROW("pools.<name>.", "addrs", USED, addrs_of_pool, "10.0.0.0/24", "10.0.0.0/24, 10.0.1.0/24"),
    ROW("pools.<name>.", "<attr>", USED, in_pool, NULL, NULL),

    ROW("authorities.<name>.", "cacert", USED, in_authority, "ca.pem", NULL),
    ROW("authorities.<name>.", "file", USED, in_authority, "/ca.pem", NULL),
    ROW("authorities.<name>.", "handle", IGNORED, in_authority, "00", NULL),
    ROW("authorities.<name>.", "slot", IGNORED, in_authority, "1", NULL),
    ROW("authorities.<name>.", "module", IGNORED, in_authority, "m", NULL),
    ROW("authorities.<name>.", "crl_uris", IGNORED, in_authority, "http://ca/ca.crl", NULL),
    ROW("authorities.<name>.", "ocsp_uris", IGNORED, in_authority, "http://ca/ocsp", NULL),
    ROW("authorities.<name>.", "cert_uri_base", IGNORED, in_authority, "http://ca/", NULL),
};

#define ROWS (sizeof(rows) / sizeof(rows[0]))

/* ------------------------------------------------------------------ what is told of a value */

/* Attributes of clients may have several names; those of IDs a suffix. */
static void read_value(const char *text, const char *option, const char *value, struct told *told)
{
    char line[256];
    char whole[1024];
    snprintf(line, sizeof(line), "%.*s = \"%s\"", (int)strcspn(option, "<"), option, value);
    snprintf(whole, sizeof(whole), text, line);
    hub_config_free(parse(whole, told));
}

/* A finding of this option, in line 2, that has a text in it. */
static bool is_told(const struct told *told, const char *option, const char *severity,
                    const char *part)
{
    char begin[128];
    snprintf(begin, sizeof(begin), "%sf.conf:2: %.*s", severity, (int)strcspn(option, "<"), option);
    for (const char *at = told->text; *at; at = strchr(at, '\n') + 1) {
        const size_t len = strcspn(at, "\n");
        const char *found = strstr(at, part);
        if (!strncmp(at, begin, strlen(begin)) && found && found < at + len)
            return true;
    }
    return false;
}

/* A section that is ignored as a whole says so itself. */
static bool is_told_ignored(const struct row *row, const struct told *told)
{
    return is_told(told, row->option, "warning: ", "changes nothing here: ") ||
           strstr(told->text, "warning: f.conf:1: section '") != NULL;
}

static void fates(void **state)
{
    (void)state;
    for (size_t i = 0; i < ROWS; i++) {
        const struct row *row = &rows[i];
        struct told told = {.text = ""};
        if (row->good)
            read_value(row->text, row->option, row->good, &told);
        const bool ignored = is_told_ignored(row, &told);
        const bool refused = is_told(&told, row->option, "", "is not supported: ");
        if (strstr(told.text, "unknown"))
            fail_msg("%s is unknown: %s", row->path, told.text);
        if (ignored != (row->fate == IGNORED) || refused != (row->fate == REFUSED))
            fail_msg("%s is not %s: %s", row->path, fate_names[row->fate], told.text);
    }
}

static void wrong_values(void **state)
{
    (void)state;
    for (size_t i = 0; i < ROWS; i++) {
        const struct row *row = &rows[i];
        struct told told;
        if (!row->wrong)
            continue;
        read_value(row->text, row->option, row->wrong, &told);
        /* What is wrong about files is told with their paths, and what is wrong about names of
         * sections where these are. */
        if (!is_told(&told, row->option, "", "expected ") &&
            !is_told(&told, row->option, "", "there is no such file"))
            fail_msg("%s = %s: %s", row->path, row->wrong, told.text);
    }
}

/* ------------------------------------------------------------------ attributes of pools */

static void attributes(void **state)
{
    (void)state;
    static const struct {
        const char *line;
        uint16_t type;
        const char *value;
        size_t len;
    } cases[] = {
        {"dns = 10.0.0.53", 3, "\x0a\x00\x00\x35", 4},
        {"dns = fd00::1", 10, "\xfd\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1", 16},
        {"nbns = 10.0.0.1", 4, "\x0a\x00\x00\x01", 4},
        {"dhcp = 10.0.0.1", 6, "\x0a\x00\x00\x01", 4},
        {"netmask = 255.255.0.0", 2, "\xff\xff\x00\x00", 4},
        {"server = 10.0.0.1", 23456, "\x0a\x00\x00\x01", 4},
        {"subnet = 10.1.0.0/16", 13, "\x0a\x01\0\0\xff\xff\0\0", 8},
        {"subnet = fd00::/8", 15, "\xfd\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x08", 17},
        {"split_include = 10.1.0.0/16, 10.2.0.0/16", 28676,
         "\x0a\x01\0\0\xff\xff\0\0\0\0\0\0\0\0\x0a\x02\0\0\xff\xff\0\0\0\0\0\0\0\0", 28},
        {"split_exclude = 10.1.0.0/16", 28678, "\x0a\x01\0\0\xff\xff\0\0\0\0\0\0\0\0", 14},
        {"28672 = \"Welcome, stranger\"", 28672, "Welcome, stranger", 17},
        {"28674 = example.org", 28674, "example.org", 11},
        {"3 = 10.0.0.53", 3, "\x0a\x00\x00\x35", 4},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char text[256];
        snprintf(text, sizeof(text), in_pool, cases[i].line);
        struct hub_config *config = assert_config(text, "");
        const x4s_ike_cfg *attributes = &config->pools[0].attributes;
        assert_int_equal(attributes->count, 1);
        assert_int_equal(attributes->items[0].type, cases[i].type);
        assert_int_equal(attributes->items[0].value.len, cases[i].len);
        assert_memory_equal(attributes->items[0].value.data, cases[i].value, cases[i].len);
        hub_config_free(config);
    }
}

static void wrong_attributes(void **state)
{
    (void)state;
    static const char *const cases[] = {
        "dns = here",
        "nbns = 10.0.0.0/8",
        "dhcp = x",
        "netmask = 16",
        "server = name",
        "subnet = 10.0.0.1-10.0.0.4",
        "split_include = fd00::/8",
        "split_exclude = all",
        "0 = x",
        "40000 = x",
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char text[256];
        char option[32];
        struct told told;
        snprintf(text, sizeof(text), in_pool, cases[i]);
        snprintf(option, sizeof(option), "%.*s", (int)strcspn(cases[i], " "), cases[i]);
        assert_null(parse(text, &told));
        if (!is_told(&told, option, "", "expected "))
            fail_msg("%s: %s", cases[i], told.text);
    }
}

/* ------------------------------------------------------------------ the man page */

static char *read_man_page(void)
{
    FILE *file = fopen(MAN_PAGE, "r");
    assert_non_null(file);
    char *text = calloc(1, 1 << 16);
    assert_non_null(text);
    const size_t len = fread(text, 1, (1 << 16) - 1, file);
    assert_true(len > 0 && len < (1 << 16) - 1);
    fclose(file);
    return text;
}

static void man_page(void **state)
{
    (void)state;
    char *page = read_man_page();
    size_t rows_there = 0;
    for (const char *at = page; (at = strstr(at, "\n.It Li ")); at++)
        rows_there++;
    for (size_t i = 0; i < ROWS; i++) {
        char line[256];
        snprintf(line, sizeof(line), "\n.It Li %s Ta %s\n", rows[i].path, fate_names[rows[i].fate]);
        if (!strstr(page, line))
            fail_msg("%s has no line '%s'", MAN_PAGE, line + 1);
    }
    assert_int_equal(rows_there, ROWS);
    free(page);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fates),      cmocka_unit_test(wrong_values),
        cmocka_unit_test(attributes), cmocka_unit_test(wrong_attributes),
        cmocka_unit_test(man_page),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
