/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/file-name.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/restart.h"
#include "segment/error.h"

#define LINKS_MAX 40 /* as many as the kernel follows */

struct folder {
    int fd; /* of the folder, or of a file of the same file system */
    bool is_open;
};

/* The target of a link, seen from where the link is; NULL when `path` is none. */
static char *read_link(const char *path)
{
    g_autofree char *target = g_file_read_link(path, NULL);
    if (!target || g_path_is_absolute(target)) {
        return g_steal_pointer(&target);
    }
    g_autofree char *folder = g_path_get_dirname(path);
    return g_strdup_printf("%s/%s", folder, target);
}

char *name_follow(const char *path)
{
    char *followed = realpath(path, NULL);
    if (followed) {
        char *place = g_strdup(followed);
        free(followed);
        return place;
    }
    char *place = g_strdup(path);
    for (int i = 0; i < LINKS_MAX; i++) {
        char *target = read_link(place);
        if (!target) {
            break;
        }
        g_free(place);
        place = target;
    }
    return place;
}

bool name_is_unchanged(const char *path, const struct stat *then, GError **error)
{
    struct stat now;
    if (stat(path, &now) != 0) {
        return file_errno(path, errno, error);
    }
    if (now.st_dev != then->st_dev || now.st_ino != then->st_ino) {
        return file_error(path, "was replaced by another file during the run", error);
    }
    if (now.st_size != then->st_size || now.st_mtim.tv_sec != then->st_mtim.tv_sec ||
        now.st_mtim.tv_nsec != then->st_mtim.tv_nsec) {
        return file_error(path, "was changed by somebody else during the run", error);
    }
    return true;
}

struct folder *folder_open(const char *path, int fd)
{
    g_autofree char *name = g_path_get_dirname(path);
    struct folder folder = { .is_open = true };
    folder.fd = restart_open(name, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
    if (folder.fd < 0 && errno == EACCES) {
        folder = (struct folder){ .fd = fcntl(fd, F_DUPFD_CLOEXEC, 0) };
    }
    return folder.fd < 0 ? NULL : g_memdup2(&folder, sizeof(folder));
}

/* A folder that may be written to but not read, and one of a file system that syncs no folders: all
 * of the file system has to do. */
bool folder_sync(const struct folder *folder)
{
    if (folder->is_open) {
        if (restart_fsync(folder->fd) == 0) {
            return true;
        }
        if (errno != EINVAL && errno != EOPNOTSUPP) {
            return false;
        }
    }
    return restart_syncfs(folder->fd) == 0;
}

void folder_close(struct folder *folder)
{
    if (folder) {
        (void)restart_close(folder->fd); /* nothing was written to it */
        g_free(folder);
    }
}
