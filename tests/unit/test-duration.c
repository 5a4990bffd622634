/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/duration.h"

#include <glib.h>

static void test_good(void)
{
    static const struct {
        const char *text;
        uint64_t microseconds;
    } rows[] = {
        { "0", 0 },
        { "0.0", 0 },
        { "5", 5000000 },
        { "05", 5000000 },
        { "0.5", 500000 },
        { "1.25s", 1250000 },
        { "500ms", 500000 },
        { "0.5ms", 500 },
        { "0.0000001", 1 },
        { "2m", 120000000 },
        { "1.5m", 90000000 },
        { "1h", 3600000000 },
        { "10000h", UINT64_C(36000000000000) },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        uint64_t microseconds = UINT64_MAX;

        g_assert_true(duration_parse(rows[i].text, &microseconds));
        g_assert_cmpuint(microseconds, ==, rows[i].microseconds);
    }
}

static void test_bad(void)
{
    static const char *const rows[] = {
        "",
        "s",
        ".5",
        "5.",
        "-1",
        "+1",
        " 1",
        "1 ",
        "1 s",
        "1x",
        "1e3",
        "0x5",
        "1.2.3",
        "1..2",
        "nan",
        "inf",
        "1S",
        "1us",
        "1d",
        "1min",
        "1hm",
        "10001h",
        "99999999999999999999999",
        "1,5",
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        uint64_t microseconds = 7;

        g_assert_false(duration_parse(rows[i], &microseconds));
        g_assert_cmpuint(microseconds, ==, 7);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/duration/good", test_good);
    g_test_add_func("/duration/bad", test_bad);
    return g_test_run();
}
