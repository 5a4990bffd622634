/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Inside core/find: what the variants look for. */
#ifndef IOVTOOL_CORE_FIND_INTERNAL_H
#define IOVTOOL_CORE_FIND_INTERNAL_H

#include <stddef.h>
#include <stdint.h>

#define FIND_BLOCK ((size_t)64)

/* Two bytes of the pattern, or twice the same: where they are, and what they fit. */
struct find_probe {
    size_t offset[2];
    uint8_t value[2];
    uint8_t mask[2];
};

/*
 * Goes through places in blocks of FIND_BLOCK, from *at on, to the first block in which both bytes
 * of the probe fit somewhere. Returns one bit for each place of that, the lowest for *at: 1 where
 * they fit. 0 when there is none, and *at is then less than FIND_BLOCK before `starts`.
 */
typedef uint64_t find_kernel(const struct find_probe *probe, const uint8_t *buffer, size_t *at,
                             size_t starts);

find_kernel find_scalar;
#if defined(__x86_64__)
find_kernel find_sse2;
find_kernel find_avx2;
#elif defined(__AARCH64EL__)
find_kernel find_neon;
#endif

#endif
