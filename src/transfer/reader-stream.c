/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "core/iov.h"
#include "core/restart.h"
#include "segment/error.h"
#include "transfer/reader-internal.h"

/* Some files give their bytes in eights only (/proc/PID/pagemap). */
#define PROBE_SIZE 8u

/* How much of the stream was read. A file that pread() reads has no position of its own to keep. */
static uint64_t *stream_position(struct reader *reader)
{
    struct file *file = reader_current(reader)->file;
    return file->positioned ? &reader->position : &file->position;
}

/* One read() of at most `length` bytes, as soon as there are any. 0 at the end of the stream, -1
 * with *error set. */
static ssize_t read_some(struct reader *reader, size_t length, GError **error)
{
    struct file *file = reader_current(reader)->file;
    if (file->unopened && !files_open_fifo(file, error)) {
        return -1;
    }
    for (;;) {
        if (reader->await && !reader->await(reader->await_context, file->fd, error)) {
            return -1;
        }
        const ssize_t got = file->positioned ? pread(file->fd, reader->stage, length,
                                                     (off_t)*stream_position(reader))
                                             : read(file->fd, reader->stage, length);
        if (got >= 0) {
            *stream_position(reader) += (uint64_t)got;
            file->position = MAX(file->position, *stream_position(reader));
            return got;
        }
        if (errno == EAGAIN) {
            struct pollfd wait = { .fd = file->fd, .events = POLLIN };
            (void)poll(&wait, 1, -1);
        } else if (errno != EINTR) {
            reader_trouble(reader, *stream_position(reader), errno, error);
            return -1;
        } else if (reader->interrupted) {
            reader->interrupted(reader->context);
        }
    }
}

static enum reader_status ended_early(struct reader *reader, uint64_t missing,
                                      struct window *window, GError **error)
{
    const struct segment *segment = reader_current(reader);
    const uint64_t position = *stream_position(reader);
    switch (reader->shortage) {
    case SLICE_ALLOW_SHORT:
        return READER_END;
    case SLICE_ZERO_PAD:
        return missing == 0 || missing == SEGMENT_TO_END
                   ? READER_END
                   : reader_give_zeros(reader, window, missing);
    case SLICE_EXACT:
        break;
    }
    g_autofree char *message =
        segment->length == SEGMENT_TO_END || segment->anchor == STREAM_BUT_TAIL
            ? g_strdup_printf("the range starts at %" PRIu64 ", but the stream ended after %" PRIu64
                              " bytes",
                              segment->offset, position)
            : g_strdup_printf("asked for %" PRIu64 " bytes at %s%" PRIu64
                              ", but the stream ended after %" PRIu64,
                              segment->length, segment->anchor == STREAM_FROM_END ? "-" : "",
                              segment->offset, position);
    return reader_error(reader, IOVTOOL_ERROR_RANGE, message, error);
}

/*
 * True when pread() gives bytes at `offset`, and reads from there on: parts of memory can be read
 * by /proc/PID/mem that nothing before them can. Many files of /proc/sys give bytes at 0 only, so
 * what gives none is still read from its start.
 */
static bool is_read_at(struct reader *reader, uint64_t offset)
{
    const int fd = reader_current(reader)->file->fd;
    const bool has_bytes =
        offset == 0 || restart_pread(fd, reader->stage, PROBE_SIZE, (off_t)offset) > 0;
    reader->position = has_bytes ? offset : 0;
    return has_bytes;
}

/* Reads and drops up to the segment's offset. READER_END when the stream ends before. */
static enum reader_status skip_to_start(struct reader *reader, GError **error)
{
    const struct segment *segment = reader_current(reader);
    struct file *file = segment->file;
    if (file->positioned && is_read_at(reader, segment->offset)) {
        return READER_WINDOW;
    }
    uint64_t left = segment->offset - *stream_position(reader);
    if (left > 0 && file->can_seek_over && lseek(file->fd, (off_t)left, SEEK_CUR) >= 0) {
        file->position += left;
        return READER_WINDOW;
    }
    while (left > 0) {
        const ssize_t got = read_some(reader, (size_t)MIN(left, (uint64_t)WINDOW_READ), error);
        if (got <= 0) {
            return got < 0 ? READER_FAILED : READER_END;
        }
        left -= (uint64_t)got;
    }
    return READER_WINDOW;
}

static enum reader_status forward_window(struct reader *reader, struct window *window,
                                         GError **error)
{
    const bool to_end = reader_current(reader)->length == SEGMENT_TO_END;
    const uint64_t left = to_end ? SEGMENT_TO_END : reader_remaining(reader);
    if (left == 0) {
        return READER_END;
    }
    const uint64_t wanted = MIN(MIN(left, reader_budget(reader)), (uint64_t)WINDOW_READ);
    const ssize_t got = read_some(reader, (size_t)wanted, error);
    if (got < 0) {
        return READER_FAILED;
    }
    if (got == 0) {
        return to_end ? READER_END : ended_early(reader, left, window, error);
    }
    reader_give(reader, window, reader->stage, (size_t)got);
    return READER_WINDOW;
}

static enum reader_status out_of_memory(const struct reader *reader, GError **error)
{
    return reader_error(reader, IOVTOOL_ERROR_SOURCE,
                        "not enough memory to keep so much of the stream's end", error);
}

/* Everything but the last `length` bytes: what the ring pushes out is certain not to be among them.
 */
static enum reader_status but_tail_window(struct reader *reader, struct window *window,
                                          GError **error)
{
    const uint64_t tail = reader_current(reader)->length;
    while (!reader->ring_full) {
        const ssize_t got = read_some(reader, WINDOW_READ / 2, error);
        if (got < 0) {
            return READER_FAILED;
        }
        if (got == 0) {
            reader->ring_full = true;
            break;
        }
        uint8_t *out = reader->stage + WINDOW_READ / 2;
        size_t length;
        if (!ring_push(reader->ring, reader->stage, (size_t)got, out, &length)) {
            return out_of_memory(reader, error);
        }
        if (length > 0) {
            reader_give(reader, window, out, length);
            return READER_WINDOW;
        }
    }
    struct iovec held[2];
    const uint64_t kept = ring_contents(reader->ring, held);
    return kept < tail && reader->done == 0 ? ended_early(reader, 0, window, error) : READER_END;
}

/* Reads the stream to its end, keeping the last bytes of it. */
static enum reader_status collect_tail(struct reader *reader, GError **error)
{
    ssize_t got;
    while ((got = read_some(reader, WINDOW_READ, error)) > 0) {
        size_t dropped;
        if (!ring_push(reader->ring, reader->stage, (size_t)got, NULL, &dropped)) {
            return out_of_memory(reader, error);
        }
    }
    reader->ring_full = true;
    return got < 0 ? READER_FAILED : READER_WINDOW;
}

/*
 * The range lies in the last `offset` bytes. When the stream had fewer, its first bytes are
 * missing: they are refused, left out, or zeros. `parts` then holds the bytes of the range that
 * exist.
 */
static enum reader_status cut_tail(struct reader *reader, struct window *window, GError **error)
{
    const struct segment *segment = reader_current(reader);
    const uint64_t held = ring_contents(reader->ring, reader->parts);
    const uint64_t missing = MIN(segment->offset - held, segment->length);
    struct iovec *parts = reader->parts;
    unsigned count = 2;
    const uint64_t length = segment->length - missing;

    iov_discard_back(parts, &count, (size_t)(held - MIN(held, length)));
    for (; count < 2; count++) {
        parts[count].iov_len = 0;
    }
    if (segment->offset > held && reader->shortage == SLICE_EXACT) {
        return ended_early(reader, missing, window, error);
    }
    reader->padding = reader->shortage == SLICE_ZERO_PAD ? missing : 0;
    return READER_END;
}

static enum reader_status from_end_window(struct reader *reader, struct window *window,
                                          GError **error)
{
    if (!reader->ring_full) {
        enum reader_status status = collect_tail(reader, error);
        if (status == READER_WINDOW) {
            status = cut_tail(reader, window, error);
        }
        if (status != READER_END) {
            return status;
        }
    }
    if (reader->padding > 0) {
        reader_give_zeros(reader, window, reader->padding);
        reader->padding -= window->length;
        return READER_WINDOW;
    }
    for (int i = 0; i < 2; i++) {
        const struct iovec part = reader->parts[i];
        if (part.iov_len > 0) {
            reader->parts[i].iov_len = 0;
            return reader_give(reader, window, part.iov_base, part.iov_len);
        }
    }
    return READER_END;
}

void reader_on_interrupt(struct reader *reader, void (*interrupted)(void *context), void *context)
{
    reader->interrupted = interrupted;
    reader->context = context;
}

void reader_on_wait(struct reader *reader, bool (*await)(void *context, int fd, GError **error),
                    void *context)
{
    reader->await = await;
    reader->await_context = context;
}

void reader_forget_stream(struct reader *reader)
{
    g_clear_pointer(&reader->ring, ring_free);
    reader->ring_full = false;
    reader->started = false;
}

static enum reader_status start_stream(struct reader *reader, struct window *window, GError **error)
{
    const struct segment *segment = reader_current(reader);
    reader->started = true;
    reader->position = 0;
    if (segment->anchor != STREAM_FROM_END) {
        const enum reader_status status = skip_to_start(reader, error);
        if (status == READER_FAILED) {
            return status;
        }
        if (status == READER_END && reader->shortage == SLICE_EXACT) {
            return ended_early(reader, segment->length, window, error);
        }
        /* Else the end is met again below, and made the best of there. */
    }
    if (segment->anchor != STREAM_FROM_START) {
        reader->ring =
            ring_new(segment->anchor == STREAM_FROM_END ? segment->offset : segment->length);
    }
    return READER_END;
}

static enum reader_status step(struct reader *reader, struct window *window, GError **error)
{
    if (!reader->started) {
        const enum reader_status status = start_stream(reader, window, error);
        if (status != READER_END) {
            return status;
        }
    }
    switch ((enum stream_anchor)reader_current(reader)->anchor) {
    case STREAM_FROM_START:
        return forward_window(reader, window, error);
    case STREAM_FROM_END:
        return from_end_window(reader, window, error);
    case STREAM_BUT_TAIL:
        return but_tail_window(reader, window, error);
    }
    g_assert_not_reached();
}

enum reader_status reader_stream_window(struct reader *reader, struct window *window,
                                        GError **error)
{
    const enum reader_status status = step(reader, window, error);
    if (status == READER_END) {
        reader_forget_stream(reader);
    }
    return status;
}

bool reader_try_unsized(const struct vector *vector, struct files *files,
                        enum slice_shortage shortage, GError **error)
{
    struct reader *reader = reader_new(vector, files, 0, shortage);
    GHashTable *tried = g_hash_table_new(g_direct_hash, g_direct_equal);
    const bool all = vector->pending_limit == SEGMENT_TO_END; /* else the first may be enough */
    struct window window;
    bool ok = true;
    for (size_t i = 0; ok && i < vector_count(vector) && (all || i == 0); i++) {
        const struct segment *segment = vector_segment(vector, i);
        if (segment->kind != SEGMENT_STREAM || !segment->file->positioned ||
            !g_hash_table_add(tried, segment->file)) {
            continue;
        }
        reader->index = i;
        reader->done = 0;
        ok = reader_stream_window(reader, &window, error) != READER_FAILED;
        reader_forget_stream(reader);
    }
    g_hash_table_unref(tried);
    reader_free(reader);
    return ok;
}
