/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "transfer/reader-internal.h"

static struct remote_ahead *ahead_of(struct reader *reader)
{
    if (!reader->ahead) {
        reader->ahead = remote_ahead_new(reader->vector);
        remote_ahead_on_unreadable(reader->ahead, reader->unreadable, reader->unreadable_context);
    }
    return reader->ahead;
}

enum reader_status reader_remote_window(struct reader *reader, struct window *window,
                                        GError **error)
{
    const struct remote_place place = { reader->index, reader->done };
    const uint64_t budget = reader_budget(reader);
    struct remote_bytes found;
    if (!remote_ahead_take(ahead_of(reader), place, budget, &found, error)) {
        return READER_FAILED;
    }
    const uint64_t length = MIN(found.length, budget);
    return found.bytes ? reader_give(reader, window, found.bytes, (size_t)length)
                       : reader_give_zeros(reader, window, length);
}

bool reader_remote_piece(struct reader *reader, uint8_t *to, size_t length, GError **error)
{
    const uint64_t budget = reader_budget(reader);
    for (size_t copied = 0; copied < length;) {
        const struct remote_place place = { reader->index, reader->done + copied };
        struct remote_bytes found;
        if (!remote_ahead_take(ahead_of(reader), place, budget, &found, error)) {
            return false;
        }
        const size_t size = (size_t)MIN(found.length, (uint64_t)(length - copied));
        if (found.bytes) {
            memcpy(to + copied, found.bytes, size);
        } else {
            memset(to + copied, 0, size);
        }
        copied += size;
    }
    return true;
}
