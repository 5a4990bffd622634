/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <inttypes.h>
#include <string.h>

#include "transfer/receiver-internal.h"

uint64_t receiver_frame_wants(const struct receiver *receiver)
{
    return receiver->in_frame
               ? receiver->frame_left
               : framing_prefix_size(receiver->wants.framing) - receiver->prefix_length;
}

size_t receiver_lines_wanted(const struct receiver *receiver, size_t length)
{
    const uint8_t *const end = receiver->buffer + length;
    const uint8_t *at = receiver->buffer;
    for (uint64_t left = receiver->wants.count - receiver->messages; left > 0; left--) {
        const uint8_t *line_end = memchr(at, '\n', (size_t)(end - at));
        if (!line_end) {
            return length;
        }
        at = line_end + 1;
    }
    return (size_t)(at - receiver->buffer);
}

static bool too_long(const struct receiver *receiver, uint64_t length, GError **error)
{
    return receiver_error(receiver, error,
                          "a frame of %" PRIu64 " bytes or more is longer than its destination: "
                          "there is room for %" PRIu64,
                          length, receiver_message_room(receiver));
}

/* The contents of a frame, or a part of them. */
static bool keep_content(struct receiver *receiver, const uint8_t *bytes, size_t length,
                         GError **error)
{
    return length <= receiver_message_room(receiver)
               ? receiver_write(receiver, bytes, length, error)
               : too_long(receiver, length, error);
}

static void end_frame(struct receiver *receiver)
{
    receiver->in_frame = false;
    receiver->prefix_length = 0;
    receiver_end_message(receiver);
}

/* Returns the bytes used, or 0 on failure. */
static size_t take_prefix(struct receiver *receiver, const uint8_t *bytes, size_t length,
                          GError **error)
{
    const enum framing framing = receiver->wants.framing;
    const size_t size = framing_prefix_size(framing);
    const size_t piece = MIN(length, size - receiver->prefix_length);
    memcpy(receiver->prefix + receiver->prefix_length, bytes, piece);
    receiver->prefix_length += (unsigned)piece;
    if (receiver->prefix_length < size) {
        return piece;
    }
    receiver->in_frame = true;
    receiver->frame_left = framing_decode(framing, receiver->prefix);
    if (receiver->frame_left > receiver_message_room(receiver)) {
        too_long(receiver, receiver->frame_left, error);
        return 0;
    }
    if (receiver->frame_left == 0) {
        end_frame(receiver);
    }
    return piece;
}

static size_t take_content(struct receiver *receiver, const uint8_t *bytes, size_t length,
                           GError **error)
{
    const size_t piece = (size_t)MIN((uint64_t)length, receiver->frame_left);
    if (!keep_content(receiver, bytes, piece, error)) {
        return 0;
    }
    receiver->frame_left -= piece;
    if (receiver->frame_left == 0) {
        end_frame(receiver);
    }
    return piece;
}

static size_t take_line(struct receiver *receiver, const uint8_t *bytes, size_t length,
                        GError **error)
{
    const uint8_t *line_end = memchr(bytes, '\n', length);
    const size_t piece = line_end ? (size_t)(line_end - bytes) : length;
    receiver->in_frame = true;
    if (!keep_content(receiver, bytes, piece, error)) {
        return 0;
    }
    if (line_end) {
        end_frame(receiver);
    }
    return piece + (line_end ? 1 : 0);
}

bool receiver_take_frames(struct receiver *receiver, size_t length, GError **error)
{
    const uint8_t *bytes = receiver->buffer;
    while (length > 0) {
        size_t used;
        if (receiver->wants.framing == FRAMING_LF) {
            used = take_line(receiver, bytes, length, error);
        } else if (receiver->in_frame) {
            used = take_content(receiver, bytes, length, error);
        } else {
            used = take_prefix(receiver, bytes, length, error);
        }
        if (used == 0) {
            return false;
        }
        bytes += used;
        length -= used;
    }
    return true;
}

bool receiver_frames_ended(const struct receiver *receiver, GError **error)
{
    if (receiver->in_frame || receiver->prefix_length > 0) {
        return receiver_error(receiver, error, "ended inside of a frame, after %" PRIu64 " whole",
                              receiver->messages);
    }
    return receiver->wants.count == UINT64_MAX ||
           receiver_error(receiver, error, "ended after %" PRIu64 " of %" PRIu64 " frames",
                          receiver->messages, receiver->wants.count);
}
