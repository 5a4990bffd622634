/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/exchange.h"

#include <errno.h>
#include <inttypes.h>
#include <linux/sockios.h>
#include <poll.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "cli/json.h"
#include "core/iov.h"
#include "net/deadline.h"
#include "segment/error.h"

/* How long to wait before asking again whether the other end has taken all, at most. There is no
 * event for it. */
#define SETTLE_MS_MAX 20

/* An answer that pauses for longer than this may be cut by a half-close in its midst; longer, and
 * an answer to a peer that waits for the half-close takes as much longer. */
#define SILENCE_MS 250

void exchange_start(struct exchange *exchange, const struct socket *socket,
                    const struct socket_options *options, bool trace)
{
    *exchange = (struct exchange){
        .socket = socket,
        .time_limit = options->timeout,
        .deadline = options->deadline,
        .max_time = options->max_time,
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
    if (deadline_left(exchange->deadline) == 0) {
        g_set_error(error, IOVTOOL_ERROR, IOVTOOL_ERROR_TIME,
                    "%s: not done after %g s (--max-time)", exchange->socket->name,
                    (double)exchange->max_time / 1e6);
        return false;
    }
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
    if (deadline_left(exchange->deadline) == 0) {
        return timed_out(exchange, error);
    }
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
    return deadline_poll(MIN(deadline_in(exchange->time_limit), exchange->deadline));
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
        if (!poll_once(exchange, 0, fd, deadline_poll(exchange->deadline), &ready, error)) {
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
    int ready;
    do {
        ready = poll(&wait, is_receiving(exchange) ? 1 : 0, 0);
    } while ((ready < 0 && errno == EINTR) ||
             (ready > 0 && (wait.revents & POLLIN) && receiver_take(exchange->receiver, NULL)));
}

/* ---- The end ---- */

/* A program that has answered need not read on, and one at the other end of an inherited socket may
 * read only when this one has ended. */
static bool program_will_read(const struct exchange *exchange)
{
    return !exchange->socket->inherited && !(exchange->answer_wanted && !is_receiving(exchange));
}

/* The bytes that the other end has not taken: over TCP its kernel, on a unix socket its program. 0
 * where that cannot be told. */
static int not_taken(const struct exchange *exchange)
{
    const struct socket *socket = exchange->socket;
    int bytes = 0;
    const bool told = socket->type != SOCK_DGRAM && socket->family != AF_VSOCK &&
                      (socket->family != AF_UNIX || program_will_read(exchange));
    return told && ioctl(socket->fd, SIOCOUTQ, &bytes) == 0 ? bytes : 0;
}

/* The bytes that have come in and were not read. */
static int pending_input(const struct socket *socket)
{
    int bytes = 0;
    return ioctl(socket->fd, SIOCINQ, &bytes) == 0 ? bytes : 0;
}

/*
 * A connection that is closed with unread input is reset, and the other end may throw away what it
 * has. From SHUT_RD on a unix socket takes nothing more, so that nothing can come in between; TCP
 * would answer it with the reset that is to be avoided.
 */
static void drop_input(const struct socket *socket)
{
    if (socket->inherited || socket->type == SOCK_DGRAM) {
        return;
    }
    char unread[4096];
    ssize_t n = 1;
    if (socket->family == AF_UNIX) {
        shutdown(socket->fd, SHUT_RD);
    }
    for (ssize_t left = pending_input(socket); left > 0 && n > 0; left -= n) {
        do {
            n = recv(socket->fd, unread, sizeof unread, MSG_DONTWAIT | MSG_TRUNC);
        } while (n < 0 && errno == EINTR);
    }
}

/* Waits until the other end has taken all, passing input to the receiver. */
static bool wait_until_taken(struct exchange *exchange, GError **error)
{
    const struct socket *socket = exchange->socket;
    int64_t deadline = deadline_in(exchange->time_limit);
    int before = not_taken(exchange);
    for (int pause = 1; before > 0; pause = MIN(2 * pause, SETTLE_MS_MAX)) {
        struct pollfd wait = { .fd = socket->fd, .events = POLLIN };
        const bool comes = poll(&wait, is_receiving(exchange) ? 1 : 0, pause) > 0;
        if (comes && !receiver_take(exchange->receiver, error)) {
            return false;
        }
        const int now = not_taken(exchange);
        if (now < before) {
            deadline = deadline_in(exchange->time_limit);
        }
        if (deadline_left(exchange->deadline) == 0 ||
            (now >= before && deadline_left(deadline) == 0)) {
            return timed_out(exchange, error);
        }
        before = now;
    }
    return true;
}

/* Waits until the other end has said nothing for SILENCE_MS; what it says is left where it is. */
static void watch_until_silence(const struct exchange *exchange)
{
    int before;
    int now = pending_input(exchange->socket);
    do {
        before = now;
        g_usleep(SILENCE_MS * 1000);
        now = pending_input(exchange->socket);
    } while (now > before);
}

bool exchange_await_silence(struct exchange *exchange, GError **error)
{
    if (!wait_until_taken(exchange, error)) {
        return false;
    }
    if (!exchange->receiver) {
        watch_until_silence(exchange);
        return true;
    }
    struct pollfd wait = { .fd = exchange->socket->fd, .events = POLLIN };
    while (is_receiving(exchange) && poll(&wait, 1, SILENCE_MS) != 0) {
        if (!receiver_take(exchange->receiver, error)) {
            return false;
        }
    }
    return true;
}

bool exchange_settle(struct exchange *exchange, GError **error)
{
    const bool ok = wait_until_taken(exchange, error);
    drop_input(exchange->socket);
    return ok;
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
