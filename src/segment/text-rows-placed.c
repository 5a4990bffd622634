/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rows that start with their offset: those of hexdump -C, xxd and od. */
#include "segment/text-rows-internal.h"

#include <string.h>

/* ---- Offset and bytes ------------------------------------------------------------------------ */

static const char *after_offset(const struct text_line *line, const struct text_layout *layout,
                                const char *at)
{
    while (line_has_digit(line, at) && line_digit_value[(uint8_t)*at] <= layout->radix) {
        at++;
    }
    return at;
}

bool starts_placed(const struct text_rows *rows, const struct text_layout *layout)
{
    const struct text_line *line = &rows->line;
    const char *end = after_offset(line, layout, line->start);

    if (end - line->start < (ptrdiff_t)layout->least_digits || end == line->end ||
        *end != layout->offset_end[0]) {
        return false;
    }
    const ptrdiff_t blanks = line_blanks(line, end);

    return layout->offset_end[0] == ':' ||
           (layout->offset_end[1] == ' ' ? blanks > 1 : blanks == 1);
}

static bool read_offset(struct text_rows *rows, const char **at)
{
    struct text_line *line = &rows->line;
    const struct text_layout *layout = rows->layout;
    const char *start = *at;

    rows->offset_at = start;
    if (!line_read_number(line, at, layout->radix, &rows->offset)) {
        return false;
    }
    rows->witnessed |= (*at - start) % 2 != 0; /* plain has no half bytes */
    return *at - start >= (ptrdiff_t)layout->least_digits ||
           line_fail(line, start, "expected an offset of at least %u digits, found %td",
                     layout->least_digits, *at - start);
}

static bool read_offset_end(struct text_rows *rows, const char **at)
{
    const char *text = rows->layout->offset_end;
    const char *what = text[0] == ':' && text[2] == ' ' ? "a colon and two blanks after the offset"
                       : text[0] == ':'                 ? "a colon and a blank after the offset"
                       : text[1] == ' '                 ? "two blanks after the offset"
                                                        : "a blank after the offset";

    return line_read_text(&rows->line, at, text, what);
}

static bool fail_crowded(struct text_rows *rows, const char *at)
{
    return line_expected(&rows->line, at, "a blank after each byte of two digits (od -t x1)");
}

/* BYTES; *at is then after the last one. */
static bool read_bytes(struct text_rows *rows, const char **at)
{
    struct text_line *line = &rows->line;
    const struct text_layout *layout = rows->layout;
    const size_t most = (size_t)(line->end - *at) / layout->byte_digits + 1;
    uint8_t *const first = text_rows_room(rows, most);
    uint8_t *byte = first;
    const bool is_hex = layout->byte_digits == 2;
    ptrdiff_t blanks = 0;

    do {
        *at += blanks;
        if (!(is_hex ? line_read_byte(line, at, byte) : line_read_bits(line, at, byte))) {
            return false;
        }
        byte++;
        blanks = line_blanks(line, *at);
        if (blanks < (ptrdiff_t)layout->least_blanks && line_has_digit(line, *at)) {
            return fail_crowded(rows, *at);
        }
    } while (blanks <= (ptrdiff_t)layout->most_blanks && line_has_digit(line, *at + blanks));

    g_byte_array_set_size(rows->bytes, (guint)(byte - first));
    return true;
}

/*
 * od -t u1 and u2 give decimal numbers, in columns wide enough for the largest: those of two and of
 * four digits come after two blanks each. Its offsets have 6 digits in hex and else 7; hexdump -C
 * has 8, and tells its bytes by "|".
 */
static bool could_be_decimal(const char *offset, const char *digits, const char *end)
{
    const ptrdiff_t offset_length = strchr(offset, ' ') - offset;

    for (const char *at = digits; at < end; at += 2) {
        if (!(g_ascii_isdigit(at[0]) && g_ascii_isdigit(at[1])) && strncmp(at, "  ", 2) != 0) {
            return false;
        }
    }
    return offset_length == 6 || offset_length == 7;
}

static void note_base(struct text_rows *rows, const char *digits, const char *end)
{
    if (rows->hexadecimal) {
        return;
    }
    const bool has_characters = end + line_blanks(&rows->line, end) != rows->line.end;

    rows->hexadecimal = has_characters || !could_be_decimal(rows->offset_at, digits, end);
    rows->decimal = !rows->hexadecimal;
}

/* ---- Characters ------------------------------------------------------------------------------ */

static char shown(const struct text_rows *rows, uint8_t byte)
{
    return byte >= (uint8_t)rows->layout->least_shown && byte <= '~' ? (char)byte : '.';
}

/* Compares `count` characters with the bytes; those of the other bytes were blanks. */
static bool check_characters(struct text_rows *rows, const char *at, size_t count)
{
    const uint8_t *bytes = rows->bytes->data;

    for (size_t i = 0; i < count; i++, at++) {
        if (*at != shown(rows, bytes[i])) {
            g_autofree char *what = g_strdup_printf("'%c', the character of the digits %02x",
                                                    shown(rows, bytes[i]), bytes[i]);
            return line_expected(&rows->line, at, what);
        }
    }
    return true;
}

static bool fail_count(struct text_rows *rows, const char *at, size_t characters)
{
    return line_fail(&rows->line, at, "too %s digits: %u byte%s, but %zu character%s",
                     characters > rows->bytes->len ? "few" : "many", rows->bytes->len,
                     rows->bytes->len == 1 ? "" : "s", characters, characters == 1 ? "" : "s");
}

/* CHARACTERS between marks. `at` is after BYTES, and `from` at what follows the blanks. */
static bool read_marked(struct text_rows *rows, const char *at, const char *from)
{
    struct text_line *line = &rows->line;
    const struct text_layout *layout = rows->layout;
    char what[] = "| after the characters";

    if (*from != layout->open) {
        return line_expected(line, MIN(from, at + layout->most_blanks), "a hex digit");
    }
    const char *close = memrchr(from + 1, layout->close, (size_t)(line->end - from - 1));

    what[0] = layout->close;
    if (close == NULL) {
        return line_expected(line, line->end, what);
    }
    const size_t count = (size_t)(close - from - 1);

    rows->witnessed = true;
    if (count != rows->bytes->len) {
        return fail_count(rows, at, count);
    }
    return check_characters(rows, from + 1, count) && line_read_end(line, close + 1);
}

static bool ends_blank(const GByteArray *bytes, size_t from)
{
    while (from < bytes->len && bytes->data[from] == ' ') {
        from++;
    }
    return from == bytes->len;
}

/* CHARACTERS that end the line. Those at its end that are blanks may be missing. */
static bool read_unmarked(struct text_rows *rows, const char *digits, const char *at,
                          const char *from)
{
    const char *const end = rows->line.end;
    const size_t length = rows->bytes->len;
    const ptrdiff_t room = end - (at + 2);
    const bool is_known = rows->characters_at > 0 && digits + rows->characters_at >= at + 2 &&
                          digits + rows->characters_at <= from;

    if (room >= (ptrdiff_t)length && end - from <= (ptrdiff_t)length) {
        const char *characters = end - length;

        if (rows->characters_at == 0) {
            rows->characters_at = characters - digits;
        }
        return check_characters(rows, characters, length);
    }
    const char *characters = is_known                         ? digits + rows->characters_at
                             : end - from > (ptrdiff_t)length ? from
                                                              : at + 2;
    const size_t count = (size_t)(end - characters);

    if (count > length || !ends_blank(rows->bytes, count)) {
        return fail_count(rows, at, count);
    }
    return check_characters(rows, characters, count);
}

static bool read_characters(struct text_rows *rows, const char *digits, const char *at)
{
    struct text_line *line = &rows->line;
    const ptrdiff_t blanks = line_blanks(line, at);
    const char *from = at + blanks;

    if (from == line->end) {
        return true;
    }
    if (blanks < 2) {
        return line_expected(line, from, "a hex digit");
    }
    return rows->layout->open != '\0' ? read_marked(rows, at, from)
                                      : read_unmarked(rows, digits, at, from);
}

/* A row whose offset is at `at`. */
static enum line_kind read_row(struct text_rows *rows, const char *at)
{
    struct text_line *line = &rows->line;

    if (!read_offset(rows, &at)) {
        return LINE_FAILED;
    }
    if (rows->layout->closes && at == line->end) {
        return LINE_CLOSING;
    }
    if (!read_offset_end(rows, &at)) {
        return LINE_FAILED;
    }
    const char *digits = at;

    if (!read_bytes(rows, &at)) {
        return LINE_FAILED;
    }
    note_base(rows, digits, at);
    return read_characters(rows, digits, at) ? LINE_ROW : LINE_FAILED;
}

enum line_kind read_placed(struct text_rows *rows)
{
    return read_row(rows, rows->line.start);
}

/* ---- xxd -b ---------------------------------------------------------------------------------- */

static ptrdiff_t bits_from(const char *at, const char *end)
{
    const char *start = at;

    while (at < end && (*at == '0' || *at == '1')) {
        at++;
    }
    return at - start;
}

bool starts_bits(const struct text_rows *rows, const struct text_layout *layout)
{
    const struct text_line *line = &rows->line;
    const char *at = line_after_digits(line, line->start) + 2;

    return starts_placed(rows, layout) && bits_from(at, line->end) >= 8;
}

/* ---- tcpdump --------------------------------------------------------------------------------- */

/* Where the first line that is not a packet's heading is looked for. */
#define HEADING_LINES 32u

/* The offset of a row of tcpdump: after blanks or a tab, and "0x". NULL: it is none. */
static const char *find_offset(const char *at, const char *end)
{
    while (at < end && (*at == ' ' || *at == '\t')) {
        at++;
    }
    return end - at > 6 && at[0] == '0' && at[1] == 'x' ? at + 2 : NULL;
}

bool starts_tcpdump(const struct text_rows *rows, const struct text_layout *layout)
{
    const char *const end = rows->input.text + rows->input.length;
    const char *start = rows->line.start;

    for (unsigned i = 0; i < HEADING_LINES && start < end; i++) {
        const char *newline = memchr(start, '\n', (size_t)(end - start));
        const struct text_line line = { .start = start, .end = newline ? newline : end };
        const char *offset = find_offset(line.start, line.end);
        const char *colon = offset ? line_after_digits(&line, offset) : NULL;

        if (colon && colon - offset >= (ptrdiff_t)layout->least_digits && colon < line.end &&
            *colon == ':') {
            return true;
        }
        start = line.end + 1;
    }
    return false;
}

/* The rows of a packet come after one line or more that tell what it is. */
static enum line_kind read_heading(struct text_rows *rows)
{
    struct text_line *line = &rows->line;

    if (*line->start == '\t') {
        line_expected(line, line->start + 1, "0x and an offset");
        return LINE_FAILED;
    }
    rows->heading = true;
    rows->placed = false;
    return LINE_NOTHING;
}

enum line_kind read_tcpdump(struct text_rows *rows)
{
    const char *at = find_offset(rows->line.start, rows->line.end);

    if (at == NULL) {
        return read_heading(rows);
    }
    const enum line_kind kind = read_row(rows, at);

    if (kind == LINE_ROW && rows->heading && rows->offset != 0) {
        line_fail(&rows->line, at, "expected the offset 0000, with which a packet starts");
        return LINE_FAILED;
    }
    rows->heading = false;
    return kind;
}
