/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The two vectors of `compare`, walked together, and what is found on the way. How it is shown is
 * compare-print.h's and compare-hex.h's.
 */
#ifndef IOVTOOL_COMMAND_COMPARE_SIDES_H
#define IOVTOOL_COMMAND_COMPARE_SIDES_H

#include "cli/output.h"
#include "cli/vector-input.h"
#include "transfer/pair.h"

enum compare_ends {
    ENDS_DIFFER,   /* a shorter side is a difference */
    ENDS_ZERO_PAD, /* it goes on with zeros */
    ENDS_COMMON,   /* only what both have counts */
};

struct sides {
    struct files *files;
    struct vector_input inputs[SIDES];
    uint64_t skipped; /* bytes at the start of both that are left out, but count in offsets */
    enum compare_ends ends;
    uint64_t side_ends[SIDES]; /* offsets, where those of the inputs are not: these are shares */
};

/* One byte of one side. */
struct side_byte {
    uint8_t byte;
    bool is_padding; /* a zero behind the end of the side: it has no origin */
    struct origin origin;
};

/* What a comparison came to. */
struct result {
    uint64_t compared;  /* bytes */
    uint64_t end;       /* the offset behind them */
    uint64_t differing; /* bytes among them; complete only after a whole walk */
    uint64_t runs;
    bool differs; /* some byte among them does; the first one: */
    uint64_t first_offset;
    struct side_byte first[SIDES];
    int longer; /* the side that has more, when that is a difference; else -1 */
};

/*
 * Called with each maximal run of differing bytes, in order; a run that crosses windows is one.
 * False stops the walk with an error.
 */
typedef bool run_fn(void *context, uint64_t offset, uint64_t length, GError **error);

/* Called with each stretch, before its runs are. */
typedef bool stretch_fn(void *context, const struct pair *pair, const struct stretch *stretch,
                        GError **error);

struct walk {
    run_fn *run;         /* may be NULL */
    stretch_fn *stretch; /* may be NULL */
    stretch_fn *rest;    /* with what only the longer side has; NULL: that is not read */
    void *context;
    struct output *output; /* of `run` and `stretch`: nothing is written that a file did not have */
    uint64_t most_runs;    /* `run` is called for so many, and then ... */
    bool count_all;        /* ... the walk goes on all the same; else it ends */
    bool only_first;       /* the walk ends at the first differing byte: runs are not followed */
    bool single;           /* by one thread only */
    int rank;              /* the walk is of no use once *stop is below this */
    gint *stop;            /* atomic; NULL: never */
    bool read_all;         /* identical ranges of one file too, so that their bytes can be shown */
};

/* Walks both sides. *result is complete up to where the walk ended. */
bool sides_walk(const struct sides *sides, const struct walk *walk, struct result *result,
                GError **error);

/* The length of one side; false when only its streams will tell. */
bool side_length(const struct vector_input *input, uint64_t *length);

/* True when the sides are known to differ, or one of them to be longer, without reading. */
bool sides_differ_in_length(const struct sides *sides);

#endif
