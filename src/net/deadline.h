/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Points in time by which something must have happened, in microseconds of the monotonic clock. */
#ifndef IOVTOOL_NET_DEADLINE_H
#define IOVTOOL_NET_DEADLINE_H

#include <glib.h>
#include <stdint.h>

#define DEADLINE_NEVER INT64_MAX

/* `after` microseconds from now; 0: never. */
static inline int64_t deadline_in(uint64_t after)
{
    const int64_t now = g_get_monotonic_time();
    return after == 0 || after > (uint64_t)(DEADLINE_NEVER - now) ? DEADLINE_NEVER
                                                                  : now + (int64_t)after;
}

/* The microseconds left, at least 0. */
static inline int64_t deadline_left(int64_t deadline)
{
    return deadline == DEADLINE_NEVER ? DEADLINE_NEVER : MAX(deadline - g_get_monotonic_time(), 0);
}

/* The time left for poll(): milliseconds, rounded up; -1: for ever. */
static inline int deadline_poll(int64_t deadline)
{
    const int64_t left = deadline_left(deadline);
    return left == DEADLINE_NEVER ? -1 : (int)MIN((left + 999) / 1000, (int64_t)G_MAXINT);
}

#endif
