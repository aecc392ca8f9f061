/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/remote_access.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "shard/initiate.h"
#include "shard/lease.h"
#include "shard/pool.h"
#include "tests/unit/shard/fake_libike.h"

static const char conf[] =
    "connections { clients { version = 1\n pools = inside\n"
    "  local { auth = psk\n id = hub.example.org\n }\n  remote { auth = psk\n }\n"
    "  remote-user { auth = xauth\n }\n"
    "  children { net { local_ts = 10.0.0.0/8\n } } } }\n"
    "pools { inside { addrs = 10.3.0.0/30\n dns = 10.0.0.53, 10.0.0.54\n"
    "  split_include = 10.0.0.0/8, 192.168.0.0/16\n } }\n"
    "secrets { ike { secret = \"for all\"\n } xauth-1 { id = carol\n secret = \"sesame\"\n }\n"
    " eap-2 { id1 = dave\n id2 = erin\n secret = \"open\"\n } }\n";

static x4s_chunk text(const char *string)
{
    return (x4s_chunk){(const uint8_t *)string, strlen(string)};
}

static x4e_ike_verdict judge(struct shard_sa *sa, x4s_chunk name, x4s_chunk password)
{
    const x4s_ike_cfg_item items[] = {
        {.type = x4c_ike_xauth_user_name, .value = name},
        {.type = x4c_ike_xauth_user_password, .value = password},
    };
    x4s_ike_xauth_job job = {.answer = {items, 2}};
    shard_calls1.xauth(sa, &job);
    return job.verdict;
}

/* The peer's user is let in. */
static struct shard_sa *client_up(struct fixture *f, const char *ip, const char *user)
{
    struct shard_sa *sa = peer_begins(f, ip);
    assert_true(peer_says(sa, "group.example.org"));
    const x4s_ike_keys1 keys = {
        .role = x4c_ike_responder,
        .link = sa->link,
        .suite = sa->connection->phase1.transforms[0],
        .local_id = sa->connection->phase1.id,
        .remote_id = a_name("group.example.org"),
        .user = text(user),
    };
    shard_calls1.completed(sa, &keys);
    return sa;
}

static void test_passwords(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(conf);
    struct shard_sa *sa = peer_begins(f, "198.51.100.1");
    assert_int_equal(sa->connection->phase1.transforms[0].auth, x4c_ike_auth_xauth_init_psk);
    assert_int_equal(judge(sa, text("carol"), text("sesame")), x4c_ike_verdict_accept);
    assert_int_equal(judge(sa, text("carol"), (x4s_chunk){(const uint8_t *)"sesame", 7}),
                     x4c_ike_verdict_accept);
    assert_int_equal(judge(sa, text("erin"), text("open")), x4c_ike_verdict_accept);
    assert_int_equal(judge(sa, text("carol"), text("Sesame")), x4c_ike_verdict_refuse);
    assert_int_equal(judge(sa, text("carol"), text("")), x4c_ike_verdict_refuse);
    assert_int_equal(judge(sa, text("Carol"), text("sesame")), x4c_ike_verdict_refuse);
    assert_int_equal(judge(sa, text("nobody"), text("")), x4c_ike_verdict_refuse);
    assert_int_equal(judge(sa, text(""), text("")), x4c_ike_verdict_refuse);
    assert_int_equal(f->shard.counters.xauth_refused, 5);
    assert_null(strstr(fixture_log(f), "sesame"));
    fake_dispose1(sa->xchg, x4c_ike_timed_out);
    fixture_free(f);
}

/* As long as a phrase, to the last byte. */
static void test_long_password(void **state)
{
    (void)state;
    char password[200];
    char long_conf[1024];
    memset(password, 'p', sizeof(password));
    snprintf(long_conf, sizeof(long_conf),
             "connections { clients { local { auth = psk\n id = hub\n }\n remote { auth = psk\n }\n"
             " remote-user { auth = xauth\n } } }\n"
             "secrets { ike { secret = x\n } xauth { id = carol\n secret = \"%.*s\"\n } }\n",
             (int)sizeof(password), password);
    struct fixture *f = fixture_new(long_conf);
    struct shard_sa *sa = peer_begins(f, "198.51.100.1");
    const x4s_chunk whole = {(const uint8_t *)password, sizeof(password)};
    const x4s_chunk shorter = {whole.data, whole.len - 1};
    assert_int_equal(judge(sa, text("carol"), whole), x4c_ike_verdict_accept);
    assert_int_equal(judge(sa, text("carol"), shorter), x4c_ike_verdict_refuse);
    password[sizeof(password) - 1] = 'q';
    assert_int_equal(judge(sa, text("carol"), whole), x4c_ike_verdict_refuse);
    fake_dispose1(sa->xchg, x4c_ike_timed_out);
    fixture_free(f);
}

static unsigned verdicts_given;

static void on_verdict(x4s_ike_xauth_job *job)
{
    (void)job;
    verdicts_given++;
}

/* An answer whose verdict may take its time. */
struct answer {
    x4s_ike_cfg_item items[2];
    x4s_ike_xauth_job job;
};

static void answer(struct answer *answer, struct shard_sa *sa, const char *name,
                   const char *password)
{
    *answer = (struct answer){
        .items = {{.type = x4c_ike_xauth_user_name, .value = text(name)},
                  {.type = x4c_ike_xauth_user_password, .value = text(password)}},
    };
    answer->job = (x4s_ike_xauth_job){.answer = {answer->items, 2}, .completed = on_verdict};
    shard_calls1.xauth(sa, &answer->job);
}

/* From the sixth on wrong passwords for a name are answered later, and the right one with them. */
static void test_slowed(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(conf);
    struct answer last;
    verdicts_given = 0;
    for (unsigned i = 0; i < 5; i++) {
        struct shard_sa *sa = peer_begins(f, i % 2 ? "198.51.100.1" : "203.0.113.1");
        answer(&last, sa, "carol", "guess");
        assert_int_equal(last.job.verdict, x4c_ike_verdict_refuse);
        fake_dispose1(sa->xchg, x4c_ike_xauth_refused);
    }
    static const struct {
        const char *password;
        x4e_ike_verdict verdict;
    } cases[] = {{"guess", x4c_ike_verdict_refuse}, {"sesame", x4c_ike_verdict_accept}};
    for (size_t i = 0; i < x4m_countof(cases); i++) {
        struct shard_sa *sa = peer_begins(f, "198.51.100.2");
        answer(&last, sa, "carol", cases[i].password);
        assert_int_equal(last.job.verdict, x4c_ike_verdict_pending);
        fixture_pass(f, 4000);
        assert_int_equal(last.job.verdict, x4c_ike_verdict_pending);
        fixture_pass(f, 1100);
        assert_int_equal(last.job.verdict, cases[i].verdict);
        assert_int_equal(verdicts_given, i + 1);
        fake_dispose1(sa->xchg, x4c_ike_xauth_refused);
    }
    assert_int_equal(f->shard.counters.xauth_delayed, 2);
    assert_int_equal(f->shard.counters.xauth_throttled, 0);
    fixture_free(f);
}

/* Nobody waits for the verdict any more. */
static void test_gone_while_it_waits(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(conf);
    struct shard_sa *sa = peer_begins(f, "198.51.100.1");
    struct answer last;
    verdicts_given = 0;
    do
        answer(&last, sa, "carol", "guess");
    while (last.job.verdict != x4c_ike_verdict_pending);
    fake_dispose1(sa->xchg, x4c_ike_timed_out);
    fixture_pass(f, 60000);
    assert_int_equal(last.job.verdict, x4c_ike_verdict_pending);
    assert_int_equal(verdicts_given, 0);
    fixture_free(f);
}

/* Too many: not even the right one is looked at, until time has passed. Others are not concerned.
 */
static void test_not_looked_at(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(conf);
    struct answer last;
    while (!f->shard.counters.xauth_throttled) {
        struct shard_sa *sa = peer_begins(f, "198.51.100.1");
        answer(&last, sa, "carol", "guess");
        fake_dispose1(sa->xchg, x4c_ike_xauth_refused);
    }
    assert_int_equal(f->shard.counters.xauth_refused, 9);
    struct shard_sa *sa = peer_begins(f, "198.51.100.3");
    answer(&last, sa, "carol", "sesame");
    assert_int_equal(last.job.verdict, x4c_ike_verdict_refuse);
    assert_non_null(strstr(fixture_log(f), "event=user-throttled"));
    answer(&last, sa, "erin", "open");
    assert_int_equal(last.job.verdict, x4c_ike_verdict_accept);
    fixture_pass(f, 30000);
    answer(&last, sa, "carol", "sesame");
    assert_int_equal(last.job.verdict, x4c_ike_verdict_accept);
    fake_dispose1(sa->xchg, x4c_ike_timed_out);
    fixture_free(f);
}

/* Many names from one place: that is slowed as well. */
static void test_place(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(conf);
    struct answer last;
    char name[16];
    for (unsigned i = 0; i < 25; i++) {
        struct shard_sa *sa = peer_begins(f, "198.51.100.1");
        snprintf(name, sizeof(name), "user-%u", i);
        answer(&last, sa, name, "guess");
        assert_int_equal(last.job.verdict, x4c_ike_verdict_refuse);
        fake_dispose1(sa->xchg, x4c_ike_xauth_refused);
    }
    struct shard_sa *sa = peer_begins(f, "198.51.100.1");
    answer(&last, sa, "carol", "sesame");
    assert_int_equal(last.job.verdict, x4c_ike_verdict_pending);
    fake_dispose1(sa->xchg, x4c_ike_timed_out);
    sa = peer_begins(f, "198.51.100.2");
    answer(&last, sa, "carol", "sesame");
    assert_int_equal(last.job.verdict, x4c_ike_verdict_accept);
    fake_dispose1(sa->xchg, x4c_ike_timed_out);
    fixture_free(f);
}

static const x4s_ike_cfg_item asked_items[] = {
    {.type = x4c_ike_cfg_ip4_address}, {.type = x4c_ike_cfg_ip4_netmask},
    {.type = x4c_ike_cfg_ip4_dns},     {.type = x4c_ike_cfg_unity_split_include},
    {.type = x4c_ike_cfg_version},
};
static const x4s_ike_cfg asked = {asked_items, x4m_countof(asked_items)};

static void test_configuration(void **state)
{
    (void)state;
    static const uint8_t split[28] = {10, 0, 0, 0, 255, 0,   0, 0, 0,   0,
                                      0,  0, 0, 0, 192, 168, 0, 0, 255, 255};
    struct fixture *f = fixture_new(conf);
    struct shard_sa *sa = client_up(f, "198.51.100.1", "carol");
    for (unsigned i = 0; i < 2; i++) { /* whoever asks again has the same */
        x4s_ike_cfg reply;
        assert_int_equal(shard_calls1.configure(sa, x4c_ike_cfg_request, &asked, &reply),
                         x4c_ike_configure_answered);
        assert_int_equal(reply.count, 5);
        assert_memory_equal(reply.items[0].value.data, "\x0a\x03\x00\x01", 4);
        assert_memory_equal(reply.items[1].value.data, "\xff\xff\xff\xff", 4);
        assert_memory_equal(reply.items[2].value.data, "\x0a\x00\x00\x35", 4);
        assert_memory_equal(reply.items[3].value.data, "\x0a\x00\x00\x36", 4);
        assert_int_equal(reply.items[4].value.len, sizeof(split));
        assert_memory_equal(reply.items[4].value.data, split, sizeof(split));
    }
    x4s_ike_cfg reply;
    assert_int_equal(shard_calls1.configure(sa, x4c_ike_cfg_set, &asked, &reply),
                     x4c_ike_configure_refused);
    assert_non_null(strstr(fixture_log(f), "event=lease"));

    /* Traffic that is "dynamic" is that of the address inside. */
    x4s_ike_offer2 offer = {.selectors = btrue};
    hub_child_selectors(&sa->connection->children[0], &sa->link.local,
                        shard_sa_remote(sa, x4c_net_none), &offer.local, &offer.remote);
    assert_non_null(shard_calls2.policy(sa, &offer));
    x4_net_selector_from_addr(&sa->link.remote, &offer.remote);
    assert_null(shard_calls2.policy(sa, &offer));
    fixture_free(f);
}

static const char both[] =
    "connections { clients { version = 1\n pools = four, six\n"
    "  local { auth = psk\n id = hub.example.org\n }\n  remote { auth = psk\n }\n"
    "  remote-user { auth = xauth\n }\n"
    "  children { net { local_ts = 10.0.0.0/8\n } net6 { local_ts = fd00::/16\n } } } }\n"
    "pools { four { addrs = 10.3.0.0/30\n dns = 10.0.0.53\n }\n"
    "  six { addrs = fd03::1-fd03::1\n dns = fd00::53\n } }\n"
    "secrets { ike { secret = \"for all\"\n } }\n";

/* The child of the traffic of that family, with the address that the client has of it. */
static const char *child_of(struct shard_sa *sa, uint8_t family, const char *ours)
{
    x4s_ike_offer2 offer = {.selectors = btrue};
    const x4s_net_addr local = an_addr(ours, 0);
    x4_net_selector_from_addr(&local, &offer.local);
    x4_net_selector_from_addr(shard_lease_addr(sa, family), &offer.remote);
    const x4s_ike_config2 *config = shard_calls2.policy(sa, &offer);
    return config ? hub_child_of(config)->name : NULL;
}

/* An address of each kind, from two pools; where one pool has none left, the other's. */
static void test_both_addresses(void **state)
{
    (void)state;
    static const x4s_ike_cfg_item items[] = {{.type = x4c_ike_cfg_ip4_address},
                                             {.type = x4c_ike_cfg_ip6_address},
                                             {.type = x4c_ike_cfg_ip4_dns},
                                             {.type = x4c_ike_cfg_ip6_dns}};
    const x4s_ike_cfg wanted = {items, x4m_countof(items)};
    struct fixture *f = fixture_new(both);
    struct shard_sa *sa = client_up(f, "198.51.100.1", "carol");
    x4s_ike_cfg reply;
    assert_int_equal(shard_calls1.configure(sa, x4c_ike_cfg_request, &wanted, &reply),
                     x4c_ike_configure_answered);
    assert_int_equal(reply.count, 4);
    assert_memory_equal(reply.items[0].value.data, "\x0a\x03\x00\x01", 4);
    assert_memory_equal(reply.items[1].value.data, "\xfd\x03\0\0\0\0\0\0\0\0\0\0\0\0\0\1", 16);
    assert_int_equal(reply.items[2].type, x4c_ike_cfg_ip4_dns);
    assert_int_equal(reply.items[3].type, x4c_ike_cfg_ip6_dns);
    assert_string_equal(child_of(sa, x4c_net_ipv4, "10.0.0.1"), "net");
    assert_string_equal(child_of(sa, x4c_net_ipv6, "fd00::1"), "net6");
    assert_null(child_of(sa, x4c_net_ipv4, "fd00::1"));

    struct shard_sa *second = client_up(f, "198.51.100.2", "dave");
    assert_int_equal(shard_calls1.configure(second, x4c_ike_cfg_request, &wanted, &reply),
                     x4c_ike_configure_answered);
    assert_int_equal(reply.count, 3);
    assert_int_equal(f->shard.counters.pool_exhausted, 1);
    shard_sa_end(sa, SHARD_END_on_request, true);
    assert_int_equal(shard_calls1.configure(second, x4c_ike_cfg_request, &wanted, &reply),
                     x4c_ike_configure_answered);
    assert_int_equal(reply.count, 4);
    fixture_free(f);
}

static const char asking[] =
    "connections { gate { version = 1\n vips = 0.0.0.0, fd03::7\n local_addrs = 192.0.2.1\n"
    "  remote_addrs = 198.51.100.1\n"
    "  local { auth = psk\n id = hub.example.org\n }\n  remote { auth = psk\n }\n"
    "  children { net { remote_ts = 10.0.0.0/8\n start_action = start\n }\n"
    "   net6 { remote_ts = fd00::/16\n start_action = start\n } } } }\n"
    "secrets { ike { secret = \"for all\"\n } }\n";

/* We have begun, and the peer is who it has to be. */
static struct shard_sa *gate_up(struct fixture *f)
{
    shard_initiate_all(&f->shard, NULL);
    fixture_pass(f, 1);
    assert_int_equal(fake.begun1, 1);
    struct shard_sa *sa = fake.config1.userdata;
    peer_is(sa, "gate.example.org");
    return sa;
}

/* As initiator we ask first, and then begin what comes from the address that was given. */
static void test_we_ask(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(asking);
    struct shard_sa *sa = gate_up(f);
    assert_int_equal(fake.pushed, 1);
    assert_int_equal(fake.push.type, x4c_ike_cfg_request);
    assert_int_equal(fake.begun2, 0);
    assert_null(shard_initiate_usable(&f->shard, sa->connection));
    const x4s_ike_cfg_item items[] = {
        {.type = x4c_ike_cfg_ip4_address, .value = {(const uint8_t *)"\x0a\x03\x00\x09", 4}},
        {.type = x4c_ike_cfg_ip6_address,
         .value = {(const uint8_t *)"\xfd\x03\0\0\0\0\0\0\0\0\0\0\0\0\0\7\x80", 17}}};
    const x4s_ike_cfg reply = {items, x4m_countof(items)};
    shard_calls1.configured(sa, &reply);
    assert_int_equal(fake.begun2, 2);
    assert_null(sa->negotiation);
    assert_ptr_equal(shard_initiate_usable(&f->shard, sa->connection), sa);
    char shown[x4c_net_addr_text];
    assert_string_equal(x4_net_addr_format(shard_sa_local(sa, x4c_net_ipv4), shown), "10.3.0.9");
    assert_string_equal(x4_net_addr_format(shard_sa_local(sa, x4c_net_ipv6), shown), "fd03::7");
    assert_ptr_equal(shard_sa_remote(sa, x4c_net_ipv4), &sa->link.remote);
    const struct shard_child *first =
        x4m_container_const(sa->children.next, struct shard_child, of_sa);
    assert_memory_equal(first->local.from, "\x0a\x03\x00\x09", 4);
    fixture_free(f);
}

static void on_resumed(struct shard *shard, uint32_t estate)
{
    (void)estate;
    shard->counters.moved++; /* which nothing else does here */
}

/* It is ours again after a restart, and nobody is asked. */
static void test_what_was_given_is_resumed(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(asking);
    struct shard_sa *sa = gate_up(f);
    const x4s_net_addr addrs[HUB_INSIDES] = {an_addr("10.3.0.9", 0), an_addr("fd03::7", 0)};
    shard_lease_resume(sa, addrs, on_resumed);
    assert_int_equal(f->shard.counters.moved, 1);
    assert_true(x4_net_addr_same_ip(shard_sa_local(sa, x4c_net_ipv4), &addrs[HUB_INSIDE_IP4]));
    assert_true(x4_net_addr_same_ip(shard_sa_local(sa, x4c_net_ipv6), &addrs[HUB_INSIDE_IP6]));
    fixture_free(f);
}

/* Without an address there is nothing to begin. */
static void test_we_ask_in_vain(void **state)
{
    (void)state;
    static const x4s_ike_cfg empty;
    const x4s_ike_cfg *const answers[] = {NULL, &empty};
    for (size_t i = 0; i < x4m_countof(answers); i++) {
        struct fixture *f = fixture_new(asking);
        struct shard_sa *sa = gate_up(f);
        shard_calls1.configured(sa, answers[i]);
        assert_int_equal(fake.begun2, 0);
        assert_int_equal(f->shard.roll.count, 0);
        assert_non_null(strstr(fixture_log(f), "reason=no_address"));
        fixture_free(f);
    }
}

static const char pushing[] =
    "connections { clients { version = 1\n pools = inside\n pull = no\n"
    "  local { auth = psk\n id = hub.example.org\n }\n  remote { auth = psk\n }\n"
    "  remote-user { auth = xauth\n }\n"
    "  children { net { local_ts = 10.0.0.0/8\n } } } }\n"
    "pools { inside { addrs = 10.3.0.1-10.3.0.1\n dns = 10.0.0.53\n } }\n"
    "secrets { ike { secret = \"for all\"\n } }\n";

/* What a client would have asked for, unasked; who gets no address is told nothing. */
static void test_pushed(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(pushing);
    struct shard_sa *sa = client_up(f, "198.51.100.1", "carol");
    assert_int_equal(fake.pushed, 1);
    assert_int_equal(fake.push.type, x4c_ike_cfg_set);
    const x4s_ike_cfg_item *items = fake.push.attributes.items;
    assert_int_equal(fake.push.attributes.count, 3);
    assert_int_equal(items[0].type, x4c_ike_cfg_ip4_address);
    assert_memory_equal(items[0].value.data, "\x0a\x03\x00\x01", 4);
    assert_int_equal(items[1].type, x4c_ike_cfg_ip4_netmask);
    assert_int_equal(items[2].type, x4c_ike_cfg_ip4_dns);
    assert_non_null(strstr(fixture_log(f), "event=lease"));
    shard_calls1.configured(sa, &fake.push.attributes);
    assert_null(strstr(fixture_log(f), "event=not-pushed"));
    shard_calls1.configured(sa, NULL);
    assert_non_null(strstr(fixture_log(f), "event=not-pushed"));
    (void)client_up(f, "198.51.100.2", "dave");
    assert_int_equal(fake.pushed, 1);
    assert_int_equal(f->shard.counters.pool_exhausted, 1);
    fixture_free(f);
}

/* A client that makes its ISAKMP SA anew keeps its address, until the last one ends. */
static void test_made_anew(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(conf);
    x4s_ike_cfg reply;
    struct shard_sa *old = client_up(f, "198.51.100.1", "carol");
    assert_int_equal(shard_calls1.configure(old, x4c_ike_cfg_request, &asked, &reply),
                     x4c_ike_configure_answered);
    struct shard_sa *new = client_up(f, "198.51.100.1", "carol");
    assert_int_equal(shard_calls1.configure(new, x4c_ike_cfg_request, &asked, &reply),
                     x4c_ike_configure_answered);
    assert_true(x4_net_addr_equal(&old->lease->addr, &new->lease->addr));
    struct shard_sa *elsewhere = client_up(f, "198.51.100.2", "carol");
    assert_int_equal(shard_calls1.configure(elsewhere, x4c_ike_cfg_request, &asked, &reply),
                     x4c_ike_configure_answered);
    assert_false(x4_net_addr_equal(&elsewhere->lease->addr, &new->lease->addr));
    const struct shard_pool *pool = f->shard.pools[0];
    assert_int_equal(pool->online, 2);
    fake_dispose1(old->xchg, x4c_ike_deleted);
    assert_int_equal(pool->online, 2);
    fake_dispose1(new->xchg, x4c_ike_deleted);
    assert_int_equal(pool->online, 1);
    fixture_free(f);
}

/* Two addresses, three users: the third has none, until one leaves. */
static void test_exhausted(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(conf);
    x4s_ike_cfg reply;
    struct shard_sa *sas[] = {client_up(f, "198.51.100.1", "carol"),
                              client_up(f, "198.51.100.2", "dave"),
                              client_up(f, "198.51.100.3", "erin")};
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(shard_calls1.configure(sas[i], x4c_ike_cfg_request, &asked, &reply),
                         x4c_ike_configure_answered);
    assert_null(sas[2]->lease);
    assert_int_equal(f->shard.counters.pool_exhausted, 1);
    fake_dispose1(sas[0]->xchg, x4c_ike_deleted);
    assert_int_equal(shard_calls1.configure(sas[2], x4c_ike_cfg_request, &asked, &reply),
                     x4c_ike_configure_answered);
    assert_non_null(sas[2]->lease);
    fixture_free(f);
}

/* Users of one group are not each other's peers: INITIAL-CONTACT of one leaves the others. */
static void test_users_are_peers(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(conf);
    struct shard_sa *carol = client_up(f, "198.51.100.1", "carol");
    struct shard_sa *dave = client_up(f, "198.51.100.2", "dave");
    assert_ptr_not_equal(carol->peer, dave->peer);
    shard_calls1.notified(dave, 24578, (x4s_chunk){0});
    assert_true(carol->up);
    struct shard_sa *again = client_up(f, "198.51.100.3", "carol");
    shard_calls1.notified(again, 24578, (x4s_chunk){0});
    assert_int_equal(count_list(&again->peer->sas), 1);
    fixture_free(f);
}

/* Its user is asked, so only the client can begin: not we in its place when the SA grows old. */
static void test_not_begun_by_us(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(conf);
    struct shard_sa *sa = client_up(f, "198.51.100.1", "carol");
    struct shard_child *child = peer_child(sa, 0x1000);
    shard_calls1.aging(sa);
    fixture_pass(f, 60000);
    assert_int_equal(fake.begun1, 0);
    shard_calls2.aging(child); /* quick mode asks nobody */
    fixture_pass(f, 60000);
    assert_int_equal(fake.begun2, 1);
    fake_dispose2(fake.xchg2, x4c_ike_timed_out);
    fixture_free(f);
}

/* A client that deletes its last ISAKMP SA is gone, with all that it had; before, nothing is. */
static void test_client_leaves(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(conf);
    struct shard_sa *old = client_up(f, "198.51.100.1", "carol");
    peer_child(old, 0x1000);
    struct shard_sa *new = client_up(f, "198.51.100.1", "carol");
    peer_child(new, 0x2000);
    struct shard_sa *other = client_up(f, "198.51.100.2", "dave");
    struct shard_child *others = peer_child(other, 0x3000);
    fake_dispose1(old->xchg, x4c_ike_deleted);
    assert_int_equal(count_list(&new->children), 2);
    int told = fake.told;
    fake_dispose1(new->xchg, x4c_ike_deleted);
    assert_int_equal(fake.told, told);
    assert_int_equal(hub_kernel_pairs(f->shard.kernel), 1);
    assert_non_null(strstr(fixture_log(f), "reason=client_left"));
    assert_ptr_equal(shard_child_find(&f->shard, others->spi_in), others);
    fixture_free(f);
}

/* What ends for another reason leaves the children to the next ISAKMP SA. */
static void test_client_stays(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(conf);
    struct shard_sa *sa = client_up(f, "198.51.100.1", "carol");
    peer_child(sa, 0x1000);
    fake_dispose1(sa->xchg, x4c_ike_expired);
    assert_int_equal(hub_kernel_pairs(f->shard.kernel), 1);
    sa = client_up(f, "198.51.100.1", "carol");
    assert_int_equal(count_list(&sa->children), 1);
    fixture_free(f);
}

/* Where our user is asked only we begin: nobody else gets in by that connection. */
static void test_not_answered(void **state)
{
    (void)state;
    struct fixture *f =
        fixture_new("connections { up { version = 1\n"
                    "  local { auth = psk\n id = hub.example.org\n }\n  remote { auth = psk\n }\n"
                    "  local-user { auth = xauth\n xauth_id = carol\n } } }\n"
                    "secrets { ike { secret = \"for all\"\n } xauth-1 { id = carol\n secret = "
                    "\"sesame\"\n } }\n");
    assert_null(peer_begins(f, "198.51.100.1"));
    fixture_free(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_passwords),
        cmocka_unit_test(test_long_password),
        cmocka_unit_test(test_slowed),
        cmocka_unit_test(test_gone_while_it_waits),
        cmocka_unit_test(test_not_looked_at),
        cmocka_unit_test(test_place),
        cmocka_unit_test(test_configuration),
        cmocka_unit_test(test_made_anew),
        cmocka_unit_test(test_we_ask),
        cmocka_unit_test(test_we_ask_in_vain),
        cmocka_unit_test(test_what_was_given_is_resumed),
        cmocka_unit_test(test_both_addresses),
        cmocka_unit_test(test_exhausted),
        cmocka_unit_test(test_users_are_peers),
        cmocka_unit_test(test_not_begun_by_us),
        cmocka_unit_test(test_client_leaves),
        cmocka_unit_test(test_pushed),
        cmocka_unit_test(test_client_stays),
        cmocka_unit_test(test_not_answered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
