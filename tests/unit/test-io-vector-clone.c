/* SPDX-License-Identifier: GPL-2.0-or-later */
/* io_vector_clone(): which bytes of the original are one byte must be one byte in the clone. */
#include "core/io-vector.h"

#include "core/iov.h"
#include "iov-sample.h"

#include <pthread.h>

#define MEMORY_MAX 8u
#define NOT_CLONED SIZE_MAX

/*
 * Checks every byte of every element against a map from the original's memory to the clone's, which
 * must be one to one and use the buffer from its start without a gap.
 */
static void check_clone(const IoVector *source, const uint8_t *memory)
{
    uint8_t buffer[MEMORY_MAX * SAMPLE_ELEMENTS];
    size_t image[MEMORY_MAX];
    bool used[sizeof(buffer)] = { false };
    size_t distinct = 0;
    g_auto(IoVector) clone = { 0 };

    for (size_t i = 0; i < MEMORY_MAX; i++) {
        image[i] = NOT_CLONED;
    }
    io_vector_clone(&clone, source, buffer);
    g_assert_cmpint(clone.niov, ==, source->niov);
    g_assert_cmpuint(clone.size, ==, source->size);
    for (int i = 0; i < source->niov; i++) {
        g_assert_cmpuint(clone.iov[i].iov_len, ==, source->iov[i].iov_len);
        for (size_t j = 0; j < source->iov[i].iov_len; j++) {
            size_t from = (size_t)((uint8_t *)source->iov[i].iov_base + j - memory);
            size_t to = (size_t)((uint8_t *)clone.iov[i].iov_base + j - buffer);

            g_assert_cmpuint(to, <, sizeof(buffer));
            if (image[from] == NOT_CLONED) {
                g_assert_false(used[to]);
                used[to] = true;
                image[from] = to;
                distinct++;
            }
            g_assert_cmpuint(image[from], ==, to);
        }
    }
    for (size_t i = 0; i < distinct; i++) {
        g_assert_true(used[i]);
    }
}

/* Moves *element on to the next range in `memory_size` bytes; false: back at the first one. */
static bool next_range(struct iovec *element, uint8_t *memory, size_t memory_size)
{
    size_t start = (size_t)((uint8_t *)element->iov_base - memory);

    if (start + element->iov_len < memory_size) {
        element->iov_len++;
        return true;
    }
    element->iov_len = 0;
    element->iov_base = memory + (start < memory_size ? start + 1 : 0);
    return start < memory_size;
}

/* All vectors of `niov` ranges, empty ones included, within `memory_size` bytes. */
static void check_all_clones(int niov, size_t memory_size)
{
    uint8_t memory[MEMORY_MAX];
    struct iovec iov[SAMPLE_ELEMENTS];
    IoVector source;
    int digit;

    for (int i = 0; i < niov; i++) {
        iov[i] = (struct iovec){ memory, 0 };
    }
    do {
        io_vector_init_external(&source, iov, niov);
        check_clone(&source, memory);
        for (digit = 0; digit < niov && !next_range(&iov[digit], memory, memory_size); digit++) {
        }
    } while (digit < niov);
}

static void test_overlaps(void)
{
    check_all_clones(0, 1);
    check_all_clones(1, 8);
    check_all_clones(2, 8);
    check_all_clones(3, 6);
    check_all_clones(4, 4);
    check_all_clones(5, 2);
}

/* The original's bytes scattered over the clone read the same, and writes show through alike. */
static void test_contents(void)
{
    uint8_t memory[8] = { 1, 2, 3, 4, 5, 6, 7, 8 };
    uint8_t buffer[32];
    uint8_t flat[32];
    struct iovec iov[] = { { memory + 2, 4 }, { NULL, 0 }, { memory, 3 }, { memory + 5, 3 } };
    g_auto(IoVector) clone = { 0 };
    IoVector source;

    io_vector_init_external(&source, iov, 4);
    io_vector_clone(&clone, &source, buffer);
    g_assert_cmpuint(io_vector_to_buf(&source, 0, flat, SIZE_MAX), ==, 10);
    g_assert_cmpuint(io_vector_from_buf(&clone, 0, flat, 10), ==, 10);
    g_assert_cmpint(io_vector_compare(&source, &clone), ==, -1);
    for (size_t i = 0; i < source.size; i++) {
        io_vector_memset(&source, i, (int)i + 100, 1);
        io_vector_memset(&clone, i, (int)i + 100, 1);
        g_assert_cmpint(io_vector_compare(&source, &clone), ==, -1);
    }
}

/* A clone is added to what the destination has. */
static void test_append(void)
{
    uint8_t memory[4];
    uint8_t buffer[4];
    struct iovec iov[] = { { memory + 1, 3 }, { memory, 2 } };
    g_auto(IoVector) clone = { 0 };
    IoVector source;

    io_vector_init_external(&source, iov, 2);
    io_vector_add(&clone, memory, 4);
    io_vector_clone(&clone, &source, buffer);
    g_assert_cmpint(clone.niov, ==, 3);
    g_assert_cmpuint(clone.size, ==, 9);
    g_assert_true(clone.iov[0].iov_base == memory);
    g_assert_true(clone.iov[1].iov_base == buffer + 1);
    g_assert_true(clone.iov[2].iov_base == buffer);
}

/* Nothing to clone needs no buffer. */
static void test_nothing(void)
{
    struct iovec iov[] = { { NULL, 0 }, { NULL, 0 } };
    g_auto(IoVector) clone = { 0 };
    IoVector source;

    io_vector_init_external(&source, iov, 2);
    io_vector_clone(&clone, &source, NULL);
    g_assert_cmpint(clone.niov, ==, 2);
    g_assert_cmpuint(clone.size, ==, 0);
}

#define LONG_NIOV 300000

static void *clone_long(void *argument)
{
    static uint8_t memory[LONG_NIOV];
    g_autofree uint8_t *buffer = g_malloc(LONG_NIOV + 1);
    g_auto(IoVector) source = { 0 };
    g_auto(IoVector) clone = { 0 };

    for (int i = LONG_NIOV; i-- > 0;) {
        io_vector_add(&source, memory + i / 2, 2);
    }
    io_vector_clone(&clone, &source, buffer);
    for (int i = 0; i < LONG_NIOV; i++) {
        g_assert_true(clone.iov[LONG_NIOV - 1 - i].iov_base == buffer + i / 2);
    }
    return argument;
}

/* The elements' sort records alone would be 18 times this stack. */
static void test_small_stack(void)
{
    pthread_attr_t attributes;
    pthread_t thread;

    pthread_attr_init(&attributes);
    g_assert_cmpint(pthread_attr_setstacksize(&attributes, 256 * 1024), ==, 0);
    g_assert_cmpint(pthread_create(&thread, &attributes, clone_long, NULL), ==, 0);
    g_assert_cmpint(pthread_join(thread, NULL), ==, 0);
    pthread_attr_destroy(&attributes);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/io-vector-clone/overlaps", test_overlaps);
    g_test_add_func("/io-vector-clone/contents", test_contents);
    g_test_add_func("/io-vector-clone/append", test_append);
    g_test_add_func("/io-vector-clone/nothing", test_nothing);
    g_test_add_func("/io-vector-clone/small-stack", test_small_stack);
    return g_test_run();
}
