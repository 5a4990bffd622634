/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/exchange.h"

#include <errno.h>
#include <inttypes.h>
#include <linux/sockios.h>
#include <poll.h>
#include <stdio.h>
#include <sys/ioctl.h>

#include "cli/json.h"
#include "core/iov.h"
#include "net/deadline.h"
#include "segment/error.h"

/* How long to wait for the other end's acknowledgement before asking again, at most. There is no
 * event for it. */
#define SETTLE_MS_MAX 20

void exchange_start(struct exchange *exchange, const struct socket *socket, uint64_t time_limit,
                    bool trace)
{
    *exchange = (struct exchange){
        .socket = socket,
        .time_limit = time_limit,
        .trace = trace,
        .start = g_get_monotonic_time(),
    };
}

/* ---- Trace ---- */

/* Where in the stream of its direction a piece starts is a part of the prefix. */
static void print_trace(const char *direction, uint64_t *offset, const struct iovec *iov,
                        unsigned count, size_t length)
{
    g_autofree char *prefix = g_strdup_printf("%s +%" PRIu64, direction, *offset);
    if (length == 0) {
        fprintf(stderr, "%s: an empty message\n", prefix);
    }
    iov_hexdump(iov, count, stderr, prefix, length);
    *offset += length;
}

void exchange_sent(void *context, const struct iovec *iov, unsigned count, size_t length)
{
    struct exchange *exchange = context;
    print_trace("send", &exchange->trace_sent, iov, count, length);
}

void exchange_received(void *context, const struct iovec *iov, unsigned count, size_t length)
{
    struct exchange *exchange = context;
    print_trace("recv", &exchange->trace_received, iov, count, length);
}

/* ---- Waiting ---- */

static bool timed_out(const struct exchange *exchange, GError **error)
{
    g_set_error(error, IOVTOOL_ERROR, IOVTOOL_ERROR_TIME, "%s: nothing moved for %g s",
                exchange->socket->name, (double)exchange->time_limit / 1e6);
    return false;
}

static bool is_receiving(const struct exchange *exchange)
{
    return exchange->receiver && !receiver_is_done(exchange->receiver);
}

/*
 * One poll() of the socket for `events` and for input, which is taken, and of the descriptor
 * `source` for input (-1: none). Returns what came: *socket_ready (also for errors and hang-ups),
 * *source_ready. False on errors and after `timeout` milliseconds (-1: never) without anything.
 */
struct readiness {
    bool socket;
    bool source;
};

static bool poll_once(struct exchange *exchange, short events, int source, int timeout,
                      struct readiness *ready, GError **error)
{
    const short input = is_receiving(exchange) ? POLLIN : 0;
    struct pollfd wait[] = {
        { .fd = exchange->socket->fd, .events = (short)(events | input) },
        { .fd = source, .events = POLLIN },
    };
    *ready = (struct readiness){ false, false };
    if (source >= 0 && !input) {
        wait[0].fd = -1; /* its hang-up would wake us up over and over */
    }
    const int n = poll(wait, source >= 0 ? 2 : 1, timeout);
    if (n < 0) {
        return errno == EINTR || socket_error(exchange->socket, "cannot wait", errno, error);
    }
    if (n == 0) {
        return timed_out(exchange, error);
    }
    ready->socket = wait[0].revents & (events | POLLERR | POLLHUP);
    ready->source = wait[1].revents != 0;
    const bool comes = input && (wait[0].revents & (POLLIN | POLLERR | POLLHUP));
    return !comes || receiver_take(exchange->receiver, error);
}

static int limit_ms(const struct exchange *exchange)
{
    return deadline_poll(deadline_in(exchange->time_limit));
}

bool exchange_wait(void *context, short events, GError **error)
{
    struct exchange *exchange = context;
    struct readiness ready;
    do {
        if (!poll_once(exchange, events, -1, limit_ms(exchange), &ready, error)) {
            return false;
        }
    } while (!ready.socket);
    return true;
}

bool exchange_await_source(void *context, int fd, GError **error)
{
    struct exchange *exchange = context;
    struct readiness ready;
    do {
        if (!poll_once(exchange, 0, fd, -1, &ready, error)) {
            return false;
        }
    } while (!ready.source);
    return true;
}

bool exchange_receive(struct exchange *exchange, GError **error)
{
    struct readiness ready;
    while (is_receiving(exchange)) {
        if (!poll_once(exchange, 0, -1, limit_ms(exchange), &ready, error)) {
            return false;
        }
    }
    return true;
}

void exchange_last_words(struct exchange *exchange)
{
    struct pollfd wait = { .fd = exchange->socket->fd, .events = POLLIN };
    while (is_receiving(exchange) && poll(&wait, 1, 0) > 0 &&
           receiver_take(exchange->receiver, NULL)) {
    }
}

static bool is_tcp(const struct socket *socket)
{
    return socket->type == SOCK_STREAM && socket->family != AF_UNIX && socket->family != AF_VSOCK;
}

/* The bytes that the other end has not acknowledged; 0 where that cannot be told. */
static int unacknowledged(const struct socket *socket)
{
    int bytes = 0;
    return ioctl(socket->fd, SIOCOUTQ, &bytes) == 0 ? bytes : 0;
}

bool exchange_settle(struct exchange *exchange, GError **error)
{
    const struct socket *socket = exchange->socket;
    int64_t deadline = deadline_in(exchange->time_limit);
    int before = is_tcp(socket) ? unacknowledged(socket) : 0;
    for (int pause = 1; before > 0; pause = MIN(2 * pause, SETTLE_MS_MAX)) {
        struct pollfd wait = { .fd = socket->fd, .events = POLLIN };
        const bool comes = poll(&wait, is_receiving(exchange) ? 1 : 0, pause) > 0;
        if (comes && !receiver_take(exchange->receiver, error)) {
            return false;
        }
        const int now = unacknowledged(socket);
        if (now < before) {
            deadline = deadline_in(exchange->time_limit);
        } else if (deadline_left(deadline) == 0) {
            return timed_out(exchange, error);
        }
        before = now;
    }
    return true;
}

/* ---- Statistics ---- */

bool exchange_print_json(const struct exchange *exchange, uint64_t messages, bool sends,
                         GError **error)
{
    struct output output;
    json_t *object = json_object();
    const uint64_t received = exchange->receiver ? receiver_bytes(exchange->receiver) : 0;
    const double seconds = (double)(g_get_monotonic_time() - exchange->start) / 1e6;
    json_set_text(object, "address", exchange->socket->name);
    json_object_set_new(object, "messages",
                        messages == UINT64_MAX ? json_null() : json_integer((json_int_t)messages));
    if (sends) {
        json_object_set_new(object, "sent", json_integer((json_int_t)exchange->sent));
    }
    json_object_set_new(object, "received", json_integer((json_int_t)received));
    json_object_set_new(object, "seconds", json_real(seconds));
    output_open(&output);
    const bool ok = json_print(&output, object, error);
    return output_close(&output, ok, error);
}
