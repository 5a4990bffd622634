/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/differ.h"

#include <glib.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "variants.h"

#define SMALL_MAX 130u
#define RANDOM_MAX 10000u
#define RANDOM_ROUNDS 60u
#define SEED 20240613u

/* Around the buffers the sides differ, so that a variant that looks past either end errs. */
#define LEFT_GUARD 0x00
#define RIGHT_GUARD 0xff

/* One bit, a different one at every position. */
static uint8_t mark(size_t position)
{
    return (uint8_t)(1u << (position % 8));
}

/* All runs of two buffers, found one byte at a time. */
static size_t naive_runs(const uint8_t *a, const uint8_t *b, size_t bytes, struct differ_run *runs)
{
    size_t count = 0;

    for (size_t at = 0; at < bytes; at++) {
        if (a[at] != b[at] && at > 0 && a[at - 1] != b[at - 1]) {
            runs[count - 1].length++;
        } else if (a[at] != b[at]) {
            runs[count++] = (struct differ_run){ at, 1 };
        }
    }
    return count;
}

/*
 * Finds runs from `at` on, no more than `max`, and compares them with the ones expected; the first
 * element after the `max` that may be written stays as it was. Returns where to go on.
 */
static size_t check_some_runs(const uint8_t *a, const uint8_t *b, size_t bytes, size_t at,
                              size_t max, const struct differ_run *expected, size_t expected_count)
{
    static struct differ_run runs[RANDOM_MAX + 1];
    size_t count = MIN(max, expected_count);
    size_t used = SIZE_MAX;

    g_assert_cmpuint(max, <=, RANDOM_MAX);
    runs[max] = (struct differ_run){ SIZE_MAX, SIZE_MAX };
    g_assert_cmpuint(differ_runs(a + at, b + at, bytes - at, runs, max, &used), ==, count);
    for (size_t i = 0; i < count; i++) {
        g_assert_cmpuint(at + runs[i].offset, ==, expected[i].offset);
        g_assert_cmpuint(runs[i].length, ==, expected[i].length);
    }
    g_assert_cmpuint(runs[max].offset, ==, SIZE_MAX);
    g_assert_cmpuint(runs[max].length, ==, SIZE_MAX);
    if (count < max) {
        g_assert_cmpuint(at + used, ==, bytes);
    } else {
        g_assert_cmpuint(used, ==, runs[max - 1].offset + runs[max - 1].length);
    }
    return at + used;
}

/* The runs come out the same however few are asked for at a time. */
static void check_runs(const uint8_t *a, const uint8_t *b, size_t bytes,
                       const struct differ_run *expected, size_t expected_count)
{
    static const size_t maxima[] = { 1, 2, 3, RANDOM_MAX };

    for (size_t i = 0; i < G_N_ELEMENTS(maxima); i++) {
        size_t at = 0;
        size_t found = 0;

        do {
            at = check_some_runs(a, b, bytes, at, maxima[i], expected + found,
                                 expected_count - found);
            found = MIN(found + maxima[i], expected_count);
        } while (at < bytes);
        g_assert_cmpuint(at, ==, bytes);
        g_assert_cmpuint(found, ==, expected_count);
    }
}

static void check_against_naive(const uint8_t *a, const uint8_t *b, size_t bytes)
{
    static struct differ_run expected[RANDOM_MAX];
    size_t count = naive_runs(a, b, bytes, expected);

    g_assert_cmpuint(bytes, <=, RANDOM_MAX);
    g_assert_cmpuint(differ_equal_prefix(a, b, bytes), ==, count > 0 ? expected[0].offset : bytes);
    check_runs(a, b, bytes, expected, count);
}

/* `left` and `right` are equal but for one run. */
static void check_one_run(const uint8_t *left, const uint8_t *right, size_t bytes, size_t offset,
                          size_t length)
{
    struct differ_run expected = { offset, length };

    g_assert_cmpuint(differ_equal_prefix(left, right, bytes), ==, length > 0 ? offset : bytes);
    check_runs(left, right, bytes, &expected, length > 0 ? 1 : 0);
}

static void check_single_differences(uint8_t *left, uint8_t *right, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++) {
        left[i] = right[i] = (uint8_t)(i * 7 + 13);
    }
    check_one_run(left, right, bytes, 0, 0);
    for (size_t position = 0; position < bytes; position++) {
        right[position] ^= mark(position);
        check_one_run(left, right, bytes, position, 1);
        right[position] ^= mark(position);
    }
}

static void check_small(void)
{
    static const size_t alignments[] = { 0, 1, 15, 33 };
    static uint8_t left[64 + SMALL_MAX + 64] __attribute__((aligned(64)));
    static uint8_t right[64 + SMALL_MAX + 64] __attribute__((aligned(64)));

    for (size_t i = 0; i < G_N_ELEMENTS(alignments); i++) {
        for (size_t j = 0; j < G_N_ELEMENTS(alignments); j++) {
            for (size_t bytes = 0; bytes <= SMALL_MAX; bytes++) {
                memset(left, LEFT_GUARD, sizeof(left));
                memset(right, RIGHT_GUARD, sizeof(right));
                check_single_differences(left + alignments[i], right + alignments[j], bytes);
            }
        }
    }
}

static void test_small(void)
{
    with_each_variant(differ_use_variant, check_small);
}

/* Every run that a buffer of a little more than two masks can hold. */
static void check_every_run(void)
{
    uint8_t left[SMALL_MAX] = { 0 };
    uint8_t right[SMALL_MAX];

    for (size_t start = 0; start < SMALL_MAX; start++) {
        memset(right, 0, sizeof(right));
        for (size_t end = start + 1; end <= SMALL_MAX; end++) {
            right[end - 1] = mark(end);
            check_one_run(left, right, SMALL_MAX, start, end - start);
        }
    }
}

static void test_every_run(void)
{
    with_each_variant(differ_use_variant, check_every_run);
}

/* Every pair of bytes, between bytes that are equal. */
static void check_every_byte(void)
{
    uint8_t left[256];
    uint8_t right[256];

    for (unsigned value = 0; value < 256; value++) {
        for (unsigned i = 0; i < 256; i++) {
            left[i] = (uint8_t)i;
            right[i] = (uint8_t)(i % 3 == 1 ? value : i);
        }
        check_against_naive(left, right, sizeof(left));
    }
}

static void test_every_byte(void)
{
    with_each_variant(differ_use_variant, check_every_byte);
}

/* Random content at a random alignment; each byte differs with that probability. */
static void check_random_buffers(GRand *random, double probability)
{
    static uint8_t left[64 + RANDOM_MAX];
    static uint8_t right[64 + RANDOM_MAX];
    uint8_t *a = left + g_rand_int_range(random, 0, 64);
    uint8_t *b = right + g_rand_int_range(random, 0, 64);
    size_t bytes = (size_t)g_rand_int_range(random, 0, RANDOM_MAX + 1);

    memset(left, LEFT_GUARD, sizeof(left));
    memset(right, RIGHT_GUARD, sizeof(right));
    for (size_t i = 0; i < bytes; i++) {
        bool differ = g_rand_double(random) < probability;

        a[i] = (uint8_t)g_rand_int(random);
        b[i] = a[i] ^ (uint8_t)(differ ? g_rand_int_range(random, 1, 256) : 0);
    }
    check_against_naive(a, b, bytes);
}

static void check_random(void)
{
    static const double probabilities[] = { 0.0002, 0.01, 0.5, 0.99, 0.9998 };
    g_autoptr(GRand) random = g_rand_new_with_seed(SEED);

    g_test_message("seed %u", SEED);
    for (unsigned round = 0; round < RANDOM_ROUNDS; round++) {
        for (size_t i = 0; i < G_N_ELEMENTS(probabilities); i++) {
            check_random_buffers(random, probabilities[i]);
        }
    }
}

static void test_random(void)
{
    with_each_variant(differ_use_variant, check_random);
}

/* A read-only page with a 1 at every `step` bytes, between two pages that nobody may touch. */
static uint8_t *map_guarded_page(size_t page, size_t step)
{
    uint8_t *map = mmap(NULL, 3 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    g_assert_true(map != MAP_FAILED);
    for (size_t i = 0; i < page; i += step) {
        map[page + i] = 1;
    }
    g_assert_cmpint(mprotect(map, page, PROT_NONE), ==, 0);
    g_assert_cmpint(mprotect(map + page, page, PROT_READ), ==, 0);
    g_assert_cmpint(mprotect(map + 2 * page, page, PROT_NONE), ==, 0);
    return map;
}

/* Buffers that end, and that start, where memory does: one byte too far is fatal. */
static void check_page_edges(void)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    uint8_t *left = map_guarded_page(page, page);
    uint8_t *right = map_guarded_page(page, 61);

    for (size_t bytes = 0; bytes <= 4096; bytes += bytes < 256 ? 1 : 60) {
        check_against_naive(left + page, right + page, bytes);
        check_against_naive(left + 2 * page - bytes, right + 2 * page - bytes, bytes);
        check_against_naive(left + 2 * page - bytes, right + page, bytes);
        check_against_naive(left + page, right + 2 * page - bytes, bytes);
        check_one_run(right + page, right + page, bytes, 0, 0);
        check_one_run(right + 2 * page - bytes, right + 2 * page - bytes, bytes, 0, 0);
    }
    g_assert_cmpint(munmap(left, 3 * page), ==, 0);
    g_assert_cmpint(munmap(right, 3 * page), ==, 0);
}

static void test_page_edges(void)
{
    with_each_variant(differ_use_variant, check_page_edges);
}

static void check_run_at(const uint8_t *left, uint8_t *right, size_t bytes, size_t offset,
                         size_t length)
{
    memset(right + offset, mark(offset), length);
    check_one_run(left, right, bytes, offset, length);
    memset(right + offset, 0, length);
}

/*
 * Longer than any block: runs on both sides of whatever may be the edge of one, and others at a
 * prime stride so that every offset inside a block comes up.
 */
static void check_large(void)
{
    size_t bytes = 20 * 1024 + 77;
    g_autofree uint8_t *left = g_malloc0(bytes);
    g_autofree uint8_t *memory = g_malloc0(bytes + 3);
    uint8_t *right = memory + 3;

    check_one_run(left, right, bytes, 0, 0);
    for (size_t edge = 512; edge < bytes; edge += 512) {
        check_run_at(left, right, bytes, edge - 1, 1);
        check_run_at(left, right, bytes, edge, 1);
        check_run_at(left, right, bytes, edge - 512, 512);
        check_run_at(left, right, bytes, edge, bytes - edge);
    }
    for (size_t position = 0; position < bytes; position += 1009) {
        check_run_at(left, right, bytes, position, 1);
        check_run_at(left, right, bytes, position, MIN(position % 9001 + 1, bytes - position));
    }
    check_run_at(left, right, bytes, bytes - 1, 1);
    check_run_at(left, right, bytes, 0, bytes);
}

static void test_large(void)
{
    with_each_variant(differ_use_variant, check_large);
}

static void check_nothing(void)
{
    struct differ_run run = { 1, 2 };
    size_t used = 3;

    g_assert_cmpuint(differ_equal_prefix(NULL, NULL, 0), ==, 0);
    g_assert_cmpuint(differ_runs(NULL, NULL, 0, &run, 1, &used), ==, 0);
    g_assert_cmpuint(used, ==, 0);
    g_assert_cmpuint(run.offset, ==, 1);
    g_assert_cmpuint(run.length, ==, 2);
}

static void test_nothing(void)
{
    with_each_variant(differ_use_variant, check_nothing);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/differ/nothing", test_nothing);
    g_test_add_func("/differ/small", test_small);
    g_test_add_func("/differ/every-run", test_every_run);
    g_test_add_func("/differ/every-byte", test_every_byte);
    g_test_add_func("/differ/random", test_random);
    g_test_add_func("/differ/page-edges", test_page_edges);
    g_test_add_func("/differ/large", test_large);
    return g_test_run();
}
