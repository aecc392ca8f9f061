/* SPDX-License-Identifier: BSD-2-Clause */
#include "harness.h"

#include <errno.h>
#include <sys/eventfd.h>

struct watcher {
    struct ring *ring;
    int calls;
    int fd;       /* told by the last call */
    int other_fd; /* a descriptor that the callback acts on */
    bool drain;
};

static int open_event(uint64_t count)
{
    int fd = eventfd(0, EFD_NONBLOCK);

    assert_true(fd >= 0);
    if (count > 0)
        assert_int_equal(write(fd, &count, sizeof(count)), sizeof(count));
    return fd;
}

static void count_call(void *user, int fd)
{
    struct watcher *watcher = user;
    uint64_t count;

    watcher->calls++;
    watcher->fd = fd;
    if (watcher->drain)
        assert_int_equal(read(fd, &count, sizeof(count)), sizeof(count));
}

static void remove_itself(void *user, int fd)
{
    struct watcher *watcher = user;

    watcher->calls++;
    ring_watch_remove(watcher->ring, fd);
}

static void remove_both(void *user, int fd)
{
    struct watcher *watcher = user;

    watcher->calls++;
    ring_watch_remove(watcher->ring, fd);
    ring_watch_remove(watcher->ring, watcher->other_fd);
}

static void add_other(void *user, int fd)
{
    struct watcher *watcher = user;

    watcher->calls++;
    ring_watch_remove(watcher->ring, fd);
    assert_int_equal(ring_watch_add(watcher->ring, watcher->other_fd, remove_itself, user), 0);
}

static void wait_for_calls(struct ring *ring, const struct watcher *watcher, int calls)
{
    const struct ring_datagram *batch;

    for (int i = 0; i < WAITS_MAX && watcher->calls < calls; i++)
        assert_int_equal(ring_wait(ring, WAIT_MS, &batch), 0);
    assert_int_equal(watcher->calls, calls);
}

/* Several waits, none of which sleeps. */
static void run_without_waiting(struct ring *ring)
{
    const struct ring_datagram *batch;

    for (int i = 0; i < 5; i++)
        assert_int_equal(ring_wait(ring, 0, &batch), 0);
}

static void test_called_until_read(void **state)
{
    struct ring *ring = open_one(state, "127.0.0.1", false);
    struct watcher watcher = {.ring = ring};
    int fd = open_event(1);

    assert_int_equal(ring_watch_add(ring, fd, count_call, &watcher), 0);
    wait_for_calls(ring, &watcher, 1);
    assert_int_equal(watcher.fd, fd);
    wait_for_calls(ring, &watcher, 2);
    watcher.drain = true;
    wait_for_calls(ring, &watcher, 3);
    run_without_waiting(ring);
    assert_int_equal(watcher.calls, 3);
    assert_int_equal(write(fd, &(uint64_t){1}, 8), 8);
    wait_for_calls(ring, &watcher, 4);
    ring_close(ring);
    close(fd);
}

static void test_removed_is_silent(void **state)
{
    struct ring *ring = open_one(state, "127.0.0.1", false);
    struct watcher watcher = {.ring = ring};
    int fd = open_event(0);

    assert_int_equal(ring_watch_add(ring, fd, count_call, &watcher), 0);
    run_without_waiting(ring); /* armed now */
    assert_int_equal(write(fd, &(uint64_t){1}, 8), 8);
    ring_watch_remove(ring, fd);
    run_without_waiting(ring);
    assert_int_equal(watcher.calls, 0);
    assert_int_equal(ring_watch_add(ring, fd, count_call, &watcher), 0);
    wait_for_calls(ring, &watcher, 1);
    ring_watch_remove(ring, fd);
    ring_watch_remove(ring, fd);
    ring_watch_remove(ring, -1);
    ring_close(ring);
    close(fd);
}

/* The same number, another file: the old watch must not answer for the new one. */
static void test_descriptor_number_used_again(void **state)
{
    struct ring *ring = open_one(state, "127.0.0.1", false);
    struct watcher old = {.ring = ring};
    struct watcher new = {.ring = ring};
    int fd = open_event(0);
    int again;

    assert_int_equal(ring_watch_add(ring, fd, count_call, &old), 0);
    run_without_waiting(ring);
    ring_watch_remove(ring, fd);
    close(fd);
    again = open_event(1);
    assert_int_equal(again, fd);
    assert_int_equal(ring_watch_add(ring, again, count_call, &new), 0);
    wait_for_calls(ring, &new, 1);
    assert_int_equal(old.calls, 0);
    ring_close(ring);
    close(again);
}

static void test_callback_removes_itself(void **state)
{
    struct ring *ring = open_one(state, "127.0.0.1", false);
    struct watcher watcher = {.ring = ring};
    int fd = open_event(1);

    assert_int_equal(ring_watch_add(ring, fd, remove_itself, &watcher), 0);
    wait_for_calls(ring, &watcher, 1);
    run_without_waiting(ring);
    assert_int_equal(watcher.calls, 1);
    ring_close(ring);
    close(fd);
}

/* Two are ready at once; whichever is called first removes the other, which is then not called. */
static void test_callback_removes_another(void **state)
{
    struct ring *ring = open_one(state, "127.0.0.1", false);
    int first = open_event(1);
    int second = open_event(1);
    struct watcher a = {.ring = ring, .other_fd = second};
    struct watcher b = {.ring = ring, .other_fd = first};
    const struct ring_datagram *batch;

    assert_int_equal(ring_watch_add(ring, first, remove_both, &a), 0);
    assert_int_equal(ring_watch_add(ring, second, remove_both, &b), 0);
    for (int i = 0; i < WAITS_MAX && a.calls + b.calls == 0; i++)
        assert_int_equal(ring_wait(ring, WAIT_MS, &batch), 0);
    run_without_waiting(ring);
    assert_int_equal(a.calls + b.calls, 1);
    ring_close(ring);
    close(first);
    close(second);
}

static void test_callback_adds(void **state)
{
    struct ring *ring = open_one(state, "127.0.0.1", false);
    int first = open_event(1);
    struct watcher watcher = {.ring = ring, .other_fd = open_event(1)};

    assert_int_equal(ring_watch_add(ring, first, add_other, &watcher), 0);
    wait_for_calls(ring, &watcher, 2);
    ring_close(ring);
    close(first);
    close(watcher.other_fd);
}

static void test_refusals(void **state)
{
    struct ring *ring = open_one(state, "127.0.0.1", false);
    struct watcher watcher = {.ring = ring};
    int fds[RING_WATCHES_MAX + 1];

    for (int i = 0; i <= RING_WATCHES_MAX; i++)
        fds[i] = open_event(0);
    assert_int_equal(ring_watch_add(ring, -1, count_call, &watcher), -EBADF);
    for (int i = 0; i < RING_WATCHES_MAX; i++)
        assert_int_equal(ring_watch_add(ring, fds[i], count_call, &watcher), 0);
    assert_int_equal(ring_watch_add(ring, fds[0], count_call, &watcher), -EEXIST);
    assert_int_equal(ring_watch_add(ring, fds[RING_WATCHES_MAX], count_call, &watcher), -ENOSPC);
    ring_watch_remove(ring, fds[5]);
    assert_int_equal(ring_watch_add(ring, fds[RING_WATCHES_MAX], count_call, &watcher), 0);
    run_without_waiting(ring);
    assert_int_equal(watcher.calls, 0);
    ring_close(ring);
    for (int i = 0; i <= RING_WATCHES_MAX; i++)
        close(fds[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_BOTH(test_called_until_read),
        ON_BOTH(test_removed_is_silent),
        ON_BOTH(test_descriptor_number_used_again),
        ON_BOTH(test_callback_removes_itself),
        ON_BOTH(test_callback_removes_another),
        ON_BOTH(test_callback_adds),
        ON_BOTH(test_refusals),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
