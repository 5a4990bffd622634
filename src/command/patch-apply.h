/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Writes what a checked patch changes, and the patch that takes it back. */
#ifndef IOVTOOL_COMMAND_PATCH_APPLY_H
#define IOVTOOL_COMMAND_PATCH_APPLY_H

#include "cli/one-file.h"
#include "command/patch-check.h"

/* In place: only the bytes that the patch is about are written, and the size set. */
bool patch_apply_in_place(const struct moving_options *options, const struct patch_target *target,
                          const struct changes *changes, const struct patch_finding *finding,
                          GError **error);

/* The whole patched file goes to `output`, a word of -o; NULL: in the place of the file itself. */
bool patch_apply_whole(const struct moving_options *options, const struct patch_target *target,
                       const struct changes *changes, const struct patch_finding *finding,
                       const char *output, GError **error);

/* Saves the patch that takes this one back: a new file, complete and on the disk, which only its
 * owner can read. */
bool patch_save_undo(const struct patch_target *target, const struct changes *changes,
                     const struct patch_finding *finding, const char *undo_path, GError **error);

#endif
