/* SPDX-License-Identifier: BSD-2-Clause */
#include "store/redis_address.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char unix_scheme[] = "unix:";

static bool is_ip(const char *host)
{
    struct in6_addr ip;
    char without_scope[REDIS_HOST_MAX + 1];

    snprintf(without_scope, sizeof(without_scope), "%s", host);
    without_scope[strcspn(without_scope, "%")] = '\0';
    return inet_pton(AF_INET, host, &ip) == 1 || inet_pton(AF_INET6, without_scope, &ip) == 1;
}

bool redis_address_make(const char *host, size_t len, long long port, struct redis_address *address)
{
    struct redis_address made = {.port = (uint16_t)port};

    if (len == 0 || len > REDIS_HOST_MAX || port < 1 || port > UINT16_MAX)
        return false;
    memcpy(made.host, host, len);
    if (strlen(made.host) != len || !is_ip(made.host))
        return false;
    *address = made;
    return true;
}

static bool parse_path(const char *path, struct redis_address *address)
{
    if (strlen(path) > REDIS_HOST_MAX)
        return false;
    *address = (struct redis_address){0};
    memcpy(address->host, path, strlen(path));
    return true;
}

static bool parse_port(const char *text, long long *port)
{
    char *end;

    if (*text < '0' || *text > '9')
        return false;
    *port = strtoll(text, &end, 10);
    return *end == '\0';
}

/* `rest` is what follows the host: nothing, or a colon and the port. */
static bool parse_rest(const char *host, size_t len, const char *rest, uint16_t default_port,
                       struct redis_address *address)
{
    long long port = default_port;

    if (*rest && (*rest != ':' || !parse_port(rest + 1, &port)))
        return false;
    return redis_address_make(host, len, port, address);
}

bool redis_address_parse(const char *text, uint16_t default_port, struct redis_address *address)
{
    if (strncmp(text, unix_scheme, strlen(unix_scheme)) == 0)
        text += strlen(unix_scheme);
    if (*text == '/')
        return parse_path(text, address);
    if (*text == '[') {
        const char *end = strchr(text, ']');
        return end &&
               parse_rest(text + 1, (size_t)(end - text - 1), end + 1, default_port, address);
    }
    const char *colon = strchr(text, ':');
    if (colon && strchr(colon + 1, ':')) /* IPv6 without brackets has no port */
        return redis_address_make(text, strlen(text), default_port, address);
    const size_t len = strcspn(text, ":");
    return parse_rest(text, len, text + len, default_port, address);
}

bool redis_address_is(const struct redis_address *a, const struct redis_address *b)
{
    return a->port == b->port && strcmp(a->host, b->host) == 0;
}
