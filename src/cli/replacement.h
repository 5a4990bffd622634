/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A file that takes the place of another in one moment (--atomic): whatever happens before, the old
 * one is there and whole. The new one has no name until it is complete and on the disk, so that a
 * killed run leaves nothing behind, where the file system can do that (O_TMPFILE).
 */
#ifndef IOVTOOL_CLI_REPLACEMENT_H
#define IOVTOOL_CLI_REPLACEMENT_H

#include <glib.h>
#include <stdbool.h>

struct replacement;

/*
 * *fd is open for writing the new file, which gets the permissions of the old one if there is one.
 * A symbolic link at `path` stays: the file it names is replaced. With `must_be_new` an existing
 * file is an error. A `secret` new file is for its owner only.
 */
struct replacement *replacement_new(const char *path, bool must_be_new, bool secret, int *fd,
                                    GError **error);

/* With `ok` syncs the file, puts it in place and syncs its directory; else drops it. Closes and
 * frees. */
bool replacement_finish(struct replacement *replacement, bool ok, GError **error);

#endif
