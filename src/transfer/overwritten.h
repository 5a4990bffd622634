/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which bytes of which files and remotes some sinks overwrite: for planning, which asks it of every
 * segment. Pure. Asking takes time in proportion to the logarithm of the number of sinks.
 */
#ifndef IOVTOOL_TRANSFER_OVERWRITTEN_H
#define IOVTOOL_TRANSFER_OVERWRITTEN_H

#include "segment/vector.h"
#include "transfer/sink.h"

struct overwritten;

/* For `length` bytes that go into the sinks; wherever they start, each takes at most all of them.
 */
struct overwritten *overwritten_new(const struct sink *sinks, uint32_t count, uint64_t length);
void overwritten_free(struct overwritten *overwritten);

/* True when a byte of the segment is in a place that a sink overwrites. Equivalent to comparing
 * each byte of the segment with each byte of each sink. */
bool overwritten_holds(const struct overwritten *overwritten, const struct segment *segment);

#endif
