/* SPDX-License-Identifier: BSD-2-Clause */
#include "harness.h"

#include "ioring/slots.h"

enum {
    SMALL = 3,
    BIG = 2,
};

static int set_up(void **state)
{
    static struct ring_slots slots;

    *state = &slots;
    return ring_slots_init(&slots, SMALL, BIG) ? 0 : -1;
}

static int tear_down(void **state)
{
    ring_slots_fini(*state);
    return 0;
}

static void test_sizes_choose_the_pool(void **state)
{
    struct ring_slots *slots = *state;

    for (int i = 0; i < SMALL; i++)
        assert_in_range(ring_slots_take(slots, RING_SLOT_SIZE), 0, SMALL - 1);
    assert_int_equal(ring_slots_take(slots, 1), RING_SLOT_NONE);
    for (int i = 0; i < BIG; i++)
        assert_in_range(ring_slots_take(slots, RING_SLOT_SIZE + 1), SMALL, SMALL + BIG - 1);
    assert_int_equal(ring_slots_take(slots, RING_SLOT_SIZE_BIG), RING_SLOT_NONE);
}

static void test_too_long(void **state)
{
    assert_int_equal(ring_slots_take(*state, RING_SLOT_SIZE_BIG + 1), RING_SLOT_NONE);
}

static void test_given_back_is_taken_again(void **state)
{
    struct ring_slots *slots = *state;
    uint32_t first = ring_slots_take(slots, 1);
    uint32_t big = ring_slots_take(slots, RING_SLOT_SIZE_BIG);

    ring_slots_give(slots, first);
    ring_slots_give(slots, big);
    assert_int_equal(ring_slots_take(slots, 1), first);
    assert_int_equal(ring_slots_take(slots, RING_SLOT_SIZE_BIG), big);
}

/* Every byte of every slot can be written, and no two slots share one. */
static void test_memory_is_separate(void **state)
{
    struct ring_slots *slots = *state;
    size_t sizes[SMALL + BIG];

    for (uint32_t i = 0; i < SMALL + BIG; i++) {
        sizes[i] = i < SMALL ? RING_SLOT_SIZE : RING_SLOT_SIZE_BIG;
        memset(slots->slot[i].data.iov_base, (int)i, sizes[i]);
    }
    for (uint32_t i = 0; i < SMALL + BIG; i++) {
        const uint8_t *memory = slots->slot[i].data.iov_base;

        for (size_t at = 0; at < sizes[i]; at++)
            assert_int_equal(memory[at], i);
    }
}

#define SLOTS_TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SLOTS_TEST(test_sizes_choose_the_pool),
        SLOTS_TEST(test_too_long),
        SLOTS_TEST(test_given_back_is_taken_again),
        SLOTS_TEST(test_memory_is_separate),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
