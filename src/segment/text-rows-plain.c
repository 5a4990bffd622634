/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rows of nothing but digits, and how they are told from rows that start with an offset. */
#include "segment/text-rows-internal.h"

bool starts_plain(const struct text_rows *rows, const struct text_layout *layout)
{
    const struct text_line *line = &rows->line;
    const char *end = line_after_digits(line, line->start);

    (void)layout;
    return end > line->start && (end == line->end || line_blanks(line, end) == 1);
}

/* What hexdump -f plain prints with a --group of `first` digits: all groups have as many, only the
 * last may have fewer. */
static bool has_even_groups(const struct text_line *line, const char *at, ptrdiff_t first,
                            bool *has_two)
{
    *has_two = false;
    while (at < line->end && *at == ' ') {
        const char *end = line_after_digits(line, at + 1);
        const ptrdiff_t digits = end - at - 1;

        if (digits > first || (digits < first && end != line->end)) {
            return false;
        }
        *has_two |= digits == first;
        at = end;
    }
    return true;
}

static bool may_be_offset(ptrdiff_t digits)
{
    return digits == 6 || digits == 8 || digits == 10;
}

/* False, with an error, for a row that starts with an offset: "000010 de ad". */
static bool check_no_offset(struct text_rows *rows)
{
    struct text_line *line = &rows->line;
    const char *end = line_after_digits(line, line->start);
    const ptrdiff_t digits = end - line->start;
    const char *at = line->start;
    uint64_t number;
    bool has_two;

    if (!may_be_offset(digits) || (end < line->end && *end != ' ')) {
        return true;
    }
    if (!line_read_number(line, &at, 16, &number)) {
        return false;
    }
    const bool goes_on = rows->follows > 0 && number == rows->follows;
    const bool is_alone = end == line->end;

    if (goes_on || !has_even_groups(line, end, digits, &has_two)) {
        return line_fail(line, line->start, "'%.*s' may be an offset, and then it is no data; %s",
                         (int)digits, line->start, rows->input.hint);
    }
    if (has_two) {
        rows->group = digits;
        rows->unsure = rows->unsure == digits ? 0 : rows->unsure;
    } else if (!is_alone && rows->group != digits) {
        rows->unsure = digits;
    }
    return true;
}

/* Of rows like "10000000 6c6c6548 0000000a" only the next one tells that they start with an
 * offset. */
static void expect_offset(struct text_rows *rows)
{
    struct text_line *line = &rows->line;
    const char *at = line->start;
    uint64_t number;

    rows->follows = 0;
    if (rows->group > 0 && line_after_digits(line, at) - at == rows->group &&
        line_read_number(line, &at, 16, &number)) {
        rows->follows = number + rows->bytes->len - (uint64_t)rows->group / 2;
    }
}

static bool read_pairs(struct text_rows *rows)
{
    struct text_line *line = &rows->line;
    const char *at = line->start;
    uint8_t *const first = text_rows_room(rows, (size_t)(line->end - at) / 2 + 1);
    uint8_t *byte = first;
    ptrdiff_t blanks = 0;

    do {
        at += blanks;
        if (!line_read_byte(line, &at, byte)) {
            return false;
        }
        byte++;
        blanks = line_blanks(line, at);
    } while (blanks <= 1 && line_has_digit(line, at + blanks));

    g_byte_array_set_size(rows->bytes, (guint)(byte - first));
    return at == line->end || line_expected(line, at + (*at == ' '), "a hex digit");
}

enum line_kind read_plain(struct text_rows *rows)
{
    const bool is_named = rows->input.look == TEXT_PLAIN;

    if ((!is_named && !check_no_offset(rows)) || !read_pairs(rows)) {
        return LINE_FAILED;
    }
    if (!is_named) {
        expect_offset(rows);
        rows->witnessed = rows->unsure == 0;
    }
    return LINE_ROW;
}
