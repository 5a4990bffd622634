/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "segment/literal.h"

#include "segment/size.h"

#include <string.h>

/* Room for at least one byte, so that there is always a pointer to hand out. */
static bool reserve(GByteArray *out, const char *text, size_t length, struct problem *problem)
{
    if (length > LITERAL_TEXT_MAX) {
        return problem_set(problem, "literal is too long", text, QUOTE_NOTHING);
    }
    g_byte_array_set_size(out, (guint)length + 1);
    return true;
}

static void finish(GByteArray *out, const uint8_t *end)
{
    g_byte_array_set_size(out, (guint)(end - out->data));
}

static bool ends_run(const char *at, const char *end)
{
    return at == end || *at == ':' || *at == ' ';
}

/* The value of a digit, -1 for what is none. With `open`, "?" is a digit of value 0, and sets *open
 * to it. */
static int hex_digit(char digit, uint8_t *open)
{
    if (open != NULL && digit == '?') {
        *open = 0xf;
        return 0;
    }
    return g_ascii_xdigit_value(digit);
}

/* Bits of *mask that are left open are cleared; NULL: none may be. */
static bool hex_pair(const char *at, const char *end, uint8_t *byte, uint8_t *mask,
                     struct problem *problem)
{
    uint8_t open_high = 0, open_low = 0;
    int high = hex_digit(at[0], mask != NULL ? &open_high : NULL);
    int low;

    if (high < 0) {
        return problem_set(problem, "not a hex digit", at, QUOTE_CHARACTER);
    }
    if (ends_run(at + 1, end)) {
        return problem_set(problem, "odd number of hex digits", at, QUOTE_NOTHING);
    }
    low = hex_digit(at[1], mask != NULL ? &open_low : NULL);
    if (low < 0) {
        return problem_set(problem, "not a hex digit", at + 1, QUOTE_CHARACTER);
    }
    *byte = (uint8_t)(high << 4 | low);
    if (mask != NULL) {
        *mask = (uint8_t) ~(open_high << 4 | open_low);
    }
    return true;
}

/* Moves *at past one run of digits. */
static bool hex_run(const char **at, const char *end, GByteArray *out, GByteArray *mask,
                    size_t *used, struct problem *problem)
{
    if (end - *at >= 2 && memcmp(*at, "0x", 2) == 0) {
        *at += 2;
        if (ends_run(*at, end)) {
            return problem_set(problem, "hex digit expected", *at, QUOTE_CHARACTER);
        }
    }
    for (; !ends_run(*at, end); *at += 2) {
        if (!hex_pair(*at, end, out->data + *used, mask != NULL ? mask->data + *used : NULL,
                      problem)) {
            return false;
        }
        (*used)++;
    }
    return true;
}

bool literal_hex_pattern(const char *text, size_t length, GByteArray *out, GByteArray *mask,
                         struct problem *problem)
{
    const char *at = text;
    const char *end;
    size_t used = 0;

    if (!reserve(out, text, length, problem) ||
        (mask != NULL && !reserve(mask, text, length, problem))) {
        return false;
    }
    end = text + length;
    while (at < end) {
        if (ends_run(at, end)) {
            return problem_set(problem, "stray separator", at, QUOTE_CHARACTER);
        }
        if (!hex_run(&at, end, out, mask, &used, problem)) {
            return false;
        }
        if (at < end && ++at == end) {
            return problem_set(problem, "stray separator", at - 1, QUOTE_CHARACTER);
        }
    }
    finish(out, out->data + used);
    if (mask != NULL) {
        finish(mask, mask->data + used);
    }
    return true;
}

bool literal_hex(const char *text, size_t length, GByteArray *out, struct problem *problem)
{
    return literal_hex_pattern(text, length, out, NULL, problem);
}

static bool octal_escape(const char **at, const char *end, uint8_t *byte, struct problem *problem)
{
    const char *first = *at;
    unsigned value = 0;

    while (*at < end && *at - first < 3 && **at >= '0' && **at <= '7') {
        value = value * 8 + (unsigned)(*(*at)++ - '0');
    }
    if (value > UINT8_MAX) {
        return problem_set(problem, "octal escape is greater than 377", first, QUOTE_NUMBER);
    }
    *byte = (uint8_t)value;
    return true;
}

static bool hex_escape(const char **at, const char *end, uint8_t *byte, struct problem *problem)
{
    unsigned value = 0;

    for (const char *stop = *at + 2; *at < stop; (*at)++) {
        int digit = *at < end ? g_ascii_xdigit_value(**at) : -1;

        if (digit < 0) {
            return problem_set(problem, "\\x takes two hex digits", *at, QUOTE_CHARACTER);
        }
        value = value << 4 | (unsigned)digit;
    }
    *byte = (uint8_t)value;
    return true;
}

/* *at is just after the backslash. */
static bool escape_sequence(const char **at, const char *end, uint8_t *byte,
                            struct problem *problem)
{
    static const char letters[] = "nrt\\";
    static const char values[] = "\n\r\t\\";
    const char *letter;

    if (*at == end) {
        return problem_set(problem, "nothing follows the backslash", *at - 1, QUOTE_NOTHING);
    }
    if (**at >= '0' && **at <= '7') {
        return octal_escape(at, end, byte, problem);
    }
    if (**at == 'x') {
        (*at)++;
        return hex_escape(at, end, byte, problem);
    }
    letter = memchr(letters, **at, strlen(letters));
    if (letter == NULL) {
        return problem_set(problem, "unknown escape", *at, QUOTE_CHARACTER);
    }
    *byte = (uint8_t)values[letter - letters];
    (*at)++;
    return true;
}

bool literal_string(const char *text, size_t length, GByteArray *out, struct problem *problem)
{
    const char *at = text;
    const char *end;
    uint8_t *to;

    if (!reserve(out, text, length, problem)) {
        return false;
    }
    end = text + length;
    to = out->data;
    while (at < end) {
        char c = *at++;

        if (c != '\\') {
            *to++ = (uint8_t)c;
        } else if (!escape_sequence(&at, end, to++, problem)) {
            return false;
        }
    }
    finish(out, to);
    return true;
}

/* The value of a character of base64, -1 for what is none. */
static int base64_value(char c)
{
    if (g_ascii_isupper(c)) {
        return c - 'A';
    }
    if (g_ascii_islower(c)) {
        return c - 'a' + 26;
    }
    if (g_ascii_isdigit(c)) {
        return c - '0' + 52;
    }
    return c == '+' || c == '-' ? 62 : c == '/' || c == '_' ? 63 : -1;
}

/* The characters before the "=" at the end, of which there are none or as many as are needed. */
static bool base64_unpad(const char *text, size_t *length, struct problem *problem)
{
    size_t pads = 0;

    while (pads < 2 && pads < *length && text[*length - 1 - pads] == '=') {
        pads++;
    }
    if (pads > 0 && *length % 4 != 0) {
        return problem_set(problem, "base64 with '=' has a multiple of 4 characters",
                           text + *length - pads, QUOTE_NOTHING);
    }
    *length -= pads;
    return true;
}

bool literal_base64(const char *text, size_t length, GByteArray *out, struct problem *problem)
{
    uint32_t bits = 0;
    unsigned count = 0;
    uint8_t *to;

    if (!reserve(out, text, length, problem) || !base64_unpad(text, &length, problem)) {
        return false;
    }
    to = out->data;
    for (size_t i = 0; i < length; i++) {
        const int value = base64_value(text[i]);

        if (value < 0) {
            return problem_set(problem, "not a character of base64", text + i, QUOTE_CHARACTER);
        }
        bits = bits << 6 | (uint32_t)value;
        count += 6;
        if (count >= 8) {
            count -= 8;
            *to++ = (uint8_t)(bits >> count);
        }
    }
    if (count == 6) {
        return problem_set(problem, "one character too few, or one too many, of base64",
                           text + length, QUOTE_NOTHING);
    }
    if ((bits & ((1u << count) - 1)) != 0) {
        return problem_set(problem, "the last character of base64 has bits that belong to no byte",
                           text + length - 1, QUOTE_CHARACTER);
    }
    finish(out, to);
    return true;
}

bool literal_integer(const char *text, size_t length, unsigned width, bool big_endian,
                     GByteArray *out, struct problem *problem)
{
    static const char *const limits[] = {
        [1] = "not between -128 and 255",
        [2] = "not between -32768 and 65535",
        [3] = "not between -8388608 and 16777215",
        [4] = "not between -2147483648 and 4294967295",
        [8] = "not between -9223372036854775808 and 18446744073709551615",
    };
    bool negative = length > 0 && text[0] == '-';
    const char *number = text + negative;
    uint64_t limit, value;
    const char *what;
    size_t column;

    g_assert((width >= 1 && width <= 4) || width == 8);
    limit = negative ? UINT64_C(1) << (8 * width - 1) : UINT64_MAX >> (64 - 8 * width);
    if (!size_parse_up_to(number, length - negative, limit, &value, &column, &what)) {
        return what == size_too_large
                   ? problem_set(problem, limits[width], text, QUOTE_NOTHING)
                   : problem_set(problem, what, number + column - 1, QUOTE_NUMBER);
    }
    if (negative) {
        value = -value;
    }
    g_byte_array_set_size(out, width);
    for (unsigned i = 0; i < width; i++) {
        out->data[big_endian ? width - 1 - i : i] = (uint8_t)(value >> 8 * i);
    }
    return true;
}
