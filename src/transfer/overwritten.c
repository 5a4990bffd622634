/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "transfer/overwritten.h"

#include <glib.h>

#include "segment/files.h"
#include "source/remote.h"

/* A range of a file or remote. In the array they are in order, and no two of one file touch. */
struct place {
    bool is_remote;
    dev_t device;
    uint64_t inode; /* of a remote: its identity */
    uint64_t start;
    uint64_t end;
};

struct overwritten {
    GArray *places;
};

static int compare_files(const struct place *a, const struct place *b)
{
    if (a->is_remote != b->is_remote) {
        return a->is_remote ? 1 : -1;
    }
    if (a->device != b->device) {
        return a->device < b->device ? -1 : 1;
    }
    return a->inode < b->inode ? -1 : a->inode > b->inode;
}

static int compare_places(const void *first, const void *second)
{
    const struct place *a = first;
    const struct place *b = second;
    const int files = compare_files(a, b);
    return files ? files : a->start < b->start ? -1 : a->start > b->start;
}

static void merge_places(GArray *places)
{
    guint last = 0;
    for (guint i = 1; i < places->len; i++) {
        struct place *before = &g_array_index(places, struct place, last);
        const struct place place = g_array_index(places, struct place, i);
        if (compare_files(before, &place) == 0 && place.start <= before->end) {
            before->end = MAX(before->end, place.end);
        } else {
            g_array_index(places, struct place, ++last) = place;
        }
    }
    g_array_set_size(places, MIN(places->len, last + 1));
}

struct overwritten *overwritten_new(const struct sink *sinks, uint32_t count, uint64_t length)
{
    struct overwritten *overwritten = g_new0(struct overwritten, 1);
    overwritten->places = g_array_new(FALSE, FALSE, sizeof(struct place));
    for (uint32_t i = 0; i < count; i++) {
        const struct sink *sink = &sinks[i];
        const uint64_t written = MIN(sink->length, length);
        const bool is_remote = sink->kind == SINK_REMOTE;
        const struct place place = {
            .is_remote = is_remote,
            .device = is_remote ? 0 : sink->device,
            .inode = is_remote ? sink->remote->identity : sink->inode,
            .start = sink->offset,
            .end = sink->offset + MIN(written, SEGMENT_LENGTH_MAX - sink->offset),
        };
        if ((sink->kind == SINK_FILE || is_remote) && written > 0) {
            g_array_append_val(overwritten->places, place);
        }
    }
    g_array_sort(overwritten->places, compare_places);
    merge_places(overwritten->places);
    return overwritten;
}

void overwritten_free(struct overwritten *overwritten)
{
    g_array_unref(overwritten->places);
    g_free(overwritten);
}

bool overwritten_holds(const struct overwritten *overwritten, const struct segment *segment)
{
    const bool is_remote = segment->kind == SEGMENT_REMOTE;
    if (!segment_has_place(segment) || segment->length == 0) {
        return false;
    }
    const struct file *file = segment->file;
    const struct place last_byte = {
        .is_remote = is_remote,
        .device = is_remote ? 0 : file->device,
        .inode = is_remote ? file->remote->identity : file->inode,
        .start = segment->offset + segment->length - 1,
    };
    /* The last place that starts at or before that byte: the only one that may hold some. */
    guint low = 0;
    for (guint high = overwritten->places->len; low < high;) {
        const guint middle = low + (high - low) / 2;
        if (compare_places(&g_array_index(overwritten->places, struct place, middle), &last_byte) <=
            0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    if (low == 0) {
        return false;
    }
    const struct place *place = &g_array_index(overwritten->places, struct place, low - 1);
    return compare_files(place, &last_byte) == 0 && place->end > segment->offset;
}
