/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The bytes of the remote segments of a vector, asked for ahead of the cursor: many requests are
 * under way at once, over all remotes that the vector names, and what they bring is taken in the
 * order of the vector.
 *
 * Long segments are asked for in pieces of REMOTE_PIECE, short ones that follow each other without
 * a gap in one request. Where the remote tells it, zeros are not asked for. At most REMOTE_AHEAD
 * bytes are held, and nothing is asked for behind the bytes that are wanted.
 *
 * A place is that of a byte: the index of its segment, and its offset in that.
 */
#ifndef IOVTOOL_TRANSFER_REMOTE_AHEAD_H
#define IOVTOOL_TRANSFER_REMOTE_AHEAD_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "segment/vector.h"
#include "transfer/reader.h"

#define REMOTE_PIECE (256u * 1024u)
#define REMOTE_AHEAD (16u * 1024u * 1024u)

struct remote_ahead;

struct remote_place {
    size_t index;
    uint64_t within;
};

/* The vector must outlive it. */
struct remote_ahead *remote_ahead_new(const struct vector *vector);

/* From now on what the other side cannot read is zeros, and told to `unreadable`, by blocks of
 * SOURCE_ERROR_BLOCK or of the remote's own. */
void remote_ahead_on_unreadable(struct remote_ahead *ahead, unreadable_fn *unreadable,
                                void *context);

/* Waits for what is under way. NULL is allowed. */
void remote_ahead_free(struct remote_ahead *ahead);

/* Some bytes in memory, or zeros that are not. */
struct remote_bytes {
    const uint8_t *bytes; /* NULL: all are zeros */
    uint64_t length;      /* at least 1; of one segment */
};

/*
 * Waits for the bytes at `place`, which lies in a remote segment, and at most `budget` bytes of
 * remote segments from there on are wanted. They are valid until remote_ahead_release(). Fails as
 * remote_explain() has it; the name in the message is that of the segment.
 */
bool remote_ahead_take(struct remote_ahead *ahead, struct remote_place place, uint64_t budget,
                       struct remote_bytes *bytes, GError **error);

/* The bytes before `place` are not looked at any more. */
void remote_ahead_release(struct remote_ahead *ahead, struct remote_place place);

/* False when remote_ahead_take() would not wait at `place`. */
bool remote_ahead_waits(const struct remote_ahead *ahead, struct remote_place place);

#endif
