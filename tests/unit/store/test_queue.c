/* SPDX-License-Identifier: BSD-2-Clause */
#include "store/queue.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const uint8_t hash_key[x4c_siphash_key];
static const struct store_estate here = {.name = "here", .token = 1};
static const struct store_estate there = {.name = "there", .token = 1};

struct wish {
    struct store_ticket ticket;
    unsigned answers;
    enum store_result result;
};

static void on_answer(struct store_ticket *ticket, enum store_result result)
{
    struct wish *wish = x4m_container(ticket, struct wish, ticket);
    wish->answers++;
    wish->result = result;
}

static struct store_put put_of(const char *name, const char *data, struct wish *wish)
{
    struct store_put put = {
        .estate = &here,
        .name = {.len = (uint8_t)strlen(name)},
        .partition = 7,
        .data = data,
        .len = data ? (uint32_t)strlen(data) : 0,
        .ticket = wish ? &wish->ticket : NULL,
    };
    memcpy(put.name.bytes, name, strlen(name));
    if (wish)
        *wish = (struct wish){.ticket.answer = on_answer};
    return put;
}

static bool put(struct store_queue *queue, const char *name, const char *data, x4_msec now)
{
    const struct store_put what = put_of(name, data, NULL);
    return store_queue_put(queue, &what, now);
}

static bool put_wished(struct store_queue *queue, const char *name, const char *data,
                       struct wish *wish)
{
    const struct store_put what = put_of(name, data, wish);
    return store_queue_put(queue, &what, 0);
}

static void is_write(const struct store_batch *batch, size_t at, const char *name, const char *data)
{
    assert_true(at < batch->count);
    const struct store_write *write = &batch->writes[at];
    assert_int_equal(write->name.len, strlen(name));
    assert_memory_equal(write->name.bytes, name, strlen(name));
    assert_int_equal(write->partition, 7);
    if (!data) {
        assert_null(write->data);
        return;
    }
    assert_int_equal(write->len, strlen(data));
    assert_memory_equal(write->data, data, strlen(data));
}

static void answer_all(struct store_queue *queue, struct store_batch *batch,
                       enum store_result result)
{
    for (size_t i = 0; i < batch->count; i++)
        batch->writes[i].result = (uint8_t)result;
    store_queue_answered(queue, batch);
}

static void open_queue(struct store_queue *queue, size_t items_max)
{
    assert_true(store_queue_init(queue, items_max, hash_key));
}

static void test_in_order(void **state)
{
    (void)state;
    struct store_queue queue;
    open_queue(&queue, 10);
    assert_null(store_queue_take(&queue, 10));
    assert_true(put(&queue, "a", "1", 0));
    assert_true(put(&queue, "b", NULL, 0));
    assert_true(put(&queue, "c", "3", 0));
    struct store_batch *first = store_queue_take(&queue, 2);
    assert_int_equal(first->count, 2);
    is_write(first, 0, "a", "1");
    is_write(first, 1, "b", NULL);
    struct store_batch *second = store_queue_take(&queue, 2);
    assert_int_equal(second->count, 1);
    is_write(second, 0, "c", "3");
    assert_int_equal(store_queue_length(&queue), 3);
    answer_all(&queue, second, STORE_DONE);
    answer_all(&queue, first, STORE_DONE);
    assert_int_equal(store_queue_length(&queue), 0);
    assert_int_equal(queue.stats.writes, 2);
    assert_int_equal(queue.stats.erases, 1);
    store_queue_fini(&queue);
}

static void test_newest_version_at_the_oldest_place(void **state)
{
    (void)state;
    struct store_queue queue;
    open_queue(&queue, 10);
    assert_true(put(&queue, "a", "old", 10));
    assert_true(put(&queue, "b", "1", 20));
    assert_true(put(&queue, "a", "new", 30));
    assert_int_equal(store_queue_length(&queue), 2);
    assert_int_equal(store_queue_lag(&queue, 50), 40);
    struct store_batch *batch = store_queue_take(&queue, 10);
    assert_int_equal(batch->count, 2);
    is_write(batch, 0, "a", "new");
    assert_int_equal(queue.stats.coalesced, 1);
    answer_all(&queue, batch, STORE_DONE);
    assert_int_equal(store_queue_lag(&queue, 60), 0);
    store_queue_fini(&queue);
}

/* Another version of what is under way is written when that was answered, and not before. */
static void test_one_version_under_way(void **state)
{
    (void)state;
    struct store_queue queue;
    open_queue(&queue, 10);
    assert_true(put(&queue, "a", "1", 10));
    struct store_batch *first = store_queue_take(&queue, 10);
    assert_true(put(&queue, "a", "2", 20));
    assert_true(put(&queue, "b", "1", 30));
    struct store_batch *other = store_queue_take(&queue, 10);
    assert_int_equal(other->count, 1);
    is_write(other, 0, "b", "1");
    assert_null(store_queue_take(&queue, 10));
    is_write(first, 0, "a", "1");
    answer_all(&queue, first, STORE_DONE);
    assert_int_equal(store_queue_lag(&queue, 40), 20);
    struct store_batch *second = store_queue_take(&queue, 10);
    is_write(second, 0, "a", "2");
    answer_all(&queue, second, STORE_DONE);
    answer_all(&queue, other, STORE_DONE);
    store_queue_fini(&queue);
}

static void test_tickets_of_their_version(void **state)
{
    (void)state;
    struct store_queue queue;
    struct wish first, second, third;
    open_queue(&queue, 10);
    assert_true(put_wished(&queue, "a", "1", &first));
    assert_true(put_wished(&queue, "a", "2", &second));
    struct store_batch *batch = store_queue_take(&queue, 10);
    assert_true(put_wished(&queue, "a", "3", &third));
    answer_all(&queue, batch, STORE_DONE);
    assert_int_equal(first.answers, 1);
    assert_int_equal(second.answers, 1);
    assert_int_equal(second.result, STORE_DONE);
    assert_int_equal(third.answers, 0);
    store_ticket_cancel(&third.ticket);
    answer_all(&queue, store_queue_take(&queue, 10), STORE_DONE);
    assert_int_equal(third.answers, 0);
    store_ticket_cancel(&first.ticket);
    store_queue_fini(&queue);
}

static void test_store_away(void **state)
{
    (void)state;
    struct store_queue queue;
    struct wish wish;
    open_queue(&queue, 10);
    assert_true(put_wished(&queue, "a", "1", &wish));
    assert_true(put(&queue, "b", "1", 0));
    assert_true(put(&queue, "c", "1", 0));
    struct store_batch *batch = store_queue_take(&queue, 2);
    assert_true(put(&queue, "b", "2", 5));
    batch->writes[0].result = STORE_AWAY;
    batch->writes[1].result = STORE_AWAY;
    store_queue_answered(&queue, batch);
    assert_int_equal(wish.answers, 0);
    assert_int_equal(queue.stats.retries, 2);
    assert_int_equal(store_queue_length(&queue), 3);
    assert_int_equal(store_queue_lag(&queue, 9), 9);
    batch = store_queue_take(&queue, 10);
    is_write(batch, 0, "a", "1");
    is_write(batch, 1, "b", "2");
    is_write(batch, 2, "c", "1");
    answer_all(&queue, batch, STORE_DONE);
    assert_int_equal(wish.result, STORE_DONE);
    assert_int_equal(wish.answers, 1);
    store_queue_fini(&queue);
}

/* A ticket of the older version is answered by the newer one that came while the store was away. */
static void test_ticket_goes_over_to_newer_version(void **state)
{
    (void)state;
    struct store_queue queue;
    struct wish wish;
    open_queue(&queue, 10);
    assert_true(put_wished(&queue, "a", "1", &wish));
    struct store_batch *batch = store_queue_take(&queue, 10);
    assert_true(put(&queue, "a", NULL, 0));
    answer_all(&queue, batch, STORE_AWAY);
    assert_int_equal(wish.answers, 0);
    answer_all(&queue, store_queue_take(&queue, 10), STORE_DONE);
    assert_int_equal(wish.answers, 1);
    store_queue_fini(&queue);
}

static void test_refused_is_dropped(void **state)
{
    (void)state;
    struct store_queue queue;
    struct wish wish;
    open_queue(&queue, 10);
    assert_true(put_wished(&queue, "a", "1", &wish));
    assert_true(put(&queue, "b", "1", 0));
    struct store_batch *batch = store_queue_take(&queue, 10);
    batch->writes[0].result = STORE_REFUSED;
    batch->writes[1].result = STORE_DONE;
    store_queue_answered(&queue, batch);
    assert_int_equal(wish.answers, 1);
    assert_int_equal(wish.result, STORE_REFUSED);
    assert_int_equal(queue.stats.refused[STORE_REFUSED], 1);
    assert_int_equal(queue.stats.writes, 1);
    assert_int_equal(store_queue_length(&queue), 0);
    store_queue_fini(&queue);
}

static void test_full(void **state)
{
    (void)state;
    struct store_queue queue;
    struct wish wish;
    open_queue(&queue, 2);
    assert_true(put(&queue, "a", "1", 0));
    assert_true(put(&queue, "b", "1", 0));
    assert_false(put_wished(&queue, "c", "1", &wish));
    assert_true(put(&queue, "a", "2", 0));
    assert_int_equal(queue.stats.full, 1);
    assert_true(put(&queue, "c", NULL, 0));
    assert_true(put(&queue, "d", NULL, 0));
    assert_false(put(&queue, "e", NULL, 0));
    struct store_batch *batch = store_queue_take(&queue, 10);
    assert_false(put(&queue, "e", NULL, 0));
    answer_all(&queue, batch, STORE_DONE);
    assert_int_equal(wish.answers, 0);
    assert_true(put(&queue, "e", "1", 0));
    store_queue_fini(&queue);
}

static void test_forgets_an_estate(void **state)
{
    (void)state;
    struct store_queue queue;
    struct wish mine, theirs;
    open_queue(&queue, 10);
    assert_true(put_wished(&queue, "a", "1", &mine));
    struct store_put other = put_of("a", "2", &theirs);
    other.estate = &there;
    assert_true(store_queue_put(&queue, &other, 0));
    store_queue_forget(&queue, &there);
    assert_int_equal(theirs.answers, 1);
    assert_int_equal(theirs.result, STORE_FENCED);
    assert_int_equal(mine.answers, 0);
    struct store_batch *batch = store_queue_take(&queue, 10);
    assert_int_equal(batch->count, 1);
    assert_ptr_equal(batch->writes[0].estate, &here);
    answer_all(&queue, batch, STORE_DONE);
    store_queue_fini(&queue);
}

static void test_has_of_an_estate(void **state)
{
    (void)state;
    struct store_queue queue;
    struct wish wish;
    open_queue(&queue, 10);
    assert_true(put(&queue, "a", "1", 0));
    struct store_put other = put_of("b", "2", &wish);
    other.estate = &there;
    assert_true(store_queue_put(&queue, &other, 0));
    struct store_batch *first = store_queue_take(&queue, 1);
    assert_true(store_queue_has(&queue, &here));
    assert_true(store_queue_has(&queue, &there));
    answer_all(&queue, first, STORE_DONE);
    assert_false(store_queue_has(&queue, &here));
    struct store_batch *second = store_queue_take(&queue, 1);
    assert_true(store_queue_has(&queue, &there));
    answer_all(&queue, second, STORE_DONE);
    assert_false(store_queue_has(&queue, &there));
    store_queue_fini(&queue);
}

static void test_what_was_forgotten_does_not_return(void **state)
{
    (void)state;
    struct store_queue queue;
    struct wish wish;
    open_queue(&queue, 10);
    assert_true(put_wished(&queue, "a", "1", &wish));
    struct store_batch *batch = store_queue_take(&queue, 10);
    store_queue_forget(&queue, &here);
    assert_true(store_queue_has(&queue, &here));
    answer_all(&queue, batch, STORE_AWAY);
    assert_int_equal(wish.result, STORE_FENCED);
    assert_false(store_queue_has(&queue, &here));
    store_queue_fini(&queue);
}

/* With batches under way, and records that wait. */
static void test_ends_at_any_time(void **state)
{
    (void)state;
    struct store_queue queue;
    struct wish wish;
    open_queue(&queue, 10);
    assert_true(put_wished(&queue, "a", "1", &wish));
    assert_true(put(&queue, "b", "1", 0));
    assert_non_null(store_queue_take(&queue, 1));
    assert_non_null(store_queue_take(&queue, 1));
    assert_true(put(&queue, "a", "2", 0));
    store_queue_fini(&queue);
    assert_int_equal(wish.answers, 0);
    store_ticket_cancel(&wish.ticket);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_in_order),
        cmocka_unit_test(test_newest_version_at_the_oldest_place),
        cmocka_unit_test(test_one_version_under_way),
        cmocka_unit_test(test_tickets_of_their_version),
        cmocka_unit_test(test_store_away),
        cmocka_unit_test(test_ticket_goes_over_to_newer_version),
        cmocka_unit_test(test_refused_is_dropped),
        cmocka_unit_test(test_full),
        cmocka_unit_test(test_forgets_an_estate),
        cmocka_unit_test(test_has_of_an_estate),
        cmocka_unit_test(test_what_was_forgotten_does_not_return),
        cmocka_unit_test(test_ends_at_any_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
