/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Bytes written out in a word -> those bytes. Each decoder replaces what `out` holds; out->data is
 * never NULL afterwards, even when there are no bytes.
 */
#ifndef IOVTOOL_SEGMENT_LITERAL_H
#define IOVTOOL_SEGMENT_LITERAL_H

#include "segment/problem.h"

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Longer text is refused: a GByteArray counts in 32 bits. */
#define LITERAL_TEXT_MAX ((size_t)INT32_MAX)

/*
 *     HEX := RUN [ SEPARATOR RUN ] ...
 *     RUN := [ "0x" ] two digits a byte
 *     SEPARATOR := one ":" or one " "
 *
 * No text is no bytes.
 */
bool literal_hex(const char *text, size_t length, GByteArray *out, struct problem *problem);

/*
 * The same, where each digit may also be "?". `mask` gets as many bytes as `out`: their bits are
 * those that the digits say, and 0 where a digit is left open, as the bit in `out` is then. NULL:
 * no digit may be.
 */
bool literal_hex_pattern(const char *text, size_t length, GByteArray *out, GByteArray *mask,
                         struct problem *problem);

/*
 * Text with the escapes \n \r \t \\ \xHH (exactly two digits) and \NNN (one to three octal digits,
 * at most \377). A backslash before anything else is an error; every other byte is itself.
 */
bool literal_string(const char *text, size_t length, GByteArray *out, struct problem *problem);

/*
 * Base64 of RFC 4648, with "+" and "/" or with "-" and "_". The "=" at the end may be missing, but
 * not one of two; bits that belong to no byte are 0.
 */
bool literal_base64(const char *text, size_t length, GByteArray *out, struct problem *problem);

/*
 * [ "-" ] NUMBER (segment/size.h) as an integer of `width` bytes: 1, 2, 3, 4 or 8. Anything from
 * the least signed to the greatest unsigned value; negative ones in two's complement.
 */
bool literal_integer(const char *text, size_t length, unsigned width, bool big_endian,
                     GByteArray *out, struct problem *problem);

#endif
