/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/log_sink.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

/* syslog's severities. */
static const char *const prefixes[] = {
    [x4c_trace_off] = "<2>",  [x4c_trace_error] = "<3>", [x4c_trace_notice] = "<5>",
    [x4c_trace_info] = "<6>", [x4c_trace_debug] = "<7>",
};

/* systemd names the socket that it gave us: another stderr may have been put in its place since. */
static bool is_journal(const struct stat *stat)
{
    const char *stream = getenv("JOURNAL_STREAM");
    uintmax_t device;
    uintmax_t inode;
    return stream && sscanf(stream, "%" SCNuMAX ":%" SCNuMAX, &device, &inode) == 2 &&
           device == stat->st_dev && inode == stat->st_ino;
}

void hub_log_sink_init(struct hub_log_sink *sink, int fd)
{
    struct stat stat;
    *sink = (struct hub_log_sink){.fd = fd, .chunk_max = SIZE_MAX};
    if (fstat(fd, &stat) != 0)
        return;
    sink->socket = S_ISSOCK(stat.st_mode);
    sink->journal = sink->socket && is_journal(&stat);
    if (sink->socket || S_ISFIFO(stat.st_mode))
        sink->chunk_max = PIPE_BUF;
}

size_t hub_log_sink_chunk(const struct hub_log_sink *sink, const char *lines, size_t len)
{
    if (len <= sink->chunk_max)
        return len;
    const char *end = memrchr(lines, '\n', sink->chunk_max);
    if (!end)
        end = memchr(lines, '\n', len);
    return end ? (size_t)(end + 1 - lines) : len;
}

ssize_t hub_log_sink_write(const struct hub_log_sink *sink, const void *data, size_t len)
{
    return sink->socket ? send(sink->fd, data, len, MSG_DONTWAIT | MSG_NOSIGNAL)
                        : write(sink->fd, data, len);
}

const char *hub_log_sink_prefix(const struct hub_log_sink *sink, x4e_trace_level level)
{
    return sink->journal ? prefixes[level] : NULL;
}

void hub_log_sink_say(x4e_trace_level level, const char *label, const char *text)
{
    struct hub_log_sink sink;
    hub_log_sink_init(&sink, STDERR_FILENO);
    const char *prefix = hub_log_sink_prefix(&sink, level);
    dprintf(STDERR_FILENO, "%s%s%s\n", prefix ? prefix : "", label, text);
}

static bool can_open_anew(int fd)
{
    struct stat stat;
    return fstat(fd, &stat) == 0 && (S_ISFIFO(stat.st_mode) || S_ISCHR(stat.st_mode));
}

int hub_log_sink_dup(int fd)
{
    char path[64];
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    const int opened =
        can_open_anew(fd) ? open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC) : -1;
    return opened >= 0 ? opened : fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
}

void hub_log_sink_fill_standard(void)
{
    int fd;
    do
        fd = open("/dev/null", O_RDWR | O_CLOEXEC);
    while (fd >= 0 && fd <= STDERR_FILENO);
    if (fd >= 0)
        close(fd);
}
