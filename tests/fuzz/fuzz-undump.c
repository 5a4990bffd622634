/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Any text: it is refused at a place that it has, or stands for bytes that dump and read back as
 * the same bytes in each look.
 */
#include <glib.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "core/hexline.h"
#include "segment/error.h"
#include "segment/spec.h"
#include "segment/undump.h"

#define STAR_LIMIT 100000u

static const struct hexline_style looks[] = {
    { .prefix = "",
      .base = HEXLINE_HEX,
      .digits = 8,
      .offset_end = "  ",
      .width = 16,
      .group = 1,
      .half = 8,
      .ascii = true,
      .ascii_start = "  |",
      .ascii_end = "|" },
    { .prefix = "",
      .base = HEXLINE_HEX,
      .digits = 8,
      .offset_end = ": ",
      .width = 7,
      .group = 3,
      .upper = true,
      .ascii = true,
      .ascii_start = "  ",
      .ascii_end = "" },
    { .prefix = "", .base = HEXLINE_NO_OFFSET, .offset_end = "", .width = 30 },
};

static GString *dump(const struct hexline_style *look, const GByteArray *bytes)
{
    struct hexline *line = hexline_new(look);
    GString *text = g_string_new(NULL);
    g_autofree char *row = g_malloc(hexline_row_max(line));

    for (size_t at = 0; at < bytes->len; at += look->width) {
        const size_t some = MIN(bytes->len - at, look->width);

        g_string_append_len(text, row, (gssize)hexline_row(line, row, bytes->data + at, some, at));
    }
    hexline_free(line);
    return text;
}

static void check_round_trip(const GByteArray *bytes)
{
    for (size_t i = 0; i < G_N_ELEMENTS(looks); i++) {
        g_autoptr(GByteArray) again = g_byte_array_new();
        g_autoptr(GString) text = dump(&looks[i], bytes);
        g_autoptr(GError) error = NULL;

        undump("again", TEXT_ANY, text->str, text->len, 0, again, &error);
        g_assert_no_error(error);
        g_assert_cmpuint(again->len, ==, bytes->len);
        g_assert_true(bytes->len == 0 || memcmp(again->data, bytes->data, bytes->len) == 0);
    }
}

/* The line and the column of the message are in the text; one past the last column is its end. */
static void check_place(const char *text, size_t length, const char *message)
{
    size_t number;
    size_t column;

    g_assert_cmpint(sscanf(message, "dump 'fuzz', line %zu, column %zu: ", &number, &column), ==,
                    2);
    g_assert_cmpuint(number, >=, 1);
    for (; number > 1; number--) {
        const char *newline = memchr(text, '\n', length);

        g_assert_nonnull(newline);
        length -= (size_t)(newline + 1 - text);
        text = newline + 1;
    }
    const char *newline = memchr(text, '\n', length);

    g_assert_cmpuint(column, >=, 1);
    g_assert_cmpuint(column, <=, newline ? (size_t)(newline - text) + 1 : length + 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autoptr(GByteArray) bytes = g_byte_array_new();
    g_autoptr(GError) error = NULL;
    const char *text = (const char *)data;

    if (undump("fuzz", TEXT_ANY, text, size, STAR_LIMIT, bytes, &error)) {
        g_assert_no_error(error);
        g_assert_cmpuint(bytes->len, <=, size / 2 + STAR_LIMIT);
        check_round_trip(bytes);
    } else {
        g_assert_error(error, IOVTOOL_ERROR, IOVTOOL_ERROR_SYNTAX);
        check_place(text, size, error->message);
    }
    return 0;
}
