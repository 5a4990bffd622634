/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What `hexdump` can be asked for, and what its looks are made of: options -> the style of a row.
 */
#ifndef IOVTOOL_COMMAND_HEXDUMP_STYLE_H
#define IOVTOOL_COMMAND_HEXDUMP_STYLE_H

#include "cli/vector-input.h"
#include "core/hexline.h"

enum format {
    FORMAT_CANONICAL,
    FORMAT_XXD,
    FORMAT_PLAIN,
    FORMAT_QEMU,
    FORMAT_C,
    FORMAT_JSON,
    FORMAT_IHEX,
    FORMAT_SREC
};

/* Their words on the command line, in this order. */
extern const char *const format_words[];

struct hexdump_options {
    struct vector_options vector;
    int format;
    gboolean quiet;
    gboolean json;
    uint64_t width; /* or SIZE_NOT_GIVEN; so is group */
    uint64_t group;
    gboolean little_endian;
    gboolean upper;
    gboolean no_squeeze;
    gboolean no_end;
    char *prefix;
    int64_t display_offset; /* INT64_MIN: not given */
    int offsets;
    int offset_base;
    int base;
    gboolean segments;
    int color;
};

/* What each look is made of, and which options mean nothing to it. */
struct look {
    const char *offset_end;
    const char *ascii_start;
    const char *ascii_end;
    unsigned digits;
    unsigned width;
    unsigned group;
    unsigned half;
    bool ascii;
    bool squeeze;
    bool closing;
    bool no_offsets;
    bool no_base;
    bool no_groups;
    bool no_numbers; /* its digits are read back as bytes in the order of the vector */
    bool no_prefix;
    bool no_segments;
    bool no_upper;
    bool has_notations; /* --base */
    bool needs_offsets; /* and they have 32 bits */
    unsigned most;      /* bytes a row; 0: HEXLINE_WIDTH_MAX */
};

/* Puts what was not given in place, and refuses what does not go together. */
bool hexdump_settle(struct hexdump_options *options, GError **error);

const struct look *hexdump_look(const struct hexdump_options *options);

/* Bytes of an address in records of those settled options: 0 for Intel HEX. False when one of the
 * addresses, as far as they are known, needs more than 32 bits. */
bool hexdump_address_bytes(const struct hexdump_options *options, const struct vector_input *input,
                           unsigned *bytes, GError **error);

/* The style for settled options; `prefix` as it shall stand on each line. Offsets get as many
 * digits as the last one of the vector needs, so that they never change their width; and the parts
 * that a vector is shared out in have the same. */
bool hexdump_style(const struct hexdump_options *options, const struct vector_input *input,
                   const char *prefix, struct hexline_style *style, GError **error);

#endif
