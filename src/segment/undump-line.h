/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A line of a dump and what undump() reads in it. Readers take the place `*at` in the line and move
 * it past what they read; when that is not there, they set the error and return false.
 */
#ifndef IOVTOOL_SEGMENT_UNDUMP_LINE_H
#define IOVTOOL_SEGMENT_UNDUMP_LINE_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct dump_line {
    const char *start;
    const char *end;  /* before what ends the line */
    size_t number;    /* from 1 */
    const char *dump; /* its name, for messages */
    GError **error;
};

/* Sets the error to "dump 'NAME', line N, column C: ..."; returns false. */
bool line_fail(const struct dump_line *line, const char *at, const char *format, ...)
    G_GNUC_PRINTF(3, 4);

/* The same for the character there, which is `what`, as in "not a hex digit". */
bool line_fail_character(const struct dump_line *line, const char *at, const char *what);

/* The value of a hex digit, plus one; 0 for what is none. */
extern const uint8_t line_digit_value[256];

static inline bool line_has_digit(const struct dump_line *line, const char *at)
{
    return at < line->end && line_digit_value[(uint8_t)*at] != 0;
}

/* The blanks from `at` on. */
static inline ptrdiff_t line_blanks(const struct dump_line *line, const char *at)
{
    const char *start = at;

    while (at < line->end && *at == ' ') {
        at++;
    }
    return at - start;
}

/* A byte of two digits. */
bool line_read_byte(const struct dump_line *line, const char **at, uint8_t *byte);

/* A number in hex. */
bool line_read_offset(const struct dump_line *line, const char **at, uint64_t *offset);

/* Just that text; what is there instead is `what`. */
bool line_read_text(const struct dump_line *line, const char **at, const char *text,
                    const char *what);

/* As many characters as there are bytes: those that show them in ASCII. */
bool line_read_ascii(const struct dump_line *line, const char **at, const uint8_t *bytes,
                     size_t length);

/* The end of the line, at `at`. */
bool line_read_end(const struct dump_line *line, const char *at);

#endif
