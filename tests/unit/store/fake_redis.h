/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TESTS_UNIT_STORE_FAKE_REDIS_H
#define TESTS_UNIT_STORE_FAKE_REDIS_H

/*
 * A server on loopback that says what the test wants, in the thread of the test. Nothing here waits
 * longer than FAKE_WAIT_MS.
 */

#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "store/redis_link.h"

enum {
    FAKE_WAIT_MS = 5000,
    FAKE_TURNS_MAX = 20000,
    FAKE_INPUT = 1 << 16,
};

struct fake {
    int listener;
    int peer;
    size_t len;
    char input[FAKE_INPUT]; /* all that came over the current connection, and a NUL */
    struct redis_address address;
};

static inline void fake_open(struct fake *fake)
{
    struct sockaddr_in name = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof(name);

    fake->peer = -1;
    fake->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(fake->listener, (struct sockaddr *)&name, sizeof(name)), 0);
    assert_int_equal(listen(fake->listener, 8), 0);
    assert_int_equal(getsockname(fake->listener, (struct sockaddr *)&name, &size), 0);
    assert_true(redis_address_make("127.0.0.1", 9, ntohs(name.sin_port), &fake->address));
}

static inline void fake_hang_up(struct fake *fake)
{
    if (fake->peer >= 0)
        close(fake->peer);
    fake->peer = -1;
    fake->len = 0;
    fake->input[0] = '\0';
}

static inline void fake_close(struct fake *fake)
{
    fake_hang_up(fake);
    close(fake->listener);
}

static inline bool fake_wait(int fd)
{
    struct pollfd poll_fd = {.fd = fd, .events = POLLIN};
    return poll(&poll_fd, 1, FAKE_WAIT_MS) == 1;
}

static inline void fake_accept(struct fake *fake)
{
    fake_hang_up(fake);
    assert_true(fake_wait(fake->listener));
    fake->peer = accept(fake->listener, NULL, NULL);
    assert_true(fake->peer >= 0);
}

static inline void fake_send(const struct fake *fake, const char *text, size_t len)
{
    assert_int_equal(send(fake->peer, text, len, MSG_NOSIGNAL), len);
}

static inline void fake_say(const struct fake *fake, const char *text)
{
    fake_send(fake, text, strlen(text));
}

/* Lets the link do what it can do at once. */
static inline void fake_turn(struct redis_link *link)
{
    (void)redis_link_tick(link);
    redis_poll_turn(link->poll);
}

/* The link sends until `text` has come. */
static inline void fake_hear(struct fake *fake, struct redis_link *link, const char *text)
{
    for (int i = 0; i < FAKE_TURNS_MAX && !strstr(fake->input, text); i++) {
        fake_turn(link);
        const ssize_t got = recv(fake->peer, fake->input + fake->len,
                                 sizeof(fake->input) - fake->len - 1, MSG_DONTWAIT);
        if (got > 0)
            fake->len += (size_t)got;
        else
            (void)poll(NULL, 0, 1);
        fake->input[fake->len] = '\0';
    }
    assert_non_null(strstr(fake->input, text));
}

/* The link turns until it is in that state. */
static inline void fake_until(struct redis_link *link, enum redis_link_state state)
{
    for (int i = 0; i < FAKE_TURNS_MAX && link->state != state; i++) {
        assert_true(fake_wait(link->poll->fd));
        redis_poll_turn(link->poll);
    }
    assert_int_equal(link->state, state);
}

#define FAKE_ID   ":7\r\n"
#define FAKE_INFO "$29\r\n# Server\r\nrun_id:0123456789\r\n\r\n"

#endif
