/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/find-internal.h"
#include "core/neon-mask.h"

#if defined(__AARCH64EL__)

static inline uint8x16_t fit(const uint8_t *from, uint8x16_t mask, uint8x16_t value)
{
    return vceqq_u8(vandq_u8(vld1q_u8(from), mask), value);
}

uint64_t find_neon(const struct find_probe *probe, const uint8_t *buffer, size_t *at, size_t starts)
{
    const uint8x16_t mask0 = vdupq_n_u8(probe->mask[0]);
    const uint8x16_t mask1 = vdupq_n_u8(probe->mask[1]);
    const uint8x16_t value0 = vdupq_n_u8(probe->value[0]);
    const uint8x16_t value1 = vdupq_n_u8(probe->value[1]);
    size_t place = *at;
    uint64_t found = 0;

    for (; starts - place >= FIND_BLOCK; place += FIND_BLOCK) {
        const uint8_t *first = buffer + place + probe->offset[0];
        const uint8_t *second = buffer + place + probe->offset[1];
        uint8x16_t both[4];

        for (unsigned i = 0; i < 4; i++) {
            both[i] =
                vandq_u8(fit(first + 16 * i, mask0, value0), fit(second + 16 * i, mask1, value1));
        }
        if (vmaxvq_u8(vorrq_u8(vorrq_u8(both[0], both[1]), vorrq_u8(both[2], both[3]))) != 0) {
            found = neon_mask(both);
            break;
        }
    }
    *at = place;
    return found;
}

#endif
