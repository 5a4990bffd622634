/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "command/hexdump-rows.h"

#include <inttypes.h>
#include <string.h>

#include "segment/describe.h"

struct rows {
    struct rows_settings settings;
    const char *prefix; /* of every line */
    const struct vector *vector;
    const struct reader *reader;
    struct output *output;
    struct hexline *line;
    size_t width;
    size_t batch; /* rows formatted at once */

    uint64_t offset; /* of the next byte to become text, as shown */
    uint8_t *carry;  /* the start of a row whose rest is still to come */
    size_t carried;
    uint8_t *last; /* the row before, if `has_last` */
    bool has_last;
    bool starred;   /* a "*" stands for what repeats it */
    bool held;      /* the "*" is not printed yet: one row repeats it, which may be the last */
    bool line_open; /* one_line: its line end is still to come */
    bool any;       /* some byte was dumped */
    size_t next_header;
    size_t segment; /* the one that the latest window belongs to */
};

static size_t row_max(const struct rows *rows)
{
    if (rows->settings.records) {
        return RECORDS_ROW_MAX(rows->width);
    }
    if (rows->settings.json) {
        return LISTING_JSON_ROW_MAX(rows->width);
    }
    return rows->settings.color ? hexline_color_row_max(rows->line) : hexline_row_max(rows->line);
}

struct rows *rows_new(const struct rows_settings *settings, const struct vector *vector,
                      const struct reader *reader, struct output *output)
{
    struct rows *rows = g_new0(struct rows, 1);
    rows->settings = *settings;
    rows->prefix = settings->style.prefix;
    if (settings->one_line) {
        rows->settings.style.prefix = "";
    }
    rows->vector = vector;
    rows->reader = reader;
    rows->output = output;
    rows->line = hexline_new(&rows->settings.style);
    rows->width = hexline_width(rows->line);
    rows->batch = settings->one_line ? 1 : MAX((OUTPUT_BUFFER / 2) / row_max(rows), 1u);
    rows->offset = settings->first_offset + (uint64_t)settings->display_offset;
    rows->carry = g_malloc(rows->width);
    rows->last = g_malloc(rows->width);
    return rows;
}

void rows_free(struct rows *rows)
{
    hexline_free(rows->line);
    g_free(rows->carry);
    g_free(rows->last);
    g_free(rows);
}

static size_t format(const struct rows *rows, char *to, const uint8_t *bytes, size_t count,
                     size_t partial)
{
    if (rows->settings.color) {
        size_t used = 0;
        for (size_t i = 0; i < count; i++) {
            used += hexline_color_row(rows->line, to + used, bytes + i * rows->width, rows->width,
                                      rows->offset + i * rows->width);
        }
        return partial ? hexline_color_row(rows->line, to, bytes, partial, rows->offset) : used;
    }
    return partial ? hexline_row(rows->line, to, bytes, partial, rows->offset)
                   : hexline_rows(rows->line, to, bytes, count, rows->offset);
}

static bool print_json(struct rows *rows, const uint8_t *bytes, size_t length, GError **error)
{
    /* Room for all of them, so that none is written before print_rows() has looked at the file. */
    if (!output_reserve(rows->output, (length / rows->width + 1) * row_max(rows), error)) {
        return false;
    }
    for (size_t done = 0; done < length; done += rows->width) {
        if (!listing_json_row(rows->settings.json, bytes + done, MIN(rows->width, length - done),
                              rows->offset + done, rows->segment, error)) {
            return false;
        }
    }
    return true;
}

static bool print_records(struct rows *rows, const uint8_t *bytes, size_t length, GError **error)
{
    /* Room for all of them, as above. */
    if (!output_reserve(rows->output, (length / rows->width + 1) * row_max(rows), error)) {
        return false;
    }
    for (size_t done = 0; done < length; done += rows->width) {
        if (!records_row(rows->settings.records, bytes + done, MIN(rows->width, length - done),
                         rows->offset + done, error)) {
            return false;
        }
    }
    return true;
}

static bool print_text(struct rows *rows, const uint8_t *bytes, size_t count, size_t partial,
                       GError **error)
{
    const size_t most = MAX(count, 1u);
    char *to = output_reserve(rows->output, most * row_max(rows) + HEXLINE_SLACK, error);
    if (!to) {
        return false;
    }
    const size_t used = format(rows, to, bytes, count, partial);
    output_commit(rows->output, rows->settings.one_line ? used - 1 : used);
    return true;
}

/* With one_line the rows have no prefix and no line end; the line that they make up has. */
static bool join_line(struct rows *rows, GError **error)
{
    if (!rows->settings.one_line) {
        return true;
    }
    const char *before = !rows->line_open ? rows->prefix : rows->settings.style.group ? " " : "";
    rows->line_open = true;
    return output_append(rows->output, before, strlen(before), error);
}

static bool close_line(struct rows *rows, GError **error)
{
    const bool open = rows->line_open;
    rows->line_open = false;
    return !open || output_append(rows->output, "\n", 1, error);
}

static bool print_star(struct rows *rows, GError **error)
{
    rows->held = false;
    if (rows->starred) {
        return true;
    }
    rows->starred = true;
    return output_printf(rows->output, error, "%s*\n", rows->prefix);
}

static bool print_held_star(struct rows *rows, GError **error)
{
    return !rows->held || print_star(rows, error);
}

/* Dumps `count` full rows, or one of `partial` bytes, unless they are not the file's any more. */
static bool print_rows(struct rows *rows, const uint8_t *bytes, size_t count, size_t partial,
                       GError **error)
{
    const size_t length = count * rows->width + partial;
    if (!print_held_star(rows, error)) {
        return false;
    }
    const bool ok = rows->settings.json ? print_json(rows, bytes, length, error)
                    : rows->settings.records
                        ? print_records(rows, bytes, length, error)
                        : join_line(rows, error) && print_text(rows, bytes, count, partial, error);
    if (!ok || !reader_intact(rows->reader, error)) {
        return false;
    }
    rows->offset += length;
    rows->any = true;
    return true;
}

/* The next `count` rows equal the last one. */
static bool pass_over(struct rows *rows, uint64_t count, GError **error)
{
    rows->offset += count * rows->width;
    if (rows->settings.no_end && count == 1 && !rows->starred && !rows->held) {
        rows->held = true;
        return true;
    }
    return print_star(rows, error);
}

static bool full_rows(struct rows *rows, const uint8_t *bytes, size_t count, GError **error)
{
    while (count > 0) {
        size_t fresh = MIN(count, rows->batch);
        if (rows->settings.squeeze) {
            fresh = hexline_distinct(rows->has_last ? rows->last : NULL, bytes, fresh,
                                     (unsigned)rows->width);
        }
        size_t done = fresh;
        if (fresh == 0) {
            done = hexline_equal(rows->last, bytes, count, (unsigned)rows->width);
            if (!pass_over(rows, done, error)) {
                return false;
            }
        } else {
            if (!print_rows(rows, bytes, fresh, 0, error)) {
                return false;
            }
            memcpy(rows->last, bytes + (fresh - 1) * rows->width, rows->width);
            rows->has_last = true;
            rows->starred = false;
        }
        bytes += done * rows->width;
        count -= done;
    }
    return true;
}

static bool feed(struct rows *rows, const uint8_t *bytes, size_t length, GError **error)
{
    if (rows->carried > 0) {
        const size_t take = MIN(length, rows->width - rows->carried);
        memcpy(rows->carry + rows->carried, bytes, take);
        rows->carried += take;
        bytes += take;
        length -= take;
        if (rows->carried < rows->width) {
            return true;
        }
        rows->carried = 0;
        if (!full_rows(rows, rows->carry, 1, error)) {
            return false;
        }
    }
    const size_t count = length / rows->width;
    if (!full_rows(rows, bytes, count, error)) {
        return false;
    }
    rows->carried = length - count * rows->width;
    memcpy(rows->carry, bytes + count * rows->width, rows->carried);
    return true;
}

/* Feeds `length` bytes of the repetition from `phase` on, window by window of the tile. */
static bool feed_tiles(struct rows *rows, const struct iovec *tile, size_t phase, uint64_t length,
                       GError **error)
{
    while (length > 0) {
        const size_t piece = (size_t)MIN(length, (uint64_t)(tile->iov_len - phase));
        if (!feed(rows, (const uint8_t *)tile->iov_base + phase, piece, error)) {
            return false;
        }
        length -= piece;
        phase = 0;
    }
    return true;
}

/*
 * A repetition may be longer than can ever be looked at. When its period divides the width all its
 * rows are the same: one is dumped and the others are passed over at once.
 */
static bool feed_repeat(struct rows *rows, const struct window *window, GError **error)
{
    const size_t period = window->period;
    if (rows->width % period != 0 || !rows->settings.squeeze) {
        return feed_tiles(rows, &window->iov, 0, window->length, error);
    }
    const size_t to_row_start = (rows->width - rows->carried) % rows->width;
    const uint64_t first = MIN(window->length, (uint64_t)(to_row_start + rows->width));
    if (!feed_tiles(rows, &window->iov, 0, first, error)) {
        return false;
    }
    const uint64_t left = window->length - first;
    const uint64_t repeats = left / rows->width;
    if (repeats > 0 && !pass_over(rows, repeats, error)) {
        return false;
    }
    return feed_tiles(rows, &window->iov, (size_t)(first % period), left % rows->width, error);
}

/* A row that is not full is always shown, as by hexdump. */
static bool partial_row(struct rows *rows, GError **error)
{
    const size_t length = rows->carried;
    rows->carried = 0;
    return length == 0 || print_rows(rows, rows->carry, 0, length, error);
}

static bool print_headers(struct rows *rows, size_t up_to, GError **error)
{
    for (; rows->next_header < up_to; rows->next_header++) {
        g_autoptr(GString) name = g_string_new(NULL);
        segment_describe_short(name, vector_segment(rows->vector, rows->next_header));
        if (!output_printf(rows->output, error, "%s# %s\n", rows->prefix, name->str)) {
            return false;
        }
    }
    return true;
}

/* The first window of another segment. */
static bool enter_segment(struct rows *rows, const struct window *window, GError **error)
{
    const struct rows_settings *settings = &rows->settings;
    if (!partial_row(rows, error) || !print_held_star(rows, error) || !close_line(rows, error)) {
        return false;
    }
    rows->segment = window->segment;
    rows->has_last = false;
    rows->starred = false;
    if (settings->offsets == OFFSETS_FILE) {
        const struct segment *segment = vector_segment(rows->vector, window->segment);
        rows->offset =
            segment_source_offset(segment, window->within) + (uint64_t)settings->display_offset;
    }
    return !settings->headers || print_headers(rows, window->segment + 1, error);
}

bool rows_window(struct rows *rows, const struct window *window, GError **error)
{
    const struct rows_settings *settings = &rows->settings;
    const bool another = !rows->any || window->segment != rows->segment;
    if (settings->by_segment && another && !enter_segment(rows, window, error)) {
        return false;
    }
    rows->any = true;
    return window->period ? feed_repeat(rows, window, error)
                          : feed(rows, window->iov.iov_base, window->iov.iov_len, error);
}

static bool print_closing(struct rows *rows, GError **error)
{
    const struct hexline_style *style = &rows->settings.style;
    const int digits = (int)style->digits;
    switch (style->base) {
    case HEXLINE_HEX:
        return output_printf(rows->output, error, "%s%0*" PRIx64 "\n", rows->prefix, digits,
                             rows->offset);
    case HEXLINE_DEC:
        return output_printf(rows->output, error, "%s%0*" PRIu64 "\n", rows->prefix, digits,
                             rows->offset);
    case HEXLINE_OCT:
        return output_printf(rows->output, error, "%s%0*" PRIo64 "\n", rows->prefix, digits,
                             rows->offset);
    case HEXLINE_NO_OFFSET:
        return true;
    }
    g_assert_not_reached();
}

/* Without the closing offset nothing else would say how often the row is repeated. */
static bool end_star(struct rows *rows, GError **error)
{
    if (!rows->settings.no_end || !(rows->starred || rows->held) || rows->carried > 0) {
        return true;
    }
    rows->held = false;
    rows->offset -= rows->width;
    return print_rows(rows, rows->last, 1, 0, error);
}

bool rows_finish(struct rows *rows, GError **error)
{
    if (!end_star(rows, error) || !partial_row(rows, error) || !close_line(rows, error)) {
        return false;
    }
    if (rows->settings.headers && !print_headers(rows, vector_count(rows->vector), error)) {
        return false;
    }
    return !rows->settings.closing || !rows->any || print_closing(rows, error);
}
