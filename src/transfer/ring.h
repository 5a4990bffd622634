/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The last N bytes of a stream of unknown length. Memory grows with what was pushed, never beyond
 * N, so a large N costs nothing for a short stream.
 */
#ifndef IOVTOOL_TRANSFER_RING_H
#define IOVTOOL_TRANSFER_RING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

struct ring;

struct ring *ring_new(uint64_t capacity);
void ring_free(struct ring *ring);

/*
 * Appends `length` bytes and writes those that no longer fit, the oldest ones, to `evicted` (room
 * for `length` bytes), their number to *evicted_length. `evicted` may be NULL to drop them. False
 * (errno ENOMEM) when memory ran out; nothing was pushed then.
 */
bool ring_push(struct ring *ring, const uint8_t *bytes, size_t length, uint8_t *evicted,
               size_t *evicted_length);

/* What the ring holds, oldest first, as two elements (either may be empty). Valid until the next
 * push. Returns the total. */
size_t ring_contents(const struct ring *ring, struct iovec parts[2]);

#endif
