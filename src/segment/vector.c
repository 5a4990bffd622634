/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "segment/vector.h"

#include <inttypes.h>

#include "segment/error.h"

/* Literals above this get a block of their own, so that GStringChunk's blocks stay small. */
#define SMALL_LITERAL 4096u

static const uint8_t zero_byte[1];

struct vector *vector_new(void)
{
    struct vector *vector = g_new0(struct vector, 1);
    vector->pending_limit = SEGMENT_TO_END;
    return vector;
}

void vector_free(struct vector *vector)
{
    if (!vector) {
        return;
    }
    segment_array_clear(&vector->segments);
    g_clear_pointer(&vector->literals, g_string_chunk_free);
    g_clear_pointer(&vector->blocks, g_ptr_array_unref);
    g_free(vector);
}

const uint8_t *vector_keep(struct vector *vector, const void *bytes, size_t length)
{
    if (length > SMALL_LITERAL) {
        if (!vector->blocks) {
            vector->blocks = g_ptr_array_new_with_free_func(g_free);
        }
        void *block = g_memdup2(bytes, length);
        g_ptr_array_add(vector->blocks, block);
        return block;
    }
    if (!vector->literals) {
        vector->literals = g_string_chunk_new(SMALL_LITERAL);
    }
    /* The chunk may be asked for no bytes at all, but not with a NULL address. */
    return (const uint8_t *)g_string_chunk_insert_len(vector->literals, length ? bytes : "",
                                                      (gssize)length);
}

bool segment_open_ended(const struct segment *segment)
{
    return segment->kind == SEGMENT_STREAM &&
           (segment->anchor == STREAM_BUT_TAIL || segment->length == SEGMENT_TO_END);
}

static void assert_segment(const struct segment *segment)
{
    switch ((enum segment_kind)segment->kind) {
    case SEGMENT_BYTES:
        g_assert(segment->bytes || segment->length == 0);
        break;
    case SEGMENT_FILL:
        g_assert(segment->bytes && segment->period > 0 && segment->offset < segment->period);
        break;
    case SEGMENT_FILE:
    case SEGMENT_REMOTE:
        g_assert(segment->file && segment->offset <= SEGMENT_LENGTH_MAX - segment->length);
        break;
    case SEGMENT_STREAM:
        g_assert(segment->file && segment->offset <= SEGMENT_LENGTH_MAX);
        g_assert(segment->anchor != STREAM_FROM_END || segment->length <= segment->offset);
        return;
    }
    g_assert(segment->length <= SEGMENT_LENGTH_MAX);
}

bool vector_append(struct vector *vector, const struct segment *segment, GError **error)
{
    assert_segment(segment);
    vector->has_streams = vector->has_streams || segment->kind == SEGMENT_STREAM;
    if (segment_open_ended(segment)) {
        vector->open_ended = true;
    } else if (segment->length > SEGMENT_LENGTH_MAX - vector->length) {
        g_set_error(error, IOVTOOL_ERROR, IOVTOOL_ERROR_RANGE,
                    "the vector is longer than %" PRIu64 " bytes", SEGMENT_LENGTH_MAX);
        return false;
    } else {
        vector->length += segment->length;
    }
    segment_array_append(&vector->segments, segment, 1);
    return true;
}

bool vector_append_zeros(struct vector *vector, uint64_t length, GError **error)
{
    const struct segment zeros = {
        .kind = SEGMENT_FILL, .period = 1, .bytes = zero_byte, .length = length
    };
    return vector_append(vector, &zeros, error);
}

uint64_t segment_source_offset(const struct segment *segment, uint64_t within)
{
    const bool from_end = segment->kind == SEGMENT_STREAM && segment->anchor == STREAM_FROM_END;
    const bool no_file = segment->kind == SEGMENT_FILL || from_end;
    return no_file ? within : segment->offset + within;
}

bool vector_settle_place(const struct vector *vector, size_t *index, uint64_t *within)
{
    for (; *index < vector_count(vector); ++*index) {
        const struct segment *segment = vector_segment(vector, *index);
        if (segment_open_ended(segment) || *within < segment->length) {
            return true;
        }
        *within -= segment->length;
    }
    return false;
}

void segment_cut(struct segment *segment, uint64_t skip, uint64_t length)
{
    g_assert(!segment_open_ended(segment) && skip <= segment->length);
    switch ((enum segment_kind)segment->kind) {
    case SEGMENT_BYTES:
        if (skip > 0) { /* the address of no bytes may be NULL */
            segment->bytes += skip;
        }
        segment->offset += skip;
        break;
    case SEGMENT_FILL:
        segment->offset = (segment->offset + skip) % segment->period;
        break;
    case SEGMENT_FILE:
    case SEGMENT_REMOTE:
        segment->offset += skip;
        break;
    case SEGMENT_STREAM:
        if (segment->anchor == STREAM_FROM_END) {
            segment->offset -= skip;
        } else {
            segment->offset += skip;
        }
        break;
    }
    segment->length = MIN(segment->length - skip, length);
}

struct slice vector_find_slice(const struct vector *vector, uint64_t skip, uint64_t length)
{
    const uint64_t end = skip + length;
    struct slice slice = { .first = vector_count(vector) };
    uint64_t position = 0;
    g_assert(!vector->open_ended && end <= vector->length);
    for (size_t i = 0; i < vector_count(vector); i++) {
        const uint64_t start = position;
        position += vector_segment(vector, i)->length;
        const bool before = start < skip && position <= skip;
        const bool after = start >= end && position > end;
        if (before || after) {
            continue;
        }
        if (slice.count++ == 0) {
            slice.first = i;
            slice.head = skip > start ? skip - start : 0;
        }
        slice.tail = position > end ? position - end : 0;
    }
    return slice;
}

static void slice_known(struct vector *vector, uint64_t skip, uint64_t length)
{
    const struct slice slice = vector_find_slice(vector, skip, length);
    segment_array_keep(&vector->segments, slice.first, slice.count);
    vector->cut_segments += slice.first;
    if (slice.count > 0) {
        struct segment *segments = vector->segments.items;
        struct segment *last = &segments[slice.count - 1];
        segment_cut(last, 0, last->length - slice.tail);
        segment_cut(&segments[0], slice.head, segments[0].length);
    }
    vector->length = length;
}

/* A slice of what is a slice already: inside of its bounds. */
static void slice_later(struct vector *vector, uint64_t skip, uint64_t length)
{
    uint64_t *limit = &vector->pending_limit;
    if (*limit != SEGMENT_TO_END) {
        *limit -= MIN(*limit, skip);
    }
    vector->pending_skip += skip;
    *limit = MIN(*limit, length);
}

static bool short_vector(uint64_t skip, uint64_t length, uint64_t size, GError **error)
{
    if (length == SEGMENT_TO_END) {
        g_set_error(error, IOVTOOL_ERROR, IOVTOOL_ERROR_RANGE,
                    "asked to skip %" PRIu64 " bytes, but the vector has %" PRIu64, skip, size);
    } else {
        g_set_error(error, IOVTOOL_ERROR, IOVTOOL_ERROR_RANGE,
                    "asked for %" PRIu64 " bytes at %" PRIu64 ", but the vector has %" PRIu64,
                    length, skip, size);
    }
    return false;
}

bool vector_slice(struct vector *vector, uint64_t skip, uint64_t length,
                  enum slice_shortage shortage, GError **error)
{
    /* A stream may turn out shorter than its range, and what follows moves up. */
    const bool may_shrink = vector->has_streams && shortage == SLICE_ALLOW_SHORT;
    if (vector->open_ended || may_shrink) {
        slice_later(vector, skip, length);
        return true;
    }
    const uint64_t size = vector->length;
    const uint64_t start = MIN(skip, size);
    const bool is_short = skip > size || (length != SEGMENT_TO_END && length > size - start);
    if (is_short && shortage == SLICE_EXACT) {
        return short_vector(skip, length, size, error);
    }
    const uint64_t kept = MIN(length, size - start);
    slice_known(vector, start, kept);
    if (is_short && shortage == SLICE_ZERO_PAD && length != SEGMENT_TO_END) {
        return vector_append_zeros(vector, length - kept, error);
    }
    return true;
}

struct vector *vector_part(const struct vector *vector, uint64_t skip, uint64_t length)
{
    const struct slice slice = vector_find_slice(vector, skip, length);
    struct vector *part = vector_new();
    for (size_t i = 0; i < slice.count; i++) {
        struct segment segment = *vector_segment(vector, slice.first + i);
        segment_cut(&segment, 0, segment.length - (i + 1 == slice.count ? slice.tail : 0));
        segment_cut(&segment, i == 0 ? slice.head : 0, segment.length);
        vector_append(part, &segment, NULL); /* cannot be too long: the whole was not */
    }
    return part;
}

/* The tail of an unknown length is cut when it is read. */
static void discard_tail(struct segment *segment, uint64_t bytes)
{
    const uint64_t before = segment->anchor == STREAM_BUT_TAIL ? segment->length : 0;
    segment->anchor = STREAM_BUT_TAIL;
    segment->length = MIN(before + bytes, SEGMENT_LENGTH_MAX);
}

bool vector_discard_back(struct vector *vector, uint64_t bytes, GError **error)
{
    while (bytes > 0 && vector_count(vector) > 0) {
        struct segment *last = &vector->segments.items[vector_count(vector) - 1];
        if (segment_open_ended(last)) {
            discard_tail(last, bytes);
            return true;
        }
        const uint64_t cut = MIN(bytes, last->length);
        segment_cut(last, 0, last->length - cut);
        vector->length -= cut;
        bytes -= cut;
        if (last->length == 0) {
            vector->segments.count--;
        }
    }
    if (bytes > 0) {
        g_set_error(error, IOVTOOL_ERROR, IOVTOOL_ERROR_RANGE,
                    "the vector ends %" PRIu64 " bytes before what is to be discarded", bytes);
    }
    return bytes == 0;
}
