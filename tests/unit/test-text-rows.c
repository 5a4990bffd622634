/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "segment/text-rows.h"

#include <glib.h>
#include <string.h>

#include "segment/undump.h"

/* ---- Every look, every width, every short row ------------------------------------------------ */

#define WIDTH_MOST 40u

/* A row as a tool writes it, without a fast path. */
typedef void write_fn(GString *text, const uint8_t *bytes, size_t length, size_t width,
                      uint64_t offset);

static char shown(uint8_t byte, char least)
{
    return byte >= (uint8_t)least && byte <= '~' ? (char)byte : '.';
}

static void pad_to(GString *text, size_t start, size_t columns)
{
    while (text->len < start + columns) {
        g_string_append_c(text, ' ');
    }
}

static void write_characters(GString *text, const uint8_t *bytes, size_t length, char least)
{
    for (size_t i = 0; i < length; i++) {
        g_string_append_c(text, shown(bytes[i], least));
    }
}

static void write_pairs(GString *text, const uint8_t *bytes, size_t length, size_t group)
{
    for (size_t i = 0; i < length; i++) {
        g_string_append_printf(text, "%s%02x", i > 0 && i % group == 0 ? " " : "", bytes[i]);
    }
}

static void write_canonical(GString *text, const uint8_t *bytes, size_t length, size_t width,
                            uint64_t offset)
{
    const size_t start = text->len + 10;

    g_string_append_printf(text, "%08" G_GINT64_MODIFIER "x  ", offset);
    for (size_t i = 0; i < length; i++) {
        g_string_append_printf(text, "%02x%s", bytes[i], i % 8 == 7 ? "  " : " ");
    }
    pad_to(text, start, width * 3 + width / 8 + 1);
    g_string_append_c(text, '|');
    write_characters(text, bytes, length, ' ');
    g_string_append(text, "|\n");
}

static void write_xxd(GString *text, const uint8_t *bytes, size_t length, size_t width,
                      uint64_t offset)
{
    const size_t start = text->len + 10;

    g_string_append_printf(text, "%08" G_GINT64_MODIFIER "x: ", offset);
    write_pairs(text, bytes, length, 2);
    pad_to(text, start, width * 2 + (width - 1) / 2 + 2);
    write_characters(text, bytes, length, ' ');
    g_string_append_c(text, '\n');
}

static void write_bits(GString *text, const uint8_t *bytes, size_t length, size_t width,
                       uint64_t offset)
{
    const size_t start = text->len + 10;

    g_string_append_printf(text, "%08" G_GINT64_MODIFIER "x: ", offset);
    for (size_t i = 0; i < length; i++) {
        for (int bit = 7; bit >= 0; bit--) {
            g_string_append_c(text, bytes[i] >> bit & 1 ? '1' : '0');
        }
        g_string_append_c(text, ' ');
    }
    pad_to(text, start, width * 9 + 1);
    write_characters(text, bytes, length, ' ');
    g_string_append_c(text, '\n');
}

static void write_od(GString *text, const uint8_t *bytes, size_t length, size_t width,
                     uint64_t offset)
{
    (void)width;
    g_string_append_printf(text, "%06" G_GINT64_MODIFIER "x ", offset);
    write_pairs(text, bytes, length, 1);
    g_string_append_c(text, '\n');
}

static void write_od_z(GString *text, const uint8_t *bytes, size_t length, size_t width,
                       uint64_t offset)
{
    const size_t start = text->len + 7;

    g_string_append_printf(text, "%07" G_GINT64_MODIFIER "o", offset);
    for (size_t i = 0; i < length; i++) {
        g_string_append_printf(text, " %02x", bytes[i]);
    }
    pad_to(text, start, width * 3 + 2);
    g_string_append_c(text, '>');
    write_characters(text, bytes, length, ' ');
    g_string_append(text, "<\n");
}

static void write_tcpdump(GString *text, const uint8_t *bytes, size_t length, size_t width,
                          uint64_t offset)
{
    const size_t start = text->len + 11;

    g_string_append_printf(text, "\t0x%04" G_GINT64_MODIFIER "x:  ", offset);
    write_pairs(text, bytes, length, 2);
    pad_to(text, start, width * 2 + (width - 1) / 2 + 2);
    write_characters(text, bytes, length, '!');
    g_string_append_c(text, '\n');
}

static void write_hexyl(GString *text, const uint8_t *bytes, size_t length, size_t width,
                        uint64_t offset)
{
    const size_t panels = (width + 7) / 8;

    g_string_append_printf(text, "│%08" G_GINT64_MODIFIER "x│", offset);
    for (size_t i = 0; i < panels * 8; i++) {
        g_string_append_printf(text, i < length ? " %02x" : "   ", i < length ? bytes[i] : 0);
        g_string_append(text, i % 8 < 7 ? "" : i + 1 < panels * 8 ? " ┊" : " │");
    }
    for (size_t i = 0; i < panels * 8; i++) {
        const uint8_t byte = i < length ? bytes[i] : ' ';

        if (byte >= ' ' && byte <= '~') {
            g_string_append_c(text, (char)byte);
        } else {
            g_string_append(text, byte == 0                                      ? "0"
                                  : byte >= 0x80                                 ? "×"
                                  : byte >= '\t' && byte <= '\r' && byte != '\v' ? "_"
                                                                                 : "•");
        }
        g_string_append(text, i % 8 < 7 ? "" : i + 1 < panels * 8 ? "┊" : "│");
    }
    g_string_append_c(text, '\n');
}

static void write_plain(GString *text, const uint8_t *bytes, size_t length, size_t width,
                        uint64_t offset)
{
    (void)width;
    (void)offset;
    write_pairs(text, bytes, length, SIZE_MAX);
    g_string_append_c(text, '\n');
}

static void write_array(GString *text, const uint8_t *bytes, size_t length, size_t width,
                        uint64_t offset)
{
    (void)width;
    for (size_t i = 0; i < length; i++) {
        g_string_append_printf(text, "%s0x%02x",
                               i > 0        ? ", "
                               : offset > 0 ? ",\n  "
                                            : "  ",
                               bytes[i]);
    }
}

static void write_record(GString *text, const char *start, const uint8_t *record, size_t length,
                         uint8_t last)
{
    uint8_t sum = 0;

    g_string_append(text, start);
    for (size_t i = 0; i < length; i++) {
        g_string_append_printf(text, "%02X", record[i]);
        sum = (uint8_t)(sum + record[i]);
    }
    g_string_append_printf(text, "%02X\n", (uint8_t)(last - sum));
}

static void write_ihex(GString *text, const uint8_t *bytes, size_t length, size_t width,
                       uint64_t offset)
{
    uint8_t record[4 + WIDTH_MOST] = { (uint8_t)length, (uint8_t)(offset >> 8), (uint8_t)offset };

    (void)width;
    memcpy(record + 4, bytes, length);
    write_record(text, ":", record, length + 4, 0);
}

static void write_srec(GString *text, const uint8_t *bytes, size_t length, size_t width,
                       uint64_t offset)
{
    uint8_t record[4 + WIDTH_MOST] = { (uint8_t)(length + 4), 0, (uint8_t)(offset >> 8),
                                       (uint8_t)offset };

    (void)width;
    memcpy(record + 4, bytes, length);
    write_record(text, "S2", record, length + 4, 0xff);
}

static const struct writer {
    enum text_look look;
    write_fn *row;
    const char *before;
    const char *after; /* with the offset of the end, if there is a % */
} writers[] = {
    { TEXT_CANONICAL, write_canonical, "", "%08zx\n" },
    { TEXT_XXD, write_xxd, "", "" },
    { TEXT_BITS, write_bits, "", "" },
    { TEXT_OD_HEX, write_od, "", "%06zx\n" },
    { TEXT_OD_OCT, write_od_z, "", "%07zo\n" },
    { TEXT_TCPDUMP, write_tcpdump, "12:00:00.000000 IP a > b: UDP, length 2\n", "" },
    { TEXT_HEXYL, write_hexyl, "┌────────┬───┐\n", "└────────┴───┘\n" },
    { TEXT_ARRAY, write_array, "unsigned char a[] = {\n", "\n};\nunsigned int a_len = %zu;\n" },
    { TEXT_PLAIN, write_plain, "", "" },
    { TEXT_IHEX, write_ihex, "", ":00000001FF\n" },
    { TEXT_SREC, write_srec, "S0030000FC\n", "S804000000FB\n" },
};

static GString *write_dump(const struct writer *writer, const uint8_t *bytes, size_t length,
                           size_t width)
{
    GString *text = g_string_new(writer->before);

    for (size_t at = 0; at < length; at += width) {
        writer->row(text, bytes + at, MIN(width, length - at), width, at);
    }
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    g_string_append_printf(text, writer->after, length);
#pragma GCC diagnostic pop
    return text;
}

static void check_look(const struct writer *writer, enum text_look look, const uint8_t *bytes,
                       size_t length, size_t width)
{
    g_autoptr(GString) text = write_dump(writer, bytes, length, width);
    g_autoptr(GByteArray) out = g_byte_array_new();
    g_autoptr(GError) error = NULL;

    if (!undump("x", look, text->str, text->len, 0, out, &error)) {
        g_error("%s, width %zu, %zu bytes: %s\n%s", text_look_word(writer->look), width, length,
                error->message, text->str);
    }
    g_assert_cmpuint(out->len, ==, length);
    g_assert_true(memcmp(out->data, bytes, length) == 0);
}

static void test_every_width(void)
{
    g_autoptr(GRand) random = g_rand_new_with_seed(7);
    uint8_t bytes[3 * WIDTH_MOST];

    for (size_t i = 0; i < sizeof(bytes); i++) {
        bytes[i] = (uint8_t)g_rand_int_range(random, 0, 256);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(writers); i++) {
        for (size_t width = 1; width <= WIDTH_MOST; width++) {
            for (size_t length = width; length <= 3 * width; length++) {
                check_look(&writers[i], writers[i].look, bytes, length, width);
                /* Rows like "000001 c4" could be plain. */
                const bool is_clear = writers[i].look != TEXT_OD_HEX || width > 1;

                if (length > 2 * width && is_clear) {
                    check_look(&writers[i], TEXT_ANY, bytes, length, width);
                }
            }
        }
    }
}

/* Every look is in the table of writers, but od-d, which is od-o in another base. */
static void test_words(void)
{
    unsigned count = 0;

    for (unsigned i = 0; i < TEXT_LOOKS; i++) {
        const char *word = text_look_word((enum text_look)i);
        enum text_look look = TEXT_ANY;

        g_assert_true(text_look_parse(word, strlen(word), &look));
        g_assert_cmpuint(look, ==, i);
        g_assert_false(text_look_parse(word, strlen(word) - 1, &look) && look == i);
        for (size_t j = 0; j < G_N_ELEMENTS(writers); j++) {
            count += writers[j].look == i;
        }
    }
    g_assert_cmpuint(count, ==, TEXT_LOOKS - 1);
    g_assert_null(text_look_word(TEXT_ANY));
}

/* ---- Rows with gaps -------------------------------------------------------------------------- */

/* "LINE OFFSET BYTES[xSPAN]; ..." */
static char *placed(const char *text, GError **error)
{
    const struct text_rows_input input = { .kind = "patch",
                                           .name = "p",
                                           .hint = "name it",
                                           .text = text,
                                           .length = strlen(text),
                                           .look = TEXT_ANY,
                                           .use = TEXT_PLACED };
    struct text_rows *rows = text_rows_open(&input, error);
    GString *found = g_string_new(NULL);
    enum text_rows_status status = TEXT_FAILED;
    struct text_row row;

    while (rows != NULL && (status = text_rows_next(rows, &row, error)) == TEXT_ROW) {
        g_string_append_printf(found, "%zu %" G_GINT64_MODIFIER "x %.*s", row.line, row.offset,
                               (int)row.length, (const char *)row.bytes);
        if (row.span != row.length) {
            g_string_append_printf(found, "x%" G_GUINT64_FORMAT, row.span);
        }
        g_string_append(found, "; ");
    }
    text_rows_close(rows);
    return g_string_free(found, status == TEXT_FAILED);
}

static void test_placed(void)
{
    static const struct {
        const char *text;
        const char *rows;
    } cases[] = {
        { "", "" },
        { "00000010: 4142  AB\n00000100: 43", "1 10 AB; 2 100 C; " },
        { "# the header\n100  41 42  |AB|\n\n10  43  |C|\n", "2 100 AB; 4 10 C; " },
        { "00000010  41 42\n00000100  43\n", "1 10 AB; 2 100 C; " },
        { "000010 41 42\n000100 43\n000101\n", "1 10 AB; 2 100 C; " },
        { "000010 41 42  >AB<\n*\n000017 43\n", "1 10 AB; 3 12 ABx5; 3 17 C; " },
        { "000010 41 42\n*\n000013\n", "1 10 AB; 3 12 A; " },
        { ":0100100041AE\n:0101000042BC\n:00000001FF\n", "1 10 A; 2 100 B; " },
        { "S1040010"
          "41AA\nS1040100"
          "42B8\nS9030000FC\n",
          "1 10 A; 2 100 B; " },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;
        g_autofree char *rows = placed(cases[i].text, &error);

        g_assert_no_error(error);
        g_assert_cmpstr(rows, ==, cases[i].rows);
    }
}

static void test_placed_bad(void)
{
    static const struct {
        const char *text;
        const char *message;
    } cases[] = {
        { "4142\n", "line 1, column 1: expected a row that starts with an offset, found '4'" },
        { "  0x41,\n", "line 1, column 1: expected a row that starts with an offset, found ' '" },
        { "0000010 41 42\n0000020 43\n", "line 1, column 1: this could be od-x or od-d; name it" },
        { "10: 4142  AB\n*\n11: 43\n",
          "line 3, column 1: expected an offset greater than 12, found 11" },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;
        g_autofree char *expected = g_strconcat("patch 'p', ", cases[i].message, NULL);
        g_autofree char *rows = placed(cases[i].text, &error);

        g_assert_null(rows);
        g_assert_nonnull(error);
        g_assert_cmpstr(error->message, ==, expected);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/text-rows/every-width", test_every_width);
    g_test_add_func("/text-rows/words", test_words);
    g_test_add_func("/text-rows/placed", test_placed);
    g_test_add_func("/text-rows/placed-bad", test_placed_bad);
    return g_test_run();
}
