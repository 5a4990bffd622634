/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The vector: the segments of one command line in order, seen as if they were one contiguous
 * buffer. Pure arithmetic on values; no byte is moved and no file is touched.
 *
 * Invariants, asserted by the one append function: every length and every end is at most
 * SEGMENT_LENGTH_MAX, a fill has a pattern and its offset lies in it, a file segment has a file.
 * The sum of the known lengths is at most SEGMENT_LENGTH_MAX as well.
 */
#ifndef IOVTOOL_SEGMENT_VECTOR_H
#define IOVTOOL_SEGMENT_VECTOR_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "segment/segment-array.h"

struct vector {
    struct segment_array segments;
    uint64_t length; /* the sum of all lengths that are known */
    bool has_streams;
    size_t cut_segments; /* at the start, by slicing: the first one left had this index */
    bool open_ended;     /* some length will be known only when its stream ends */
    /*
     * What vector_slice() could not yet apply because a length is unknown: of the bytes the
     * segments turn out to hold, the first `pending_skip` are passed over and at most
     * `pending_limit` used. 0 and SEGMENT_TO_END where all lengths are certain.
     */
    uint64_t pending_skip;
    uint64_t pending_limit;
    GStringChunk *literals; /* owns small literals and patterns */
    GPtrArray *blocks;      /* owns large ones */
};

struct vector *vector_new(void);
void vector_free(struct vector *vector);

static inline size_t vector_count(const struct vector *vector)
{
    return vector->segments.count;
}

static inline const struct segment *vector_segment(const struct vector *vector, size_t index)
{
    return &vector->segments.items[index];
}

/* Appends a copy of `segment`. Fails (IOVTOOL_ERROR_RANGE) only when the vector would pass
 * SEGMENT_LENGTH_MAX bytes. */
bool vector_append(struct vector *vector, const struct segment *segment, GError **error);

/* A copy of `length` bytes that lives as long as the vector; for the bytes of a segment. */
const uint8_t *vector_keep(struct vector *vector, const void *bytes, size_t length);

/* True when the length of `segment` is known only at the end of its stream. */
bool segment_open_ended(const struct segment *segment);

/* The offset of byte `within` of `segment` in the file or literal it comes from; in a fill, and
 * where a stream is counted from its end, just `within`. */
uint64_t segment_source_offset(const struct segment *segment, uint64_t within);

/* Moves a place that lies `*within` bytes behind the start of segment `*index`, maybe past its end,
 * into the segment that holds the byte. False when that lies behind the vector. */
bool vector_settle_place(const struct vector *vector, size_t *index, uint64_t *within);

/* Cuts the first `skip` bytes off `segment` and keeps at most `length` of the rest. The length of
 * the segment must be known and at least `skip`. Equal to slicing the bytes it stands for. */
void segment_cut(struct segment *segment, uint64_t skip, uint64_t length);

/* Which segments the bytes [skip, skip + length) lie in: `count` from `first` on, of which the
 * first loses `head` bytes and the last one `tail`. All lengths are known, and the range lies
 * inside. A segment of no bytes belongs to the slice when it lies inside of it or at an end it
 * shares with the vector. */
struct slice {
    size_t first;
    size_t count;
    uint64_t head;
    uint64_t tail;
};
struct slice vector_find_slice(const struct vector *vector, uint64_t skip, uint64_t length);

enum slice_shortage { SLICE_EXACT, SLICE_ALLOW_SHORT, SLICE_ZERO_PAD };

/*
 * Keeps the bytes [skip, skip + length) of the vector; length SEGMENT_TO_END keeps all after
 * `skip`. A part past the end is an error (IOVTOOL_ERROR_RANGE), is left out, or becomes zeros, as
 * `shortage` says. In an open-ended vector what cannot be decided yet is left pending.
 */
bool vector_slice(struct vector *vector, uint64_t skip, uint64_t length,
                  enum slice_shortage shortage, GError **error);

/*
 * Cuts the last `bytes` bytes off. Known lengths at the end get shorter; a stream that runs to its
 * end gives all but its tail from now on, and must then turn out to have as many bytes: what is
 * before it is not cut. Not for a vector with a slice pending, nor for ranges of streams that may
 * be shorter than they say. Fails (IOVTOOL_ERROR_RANGE) when there are fewer bytes.
 */
bool vector_discard_back(struct vector *vector, uint64_t bytes, GError **error);

/* A vector of the bytes [skip, skip + length) of `vector`, whose lengths are all known. It shares
 * its literals, and must not outlive it. */
struct vector *vector_part(const struct vector *vector, uint64_t skip, uint64_t length);

/* Appends `length` zeros as a fill. */
bool vector_append_zeros(struct vector *vector, uint64_t length, GError **error);

#endif
