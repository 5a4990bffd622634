/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "command/fill-targets.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "core/restart.h"
#include "segment/error.h"
#include "segment/escape.h"
#include "segment/files.h"
#include "source/remote.h"
#include "source/server.h"
#include "transfer/remote-writer.h"

struct fill_targets {
    GHashTable *writers; /* struct file -> struct writer, owns them */
    bool sync;           /* at the end */
};

struct writer {
    int fd;
    struct remote *remote; /* of an export, which has no descriptor */
    bool sync;
    bool ends_with_run; /* an export of a server that the run started */
    char *shown;        /* the name for messages */
};

static void writer_free(gpointer data)
{
    struct writer *writer = data;
    if (writer->fd >= 0) {
        close(writer->fd);
    }
    g_free(writer->shown);
    g_free(writer);
}

static struct writer *writer_new(const struct file *file, bool sync)
{
    g_autoptr(GString) shown = g_string_new(NULL);
    escape(shown, file->name, file->name_length);
    struct writer *writer = g_new0(struct writer, 1);
    writer->fd = -1;
    writer->remote = file->remote;
    writer->sync = sync;
    writer->ends_with_run = is_server_word(file->name);
    writer->shown = g_strdup(shown->str);
    return writer;
}

static bool writer_error(const struct writer *writer, const char *what, GError **error)
{
    g_set_error(error, IOVTOOL_ERROR, IOVTOOL_ERROR_SOURCE, "%s: %s", writer->shown, what);
    return false;
}

static const char *open_problem(int problem)
{
    return problem == EMFILE || problem == ENFILE
               ? "too many open files: fill keeps all it writes to open"
               : g_strerror(problem);
}

static bool writer_open(struct writer *writer, const struct file *file, GError **error)
{
    if (writer->remote) {
        return remote_is_writable(writer->remote, writer->shown, writer->sync, error);
    }
    /* O_NONBLOCK: it may be a FIFO by now. */
    const int flags = O_WRONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK | (file->missing ? O_CREAT : 0);
    writer->fd = restart_open(file->name, flags, 0666);
    if (writer->fd < 0) {
        return writer_error(writer, open_problem(errno), error);
    }
    return file_is_still(file, writer->fd, error);
}

/* Opens those that are there, or makes the ones that are not. */
static bool open_some(struct fill_targets *targets, const struct vector *vector, bool missing,
                      bool dry_run, GError **error)
{
    for (size_t i = 0; i < vector_count(vector); i++) {
        struct file *file = vector_segment(vector, i)->file;
        if (file->missing != missing || g_hash_table_contains(targets->writers, file)) {
            continue;
        }
        struct writer *writer = writer_new(file, targets->sync);
        g_hash_table_insert(targets->writers, file, writer);
        if (!(missing && dry_run) && !writer_open(writer, file, error)) {
            return false;
        }
    }
    return true;
}

struct fill_targets *fill_targets_open(const struct vector *vector, bool dry_run, bool sync,
                                       GError **error)
{
    struct fill_targets *targets = g_new0(struct fill_targets, 1);
    targets->sync = sync;
    targets->writers = g_hash_table_new_full(g_direct_hash, g_direct_equal, NULL, writer_free);
    if (!open_some(targets, vector, false, dry_run, error) ||
        !open_some(targets, vector, true, dry_run, error)) {
        fill_targets_close(targets, false, NULL);
        return NULL;
    }
    return targets;
}

void fill_targets_sink(const struct fill_targets *targets, const struct segment *segment,
                       struct sink *sink)
{
    const struct writer *writer = g_hash_table_lookup(targets->writers, segment->file);
    *sink = (struct sink){
        .kind = writer->remote ? SINK_REMOTE : SINK_FILE,
        .fd = writer->fd,
        .name = writer->shown,
        .offset = segment->offset,
        .length = segment->length,
        .device = segment->file->device,
        .inode = segment->file->inode,
        .remote = writer->remote,
    };
}

static bool writer_flush(const struct writer *writer, GError **error)
{
    const bool wanted = writer->sync || (writer->ends_with_run && writer->remote->facts.can_flush);
    return !wanted || remote_flush(writer->remote, writer->shown, error);
}

static bool writer_close(struct writer *writer, GError **error)
{
    const int fd = writer->fd;
    if (writer->remote) {
        return writer_flush(writer, error);
    }
    if (fd < 0) {
        return true; /* it was only planned */
    }
    if (writer->sync && restart_fsync(fd) != 0) {
        return writer_error(writer, g_strerror(errno), error);
    }
    writer->fd = -1;
    return restart_close(fd) == 0 || writer_error(writer, g_strerror(errno), error);
}

bool fill_targets_close(struct fill_targets *targets, bool ok, GError **error)
{
    GHashTableIter iter;
    gpointer writer;
    if (!targets) {
        return ok;
    }
    g_hash_table_iter_init(&iter, targets->writers);
    while (ok && g_hash_table_iter_next(&iter, NULL, &writer)) {
        ok = writer_close(writer, error);
    }
    g_hash_table_unref(targets->writers);
    g_free(targets);
    return ok;
}
