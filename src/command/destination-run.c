/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <unistd.h>

#include "command/command.h"
#include "command/destination-internal.h"
#include "segment/files.h"
#include "segment/spec.h"

#define OPTION(member) offsetof(struct destination_options, member)

const struct option destination_option_table[] = {
    { "append", 0, OPTION_FLAG, OPTION(append), "write at the end of FILE", NULL, NULL },
    { "no-clobber", 0, OPTION_FLAG, OPTION(no_clobber), "refuse a FILE that exists already", NULL,
      NULL },
    { "atomic", 0, OPTION_FLAG, OPTION(atomic), "put FILE in place only when complete and on disk",
      NULL, NULL },
    { "fsync", 0, OPTION_FLAG, OPTION(fsync), "wait until all is on disk", NULL, NULL },
    { .name = NULL },
};

bool destinations_are_bounded(const struct destinations *destinations)
{
    return destinations->sinks[destinations->count - 1].length != SEGMENT_TO_END;
}

/* A file that is emptied before it is read has lost its bytes. */
static bool check_sources(const struct destinations *destinations, const struct vector *vector,
                          GError **error)
{
    for (size_t i = 0; i < vector_count(vector); i++) {
        const struct segment *segment = vector_segment(vector, i);
        for (unsigned j = 0; segment->kind == SEGMENT_FILE && j < destinations->count; j++) {
            const struct sink *sink = &destinations->sinks[j];
            const bool same =
                segment->file->device == sink->device && segment->file->inode == sink->inode;
            if (same && (destinations->list[j].whole || sink->kind == SINK_OTHER)) {
                return usage_error(
                    error,
                    "%s: is a source as well; give it a range to write inside of it, or "
                    "--atomic to replace it at the end",
                    destinations->list[j].shown);
            }
        }
    }
    return true;
}

bool destinations_fit(const struct destinations *destinations, struct vector *vector,
                      GError **error)
{
    if (!check_sources(destinations, vector, error)) {
        return false;
    }
    if (!destinations_are_bounded(destinations)) {
        return true;
    }
    uint64_t room = 0;
    bool has_end = false;
    for (unsigned i = 0; i < destinations->count; i++) {
        room += destinations->sinks[i].length;
        has_end |= destinations->list[i].has_end;
    }
    const uint64_t least =
        MIN(vector->length - MIN(vector->length, vector->pending_skip), vector->pending_limit);
    if (least > room && !destinations->options->allow_short) {
        const bool meant_inclusive = has_end && least == room + 1;
        g_set_error(error, SEGMENT_ERROR, SEGMENT_ERROR_RANGE,
                    "the destinations take %" PRIu64 " bytes, but the vector has %" PRIu64 "%s",
                    room, vector->length,
                    meant_inclusive ? "; the byte at the END of a range is not part of it" : "");
        return false;
    }
    return vector->open_ended || vector->length <= room ||
           vector_slice(vector, 0, room, SLICE_ALLOW_SHORT, error);
}

const struct sink *destinations_sinks(const struct destinations *destinations, uint32_t *count)
{
    *count = destinations->count;
    return destinations->sinks;
}

static bool create(const struct destinations *destinations, struct destination *destination,
                   struct sink *sink, GError **error)
{
    const int append = destinations->options->append ? O_APPEND : 0;
    sink->fd = open(destination->path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | append, 0666);
    if (sink->fd < 0) {
        return destination_error(destination->shown, g_strerror(errno), error);
    }
    return destination_look_at(destination, sink, error);
}

bool destinations_start(struct destinations *destinations, GError **error)
{
    for (unsigned i = 0; i < destinations->count; i++) {
        struct destination *destination = &destinations->list[i];
        if (destination->is_new &&
            !create(destinations, destination, &destinations->sinks[i], error)) {
            return false;
        }
    }
    for (unsigned i = 0; i < destinations->count; i++) {
        struct destination *destination = &destinations->list[i];
        struct sink *sink = &destinations->sinks[i];
        if (destination->whole && ftruncate(sink->fd, 0) != 0) {
            return destination_error(destination->shown, g_strerror(errno), error);
        }
        sink->fresh = sink->kind == SINK_FILE &&
                      (destination->whole || destination->is_new || destination->replacement);
    }
    return true;
}

/* The same descriptor may be several destinations, and is closed with the first. */
static bool is_used_before(const struct destinations *destinations, unsigned index)
{
    for (unsigned i = 0; i < index; i++) {
        if (destinations->sinks[i].fd == destinations->sinks[index].fd) {
            return true;
        }
    }
    return false;
}

static bool finish_one(const struct destinations *destinations, unsigned index, bool ok,
                       GError **error)
{
    struct destination *destination = &destinations->list[index];
    const int fd = destinations->sinks[index].fd;
    if (destination->replacement) {
        return replacement_finish(destination->replacement, ok, error);
    }
    const mode_t mode = destination->status.st_mode;
    const bool can_sync = S_ISREG(mode) || S_ISBLK(mode);
    if (ok && destinations->options->fsync && can_sync && fsync(fd) != 0) {
        ok = destination_error(destination->shown, g_strerror(errno), error);
    }
    const bool closes =
        destination->path || (fd == STDOUT_FILENO && !is_used_before(destinations, index));
    if (fd >= 0 && closes && close(fd) != 0 && ok) {
        ok = destination_error(destination->shown, g_strerror(errno), error);
    }
    return ok;
}

bool destinations_finish(struct destinations *destinations, bool ok, GError **error)
{
    for (unsigned i = 0; i < destinations->count; i++) {
        ok = finish_one(destinations, i, ok, error) && ok;
        g_free(destinations->list[i].path);
        g_free(destinations->list[i].shown);
    }
    g_free(destinations->list);
    g_free(destinations->sinks);
    g_free(destinations);
    return ok;
}
