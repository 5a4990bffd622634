/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "segment/share.h"

#include <glib.h>

#include "segment/segment.h"

/* The decimal number that ends at `end`, which may be the end of the text. */
static bool read_number(const char **at, char end, uint64_t *number)
{
    const char *start = *at;
    *number = 0;
    for (; g_ascii_isdigit(**at); ++*at) {
        const uint64_t digit = (uint64_t)(**at - '0');
        if (*number > (SEGMENT_LENGTH_MAX - digit) / 10) {
            return false;
        }
        *number = *number * 10 + digit;
    }
    return *at > start && **at == end;
}

bool share_parse(const char *text, struct share *share, const char **problem)
{
    const char *at = text;
    uint64_t index;
    uint64_t count;
    if (!read_number(&at, '/', &index) || (at++, !read_number(&at, '\0', &count))) {
        *problem = "it is not K/N, as in 2/8";
        return false;
    }
    if (index == 0) {
        *problem = "the first part is 1";
        return false;
    }
    if (index > count) {
        *problem = "there are not so many parts";
        return false;
    }
    share->index = index;
    share->count = count;
    return true;
}

/*
 * a * b / c, rounded down, for a and b less than c, and c less than 2^63: bit by bit, since not
 * every processor has products of 128 bits. What is done of the product is quotient * c + rest.
 */
static uint64_t multiply_divide(uint64_t a, uint64_t b, uint64_t c)
{
    uint64_t quotient = 0;
    uint64_t rest = 0;

    for (unsigned bit = 63; bit-- > 0;) {
        const uint64_t doubled = 2 * rest;
        const uint64_t sum = (doubled >= c ? doubled - c : doubled) + (b >> bit & 1 ? a : 0);
        quotient = 2 * quotient + (doubled >= c) + (sum >= c);
        rest = sum >= c ? sum - c : sum;
    }
    return quotient;
}

static uint64_t bound(const struct share *share, uint64_t total, uint64_t index)
{
    if (index == share->count) {
        return total;
    }
    const uint64_t place =
        total / share->count * index + multiply_divide(total % share->count, index, share->count);
    return place - place % share->align;
}

void share_bounds(const struct share *share, uint64_t total, uint64_t *offset, uint64_t *length)
{
    g_assert(share->index >= 1 && share->index <= share->count && share->align > 0);
    *offset = bound(share, total, share->index - 1);
    *length = bound(share, total, share->index) - *offset;
}
