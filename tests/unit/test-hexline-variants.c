/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <glib.h>

#include "arena.h"
#include "core/hexline.h"
#include "hexline-check.h"

static void check_rows(const struct hexline_style *style, const uint8_t *src, size_t rows,
                       uint64_t offset)
{
    struct hexline *line = hexline_new(style);
    g_autoptr(GString) expected = dump_by_row(line, src, rows * style->width, offset);

    check_dump(style, src, rows * style->width, offset, expected->str, expected->len);
    hexline_free(line);
}

static void test_random_styles(void)
{
    g_autoptr(GRand) random = g_rand_new_with_seed(SEED);
    struct arena arena = arena_new(DATA_MAX);

    fill_random(random, arena_start(&arena), arena.length);
    for (size_t i = 0; i < 3000; i++) {
        struct hexline_style style = random_style(random);
        size_t rows = (size_t)g_rand_int_range(random, 0, i % 10 ? 20 : (int)ROWS_MAX);
        const uint8_t *last = arena_end(&arena) - rows * style.width;

        check_rows(&style, i % 2 ? arena_start(&arena) : last, rows, random_offset(random));
    }
    arena_free(&arena);
}

/* The looks that are used most, with each number of rows and each width. */
static void test_row_counts(void)
{
    static const struct hexline_style *const styles[] = { &canonical, &xxd, &plain, &qemu };
    g_autoptr(GRand) random = g_rand_new_with_seed(SEED);
    struct arena arena = arena_new(DATA_MAX);

    fill_random(random, arena_start(&arena), arena.length);
    for (size_t i = 0; i < G_N_ELEMENTS(styles); i++) {
        for (unsigned width = 1; width <= 20; width++) {
            for (size_t rows = 0; rows <= 20; rows++) {
                struct hexline_style style = *styles[i];

                style.width = width;
                check_rows(&style, arena_end(&arena) - rows * width, rows, 0xffffff80);
            }
        }
    }
    arena_free(&arena);
}

static void test_wide(void)
{
    static const unsigned widths[] = { 255, 256, 257, 1000, 4095, HEXLINE_WIDTH_MAX };
    g_autoptr(GRand) random = g_rand_new_with_seed(SEED);
    g_autofree uint8_t *bytes = g_malloc(3 * HEXLINE_WIDTH_MAX);

    fill_random(random, bytes, 3 * HEXLINE_WIDTH_MAX);
    for (size_t i = 0; i < G_N_ELEMENTS(widths); i++) {
        struct hexline_style style = canonical;

        style.width = widths[i];
        check_rows(&style, bytes, 3, UINT32_MAX - 100);
        style.little_endian = true;
        style.group = HEXLINE_WIDTH_MAX;
        check_rows(&style, bytes, 3, 0);
    }
}

static void test_variant_table(void)
{
    struct hexline *line = hexline_new(&canonical);
    const char *name;
    unsigned ran = 0;

    for (unsigned i = 0; hexline_use_variant(line, i, &name); i++) {
        ran += name != NULL;
        g_assert_true(i > 0 || g_strcmp0(name, "scalar") == 0);
    }
    g_assert_cmpuint(ran, >=, 1);
    g_assert_cmpuint(hexline_width(line), ==, 16);
    hexline_free(line);
    hexline_free(NULL);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/hexline/variant-table", test_variant_table);
    g_test_add_func("/hexline/random-styles", test_random_styles);
    g_test_add_func("/hexline/row-counts", test_row_counts);
    g_test_add_func("/hexline/wide", test_wide);
    return g_test_run();
}
