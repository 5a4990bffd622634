/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Windows -> the two looks of a hex dump that programs read: a C array (xxd -i) and JSON, one
 * object a row. */
#ifndef IOVTOOL_COMMAND_HEXDUMP_LISTING_H
#define IOVTOOL_COMMAND_HEXDUMP_LISTING_H

#include "cli/output.h"

#include <stdint.h>

struct listing {
    struct output *output;
    size_t width;     /* bytes a row */
    bool upper;       /* A-F instead of a-f */
    const char *name; /* C: of the array, already an identifier; NULL: only the bytes */
    bool offsets;     /* JSON: with "offset" */
    bool segments;    /* JSON: with "segment" */
    uint64_t count;   /* bytes so far; start with 0 */
};

bool listing_c_open(struct listing *listing, GError **error);
/* At most LISTING_C_PIECE bytes, which become text of which nothing is written yet. */
#define LISTING_C_PIECE 16384u
bool listing_c_bytes(struct listing *listing, const uint8_t *bytes, size_t length, GError **error);
bool listing_c_close(struct listing *listing, GError **error);

/* The most text that a row of `width` bytes becomes. */
#define LISTING_JSON_ROW_MAX(width) (128u + 4u * (width))

/* One row of 1 to width bytes. Text is ASCII; what does not print is a dot. */
bool listing_json_row(struct listing *listing, const uint8_t *bytes, size_t length, uint64_t offset,
                      size_t segment, GError **error);

/* `path`, which is not empty, as xxd makes a C identifier of it: what is no letter or digit becomes
 * "_", and "__" goes before a digit at the start. Where xxd leaves a word that C or C++ keeps for
 * itself, or that compilers define, "_" follows. */
char *c_identifier(const char *path);

#endif
