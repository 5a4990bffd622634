/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "transfer/extents.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

/*
 * No data from `offset` on: the file ends in a hole, or it ended before. What lies behind its end
 * is no hole; reading it finds out that it is not there.
 */
static struct extent last_hole(int fd, uint64_t offset, uint64_t size)
{
    struct stat status;
    struct extent extent = { .start = offset, .end = size, .hole = true };
    if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode) && (uint64_t)status.st_size < size) {
        extent.hole = (uint64_t)status.st_size > offset;
        extent.end = extent.hole ? (uint64_t)status.st_size : size;
    }
    return extent;
}

struct extent extent_at(int fd, uint64_t offset, uint64_t size)
{
    const off_t data = lseek(fd, (off_t)offset, SEEK_DATA);
    struct extent extent = { .start = offset, .end = size };
    if (data < 0) {
        return errno == ENXIO ? last_hole(fd, offset, size) : extent; /* else: cannot tell */
    }
    if ((uint64_t)data > offset) {
        extent.hole = true;
        extent.end = (uint64_t)data;
    } else {
        const off_t hole = lseek(fd, (off_t)offset, SEEK_HOLE);
        extent.end = hole > (off_t)offset ? (uint64_t)hole : size;
    }
    extent.end = extent.end < size ? extent.end : size;
    return extent;
}
