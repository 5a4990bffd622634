/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Dumps -> rows: the bytes that each line of a text shows, and the offset that it gives them.
 * Strict: the first character that does not belong is an error with its line and column.
 *
 *     canonical  OFFSET "  " BYTES [ blanks "|" CHARACTERS "|" ]          hexdump -C
 *     xxd        OFFSET ": " BYTES [ blanks CHARACTERS ]                  xxd, any -c, -g, -u
 *     xxd-b      the same with eight binary digits a byte                 xxd -b
 *     plain      BYTES                                                    xxd -p
 *     od-x od-d od-o  OFFSET " " BYTES [ blanks ">" CHARACTERS "<" ]      od -A x|d|o -t x1[z]
 *
 *     tcpdump    "0x" OFFSET ":  " BYTES [ blanks CHARACTERS ]            tcpdump -x[x], -X[X]
 *     hexyl      rows of any number of panels, coloured or not            hexyl
 *     c          0xHH, 0xHH ... in an array or alone                      xxd -i
 *     ihex       ":" LENGTH ADDRESS TYPE BYTES SUM                        Intel HEX, 32 bits
 *     srec       "S" TYPE LENGTH ADDRESS BYTES SUM                        Motorola S-records
 *
 * OFFSET is a number of 64 bits, in decimal or octal in the last two, else in hex; those of od have
 * 6 digits or more in hex, else 7. BYTES are pairs of hex digits of either case, never with a blank
 * inside, and one after the other or with a blank between them; canonical allows two, od needs one.
 * A row may have any number of bytes but 0, and need not have as many as the one before.
 *
 * - In canonical BYTES end where the "|" is, since neither digits nor blanks are one. In xxd, whose
 *   characters may be digits and blanks, they end at the first two blanks.
 * - CHARACTERS, one for each byte, must agree with the digits ("." for what is not printable),
 *   since of a dump that was edited in one place only nobody knows which. Where nothing marks
 *   their start they are the last ones of the line. Blanks at the end of a line may be missing.
 * - A line "*" stands for the row before it, repeated up to the next offset, where the last
 *   repetition may be cut short. There must be a next offset. Not in plain.
 * - canonical and od may end with an offset alone. Only comments follow it.
 * - In tcpdump lines without an offset start a packet, whose rows start at 0 again; so packets
 *   follow each other. Its characters have a "." for the blank. In c the length behind the array
 *   must be right, if it is there.
 * - In ihex and srec the offset is the address, with what records of type 02 and 04 add to it.
 *   Lengths, checksums and counts are verified. Entry points and headers are no bytes. The last
 *   record may not be missing (in srec it may after a count).
 *
 * Lines that start with "#" are comments (iovtool's --segments), empty lines are ignored, "\r\n"
 * ends a line too, and the last line need not end. Colour escapes are refused.
 *
 * The look may be named. Else every look that the first line could start is tried on the whole
 * text, and those that can read it must agree. Text that could be two looks is refused:
 * - A first row like "aabbcc 41 42" is data or starts with an offset. It is od's if an offset comes
 *   after it that goes on from there; it is plain if it looks like hexdump -f plain --group: groups
 *   of as many digits, of which only the last of a row has fewer. Nothing else is a reason.
 * - A canonical row without characters also needs an offset that goes on from there; and a row that
 *   is no decimal one of od -t u1 or u2.
 * - Rows with gaps in hex must not go on without one in decimal (xxd -d).
 */
#ifndef IOVTOOL_SEGMENT_TEXT_ROWS_H
#define IOVTOOL_SEGMENT_TEXT_ROWS_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum text_look {
    TEXT_CANONICAL,
    TEXT_BITS,
    TEXT_XXD,
    TEXT_OD_HEX,
    TEXT_OD_DEC,
    TEXT_OD_OCT,
    TEXT_TCPDUMP,
    TEXT_HEXYL,
    TEXT_ARRAY,
    TEXT_PLAIN,
    TEXT_IHEX,
    TEXT_SREC,
    TEXT_LOOKS,
    TEXT_ANY = TEXT_LOOKS, /* the first line tells */
};

/* The word for a look, as it stands above; NULL for TEXT_ANY. */
const char *text_look_word(enum text_look look);
bool text_look_parse(const char *word, size_t length, enum text_look *look);

enum text_rows_use {
    TEXT_ADJACENT, /* offsets go on without gap or overlap from the first one, which may be any */
    TEXT_PLACED,   /* each row needs an offset, of any order: plain is refused */
};

/* The strings live as long as the rows; the text has `length` bytes and need not end with a NUL. */
struct text_rows_input {
    const char *kind; /* for messages: "dump" */
    const char *name; /* for messages: the name of the text */
    const char *hint; /* for messages: how a look is named, "dump:LOOK:PATH names the look" */
    const char *text;
    size_t length;
    enum text_look look;
    enum text_rows_use use;
};

struct text_row {
    const uint8_t *bytes; /* valid until the next call */
    size_t length;        /* at least 1 */
    uint64_t span;        /* more than `length`: the bytes are repeated up to this many */
    uint64_t offset;      /* of the first byte; 0 without offsets. May wrap at 2^64 */
    size_t line;          /* from 1; of a repetition the line of the offset where it ends */
};

enum text_rows_status { TEXT_ROW, TEXT_END, TEXT_FAILED };

struct text_rows;

/*
 * Finds the look of a text. NULL when there is an error, which is always IOVTOOL_ERROR_SYNTAX:
 * "dump 'NAME', line 3, column 12: expected a hex digit, found 'q'"; lines count from 1, as do
 * columns, in bytes. Memory is in proportion to the longest line.
 */
struct text_rows *text_rows_open(const struct text_rows_input *input, GError **error);
void text_rows_close(struct text_rows *rows);

/* The next row, in the order of the text. After TEXT_END or TEXT_FAILED there is no other call. */
enum text_rows_status text_rows_next(struct text_rows *rows, struct text_row *row, GError **error);

/* Sets the error to a message with the line and column of the offset of the latest row; returns
 * false. */
bool text_rows_fail(struct text_rows *rows, GError **error, const char *format, ...)
    G_GNUC_PRINTF(3, 4);

#endif
