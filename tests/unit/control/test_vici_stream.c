/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/control/vici_stream.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

struct pipe {
    int ours;
    int theirs;
};

static int set_up(void **state)
{
    int fds[2];
    struct pipe *pipe = malloc(sizeof(*pipe));
    if (!pipe || socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds) != 0)
        return -1;
    *pipe = (struct pipe){fds[0], fds[1]};
    *state = pipe;
    return 0;
}

static int tear_down(void **state)
{
    struct pipe *pipe = *state;
    close(pipe->ours);
    if (pipe->theirs >= 0)
        close(pipe->theirs);
    free(pipe);
    return 0;
}

static void say(const struct pipe *pipe, const void *data, size_t len)
{
    assert_int_equal(write(pipe->theirs, data, len), (ssize_t)len);
}

static void test_segments_come_in_any_pieces(void **state)
{
    static const char bytes[] = "\0\0\0\3abc\0\0\0\1d";
    const struct pipe *pipe = *state;
    struct vici_input input = {0};
    x4s_chunk segment;
    char got[8] = "";
    assert_int_equal(vici_input_fill(&input, pipe->ours), VICI_NOTHING);
    for (size_t i = 0; i < sizeof(bytes) - 1; i++) {
        say(pipe, &bytes[i], 1);
        assert_int_equal(vici_input_fill(&input, pipe->ours), VICI_MOVED);
        assert_true(vici_input_pending(&input));
        if (vici_input_next(&input, &segment))
            strncat(got, (const char *)segment.data, segment.len);
        assert_false(vici_input_next(&input, &segment));
    }
    assert_string_equal(got, "abcd");
    assert_false(vici_input_pending(&input));
    vici_input_free(&input);
}

static void test_several_segments_at_once(void **state)
{
    const struct pipe *pipe = *state;
    struct vici_input input = {0};
    x4s_chunk segment;
    say(pipe, "\0\0\0\1a\0\0\0\1b\0\0", 12);
    assert_int_equal(vici_input_fill(&input, pipe->ours), VICI_MOVED);
    assert_true(vici_input_next(&input, &segment));
    assert_true(vici_is(segment, "a"));
    assert_true(vici_input_next(&input, &segment));
    assert_true(vici_is(segment, "b"));
    assert_false(vici_input_next(&input, &segment));
    assert_true(vici_input_pending(&input));
    assert_false(vici_input_refused(&input));
    vici_input_free(&input);
}

static void refuses(const struct pipe *pipe, const char length[4], bool refused)
{
    struct vici_input input = {0};
    x4s_chunk segment;
    say(pipe, length, 4);
    assert_int_equal(vici_input_fill(&input, pipe->ours), VICI_MOVED);
    assert_false(vici_input_next(&input, &segment));
    assert_int_equal(vici_input_refused(&input), refused);
    assert_true(input.size < VICI_SEGMENT_MAX);
    vici_input_free(&input);
}

static void test_lengths_are_bounded(void **state)
{
    const struct pipe *pipe = *state;
    refuses(pipe, "\x00\x08\x00\x00", false);
    refuses(pipe, "\x00\x08\x00\x01", true);
    refuses(pipe, "\xff\xff\xff\xff", true);
    refuses(pipe, "\x00\x00\x00\x00", true);
}

static void test_longest_segment_comes_through(void **state)
{
    const struct pipe *pipe = *state;
    static uint8_t data[VICI_SEGMENT_MAX];
    struct vici_input input = {0};
    struct vici_output output = {.max = VICI_LENGTH_SIZE + VICI_SEGMENT_MAX};
    x4s_chunk segment;
    memset(data, 'x', sizeof(data));
    assert_true(vici_output_put(&output, (x4s_chunk){(const uint8_t *)"\0\x08\0\0", 4}));
    assert_true(vici_output_put(&output, (x4s_chunk){data, sizeof(data)}));
    while (!vici_input_next(&input, &segment)) {
        assert_int_not_equal(vici_output_flush(&output, pipe->theirs), VICI_BROKEN);
        assert_int_not_equal(vici_input_fill(&input, pipe->ours), VICI_BROKEN);
    }
    assert_int_equal(segment.len, VICI_SEGMENT_MAX);
    assert_memory_equal(segment.data, data, sizeof(data));
    assert_int_equal(vici_output_pending(&output), 0);
    assert_null(output.data);
    assert_false(vici_input_next(&input, &segment));
    assert_null(input.data);
    vici_output_free(&output);
    vici_input_free(&input);
}

static void test_other_side_ends(void **state)
{
    struct pipe *pipe = *state;
    struct vici_input input = {0};
    shutdown(pipe->theirs, SHUT_WR);
    assert_int_equal(vici_input_fill(&input, pipe->ours), VICI_ENDED);
    vici_input_free(&input);
    assert_int_equal(vici_input_fill(&input, -1), VICI_BROKEN);
    vici_input_free(&input);
}

static void test_output_is_bounded(void **state)
{
    (void)state;
    struct vici_output output = {.max = 8};
    const x4s_chunk five = {(const uint8_t *)"12345", 5};
    assert_true(vici_output_put(&output, five));
    assert_false(vici_output_put(&output, five));
    assert_int_equal(vici_output_pending(&output), 5);
    vici_output_free(&output);
}

static void test_output_waits_for_the_reader(void **state)
{
    const struct pipe *pipe = *state;
    static uint8_t data[4096];
    struct vici_output output = {.max = 1 << 20};
    size_t put = 0;
    while (vici_output_put(&output, (x4s_chunk){data, sizeof(data)}))
        put += sizeof(data);
    while (vici_output_flush(&output, pipe->ours) == VICI_MOVED)
        ;
    assert_true(vici_output_pending(&output) > 0);
    size_t got = 0;
    for (ssize_t more; got < put; got += (size_t)more) {
        more = read(pipe->theirs, data, sizeof(data));
        assert_true(more > 0);
        assert_int_not_equal(vici_output_flush(&output, pipe->ours), VICI_BROKEN);
    }
    assert_int_equal(vici_output_pending(&output), 0);
    assert_int_equal(vici_output_flush(&output, pipe->ours), VICI_NOTHING);
    vici_output_free(&output);
}

static void test_output_to_nobody_breaks(void **state)
{
    struct pipe *pipe = *state;
    struct vici_output output = {.max = 8};
    close(pipe->theirs);
    pipe->theirs = -1;
    assert_true(vici_output_put(&output, (x4s_chunk){(const uint8_t *)"1", 1}));
    assert_int_equal(vici_output_flush(&output, pipe->ours), VICI_BROKEN);
    vici_output_free(&output);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_segments_come_in_any_pieces),
        TEST(test_several_segments_at_once),
        TEST(test_lengths_are_bounded),
        TEST(test_longest_segment_comes_through),
        TEST(test_other_side_ends),
        TEST(test_output_is_bounded),
        TEST(test_output_waits_for_the_reader),
        TEST(test_output_to_nobody_breaks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
