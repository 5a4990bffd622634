/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The segment language: one word of a command line or one line of a list -> a struct spec.
 * TEXT -> VALUE: nothing is opened, no file is looked at (segment/resolve.h does that).
 *
 *     SEGMENT := SOURCE [ "@" RANGE ]
 *     SOURCE  := PATH | "-" | file:PATH | fd:N | hex:DIGITS | str:TEXT | zero:SIZE | fill:HEX+SIZE
 *              | zero:..MULTIPLE | fill:HEX..MULTIPLE | upto:OFFSET | fill:HEX..=OFFSET
 *              | b64:TEXT | u8:N le16:N be16:N le24:N be24:N le32:N be32:N le64:N be64:N
 *              | dump:[LOOK:]PATH
 *              | nbd://HOST[:PORT]/EXPORT | nbds://HOST[:PORT]/EXPORT
 *              | nbd+unix:///EXPORT?socket=PATH | nbds+unix:///EXPORT?socket=PATH
 *              | server:NAME[/EXPORT]
 *     RANGE   := START | START+LENGTH | START..END | ..END
 *              | START+LENGTH*COUNT/STRIDE | START+LENGTH/STRIDE
 *
 * A word is split at its last "@", and only when what follows is wholly a range. Otherwise the "@"
 * belongs to a PATH or TEXT, which take any byte; in every other source it is an error. A range
 * that is well written but impossible (too large, or its end before its start) is an error always:
 * file:NAME@9..3@0 names the file NAME@9..3. In a URI the "@" of a range stands behind the
 * host; the one before a host ends the name of a user. A password is refused, and is in no message.
 *
 * LOOK is one of text_look_word(); "dump:xxd:x" is not the dump xxd:x, which is dump:./xxd:x.
 */
#ifndef IOVTOOL_SEGMENT_SPEC_H
#define IOVTOOL_SEGMENT_SPEC_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "segment/text-rows.h"

enum range_form {
    RANGE_ALL,    /* no range given */
    RANGE_FROM,   /* START: to the end */
    RANGE_LENGTH, /* START+LENGTH: `end` holds the length */
    RANGE_UNTIL,  /* START..END or ..END; END is exclusive */
};

struct range {
    enum range_form form;
    bool start_from_end; /* START was written with a minus: counts back from the end */
    bool end_from_end;   /* the same for END */
    uint64_t start;
    uint64_t end;
    uint64_t stride; /* RANGE_LENGTH: not 0: more such pieces, each so much behind the one before */
    uint64_t count;  /* of pieces; 0: all that lie wholly in the source */
};

enum spec_source {
    SPEC_PATH,    /* name */
    SPEC_FD,      /* fd; "-" is fd 0; also /dev/stdin and its like */
    SPEC_LITERAL, /* bytes */
    SPEC_FILL,    /* bytes repeated up to size; never empty, at most SPEC_PATTERN_MAX */
    SPEC_DUMP,    /* name of a text dump, "-" is standard input */
    SPEC_REMOTE,  /* name: a URI, or "server:NAME[/EXPORT]" */
};

#define SPEC_PATTERN_MAX 65536u

/*
 * One parsed segment. `text` and `name` point into the caller's word and live as long as that does.
 * `bytes` belongs to the parser's scratch buffer, is not NULL even if there are none, and lives
 * until the next spec_parse() with the same buffer.
 */
/* Where a fill ends. */
enum fill_end {
    FILL_SIZE,     /* after so many bytes */
    FILL_MULTIPLE, /* where the offset in the vector is a multiple of this, ... */
    FILL_OFFSET,   /* ... or is this */
};

struct spec {
    enum spec_source source;
    int fd;           /* SPEC_FD */
    bool bare_path;   /* SPEC_PATH without "file:": a file may be named like the whole word */
    const char *text; /* the whole word, text_length bytes */
    size_t text_length;
    const char *name; /* SPEC_PATH, SPEC_DUMP, SPEC_REMOTE: name_length bytes, not NUL-terminated */
    size_t name_length;
    const uint8_t *bytes; /* SPEC_LITERAL: the literal; SPEC_FILL: the pattern */
    size_t bytes_length;
    enum text_look look;    /* SPEC_DUMP */
    uint64_t size;          /* SPEC_FILL: a number of bytes, a multiple or an offset, ... */
    enum fill_end fill_end; /* ... as this says */
    struct range range;
};

/*
 * Parses the `length` bytes at `text` (any bytes but NUL; not NUL-terminated). `scratch` holds
 * decoded literals; paths and descriptors do not touch it.
 *
 * On error *error is IOVTOOL_ERROR_SYNTAX with a message of three lines: what is wrong and at which
 * column, the word (escaped by escape), and a caret under the column. The column counts bytes
 * of the word from 1. Of a word that fills more than about 200 columns only the surroundings of
 * the caret are shown, with "..." where it was cut.
 *
 *     hex:dex0: not a hex digit: 'x' (column 7)
 *       hex:dex0
 *             ^
 */
bool spec_parse(const char *text, size_t length, GByteArray *scratch, struct spec *spec,
                GError **error);

/*
 * The same for a word that is searched for: a digit of hex: may be "?", for any. `mask` then has a
 * byte for each of the literal, with 1 for each bit that counts (literal_hex_pattern); it is empty
 * when the word has another scheme.
 */
bool spec_parse_pattern(const char *text, size_t length, GByteArray *scratch, GByteArray *mask,
                        struct spec *spec, GError **error);

/*
 * The inherited descriptor that a path names: /dev/stdin, /dev/stdout, /dev/stderr, /dev/fd/N or
 * /proc/self/fd/N. -1 for other paths.
 */
int spec_named_descriptor(const char *name, size_t length);

/*
 * Why the tail of a path is not a range: for a word that has an "@" but was taken as a whole as a
 * path, sets *error as spec_parse() would had the tail been meant as a range, and returns true;
 * false when there is no "@" or the tail looks nothing like a range (has bytes, and does not start
 * with a digit, "-" and a digit, or ".."). Used to explain "no such file".
 */
bool spec_explain_tail(const char *text, size_t length, GError **error);

/*
 * The prefixes of all schemes, for help and completion: "file:", "fd:" ..., each with one line on
 * what follows it in *help (may be NULL). Returns NULL when there is no row `index`.
 */
const char *spec_scheme(unsigned index, const char **help);

/* What help writes after that prefix: "PATH". Returns NULL when there is no row `index`. */
const char *spec_scheme_argument(unsigned index);

/*
 * For a range without a stride: the half-open [*offset, *offset + *length) that it selects of a
 * source of `size` bytes, at most 2^63 - 1. Returns true when the range lies wholly inside.
 * Otherwise false, and *offset, *length are the part of it that exists (maybe empty, offset clamped
 * to size), *asked_offset and *asked_length what was asked (asked_offset may be negative: starts
 * before the first byte).
 *
 * Equal to slicing a buffer of `size` bytes. A range whose END lies before its START is never
 * valid: with both ends anchored alike spec_parse() refuses it; else it counts as outside, with
 * asked_length 0. So does a START to the end that lies after the end.
 */
bool range_select(const struct range *range, uint64_t size, uint64_t *offset, uint64_t *length,
                  int64_t *asked_offset, uint64_t *asked_length);

#endif
