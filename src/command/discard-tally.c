/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "command/discard-tally.h"

#include <inttypes.h>
#include <stdio.h>

#include "cli/json.h"
#include "cli/output.h"
#include "segment/files.h"

GArray *discard_segments(const struct vector *vector)
{
    GArray *segments = g_array_new(FALSE, FALSE, sizeof(struct segment));
    for (size_t i = 0; i < vector_count(vector); i++) {
        g_array_append_vals(segments, vector_segment(vector, i), 1);
    }
    return segments;
}

struct discard_tally discard_tally_of(uint64_t front, uint64_t back, uint64_t length)
{
    struct discard_tally tally = { .front = MIN(front, length) };
    tally.back = MIN(back, length - tally.front);
    tally.remaining = length - tally.front - tally.back;
    return tally;
}

static uint64_t minus(uint64_t a, uint64_t b)
{
    return a - MIN(a, b);
}

static uint64_t length_of(const struct segment *segment)
{
    if (segment->kind != SEGMENT_STREAM) {
        return segment->length;
    }
    const uint64_t size = segment->file->position;
    switch ((enum stream_anchor)segment->anchor) {
    case STREAM_FROM_START:
        return MIN(minus(size, segment->offset), segment->length);
    case STREAM_FROM_END:
        return minus(segment->length, minus(segment->offset, size));
    case STREAM_BUT_TAIL:
        return minus(minus(size, segment->offset), segment->length);
    }
    g_assert_not_reached();
}

uint64_t discard_length_read(const GArray *segments)
{
    uint64_t length = 0;
    for (guint i = 0; i < segments->len; i++) {
        length += length_of(&g_array_index(segments, struct segment, i));
    }
    return length;
}

static json_t *json_list(const struct vector *list)
{
    json_t *segments = json_array();
    for (size_t i = 0; i < vector_count(list); i++) {
        json_array_append_new(segments, json_segment(vector_segment(list, i)));
    }
    return segments;
}

bool discard_print_json(const struct discard_tally *tally, const struct vector *list,
                        GError **error)
{
    struct output output;
    json_t *object = json_object();
    if (list) {
        json_object_set_new(object, "segments", json_list(list));
    }
    json_object_set_new(object, "front", json_integer((json_int_t)tally->front));
    json_object_set_new(object, "back", json_integer((json_int_t)tally->back));
    json_object_set_new(object, "remaining", json_integer((json_int_t)tally->remaining));
    output_open(&output);
    const bool ok = json_print(&output, object, error);
    return output_close(&output, ok, error);
}

void discard_say(const struct discard_tally *tally, const struct report_options *report)
{
    if (report_wanted(report)) {
        fprintf(stderr,
                "discarded %" PRIu64 " bytes at the front and %" PRIu64 " at the back; %" PRIu64
                " remain\n",
                tally->front, tally->back, tally->remaining);
    }
}
