/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Vectors made of parts of others: slice, init_slice, init_extended, concat. */
#include "core/io-vector-internal.h"

#include "core/iov.h"
#include "iov-sample.h"

#include <errno.h>
#include <limits.h>

static char head_buf[3];
static char tail_buf[2];

typedef void range_check(struct sample *v, const IoVector *source, size_t offset, size_t len);

static void each_range(struct sample *v, range_check *check)
{
    IoVector source;

    io_vector_init_external(&source, v->iov, (int)v->cnt);
    for (size_t offset = 0; offset <= v->size; offset++) {
        for (size_t len = 0; len <= v->size - offset; len++) {
            check(v, &source, offset, len);
        }
    }
    sample_assert_elements_unchanged(v);
}

/* The elements found by looking at where every one starts and ends. */
static void check_slice_range(struct sample *v, const IoVector *source, size_t offset, size_t len)
{
    size_t start[SAMPLE_ELEMENTS + 1] = { 0 };
    unsigned first = 0;
    unsigned last;
    size_t head;
    size_t tail;
    int niov;

    for (unsigned i = 0; i < v->cnt; i++) {
        start[i + 1] = start[i] + v->iov[i].iov_len;
    }
    while (start[first] != offset && !(start[first] < offset && offset < start[first + 1])) {
        first++;
    }
    for (last = first; last < v->cnt && start[last + 1] < offset + len; last++) {
    }
    g_assert_true(io_vector_slice(source, offset, len, &head, &tail, &niov) == v->iov + first);
    g_assert_cmpuint(head, ==, offset - start[first]);
    if (len == 0 && head == 0) {
        g_assert_cmpint(niov, ==, 0);
        g_assert_cmpuint(tail, ==, 0);
    } else {
        g_assert_cmpint(niov, ==, (int)(last - first + 1));
        g_assert_cmpuint(tail, ==, start[last + 1] - (offset + len));
    }
    g_assert_cmpint(io_vector_subvec_niov(source, offset, len), ==, niov);
}

/* The address of every byte that a vector is expected to name, in order. */
struct expected {
    const uint8_t *at[2 * SAMPLE_BYTES];
    size_t count;
};

static void expect_bytes(struct expected *expected, const void *base, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        expected->at[expected->count++] = (const uint8_t *)base + i;
    }
}

static void expect_slice(struct expected *expected, const struct sample *v, size_t offset,
                         size_t len)
{
    for (size_t i = offset; i < offset + len; i++) {
        expect_bytes(expected, v->memory + v->at[i], 1);
    }
}

static void assert_names(const IoVector *vector, const struct expected *expected)
{
    size_t at = 0;

    for (int i = 0; i < vector->niov; i++) {
        g_assert_cmpuint(vector->iov[i].iov_len, >, 0);
        for (size_t j = 0; j < vector->iov[i].iov_len; j++) {
            g_assert_cmpuint(at, <, expected->count);
            g_assert_true((uint8_t *)vector->iov[i].iov_base + j == expected->at[at++]);
        }
    }
    g_assert_cmpuint(at, ==, expected->count);
    g_assert_cmpuint(vector->size, ==, expected->count);
}

static void check_init_slice_range(struct sample *v, const IoVector *source, size_t offset,
                                   size_t len)
{
    g_auto(IoVector) vector;
    struct expected expected = { .count = 0 };

    expect_slice(&expected, v, offset, len);
    io_vector_init_slice(&vector, source, offset, len);
    assert_names(&vector, &expected);
    if (len > 0 && io_vector_subvec_niov(source, offset, len) == 1) {
        g_assert_true(vector.iov == &vector.local_iov);
    }
}

static void check_init_extended_range(struct sample *v, const IoVector *source, size_t offset,
                                      size_t len)
{
    for (size_t head_len = 0; head_len <= sizeof(head_buf); head_len++) {
        for (size_t tail_len = 0; tail_len <= sizeof(tail_buf); tail_len++) {
            g_auto(IoVector) vector;
            struct expected expected = { .count = 0 };

            expect_bytes(&expected, head_buf, head_len);
            expect_slice(&expected, v, offset, len);
            expect_bytes(&expected, tail_buf, tail_len);
            g_assert_cmpint(io_vector_init_extended(&vector, head_len > 0 ? head_buf : NULL,
                                                    head_len, len > 0 ? source : NULL, offset, len,
                                                    tail_len > 0 ? tail_buf : NULL, tail_len),
                            ==, 0);
            assert_names(&vector, &expected);
        }
    }
}

/* Both ways to concatenate, to a vector that has something already, also past the source's end. */
static void check_concat_range(struct sample *v, const IoVector *source, size_t offset, size_t len)
{
    size_t asked = offset + len == v->size ? SIZE_MAX : len;
    g_auto(IoVector) by_vector = { 0 };
    g_auto(IoVector) by_iov = { 0 };
    struct expected expected = { .count = 0 };

    expect_bytes(&expected, head_buf, 2);
    expect_slice(&expected, v, offset, len);
    io_vector_add(&by_vector, head_buf, 2);
    io_vector_add(&by_iov, head_buf, 2);
    io_vector_concat(&by_vector, source, offset, asked);
    g_assert_cmpuint(io_vector_concat_iov(&by_iov, v->iov, v->cnt, offset, asked), ==, len);
    assert_names(&by_vector, &expected);
    assert_names(&by_iov, &expected);
}

static void check_slice(struct sample *v)
{
    each_range(v, check_slice_range);
}

static void check_init_slice(struct sample *v)
{
    each_range(v, check_init_slice_range);
}

static void check_init_extended(struct sample *v)
{
    each_range(v, check_init_extended_range);
}

static void check_concat(struct sample *v)
{
    each_range(v, check_concat_range);
}

static void test_slice(void)
{
    sample_each(check_slice);
}

static void test_init_slice(void)
{
    sample_each(check_init_slice);
}

static void test_init_extended(void)
{
    sample_each_shape(4, 2, check_init_extended);
    sample_each_random(8, check_init_extended);
}

static void test_concat(void)
{
    sample_each(check_concat);
}

/* With no bytes asked for, even the offset is not looked at. */
static void test_concat_nothing(void)
{
    struct iovec iov[] = { { head_buf, 3 } };
    IoVector vector = IO_VECTOR_INIT_BUF(vector, tail_buf, 2);

    g_assert_cmpuint(io_vector_concat_iov(&vector, iov, 1, 9, 0), ==, 0);
    g_assert_cmpint(vector.niov, ==, 1);
}

static void assert_refused(size_t head_len, const IoVector *mid, size_t mid_len, size_t tail_len)
{
    IoVector vector;
    IoVector before;

    memset(&vector, 0x5a, sizeof(vector));
    memcpy(&before, &vector, sizeof(vector));
    g_assert_cmpint(
        io_vector_init_extended(&vector, head_buf, head_len, mid, 0, mid_len, tail_buf, tail_len),
        ==, -EINVAL);
    assert_same_bytes(&vector, &before, sizeof(vector));
}

static void test_size_overflow(void)
{
    IoVector mid = IO_VECTOR_INIT_BUF(mid, tail_buf, 2);
    IoVector huge = IO_VECTOR_INIT_BUF(huge, tail_buf, SIZE_MAX - 1);
    g_auto(IoVector) largest;

    assert_refused(SIZE_MAX, &mid, 1, 0);
    assert_refused(SIZE_MAX, &mid, 0, 1);
    assert_refused(SIZE_MAX - 2, &mid, 2, 1);
    assert_refused(1, &huge, SIZE_MAX - 1, 1);
    assert_refused(0, &huge, SIZE_MAX - 1, 2);
    g_assert_cmpint(
        io_vector_init_extended(&largest, head_buf, SIZE_MAX - 3, &mid, 0, 2, tail_buf, 1), ==, 0);
    g_assert_cmpuint(largest.size, ==, SIZE_MAX);
    g_assert_cmpint(largest.niov, ==, 3);
}

/* More elements than any one system call takes are no trouble. */
static void test_many_elements(void)
{
    g_auto(IoVector) source = { 0 };
    g_auto(IoVector) vector;

    for (int i = 0; i < 10 * IOV_MAX; i++) {
        io_vector_add(&source, head_buf, 1);
    }
    io_vector_init_slice(&vector, &source, 1, source.size - 1);
    g_assert_cmpint(vector.niov, ==, 10 * IOV_MAX - 1);
}

/* INT_MAX elements would take 32 GiB and minutes to walk along, so only the sum is tried. */
static void test_count_overflow(void)
{
    size_t size;
    int niov;

    g_assert_true(io_vector_extended_size(0, 1, INT_MAX, 0, &size, &niov));
    g_assert_cmpint(niov, ==, INT_MAX);
    g_assert_true(io_vector_extended_size(5, 7, INT_MAX - 2, 9, &size, &niov));
    g_assert_cmpint(niov, ==, INT_MAX);
    g_assert_cmpuint(size, ==, 21);
    g_assert_false(io_vector_extended_size(1, 1, INT_MAX, 0, &size, &niov));
    g_assert_false(io_vector_extended_size(0, 1, INT_MAX, 1, &size, &niov));
    g_assert_false(io_vector_extended_size(1, 1, INT_MAX - 1, 1, &size, &niov));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/io-vector-slice/slice", test_slice);
    g_test_add_func("/io-vector-slice/init-slice", test_init_slice);
    g_test_add_func("/io-vector-slice/init-extended", test_init_extended);
    g_test_add_func("/io-vector-slice/concat", test_concat);
    g_test_add_func("/io-vector-slice/concat-nothing", test_concat_nothing);
    g_test_add_func("/io-vector-slice/size-overflow", test_size_overflow);
    g_test_add_func("/io-vector-slice/many-elements", test_many_elements);
    g_test_add_func("/io-vector-slice/count-overflow", test_count_overflow);
    return g_test_run();
}
