/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "segment/range.h"

#include "segment/segment.h"
#include "segment/size.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

struct reader {
    const char *at;
    const char *end;
    struct problem problem; /* the first one; `what` is NULL as long as there is none */
};

static bool fail(struct reader *reader, const char *what, const char *at, enum problem_quote quote)
{
    if (reader->problem.what == NULL) {
        problem_set(&reader->problem, what, at, quote);
    }
    return false;
}

static bool skip(struct reader *reader, char c)
{
    if (reader->at == reader->end || *reader->at != c) {
        return false;
    }
    reader->at++;
    return true;
}

static bool skip_dots(struct reader *reader)
{
    if (reader->end - reader->at < 2 || reader->at[0] != '.' || reader->at[1] != '.') {
        return false;
    }
    reader->at += 2;
    return true;
}

/*
 * A number that is too large is noted, yet still read as a number: name@99999999999999999999 is a
 * bad range, name@99999999999999999999.log a good name.
 */
static bool read_number(struct reader *reader, uint64_t *value)
{
    const char *what;
    size_t used;

    if (size_scan(reader->at, (size_t)(reader->end - reader->at), value, &used, &what)) {
        reader->at += used;
        return true;
    }
    fail(reader, what, reader->at + used, QUOTE_NUMBER);
    if (what != size_too_large) {
        return false;
    }
    *value = SEGMENT_LENGTH_MAX;
    while (reader->at < reader->end && g_ascii_isalnum(*reader->at)) {
        reader->at++;
    }
    return true;
}

static bool read_position(struct reader *reader, uint64_t *value, bool *from_end)
{
    *from_end = skip(reader, '-');
    return read_number(reader, value);
}

static bool read_end(struct reader *reader, struct range *range)
{
    const char *start = reader->at;

    range->form = RANGE_UNTIL;
    if (!read_position(reader, &range->end, &range->end_from_end)) {
        return false;
    }
    if (range->start_from_end == range->end_from_end &&
        (range->end_from_end ? range->end > range->start : range->end < range->start)) {
        fail(reader, "range ends before it starts", start, QUOTE_NOTHING);
    }
    return true;
}

/* A number that must not be 0, of which *what is said otherwise. */
static bool read_positive(struct reader *reader, uint64_t *value, const char *what)
{
    const char *start = reader->at;

    if (!read_number(reader, value)) {
        return false;
    }
    if (*value == 0) {
        fail(reader, what, start, QUOTE_NOTHING);
    }
    return true;
}

/* "*COUNT/STRIDE", "/STRIDE" or nothing. */
static bool read_stride(struct reader *reader, struct range *range)
{
    const char *start = reader->at;
    const bool counted = skip(reader, '*');

    if (counted && !read_positive(reader, &range->count, "no piece at all")) {
        return false;
    }
    if (!skip(reader, '/')) {
        return !counted || fail(reader, "'/' and a stride expected", reader->at, QUOTE_CHARACTER);
    }
    if (!read_positive(reader, &range->stride, "a stride of 0")) {
        return false;
    }
    if (counted && range->stride > 0) {
        const uint64_t start_at = range->start_from_end ? 0 : range->start;
        const uint64_t most =
            SEGMENT_LENGTH_MAX - start_at - MIN(range->end, SEGMENT_LENGTH_MAX - start_at);
        if (range->count - 1 > most / range->stride) {
            fail(reader, "range ends after 2^63 - 1", start, QUOTE_NOTHING);
        }
    }
    return true;
}

static bool read_length(struct reader *reader, struct range *range)
{
    const char *start = reader->at;

    range->form = RANGE_LENGTH;
    if (skip(reader, '-')) {
        return fail(reader, "length is negative", start, QUOTE_NOTHING);
    }
    if (!read_number(reader, &range->end)) {
        return false;
    }
    if (!range->start_from_end && range->end > SEGMENT_LENGTH_MAX - range->start) {
        fail(reader, "range ends after 2^63 - 1", start, QUOTE_NOTHING);
    }
    return read_stride(reader, range);
}

static bool read_range(struct reader *reader, struct range *range)
{
    if (skip_dots(reader)) {
        return read_end(reader, range);
    }
    if (!read_position(reader, &range->start, &range->start_from_end)) {
        return false;
    }
    if (skip(reader, '+')) {
        return read_length(reader, range);
    }
    if (skip_dots(reader)) {
        return read_end(reader, range);
    }
    range->form = RANGE_FROM;
    return true;
}

enum range_reading range_parse(const char *text, size_t length, struct range *range,
                               struct problem *problem)
{
    struct reader reader = { .at = text, .end = text + length };
    struct range parsed = { .form = RANGE_ALL };
    bool absent = !read_range(&reader, &parsed);

    if (!absent && reader.at < reader.end) {
        fail(&reader, parsed.form == RANGE_FROM ? "not +LENGTH or ..END" : "unexpected character",
             reader.at, QUOTE_CHARACTER);
        absent = true;
    }
    if (reader.problem.what != NULL) {
        *problem = reader.problem;
        return absent ? RANGE_ABSENT : RANGE_REFUSED;
    }
    *range = parsed;
    return RANGE_READ;
}

static int64_t position_in(uint64_t size, uint64_t value, bool from_end)
{
    return from_end ? (int64_t)size - (int64_t)value : (int64_t)value;
}

/* Where a range that does not give its length stops. */
static int64_t stop_in(const struct range *range, uint64_t size)
{
    return range->form == RANGE_UNTIL ? position_in(size, range->end, range->end_from_end)
                                      : (int64_t)size;
}

bool range_select(const struct range *range, uint64_t size, uint64_t *offset, uint64_t *length,
                  int64_t *asked_offset, uint64_t *asked_length)
{
    int64_t start, stop;
    uint64_t missing; /* bytes asked for before the first */
    bool forward = true;

    assert(size <= SEGMENT_LENGTH_MAX);
    assert(range->start <= SEGMENT_LENGTH_MAX && range->end <= SEGMENT_LENGTH_MAX);
    start = position_in(size, range->start, range->start_from_end);
    if (range->form == RANGE_LENGTH) {
        *asked_length = range->end;
    } else {
        stop = stop_in(range, size);
        forward = start <= stop;
        *asked_length = forward ? (uint64_t)stop - (uint64_t)start : 0;
    }
    *asked_offset = start;
    missing = start < 0 ? (uint64_t)-start : 0;
    *offset = start < 0 ? 0 : MIN((uint64_t)start, size);
    *length = *asked_length - MIN(missing, *asked_length);
    *length = MIN(*length, size - *offset);
    return forward && start >= 0 && (uint64_t)start <= size && *length == *asked_length;
}

/* The position of the range's START or END that is written at `text`, as it is there. */
static char *written(const char *text, const char *end)
{
    const char *at = text + (text < end && *text == '-');
    while (at < end && g_ascii_isalnum(*at)) {
        at++;
    }
    return g_strndup(text, (gsize)(at - text));
}

char *range_outside(const struct spec *spec, uint64_t size, const char *what)
{
    const struct range *range = &spec->range;
    const char *const text_end = spec->text + spec->text_length;
    const char *const start_text = (const char *)memrchr(spec->text, '@', spec->text_length) + 1;
    const char *const dots = memmem(start_text, (size_t)(text_end - start_text), "..", 2);
    uint64_t offset, length, asked_length;
    int64_t asked_offset;

    range_select(range, size, &offset, &length, &asked_offset, &asked_length);
    g_autofree char *start = asked_offset < 0 ? written(start_text, text_end)
                                              : g_strdup_printf("%" PRId64, asked_offset);
    if (range->form == RANGE_UNTIL && stop_in(range, size) < asked_offset) {
        g_autofree char *end = written(dots + 2, text_end);
        return g_strdup_printf("ends at %s, before it starts at %s: %s has %" PRIu64, end, start,
                               what, size);
    }
    if (range->form == RANGE_FROM || (range->form == RANGE_UNTIL && asked_offset < 0)) {
        return g_strdup_printf("starts at %s%s, but %s has %" PRIu64,
                               asked_offset < 0 ? "" : "byte ", start, what, size);
    }
    return g_strdup_printf("asked for %" PRIu64 " bytes at %s, but %s has %" PRIu64, asked_length,
                           start, what, size);
}

bool range_place(const struct range *range, uint64_t *offset, uint64_t *length)
{
    *offset = range->start;
    *length = range->form == RANGE_LENGTH  ? range->end
              : range->form == RANGE_UNTIL ? range->end - range->start
                                           : SEGMENT_TO_END;
    return !range->start_from_end && !(range->form == RANGE_UNTIL && range->end_from_end);
}

uint64_t range_pieces(const struct range *range, uint64_t size)
{
    const uint64_t behind = size - MIN(range->start, size); /* the START */
    const uint64_t there = range->start_from_end ? range->start : behind;
    if (range->count > 0) {
        return range->count;
    }
    return there < range->end ? 0 : (there - range->end) / range->stride + 1;
}

struct range range_piece(const struct range *range, uint64_t index, uint64_t size)
{
    const uint64_t ahead = index * range->stride;
    struct range piece = { .form = RANGE_LENGTH, .end = range->end };
    if (!range->start_from_end) {
        piece.start = range->start + ahead;
    } else if (ahead <= range->start) {
        piece.start_from_end = true;
        piece.start = range->start - ahead;
    } else {
        piece.start = size + (ahead - range->start);
    }
    return piece;
}
