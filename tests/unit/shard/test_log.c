/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/log.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

/* A log into a file without a name, and what was written to it. */
struct fixture {
    struct hub_log log;
    char text[4 * HUB_LOG_BUFFER];
};

static int set_up(void **state)
{
    char path[] = "/tmp/test_log.XXXXXX";
    int fd = mkstemp(path);
    struct fixture *f = calloc(1, sizeof(*f));
    if (fd < 0 || !f)
        return -1;
    unlink(path);
    hub_log_init(&f->log, fd, x4c_trace_info);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    close(f->log.sink.fd);
    free(f);
    return 0;
}

static const char *written(struct fixture *f)
{
    hub_log_flush(&f->log);
    ssize_t size = pread(f->log.sink.fd, f->text, sizeof(f->text) - 1, 0);
    assert_true(size >= 0);
    f->text[size] = '\0';
    return f->text;
}

/* The line without its first two fields, which change. */
static const char *written_fields(struct fixture *f)
{
    const char *text = strstr(written(f), "event=");
    assert_non_null(text);
    return text;
}

static off_t size_written(const struct fixture *f)
{
    return lseek(f->log.sink.fd, 0, SEEK_END);
}

static void put_line(struct fixture *f, x4e_trace_level level)
{
    assert_true(hub_log_begin(&f->log, level, "line"));
    hub_log_end(&f->log);
}

static void test_lines_are_written_in_time(void **state)
{
    struct fixture *f = *state;
    assert_true(hub_log_serve(&f->log, 1000) == x4c_never);
    put_line(f, x4c_trace_info);
    assert_true(hub_log_serve(&f->log, 1000) == 1000 + HUB_LOG_KEPT_MS);
    put_line(f, x4c_trace_info);
    assert_true(hub_log_serve(&f->log, 1009) == 1000 + HUB_LOG_KEPT_MS);
    assert_int_equal(size_written(f), 0);
    assert_true(hub_log_serve(&f->log, 1000 + HUB_LOG_KEPT_MS) == x4c_never);
    const off_t two = size_written(f);
    assert_true(two > 0);

    put_line(f, x4c_trace_info);
    assert_true(hub_log_serve(&f->log, 2000) == 2000 + HUB_LOG_KEPT_MS);
    put_line(f, x4c_trace_notice);
    assert_true(hub_log_serve(&f->log, 2000) == x4c_never);
    assert_int_equal(size_written(f), 2 * two + 2);
}

static void test_head_of_a_line(void **state)
{
    struct fixture *f = *state;
    assert_true(hub_log_begin(&f->log, x4c_trace_notice, "ready"));
    hub_log_end(&f->log);
    const char *text = written(f);
    static const char form[] = "ts=dddd-dd-ddTdd:dd:dd.dddZ level=notice event=ready\n";
    assert_int_equal(strlen(text), strlen(form));
    for (size_t i = 0; form[i]; i++) {
        bool digit = form[i] == 'd' && i > 0 && i < 26;
        assert_true(digit ? text[i] >= '0' && text[i] <= '9' : text[i] == form[i]);
    }
}

static void test_level_is_off(void **state)
{
    struct fixture *f = *state;
    assert_false(hub_log_begin(&f->log, x4c_trace_debug, "kernel-add"));
    assert_string_equal(written(f), "");
}

static void test_values(void **state)
{
    struct fixture *f = *state;
    x4s_net_addr addr;
    x4s_net_selector selector;
    assert_true(x4_net_addr_parse("2001:db8::1", &addr));
    assert_true(x4_net_selector_from_prefix(&addr, 64, &selector));
    addr.port = 500;
    hub_log_begin(&f->log, x4c_trace_info, "e");
    hub_log_text(&f->log, "plain", "aes128-sha256");
    hub_log_text(&f->log, "empty", "");
    hub_log_text(&f->log, "spaced", "a b=c");
    hub_log_number(&f->log, "number", UINT64_MAX);
    hub_log_hex(&f->log, "hex", 0x1a2b, 8);
    hub_log_bytes(&f->log, "bytes", "\x00\xff", 2);
    hub_log_addr(&f->log, "addr", &addr);
    hub_log_selector(&f->log, "ts", &selector);
    hub_log_end(&f->log);
    assert_string_equal(written_fields(f),
                        "event=e plain=aes128-sha256 empty=\"\" spaced=\"a b=c\" "
                        "number=18446744073709551615 hex=00001a2b bytes=00ff "
                        "addr=[2001:db8::1]:500 ts=2001:db8::/64\n");
}

static void test_identity(void **state)
{
    struct fixture *f = *state;
    const x4s_ike_id id = {x4c_ike_id_fqdn, {(const uint8_t *)"vpn.example.org", 15}};
    hub_log_begin(&f->log, x4c_trace_info, "e");
    hub_log_id(&f->log, "id", &id);
    hub_log_end(&f->log);
    assert_string_equal(written_fields(f), "event=e id=vpn.example.org\n");
}

static void test_peer_cannot_break_out(void **state)
{
    struct fixture *f = *state;
    static const char hostile[] = "x\" event=ph1-up\nts=1\\\x1b[2J\x80\0";
    hub_log_begin(&f->log, x4c_trace_info, "e");
    hub_log_string(&f->log, "id", hostile, sizeof(hostile) - 1);
    hub_log_end(&f->log);
    assert_string_equal(written_fields(f),
                        "event=e id=\"x\\\" event=ph1-up\\x0ats=1\\\\\\x1b[2J\\x80\\x00\"\n");
}

static void test_long_line_is_cut_before_a_field(void **state)
{
    struct fixture *f = *state;
    static char big[HUB_LOG_LINE_MAX];
    memset(big, '"', sizeof(big));
    hub_log_begin(&f->log, x4c_trace_info, "e");
    hub_log_text(&f->log, "before", "1");
    hub_log_string(&f->log, "big", big, sizeof(big));
    hub_log_text(&f->log, "after", "1");
    hub_log_end(&f->log);
    assert_string_equal(written_fields(f), "event=e before=1 cut=yes\n");
}

static void test_full_buffer_is_written(void **state)
{
    struct fixture *f = *state;
    const int lines = 2 * HUB_LOG_BUFFER / 64;
    for (int i = 0; i < lines; i++) {
        hub_log_begin(&f->log, x4c_trace_info, "e");
        hub_log_number(&f->log, "i", (uint64_t)i);
        hub_log_end(&f->log);
    }
    int found = 0;
    for (const char *at = written(f); (at = strchr(at, '\n')); at++)
        found++;
    assert_int_equal(found, lines);
}

static void test_limited(void **state)
{
    struct fixture *f = *state;
    for (int i = 0; i < HUB_LIMITER_LINES + 5; i++) {
        if (hub_log_begin_limited(&f->log, x4c_trace_notice, "refused", "malformed", 0))
            hub_log_end(&f->log);
    }
    assert_true(hub_log_tell_suppressed(&f->log, 500) == HUB_LIMITER_WINDOW);
    assert_true(hub_log_begin_limited(&f->log, x4c_trace_notice, "refused", "malformed", 1000));
    hub_log_end(&f->log);
    assert_non_null(strstr(written(f), "level=notice event=refused suppressed=5\n"));
    assert_true(hub_log_tell_suppressed(&f->log, 3000) == x4c_never);
}

static void test_suppressed_is_told_later(void **state)
{
    struct fixture *f = *state;
    for (int i = 0; i < HUB_LIMITER_LINES + 5; i++) {
        if (hub_log_begin_limited(&f->log, x4c_trace_notice, "refused", "malformed", 0))
            hub_log_end(&f->log);
    }
    assert_true(hub_log_tell_suppressed(&f->log, 1000) == x4c_never);
    assert_non_null(
        strstr(written(f), "event=suppressed of=refused reason=malformed suppressed=5\n"));
}

static void test_trace_event(void **state)
{
    struct fixture *f = *state;
    const x4s_trace_field fields[] = {
        {.key = "reason", .kind = x4c_trace_text, .text = "garbled"},
        {.key = "mid", .kind = x4c_trace_hex, .number = 0xabc},
        {.key = "len", .kind = x4c_trace_number, .number = 28},
        {.key = "cookie", .kind = x4c_trace_bytes, .bytes = {(const uint8_t *)"\1\2", 2}},
    };
    const x4s_trace_event event = {x4c_trace_notice, "refused", fields, x4m_countof(fields)};
    for (int i = 0; i < 100; i++)
        hub_log_trace(&f->log, &event, 0);
    const char *line = "event=refused reason=garbled mid=00000abc len=28 cookie=0102\n";
    assert_memory_equal(written_fields(f), line, strlen(line));
    int found = 0;
    for (const char *at = f->text; (at = strstr(at, line)); at++)
        found++;
    assert_int_equal(found, HUB_LIMITER_LINES);
}

/* -------------------------------------------------------------------------- JSON */

static void begin_json(struct fixture *f)
{
    f->log.format = HUB_LOG_JSON;
    hub_log_begin(&f->log, x4c_trace_info, "e");
}

/* Behind time and level. */
static const char *written_json(struct fixture *f)
{
    const char *text = strstr(written(f), "\"event\":");
    assert_memory_equal(f->text, "{\"ts\":\"2", 8);
    assert_non_null(text);
    return text;
}

static void test_json_values(void **state)
{
    struct fixture *f = *state;
    x4s_net_addr addr;
    assert_true(x4_net_addr_parse("192.0.2.1", &addr));
    begin_json(f);
    hub_log_text(&f->log, "plain", "aes128-sha256");
    hub_log_text(&f->log, "empty", "");
    hub_log_number(&f->log, "number", UINT64_MAX);
    hub_log_hex(&f->log, "hex", 0x1a2b, 8);
    hub_log_bytes(&f->log, "bytes", "\x00\xff", 2);
    hub_log_addr(&f->log, "addr", &addr);
    hub_log_end(&f->log);
    assert_string_equal(written_json(f),
                        "\"event\":\"e\",\"plain\":\"aes128-sha256\",\"empty\":\"\","
                        "\"number\":18446744073709551615,\"hex\":\"00001a2b\","
                        "\"bytes\":\"00ff\",\"addr\":\"192.0.2.1\"}\n");
}

static void test_json_peer_cannot_break_out(void **state)
{
    struct fixture *f = *state;
    static const char hostile[] = "x\",\"event\":\"ph1-up\"}\n{\\\x1b\x7f\x80\0";
    begin_json(f);
    hub_log_string(&f->log, "id", hostile, sizeof(hostile) - 1);
    hub_log_end(&f->log);
    assert_string_equal(written_json(f),
                        "\"event\":\"e\",\"id\":\"x\\\",\\\"event\\\":\\\"ph1-up\\\"}\\u000a{"
                        "\\\\\\u001b\\u007f\\u0080\\u0000\"}\n");
}

static void test_json_long_line_is_cut_before_a_field(void **state)
{
    struct fixture *f = *state;
    static char big[HUB_LOG_LINE_MAX];
    begin_json(f);
    hub_log_string(&f->log, "big", big, sizeof(big));
    hub_log_end(&f->log);
    assert_string_equal(written_json(f), "\"event\":\"e\",\"cut\":\"yes\"}\n");
}

/* -------------------------------------------------------------------------- readers in trouble */

static void put_lines(struct hub_log *log, int count)
{
    for (int i = 0; i < count; i++) {
        assert_true(hub_log_begin(log, x4c_trace_info, "line"));
        hub_log_end(log);
    }
}

static void test_full_disk(void **state)
{
    struct fixture *f = *state;
    const int file = f->log.sink.fd;
    f->log.sink.fd = open("/dev/full", O_WRONLY | O_CLOEXEC);
    put_line(f, x4c_trace_notice);
    assert_true(hub_log_serve(&f->log, 5000) == 5000 + HUB_LOG_AGAIN_MS);
    put_lines(&f->log, 10000);
    assert_true(f->log.used <= HUB_LOG_BUFFER);
    assert_true(f->log.lost > 0);
    close(f->log.sink.fd);

    f->log.sink.fd = file;
    const uint64_t lost = f->log.lost;
    char told[64];
    snprintf(told, sizeof(told), "level=error event=log-lost lines=%llu\n",
             (unsigned long long)lost);
    assert_non_null(strstr(written(f), told));
    uint64_t lines = 0;
    for (const char *at = f->text; (at = strchr(at, '\n')); at++)
        lines++;
    assert_int_equal(lines + lost, 10002);
}

/* Reads what there is; false: nothing. */
static bool drain(int fd, char *text, size_t size)
{
    size_t used = strlen(text);
    ssize_t got = read(fd, text + used, size - 1 - used);
    if (got <= 0)
        return false;
    text[used + (size_t)got] = '\0';
    return true;
}

/* Every line is whole, whatever was lost. */
static void assert_whole_lines(const char *text)
{
    static const char line[] = " level=info event=line\n";
    static const char told[] = " level=error event=log-lost lines=";
    for (; *text; text = strchr(text, '\n') + 1) {
        assert_non_null(strchr(text, '\n'));
        assert_memory_equal(text, "ts=", 3);
        const char *rest = strchr(text, ' ');
        if (strncmp(rest, told, strlen(told)) != 0)
            assert_memory_equal(rest, line, strlen(line));
    }
}

/* The reader of `fds[0]` stops, and goes on later. */
static void check_stuck_reader(struct fixture *f, const int fds[2])
{
    const int flags = fcntl(fds[0], F_GETFL);
    assert_int_equal(fcntl(fds[0], F_SETFL, flags | O_NONBLOCK), 0);
    struct hub_log *log = calloc(1, sizeof(*log));
    assert_non_null(log);
    hub_log_init(log, fds[1], x4c_trace_info);
    put_lines(log, 20000);
    assert_true(log->lost > 0);
    f->text[0] = '\0';
    do {
        while (drain(fds[0], f->text, sizeof(f->text)))
            ;
        hub_log_flush(log);
    } while (drain(fds[0], f->text, sizeof(f->text)));
    assert_non_null(strstr(f->text, "event=log-lost lines="));
    assert_whole_lines(f->text);
    free(log);
}

static void test_stuck_pipe(void **state)
{
    struct fixture *f = *state;
    int fds[2];
    assert_int_equal(pipe(fds), 0);
    const int own = hub_log_sink_dup(fds[1]);
    assert_false(fcntl(fds[1], F_GETFL) & O_NONBLOCK);
    check_stuck_reader(f, (const int[]){fds[0], own});
    close(own);
    close(fds[0]);
    close(fds[1]);
}

static void test_stuck_socket(void **state)
{
    struct fixture *f = *state;
    int fds[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
    check_stuck_reader(f, fds);
    close(fds[0]);
    close(fds[1]);
}

static void test_closed_descriptor(void **state)
{
    struct fixture *f = *state;
    const int file = f->log.sink.fd;
    f->log.sink.fd = -1;
    put_lines(&f->log, 5000);
    hub_log_flush(&f->log);
    assert_true(f->log.used <= HUB_LOG_BUFFER);
    f->log.sink.fd = file;
}

/* -------------------------------------------------------------------------- the journal */

static void test_journal_gets_priorities(void **state)
{
    struct fixture *f = *state;
    int fds[2];
    struct stat stat;
    char name[64];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
    assert_int_equal(fstat(fds[1], &stat), 0);
    snprintf(name, sizeof(name), "%ju:%ju", (uintmax_t)stat.st_dev, (uintmax_t)stat.st_ino);
    assert_int_equal(setenv("JOURNAL_STREAM", name, 1), 0);
    struct hub_log *log = calloc(1, sizeof(*log));
    assert_non_null(log);
    hub_log_init(log, fds[1], x4c_trace_info);
    assert_int_equal(unsetenv("JOURNAL_STREAM"), 0);
    hub_log_begin(log, x4c_trace_error, "a");
    hub_log_end(log);
    hub_log_begin(log, x4c_trace_info, "b");
    hub_log_end(log);
    hub_log_flush(log);
    f->text[0] = '\0';
    assert_true(drain(fds[0], f->text, sizeof(f->text)));
    assert_memory_equal(f->text, "<3>ts=", 6);
    assert_memory_equal(strchr(f->text, '\n') + 1, "<6>ts=", 6);
    free(log);
    close(fds[0]);
    close(fds[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_lines_are_written_in_time, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_head_of_a_line, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_level_is_off, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_values, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_identity, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_peer_cannot_break_out, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_long_line_is_cut_before_a_field, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_full_buffer_is_written, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_limited, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_suppressed_is_told_later, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_trace_event, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_json_values, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_json_peer_cannot_break_out, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_json_long_line_is_cut_before_a_field, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_full_disk, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_stuck_pipe, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_stuck_socket, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_closed_descriptor, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_journal_gets_priorities, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
