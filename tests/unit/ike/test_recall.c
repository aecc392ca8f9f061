/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * How often a first message has come that was not answered.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "tests/unit/ike/books.h"
#include "x4/ike/engine.h"
#include "x4/ike/message.h"

struct memory {
    x4s_charon charon;
    struct books books;
    x4s_allocator allocator;
    x4s_net_link link;
    x4s_ike_message message;
};

static void begin(struct memory *memory, uint32_t remembered)
{
    *memory = (struct memory){.message.link = &memory->link};
    memory->allocator = books_allocator(&memory->books);
    memory->charon.allocator = &memory->allocator;
    memory->charon.config.limits.remembered = remembered;
    memory->link.remote = (x4s_net_addr){.family = x4c_net_ipv4, .ip = {192, 0, 2, 1}, .port = 500};
}

static void end(struct memory *memory)
{
    x4_recall_clear(&memory->charon);
    assert_int_equal(memory->books.blocks, 0);
}

static unsigned count(struct memory *memory, uint64_t digest)
{
    memory->message.digest = digest;
    return x4_recall_count(&memory->charon, &memory->message);
}

static void forget(struct memory *memory, uint64_t digest)
{
    memory->message.digest = digest;
    x4_recall_forget(&memory->charon, &memory->message);
}

static void test_counts(void **state)
{
    (void)state;
    struct memory memory;
    begin(&memory, 1 << 16);
    for (unsigned times = 1; times <= 20; times++) {
        assert_int_equal(count(&memory, 7), times < 15 ? times : 15);
        assert_int_equal(count(&memory, times + 100), 1);
    }
    forget(&memory, 7);
    forget(&memory, 7);
    assert_int_equal(count(&memory, 7), 1);
    assert_int_equal(count(&memory, 101), 2);
    end(&memory);
}

/* The same bytes from another address or port are another message. */
static void test_places(void **state)
{
    (void)state;
    struct memory memory;
    begin(&memory, 1 << 16);
    assert_int_equal(count(&memory, 7), 1);
    memory.link.remote.port++;
    assert_int_equal(count(&memory, 7), 1);
    memory.link.remote.ip[3]++;
    assert_int_equal(count(&memory, 7), 1);
    memory.link.remote.ip[3]--;
    memory.link.remote.port--;
    assert_int_equal(count(&memory, 7), 2);
    end(&memory);
}

/*
 * Of 1,024 as many are known again. Lines differ in how many come to them, so the last few hundred
 * are known for certain, and what came before a multiple of the whole is not; each time that one is
 * known makes it the newest of its line.
 */
static void test_the_oldest_are_forgotten(void **state)
{
    (void)state;
    enum { ALL = 1024, FEW = 256 };
    struct memory memory;
    begin(&memory, ALL);
    for (uint64_t i = 0; i < ALL; i++)
        assert_int_equal(count(&memory, i), 1);
    unsigned known = 0;
    for (uint64_t i = ALL; i-- > ALL - FEW;)
        known += count(&memory, i) == 2;
    assert_int_equal(known, FEW);
    for (uint64_t i = ALL; i < 5 * ALL; i++) {
        assert_int_equal(count(&memory, i), 1);
        if (i % 64 == 0)
            assert_in_range(count(&memory, ALL - 1), 3, 15); /* is kept by coming */
    }
    known = 0;
    for (uint64_t i = 0; i < FEW; i++)
        known += count(&memory, i) > 1;
    assert_int_equal(known, 0);
    assert_in_range(memory.books.bytes, 1, ALL * sizeof(uint32_t));
    end(&memory);
}

/* A piece is made when it is needed, and each is one part of all. */
static void test_memory(void **state)
{
    (void)state;
    enum { ALL = 1 << 20 };
    struct memory memory;
    begin(&memory, ALL);
    forget(&memory, 1);
    assert_int_equal(memory.books.blocks, 0);
    assert_int_equal(count(&memory, 1), 1);
    assert_int_equal(memory.books.blocks, 1);
    assert_int_equal(memory.books.bytes, ALL * sizeof(uint32_t) / x4c_recall_pieces);
    for (uint64_t i = 0; i < 10000; i++)
        (void)count(&memory, i);
    assert_int_equal(memory.books.blocks, x4c_recall_pieces);
    assert_int_equal(memory.books.bytes, ALL * sizeof(uint32_t));
    end(&memory);
}

static void test_no_memory(void **state)
{
    (void)state;
    struct memory memory;
    begin(&memory, 1 << 16);
    memory.books.fail_at = 1;
    assert_int_equal(count(&memory, 1), 1);
    assert_int_equal(count(&memory, 1), 1);
    assert_int_equal(count(&memory, 1), 2);
    end(&memory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_counts),
        cmocka_unit_test(test_places),
        cmocka_unit_test(test_the_oldest_are_forgotten),
        cmocka_unit_test(test_memory),
        cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
