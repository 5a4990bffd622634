/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A segment names some bytes; the segments of one command line are one vector (segment/vector.h).
 *
 * Segments are values: five kinds, many spellings (segment/spec.h). Nothing here is allocated in
 * proportion to a length; one segment is 32 bytes, so ten million of them are 320 MB.
 */
#ifndef IOVTOOL_SEGMENT_SEGMENT_H
#define IOVTOOL_SEGMENT_SEGMENT_H

#include <stdbool.h>
#include <stdint.h>

struct file; /* segment/files.h */

enum segment_kind {
    SEGMENT_BYTES,  /* literal bytes in memory */
    SEGMENT_FILL,   /* a pattern repeated; never expanded */
    SEGMENT_FILE,   /* a range of something that can be read at any offset */
    SEGMENT_STREAM, /* a range of something that can only be read forward */
    SEGMENT_REMOTE, /* a range of what a server has, see source/remote.h */
};

/* For tables with a row for each kind, which assert that they have them all. */
#define SEGMENT_KINDS (SEGMENT_REMOTE + 1)

/* Where the range of a SEGMENT_STREAM is anchored; its length may be unknown until the stream ends.
 */
enum stream_anchor {
    STREAM_FROM_START, /* skip offset bytes, then length bytes (SEGMENT_TO_END: all the rest) */
    STREAM_FROM_END,   /* start offset bytes before the end, then length bytes */
    STREAM_BUT_TAIL,   /* skip offset bytes, then all but the last length bytes */
};

/* The length of a SEGMENT_STREAM that runs to the end of its stream. */
#define SEGMENT_TO_END UINT64_MAX

/* Offsets and lengths stay below this, as off_t demands; sums of them fit in uint64_t. */
#define SEGMENT_LENGTH_MAX ((uint64_t)INT64_MAX)

struct segment {
    uint8_t kind;    /* enum segment_kind */
    uint8_t anchor;  /* SEGMENT_STREAM: enum stream_anchor, else 0 */
    uint32_t period; /* SEGMENT_FILL: bytes in the pattern, at least 1, else 0 */
    union {
        const uint8_t
            *bytes; /* SEGMENT_BYTES: the first byte of this segment; SEGMENT_FILL: the pattern */
        struct file *file; /* SEGMENT_FILE, SEGMENT_STREAM, SEGMENT_REMOTE */
    };
    /*
     * SEGMENT_FILE, SEGMENT_REMOTE: absolute offset. SEGMENT_STREAM: as enum stream_anchor says,
     * counted from where the descriptor stood. SEGMENT_FILL: the first byte is pattern[offset],
     * offset < period. SEGMENT_BYTES: offset inside the literal it was cut from, for messages only.
     */
    uint64_t offset;
    uint64_t length;
};

_Static_assert(sizeof(struct segment) <= 32, "a segment is at most 32 bytes");

/* What kinds have in common is asked here, so that the compiler asks it of a new kind as well. */

/* `file` is set, and names what was opened. */
static inline bool segment_has_file(const struct segment *segment)
{
    switch ((enum segment_kind)segment->kind) {
    case SEGMENT_FILE:
    case SEGMENT_STREAM:
    case SEGMENT_REMOTE:
        return true;
    case SEGMENT_BYTES:
    case SEGMENT_FILL:
        break;
    }
    return false;
}

/* Its bytes lie at `offset` of its file, which has a size. */
static inline bool segment_has_place(const struct segment *segment)
{
    switch ((enum segment_kind)segment->kind) {
    case SEGMENT_FILE:
    case SEGMENT_REMOTE:
        return true;
    case SEGMENT_STREAM:
    case SEGMENT_BYTES:
    case SEGMENT_FILL:
        break;
    }
    return false;
}

#endif
