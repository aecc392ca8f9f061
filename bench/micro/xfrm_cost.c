/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What it costs a shard to install a tunnel: both SAs and the policies, one tunnel a round, the
 * peer's direction first, as a handshake has it.
 *
 *     xfrm_cost kernel|answered COUNT [IF_ID]
 *
 * `kernel` is the kernel of this network namespace; with `answered` whatever is said is
 * acknowledged on the other side of a socket pair, and what is left is our own part with its system
 * calls. With IF_ID the tunnels go through that XFRM interface. Prints `NAME VALUE UNIT`: CPU time
 * of the installing thread for a tunnel, of the first tenth of the tunnels and of the last, and how
 * many policies there are; in `kernel` everything is deleted again, and what that costs is told,
 * too.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/netlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "shard/kernel/xfrm_state.h"

enum { COUNT_MAX = 1000000, SPI_FIRST = 0x10000 };

static void fail(const char *what)
{
    fprintf(stderr, "xfrm_cost: %s\n", what);
    exit(1);
}

static double cpu_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

/* -------------------------------------------------------------------------- who takes all */

static int answering_fd; /* our end of its socket */
static double answering_us;

static void acknowledge(const struct nlmsghdr *message)
{
    _Alignas(struct nlmsghdr) char bytes[64] = {0};
    struct nlmsghdr *answer = mnl_nlmsg_put_header(bytes);
    struct nlmsgerr *error = mnl_nlmsg_put_extra_header(answer, sizeof(*error));
    answer->nlmsg_type = NLMSG_ERROR;
    answer->nlmsg_seq = message->nlmsg_seq;
    error->msg = *message;
    if (send(answering_fd, answer, answer->nlmsg_len, 0) < 0)
        fail("cannot answer");
}

/* What it costs to answer is not the shard's. */
static void answer_all(void)
{
    static _Alignas(struct nlmsghdr) char bytes[65536];
    const double began = cpu_us();
    ssize_t size;
    while ((size = recv(answering_fd, bytes, sizeof(bytes), MSG_DONTWAIT)) > 0) {
        const struct nlmsghdr *message = (const struct nlmsghdr *)bytes;
        int left = (int)size;
        for (; mnl_nlmsg_ok(message, left); message = mnl_nlmsg_next(message, &left))
            acknowledge(message);
    }
    answering_us += cpu_us() - began;
}

static int open_pair(void *user)
{
    int *other = user;
    int fds[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, fds) != 0)
        fail("no socket pair");
    *other = fds[1];
    return fds[0];
}

static int open_events(void *user)
{
    (void)user;
    static int other;
    return open_pair(&other);
}

static void init_answered(struct xfrm_backend *backend)
{
    *backend = (struct xfrm_backend){
        .head = xfrm_functions,
        .sockets = {.requests = open_pair, .events = open_events, .user = &answering_fd},
    };
    backend->head.shared = backend;
    if (!xfrm_policies_init(&backend->policies))
        fail("out of memory");
}

static void init_backend(struct xfrm_backend *backend, bool is_kernel)
{
    struct ring_error error;
    if (!is_kernel)
        init_answered(backend);
    else if (!xfrm_backend_init(backend, &xfrm_netlink, &error))
        fail(error.text);
}

/* -------------------------------------------------------------------------- tunnels */

struct bench {
    struct xfrm_backend backend;
    struct hub_kernel *kernel;
    struct hub_kernel_options options;
    bool is_kernel;
    unsigned waiting; /* for the outcome of so many requests */
};

static void on_done(void *user, enum hub_kernel_op op, uint32_t spi_in, int error)
{
    struct bench *bench = user;
    (void)op;
    (void)spi_in;
    bench->waiting--;
    if (error)
        fail(strerror(error));
}

static void on_told(void *user, const struct hub_kernel_event *event)
{
    (void)user;
    (void)event;
}

static x4s_net_link link_of(unsigned tunnel)
{
    return (x4s_net_link){
        .local = {.family = x4c_net_ipv4, .port = 500, .ip = {192, 0, 2, 1}},
        .remote = {.family = x4c_net_ipv4,
                   .port = 500,
                   .ip = {10, (uint8_t)(tunnel >> 16), (uint8_t)(tunnel >> 8), (uint8_t)tunnel}},
    };
}

static x4s_net_selector any_of(uint8_t first, unsigned host, uint8_t to)
{
    const uint8_t bytes[3] = {(uint8_t)(host >> 16), (uint8_t)(host >> 8), (uint8_t)host};
    return (x4s_net_selector){
        .family = x4c_net_ipv4,
        .form = to ? x4c_net_subnet : x4c_net_address,
        .from = {first, bytes[0], bytes[1], bytes[2]},
        .to = {first, to ? to : bytes[0], to ? to : bytes[1], to ? to : bytes[2]},
    };
}

/* A branch with one address behind our 172.0.0.0/8; AES-128 and SHA-256. */
static x4s_ike_keys2 keys_of(unsigned tunnel)
{
    x4s_ike_keys2 keys = {
        .transform = {.protocol = x4c_ike_protocol_esp,
                      .esp = x4c_ike_esp_aes_cbc,
                      .integ = x4c_ike_integ_hmac_sha256,
                      .mode = x4c_ike_tunnel,
                      .key_bits = 128},
        .encr_len = 16,
        .integ_len = 32,
        .in.spi = SPI_FIRST + 2 * tunnel,
        .out.spi = SPI_FIRST + 2 * tunnel + 1,
        .selectors = btrue,
        .local = any_of(172, 0, 255),
        .remote = any_of(100, tunnel, 0),
    };
    memset(keys.in.encr, (int)tunnel, sizeof(keys.in.encr));
    memset(keys.in.integ, (int)tunnel + 1, sizeof(keys.in.integ));
    keys.out = (x4s_ike_sa2){.spi = keys.out.spi};
    memcpy(keys.out.encr, keys.in.integ, sizeof(keys.out.encr));
    memcpy(keys.out.integ, keys.in.encr, sizeof(keys.out.integ));
    return keys;
}

static void submit(struct bench *bench, unsigned tunnel, enum hub_kernel_op op)
{
    const x4s_net_link link = link_of(tunnel);
    const x4s_ike_keys2 keys = keys_of(tunnel);
    const struct hub_kernel_request request = {
        .op = op,
        .spi_in = keys.in.spi,
        .spi_out = keys.out.spi,
        .pair = {.link = &link, .keys = &keys, .options = &bench->options},
    };
    bench->waiting += op != HUB_KERNEL_EXPECT;
    if (!hub_kernel_submit(bench->kernel, &request))
        fail("out of memory");
    hub_kernel_poll(bench->kernel);
    if (!bench->is_kernel)
        answer_all();
    hub_kernel_poll(bench->kernel);
    if (bench->waiting)
        fail("no outcome");
}

static void install(struct bench *bench, unsigned tunnel)
{
    submit(bench, tunnel, HUB_KERNEL_EXPECT);
    submit(bench, tunnel, HUB_KERNEL_ADD);
}

static double install_some(struct bench *bench, unsigned first, unsigned count)
{
    const double began = cpu_us() - answering_us;
    for (unsigned i = 0; i < count; i++)
        install(bench, first + i);
    return (cpu_us() - answering_us - began) / count;
}

static void delete_all(struct bench *bench, unsigned count)
{
    const double began = cpu_us();
    for (unsigned i = 0; i < count; i++)
        submit(bench, i, HUB_KERNEL_DELETE);
    printf("delete %.2f us\n", (cpu_us() - began) / count);
}

/* In tenths, of which the first and the last are told. */
static void measure(struct bench *bench, unsigned count)
{
    const unsigned tenth = count / 10;
    double sum = 0;
    double first = 0;
    double last = 0;
    for (unsigned i = 0; i < 10; i++) {
        last = install_some(bench, i * tenth, tenth);
        first = i ? first : last;
        sum += last;
    }
    printf("install %.2f us\n", sum / 10);
    printf("install_first %.2f us\n", first);
    printf("install_last %.2f us\n", last);
    printf("policies %zu\n", bench->backend.policies.by_key.count);
}

int main(int argc, char **argv)
{
    static struct bench bench;
    const unsigned long count = argc > 2 ? strtoul(argv[2], NULL, 10) : 0;
    const bool is_kernel = argc > 1 && strcmp(argv[1], "kernel") == 0;
    if (argc < 3 || (!is_kernel && strcmp(argv[1], "answered") != 0) || count < 10 ||
        count > COUNT_MAX)
        fail("usage: xfrm_cost kernel|answered COUNT [IF_ID]");
    const struct hub_kernel_user user = {&bench, on_done, on_told};
    bench.options.replay_window = HUB_KERNEL_WINDOW_DEFAULT;
    bench.options.if_id_in = argc > 3 ? (uint32_t)strtoul(argv[3], NULL, 10) : 0;
    bench.options.if_id_out = bench.options.if_id_in;
    bench.is_kernel = is_kernel;
    init_backend(&bench.backend, is_kernel);
    bench.kernel = bench.backend.head.open(&bench.backend.head, &user);
    if (!bench.kernel)
        fail(strerror(errno));
    measure(&bench, (unsigned)count);
    if (is_kernel)
        delete_all(&bench, (unsigned)count / 10 * 10);
    hub_kernel_close(bench.kernel, !is_kernel);
    xfrm_backend_fini(&bench.backend);
    return 0;
}
