/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <unistd.h>

#include "net/deadline.h"
#include "net/socket-internal.h"
#include "net/unix-path.h"
#include "segment/error.h"

/* How long to leave the network alone after it failed, in microseconds. */
#define ACCEPT_PAUSE 10000

static int bind_endpoint(int fd, const struct address *address, const struct endpoint *endpoint)
{
    const int on = 1;
    if (endpoint->family == AF_UNIX) {
        return unix_path_bind(fd, address, endpoint);
    }
    /* Connections of an earlier run that are still being closed are no reason to refuse. */
    if (endpoint->type == SOCK_STREAM) {
        (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    }
    return bind(fd, endpoint_name(endpoint), endpoint->length) == 0 ? 0 : errno;
}

/* Of several addresses of a name, one of IPv4: that is what most peers try. */
static const struct endpoint *choose(const GArray *endpoints)
{
    for (guint i = 0; i < endpoints->len; i++) {
        const struct endpoint *endpoint = &g_array_index(endpoints, struct endpoint, i);
        if (endpoint->family == AF_INET) {
            return endpoint;
        }
    }
    return &g_array_index(endpoints, struct endpoint, 0);
}

static bool listen_on(struct socket *socket, const struct address *address,
                      const struct endpoint *endpoint, GError **error)
{
    const int queue = 16 * 1024 * 1024;
    socket->type = endpoint->type;
    socket->family = endpoint->family;
    socket->fd = endpoint_socket(endpoint);
    if (socket->fd < 0) {
        return socket_error(socket, "cannot listen", errno, error);
    }
    const int problem = bind_endpoint(socket->fd, address, endpoint);
    if (problem != 0) {
        return socket_error(socket, "cannot listen", problem, error);
    }
    socket->owns_path = endpoint->family == AF_UNIX && !address->abstract;
    if (endpoint->type == SOCK_DGRAM) {
        /* What does not fit is lost; the kernel makes of it what it allows. */
        (void)setsockopt(socket->fd, SOL_SOCKET, SO_RCVBUF, &queue, sizeof(queue));
    }
    return endpoint->type == SOCK_DGRAM || listen(socket->fd, 1) == 0 ||
           socket_error(socket, "cannot listen", errno, error);
}

bool socket_listen(struct socket *socket, const struct address *address, int family, GError **error)
{
    *socket = (struct socket){ .fd = -1, .name = address->shown };
    if (address->kind == ADDRESS_FD) {
        return socket_inherit(socket, address, error) &&
               (socket->type == SOCK_DGRAM || socket_is_listening(socket) ||
                socket_error(socket, "cannot accept on it", EINVAL, error));
    }
    g_autoptr(GArray) endpoints = endpoints_find(address, family, DEADLINE_NEVER, error);
    return endpoints && listen_on(socket, address, choose(endpoints), error);
}

/* Sets *error to what happened, and to the last error of accept(), if it had one. */
static bool nobody_came(const struct socket *socket, int problem, GError **error)
{
    g_set_error(error, IOVTOOL_ERROR, IOVTOOL_ERROR_TIME, "%s: nobody connected in time%s%s",
                socket->name, problem ? ": " : "", problem ? g_strerror(problem) : "");
    return false;
}

/* What accept() says of a connection that is gone again, and of the network (accept(2)). It may say
 * so for long. */
static bool is_passing(int problem)
{
    switch (problem) {
    case ECONNABORTED:
    case EPROTO:
    case ENETDOWN:
    case EHOSTUNREACH:
    case ENETUNREACH:
        return true;
    default:
        return false;
    }
}

/* One poll() and one accept(). 0 with *fd, ETIMEDOUT, or the errno of either. */
static int accept_once(const struct socket *socket, int64_t deadline, int *fd)
{
    struct pollfd wait = { .fd = socket->fd, .events = POLLIN };
    const int ready = poll(&wait, 1, deadline_poll(deadline));
    if (ready <= 0) {
        return ready == 0 ? ETIMEDOUT : errno;
    }
    *fd = accept4(socket->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    return *fd < 0 ? errno : 0;
}

/* The descriptor of the next connection; -1 with *error set. */
static int accept_next(const struct socket *socket, int64_t deadline, GError **error)
{
    int passing = 0; /* the last such error */
    int fd = -1;
    while (fd < 0) {
        const int problem = accept_once(socket, deadline, &fd);
        const bool again = problem == EINTR || problem == EAGAIN;
        if (problem == ETIMEDOUT || (problem != 0 && deadline_left(deadline) == 0)) {
            nobody_came(socket, passing, error);
            return -1;
        }
        if (is_passing(problem)) {
            passing = problem;
            g_usleep(ACCEPT_PAUSE);
        } else if (problem != 0 && !again) {
            socket_error(socket, "cannot accept", problem, error);
            return -1;
        }
    }
    return fd;
}

bool socket_accept(struct socket *socket, int64_t deadline, GError **error)
{
    const int fd = accept_next(socket, deadline, error);
    if (fd < 0) {
        return false;
    }
    socket_close(socket);
    socket->fd = fd;
    socket->inherited = false;
    return true;
}

bool socket_accept_next(const struct socket *listening, struct socket *connection, int64_t deadline,
                        GError **error)
{
    (void)listen(listening->fd, SOMAXCONN); /* a shorter queue does as well */
    *connection = (struct socket){
        .fd = accept_next(listening, deadline, error),
        .type = listening->type,
        .family = listening->family,
        .name = listening->name,
    };
    return connection->fd >= 0;
}
