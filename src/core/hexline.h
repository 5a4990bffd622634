/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rows of a hex dump: bytes -> text. The inner loop of every dump that iovtool prints.
 *
 * A style describes a look (hexdump -C, xxd, xxd -p, QEMU's). hexline_new() compiles it into a
 * layout once; rows are then written by the fastest variant the processor has (scalar, SSSE3,
 * AVX2, NEON), all of them equal byte for byte. No I/O, no allocation per row.
 *
 * A row is PREFIX OFFSET offset_end HEX ascii_start ASCII ascii_end "\n", with HEX padded with
 * blanks to the width of a full row when ASCII follows, and not padded when it does not.
 *
 * Rows of more than 16 bytes are written by the scalar variant, whatever the processor. From cache
 * to cache, hexdump -C's look, on a Zen 3 core at 3.1 GHz, in MB of bytes a second: scalar 850,
 * SSSE3 2000, AVX2 4000. NEON was not measured: there was no hardware for it.
 */
#ifndef IOVTOOL_CORE_HEXLINE_H
#define IOVTOOL_CORE_HEXLINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HEXLINE_WIDTH_MAX 4096u

enum hexline_base {
    HEXLINE_HEX,
    HEXLINE_DEC,
    HEXLINE_OCT,
    HEXLINE_NO_OFFSET, /* prefix and offset_end are still written */
};

/* How a byte of HEX is written. */
enum hexline_notation {
    HEXLINE_BYTE_HEX, /* two digits */
    HEXLINE_BYTE_BIN, /* eight */
    HEXLINE_BYTE_OCT, /* three */
    HEXLINE_BYTE_DEC, /* three */
};

/* The strings are copied. */
struct hexline_style {
    const char *prefix;     /* before the offset, may be "" */
    enum hexline_base base; /* of the offset */
    unsigned digits;        /* least digits of an offset, zero-padded; larger offsets take more */
    const char *offset_end; /* between OFFSET and HEX: "  " canonical, ": " xxd */
    unsigned width;         /* bytes a row, 1 to HEXLINE_WIDTH_MAX */
    unsigned group;         /* bytes between two blanks; 0: no blanks at all */
    unsigned half;          /* one more blank after every `half` bytes (8 canonical, 4 QEMU), but
                               not after the last byte of a row; 0: never */
    bool little_endian;     /* the bytes of a group in reverse order, see below */
    enum hexline_notation notation; /* all but hex go the scalar way */
    bool upper;                     /* A-F in HEX; offsets stay lower case */
    bool ascii;                     /* false: no ascii_start, ASCII, ascii_end */
    const char *ascii_start;        /* "  |" canonical, "  " xxd, " " QEMU */
    const char *ascii_end;          /* "|" canonical */
};

/*
 * Little-endian: a group of 0 bytes, or of more than a row has, is the whole row. The last group
 * keeps its full width: blanks stand left of its digits for the bytes that it lacks. The blank of a
 * half that ends inside a group comes after the group. (Where the width is no multiple of
 * the group, xxd -e writes HEX and ASCII over each other; this does not.)
 */

struct hexline; /* compiled */

struct hexline *hexline_new(const struct hexline_style *style);
void hexline_free(struct hexline *line);

/* Bytes of input in a full row. */
unsigned hexline_width(const struct hexline *line);

/* The most bytes of text one row can take, whatever its offset; never less than any row. */
size_t hexline_row_max(const struct hexline *line);

/*
 * Writes `rows` full rows for the rows * width bytes at `src`, the first at `offset`, to `dst` and
 * returns the bytes written. Offsets wrap at 2^64. Reads exactly rows * width bytes of src. dst
 * needs rows * hexline_row_max() + HEXLINE_SLACK bytes: variants store a little past the text.
 * Equal to calling hexline_row() for each row.
 */
#define HEXLINE_SLACK 64u
size_t hexline_rows(const struct hexline *line, char *dst, const uint8_t *src, size_t rows,
                    uint64_t offset);

/*
 * One row of 1 to width bytes, written to hexline_row_max() bytes at `dst`. Reads exactly `bytes`
 * bytes of src. The plain code that every variant is tested against.
 */
size_t hexline_row(const struct hexline *line, char *dst, const uint8_t *src, size_t bytes,
                   uint64_t offset);

/*
 * How many of the `rows` rows at `src` come before the first one that equals the row before it;
 * `previous` is the row before the first, or NULL for none. Equal to a loop of memcmp(), but a
 * fraction of the cost of hexline_rows().
 */
size_t hexline_distinct(const uint8_t *previous, const uint8_t *src, size_t rows, unsigned width);

/*
 * How many of the `rows` rows at `src`, from the first on, equal the row `model`. Runs at the speed
 * of memcmp() on long runs; costs one short memcmp() when the first row differs.
 */
size_t hexline_equal(const uint8_t *model, const uint8_t *src, size_t rows, unsigned width);

/*
 * Test hook: makes variant `index` of the table the one that `line` uses, puts its name in *name
 * and returns true. When this processor lacks it, leaves the choice alone and sets *name to NULL.
 * False when there is no such variant. Variants go from the plainest to the best, so the last one
 * that has a name is the default.
 */
bool hexline_use_variant(struct hexline *line, unsigned index, const char **name);

/*
 * hexline_row() with digits and ASCII characters in a colour for the class of their byte: NUL
 * bright black, printable cyan, white space (blank, \t \n \v \f \r) green, other ASCII control
 * magenta, 0x80 and up yellow. An escape stands only where the class changes; blanks between groups
 * keep the colour. HEX and ASCII each end with a reset; nothing else is coloured. Without its
 * escapes the row equals hexline_row()'s. Slow path, for terminals.
 */
size_t hexline_color_row(const struct hexline *line, char *dst, const uint8_t *src, size_t bytes,
                         uint64_t offset);
size_t hexline_color_row_max(const struct hexline *line);

#endif
