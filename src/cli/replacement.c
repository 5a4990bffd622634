/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/replacement.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/attributes.h"
#include "cli/file-name.h"
#include "core/restart.h"
#include "core/temporary.h"
#include "segment/error.h"

#ifndef RENAME_NOREPLACE /* the C library may not know it: musl 1.2.3 */
#include <linux/fs.h>
#include <sys/syscall.h>
static int renameat2(int old_folder, const char *old, int new_folder, const char *new,
                     unsigned flags)
{
    return (int)syscall(SYS_renameat2, old_folder, old, new_folder, new, flags);
}
#endif

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

/* What is to be replaced, which is not opened: it may be a file that cannot be read. *old is -1
 * when there is none. */
static bool look_at_old(const char *shown, const char *path, bool must_be_new, int *old,
                        GError **error)
{
    struct stat status;
    *old = -1;
    if (must_be_new && lstat(path, &status) == 0) {
        return file_errno(shown, EEXIST, error);
    }
    *old = restart_open(path, O_PATH | O_CLOEXEC, 0);
    if (*old < 0) {
        return errno == ENOENT || file_errno(shown, errno, error);
    }
    if (fstat(*old, &status) != 0) {
        return file_errno(shown, errno, error);
    }
    const char *kind = other_kind(status.st_mode);
    return !kind || file_error(shown, kind, error);
}

static void close_old(int old)
{
    if (old >= 0) {
        (void)restart_close(old);
    }
}

static bool begin(struct replacement *replacement, const struct replacement_wants *wants,
                  GError **error)
{
    int old;
    bool ok = look_at_old(replacement->shown, replacement->path, wants->must_be_new, &old, error);
    replacement->existed = old >= 0;
    if (ok) {
        ok = open_new(replacement, replacement->existed || wants->secret ? 0600 : 0666) ||
             file_errno(replacement->shown, errno, error);
    }
    if (ok && replacement->existed) {
        ok = attributes_copy(old, replacement->fd, replacement->shown, error);
    }
    close_old(old);
    return ok;
}

/* With must_be_new a symbolic link is what there is already, wherever it leads. */
static char *path_of(const char *path, bool must_be_new)
{
    return must_be_new ? g_strdup(path) : name_follow(path);
}

bool replacement_is_possible(const char *path, const struct replacement_wants *wants,
                             GError **error)
{
    g_autofree char *place = path_of(path, wants->must_be_new);
    g_autofree char *folder = g_path_get_dirname(place);
    int old;
    const bool ok = look_at_old(path, place, wants->must_be_new, &old, error) &&
                    (faccessat(AT_FDCWD, folder, W_OK | X_OK, AT_EACCESS) == 0 ||
                     file_errno(path, errno, error));
    close_old(old);
    return ok;
}

struct replacement *replacement_new(const char *path, const struct replacement_wants *wants,
                                    int *fd, GError **error)
{
    struct replacement *replacement = g_new0(struct replacement, 1);
    replacement->shown = g_strdup(path);
    replacement->path = path_of(path, wants->must_be_new);
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

/* Some file systems cannot rename with RENAME_NOREPLACE; link() does not replace either. */
static bool take_name(struct replacement *replacement)
{
    const unsigned flags = replacement->must_be_new ? RENAME_NOREPLACE : 0;
    if (renameat2(AT_FDCWD, replacement->name, AT_FDCWD, replacement->path, flags) == 0) {
        temporary_forget(g_steal_pointer(&replacement->temporary));
        return true;
    }
    return flags != 0 && (errno == EINVAL || errno == ENOSYS) &&
           link(replacement->name, replacement->path) == 0;
}

static bool put_in_place(struct replacement *replacement, GError **error)
{
    if (!replacement_sync(replacement, error)) {
        return false;
    }
    if (!give_name(replacement) || !close_new(replacement)) {
        return file_errno(replacement->shown, errno, error);
    }
    if (replacement->checked && !name_is_unchanged(replacement->path, &replacement->only, error)) {
        return false;
    }
    if (!take_name(replacement)) {
        return file_errno(replacement->shown, errno, error);
    }
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
