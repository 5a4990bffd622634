/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How many bytes a discard left out, and how many remain: known beforehand but for streams that may
 * have less than was asked for, of which it is known when they were read.
 */
#ifndef IOVTOOL_COMMAND_DISCARD_TALLY_H
#define IOVTOOL_COMMAND_DISCARD_TALLY_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "cli/report.h"
#include "segment/vector.h"

struct discard_tally {
    uint64_t front;
    uint64_t back;
    uint64_t remaining;
};

/* What a vector was before it was trimmed. Free with g_array_unref(). */
GArray *discard_segments(const struct vector *vector);

/* What is left out of `length` bytes, when `front` and `back` are asked for, which may be more. */
struct discard_tally discard_tally_of(uint64_t front, uint64_t back, uint64_t length);

/* How many bytes the segments turned out to have, now that their streams were read to the end. */
uint64_t discard_length_read(const GArray *segments);

/* Says it on standard error if a report is wanted. */
void discard_say(const struct discard_tally *tally, const struct report_options *report);

/* Prints it on standard output, after the segments of `list`, which may be NULL. */
bool discard_print_json(const struct discard_tally *tally, const struct vector *list,
                        GError **error);

#endif
