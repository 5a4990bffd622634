/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "segment/escape.h"

#include <stdbool.h>

/* Printable ASCII that never needs a second look. */
static bool is_plain_ascii(char c)
{
    return c >= ' ' && c <= '~' && c != '\\';
}

/* C1 controls, and the characters that reorder the text around them. */
static bool is_dangerous(gunichar c)
{
    return (c >= 0x80 && c <= 0x9f) || (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
}

/* The length of a UTF-8 character beyond ASCII that a terminal can be shown; 0 if it is none. */
static size_t harmless_utf8(const char *text, size_t length, gunichar *c)
{
    if ((unsigned char)text[0] < 0x80) {
        return 0;
    }
    *c = g_utf8_get_char_validated(text, (gssize)MIN(length, 4));
    if (*c == (gunichar)-1 || *c == (gunichar)-2 || is_dangerous(*c)) {
        return 0;
    }
    return (size_t)(g_utf8_next_char(text) - text);
}

/* Whether a backslash before this text could be taken for the start of one of our escapes. */
static bool completes_escape(const char *text, size_t length)
{
    gunichar c;

    if (length == 0) {
        return false;
    }
    if (is_plain_ascii(text[0])) {
        return text[0] == 'n' || text[0] == 't' || text[0] == 'x';
    }
    return harmless_utf8(text, length, &c) == 0;
}

static size_t append_as_is(GString *out, const char *text, size_t length)
{
    if (out != NULL) {
        g_string_append_len(out, text, (gssize)length);
    }
    return length;
}

static unsigned append_byte_escape(GString *out, char byte)
{
    char escape[sizeof("\\xHH")];
    int length;

    if (byte == '\n' || byte == '\t') {
        length = g_snprintf(escape, sizeof(escape), "\\%c", byte == '\n' ? 'n' : 't');
    } else {
        length = g_snprintf(escape, sizeof(escape), "\\x%02x", (unsigned char)byte);
    }
    if (out != NULL) {
        g_string_append_len(out, escape, length);
    }
    return (unsigned)length;
}

size_t escape_one(GString *out, const char *text, size_t length, unsigned *columns)
{
    size_t bytes;
    gunichar c;

    if (is_plain_ascii(text[0]) || text[0] == '\\') {
        *columns = 1;
        return append_as_is(out, text, 1);
    }
    bytes = harmless_utf8(text, length, &c);
    if (bytes > 0) {
        *columns = g_unichar_iswide(c) ? 2 : 1;
        return append_as_is(out, text, bytes);
    }
    *columns = append_byte_escape(out, text[0]);
    return 1;
}

static size_t append_plain(GString *out, const char *text, size_t length)
{
    size_t plain = 0;

    while (plain < length && is_plain_ascii(text[plain])) {
        plain++;
    }
    return append_as_is(out, text, plain);
}

void escape(GString *out, const char *text, size_t length)
{
    unsigned columns;

    for (size_t at = append_plain(out, text, length); at < length;
         at += append_plain(out, text + at, length - at)) {
        at += escape_one(out, text + at, length - at, &columns);
    }
}

void escape_exact(GString *out, const char *text, size_t length)
{
    unsigned columns;

    for (size_t at = append_plain(out, text, length); at < length;
         at += append_plain(out, text + at, length - at)) {
        if (text[at] == '\\' && completes_escape(text + at + 1, length - at - 1)) {
            append_byte_escape(out, text[at++]);
        } else {
            at += escape_one(out, text + at, length - at, &columns);
        }
    }
}
