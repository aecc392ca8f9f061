/* SPDX-License-Identifier: BSD-2-Clause */
#include "fake_kernel.h"

static void test_pair_comes_and_goes(void **state)
{
    (void)state;
    struct fake_kernel fake;
    fake_open(&fake);
    const x4s_ike_keys2 keys = fake_keys(0x1111, 0x2222);
    fake_submit(&fake, HUB_KERNEL_ADD, &keys);
    assert_int_equal(fake.done, 0);
    fake_round(&fake);
    assert_int_equal(fake.done, 1);
    assert_int_equal(fake.spi_in, 0x1111);
    assert_int_equal(fake.done_error, 0);
    assert_int_equal(hub_kernel_pairs(fake.kernel), 1);

    /* What comes first, then what leaves, then policies: nothing is sent before it can be. */
    static const struct fake_message wanted[] = {
        {XFRM_MSG_NEWSA, 0, IPPROTO_ESP, 0x1111},    {XFRM_MSG_NEWSA, 0, IPPROTO_ESP, 0x2222},
        {XFRM_MSG_UPDPOLICY, XFRM_POLICY_OUT, 0, 0}, {XFRM_MSG_UPDPOLICY, XFRM_POLICY_IN, 0, 0},
        {XFRM_MSG_UPDPOLICY, XFRM_POLICY_FWD, 0, 0},
    };
    assert_int_equal(fake.count, x4m_countof(wanted));
    assert_memory_equal(fake.messages, wanted, sizeof(wanted));

    fake.count = 0;
    fake_submit(&fake, HUB_KERNEL_DELETE, &keys);
    fake_round(&fake);
    assert_int_equal(fake.done, 2);
    assert_int_equal(fake.op, HUB_KERNEL_DELETE);
    assert_int_equal(fake_count(&fake, XFRM_MSG_DELSA), 2);
    assert_int_equal(fake_count(&fake, XFRM_MSG_DELPOLICY), 3);
    assert_int_equal(hub_kernel_pairs(fake.kernel), 0);
    fake_close(&fake);
}

static void test_what_comes_is_expected_before(void **state)
{
    (void)state;
    struct fake_kernel fake;
    fake_open(&fake);
    const x4s_ike_keys2 keys = fake_keys(0x1111, 0x2222);
    fake_submit(&fake, HUB_KERNEL_EXPECT, &keys);
    fake_round(&fake);
    assert_int_equal(fake.done, 0);
    assert_int_equal(fake.count, 1);
    assert_int_equal(fake.messages[0].spi, 0x1111);
    fake_submit(&fake, HUB_KERNEL_ADD, &keys);
    fake_round(&fake);
    assert_int_equal(fake_count(&fake, XFRM_MSG_NEWSA), 2);
    assert_int_equal(fake_count(&fake, XFRM_MSG_UPDPOLICY), 3);
    fake_close(&fake);
}

/* The message that completes the pair may come from another address of the peer. */
static void test_expected_from_elsewhere(void **state)
{
    (void)state;
    struct fake_kernel fake;
    fake_open(&fake);
    const x4s_ike_keys2 keys = fake_keys(0x1111, 0x2222);
    x4s_net_link link = fake_link;
    link.remote.port = 30002;
    const struct hub_kernel_request request = {
        .op = HUB_KERNEL_ADD,
        .spi_in = 0x1111,
        .spi_out = 0x2222,
        .pair = {.link = &link, .keys = &keys, .options = &fake_options},
    };
    fake_submit(&fake, HUB_KERNEL_EXPECT, &keys);
    fake_round(&fake);
    fake.count = 0;
    assert_true(hub_kernel_submit(fake.kernel, &request));
    fake_round(&fake);
    assert_int_equal(fake.done_error, 0);
    assert_int_equal(fake.messages[0].type, XFRM_MSG_DELSA);
    assert_int_equal(fake.messages[0].spi, 0x1111);
    assert_int_equal(fake_count(&fake, XFRM_MSG_NEWSA), 2);
    assert_int_equal(fake_count(&fake, XFRM_MSG_DELSA), 1);
    fake_close(&fake);
}

static void test_what_does_not_come_is_forgotten(void **state)
{
    (void)state;
    struct fake_kernel fake;
    fake_open(&fake);
    const x4s_ike_keys2 keys = fake_keys(0x1111, 0x2222);
    fake_submit(&fake, HUB_KERNEL_EXPECT, &keys);
    fake_submit(&fake, HUB_KERNEL_FORGET, &keys);
    fake_round(&fake);
    assert_int_equal(fake_count(&fake, XFRM_MSG_NEWSA), 1);
    assert_int_equal(fake_count(&fake, XFRM_MSG_DELPOLICY), 0);
    assert_int_equal(hub_kernel_pairs(fake.kernel), 0);
    assert_int_equal(fake.done, 0);
    /* A pair that is complete is not forgotten so. */
    fake_add(&fake, 0x1111, 0x2222);
    fake_submit(&fake, HUB_KERNEL_FORGET, &keys);
    assert_int_equal(hub_kernel_pairs(fake.kernel), 1);
    fake_close(&fake);
}

static void refused(uint16_t type, size_t deleted)
{
    struct fake_kernel fake;
    fake_open(&fake);
    const x4s_ike_keys2 other = fake_add(&fake, 0x7777, 0x8888);
    const x4s_ike_keys2 keys = fake_keys(0x1111, 0x2222);
    fake.refuse = type;
    fake.error = ENOSYS;
    fake_submit(&fake, HUB_KERNEL_ADD, &keys);
    fake_round(&fake);
    assert_int_equal(fake.done, 1);
    assert_int_equal(fake.spi_in, 0x1111);
    assert_int_equal(fake.done_error, ENOSYS);
    /* All that was tried goes again, and nothing else. */
    assert_int_equal(fake_count(&fake, XFRM_MSG_DELSA), deleted);
    assert_int_equal(hub_kernel_pairs(fake.kernel), 1);
    fake.refuse = 0;
    fake_submit(&fake, HUB_KERNEL_DELETE, &other);
    fake_round(&fake);
    assert_int_equal(fake.done_error, 0);
    fake_close(&fake);
}

static void test_refusals(void **state)
{
    (void)state;
    refused(XFRM_MSG_NEWSA, 2);
    refused(XFRM_MSG_UPDPOLICY, 2);
}

/* What was refused when it was expected fails when it is added. */
static void test_refused_early(void **state)
{
    (void)state;
    struct fake_kernel fake;
    fake_open(&fake);
    const x4s_ike_keys2 keys = fake_keys(0x1111, 0x2222);
    fake.refuse = XFRM_MSG_NEWSA;
    fake.error = EPROTONOSUPPORT;
    fake_submit(&fake, HUB_KERNEL_EXPECT, &keys);
    fake_round(&fake);
    fake.refuse = 0;
    fake_submit(&fake, HUB_KERNEL_ADD, &keys);
    fake_round(&fake);
    assert_int_equal(fake.done, 1);
    assert_int_equal(fake.done_error, EPROTONOSUPPORT);
    assert_int_equal(hub_kernel_pairs(fake.kernel), 0);
    fake_close(&fake);
}

/* In memory, as any kernel would say. */
static void test_refuses_what_makes_no_sense(void **state)
{
    (void)state;
    struct fake_kernel fake;
    fake_open(&fake);
    fake_add(&fake, 0x1111, 0x2222);
    const x4s_ike_keys2 again = fake_keys(0x1111, 0x2222);
    fake_submit(&fake, HUB_KERNEL_ADD, &again);
    hub_kernel_poll(fake.kernel);
    assert_int_equal(fake.done_error, EEXIST);
    const x4s_ike_keys2 unknown = fake_keys(0x3333, 0x4444);
    fake_submit(&fake, HUB_KERNEL_DELETE, &unknown);
    hub_kernel_poll(fake.kernel);
    assert_int_equal(fake.done_error, ESRCH);
    fake_submit(&fake, HUB_KERNEL_MOVE, &unknown);
    hub_kernel_poll(fake.kernel);
    assert_int_equal(fake.done_error, ESRCH);
    assert_int_equal(fake.count, 0);
    fake_close(&fake);
}

/* What is gone already is no error. */
static void test_deletes_what_is_gone(void **state)
{
    (void)state;
    struct fake_kernel fake;
    fake_open(&fake);
    const x4s_ike_keys2 keys = fake_add(&fake, 0x1111, 0x2222);
    fake.refuse = XFRM_MSG_DELSA;
    fake.error = ESRCH;
    fake_submit(&fake, HUB_KERNEL_DELETE, &keys);
    fake_round(&fake);
    assert_int_equal(fake.done, 1);
    assert_int_equal(fake.done_error, 0);
    fake_close(&fake);
}

/* A child and the one in its place have one policy: it says by which of them packets leave. */
static void test_replacement_takes_the_policy_over(void **state)
{
    (void)state;
    struct fake_kernel fake;
    fake_open(&fake);
    const x4s_ike_keys2 old = fake_add(&fake, 0x1111, 0x2222);
    const x4s_ike_keys2 new = fake_keys(0x3333, 0x4444);
    fake_submit(&fake, HUB_KERNEL_ADD, &new);
    fake_round(&fake);
    assert_int_equal(fake_count(&fake, XFRM_MSG_UPDPOLICY), 1); /* what comes comes from the same */
    fake.count = 0;
    fake_submit(&fake, HUB_KERNEL_DELETE, &old);
    fake_round(&fake);
    assert_int_equal(fake.count, 2); /* its SAs, no policy */
    fake.count = 0;
    fake_submit(&fake, HUB_KERNEL_DELETE, &new);
    fake_round(&fake);
    assert_int_equal(fake_count(&fake, XFRM_MSG_DELPOLICY), 3);
    fake_close(&fake);
}

/* SAs that another process left go on; what we send begins where the record says. */
static void test_resumes_what_is_there(void **state)
{
    (void)state;
    struct fake_kernel fake;
    fake_open(&fake);
    const x4s_ike_keys2 keys = fake_keys(0x1111, 0x2222);
    const struct hub_kernel_request request = {
        .op = HUB_KERNEL_ADD,
        .spi_in = 0x1111,
        .spi_out = 0x2222,
        .pair = {.link = &fake_link,
                 .keys = &keys,
                 .options = &fake_options,
                 .out_sequence = 1000,
                 .resumed = true},
    };
    fake.refuse = XFRM_MSG_NEWSA;
    fake.error = EEXIST;
    assert_true(hub_kernel_submit(fake.kernel, &request));
    fake_round(&fake);
    assert_int_equal(fake.done, 1);
    assert_int_equal(fake.done_error, 0);
    assert_int_equal(fake_count(&fake, XFRM_MSG_NEWAE), 1);
    assert_int_equal(hub_kernel_pairs(fake.kernel), 1);
    fake_close(&fake);
}

static void test_goes_to_another_shard(void **state)
{
    (void)state;
    struct fake_kernel fake;
    struct fake_kernel other;
    fake_open(&fake);
    fake_open(&other);
    const x4s_ike_keys2 keys = fake_add(&fake, 0x1111, 0x2222);
    struct hub_kernel_parcel *parcel = hub_kernel_release(fake.kernel, 0x1111);
    assert_non_null(parcel);
    assert_null(hub_kernel_release(fake.kernel, 0x1111));
    assert_int_equal(hub_kernel_pairs(fake.kernel), 0);
    /* The same process: the same policies. */
    xfrm_of(other.kernel)->backend = &fake.backend;
    hub_kernel_adopt(other.kernel, parcel);
    fake_submit(&other, HUB_KERNEL_DELETE, &keys);
    fake_round(&other);
    assert_int_equal(other.done_error, 0);
    assert_int_equal(fake_count(&other, XFRM_MSG_DELPOLICY), 3);
    xfrm_of(other.kernel)->backend = &other.backend;
    fake_close(&other);
    fake_close(&fake);
}

static void test_closes_with_all_that_is_there(void **state)
{
    (void)state;
    struct fake_kernel fake;
    fake_open(&fake);
    for (uint32_t i = 0; i < 20; i++)
        fake_add(&fake, 0x1000 + i, 0x2000 + i);
    hub_kernel_close(fake.kernel, false);
    fake.kernel = NULL;
    /* Nobody reads the answers any more. */
    static _Alignas(struct nlmsghdr) char bytes[65536];
    ssize_t size;
    while ((size = recv(fake.requests, bytes, sizeof(bytes), MSG_DONTWAIT)) > 0) {
        const struct nlmsghdr *message = (const struct nlmsghdr *)bytes;
        int left = (int)size;
        for (; mnl_nlmsg_ok(message, left); message = mnl_nlmsg_next(message, &left))
            fake_note(&fake, message);
    }
    assert_int_equal(fake_count(&fake, XFRM_MSG_DELSA), 40);
    assert_int_equal(fake_count(&fake, XFRM_MSG_DELPOLICY), 3);
    assert_int_equal(fake.backend.policies.by_key.count, 0);
    xfrm_backend_fini(&fake.backend);
    close(fake.requests);
    close(fake.events);
}

/* Who has not answered yet is not waited for. */
static void test_never_waits(void **state)
{
    (void)state;
    struct fake_kernel fake;
    fake_open(&fake);
    for (uint32_t i = 0; i < 500; i++) {
        const x4s_ike_keys2 keys = fake_keys(0x1000 + i, 0x2000 + i);
        fake_submit(&fake, HUB_KERNEL_ADD, &keys);
        hub_kernel_poll(fake.kernel);
    }
    assert_int_equal(fake.done, 0);
    assert_int_equal(hub_kernel_pairs(fake.kernel), 500);
    fake_close(&fake); /* with requests that nobody answers */
}

/* ------------------------------------------------------------------ questions and moves */

struct asked {
    struct hub_kernel_query query;
    int answers;
    int error;
};

static void on_answered(struct hub_kernel_query *query, int error)
{
    struct asked *asked = x4m_container(query, struct asked, query);
    asked->answers++;
    asked->error = error;
}

static struct nlmsghdr *state_with(uint64_t bytes, uint64_t packets)
{
    struct nlmsghdr *message = mnl_nlmsg_put_header(calloc(1, 1024));
    struct xfrm_usersa_info info = {.curlft = {.bytes = bytes, .packets = packets}};
    message->nlmsg_type = XFRM_MSG_NEWSA;
    memcpy(mnl_nlmsg_put_extra_header(message, sizeof(info)), &info, sizeof(info));
    return message;
}

static void test_tells_traffic(void **state)
{
    (void)state;
    struct fake_kernel fake;
    fake_open(&fake);
    fake_add(&fake, 0x1111, 0x2222);
    fake.state = state_with(1500, 3);
    struct asked asked = {.query = {.spi_in = 0x1111, .answered = on_answered}};
    assert_true(hub_kernel_query(fake.kernel, &asked.query));
    fake_round(&fake);
    assert_int_equal(asked.answers, 1);
    assert_int_equal(asked.error, 0);
    assert_int_equal(asked.query.in.bytes, 1500);
    assert_int_equal(asked.query.out.packets, 3);
    asked.query.spi_in = 0x9999;
    assert_true(hub_kernel_query(fake.kernel, &asked.query));
    hub_kernel_poll(fake.kernel);
    assert_int_equal(asked.error, ESRCH);
    fake_close(&fake);
}

/* The SA does not say when it was used: its policies do, the later of those for what comes. */
static void test_tells_the_last_use(void **state)
{
    (void)state;
    struct fake_kernel fake;
    fake_open(&fake);
    fake_add(&fake, 0x1111, 0x2222);
    fake.state = state_with(1500, 3);
    fake.used_at = 1000;
    struct asked asked = {.query = {.spi_in = 0x1111, .answered = on_answered}};
    assert_true(hub_kernel_query(fake.kernel, &asked.query));
    fake_round(&fake);
    assert_int_equal(fake_count(&fake, XFRM_MSG_GETPOLICY), 3);
    assert_int_equal(asked.answers, 1);
    assert_int_equal(asked.error, 0);
    assert_int_equal(asked.query.in.used_at, 1000);
    assert_int_equal(asked.query.out.used_at, 1000);

    /* A policy that is gone says nothing. */
    fake.refuse = XFRM_MSG_GETPOLICY;
    fake.error = ENOENT;
    assert_true(hub_kernel_query(fake.kernel, &asked.query));
    fake_round(&fake);
    assert_int_equal(asked.answers, 2);
    assert_int_equal(asked.error, 0);
    assert_int_equal(asked.query.in.used_at, 0);
    fake_close(&fake);
}

/* A question does not keep a pair from going to another shard, and the end answers it. */
static void test_closes_with_a_question(void **state)
{
    (void)state;
    struct fake_kernel fake;
    fake_open(&fake);
    fake_add(&fake, 0x1111, 0x2222);
    struct asked asked = {.query = {.spi_in = 0x1111, .answered = on_answered}};
    assert_true(hub_kernel_query(fake.kernel, &asked.query));
    struct hub_kernel_parcel *parcel = hub_kernel_release(fake.kernel, 0x1111);
    assert_non_null(parcel);
    hub_kernel_adopt(fake.kernel, parcel);
    assert_int_equal(asked.answers, 0);
    fake_close(&fake);
    assert_int_equal(asked.answers, 1);
    assert_int_equal(asked.error, ECANCELED);
}

static void move_to(struct fake_kernel *fake, const x4s_net_link *link)
{
    const struct hub_kernel_request request = {
        .op = HUB_KERNEL_MOVE, .spi_in = 0x1111, .spi_out = 0x2222, .pair.link = link};
    assert_true(hub_kernel_submit(fake->kernel, &request));
    fake_round(fake);
}

static void test_follows_a_port(void **state)
{
    (void)state;
    struct fake_kernel fake;
    fake_open(&fake);
    fake_add(&fake, 0x1111, 0x2222);
    fake.state = state_with(0, 0);
    x4s_net_link link = fake_link;
    link.remote.port = 30002;
    move_to(&fake, &link);
    assert_int_equal(fake.op, HUB_KERNEL_MOVE);
    assert_int_equal(fake.done_error, 0);
    assert_int_equal(fake_count(&fake, XFRM_MSG_UPDSA), 2);
    assert_int_equal(fake_count(&fake, XFRM_MSG_DELSA), 0);
    assert_int_equal(fake_count(&fake, XFRM_MSG_UPDPOLICY), 0);
    fake_close(&fake);
}

static void test_follows_an_address(void **state)
{
    (void)state;
    struct fake_kernel fake;
    fake_open(&fake);
    const x4s_ike_keys2 keys = fake_add(&fake, 0x1111, 0x2222);
    fake.state = state_with(0, 0);
    x4s_net_link link = fake_link;
    link.remote.ip[3] = 8;
    move_to(&fake, &link);
    assert_int_equal(fake.done_error, 0);
    assert_int_equal(fake_count(&fake, XFRM_MSG_DELSA), 2);
    assert_int_equal(fake_count(&fake, XFRM_MSG_NEWSA), 2);
    assert_int_equal(fake_count(&fake, XFRM_MSG_UPDPOLICY), 3);
    xfrm_address_t target = {0};
    memcpy(&target, link.remote.ip, sizeof(target));
    assert_non_null(xfrm_pair_sending(xfrm_of(fake.kernel), 0x2222, &target));
    fake_submit(&fake, HUB_KERNEL_DELETE, &keys);
    fake_round(&fake);
    fake_close(&fake);
}

static void test_cannot_move_what_is_gone(void **state)
{
    (void)state;
    struct fake_kernel fake;
    fake_open(&fake);
    fake_add(&fake, 0x1111, 0x2222);
    fake.refuse = XFRM_MSG_GETSA;
    fake.error = ESRCH;
    x4s_net_link link = fake_link;
    link.remote.port = 30002;
    move_to(&fake, &link);
    assert_int_equal(fake.done_error, ESRCH);
    assert_int_equal(hub_kernel_pairs(fake.kernel), 1);
    fake_close(&fake);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pair_comes_and_goes),
        cmocka_unit_test(test_what_comes_is_expected_before),
        cmocka_unit_test(test_expected_from_elsewhere),
        cmocka_unit_test(test_what_does_not_come_is_forgotten),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_refused_early),
        cmocka_unit_test(test_refuses_what_makes_no_sense),
        cmocka_unit_test(test_deletes_what_is_gone),
        cmocka_unit_test(test_replacement_takes_the_policy_over),
        cmocka_unit_test(test_resumes_what_is_there),
        cmocka_unit_test(test_goes_to_another_shard),
        cmocka_unit_test(test_closes_with_all_that_is_there),
        cmocka_unit_test(test_never_waits),
        cmocka_unit_test(test_tells_traffic),
        cmocka_unit_test(test_tells_the_last_use),
        cmocka_unit_test(test_closes_with_a_question),
        cmocka_unit_test(test_follows_a_port),
        cmocka_unit_test(test_follows_an_address),
        cmocka_unit_test(test_cannot_move_what_is_gone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
