/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/replacement.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/restart.h"
#include "segment/error.h"

struct replacement {
    char *path; /* what is replaced, links followed */
    char *folder;
    char *temporary; /* its name, or NULL as long as it has none */
    int fd;
    bool must_be_new;
};

/* A name beside the file, which no one else has: 64 random bits, and O_EXCL or link() find out. */
static char *name_beside(const struct replacement *replacement)
{
    g_autofree char *base = g_path_get_basename(replacement->path);
    return g_strdup_printf("%s/.%.200s.%08x%08x", replacement->folder, base, g_random_int(),
                           g_random_int());
}

static void open_temporary(struct replacement *replacement, mode_t mode)
{
    replacement->fd = open(replacement->folder, O_TMPFILE | O_WRONLY | O_CLOEXEC, mode);
    if (replacement->fd < 0 && (errno == EOPNOTSUPP || errno == EISDIR || errno == ENOENT)) {
        replacement->temporary = name_beside(replacement);
        replacement->fd = open(replacement->temporary,
                               O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode);
        if (replacement->fd < 0) {
            g_clear_pointer(&replacement->temporary, g_free);
        }
    }
}

static void replacement_free(struct replacement *replacement)
{
    g_free(replacement->path);
    g_free(replacement->folder);
    g_free(replacement->temporary);
    g_free(replacement);
}

/* Without a trace: nothing was put in place yet. */
static void drop(struct replacement *replacement)
{
    if (replacement->temporary) {
        unlink(replacement->temporary);
    }
    if (replacement->fd >= 0) {
        close(replacement->fd);
    }
    replacement_free(replacement);
}

static bool take_permissions(const struct replacement *replacement, const struct stat *old)
{
    if (fchown(replacement->fd, old->st_uid, old->st_gid) != 0 && errno != EPERM) {
        return false;
    }
    return fchmod(replacement->fd, old->st_mode & 07777) == 0;
}

struct replacement *replacement_new(const char *path, bool must_be_new, bool secret, int *fd,
                                    GError **error)
{
    struct stat old;
    char *followed = realpath(path, NULL);
    const bool exists = stat(path, &old) == 0;
    struct replacement *replacement = g_new0(struct replacement, 1);
    replacement->path = g_strdup(followed ? followed : path);
    replacement->folder = g_path_get_dirname(replacement->path);
    replacement->must_be_new = must_be_new;
    replacement->fd = -1;
    free(followed);

    errno = EEXIST;
    bool ok = !(exists && must_be_new);
    if (ok && exists && !S_ISREG(old.st_mode)) {
        errno = S_ISDIR(old.st_mode) ? EISDIR : EINVAL;
        ok = false;
    }
    if (ok) {
        open_temporary(replacement, secret ? 0600 : 0666);
        ok = replacement->fd >= 0 && (!exists || take_permissions(replacement, &old));
    }
    if (!ok) {
        file_errno(path, errno, error);
        drop(replacement);
        return NULL;
    }
    *fd = replacement->fd;
    return replacement;
}

/* Gives a file that has no name one beside its place. */
static bool give_name(struct replacement *replacement)
{
    if (replacement->temporary) {
        return true;
    }
    g_autofree char *self = g_strdup_printf("/proc/self/fd/%d", replacement->fd);
    g_autofree char *name = name_beside(replacement);
    if (linkat(AT_FDCWD, self, AT_FDCWD, name, AT_SYMLINK_FOLLOW) != 0) {
        return false;
    }
    replacement->temporary = g_steal_pointer(&name);
    return true;
}

static bool sync_folder(const char *folder)
{
    const int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) {
        return errno == EACCES; /* a folder that can be written but not read: nothing more to do */
    }
    const bool ok = restart_fsync(fd) == 0 || errno == EINVAL;
    close(fd);
    return ok;
}

static bool put_in_place(struct replacement *replacement)
{
    if (restart_fsync(replacement->fd) != 0 || !give_name(replacement)) {
        return false;
    }
    const unsigned flags = replacement->must_be_new ? RENAME_NOREPLACE : 0;
    if (renameat2(AT_FDCWD, replacement->temporary, AT_FDCWD, replacement->path, flags) != 0) {
        return false;
    }
    g_clear_pointer(&replacement->temporary, g_free);
    return sync_folder(replacement->folder);
}

bool replacement_finish(struct replacement *replacement, bool ok, GError **error)
{
    if (ok && !put_in_place(replacement)) {
        ok = file_errno(replacement->path, errno, error);
    }
    if (ok && close(replacement->fd) != 0) {
        ok = file_errno(replacement->path, errno, error);
    }
    replacement->fd = ok ? -1 : replacement->fd;
    drop(replacement);
    return ok;
}
