/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/zero.h"

#include <glib.h>
#include <stdint.h>
#include <string.h>

#include "core/variant.h"

#if defined(__x86_64__)
#include <immintrin.h>
#elif defined(__AARCH64EL__)
#include <arm_neon.h>
#endif

#define SCALAR_BLOCK (4 * sizeof(uint64_t))

static uint64_t load64(const uint8_t *bytes)
{
    uint64_t word;

    memcpy(&word, bytes, sizeof(word));
    return word;
}

static size_t prefix_scalar(const uint8_t *buffer, size_t bytes)
{
    size_t at = 0;

    for (; bytes - at >= SCALAR_BLOCK; at += SCALAR_BLOCK) {
        const uint8_t *block = buffer + at;

        if ((load64(block) | load64(block + 8) | load64(block + 16) | load64(block + 24)) != 0) {
            break;
        }
    }
    while (bytes - at >= sizeof(uint64_t) && load64(buffer + at) == 0) {
        at += sizeof(uint64_t);
    }
    while (at < bytes && buffer[at] == 0) {
        at++;
    }
    return at;
}

#if defined(__x86_64__)

/*
 * The vector variants only skip whole blocks of zeros. The first block that is not zero, or a tail
 * shorter than a block, is a few words' work for the scalar code.
 */

#define SSE2_BLOCK (4 * sizeof(__m128i))

static size_t prefix_sse2(const uint8_t *buffer, size_t bytes)
{
    const __m128i zero = _mm_setzero_si128();
    size_t at = 0;

    for (; bytes - at >= SSE2_BLOCK; at += SSE2_BLOCK) {
        const __m128i *block = (const __m128i *)(buffer + at);
        __m128i low = _mm_or_si128(_mm_loadu_si128(block), _mm_loadu_si128(block + 1));
        __m128i high = _mm_or_si128(_mm_loadu_si128(block + 2), _mm_loadu_si128(block + 3));

        if (_mm_movemask_epi8(_mm_cmpeq_epi8(_mm_or_si128(low, high), zero)) != 0xffff) {
            break;
        }
    }
    return at + prefix_scalar(buffer + at, bytes - at);
}

#define AVX2_BLOCK (4 * sizeof(__m256i))

__attribute__((target("avx2"))) static size_t prefix_avx2(const uint8_t *buffer, size_t bytes)
{
    size_t at = 0;

    for (; bytes - at >= AVX2_BLOCK; at += AVX2_BLOCK) {
        const __m256i *block = (const __m256i *)(buffer + at);
        __m256i low = _mm256_or_si256(_mm256_loadu_si256(block), _mm256_loadu_si256(block + 1));
        __m256i high =
            _mm256_or_si256(_mm256_loadu_si256(block + 2), _mm256_loadu_si256(block + 3));
        __m256i any = _mm256_or_si256(low, high);

        if (!_mm256_testz_si256(any, any)) {
            break;
        }
    }
    return at + prefix_scalar(buffer + at, bytes - at);
}

#elif defined(__AARCH64EL__)

#define NEON_BLOCK (4 * sizeof(uint8x16_t))

/* Only skips whole blocks of zeros, as the variants above do. */
static size_t prefix_neon(const uint8_t *buffer, size_t bytes)
{
    size_t at = 0;

    for (; bytes - at >= NEON_BLOCK; at += NEON_BLOCK) {
        const uint8_t *block = buffer + at;
        uint8x16_t low = vorrq_u8(vld1q_u8(block), vld1q_u8(block + 16));
        uint8x16_t high = vorrq_u8(vld1q_u8(block + 32), vld1q_u8(block + 48));

        if (vmaxvq_u8(vorrq_u8(low, high)) != 0) {
            break;
        }
    }
    return at + prefix_scalar(buffer + at, bytes - at);
}

#endif

typedef size_t zero_kernel(const uint8_t *buffer, size_t bytes);

static zero_kernel *const kernels[VARIANT_COUNT] = {
    [VARIANT_SCALAR] = prefix_scalar,
#if defined(__x86_64__)
    [VARIANT_SSE2] = prefix_sse2,
    [VARIANT_AVX2] = prefix_avx2,
#elif defined(__AARCH64EL__)
    [VARIANT_NEON] = prefix_neon,
#endif
};

static unsigned chosen;

__attribute__((constructor)) static void choose_variant(void)
{
    chosen = variant_best();
}

bool zero_use_variant(unsigned index, const char **name)
{
    return variant_use(index, &chosen, name);
}

size_t zero_prefix(const void *buffer, size_t bytes)
{
    return bytes > 0 ? kernels[chosen](buffer, bytes) : 0;
}

bool zero_test(const void *buffer, size_t bytes)
{
    return zero_prefix(buffer, bytes) == bytes;
}
