/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "transfer/extents.h"

#include <errno.h>
#include <unistd.h>

struct extent extent_at(int fd, uint64_t offset, uint64_t size)
{
    const off_t data = lseek(fd, (off_t)offset, SEEK_DATA);
    struct extent extent = { .start = offset, .end = size };
    if (data < 0) {
        extent.hole = errno == ENXIO; /* no data up to the end; else: cannot tell */
    } else if ((uint64_t)data > offset) {
        extent.hole = true;
        extent.end = (uint64_t)data;
    } else {
        const off_t hole = lseek(fd, (off_t)offset, SEEK_HOLE);
        extent.end = hole > (off_t)offset ? (uint64_t)hole : size;
    }
    extent.end = extent.end < size ? extent.end : size;
    return extent;
}
