/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What discarding in place (discard-in-place.c) and undoing it (discard-undo.c) share. */
#ifndef IOVTOOL_COMMAND_DISCARD_INTERNAL_H
#define IOVTOOL_COMMAND_DISCARD_INTERNAL_H

#include <sys/stat.h>

#include "cli/moving.h"
#include "segment/files.h"
#include "segment/vector.h"

/* The regular file `path`, open for reading, and in *status what it was then. NULL sets *error. */
struct file *discard_open(struct files *files, const char *path, struct stat *status,
                          GError **error);

/* The same file once more with other flags, or -1; never one that has taken its place since. */
int discard_reopen(const char *path, int flags, const struct stat *status, GError **error);

bool discard_append(struct vector *vector, struct file *file, uint64_t offset, uint64_t length,
                    GError **error);

/* Writes `vector` to the whole file `path` so that it is there complete, on the disk, or not at
 * all. `destination` says what else it wants. */
bool discard_write_whole(struct files *files, struct vector *vector, const char *path,
                         struct destination_options destination, GError **error);

/* Saves what is to be cut from `file`, called `path` by its absolute name, in the new file
 * `undo_path`, which its owner only can read. */
bool discard_save_undo(struct files *files, struct file *file, const char *path, uint64_t front,
                       uint64_t back, const char *undo_path, GError **error);

#endif
