/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <glib.h>
#include <string.h>

#include "core/hexline.h"
#include "hexline-check.h"

#define NUL "\033[90m"
#define PRINTABLE "\033[36m"
#define SPACE "\033[32m"
#define CONTROL "\033[35m"
#define HIGH "\033[33m"
#define RESET "\033[0m"

static GString *color_row(const struct hexline *line, const uint8_t *src, size_t bytes,
                          uint64_t offset)
{
    g_autofree char *row = g_malloc(hexline_color_row_max(line));
    size_t length = hexline_color_row(line, row, src, bytes, offset);

    g_assert_cmpuint(length, <=, hexline_color_row_max(line));
    return g_string_new_len(row, (gssize)length);
}

static void check_color(const struct hexline_style *style, size_t bytes, const char *expected)
{
    struct hexline *line = hexline_new(style);
    g_autoptr(GString) text = color_row(line, sample, bytes, 0x10);

    assert_same("colour", text->str, text->len, expected, strlen(expected));
    hexline_free(line);
}

static void test_color(void)
{
    struct hexline_style style = canonical;

    check_color(&style, 10,
                "00000010  " NUL "00 " PRINTABLE "48 65 6c 6c 6f 2c " SPACE "20  " HIGH
                "ff " CONTROL "7f" RESET "                    |" NUL "." PRINTABLE "Hello," SPACE
                " " HIGH "." CONTROL "." RESET "|\n");
    style.ascii = false;
    style.little_endian = true;
    style.group = 4;
    check_color(&style, 10,
                "00000010  " PRINTABLE "6c6548" NUL "00 " SPACE "20" PRINTABLE
                "2c6f6c      " CONTROL "7f" HIGH "ff" RESET "\n");
}

static const char *class_of(unsigned byte)
{
    if (byte == 0) {
        return NUL;
    }
    if (byte >= 0x80) {
        return HIGH;
    }
    return strchr(" \t\n\v\f\r", (int)byte) ? SPACE : g_ascii_isgraph(byte) ? PRINTABLE : CONTROL;
}

static void test_color_classes(void)
{
    struct hexline_style style = xxd;

    style.base = HEXLINE_NO_OFFSET;
    style.offset_end = "";
    struct hexline *line = hexline_new(&style);
    for (unsigned value = 0; value < 256; value++) {
        uint8_t byte = (uint8_t)value;
        char shown = g_ascii_isprint(value) ? (char)value : '.';
        g_autofree char *expected =
            g_strdup_printf("%s%02x" RESET "%39s%s%c" RESET "\n", class_of(value), value, "",
                            class_of(value), shown);
        g_autoptr(GString) text = color_row(line, &byte, 1, 0);

        assert_same("class", text->str, text->len, expected, strlen(expected));
    }
    hexline_free(line);
}

static void strip_escapes(GString *text)
{
    for (char *escape; (escape = strchr(text->str, '\033')) != NULL;) {
        g_string_erase(text, escape - text->str, strchr(escape, 'm') + 1 - escape);
    }
}

static void test_color_is_the_row(void)
{
    g_autoptr(GRand) random = g_rand_new_with_seed(SEED);
    uint8_t bytes[40];

    for (size_t i = 0; i < 2000; i++) {
        struct hexline_style style = random_style(random);
        size_t length = (size_t)g_rand_int_range(random, 1, (int)style.width + 1);
        struct hexline *line = hexline_new(&style);
        g_autofree char *words = style_text(&style);
        uint64_t offset = random_offset(random);

        fill_random(random, bytes, length);
        g_autoptr(GString) text = color_row(line, bytes, length, offset);
        g_autoptr(GString) expected = dump_by_row(line, bytes, length, offset);

        strip_escapes(text);
        assert_same(words, text->str, text->len, expected->str, expected->len);
        hexline_free(line);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/hexline/color", test_color);
    g_test_add_func("/hexline/color-classes", test_color_classes);
    g_test_add_func("/hexline/color-is-the-row", test_color_is_the_row);
    return g_test_run();
}
