/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Numbers as users write them: sizes, offsets and lengths.
 *
 *     NUMBER := DECIMAL | 0xHEX   [ UNIT ]
 *     UNIT   := B | s | K M G T P E | KiB MiB ... (powers of 1024) | KB MB ... (powers of 1000)
 *
 * A leading zero is still decimal. The prefix letter is taken in both cases (k = K); `s` is a
 * 512-byte sector. The largest value is 2^63 - 1, the largest offset a file can have. After 0x a
 * unit that is itself a hex digit (B, E) reads as a digit.
 */
#ifndef IOVTOOL_SEGMENT_SIZE_H
#define IOVTOOL_SEGMENT_SIZE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The *problem of a number that is well formed but too large; compare the pointer. */
extern const char size_too_large[];

/*
 * Parses a number at the start of `text` and sets *value and *used, the bytes taken. On failure
 * returns false with *problem a static message ("number expected", "unknown unit", "too large";
 * the caller quotes the text) and *used the offset of the offending byte: for an unknown unit the
 * first byte of that unit, for a number too large its first byte.
 *
 * A number ends where its run of ASCII letters and digits ends, so that letters directly after it
 * are an unknown unit; "+", "..", "@" and the end of the text end the number.
 * Hot: called three times for each of ten million lines; allocates nothing.
 */
bool size_scan(const char *text, size_t length, uint64_t *value, size_t *used,
               const char **problem);

/* The same for a text that must be wholly one number. *bad_column is counted from 1. */
bool size_parse(const char *text, size_t length, uint64_t *value, size_t *bad_column,
                const char **problem);

/* The same with a limit of the caller's own, up to UINT64_MAX. */
bool size_parse_up_to(const char *text, size_t length, uint64_t limit, uint64_t *value,
                      size_t *bad_column, const char **problem);

#endif
