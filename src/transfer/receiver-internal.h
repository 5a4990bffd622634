/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the parts of the receiver share: receiver.c streams, receiver-frames.c frames in them,
 * receiver-message.c messages. */
#ifndef IOVTOOL_TRANSFER_RECEIVER_INTERNAL_H
#define IOVTOOL_TRANSFER_RECEIVER_INTERNAL_H

#include "transfer/pattern.h"
#include "transfer/receiver.h"

struct receiver {
    int fd;
    struct receiver_wants wants;
    struct scatter *scatter;
    struct pattern *until;
    uint8_t *buffer;
    size_t buffer_size;
    bool done;
    uint64_t bytes;
    uint64_t messages;

    bool in_frame; /* its prefix was read, or the first byte of its line */
    uint8_t prefix[FRAMING_PREFIX_MAX];
    unsigned prefix_length; /* so much of it was read */
    uint64_t frame_left;
};

/* False when there is not so much memory. */
bool receiver_reserve(struct receiver *receiver, size_t size);

/* Sets *error to "PEER: PROBLEM". Returns false. */
bool receiver_error(const struct receiver *receiver, GError **error, const char *format, ...)
    G_GNUC_PRINTF(3, 4);

/* What the errno of a receiving call comes to: true when the call is to be made again later. */
bool receiver_failed(const struct receiver *receiver, GError **error);

/* Counts bytes that were taken, and shows them to who wants to see. */
void receiver_saw(struct receiver *receiver, const void *bytes, size_t length);

/* Passes bytes on to the sinks. */
bool receiver_write(struct receiver *receiver, const uint8_t *bytes, size_t length, GError **error);

/* How long the next message, or the rest of the current one, may be. */
uint64_t receiver_message_room(const struct receiver *receiver);
void receiver_end_message(struct receiver *receiver);

/* receiver-frames.c. The bytes to take next, so that none behind the current frame are. */
uint64_t receiver_frame_wants(const struct receiver *receiver);
/* Of `length` bytes at the start of the buffer: those up to the end of the last wanted line. */
size_t receiver_lines_wanted(const struct receiver *receiver, size_t length);
/* Takes apart `length` bytes at the start of the buffer. */
bool receiver_take_frames(struct receiver *receiver, size_t length, GError **error);
/* The stream ended. False, with *error set, when that was too early. */
bool receiver_frames_ended(const struct receiver *receiver, GError **error);

/* receiver-message.c */
bool receiver_take_message(struct receiver *receiver, GError **error);

#endif
