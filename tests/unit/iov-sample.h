/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Small vectors for tests. All elements of one lie in one block of memory, in an order that is not
 * that of the vector, with guard bytes before and after each. A test computes the memory it
 * expects with at[] and a loop over bytes, and compares whole blocks: stray writes show.
 */
#ifndef IOVTOOL_TESTS_IOV_SAMPLE_H
#define IOVTOOL_TESTS_IOV_SAMPLE_H

#include <glib.h>
#include <stdint.h>
#include <string.h>
#include <sys/uio.h>

/* With `bytes` 0 the addresses may be NULL. */
#define assert_same_bytes(a, b, bytes) g_assert_true((bytes) == 0 || memcmp(a, b, bytes) == 0)

#define SAMPLE_SEED 20240607u
#define SAMPLE_ELEMENTS 8u
#define SAMPLE_BYTES 128u
#define SAMPLE_GUARD 4u
#define SAMPLE_MEMORY (SAMPLE_BYTES + SAMPLE_GUARD * (SAMPLE_ELEMENTS + 1))

struct sample {
    struct iovec iov[SAMPLE_ELEMENTS];
    struct iovec original[SAMPLE_ELEMENTS]; /* what iov was when it was built */
    unsigned cnt;
    size_t size;
    size_t at[SAMPLE_BYTES]; /* vector offset -> index in memory */
    uint8_t memory[SAMPLE_MEMORY];
};

/* Content that differs from byte to byte, guards included. */
static inline void sample_fill(struct sample *v)
{
    for (size_t i = 0; i < SAMPLE_MEMORY; i++) {
        v->memory[i] = (uint8_t)(i * 7 + 13);
    }
}

/* Every other empty element has no address, the rest point at a guard. */
static inline void sample_build(struct sample *v, const size_t *lengths, unsigned cnt)
{
    size_t start[SAMPLE_ELEMENTS];
    size_t used = SAMPLE_GUARD;

    g_assert_cmpuint(cnt, <=, SAMPLE_ELEMENTS);
    v->cnt = cnt;
    v->size = 0;
    for (unsigned i = cnt; i-- > 0;) {
        start[i] = used;
        used += lengths[i] + SAMPLE_GUARD;
    }
    for (unsigned i = 0; i < cnt; i++) {
        v->iov[i].iov_base = lengths[i] > 0 || i % 2 == 0 ? v->memory + start[i] : NULL;
        v->iov[i].iov_len = lengths[i];
        for (size_t j = 0; j < lengths[i]; j++) {
            g_assert_cmpuint(v->size, <, SAMPLE_BYTES);
            v->at[v->size++] = start[i] + j;
        }
    }
    memcpy(v->original, v->iov, sizeof(v->iov));
    sample_fill(v);
}

static inline void sample_assert_elements_unchanged(const struct sample *v)
{
    assert_same_bytes(v->iov, v->original, v->cnt * sizeof(v->iov[0]));
}

/* Calls check() with all vectors of up to `max_cnt` elements of up to `max_len` bytes. */
static inline void sample_each_shape(unsigned max_cnt, size_t max_len,
                                     void (*check)(struct sample *v))
{
    for (unsigned cnt = 0; cnt <= max_cnt; cnt++) {
        size_t lengths[SAMPLE_ELEMENTS] = { 0 };
        unsigned digit;

        do {
            struct sample v;

            sample_build(&v, lengths, cnt);
            check(&v);
            for (digit = 0; digit < cnt && lengths[digit] == max_len; digit++) {
                lengths[digit] = 0;
            }
            if (digit < cnt) {
                lengths[digit]++;
            }
        } while (digit < cnt);
    }
}

/* Calls check() with `count` random vectors; about every third element is empty. */
static inline void sample_each_random(unsigned count, void (*check)(struct sample *v))
{
    g_autoptr(GRand) random = g_rand_new_with_seed(SAMPLE_SEED);

    g_test_message("seed %u", SAMPLE_SEED);
    for (unsigned i = 0; i < count; i++) {
        size_t lengths[SAMPLE_ELEMENTS];
        unsigned cnt = (unsigned)g_rand_int_range(random, 3, SAMPLE_ELEMENTS + 1);
        struct sample v;

        for (unsigned j = 0; j < cnt; j++) {
            int length = g_rand_int_range(random, -7, SAMPLE_BYTES / SAMPLE_ELEMENTS + 1);

            lengths[j] = length > 0 ? (size_t)length : 0;
        }
        sample_build(&v, lengths, cnt);
        check(&v);
    }
}

static inline void sample_each(void (*check)(struct sample *v))
{
    sample_each_shape(4, 3, check);
    sample_each_random(40, check);
}

/* Runs the test `name` in a subprocess and expects it to end by a failed assertion. */
static inline void assert_trapped(const char *name)
{
    g_test_trap_subprocess(name, 0, G_TEST_SUBPROCESS_DEFAULT);
    g_test_trap_assert_failed();
    g_test_trap_assert_stderr("*assertion failed*");
}

#endif
