/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What arrives at a socket -> sinks. Takes from the socket exactly the bytes that are wanted, so
 * that whoever has the descriptor next finds the rest.
 *
 * Three forms of input, one for each way to tell where it ends:
 *   - the bytes of a stream: up to its end, so many of them, or through the first occurrence of
 *     some bytes;
 *   - frames in a stream (segment/framing.h), of which only the contents are kept;
 *   - the messages of a datagram or seqpacket socket.
 */
#ifndef IOVTOOL_TRANSFER_RECEIVER_H
#define IOVTOOL_TRANSFER_RECEIVER_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "segment/framing.h"
#include "transfer/scatter.h"

struct receiver_wants {
    const char *peer; /* the name of the socket for messages */
    int type;         /* SOCK_STREAM, SOCK_DGRAM or SOCK_SEQPACKET */
    bool is_udp;
    uint64_t length;      /* exactly so many bytes; SEGMENT_TO_END: up to the end */
    uint64_t count;       /* exactly so many messages or frames; UINT64_MAX: up to the end */
    const uint8_t *until; /* NULL: not wanted; stream without frames only */
    size_t until_length;
    enum framing framing;
    bool per_segment; /* each message or frame starts the next sink */
    /* Sees what was received; NULL: nobody. */
    void (*seen)(void *context, const struct iovec *iov, unsigned count, size_t length);
    void *context;
};

struct receiver;

/* `scatter` NULL: what comes is passed over. *wants, but for what it points to, is copied. */
struct receiver *receiver_new(int fd, const struct receiver_wants *wants, struct scatter *scatter);
void receiver_free(struct receiver *receiver);

/*
 * Takes what is there, without waiting: call it when the socket can be read. Fails with
 * IOVTOOL_ERROR_PEER (reset; ended before all that is wanted was there; a message that does not
 * fit), _RANGE (more bytes in the stream than the sinks take), or as scatter_write() does.
 */
bool receiver_take(struct receiver *receiver, GError **error);

/* True when all that is wanted has come, or the end. */
bool receiver_is_done(const struct receiver *receiver);

/* Bytes taken from the socket; messages or frames taken whole. */
uint64_t receiver_bytes(const struct receiver *receiver);
uint64_t receiver_messages(const struct receiver *receiver);

#endif
