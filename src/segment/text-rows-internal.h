/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Inside segment/text-rows: what the reader of a look is given, and the looks. */
#ifndef IOVTOOL_SEGMENT_TEXT_ROWS_INTERNAL_H
#define IOVTOOL_SEGMENT_TEXT_ROWS_INTERNAL_H

#include "segment/text-line.h"
#include "segment/text-rows.h"

struct text_layout;

enum line_kind {
    LINE_FAILED,
    LINE_NOTHING, /* no bytes */
    LINE_ROW,     /* bytes; an offset if the look has them */
    LINE_STAR,    /* the row before is repeated up to the next offset */
    LINE_CLOSING, /* an offset alone, that of the end */
};

/* True when the first line that is not empty and no comment could be of the look. */
typedef bool starts_fn(const struct text_rows *rows, const struct text_layout *layout);

/* Reads rows->line. */
typedef enum line_kind read_fn(struct text_rows *rows);

/* Called at the end of the text; false with the error set when something is missing. */
typedef bool finish_fn(struct text_rows *rows);

struct text_layout {
    const char *word;
    starts_fn *starts;
    read_fn *read;
    finish_fn *finish;  /* NULL: nothing is ever missing */
    unsigned radix;     /* of offsets; 0: there are none */
    bool stars;         /* "*" repeats the row before */
    bool needs_witness; /* could be plain, unless rows->witnessed */
    bool framed;        /* read() itself looks at what follows the closing offset */

    /* For read_placed(). */
    unsigned least_digits; /* of an offset */
    const char *offset_end;
    unsigned byte_digits;  /* 2: hex, 8: binary */
    unsigned least_blanks; /* between two bytes */
    unsigned most_blanks;
    char open; /* the marks around characters; NUL: they end the line */
    char close;
    char least_shown; /* characters from this one to '~' stand for themselves */
    bool closes;      /* may end with an offset alone */
};

enum array_state {
    ARRAY_NONE, /* bytes alone */
    ARRAY_OPEN, /* after its {, and before its } */
    ARRAY_ENDED,
};

struct text_rows {
    struct text_rows_input input;
    const struct text_layout *layout;
    struct text_line line;
    size_t at; /* of the next line in the text */

    /* Set by the reader for each row. */
    GByteArray *bytes;
    uint64_t offset;
    const char *offset_at;

    GByteArray *last; /* the bytes of the row before, and of the latest after it was read */
    size_t longest;   /* most bytes of a row */
    uint64_t next;    /* where the latest row ended */
    bool placed;      /* there was one */
    size_t star;      /* number of the line of a "*" whose offset is still to come, or 0 */
    bool held;        /* the row in `last` comes after a repetition that was just returned */
    bool closed;      /* nothing may follow */
    bool witnessed;   /* the look was seen to be right */
    bool decimal;     /* all rows so far could be decimal numbers of od */
    bool hexadecimal; /* one could not */

    /* Of offsets in hex: what the row would go on with if they were decimal, and what was seen. */
    uint64_t decimal_next;
    bool decimal_offsets;
    bool hex_offsets;

    ptrdiff_t characters_at; /* of the first row that has them, from its first digit */

    /* plain */
    ptrdiff_t group;  /* digits of a group, once a row has two whole ones; 0: not known yet */
    ptrdiff_t unsure; /* digits that start a row and could be an offset; 0: none */
    uint64_t follows; /* what the next row starts with if that is an offset */

    /* ihex and srec */
    uint64_t base;    /* added to addresses */
    bool segmented;   /* by a record of type 02: a row does not leave its 64 KiB */
    uint64_t records; /* S1, S2 and S3 so far */
    bool counted;     /* there was an S5 or S6 */

    bool heading; /* tcpdump: the next row is the first of a packet */

    /* c */
    enum array_state array;
    bool needs_comma;
    uint64_t count; /* bytes so far */
};

/* Makes rows->bytes so long; returns it. */
uint8_t *text_rows_room(struct text_rows *rows, size_t length);

/* Sets the error for a line after the one that closes a dump. */
enum line_kind text_rows_ended(struct text_rows *rows);

/* Sets the error for a text that ends without `what`; returns false. */
bool text_rows_expected_end(struct text_rows *rows, const char *what);

/* "this could be WORD or OTHER", at the start of the text. */
bool text_rows_ambiguous(struct text_rows *rows, const char *words);

/* Rows of OFFSET offset_end BYTES CHARACTERS, as the layout says. */
starts_fn starts_placed;
read_fn read_placed;

starts_fn starts_bits;

starts_fn starts_tcpdump;
read_fn read_tcpdump;

starts_fn starts_plain;
read_fn read_plain;

starts_fn starts_hexyl;
read_fn read_hexyl;

starts_fn starts_array;
read_fn read_array;
finish_fn finish_array;

starts_fn starts_ihex;
read_fn read_ihex;
finish_fn finish_ihex;

starts_fn starts_srec;
read_fn read_srec;
finish_fn finish_srec;

#endif
