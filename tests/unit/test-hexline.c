/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/hexline.h"

#include <fcntl.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "dump-tools.h"
#include "hexline-check.h"

/* ---- The other tools ---- */

static void check_against(const char *command, const struct hexline_style *style,
                          const uint8_t *bytes, size_t length, uint64_t offset)
{
    g_autofree char *file = make_file(bytes, length);
    g_autofree char *expected = run(command, file);
    bool closed = *expected != '\0' && g_str_has_prefix(command, "hexdump");

    check_dump(style, bytes, length, offset, expected,
               closed ? rows_length(expected) : strlen(expected));
    g_unlink(file);
}

static void test_hexdump(void)
{
    g_autoptr(GRand) random = g_rand_new_with_seed(SEED);
    uint8_t bytes[DATA_MAX];

    if (!installed("hexdump")) {
        return;
    }
    for (size_t i = 0; i < 70; i++) {
        size_t length = i < 50 ? i : (size_t)g_rand_int_range(random, 0, 16 * ROWS_MAX + 1);

        fill_random(random, bytes, length);
        check_against("hexdump -Cv", &canonical, bytes, length, 0);
    }
}

/* hexdump shows the true offset, so the bytes have to be there in a file. */
static void test_hexdump_offset(void)
{
    const uint64_t offset = (UINT64_C(1) << 32) - 40;
    const char *const command = "hexdump -Cv -s 4294967256";
    g_autoptr(GRand) random = g_rand_new_with_seed(SEED);
    uint8_t bytes[100];

    if (!installed("hexdump")) {
        return;
    }
    fill_random(random, bytes, sizeof(bytes));

    g_autofree char *file = make_file(bytes, 0);
    int fd = g_open(file, O_WRONLY | O_CLOEXEC, 0);

    g_assert_cmpint(pwrite(fd, bytes, sizeof(bytes), (off_t)offset), ==, sizeof(bytes));
    close(fd);

    g_autofree char *output = run(command, file);

    check_dump(&canonical, bytes, sizeof(bytes), offset, output, rows_length(output));
    g_unlink(file);
}

static void test_xxd(void)
{
    static const unsigned groups[] = { 0, 1, 2, 3, 4, 5, 8, 16 };
    g_autoptr(GRand) random = g_rand_new_with_seed(SEED);
    uint8_t bytes[DATA_MAX];

    if (!installed("xxd")) {
        return;
    }
    for (unsigned width = 1; width <= 40; width++) {
        for (size_t i = 0; i < G_N_ELEMENTS(groups); i++) {
            struct hexline_style style = xxd;
            size_t length = (size_t)g_rand_int_range(random, 0, (int)(width * ROWS_MAX + 1));

            style.width = width;
            style.group = groups[i];
            style.upper = (width + i) % 3 == 0;
            fill_random(random, bytes, length);
            g_autofree char *command =
                g_strdup_printf("xxd -c %u -g %u%s", width, groups[i], style.upper ? " -u" : "");
            check_against(command, &style, bytes, length, 0);
        }
    }
}

static void test_xxd_lengths(void)
{
    g_autoptr(GRand) random = g_rand_new_with_seed(SEED);
    uint8_t bytes[DATA_MAX];

    if (!installed("xxd")) {
        return;
    }
    for (size_t length = 0; length <= 100; length++) {
        fill_random(random, bytes, length);
        check_against("xxd", &xxd, bytes, length, 0);
    }
}

/* Where the group does not divide the width, xxd's own dump is garbled. */
static void test_xxd_little_endian(void)
{
    g_autoptr(GRand) random = g_rand_new_with_seed(SEED);
    uint8_t bytes[DATA_MAX];

    if (!installed("xxd")) {
        return;
    }
    for (unsigned group = 1; group <= 16; group *= 2) {
        for (unsigned width = 1; width <= 40; width++) {
            struct hexline_style style = xxd;
            size_t length = (size_t)g_rand_int_range(random, 0, (int)(width * 20 + 1));

            if (width % MIN(group, width) != 0 || (width < group && (width & (width - 1)) != 0)) {
                continue;
            }
            style.width = width;
            style.group = group;
            style.little_endian = true;
            fill_random(random, bytes, length);
            g_autofree char *command = g_strdup_printf("xxd -e -c %u -g %u", width, group);
            check_against(command, &style, bytes, length, 0);
        }
    }
}

static void test_xxd_plain(void)
{
    g_autoptr(GRand) random = g_rand_new_with_seed(SEED);
    uint8_t bytes[DATA_MAX];

    if (!installed("xxd")) {
        return;
    }
    for (unsigned width = 1; width <= 64; width++) {
        struct hexline_style style = plain;
        size_t length = (size_t)g_rand_int_range(random, 1, (int)(width * ROWS_MAX + 1));

        style.width = width;
        fill_random(random, bytes, length);
        g_autofree char *command = g_strdup_printf("xxd -p -c %u", width);
        check_against(command, &style, bytes, length, 0);
    }
}

static void test_xxd_offset(void)
{
    static const uint64_t offsets[] = {
        0xff,          0xfffff0,           0xffffff80,         0xfffffff8,
        0xffffffff,    0x100000000,        0xfffffffff0,       0x123456789abcdef,
        INT64_MAX - 7, UINT64_MAX - 16000, UINT64_MAX - 16380,
    };
    g_autoptr(GRand) random = g_rand_new_with_seed(SEED);
    uint8_t bytes[400];

    if (!installed("xxd")) {
        return;
    }
    fill_random(random, bytes, sizeof(bytes));
    for (size_t i = 0; i < G_N_ELEMENTS(offsets); i++) {
        g_autofree char *command = g_strdup_printf("xxd -g 1 -c 10 -o 0x%" PRIx64, offsets[i]);
        struct hexline_style style = xxd;

        style.group = 1;
        style.width = 10;
        check_against(command, &style, bytes, sizeof(bytes), offsets[i]);
    }
}

/* ---- Known texts ---- */

static void check_sample(const struct hexline_style *style, uint64_t offset, const char *expected)
{
    check_dump(style, sample, SAMPLE_LENGTH, offset, expected, strlen(expected));
}

static void test_looks(void)
{
    struct hexline_style style = canonical;

    check_sample(&qemu, 0xfff8,
                 "mem: fff8:  00 48 65 6c  6c 6f 2c 20  ff 7f 77 6f  72 6c 64 7e .Hello, ..world~\n"
                 "mem: 10008:  0a                                                 .\n");
    style.width = 6;
    style.group = 4;
    style.half = 3;
    check_sample(&style, 10,
                 "0000000a  004865 6c 6c6f  |.Hello|\n"
                 "00000010  2c20ff 7f 776f  |, ..wo|\n"
                 "00000016  726c64 7e 0a    |rld~.|\n");
}

static void test_little_endian(void)
{
    struct hexline_style style = xxd;

    style.little_endian = true;
    style.group = 4;
    style.width = 6;
    check_sample(&style, 0,
                 "00000000: 6c654800     6f6c  .Hello\n"
                 "00000006: 7fff202c     6f77  , ..wo\n"
                 "0000000c: 7e646c72       0a  rld~.\n");
    style.ascii = false;
    style.half = 2;
    style.width = 8;
    check_sample(&style, 0,
                 "00000000: 6c654800   202c6f6c\n"
                 "00000008: 6f777fff   7e646c72\n"
                 "00000010:       0a\n");
    style.group = 0;
    check_sample(&style, 0,
                 "00000000: 202c6f6c6c654800\n"
                 "00000008: 7e646c726f777fff\n"
                 "00000010:               0a\n");
}

/* ---- Offsets ---- */

static void check_offset(const struct hexline_style *style, uint64_t offset)
{
    static const uint8_t byte = 0x41;
    g_autoptr(GString) expected = g_string_new(style->prefix);
    int digits = (int)MAX(style->digits, 1);

    switch (style->base) {
    case HEXLINE_HEX:
        g_string_append_printf(expected, "%0*" PRIx64, digits, offset);
        break;
    case HEXLINE_DEC:
        g_string_append_printf(expected, "%0*" PRIu64, digits, offset);
        break;
    case HEXLINE_OCT:
        g_string_append_printf(expected, "%0*" PRIo64, digits, offset);
        break;
    case HEXLINE_NO_OFFSET:
        break;
    }
    g_string_append(expected, ": 41  A\n");
    check_dump(style, &byte, 1, offset, expected->str, expected->len);
}

static void test_offsets(void)
{
    static const unsigned radixes[] = { [HEXLINE_HEX] = 16, [HEXLINE_DEC] = 10, [HEXLINE_OCT] = 8 };
    static const unsigned digits[] = { 0, 1, 4, 7, 8, 9, 12, 16, 22, 30 };
    struct hexline_style style = xxd;

    style.width = 1;
    for (enum hexline_base base = HEXLINE_HEX; base <= HEXLINE_OCT; base++) {
        for (size_t i = 0; i < G_N_ELEMENTS(digits); i++) {
            style.base = base;
            style.digits = digits[i];
            style.prefix = i % 2 ? "prefix of more than sixteen characters" : "";
            for (uint64_t power = 1, next = 1; next >= power; power = next) {
                check_offset(&style, power - 1);
                check_offset(&style, power);
                next = power * radixes[base];
                if (next / radixes[base] != power) {
                    break;
                }
            }
            check_offset(&style, UINT64_MAX);
        }
    }
    style.base = HEXLINE_NO_OFFSET;
    check_offset(&style, 12345);
}

/* Other notations than hex, by printf. */
static void test_notations(void)
{
    uint8_t bytes[256];

    for (unsigned i = 0; i < sizeof(bytes); i++) {
        bytes[i] = (uint8_t)i;
    }
    for (unsigned notation = HEXLINE_BYTE_HEX; notation <= HEXLINE_BYTE_DEC; notation++) {
        const struct hexline_style style = { .prefix = "",
                                             .base = HEXLINE_NO_OFFSET,
                                             .offset_end = "",
                                             .width = 16,
                                             .group = 1,
                                             .notation = (enum hexline_notation)notation };
        struct hexline *line = hexline_new(&style);
        g_autoptr(GString) expected = g_string_new(NULL);
        g_autofree char *rows = g_malloc(16 * hexline_row_max(line) + HEXLINE_SLACK);

        for (unsigned i = 0; i < sizeof(bytes); i++) {
            for (int bit = 7; bit >= 0 && notation == HEXLINE_BYTE_BIN; bit--) {
                g_string_append_c(expected, i >> bit & 1 ? '1' : '0');
            }
            switch (notation) {
            case HEXLINE_BYTE_HEX:
                g_string_append_printf(expected, "%02x", i);
                break;
            case HEXLINE_BYTE_OCT:
                g_string_append_printf(expected, "%03o", i);
                break;
            case HEXLINE_BYTE_DEC:
                g_string_append_printf(expected, "%03u", i);
                break;
            default:
                break;
            }
            g_string_append_c(expected, i % 16 == 15 ? '\n' : ' ');
        }
        assert_same("rows", rows, hexline_rows(line, rows, bytes, 16, 0), expected->str,
                    expected->len);
        g_autofree char *row = g_malloc(hexline_row_max(line));
        const size_t length = expected->len / 16;

        for (unsigned i = 0; i < 16; i++) {
            assert_same("row", row, hexline_row(line, row, bytes + 16 * i, 16, 0),
                        expected->str + length * i, length);
        }
        hexline_free(line);
    }
}

int main(int argc, char **argv)
{
    g_setenv("LC_ALL", "C", TRUE);
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/hexline/hexdump", test_hexdump);
    g_test_add_func("/hexline/hexdump-offset", test_hexdump_offset);
    g_test_add_func("/hexline/xxd", test_xxd);
    g_test_add_func("/hexline/xxd-lengths", test_xxd_lengths);
    g_test_add_func("/hexline/xxd-little-endian", test_xxd_little_endian);
    g_test_add_func("/hexline/xxd-plain", test_xxd_plain);
    g_test_add_func("/hexline/xxd-offset", test_xxd_offset);
    g_test_add_func("/hexline/looks", test_looks);
    g_test_add_func("/hexline/little-endian", test_little_endian);
    g_test_add_func("/hexline/offsets", test_offsets);
    g_test_add_func("/hexline/notations", test_notations);
    return g_test_run();
}
