/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "core/page-buffer.h"
#include "segment/describe.h"
#include "segment/error.h"
#include "transfer/reader-internal.h"

/* Shorter pieces of memory are gathered by memcpy(); a window of their own costs more. */
#define SMALL_MEMORY_PIECE 4096u

/* A tile is the pattern of a fill, repeated up to at least this. */
#define TILE_SIZE (64u * 1024u)

static const _Alignas(PAGE_BUFFER_ALIGNMENT) uint8_t zeros[TILE_SIZE];

struct reader *reader_new(const struct vector *vector, struct files *files, unsigned flags,
                          enum slice_shortage shortage)
{
    struct reader *reader = g_new0(struct reader, 1);
    *reader = (struct reader){
        .vector = vector,
        .files = files,
        .flags = flags,
        .shortage = shortage,
        .to_skip = vector->pending_skip,
        .allowed = vector->pending_limit,
        .stage = page_buffer_new(WINDOW_READ),
        .tile_segment = SIZE_MAX,
    };
    return reader;
}

void reader_free(struct reader *reader)
{
    if (!reader) {
        return;
    }
    reader_unmap(reader);
    reader_drop_dense(reader);
    remote_ahead_free(reader->ahead);
    ring_free(reader->ring);
    page_buffer_free(reader->tile);
    page_buffer_free(reader->stage);
    g_free(reader);
}

static enum reader_status iovtool_error(const struct reader *reader, size_t index, int code,
                                        const char *message, GError **error)
{
    g_autoptr(GString) name = g_string_new(NULL);
    segment_describe_short(name, vector_segment(reader->vector, index));
    g_set_error(error, IOVTOOL_ERROR, code, "%s: %s", name->str, message);
    return READER_FAILED;
}

enum reader_status reader_error(const struct reader *reader, int code, const char *message,
                                GError **error)
{
    return iovtool_error(reader, reader->index, code, message, error);
}

enum reader_status reader_trouble(const struct reader *reader, uint64_t offset, int problem,
                                  GError **error)
{
    g_autofree char *message = read_trouble(offset, problem);
    return reader_error(reader, IOVTOOL_ERROR_SOURCE, message, error);
}

uint64_t reader_budget(const struct reader *reader)
{
    return reader->to_skip > UINT64_MAX - reader->allowed ? UINT64_MAX
                                                          : reader->allowed + reader->to_skip;
}

uint64_t reader_remaining(const struct reader *reader)
{
    return reader_current(reader)->length - reader->done;
}

enum reader_status reader_give_repeat(struct reader *reader, struct window *window,
                                      const uint8_t *tile, size_t tile_length, uint32_t period,
                                      uint64_t length)
{
    const bool whole = length <= tile_length;
    const bool repeats = !whole && (reader->flags & READER_REPEATS);
    *window = (struct window){
        .iov = { (void *)(uintptr_t)tile, whole ? (size_t)length : tile_length },
        .length = whole || repeats ? length : tile_length,
        .period = repeats ? period : 0,
        .segment = reader->index,
        .within = reader->done,
    };
    reader->done += window->length;
    return READER_WINDOW;
}

enum reader_status reader_give(struct reader *reader, struct window *window, const void *bytes,
                               size_t length)
{
    return reader_give_repeat(reader, window, bytes, length, 0, length);
}

enum reader_status reader_give_zeros(struct reader *reader, struct window *window, uint64_t length)
{
    return reader_give_repeat(reader, window, zeros, sizeof(zeros), 1, length);
}

/* The pattern of the current fill, repeated: three times at the least, so that there is a whole one
 * behind any two phases. */
static const uint8_t *fill_tile(struct reader *reader, const struct segment *fill)
{
    if (reader->tile_segment != reader->index) {
        const size_t periods = MAX(TILE_SIZE / fill->period, 1u) + 2;
        page_buffer_free(reader->tile);
        reader->tile_length = periods * fill->period;
        reader->tile = page_buffer_new(reader->tile_length);
        for (size_t i = 0; i < periods; i++) {
            memcpy(reader->tile + i * fill->period, fill->bytes, fill->period);
        }
        reader->tile_segment = reader->index;
    }
    return reader->tile;
}

static enum reader_status fill_window(struct reader *reader, struct window *window)
{
    const struct segment *fill = reader_current(reader);
    const uint64_t left = reader_remaining(reader);
    if (fill->period == 1 && fill->bytes[0] == 0) {
        return reader_give_zeros(reader, window, left);
    }
    const uint8_t *tile = fill_tile(reader, fill);
    const size_t phase = (size_t)((fill->offset + reader->done) % fill->period);
    return reader_give_repeat(reader, window, tile + phase, reader->tile_length - fill->period,
                              fill->period, left);
}

static bool is_small(const struct reader *reader)
{
    const struct segment *segment = reader_current(reader);
    switch ((enum segment_kind)segment->kind) {
    case SEGMENT_FILE:
    case SEGMENT_REMOTE:
        return reader_remaining(reader) < READER_SMALL_FILE_PIECE;
    case SEGMENT_BYTES:
    case SEGMENT_FILL:
        return reader_remaining(reader) < SMALL_MEMORY_PIECE;
    case SEGMENT_STREAM:
        return false;
    }
    g_assert_not_reached();
}

static void stage_fill(struct reader *reader, const struct segment *fill, uint8_t *to,
                       size_t length)
{
    if (fill->period == 1) {
        memset(to, fill->bytes[0], length);
        return;
    }
    size_t phase = (size_t)((fill->offset + reader->done) % fill->period);
    for (size_t i = 0; i < length; i++) {
        to[i] = fill->bytes[phase];
        phase = phase + 1 == fill->period ? 0 : phase + 1;
    }
}

/* Copies the next `length` bytes of the current segment to `to`, and moves the cursor. */
static bool stage_piece(struct reader *reader, uint8_t *to, size_t length, GError **error)
{
    const struct segment *segment = reader_current(reader);
    bool ok = true;
    switch ((enum segment_kind)segment->kind) {
    case SEGMENT_FILE:
        ok = reader_small_piece(reader, segment->file, to, length, segment->offset + reader->done,
                                error);
        break;
    case SEGMENT_REMOTE:
        ok = reader_remote_piece(reader, to, length, error);
        break;
    case SEGMENT_FILL:
        stage_fill(reader, segment, to, length);
        break;
    case SEGMENT_BYTES:
        memcpy(to, segment->bytes + reader->done, length);
        break;
    case SEGMENT_STREAM:
        g_assert_not_reached();
    }
    reader->done += ok ? length : 0;
    return ok;
}

/* Moves to the next segment that still has bytes; false at the end of the vector. */
static bool find_bytes(struct reader *reader)
{
    while (reader->index < vector_count(reader->vector)) {
        if (reader_current(reader)->kind == SEGMENT_STREAM || reader_remaining(reader) > 0) {
            return true;
        }
        reader->index++;
        reader->done = 0;
    }
    return false;
}

static enum reader_status fill_stage(struct reader *reader, struct window *window, GError **error)
{
    const size_t limit = (size_t)MIN((uint64_t)WINDOW_READ, reader_budget(reader));
    size_t filled = 0;
    *window = (struct window){ .segment = reader->index, .within = reader->done };
    do {
        const size_t length = (size_t)MIN(reader_remaining(reader), (uint64_t)(limit - filled));
        if (!stage_piece(reader, reader->stage + filled, length, error)) {
            return READER_FAILED;
        }
        filled += length;
    } while (filled < limit && !(reader->flags & READER_SPLIT) && find_bytes(reader) &&
             is_small(reader));
    window->iov = (struct iovec){ reader->stage, filled };
    window->length = filled;
    return READER_WINDOW;
}

static enum reader_status staged_window(struct reader *reader, struct window *window,
                                        GError **error)
{
    const size_t index = reader->index;
    const uint64_t done = reader->done;
    const enum reader_status status = fill_stage(reader, window, error);
    if (status == READER_FAILED || reader_dense_is_intact(reader)) {
        return status;
    }
    /* Reading finds out which segment is not there any more. */
    reader_drop_dense(reader);
    reader->index = index;
    reader->done = done;
    return fill_stage(reader, window, error);
}

/* The next window of the segments, before any pending skip and limit of the vector. */
static enum reader_status raw_window(struct reader *reader, struct window *window, GError **error)
{
    while (find_bytes(reader)) {
        const struct segment *segment = reader_current(reader);
        enum reader_status status = READER_END;
        if (is_small(reader)) {
            return staged_window(reader, window, error);
        }
        switch ((enum segment_kind)segment->kind) {
        case SEGMENT_BYTES:
            return reader_give(reader, window, segment->bytes + reader->done,
                               (size_t)reader_remaining(reader));
        case SEGMENT_FILL:
            return fill_window(reader, window);
        case SEGMENT_FILE:
            return reader_file_window(reader, window, error);
        case SEGMENT_REMOTE:
            return reader_remote_window(reader, window, error);
        case SEGMENT_STREAM:
            status = reader_stream_window(reader, window, error);
            break;
        }
        if (status != READER_END) {
            return status;
        }
        reader->index++;
        reader->done = 0;
    }
    return READER_END;
}

/* The zeros behind the vector count as what follows its last segment. */
static void give_padding(struct reader *reader, struct window *window)
{
    const size_t last = vector_count(reader->vector) - 1;
    const struct segment *segment = vector_segment(reader->vector, last);
    reader_give_zeros(reader, window, reader->allowed);
    reader->allowed -= window->length;
    window->segment = last;
    window->within = segment_open_ended(segment) ? 0 : segment->length;
}

static enum reader_status at_end(struct reader *reader, struct window *window, GError **error)
{
    const uint64_t asked = reader->vector->pending_limit;
    const bool lacks = reader->to_skip > 0 || (asked != SEGMENT_TO_END && reader->allowed > 0);
    if (!lacks || reader->shortage == SLICE_ALLOW_SHORT) {
        return READER_END;
    }
    if (reader->shortage == SLICE_ZERO_PAD) {
        if (asked == SEGMENT_TO_END) {
            return READER_END;
        }
        reader->to_skip = 0;
        give_padding(reader, window);
        return READER_WINDOW;
    }
    if (reader->to_skip > 0) {
        g_set_error(error, IOVTOOL_ERROR, IOVTOOL_ERROR_RANGE,
                    "asked to skip %" PRIu64 " bytes, but the vector has %" PRIu64,
                    reader->vector->pending_skip, reader->vector->pending_skip - reader->to_skip);
    } else {
        g_set_error(error, IOVTOOL_ERROR, IOVTOOL_ERROR_RANGE,
                    "asked for %" PRIu64 " bytes at %" PRIu64 ", but the vector has %" PRIu64,
                    asked, reader->vector->pending_skip,
                    reader->vector->pending_skip + asked - reader->allowed);
    }
    return READER_FAILED;
}

enum reader_status reader_next(struct reader *reader, struct window *window, GError **error)
{
    if (!reader_intact(reader, error)) {
        return READER_FAILED;
    }
    reader->viewed = NULL;
    while (reader->allowed > 0) {
        const enum reader_status status = raw_window(reader, window, error);
        if (status == READER_END) {
            return at_end(reader, window, error);
        }
        if (status == READER_FAILED) {
            return status;
        }
        if (reader->to_skip >= window->length) {
            reader->to_skip -= window->length;
            continue;
        }
        window_advance(window, reader->to_skip);
        vector_settle_place(reader->vector, &window->segment, &window->within);
        reader->to_skip = 0;
        window_shorten(window, reader->allowed);
        if (reader->allowed != SEGMENT_TO_END) {
            reader->allowed -= window->length;
        }
        return READER_WINDOW;
    }
    return READER_END;
}

bool reader_may_wait(struct reader *reader)
{
    if (!find_bytes(reader)) {
        return false;
    }
    const struct remote_place place = { reader->index, reader->done };
    const enum segment_kind kind = reader_current(reader)->kind;
    return kind == SEGMENT_STREAM ||
           (kind == SEGMENT_REMOTE && (!reader->ahead || remote_ahead_waits(reader->ahead, place)));
}

bool reader_at_file(struct reader *reader, struct file_range *range)
{
    if (reader->to_skip > 0 || reader->allowed == 0 || !find_bytes(reader) ||
        reader_current(reader)->kind != SEGMENT_FILE) {
        return false;
    }
    *range = (struct file_range){
        .file = reader_current(reader)->file,
        .offset = reader_current(reader)->offset + reader->done,
        .length = MIN(reader_remaining(reader), reader->allowed),
    };
    return true;
}

void reader_pass(struct reader *reader, uint64_t length, struct window *window)
{
    struct file *file = reader_current(reader)->file;
    *window = (struct window){
        .length = length,
        .segment = reader->index,
        .within = reader->done,
    };
    reader->done += length;
    reader_note_use(file, reader_current(reader)->offset + reader->done);
    if (reader->allowed != SEGMENT_TO_END) {
        reader->allowed -= length;
    }
}

void reader_skip(struct reader *reader, uint64_t length)
{
    while (length > 0 && find_bytes(reader)) {
        const struct segment *segment = reader_current(reader);
        if (segment->kind == SEGMENT_STREAM) {
            reader_forget_stream(reader); /* all its bytes were given, or it has none */
            reader->index++;
            reader->done = 0;
            continue;
        }
        const uint64_t step = MIN(length, reader_remaining(reader));
        reader->done += step;
        length -= step;
        if (segment->kind == SEGMENT_FILE) {
            reader_note_use(segment->file, segment->offset + reader->done);
        }
    }
}

/* A page of the window could not be read in, although the file still reaches behind it. */
static char *tell_lost_page(const struct reader *reader)
{
    const struct file *file = reader->viewed;
    const struct map_slot *slot = &reader->slot;
    const uint64_t start = slot->base + (uint64_t)(slot->shown - slot->start);
    uint64_t offset = start;
    const int problem = source_find_trouble(file->fd, &offset, slot->shown_length);
    return problem ? read_trouble(offset - MIN(offset, file->base), problem)
                   : read_trouble(start - MIN(start, file->base), EIO);
}

bool reader_intact(const struct reader *reader, GError **error)
{
    if (!reader->viewed) {
        return true;
    }
    const bool reaches = reader_still_reaches(reader->viewed, reader->viewed_end);
    if (reaches && !guard_tripped(reader->slot.guard)) {
        return true;
    }
    g_autofree char *problem = reaches && reader->viewed->fd >= 0
                                   ? tell_lost_page(reader)
                                   : g_strdup("the file shrank while it was read");
    iovtool_error(reader, reader->viewed_segment, IOVTOOL_ERROR_SOURCE, problem, error);
    return false;
}
