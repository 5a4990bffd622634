/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The text of a range -> struct range (segment/spec.h, where range_select() is as well).
 */
#ifndef IOVTOOL_SEGMENT_RANGE_H
#define IOVTOOL_SEGMENT_RANGE_H

#include "segment/problem.h"
#include "segment/spec.h"

enum range_reading {
    RANGE_READ,    /* *range is set */
    RANGE_REFUSED, /* written as a range, but no source can have it: too large, or backwards */
    RANGE_ABSENT,  /* not written as a range: may be part of a name */
};

/* Reads `length` bytes at `text` that must be wholly a range; *problem says why they are not. */
enum range_reading range_parse(const char *text, size_t length, struct range *range,
                               struct problem *problem);

/*
 * The place that a range names whatever the size of its file: false when it counts from the end.
 * *length is SEGMENT_TO_END where the range has no END.
 */
bool range_place(const struct range *range, uint64_t *offset, uint64_t *length);

/*
 * The pieces of a range with a stride, in a source of `size` bytes: how many there are, and where
 * piece `index`, from 0, lies, as a range without a stride.
 */
uint64_t range_pieces(const struct range *range, uint64_t size);
struct range range_piece(const struct range *range, uint64_t index, uint64_t size);

/*
 * What is wrong with the range of `spec`, which does not lie in `what` ("the file"), of `size`
 * bytes. A start before the first byte is told as it was written:
 * "starts at -5G, but the file has 292", "asked for 4 bytes at 290, but the file has 292".
 */
char *range_outside(const struct spec *spec, uint64_t size, const char *what);

#endif
