/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "segment/undump-line.h"

#include "segment/error.h"
#include "segment/escape.h"

#include <string.h>

#define FIGURE(character, value) [(character)] = (value) + 1

const uint8_t line_digit_value[256] = {
    FIGURE('0', 0),  FIGURE('1', 1),  FIGURE('2', 2),  FIGURE('3', 3),  FIGURE('4', 4),
    FIGURE('5', 5),  FIGURE('6', 6),  FIGURE('7', 7),  FIGURE('8', 8),  FIGURE('9', 9),
    FIGURE('a', 10), FIGURE('b', 11), FIGURE('c', 12), FIGURE('d', 13), FIGURE('e', 14),
    FIGURE('f', 15), FIGURE('A', 10), FIGURE('B', 11), FIGURE('C', 12), FIGURE('D', 13),
    FIGURE('E', 14), FIGURE('F', 15),
};

bool line_fail(const struct dump_line *line, const char *at, const char *format, ...)
{
    g_autoptr(GString) message = g_string_new("dump '");
    va_list arguments;

    escape(message, line->dump, strlen(line->dump));
    g_string_append_printf(message, "', line %zu, column %td: ", line->number,
                           at - line->start + 1);
    va_start(arguments, format);
    g_string_append_vprintf(message, format, arguments);
    va_end(arguments);
    g_set_error_literal(line->error, IOVTOOL_ERROR, IOVTOOL_ERROR_SYNTAX, message->str);
    return false;
}

/* The character there, fit for a terminal; free with g_free(). */
static char *quote(const struct dump_line *line, const char *at)
{
    GString *character = g_string_new(NULL);
    unsigned columns;

    escape_one(character, at, (size_t)(line->end - at), &columns);
    return g_string_free(character, FALSE);
}

bool line_fail_character(const struct dump_line *line, const char *at, const char *what)
{
    if (at == line->end) {
        return line_fail(line, at, "%s: the line ends", what);
    }
    g_autofree char *found = quote(line, at);

    return line_fail(line, at, "%s: '%s'", what, found);
}

static char shown(uint8_t byte)
{
    return byte >= ' ' && byte <= '~' ? (char)byte : '.';
}

static bool fail_ascii(const struct dump_line *line, const char *at, uint8_t byte)
{
    if (at == line->end) {
        return line_fail(line, at, "the line ends before its ASCII is complete");
    }
    g_autofree char *found = quote(line, at);

    return line_fail(line, at, "the digits %02x are '%c' in ASCII, not '%s'", byte, shown(byte),
                     found);
}

bool line_read_byte(const struct dump_line *line, const char **at, uint8_t *byte)
{
    const char *pair = *at;

    if (!line_has_digit(line, pair)) {
        return line_fail_character(line, pair, "not a hex digit");
    }
    if (!line_has_digit(line, pair + 1)) {
        return line_fail_character(line, pair + 1, "not the second hex digit of a byte");
    }
    const unsigned high = line_digit_value[(uint8_t)pair[0]] - 1u;
    const unsigned low = line_digit_value[(uint8_t)pair[1]] - 1u;

    *byte = (uint8_t)(high << 4 | low);
    *at = pair + 2;
    return true;
}

bool line_read_offset(const struct dump_line *line, const char **at, uint64_t *offset)
{
    const char *start = *at;

    *offset = 0;
    for (; line_has_digit(line, *at); ++*at) {
        if (*offset >> 60 != 0) {
            return line_fail(line, start, "offset of more than 64 bits");
        }
        *offset = *offset << 4 | (line_digit_value[(uint8_t) * *at] - 1u);
    }
    return *at > start || line_fail_character(line, *at, "not a hex digit");
}

bool line_read_text(const struct dump_line *line, const char **at, const char *text,
                    const char *what)
{
    for (; *text != '\0'; text++, ++*at) {
        if (*at == line->end || **at != *text) {
            return line_fail_character(line, *at, what);
        }
    }
    return true;
}

bool line_read_ascii(const struct dump_line *line, const char **at, const uint8_t *bytes,
                     size_t length)
{
    const char *character = *at;

    for (size_t i = 0; i < length; i++, character++) {
        if (character == line->end || *character != shown(bytes[i])) {
            return fail_ascii(line, character, bytes[i]);
        }
    }
    *at = character;
    return true;
}

bool line_read_end(const struct dump_line *line, const char *at)
{
    return at == line->end || line_fail_character(line, at, "not the end of the line");
}
