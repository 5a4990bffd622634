/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Hits of patterns in a vector that comes window by window: a hit may begin in one window and end
 * in a later one. Memory is in proportion to the longest pattern.
 *
 *     while (reader_next(...) == READER_WINDOW) {
 *         search_window(search, &window);
 *         while (search_hit(search, &hit)) { ... }
 *     }
 *     search_end(search);
 *     while (search_hit(search, &hit)) { ... }
 *
 * The hits are all those that a search for each pattern alone gives, in the order of their offsets
 * and, at the same offset, of the patterns. So that they stay in order, a hit is given when as many
 * bytes as the longest pattern has are there from its start on, or at the end.
 *
 * Of a window that repeats, two rounds are searched; when there is nothing in the second, the rest
 * is passed over.
 */
#ifndef IOVTOOL_TRANSFER_SEARCH_H
#define IOVTOOL_TRANSFER_SEARCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/find.h"
#include "transfer/window.h"

struct search_rules {
    uint64_t start;   /* the offset of the first byte */
    uint64_t align;   /* a hit starts at a multiple of this; at least 1 */
    bool overlapping; /* else a hit starts behind the one before of the same pattern */
};

struct search_hit {
    uint64_t offset;
    size_t length;
    size_t pattern; /* its index */
};

struct search;

/* At least one pattern; they stay the caller's, and outlive the search. */
struct search *search_new(struct find_pattern *const *patterns, size_t count,
                          const struct search_rules *rules);
void search_free(struct search *search);

/* The next window: its bytes stay valid until search_hit() has returned false. */
void search_window(struct search *search, const struct window *window);
/* There are no more. */
void search_end(struct search *search);

/* The next hit, or false: the next window is needed, or it was the end. */
bool search_hit(struct search *search, struct search_hit *hit);

#endif
