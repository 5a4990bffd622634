/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "transfer/ring.h"

#include <errno.h>
#include <glib.h>
#include <stdlib.h>
#include <string.h>

#include "core/iov.h"

#define FIRST_SIZE (64u * 1024u)

struct ring {
    uint64_t capacity;
    uint8_t *buffer;
    size_t size;   /* of the buffer; equal to the capacity once the ring wraps */
    size_t start;  /* the oldest byte */
    size_t length; /* bytes held */
};

struct ring *ring_new(uint64_t capacity)
{
    struct ring *ring = g_new0(struct ring, 1);
    ring->capacity = capacity;
    return ring;
}

void ring_free(struct ring *ring)
{
    if (ring) {
        free(ring->buffer);
        g_free(ring);
    }
}

/* Before it has its full size the ring never wraps, so growing keeps it in order. */
static bool grow(struct ring *ring, size_t wanted)
{
    size_t size = MAX(ring->size, FIRST_SIZE);
    while (size < wanted && size <= SIZE_MAX / 2) {
        size *= 2;
    }
    size = (size_t)MIN((uint64_t)size, ring->capacity);
    if (size <= ring->size) {
        return true;
    }
    uint8_t *buffer = realloc(ring->buffer, size);
    if (!buffer) {
        errno = ENOMEM;
        return false;
    }
    ring->buffer = buffer;
    ring->size = size;
    return true;
}

static void append(struct ring *ring, const uint8_t *bytes, size_t length)
{
    if (length == 0) {
        return;
    }
    const size_t at = (ring->start + ring->length) % ring->size;
    const size_t first = MIN(length, ring->size - at);
    memcpy(ring->buffer + at, bytes, first);
    memcpy(ring->buffer, bytes + first, length - first);
    ring->length += length;
}

static void drop_oldest(struct ring *ring, size_t length, uint8_t *to)
{
    struct iovec parts[2];
    if (length == 0) {
        return;
    }
    if (to) {
        ring_contents(ring, parts);
        iov_to_buf(parts, 2, 0, to, length);
    }
    ring->start = (ring->start + length) % ring->size;
    ring->length -= length;
}

bool ring_push(struct ring *ring, const uint8_t *bytes, size_t length, uint8_t *evicted,
               size_t *evicted_length)
{
    const uint64_t total = (uint64_t)ring->length + length;
    const size_t kept = (size_t)MIN(total, ring->capacity);
    if (!grow(ring, kept)) {
        return false;
    }
    const size_t out = (size_t)(total - kept);
    const size_t out_old = MIN(out, ring->length);
    const size_t out_new = out - out_old; /* passes straight through */

    drop_oldest(ring, out_old, evicted);
    if (evicted && out_new) {
        memcpy(evicted + out_old, bytes, out_new);
    }
    append(ring, bytes + out_new, length - out_new);
    *evicted_length = out;
    return true;
}

size_t ring_contents(const struct ring *ring, struct iovec parts[2])
{
    if (ring->length == 0) {
        parts[0] = parts[1] = (struct iovec){ NULL, 0 };
        return 0;
    }
    const size_t first = MIN(ring->length, ring->size - ring->start);
    parts[0] = (struct iovec){ ring->buffer + ring->start, first };
    parts[1] = (struct iovec){ ring->buffer, ring->length - first };
    return ring->length;
}
