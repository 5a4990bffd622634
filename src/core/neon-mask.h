/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Inside core: what a comparison of 64 bytes says, one bit for each, on arm64. */
#ifndef IOVTOOL_CORE_NEON_MASK_H
#define IOVTOOL_CORE_NEON_MASK_H

#if defined(__AARCH64EL__)

#include <arm_neon.h>
#include <stdint.h>

/*
 * One bit for each byte of part[0] to part[3], the lowest for the first. Each byte is 0 or 0xff, as
 * comparisons make them. Every byte keeps a bit of its own, and eight of them add up to one byte.
 */
static inline uint64_t neon_mask(const uint8x16_t part[4])
{
    static const uint8_t bits[16] = { 1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128 };
    const uint8x16_t bit = vld1q_u8(bits);
    uint8x16_t low = vpaddq_u8(vandq_u8(part[0], bit), vandq_u8(part[1], bit));
    uint8x16_t high = vpaddq_u8(vandq_u8(part[2], bit), vandq_u8(part[3], bit));
    uint8x16_t sums = vpaddq_u8(low, high);

    return vgetq_lane_u64(vreinterpretq_u64_u8(vpaddq_u8(sums, sums)), 0);
}

#endif
#endif
