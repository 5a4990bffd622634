/* SPDX-License-Identifier: GPL-2.0-or-later */
/* getaddrinfo(), but no name server can hold it up longer than wanted. */
#ifndef IOVTOOL_NET_LOOK_UP_H
#define IOVTOOL_NET_LOOK_UP_H

#include <netdb.h>
#include <stdint.h>

/* What look_up_by() returns when time is over; no EAI_ code is positive. */
#define LOOK_UP_LATE 1

/*
 * As getaddrinfo(host, port, hints, list), until `deadline` (microseconds of the monotonic clock,
 * or DEADLINE_NEVER). Returns 0, and *list for freeaddrinfo(); or an EAI_ code, with errno for
 * EAI_SYSTEM; or LOOK_UP_LATE. The look-up is done by a thread, which blocks all signals; when time
 * is over it is left to itself.
 */
int look_up_by(const char *host, const char *port, const struct addrinfo *hints, int64_t deadline,
               struct addrinfo **list);

#endif
