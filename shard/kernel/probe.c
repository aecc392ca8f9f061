/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/kernel/probe.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "shard/kernel/algorithm.h"
#include "shard/kernel/channel.h"
#include "shard/kernel/message.h"

#define ANSWER_MS 5000

/* Of an SA that is there for a moment, between addresses that are nobody's (RFC 5737, RFC 3849). */
#define PROBE_SPI 0x1000

static const struct xfrm_ends ends4 = {
    .local = {.ip = {192, 0, 2, 1}, .family = x4c_net_ipv4},
    .remote = {.ip = {198, 51, 100, 1}, .family = x4c_net_ipv4},
};
static const struct xfrm_ends ends6 = {
    .local = {.ip = {0x20, 0x01, 0x0d, 0xb8, [15] = 1}, .family = x4c_net_ipv6},
    .remote = {.ip = {0x20, 0x01, 0x0d, 0xb8, [15] = 2}, .family = x4c_net_ipv6},
};

/* The answer to one message: an errno, or 0. */
static int exchange(int fd, const struct nlmsghdr *message)
{
    _Alignas(struct nlmsghdr) char bytes[XFRM_MESSAGE_MAX];
    struct pollfd readable = {.fd = fd, .events = POLLIN};
    if (send(fd, message, message->nlmsg_len, MSG_NOSIGNAL) < 0)
        return errno;
    for (;;) {
        if (poll(&readable, 1, ANSWER_MS) <= 0)
            return ETIMEDOUT;
        const ssize_t size = xfrm_receive(fd, bytes, sizeof(bytes));
        if (size <= 0 && (size == 0 || (errno != EINTR && errno != EAGAIN)))
            return size == 0 ? EPIPE : errno;
        const struct nlmsghdr *answer = (const struct nlmsghdr *)bytes;
        if (size <= 0 || !mnl_nlmsg_ok(answer, (int)size) || answer->nlmsg_type != NLMSG_ERROR ||
            mnl_nlmsg_get_payload_len(answer) < sizeof(struct nlmsgerr))
            continue;
        const struct nlmsgerr *error = mnl_nlmsg_get_payload(answer);
        return -error->error;
    }
}

static struct nlmsghdr *begin(void *bytes)
{
    struct nlmsghdr *message = mnl_nlmsg_put_header(bytes);
    message->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
    return message;
}

/* Whether the kernel takes an SA: 0, or its errno. */
static int try(int fd, const x4s_ike_keys2 *keys, const struct xfrm_ends *ends)
{
    static const struct hub_kernel_options options = {.replay_window = HUB_KERNEL_WINDOW_DEFAULT};
    _Alignas(struct nlmsghdr) char bytes[XFRM_MESSAGE_MAX] = {0};
    const struct xfrm_bundle bundle = xfrm_bundle_of(keys);
    const struct xfrm_sa sa = {
        .bundle = &bundle,
        .ends = ends,
        .options = &options,
        .keys = keys,
        .window = HUB_KERNEL_WINDOW_DEFAULT,
    };
    struct nlmsghdr *message = begin(bytes);
    xfrm_write_sa(message, &sa);
    const int error = exchange(fd, message);
    if (error && error != EEXIST)
        return error;
    memset(bytes, 0, sizeof(bytes));
    message = begin(bytes);
    xfrm_write_sa_id(message, XFRM_MSG_DELSA, &sa);
    (void)exchange(fd, message);
    return 0;
}

/* Key material without a pattern that a cipher would refuse. */
static x4s_ike_keys2 keys_of(const x4s_ike_transform2 *transform)
{
    x4s_ike_keys2 keys = {
        .transform = *transform,
        .out.spi = PROBE_SPI,
        .cpi_out = PROBE_SPI,
    };
    keys.transform.mode = x4c_ike_tunnel;
    for (size_t i = 0; i < sizeof(keys.out.integ); i++)
        keys.out.integ[i] = (uint8_t)(i * 37 + 11);
    memcpy(keys.out.encr, keys.out.integ, sizeof(keys.out.encr));
    const struct xfrm_cipher *cipher = xfrm_cipher_find(transform->esp);
    const struct xfrm_auth *auth = xfrm_auth_find(transform->integ, bfalse);
    keys.encr_len = cipher ? cipher->key : 0;
    keys.salt_len = cipher ? cipher->salt : 0;
    keys.integ_len = auth ? auth->key : 0;
    return keys;
}

static int try_transform(int fd, const x4s_ike_transform2 *transform, const struct xfrm_ends *ends)
{
    const x4s_ike_keys2 keys = keys_of(transform);
    return try(fd, &keys, ends);
}

static bool is_alone(const struct xfrm_cipher *cipher)
{
    return cipher->icv_bits != 0;
}

static void probe_ciphers(int fd, struct xfrm_abilities *abilities)
{
    for (size_t i = 0; i < xfrm_cipher_count; i++) {
        const struct xfrm_cipher *cipher = &xfrm_ciphers[i];
        const x4s_ike_transform2 transform = {
            .protocol = x4c_ike_protocol_esp,
            .esp = cipher->esp,
            .integ = is_alone(cipher) ? x4c_ike_integ_none : x4c_ike_integ_hmac_sha1,
        };
        if (try_transform(fd, &transform, &ends4) == 0)
            abilities->esp |= UINT32_C(1) << cipher->esp;
    }
}

static void probe_auths(int fd, struct xfrm_abilities *abilities)
{
    for (size_t i = 0; i < xfrm_auth_count; i++) {
        const uint8_t integ = xfrm_auths[i].integ;
        const x4s_ike_transform2 esp = {
            .protocol = x4c_ike_protocol_esp, .esp = x4c_ike_esp_aes_cbc, .integ = integ};
        const x4s_ike_transform2 ah = {.protocol = x4c_ike_protocol_ah, .integ = integ};
        if (try_transform(fd, &esp, &ends4) == 0)
            abilities->integ |= UINT32_C(1) << integ;
        if (try_transform(fd, &ah, &ends4) == 0)
            abilities->ah |= UINT32_C(1) << integ;
    }
}

/* Of the bundle compression is what is tried: it is the innermost. */
static void probe_compressions(int fd, struct xfrm_abilities *abilities)
{
    for (size_t i = 0; i < xfrm_compression_count; i++) {
        const x4s_ike_transform2 transform = {.protocol = x4c_ike_protocol_esp,
                                              .ipcomp = xfrm_compressions[i].ipcomp};
        if (try_transform(fd, &transform, &ends4) == 0)
            abilities->ipcomp |= UINT32_C(1) << xfrm_compressions[i].ipcomp;
    }
}

static const x4s_ike_transform2 plain = {
    .protocol = x4c_ike_protocol_esp,
    .esp = x4c_ike_esp_aes_cbc,
    .integ = x4c_ike_integ_hmac_sha1,
};

static bool refuse(struct ring_error *error, int code)
{
    const char *why = code == EPERM             ? ": CAP_NET_ADMIN is needed"
                      : code == EPROTONOSUPPORT ? ": it has no ESP (modules esp4, esp6, xfrm_user)"
                                                : "";
    error->code = code;
    snprintf(error->text, sizeof(error->text), "this kernel installs no IPsec SAs: %s%s",
             strerror(code), why);
    return false;
}

bool xfrm_probe(int fd, struct xfrm_abilities *abilities, struct ring_error *error)
{
    *abilities = (struct xfrm_abilities){0};
    const int code = try_transform(fd, &plain, &ends4);
    if (code == 0) {
        probe_ciphers(fd, abilities);
        probe_auths(fd, abilities);
        probe_compressions(fd, abilities);
        abilities->ipv6 = try_transform(fd, &plain, &ends6) == 0;
    }
    close(fd);
    return code == 0 || refuse(error, code);
}

/* -------------------------------------------------------------------------- what there is */

static bool has(uint32_t set, uint8_t number)
{
    return number < 32 && (set >> number & 1);
}

static bool has_protection(const struct xfrm_abilities *abilities,
                           const x4s_ike_transform2 *transform)
{
    if (transform->protocol == x4c_ike_protocol_ah)
        return has(abilities->ah, transform->integ);
    return has(abilities->esp, transform->esp) &&
           (!transform->integ || has(abilities->integ, transform->integ)) &&
           (!transform->ah || has(abilities->ah, transform->ah));
}

bool xfrm_abilities_have(const struct xfrm_abilities *abilities,
                         const x4s_ike_transform2 *transform)
{
    return has_protection(abilities, transform) &&
           (!transform->ipcomp || has(abilities->ipcomp, transform->ipcomp));
}

static void append(char *text, size_t size, const char *name)
{
    const size_t used = strlen(text);
    if (used < size)
        snprintf(text + used, size - used, "%s%s", used ? ", " : "", name);
}

const char *xfrm_abilities_lack(const struct xfrm_abilities *abilities, char *text, size_t size)
{
    *text = '\0';
    if (!abilities->ipv6)
        append(text, size, "ESP over IPv6");
    if (!abilities->ah)
        append(text, size, "AH");
    for (size_t i = 0; i < xfrm_cipher_count; i++)
        if (!has(abilities->esp, xfrm_ciphers[i].esp))
            append(text, size, xfrm_ciphers[i].name);
    for (size_t i = 0; i < xfrm_auth_count; i++)
        if (!has(abilities->integ, xfrm_auths[i].integ))
            append(text, size, xfrm_auths[i].name);
    for (size_t i = 0; i < xfrm_compression_count; i++)
        if (!has(abilities->ipcomp, xfrm_compressions[i].ipcomp))
            append(text, size, xfrm_compressions[i].name);
    return text;
}
