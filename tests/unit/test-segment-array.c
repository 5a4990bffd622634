/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "segment/segment-array.h"

#include <glib.h>
#include <string.h>

/* More than two huge pages hold. */
#define MANY 200000u

static struct segment numbered(size_t number)
{
    return (struct segment){ .kind = SEGMENT_BYTES, .offset = number, .length = number % 7 };
}

static void assert_numbered(const struct segment_array *array, size_t first, size_t count)
{
    g_assert_cmpuint(array->count, ==, count);
    g_assert_cmpuint(array->room, >=, count);
    for (size_t i = 0; i < count; i++) {
        const struct segment expected = numbered(first + i);
        g_assert_true(memcmp(&array->items[i], &expected, sizeof(expected)) == 0);
    }
}

static void fill(struct segment_array *array, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct segment segment = numbered(i);
        segment_array_append(array, &segment, 1);
    }
}

static void test_append_one_by_one(void)
{
    struct segment_array array = { 0 };
    fill(&array, MANY);
    assert_numbered(&array, 0, MANY);
    segment_array_clear(&array);
    assert_numbered(&array, 0, 0);
}

/* Any number at once, onto any number: on the heap, off it, and from the one to the other. */
static void test_append_many(void)
{
    static const size_t counts[] = { 0, 1, 15, 16, 17, 65535, 65536, 65537, MANY };
    struct segment_array all = { 0 };
    fill(&all, 2 * MANY);
    for (size_t i = 0; i < G_N_ELEMENTS(counts); i++) {
        for (size_t j = 0; j < G_N_ELEMENTS(counts); j++) {
            struct segment_array array = { 0 };
            segment_array_append(&array, all.items, counts[i]);
            segment_array_append(&array, all.items + counts[i], counts[j]);
            assert_numbered(&array, 0, counts[i] + counts[j]);
            segment_array_clear(&array);
        }
    }
    segment_array_clear(&all);
}

static void test_keep(void)
{
    for (size_t count = 0; count <= 20; count++) {
        for (size_t first = 0; first <= count; first++) {
            for (size_t kept = 0; kept <= count - first; kept++) {
                struct segment_array array = { 0 };
                fill(&array, count);
                segment_array_keep(&array, first, kept);
                assert_numbered(&array, first, kept);
                segment_array_clear(&array);
            }
        }
    }
}

/* What is kept of a long array can grow again. */
static void test_keep_and_append(void)
{
    struct segment_array array = { 0 };
    fill(&array, MANY);
    segment_array_keep(&array, 0, 3);
    for (size_t i = 3; i < 2 * MANY; i++) {
        const struct segment segment = numbered(i);
        segment_array_append(&array, &segment, 1);
    }
    assert_numbered(&array, 0, 2 * MANY);
    segment_array_clear(&array);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/segment-array/append/one-by-one", test_append_one_by_one);
    g_test_add_func("/segment-array/append/many", test_append_many);
    g_test_add_func("/segment-array/keep", test_keep);
    g_test_add_func("/segment-array/keep/append", test_keep_and_append);
    return g_test_run();
}
