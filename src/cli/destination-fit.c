/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether a vector, or a share of one, fits its destinations. */
#include <fcntl.h>
#include <inttypes.h>
#include <unistd.h>

#include "cli/command.h"
#include "cli/destination-internal.h"
#include "segment/error.h"
#include "segment/escape.h"
#include "segment/files.h"

bool destinations_are_bounded(const struct destinations *destinations)
{
    return destinations->sinks[destinations->count - 1].length != SEGMENT_TO_END;
}

/* Refuses a destination that would empty the source `file`, or move its end; says what to write
 * instead. A descriptor is told from the file behind it. */
static bool is_source(const struct destination *destination, const struct sink *sink,
                      const struct file *file, GError **error)
{
    const int flags = fcntl(sink->fd, F_GETFL);
    g_autoptr(GString) name = g_string_new(NULL);
    escape(name, file->name, file->name_length);
    const char *path = destination->path ? destination->shown
                       : file->inherited ? "FILE"
                                         : name->str;
    g_autofree char *advice =
        flags >= 0 && (flags & O_APPEND)
            ? g_strdup_printf("-o %s@%" PRIu64 " writes behind its end", path,
                              (uint64_t)destination->status.st_size)
            : g_strdup_printf("-o %s@RANGE writes inside of it, --atomic -o %s replaces it at the "
                              "end",
                              path, path);
    const char *who = sink->fd == STDOUT_FILENO ? "standard output" : destination->shown;
    return destination->path || file->inherited
               ? usage_error(error, "%s: is a source as well; %s", who, advice)
               : usage_error(error, "%s: is %s, a source as well; %s", who, name->str, advice);
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
                return is_source(&destinations->list[j], sink, segment->file, error);
            }
        }
    }
    return true;
}

static uint64_t room_of(const struct destinations *destinations)
{
    uint64_t room = 0;
    for (unsigned i = 0; i < destinations->count; i++) {
        room += destinations->sinks[i].length;
    }
    return room;
}

/* At least `least` bytes will come, of a vector of `length`; all destinations have an end. */
static bool check_room(const struct destinations *destinations, uint64_t least, uint64_t length,
                       GError **error)
{
    const uint64_t room = room_of(destinations);
    bool has_end = false;
    if (least <= room || destinations->options->allow_short) {
        return true;
    }
    for (unsigned i = 0; i < destinations->count; i++) {
        has_end |= destinations->list[i].has_end;
    }
    const bool meant_inclusive = has_end && least == room + 1;
    g_set_error(error, IOVTOOL_ERROR, IOVTOOL_ERROR_RANGE,
                "the destinations take %" PRIu64 " bytes, but the vector has %" PRIu64 "%s", room,
                length,
                meant_inclusive ? "; the byte at the END of a range is not part of it" : "");
    return false;
}

/* Only places can be shared. */
static bool check_sharing(const struct destinations *destinations, bool *placed, GError **error)
{
    *placed = true;
    for (unsigned i = 0; i < destinations->count; i++) {
        const struct destination *destination = &destinations->list[i];
        const bool replaces = destination->whole || destination->is_new || destination->replacement;
        if (replaces && !destination->placed && !destinations->options->no_clobber) {
            return usage_error(error,
                               "%s: each slice would replace the file; -o FILE@0 --extend writes "
                               "inside of it, --no-clobber makes a new one for each",
                               destination->shown);
        }
        if (!destination->placed && destinations->count > 1) {
            return usage_error(error, "%s: with --slice each of several destinations needs a range",
                               destination->shown);
        }
        *placed = *placed && destination->placed;
    }
    return true;
}

bool destinations_share(struct destinations *destinations, uint64_t total, uint64_t offset,
                        GError **error)
{
    bool placed;
    if (!check_sharing(destinations, &placed, error)) {
        return false;
    }
    if (!placed) {
        return true;
    }
    if (destinations_are_bounded(destinations) && !check_room(destinations, total, total, error)) {
        return false;
    }
    for (unsigned i = 0; i < destinations->count; i++) {
        struct sink *sink = &destinations->sinks[i];
        const uint64_t cut = MIN(offset, sink->length);
        sink->offset += cut;
        sink->length -= sink->length == SEGMENT_TO_END ? 0 : cut;
        offset -= cut;
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
    const uint64_t room = room_of(destinations);
    const uint64_t least =
        MIN(vector->length - MIN(vector->length, vector->pending_skip), vector->pending_limit);
    return check_room(destinations, least, vector->length, error) &&
           (vector->open_ended || vector->length <= room ||
            vector_slice(vector, 0, room, SLICE_ALLOW_SHORT, error));
}
