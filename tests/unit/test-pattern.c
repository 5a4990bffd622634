/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "transfer/pattern.h"

#include <glib.h>
#include <string.h>

/* Long enough for every way in which a pattern of 4 can overlap itself. */
#define TEXT 9u
#define PATTERN 4u

/* The text of `length` letters, all of them "a" or "b", that the bits of `number` spell. */
static void spell(unsigned number, size_t length, uint8_t *text)
{
    for (size_t i = 0; i < length; i++) {
        text[i] = number >> i & 1 ? 'b' : 'a';
    }
}

/* Where the first occurrence ends, found by looking at every place; 0: there is none. */
static size_t end_of_first(const uint8_t *text, const uint8_t *bytes, size_t length)
{
    for (size_t i = 0; i + length <= TEXT; i++) {
        if (memcmp(text + i, bytes, length) == 0) {
            return i + length;
        }
    }
    return 0;
}

/* The same by a pattern that sees the text in three pieces. */
static size_t scan_in_pieces(const uint8_t *text, const uint8_t *bytes, size_t length,
                             const size_t ends[3])
{
    struct pattern *pattern = pattern_new(bytes, length);
    size_t at = 0;
    bool found = false;

    for (unsigned i = 0; i < 3 && !found; i++) {
        const size_t used = pattern_scan(pattern, text + at, ends[i] - at, &found);

        g_assert_true(found || used == ends[i] - at);
        at += used;
    }
    pattern_free(pattern);
    return found ? at : 0;
}

static void test_all_texts(void)
{
    for (size_t length = 1; length <= PATTERN; length++) {
        for (unsigned which = 0; which < 1u << length; which++) {
            uint8_t bytes[PATTERN];

            spell(which, length, bytes);
            for (unsigned number = 0; number < 1u << TEXT; number++) {
                uint8_t text[TEXT];
                const size_t ends[3] = { number % 4, 4 + number % 3, TEXT };

                spell(number, TEXT, text);
                g_assert_cmpuint(scan_in_pieces(text, bytes, length, ends), ==,
                                 end_of_first(text, bytes, length));
            }
        }
    }
}

static void test_all_cuts(void)
{
    const uint8_t text[] = "xaabaaabx";
    const uint8_t bytes[] = "aaab";

    g_assert_cmpuint(sizeof(text) - 1, ==, TEXT);
    for (size_t first = 0; first <= TEXT; first++) {
        for (size_t second = first; second <= TEXT; second++) {
            const size_t ends[3] = { first, second, TEXT };

            g_assert_cmpuint(scan_in_pieces(text, bytes, 4, ends), ==, 8);
        }
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/pattern/all-texts", test_all_texts);
    g_test_add_func("/pattern/all-cuts", test_all_cuts);
    return g_test_run();
}
