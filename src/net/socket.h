/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sockets that are connected, or that listen. All of them are non-blocking and O_CLOEXEC; who uses
 * one waits with socket_wait(), so that nothing takes longer than it may.
 *
 * Errors are IOVTOOL_ERROR_PEER and IOVTOOL_ERROR_TIME, and name the address and the cause.
 */
#ifndef IOVTOOL_NET_SOCKET_H
#define IOVTOOL_NET_SOCKET_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "net/address.h"
#include "net/endpoint.h"

struct socket {
    int fd;
    int type;            /* SOCK_STREAM, SOCK_DGRAM or SOCK_SEQPACKET */
    int family;          /* AF_INET and so on */
    bool inherited;      /* it is not ours to close */
    int inherited_flags; /* its file status flags, to be put back */
    const char *name;    /* for messages: the word of its address */
    bool owns_path;      /* of a unix socket: it was made here, and is removed at the end */
};

struct connect_options {
    int family;                   /* AF_UNSPEC, AF_INET or AF_INET6 */
    const struct address *source; /* NULL: any */
    uint64_t time_limit;          /* for each attempt, in microseconds; 0: none */
    int64_t deadline;             /* of all attempts: net/deadline.h */
    uint64_t retries;             /* further attempts, each after ... */
    uint64_t retry_delay;         /* ... this many microseconds */
};

/*
 * Connects to an address, trying all it stands for in turn within the time limit; or takes over an
 * inherited descriptor. `address` outlives the socket. Close with socket_close(), also after a
 * failure.
 */
bool socket_connect(struct socket *socket, const struct address *address,
                    const struct connect_options *options, GError **error);

/*
 * Listens on an address. A stream or seqpacket socket then waits for socket_accept(); a datagram
 * socket is ready. A unix socket has mode 0600, replaces one that nobody listens on, and nothing
 * else; its path is removed by socket_close(), and by SIGHUP, SIGINT, SIGTERM and SIGPIPE.
 */
bool socket_listen(struct socket *socket, const struct address *address, int family,
                   GError **error);

/* Exchanges a listening socket for the first connection to it, after which it listens no more. */
bool socket_accept(struct socket *socket, int64_t deadline, GError **error);

/* The same, but goes on listening: *connection is the next connection. Clients that come meanwhile
 * wait, as many as the system lets. */
bool socket_accept_next(const struct socket *listening, struct socket *connection, int64_t deadline,
                        GError **error);

/* True for UDP of IPv4 and IPv6, whose datagrams have at most 64 KiB. */
bool socket_is_udp(const struct socket *socket);

/* A larger buffer for a unix stream, which is filled in fewer calls; TCP finds its own
 * size. Less does as well, only slower. */
void socket_widen(const struct socket *socket);

/* The longest message that it takes. A buffer that is too small for `wanted` bytes is enlarged, as
 * far as the system lets it. */
uint64_t socket_longest_message(const struct socket *socket, uint64_t wanted);

/* The address that it is bound to. */
void socket_describe(const struct socket *socket, enum address_kind kind, GString *out);

/*
 * Closes it; an inherited one is left open as it was found. Safe on a zeroed struct whose fd is -1,
 * and twice.
 */
void socket_close(struct socket *socket);

/* The pending error of the socket, such as a datagram that was refused: false sets *error. */
bool socket_check(const struct socket *socket, GError **error);

/* Sets *error to "NAME: WHAT: the errno in words". Returns false. */
bool socket_error(const struct socket *socket, const char *what, int problem, GError **error);

#endif
