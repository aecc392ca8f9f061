/* SPDX-License-Identifier: BSD-2-Clause */
#include "ioring/restrict.h"

#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>

static const uint8_t issued[] = {
    IORING_OP_RECVMSG,     IORING_OP_SENDMSG,      IORING_OP_POLL_ADD,
    IORING_OP_POLL_REMOVE, IORING_OP_ASYNC_CANCEL,
};

enum { ISSUED = sizeof(issued) / sizeof(issued[0]) };

/* liburing 2.3 declares functions for it, and its library does not have them. */
static int do_register(const struct io_uring *io, unsigned what, const void *data, unsigned count)
{
    return syscall(__NR_io_uring_register, io->ring_fd, what, data, count) < 0 ? -errno : 0;
}

int ring_restrict(const struct io_uring *io)
{
    struct io_uring_restriction all[ISSUED + 1] = {
        [ISSUED] = {.opcode = IORING_RESTRICTION_SQE_FLAGS_ALLOWED,
                    .sqe_flags = IOSQE_BUFFER_SELECT},
    };

    for (size_t i = 0; i < ISSUED; i++) {
        all[i].opcode = IORING_RESTRICTION_SQE_OP;
        all[i].sqe_op = issued[i];
    }
    const int result = do_register(io, IORING_REGISTER_RESTRICTIONS, all, ISSUED + 1);
    return result == 0 ? do_register(io, IORING_REGISTER_ENABLE_RINGS, NULL, 0) : result;
}
