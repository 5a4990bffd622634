/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/hexrow.h"

#include <glib.h>
#include <stdio.h>
#include <string.h>

#include "variants.h"

#define BYTES_MAX 600u
#define GUARD '#'

/* The slow code of the header. */
static char *slow_rows(char *to, char sign, const uint8_t *from, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++) {
        const bool last = i % HEXROW_BYTES == HEXROW_BYTES - 1 || i + 1 == bytes;
        if (i % HEXROW_BYTES == 0) {
            *to++ = sign;
        }
        to += sprintf(to, "%02x%c", from[i], last ? '\n' : ' ');
    }
    return to;
}

/* Every length, and every value of a byte at every place of a row. */
static void check_rows(void)
{
    char expected[4 * BYTES_MAX];
    char actual[4 * BYTES_MAX];
    uint8_t bytes[BYTES_MAX];

    for (size_t length = 0; length <= BYTES_MAX; length++) {
        for (size_t i = 0; i < length; i++) {
            bytes[i] = (uint8_t)(i * 17 + length);
        }
        memset(actual, GUARD, sizeof(actual));
        const char *end = slow_rows(expected, '-', bytes, length);
        const size_t size = (size_t)(end - expected);
        g_assert_cmpuint(hexrow_size(length), ==, size);
        g_assert_true(hexrow_put(actual, '-', bytes, length) == actual + size);
        g_assert_true(memcmp(actual, expected, size) == 0);
        g_assert_cmpint(actual[size], ==, GUARD);
    }
}

static void test_rows(void)
{
    with_each_variant(hexrow_use_variant, check_rows);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/hexrow/rows", test_rows);
    return g_test_run();
}
