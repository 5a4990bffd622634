/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/io-vector.h"

#include "core/iov.h"
#include "iov-sample.h"

static IoVector external(struct sample *v)
{
    IoVector vector;

    io_vector_init_external(&vector, v->iov, (int)v->cnt);
    return vector;
}

static void test_grow(void)
{
    static uint8_t bytes[512];

    for (int hint = 0; hint < 5; hint++) {
        IoVector vector;

        io_vector_init(&vector, hint);
        for (int round = 0; round < 2; round++) {
            size_t size = 0;

            for (int i = 0; i < 100; i++) {
                io_vector_add(&vector, bytes + i, (size_t)i % 3);
                size += (size_t)i % 3;
                g_assert_cmpint(vector.niov, ==, i + 1);
                g_assert_cmpint(vector.nalloc, >=, vector.niov);
                g_assert_cmpuint(vector.size, ==, size);
            }
            for (int i = 0; i < 100; i++) {
                g_assert_true(vector.iov[i].iov_base == bytes + i);
                g_assert_cmpuint(vector.iov[i].iov_len, ==, (size_t)i % 3);
            }
            io_vector_reset(&vector);
            g_assert_cmpint(vector.niov, ==, 0);
            g_assert_cmpuint(vector.size, ==, 0);
        }
        io_vector_destroy(&vector);
        g_assert_null(vector.iov);
        g_assert_cmpint(vector.nalloc, ==, 0);
        io_vector_destroy(&vector);
    }
}

/* All bytes zero is an empty vector, and what a destroyed one can be used as. */
static void test_zero_value(void)
{
    g_auto(IoVector) vector = { 0 };
    char byte = 0;

    g_assert_true(io_vector_is_zero(&vector, 0, 0));
    g_assert_cmpint(io_vector_subvec_niov(&vector, 0, 0), ==, 0);
    g_assert_cmpuint(io_vector_to_buf(&vector, 0, &byte, 1), ==, 0);
    io_vector_discard_back(&vector, 0);
    io_vector_add(&vector, &byte, 1);
    io_vector_destroy(&vector);
    io_vector_add(&vector, &byte, 1);
    g_assert_cmpint(vector.niov, ==, 1);
    g_assert_cmpuint(vector.size, ==, 1);
}

static void test_external(void)
{
    char text[] = "abcdef";
    struct iovec iov[] = { { text, 2 }, { NULL, 0 }, { text + 2, 4 } };
    IoVector vector;

    io_vector_init_external(&vector, iov, 3);
    g_assert_true(vector.iov == iov);
    g_assert_cmpint(vector.niov, ==, 3);
    g_assert_cmpint(vector.nalloc, ==, -1);
    g_assert_cmpuint(vector.size, ==, 6);
    io_vector_destroy(&vector); /* frees nothing */
    g_assert_null(vector.iov);
    g_assert_true(iov[2].iov_base == text + 2);
}

static void check_local(IoVector *vector, const char *text)
{
    g_assert_true(vector->iov == &vector->local_iov);
    g_assert_true(io_vector_buf(vector) == text);
    g_assert_cmpint(vector->niov, ==, 1);
    g_assert_cmpint(vector->nalloc, ==, -1);
    g_assert_cmpuint(vector->size, ==, 6);
    io_vector_discard_back(vector, 2);
    g_assert_cmpuint(vector->size, ==, 4);
    g_assert_cmpuint(vector->iov[0].iov_len, ==, 4);
    io_vector_discard_back(vector, 4);
    g_assert_cmpuint(vector->size, ==, 0);
    g_assert_cmpint(vector->niov, ==, 0);
    io_vector_destroy(vector);
}

static void test_local(void)
{
    static const char text[] = "abcdef";
    IoVector by_macro = IO_VECTOR_INIT_BUF(by_macro, text, 6);
    IoVector by_function;

    check_local(&by_macro, text);
    io_vector_init_buf(&by_function, text, 6);
    check_local(&by_function, text);
}

/* The functions that hand on to core/iov.h use the whole vector and no more. */
static void check_contents(struct sample *v)
{
    IoVector vector = external(v);
    uint8_t in[SAMPLE_BYTES];
    uint8_t out[SAMPLE_BYTES];

    for (size_t offset = 0; offset <= v->size; offset++) {
        size_t rest = v->size - offset;

        for (size_t i = 0; i < rest; i++) {
            in[i] = (uint8_t)(offset + i * 3);
        }
        g_assert_cmpuint(io_vector_from_buf(&vector, offset, in, rest), ==, rest);
        g_assert_cmpuint(io_vector_to_buf(&vector, offset, out, SIZE_MAX), ==, rest);
        assert_same_bytes(in, out, rest);
        g_assert_cmpuint(io_vector_memset(&vector, offset, 0x77, 2), ==, MIN(rest, 2));
        g_assert_cmpuint(io_vector_to_buf(&vector, offset, out, rest), ==, rest);
        memset(in, 0x77, MIN(rest, 2));
        assert_same_bytes(in, out, rest);
    }
    sample_assert_elements_unchanged(v);
}

static void test_contents(void)
{
    sample_each(check_contents);
}

/* All ranges, each with one non-zero byte at every position inside and outside. */
static void check_is_zero(struct sample *v)
{
    IoVector vector = external(v);

    iov_memset(v->iov, v->cnt, 0, 0, SIZE_MAX);
    for (size_t offset = 0; offset <= v->size; offset++) {
        for (size_t bytes = 0; bytes <= v->size - offset; bytes++) {
            g_assert_true(io_vector_is_zero(&vector, offset, bytes));
            for (size_t i = 0; i < v->size; i++) {
                bool inside = i >= offset && i < offset + bytes;

                v->memory[v->at[i]] = 1;
                g_assert_true(io_vector_is_zero(&vector, offset, bytes) == !inside);
                v->memory[v->at[i]] = 0;
            }
        }
    }
}

static void test_is_zero(void)
{
    sample_each_shape(4, 2, check_is_zero);
    sample_each_random(5, check_is_zero);
}

static void check_discard_back(struct sample *v)
{
    for (size_t bytes = 0; bytes <= v->size; bytes++) {
        IoVector vector = external(v);
        uint8_t before[SAMPLE_BYTES];
        uint8_t after[SAMPLE_BYTES];

        io_vector_to_buf(&vector, 0, before, SIZE_MAX);
        io_vector_discard_back(&vector, bytes);
        g_assert_cmpuint(vector.size, ==, v->size - bytes);
        g_assert_cmpuint(iov_size(vector.iov, (unsigned)vector.niov), ==, vector.size);
        io_vector_to_buf(&vector, 0, after, SIZE_MAX);
        assert_same_bytes(before, after, vector.size);
        memcpy(v->iov, v->original, sizeof(v->iov));
    }
}

static void test_discard_back(void)
{
    sample_each(check_discard_back);
}

/* Vectors of one shape that differ in one byte, or in none. */
static void check_compare(struct sample *a)
{
    size_t lengths[SAMPLE_ELEMENTS];
    struct sample b;

    for (unsigned i = 0; i < a->cnt; i++) {
        lengths[i] = a->iov[i].iov_len;
    }
    sample_build(&b, lengths, a->cnt);

    IoVector vector_a = external(a);
    IoVector vector_b = external(&b);

    g_assert_cmpint(io_vector_compare(&vector_a, &vector_b), ==, -1);
    for (size_t i = 0; i < a->size; i++) {
        b.memory[b.at[i]] ^= 0x80;
        g_assert_cmpint(io_vector_compare(&vector_a, &vector_b), ==, (ssize_t)i);
        b.memory[b.at[i]] ^= 0x80;
    }
}

static void test_compare(void)
{
    sample_each(check_compare);
}

/* Each of these is the caller's error. They run in subprocesses of test_traps(). */
static char text[] = "abcdef";
static struct iovec text_iov[] = { { text, 2 }, { text + 2, 4 } };
static struct iovec other_iov[] = { { text, 3 }, { text + 3, 3 } };

static void trap_init_negative(void)
{
    IoVector vector;

    io_vector_init(&vector, -1);
}

static void trap_add_external(void)
{
    IoVector vector;

    io_vector_init_external(&vector, text_iov, 2);
    io_vector_add(&vector, text, 1);
}

static void trap_add_local(void)
{
    IoVector vector = IO_VECTOR_INIT_BUF(vector, text, 6);

    io_vector_add(&vector, text, 1);
}

static void trap_add_overflow(void)
{
    IoVector vector = { 0 };

    io_vector_add(&vector, text, SIZE_MAX - 1);
    io_vector_add(&vector, text, 2);
}

static void trap_external_overflow(void)
{
    struct iovec huge[] = { { text, SIZE_MAX }, { text, 1 } };
    IoVector vector;

    io_vector_init_external(&vector, huge, 2);
}

static void trap_reset_external(void)
{
    IoVector vector;

    io_vector_init_external(&vector, text_iov, 2);
    io_vector_reset(&vector);
}

static void trap_is_zero_range(void)
{
    IoVector vector;

    io_vector_init_external(&vector, text_iov, 2);
    io_vector_is_zero(&vector, 2, SIZE_MAX);
}

static void trap_slice_range(void)
{
    IoVector vector;

    io_vector_init_external(&vector, text_iov, 2);
    io_vector_subvec_niov(&vector, 2, 5);
}

static void trap_init_slice_range(void)
{
    IoVector source;
    IoVector vector;

    io_vector_init_external(&source, text_iov, 2);
    io_vector_init_slice(&vector, &source, 7, 0);
}

static void trap_concat_self(void)
{
    IoVector vector = { 0 };

    io_vector_add(&vector, text, 6);
    io_vector_concat(&vector, &vector, 0, 6);
}

static void trap_concat_offset(void)
{
    IoVector vector = { 0 };

    io_vector_concat_iov(&vector, text_iov, 2, 7, 1);
}

static void trap_compare_counts(void)
{
    IoVector a;
    IoVector b;

    io_vector_init_external(&a, text_iov, 2);
    io_vector_init_external(&b, text_iov, 1);
    io_vector_compare(&a, &b);
}

static void trap_compare_lengths(void)
{
    IoVector a;
    IoVector b;

    io_vector_init_external(&a, text_iov, 2);
    io_vector_init_external(&b, other_iov, 2);
    io_vector_compare(&a, &b);
}

static void trap_discard_back(void)
{
    IoVector vector;

    io_vector_init_external(&vector, text_iov, 2);
    io_vector_discard_back(&vector, 7);
}

static void trap_buf_external(void)
{
    IoVector vector;

    io_vector_init_external(&vector, text_iov, 1);
    io_vector_buf(&vector);
}

#define TRAPS "/io-vector/traps/subprocess/"

static const struct {
    const char *name;
    void (*run)(void);
} traps[] = {
    { TRAPS "init-negative", trap_init_negative },
    { TRAPS "add-external", trap_add_external },
    { TRAPS "add-local", trap_add_local },
    { TRAPS "add-overflow", trap_add_overflow },
    { TRAPS "external-overflow", trap_external_overflow },
    { TRAPS "reset-external", trap_reset_external },
    { TRAPS "is-zero-range", trap_is_zero_range },
    { TRAPS "slice-range", trap_slice_range },
    { TRAPS "init-slice-range", trap_init_slice_range },
    { TRAPS "concat-self", trap_concat_self },
    { TRAPS "concat-offset", trap_concat_offset },
    { TRAPS "compare-counts", trap_compare_counts },
    { TRAPS "compare-lengths", trap_compare_lengths },
    { TRAPS "discard-back", trap_discard_back },
    { TRAPS "buf-external", trap_buf_external },
};

static void test_traps(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(traps); i++) {
        assert_trapped(traps[i].name);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/io-vector/grow", test_grow);
    g_test_add_func("/io-vector/zero-value", test_zero_value);
    g_test_add_func("/io-vector/external", test_external);
    g_test_add_func("/io-vector/local", test_local);
    g_test_add_func("/io-vector/contents", test_contents);
    g_test_add_func("/io-vector/is-zero", test_is_zero);
    g_test_add_func("/io-vector/discard-back", test_discard_back);
    g_test_add_func("/io-vector/compare", test_compare);
    g_test_add_func("/io-vector/traps", test_traps);
    for (size_t i = 0; i < G_N_ELEMENTS(traps); i++) {
        g_test_add_func(traps[i].name, traps[i].run);
    }
    return g_test_run();
}
