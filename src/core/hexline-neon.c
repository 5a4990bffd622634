/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/hexline-internal.h"

#if defined(__AARCH64EL__)

#include <arm_neon.h>

static inline uint8x16_t load(const void *from)
{
    return vld1q_u8(from);
}

static inline void store(char *to, uint8x16_t places)
{
    vst1q_u8((uint8_t *)to, places);
}

struct row_sources {
    uint8x16_t offset;
    uint8x16_t first;
    uint8x16_t second;
    uint8x16_t ascii;
};

static inline struct row_sources row_sources(uint8x16_t bytes, uint64_t counter, uint8x16_t digit)
{
    const uint8x16_t nibble = vdupq_n_u8(15);
    const uint8x16_t offset_digit = load("0123456789abcdef");
    const uint8x16_t packed = vreinterpretq_u8_u64(vdupq_n_u64(counter));

    uint8x16_t offset_low = vandq_u8(packed, nibble);
    uint8x16_t offset_high = vshrq_n_u8(packed, 4);
    uint8x16_t low = vqtbl1q_u8(digit, vandq_u8(bytes, nibble));
    uint8x16_t high = vqtbl1q_u8(digit, vshrq_n_u8(bytes, 4));
    uint8x16_t printable =
        vandq_u8(vcgeq_u8(bytes, vdupq_n_u8(' ')), vcltq_u8(bytes, vdupq_n_u8(0x7f)));

    return (struct row_sources){
        .offset = vqtbl1q_u8(offset_digit, vzip1q_u8(offset_low, offset_high)),
        .first = vzip1q_u8(high, low),
        .second = vzip2q_u8(high, low),
        .ascii = vbslq_u8(printable, bytes, vdupq_n_u8('.')),
    };
}

/* An index of 16 or more looks up a zero, as pshufb does from 0x80 on. */
static inline uint8x16_t row_chunk(const struct hexline_chunk *chunk,
                                   const struct row_sources *sources)
{
    uint8x16_t offset = vqtbl1q_u8(sources->offset, load(chunk->from[HEXLINE_OFFSET]));
    uint8x16_t first = vqtbl1q_u8(sources->first, load(chunk->from[HEXLINE_FIRST]));
    uint8x16_t second = vqtbl1q_u8(sources->second, load(chunk->from[HEXLINE_SECOND]));
    uint8x16_t ascii = vqtbl1q_u8(sources->ascii, load(chunk->from[HEXLINE_ASCII]));
    uint8x16_t rest = vorrq_u8(vorrq_u8(offset, ascii), load(chunk->fixed));

    return vorrq_u8(vorrq_u8(first, second), rest);
}

size_t hexline_neon(const struct hexline *line, struct hexline_run *run, char *dst,
                    const uint8_t *src, size_t rows)
{
    const uint8x16_t digit = load(line->digit);
    size_t done = line->n_chunks > 0 ? hexline_loadable_rows(line, rows) : 0;

    for (size_t row = 0; row < done; row++) {
        struct row_sources sources = row_sources(load(src), run->counter, digit);

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

#endif
