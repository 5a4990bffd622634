/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where a file cannot be read. */
#ifndef IOVTOOL_TRANSFER_SOURCE_TROUBLE_H
#define IOVTOOL_TRANSFER_SOURCE_TROUBLE_H

#include <stdint.h>

/*
 * Reads `length` bytes from *offset on, and drops them, up to the first that cannot be read:
 * returns its errno, and where it is. 0: all of them can be read, up to the end of the file.
 */
int source_find_trouble(int fd, uint64_t *offset, uint64_t length);

#endif
