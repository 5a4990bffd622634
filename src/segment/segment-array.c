/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "segment/segment-array.h"

#include <glib.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>

#include "segment/address-space.h"

#define LEAST_ROOM 16u

static size_t bytes_of(size_t room)
{
    return room * sizeof(struct segment);
}

/* An array as large as a huge page is not on the heap any more. */
static bool is_mapped(size_t room)
{
    return bytes_of(room) >= HUGE_PAGE;
}

static G_GNUC_NORETURN void no_memory(size_t size)
{
    g_error("failed to allocate %zu bytes", size);
}

/* Makes room in memory of its own for an array that was on the heap, or in too little of it. */
static void grow_mapped(struct segment_array *array, size_t room)
{
    const size_t size = bytes_of(room);
    void *start = address_space_reserve(size, PROT_READ | PROT_WRITE);
    if (!start) {
        no_memory(size);
    }
    if (is_mapped(array->room)) {
        const int flags = MREMAP_MAYMOVE | MREMAP_FIXED;
        if (mremap(array->items, bytes_of(array->room), size, flags, start) == MAP_FAILED) {
            no_memory(size);
        }
    } else {
        (void)madvise(start, size, MADV_HUGEPAGE);
        if (array->count > 0) {
            memcpy(start, array->items, bytes_of(array->count));
        }
        g_free(array->items);
    }
    array->items = start;
    array->room = room;
}

static void grow(struct segment_array *array, size_t least)
{
    size_t room = MAX(array->room, LEAST_ROOM);
    while (room < least) {
        room *= 2;
    }
    if (is_mapped(room)) {
        grow_mapped(array, room);
    } else {
        array->items = g_renew(struct segment, array->items, room);
        array->room = room;
    }
}

void segment_array_append(struct segment_array *array, const struct segment *items, size_t count)
{
    if (count > array->room - array->count) {
        grow(array, array->count + count);
    }
    if (count > 0) {
        memcpy(array->items + array->count, items, bytes_of(count));
    }
    array->count += count;
}

void segment_array_keep(struct segment_array *array, size_t first, size_t count)
{
    g_assert(first <= array->count && count <= array->count - first);
    if (first > 0 && count > 0) {
        memmove(array->items, array->items + first, bytes_of(count));
    }
    array->count = count;
}

void segment_array_clear(struct segment_array *array)
{
    if (is_mapped(array->room)) {
        munmap(array->items, bytes_of(array->room));
    } else {
        g_free(array->items);
    }
    *array = (struct segment_array){ 0 };
}
