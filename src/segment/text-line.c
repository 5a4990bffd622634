/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "segment/text-line.h"

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

bool line_fail(struct text_line *line, const char *at, const char *format, ...)
{
    g_autoptr(GString) message = g_string_new(line->kind);
    va_list arguments;

    g_string_append(message, " '");
    escape(message, line->name, strlen(line->name));
    g_string_append_printf(message, "', line %zu, column %td: ", line->number,
                           at - line->start + 1);
    va_start(arguments, format);
    g_string_append_vprintf(message, format, arguments);
    va_end(arguments);
    line->failed_at = at;
    g_set_error_literal(line->error, IOVTOOL_ERROR, IOVTOOL_ERROR_SYNTAX, message->str);
    return false;
}

bool line_expected(struct text_line *line, const char *at, const char *what)
{
    g_autoptr(GString) found = g_string_new(NULL);
    unsigned columns;

    if (at == line->end) {
        return line_fail(line, at, "expected %s, found the end of the line", what);
    }
    escape_one(found, at, (size_t)(line->end - at), &columns);
    return line_fail(line, at, "expected %s, found '%s'", what, found->str);
}

const char *line_after_digits(const struct text_line *line, const char *at)
{
    while (line_has_digit(line, at)) {
        at++;
    }
    return at;
}

bool line_fail_byte(struct text_line *line, const char *at)
{
    return line_has_digit(line, at) ? line_expected(line, at + 1, "the second hex digit of a byte")
                                    : line_expected(line, at, "a hex digit");
}

bool line_read_bits(struct text_line *line, const char **at, uint8_t *byte)
{
    unsigned value = 0;

    for (const char *end = *at + 8; *at < end; ++*at) {
        if (*at == line->end || (**at != '0' && **at != '1')) {
            return line_expected(line, *at,
                                 end - *at == 8 ? "a 0 or a 1" : "the next of a byte's 8 bits");
        }
        value = value << 1 | (unsigned)(**at - '0');
    }
    *byte = (uint8_t)value;
    return true;
}

bool line_read_number(struct text_line *line, const char **at, unsigned radix, uint64_t *number)
{
    const char *start = *at;

    *number = 0;
    for (; line_has_digit(line, *at) && line_digit_value[(uint8_t) * *at] <= radix; ++*at) {
        const unsigned digit = line_digit_value[(uint8_t) * *at] - 1u;

        if (__builtin_mul_overflow(*number, (uint64_t)radix, number) ||
            __builtin_add_overflow(*number, (uint64_t)digit, number)) {
            return line_fail(line, start, "the offset has more than 64 bits");
        }
    }
    return *at > start || line_expected(line, *at,
                                        radix == 16   ? "a hex digit"
                                        : radix == 10 ? "a decimal digit"
                                                      : "an octal digit");
}

bool line_read_text(struct text_line *line, const char **at, const char *text, const char *what)
{
    for (; *text != '\0'; text++, ++*at) {
        if (*at == line->end || **at != *text) {
            return line_expected(line, *at, what);
        }
    }
    return true;
}

bool line_read_end(struct text_line *line, const char *at)
{
    return at == line->end || line_expected(line, at, "the end of the line");
}
