/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The end of a run that has taken too long, wherever it waits: also where nothing can be told to
 * end by itself, as in a write() to a pipe that nobody reads.
 */
#ifndef IOVTOOL_NET_TIME_LIMIT_H
#define IOVTOOL_NET_TIME_LIMIT_H

#include <stdint.h>

/*
 * At `deadline` (net/deadline.h), and a little later so that whoever looks at the clock by himself
 * comes first, removes the unix socket that the run made, prints `text` to standard error and ends
 * the process with `status`. DEADLINE_NEVER: never. Once a process.
 */
void time_limit_start(int64_t deadline, const char *text, int status);

#endif
