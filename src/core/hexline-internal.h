/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Inside core/hexline: the compiled layout, and the variants that write full rows from it.
 *
 * A full row is a head and a text. The head is the prefix and the high digits of the offset; it is
 * the same for a run of rows, and mostly empty. The text is the rest: the low digits of the offset,
 * offset_end, HEX, ascii_start, ASCII, ascii_end and the newline. Its length, and all of it but
 * digits and ASCII, is the same for all rows of a layout.
 */
#ifndef IOVTOOL_CORE_HEXLINE_INTERNAL_H
#define IOVTOOL_CORE_HEXLINE_INTERNAL_H

#include <string.h>

#include "core/hexline.h"

#define HEXLINE_OFFSET_DIGITS_MAX 22u /* 2^64 - 1 in octal */
#define HEXLINE_LOW_DIGITS_MAX 8u

/*
 * The SIMD variants write the text of a row of up to 16 bytes as chunks of 16 places. A chunk is
 * the OR of `fixed` and four byte shuffles (pshufb), one for each source. A place that a source
 * fills holds the index into that source; all other indices are 0x80, which shuffles in a zero.
 * Each table has its values twice, for vectors that hold two rows.
 */
enum hexline_source {
    HEXLINE_OFFSET, /* the low digits, the last one at 0; from 8 on those of the second row */
    HEXLINE_FIRST,  /* the digits of bytes 0 to 7 */
    HEXLINE_SECOND, /* the digits of bytes 8 to 15 */
    HEXLINE_ASCII,
    HEXLINE_SOURCES,
};

#define HEXLINE_CHUNK 16u
#define HEXLINE_CHUNKS_MAX 6u

struct hexline_chunk {
    _Alignas(32) uint8_t from[HEXLINE_SOURCES][2 * HEXLINE_CHUNK];
    _Alignas(32) uint8_t fixed[2 * HEXLINE_CHUNK];
};

/* Full rows with the same head. */
struct hexline_run {
    const char *head; /* may be in the first row already */
    size_t head_length;
    uint64_t counter; /* the low digits of the next row's offset, packed: hexline_add_digits() */
};

/* Writes the head of a row of `run` and returns where it ends. Stores whole chunks: what is too
 * much will be overwritten. */
static inline char *hexline_repeat_head(char *dst, const struct hexline_run *run)
{
    for (size_t i = 0; i < run->head_length; i += HEXLINE_CHUNK) {
        char chunk[HEXLINE_CHUNK]; /* the head may be in the row */
        memcpy(chunk, run->head + i, sizeof(chunk));
        memcpy(dst + i, chunk, sizeof(chunk));
    }
    return dst + run->head_length;
}

/*
 * Writes rows of `run`, one directly after the other, and returns how many: the first of `rows`,
 * maybe not all of them. Advances run->counter past them. Never reads beyond rows * width bytes of
 * src; may store up to HEXLINE_SLACK bytes beyond the last row.
 */
typedef size_t hexline_kernel(const struct hexline *line, struct hexline_run *run, char *dst,
                              const uint8_t *src, size_t rows);

hexline_kernel hexline_scalar; /* always writes all rows */
#if defined(__x86_64__)
hexline_kernel hexline_ssse3;
hexline_kernel hexline_avx2;
#elif defined(__AARCH64EL__)
hexline_kernel hexline_neon;
#endif

/* The fastest that this processor has. */
hexline_kernel *hexline_best_kernel(void);

struct hexline {
    struct hexline_chunk chunks[HEXLINE_CHUNKS_MAX];
    size_t n_chunks; /* 0: the row or its text is too long for chunks */
    hexline_kernel *kernel;

    char *prefix;
    size_t prefix_length;
    unsigned radix;      /* of the offset; 0 for none */
    unsigned digits;     /* of the offset, at least */
    unsigned low_digits; /* how many of them are in the text */
    uint64_t low_span;   /* radix to the power of low_digits */
    uint64_t step;       /* packed: what each row adds to the counter */

    unsigned width;
    unsigned reversed; /* bytes that stand in reverse order: a group in little-endian, else 1 */
    bool ascii;
    uint16_t *column; /* where each byte's digits are in HEX */
    char *text;       /* blanks in place of offset, digits and ASCII */
    size_t hex_start; /* in the text, as are the next three */
    size_t ascii_start;
    size_t tail_start;
    size_t text_length;

    unsigned byte_digits; /* of each byte: 2, 3 or 8 */
    char pair[256][2];    /* each byte's digits in hex */
    char wide[256][8];    /* each byte's digits in another notation */
    char shown[256];      /* each byte's ASCII character */
    char digit[16];
};

/* The SIMD variants load each row as 16 bytes: how many of the rows have that many from their first
 * byte on. */
static inline size_t hexline_loadable_rows(const struct hexline *line, size_t rows)
{
    size_t bytes = rows * line->width;

    return bytes < HEXLINE_CHUNK ? 0 : (bytes - HEXLINE_CHUNK) / line->width + 1;
}

/* Where HEX of a row of `bytes` bytes ends, if not padded. */
size_t hexline_hex_end(const struct hexline *line, size_t bytes);

/* Writes the prefix, and `number` with at least `digits` digits (0 in no digits is nothing);
 * returns the end. */
char *hexline_put_head(const struct hexline *line, char *dst, uint64_t number, unsigned digits);

/* The low digits of `offset`, packed. */
uint64_t hexline_pack_digits(const struct hexline *line, uint64_t offset);

/*
 * Packed digits are digits of any radix up to 16, one a nibble, the last in the lowest; a 64-bit
 * word holds two numbers of 8. Adds both. When a sum takes more than 8 digits, both are garbage.
 *
 * A digit has to carry when it reaches the radix, not 16: so 16 - radix is added to each, and taken
 * back where no carry came out. What came out of a digit shows in the next one; out of the highest
 * none does.
 */
static inline uint64_t hexline_add_digits(uint64_t a, uint64_t b, unsigned radix)
{
    const uint64_t ones = UINT64_C(0x1111111111111111);
    const uint64_t excess = 16 - radix;

    if (excess == 0) {
        return a + b;
    }

    uint64_t raised = a + ones * excess;
    uint64_t sum = raised + b;
    uint64_t carried_in = sum ^ raised ^ b;
    uint64_t kept = (~carried_in >> 4 | UINT64_C(1) << 60) & ones;

    return sum - kept * excess;
}

#endif
