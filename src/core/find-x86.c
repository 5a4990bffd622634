/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/find-internal.h"

#if defined(__x86_64__)

#include <immintrin.h>

/* 0xff for each byte that fits byte `which` of the probe. */
#define FIT_SSE2(from, mask, value)                                                                \
    _mm_cmpeq_epi8(_mm_and_si128(_mm_loadu_si128((const __m128i *)(from)), mask), value)

uint64_t find_sse2(const struct find_probe *probe, const uint8_t *buffer, size_t *at, size_t starts)
{
    const __m128i mask0 = _mm_set1_epi8((char)probe->mask[0]);
    const __m128i mask1 = _mm_set1_epi8((char)probe->mask[1]);
    const __m128i value0 = _mm_set1_epi8((char)probe->value[0]);
    const __m128i value1 = _mm_set1_epi8((char)probe->value[1]);
    size_t place = *at;
    uint64_t found = 0;

    for (; starts - place >= FIND_BLOCK; place += FIND_BLOCK) {
        const uint8_t *first = buffer + place + probe->offset[0];
        const uint8_t *second = buffer + place + probe->offset[1];

        for (unsigned i = 0; i < FIND_BLOCK; i += sizeof(__m128i)) {
            __m128i both = _mm_and_si128(FIT_SSE2(first + i, mask0, value0),
                                         FIT_SSE2(second + i, mask1, value1));

            found |= (uint64_t)(uint32_t)_mm_movemask_epi8(both) << i;
        }
        if (found != 0) {
            break;
        }
    }
    *at = place;
    return found;
}

#define AVX2 __attribute__((target("avx2")))

AVX2 static inline __m256i fit_avx2(const uint8_t *from, __m256i mask, __m256i value)
{
    __m256i bytes = _mm256_loadu_si256((const __m256i *)(const void *)from);

    return _mm256_cmpeq_epi8(_mm256_and_si256(bytes, mask), value);
}

AVX2 uint64_t find_avx2(const struct find_probe *probe, const uint8_t *buffer, size_t *at,
                        size_t starts)
{
    const __m256i mask0 = _mm256_set1_epi8((char)probe->mask[0]);
    const __m256i mask1 = _mm256_set1_epi8((char)probe->mask[1]);
    const __m256i value0 = _mm256_set1_epi8((char)probe->value[0]);
    const __m256i value1 = _mm256_set1_epi8((char)probe->value[1]);
    const size_t half = sizeof(__m256i);
    size_t place = *at;
    uint64_t found = 0;

    for (; starts - place >= FIND_BLOCK; place += FIND_BLOCK) {
        const uint8_t *first = buffer + place + probe->offset[0];
        const uint8_t *second = buffer + place + probe->offset[1];
        __m256i low =
            _mm256_and_si256(fit_avx2(first, mask0, value0), fit_avx2(second, mask1, value1));
        __m256i high = _mm256_and_si256(fit_avx2(first + half, mask0, value0),
                                        fit_avx2(second + half, mask1, value1));
        __m256i any = _mm256_or_si256(low, high);

        if (!_mm256_testz_si256(any, any)) {
            found = (uint64_t)(uint32_t)_mm256_movemask_epi8(high) << half |
                    (uint32_t)_mm256_movemask_epi8(low);
            break;
        }
    }
    *at = place;
    return found;
}

#endif
