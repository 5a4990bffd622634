/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/one-file.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "core/restart.h"
#include "segment/error.h"
#include "segment/escape.h"
#include "source/server.h"
#include "transfer/remote-writer.h"

/* -1 with *error set, unless it is still the file that was looked at. */
static int open_same(const struct file *file, GError **error)
{
    /* Should it be a FIFO by now, that must not wait for a reader; a file takes no notice. */
    const int fd = restart_open(file->name, O_WRONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0);
    if (fd < 0) {
        file_errno(file->name, errno, error);
        return -1;
    }
    if (!file_is_still(file, fd, error)) {
        close(fd);
        return -1;
    }
    return fd;
}

static struct sink *sinks_of(const struct places *places, int fd, const char *shown)
{
    struct sink *sinks = g_new(struct sink, MAX(places->count, 1u));
    for (uint32_t i = 0; i < places->count; i++) {
        sinks[i] = (struct sink){
            .kind = places->file->remote ? SINK_REMOTE : SINK_FILE,
            .fd = fd,
            .name = shown,
            .offset = places->list[i].offset,
            .length = places->list[i].length,
            .device = places->file->device,
            .inode = places->file->inode,
            .remote = places->file->remote,
        };
    }
    return sinks;
}

static bool write_places(const struct moving_options *options, const struct vector_input *input,
                         const struct places *places, int fd, const char *shown, GError **error)
{
    g_autofree struct sink *sinks = sinks_of(places, fd, shown);
    g_autoptr(GArray) steps = plan_make(input->vector, sinks, places->count, &plan_default_limits);
    struct engine_job job = {
        .vector = input->vector,
        .files = input->files,
        .sinks = sinks,
        .sink_count = places->count,
        .steps = steps,
        .shortage = input->shortage,
        .reader_flags = input->reader_flags,
        .fixed_room = true,
    };
    return move_job(options, &job, error);
}

static bool move_to_remote(const struct moving_options *options, const struct vector_input *input,
                           const struct places *places, GError **error)
{
    const struct file *file = places->file;
    const bool sync = options->destination.fsync;
    g_autoptr(GString) shown = g_string_new(NULL);
    escape(shown, file->name, file->name_length);
    g_assert(places->cut_at == SEGMENT_TO_END);
    if (!remote_is_writable(file->remote, shown->str, sync, error) ||
        !write_places(options, input, places, -1, shown->str, error)) {
        return false;
    }
    const bool ends = is_server_word(file->name) && file->remote->facts.can_flush;
    return !(sync || ends) || remote_flush(file->remote, shown->str, error);
}

bool move_to_places(const struct moving_options *options, const struct vector_input *input,
                    const struct places *places, GError **error)
{
    if (places->file->remote) {
        return move_to_remote(options, input, places, error);
    }
    g_autoptr(GString) shown = g_string_new(NULL);
    escape(shown, places->file->name, places->file->name_length);
    const char *name = places->file->name;
    const int fd = open_same(places->file, error);
    if (fd < 0) {
        return false;
    }
    bool ok = write_places(options, input, places, fd, shown->str, error);
    if (ok && places->cut_at != SEGMENT_TO_END) {
        ok = restart_ftruncate(fd, (off_t)places->cut_at) == 0 || file_errno(name, errno, error);
    }
    if (ok && options->destination.fsync) {
        ok = restart_fsync(fd) == 0 || file_errno(name, errno, error);
    }
    return restart_close(fd) == 0 || !ok ? ok : file_errno(name, errno, error);
}
