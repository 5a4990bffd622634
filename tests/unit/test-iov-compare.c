/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/iov.h"

#include "iov-sample.h"

#define SHAPE_CNT 4u
#define SHAPE_LEN 3u

static ssize_t slow_compare(const struct sample *a, const struct sample *b)
{
    size_t shorter = MIN(a->size, b->size);

    for (size_t i = 0; i < shorter; i++) {
        if (a->memory[a->at[i]] != b->memory[b->at[i]]) {
            return (ssize_t)i;
        }
    }
    return a->size == b->size ? -1 : (ssize_t)shorter;
}

static void assert_compares(const struct sample *a, const struct sample *b)
{
    ssize_t expected = slow_compare(a, b);

    g_assert_cmpint(iov_compare(a->iov, a->cnt, b->iov, b->cnt), ==, expected);
    g_assert_cmpint(iov_compare(b->iov, b->cnt, a->iov, a->cnt), ==, expected);
}

/* The byte at a vector offset, the same in vectors of all shapes, in both halves of a char. */
static void number_bytes(struct sample *v)
{
    for (size_t i = 0; i < v->size; i++) {
        v->memory[v->at[i]] = (uint8_t)(i * 37 + 100);
    }
}

/* One vector of each pair of shapes; the loop over the second ones cannot see it otherwise. */
static const struct sample *first_of_pair;

static void check_second(struct sample *b)
{
    size_t shorter = MIN(first_of_pair->size, b->size);

    number_bytes(b);
    assert_compares(first_of_pair, b);
    for (size_t i = 0; i < shorter; i++) {
        b->memory[b->at[i]] ^= 0x81;
        g_assert_cmpint(slow_compare(first_of_pair, b), ==, (ssize_t)i);
        assert_compares(first_of_pair, b);
        b->memory[b->at[shorter - 1]] ^= 0x10; /* a second difference further on changes nothing */
        assert_compares(first_of_pair, b);
        number_bytes(b);
    }
    sample_assert_elements_unchanged(b);
}

static void check_first(struct sample *a)
{
    number_bytes(a);
    first_of_pair = a;
    sample_each_shape(3, 2, check_second);
}

static void test_shapes(void)
{
    sample_each_shape(SHAPE_CNT, SHAPE_LEN, check_first);
}

static void check_first_of_random(struct sample *a)
{
    number_bytes(a);
    first_of_pair = a;
    sample_each_random(20, check_second);
}

static void test_random(void)
{
    sample_each_random(20, check_first_of_random);
}

/* Differences around the ends of whatever blocks the comparison works in. */
static void test_large(void)
{
    const size_t size = 40000;
    g_autofree uint8_t *a = g_malloc0(size);
    g_autofree uint8_t *b = g_malloc0(size);
    const struct iovec one[] = { { a, size } };
    const struct iovec three[] = { { b, 13001 }, { b + 13001, 1 }, { b + 13002, size - 13002 } };

    g_assert_cmpint(iov_compare(one, 1, three, 3), ==, -1);
    for (size_t i = 0; i < size; i += (i + 3) % 1024 < 6 ? 1 : 31) {
        b[i] = 1;
        g_assert_cmpint(iov_compare(one, 1, three, 3), ==, (ssize_t)i);
        b[i] = 0;
    }
}

/* Two elements over the same memory are equal, and comparing with a part of itself is allowed. */
static void test_same_memory(void)
{
    char text[] = "abcabc";
    const struct iovec twice[] = { { text, 3 }, { text, 3 } };
    const struct iovec once[] = { { text, 6 } };
    const struct iovec part[] = { { text, 4 } };

    g_assert_cmpint(iov_compare(twice, 2, once, 1), ==, -1);
    g_assert_cmpint(iov_compare(part, 1, once, 1), ==, 4);
    g_assert_cmpint(iov_compare(once, 1, NULL, 0), ==, 0);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/iov-compare/shapes", test_shapes);
    g_test_add_func("/iov-compare/random", test_random);
    g_test_add_func("/iov-compare/large", test_large);
    g_test_add_func("/iov-compare/same-memory", test_same_memory);
    return g_test_run();
}
