/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The bytes of a C array: what xxd -i and iovtool hexdump -f c print. */
#include "segment/text-rows-internal.h"

#include <string.h>

static const char *skip_blanks(const struct text_line *line, const char *at)
{
    while (at < line->end && (*at == ' ' || *at == '\t')) {
        at++;
    }
    return at;
}

static bool is_number(const struct text_line *line, const char *at)
{
    return line->end - at > 2 && at[0] == '0' && (at[1] == 'x' || at[1] == 'X') &&
           line_has_digit(line, at + 2);
}

/* "unsigned char NAME[] = {", with any words before and a length or none. */
static bool is_header(const struct text_line *line)
{
    const char *open = memchr(line->start, '[', (size_t)(line->end - line->start));
    const char *brace = memchr(line->start, '{', (size_t)(line->end - line->start));

    if (open == NULL || brace == NULL || brace < open ||
        !(g_ascii_isalpha(*line->start) || *line->start == '_')) {
        return false;
    }
    for (const char *at = line->start; at < open; at++) {
        if (!g_ascii_isalnum(*at) && *at != '_' && *at != ' ') {
            return false;
        }
    }
    for (const char *at = open + 1; at < brace; at++) {
        if (!g_ascii_isdigit(*at) && *at != ']' && *at != ' ' && *at != '=') {
            return false;
        }
    }
    return true;
}

bool starts_array(const struct text_rows *rows, const struct text_layout *layout)
{
    const struct text_line *line = &rows->line;
    const char *at = skip_blanks(line, line->start);

    (void)layout;
    return is_header(line) ||
           (is_number(line, at) && (line->end - at < 5 || at[4] == ',' || at[4] == ' '));
}

/* What follows the array: "unsigned int NAME_len = COUNT;". */
static bool read_count(struct text_rows *rows)
{
    struct text_line *line = &rows->line;
    const char *equals = memchr(line->start, '=', (size_t)(line->end - line->start));
    uint64_t count;

    if (equals == NULL) {
        return line_expected(line, line->start, "the length of the array, or the end of the text");
    }
    const char *number = skip_blanks(line, equals + 1);
    const char *at = number;

    if (!line_read_number(line, &at, 10, &count) ||
        !line_read_text(line, &at, ";", "a semicolon") || !line_read_end(line, at)) {
        return false;
    }
    rows->closed = true;
    return count == rows->count ||
           line_fail(line, number,
                     "the length says %" G_GUINT64_FORMAT " bytes, found %" G_GUINT64_FORMAT, count,
                     rows->count);
}

static bool read_number(struct text_rows *rows, const char **at, size_t *count)
{
    struct text_line *line = &rows->line;

    if (!is_number(line, *at)) {
        return line_expected(line, *at, "a byte like 0x41");
    }
    if (rows->needs_comma) {
        return line_expected(line, *at, "a comma");
    }
    *at += 2;
    rows->needs_comma = true;
    return line_read_byte(line, at, &rows->bytes->data[(*count)++]);
}

/* The next thing of the array. */
static bool read_item(struct text_rows *rows, const char **at, size_t *count)
{
    struct text_line *line = &rows->line;

    if (**at == ',' && rows->needs_comma) {
        rows->needs_comma = false;
        ++*at;
        return true;
    }
    if (**at == '}' && rows->array == ARRAY_OPEN) {
        rows->array = ARRAY_ENDED;
        ++*at;
        return line_read_text(line, at, ";", "a semicolon") && line_read_end(line, *at);
    }
    return read_number(rows, at, count);
}

enum line_kind read_array(struct text_rows *rows)
{
    struct text_line *line = &rows->line;
    const char *at = line->start;
    size_t count = 0;

    if (rows->array == ARRAY_ENDED) {
        return read_count(rows) ? LINE_NOTHING : LINE_FAILED;
    }
    if (rows->array == ARRAY_NONE && rows->count == 0 && is_header(line)) {
        rows->array = ARRAY_OPEN;
        at = (const char *)memchr(at, '{', (size_t)(line->end - at)) + 1;
    }
    text_rows_room(rows, (size_t)(line->end - at) / 4 + 1);
    while ((at = skip_blanks(line, at)) < line->end) {
        if (!read_item(rows, &at, &count)) {
            return LINE_FAILED;
        }
    }
    g_byte_array_set_size(rows->bytes, (guint)count);
    rows->count += count;
    return count > 0 ? LINE_ROW : LINE_NOTHING;
}

bool finish_array(struct text_rows *rows)
{
    return rows->array != ARRAY_OPEN || text_rows_expected_end(rows, "}; after the bytes");
}
