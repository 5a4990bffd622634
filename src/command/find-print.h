/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How `iovtool find` tells what it found. */
#ifndef IOVTOOL_COMMAND_FIND_PRINT_H
#define IOVTOOL_COMMAND_FIND_PRINT_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "cli/output.h"
#include "segment/vector.h"
#include "transfer/search.h"

enum hit_form {
    HITS_NONE,     /* nothing is printed */
    HITS_SEGMENTS, /* the segments of each, one a line */
    HITS_OFFSETS,  /* the offset of each, one a line */
    HITS_JSON,     /* an object for each, with commas between */
};

struct hit_printer {
    struct output *output;
    const struct vector *vector;
    uint64_t start; /* the offset of its first byte */
    enum hit_form form;
    uint64_t before; /* so many bytes on each side belong to the segments that are printed, ... */
    uint64_t after;  /* ... as far as the vector goes */
    char end;        /* of a line */
    bool any;        /* one was printed */

    size_t segment; /* the latest that something was found in, and ... */
    uint64_t at;    /* ... the offset where it starts */
    GString *word;
};

/* Where the segments start. The fields above the space are the caller's. */
void hit_printer_open(struct hit_printer *printer);
void hit_printer_close(struct hit_printer *printer);

bool hit_print(struct hit_printer *printer, const struct search_hit *hit, GError **error);

#endif
