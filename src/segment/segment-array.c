/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "segment/segment-array.h"

#include <glib.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>

#define LEAST_ROOM 16u

/* The size of huge pages nearly everywhere; where they are larger, ordinary ones serve. */
#define HUGE_PAGE ((size_t)2 * 1024 * 1024)

static size_t bytes_of(size_t room)
{
    return room * sizeof(struct segment);
}

/* An array as large as a huge page is not on the heap any more. */
static bool is_mapped(size_t room)
{
    return bytes_of(room) >= HUGE_PAGE;
}

static void *memory_or_end(void *memory, size_t size)
{
    if (memory == MAP_FAILED) {
        g_error("failed to allocate %zu bytes", size);
    }
    return memory;
}

/* Address space that starts at a multiple of HUGE_PAGE. */
static uint8_t *reserve(size_t size)
{
    uint8_t *start = memory_or_end(mmap(NULL, size + HUGE_PAGE, PROT_READ | PROT_WRITE,
                                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0),
                                   size);
    const size_t front = (size_t)(-(uintptr_t)start % HUGE_PAGE);
    if (front > 0) {
        munmap(start, front);
    }
    munmap(start + front + size, HUGE_PAGE - front);
    return start + front;
}

/* Makes room in memory of its own for an array that was on the heap, or in too little of it. */
static void grow_mapped(struct segment_array *array, size_t room)
{
    const size_t size = bytes_of(room);
    uint8_t *start = reserve(size);
    if (is_mapped(array->room)) {
        memory_or_end(
            mremap(array->items, bytes_of(array->room), size, MREMAP_MAYMOVE | MREMAP_FIXED, start),
            size);
    } else {
        (void)madvise(start, size, MADV_HUGEPAGE);
        if (array->count > 0) {
            memcpy(start, array->items, bytes_of(array->count));
        }
        g_free(array->items);
    }
    array->items = (struct segment *)(void *)start;
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
