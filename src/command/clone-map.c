/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "command/clone-map.h"

#include <stdlib.h>

/* Segments of one source have one group: the index of the first of them. */
struct placed_segment {
    uint32_t group;
    uint32_t index;
    uint64_t offset; /* in the source */
};

static guint hash_inode(gconstpointer key)
{
    const struct file *file = key;
    return (guint)file->inode ^ (guint)((uint64_t)file->inode >> 32) ^ (guint)file->device;
}

static gboolean same_inode(gconstpointer a, gconstpointer b)
{
    const struct file *left = a;
    const struct file *right = b;
    return left->inode == right->inode && left->device == right->device;
}

static int compare_places(const void *a, const void *b)
{
    const struct placed_segment *left = a;
    const struct placed_segment *right = b;
    if (left->group != right->group) {
        return left->group < right->group ? -1 : 1;
    }
    return (left->offset > right->offset) - (left->offset < right->offset);
}

static uint32_t group_of(GHashTable *groups, struct file *file, uint32_t index)
{
    gpointer known;
    if (g_hash_table_lookup_extended(groups, file, NULL, &known)) {
        return GPOINTER_TO_UINT(known);
    }
    g_hash_table_insert(groups, file, GUINT_TO_POINTER(index));
    return index;
}

static struct placed_segment *segments_by_place(const struct vector *vector)
{
    const uint32_t count = (uint32_t)vector_count(vector);
    struct placed_segment *order = g_new(struct placed_segment, count);
    g_autoptr(GHashTable) groups = g_hash_table_new(hash_inode, same_inode);
    for (uint32_t i = 0; i < count; i++) {
        const struct segment *segment = vector_segment(vector, i);
        const bool in_file = segment_has_place(segment);
        order[i] = (struct placed_segment){
            .group = in_file ? group_of(groups, segment->file, i) : i,
            .index = i,
            .offset = in_file ? segment->offset : 0,
        };
    }
    if (count > 0) {
        qsort(order, count, sizeof(*order), compare_places);
    }
    return order;
}

/* Adds the bytes of `segment` from `skip` on; where they `go_on` from the last range, to that. */
static void add_distinct(struct vector *distinct, struct segment segment, uint64_t skip, bool go_on)
{
    segment_cut(&segment, skip, segment.length);
    if (go_on) {
        struct segment *last = &distinct->segments.items[vector_count(distinct) - 1];
        last->length += segment.length;
        distinct->length += segment.length;
        return;
    }
    vector_append(distinct, &segment, NULL); /* cannot be too long: the original was not */
}

/*
 * Walks each source upwards as if all gaps in it were closed. `end` is the end of the bytes placed
 * so far: a segment that starts before it starts as far before the end of the clone.
 */
static uint64_t *place_segments(const struct vector *vector, struct vector *distinct)
{
    const size_t count = vector_count(vector);
    g_autofree struct placed_segment *order = segments_by_place(vector);
    uint64_t *places = g_new(uint64_t, count);
    uint64_t end = 0;
    bool has_bytes = false; /* of the source at hand */
    for (size_t i = 0; i < count; i++) {
        const struct segment *segment = vector_segment(vector, order[i].index);
        const uint64_t start = order[i].offset;
        if (i == 0 || order[i].group != order[i - 1].group) {
            has_bytes = false;
            end = start;
        }
        const uint64_t shared = end > start ? end - start : 0;
        places[order[i].index] = distinct->length - shared;
        if (segment->length > shared) {
            add_distinct(distinct, *segment, shared, has_bytes && start <= end);
            has_bytes = true;
            end = start + segment->length;
        }
    }
    return places;
}

void clone_map_init(struct clone_map *map, const struct vector *vector, struct file *target)
{
    g_assert(!vector->open_ended);
    *map = (struct clone_map){ .distinct = vector_new(), .view = vector_new() };
    g_autofree uint64_t *places = place_segments(vector, map->distinct);
    for (size_t i = 0; i < vector_count(vector); i++) {
        const struct segment segment = {
            .kind = SEGMENT_FILE,
            .file = target,
            .offset = places[i],
            .length = vector_segment(vector, i)->length,
        };
        vector_append(map->view, &segment, NULL);
    }
}

void clone_map_clear(struct clone_map *map)
{
    vector_free(map->distinct);
    vector_free(map->view);
}
