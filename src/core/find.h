/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Search: where do some bytes, of which some bits may be left open, occur in a buffer?
 *
 * Two bytes of the pattern are looked for with vector instructions, and what has both is compared
 * in full. Which two is decided by the data: those that are rarest in a sample of it, and anew when
 * too many places turn out to be none. The fastest variant the processor has (scalar, SSE2, AVX2,
 * NEON) is chosen before main(); all of them give the same answers.
 *
 * If the memory changes meanwhile, as a mapped file may, the answer may be wrong, but nothing
 * worse.
 */
#ifndef IOVTOOL_CORE_FIND_H
#define IOVTOOL_CORE_FIND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct find_pattern;

/*
 * A pattern of `length` bytes, 1 or more: byte i of it fits every byte b with
 * (b & mask[i]) == (bytes[i] & mask[i]). Without a mask it fits only itself. Both are copied. A
 * pattern keeps what it learned of the data: only one thread may use it at a time.
 */
struct find_pattern *find_pattern_new(const uint8_t *bytes, const uint8_t *mask, size_t length);
void find_pattern_free(struct find_pattern *pattern);

size_t find_pattern_length(const struct find_pattern *pattern);

/* True when the pattern fits the `length` bytes of its own at `bytes`. */
bool find_pattern_fits(const struct find_pattern *pattern, const uint8_t *bytes);

/*
 * The first of the places 0 to starts - 1 of `buffer` where the pattern fits, or `starts`. The
 * buffer has starts + length - 1 bytes, which is all that is read; nothing is when `starts` is 0.
 * Equivalent to
 *
 *     size_t n = 0;
 *     while (n < starts && !find_pattern_fits(pattern, (const uint8_t *)buffer + n)) {
 *         n++;
 *     }
 *     return n;
 *
 * The time is linear in `starts` for any pattern without a mask. With one, data that fits long
 * beginnings of the pattern again and again takes up to `length` times as long.
 */
size_t find_next(struct find_pattern *pattern, const void *buffer, size_t starts);

/*
 * Test hook, not for use while another thread searches: makes variant `index` of the table the one
 * in use, puts its name in *name and returns true. When this processor lacks it, leaves the choice
 * alone and sets *name to NULL. False when there is no such variant. Variants go from the plainest
 * to the best, so the last one that has a name is the default.
 */
bool find_use_variant(unsigned index, const char **name);

#endif
