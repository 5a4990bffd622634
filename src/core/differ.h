/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Differences: where do two buffers of the same length differ, byte for byte?
 *
 * Any alignment of either side, any length; only the `bytes` bytes of each side are read, and none
 * when `bytes` is 0 (the buffers may then be NULL). The sides may overlap or be the same. If the
 * memory changes meanwhile, as a mapped file may, the answer may be wrong, but nothing worse.
 *
 * The fastest variant the processor has (scalar, SSE2, AVX2, NEON) is chosen before main(); all
 * of them give the same answers. Where the buffers are equal both functions run at the speed of
 * memcmp.
 */
#ifndef IOVTOOL_CORE_DIFFER_H
#define IOVTOOL_CORE_DIFFER_H

#include <stdbool.h>
#include <stddef.h>

/*
 * The number of leading bytes in which both agree: the offset of the first difference, or `bytes`.
 * Equivalent to
 *
 *     size_t n = 0;
 *     while (n < bytes && ((const uint8_t *)a)[n] == ((const uint8_t *)b)[n]) {
 *         n++;
 *     }
 *     return n;
 */
size_t differ_equal_prefix(const void *a, const void *b, size_t bytes);

/* Bytes next to each other that all differ. */
struct differ_run {
    size_t offset; /* from the start of the buffers */
    size_t length; /* never 0 */
};

/*
 * Writes the runs of differing bytes to runs[], in order and each as long as it can be, but at most
 * `max` (1 or more) of them, and returns how many. *used is where to go on: after fewer than `max`
 * runs it is `bytes`, after `max` of them it is the end of the last one. Equivalent to
 *
 *     const uint8_t *left = a;
 *     const uint8_t *right = b;
 *     size_t count = 0;
 *     size_t n = 0;
 *     while (n < bytes && count < max) {
 *         size_t start = n;
 *         while (n < bytes && left[n] != right[n]) {
 *             n++;
 *         }
 *         if (n > start) {
 *             runs[count++] = (struct differ_run){ start, n - start };
 *         } else {
 *             n++;
 *         }
 *     }
 *     *used = n;
 *     return count;
 *
 * A run that reaches the end of the buffers ends there, although the bytes that come next may
 * differ too: whoever compares in pieces joins it to a run at offset 0 of the next piece.
 */
size_t differ_runs(const void *a, const void *b, size_t bytes, struct differ_run *runs, size_t max,
                   size_t *used);

/*
 * Test hook, not for use while another thread looks for differences: makes variant `index` of the
 * table the one in use, puts its name in *name and returns true. When this processor lacks it,
 * leaves the choice alone and sets *name to NULL. False when there is no such variant. Variants go
 * from the plainest to the best, so the last one that has a name is the default.
 */
bool differ_use_variant(unsigned index, const char **name);

#endif
