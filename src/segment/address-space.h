/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Address space for what huge pages may serve: at multiples of their size. */
#ifndef IOVTOOL_SEGMENT_ADDRESS_SPACE_H
#define IOVTOOL_SEGMENT_ADDRESS_SPACE_H

#include <stddef.h>

/* The size of huge pages nearly everywhere; where they are larger, ordinary ones serve. */
#define HUGE_PAGE ((size_t)2 * 1024 * 1024)

/*
 * Maps `size` bytes of private memory, of which none takes room before it is used, at a multiple of
 * HUGE_PAGE. `protection` is that of mmap(2); `size` a multiple of the page size. Returns NULL,
 * with errno, when there is no such address space. munmap() gives it back.
 */
void *address_space_reserve(size_t size, int protection);

#endif
