/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/fs.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/command.h"
#include "cli/destination-internal.h"
#include "cli/file-name.h"
#include "cli/replacement.h"
#include "core/restart.h"
#include "segment/error.h"
#include "segment/escape.h"
#include "segment/files.h"
#include "segment/name-clash.h"
#include "segment/range.h"
#include "segment/spec.h"

#define PIPE_SIZE (1024 * 1024)

static bool destination_error(const char *shown, const char *what, GError **error)
{
    g_set_error(error, IOVTOOL_ERROR, IOVTOOL_ERROR_SOURCE, "%s: %s", shown, what);
    return false;
}

static bool device_size(int fd, const struct stat *status, uint64_t *size)
{
    *size = (uint64_t)status->st_size;
    return !S_ISBLK(status->st_mode) || ioctl(fd, BLKGETSIZE64, size) == 0;
}

static enum sink_kind kind_of(const struct destination *destination, int fd)
{
    const mode_t mode = destination->status.st_mode;
    const int flags = fcntl(fd, F_GETFL);
    if (S_ISFIFO(mode)) {
        return SINK_PIPE;
    }
    const bool random = S_ISREG(mode) || S_ISBLK(mode);
    return random && flags >= 0 && !(flags & O_APPEND) ? SINK_FILE : SINK_OTHER;
}

/* The facts that hold for all of an open destination. */
static bool destination_look_at(struct destination *destination, struct sink *sink, GError **error)
{
    if (fstat(sink->fd, &destination->status) != 0) {
        return destination_error(destination->shown, g_strerror(errno), error);
    }
    if (S_ISDIR(destination->status.st_mode)) {
        return destination_error(destination->shown, "is a directory", error);
    }
    sink->name = destination->shown;
    sink->kind = kind_of(destination, sink->fd);
    sink->length = SEGMENT_TO_END;
    sink->device = destination->status.st_dev;
    sink->inode = destination->status.st_ino;
    sink->block =
        S_ISREG(destination->status.st_mode) ? (uint32_t)destination->status.st_blksize : 0;
    if (sink->kind == SINK_PIPE) {
        (void)fcntl(sink->fd, F_SETPIPE_SZ, PIPE_SIZE); /* less does as well, only slower */
    }
    return true;
}

/* A range of a file of procfs that says it has 0 bytes, such as /proc/PID/mem. */
static bool apply_unsized(const struct destination *destination, const struct spec *spec,
                          struct sink *sink)
{
    const struct range *range = &spec->range;
    bool positioned = false;
    uint64_t offset;
    uint64_t length;
    if (!S_ISREG(destination->status.st_mode) || destination->status.st_size > 0 ||
        !destination->path || !range_place(range, &offset, &length)) {
        return false;
    }
    const int fd = restart_open(destination->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK, 0);
    if (fd >= 0) {
        (void)file_has_size(fd, &destination->status, &positioned);
        (void)restart_close(fd);
    }
    if (positioned) {
        sink->offset = offset;
        sink->length = length;
    }
    return positioned;
}

/* The range of a file that grows as far as is written. *fits: it is one, from `base` on. */
static bool apply_growing(const struct destinations *destinations, struct destination *destination,
                          const struct spec *spec, struct sink *sink, uint64_t base, bool *fits,
                          GError **error)
{
    uint64_t offset;
    uint64_t length;
    *fits = destinations->options->extend && range_place(&spec->range, &offset, &length) &&
            (destination->is_new || S_ISREG(destination->status.st_mode));
    if (!*fits) {
        return true;
    }
    if (base > SEGMENT_LENGTH_MAX - offset - (length == SEGMENT_TO_END ? 0 : length)) {
        return destination_error(destination->shown, g_strerror(EFBIG), error);
    }
    destination->placed = true;
    sink->offset = base + offset;
    sink->length = length;
    return true;
}

static bool outside_error(const struct destinations *destinations,
                          const struct destination *destination, const struct spec *spec,
                          uint64_t size, GError **error)
{
    uint64_t offset;
    uint64_t length;
    const bool may_grow = S_ISREG(destination->status.st_mode) &&
                          range_place(&spec->range, &offset, &length) &&
                          !destinations->options->never_extends;
    g_autofree char *outside = range_outside(spec, size, "the file");
    g_set_error(error, IOVTOOL_ERROR, IOVTOOL_ERROR_RANGE, "%s: %s%s", destination->shown, outside,
                may_grow ? "; --extend lets it grow" : "");
    return false;
}

/* The range must lie inside of the file; one without an end may grow it. */
static bool apply_range(const struct destinations *destinations, struct destination *destination,
                        const struct spec *spec, struct sink *sink, uint64_t base, GError **error)
{
    uint64_t size;
    uint64_t offset;
    uint64_t length;
    int64_t asked_offset;
    uint64_t asked_length;
    if (!device_size(sink->fd, &destination->status, &size)) {
        return destination_error(destination->shown, g_strerror(errno), error);
    }
    if (apply_unsized(destination, spec, sink)) {
        destination->placed = true;
        return true;
    }
    bool grows;
    if (!apply_growing(destinations, destination, spec, sink, base, &grows, error) || grows) {
        return grows && destination->placed;
    }
    size = MAX(size, base) - base;
    const bool inside =
        range_select(&spec->range, size, &offset, &length, &asked_offset, &asked_length);
    /* Less of the range may be taken, but never another place. */
    const bool moved = asked_offset < 0 || (uint64_t)asked_offset > size;
    if (!inside && (moved || !destinations->options->allow_short)) {
        return outside_error(destinations, destination, spec, size, error);
    }
    grows = spec->range.form == RANGE_FROM && S_ISREG(destination->status.st_mode);
    destination->placed = true;
    sink->offset = base + offset;
    sink->length = grows ? SEGMENT_TO_END : length;
    return true;
}

/* What a file will be that does not exist yet: destinations_start() makes it, also where a symbolic
 * link leads to. */
static bool plan_new(struct destination *destination, struct sink *sink, GError **error)
{
    char *place = name_follow(destination->path);
    g_free(destination->path);
    destination->path = place;
    g_autofree char *folder = g_path_get_dirname(destination->path);
    if (stat(folder, &destination->status) != 0) {
        return destination_error(destination->shown, g_strerror(errno), error);
    }
    destination->is_new = true;
    *sink = (struct sink){
        .kind = SINK_FILE,
        .fd = -1,
        .name = destination->shown,
        .length = SEGMENT_TO_END,
        .device = destination->status.st_dev,
        .block = (uint32_t)destination->status.st_blksize,
    };
    return true;
}

static bool open_whole(const struct destinations *destinations, struct destination *destination,
                       const struct spec *spec, struct sink *sink, GError **error)
{
    const struct destination_options *options = destinations->options;
    const int flags = O_WRONLY | O_CLOEXEC | O_NOCTTY | (options->append ? O_APPEND : 0);
    if (options->atomic) {
        const struct replacement_wants wants = {
            .must_be_new = options->no_clobber,
            .secret = options->secret,
            .only = options->only,
        };
        if (options->dry_run) {
            return replacement_is_possible(destination->path, &wants, error) &&
                   plan_new(destination, sink, error);
        }
        destination->replacement = replacement_new(destination->path, &wants, &sink->fd, error);
        return destination->replacement && destination_look_at(destination, sink, error);
    }
    struct stat status;
    if (options->no_clobber && lstat(destination->path, &status) == 0) {
        return destination_error(destination->shown, g_strerror(EEXIST), error);
    }
    if (options->dry_run && stat(destination->path, &status) == 0 && S_ISFIFO(status.st_mode)) {
        *sink = (struct sink){
            .kind = SINK_PIPE, .fd = -1, .name = destination->shown, .length = SEGMENT_TO_END
        };
        return true;
    }
    sink->fd = restart_open(destination->path, flags, 0);
    if (sink->fd < 0) {
        return errno == ENOENT ? plan_new(destination, sink, error)
                               : destination_error(destination->shown, g_strerror(errno), error);
    }
    if (!destination_look_at(destination, sink, error)) {
        return false;
    }
    destination->whole = !options->append && S_ISREG(destination->status.st_mode);
    return !S_ISBLK(destination->status.st_mode) ||
           apply_range(destinations, destination, spec, sink, 0, error);
}

/* A range of a file that does not exist yet. */
static bool plan_new_range(const struct destinations *destinations, struct destination *destination,
                           const struct spec *spec, struct sink *sink, GError **error)
{
    const struct destination_options *options = destinations->options;
    bool fits;
    if (!options->extend) {
        const char *hint = options->never_extends ? "; without a range the file would be made"
                                                  : "; --extend makes it";
        g_autofree char *problem = g_strconcat(g_strerror(ENOENT), hint, NULL);
        return destination_error(destination->shown, problem, error);
    }
    return plan_new(destination, sink, error) &&
           apply_growing(destinations, destination, spec, sink, 0, &fits, error) &&
           (fits || usage_error(error, "%s: a file that is made has no end to count from",
                                destination->shown));
}

/* There may be more ranges of a file than descriptors. `status` is that of the path. */
static int open_or_share(const struct destinations *destinations, const char *path,
                         const struct stat *status)
{
    const int shared = status ? destinations_descriptor(destinations, status) : -1;
    return shared >= 0 ? shared : restart_open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY, 0);
}

static bool open_path(const struct destinations *destinations, struct destination *destination,
                      const struct spec *spec, struct sink *sink, GError **error)
{
    const struct destination_options *options = destinations->options;
    destination->path = g_strndup(spec->name, spec->name_length);
    if (spec->range.form == RANGE_ALL) {
        return open_whole(destinations, destination, spec, sink, error);
    }
    if (options->atomic || options->append || options->no_clobber) {
        return usage_error(error,
                           "%s: --atomic, --append and --no-clobber take whole files, no ranges",
                           destination->shown);
    }
    destination->has_end = spec->range.form == RANGE_UNTIL;
    struct stat status;
    const bool exists = stat(destination->path, &status) == 0;
    if (exists && S_ISFIFO(status.st_mode)) { /* opening waits */
        return destination_error(destination->shown, "a range needs a file to write in", error);
    }
    sink->fd = open_or_share(destinations, destination->path, exists ? &status : NULL);
    if (sink->fd < 0) {
        return errno == ENOENT ? plan_new_range(destinations, destination, spec, sink, error)
                               : destination_error(destination->shown, g_strerror(errno), error);
    }
    if (!destination_look_at(destination, sink, error)) {
        return false;
    }
    if (sink->kind != SINK_FILE) {
        return destination_error(destination->shown, "a range needs a file to write in", error);
    }
    return apply_range(destinations, destination, spec, sink, 0, error);
}

/* An inherited descriptor is written from where it stands. */
static bool take_descriptor(struct destinations *destinations, struct destination *destination,
                            const struct spec *spec, struct sink *sink, GError **error)
{
    const struct destination_options *options = destinations->options;
    const bool is_dash = spec->text[0] == '-';
    if (options->atomic || options->append || options->no_clobber) {
        return usage_error(error, "%s: --atomic, --append and --no-clobber take files by name",
                           destination->shown);
    }
    sink->fd = is_dash ? STDOUT_FILENO : spec->fd;
    const int flags = fcntl(sink->fd, F_GETFL);
    if (flags < 0 || (flags & O_ACCMODE) == O_RDONLY) {
        return destination_error(destination->shown, "the descriptor is not open for writing",
                                 error);
    }
    if (!destination_look_at(destination, sink, error)) {
        return false;
    }
    if (spec->range.form == RANGE_ALL) {
        if (sink->kind == SINK_FILE) {
            sink->kind = SINK_OTHER; /* write() keeps the shared position right */
        }
        return true;
    }
    const off_t here = lseek(sink->fd, 0, SEEK_CUR);
    if (sink->kind != SINK_FILE || here < 0) {
        return destination_error(destination->shown, "a range needs a file to write in", error);
    }
    return apply_range(destinations, destination, spec, sink, (uint64_t)here, error);
}

static bool open_word(struct destinations *destinations, const char *word, unsigned index,
                      GByteArray *scratch, GError **error)
{
    struct destination *destination = &destinations->list[index];
    struct sink *sink = &destinations->sinks[index];
    struct spec spec = { .source = SPEC_PATH, .name = word, .name_length = strlen(word) };
    if (!destinations->options->plain_paths &&
        !spec_parse(word, strlen(word), scratch, &spec, error)) {
        return false;
    }
    g_autoptr(GString) shown = g_string_new(NULL);
    escape(shown, word, strlen(word));
    destination->shown = g_strdup(shown->str);
    if (spec.range.stride > 0) {
        return usage_error(error, "%s: a destination is one range, without a stride",
                           destination->shown);
    }
    switch (spec.source) {
    case SPEC_PATH:
        if (spec.bare_path && spec.range.form != RANGE_ALL && name_clashes(&spec, NULL)) {
            return destination_error(
                destination->shown,
                "a file has this whole name, and it also reads as a range; write "
                "file:NAME@0 for the file or file:NAME for the range",
                error);
        }
        return open_path(destinations, destination, &spec, sink, error);
    case SPEC_FD:
        return take_descriptor(destinations, destination, &spec, sink, error);
    case SPEC_REMOTE:
        return destination_open_remote(destinations, destination, &spec, sink, error);
    case SPEC_LITERAL:
    case SPEC_FILL:
    case SPEC_DUMP:
        break;
    }
    return usage_error(error, "%s: cannot be written to", destination->shown);
}

static bool open_words(struct destinations *destinations, const char *const *words, GError **error)
{
    g_autoptr(GByteArray) scratch = g_byte_array_new();
    bool placed = false;
    for (unsigned i = 0; i < destinations->count; i++) {
        if (!open_word(destinations, words[i], i, scratch, error) ||
            !destinations_note(destinations, &destinations->list[i], error)) {
            return false;
        }
        if (i > 0 && destinations->sinks[i - 1].length == SEGMENT_TO_END &&
            !destinations->options->separate) {
            return usage_error(error, "%s: takes all there is, so no destination can follow it",
                               destinations->list[i - 1].shown);
        }
        placed |= destinations->list[i].placed;
    }
    return placed || !destinations->options->extend ||
           usage_error(error, "--extend is about destinations with a range, FILE@START");
}

struct destinations *destinations_open(const char *const *words, unsigned count,
                                       const struct destination_options *options, GError **error)
{
    static const char *const standard_output[] = { "-" };
    if (count == 0 && !options->dry_run && isatty(STDOUT_FILENO)) {
        usage_error(error, "standard output is a terminal: %s writes raw bytes to it all the same",
                    options->for_terminals ? options->for_terminals : "-o -");
        return NULL;
    }
    struct destinations *destinations = g_new0(struct destinations, 1);
    destinations->options = options;
    destinations->count = MAX(count, 1u);
    destinations->list = g_new0(struct destination, destinations->count);
    destinations->sinks = g_new0(struct sink, destinations->count);
    destinations->seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (unsigned i = 0; i < destinations->count; i++) {
        destinations->sinks[i].fd = -1;
    }
    if (!open_words(destinations, count ? words : standard_output, error)) {
        destinations_finish(destinations, false, NULL);
        return NULL;
    }
    return destinations;
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
    /* Of a file that is extended, another process may have been the first. */
    const int flags = destination->placed ? O_NOCTTY : O_EXCL | append;
    const struct sink place = *sink;
    sink->fd = restart_open(destination->path, O_WRONLY | O_CREAT | O_CLOEXEC | flags, 0666);
    if (sink->fd < 0) {
        return destination_error(destination->shown, g_strerror(errno), error);
    }
    if (destinations->options->fsync) {
        destination->folder = folder_open(destination->path, sink->fd);
        if (!destination->folder) {
            return destination_error(destination->shown, g_strerror(errno), error);
        }
    }
    if (!destination_look_at(destination, sink, error)) {
        return false;
    }
    if (destination->placed && sink->kind != SINK_FILE) {
        return destination_error(destination->shown, "a range needs a file to write in", error);
    }
    sink->offset = place.offset;
    sink->length = place.length;
    return true;
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
        if (destination->whole && restart_ftruncate(sink->fd, 0) != 0) {
            return destination_error(destination->shown, g_strerror(errno), error);
        }
        sink->fresh = sink->kind == SINK_FILE && !destination->placed &&
                      (destination->whole || destination->is_new || destination->replacement);
    }
    return true;
}

static bool sync_file(const struct destination *destination, int fd, GError **error)
{
    const mode_t mode = destination->status.st_mode;
    if ((S_ISREG(mode) || S_ISBLK(mode)) && restart_fsync(fd) != 0) {
        return destination_error(destination->shown, g_strerror(errno), error);
    }
    if (destination->folder && !folder_sync(destination->folder)) {
        g_autofree char *problem =
            g_strdup_printf("is written, but its folder cannot be synced: %s", g_strerror(errno));
        return destination_error(destination->shown, problem, error);
    }
    return true;
}

static bool close_one(struct destinations *destinations, unsigned index, GError **error)
{
    struct sink *sink = &destinations->sinks[index];
    const struct destination *destination = &destinations->list[index];
    const int fd = sink->fd;
    const bool is_last = fd >= 0 && destinations_drop_user(destinations, fd);
    const bool closes = is_last && (destination->path || fd == STDOUT_FILENO);
    sink->fd = -1;
    return !closes || restart_close(fd) == 0 ||
           destination_error(destination->shown, g_strerror(errno), error);
}

bool destinations_settle(struct destinations *destinations, GError **error)
{
    bool ok = true;
    for (unsigned i = 0; ok && i < destinations->count; i++) {
        const struct destination *destination = &destinations->list[i];
        const int fd = destinations->sinks[i].fd;
        if (destination->replacement) {
            ok = replacement_sync(destination->replacement, error);
        } else if (destinations->sinks[i].kind == SINK_REMOTE) {
            ok = destinations->settled || destination_flush(destinations, i, error);
        } else if (destinations->options->fsync && !destinations->settled) {
            ok = sync_file(destination, fd, error);
        }
    }
    for (unsigned i = destinations->count; ok && i > 0; i--) {
        ok = destinations->list[i - 1].replacement || close_one(destinations, i - 1, error);
    }
    destinations->settled = ok;
    return ok;
}

static bool finish_one(struct destinations *destinations, unsigned index, bool ok, GError **error)
{
    struct destination *destination = &destinations->list[index];
    if (destination->replacement) {
        return replacement_finish(destination->replacement, ok, error);
    }
    (void)close_one(destinations, index, NULL); /* a run that failed; else there is nothing to do */
    return ok;
}

bool destinations_finish(struct destinations *destinations, bool ok, GError **error)
{
    unsigned in_place = 0;
    ok = ok && destinations_settle(destinations, error);
    for (unsigned i = 0; i < destinations->count; i++) {
        const bool goes_on = ok;
        ok = finish_one(destinations, i, ok, error) && ok;
        in_place += ok && destinations->list[i].replacement;
        if (goes_on && !ok && in_place > 0) {
            error_append(error, " (files put in place before it: %u)", in_place);
        }
        folder_close(destinations->list[i].folder);
        g_free(destinations->list[i].path);
        g_free(destinations->list[i].shown);
    }
    g_hash_table_unref(destinations->seen);
    g_clear_pointer(&destinations->users, g_hash_table_unref);
    g_free(destinations->list);
    g_free(destinations->sinks);
    g_free(destinations);
    return ok;
}
