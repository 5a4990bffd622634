/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "segment/address-space.h"

#include <stdint.h>
#include <sys/mman.h>

void *address_space_reserve(size_t size, int protection)
{
    uint8_t *start = mmap(NULL, size + HUGE_PAGE, protection,
                          MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (start == MAP_FAILED) {
        return NULL;
    }
    const size_t front = (size_t)(-(uintptr_t)start % HUGE_PAGE);
    if (front > 0) {
        munmap(start, front);
    }
    munmap(start + front + size, HUGE_PAGE - front);
    return start + front;
}
