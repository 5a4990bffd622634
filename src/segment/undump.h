/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The way back from a text dump to its bytes: what hexdump -C, xxd (any -c, -g, -u; not -e, -b, -i)
 * and xxd -p write, and the looks of the same names of iovtool. Strict: the first character that
 * does not belong is an error with its line and column.
 *
 *     canonical  OFFSET "  " DIGITS blanks "|" ASCII "|"    and OFFSET alone to close the dump
 *     xxd        OFFSET ": " DIGITS blanks ASCII
 *     plain      DIGITS
 *
 * The first line that is not empty and no comment tells which of them it is: a colon after its
 * leading hex digits, two blanks, or anything else. OFFSET is in hex, of 64 bits. DIGITS are pairs
 * of hex digits of either case, one pair a byte, one after the other or with a blank (in canonical
 * also two) between them, never inside a pair, and no blank after the last pair of a plain line.
 * A row may have any number of bytes but 0, and need not have as many as the one before.
 *
 * - In canonical HEX ends where the "|" is, since neither digits nor blanks are one. In xxd, whose
 *   ASCII may hold digits and blanks, it ends at the first two blanks.
 * - ASCII has a character for each byte, and starts in the same place of all rows, counted from the
 *   first digit: two or more blanks after the longest row. It must agree with the digits ("." for
 *   what is not printable), since of a dump that was edited in one place only nobody knows which.
 * - A plain row that starts with 6, 8 or 10 digits and a blank may be one of od -A x, whose offset
 *   is no data. It is refused unless it looks like hexdump -f plain --group: groups of as many
 *   digits, of which only the last has fewer, and not even the only one after the first; nor may
 *   the next row start where this one would end.
 * - Offsets go on without gap or overlap from the first one, which may be any.
 * - A line "*" stands for the row before it, repeated up to the next offset, where the last
 *   repetition may be cut short. There must be a next offset.
 * - After the line that closes a dump only comments may follow.
 *
 * Lines that start with "#" are comments (iovtool's --segments), empty lines are ignored, "\r\n"
 * ends a line too, and the last line need not end. Colour escapes are refused.
 */
#ifndef IOVTOOL_SEGMENT_UNDUMP_H
#define IOVTOOL_SEGMENT_UNDUMP_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>

/*
 * Appends the bytes that `text` (length bytes) dumps to `out`. `name` is the dump's name for
 * messages: "dump 'NAME', line 3, column 12: not a hex digit: 'q'" (IOVTOOL_ERROR_SYNTAX,
 * segment/spec.h); lines count from 1, as do columns, in bytes. Bytes that were appended before an
 * error stay. Refuses more than `limit` bytes in all "*" together, and more than `out` can hold
 * (4 GiB). No allocation but the growth of `out`.
 */
bool undump(const char *name, const char *text, size_t length, size_t limit, GByteArray *out,
            GError **error);

#endif
