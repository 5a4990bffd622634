/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * io_vector_clone() for segments: which bytes a clone of a vector has to hold, and where in it each
 * segment is found again. Pure arithmetic: nothing is read or written.
 *
 * Sources follow each other in the order in which the vector first names them; inside of one file
 * ranges go up, those that overlap or touch become one, and the gaps between them are closed. So
 * two segments share bytes of the clone exactly as they share bytes of a file. Files are the same
 * when they are one inode, whatever their names. Each literal, fill and stream is a source of its
 * own.
 */
#ifndef IOVTOOL_COMMAND_CLONE_MAP_H
#define IOVTOOL_COMMAND_CLONE_MAP_H

#include "segment/files.h"
#include "segment/vector.h"

struct clone_map {
    struct vector *distinct; /* every distinct byte of the original once, in the clone's order */
    struct vector *view;     /* the original's segments, in its order, as ranges of the clone */
};

/*
 * The map of `vector`, whose lengths are all known, to a clone that `view` calls `target`. Shares
 * literals with `vector`, and must not outlive it. Takes O(n log n) time for n segments, 24 bytes a
 * segment while it runs, and leaves at most 64.
 */
void clone_map_init(struct clone_map *map, const struct vector *vector, struct file *target);
void clone_map_clear(struct clone_map *map);

#endif
