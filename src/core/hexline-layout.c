/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/hexline-internal.h"

#include <glib.h>
#include <string.h>

/* Blanks in HEX before the byte. */
static size_t gaps_before(const struct hexline_style *style, size_t byte)
{
    size_t groups = style->group > 0 ? byte / style->group : 0;
    size_t halves = style->half > 0 ? byte / style->half : 0;

    return groups + halves;
}

static unsigned reversed_bytes(const struct hexline_style *style)
{
    bool one_group = style->group == 0 || style->group > style->width;

    if (!style->little_endian) {
        return 1;
    }
    return one_group ? style->width : style->group;
}

static void layout_columns(struct hexline *line, const struct hexline_style *style)
{
    line->reversed = reversed_bytes(style);
    line->column = g_new(uint16_t, line->width);
    for (size_t byte = 0; byte < line->width; byte++) {
        size_t place = byte % line->reversed;
        size_t start = byte - place;
        size_t place_in_text = line->reversed - 1 - place;

        line->column[byte] =
            (uint16_t)(line->byte_digits * (start + place_in_text) + gaps_before(style, start));
    }
}

size_t hexline_hex_end(const struct hexline *line, size_t bytes)
{
    size_t last_group = (bytes - 1) / line->reversed * line->reversed;

    /* No byte of a group stands right of its first: the order is reversed. */
    return line->column[last_group] + line->byte_digits;
}

static unsigned radix_of(enum hexline_base base)
{
    switch (base) {
    case HEXLINE_HEX:
        return 16;
    case HEXLINE_DEC:
        return 10;
    case HEXLINE_OCT:
        return 8;
    case HEXLINE_NO_OFFSET:
        break;
    }
    return 0;
}

static void layout_offset(struct hexline *line, const struct hexline_style *style)
{
    line->radix = radix_of(style->base);
    line->digits = line->radix == 0 ? 0 : MAX(style->digits, 1);
    line->low_digits = MIN(line->digits, HEXLINE_LOW_DIGITS_MAX);
    line->low_span = 1;
    for (unsigned digit = 0; digit < line->low_digits; digit++) {
        line->low_span *= line->radix;
    }
    line->step = hexline_pack_digits(line, line->width);
}

static void layout_text(struct hexline *line, const struct hexline_style *style)
{
    const char *ascii_start = style->ascii ? style->ascii_start : "";
    const char *ascii_end = style->ascii ? style->ascii_end : "";
    size_t hex_length = hexline_hex_end(line, line->width);

    line->ascii = style->ascii;
    line->hex_start = line->low_digits + strlen(style->offset_end);
    line->ascii_start = line->hex_start + hex_length + strlen(ascii_start);
    line->tail_start = line->ascii_start + (line->ascii ? line->width : 0);
    line->text = g_strdup_printf("%*s%s%*s%s%*s%s\n", (int)line->low_digits, "", style->offset_end,
                                 (int)hex_length, "", ascii_start,
                                 (int)(line->tail_start - line->ascii_start), "", ascii_end);
    line->text_length = strlen(line->text);
}

static void layout_wide(struct hexline *line, enum hexline_notation notation)
{
    const unsigned radix = notation == HEXLINE_BYTE_BIN ? 2 : notation == HEXLINE_BYTE_OCT ? 8 : 10;

    for (unsigned byte = 0; byte < 256; byte++) {
        unsigned rest = byte;

        for (unsigned digit = line->byte_digits; digit > 0; digit--) {
            line->wide[byte][digit - 1] = (char)('0' + rest % radix);
            rest /= radix;
        }
    }
}

static void layout_characters(struct hexline *line, bool upper)
{
    memcpy(line->digit, upper ? "0123456789ABCDEF" : "0123456789abcdef", sizeof line->digit);
    for (unsigned byte = 0; byte < 256; byte++) {
        line->pair[byte][0] = line->digit[byte >> 4];
        line->pair[byte][1] = line->digit[byte & 15];
        line->shown[byte] = byte >= ' ' && byte <= '~' ? (char)byte : '.';
    }
}

/* Place `place` of the text takes element `index` of the source. */
static void fill_place(struct hexline *line, size_t place, enum hexline_source source,
                       unsigned index)
{
    struct hexline_chunk *chunk = &line->chunks[place / HEXLINE_CHUNK];
    size_t first = place % HEXLINE_CHUNK;
    size_t second = first + HEXLINE_CHUNK;

    chunk->from[source][first] = (uint8_t)index;
    chunk->from[source][second] =
        (uint8_t)(source == HEXLINE_OFFSET ? index + HEXLINE_LOW_DIGITS_MAX : index);
    chunk->fixed[first] = 0;
    chunk->fixed[second] = 0;
}

static void layout_fixed_places(struct hexline *line)
{
    memset(line->chunks, 0x80, sizeof line->chunks);
    for (size_t c = 0; c < HEXLINE_CHUNKS_MAX; c++) {
        memset(line->chunks[c].fixed, 0, sizeof line->chunks[c].fixed);
    }
    for (size_t place = 0; place < line->text_length; place++) {
        struct hexline_chunk *chunk = &line->chunks[place / HEXLINE_CHUNK];

        chunk->fixed[place % HEXLINE_CHUNK] = (uint8_t)line->text[place];
        chunk->fixed[place % HEXLINE_CHUNK + HEXLINE_CHUNK] = (uint8_t)line->text[place];
    }
}

static void layout_chunks(struct hexline *line)
{
    if (line->byte_digits != 2 || line->width > HEXLINE_CHUNK ||
        line->text_length > HEXLINE_CHUNKS_MAX * HEXLINE_CHUNK) {
        return;
    }
    layout_fixed_places(line);
    for (unsigned digit = 0; digit < line->low_digits; digit++) {
        fill_place(line, digit, HEXLINE_OFFSET, line->low_digits - 1 - digit);
    }
    for (unsigned byte = 0; byte < line->width; byte++) {
        enum hexline_source half = byte < 8 ? HEXLINE_FIRST : HEXLINE_SECOND;
        size_t place = line->hex_start + line->column[byte];

        fill_place(line, place, half, byte % 8 * 2);
        fill_place(line, place + 1, half, byte % 8 * 2 + 1);
        if (line->ascii) {
            fill_place(line, line->ascii_start + byte, HEXLINE_ASCII, byte);
        }
    }
    line->n_chunks = (line->text_length + HEXLINE_CHUNK - 1) / HEXLINE_CHUNK;
}

struct hexline *hexline_new(const struct hexline_style *style)
{
    struct hexline *line = g_aligned_alloc0(1, sizeof *line, _Alignof(struct hexline));

    g_assert(style->width >= 1 && style->width <= HEXLINE_WIDTH_MAX);
    line->width = style->width;
    line->byte_digits = style->notation == HEXLINE_BYTE_HEX   ? 2
                        : style->notation == HEXLINE_BYTE_BIN ? 8
                                                              : 3;
    line->prefix = g_strdup(style->prefix);
    line->prefix_length = strlen(style->prefix);
    layout_offset(line, style);
    layout_columns(line, style);
    layout_text(line, style);
    layout_characters(line, style->upper);
    if (line->byte_digits != 2) {
        layout_wide(line, style->notation);
    }
    layout_chunks(line);
    line->kernel = hexline_best_kernel();
    return line;
}

void hexline_free(struct hexline *line)
{
    if (line == NULL) {
        return;
    }
    g_free(line->prefix);
    g_free(line->column);
    g_free(line->text);
    g_aligned_free(line);
}

unsigned hexline_width(const struct hexline *line)
{
    return line->width;
}

size_t hexline_row_max(const struct hexline *line)
{
    size_t offset = MAX(line->digits, HEXLINE_OFFSET_DIGITS_MAX);

    return line->prefix_length + offset + line->text_length - line->low_digits;
}
