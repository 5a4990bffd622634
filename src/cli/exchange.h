/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What goes over a socket while a command runs: waiting with a time limit, in which whatever comes
 * in is taken, so that neither side can wait for the other for ever; the trace; the statistics.
 */
#ifndef IOVTOOL_CLI_EXCHANGE_H
#define IOVTOOL_CLI_EXCHANGE_H

#include "cli/socket-options.h"
#include "net/socket.h"
#include "transfer/receiver.h"

struct exchange {
    const struct socket *socket;
    struct receiver *receiver; /* NULL: what comes in is left alone */
    bool answer_wanted;        /* what the receiver takes is the answer */
    uint64_t time_limit;       /* how long nothing may move, in microseconds; 0: for ever */
    int64_t deadline;          /* of the whole run: net/deadline.h */
    uint64_t max_time;         /* the same, as it was given */
    bool trace;
    uint64_t sent;       /* bytes */
    uint64_t trace_sent; /* bytes that the trace has shown */
    uint64_t trace_received;
    int64_t start; /* microseconds */
};

void exchange_start(struct exchange *exchange, const struct socket *socket,
                    const struct socket_options *options, bool trace);

/*
 * For engine_job.wait, messages_job.wait, engine_job.await, and the hooks that see bytes; `context`
 * is the struct exchange.
 */
bool exchange_wait(void *context, short events, GError **error);
bool exchange_await_source(void *context, int fd, GError **error);
void exchange_sent(void *context, const struct iovec *iov, unsigned count, size_t length);
void exchange_received(void *context, const struct iovec *iov, unsigned count, size_t length);

/* Takes what comes in until the receiver is done. */
bool exchange_receive(struct exchange *exchange, GError **error);

/* Takes what has come in already, after sending has failed: it may tell why. Its errors do not
 * count. */
void exchange_last_words(struct exchange *exchange);

/*
 * Waits until the other end has taken all that was sent, and then until it has said nothing for
 * 250 ms, or has said all. Some servers take a half-close for a hang-up, and cut their answer.
 */
bool exchange_await_silence(struct exchange *exchange, GError **error);

/*
 * The last step before a connection is closed: waits until the other end has taken all that was
 * sent, and drops what it said unasked. Without that its end of the connection would be reset, and
 * what is still under way could be lost. Over TCP the other end's kernel takes the bytes, on a unix
 * socket its program.
 */
bool exchange_settle(struct exchange *exchange, GError **error);

/* Prints the statistics: messages of UINT64_MAX are none to speak of, and what is received counts
 * only with a receiver. */
bool exchange_print_json(const struct exchange *exchange, uint64_t messages, bool sends,
                         GError **error);

#endif
