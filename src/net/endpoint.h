/* SPDX-License-Identifier: GPL-2.0-or-later */
/* NAMES -> FACTS: an address -> the socket addresses it stands for, and back. */
#ifndef IOVTOOL_NET_ENDPOINT_H
#define IOVTOOL_NET_ENDPOINT_H

#include <glib.h>
#include <stdbool.h>
#include <sys/socket.h>

#include "net/address.h"

struct endpoint {
    struct sockaddr_storage address;
    socklen_t length;
    int family;
    int type; /* SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET */
};

/*
 * The endpoints of an address that is no descriptor, as an array of struct endpoint with at least
 * one row; free with g_array_unref(). `family` is AF_INET, AF_INET6 or AF_UNSPEC for both. An empty
 * host is the loopback address, of IPv4 where both are possible. Fails with IOVTOOL_ERROR_PEER (no
 * such name), IOVTOOL_ERROR_TIME when the name could not be looked up by `deadline`.
 */
GArray *endpoints_find(const struct address *address, int family, int64_t deadline, GError **error);

static inline const struct sockaddr *endpoint_name(const struct endpoint *endpoint)
{
    return (const struct sockaddr *)(const void *)&endpoint->address;
}

/* A new socket for the endpoint, not yet bound, which does not block; -1 with errno. */
int endpoint_socket(const struct endpoint *endpoint);

/* Appends the endpoint as an address of that kind: "tcp:127.0.0.1:80", "unix:@name". */
void endpoint_describe(GString *out, enum address_kind kind, const struct endpoint *endpoint);

#endif
