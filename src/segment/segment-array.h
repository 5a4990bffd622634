/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The segments of a vector, one after the other in memory. They may be many millions, and are
 * then appended one by one: what growing costs is most of what reading a list costs, so a long
 * array takes memory of its own, by huge pages where the kernel has them, and grows by moving
 * those pages instead of the bytes. A million segments: 32 MB, 16 page faults instead of 8,192.
 */
#ifndef IOVTOOL_SEGMENT_SEGMENT_ARRAY_H
#define IOVTOOL_SEGMENT_SEGMENT_ARRAY_H

#include <stddef.h>

#include "segment/segment.h"

/* All zero: an array of none. */
struct segment_array {
    struct segment *items;
    size_t count;
    size_t room; /* for so many in all */
};

/* Appends copies of `count` segments. Ends the program when there is no memory, as g_malloc()
 * does. */
void segment_array_append(struct segment_array *array, const struct segment *items, size_t count);

/* Keeps `count` segments from `first` on, of those that there are. */
void segment_array_keep(struct segment_array *array, size_t first, size_t count);

/* Gives the memory back; the array is one of none again. */
void segment_array_clear(struct segment_array *array);

#endif
