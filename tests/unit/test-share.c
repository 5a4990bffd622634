/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <glib.h>

#include "segment/share.h"

#define LARGEST ((uint64_t)INT64_MAX)

static void test_words(void)
{
    const struct {
        const char *text;
        uint64_t index; /* 0: refused */
        uint64_t count;
    } cases[] = {
        { "1/1", 1, 1 },
        { "2/8", 2, 8 },
        { "008/8", 8, 8 },
        { "9223372036854775807/9223372036854775807", LARGEST, LARGEST },
        { "", 0, 0 },
        { "1", 0, 0 },
        { "1/", 0, 0 },
        { "/1", 0, 0 },
        { "1/2/3", 0, 0 },
        { "1/2 ", 0, 0 },
        { " 1/2", 0, 0 },
        { "+1/2", 0, 0 },
        { "-1/2", 0, 0 },
        { "0x1/2", 0, 0 },
        { "1/1K", 0, 0 },
        { "0/4", 0, 0 },
        { "0/0", 0, 0 },
        { "5/4", 0, 0 },
        { "1/9223372036854775808", 0, 0 },
        { "1/18446744073709551617", 0, 0 },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        struct share share = { .align = 7 };
        const char *problem = NULL;
        const bool read = share_parse(cases[i].text, &share, &problem);
        g_test_message("'%s'", cases[i].text);
        g_assert_cmpint(read, ==, cases[i].index > 0);
        g_assert_true(read || problem);
        g_assert_cmpuint(share.index, ==, cases[i].index);
        g_assert_cmpuint(share.count, ==, cases[i].count);
        g_assert_cmpuint(share.align, ==, 7);
    }
}

/* What the header promises of all parts of `total` bytes. */
static void check_parts(uint64_t total, uint64_t count, uint64_t align)
{
    uint64_t end = 0;
    for (uint64_t i = 1; i <= count; i++) {
        const struct share share = { i, count, align };
        uint64_t offset;
        uint64_t length;
        share_bounds(&share, total, &offset, &length);
        g_assert_cmpuint(offset, ==, end);
        g_assert_true(offset % align == 0 || offset == total);
        g_assert_cmpuint(length, <=, total - offset);
        g_assert_cmpuint(length, <, total / count + 1 + align);
        g_assert_true(i == count || length + align > total / count);
        end = offset + length;
    }
    g_assert_cmpuint(end, ==, total);
}

static void test_parts(void)
{
    for (uint64_t total = 0; total < 40; total++) {
        for (uint64_t count = 1; count < 12; count++) {
            for (uint64_t align = 1; align < 10; align++) {
                check_parts(total, count, align);
            }
        }
    }
}

static void test_large(void)
{
    const uint64_t aligns[] = { 1, 512, UINT64_C(1) << 62, LARGEST };
    for (size_t i = 0; i < G_N_ELEMENTS(aligns); i++) {
        check_parts(LARGEST, 1000, aligns[i]);
        check_parts(LARGEST - 1, 3, aligns[i]);
    }
    const struct share last = { LARGEST, LARGEST, 1 };
    uint64_t offset;
    uint64_t length;
    share_bounds(&last, LARGEST, &offset, &length);
    g_assert_cmpuint(offset, ==, LARGEST - 1);
    g_assert_cmpuint(length, ==, 1);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/share/words", test_words);
    g_test_add_func("/share/parts", test_parts);
    g_test_add_func("/share/large", test_large);
    return g_test_run();
}
