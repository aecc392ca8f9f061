/* SPDX-License-Identifier: BSD-2-Clause */
#include "harness.h"

#include "ioring/frame.h"

static void test_port_500(void **state)
{
    const uint8_t data[64] = {0xff};

    (void)state;
    assert_int_equal(ring_frame_classify(false, data, 0), RING_FRAME_SHORT);
    assert_int_equal(ring_frame_classify(false, data, 1), RING_FRAME_SHORT);
    assert_int_equal(ring_frame_classify(false, data, 27), RING_FRAME_SHORT);
    assert_int_equal(ring_frame_classify(false, data, 28), RING_FRAME_IKE);
}

static void test_port_4500(void **state)
{
    const uint8_t data[64] = {0};

    (void)state;
    for (size_t size = 0; size < 32; size++)
        assert_int_equal(ring_frame_classify(true, data, size), RING_FRAME_SHORT);
    assert_int_equal(ring_frame_classify(true, data, 32), RING_FRAME_IKE);
}

static void test_esp_in_udp(void **state)
{
    (void)state;
    for (size_t byte = 0; byte < RING_MARKER_SIZE; byte++) {
        uint8_t data[64] = {0};

        data[byte] = 1;
        assert_int_equal(ring_frame_classify(true, data, sizeof(data)), RING_FRAME_NO_MARKER);
    }
}

static void test_keepalive(void **state) /* req 3948-2.3-4 3948-2.3-5 3948-4-1 */
{
    const uint8_t keepalive[2] = {0xff, 0xff};
    const uint8_t other = 0xfe;

    (void)state;
    assert_int_equal(ring_frame_classify(true, keepalive, 1), RING_FRAME_KEEPALIVE);
    assert_int_equal(ring_frame_classify(true, keepalive, 2), RING_FRAME_SHORT);
    assert_int_equal(ring_frame_classify(true, &other, 1), RING_FRAME_SHORT);
    assert_int_equal(ring_frame_classify(false, keepalive, 1), RING_FRAME_SHORT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_port_500),
        cmocka_unit_test(test_port_4500),
        cmocka_unit_test(test_esp_in_udp),
        cmocka_unit_test(test_keepalive),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
