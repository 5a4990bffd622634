/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/zero.h"

#include <glib.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "variants.h"

#define ALIGNMENTS 64u
#define LENGTH_MAX 300u

/* The bytes around a buffer are not zero, so that a variant that looks past either end errs. */
#define GUARD 0xff

/* One bit set, a different one at every position. */
static uint8_t mark(size_t position)
{
    return (uint8_t)(1u << (position % 8));
}

/* One non-zero byte at `position`, or none when that is `bytes`. */
static void check_buffer(const uint8_t *buffer, size_t bytes, size_t position)
{
    g_assert_true(zero_prefix(buffer, bytes) == position);
    g_assert_true(zero_test(buffer, bytes) == (position == bytes));
}

static void check_small(void)
{
    static uint8_t memory[ALIGNMENTS + LENGTH_MAX + 256] __attribute__((aligned(64)));

    for (size_t alignment = 0; alignment < ALIGNMENTS; alignment++) {
        for (size_t bytes = 0; bytes <= LENGTH_MAX; bytes++) {
            uint8_t *buffer = memory + 64 + alignment;

            memset(memory, GUARD, sizeof(memory));
            memset(buffer, 0, bytes);
            for (size_t position = 0; position < bytes; position++) {
                buffer[position] = mark(position);
                check_buffer(buffer, bytes, position);
                buffer[position] = 0;
            }
            check_buffer(buffer, bytes, bytes);
        }
    }
}

static void test_small(void)
{
    with_each_variant(zero_use_variant, check_small);
}

/* The first of several non-zero bytes is reported, whatever comes after it. */
static void check_first_of_many(void)
{
    uint8_t buffer[1024];

    for (size_t first = 0; first < sizeof(buffer); first++) {
        memset(buffer, 0, first);
        memset(buffer + first, 0x80, sizeof(buffer) - first);
        check_buffer(buffer, sizeof(buffer), first);
    }
}

static void test_first_of_many(void)
{
    with_each_variant(zero_use_variant, check_first_of_many);
}

/* A buffer that ends, and one that starts, where memory does: one byte too far is fatal. */
static void check_page_edges(void)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    uint8_t *map = mmap(NULL, 3 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    g_assert_true(map != MAP_FAILED);
    g_assert_cmpint(mprotect(map, page, PROT_NONE), ==, 0);
    g_assert_cmpint(mprotect(map + 2 * page, page, PROT_NONE), ==, 0);
    for (size_t bytes = 0; bytes <= page; bytes++) {
        check_buffer(map + page, bytes, bytes);
        check_buffer(map + 2 * page - bytes, bytes, bytes);
    }
    g_assert_cmpint(munmap(map, 3 * page), ==, 0);
}

static void test_page_edges(void)
{
    with_each_variant(zero_use_variant, check_page_edges);
}

/* Longer than any block, at a prime stride so that every offset inside a block comes up. */
static void check_large(void)
{
    size_t bytes = 256 * 1024 + 77;
    g_autofree uint8_t *memory = g_malloc0(bytes + 3);
    uint8_t *buffer = memory + 3;

    memset(memory, GUARD, 3);
    check_buffer(buffer, bytes, bytes);
    for (size_t position = 0; position < bytes; position += 1009) {
        buffer[position] = mark(position);
        check_buffer(buffer, bytes, position);
        buffer[position] = 0;
    }
    buffer[bytes - 1] = 1;
    check_buffer(buffer, bytes, bytes - 1);
}

static void test_large(void)
{
    with_each_variant(zero_use_variant, check_large);
}

static void check_nothing(void)
{
    g_assert_true(zero_test(NULL, 0));
    g_assert_cmpuint(zero_prefix(NULL, 0), ==, 0);
}

static void test_nothing(void)
{
    with_each_variant(zero_use_variant, check_nothing);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/zero/nothing", test_nothing);
    g_test_add_func("/zero/small", test_small);
    g_test_add_func("/zero/first-of-many", test_first_of_many);
    g_test_add_func("/zero/page-edges", test_page_edges);
    g_test_add_func("/zero/large", test_large);
    return g_test_run();
}
