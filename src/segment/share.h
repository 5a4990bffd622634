/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One vector and many workers: which bytes are whose. Pure arithmetic, so that workers that know
 * nothing of each other agree.
 *
 *     SHARE := K "/" N        both decimal, K from 1 to N
 */
#ifndef IOVTOOL_SEGMENT_SHARE_H
#define IOVTOOL_SEGMENT_SHARE_H

#include <stdbool.h>
#include <stdint.h>

struct share {
    uint64_t index; /* K, from 1 */
    uint64_t count; /* N; 0: there is one worker, and all is its own */
    uint64_t align; /* parts are cut at multiples of this; at least 1 */
};

/* Reads K/N. On failure returns false with *problem a static message. Leaves `align` alone. */
bool share_parse(const char *text, struct share *share, const char **problem);

/*
 * Where part K of `total` bytes lies: from bound(K - 1) up to bound(K), where bound(N) is `total`
 * and bound(K) is floor(total * K / N), rounded down to a multiple of `align`. So the parts are
 * all of the bytes, in order, without gap or overlap, and some may be empty. `total` is at most
 * 2^63 - 1.
 */
void share_bounds(const struct share *share, uint64_t total, uint64_t *offset, uint64_t *length);

#endif
