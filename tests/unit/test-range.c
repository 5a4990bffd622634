/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <glib.h>
#include <string.h>

#include "segment/range.h"
#include "segment/spec.h"

#define LARGEST ((uint64_t)INT64_MAX)

/* ---- The text of ranges ---------------------------------------------------------------------- */

struct good {
    const char *text;
    struct range range;
};

static const struct good good[] = {
    { "0", { RANGE_FROM, false, false, 0, 0, 0, 0 } },
    { "12345", { RANGE_FROM, false, false, 12345, 0, 0, 0 } },
    { "0x10", { RANGE_FROM, false, false, 16, 0, 0, 0 } },
    { "4K", { RANGE_FROM, false, false, 4096, 0, 0, 0 } },
    { "9223372036854775807", { RANGE_FROM, false, false, LARGEST, 0, 0, 0 } },
    { "-64", { RANGE_FROM, true, false, 64, 0, 0, 0 } },
    { "-0", { RANGE_FROM, true, false, 0, 0, 0, 0 } },
    { "-9223372036854775807", { RANGE_FROM, true, false, LARGEST, 0, 0, 0 } },
    { "0+0", { RANGE_LENGTH, false, false, 0, 0, 0, 0 } },
    { "4K+1M", { RANGE_LENGTH, false, false, 4096, 1048576, 0, 0 } },
    { "0+9223372036854775807", { RANGE_LENGTH, false, false, 0, LARGEST, 0, 0 } },
    { "9223372036854775807+0", { RANGE_LENGTH, false, false, LARGEST, 0, 0, 0 } },
    { "9223372036854775800+7", { RANGE_LENGTH, false, false, LARGEST - 7, 7, 0, 0 } },
    { "-64+16", { RANGE_LENGTH, true, false, 64, 16, 0, 0 } },
    { "-16+64", { RANGE_LENGTH, true, false, 16, 64, 0, 0 } },
    { "-1+9223372036854775807", { RANGE_LENGTH, true, false, 1, LARGEST, 0, 0 } },
    { "4+8*3/32", { RANGE_LENGTH, false, false, 4, 8, 32, 3 } },
    { "4+8/32", { RANGE_LENGTH, false, false, 4, 8, 32, 0 } },
    { "-64+0*1/1K", { RANGE_LENGTH, true, false, 64, 0, 1024, 1 } },
    { "7+0*9223372036854775801/1", { RANGE_LENGTH, false, false, 7, 0, 1, LARGEST - 6 } },
    { "3..9", { RANGE_UNTIL, false, false, 3, 9, 0, 0 } },
    { "9..9", { RANGE_UNTIL, false, false, 9, 9, 0, 0 } },
    { "1s..1KB", { RANGE_UNTIL, false, false, 512, 1000, 0, 0 } },
    { "-9..-3", { RANGE_UNTIL, true, true, 9, 3, 0, 0 } },
    { "-9..-9", { RANGE_UNTIL, true, true, 9, 9, 0, 0 } },
    { "-0..-0", { RANGE_UNTIL, true, true, 0, 0, 0, 0 } },
    { "-9..-0", { RANGE_UNTIL, true, true, 9, 0, 0, 0 } },
    { "4K..-16", { RANGE_UNTIL, false, true, 4096, 16, 0, 0 } },
    { "-64..100", { RANGE_UNTIL, true, false, 64, 100, 0, 0 } },
    { "-0..0", { RANGE_UNTIL, true, false, 0, 0, 0, 0 } },
    { "..9", { RANGE_UNTIL, false, false, 0, 9, 0, 0 } },
    { "..0", { RANGE_UNTIL, false, false, 0, 0, 0, 0 } },
    { "..-9", { RANGE_UNTIL, false, true, 0, 9, 0, 0 } },
    { "..-0", { RANGE_UNTIL, false, true, 0, 0, 0, 0 } },
    { "..0x10", { RANGE_UNTIL, false, false, 0, 16, 0, 0 } },
};

static void assert_range(const struct range *range, const struct range *expected)
{
    g_assert_cmpint(range->form, ==, expected->form);
    g_assert_cmpint(range->start_from_end, ==, expected->start_from_end);
    g_assert_cmpint(range->end_from_end, ==, expected->end_from_end);
    g_assert_cmpuint(range->start, ==, expected->start);
    g_assert_cmpuint(range->end, ==, expected->end);
    g_assert_cmpuint(range->stride, ==, expected->stride);
    g_assert_cmpuint(range->count, ==, expected->count);
}

static void test_good(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(good); i++) {
        size_t length = strlen(good[i].text);
        g_autofree char *text = g_memdup2(good[i].text, length);
        struct range range = { .form = RANGE_UNTIL, .start_from_end = true, .end = 99 };
        struct problem problem;

        g_test_message("%s", good[i].text);
        g_assert_cmpint(range_parse(text, length, &range, &problem), ==, RANGE_READ);
        assert_range(&range, &good[i].range);
    }
}

struct bad {
    const char *text;
    enum range_reading reading;
    size_t column;
    const char *problem;
};

static const struct bad bad[] = {
    { "", RANGE_ABSENT, 1, "number expected" },
    { "..", RANGE_ABSENT, 3, "number expected" },
    { ".", RANGE_ABSENT, 1, "number expected" },
    { "-", RANGE_ABSENT, 2, "number expected" },
    { "+", RANGE_ABSENT, 1, "number expected" },
    { "+5", RANGE_ABSENT, 1, "number expected" },
    { "0+1*3", RANGE_ABSENT, 6, "'/' and a stride expected" },
    { "0+1*", RANGE_ABSENT, 5, "number expected" },
    { "0+1*3/", RANGE_ABSENT, 7, "number expected" },
    { "0+1/", RANGE_ABSENT, 5, "number expected" },
    { "0+1/x.log", RANGE_ABSENT, 5, "number expected" },
    { "0+1/2/3", RANGE_ABSENT, 6, "unexpected character" },
    { "0*2/3", RANGE_ABSENT, 2, "not +LENGTH or ..END" },
    { "0+1*0/2", RANGE_REFUSED, 5, "no piece at all" },
    { "0+1/0", RANGE_REFUSED, 5, "a stride of 0" },
    { "8+0*9223372036854775801/1", RANGE_REFUSED, 4, "range ends after 2^63 - 1" },
    { "0+1*4G/4G", RANGE_REFUSED, 4, "range ends after 2^63 - 1" },
    { "--5", RANGE_ABSENT, 2, "number expected" },
    { "- 5", RANGE_ABSENT, 2, "number expected" },
    { " 5", RANGE_ABSENT, 1, "number expected" },
    { "tty1.service", RANGE_ABSENT, 1, "number expected" },
    { "5+", RANGE_ABSENT, 3, "number expected" },
    { "5++6", RANGE_ABSENT, 3, "number expected" },
    { "5..", RANGE_ABSENT, 4, "number expected" },
    { "5...6", RANGE_ABSENT, 4, "number expected" },
    { "5..+6", RANGE_ABSENT, 4, "number expected" },
    { "..-", RANGE_ABSENT, 4, "number expected" },
    { "0x", RANGE_ABSENT, 3, "hex digit expected" },
    { "5..0x", RANGE_ABSENT, 6, "hex digit expected" },
    { "1Q", RANGE_ABSENT, 2, "unknown unit" },
    { "5+1Q", RANGE_ABSENT, 4, "unknown unit" },
    { "5+-6", RANGE_ABSENT, 3, "length is negative" },
    { "5-6", RANGE_ABSENT, 2, "not +LENGTH or ..END" },
    { "5.6", RANGE_ABSENT, 2, "not +LENGTH or ..END" },
    { "5 ", RANGE_ABSENT, 2, "not +LENGTH or ..END" },
    { "5+6+7", RANGE_ABSENT, 4, "unexpected character" },
    { "5+6..7", RANGE_ABSENT, 4, "unexpected character" },
    { "5..6..7", RANGE_ABSENT, 5, "unexpected character" },
    { "..6+7", RANGE_ABSENT, 4, "unexpected character" },
    { "9..3.txt", RANGE_ABSENT, 4, "range ends before it starts" },
    { "99999999999999999999.txt", RANGE_ABSENT, 1, "too large" },
    { "99999999999999999999", RANGE_REFUSED, 1, "too large" },
    { "-99999999999999999999", RANGE_REFUSED, 2, "too large" },
    { "9223372036854775808", RANGE_REFUSED, 1, "too large" },
    { "16E", RANGE_REFUSED, 1, "too large" },
    { "16E+1", RANGE_REFUSED, 1, "too large" },
    { "16E..1", RANGE_REFUSED, 1, "too large" },
    { "16E+16E", RANGE_REFUSED, 1, "too large" },
    { "5+16E", RANGE_REFUSED, 3, "too large" },
    { "5..16E", RANGE_REFUSED, 4, "too large" },
    { "..-16E", RANGE_REFUSED, 4, "too large" },
    { "9223372036854775807+1", RANGE_REFUSED, 21, "range ends after 2^63 - 1" },
    { "1+9223372036854775807", RANGE_REFUSED, 3, "range ends after 2^63 - 1" },
    { "4E+4E", RANGE_REFUSED, 4, "range ends after 2^63 - 1" },
    { "9..3", RANGE_REFUSED, 4, "range ends before it starts" },
    { "9..8", RANGE_REFUSED, 4, "range ends before it starts" },
    { "-3..-9", RANGE_REFUSED, 5, "range ends before it starts" },
    { "-0..-1", RANGE_REFUSED, 5, "range ends before it starts" },
    { "1K..1KB", RANGE_REFUSED, 5, "range ends before it starts" },
};

static void test_bad(void)
{
    static const struct range untouched = { RANGE_LENGTH, true, true, 11, 22, 0, 0 };

    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
        size_t length = strlen(bad[i].text);
        g_autofree char *text = g_memdup2(length > 0 ? bad[i].text : "", MAX(length, 1));
        struct range range = untouched;
        struct problem problem;

        g_test_message("%s", bad[i].text);
        g_assert_cmpint(range_parse(text, length, &range, &problem), ==, bad[i].reading);
        g_assert_cmpstr(problem.what, ==, bad[i].problem);
        g_assert_cmpint(problem.at - text + 1, ==, (ptrdiff_t)bad[i].column);
        assert_range(&range, &untouched);
    }
}

/* ---- range_select() -------------------------------------------------------------------------- */

struct selection {
    bool inside;
    uint64_t offset;
    uint64_t length;
    int64_t asked_offset;
    uint64_t asked_length;
};

static struct selection select_from(const struct range *range, uint64_t size)
{
    struct selection got;

    got.inside =
        range_select(range, size, &got.offset, &got.length, &got.asked_offset, &got.asked_length);
    return got;
}

static void assert_selection(const struct selection *got, const struct selection *expected)
{
    g_assert_cmpint(got->inside, ==, expected->inside);
    g_assert_cmpuint(got->offset, ==, expected->offset);
    g_assert_cmpuint(got->length, ==, expected->length);
    g_assert_cmpint(got->asked_offset, ==, expected->asked_offset);
    g_assert_cmpuint(got->asked_length, ==, expected->asked_length);
}

/* Marks one by one the bytes asked for, at places that may lie around the source. */
static struct selection naive_selection(const struct range *range, int size)
{
    int start = range->start_from_end ? size - (int)range->start : (int)range->start;
    int stop = size;
    struct selection model = { .asked_offset = start, .inside = start >= 0 && start <= size };

    if (range->form == RANGE_UNTIL) {
        stop = range->end_from_end ? size - (int)range->end : (int)range->end;
    } else if (range->form == RANGE_LENGTH) {
        stop = start + (int)range->end;
    }
    model.inside = model.inside && start <= stop && stop <= size;
    model.offset = (uint64_t)CLAMP(start, 0, size);
    for (int place = start; place < stop; place++) {
        model.asked_length++;
        if (place >= 0 && place < size) {
            model.length++;
        }
    }
    return model;
}

static void check_against_naive(const struct range *range)
{
    for (int size = 0; size <= 8; size++) {
        struct selection model = naive_selection(range, size);
        struct selection got = select_from(range, (uint64_t)size);

        assert_selection(&got, &model);
        g_assert_cmpuint(got.offset + got.length, <=, (uint64_t)size);
    }
}

static void test_select_exhaustive(void)
{
    static const enum range_form forms[] = { RANGE_FROM, RANGE_LENGTH, RANGE_UNTIL };

    for (unsigned bits = 0; bits < 4 * G_N_ELEMENTS(forms); bits++) {
        for (uint64_t start = 0; start <= 11; start++) {
            for (uint64_t end = 0; end <= 20; end++) {
                struct range range = {
                    .form = forms[bits / 4],
                    .start_from_end = bits & 1,
                    .end_from_end = bits & 2,
                    .start = start,
                    .end = end,
                };

                check_against_naive(&range);
            }
        }
    }
}

static void test_select_all(void)
{
    static const uint64_t sizes[] = { 0, 1, 8, LARGEST };
    struct range all = { .form = RANGE_ALL };

    for (size_t i = 0; i < G_N_ELEMENTS(sizes); i++) {
        struct selection got = select_from(&all, sizes[i]);

        assert_selection(&got, &(struct selection){ true, 0, sizes[i], 0, sizes[i] });
    }
}

struct large {
    const char *text;
    uint64_t size;
    struct selection expected;
};

#define TOP INT64_MAX

static const struct large large[] = {
    { "9223372036854775807", LARGEST, { true, LARGEST, 0, TOP, 0 } },
    { "9223372036854775806", LARGEST, { true, LARGEST - 1, 1, TOP - 1, 1 } },
    { "9223372036854775807", 0, { false, 0, 0, TOP, 0 } },
    { "-9223372036854775807", LARGEST, { true, 0, LARGEST, 0, LARGEST } },
    { "-9223372036854775807", 0, { false, 0, 0, -TOP, LARGEST } },
    { "-9223372036854775807", 5, { false, 0, 5, 5 - TOP, LARGEST } },
    { "0+9223372036854775807", LARGEST, { true, 0, LARGEST, 0, LARGEST } },
    { "0+9223372036854775807", 7, { false, 0, 7, 0, LARGEST } },
    { "-5+9223372036854775807", LARGEST, { false, LARGEST - 5, 5, TOP - 5, LARGEST } },
    { "-0+9223372036854775807", LARGEST, { false, LARGEST, 0, TOP, LARGEST } },
    { "-9223372036854775807+9223372036854775807", 3, { false, 0, 3, 3 - TOP, LARGEST } },
    { "-9223372036854775807+4", 3, { false, 0, 0, 3 - TOP, 4 } },
    { "..9223372036854775807", LARGEST, { true, 0, LARGEST, 0, LARGEST } },
    { "..9223372036854775807", 1, { false, 0, 1, 0, LARGEST } },
    { "-9223372036854775807..9223372036854775807", 0, { false, 0, 0, -TOP, 2 * LARGEST } },
    { "-9223372036854775807..9223372036854775807", LARGEST, { true, 0, LARGEST, 0, LARGEST } },
    { "9223372036854775807..-9223372036854775807", 0, { false, 0, 0, TOP, 0 } },
    { "9223372036854775807..-0", LARGEST, { true, LARGEST, 0, TOP, 0 } },
};

static void test_select_large(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(large); i++) {
        struct selection got;
        struct problem problem;
        struct range range;

        g_test_message("%s of %" G_GUINT64_FORMAT, large[i].text, large[i].size);
        g_assert_cmpint(range_parse(large[i].text, strlen(large[i].text), &range, &problem), ==,
                        RANGE_READ);
        got = select_from(&range, large[i].size);
        assert_selection(&got, &large[i].expected);
    }
}

/* Each piece against the slow way to say where it is. */
static void test_pieces(void)
{
    for (uint64_t size = 0; size < 12; size++) {
        for (uint64_t start = 0; start < 14; start++) {
            for (uint64_t stride = 1; stride < 6; stride++) {
                for (int from_end = 0; from_end < 2; from_end++) {
                    const struct range range = {
                        RANGE_LENGTH, from_end, false, start, 2, stride, 0
                    };
                    const int64_t first =
                        from_end ? (int64_t)size - (int64_t)start : (int64_t)start;
                    uint64_t count = 0;
                    for (int64_t at = first; at + 2 <= (int64_t)size; at += (int64_t)stride) {
                        const struct range piece = range_piece(&range, count++, size);
                        g_assert_cmpuint(piece.stride, ==, 0);
                        g_assert_cmpuint(piece.end, ==, 2);
                        g_assert_cmpint(piece.start_from_end ? (int64_t)size - (int64_t)piece.start
                                                             : (int64_t)piece.start,
                                        ==, at);
                    }
                    g_assert_cmpuint(range_pieces(&range, size), ==, count);
                }
            }
        }
    }
    const struct range counted = { RANGE_LENGTH, false, false, 5, 2, 3, 7 };
    g_assert_cmpuint(range_pieces(&counted, 0), ==, 7);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/range/good", test_good);
    g_test_add_func("/range/bad", test_bad);
    g_test_add_func("/range/select/exhaustive", test_select_exhaustive);
    g_test_add_func("/range/select/all", test_select_all);
    g_test_add_func("/range/select/large", test_select_large);
    g_test_add_func("/range/pieces", test_pieces);
    return g_test_run();
}
