/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Mapped files that shrink. Touching a page of a mapping that lies past the end of its file raises
 * SIGBUS. A guarded region survives that: the handler puts a page of zeros where the file has none
 * and notes it, so that whoever reads the region finishes, asks, and reports.
 *
 * Threads may take, ask and release guards at any time. A region belongs to one thread at a time:
 * it is guarded before the first of its bytes is touched, and released after the last.
 *
 * Its state is process-wide, since a signal handler reaches no other. A SIGBUS outside of guarded
 * regions ends the process, as it does without a handler.
 */
#ifndef IOVTOOL_TRANSFER_GUARD_H
#define IOVTOOL_TRANSFER_GUARD_H

#include <stdbool.h>
#include <stddef.h>

#define GUARD_REGIONS 8

struct guard;

/* Guards [start, start + size), page-aligned. NULL when GUARD_REGIONS are in use already: do not
 * map then. */
struct guard *guard_region(void *start, size_t size);
void guard_release(struct guard *guard);

/* True once a page of the region was replaced, until guard_reset(). */
bool guard_tripped(const struct guard *guard);
void guard_reset(struct guard *guard);

#endif
