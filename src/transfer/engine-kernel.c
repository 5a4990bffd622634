/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <linux/falloc.h>
#include <linux/fs.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/restart.h"
#include "transfer/engine-internal.h"
#include "transfer/extents.h"

/* One call moves at most so much, so that progress is seen and a signal is noticed. */
#define CALL_MAX (64u * 1024u * 1024u)

/* What copy_file_range(2), ioctl_ficlonerange(2), splice(2), sendfile(2) and fallocate(2) say when
 * they do not do what is asked for here, while writing may. Others are real trouble, which writing
 * meets again. */
static bool is_refusal(int problem)
{
    switch (problem) {
    case EXDEV:
    case EINVAL:
    case ENOSYS:
    case EOPNOTSUPP:
    case ENOTTY:
    case EBADF:
    case EPERM:
    case ETXTBSY:
    case EISDIR:
        return true;
    default:
        return false;
    }
}

static const struct segment *source_of(const struct engine *engine, const struct step *step)
{
    return vector_segment(engine->vector, step->segment);
}

static uint64_t source_offset(const struct engine *engine, const struct step *step)
{
    return source_of(engine, step)->offset + step->within;
}

static int source_descriptor(const struct engine *engine, const struct step *step, GError **error)
{
    return files_descriptor(engine->job->files, source_of(engine, step)->file, error);
}

/* A call between two files does not say which one is in trouble: the source is, when its bytes
 * cannot be read. */
static bool blame_source(const struct engine *engine, const struct step *step, GError **error)
{
    const struct segment *segment = source_of(engine, step);
    uint64_t offset = source_offset(engine, step);
    const int fd = segment->file->fd;
    const int problem = source_find_trouble(fd, &offset, MIN(step->length, (uint64_t)CALL_MAX));
    return problem != 0 && !engine_read_error(segment, offset, problem, error);
}

/* After a call that moved `n` bytes, or said why not. WAY_DONE: go on. */
static enum way after_call(struct engine *engine, struct step *step, ssize_t n, bool *unsupported,
                           GError **error)
{
    if (n > 0) {
        engine_pass(engine, (uint64_t)n);
        engine_moved(engine, step, (uint64_t)n);
        return WAY_DONE;
    }
    if (n == 0) {
        return WAY_UNSUPPORTED; /* not the end for sure: procfs says so too; reading finds out */
    }
    if (errno == EINTR) {
        engine_tick(engine);
        return WAY_DONE;
    }
    if (errno == EAGAIN) {
        return engine_wait(engine, step, error) ? WAY_DONE : WAY_FAILED;
    }
    if (is_refusal(errno)) {
        *unsupported = true;
        return WAY_UNSUPPORTED;
    }
    const int problem = errno;
    if (!blame_source(engine, step, error)) {
        engine_sink_error(engine, step, problem, error);
    }
    return WAY_FAILED;
}

/* Copies `length` bytes that are data. */
static enum way copy_data(struct engine *engine, struct step *step, int from, uint64_t length,
                          GError **error)
{
    const uint64_t end = step->length - length;
    while (step->length > end) {
        loff_t in = (loff_t)source_offset(engine, step);
        loff_t out = (loff_t)step->sink_offset;
        const size_t size = (size_t)MIN(step->length - end, (uint64_t)CALL_MAX);
        const ssize_t n =
            copy_file_range(from, &in, engine->job->sinks[step->sink].fd, &out, size, 0);
        const enum way way = after_call(engine, step, n, &engine->unsupported.copy, error);
        if (way != WAY_DONE) {
            return way;
        }
    }
    return WAY_DONE;
}

enum way engine_copy(struct engine *engine, struct step *step, GError **error)
{
    const struct file *file = source_of(engine, step)->file;
    const int from = source_descriptor(engine, step, error);
    if (from < 0) {
        return WAY_FAILED;
    }
    while (step->length > 0 && !engine->unsupported.copy) {
        const uint64_t offset = source_offset(engine, step);
        struct extent extent = { .start = offset, .end = offset + step->length };
        if (file->sparse && !engine->job->write_zeros) {
            extent = extent_at(from, offset, extent.end);
        }
        const uint64_t length = extent.end - extent.start;
        enum way way = WAY_UNSUPPORTED;
        if (extent.hole) {
            const struct segment *segment = source_of(engine, step);
            way = engine_zero(engine, step, length, error);
            engine_pass(engine, way == WAY_DONE ? length : 0);
            /* The file may have shrunk since it was asked where it has data. */
            if (!reader_still_reaches(file, extent.end)) {
                engine_source_error(segment, "the file shrank while it was read", error);
                return WAY_FAILED;
            }
        } else {
            way = copy_data(engine, step, from, length, error);
        }
        if (way != WAY_DONE) {
            return way;
        }
    }
    return step->length > 0 ? WAY_UNSUPPORTED : WAY_DONE;
}

enum way engine_clone(struct engine *engine, struct step *step, GError **error)
{
    if (engine->unsupported.clone) {
        return WAY_UNSUPPORTED;
    }
    const int from = source_descriptor(engine, step, error);
    if (from < 0) {
        return WAY_FAILED;
    }
    const struct file_clone_range range = {
        .src_fd = from,
        .src_offset = source_offset(engine, step),
        .src_length = step->length,
        .dest_offset = step->sink_offset,
    };
    if (ioctl(engine->job->sinks[step->sink].fd, FICLONERANGE, &range) != 0) {
        engine->unsupported.clone = true;
        return WAY_UNSUPPORTED; /* for whatever reason: copying meets a real one again */
    }
    engine_pass(engine, step->length);
    engine_moved(engine, step, step->length);
    return WAY_DONE;
}

/* A call that moves bytes of a file, from an offset on, into a descriptor. */
typedef ssize_t push_fn(int from, loff_t offset, int to, size_t size);

static ssize_t push_by_splice(int from, loff_t offset, int to, size_t size)
{
    return splice(from, &offset, to, NULL, size, 0);
}

static ssize_t push_by_sendfile(int from, loff_t offset, int to, size_t size)
{
    /* It has no MSG_NOSIGNAL, but its SIGPIPE comes during the call. */
    void (*const handler)(int) = signal(SIGPIPE, SIG_IGN);
    const ssize_t n = sendfile(to, from, &offset, size);
    const int problem = errno;
    signal(SIGPIPE, handler);
    errno = problem;
    return n;
}

static enum way push(struct engine *engine, struct step *step, push_fn *call, bool *unsupported,
                     GError **error)
{
    const int from = source_descriptor(engine, step, error);
    if (from < 0) {
        return WAY_FAILED;
    }
    while (step->length > 0) {
        if (*unsupported) {
            return WAY_UNSUPPORTED;
        }
        const size_t size = (size_t)MIN(step->length, (uint64_t)CALL_MAX);
        const ssize_t n = call(from, (loff_t)source_offset(engine, step),
                               engine->job->sinks[step->sink].fd, size);
        const enum way way = after_call(engine, step, n, unsupported, error);
        if (way != WAY_DONE) {
            return way;
        }
    }
    return WAY_DONE;
}

enum way engine_splice(struct engine *engine, struct step *step, GError **error)
{
    return push(engine, step, push_by_splice, &engine->unsupported.splice, error);
}

enum way engine_sendfile(struct engine *engine, struct step *step, GError **error)
{
    return push(engine, step, push_by_sendfile, &engine->unsupported.sendfile, error);
}

/* False when the file system does not do that, or for whatever reason: writing meets it again if it
 * is a real one. */
static bool allocate(int fd, int mode, uint64_t offset, uint64_t length)
{
    return restart_fallocate(fd, mode, (off_t)offset, (off_t)length) == 0;
}

/* A hole does not make a file longer, so it has to lie in one. */
static bool may_punch(const struct engine *engine, int fd, uint64_t end)
{
    struct stat status;
    return !engine->unsupported.punch && fstat(fd, &status) == 0 && S_ISREG(status.st_mode) &&
           (uint64_t)status.st_size >= end;
}

/* Zeros in place. tmpfs, for one, cannot zero a range, but can punch holes. */
static bool zero_in_place(struct engine *engine, int fd, uint64_t offset, uint64_t length)
{
    if (!engine->unsupported.zero) {
        if (allocate(fd, FALLOC_FL_ZERO_RANGE, offset, length)) {
            return true;
        }
        engine->unsupported.zero = true;
    }
    if (may_punch(engine, fd, offset + length)) {
        const int mode = FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE;
        if (allocate(fd, mode, offset, length)) {
            return true;
        }
        engine->unsupported.punch = true;
    }
    return false;
}

/* In a fresh file zeros are what is not written; elsewhere the file system is asked for them. */
enum way engine_zero(struct engine *engine, struct step *step, uint64_t length, GError **error)
{
    const struct sink *sink = &engine->job->sinks[step->sink];
    (void)error;
    if (engine->job->write_zeros) {
        return WAY_UNSUPPORTED;
    }
    if (!sink->fresh &&
        (length == 0 || !zero_in_place(engine, sink->fd, step->sink_offset, length))) {
        return WAY_UNSUPPORTED;
    }
    engine_moved(engine, step, length);
    return WAY_DONE;
}
