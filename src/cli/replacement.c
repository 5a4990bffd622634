/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/replacement.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/attributes.h"
#include "cli/place.h"
#include "core/restart.h"
#include "core/temporary.h"
#include "segment/error.h"

struct replacement {
    char *shown; /* as the user named it, for messages */
    char *path;  /* what is replaced, links followed */
    struct folder *folder;
    char *name;                  /* of the new file, or NULL as long as it has none */
    struct temporary *temporary; /* that name */
    int fd;
    bool synced;
    bool existed; /* the file that is replaced */
    bool must_be_new;
    bool checked; /* against ... */
    struct stat only;
};

/* A name beside the file, which no one else has: 64 random bits, and O_EXCL or link() find out. */
static char *name_beside(const char *path)
{
    g_autofree char *folder = g_path_get_dirname(path);
    g_autofree char *base = g_path_get_basename(path);
    return g_strdup_printf("%s/.%.200s.%08x%08x", folder, base, g_random_int(), g_random_int());
}

/* Of a name that was made while signals were held back. */
static void note_name(struct replacement *replacement, char **name)
{
    replacement->name = g_steal_pointer(name);
    replacement->temporary = temporary_note(replacement->name);
}

static void open_named(struct replacement *replacement, mode_t mode)
{
    g_autofree char *name = name_beside(replacement->path);
    sigset_t mask;
    temporary_hold(&mask);
    replacement->fd =
        restart_open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode);
    const int problem = errno;
    if (replacement->fd >= 0) {
        note_name(replacement, &name);
    }
    temporary_release(&mask);
    errno = problem;
}

static bool open_new(struct replacement *replacement, mode_t mode)
{
    g_autofree char *folder = g_path_get_dirname(replacement->path);
    replacement->fd = restart_open(folder, O_TMPFILE | O_WRONLY | O_CLOEXEC, mode);
    if (replacement->fd < 0 && (errno == EOPNOTSUPP || errno == EISDIR || errno == ENOENT)) {
        open_named(replacement, mode);
    }
    if (replacement->fd >= 0) {
        replacement->folder = folder_open(replacement->path, replacement->fd);
    }
    return replacement->folder != NULL;
}

/* Without a trace, but for what is in place already. */
static void drop(struct replacement *replacement)
{
    temporary_remove(replacement->temporary);
    if (replacement->fd >= 0) {
        (void)restart_close(replacement->fd);
    }
    folder_close(replacement->folder);
    g_free(replacement->shown);
    g_free(replacement->path);
    g_free(replacement->name);
    g_free(replacement);
}

/* What cannot be replaced, in words. NULL: a regular file. */
static const char *other_kind(mode_t mode)
{
    switch (mode & S_IFMT) {
    case S_IFREG:
        return NULL;
    case S_IFDIR:
        return g_strerror(EISDIR);
    case S_IFBLK:
    case S_IFCHR:
        return "is a device, which no file can replace: not with --atomic";
    default:
        return "is no regular file, and cannot be replaced: not with --atomic";
    }
}

static bool copy_attributes(struct replacement *replacement, int old, GError **error)
{
    struct stat status;
    if (fstat(old, &status) != 0) {
        return file_errno(replacement->shown, errno, error);
    }
    const char *kind = other_kind(status.st_mode);
    if (kind) {
        return file_error(replacement->shown, kind, error);
    }
    if (!open_new(replacement, 0600)) {
        return file_errno(replacement->shown, errno, error);
    }
    return attributes_copy(old, replacement->fd, replacement->shown, error);
}

/* The file itself is not opened: it may be one that cannot be read. */
static bool begin(struct replacement *replacement, const struct replacement_wants *wants,
                  GError **error)
{
    struct stat status;
    if (wants->must_be_new && lstat(replacement->path, &status) == 0) {
        return file_errno(replacement->shown, EEXIST, error);
    }
    const int old = restart_open(replacement->path, O_PATH | O_CLOEXEC, 0);
    if (old < 0 && errno != ENOENT) {
        return file_errno(replacement->shown, errno, error);
    }
    if (old < 0) {
        return open_new(replacement, wants->secret ? 0600 : 0666) ||
               file_errno(replacement->shown, errno, error);
    }
    replacement->existed = true;
    const bool ok = copy_attributes(replacement, old, error);
    (void)restart_close(old);
    return ok;
}

struct replacement *replacement_new(const char *path, const struct replacement_wants *wants,
                                    int *fd, GError **error)
{
    struct replacement *replacement = g_new0(struct replacement, 1);
    replacement->shown = g_strdup(path);
    replacement->path = wants->must_be_new ? g_strdup(path) : place_follow(path);
    replacement->must_be_new = wants->must_be_new;
    replacement->checked = wants->only != NULL;
    replacement->fd = -1;
    if (wants->only) {
        replacement->only = *wants->only;
    }
    if (!begin(replacement, wants, error)) {
        drop(replacement);
        return NULL;
    }
    *fd = replacement->fd;
    return replacement;
}

bool replacement_sync(struct replacement *replacement, GError **error)
{
    replacement->synced = replacement->synced || restart_fsync(replacement->fd) == 0;
    return replacement->synced || file_errno(replacement->shown, errno, error);
}

/* Gives a file that has no name one beside its place. */
static bool give_name(struct replacement *replacement)
{
    if (replacement->name) {
        return true;
    }
    g_autofree char *self = g_strdup_printf("/proc/self/fd/%d", replacement->fd);
    g_autofree char *name = name_beside(replacement->path);
    sigset_t mask;
    temporary_hold(&mask);
    const bool ok = linkat(AT_FDCWD, self, AT_FDCWD, name, AT_SYMLINK_FOLLOW) == 0;
    const int problem = errno;
    if (ok) {
        note_name(replacement, &name);
    }
    temporary_release(&mask);
    errno = problem;
    return ok;
}

/* Closed before it is in place: what a file system tells only then is told while the old one is. */
static bool close_new(struct replacement *replacement)
{
    const int fd = replacement->fd;
    replacement->fd = -1;
    return restart_close(fd) == 0;
}

static bool put_in_place(struct replacement *replacement, GError **error)
{
    const unsigned flags = replacement->must_be_new ? RENAME_NOREPLACE : 0;
    if (!replacement_sync(replacement, error)) {
        return false;
    }
    if (!give_name(replacement) || !close_new(replacement)) {
        return file_errno(replacement->shown, errno, error);
    }
    if (replacement->checked && !place_unchanged(replacement->path, &replacement->only, error)) {
        return false;
    }
    if (renameat2(AT_FDCWD, replacement->name, AT_FDCWD, replacement->path, flags) != 0) {
        return file_errno(replacement->shown, errno, error);
    }
    temporary_forget(g_steal_pointer(&replacement->temporary));
    if (!folder_sync(replacement->folder)) {
        g_autofree char *problem =
            g_strdup_printf("has been %s, but its folder cannot be synced: %s",
                            replacement->existed ? "replaced" : "made", g_strerror(errno));
        return file_error(replacement->shown, problem, error);
    }
    return true;
}

bool replacement_finish(struct replacement *replacement, bool ok, GError **error)
{
    ok = ok && put_in_place(replacement, error);
    drop(replacement);
    return ok;
}
