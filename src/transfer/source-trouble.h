/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where a file cannot be read. */
#ifndef IOVTOOL_TRANSFER_SOURCE_TROUBLE_H
#define IOVTOOL_TRANSFER_SOURCE_TROUBLE_H

#include <stdbool.h>
#include <stdint.h>

/* What is given up at once: a page of the page cache, which is read as a whole. */
#define SOURCE_ERROR_BLOCK UINT64_C(4096)

/* What the block layer of the kernel makes of a medium, a device or a path to it that fails
 * (block/blk-core.c); an NBD server passes on EIO. */
bool source_is_device_trouble(int problem);

/*
 * Reads `length` bytes from *offset on, and drops them, up to the first that cannot be read:
 * returns its errno, and where it is. 0: all of them can be read, up to the end of the file.
 */
int source_find_trouble(int fd, uint64_t *offset, uint64_t length);

#endif
