/* SPDX-License-Identifier: BSD-2-Clause */
#include "ioring/filter.h"

#include <assert.h>
#include <netinet/udp.h>
#include <string.h>
#include <sys/socket.h>

#include "ioring/frame.h"

enum {
    /* A socket filter sees the packet from its UDP header on. */
    UDP_HEADER_SIZE = sizeof(struct udphdr),
    RESPONDER_COOKIE_AT = UDP_HEADER_SIZE + 8,
};

#define LENGTH_MIN        (UDP_HEADER_SIZE + RING_ISAKMP_HEADER_SIZE)
#define LENGTH_MIN_MARKER (LENGTH_MIN + RING_MARKER_SIZE)
#define LENGTH_KEEPALIVE  (UDP_HEADER_SIZE + 1)

/*
 * What both programs end with: by the offset of the responder cookie. The comparison with a random
 * number is the third from the end; which number is filled in.
 */
#define RANDOM_FROM_END 3
#define FIRST_MESSAGES(cookie)                                                                     \
    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (cookie)), BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 4),    \
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (cookie) + 4),                                          \
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 2),                                              \
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)(SKF_AD_OFF + SKF_AD_RANDOM)),                \
        BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, UINT32_MAX, 1, 0),                                     \
        BPF_STMT(BPF_RET | BPF_K, UINT32_MAX), BPF_STMT(BPF_RET | BPF_K, 0)

/* A zero-length datagram, which any stranger can send, would end a multishot receive each time. */
static const struct sock_filter without_marker[] = {
    BPF_STMT(BPF_LD | BPF_W | BPF_LEN, 0),
    BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, LENGTH_MIN, 0, 7),
    FIRST_MESSAGES(RESPONDER_COOKIE_AT),
};

/* A NAT keepalive passes as well, to be counted, and so does ESP in UDP. */
static const struct sock_filter with_marker[] = {
    BPF_STMT(BPF_LD | BPF_W | BPF_LEN, 0),
    BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, LENGTH_MIN_MARKER, 3, 0),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, LENGTH_KEEPALIVE, 0, 11),
    BPF_STMT(BPF_LD | BPF_B | BPF_ABS, UDP_HEADER_SIZE),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, RING_KEEPALIVE_BYTE, 8, 9),
    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, UDP_HEADER_SIZE),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 6),
    FIRST_MESSAGES(RESPONDER_COOKIE_AT + RING_MARKER_SIZE),
};

static_assert(sizeof(with_marker) <= RING_FILTER_PROGRAM_MAX * sizeof(struct sock_filter),
              "room for either");

size_t ring_filter_program(bool marker, uint32_t permille,
                           struct sock_filter program[RING_FILTER_PROGRAM_MAX])
{
    const size_t size = marker ? sizeof(with_marker) : sizeof(without_marker);
    const size_t count = size / sizeof(program[0]);

    assert(permille >= 1 && permille <= RING_FILTER_ALL);
    memcpy(program, marker ? with_marker : without_marker, size);
    program[count - RANDOM_FROM_END].k =
        (uint32_t)(((uint64_t)permille << 32) / RING_FILTER_ALL - 1);
    return count;
}

bool ring_filter_attach(int fd, bool marker, uint32_t permille)
{
    struct sock_filter program[RING_FILTER_PROGRAM_MAX];
    const struct sock_fprog all = {
        .len = (uint16_t)ring_filter_program(marker, permille, program),
        .filter = program,
    };

    return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &all, sizeof(all)) == 0;
}
