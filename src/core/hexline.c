/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/hexline-internal.h"

#include <glib.h>
#include <string.h>

#define EACH_BYTE(value) (UINT64_C(0x0101010101010101) * (value))

char *hexline_put_head(const struct hexline *line, char *dst, uint64_t number, unsigned digits)
{
    char reversed[HEXLINE_OFFSET_DIGITS_MAX];
    unsigned length = 0;

    memcpy(dst, line->prefix, line->prefix_length);
    dst += line->prefix_length;
    for (; line->radix > 0 && number > 0; number /= line->radix) {
        reversed[length++] = "0123456789abcdef"[number % line->radix];
    }
    for (; digits > length; digits--) {
        *dst++ = '0';
    }
    while (length > 0) {
        *dst++ = reversed[--length];
    }
    return dst;
}

/* Digits in another notation than hex. */
static void put_wide(const struct hexline *line, char *hex, const uint8_t *src, size_t bytes)
{
    const size_t digits = line->byte_digits;

    for (size_t i = 0; i < bytes; i++) {
        char *to = hex + line->column[i];

        if (digits == 8) {
            memcpy(to, line->wide[src[i]], 8);
        } else {
            memcpy(to, line->wide[src[i]], 3);
        }
    }
}

size_t hexline_row(const struct hexline *line, char *dst, const uint8_t *src, size_t bytes,
                   uint64_t offset)
{
    char *offset_end = hexline_put_head(line, dst, offset, line->digits);
    char *text = offset_end - line->low_digits;
    char *hex = text + line->hex_start;
    char *end = line->ascii ? text + line->ascii_start : hex + hexline_hex_end(line, bytes);
    size_t tail_length = line->text_length - line->tail_start;

    g_assert(bytes >= 1 && bytes <= line->width);
    memcpy(offset_end, line->text + line->low_digits, line->ascii_start - line->low_digits);
    if (line->byte_digits == 2) {
        for (size_t i = 0; i < bytes; i++) {
            memcpy(hex + line->column[i], line->pair[src[i]], 2);
        }
    } else {
        put_wide(line, hex, src, bytes);
    }
    for (size_t i = 0; line->ascii && i < bytes; i++) {
        *end++ = line->shown[src[i]];
    }
    memcpy(end, line->text + line->tail_start, tail_length);
    return (size_t)(end - dst) + tail_length;
}

uint64_t hexline_pack_digits(const struct hexline *line, uint64_t offset)
{
    uint64_t packed = 0;

    for (unsigned digit = 0; digit < line->low_digits; digit++) {
        packed |= offset % line->radix << (4 * digit);
        offset /= line->radix;
    }
    return packed;
}

/* Always stores 8 digits: what is too much will be overwritten. */
static void put_low_digits(char *text, uint64_t packed, unsigned digits)
{
    uint64_t spread = packed << (4 * (HEXLINE_LOW_DIGITS_MAX - digits)) & UINT32_MAX;

    spread = (spread << 16 | spread) & UINT64_C(0x0000ffff0000ffff);
    spread = (spread << 8 | spread) & UINT64_C(0x00ff00ff00ff00ff);
    spread = (spread << 4 | spread) & UINT64_C(0x0f0f0f0f0f0f0f0f);

    uint64_t letters = (spread + EACH_BYTE(16 - 10)) >> 4 & EACH_BYTE(1);
    uint64_t characters = GUINT64_TO_BE(spread + EACH_BYTE('0') + letters * ('a' - '9' - 1));

    memcpy(text, &characters, sizeof characters);
}

static void put_eight_shown(char *ascii, const uint8_t *src)
{
    uint64_t bytes;

    memcpy(&bytes, src, sizeof bytes);

    uint64_t seven_bits = bytes & EACH_BYTE(0x7f);
    uint64_t not_control = seven_bits + EACH_BYTE(0x80 - ' ');
    uint64_t above_tilde = seven_bits + EACH_BYTE(0x80 - '~' - 1);
    uint64_t printable = not_control & ~above_tilde & ~bytes & EACH_BYTE(0x80);
    uint64_t mask = (printable - (printable >> 7)) | printable;
    uint64_t shown = (bytes & mask) | (EACH_BYTE('.') & ~mask);

    memcpy(ascii, &shown, sizeof shown);
}

/*
 * restrict and the locals: else every store of a char might change the layout, which would be
 * loaded again.
 */
static void put_bytes(const struct hexline *line, char *restrict text, const uint8_t *restrict src)
{
    const uint16_t *restrict column = line->column;
    char *restrict hex = text + line->hex_start;
    char *restrict ascii = text + line->ascii_start;
    const bool with_ascii = line->ascii;
    const size_t width = line->width;
    size_t i = 0;

    for (; i + 8 <= width; i += 8) {
#pragma GCC unroll 8
        for (size_t k = i; k < i + 8; k++) {
            memcpy(hex + column[k], line->pair[src[k]], 2);
        }
        if (with_ascii) {
            put_eight_shown(ascii + i, src + i);
        }
    }
    for (; i < width; i++) {
        memcpy(hex + column[i], line->pair[src[i]], 2);
        if (with_ascii) {
            ascii[i] = line->shown[src[i]];
        }
    }
}

static void put_wide_row(const struct hexline *line, char *text, const uint8_t *src)
{
    put_wide(line, text + line->hex_start, src, line->width);
    for (size_t i = 0; line->ascii && i < line->width; i++) {
        text[line->ascii_start + i] = line->shown[src[i]];
    }
}

size_t hexline_scalar(const struct hexline *line, struct hexline_run *run, char *dst,
                      const uint8_t *src, size_t rows)
{
    const size_t low_digits = line->low_digits;

    for (size_t row = 0; row < rows; row++) {
        if (run->head_length > 0) {
            memmove(dst, run->head, run->head_length);
            dst += run->head_length;
        }
        put_low_digits(dst, run->counter, line->low_digits);
        memcpy(dst + low_digits, line->text + low_digits, line->text_length - low_digits);
        if (line->byte_digits == 2) {
            put_bytes(line, dst, src);
        } else {
            put_wide_row(line, dst, src);
        }
        run->counter = hexline_add_digits(run->counter, line->step, line->radix);
        src += line->width;
        dst += line->text_length;
    }
    return rows;
}

/* How many of the rows from `offset` on have the same high digits. */
static size_t run_rows(const struct hexline *line, size_t rows, uint64_t offset)
{
    if (line->radix == 0) {
        return rows;
    }

    uint64_t until_carry = line->low_span - 1 - offset % line->low_span;
    uint64_t until_wrap = UINT64_MAX - offset;

    return (size_t)MIN((uint64_t)rows - 1, MIN(until_carry, until_wrap) / line->width) + 1;
}

static size_t put_run(const struct hexline *line, char *dst, const uint8_t *src, size_t rows,
                      uint64_t offset)
{
    uint64_t high = offset / line->low_span;
    char *head_end = hexline_put_head(line, dst, high, line->digits - line->low_digits);
    struct hexline_run run = {
        .head = dst,
        .head_length = (size_t)(head_end - dst),
        .counter = hexline_pack_digits(line, offset),
    };
    size_t row_length = run.head_length + line->text_length;
    size_t done = line->kernel(line, &run, dst, src, rows);

    hexline_scalar(line, &run, dst + done * row_length, src + done * line->width, rows - done);
    return rows * row_length;
}

size_t hexline_rows(const struct hexline *line, char *dst, const uint8_t *src, size_t rows,
                    uint64_t offset)
{
    char *text = dst;

    while (rows > 0) {
        size_t n = run_rows(line, rows, offset);

        text += put_run(line, text, src, n, offset);
        src += n * line->width;
        offset += n * line->width;
        rows -= n;
    }
    return (size_t)(text - dst);
}

struct variant {
    const char *name;
    hexline_kernel *kernel;
};

/* From the slowest to the fastest. */
static const struct variant variants[] = {
    { "scalar", hexline_scalar },
#if defined(__x86_64__)
    { "ssse3", hexline_ssse3 },
    { "avx2", hexline_avx2 },
#elif defined(__AARCH64EL__)
    { "neon", hexline_neon },
#endif
};

static bool processor_has(const struct variant *variant)
{
#if defined(__x86_64__)
    if (variant->kernel == hexline_ssse3) {
        return __builtin_cpu_supports("ssse3");
    }
    if (variant->kernel == hexline_avx2) {
        return __builtin_cpu_supports("avx2");
    }
#elif defined(__AARCH64EL__)
    if (variant->kernel == hexline_neon) {
        return true; /* a part of arm64 */
    }
#endif
    return variant->kernel == hexline_scalar;
}

hexline_kernel *hexline_best_kernel(void)
{
    size_t best = G_N_ELEMENTS(variants) - 1;

    while (!processor_has(&variants[best])) {
        best--;
    }
    return variants[best].kernel;
}

bool hexline_use_variant(struct hexline *line, unsigned index, const char **name)
{
    if (index >= G_N_ELEMENTS(variants)) {
        return false;
    }
    *name = NULL;
    if (processor_has(&variants[index])) {
        *name = variants[index].name;
        line->kernel = variants[index].kernel;
    }
    return true;
}
