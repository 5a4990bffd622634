/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/iov.h"
#include "core/restart.h"
#include "core/zero.h"
#include "segment/error.h"
#include "transfer/engine-internal.h"

/* A fill is written from this many elements over one tile of the pattern. */
#define TILES_AT_ONCE 16u

/* Runs of zeros are looked for, and left out, in aligned blocks of this size: what file systems
 * allocate. */
#define ZERO_BLOCK 4096u

/* Shorter pieces are copied in less time than it takes to pin their pages. */
#define ZEROCOPY_LEAST 16384u

bool engine_sink_error(const struct engine *engine, const struct step *step, int problem,
                       GError **error)
{
    const struct sink *sink = &engine->job->sinks[step->sink];
    if (sink->kind == SINK_SOCKET) {
        g_set_error(error, IOVTOOL_ERROR, IOVTOOL_ERROR_PEER, "%s: cannot send: %s", sink->name,
                    g_strerror(problem));
        return false;
    }
    g_set_error(error, IOVTOOL_ERROR, IOVTOOL_ERROR_SOURCE, "%s: cannot write at %" PRIu64 ": %s",
                sink->name, step->sink_offset, g_strerror(problem));
    return false;
}

void engine_tick(const struct engine *engine)
{
    if (engine->job->tick) {
        engine->job->tick(engine->job->context, engine->done);
    }
}

static void tick_interrupted(void *context)
{
    engine_tick(context);
}

void engine_moved(struct engine *engine, struct step *step, uint64_t length)
{
    step->within += length;
    step->sink_offset += length;
    if (step->length != SEGMENT_TO_END) {
        step->length -= length;
    }
    engine->done += length;
    if (engine->job->sinks[step->sink].fresh) {
        uint64_t *end = &engine->ends[step->sink];
        *end = MAX(*end, step->sink_offset);
    }
    engine_tick(engine);
}

void engine_pass(struct engine *engine, uint64_t length)
{
    const uint64_t pending = MIN(engine->window.length - engine->used, length);
    engine->used += pending;
    reader_skip(engine->reader, length - pending);
}

bool engine_wait_for(const struct engine *engine, const struct step *step, short events,
                     GError **error)
{
    const struct sink *sink = &engine->job->sinks[step->sink];
    if (engine->job->wait) {
        return engine->job->wait(engine->job->context, events, error);
    }
    struct pollfd wait = { .fd = sink->fd, .events = events };
    (void)poll(&wait, 1, -1);
    return true;
}

bool engine_wait(struct engine *engine, const struct step *step, GError **error)
{
    return engine->zerocopy.pending > 0 ? engine_wait_zerocopy(engine, step, error)
                                        : engine_wait_for(engine, step, POLLOUT, error);
}

static ssize_t write_some(struct engine *engine, const struct step *step, const struct iovec *iov,
                          unsigned count)
{
    const struct sink *sink = &engine->job->sinks[step->sink];
    return engine->zerocopy.on && iov_size(iov, count) >= ZEROCOPY_LEAST
               ? engine_send_zerocopy(engine, sink, iov, count)
               : sink_write(sink, step->sink_offset, iov, count);
}

/* Puts `length` bytes, or zeros (NULL), on their way to a remote. */
static bool put(struct engine *engine, struct step *step, const uint8_t *bytes, uint64_t length,
                GError **error)
{
    const struct sink *sink = &engine->job->sinks[step->sink];
    const struct remote_target target = {
        .remote = sink->remote,
        .name = sink->name,
        .offset = step->sink_offset,
        .position = engine->done,
    };
    if (!remote_writer_put(engine->writer, &target, bytes, length, error)) {
        return false;
    }
    engine_moved(engine, step, length);
    return true;
}

static bool put_elements(struct engine *engine, struct step *step, const struct iovec *iov,
                         unsigned count, GError **error)
{
    for (unsigned i = 0; i < count; i++) {
        if (!put(engine, step, iov[i].iov_base, iov[i].iov_len, error)) {
            return false;
        }
    }
    return true;
}

static bool is_remote(const struct engine *engine, const struct step *step)
{
    return engine->job->sinks[step->sink].kind == SINK_REMOTE;
}

bool engine_write(struct engine *engine, struct step *step, const struct iovec *iov, unsigned count,
                  GError **error)
{
    if (is_remote(engine, step)) {
        return put_elements(engine, step, iov, count, error);
    }
    struct iovec left[TILES_AT_ONCE];
    struct iovec *next = left;
    g_assert(count <= TILES_AT_ONCE);
    memcpy(left, iov, count * sizeof(*iov));
    while (iov_size(next, count) > 0) {
        const ssize_t n = write_some(engine, step, next, count);
        if (n >= 0) {
            if (engine->job->written) {
                engine->job->written(engine->job->context, next, count, (size_t)n);
            }
            iov_discard_front(&next, &count, (size_t)n);
            engine_moved(engine, step, (uint64_t)n);
        } else if (errno == EINTR) {
            engine_tick(engine);
        } else if (errno == EFAULT && !reader_intact(engine->reader, error)) {
            return false; /* send() from a mapping whose file shrank */
        } else if (errno != EAGAIN) {
            return engine_sink_error(engine, step, errno, error);
        } else if (!engine_wait(engine, step, error)) {
            return false;
        }
    }
    return engine_settle_zerocopy(engine, step, error);
}

/* Leaves zeros out of a fresh file: nothing has to be done for them but to count. A remote is asked
 * for them. */
static bool leave_hole(struct engine *engine, struct step *step, uint64_t length, GError **error)
{
    if (is_remote(engine, step)) {
        return put(engine, step, NULL, length, error);
    }
    engine_moved(engine, step, length);
    return true;
}

static enum way make_zeros(struct engine *engine, struct step *step, uint64_t length,
                           GError **error)
{
    if (!is_remote(engine, step) || engine->job->write_zeros) {
        return engine_zero(engine, step, length, error);
    }
    return put(engine, step, NULL, length, error) ? WAY_DONE : WAY_FAILED;
}

/* Of `length` bytes that will go to `offset`: how many are to be written before a block of zeros.
 */
static size_t data_before_zeros(const uint8_t *bytes, size_t length, uint64_t offset)
{
    size_t at = (size_t)((ZERO_BLOCK - offset % ZERO_BLOCK) % ZERO_BLOCK);
    while (at < length && length - at >= ZERO_BLOCK && !zero_test(bytes + at, ZERO_BLOCK)) {
        at += ZERO_BLOCK;
    }
    return length - MIN(at, length) < ZERO_BLOCK ? length : at;
}

static size_t zero_blocks(const uint8_t *bytes, size_t length)
{
    return zero_prefix(bytes, length) / ZERO_BLOCK * ZERO_BLOCK;
}

/* Writes bytes with --sparse=always: whole blocks of zeros stay holes. */
static bool write_sparsely(struct engine *engine, struct step *step, const uint8_t *bytes,
                           size_t length, GError **error)
{
    while (length > 0) {
        const size_t data = data_before_zeros(bytes, length, step->sink_offset);
        const struct iovec iov = { (void *)(uintptr_t)bytes, data };
        if (data > 0 && !engine_write(engine, step, &iov, 1, error)) {
            return false;
        }
        const size_t zeros = zero_blocks(bytes + data, length - data);
        if (!leave_hole(engine, step, zeros, error)) {
            return false;
        }
        bytes += data + zeros;
        length -= data + zeros;
    }
    return true;
}

/* The next `length` bytes of a window that repeats, from an array of elements over one tile. */
static bool write_tiles(struct engine *engine, struct step *step, uint64_t length, GError **error)
{
    const struct window *window = &engine->window;
    uint64_t phase = engine->used % window->period;
    while (length > 0) {
        struct iovec iov[TILES_AT_ONCE];
        unsigned count = 0;
        for (uint64_t left = length; left > 0 && count < TILES_AT_ONCE; count++) {
            const size_t piece = (size_t)MIN(left, window->iov.iov_len - phase);
            iov[count] = (struct iovec){ (uint8_t *)window->iov.iov_base + phase, piece };
            left -= piece;
            phase = 0;
        }
        const size_t size = iov_size(iov, count);
        if (!engine_write(engine, step, iov, count, error)) {
            return false;
        }
        length -= size;
    }
    return true;
}

static bool is_zero_window(const struct window *window)
{
    return window->period == 1 && *(const uint8_t *)window->iov.iov_base == 0;
}

/* Writes the next `length` bytes of the current window. */
static bool write_window(struct engine *engine, struct step *step, uint64_t length, GError **error)
{
    const struct window *window = &engine->window;
    const struct sink *sink = &engine->job->sinks[step->sink];
    if (window->period) {
        if (is_zero_window(window) && (sink->kind == SINK_FILE || is_remote(engine, step))) {
            const enum way way = make_zeros(engine, step, length, error);
            if (way != WAY_UNSUPPORTED) {
                return way == WAY_DONE;
            }
        }
        return write_tiles(engine, step, length, error);
    }
    const uint8_t *bytes = (const uint8_t *)window->iov.iov_base + engine->used;
    if (engine->job->find_zeros && (sink->fresh || is_remote(engine, step))) {
        return write_sparsely(engine, step, bytes, (size_t)length, error);
    }
    const struct iovec iov = { (void *)(uintptr_t)bytes, (size_t)length };
    return engine_write(engine, step, &iov, 1, error);
}

static bool write_windows(struct engine *engine, struct step *step, GError **error)
{
    while (step->length > 0) {
        if (engine->used == engine->window.length) {
            engine->used = 0;
            engine->window.length = 0;
            const enum reader_status status = reader_next(engine->reader, &engine->window, error);
            if (status != READER_WINDOW) {
                return status == READER_END; /* of a stream whose length was not known */
            }
        }
        const uint64_t length = MIN(engine->window.length - engine->used, step->length);
        if (!reader_intact(engine->reader, error) || !write_window(engine, step, length, error)) {
            return false;
        }
        engine->used += length;
    }
    return reader_intact(engine->reader, error);
}

static bool run_step(struct engine *engine, struct step step, GError **error)
{
    enum way way = WAY_UNSUPPORTED;
    switch (step.kind) {
    case STEP_KEEP:
        return engine_keep(engine, &step, error);
    case STEP_MOVE:
        return engine_move(engine, &step, error);
    case STEP_ZERO: {
        const uint64_t length = step.length;
        way = make_zeros(engine, &step, length, error);
        engine_pass(engine, way == WAY_DONE ? length : 0);
        break;
    }
    case STEP_CLONE:
        way = engine_clone(engine, &step, error);
        if (way == WAY_UNSUPPORTED) {
            way = engine_copy(engine, &step, error);
        }
        break;
    case STEP_COPY:
        way = engine_copy(engine, &step, error);
        break;
    case STEP_SPLICE:
        way = engine_splice(engine, &step, error);
        break;
    case STEP_SENDFILE:
        way = engine_sendfile(engine, &step, error);
        break;
    case STEP_WRITE:
        break;
    }
    return way == WAY_UNSUPPORTED ? write_windows(engine, &step, error) : way == WAY_DONE;
}

/* A stream that goes on behind the last place there was for it. */
static bool check_drained(struct engine *engine, GError **error)
{
    if (!engine->job->fixed_room || !engine->job->vector->open_ended ||
        engine->job->shortage == SLICE_ALLOW_SHORT) {
        return true;
    }
    const bool pending = engine->used < engine->window.length;
    const enum reader_status status =
        pending ? READER_WINDOW : reader_next(engine->reader, &engine->window, error);
    if (status == READER_WINDOW && engine->job->shortage != SLICE_ALLOW_SHORT) {
        g_set_error(error, IOVTOOL_ERROR, IOVTOOL_ERROR_RANGE,
                    "the destinations take %" PRIu64 " bytes, but there are more", engine->done);
        return false;
    }
    return status != READER_FAILED;
}

/* Holes at the end of a fresh file have to be made by its size. */
static bool set_size(const struct engine *engine, uint32_t index, GError **error)
{
    const struct sink *sink = &engine->job->sinks[index];
    struct stat status;
    if (fstat(sink->fd, &status) != 0) {
        const struct step step = { .sink = index };
        return engine_sink_error(engine, &step, errno, error);
    }
    if ((uint64_t)status.st_size < engine->ends[index] &&
        restart_ftruncate(sink->fd, (off_t)engine->ends[index]) != 0) {
        const struct step step = { .sink = index, .sink_offset = (uint64_t)status.st_size };
        return engine_sink_error(engine, &step, errno, error);
    }
    return true;
}

static bool set_sizes(const struct engine *engine, GError **error)
{
    bool ok = true;
    for (uint32_t i = 0; ok && i < engine->job->sink_count; i++) {
        ok = !engine->job->sinks[i].fresh || set_size(engine, i, error);
    }
    return ok;
}

/* What was left out as a hole at the end of a file whose size could not be set is not there. */
static uint64_t missing_at_ends(const struct engine *engine)
{
    uint64_t missing = 0;
    for (uint32_t i = 0; i < engine->job->sink_count; i++) {
        struct stat status;
        if (engine->job->sinks[i].fresh && fstat(engine->job->sinks[i].fd, &status) == 0) {
            const uint64_t size = (uint64_t)status.st_size;
            missing += engine->ends[i] - MIN(engine->ends[i], size);
        }
    }
    return missing;
}

static struct remote_writer *start_writer(const struct engine_job *job)
{
    for (uint32_t i = 0; i < job->sink_count; i++) {
        if (job->sinks[i].kind == SINK_REMOTE) {
            return remote_writer_new();
        }
    }
    return NULL;
}

static bool keeps_any(const GArray *steps)
{
    for (guint i = 0; i < steps->len; i++) {
        if (g_array_index(steps, struct step, i).kind == STEP_KEEP) {
            return true;
        }
    }
    return false;
}

static struct vector *private_copy(const struct vector *vector)
{
    struct vector *copy = vector_new();
    segment_array_append(&copy->segments, vector->segments.items, vector_count(vector));
    copy->length = vector->length;
    copy->open_ended = vector->open_ended;
    copy->pending_skip = vector->pending_skip;
    copy->pending_limit = vector->pending_limit;
    return copy;
}

bool engine_run(const struct engine_job *job, uint64_t *done, GError **error)
{
    struct engine engine = {
        .job = job,
        .own = keeps_any(job->steps) ? private_copy(job->vector) : NULL,
        .writer = start_writer(job),
        .ends = g_new0(uint64_t, job->sink_count),
    };
    for (uint32_t i = 0; i < job->sink_count; i++) {
        engine.ends[i] = job->sinks[i].offset;
    }
    engine.vector = engine.own ? engine.own : job->vector;
    engine.reader =
        reader_new(engine.vector, job->files, READER_REPEATS | job->reader_flags, job->shortage);
    reader_on_interrupt(engine.reader, tick_interrupted, &engine);
    if (job->unreadable) {
        reader_on_unreadable(engine.reader, job->unreadable, job->unreadable_context);
    }
    if (job->await) {
        reader_on_wait(engine.reader, job->await, job->context);
    }
    engine.zerocopy.on = job->sink_count == 1 && engine_start_zerocopy(&engine, &job->sinks[0]);
    bool ok = true;
    for (guint i = 0; ok && i < job->steps->len; i++) {
        ok = run_step(&engine, g_array_index(job->steps, struct step, i), error);
    }
    ok = ok && check_drained(&engine, error) && set_sizes(&engine, error) &&
         (!engine.writer || remote_writer_settle(engine.writer, error));
    *done = engine.done - (ok ? 0 : missing_at_ends(&engine));
    if (!ok && engine.writer) {
        *done = remote_writer_sure(engine.writer, *done);
    }
    remote_writer_free(engine.writer);
    reader_free(engine.reader);
    vector_free(engine.own);
    g_free(engine.ends);
    return ok;
}
