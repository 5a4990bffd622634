/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <glib.h>
#include <string.h>

#include "arena.h"
#include "core/hexline.h"
#include "hexline-check.h"

static size_t slow_distinct(const uint8_t *previous, const uint8_t *src, size_t rows, size_t width)
{
    size_t row = 0;

    for (; row < rows; row++) {
        const uint8_t *at = src + row * width;

        if (previous != NULL && memcmp(previous, at, width) == 0) {
            break;
        }
        previous = at;
    }
    return row;
}

static size_t slow_equal(const uint8_t *model, const uint8_t *src, size_t rows, size_t width)
{
    size_t row = 0;

    while (row < rows && memcmp(model, src + row * width, width) == 0) {
        row++;
    }
    return row;
}

/* Rows that differ from the one before in one bit, or not at all. */
static void test_repeats(void)
{
    g_autoptr(GRand) random = g_rand_new_with_seed(SEED);
    struct arena arena = arena_new(50u * 33u);

    for (size_t i = 0; i < 20000; i++) {
        size_t width = (size_t)g_rand_int_range(random, 1, 33);
        size_t rows = (size_t)g_rand_int_range(random, 0, 50);
        uint8_t *model = arena_end(&arena) - (rows + 1) * width;
        uint8_t *src = model + width;

        memset(model, (int)(i & 0xff), (rows + 1) * width);
        for (int changes = g_rand_int_range(random, 0, 6); changes > 0 && rows > 0; changes--) {
            size_t from = (size_t)g_rand_int_range(random, 0, (int)rows);
            size_t at = from * width + (size_t)g_rand_int_range(random, 0, (int)width);

            src[at] ^= (uint8_t)(1u << g_rand_int_range(random, 0, 8));
        }
        g_assert_cmpuint(hexline_equal(model, src, rows, (unsigned)width), ==,
                         slow_equal(model, src, rows, width));
        g_assert_cmpuint(hexline_distinct(model, src, rows, (unsigned)width), ==,
                         slow_distinct(model, src, rows, width));
        g_assert_cmpuint(hexline_distinct(NULL, src, rows, (unsigned)width), ==,
                         slow_distinct(NULL, src, rows, width));
    }
    arena_free(&arena);
}

/* Runs longer than what is compared at once, with the first other row at every place. */
static void test_long_repeats(void)
{
    static const unsigned widths[] = { 1, 16, 30, 4096 };
    const size_t length = 300000;
    g_autofree uint8_t *bytes = g_malloc0(length);
    g_autofree uint8_t *model = g_malloc0(HEXLINE_WIDTH_MAX);

    for (size_t i = 0; i < G_N_ELEMENTS(widths); i++) {
        size_t rows = length / widths[i];

        for (size_t row = 0; row < rows; row += MAX(rows / 500, 1)) {
            bytes[row * widths[i] + widths[i] / 2] = 1;
            g_assert_cmpuint(hexline_equal(model, bytes, rows, widths[i]), ==, row);
            bytes[row * widths[i] + widths[i] / 2] = 0;
        }
        g_assert_cmpuint(hexline_equal(model, bytes, rows, widths[i]), ==, rows);
    }
}

static void test_distinct_rows(void)
{
    g_autoptr(GRand) random = g_rand_new_with_seed(SEED);
    g_autofree uint8_t *bytes = g_malloc(DATA_MAX);

    fill_random(random, bytes, DATA_MAX);
    for (unsigned width = 8; width <= 64; width++) {
        g_assert_cmpuint(hexline_distinct(NULL, bytes, DATA_MAX / width, width), ==,
                         DATA_MAX / width);
        g_assert_cmpuint(hexline_distinct(bytes, bytes, DATA_MAX / width, width), ==, 0);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/hexline/repeats", test_repeats);
    g_test_add_func("/hexline/long-repeats", test_long_repeats);
    g_test_add_func("/hexline/distinct-rows", test_distinct_rows);
    return g_test_run();
}
