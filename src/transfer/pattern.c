/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "transfer/pattern.h"

#include <glib.h>

struct pattern {
    const uint8_t *bytes;
    size_t length;
    size_t matched;    /* so many bytes of it end the stream so far */
    size_t fallback[]; /* [n]: the longest shorter start that its first n bytes end with */
};

/* How many bytes match when `byte` follows the first `matched` ones. */
static size_t advance(const struct pattern *pattern, size_t matched, uint8_t byte)
{
    while (matched > 0 && pattern->bytes[matched] != byte) {
        matched = pattern->fallback[matched];
    }
    return matched + (pattern->bytes[matched] == byte ? 1 : 0);
}

struct pattern *pattern_new(const uint8_t *bytes, size_t length)
{
    g_assert(length > 0);
    struct pattern *pattern =
        g_malloc0(sizeof(*pattern) + (length + 1) * sizeof(pattern->fallback[0]));
    pattern->bytes = bytes;
    pattern->length = length;
    for (size_t i = 1; i < length; i++) {
        pattern->fallback[i + 1] = advance(pattern, pattern->fallback[i], bytes[i]);
    }
    return pattern;
}

void pattern_free(struct pattern *pattern)
{
    g_free(pattern);
}

size_t pattern_scan(struct pattern *pattern, const uint8_t *piece, size_t length, bool *found)
{
    for (size_t i = 0; i < length; i++) {
        pattern->matched = advance(pattern, pattern->matched, piece[i]);
        if (pattern->matched == pattern->length) {
            pattern->matched = pattern->fallback[pattern->length];
            *found = true;
            return i + 1;
        }
    }
    return length;
}
