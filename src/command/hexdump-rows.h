/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Windows -> rows of a hex dump on standard output: cuts windows of any size into rows, squeezes
 * repeated ones, and starts anew at each segment where offsets or headers ask for that. How a row
 * looks is core/hexline.h's.
 */
#ifndef IOVTOOL_COMMAND_HEXDUMP_ROWS_H
#define IOVTOOL_COMMAND_HEXDUMP_ROWS_H

#include "cli/output.h"
#include "command/hexdump-listing.h"
#include "command/hexdump-records.h"
#include "core/hexline.h"
#include "segment/vector.h"
#include "transfer/reader.h"

enum dump_offsets { OFFSETS_VECTOR, OFFSETS_FILE, OFFSETS_NONE };

struct rows_settings {
    struct hexline_style style;
    uint64_t first_offset;  /* of the first byte of the vector, OFFSETS_VECTOR */
    int64_t display_offset; /* added to every offset shown */
    enum dump_offsets offsets;
    bool squeeze;    /* rows equal to the one before are shown as one "*" */
    bool closing;    /* a last line with the offset after the last byte */
    bool no_end;     /* no such line: a "*" at the end is followed by the last row in full */
    bool headers;    /* a "# SEGMENT" line where each segment starts */
    bool by_segment; /* a new row at each segment start: with headers and OFFSETS_FILE at least */
    bool one_line;   /* no line ends between the rows */
    bool color;
    struct records *records; /* rows become records instead of text; NULL: they do not */
    struct listing *json;    /* rows become JSON objects instead of text; NULL: they do not */
};

struct rows;

/* The reader serves to ask whether a window was intact; it needs READER_SPLIT with by_segment. */
struct rows *rows_new(const struct rows_settings *settings, const struct vector *vector,
                      const struct reader *reader, struct output *output);
void rows_free(struct rows *rows);

bool rows_window(struct rows *rows, const struct window *window, GError **error);
/* After the last window: the row that is not full, and the closing offset. */
bool rows_finish(struct rows *rows, GError **error);

#endif
