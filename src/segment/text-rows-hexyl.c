/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rows of hexyl: panels of eight bytes between borders of box characters or of ASCII, coloured or
 * not. */
#include "segment/text-rows-internal.h"

#define CELLS_MAX 1024u
#define PANEL_BYTES 8u
#define PANEL_CELLS (3 * PANEL_BYTES + 1) /* " 41 42 43 44 45 46 47 48 " */

/* A character of the line, without the colour escapes before it. */
struct cell {
    gunichar character;
    const char *at;
};

struct cells {
    struct cell cell[CELLS_MAX + 1]; /* the one after the last is NUL, at the end of the line */
    size_t count;
};

/* Past "\033[...m", if that is what is there. */
static const char *skip_colors(const struct text_line *line, const char *at)
{
    while (line->end - at > 2 && at[0] == '\033' && at[1] == '[') {
        const char *end = at + 2;

        while (end < line->end && (g_ascii_isdigit(*end) || *end == ';')) {
            end++;
        }
        if (end == line->end || *end != 'm') {
            return at;
        }
        at = end + 1;
    }
    return at;
}

static bool split(struct text_line *line, struct cells *cells)
{
    const char *at = skip_colors(line, line->start);

    cells->count = 0;
    while (at < line->end) {
        const gunichar character = g_utf8_get_char_validated(at, line->end - at);

        if (character >= (gunichar)-2) {
            return line_expected(line, at, "a character of hexyl");
        }
        if (cells->count == CELLS_MAX) {
            return line_fail(line, at, "the line is too long for hexyl");
        }
        cells->cell[cells->count++] = (struct cell){ character, at };
        at = skip_colors(line, g_utf8_next_char(at));
    }
    cells->cell[cells->count] = (struct cell){ 0, line->end };
    return true;
}

/* Between two fields of a row. */
static bool is_border(gunichar character)
{
    return character == 0x2502 || character == 0x250a || character == '|';
}

/* Of the lines above and below the rows. */
static bool is_frame(gunichar character)
{
    return character == '+' || character == '-' || (character >= 0x2500 && character < 0x2580);
}

bool starts_hexyl(const struct text_rows *rows, const struct text_layout *layout)
{
    const struct text_line *line = &rows->line;
    const char *at = skip_colors(line, line->start);

    (void)layout;
    if (line->end - at < 3) {
        return false;
    }
    const gunichar first = g_utf8_get_char_validated(at, line->end - at);

    return first < (gunichar)-2 && (is_border(first) || (first != '-' && is_frame(first)));
}

static bool expect_border(struct text_line *line, const struct cell *cell)
{
    return is_border(cell->character) || line_expected(line, cell->at, "a border of hexyl");
}

static bool is_digit(const struct cell *cell)
{
    return cell->character < 128 && line_digit_value[cell->character] != 0;
}

static bool is_blank_pair(const struct cell *cell)
{
    return cell[0].character == ' ' && cell[1].character == ' ';
}

/* A field of bytes starts there, and no field of characters, which is shorter. */
static bool is_panel(const struct cells *cells, size_t at)
{
    return cells->count - at > PANEL_CELLS && cells->cell[at].character == ' ' &&
           (is_digit(&cells->cell[at + 8]) || cells->cell[at + 8].character == ' ') &&
           !is_border(cells->cell[at + 8].character);
}

/* *count bytes of a panel; none come after one that is blank, in any panel. */
static bool read_panel(struct text_rows *rows, const struct cell *cell, bool *ended)
{
    struct text_line *line = &rows->line;

    for (size_t i = 0; i < PANEL_BYTES; i++, cell += 3) {
        if (cell->character != ' ') {
            return line_expected(line, cell->at, "a blank before a byte");
        }
        if (is_blank_pair(cell + 1)) {
            *ended = true;
            continue;
        }
        if (*ended || !is_digit(cell + 1)) {
            return line_expected(line, cell[1].at,
                                 *ended ? "a blank after the last byte" : "a hex digit");
        }
        if (!is_digit(cell + 2)) {
            return line_expected(line, cell[2].at, "the second hex digit of a byte");
        }
        const uint8_t byte = (uint8_t)((line_digit_value[cell[1].character] - 1u) << 4 |
                                       (line_digit_value[cell[2].character] - 1u));
        g_byte_array_append(rows->bytes, &byte, 1);
    }
    return cell->character == ' ' || line_expected(line, cell->at, "a blank after a panel");
}

/* What hexyl, of any version, shows for a byte. */
static bool shows(gunichar character, uint8_t byte)
{
    if (byte > ' ' && byte <= '~') {
        return character == byte;
    }
    if (byte == ' ') {
        return character == ' ';
    }
    if (byte == 0) {
        return character == '0' || character == 0x22c4 || character == '.';
    }
    if (byte >= 0x80) {
        return character == 0xd7 || character == '.';
    }
    return character == '.' || (byte >= '\t' && byte <= '\r' && character == '_') ||
           character == 0x2022;
}

static bool read_character(struct text_rows *rows, const struct cell *cell, size_t place)
{
    const bool is_byte = place < rows->bytes->len;
    const uint8_t byte = is_byte ? rows->bytes->data[place] : ' ';

    if (shows(cell->character, byte)) {
        return true;
    }
    g_autofree char *what = is_byte ? g_strdup_printf("the character of the digits %02x", byte)
                                    : g_strdup("a blank after the last byte");
    return line_expected(&rows->line, cell->at, what);
}

/* Fields of eight characters, each with a border behind it, up to the end of the line. */
static bool read_characters(struct text_rows *rows, const struct cells *cells, size_t at,
                            size_t panels)
{
    struct text_line *line = &rows->line;

    for (size_t place = 0; place < panels * PANEL_BYTES; place++, at++) {
        if (place > 0 && place % PANEL_BYTES == 0 && !expect_border(line, &cells->cell[at++])) {
            return false;
        }
        if (at >= cells->count) {
            return line_expected(line, line->end, "a character for each byte");
        }
        if (!read_character(rows, &cells->cell[at], place)) {
            return false;
        }
    }
    return expect_border(line, &cells->cell[at]) &&
           (at + 1 == cells->count ||
            line_expected(line, cells->cell[at + 1].at, "the end of the line"));
}

/* The field of the offset, from cell 1 on; *at is then the border after it. */
static enum line_kind read_offset(struct text_rows *rows, const struct cells *cells, size_t *at)
{
    struct text_line *line = &rows->line;
    const struct cell *cell = &cells->cell[1];

    rows->offset = 0;
    rows->offset_at = cell->at;
    if (cell->character == '*') {
        return LINE_STAR;
    }
    for (; is_digit(cell); cell++) {
        if (rows->offset >> 60 != 0) {
            line_fail(line, rows->offset_at, "the offset has more than 64 bits");
            return LINE_FAILED;
        }
        rows->offset = rows->offset << 4 | (line_digit_value[cell->character] - 1u);
    }
    if (cell == &cells->cell[1]) {
        line_expected(line, cell->at, "a hex digit");
        return LINE_FAILED;
    }
    *at = (size_t)(cell - cells->cell);
    return expect_border(line, cell) ? LINE_ROW : LINE_FAILED;
}

/* Fields of bytes and of characters, from the border at `at` on. */
static enum line_kind read_fields(struct text_rows *rows, const struct cells *cells, size_t at)
{
    bool ended = false;
    size_t panels = 0;

    g_byte_array_set_size(rows->bytes, 0);
    for (at++; is_panel(cells, at); at += PANEL_CELLS + 1) {
        if (!read_panel(rows, &cells->cell[at], &ended) ||
            !expect_border(&rows->line, &cells->cell[at + PANEL_CELLS])) {
            return LINE_FAILED;
        }
        panels++;
    }
    if (panels == 0) {
        line_expected(&rows->line, cells->cell[MIN(at, cells->count)].at, "eight bytes of hexyl");
        return LINE_FAILED;
    }
    if (at < cells->count && !read_characters(rows, cells, at, panels)) {
        return LINE_FAILED;
    }
    return rows->bytes->len > 0 ? LINE_ROW : LINE_CLOSING;
}

enum line_kind read_hexyl(struct text_rows *rows)
{
    struct text_line *line = &rows->line;
    struct cells cells;
    size_t at = 0;

    if (!split(line, &cells)) {
        return LINE_FAILED;
    }
    if (!is_border(cells.cell[0].character) && is_frame(cells.cell[0].character)) {
        return LINE_NOTHING;
    }
    if (rows->closed) {
        return text_rows_ended(rows);
    }
    if (!expect_border(line, &cells.cell[0])) {
        return LINE_FAILED;
    }
    const enum line_kind kind = read_offset(rows, &cells, &at);

    return kind == LINE_ROW ? read_fields(rows, &cells, at) : kind;
}
