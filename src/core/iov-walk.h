/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A position that moves forward through a vector of struct iovec: the one loop behind everything
 * in iov.h. It is a value: copy it to look ahead, drop it when done. It only reads the vector,
 * which must stay as it is meanwhile. Elements of length 0 are passed over unseen, so that a piece
 * is never empty and its address never NULL.
 *
 *     struct iov_walk walk = iov_walk_at(iov, iov_cnt, offset);
 *     struct iovec piece;
 *
 *     while (iov_walk_next(&walk, SIZE_MAX, &piece)) {
 *         use(piece.iov_base, piece.iov_len);
 *     }
 */
#ifndef IOVTOOL_CORE_IOV_WALK_H
#define IOVTOOL_CORE_IOV_WALK_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

struct iov_walk {
    const struct iovec *next; /* the element the position is in, when left > 0 */
    unsigned left;            /* elements from there to the end */
    size_t head;              /* bytes of *next that are behind: 0, or less than its length */
};

/* Moves forward by `bytes`. It is the caller's error when fewer are left. */
static inline void iov_walk_skip(struct iov_walk *walk, size_t bytes)
{
    while (bytes > 0) {
        g_assert(walk->left > 0);
        size_t step = MIN(bytes, walk->next->iov_len - walk->head);

        walk->head += step;
        bytes -= step;
        if (walk->head == walk->next->iov_len) {
            walk->next++;
            walk->left--;
            walk->head = 0;
        }
    }
}

/* The position `offset` bytes into the vector; the caller's error when that is past the end. */
static inline struct iov_walk iov_walk_at(const struct iovec *iov, unsigned iov_cnt, size_t offset)
{
    struct iov_walk walk = { .next = iov, .left = iov_cnt };

    iov_walk_skip(&walk, offset);
    return walk;
}

/* Sets *piece to what is left of the current element without moving; false at the end. */
static inline bool iov_walk_peek(struct iov_walk *walk, struct iovec *piece)
{
    while (walk->left > 0 && walk->next->iov_len == 0) {
        walk->next++;
        walk->left--;
    }
    if (walk->left == 0) {
        return false;
    }
    piece->iov_base = (uint8_t *)walk->next->iov_base + walk->head;
    piece->iov_len = walk->next->iov_len - walk->head;
    return true;
}

/* The same, cut to at most `max` bytes, and moves past them; false at the end or when max is 0. */
static inline bool iov_walk_next(struct iov_walk *walk, size_t max, struct iovec *piece)
{
    if (max == 0 || !iov_walk_peek(walk, piece)) {
        return false;
    }
    piece->iov_len = MIN(piece->iov_len, max);
    iov_walk_skip(walk, piece->iov_len);
    return true;
}

#endif
