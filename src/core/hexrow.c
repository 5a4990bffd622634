/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/hexrow.h"

#include "core/variant.h"

#if defined(__x86_64__)
#include <immintrin.h>
#elif defined(__AARCH64EL__)
#include <arm_neon.h>
#endif

static char *put_row(char *to, char sign, const uint8_t *from, size_t bytes)
{
    static const char digits[] = "0123456789abcdef";

    *to++ = sign;
    for (size_t i = 0; i < bytes; i++) {
        *to++ = digits[from[i] >> 4];
        *to++ = digits[from[i] & 15];
        *to++ = ' ';
    }
    to[-1] = '\n';
    return to;
}

static char *full_rows_scalar(char *to, char sign, const uint8_t *from, size_t rows)
{
    for (; rows > 0; rows--) {
        to = put_row(to, sign, from, HEXROW_BYTES);
        from += HEXROW_BYTES;
    }
    return to;
}

#if defined(__x86_64__)

/* -1 leaves the place of a character to another source. */
#define NO -1

__attribute__((target("avx2"))) static char *full_rows_avx2(char *to, char sign,
                                                            const uint8_t *from, size_t rows)
{
    const __m128i digits = _mm_loadu_si128((const __m128i *)"0123456789abcdef");
    const __m128i nibble = _mm_set1_epi8(15);
    /* The 16 digits of the first and of the second 8 bytes -> the three thirds of the row. */
    const __m128i to_first = _mm_setr_epi8(0, 1, NO, 2, 3, NO, 4, 5, NO, 6, 7, NO, 8, 9, NO, 10);
    const __m128i to_middle =
        _mm_setr_epi8(11, NO, 12, 13, NO, 14, 15, NO, NO, NO, NO, NO, NO, NO, NO, NO);
    const __m128i from_second =
        _mm_setr_epi8(NO, NO, NO, NO, NO, NO, NO, NO, 0, 1, NO, 2, 3, NO, 4, 5);
    const __m128i to_last =
        _mm_setr_epi8(NO, 6, 7, NO, 8, 9, NO, 10, 11, NO, 12, 13, NO, 14, 15, NO);
    const __m128i gaps_first =
        _mm_setr_epi8(0, 0, ' ', 0, 0, ' ', 0, 0, ' ', 0, 0, ' ', 0, 0, ' ', 0);
    const __m128i gaps_middle =
        _mm_setr_epi8(0, ' ', 0, 0, ' ', 0, 0, ' ', 0, 0, ' ', 0, 0, ' ', 0, 0);
    const __m128i gaps_last =
        _mm_setr_epi8(' ', 0, 0, ' ', 0, 0, ' ', 0, 0, ' ', 0, 0, ' ', 0, 0, '\n');

    for (; rows > 0; rows--) {
        const __m128i bytes = _mm_loadu_si128((const __m128i *)from);
        const __m128i high =
            _mm_shuffle_epi8(digits, _mm_and_si128(_mm_srli_epi16(bytes, 4), nibble));
        const __m128i low = _mm_shuffle_epi8(digits, _mm_and_si128(bytes, nibble));
        const __m128i first = _mm_unpacklo_epi8(high, low);
        const __m128i second = _mm_unpackhi_epi8(high, low);
        const __m128i middle =
            _mm_or_si128(_mm_shuffle_epi8(first, to_middle), _mm_shuffle_epi8(second, from_second));

        *to++ = sign;
        _mm_storeu_si128((__m128i *)to,
                         _mm_or_si128(_mm_shuffle_epi8(first, to_first), gaps_first));
        _mm_storeu_si128((__m128i *)(to + 16), _mm_or_si128(middle, gaps_middle));
        _mm_storeu_si128((__m128i *)(to + 32),
                         _mm_or_si128(_mm_shuffle_epi8(second, to_last), gaps_last));
        to += 48;
        from += HEXROW_BYTES;
    }
    return to;
}

#elif defined(__AARCH64EL__)

static char *full_rows_neon(char *to, char sign, const uint8_t *from, size_t rows)
{
    const uint8x16_t digits = vld1q_u8((const uint8_t *)"0123456789abcdef");

    for (; rows > 0; rows--) {
        const uint8x16_t bytes = vld1q_u8(from);
        const uint8x16_t high = vqtbl1q_u8(digits, vshrq_n_u8(bytes, 4));
        const uint8x16_t low = vqtbl1q_u8(digits, vandq_u8(bytes, vdupq_n_u8(15)));

        *to++ = sign;
        vst3q_u8((uint8_t *)to, ((uint8x16x3_t){ { high, low, vdupq_n_u8(' ') } }));
        to += 48;
        to[-1] = '\n';
        from += HEXROW_BYTES;
    }
    return to;
}

#endif

typedef char *hexrow_kernel(char *to, char sign, const uint8_t *from, size_t rows);

static hexrow_kernel *const kernels[VARIANT_COUNT] = {
    [VARIANT_SCALAR] = full_rows_scalar,
#if defined(__x86_64__)
    [VARIANT_SSE2] = full_rows_scalar, /* places are shuffled by SSSE3 and later only */
    [VARIANT_AVX2] = full_rows_avx2,
#elif defined(__AARCH64EL__)
    [VARIANT_NEON] = full_rows_neon,
#endif
};

static unsigned chosen;

__attribute__((constructor)) static void choose_variant(void)
{
    chosen = variant_best();
}

bool hexrow_use_variant(unsigned index, const char **name)
{
    return variant_use(index, &chosen, name);
}

char *hexrow_put(char *to, char sign, const uint8_t *from, size_t bytes)
{
    const size_t rows = bytes / HEXROW_BYTES;
    const size_t rest = bytes % HEXROW_BYTES;

    to = kernels[chosen](to, sign, from, rows);
    return rest > 0 ? put_row(to, sign, from + rows * HEXROW_BYTES, rest) : to;
}
