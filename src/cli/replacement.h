/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A file that takes the place of another in one moment (--atomic): whatever happens before, the old
 * one is there and whole. The new one has no name until it is complete and on the disk, so that a
 * killed run leaves nothing behind, where the file system can do that (O_TMPFILE). Elsewhere it has
 * one beside its place, which signals that end the process remove (core/temporary.h).
 *
 * At no moment can it be read by anybody who may not read the old one.
 */
#ifndef IOVTOOL_CLI_REPLACEMENT_H
#define IOVTOOL_CLI_REPLACEMENT_H

#include <glib.h>
#include <stdbool.h>

struct replacement;
struct stat;

struct replacement_wants {
    bool must_be_new; /* a file that exists is an error */
    bool secret;      /* a new file can be read by its owner only, and not as the umask says */
    const struct stat *only; /* replaced is this file, and only while nobody else writes to it */
};

/*
 * *fd is open for writing the new file, which gets the attributes of the old one if there is one
 * (cli/attributes.h). A symbolic link at `path` stays: the file it names is replaced, or made.
 */
struct replacement *replacement_new(const char *path, const struct replacement_wants *wants,
                                    int *fd, GError **error);

/* Whether that would do, as far as it can be known without making anything. */
bool replacement_is_possible(const char *path, const struct replacement_wants *wants,
                             GError **error);

/* Waits until all that was written is on the disk. The old file is there still. */
bool replacement_sync(struct replacement *replacement, GError **error);

/*
 * With `ok` syncs the file, puts it in place and syncs its directory; else drops it. Frees. The
 * message of what fails after the file is in place says that it is.
 */
bool replacement_finish(struct replacement *replacement, bool ok, GError **error);

#endif
