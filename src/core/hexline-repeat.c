/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/hexline.h"

#include <glib.h>
#include <string.h>

/* Enough for the full speed of memcmp(). */
#define COMPARED_AT_ONCE (64u << 10)

static uint64_t load64(const uint8_t *bytes)
{
    uint64_t value;

    memcpy(&value, bytes, sizeof value);
    return value;
}

size_t hexline_distinct(const uint8_t *previous, const uint8_t *src, size_t rows, unsigned width)
{
    const uint8_t *before = previous;
    size_t row = 0;

    if (rows > 0 && before == NULL) {
        before = src;
        src += width;
        row++;
    }
    for (; row < rows; row++) {
        bool begins_equal = width < 8 ? before[0] == src[0] : load64(before) == load64(src);

        if (begins_equal && memcmp(before, src, width) == 0) {
            break;
        }
        before = src;
        src += width;
    }
    return row;
}

/* Each of the rows equals the row before it. */
static bool repeats(const uint8_t *src, size_t rows, unsigned width)
{
    return memcmp(src - width, src, rows * width) == 0;
}

/* Steps double while the rows go on, then halve to find the row where they end. */
size_t hexline_equal(const uint8_t *model, const uint8_t *src, size_t rows, unsigned width)
{
    size_t equal = 1;
    size_t step = 1;

    if (rows == 0 || memcmp(model, src, width) != 0) {
        return 0;
    }
    while (equal < rows && repeats(src + equal * width, MIN(step, rows - equal), width)) {
        equal += MIN(step, rows - equal);
        step *= step * width < COMPARED_AT_ONCE ? 2 : 1;
    }
    for (step /= 2; step > 0 && equal < rows; step /= 2) {
        size_t some = MIN(step, rows - equal);

        equal += repeats(src + equal * width, some, width) ? some : 0;
    }
    return equal;
}
