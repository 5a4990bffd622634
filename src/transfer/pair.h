/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Two vectors of any shapes walked in step: what their readers give, cut into stretches that lie in
 * one window of each side. What need not be looked at is not: identical ranges of one file, holes
 * against holes, and fills that repeat alike are told to be equal at once.
 */
#ifndef IOVTOOL_TRANSFER_PAIR_H
#define IOVTOOL_TRANSFER_PAIR_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "transfer/reader.h"

enum { SIDE_A, SIDE_B, SIDES };

struct stretch {
    uint64_t offset;             /* in both vectors */
    uint64_t length;             /* at least 1 */
    const uint8_t *bytes[SIDES]; /* of each side; NULL when the stretch is known to be equal */
};

/* Where a byte comes from. */
struct origin {
    size_t segment;
    uint64_t within; /* its offset in that segment */
};

enum pair_flags {
    PAIR_ZERO_PAD = 1 << 0, /* the shorter side goes on with zeros; else the walk ends with it */
    PAIR_READ_ALL = 1 << 1, /* identical ranges of one file are not passed over */
};

struct pair;

/* Offsets count from `start`. `readers` were made with READER_REPEATS and stay the caller's. */
struct pair *pair_new(struct reader *const readers[SIDES],
                      const struct vector *const vectors[SIDES], uint64_t start, unsigned flags);
void pair_free(struct pair *pair);

/* The next stretch: valid until the next call. READER_END when the walk is over. */
enum reader_status pair_next(struct pair *pair, struct stretch *stretch, GError **error);

/* Copies `length` bytes of one side, from `ahead` bytes into the latest stretch on: of a stretch
 * known to be equal as well, unless that is for ranges of one file (see PAIR_READ_ALL). */
void pair_copy(const struct pair *pair, const struct stretch *stretch, int side, uint64_t ahead,
               uint8_t *to, size_t length);

/* Where the byte `ahead` bytes into the latest stretch comes from on one side. False when it is
 * one of the zeros behind the end of that side. */
bool pair_origin(const struct pair *pair, int side, uint64_t ahead, struct origin *origin);

/* After READER_END: which side still has bytes, -1 for neither. With PAIR_ZERO_PAD always -1. */
int pair_longer(const struct pair *pair);

/* The next bytes of the side that pair_longer() names, at least one: rest->bytes of that side is
 * set, the other one NULL. READER_END when that side ends as well. */
enum reader_status pair_next_rest(struct pair *pair, int side, struct stretch *rest,
                                  GError **error);

/* False, with *error set, when a file shrank under the latest stretch (reader_intact). */
bool pair_intact(const struct pair *pair, GError **error);

/* The bytes walked so far, the latest stretch included. */
uint64_t pair_offset(const struct pair *pair);

#endif
