/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Destinations that are exports of servers: written in place, as block devices are. */
#include <inttypes.h>

#include "cli/destination-internal.h"
#include "segment/error.h"
#include "segment/files.h"
#include "segment/range.h"
#include "source/remote.h"
#include "source/server.h"
#include "transfer/remote-writer.h"

/* What is asked for a file, and an export does not have. */
static bool check_options(const struct destination_options *options, const char *shown,
                          GError **error)
{
    const char *option = options->append       ? "--append"
                         : options->extend     ? "--extend"
                         : options->atomic     ? "--atomic"
                         : options->no_clobber ? "--no-clobber"
                                               : NULL;
    return !option || usage_error(error,
                                  "%s: %s is for files; an export is there, keeps its size, "
                                  "and is written in place",
                                  shown, option);
}

bool destination_open_remote(struct destinations *destinations, struct destination *destination,
                             const struct spec *spec, struct sink *sink, GError **error)
{
    const struct destination_options *options = destinations->options;
    if (!options->files) {
        return usage_error(error, "%s: cannot be written to", destination->shown);
    }
    if (!check_options(options, destination->shown, error)) {
        return false;
    }
    const struct file *file =
        files_open_remote(options->files, spec->name, spec->name_length, error);
    if (!file || !remote_is_writable(file->remote, destination->shown, options->fsync, error)) {
        return false;
    }
    *sink = (struct sink){
        .kind = SINK_REMOTE, .fd = -1, .name = destination->shown, .remote = file->remote
    };
    destination->placed = true;
    destination->ends_with_run = is_server_word(file->name);
    destination->has_end = spec->range.form == RANGE_UNTIL;
    int64_t asked_offset;
    uint64_t asked_length;
    const bool inside = range_select(&spec->range, file->size, &sink->offset, &sink->length,
                                     &asked_offset, &asked_length);
    const bool moved = asked_offset < 0 || (uint64_t)asked_offset > file->size;
    if (!inside && (moved || !options->allow_short)) {
        g_autofree char *outside = range_outside(spec, file->size, "the export");
        g_set_error(error, IOVTOOL_ERROR, IOVTOOL_ERROR_RANGE, "%s: %s", destination->shown,
                    outside);
        return false;
    }
    return true;
}

/* Once for all ranges of an export: with the last of them. */
bool destination_flush(const struct destinations *destinations, unsigned index, GError **error)
{
    const struct sink *sink = &destinations->sinks[index];
    const bool wanted = destinations->options->fsync || destinations->list[index].ends_with_run;
    for (unsigned i = index + 1; i < destinations->count; i++) {
        if (destinations->sinks[i].remote == sink->remote) {
            return true;
        }
    }
    return !wanted || !sink->remote->facts.can_flush ||
           remote_flush(sink->remote, sink->name, error);
}

bool destinations_are_lost(const struct destinations *destinations)
{
    for (unsigned i = 0; i < destinations->count; i++) {
        const struct remote *remote = destinations->sinks[i].remote;
        if (remote && remote->trouble != REMOTE_FINE) {
            return true;
        }
    }
    return false;
}
