/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Frames: how messages are told apart in a stream of bytes, by a length in front of each or by a
 * line end behind it.
 */
#ifndef IOVTOOL_SEGMENT_FRAMING_H
#define IOVTOOL_SEGMENT_FRAMING_H

#include <stdint.h>

#include "segment/vector.h"

enum framing {
    FRAMING_NONE,
    FRAMING_BE16,
    FRAMING_BE32,
    FRAMING_LE16,
    FRAMING_LE32,
    FRAMING_LF,
};

#define FRAMING_PREFIX_MAX 4u

/* The words for them in this order, NULL at the end. */
extern const char *const framing_words[];

/* The bytes of the length in front of a frame; 0 where there is none. */
unsigned framing_prefix_size(enum framing framing);

/* The largest length that such a prefix can hold; UINT64_MAX where there is no prefix. */
uint64_t framing_longest(enum framing framing);

/* The length as a prefix, and back. `prefix` has framing_prefix_size() bytes. */
void framing_encode(enum framing framing, uint64_t length, uint8_t *prefix);
uint64_t framing_decode(enum framing framing, const uint8_t *prefix);

/*
 * A vector of the same segments, each with its prefix or line end as a literal beside it. It shares
 * the literals of `vector`, and must not outlive it. `shortage` says whether streams may be shorter
 * than their ranges. Fails (IOVTOOL_ERROR_RANGE) when a prefix is asked for and the length of a
 * segment is not known, or too large for it.
 */
struct vector *vector_framed(const struct vector *vector, enum framing framing,
                             enum slice_shortage shortage, GError **error);

#endif
