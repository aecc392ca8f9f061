/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/config/config.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/config/config_text.h"

/* ------------------------------------------------------------------ names */

static void unknown_names(void **state)
{
    (void)state;
    static const struct error_case cases[] = {
        {"foo = 1", "f.conf:1: unknown option 'foo'\n"},
        {"foo { }", "f.conf:1: unknown section 'foo'\n"},
        {"\nconect { }", "f.conf:2: unknown section 'conect'\n"},
        {"\nconections { }\nconnection { }\n",
         "f.conf:2: unknown section 'conections', did you mean 'connections'?\n"
         "f.conf:3: unknown section 'connection', did you mean 'connections'?\n"},
        {"connections = 1",
         "f.conf:1: 'connections' is a section: expected 'connections { ... }'\n"},
        {"connections {\n x = 1\n}", "f.conf:2: unknown option 'x' in connections\n"},
        {CONNECTION("proposal = default"),
         "f.conf:2: unknown option 'proposal' in connections.office, did you mean 'proposals'?\n"},
        {CONNECTION("local_adrs = ::1"),
         "f.conf:2: unknown option 'local_adrs' in connections.office, did you mean "
         "'local_addrs'?\n"},
        {CONNECTION("nothing_like_it = 1"),
         "f.conf:2: unknown option 'nothing_like_it' in connections.office\n"},
        {CONNECTION("local = psk"), "f.conf:2: 'local' in connections.office is a section: "
                                    "expected 'local { ... }'\n"},
        {CONNECTION("local_addrs { }"), "f.conf:2: 'local_addrs' in connections.office is an "
                                        "option: expected 'local_addrs = VALUE'\n"},
        {CONNECTION("childs { }"), "f.conf:2: unknown section 'childs' in connections.office\n"},
        {CONNECTION("childen { }"), "f.conf:2: unknown section 'childen' in connections.office, "
                                    "did you mean 'children'?\n"},
        {CHILD("remote_tss = dynamic"), "f.conf:2: unknown option 'remote_tss' in "
                                        "connections.office.children.net, did you mean "
                                        "'remote_ts'?\n"},
        {CHILD("sub { }"), "f.conf:2: unknown section 'sub' in connections.office.children.net\n"},
        {"secrets {\n ike {\n sekret = topsecret\n }\n}",
         "f.conf:3: unknown option 'sekret' in secrets.ike, did you mean 'secret'?\n"
         "f.conf:2: secret in secrets.ike: expected a secret that is not empty\n"},
        {"secrets {\n ipsec { }\n}", "f.conf:2: unknown section 'ipsec' in secrets\n"},
        {IKEHUB("ports = 1"), "f.conf:2: unknown option 'ports' in ikehub, did you mean 'port'?\n"},
    };
    RUN(cases);
}

static void unsupported(void **state)
{
    (void)state;
    static const struct error_case cases[] = {
        {CONNECTION("fragmentation = maybe"),
         "f.conf:2: fragmentation in connections.office: expected yes, accept, force or no, found "
         "'maybe'\n"},
        {CHILD("dpd_action = hold"),
         "f.conf:2: dpd_action in connections.office.children.net: expected none, clear, restart, "
         "start or trap, found 'hold'\n"},
        {CONNECTION("local-2 {\n auth = psk\n id = x\n }"),
         "f.conf:6: section 'local': a second round of authentication may only be xauth\n"},
        {"connections { c {\nlocal-1 {\n auth = psk\n id = a\n round = 2\n}\nlocal-2 {\n auth = "
         "xauth\n "
         "xauth_id = u\n round = 1\n}\nremote {\n auth = psk\n} } }\n"
         "secrets { ike {\n secret = x\n} xauth {\n id = u\n secret = p\n} }\n",
         "f.conf:10: round in connections.c.local-2: expected at least that of section 'local-1': "
         "users are asked last\n"},
        {"connections { office {\nlocal {\n auth = pubkey\n id = hub\n cert-1 {\n "
         "file = x\n }\n}\nremote {\n auth = psk\n} } }",
         "f.conf:6: file in connections.office.local.cert-1: expected an absolute path\n"
         "f.conf:10: auth in connections.office.remote: expected what is in local: in IKEv1 both "
         "sides authenticate alike\n"},
        {CONNECTION("send_cert = sometimes"), "f.conf:2: send_cert in connections.office: expected "
                                              "ifasked, always or never, found 'sometimes'\n"},
        {CHILD("start_action = hold"),
         "f.conf:2: start_action in connections.office.children.net: expected none, start, trap or "
         "trap|start, found 'hold'\n"},
        {CHILD("start_action = trap"),
         "f.conf:2: start_action in connections.office.children.net: expected an address in "
         "local_addrs of connection 'office' for trap, or local_ts not to be dynamic\n"},
        {CHILD("ah_proposals = aes128"),
         "f.conf:2: ah_proposals in connections.office.children.net: expected no cipher: AH does "
         "not encrypt, found 'aes128'\n"},
        {CHILD("ah_proposals = sha1\nesp_proposals = aes128-sha1"),
         "f.conf:2: ah_proposals in connections.office.children.net: expected no esp_proposals "
         "beside it: a child is protected by ESP or AH\n"},
        {CHILD("ipcomp = yes\n"
               "esp_proposals = aes128-aes192-aes256-sha1-sha256-sha384-sha512-modp2048-ecp256"),
         "f.conf:2: ipcomp in connections.office.children.net: expected at most 16 combinations "
         "of algorithms beside it, found 24\n"},
        {CHILD("mode = beet"), "f.conf:2: mode in connections.office.children.net: expected tunnel "
                               "or transport, found 'beet'\n"},
    };
    RUN(cases);
}

/* What swanctl.conf knows and this does not, where nothing is lost by going on without it. */
static void warned_of(void **state)
{
    (void)state;
    static const struct error_case cases[] = {
        {CONNECTION("dscp = 000001"), "warning: f.conf:2: dscp in connections.office changes "
                                      "nothing here: packets of IKE have 000000\n"},
        {CHILD("close_action = start"),
         "warning: f.conf:2: close_action in connections.office.children.net changes nothing here: "
         "what the peer ends is not begun again\n"},
        {CHILD("if_id_in = %unique"),
         "warning: f.conf:2: if_id_in in connections.office.children.net: no values are drawn: "
         "'%unique' is as if it were not set\n"},
        {CHILD("local_ts = 10.1.0.0/16, 10.2.0.0/16"),
         "warning: f.conf:2: local_ts in connections.office.children.net: the first selector "
         "counts: a quick mode of IKEv1 has one for each side; use a child for each\n"},
        {CONNECTION("proposals = aes256-sha256-kyber1-modp2048, aes256-sha256-kyber1"),
         "warning: f.conf:2: proposals in connections.office: 'kyber1' is not supported and left "
         "out: 'aes256-sha256-modp2048' remains\n"},
        {CONNECTION("local_addrs = gate.example.org, 192.0.2.1"),
         "warning: f.conf:2: local_addrs in connections.office: nobody tells the address of "
         "'gate.example.org' now: it is none until a reload\n"},
        {"secrets { token-joe {\n handle = 01\n} }",
         "warning: f.conf:1: section 'token-joe' in secrets changes nothing here: keys come from "
         "files, not from tokens\n"},
        {"authorities { a {\n crl_uris = http://a/b\n} }",
         "warning: f.conf:2: crl_uris in authorities.a changes nothing here: nothing is fetched: "
         "put lists and responses into x509crl and x509ocsp\n"},
        {IKEHUB("retransmit_base = 1.8"),
         "warning: f.conf:2: retransmit_base in ikehub changes nothing here: intervals double\n"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        hub_config_free(assert_config(cases[i].text, cases[i].errors));
}

/* A daemon for IKEv2 may read the same file. */
static void connections_that_are_left_out(void **state)
{
    (void)state;
    struct hub_config *config = assert_config(
        "connections {\n"
        "a {\n version = 2\n proposals = aes128gcm16-prfsha256-x25519\n mobike = yes\n }\n"
        "b {\n remote_addrs = 192.0.2.7\n local_addrs = 192.0.2.1\n" AUTH "}\n"
        "c {\n version = 2\n }\n"
        "}\n",
        "warning: f.conf:3: version in connections.a: IKEv2 is not spoken here: the connection is "
        "left out\n"
        "warning: f.conf:19: version in connections.c: IKEv2 is not spoken here: the connection is "
        "left out\n"
        "warning: f.conf:7: connection 'b' has no secret: section secrets has none for its peer\n");
    assert_int_equal(config->connection_count, 1);
    assert_string_equal(config->connections[0].name, "b");
    hub_config_free(config);
}

/* What is not supported may be written all the same where it asks for what happens anyway. */
static void unsupported_without_effect(void **state)
{
    (void)state;
    static const char *const texts[] = {
        CONNECTION("version = 1\nversion = 0\naggressive = no\nencap = no\ndpd_delay = 0s"),
        CONNECTION("fragmentation = no\nsend_cert = never\nvips =\ndscp = 000000"),
        CHILD("close_action = none\ndpd_action = clear\nipcomp = no\nrekey_packets = 0\nlabel ="),
        "pools { }\nauthorities { }\nsecrets { eap { } }",
        "",
    };
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        hub_config_free(assert_config(texts[i], ""));
}

/* ------------------------------------------------------------------ values */

static void bad_values(void **state)
{
    (void)state;
    static const struct error_case cases[] = {
        {CONNECTION("local_addrs = hub_example"),
         "f.conf:2: local_addrs in connections.office: 'hub_example' is no address, subnet, range "
         "or host: expected like 192.0.2.1, 192.0.2.0/24, 192.0.2.1-192.0.2.9, %any or "
         "vpn.example.org, found 'hub_example'\n"},
        {CONNECTION("remote_addrs = 10.0.0.1, , 10.0.0.2"),
         "f.conf:2: remote_addrs in connections.office: '' is no address, subnet, range or host: "
         "expected like 192.0.2.1, 192.0.2.0/24, 192.0.2.1-192.0.2.9, %any or vpn.example.org, "
         "found '10.0.0.1, , 10.0.0.2'\n"},
        {CONNECTION("local_port = 0"), "f.conf:2: local_port in connections.office: expected a "
                                       "number from 1 to 65535, found '0'\n"},
        {CONNECTION("local_port = 501"), "f.conf:2: local_port in connections.office: expected "
                                         "500, the port of section ikehub, found '501'\n"},
        {CONNECTION("remote_port = 65536"), "f.conf:2: remote_port in connections.office: expected "
                                            "a number from 1 to 65535, found '65536'\n"},
        {CONNECTION("proposals = aes128-sha1"),
         "f.conf:2: proposals in connections.office: expected a cipher, a hash and a "
         "Diffie-Hellman group, found 'aes128-sha1'\n"},
        {CONNECTION("unique = yes"), "f.conf:2: unique in connections.office: expected no, never, "
                                     "keep or replace, found 'yes'\n"},
        {CONNECTION("keyingtries = -1"), "f.conf:2: keyingtries in connections.office: expected a "
                                         "number from 0 to 1000000, found '-1'\n"},
        {CONNECTION("rekey_time = 4 h"), "f.conf:2: rekey_time in connections.office: expected a "
                                         "time like 3600, 60s, 90m, 4h or 1d, found '4 h'\n"},
        {CONNECTION("rekey_time = 1w"), "f.conf:2: rekey_time in connections.office: expected a "
                                        "time like 3600, 60s, 90m, 4h or 1d, found '1w'\n"},
        {CONNECTION("rekey_time = 99999999999999999999"),
         "f.conf:2: rekey_time in connections.office: expected a time like 3600, 60s, 90m, 4h "
         "or "
         "1d, found '99999999999999999999'\n"},
        {CONNECTION("rand_time = 4h"), "f.conf:2: rand_time in connections.office: expected less "
                                       "than rekey_time and reauth_time, 14400 seconds\n"},
        {CHILD("local_ts = 10.0.0.0/33"),
         "f.conf:2: local_ts in connections.office.children.net: expected dynamic, an address, "
         "subnet or range, each with [PROTOCOL/PORT] if wanted, found '10.0.0.0/33'\n"},
        {CHILD("local_ts = 10.0.0.1[/80]"), "f.conf:2: local_ts in connections.office.children.net:"
                                            " expected a protocol like tcp, udp, icmp or 47 after "
                                            "'[', found '10.0.0.1[/80]'\n"},
        {CHILD("local_ts = 10.0.0.1[0/80]"), "f.conf:2: local_ts in connections.office.children."
                                             "net: expected a protocol where there is a port, "
                                             "found '10.0.0.1[0/80]'\n"},
        {CHILD("local_ts = 10.0.0.1[tcp/1-9]"),
         "f.conf:2: local_ts in connections.office.children."
         "net: expected one port, or the name of a service, after the protocol, "
         "found '10.0.0.1[tcp/1-9]'\n"},
        {CHILD("local_ts = 10.0.0.1[tcp"), "f.conf:2: local_ts in connections.office.children.net: "
                                           "expected ']' at the end, found '10.0.0.1[tcp'\n"},
        {CHILD("local_ts = 10.0.0.0/8\nremote_ts = ::/0"),
         "f.conf:3: remote_ts in connections.office.children.net: expected the same kind of "
         "addresses as in local_ts, IPv4 or IPv6\n"},
        {CHILD("mode = transport\nlocal_ts = 10.0.0.0/8"),
         "f.conf:2: mode in connections.office.children.net: expected local_ts and remote_ts to "
         "be "
         "single addresses or dynamic for transport\n"},
        {CHILD("esp_proposals = aes128"), "f.conf:2: esp_proposals in connections.office.children."
                                          "net: expected a cipher and a hash, or an authenticated "
                                          "cipher like aes128gcm16, found 'aes128'\n"},
        {CHILD("life_time = 1h\nrekey_time = 2h"),
         "f.conf:2: life_time in connections.office.children.net: expected at least rekey_time, "
         "7200 seconds\n"},
        {CHILD("rand_time = 1h"), "f.conf:2: rand_time in connections.office.children.net: "
                                  "expected less than rekey_time, 3600 seconds\n"},
        {CHILD("life_bytes = 5T"), "f.conf:2: life_bytes in connections.office.children.net: "
                                   "expected bytes like 4096, 64k, 500M or 1G, up to 4095G, found "
                                   "'5T'\n"},
        {CHILD("life_bytes = 1M\nrekey_bytes = 2M"),
         "f.conf:2: life_bytes in connections.office.children.net: expected at least "
         "rekey_bytes, "
         "2048 kilobytes\n"},
        {CHILD("rekey_bytes = 1M\nrand_bytes = 1M"),
         "f.conf:3: rand_bytes in connections.office.children.net: expected less than "
         "rekey_bytes, "
         "1024 kilobytes\n"},
        {CHILD("start_action = start"), "f.conf:2: start_action in connections.office.children."
                                        "net: expected an address in remote_addrs of connection "
                                        "'office' to go to\n"},
        {IKEHUB("listen = localhost"), "f.conf:2: listen in ikehub: 'localhost' is no address: "
                                       "expected like 192.0.2.1 or 2001:db8::1, found "
                                       "'localhost'\n"},
        {IKEHUB("listen = ::, ::"), "f.conf:2: listen in ikehub: expected '::' only once, found "
                                    "'::, ::'\n"},
        {IKEHUB("shards = 0"), "f.conf:2: shards in ikehub: expected a number from 1 to 64, "
                               "found '0'\n"},
        {IKEHUB("backend = dpdk"), "f.conf:2: backend in ikehub: expected auto, uring or epoll, "
                                   "found 'dpdk'\n"},
        {IKEHUB("log_level = all"), "f.conf:2: log_level in ikehub: expected error, notice, info "
                                    "or debug, found 'all'\n"},
        {IKEHUB("port = 4500"), "f.conf:1: port_nat_t in ikehub: expected another port than 4500, "
                                "that of port\n"},
        {IKEHUB("retransmit_timeout = 0.01"), "f.conf:2: retransmit_timeout in ikehub: expected "
                                              "seconds from 0.05 to 600, with up to three "
                                              "decimals, found '0.01'\n"},
        {IKEHUB("retransmit_timeout = 1.2345"), "f.conf:2: retransmit_timeout in ikehub: expected "
                                                "seconds from 0.05 to 600, with up to three "
                                                "decimals, found '1.2345'\n"},
        {IKEHUB("retransmit_timeout = 4\nretransmit_limit = 2"),
         "f.conf:3: retransmit_limit in ikehub: expected at least retransmit_timeout, 4 "
         "seconds\n"},
        {IKEHUB("retransmit_tries = 0"), "f.conf:2: retransmit_tries in ikehub: expected a number "
                                         "from 1 to 100, found '0'\n"},
    };
    RUN(cases);
}

static void missing_parts(void **state)
{
    (void)state;
    static const struct error_case cases[] = {
        {"connections {\n office { }\n}\n" SECRET,
         "f.conf:2: local in connections.office: expected local { auth = psk } or pubkey\n"
         "f.conf:2: remote in connections.office: expected remote { auth = psk } or pubkey\n"},
        {"connections { office {\nlocal {\n id = hub\n}\nremote {\n auth = psk\n} } }\n" SECRET,
         "f.conf:6: auth in connections.office.remote: expected what is in local: in IKEv1 both "
         "sides authenticate alike\n"},
        {"connections { office {\nlocal {\n auth = psk\n id = *.org\n}\nremote {\n auth = psk\n} "
         "} }\n" SECRET,
         "f.conf:4: id in connections.office.local: expected a single identity, without an "
         "asterisk and no subnet or range\n"},
        {"connections { office {\nlocal_addrs = 10.0.0.1, 10.0.0.2\nlocal {\n auth = psk\n}\n"
         "remote {\n auth = psk\n} } }\n" SECRET,
         "f.conf:3: id in connections.office.local: expected an identity of ours: only if "
         "local_addrs, or ikehub.listen, is one address, that stands for it\n"},
        {"connections { office {\nlocal {\n auth = psk\n id = a:b\n}\nremote {\n auth = psk\n id = "
         "a*b\n} } }\n" SECRET,
         "f.conf:4: id in connections.office.local: expected an IPv6 address or a type that is "
         "known, like keyid:, found 'a:b'\n"
         "f.conf:8: id in connections.office.remote: expected an asterisk only at the beginning of "
         "a name, and a name after it, found 'a*b'\n"},
    };
    RUN(cases);
}

/* No text of a secret is ever shown. */
static void bad_secrets(void **state)
{
    (void)state;
    static const struct error_case cases[] = {
        {"secrets { ike-a {\n secret = 0xabc\n} }",
         "f.conf:2: secret in secrets.ike-a: expected an even number of hexadecimal digits after "
         "0x\n"},
        {"secrets { ike-a {\n secret = 0x\n} }",
         "f.conf:2: secret in secrets.ike-a: expected an even number of hexadecimal digits after "
         "0x\n"},
        {"secrets { ike-a {\n secret = 0s!!!!\n} }",
         "f.conf:2: secret in secrets.ike-a: expected Base64 after 0s\n"},
        {"secrets { ike-a {\n secret = 0sA\n} }",
         "f.conf:2: secret in secrets.ike-a: expected Base64 after 0s\n"},
        {"secrets { ike-a {\n secret =\n} }",
         "f.conf:1: secret in secrets.ike-a: expected a secret that is not empty\n"},
        {"secrets { ike-a {\n secret = x\n id-1 = a*b\n} }",
         "f.conf:3: id-1 in secrets.ike-a: expected an asterisk only at the beginning of a name, "
         "and a name after it, found 'a*b'\n"},
    };
    RUN(cases);
}

/* Every error is told, not the first alone; after one of syntax only that. */
static void all_errors_are_told(void **state)
{
    (void)state;
    assert_errors("connections { a {\n version = 3\n proposals = x\n} b {\n foo = 1\n" AUTH "} }\n"
                  "secrets { ike {\n secret = 0x1\n} }\nikehub {\n port = x\n}\n",
                  "f.conf:18: port in ikehub: expected a number from 1 to 65535, found 'x'\n"
                  "f.conf:15: secret in secrets.ike: expected an even number of hexadecimal digits "
                  "after 0x\n"
                  "f.conf:2: version in connections.a: expected 0, 1 or 2, found '3'\n"
                  "f.conf:3: proposals in connections.a: 'x' is unknown or not supported: expected "
                  "algorithms like aes256, sha256, modp2048, found 'x'\n"
                  "f.conf:1: local in connections.a: expected local { auth = psk } or pubkey\n"
                  "f.conf:1: remote in connections.a: expected remote { auth = psk } or pubkey\n"
                  "f.conf:5: unknown option 'foo' in connections.b\n");
    assert_errors("foo = 1\nbar\n", "f.conf:2: expected '=' or '{' after 'bar', found the end of "
                                    "the line\n");
}

/* ------------------------------------------------------------------ the snapshot */

static void the_daemon(void **state)
{
    (void)state;
    struct hub_config *config = assert_config("", "");
    const struct hub_daemon *d = &config->daemon;
    assert_string_equal(config->path, "f.conf");
    assert_int_equal(d->listen_count, 2);
    assert_int_equal(d->listen[0].family, x4c_net_ipv4);
    assert_int_equal(d->listen[1].family, x4c_net_ipv6);
    assert_int_equal(d->port, 500);
    assert_int_equal(d->port_nat_t, 4500);
    assert_int_equal(d->backend, HUB_BACKEND_AUTO);
    assert_int_equal(d->shards, 0);
    assert_int_equal(d->log_level, x4c_trace_info);
    assert_int_equal(d->log_format, HUB_LOG_LOGFMT);
    assert_false(d->log_keys);
    assert_string_equal(d->socket, HUB_SOCKET);
    assert_true(d->socket_default);
    assert_int_equal(d->socket_mode, 0660);
    assert_null(d->socket_group);
    assert_int_equal(d->timing.resend_first_ms, 0);
    assert_int_equal(config->connection_count, 0);
    hub_config_free(config);

    config = assert_config(
        IKEHUB("listen = 127.0.0.1\nport = 15000\nport_nat_t = 0\nbackend = epoll\nshards = 3\n"
               "crypto = openssl\nlog_level = debug\nlog_keys = yes\nretransmit_timeout = 0.25\n"
               "socket = /run/a\nsocket_mode = 606\nsocket_group = wheel\n"
               "retransmit_limit = 8s\nretransmit_tries = 3\nretransmit_jitter = 20\n"
               "retransmit_base = 2\nnegotiation_timeout = 20\nhalf_open_timeout = 10.5\n"
               "init_limit_half_open = 100\ninit_limit_unproven = 200\nblock_threshold = 5\n"
               "init_limit_prefix = 50\ninit_prefix_ipv4 = 20\ninit_prefix_ipv6 = 44\n"
               "init_rate_aggressive = 30\ninit_limit_jobs = 8\ninit_limit_waiting = 90\n"
               "init_timeout_waiting = 2.5\nkeys_ahead = 7\nlog_format = json"),
        "");
    d = &config->daemon;
    assert_int_equal(d->listen_count, 1);
    assert_int_equal(d->port, 15000);
    assert_int_equal(d->port_nat_t, 0);
    assert_int_equal(d->backend, HUB_BACKEND_EPOLL);
    assert_int_equal(d->crypto, HUB_CRYPTO_OPENSSL);
    assert_int_equal(d->shards, 3);
    assert_int_equal(d->log_level, x4c_trace_debug);
    assert_int_equal(d->log_format, HUB_LOG_JSON);
    assert_true(d->log_keys);
    assert_string_equal(d->socket, "/run/a");
    assert_false(d->socket_default);
    assert_int_equal(d->socket_mode, 0606);
    assert_string_equal(d->socket_group, "wheel");
    assert_int_equal(d->timing.resend_first_ms, 250);
    assert_int_equal(d->timing.resend_max_ms, 8000);
    assert_int_equal(d->timing.resend_tries, 3);
    assert_int_equal(d->timing.resend_jitter_pct, 20);
    assert_int_equal(d->timing.negotiation_ms, 20000);
    assert_int_equal(d->timing.half_open_ms, 10500);
    assert_int_equal(d->limits.half_open, 100);
    assert_int_equal(d->limits.unproven, 200);
    assert_int_equal(d->limits.aggressive, 1000);
    assert_int_equal(d->limits.half_open_address, 5);
    assert_int_equal(d->limits.half_open_prefix, 50);
    assert_int_equal(d->limits.prefix4_bits, 20);
    assert_int_equal(d->limits.prefix6_bits, 44);
    assert_int_equal(d->limits.aggressive_a_second, 30);
    assert_int_equal(d->limits.jobs_a_tick, 8);
    assert_int_equal(d->limits.jobs_waiting, 90);
    assert_int_equal(d->timing.job_ms, 2500);
    assert_int_equal(d->limits.shared_net_count, 0);
    assert_int_equal(d->keys_ahead, 7);
    hub_config_free(config);

    config = assert_config(IKEHUB("socket = none"), "");
    assert_null(config->daemon.socket);
    assert_false(config->daemon.socket_default);
    hub_config_free(config);
}

static void a_connection_by_default(void **state)
{
    (void)state;
    struct hub_config *config = assert_config(CHILD(""), "");
    assert_int_equal(config->connection_count, 1);
    const struct hub_connection *c = &config->connections[0];
    assert_string_equal(c->name, "office");
    assert_int_equal(c->index, 0);
    assert_true(c->local_addrs.any);
    assert_true(c->remote_addrs.any);
    assert_int_equal(c->remote_port, 500);
    assert_int_equal(c->remote_id.kind, HUB_IDENTITY_ANY);
    assert_int_equal(c->unique, HUB_UNIQUE_NO);
    assert_int_equal(c->keyingtries, 1);
    assert_int_equal(c->phase1.soft_sec, 14400);
    assert_int_equal(c->phase1.life_sec, 15840);
    assert_int_equal(c->rand_sec, 1440);
    assert_int_equal(c->phase1.transform_count, 32);
    assert_int_equal(c->phase1.transforms[31].life_sec, 15840);
    assert_int_equal(c->phase1.id.type, x4c_ike_id_fqdn);
    assert_memory_equal(c->phase1.id.data.data, "hub", 3);
    assert_true(c->phase1.own_order);
    assert_ptr_equal(hub_connection_of(&c->phase1), c);

    assert_int_equal(c->child_count, 1);
    const struct hub_child *child = &c->children[0];
    assert_string_equal(child->name, "net");
    assert_ptr_equal(child->connection, c);
    assert_ptr_equal(hub_child_of(&child->phase2), child);
    assert_true(child->local.dynamic && child->remote.dynamic);
    assert_false(child->start);
    assert_int_equal(child->phase2.soft_sec, 3600);
    assert_int_equal(child->phase2.life_sec, 3960);
    assert_int_equal(child->rand_sec, 360);
    assert_int_equal(child->phase2.transform_count, 10);
    assert_int_equal(child->offer_count, 10);
    assert_int_equal(child->phase2.transforms[0].mode, x4c_ike_tunnel);
    assert_int_equal(child->phase2.transforms[0].life_sec, 3960);
    assert_int_equal(child->phase2.transforms[0].life_kb, 0);
    hub_config_free(config);
}

static void a_connection_in_full(void **state)
{
    (void)state;
    struct hub_config *config = assert_config(
        "ikehub {\n port = 1500\n prefer_configured_proposals = no\n}\n"
        "connections { x.y {\n version = 1\n local_addrs = 10.9.0.1\n"
        " remote_addrs = 10.9.0.0/24, 10.9.1.5, 10.9.2.1-10.9.2.3\n local_port = 1500\n"
        " remote_port = 1501\n proposals = aes128-sha1-modp1024, aes256-sha256-ecp256\n"
        " unique = replace\n keyingtries = 0\n rekey_time = 2h\n reauth_time = 1h\n"
        " over_time = 5m\n rand_time = 10m\n mobike = no\n"
        " local {\n auth = psk\n}\n remote {\n auth = psk\n id = *.example.org\n}\n"
        " children { a {\n local_ts = 10.1.0.0/24[tcp/80]\n remote_ts = 10.2.0.1-10.2.0.9\n"
        " esp_proposals = aes128-sha1-modp2048-ecp256, aes256-sha1\n start_action = start\n"
        " rekey_time = 10m\n life_time = 15m\n rand_time = 2m\n life_bytes = 1M\n}\n b {\n"
        " mode = transport\n local_ts = dynamic[udp/1701]\n life_time = 1100s\n} }\n} }\n" SECRET,
        "");
    const struct hub_connection *c = &config->connections[0];
    char text[HUB_IDENTITY_TEXT];

    assert_string_equal(c->name, "x.y");
    assert_false(c->local_addrs.any);
    assert_string_equal(x4_net_addr_format(&c->local_addrs.first, text), "10.9.0.1");
    assert_int_equal(c->remote_addrs.range_count, 3);
    assert_string_equal(x4_net_addr_format(&c->remote_addrs.first, text), "10.9.1.5");
    assert_int_equal(c->remote_port, 1501);
    assert_int_equal(c->unique, HUB_UNIQUE_REPLACE);
    assert_int_equal(c->keyingtries, 0);
    assert_int_equal(c->remote_id.kind, HUB_IDENTITY_SUFFIX);
    assert_string_equal(hub_identity_format(&c->phase1.id, text), "10.9.0.1");
    assert_int_equal(c->phase1.transform_count, 2);
    assert_int_equal(c->phase1.transforms[0].group, x4c_group_modp1024);
    assert_int_equal(c->phase1.soft_sec, 3600);
    assert_int_equal(c->phase1.life_sec, 3900);
    assert_int_equal(c->rand_sec, 600);
    assert_false(c->phase1.own_order);

    const struct hub_child *a = &c->children[0];
    char selector[x4c_net_selector_text];
    assert_string_equal(x4_net_selector_format(&a->local.selector, selector), "10.1.0.0/24[6/80]");
    assert_string_equal(x4_net_selector_format(&a->remote.selector, selector), "10.2.0.1-10.2.0.9");
    assert_true(a->start);
    assert_int_equal(a->phase2.transform_count, 3);
    assert_int_equal(a->offer_count, 1);
    assert_int_equal(a->phase2.soft_sec, 600);
    assert_int_equal(a->phase2.life_sec, 900);
    assert_int_equal(a->rand_sec, 120);
    assert_int_equal(a->phase2.transforms[2].life_sec, 900);
    assert_int_equal(a->phase2.transforms[2].life_kb, 1024);
    assert_int_equal(a->phase2.life_kb, 1024);
    assert_int_equal(a->phase2.soft_kb, 930);
    assert_int_equal(a->rand_kb, 94);
    assert_false(a->phase2.own_order);

    const struct hub_child *b = &c->children[1];
    assert_true(b->local.dynamic);
    assert_int_equal(b->local.selector.protocol, 17);
    assert_int_equal(b->local.selector.port, 1701);
    assert_int_equal(b->phase2.transforms[0].mode, x4c_ike_transport);
    assert_int_equal(b->phase2.soft_sec, 1000);
    assert_int_equal(b->phase2.life_sec, 1100);
    hub_config_free(config);
}

/* Each with IPComp, then each without; those of another group than the first's behind them. */
static void ipcomp(void **state)
{
    (void)state;
    struct hub_config *config = assert_config(
        CHILD("ipcomp = yes\nesp_proposals = aes128-sha1-modp2048-ecp256, aes256-sha1-modp2048\n"
              "life_time = 600"),
        "");
    const struct hub_child *child = &config->connections[0].children[0];
    static const struct {
        uint16_t key_bits;
        uint8_t group;
        uint8_t ipcomp;
    } expected[] = {
        {128, x4c_group_modp2048, x4c_ike_ipcomp_deflate},
        {256, x4c_group_modp2048, x4c_ike_ipcomp_deflate},
        {128, x4c_group_modp2048, x4c_ike_ipcomp_none},
        {256, x4c_group_modp2048, x4c_ike_ipcomp_none},
        {128, x4c_group_ecp256, x4c_ike_ipcomp_deflate},
        {128, x4c_group_ecp256, x4c_ike_ipcomp_none},
    };
    assert_int_equal(child->phase2.transform_count, x4m_countof(expected));
    assert_int_equal(child->offer_count, 4);
    for (size_t i = 0; i < x4m_countof(expected); i++) {
        const x4s_ike_transform2 *t = &child->phase2.transforms[i];
        assert_int_equal(t->key_bits, expected[i].key_bits);
        assert_int_equal(t->group, expected[i].group);
        assert_int_equal(t->ipcomp, expected[i].ipcomp);
        assert_int_equal(t->mode, x4c_ike_tunnel);
        assert_int_equal(t->life_sec, 600);
    }
    hub_config_free(config);

    config = assert_config(CHILD("ipcomp = no"), "");
    assert_int_equal(config->connections[0].children[0].phase2.transforms[0].ipcomp,
                     x4c_ike_ipcomp_none);
    hub_config_free(config);

    config = assert_config(CHILD("ipcomp = yes"), "");
    assert_int_equal(config->connections[0].children[0].offer_count, 20);
    hub_config_free(config);
}

static void volumes(void **state)
{
    (void)state;
    struct hub_config *config = assert_config(CHILD("rekey_bytes = 1000k\nrand_bytes = 0"), "");
    const struct hub_child *child = &config->connections[0].children[0];
    assert_int_equal(child->phase2.soft_kb, 1000);
    assert_int_equal(child->phase2.life_kb, 1100);
    assert_int_equal(child->phase2.transforms[0].life_kb, 1100);
    assert_int_equal(child->rand_kb, 0);
    hub_config_free(config);

    config = assert_config(CHILD(""), "");
    child = &config->connections[0].children[0];
    assert_int_equal(child->phase2.soft_kb, 0);
    assert_int_equal(child->phase2.life_kb, 0);
    hub_config_free(config);
}

static void no_lifetimes(void **state)
{
    (void)state;
    struct hub_config *config = assert_config(CONNECTION("rekey_time = 0"), "");
    assert_int_equal(config->connections[0].phase1.soft_sec, 0);
    assert_int_equal(config->connections[0].phase1.life_sec, 0);
    assert_int_equal(config->connections[0].rand_sec, 0);
    hub_config_free(config);

    config = assert_config(CONNECTION("reauth_time = 1d"), "");
    assert_int_equal(config->connections[0].phase1.soft_sec, 86400);
    assert_int_equal(config->connections[0].phase1.life_sec, 95040);
    hub_config_free(config);

    config = assert_config(CHILD("rekey_time = 0\nlife_time = 600"), "");
    assert_int_equal(config->connections[0].children[0].phase2.soft_sec, 0);
    assert_int_equal(config->connections[0].children[0].phase2.life_sec, 600);
    hub_config_free(config);
}

static void secrets(void **state)
{
    (void)state;
    struct hub_config *config =
        assert_config("secrets {\nike-text {\n secret = \"two words\"\n id = a\n id-2 = %any\n}\n"
                      "ikehex {\n secret = 0x00ffAB\n}\n"
                      "ike1 {\n secret = 0sAAECAw==\n}\nike2 {\n secret = 0sAAEC\n}\n"
                      "ike3 {\n secret = 0sAAE\n}\n}\n",
                      "");
    static const uint8_t bytes[] = {0, 1, 2, 3};
    static const uint8_t hex[] = {0x00, 0xff, 0xab};
    assert_int_equal(config->secret_count, 5);
    const struct hub_secret *s = config->secrets;
    assert_string_equal(s[0].name, "ike-text");
    assert_int_equal(s[0].key.len, 9);
    assert_memory_equal(s[0].key.data, "two words", 9);
    assert_int_equal(s[0].owner_count, 2);
    assert_int_equal(s[1].key.len, 3);
    assert_memory_equal(s[1].key.data, hex, 3);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(s[2 + i].key.len, 4 - i);
        assert_memory_equal(s[2 + i].key.data, bytes, 4 - i);
    }
    hub_config_free(config);
}

static void inherited_settings(void **state)
{
    (void)state;
    struct hub_config *config = assert_config(
        "defaults {\n rekey_time = 1h\n" AUTH "}\n"
        "connections {\n a : defaults { }\n b : defaults {\n rekey_time = 2h\n }\n}\n" SECRET,
        "");
    assert_int_equal(config->connections[0].phase1.soft_sec, 3600);
    assert_int_equal(config->connections[1].phase1.soft_sec, 7200);
    hub_config_free(config);

    assert_errors("defaults {\n foo = 1\n" AUTH "}\nconnections {\n a : defaults { }\n}\n" SECRET,
                  "f.conf:2: unknown option 'foo' in connections.a\n");
}

/* ------------------------------------------------------------------ warnings and files */

static void a_connection_without_a_secret(void **state)
{
    (void)state;
    hub_config_free(assert_config(
        "connections {\n office {\n" AUTH "}\n}\n",
        "warning: f.conf:2: connection 'office' has no secret: section secrets has none for its "
        "peer\n"));
    hub_config_free(assert_config(
        "connections {\n a {\n remote_addrs = 10.0.0.1\n" AUTH "}\n b {\n remote_addrs = "
        "10.0.0.2\n" AUTH "}\n}\n"
        "secrets { ike {\n secret = x\n id = 10.0.0.1\n id-2 = hub\n} }\n",
        "warning: f.conf:12: connection 'b' has no secret: section secrets has none for its "
        "peer\n"));
}

static void write_file(const char *path, const char *text, mode_t mode)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
    assert_int_equal(chmod(path, mode), 0);
}

static void files(void **state)
{
    (void)state;
    char path[] = "/tmp/test_config.XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    close(fd);

    struct told told = {.text = ""};
    char expected[256];
    write_file(path, "\n\n" SECRET, 0640);
    struct hub_config *config = hub_config_load(path, tell, &told);
    assert_string_equal(told.text, "");
    assert_non_null(config);
    hub_config_free(config);

    write_file(path, "\n\n" SECRET, 0644);
    config = hub_config_load(path, tell, &told);
    snprintf(expected, sizeof(expected),
             "warning: %s:5: this file holds a secret and others than its owner and group may read "
             "or write it: expected mode 0640 or less\n",
             path);
    assert_string_equal(told.text, expected);
    assert_non_null(config);
    hub_config_free(config);

    told.text[0] = 0;
    write_file(path, "foo = 1\n", 0644);
    assert_null(hub_config_load(path, tell, &told));
    snprintf(expected, sizeof(expected), "%s:1: unknown option 'foo'\n", path);
    assert_string_equal(told.text, expected);

    unlink(path);
    told.text[0] = 0;
    assert_null(hub_config_load(path, tell, &told));
    snprintf(expected, sizeof(expected), "%s: No such file or directory\n", path);
    assert_string_equal(told.text, expected);
}

/* ------------------------------------------------------------------ hostile texts */

static void ignore(void *context, enum hub_severity severity, const char *text)
{
    unsigned *errors = context;
    *errors += severity == HUB_ERROR;
    assert_true(strlen(text) < 2048);
}

/* A snapshot comes of it if and only if no error was told. */
static void survive(const char *text, size_t size)
{
    unsigned errors = 0;
    char *copy = malloc(size ? size : 1);
    assert_non_null(copy);
    memcpy(copy, text, size);
    struct hub_config *config = hub_config_parse("f.conf", copy, size, ignore, &errors);
    assert_int_equal(config != NULL, errors == 0);
    hub_config_free(config);
    free(copy);
}

static const char whole[] =
    "ikehub {\n listen = ::, 1.2.3.4\n retransmit_timeout = 1.5\n}\n"
    "t {\n local {\n auth = psk\n id = @#00ff\n}\n remote {\n auth = psk\n id = *@x.org\n}\n}\n"
    "connections { a : t {\n remote_addrs = %any, 10.0.0.1-10.0.0.77, ::/3\n"
    " proposals = aes128-sha1-modp1024,default\n rekey_time = 1h\n children { c {\n"
    " local_ts = 1.0.0.0/8[tcp/7]\n remote_ts = 2.0.0.1-2.0.0.9\n"
    " esp_proposals = null-md5, aes128gcm16-ecp256\n life_bytes = 1G\n} } } }\n"
    "secrets { ike-1 {\n secret = 0sAAEC\n id = 10.0.0.0/8\n id-b = \"x\\ty\"\n} }\n";

static void truncated_texts(void **state)
{
    (void)state;
    for (size_t len = 0; len < sizeof(whole); len++)
        survive(whole, len);
}

static void mutated_texts(void **state)
{
    (void)state;
    static const char bytes[] = "{}=:#\"\\\n ,-/[]%*@.0x~";
    char text[sizeof(whole)];
    uint32_t random = 1;
    for (unsigned round = 0; round < 4000; round++) {
        memcpy(text, whole, sizeof(whole));
        for (unsigned i = 0; i <= round % 3; i++) {
            random = random * 1664525 + 1013904223;
            const size_t at = (random >> 8) % (sizeof(whole) - 1);
            text[at] = bytes[(random >> 3) % (sizeof(bytes) - 1)];
        }
        survive(text, sizeof(whole) - 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(unknown_names),
        cmocka_unit_test(unsupported),
        cmocka_unit_test(warned_of),
        cmocka_unit_test(connections_that_are_left_out),
        cmocka_unit_test(unsupported_without_effect),
        cmocka_unit_test(bad_values),
        cmocka_unit_test(missing_parts),
        cmocka_unit_test(bad_secrets),
        cmocka_unit_test(all_errors_are_told),
        cmocka_unit_test(the_daemon),
        cmocka_unit_test(a_connection_by_default),
        cmocka_unit_test(a_connection_in_full),
        cmocka_unit_test(ipcomp),
        cmocka_unit_test(volumes),
        cmocka_unit_test(no_lifetimes),
        cmocka_unit_test(secrets),
        cmocka_unit_test(inherited_settings),
        cmocka_unit_test(a_connection_without_a_secret),
        cmocka_unit_test(files),
        cmocka_unit_test(truncated_texts),
        cmocka_unit_test(mutated_texts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
