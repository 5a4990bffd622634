/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/find.h"

#include <glib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "variants.h"

static size_t find_plainly(const struct find_pattern *pattern, const uint8_t *buffer, size_t starts)
{
    size_t n = 0;

    while (n < starts && !find_pattern_fits(pattern, buffer + n)) {
        n++;
    }
    return n;
}

/* Every hit, from each place behind the one before. */
static void check_all(struct find_pattern *pattern, const uint8_t *buffer, size_t bytes)
{
    const size_t length = find_pattern_length(pattern);
    const size_t starts = bytes < length ? 0 : bytes - length + 1;

    for (size_t from = 0; from < starts;) {
        const size_t expected = find_plainly(pattern, buffer + from, starts - from);

        g_assert_cmpuint(find_next(pattern, buffer + from, starts - from), ==, expected);
        from += expected + 1;
    }
    g_assert_cmpuint(find_next(pattern, buffer, 0), ==, 0);
}

static void test_fits(void)
{
    static const uint8_t bytes[] = { 0x12, 0x34, 0xff };
    static const uint8_t mask[] = { 0xf0, 0xff, 0x00 };
    struct find_pattern *exact = find_pattern_new(bytes, NULL, sizeof(bytes));
    struct find_pattern *open = find_pattern_new(bytes, mask, sizeof(bytes));

    g_assert_true(find_pattern_fits(exact, (const uint8_t *)"\x12\x34\xff"));
    g_assert_false(find_pattern_fits(exact, (const uint8_t *)"\x12\x34\xfe"));
    g_assert_true(find_pattern_fits(open, (const uint8_t *)"\x1f\x34\x00"));
    g_assert_false(find_pattern_fits(open, (const uint8_t *)"\x2f\x34\x00"));
    g_assert_false(find_pattern_fits(open, (const uint8_t *)"\x1f\x35\x00"));
    find_pattern_free(exact);
    find_pattern_free(open);
    find_pattern_free(NULL);
}

/* A pattern of every length, at every place of a buffer of every length around those of blocks. */
static void check_places(void)
{
    static const size_t lengths[] = { 1, 2, 3, 4, 8, 15, 16, 17, 31, 33, 64, 65, 100 };
    uint8_t pattern_bytes[100];
    uint8_t buffer[300];

    for (size_t i = 0; i < sizeof(pattern_bytes); i++) {
        pattern_bytes[i] = (uint8_t)(i + 1);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(lengths); i++) {
        struct find_pattern *pattern = find_pattern_new(pattern_bytes, NULL, lengths[i]);

        for (size_t starts = 1; starts <= 200; starts += 1 + starts / 20) {
            for (size_t place = 0; place <= starts; place++) {
                memset(buffer, 0, sizeof(buffer));
                memcpy(buffer + place, pattern_bytes, lengths[i]);
                g_assert_cmpuint(find_next(pattern, buffer, starts), ==, place);
            }
        }
        find_pattern_free(pattern);
    }
}

static void test_places(void)
{
    with_each_variant(find_use_variant, check_places);
}

/* Few different bytes, so that much fits nearly; masks of all sorts. */
static void check_random(void)
{
    g_autoptr(GRand) rand = g_rand_new_with_seed(15);

    for (unsigned round = 0; round < 2000; round++) {
        const gint values = g_rand_int_range(rand, 1, 5);
        const size_t length = (size_t)g_rand_int_range(rand, 1, 40);
        const size_t bytes = (size_t)g_rand_int_range(rand, 0, 1000);
        const bool masked = g_rand_boolean(rand);
        static const uint8_t masks[] = { 0xff, 0xff, 0xf0, 0x0f, 0x00, 0x81 };
        g_autofree uint8_t *buffer = g_malloc(bytes + 1);
        uint8_t pattern_bytes[40], mask[40];

        for (size_t i = 0; i < bytes; i++) {
            buffer[i] = (uint8_t)(0x10 * g_rand_int_range(rand, 0, values));
        }
        for (size_t i = 0; i < length; i++) {
            pattern_bytes[i] = (uint8_t)(0x10 * g_rand_int_range(rand, 0, values));
            mask[i] = masks[g_rand_int_range(rand, 0, G_N_ELEMENTS(masks))];
        }
        struct find_pattern *pattern =
            find_pattern_new(pattern_bytes, masked ? mask : NULL, length);
        check_all(pattern, buffer, bytes);
        find_pattern_free(pattern);
    }
}

static void test_random(void)
{
    with_each_variant(find_use_variant, check_random);
}

/* What is rare changes on the way, and long beginnings fit everywhere. */
static void check_changing(void)
{
    const size_t bytes = 300 * 1000;
    g_autofree uint8_t *buffer = g_malloc0(bytes);
    uint8_t pattern_bytes[300] = { 0 };

    memset(buffer + bytes / 3, 1, bytes / 3);
    for (size_t i = 0; i < bytes / 3; i++) {
        buffer[2 * (bytes / 3) + i] = i % 150 == 149;
    }
    for (size_t length = 1; length <= sizeof(pattern_bytes); length += 23) {
        for (unsigned last = 0; last < 2; last++) {
            pattern_bytes[length - 1] = (uint8_t)last;
            struct find_pattern *pattern = find_pattern_new(pattern_bytes, NULL, length);
            const size_t starts = bytes - length + 1;

            for (size_t from = 0; from < starts; from += 50021) {
                const size_t expected = find_plainly(pattern, buffer + from, starts - from);
                g_assert_cmpuint(find_next(pattern, buffer + from, starts - from), ==, expected);
            }
            find_pattern_free(pattern);
        }
        pattern_bytes[length - 1] = 0;
    }
}

static void test_changing(void)
{
    with_each_variant(find_use_variant, check_changing);
}

/* 16 MiB of zeros but for a one in every 4096, and a pattern of 4096 zeros: each place but a few
 * fits its first half. The plain loop takes minutes. */
static void check_linear(void)
{
    const size_t bytes = 16 * 1024 * 1024;
    g_autofree uint8_t *buffer = g_malloc0(bytes);
    g_autofree uint8_t *pattern_bytes = g_malloc0(4096);
    struct find_pattern *pattern = find_pattern_new(pattern_bytes, NULL, 4096);

    for (size_t i = 0; i < bytes; i += 4096) {
        buffer[i] = 1;
    }
    g_assert_cmpuint(find_next(pattern, buffer, bytes - 4095), ==, bytes - 4095);
    buffer[bytes - 4096] = 0;
    g_assert_cmpuint(find_next(pattern, buffer, bytes - 4095), ==, bytes - 4096 - 4095);
    find_pattern_free(pattern);
}

static void test_linear(void)
{
    with_each_variant(find_use_variant, check_linear);
}

/* A buffer that ends, and one that starts, where memory does: one byte too far is fatal. */
static void check_page_edges(void)
{
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    uint8_t *map = mmap(NULL, 3 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    static const uint8_t bytes[20] = { 0, 0, 1 };

    g_assert_true(map != MAP_FAILED);
    g_assert_cmpint(mprotect(map, page, PROT_NONE), ==, 0);
    g_assert_cmpint(mprotect(map + 2 * page, page, PROT_NONE), ==, 0);
    for (size_t length = 1; length <= sizeof(bytes); length++) {
        struct find_pattern *pattern = find_pattern_new(bytes, NULL, length);

        for (size_t starts = 0; starts <= 300; starts++) {
            const size_t expected = length < 3 && starts > 0 ? 0 : starts;
            const size_t size = starts + length - 1;

            g_assert_cmpuint(find_next(pattern, map + page, starts), ==, expected);
            g_assert_cmpuint(find_next(pattern, map + 2 * page - size, starts), ==, expected);
        }
        find_pattern_free(pattern);
    }
    g_assert_cmpint(munmap(map, 3 * page), ==, 0);
}

static void test_page_edges(void)
{
    with_each_variant(find_use_variant, check_page_edges);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/find/fits", test_fits);
    g_test_add_func("/find/places", test_places);
    g_test_add_func("/find/random", test_random);
    g_test_add_func("/find/changing", test_changing);
    g_test_add_func("/find/linear", test_linear);
    g_test_add_func("/find/page-edges", test_page_edges);
    return g_test_run();
}
