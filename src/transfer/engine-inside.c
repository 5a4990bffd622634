/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/iov.h"
#include "core/page-buffer.h"
#include "core/restart.h"
#include "core/temporary.h"
#include "segment/describe.h"
#include "segment/error.h"
#include "transfer/engine-internal.h"

#define CHUNK (1024u * 1024u)

/* Up to so much of a whole plan is kept in memory, more in a temporary file. */
#define KEEP_IN_MEMORY (16u * 1024u * 1024u)

bool engine_source_error(const struct segment *segment, const char *problem, GError **error)
{
    g_autoptr(GString) name = g_string_new(NULL);
    segment_describe_short(name, segment);
    g_set_error(error, IOVTOOL_ERROR, IOVTOOL_ERROR_SOURCE, "%s: %s", name->str, problem);
    return false;
}

bool engine_read_error(const struct segment *segment, uint64_t offset, int problem, GError **error)
{
    g_autofree char *message = read_trouble(offset - segment->file->base, problem);
    return engine_source_error(segment, message, error);
}

/* By a reader of its own, since that of the engine stands elsewhere. */
static bool read_remote(const struct engine *engine, const struct segment *segment, uint8_t *to,
                        size_t length, uint64_t offset, GError **error)
{
    struct segment range = *segment;
    struct vector *vector = vector_new();
    struct window window;
    range.offset = offset;
    range.length = length;
    bool ok = vector_append(vector, &range, error);
    struct reader *reader = reader_new(vector, engine->job->files, 0, SLICE_EXACT);
    while (ok && length > 0) {
        ok = reader_next(reader, &window, error) == READER_WINDOW;
        if (ok) {
            memcpy(to, window.iov.iov_base, (size_t)window.length);
            to += window.length;
            length -= (size_t)window.length;
        }
    }
    reader_free(reader);
    vector_free(vector);
    return ok;
}

static bool read_fully(const struct engine *engine, const struct segment *segment, uint8_t *to,
                       size_t length, uint64_t offset, GError **error)
{
    if (segment->kind == SEGMENT_REMOTE) {
        return read_remote(engine, segment, to, length, offset, error);
    }
    const int fd = files_descriptor(engine->job->files, segment->file, error);
    if (fd < 0) {
        return false;
    }
    size_t got;
    const int trouble = restart_pread_full(fd, to, length, (off_t)offset, &got);
    if (trouble != 0) {
        return engine_read_error(segment, offset + got, trouble, error);
    }
    if (got < length) {
        return engine_source_error(segment, "the file shrank while it was read", error);
    }
    return true;
}

static bool keep_in_memory(struct engine *engine, struct segment *segment, GError **error)
{
    const size_t length = (size_t)segment->length;
    g_autoptr(PageBuffer) bytes = page_buffer_new(length);
    if (!read_fully(engine, segment, bytes, length, segment->offset, error)) {
        return false;
    }
    segment->kind = SEGMENT_BYTES;
    segment->bytes = vector_keep(engine->own, bytes, length);
    engine->kept += length;
    return true;
}

/* mkostemp(), for a moment; the signals that end the process are held back. */
static int open_named_once(const char *folder)
{
    g_autofree char *template = g_build_filename(folder, "iovtool-XXXXXX", NULL);
    const int fd = mkostemp(template, O_CLOEXEC);
    const int problem = errno;
    if (fd >= 0) {
        unlink(template);
    }
    errno = problem;
    return fd;
}

/* It has no name, or none for longer than the signals are held back that end the process: it goes
 * with its descriptor, however the run ends. */
static int open_temporary(const char *folder)
{
    int fd = restart_open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (fd >= 0 || (errno != EOPNOTSUPP && errno != EISDIR)) {
        return fd;
    }
    sigset_t mask;
    temporary_hold(&mask);
    do {
        fd = open_named_once(folder);
    } while (fd < 0 && errno == EINTR);
    const int problem = errno;
    temporary_release(&mask);
    errno = problem;
    return fd;
}

/* The folder's fault, which is none of the file's whose bytes shall go there. */
static bool aside_error(int problem, GError **error)
{
    g_autofree char *text = g_strconcat(
        "cannot keep bytes aside there (TMPDIR says where): ", g_strerror(problem), NULL);
    return file_error(g_get_tmp_dir(), text, error);
}

static bool copy_aside(const struct engine *engine, const struct segment *segment, int fd,
                       GError **error)
{
    g_autoptr(PageBuffer) chunk = page_buffer_new(CHUNK);
    for (uint64_t done = 0; done < segment->length;) {
        const size_t size = (size_t)MIN(segment->length - done, (uint64_t)CHUNK);
        if (!read_fully(engine, segment, chunk, size, segment->offset + done, error)) {
            return false;
        }
        for (size_t written = 0; written < size;) {
            const ssize_t n = restart_write(fd, chunk + written, size - written);
            if (n < 0) {
                return aside_error(errno, error);
            }
            written += (size_t)n;
        }
        done += size;
        engine_tick(engine);
    }
    return true;
}

static bool keep_in_file(struct engine *engine, struct segment *segment, GError **error)
{
    if (!engine->aside) {
        const int fd = open_temporary(g_get_tmp_dir());
        if (fd < 0) {
            return aside_error(errno, error);
        }
        engine->aside = files_add_temporary(engine->job->files, fd, 0);
    }
    if (!copy_aside(engine, segment, engine->aside->fd, error)) {
        return false;
    }
    segment->kind = SEGMENT_FILE;
    segment->file = engine->aside;
    segment->offset = engine->aside->size;
    engine->aside->size += segment->length;
    return true;
}

bool engine_keep(struct engine *engine, const struct step *step, GError **error)
{
    struct segment *segment = &engine->own->segments.items[step->segment];
    return segment->length <= KEEP_IN_MEMORY - engine->kept ? keep_in_memory(engine, segment, error)
                                                            : keep_in_file(engine, segment, error);
}

/* Chunk by chunk: from the front when the bytes go towards it, else from the back, as memmove(). */
bool engine_move(struct engine *engine, struct step *step, GError **error)
{
    const struct segment *segment = vector_segment(engine->vector, step->segment);
    const uint64_t from = segment->offset + step->within;
    const uint64_t to = step->sink_offset;
    const uint64_t length = step->length;
    const bool forward = to <= from;
    g_autoptr(PageBuffer) chunk = page_buffer_new(CHUNK);
    for (uint64_t done = 0; from != to && done < length;) {
        const size_t size = (size_t)MIN(length - done, (uint64_t)CHUNK);
        const uint64_t at = forward ? done : length - done - size;
        struct step part = *step;
        part.sink_offset = to + at;
        part.length = size;
        const struct iovec iov = { chunk, size };
        if (!read_fully(engine, segment, chunk, size, from + at, error) ||
            !engine_write(engine, &part, &iov, 1, error)) {
            return false;
        }
        done += size;
    }
    engine->done = length;
    return true;
}
