/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Planning is data: (vector, sinks, limits) -> steps. Pure: nothing is opened, read or written, so
 * that a strategy can be tested, and shown by --explain, without I/O.
 *
 * The plan is memmove's: its result is that of reading the whole vector before the first byte is
 * written. Where a source and a destination overlap in one file, the one pair there is gets moved
 * in the right direction. Otherwise, and in a remote, the sources that would be overwritten are
 * kept aside first.
 */
#ifndef IOVTOOL_TRANSFER_PLAN_H
#define IOVTOOL_TRANSFER_PLAN_H

#include <glib.h>

#include "segment/vector.h"
#include "transfer/sink.h"

enum step_kind {
    STEP_KEEP,     /* put the bytes of one segment aside, before they are overwritten */
    STEP_WRITE,    /* windows of the vector, written: small pieces gathered, large ones mapped */
    STEP_COPY,     /* a range of a file to a file, by the kernel */
    STEP_CLONE,    /* whole blocks of a file to a file: shared, where the file system does that */
    STEP_SPLICE,   /* a range of a file to a pipe, by the kernel */
    STEP_SENDFILE, /* a range of a file to a socket, by the kernel */
    STEP_ZERO,     /* zeros in a file, as a hole or by allocation, or in a remote */
    STEP_MOVE,     /* a range inside of one file that overlaps its destination */
};

struct step {
    enum step_kind kind;
    uint32_t sink;        /* index; STEP_KEEP: none */
    size_t segment;       /* the first source byte: the segment it is in ... */
    uint64_t within;      /* ... and its offset there */
    uint64_t length;      /* SEGMENT_TO_END: what a stream turns out to hold */
    uint64_t sink_offset; /* SINK_FILE, SINK_REMOTE */
};

enum plan_zeros {
    ZEROS_HOLES,   /* as holes where the destination is fresh; by the file system's way in place */
    ZEROS_WRITTEN, /* written like any other byte */
};

/* Tests make these small. */
struct plan_limits {
    uint64_t small_piece;        /* shorter pieces are gathered by memcpy */
    uint64_t least_zeros;        /* shorter runs of zeros are written */
    uint64_t least_remote_zeros; /* the same to a remote, where bytes are dear */
    bool may_end_early;          /* a stream may be shorter than its range */
    bool offload;                /* the kernel may copy and clone; else all is STEP_WRITE */
    bool share_pages; /* and splice and sendfile: who reads late sees what was written later */
    enum plan_zeros zeros;
};

extern const struct plan_limits plan_default_limits;

/*
 * The steps for `vector` into the `count` sinks, in the order in which to take them; free with
 * g_array_unref(). The sinks have room: only the last one may be without bound.
 */
GArray *plan_make(const struct vector *vector, const struct sink *sinks, uint32_t count,
                  const struct plan_limits *limits);

/* One line without a line end: "copy    4096 bytes of a@0+4096 -> out at 512". */
void plan_describe(GString *out, const struct step *step, const struct vector *vector,
                   const struct sink *sinks);

#endif
