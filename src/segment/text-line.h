/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A line of a dump and what the readers of segment/text-rows.h find in it. They take the place
 * `*at` in the line and move it past what they read; when that is not there, they set the error and
 * return false.
 */
#ifndef IOVTOOL_SEGMENT_TEXT_LINE_H
#define IOVTOOL_SEGMENT_TEXT_LINE_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct text_line {
    const char *start;
    const char *end;       /* before what ends the line */
    size_t number;         /* from 1 */
    const char *kind;      /* what the text is called in messages: "dump" */
    const char *name;      /* its name there */
    const char *failed_at; /* where the latest error is */
    GError **error;
};

/* Sets the error to "KIND 'NAME', line N, column C: ..."; returns false. */
bool line_fail(struct text_line *line, const char *at, const char *format, ...) G_GNUC_PRINTF(3, 4);

/* The same: "expected WHAT, found 'x'", or "found the end of the line". */
bool line_expected(struct text_line *line, const char *at, const char *what);

/* The value of a hex digit, plus one; 0 for what is none. */
extern const uint8_t line_digit_value[256];

static inline bool line_has_digit(const struct text_line *line, const char *at)
{
    return at < line->end && line_digit_value[(uint8_t)*at] != 0;
}

/* Past the hex digits from `at` on. */
const char *line_after_digits(const struct text_line *line, const char *at);

/* The blanks from `at` on. */
static inline ptrdiff_t line_blanks(const struct text_line *line, const char *at)
{
    const char *start = at;

    while (at < line->end && *at == ' ') {
        at++;
    }
    return at - start;
}

/* Sets the error for a byte that line_read_byte() could not read. */
bool line_fail_byte(struct text_line *line, const char *at);

/* A byte of two hex digits. */
static inline bool line_read_byte(struct text_line *line, const char **at, uint8_t *byte)
{
    const char *pair = *at;

    if (line->end - pair < 2) {
        return line_fail_byte(line, pair);
    }
    const unsigned high = line_digit_value[(uint8_t)pair[0]] - 1u;
    const unsigned low = line_digit_value[(uint8_t)pair[1]] - 1u;

    if ((high | low) > 15) {
        return line_fail_byte(line, pair);
    }
    *byte = (uint8_t)(high << 4 | low);
    *at = pair + 2;
    return true;
}

/* A byte of eight binary digits. */
bool line_read_bits(struct text_line *line, const char **at, uint8_t *byte);

/* A number of 64 bits with digits of that radix, up to 16. */
bool line_read_number(struct text_line *line, const char **at, unsigned radix, uint64_t *number);

/* Just that text; it is called `what` when it is not there. */
bool line_read_text(struct text_line *line, const char **at, const char *text, const char *what);

/* The end of the line, at `at`. */
bool line_read_end(struct text_line *line, const char *at);

#endif
