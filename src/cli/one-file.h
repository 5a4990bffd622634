/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Many places of one file, written in place: like as many destinations FILE@RANGE (destination.h),
 * but the file is opened once, and its end may move.
 */
#ifndef IOVTOOL_CLI_ONE_FILE_H
#define IOVTOOL_CLI_ONE_FILE_H

#include "cli/moving.h"

struct file_place {
    uint64_t offset;
    uint64_t length; /* never 0 */
};

struct places {
    const struct file *file; /* regular, a block device, or what a URI names */
    const struct file_place *list;
    uint32_t count;
    uint64_t cut_at; /* the size that the file gets at last; SEGMENT_TO_END: it is not cut */
};

/*
 * Writes the vector, which has as many bytes as the places together, to them in order, and cuts the
 * file. A place may start or end behind the end of a regular file, which grows. Fails with
 * IOVTOOL_ERROR_SOURCE; the message says how many bytes are new.
 */
bool move_to_places(const struct moving_options *options, const struct vector_input *input,
                    const struct places *places, GError **error);

#endif
