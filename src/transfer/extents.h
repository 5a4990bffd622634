/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where a file has data and where it has holes. */
#ifndef IOVTOOL_TRANSFER_EXTENTS_H
#define IOVTOOL_TRANSFER_EXTENTS_H

#include <stdbool.h>
#include <stdint.h>

struct extent {
    uint64_t start;
    uint64_t end;
    bool hole;
};

/*
 * The extent that starts at `offset`, below `size`: data or a hole, up to where that changes or to
 * `size`. Where the file system cannot tell, all is data, and so is what lies behind the end of a
 * file that shrank. Moves the position of `fd` (SEEK_DATA).
 */
struct extent extent_at(int fd, uint64_t offset, uint64_t size);

#endif
