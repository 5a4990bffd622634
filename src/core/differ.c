/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/differ.h"

#include <glib.h>
#include <stdint.h>
#include <string.h>

#include "core/neon-mask.h"
#include "core/variant.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

/*
 * A mask has one bit for each of MASK_BYTES bytes, the lowest for the first: 1 where the sides
 * differ. Making masks is all that the variants do.
 */
#define MASK_BYTES 64

/* memcmp goes first, over this much at a time; masks are made only of what it finds unequal. */
#define BLOCK_BYTES 4096

static uint64_t load64(const uint8_t *bytes)
{
    uint64_t word;

    memcpy(&word, bytes, sizeof(word));
    return GUINT64_FROM_LE(word);
}

/* One bit for each byte of `word`: 1 where the byte is not zero. */
static uint64_t nonzero_bytes(uint64_t word)
{
    const uint64_t low_bits = 0x7f7f7f7f7f7f7f7f;
    uint64_t top_bits = (((word & low_bits) + low_bits) | word) & ~low_bits;

    /* The product moves bit 8 * i to bit 56 + i; no two of its terms meet, so none carries. */
    return ((top_bits >> 7) * 0x0102040810204080) >> 56;
}

static uint64_t mask_scalar(const uint8_t *a, const uint8_t *b)
{
    uint64_t mask = 0;

    for (unsigned i = 0; i < MASK_BYTES; i += 8) {
        mask |= nonzero_bytes(load64(a + i) ^ load64(b + i)) << i;
    }
    return mask;
}

#if defined(__x86_64__)

static uint64_t mask_sse2(const uint8_t *a, const uint8_t *b)
{
    uint64_t equal = 0;

    for (unsigned i = 0; i < MASK_BYTES; i += sizeof(__m128i)) {
        __m128i left = _mm_loadu_si128((const __m128i *)(a + i));
        __m128i right = _mm_loadu_si128((const __m128i *)(b + i));

        equal |= (uint64_t)(uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(left, right)) << i;
    }
    return ~equal;
}

__attribute__((target("avx2"))) static uint64_t mask_avx2(const uint8_t *a, const uint8_t *b)
{
    uint64_t equal = 0;

    for (unsigned i = 0; i < MASK_BYTES; i += sizeof(__m256i)) {
        __m256i left = _mm256_loadu_si256((const __m256i *)(a + i));
        __m256i right = _mm256_loadu_si256((const __m256i *)(b + i));

        equal |= (uint64_t)(uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(left, right)) << i;
    }
    return ~equal;
}

#elif defined(__AARCH64EL__)

static uint64_t mask_neon(const uint8_t *a, const uint8_t *b)
{
    uint8x16_t equal[4];

    for (unsigned i = 0; i < 4; i++) {
        equal[i] = vceqq_u8(vld1q_u8(a + 16 * i), vld1q_u8(b + 16 * i));
    }
    return ~neon_mask(equal);
}

#endif

typedef uint64_t differ_kernel(const uint8_t *a, const uint8_t *b);

static differ_kernel *const kernels[VARIANT_COUNT] = {
    [VARIANT_SCALAR] = mask_scalar,
#if defined(__x86_64__)
    [VARIANT_SSE2] = mask_sse2,
    [VARIANT_AVX2] = mask_avx2,
#elif defined(__AARCH64EL__)
    [VARIANT_NEON] = mask_neon,
#endif
};

static unsigned chosen;

__attribute__((constructor)) static void choose_variant(void)
{
    chosen = variant_best();
}

bool differ_use_variant(unsigned index, const char **name)
{
    return variant_use(index, &chosen, name);
}

/* Fewer than MASK_BYTES bytes; those that are missing count as equal. */
static uint64_t mask_tail(const uint8_t *a, const uint8_t *b, size_t bytes)
{
    uint8_t left[MASK_BYTES] = { 0 };
    uint8_t right[MASK_BYTES] = { 0 };

    memcpy(left, a, bytes);
    memcpy(right, b, bytes);
    return kernels[chosen](left, right);
}

static uint64_t mask_at(const uint8_t *a, const uint8_t *b, size_t bytes)
{
    return bytes >= MASK_BYTES ? kernels[chosen](a, b) : mask_tail(a, b, bytes);
}

static bool block_is_equal(const uint8_t *a, const uint8_t *b, size_t bytes)
{
    return memcmp(a, b, MIN(bytes, BLOCK_BYTES)) == 0;
}

size_t differ_equal_prefix(const void *a, const void *b, size_t bytes)
{
    const uint8_t *left = a;
    const uint8_t *right = b;
    size_t at = 0;

    while (at < bytes && block_is_equal(left + at, right + at, bytes - at)) {
        at += BLOCK_BYTES;
    }
    /* What differed to memcmp may be equal by now: `bytes` ends this loop, not the difference. */
    for (; at < bytes; at += MASK_BYTES) {
        uint64_t mask = mask_at(left + at, right + at, bytes - at);

        if (mask != 0) {
            return at + (size_t)__builtin_ctzll(mask);
        }
    }
    return bytes;
}

struct trace {
    struct differ_run *runs;
    size_t max;
    size_t count;
    bool open; /* runs[count] has begun, and has its offset */
};

static void begin_run(struct trace *trace, size_t start)
{
    trace->runs[trace->count].offset = start;
    trace->open = true;
}

static void end_run(struct trace *trace, size_t end)
{
    trace->runs[trace->count].length = end - trace->runs[trace->count].offset;
    trace->count++;
    trace->open = false;
}

/* An edge is a bit unlike the one before it: it begins a run and ends one by turns. */
static void trace_mask(struct trace *trace, uint64_t mask, size_t at)
{
    uint64_t edges = mask ^ (mask << 1 | trace->open);

    for (; edges != 0 && trace->count < trace->max; edges &= edges - 1) {
        size_t edge = at + (size_t)__builtin_ctzll(edges);

        if (trace->open) {
            end_run(trace, edge);
        } else {
            begin_run(trace, edge);
        }
    }
}

static size_t end_of_last(const struct trace *trace)
{
    const struct differ_run *last = &trace->runs[trace->count - 1];

    return last->offset + last->length;
}

size_t differ_runs(const void *a, const void *b, size_t bytes, struct differ_run *runs, size_t max,
                   size_t *used)
{
    const uint8_t *left = a;
    const uint8_t *right = b;
    struct trace trace = { .runs = runs, .max = max };
    size_t at = 0;

    g_assert(max > 0);
    while (at < bytes && trace.count < max) {
        if (at % BLOCK_BYTES == 0 && !trace.open &&
            block_is_equal(left + at, right + at, bytes - at)) {
            at += BLOCK_BYTES;
        } else {
            trace_mask(&trace, mask_at(left + at, right + at, bytes - at), at);
            at += MASK_BYTES;
        }
    }
    if (trace.open) {
        end_run(&trace, bytes);
    }
    *used = trace.count < max ? bytes : end_of_last(&trace);
    return trace.count;
}
