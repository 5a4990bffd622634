/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/hexline-internal.h"

#include <string.h>

#define RESET "\033[0m"
#define ESCAPE_MAX (sizeof "\033[90m" - 1)

static const char *color_of(uint8_t byte)
{
    if (byte == 0) {
        return "\033[90m";
    }
    if (byte == ' ' || (byte >= '\t' && byte <= '\r')) {
        return "\033[32m";
    }
    if (byte > ' ' && byte <= '~') {
        return "\033[36m";
    }
    return byte < 0x80 ? "\033[35m" : "\033[33m";
}

/* Text that grows, and the colour that it ends in; NULL is none. */
struct colored {
    char *end;
    const char *color;
};

static void put(struct colored *text, const char *from, size_t length)
{
    memcpy(text->end, from, length);
    text->end += length;
}

static void put_byte(struct colored *text, uint8_t byte, const char *shown, size_t length)
{
    const char *color = color_of(byte);

    if (text->color == NULL || strcmp(text->color, color) != 0) {
        put(text, color, strlen(color));
        text->color = color;
    }
    put(text, shown, length);
}

static void put_reset(struct colored *text)
{
    put(text, RESET, strlen(RESET));
    text->color = NULL;
}

/* The byte of the row whose digits are the place-th from the left. */
static size_t byte_at(const struct hexline *line, size_t place)
{
    size_t in_group = place % line->reversed;

    return place - in_group + line->reversed - 1 - in_group;
}

/* HEX up to its last digit; returns its length without the escapes. */
static size_t put_hex(const struct hexline *line, struct colored *text, const uint8_t *src,
                      size_t bytes)
{
    const char *blanks = line->text + line->hex_start;
    size_t length = 0;

    for (size_t place = 0; place < bytes + line->reversed - 1; place++) {
        size_t byte = byte_at(line, place);

        if (byte < bytes) {
            put(text, blanks, line->column[byte] - length);
            put_byte(text, src[byte],
                     line->byte_digits == 2 ? line->pair[src[byte]] : line->wide[src[byte]],
                     line->byte_digits);
            length = line->column[byte] + line->byte_digits;
        }
    }
    put_reset(text);
    return length;
}

size_t hexline_color_row(const struct hexline *line, char *dst, const uint8_t *src, size_t bytes,
                         uint64_t offset)
{
    struct colored text = { hexline_put_head(line, dst, offset, line->digits), NULL };

    put(&text, line->text + line->low_digits, line->hex_start - line->low_digits);

    size_t hex_end = line->hex_start + put_hex(line, &text, src, bytes);

    if (line->ascii) {
        put(&text, line->text + hex_end, line->ascii_start - hex_end);
        for (size_t i = 0; i < bytes; i++) {
            put_byte(&text, src[i], &line->shown[src[i]], 1);
        }
        put_reset(&text);
    }
    put(&text, line->text + line->tail_start, line->text_length - line->tail_start);
    return (size_t)(text.end - dst);
}

size_t hexline_color_row_max(const struct hexline *line)
{
    return hexline_row_max(line) + 2 * (line->width * ESCAPE_MAX + strlen(RESET));
}
