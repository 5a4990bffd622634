/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Signals that end the program, while a server is owed a good-bye: some servers die of a client
 * that vanishes while requests are under way (nbdkit 1.32 does).
 *
 * From farewell_begin() on, SIGPIPE, SIGINT, SIGTERM and SIGHUP are noted instead, unless they are
 * ignored, or handled by others than core/temporary.h, whose work is done here as well. Whoever
 * waits for a server asks farewell_is_due(), ends as after an error, says good-bye, and calls
 * farewell_end(), which lets the signal have its way. A program that does not come so far, because
 * it waits elsewhere, is ended by the signal after FAREWELL_SECONDS.
 * A second signal ends it at once.
 *
 * Process-wide, since signal handlers are.
 */
#ifndef IOVTOOL_SOURCE_FAREWELL_H
#define IOVTOOL_SOURCE_FAREWELL_H

#include <stdbool.h>

#define FAREWELL_SECONDS 2u

void farewell_begin(void);
bool farewell_is_due(void);

/* Gives the signals back, and raises the one that was noted: then it does not return. */
void farewell_end(void);

#endif
