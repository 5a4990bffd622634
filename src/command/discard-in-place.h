/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Discarding bytes of a file in place, and undoing it.
 *
 * What goes is first saved, whole and synced, to an undo file if one is asked for. Then every step
 * is one that a kill leaves done or not done: the front is collapsed where the file system can
 * (whole blocks of ext4 and XFS) and then the back is cut off by ftruncate(); else what remains
 * becomes a new file that takes the place of the old one. So the size of the file tells how far a
 * killed run came, and the pair restores the original.
 *
 * The file is opened once; before the first step it must still be at its path, and as it was then.
 */
#ifndef IOVTOOL_COMMAND_DISCARD_IN_PLACE_H
#define IOVTOOL_COMMAND_DISCARD_IN_PLACE_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "cli/moving.h"

/*
 * Removes the first `front` and the last `back` bytes of the regular file `path`. `undo_path`
 * (NULL: none) must not exist yet, and does not afterwards when the file was not touched. `tell`
 * (NULL: nobody) is called with `context` before anything is made or removed, and may fail.
 */
bool in_place_discard(const char *path, uint64_t front, uint64_t back, bool allow_short,
                      const char *undo_path, move_tell_fn *tell, const void *context,
                      GError **error);

/*
 * Puts back what in_place_discard() saved in `undo_path`. Refuses, before anything is touched, when
 * the file is none of those that the discard leaves behind, by its size and by the bytes next to
 * the cuts. Done already counts as done. A file with other names is written in place, or refused.
 */
bool in_place_undo(const char *undo_path, GError **error);

#endif
