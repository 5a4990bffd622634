/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <glib.h>
#include <inttypes.h>
#include <string.h>

#include "segment/size.h"

#define KIB UINT64_C(1024)
#define KB UINT64_C(1000)
#define LARGEST ((uint64_t)INT64_MAX)

/* A copy that ends where its block does, so that the address sanitizer sees a read too far. */
static char *exact_copy(const char *text, size_t length)
{
    return g_memdup2(length > 0 ? text : "", MAX(length, 1));
}

struct good {
    const char *text;
    uint64_t value;
};

static const struct good good[] = {
    { "0", 0 },
    { "1", 1 },
    { "9", 9 },
    { "1234567890", 1234567890 },
    { "007", 7 },
    { "010", 10 },
    { "00000000000000000000000000000000000042", 42 },
    { "0x0", 0 },
    { "0x00ff", 255 },
    { "0xDEADbeef", 0xdeadbeef },
    { "0x1B", 0x1b },
    { "0x1E", 0x1e },
    { "0x1EB", 0x1eb },
    { "0x10K", 16 * KIB },
    { "0x10s", 16 * 512 },
    { "0x1kB", 1000 },
    { "7B", 7 },
    { "0B", 0 },
    { "3s", 1536 },
    { "9223372036854775807", LARGEST },
    { "9223372036854775807B", LARGEST },
    { "0x7fffffffffffffff", LARGEST },
    { "7E", 7 * KIB *KIB *KIB *KIB *KIB *KIB },
    { "9EB", 9 * KB *KB *KB *KB *KB *KB },
    { "8191P", 8191 * KIB *KIB *KIB *KIB *KIB },
    { "9223PB", 9223 * KB *KB *KB *KB *KB },
    { "18014398509481983s", LARGEST - 511 },
    { "0E", 0 },
};

static void test_good(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(good); i++) {
        size_t length = strlen(good[i].text);
        g_autofree char *text = exact_copy(good[i].text, length);
        const char *problem = NULL;
        uint64_t value = 12345;
        size_t used = 12345;
        bool ok = size_scan(text, length, &value, &used, &problem);

        g_test_message("%s", good[i].text);
        g_assert_true(ok);
        g_assert_cmpuint(value, ==, good[i].value);
        g_assert_cmpuint(used, ==, length);
        value = 12345;
        g_assert_true(size_parse(text, length, &value, &used, &problem));
        g_assert_cmpuint(value, ==, good[i].value);
    }
}

static void check_unit(const char *unit, uint64_t factor)
{
    g_autofree char *text = g_strdup_printf("5%s", unit);
    g_autofree char *following = g_strdup_printf("5%s+7", unit);
    const char *problem;
    uint64_t value = 0;
    size_t used = 0;

    g_test_message("%s", text);
    g_assert_true(size_parse(text, strlen(text), &value, &used, &problem));
    g_assert_cmpuint(value, ==, 5 * factor);
    g_assert_true(size_scan(following, strlen(following), &value, &used, &problem));
    g_assert_cmpuint(value, ==, 5 * factor);
    g_assert_cmpuint(used, ==, strlen(text));
}

static void check_no_unit(const char *unit)
{
    g_autofree char *text = g_strdup_printf("50%s", unit);
    const char *problem = NULL;
    uint64_t value;
    size_t column = 0;

    g_test_message("%s", text);
    g_assert_false(size_parse(text, strlen(text), &value, &column, &problem));
    g_assert_cmpstr(problem, ==, "unknown unit");
    g_assert_cmpuint(column, ==, 3);
}

/* 5E and 5EB fit, so every unit can be tried with the same number. */
static void test_units(void)
{
    static const char prefixes[] = "KMGTPE";
    static const char *const wrong_ends[] = { "b", "i", "ib", "Ib", "IB", "BB", "iBs", "s", "K" };
    uint64_t binary = 1, decimal = 1;

    for (const char *prefix = prefixes; *prefix != '\0'; prefix++) {
        binary *= KIB;
        decimal *= KB;
        for (int lower = 0; lower < 2; lower++) {
            char letter = lower ? g_ascii_tolower(*prefix) : *prefix;
            char one[] = { letter, '\0' };
            char ib[] = { letter, 'i', 'B', '\0' };
            char b[] = { letter, 'B', '\0' };

            check_unit(one, binary);
            check_unit(ib, binary);
            check_unit(b, decimal);
            for (size_t i = 0; i < G_N_ELEMENTS(wrong_ends); i++) {
                g_autofree char *wrong = g_strconcat(one, wrong_ends[i], NULL);

                check_no_unit(wrong);
            }
        }
    }
    check_unit("", 1);
    check_unit("B", 1);
    check_unit("s", 512);
}

/* Every single letter that is not a unit, and units with something attached. */
static void test_no_units(void)
{
    static const char *const wrong[] = { "b",   "S",   "iB", "sB", "KK", "K5",   "B5",
                                         "KBs", "x10", "Ki", "YB", "Bs", "KiBB", "s1" };

    for (char c = 'A'; c <= 'Z'; c++) {
        char upper[] = { c, '\0' };
        char lower[] = { g_ascii_tolower(c), '\0' };

        if (strchr("KMGTPEB", c) == NULL) {
            check_no_unit(upper);
        }
        if (strchr("kmgtpes", lower[0]) == NULL) {
            check_no_unit(lower);
        }
    }
    for (size_t i = 0; i < G_N_ELEMENTS(wrong); i++) {
        check_no_unit(wrong[i]);
    }
}

struct bad {
    const char *text;
    size_t column;
    const char *problem;
};

static const struct bad bad[] = {
    { "", 1, "number expected" },
    { "junk", 1, "number expected" },
    { "K", 1, "number expected" },
    { "+1", 1, "number expected" },
    { "-1", 1, "number expected" },
    { " 1", 1, "number expected" },
    { "\t1", 1, "number expected" },
    { ".5", 1, "number expected" },
    { "x1", 1, "number expected" },
    { "\xc3\xa9", 1, "number expected" },
    { "0x", 3, "hex digit expected" },
    { "0xg", 3, "hex digit expected" },
    { "0x K", 3, "hex digit expected" },
    { "0x-1", 3, "hex digit expected" },
    { "0X1", 2, "unknown unit" },
    { "00x1", 3, "unknown unit" },
    { "0x1G5", 4, "unknown unit" },
    { "12f", 3, "unknown unit" },
    { "1e3", 2, "unknown unit" },
    { "1 ", 2, "unexpected character" },
    { "1 K", 2, "unexpected character" },
    { "1.5K", 2, "unexpected character" },
    { "1K ", 3, "unexpected character" },
    { "1K.", 3, "unexpected character" },
    { "1+1", 2, "unexpected character" },
    { "1,000", 2, "unexpected character" },
    { "1_000", 2, "unexpected character" },
    { "1\xc3\xa9", 2, "unexpected character" },
    { "1\n", 2, "unexpected character" },
    { "9223372036854775808", 1, "too large" },
    { "9223372036854775808B", 1, "too large" },
    { "0x8000000000000000", 1, "too large" },
    { "0xffffffffffffffff", 1, "too large" },
    { "0x10000000000000000", 1, "too large" },
    { "18446744073709551615", 1, "too large" },
    { "18446744073709551616", 1, "too large" },
    { "18446744073709551626", 1, "too large" },
    { "55340232221128654848", 1, "too large" },
    { "99999999999999999999999999999999999999", 1, "too large" },
    { "8E", 1, "too large" },
    { "16E", 1, "too large" },
    { "32E", 1, "too large" },
    { "10EB", 1, "too large" },
    { "19EB", 1, "too large" },
    { "8192P", 1, "too large" },
    { "9224PB", 1, "too large" },
    { "18014398509481984s", 1, "too large" },
    { "36028797018963968s", 1, "too large" },
    { "99999999999999999999Q", 21, "unknown unit" },
};

static void test_bad(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
        size_t length = strlen(bad[i].text);
        g_autofree char *text = exact_copy(bad[i].text, length);
        const char *problem = NULL;
        uint64_t value = 12345;
        size_t column = 0;

        g_test_message("%s", bad[i].text);
        g_assert_false(size_parse(text, length, &value, &column, &problem));
        g_assert_cmpstr(problem, ==, bad[i].problem);
        g_assert_cmpuint(column, ==, bad[i].column);
        g_assert_cmpuint(value, ==, 12345);
        g_assert_cmpint(problem == size_too_large, ==, g_str_equal(problem, "too large"));
    }
}

/* What ends a number in the segment language and elsewhere; size_scan() leaves it to its caller. */
static void test_scan_stops(void)
{
    static const char *const after[] = { "+", "..", "@", ":", " ", "-", ".", ",", "_", "\xc3\xa9" };
    static const struct good numbers[] = { { "12", 12 }, { "0x1f", 31 }, { "3KiB", 3072 } };

    for (size_t n = 0; n < G_N_ELEMENTS(numbers); n++) {
        for (size_t i = 0; i < G_N_ELEMENTS(after); i++) {
            g_autofree char *text = g_strconcat(numbers[n].text, after[i], "9", NULL);
            const char *problem;
            uint64_t value = 0;
            size_t used = 0;

            g_assert_true(size_scan(text, strlen(text), &value, &used, &problem));
            g_assert_cmpuint(value, ==, numbers[n].value);
            g_assert_cmpuint(used, ==, strlen(numbers[n].text));
        }
    }
}

static void test_scan_offsets(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
        const char *problem = NULL;
        uint64_t value;
        size_t used = 12345;

        if (g_str_equal(bad[i].problem, "unexpected character")) {
            continue;
        }
        g_assert_false(size_scan(bad[i].text, strlen(bad[i].text), &value, &used, &problem));
        g_assert_cmpstr(problem, ==, bad[i].problem);
        g_assert_cmpuint(used, ==, bad[i].column - 1);
    }
}

/* The length ends the text, whatever the memory after it holds. */
static void test_length(void)
{
    static const char text[] = "0x12345KiB";
    static const uint64_t values[] = { 0, 0, 0, 1, 0x12, 0x123, 0x1234, 0x12345, 0x12345 * KIB };
    const char *problem;
    uint64_t value;
    size_t column;

    for (size_t length = 0; length <= strlen(text); length++) {
        g_autofree char *copy = exact_copy(text, length);
        bool ok = size_parse(copy, length, &value, &column, &problem);

        g_assert_cmpint(ok, ==, length != 0 && length != 2 && length != 9);
        if (ok) {
            g_assert_cmpuint(value, ==, values[MIN(length, 8)]);
        }
    }
}

static void check_limit(const char *text, uint64_t limit, bool fits)
{
    const char *problem = NULL;
    uint64_t value;
    size_t column;

    g_assert_cmpint(size_parse_up_to(text, strlen(text), limit, &value, &column, &problem), ==,
                    fits);
    g_assert_true(fits || problem == size_too_large);
}

static void test_limits(void)
{
    check_limit("65535", 65535, true);
    check_limit("65536", 65535, false);
    check_limit("64K", 65536, true);
    check_limit("64K", 65535, false);
    check_limit("0", 0, true);
    check_limit("1", 0, false);
    check_limit("18446744073709551615", UINT64_MAX, true);
    check_limit("0xffffffffffffffff", UINT64_MAX, true);
    check_limit("18446744073709551616", UINT64_MAX, false);
    check_limit("15E", UINT64_MAX, true);
    check_limit("16E", UINT64_MAX, false);
    check_limit("18EB", UINT64_MAX, true);
    check_limit("19EB", UINT64_MAX, false);
}

/* Around every power of two and of ten, in decimal and hex. */
static void test_round_trip(void)
{
    for (unsigned shift = 0; shift < 64; shift++) {
        for (uint64_t delta = 0; delta < 3; delta++) {
            uint64_t expected = (UINT64_C(1) << shift) - 1 + delta;
            g_autofree char *decimal = g_strdup_printf("%" PRIu64, expected);
            g_autofree char *hex = g_strdup_printf("0x%" PRIx64, expected);
            const char *texts[] = { decimal, hex };

            for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
                const char *problem;
                uint64_t value = 0;
                size_t column;
                bool ok = size_parse(texts[i], strlen(texts[i]), &value, &column, &problem);

                g_assert_cmpint(ok, ==, expected <= LARGEST);
                g_assert_cmpuint(value, ==, ok ? expected : 0);
            }
        }
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/size/good", test_good);
    g_test_add_func("/size/units", test_units);
    g_test_add_func("/size/no-units", test_no_units);
    g_test_add_func("/size/bad", test_bad);
    g_test_add_func("/size/scan-stops", test_scan_stops);
    g_test_add_func("/size/scan-offsets", test_scan_offsets);
    g_test_add_func("/size/length", test_length);
    g_test_add_func("/size/limits", test_limits);
    g_test_add_func("/size/round-trip", test_round_trip);
    return g_test_run();
}
