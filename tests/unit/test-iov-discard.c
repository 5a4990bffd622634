/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/iov.h"

#include "iov-sample.h"

static void assert_covers(const struct sample *v, const struct iovec *iov, unsigned iov_cnt,
                          size_t offset, size_t end)
{
    for (unsigned i = 0; i < iov_cnt; i++) {
        for (size_t j = 0; j < iov[i].iov_len; j++) {
            g_assert_true((const uint8_t *)iov[i].iov_base + j == v->memory + v->at[offset++]);
        }
    }
    g_assert_cmpuint(offset, ==, end);
}

/* How many elements a discard leaves: whole ones go as long as `bytes` reach. */
static unsigned expected_front_cnt(const struct sample *v, size_t bytes)
{
    unsigned gone = 0;
    size_t sum = 0;

    while (gone < v->cnt && sum + v->original[gone].iov_len <= bytes) {
        sum += v->original[gone].iov_len;
        gone++;
    }
    return v->cnt - gone;
}

static unsigned expected_back_cnt(const struct sample *v, size_t bytes)
{
    unsigned kept = v->cnt;
    size_t sum = 0;

    while (kept > 0 && sum + v->original[kept - 1].iov_len <= bytes) {
        sum += v->original[kept - 1].iov_len;
        kept--;
    }
    return kept;
}

/* Discards with and without undo, as the undo restores the vector for the next round. */
static void check_front_bytes(struct sample *v, size_t bytes)
{
    size_t there = MIN(bytes, v->size);
    struct iovec *iov = v->iov;
    unsigned cnt = v->cnt;
    IOVDiscardUndo undo;

    g_assert_cmpuint(iov_discard_front_undoable(&iov, &cnt, bytes, &undo), ==, there);
    g_assert_cmpuint(cnt, ==, expected_front_cnt(v, bytes));
    g_assert_true(iov == v->iov + (v->cnt - cnt));
    assert_covers(v, iov, cnt, there, v->size);
    iov_discard_undo(&undo);
    sample_assert_elements_unchanged(v);

    iov = v->iov;
    cnt = v->cnt;
    g_assert_cmpuint(iov_discard_front(&iov, &cnt, bytes), ==, there);
    g_assert_cmpuint(cnt, ==, expected_front_cnt(v, bytes));
    assert_covers(v, iov, cnt, there, v->size);
    memcpy(v->iov, v->original, sizeof(v->iov));
}

static void check_back_bytes(struct sample *v, size_t bytes)
{
    size_t there = MIN(bytes, v->size);
    unsigned cnt = v->cnt;
    IOVDiscardUndo undo;

    g_assert_cmpuint(iov_discard_back_undoable(v->iov, &cnt, bytes, &undo), ==, there);
    g_assert_cmpuint(cnt, ==, expected_back_cnt(v, bytes));
    assert_covers(v, v->iov, cnt, 0, v->size - there);
    iov_discard_undo(&undo);
    sample_assert_elements_unchanged(v);

    cnt = v->cnt;
    g_assert_cmpuint(iov_discard_back(v->iov, &cnt, bytes), ==, there);
    g_assert_cmpuint(cnt, ==, expected_back_cnt(v, bytes));
    assert_covers(v, v->iov, cnt, 0, v->size - there);
    memcpy(v->iov, v->original, sizeof(v->iov));
}

/* Both ends at once, possibly in one element, undone in reverse order. */
static void check_both_bytes(struct sample *v, size_t front, size_t back)
{
    struct iovec *iov = v->iov;
    unsigned cnt = v->cnt;
    IOVDiscardUndo undo_front;
    IOVDiscardUndo undo_back;

    iov_discard_front_undoable(&iov, &cnt, front, &undo_front);
    iov_discard_back_undoable(iov, &cnt, back, &undo_back);
    assert_covers(v, iov, cnt, front, v->size - back);
    iov_discard_undo(&undo_back);
    iov_discard_undo(&undo_front);
    sample_assert_elements_unchanged(v);
}

static void check_front(struct sample *v)
{
    for (size_t bytes = 0; bytes <= v->size + 2; bytes++) {
        check_front_bytes(v, bytes);
    }
    check_front_bytes(v, SIZE_MAX);
}

static void check_back(struct sample *v)
{
    for (size_t bytes = 0; bytes <= v->size + 2; bytes++) {
        check_back_bytes(v, bytes);
    }
    check_back_bytes(v, SIZE_MAX);
}

static void check_both(struct sample *v)
{
    for (size_t front = 0; front <= v->size; front++) {
        for (size_t back = 0; back < v->size - front; back++) {
            check_both_bytes(v, front, back);
        }
    }
}

static void test_front(void)
{
    sample_each(check_front);
}

static void test_back(void)
{
    sample_each(check_back);
}

static void test_both(void)
{
    sample_each(check_both);
}

static void test_no_elements(void)
{
    struct iovec *iov = NULL;
    unsigned cnt = 0;

    g_assert_cmpuint(iov_discard_front(&iov, &cnt, 1), ==, 0);
    g_assert_cmpuint(iov_discard_back(iov, &cnt, 1), ==, 0);
    g_assert_null(iov);
    g_assert_cmpuint(cnt, ==, 0);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/iov-discard/no-elements", test_no_elements);
    g_test_add_func("/iov-discard/front", test_front);
    g_test_add_func("/iov-discard/back", test_back);
    g_test_add_func("/iov-discard/both", test_both);
    return g_test_run();
}
