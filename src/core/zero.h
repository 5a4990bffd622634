/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Zero tests: is a buffer all zero bytes, and if not, where is the first byte that is not?
 *
 * Any alignment, any length; exactly `bytes` bytes are read, and none when `bytes` is 0 (the
 * buffer may then be NULL). The fastest variant the processor has (scalar, SSE2, AVX2, NEON)
 * is chosen before main(); all of them give the same answers. From cache they run at
 * the speed of loads.
 */
#ifndef IOVTOOL_CORE_ZERO_H
#define IOVTOOL_CORE_ZERO_H

#include <stdbool.h>
#include <stddef.h>

/* Equivalent to `zero_prefix(buffer, bytes) == bytes`. */
bool zero_test(const void *buffer, size_t bytes);

/*
 * The number of leading zero bytes: the offset of the first byte that is not zero, or `bytes`.
 * Equivalent to
 *
 *     size_t n = 0;
 *     while (n < bytes && ((const uint8_t *)buffer)[n] == 0) {
 *         n++;
 *     }
 *     return n;
 */
size_t zero_prefix(const void *buffer, size_t bytes);

/*
 * Test hook, not for use while another thread tests for zeros: makes variant `index` of the table
 * the one in use, puts its name in *name and returns true. When this processor lacks it, leaves
 * the choice alone and sets *name to NULL. False when there is no such variant. Variants go from
 * the plainest to the best, so the last one that has a name is the default.
 */
bool zero_use_variant(unsigned index, const char **name);

#endif
