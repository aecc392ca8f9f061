/* SPDX-License-Identifier: BSD-2-Clause */
#include "ioring/stamp.h"

#include <assert.h>
#include <string.h>
#include <time.h>

static_assert(RING_STAMP_SIZE >= CMSG_SPACE(sizeof(struct timespec)), "room for the time");

static uint64_t read_time(const struct cmsghdr *cmsg)
{
    struct timespec time;

    memcpy(&time, CMSG_DATA(cmsg), sizeof(time));
    return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

uint64_t ring_stamp_read(struct msghdr *msg)
{
    for (struct cmsghdr *cmsg = CMSG_FIRSTHDR(msg); cmsg != NULL; cmsg = CMSG_NXTHDR(msg, cmsg))
        if (cmsg->cmsg_level == SOL_SOCKET && cmsg->cmsg_type == SCM_TIMESTAMPNS &&
            cmsg->cmsg_len >= CMSG_LEN(sizeof(struct timespec)))
            return read_time(cmsg);
    return 0;
}
