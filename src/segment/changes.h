/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What patches say of a file: which bytes become which. Rows are added in any order; settling sorts
 * them, refuses those that contradict each other, and joins those that touch. Memory is in
 * proportion to the rows. No file is touched.
 *
 * After changes_settle() the pieces ascend and do not touch. Their bytes lie one after another in
 * three buffers, so that all of them can be compared or written in one go:
 *
 *     pieces          [offset, length) ...
 *     new_bytes       what each byte becomes
 *     old_bytes       what it has to be before; NULL when no row says that
 *     known           1 where old_bytes says something; NULL: everywhere
 *
 * Where a patch changes the size, the tail is what only the longer of both versions has.
 */
#ifndef IOVTOOL_SEGMENT_CHANGES_H
#define IOVTOOL_SEGMENT_CHANGES_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct change_piece {
    uint64_t offset;
    uint64_t length; /* never 0 */
};

enum tail_kind {
    TAIL_NONE,
    TAIL_ADDED,   /* the new version is longer */
    TAIL_REMOVED, /* the old one is */
};

struct change_tail {
    enum tail_kind kind;
    uint64_t offset; /* where the shorter version ends */
    GByteArray *bytes;
};

struct changes {
    GArray *rows; /* as they were added; NULL after settling */
    GByteArray *row_bytes;
    bool any_old;     /* some row says what was there before */
    bool all_old;     /* each does */
    bool is_undo;     /* a byte may be the new one already: a run was cut short */
    bool has_patch;   /* there was a text of compare --patch among the patches */
    bool any_size[2]; /* some patch names the size of the file before, and after */
    uint64_t sizes[2];

    GArray *pieces; /* of struct change_piece */
    uint8_t *new_bytes;
    uint8_t *old_bytes;
    uint8_t *known;
    size_t length; /* of each buffer */
    struct change_tail tail;
};

/* Two rows that give one byte two values. */
struct change_conflict {
    uint64_t offset;
    uint8_t bytes[2]; /* of the row that starts first, and of the other one */
    bool is_old;      /* they differ in what the byte was, not in what it becomes */
};

enum settle_status {
    SETTLE_DONE,
    SETTLE_CONFLICT, /* *conflict tells the first */
    SETTLE_FAILED,   /* *error is set */
};

struct changes *changes_new(void);
void changes_free(struct changes *changes);

/*
 * Adds a row of `length` bytes, at least 1. `old` is NULL when the row does not say what was there.
 * Fails (IOVTOOL_ERROR_SYNTAX) when all rows together have more than 4 GiB, or end behind 2^63.
 */
bool changes_add(struct changes *changes, uint64_t offset, const uint8_t *old, const uint8_t *new,
                 size_t length, GError **error);

/*
 * Adds bytes to the tail: the first ones decide its kind and offset, others must go on from there.
 * False when they do not, or when the tail is of the other kind.
 */
bool changes_add_tail(struct changes *changes, enum tail_kind kind, uint64_t offset,
                      const uint8_t *bytes, size_t length);

/*
 * Notes the size that the file has before or after: `version` is 0 or 1. False when another patch
 * says otherwise.
 */
bool changes_add_size(struct changes *changes, unsigned version, uint64_t size);

/* Exchanges old and new. Each row has old bytes. */
void changes_reverse(struct changes *changes);

/* Once, after all rows. `shift` is added to every offset; one that would be below 0 or behind 2^63
 * is an error (IOVTOOL_ERROR_RANGE). */
enum settle_status changes_settle(struct changes *changes, int64_t shift,
                                  struct change_conflict *conflict, GError **error);

/* The offset in the file of byte `index` of the buffers. */
uint64_t changes_offset(const struct changes *changes, size_t index);

#endif
