/* SPDX-License-Identifier: BSD-2-Clause */
#include "fake_kernel.h"

#include "shard/kernel/algorithm.h"

/* A message and its attributes, the last of each type. */
struct decoded {
    _Alignas(struct nlmsghdr) char bytes[XFRM_MESSAGE_MAX];
    struct nlmsghdr *message;
    const struct nlattr *attributes[XFRMA_MAX + 1];
};

static int take(const struct nlattr *attr, void *data)
{
    struct decoded *decoded = data;
    assert_true(mnl_attr_get_type(attr) <= XFRMA_MAX);
    decoded->attributes[mnl_attr_get_type(attr)] = attr;
    return MNL_CB_OK;
}

static void begin(struct decoded *decoded)
{
    memset(decoded, 0, sizeof(*decoded));
    decoded->message = mnl_nlmsg_put_header(decoded->bytes);
}

static void decode(struct decoded *decoded, size_t body)
{
    assert_true(decoded->message->nlmsg_len <= XFRM_MESSAGE_MAX);
    assert_int_equal(
        mnl_attr_parse(decoded->message, (unsigned)MNL_ALIGN((int)body), take, decoded), MNL_CB_OK);
}

/* The payload of an attribute that has to be there, with at least so many bytes. */
static const void *payload(const struct decoded *decoded, int type, size_t size)
{
    assert_non_null(decoded->attributes[type]);
    assert_true(mnl_attr_get_payload_len(decoded->attributes[type]) >= size);
    return mnl_attr_get_payload(decoded->attributes[type]);
}

static const struct xfrm_ends ends = {
    .local = {.ip = {192, 0, 2, 1}, .port = 4500, .family = x4c_net_ipv4},
    .remote = {.ip = {198, 51, 100, 7}, .port = 30001, .family = x4c_net_ipv4},
};

struct written {
    struct decoded decoded;
    struct xfrm_usersa_info info;
    struct xfrm_bundle bundle;
};

static void write_sa(struct written *written, const x4s_ike_keys2 *keys, unsigned layer,
                     bool inbound, const struct hub_kernel_options *options)
{
    written->bundle = xfrm_bundle_of(keys);
    const struct xfrm_sa sa = {
        .bundle = &written->bundle,
        .layer = layer,
        .inbound = inbound,
        .ends = &ends,
        .options = options,
        .keys = keys,
        .name = keys->in.spi,
        .reqid = 77,
        .window = xfrm_window(options, &keys->transform),
        .out_sequence = UINT64_C(0x500000009),
    };
    begin(&written->decoded);
    xfrm_write_sa(written->decoded.message, &sa);
    decode(&written->decoded, sizeof(written->info));
    memcpy(&written->info, mnl_nlmsg_get_payload(written->decoded.message), sizeof(written->info));
}

static void test_tunnel(void **state)
{
    (void)state;
    struct written w;
    const x4s_ike_keys2 keys = fake_keys(0x1111, 0x2222);
    write_sa(&w, &keys, 0, false, &fake_options);
    assert_int_equal(w.decoded.message->nlmsg_type, XFRM_MSG_NEWSA);
    assert_int_equal(ntohl(w.info.id.spi), 0x2222);
    assert_int_equal(w.info.id.proto, IPPROTO_ESP);
    assert_memory_equal(&w.info.id.daddr, ends.remote.ip, 16);
    assert_memory_equal(&w.info.saddr, ends.local.ip, 16);
    assert_int_equal(w.info.mode, XFRM_MODE_TUNNEL);
    assert_int_equal(w.info.family, AF_INET);
    assert_int_equal(w.info.seq, 0x1111);
    assert_int_equal(w.info.reqid, 77);
    assert_int_equal(w.info.replay_window, 0);
    assert_int_equal(w.info.sel.prefixlen_s, 24);
    assert_true(w.info.lft.hard_byte_limit == XFRM_INF);
    assert_true(w.info.lft.soft_packet_limit < UINT64_C(0x100000000)); /* numbers are used up */
    const struct xfrm_algo *cipher = payload(&w.decoded, XFRMA_ALG_CRYPT, sizeof(*cipher) + 16);
    assert_string_equal(cipher->alg_name, "cbc(aes)");
    assert_int_equal(cipher->alg_key_len, 128);
    assert_memory_equal(cipher->alg_key, keys.out.encr, 16);
    const struct xfrm_algo_auth *auth =
        payload(&w.decoded, XFRMA_ALG_AUTH_TRUNC, sizeof(*auth) + 32);
    assert_string_equal(auth->alg_name, "hmac(sha256)");
    assert_int_equal(auth->alg_key_len, 256);
    assert_int_equal(auth->alg_trunc_len, 128);
    assert_memory_equal(auth->alg_key, keys.out.integ, 32);
    const struct xfrm_replay_state_esn *replay =
        payload(&w.decoded, XFRMA_REPLAY_ESN_VAL, sizeof(*replay) + 4);
    assert_int_equal(replay->replay_window, 32);
    assert_int_equal(replay->bmp_len, 1);
    assert_int_equal(replay->oseq, 9);
    assert_int_equal(replay->oseq_hi, 5);
    assert_null(w.decoded.attributes[XFRMA_ENCAP]);
    assert_int_equal(mnl_attr_get_u32(w.decoded.attributes[XFRMA_REPLAY_THRESH]),
                     HUB_KERNEL_SEQUENCE_STEP);

    /* The other direction: the other key, the other addresses, no numbers of ours. */
    write_sa(&w, &keys, 0, true, &fake_options);
    assert_int_equal(ntohl(w.info.id.spi), 0x1111);
    assert_memory_equal(&w.info.id.daddr, ends.local.ip, 16);
    cipher = payload(&w.decoded, XFRMA_ALG_CRYPT, sizeof(*cipher) + 16);
    assert_memory_equal(cipher->alg_key, keys.in.encr, 16);
    replay = payload(&w.decoded, XFRMA_REPLAY_ESN_VAL, sizeof(*replay) + 4);
    assert_int_equal(replay->oseq, 0);
    assert_int_equal(mnl_attr_get_u32(w.decoded.attributes[XFRMA_REPLAY_THRESH]), 0);
}

static void test_limits(void **state)
{
    (void)state;
    struct written w;
    x4s_ike_keys2 keys = fake_keys(0x1111, 0x2222);
    const struct hub_kernel_options options = {
        .replay_window = 128, .soft_packets = 100, .life_packets = 110};
    keys.soft_kb = 10;
    keys.life_kb = 20;
    keys.life_left_sec = 3600;
    keys.transform.esn = btrue;
    write_sa(&w, &keys, 0, true, &options);
    assert_true(w.info.lft.soft_byte_limit == 10240);
    assert_true(w.info.lft.hard_byte_limit == 20480);
    assert_true(w.info.lft.soft_packet_limit == 100);
    assert_true(w.info.lft.hard_packet_limit == 110);
    assert_true(w.info.lft.hard_add_expires_seconds > 3600); /* libike comes first */
    assert_true(w.info.lft.soft_add_expires_seconds == 0);
    const struct xfrm_replay_state_esn *replay =
        payload(&w.decoded, XFRMA_REPLAY_ESN_VAL, sizeof(*replay) + 16);
    assert_int_equal(replay->bmp_len, 4);
}

static void test_no_window(void **state)
{
    (void)state;
    struct written w;
    x4s_ike_keys2 keys = fake_keys(0x1111, 0x2222);
    const struct hub_kernel_options none = {0};
    write_sa(&w, &keys, 0, false, &none);
    assert_null(w.decoded.attributes[XFRMA_REPLAY_ESN_VAL]);
    const struct xfrm_replay_state *replay = payload(&w.decoded, XFRMA_REPLAY_VAL, sizeof(*replay));
    assert_int_equal(replay->oseq, 9);
    keys.transform.esn = btrue; /* has to have one */
    write_sa(&w, &keys, 0, false, &none);
    assert_true(w.info.flags & XFRM_STATE_ESN);
    const struct xfrm_replay_state_esn *esn =
        payload(&w.decoded, XFRMA_REPLAY_ESN_VAL, sizeof(*esn));
    assert_int_equal(esn->replay_window, HUB_KERNEL_WINDOW_DEFAULT);
    assert_true(w.info.lft.soft_packet_limit == XFRM_INF);
}

static void test_udp(void **state)
{
    (void)state;
    struct written w;
    x4s_ike_keys2 keys = fake_keys(0x1111, 0x2222);
    keys.transform.encap = btrue;
    write_sa(&w, &keys, 0, false, &fake_options);
    const struct xfrm_encap_tmpl *encap = payload(&w.decoded, XFRMA_ENCAP, sizeof(*encap));
    assert_int_equal(encap->encap_type, 2);
    assert_int_equal(ntohs(encap->encap_sport), 4500);
    assert_int_equal(ntohs(encap->encap_dport), 30001);
    write_sa(&w, &keys, 0, true, &fake_options);
    encap = payload(&w.decoded, XFRMA_ENCAP, sizeof(*encap));
    assert_int_equal(ntohs(encap->encap_sport), 30001);
}

static void test_route_based(void **state)
{
    (void)state;
    struct written w;
    const x4s_ike_keys2 keys = fake_keys(0x1111, 0x2222);
    const struct hub_kernel_options options = {
        .replay_window = 32,
        .if_id_in = 41,
        .if_id_out = 42,
        .mark_out = {0x10, 0xf0},
        .mark_in = {0x20, 0xf0},
        .set_mark_in = {0x300, 0xf00},
        .no_copy_df = true,
        .no_dscp_out = true,
        .dscp_in = true,
    };
    write_sa(&w, &keys, 0, false, &options);
    assert_int_equal(mnl_attr_get_u32(w.decoded.attributes[XFRMA_IF_ID]), 42);
    const struct xfrm_mark *mark = payload(&w.decoded, XFRMA_MARK, sizeof(*mark));
    assert_int_equal(mark->v, 0x10);
    assert_null(w.decoded.attributes[XFRMA_SET_MARK]);
    assert_int_equal(w.info.flags, XFRM_STATE_NOPMTUDISC | XFRM_STATE_DECAP_DSCP);
    assert_int_equal(mnl_attr_get_u32(w.decoded.attributes[XFRMA_SA_EXTRA_FLAGS]),
                     XFRM_SA_XFLAG_DONT_ENCAP_DSCP);
    write_sa(&w, &keys, 0, true, &options);
    assert_int_equal(mnl_attr_get_u32(w.decoded.attributes[XFRMA_IF_ID]), 41);
    assert_null(w.decoded.attributes[XFRMA_MARK]); /* not without mark_in_sa */
    assert_int_equal(mnl_attr_get_u32(w.decoded.attributes[XFRMA_SET_MARK]), 0x300);
    assert_int_equal(mnl_attr_get_u32(w.decoded.attributes[XFRMA_SET_MARK_MASK]), 0xf00);
}

static void test_ranges_have_no_selector(void **state)
{
    (void)state;
    struct written w;
    x4s_ike_keys2 keys = fake_keys(0x1111, 0x2222);
    keys.remote.to[3] = 9;
    write_sa(&w, &keys, 0, false, &fake_options);
    assert_int_equal(w.info.sel.prefixlen_s, 0);
    assert_true(w.info.flags & XFRM_STATE_AF_UNSPEC);
    const struct xfrm_policy_key key =
        xfrm_policy_key_out(&keys.local, &keys.remote, &fake_options);
    assert_int_equal(key.selector.prefixlen_d, 28); /* 10.2.0.0 to 10.2.0.9 */
    assert_int_equal(ntohl(key.selector.daddr.a4), 0x0a020000);
}

/* Compression inside ESP inside AH. */
static void test_bundle(void **state)
{
    (void)state;
    struct written w;
    x4s_ike_keys2 keys = fake_keys(0x1111, 0x2222);
    keys.transform.ipcomp = x4c_ike_ipcomp_deflate;
    keys.transform.ah = x4c_ike_integ_hmac_sha1;
    keys.cpi_in = 0x101;
    keys.cpi_out = 0x102;
    keys.ah_in.spi = 0x5555;
    keys.ah_out.spi = 0x6666;
    keys.ah_integ_len = 20;
    memset(keys.ah_out.integ, 0xc3, sizeof(keys.ah_out.integ));
    write_sa(&w, &keys, 0, false, &fake_options);
    assert_int_equal(w.bundle.count, 3);
    assert_int_equal(w.info.id.proto, IPPROTO_COMP);
    assert_int_equal(ntohl(w.info.id.spi), 0x102);
    assert_int_equal(w.info.mode, XFRM_MODE_TUNNEL);
    const struct xfrm_algo *algorithm = payload(&w.decoded, XFRMA_ALG_COMP, sizeof(*algorithm));
    assert_string_equal(algorithm->alg_name, "deflate");
    assert_null(w.decoded.attributes[XFRMA_REPLAY_ESN_VAL]);
    write_sa(&w, &keys, 1, false, &fake_options);
    assert_int_equal(w.info.id.proto, IPPROTO_ESP);
    assert_int_equal(w.info.mode, XFRM_MODE_TRANSPORT);
    write_sa(&w, &keys, 2, false, &fake_options);
    assert_int_equal(w.info.id.proto, IPPROTO_AH);
    assert_int_equal(ntohl(w.info.id.spi), 0x6666);
    const struct xfrm_algo_auth *auth =
        payload(&w.decoded, XFRMA_ALG_AUTH_TRUNC, sizeof(*auth) + 20);
    assert_string_equal(auth->alg_name, "hmac(sha1)");
    assert_memory_equal(auth->alg_key, keys.ah_out.integ, 20);
    assert_null(w.decoded.attributes[XFRMA_ALG_CRYPT]);
    assert_int_equal(w.info.flags, XFRM_STATE_ALIGN4);

    const struct xfrm_templates in = xfrm_templates_of(&w.bundle, &ends, 77, true, false);
    assert_int_equal(in.count, 3);
    assert_true(in.list[0].optional);
    assert_memory_equal(&in.list[0].saddr, ends.remote.ip, 16);
    assert_int_equal(in.list[1].mode, XFRM_MODE_TRANSPORT);
    assert_int_equal(in.list[1].saddr.a4, 0);
    const struct xfrm_templates out = xfrm_templates_of(&w.bundle, &ends, 77, false, true);
    assert_false(out.list[0].optional);
    assert_int_equal(ntohl(out.list[1].id.spi), 0x2222);
}

static void test_aead(void **state)
{
    (void)state;
    struct written w;
    x4s_ike_keys2 keys = fake_keys(0x1111, 0x2222);
    keys.transform.esp = x4c_ike_esp_aes_gcm12;
    keys.transform.integ = x4c_ike_integ_none;
    keys.encr_len = 32;
    keys.salt_len = 4;
    keys.integ_len = 0;
    memset(keys.out.salt, 0x99, sizeof(keys.out.salt));
    write_sa(&w, &keys, 0, false, &fake_options);
    const struct xfrm_algo_aead *aead = payload(&w.decoded, XFRMA_ALG_AEAD, sizeof(*aead) + 36);
    assert_string_equal(aead->alg_name, "rfc4106(gcm(aes))");
    assert_int_equal(aead->alg_key_len, 288);
    assert_int_equal(aead->alg_icv_len, 96);
    assert_memory_equal(aead->alg_key, keys.out.encr, 32);
    assert_memory_equal(aead->alg_key + 32, keys.out.salt, 4);
    assert_null(w.decoded.attributes[XFRMA_ALG_AUTH_TRUNC]);
}

/* Every algorithm that libike negotiates in ESP has a name, but none that the kernel has not. */
static void test_names(void **state)
{
    (void)state;
    static const uint8_t ciphers[] = {2, 3, 11, 12, 13, 14, 15, 16, 18, 19, 20, 22, 23};
    static const uint8_t auths[] = {1, 2, 5, 6, 7, 9};
    for (size_t i = 0; i < sizeof(ciphers); i++)
        assert_non_null(xfrm_cipher_find(ciphers[i]));
    for (size_t i = 0; i < sizeof(auths); i++)
        assert_non_null(xfrm_auth_find(auths[i], bfalse));
    assert_null(xfrm_cipher_find(0));
    assert_null(xfrm_auth_find(x4c_ike_integ_aes128_gmac, bfalse));
    assert_null(xfrm_compression_find(x4c_ike_ipcomp_lzs));
    assert_int_equal(xfrm_auth_find(x4c_ike_integ_hmac_sha256, btrue)->icv_bits, 96);
    assert_int_equal(xfrm_auth_find(x4c_ike_integ_hmac_sha512, btrue)->icv_bits, 256);
}

static void test_policy(void **state)
{
    (void)state;
    struct decoded d;
    const x4s_ike_keys2 keys = fake_keys(0x1111, 0x2222);
    const struct xfrm_bundle bundle = xfrm_bundle_of(&keys);
    const struct hub_kernel_options options = {.if_id_in = 41, .mark_in = {1, 0xff}};
    const struct xfrm_policy_key key = xfrm_policy_key_in(&keys.local, &keys.remote, &options);
    const struct xfrm_templates templates = xfrm_templates_of(&bundle, &ends, 77, true, false);
    struct xfrm_userpolicy_info info;
    begin(&d);
    xfrm_write_policy(d.message, &key, XFRM_POLICY_FWD, &templates);
    decode(&d, sizeof(info));
    memcpy(&info, mnl_nlmsg_get_payload(d.message), sizeof(info));
    assert_int_equal(info.dir, XFRM_POLICY_FWD);
    assert_int_equal(ntohl(info.sel.saddr.a4), 0x0a020000); /* from the peer's subnet to ours */
    assert_int_equal(ntohl(info.sel.daddr.a4), 0x0a010000);
    assert_int_equal(mnl_attr_get_u32(d.attributes[XFRMA_IF_ID]), 41);
    const struct xfrm_user_tmpl *template = payload(&d, XFRMA_TMPL, sizeof(*template));
    assert_int_equal(template->reqid, 77);
    assert_int_equal(template->id.spi, 0);
    const uint32_t priority = info.priority;

    /* The narrower the sooner. */
    x4s_net_selector host = keys.local;
    host.to[3] = 0;
    host.form = x4c_net_address;
    const struct xfrm_policy_key narrow = xfrm_policy_key_in(&host, &keys.remote, &options);
    begin(&d);
    xfrm_write_policy(d.message, &narrow, XFRM_POLICY_IN, &templates);
    memcpy(&info, mnl_nlmsg_get_payload(d.message), sizeof(info));
    assert_true(info.priority < priority);

    struct xfrm_templates sooner = templates;
    sooner.priority = 5;
    begin(&d);
    xfrm_write_policy(d.message, &narrow, XFRM_POLICY_IN, &sooner);
    memcpy(&info, mnl_nlmsg_get_payload(d.message), sizeof(info));
    assert_int_equal(info.priority, 5);

    begin(&d);
    xfrm_write_policy_id(d.message, XFRM_MSG_DELPOLICY, &key, XFRM_POLICY_IN);
    decode(&d, sizeof(struct xfrm_userpolicy_id));
    assert_int_equal(d.message->nlmsg_type, XFRM_MSG_DELPOLICY);
    assert_non_null(d.attributes[XFRMA_MARK]);
}

static uint32_t reqid_of(const struct xfrm_policy_key *key)
{
    return xfrm_policy_reqid(key, &fake_options);
}

/* What ties SAs and policies together is the same in another process, and another elsewhere. */
static void test_reqid(void **state)
{
    (void)state;
    const x4s_net_selector a = fake_subnet(1);
    const x4s_net_selector b = fake_subnet(2);
    const struct hub_kernel_options marked = {.mark_out = {1, 1}};
    const struct xfrm_policy_key key = xfrm_policy_key_out(&a, &b, &fake_options);
    const struct xfrm_policy_key again = xfrm_policy_key_out(&a, &b, &fake_options);
    const struct xfrm_policy_key back = xfrm_policy_key_out(&b, &a, &fake_options);
    const struct xfrm_policy_key other = xfrm_policy_key_out(&a, &b, &marked);
    assert_int_equal(reqid_of(&key), reqid_of(&again));
    assert_int_not_equal(reqid_of(&key), reqid_of(&back));
    assert_int_not_equal(reqid_of(&key), reqid_of(&other));
    const struct hub_kernel_options set = {.reqid = 77};
    assert_int_equal(xfrm_policy_reqid(&key, &set), 77);
}

static void test_moved(void **state)
{
    (void)state;
    struct written w;
    x4s_ike_keys2 keys = fake_keys(0x1111, 0x2222);
    keys.transform.encap = btrue;
    write_sa(&w, &keys, 0, false, &fake_options);
    w.info.curlft.bytes = 1500;
    memcpy(mnl_nlmsg_get_payload(w.decoded.message), &w.info, sizeof(w.info));
    struct xfrm_ends to = ends;
    to.remote.ip[3] = 8;
    to.remote.port = 30002;
    struct decoded d;
    begin(&d);
    assert_true(xfrm_write_moved(d.message, w.decoded.message, false, &to, false));
    decode(&d, sizeof(struct xfrm_usersa_info));
    struct xfrm_usersa_info info;
    memcpy(&info, mnl_nlmsg_get_payload(d.message), sizeof(info));
    assert_memory_equal(&info.id.daddr, to.remote.ip, 16);
    assert_int_equal(info.id.spi, w.info.id.spi);
    const struct xfrm_algo *cipher = payload(&d, XFRMA_ALG_CRYPT, sizeof(*cipher) + 16);
    assert_memory_equal(cipher->alg_key, keys.out.encr, 16);
    const struct xfrm_encap_tmpl *encap = payload(&d, XFRMA_ENCAP, sizeof(*encap));
    assert_int_equal(ntohs(encap->encap_dport), 30002);
    const struct xfrm_replay_state_esn *replay = payload(&d, XFRMA_REPLAY_ESN_VAL, sizeof(*replay));
    assert_int_equal(replay->oseq, 9);
    struct xfrm_lifetime_cur carried;
    memcpy(&carried, payload(&d, XFRMA_LTIME_VAL, sizeof(carried)), sizeof(carried));
    assert_int_equal(carried.bytes, 1500);

    struct decoded no_sa;
    begin(&no_sa);
    no_sa.message->nlmsg_type = XFRM_MSG_NEWSA;
    begin(&d);
    assert_false(xfrm_write_moved(d.message, no_sa.message, false, &to, false));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tunnel),      cmocka_unit_test(test_limits),
        cmocka_unit_test(test_no_window),   cmocka_unit_test(test_udp),
        cmocka_unit_test(test_route_based), cmocka_unit_test(test_ranges_have_no_selector),
        cmocka_unit_test(test_bundle),      cmocka_unit_test(test_aead),
        cmocka_unit_test(test_names),       cmocka_unit_test(test_policy),
        cmocka_unit_test(test_reqid),       cmocka_unit_test(test_moved),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
