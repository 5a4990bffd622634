/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What holds for every word, whatever it is: the fuzzer tries it with words it makes up, the unit
 * test with random ones.
 *
 * spec_parse() never crashes. When it accepts a word, the word's plainest spelling parses to the
 * same value; when it refuses one, the message has three lines that a terminal can be shown, with
 * the caret under the word or just after it.
 */
#ifndef IOVTOOL_TESTS_SPEC_PROPERTY_H
#define IOVTOOL_TESTS_SPEC_PROPERTY_H

#include <inttypes.h>
#include <string.h>

#include "segment/error.h"
#include "segment/spec.h"

static inline void print_plain_range(GString *out, const struct range *range)
{
    const char *start_sign = range->start_from_end ? "-" : "";
    const char *end_sign = range->end_from_end ? "-" : "";

    switch (range->form) {
    case RANGE_ALL:
        break;
    case RANGE_FROM:
        g_string_append_printf(out, "@%s%" PRIu64, start_sign, range->start);
        break;
    case RANGE_LENGTH:
        g_string_append_printf(out, "@%s%" PRIu64 "+%" PRIu64, start_sign, range->start,
                               range->end);
        break;
    case RANGE_UNTIL:
        g_string_append_printf(out, "@%s%" PRIu64 "..%s%" PRIu64, start_sign, range->start,
                               end_sign, range->end);
        break;
    }
}

static inline void print_hex(GString *out, const uint8_t *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        g_string_append_printf(out, "%02x", bytes[i]);
    }
}

static inline GString *print_plain(const struct spec *spec)
{
    GString *out = g_string_new(NULL);

    switch (spec->source) {
    case SPEC_PATH:
    case SPEC_DUMP:
        g_string_append(out, spec->source == SPEC_PATH ? "file:" : "dump:");
        if (spec->source == SPEC_DUMP && spec->look != TEXT_ANY) {
            g_string_append_printf(out, "%s:", text_look_word(spec->look));
        }
        g_string_append_len(out, spec->name, (gssize)spec->name_length);
        break;
    case SPEC_REMOTE:
        g_string_append_len(out, spec->name, (gssize)spec->name_length);
        break;
    case SPEC_FD:
        g_string_append_printf(out, "fd:%d", spec->fd);
        break;
    case SPEC_LITERAL:
        g_string_append(out, "hex:");
        print_hex(out, spec->bytes, spec->bytes_length);
        break;
    case SPEC_FILL:
        g_string_append(out, "fill:");
        print_hex(out, spec->bytes, spec->bytes_length);
        g_string_append_printf(out, "+%" PRIu64, spec->size);
        break;
    }
    print_plain_range(out, &spec->range);
    return out;
}

static inline bool equal_bytes(const void *a, size_t a_length, const void *b, size_t b_length)
{
    return a_length == b_length && (a_length == 0 || memcmp(a, b, a_length) == 0);
}

static inline void check_accepted(const struct spec *spec)
{
    g_autoptr(GByteArray) scratch = g_byte_array_new();
    g_autoptr(GError) error = NULL;
    g_autoptr(GString) plain = print_plain(spec);
    struct spec again;

    spec_parse(plain->str, plain->len, scratch, &again, &error);
    g_assert_no_error(error);
    g_assert_cmpint(again.source, ==, spec->source);
    g_assert_cmpint(again.fd, ==, spec->fd);
    g_assert_cmpuint(again.size, ==, spec->size);
    g_assert_cmpint(again.look, ==, spec->look);
    g_assert_true(equal_bytes(again.name, again.name_length, spec->name, spec->name_length));
    g_assert_true(equal_bytes(again.bytes, again.bytes_length, spec->bytes, spec->bytes_length));
    g_assert_cmpint(again.range.form, ==, spec->range.form);
    g_assert_cmpint(again.range.start_from_end, ==, spec->range.start_from_end);
    g_assert_cmpint(again.range.end_from_end, ==, spec->range.end_from_end);
    g_assert_cmpuint(again.range.start, ==, spec->range.start);
    g_assert_cmpuint(again.range.end, ==, spec->range.end);
}

static inline size_t columns_of(const char *text)
{
    size_t columns = 0;

    for (; *text != '\0'; text = g_utf8_next_char(text)) {
        columns += g_unichar_iswide(g_utf8_get_char(text)) ? 2 : 1;
    }
    return columns;
}

static inline void check_refused(size_t length, const GError *error)
{
    g_auto(GStrv) lines = NULL;
    const char *column;

    g_assert_error(error, IOVTOOL_ERROR, IOVTOOL_ERROR_SYNTAX);
    g_assert_true(g_utf8_validate(error->message, -1, NULL));
    lines = g_strsplit(error->message, "\n", -1);
    g_assert_cmpuint(g_strv_length(lines), ==, 3);
    for (const char *c = error->message; *c != '\0'; c++) {
        g_assert_true(*c == '\n' || !g_ascii_iscntrl(*c));
    }
    column = g_strrstr(lines[0], "(column ");
    g_assert_nonnull(column);
    g_assert_cmpuint(g_ascii_strtoull(column + strlen("(column "), NULL, 10), <=, length + 1);
    g_assert_cmpuint(columns_of(lines[1]), <=, 2 + 200 + 2 * 3);
    g_assert_cmpuint(strspn(lines[2], " "), ==, strlen(lines[2]) - 1);
    g_assert_cmpuint(strlen(lines[2]), <=, columns_of(lines[1]) + 1);
    g_assert_true(g_str_has_suffix(lines[2], "^"));
}

static inline void check_word(const char *word, size_t length)
{
    g_autoptr(GByteArray) scratch = g_byte_array_new();
    g_autoptr(GError) error = NULL;
    g_autoptr(GError) tail_error = NULL;
    struct spec spec;

    if (spec_parse(word, length, scratch, &spec, &error)) {
        g_assert_no_error(error);
        check_accepted(&spec);
    } else {
        check_refused(length, error);
    }
    if (spec_explain_tail(word, length, &tail_error)) {
        check_refused(length, tail_error);
    } else {
        g_assert_no_error(tail_error);
    }
}

#endif
