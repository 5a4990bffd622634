/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rows of nothing but hex digits, as a patch has them: a sign, then up to 16 bytes in two digits
 * each, with a blank between two of them, and a line end.
 *
 * The fastest variant the processor has is chosen before main(); all of them give the same answers.
 */
#ifndef IOVTOOL_CORE_HEXROW_H
#define IOVTOOL_CORE_HEXROW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HEXROW_BYTES 16u

/* How many characters hexrow_put() writes. */
static inline size_t hexrow_size(size_t bytes)
{
    return bytes * 3 + (bytes + HEXROW_BYTES - 1) / HEXROW_BYTES;
}

/*
 * Writes the rows of `bytes` bytes, of which the last may be short, without a NUL, and returns the
 * end of what it wrote. Equivalent to
 *
 *     for (size_t i = 0; i < bytes; i++) {
 *         const bool last = i % HEXROW_BYTES == HEXROW_BYTES - 1 || i + 1 == bytes;
 *         if (i % HEXROW_BYTES == 0) {
 *             *to++ = sign;
 *         }
 *         to += sprintf(to, "%02x%c", from[i], last ? '\n' : ' ');
 *     }
 *     return to;
 */
char *hexrow_put(char *to, char sign, const uint8_t *from, size_t bytes);

/* Test hook, as differ_use_variant() (core/differ.h). */
bool hexrow_use_variant(unsigned index, const char **name);

#endif
