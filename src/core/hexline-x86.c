/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/hexline-internal.h"

#if defined(__x86_64__)

#include <immintrin.h>

#define SSSE3 __attribute__((target("ssse3")))
#define AVX2 __attribute__((target("avx2")))
#define ALWAYS_INLINE static inline __attribute__((always_inline))

SSSE3 static inline __m128i load(const void *from)
{
    return _mm_loadu_si128(from);
}

SSSE3 static inline void store(void *to, __m128i places)
{
    _mm_storeu_si128(to, places);
}

struct row_sources {
    __m128i offset;
    __m128i first;
    __m128i second;
    __m128i ascii;
};

SSSE3 static inline struct row_sources row_sources(__m128i bytes, __m128i counter, __m128i digit)
{
    const __m128i nibble = _mm_set1_epi8(15);
    const __m128i dot = _mm_set1_epi8('.');
    const __m128i offset_digit = load("0123456789abcdef");

    __m128i offset_high = _mm_and_si128(_mm_srli_epi16(counter, 4), nibble);
    __m128i offset_low = _mm_and_si128(counter, nibble);
    __m128i high = _mm_shuffle_epi8(digit, _mm_and_si128(_mm_srli_epi16(bytes, 4), nibble));
    __m128i low = _mm_shuffle_epi8(digit, _mm_and_si128(bytes, nibble));
    __m128i delete = _mm_cmpeq_epi8(bytes, _mm_set1_epi8(0x7f));
    __m128i printable = _mm_andnot_si128(delete, _mm_cmpgt_epi8(bytes, _mm_set1_epi8(' ' - 1)));

    return (struct row_sources){
        .offset = _mm_shuffle_epi8(offset_digit, _mm_unpacklo_epi8(offset_low, offset_high)),
        .first = _mm_unpacklo_epi8(high, low),
        .second = _mm_unpackhi_epi8(high, low),
        .ascii = _mm_or_si128(_mm_and_si128(printable, bytes), _mm_andnot_si128(printable, dot)),
    };
}

SSSE3 static inline __m128i load_places(const uint8_t *places)
{
    return _mm_load_si128((const void *)places);
}

SSSE3 static inline __m128i row_chunk(const struct hexline_chunk *chunk,
                                      const struct row_sources *sources)
{
    __m128i offset = _mm_shuffle_epi8(sources->offset, load_places(chunk->from[HEXLINE_OFFSET]));
    __m128i first = _mm_shuffle_epi8(sources->first, load_places(chunk->from[HEXLINE_FIRST]));
    __m128i second = _mm_shuffle_epi8(sources->second, load_places(chunk->from[HEXLINE_SECOND]));
    __m128i ascii = _mm_shuffle_epi8(sources->ascii, load_places(chunk->from[HEXLINE_ASCII]));
    __m128i hex = _mm_or_si128(first, second);
    __m128i rest = _mm_or_si128(_mm_or_si128(offset, ascii), load_places(chunk->fixed));

    return _mm_or_si128(hex, rest);
}

SSSE3 size_t hexline_ssse3(const struct hexline *line, struct hexline_run *run, char *dst,
                           const uint8_t *src, size_t rows)
{
    const __m128i digit = load(line->digit);
    size_t done = line->n_chunks > 0 ? hexline_loadable_rows(line, rows) : 0;

    for (size_t row = 0; row < done; row++) {
        __m128i counter = _mm_cvtsi64_si128((long long)run->counter);
        struct row_sources sources = row_sources(load(src), counter, digit);

        dst = hexline_repeat_head(dst, run);
        for (size_t i = 0; i < line->n_chunks; i++) {
            store(dst + i * HEXLINE_CHUNK, row_chunk(&line->chunks[i], &sources));
        }
        run->counter = hexline_add_digits(run->counter, line->step, line->radix);
        src += line->width;
        dst += line->text_length;
    }
    return done;
}

/* The same for two rows at a time, one in each half of a vector. */

AVX2 static inline __m256i load_places_twice(const uint8_t *places)
{
    return _mm256_load_si256((const void *)places);
}

struct pair_sources {
    __m256i offset;
    __m256i first;
    __m256i second;
    __m256i ascii;
};

AVX2 static inline struct pair_sources pair_sources(__m256i bytes, __m256i counters, __m256i digit)
{
    const __m256i nibble = _mm256_set1_epi8(15);
    const __m256i dot = _mm256_set1_epi8('.');
    const __m256i offset_digit = _mm256_broadcastsi128_si256(load("0123456789abcdef"));

    __m256i offset_high = _mm256_and_si256(_mm256_srli_epi16(counters, 4), nibble);
    __m256i offset_low = _mm256_and_si256(counters, nibble);
    __m256i high =
        _mm256_shuffle_epi8(digit, _mm256_and_si256(_mm256_srli_epi16(bytes, 4), nibble));
    __m256i low = _mm256_shuffle_epi8(digit, _mm256_and_si256(bytes, nibble));
    __m256i delete = _mm256_cmpeq_epi8(bytes, _mm256_set1_epi8(0x7f));
    __m256i printable =
        _mm256_andnot_si256(delete, _mm256_cmpgt_epi8(bytes, _mm256_set1_epi8(' ' - 1)));

    return (struct pair_sources){
        .offset = _mm256_shuffle_epi8(offset_digit, _mm256_unpacklo_epi8(offset_low, offset_high)),
        .first = _mm256_unpacklo_epi8(high, low),
        .second = _mm256_unpackhi_epi8(high, low),
        .ascii = _mm256_blendv_epi8(dot, bytes, printable),
    };
}

AVX2 static inline __m256i pair_chunk(const struct hexline_chunk *chunk,
                                      const struct pair_sources *sources)
{
    __m256i offset =
        _mm256_shuffle_epi8(sources->offset, load_places_twice(chunk->from[HEXLINE_OFFSET]));
    __m256i first =
        _mm256_shuffle_epi8(sources->first, load_places_twice(chunk->from[HEXLINE_FIRST]));
    __m256i second =
        _mm256_shuffle_epi8(sources->second, load_places_twice(chunk->from[HEXLINE_SECOND]));
    __m256i ascii =
        _mm256_shuffle_epi8(sources->ascii, load_places_twice(chunk->from[HEXLINE_ASCII]));
    __m256i hex = _mm256_or_si256(first, second);
    __m256i rest = _mm256_or_si256(_mm256_or_si256(offset, ascii), load_places_twice(chunk->fixed));

    return _mm256_or_si256(hex, rest);
}

/*
 * Stores go up through memory, so the second row waits in registers until the first is stored: a
 * third faster than storing chunks of both in turn. That takes a constant n_chunks.
 */
AVX2 ALWAYS_INLINE size_t put_pairs(const struct hexline *line, struct hexline_run *run, char *dst,
                                    const uint8_t *src, size_t pairs, const size_t n_chunks)
{
    const __m256i digit = _mm256_broadcastsi128_si256(load(line->digit));
    uint64_t second = hexline_add_digits(run->counter, line->step, line->radix);
    uint64_t counters = run->counter | second << 32;
    uint64_t step = hexline_add_digits(line->step, line->step, line->radix);

    step |= step << 32;
    for (size_t pair = 0; pair < pairs; pair++) {
        __m256i bytes = _mm256_set_m128i(load(src + line->width), load(src));
        __m256i both = _mm256_broadcastq_epi64(_mm_cvtsi64_si128((long long)counters));
        struct pair_sources sources = pair_sources(bytes, both, digit);
        __m256i chunks[HEXLINE_CHUNKS_MAX];

        dst = hexline_repeat_head(dst, run);
#pragma GCC unroll 6
        for (size_t i = 0; i < n_chunks; i++) {
            chunks[i] = pair_chunk(&line->chunks[i], &sources);
            store(dst + i * HEXLINE_CHUNK, _mm256_castsi256_si128(chunks[i]));
        }
        dst = hexline_repeat_head(dst + line->text_length, run);
#pragma GCC unroll 6
        for (size_t i = 0; i < n_chunks; i++) {
            store(dst + i * HEXLINE_CHUNK, _mm256_extracti128_si256(chunks[i], 1));
        }
        counters = hexline_add_digits(counters, step, line->radix);
        src += 2 * line->width;
        dst += line->text_length;
    }
    run->counter = counters & UINT32_MAX;
    return 2 * pairs;
}

AVX2 size_t hexline_avx2(const struct hexline *line, struct hexline_run *run, char *dst,
                         const uint8_t *src, size_t rows)
{
    size_t pairs = hexline_loadable_rows(line, rows) / 2;

    switch (line->n_chunks) {
    case 1:
        return put_pairs(line, run, dst, src, pairs, 1);
    case 2:
        return put_pairs(line, run, dst, src, pairs, 2);
    case 3:
        return put_pairs(line, run, dst, src, pairs, 3);
    case 4:
        return put_pairs(line, run, dst, src, pairs, 4);
    case 5:
        return put_pairs(line, run, dst, src, pairs, 5);
    case HEXLINE_CHUNKS_MAX:
        return put_pairs(line, run, dst, src, pairs, HEXLINE_CHUNKS_MAX);
    default:
        return 0;
    }
}

#endif
