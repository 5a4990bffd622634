/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "command/discard-in-place.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/falloc.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/file-name.h"
#include "command/discard-internal.h"
#include "core/restart.h"
#include "segment/error.h"

/* The file that is cut. */
struct target {
    const char *path; /* absolute, links followed */
    struct files *files;
    struct file *file;  /* for reading */
    struct stat status; /* when it was opened */
    int fd;             /* for cutting: the same file */
    uint64_t front;
    uint64_t back;
};

/* Refused: the file is as it was. */
enum outcome { CUT_FAILED, CUT_REFUSED, CUT_DONE };

struct file *discard_open(struct files *files, const char *path, struct stat *status,
                          GError **error)
{
    /* Opening a FIFO would wait, so what it is comes first. */
    if (stat(path, status) == 0 && !S_ISREG(status->st_mode)) {
        file_error(path, S_ISDIR(status->st_mode) ? "is a directory" : "is not a regular file",
                   error);
        return NULL;
    }
    struct file *file = files_open(files, path, strlen(path), error);
    if (file && file->stream) {
        file_error(path, "is not a regular file", error);
        return NULL;
    }
    if (file && fstat(file->fd, status) != 0) {
        file_errno(path, errno, error);
        return NULL;
    }
    return file;
}

int discard_reopen(const char *path, int flags, const struct stat *status, GError **error)
{
    struct stat now;
    const int fd = restart_open(path, flags | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0);
    if (fd < 0 || fstat(fd, &now) != 0) {
        file_errno(path, errno, error);
    } else if (now.st_dev != status->st_dev || now.st_ino != status->st_ino) {
        file_error(path, "was replaced by another file during the run", error);
    } else {
        return fd;
    }
    if (fd >= 0) {
        (void)restart_close(fd); /* nothing was written to it */
    }
    return -1;
}

bool discard_append(struct vector *vector, struct file *file, uint64_t offset, uint64_t length,
                    GError **error)
{
    const struct segment segment = {
        .kind = SEGMENT_FILE, .file = file, .offset = offset, .length = length
    };
    return vector_append(vector, &segment, error);
}

bool discard_write_whole(struct files *files, struct vector *vector, const char *path,
                         struct destination_options destination, GError **error)
{
    struct moving_options options = { .destination = destination };
    options.destination.atomic = TRUE;
    options.destination.plain_paths = true;
    const struct vector_input input = { .files = files, .vector = vector };
    const char *const outputs[] = { path };
    return move_vector(&options, &input, outputs, 1, error);
}

static enum outcome cut_back(const struct target *target, uint64_t size, GError **error)
{
    if (restart_ftruncate(target->fd, (off_t)size) != 0 || restart_fsync(target->fd) != 0) {
        file_errno(target->path, errno, error);
        return CUT_FAILED;
    }
    return CUT_DONE;
}

/* What fallocate(2) says of a file system, or of a range, that cannot be collapsed. */
static bool is_refusal(int problem)
{
    return problem == EOPNOTSUPP || problem == ENOSYS || problem == EINVAL || problem == EPERM ||
           problem == ETXTBSY;
}

static enum outcome collapse_front(const struct target *target, GError **error)
{
    const int mode = FALLOC_FL_COLLAPSE_RANGE;
    if (restart_fallocate(target->fd, mode, 0, (off_t)target->front) != 0) {
        if (is_refusal(errno)) {
            return CUT_REFUSED;
        }
        file_errno(target->path, errno, error);
        return CUT_FAILED;
    }
    if (restart_fsync(target->fd) != 0) {
        file_errno(target->path, errno, error);
        return CUT_FAILED;
    }
    return CUT_DONE;
}

/* The rest as a new file, which other names of the old one would not see. */
static enum outcome write_rest(const struct target *target, GError **error)
{
    const uint64_t length = target->file->size - target->front - target->back;
    struct stat now;
    if (fstat(target->fd, &now) != 0 || (uint64_t)now.st_size != target->file->size) {
        file_error(target->path, "was changed by somebody else during the run", error);
        return CUT_REFUSED;
    }
    if (now.st_nlink > 1) {
        file_error(target->path, "has other names, and its front cannot be collapsed", error);
        return CUT_REFUSED;
    }
    /* Its time is new: a collapse that is refused changes that as well. */
    const struct stat only = now;
    const struct destination_options options = { .only = &only };
    struct vector *rest = vector_new();
    const bool ok = discard_append(rest, target->file, target->front, length, error) &&
                    discard_write_whole(target->files, rest, target->path, options, error);
    vector_free(rest);
    if (ok) {
        return CUT_DONE;
    }
    /* It may have failed after the new file took its place. */
    const bool there = stat(target->path, &now) == 0 && now.st_dev == target->status.st_dev &&
                       now.st_ino == target->status.st_ino;
    return there ? CUT_REFUSED : CUT_FAILED;
}

/* With the front gone: what was appended meanwhile was not saved, and is not cut. */
static enum outcome cut_rest(const struct target *target, GError **error)
{
    const uint64_t left = target->file->size - target->front;
    struct stat now;
    if (fstat(target->fd, &now) != 0) {
        file_errno(target->path, errno, error);
        return CUT_FAILED;
    }
    if ((uint64_t)now.st_size != left) {
        file_error(target->path,
                   "was changed by somebody else during the run; its front is cut, its back is not",
                   error);
        return CUT_FAILED;
    }
    return cut_back(target, left - target->back, error);
}

/* The front first: collapsed, or else with the back in one go. */
static enum outcome cut(const struct target *target, GError **error)
{
    const uint64_t size = target->file->size;
    if (!name_is_unchanged(target->path, &target->status, error)) {
        return CUT_REFUSED;
    }
    if (target->front == 0) {
        return target->back == 0 ? CUT_DONE : cut_back(target, size - target->back, error);
    }
    /* A range that reaches the end cannot be collapsed. */
    const enum outcome collapsed =
        target->front < size ? collapse_front(target, error) : CUT_REFUSED;
    if (collapsed != CUT_DONE) {
        return collapsed == CUT_REFUSED ? write_rest(target, error) : CUT_FAILED;
    }
    return target->back == 0 ? CUT_DONE : cut_rest(target, error);
}

static bool check_amounts(struct target *target, bool allow_short, GError **error)
{
    const uint64_t size = target->file->size;
    if (target->front <= size && target->back <= size - target->front) {
        return true;
    }
    if (!allow_short) {
        g_autofree char *problem = g_strdup_printf("asked to discard %" PRIu64 " + %" PRIu64
                                                   " bytes, but the file has %" PRIu64,
                                                   target->front, target->back, size);
        return file_error(target->path, problem, error);
    }
    target->front = MIN(target->front, size);
    target->back = MIN(target->back, size - target->front);
    return true;
}

/* An undo file without a cut would only stand in the way of the next. */
static bool save_and_cut(const struct target *target, const char *undo_path, move_tell_fn *tell,
                         const void *context, GError **error)
{
    if (tell && !tell(context, error)) {
        return false;
    }
    if (undo_path && !discard_save_undo(target->files, target->file, target->path, target->front,
                                        target->back, undo_path, error)) {
        return false;
    }
    const enum outcome outcome = cut(target, error);
    if (outcome == CUT_REFUSED && undo_path) {
        (void)unlink(undo_path);
    }
    return outcome == CUT_DONE;
}

static bool close_target(const struct target *target, bool ok, GError **error)
{
    if (restart_close(target->fd) != 0 && ok) {
        return file_errno(target->path, errno, error);
    }
    return ok;
}

bool in_place_discard(const char *path, uint64_t front, uint64_t back, bool allow_short,
                      const char *undo_path, move_tell_fn *tell, const void *context,
                      GError **error)
{
    char *followed = realpath(path, NULL);
    if (!followed) {
        return file_errno(path, errno, error);
    }
    struct target target = {
        .path = followed, .files = files_new(), .front = front, .back = back, .fd = -1
    };
    target.file = discard_open(target.files, followed, &target.status, error);
    bool ok = target.file && check_amounts(&target, allow_short, error);
    if (ok) {
        target.fd = discard_reopen(followed, O_RDWR, &target.status, error);
        ok = target.fd >= 0 &&
             close_target(&target, save_and_cut(&target, undo_path, tell, context, error), error);
    }
    files_free(target.files);
    free(followed);
    return ok;
}
