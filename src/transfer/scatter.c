/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "transfer/scatter.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>

#include "segment/error.h"
#include "segment/segment.h"
#include "transfer/remote-writer.h"

struct scatter {
    const struct sink *sinks;
    uint32_t count;
    uint32_t current;
    uint64_t used; /* of the current sink */
    uint64_t done;
    struct remote_writer *writer; /* NULL: no bytes went to a remote */
};

struct scatter *scatter_new(const struct sink *sinks, uint32_t count)
{
    struct scatter *scatter = g_new0(struct scatter, 1);
    *scatter = (struct scatter){ .sinks = sinks, .count = count };
    return scatter;
}

void scatter_free(struct scatter *scatter)
{
    remote_writer_free(scatter->writer);
    g_free(scatter);
}

static uint64_t room_of(const struct scatter *scatter, uint32_t index)
{
    if (index >= scatter->count) {
        return 0;
    }
    const uint64_t length = scatter->sinks[index].length;
    const uint64_t used = index == scatter->current ? scatter->used : 0;
    return length == SEGMENT_TO_END ? SEGMENT_TO_END : length - used;
}

uint64_t scatter_sink_room(const struct scatter *scatter)
{
    return room_of(scatter, scatter->current);
}

uint64_t scatter_room(const struct scatter *scatter)
{
    uint64_t room = 0;
    for (uint32_t i = scatter->current; i < scatter->count; i++) {
        const uint64_t more = room_of(scatter, i);
        if (more == SEGMENT_TO_END) {
            return SEGMENT_TO_END;
        }
        room += more;
    }
    return room;
}

uint64_t scatter_done(const struct scatter *scatter)
{
    return scatter->writer ? remote_writer_sure(scatter->writer, scatter->done) : scatter->done;
}

bool scatter_settle(struct scatter *scatter, GError **error)
{
    return !scatter->writer || remote_writer_settle(scatter->writer, error);
}

void scatter_next_sink(struct scatter *scatter)
{
    scatter->current++;
    scatter->used = 0;
}

static bool write_error(const struct scatter *scatter, uint64_t offset, GError **error)
{
    g_set_error(error, IOVTOOL_ERROR, IOVTOOL_ERROR_SOURCE, "%s: cannot write at %" PRIu64 ": %s",
                scatter->sinks[scatter->current].name, offset, g_strerror(errno));
    return false;
}

static bool put(struct scatter *scatter, const uint8_t *bytes, size_t length, GError **error)
{
    const struct sink *sink = &scatter->sinks[scatter->current];
    const struct remote_target target = {
        .remote = sink->remote,
        .name = sink->name,
        .offset = sink->offset + scatter->used,
        .position = scatter->done,
    };
    if (!scatter->writer) {
        scatter->writer = remote_writer_new();
    }
    return remote_writer_put(scatter->writer, &target, bytes, length, error);
}

/* One write into the current sink. */
static bool write_some(struct scatter *scatter, const uint8_t *bytes, size_t length,
                       size_t *written, GError **error)
{
    const struct sink *sink = &scatter->sinks[scatter->current];
    const uint64_t offset = sink->offset + scatter->used;
    const struct iovec iov = { (void *)(uintptr_t)bytes, length };
    if (sink->kind == SINK_REMOTE) {
        *written = length;
        return put(scatter, bytes, length, error);
    }
    const ssize_t n = sink_write(sink, offset, &iov, 1);
    *written = n > 0 ? (size_t)n : 0;
    if (n < 0 && errno == EAGAIN) {
        struct pollfd wait = { .fd = sink->fd, .events = POLLOUT };
        (void)poll(&wait, 1, -1);
    } else if (n < 0 && errno != EINTR) {
        return write_error(scatter, offset, error);
    }
    return true;
}

bool scatter_write(struct scatter *scatter, const uint8_t *bytes, size_t length, GError **error)
{
    while (length > 0) {
        const uint64_t room = scatter_sink_room(scatter);
        size_t written;
        if (room == 0) {
            g_assert(scatter->current < scatter->count);
            scatter_next_sink(scatter);
            continue;
        }
        if (!write_some(scatter, bytes, (size_t)MIN((uint64_t)length, room), &written, error)) {
            return false;
        }
        bytes += written;
        length -= written;
        scatter->used += written;
        scatter->done += written;
    }
    return true;
}
