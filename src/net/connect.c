/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <unistd.h>

#include "net/deadline.h"
#include "net/socket-internal.h"
#include "net/unix-path.h"
#include "segment/error.h"

struct attempt {
    const struct address *address;
    const struct connect_options *options;
    int64_t deadline;
};

/* Binds to the endpoint of the source that has the family of the other end. */
static int bind_source(const struct attempt *attempt, int fd, const struct endpoint *to,
                       GError **error)
{
    const int on = 1;
    g_autoptr(GArray) sources =
        endpoints_find(attempt->options->source, to->family, attempt->deadline, error);
    if (!sources) {
        return -1;
    }
    const struct endpoint *from = &g_array_index(sources, struct endpoint, 0);
    if (to->family == AF_UNIX) {
        return unix_path_bind(fd, attempt->options->source, from);
    }
    (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    return bind(fd, endpoint_name(from), from->length) == 0 ? 0 : errno;
}

/*
 * The queue of a unix socket that listens is full. There is no event for room in it, but a blocking
 * connect() waits for that, and SO_SNDTIMEO bounds the wait (socket(7)).
 */
static int connect_waiting(int fd, const struct endpoint *to, int64_t deadline)
{
    const int flags = fcntl(fd, F_GETFL);
    int problem = 0;
    (void)fcntl(fd, F_SETFL, flags & ~O_NONBLOCK);
    do {
        const int64_t left = deadline_left(deadline);
        const struct timeval limit = { (time_t)(left / 1000000), (suseconds_t)(left % 1000000) };
        const struct timeval none = { 0, 0 };
        if (left == 0) {
            problem = EAGAIN;
            break;
        }
        (void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, left == DEADLINE_NEVER ? &none : &limit,
                         sizeof(limit));
        problem = connect(fd, endpoint_name(to), to->length) == 0 ? 0 : errno;
    } while (problem == EINTR); /* there was no room: nothing goes on by itself */
    (void)fcntl(fd, F_SETFL, flags);
    return problem == EAGAIN ? ETIMEDOUT : problem;
}

/* Waits for the end of a connect() that is under way. 0 or an errno. */
static int await_connection(int fd, int64_t deadline)
{
    struct pollfd wait = { .fd = fd, .events = POLLOUT };
    int problem = 0;
    socklen_t length = sizeof(problem);
    int ready;
    do {
        ready = poll(&wait, 1, deadline_poll(deadline));
    } while (ready < 0 && errno == EINTR);
    if (ready <= 0) {
        return ready == 0 ? ETIMEDOUT : errno;
    }
    return getsockopt(fd, SOL_SOCKET, SO_ERROR, &problem, &length) == 0 ? problem : errno;
}

/* A connect() that a signal interrupts goes on by itself, unless it had not begun: asking again
 * tells which. */
static int connect_by(int fd, const struct endpoint *to, int64_t deadline)
{
    int result;
    do {
        result = connect(fd, endpoint_name(to), to->length);
    } while (result != 0 && errno == EINTR);
    if (result == 0 || errno == EISCONN) {
        return 0;
    }
    if (errno == EINPROGRESS || errno == EALREADY) {
        return await_connection(fd, deadline);
    }
    return errno == EAGAIN && to->family == AF_UNIX ? connect_waiting(fd, to, deadline) : errno;
}

/* Small pieces must not wait for the acknowledgement of the one before; and a host that went away
 * shall be noticed. */
static void tune(int fd, const struct endpoint *to)
{
    const int on = 1;
    if (to->type == SOCK_STREAM && to->family != AF_UNIX) {
        (void)setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
        (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    }
}

/* One endpoint. 0, an errno, or -1 with *error set. */
static int try_endpoint(const struct attempt *attempt, const struct endpoint *to, int64_t deadline,
                        int *connected, GError **error)
{
    const int fd = endpoint_socket(to);
    if (fd < 0) {
        return errno;
    }
    tune(fd, to);
    int problem = attempt->options->source ? bind_source(attempt, fd, to, error) : 0;
    if (problem == 0) {
        problem = connect_by(fd, to, deadline);
    }
    if (problem != 0) {
        (void)close(fd);
        unix_path_remove();
        return problem;
    }
    *connected = fd;
    return 0;
}

static void explain(const struct attempt *attempt, const struct endpoint *to, guint count,
                    int problem, GError **error)
{
    const struct address *address = attempt->address;
    g_autoptr(GString) place = g_string_new(NULL);
    if (count > 1) {
        g_string_append(place, " to any of its addresses, the last of them ");
        endpoint_describe(place, address->kind, to);
    }
    if (problem == ETIMEDOUT) {
        g_set_error(error, IOVTOOL_ERROR, IOVTOOL_ERROR_TIME, "%s: cannot connect%s in time",
                    address->shown, place->str);
    } else {
        g_set_error(error, IOVTOOL_ERROR, IOVTOOL_ERROR_PEER, "%s: cannot connect%s: %s",
                    address->shown, place->str, g_strerror(problem));
    }
}

/* All endpoints in turn, each with its share of the time that is left. */
static bool try_all(const struct attempt *attempt, struct socket *socket, GError **error)
{
    g_autoptr(GArray) endpoints =
        endpoints_find(attempt->address, attempt->options->family, attempt->deadline, error);
    int problem = -1;
    for (guint i = 0; endpoints && i < endpoints->len; i++) {
        const struct endpoint *to = &g_array_index(endpoints, struct endpoint, i);
        const int64_t left = deadline_left(attempt->deadline);
        const int64_t share = left == DEADLINE_NEVER
                                  ? DEADLINE_NEVER
                                  : g_get_monotonic_time() + left / (int64_t)(endpoints->len - i);
        problem = try_endpoint(attempt, to, share, &socket->fd, error);
        if (problem == 0) {
            socket->type = to->type;
            socket->family = to->family;
            socket->owns_path = to->family == AF_UNIX && attempt->options->source &&
                                !attempt->options->source->abstract;
            return true;
        }
        if (problem < 0) {
            break;
        }
        if (i + 1 == endpoints->len) {
            explain(attempt, to, endpoints->len, problem, error);
        }
    }
    return false;
}

/* A long of 32 bits holds no more microseconds than those of 71 minutes. */
static void wait_for(uint64_t microseconds)
{
    while (microseconds > 0) {
        const gulong some = (gulong)MIN(microseconds, (uint64_t)G_MAXULONG);
        g_usleep(some);
        microseconds -= some;
    }
}

bool socket_connect(struct socket *socket, const struct address *address,
                    const struct connect_options *options, GError **error)
{
    *socket = (struct socket){ .fd = -1, .name = address->shown };
    if (address->kind == ADDRESS_FD) {
        return socket_inherit(socket, address, error);
    }
    for (uint64_t tried = 0;; tried++) {
        const struct attempt attempt = { address, options,
                                         MIN(deadline_in(options->time_limit), options->deadline) };
        g_autoptr(GError) problem = NULL;
        if (try_all(&attempt, socket, &problem)) {
            return true;
        }
        if (tried == options->retries) {
            g_propagate_error(error, g_steal_pointer(&problem));
            return false;
        }
        wait_for(options->retry_delay);
    }
}
