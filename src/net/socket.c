/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "net/socket.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <unistd.h>

#include "net/socket-internal.h"
#include "net/unix-path.h"
#include "segment/error.h"

#define WIDE_BUFFER (4 * 1024 * 1024)

bool socket_error(const struct socket *socket, const char *what, int problem, GError **error)
{
    g_set_error(error, IOVTOOL_ERROR, IOVTOOL_ERROR_PEER, "%s: %s: %s", socket->name, what,
                g_strerror(problem));
    return false;
}

static int option_of(int fd, int option)
{
    int value = -1;
    socklen_t length = sizeof(value);
    return getsockopt(fd, SOL_SOCKET, option, &value, &length) == 0 ? value : -1;
}

bool socket_inherit(struct socket *socket, const struct address *address, GError **error)
{
    const int fd = address->fd;
    socket->type = option_of(fd, SO_TYPE);
    socket->family = option_of(fd, SO_DOMAIN);
    socket->inherited_flags = fcntl(fd, F_GETFL);
    if (socket->type < 0 || socket->inherited_flags < 0) {
        g_set_error(error, IOVTOOL_ERROR, IOVTOOL_ERROR_SOURCE, "%s: %s", address->shown,
                    errno == ENOTSOCK ? "the descriptor is not a socket" : g_strerror(errno));
        return false;
    }
    socket->fd = fd;
    socket->inherited = true;
    if (fcntl(fd, F_SETFL, socket->inherited_flags | O_NONBLOCK) != 0) {
        return socket_error(socket, "cannot use it", errno, error);
    }
    return true;
}

bool socket_is_listening(const struct socket *socket)
{
    return option_of(socket->fd, SO_ACCEPTCONN) == 1;
}

bool socket_check(const struct socket *socket, GError **error)
{
    const int problem = option_of(socket->fd, SO_ERROR);
    return problem <= 0 || socket_error(socket, "failed", problem, error);
}

bool socket_is_udp(const struct socket *socket)
{
    return socket->type == SOCK_DGRAM && (socket->family == AF_INET || socket->family == AF_INET6);
}

void socket_widen(const struct socket *socket)
{
    const int size = WIDE_BUFFER;
    if (socket->family == AF_UNIX && socket->type == SOCK_STREAM) {
        (void)setsockopt(socket->fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
    }
}

/* A unix socket takes what fits into its buffer, less a few bytes (unix_dgram_sendmsg() in the
 * kernel's net/unix/af_unix.c). */
static uint64_t longest_in_buffer(const struct socket *socket, uint64_t wanted)
{
    const int overhead = 32;
    if (wanted > (uint64_t)(option_of(socket->fd, SO_SNDBUF) - overhead)) {
        const int size = (int)MIN(wanted, (uint64_t)(INT_MAX - overhead)) + overhead;
        (void)setsockopt(socket->fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
    }
    return (uint64_t)(option_of(socket->fd, SO_SNDBUF) - overhead);
}

uint64_t socket_longest_message(const struct socket *socket, uint64_t wanted)
{
    switch (socket->family) {
    case AF_INET:
        return 65535 - 20 - 8; /* the headers of IPv4 and UDP count */
    case AF_INET6:
        return 65535 - 8; /* that of IPv6 does not */
    case AF_UNIX:
        return longest_in_buffer(socket, wanted);
    default:
        return INT_MAX;
    }
}

void socket_describe(const struct socket *socket, enum address_kind kind, GString *out)
{
    struct endpoint endpoint = { .length = sizeof(endpoint.address) };
    if (getsockname(socket->fd, (struct sockaddr *)(void *)&endpoint.address, &endpoint.length) ==
        0) {
        endpoint.family = endpoint.address.ss_family;
        endpoint_describe(out, kind, &endpoint);
    }
}

void socket_close(struct socket *socket)
{
    if (socket->fd >= 0 && socket->inherited) {
        (void)fcntl(socket->fd, F_SETFL, socket->inherited_flags);
    } else if (socket->fd >= 0) {
        (void)close(socket->fd);
    }
    socket->fd = -1;
    if (socket->owns_path) {
        unix_path_remove();
        socket->owns_path = false;
    }
}
