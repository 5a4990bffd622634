/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/suggest.h"

#include <glib.h>
#include <string.h>

#define WORD_MAX 32u

/* The optimal string alignment distance, by the table of all prefixes. */
static unsigned edits(const char *a, size_t a_length, const char *b, size_t b_length)
{
    unsigned table[WORD_MAX + 1][WORD_MAX + 1];
    for (unsigned i = 0; i <= a_length; i++) {
        for (unsigned j = 0; j <= b_length; j++) {
            if (i == 0 || j == 0) {
                table[i][j] = i + j;
                continue;
            }
            const unsigned replace = table[i - 1][j - 1] + (a[i - 1] != b[j - 1]);
            table[i][j] = MIN(replace, MIN(table[i - 1][j], table[i][j - 1]) + 1);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
                table[i][j] = MIN(table[i][j], table[i - 2][j - 2] + 1);
            }
        }
    }
    return table[a_length][b_length];
}

const char *suggest(const char *given, const char *const *words)
{
    const size_t length = strcspn(given, "=");
    const char *best = NULL;
    unsigned least = MAX((unsigned)length / 3, 1u) + 1;
    for (; *words && length <= WORD_MAX; words++) {
        const size_t word_length = strlen(*words);
        if (word_length > WORD_MAX) {
            continue;
        }
        const unsigned distance = edits(given, length, *words, word_length);
        if (distance < least) {
            least = distance;
            best = *words;
        }
    }
    return best;
}
