/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the tests of core/hexline share: looks, data, and all variants against one expected text. */
#ifndef IOVTOOL_TESTS_HEXLINE_CHECK_H
#define IOVTOOL_TESTS_HEXLINE_CHECK_H

#include <glib.h>
#include <inttypes.h>
#include <string.h>

#include "core/hexline.h"

#define SEED 20240601u
#define GUARD 0xa5
#define GUARD_LENGTH 64u
#define ROWS_MAX 100u
#define DATA_MAX (ROWS_MAX * 64u)

static const uint8_t sample[] = "\0Hello, \xff\x7fworld~\n";
#define SAMPLE_LENGTH (sizeof(sample) - 1)

static const struct hexline_style canonical = {
    .prefix = "",
    .base = HEXLINE_HEX,
    .digits = 8,
    .offset_end = "  ",
    .width = 16,
    .group = 1,
    .half = 8,
    .ascii = true,
    .ascii_start = "  |",
    .ascii_end = "|",
};

static const struct hexline_style xxd = {
    .prefix = "",
    .base = HEXLINE_HEX,
    .digits = 8,
    .offset_end = ": ",
    .width = 16,
    .group = 2,
    .ascii = true,
    .ascii_start = "  ",
    .ascii_end = "",
};

static const struct hexline_style plain = {
    .prefix = "",
    .base = HEXLINE_NO_OFFSET,
    .offset_end = "",
    .width = 30,
    .ascii_start = "",
    .ascii_end = "",
};

static const struct hexline_style qemu = {
    .prefix = "mem: ",
    .base = HEXLINE_HEX,
    .digits = 4,
    .offset_end = ":  ",
    .width = 16,
    .group = 1,
    .half = 4,
    .ascii = true,
    .ascii_start = " ",
    .ascii_end = "",
};

/* Random bytes, every other one printable. */
static inline void fill_random(GRand *random, uint8_t *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        const int least = i % 2 ? ' ' : 0;
        const int most = i % 2 ? '~' : 0xff;

        bytes[i] = (uint8_t)g_rand_int_range(random, least, most + 1);
    }
}

static inline char *style_text(const struct hexline_style *style)
{
    return g_strdup_printf("'%s' base %d digits %u '%s' width %u group %u half %u%s%s%s",
                           style->prefix, (int)style->base, style->digits, style->offset_end,
                           style->width, style->group, style->half,
                           style->little_endian ? " le" : "", style->upper ? " upper" : "",
                           style->ascii ? " ascii" : "");
}

static inline void assert_same(const char *what, const char *actual, size_t actual_length,
                               const char *expected, size_t expected_length)
{
    if (actual_length != expected_length || memcmp(actual, expected, actual_length) != 0) {
        g_error("%s (seed %u): got %zu bytes:\n%.*s\nexpected %zu:\n%.*s", what, SEED,
                actual_length, (int)actual_length, actual, expected_length, (int)expected_length,
                expected);
    }
}

/* A row by hexline_row(), appended; the memory after row_max bytes stays as it was. */
static inline void append_row(GString *text, const struct hexline *line, const uint8_t *src,
                              size_t bytes, uint64_t offset)
{
    size_t most = hexline_row_max(line);
    g_autofree char *row = g_malloc(most + GUARD_LENGTH);

    memset(row, GUARD, most + GUARD_LENGTH);
    size_t length = hexline_row(line, row, src, bytes, offset);
    g_assert_cmpuint(length, <=, most);
    for (size_t i = most; i < most + GUARD_LENGTH; i++) {
        g_assert_cmphex((uint8_t)row[i], ==, GUARD);
    }
    g_string_append_len(text, row, (gssize)length);
}

/* Full rows by hexline_rows(); the memory before dst and after the slack stays as it was. */
static inline void append_rows(GString *text, const struct hexline *line, const uint8_t *src,
                               size_t rows, uint64_t offset)
{
    size_t most = rows * hexline_row_max(line) + HEXLINE_SLACK;
    g_autofree char *memory = g_malloc(most + 2 * GUARD_LENGTH);
    char *dst = memory + GUARD_LENGTH;

    memset(memory, GUARD, most + 2 * GUARD_LENGTH);
    size_t length = hexline_rows(line, dst, src, rows, offset);
    g_assert_cmpuint(length + HEXLINE_SLACK, <=, most);
    for (size_t i = 0; i < GUARD_LENGTH; i++) {
        g_assert_cmphex((uint8_t)memory[i], ==, GUARD);
        g_assert_cmphex((uint8_t)dst[most + i], ==, GUARD);
    }
    g_string_append_len(text, dst, (gssize)length);
}

static inline GString *dump_by_row(const struct hexline *line, const uint8_t *src, size_t length,
                                   uint64_t offset)
{
    GString *text = g_string_new(NULL);

    for (size_t at = 0; at < length; at += hexline_width(line)) {
        append_row(text, line, src + at, MIN(length - at, hexline_width(line)), offset + at);
    }
    return text;
}

static inline GString *dump(const struct hexline *line, const uint8_t *src, size_t length,
                            uint64_t offset)
{
    GString *text = g_string_new(NULL);
    size_t rows = length / hexline_width(line);
    size_t done = rows * hexline_width(line);

    append_rows(text, line, src, rows, offset);
    if (done < length) {
        append_row(text, line, src + done, length - done, offset + done);
    }
    return text;
}

/* Every variant writes `expected`, and so does hexline_row() row by row. */
static inline void check_dump(const struct hexline_style *style, const uint8_t *src, size_t length,
                              uint64_t offset, const char *expected, size_t expected_length)
{
    struct hexline *line = hexline_new(style);
    g_autofree char *words = style_text(style);
    g_autoptr(GString) by_row = dump_by_row(line, src, length, offset);
    g_autofree char *where = g_strdup_printf("%s at %" PRIx64 ", %zu bytes", words, offset, length);
    const char *name;

    assert_same(where, by_row->str, by_row->len, expected, expected_length);
    for (unsigned i = 0; hexline_use_variant(line, i, &name); i++) {
        if (name != NULL) {
            g_autoptr(GString) text = dump(line, src, length, offset);
            g_autofree char *what = g_strdup_printf("%s: %s", name, where);

            assert_same(what, text->str, text->len, expected, expected_length);
        }
    }
    hexline_free(line);
}

static inline struct hexline_style random_style(GRand *random)
{
    static const char *const prefixes[] = { "", "", "> ", "a prefix longer than a chunk: " };
    static const char *const offset_ends[] = { "", "  ", ": ", ":  ", "a long end of the offset" };
    static const char *const ascii_starts[] = { "", " ", "  |",
                                                " <-- so much for the digits --> " };
    static const char *const ascii_ends[] = { "", "|", " and no more, as the end of this row" };

    return (struct hexline_style){
        .prefix = prefixes[g_rand_int_range(random, 0, G_N_ELEMENTS(prefixes))],
        .base = (enum hexline_base)g_rand_int_range(random, 0, 4),
        .digits = (unsigned)g_rand_int_range(random, 0, 20),
        .offset_end = offset_ends[g_rand_int_range(random, 0, G_N_ELEMENTS(offset_ends))],
        .width = (unsigned)g_rand_int_range(random, 1, 41),
        .group = (unsigned)g_rand_int_range(random, 0, 20),
        .half = (unsigned)g_rand_int_range(random, 0, 20),
        .little_endian = g_rand_boolean(random),
        .upper = g_rand_boolean(random),
        .ascii = g_rand_boolean(random),
        .ascii_start = ascii_starts[g_rand_int_range(random, 0, G_N_ELEMENTS(ascii_starts))],
        .ascii_end = ascii_ends[g_rand_int_range(random, 0, G_N_ELEMENTS(ascii_ends))],
    };
}

/* A little before a number that ends in zeros, so that digits carry. */
static inline uint64_t random_offset(GRand *random)
{
    static const uint64_t bases[] = { 10, 8, 16 };
    uint64_t base = bases[g_rand_int_range(random, 0, G_N_ELEMENTS(bases))];
    uint64_t offset = (uint64_t)g_rand_int_range(random, 0, 4);

    for (int digits = g_rand_int_range(random, 0, 22); digits > 0; digits--) {
        offset *= base;
    }
    return offset - (uint64_t)g_rand_int_range(random, 0, 800);
}

#endif
