/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where a file has its name: the end of its symbolic links, whether it still is what was looked at,
 * and the folder, which has to reach the disk as well when a name is new in it.
 */
#ifndef IOVTOOL_CLI_FILE_NAME_H
#define IOVTOOL_CLI_FILE_NAME_H

#include <glib.h>
#include <stdbool.h>
#include <sys/stat.h>

/* The path behind all symbolic links, of which the last may name a file that does not exist. */
char *name_follow(const char *path);

/* True while `path` names the file that `then` was told of, and nobody has written to it since.
 * Else IOVTOOL_ERROR_SOURCE says so. */
bool name_is_unchanged(const char *path, const struct stat *then, GError **error);

struct folder;

/* Opens the folder of `path` for folder_sync(). `fd` is any open file of its file system. NULL with
 * errno set when it cannot be opened. */
struct folder *folder_open(const char *path, int fd);
/* Waits until the names in the folder are on the disk; false with errno set. */
bool folder_sync(const struct folder *folder);
void folder_close(struct folder *folder);

#endif
