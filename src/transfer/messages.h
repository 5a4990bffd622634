/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A vector as messages of a datagram or seqpacket socket. Each is gathered whole and given to the
 * kernel whole: none is ever cut short. Many go in one call, by UDP_SEGMENT where they are equally
 * long and the kernel has it, else by sendmmsg().
 */
#ifndef IOVTOOL_TRANSFER_MESSAGES_H
#define IOVTOOL_TRANSFER_MESSAGES_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/uio.h>

#include "segment/files.h"
#include "segment/vector.h"

struct messages_job {
    const struct vector *vector;
    struct files *files;
    enum slice_shortage shortage; /* for streams that end early */
    unsigned reader_flags;
    int fd;           /* connected, and does not block */
    const char *name; /* of the socket, for messages of ours */
    uint64_t longest; /* that the socket takes */
    uint64_t split;   /* messages are split into ones of at most so many bytes */
    bool per_segment; /* each segment is a message, an empty one too; else all is one */
    bool is_udp;
    bool offload; /* UDP_SEGMENT may be used */
    /* Waits until poll() of the socket has one of `events`; false sets *error. */
    bool (*wait)(void *context, short events, GError **error);
    /* Sees the bytes of each message that was sent; NULL: nobody. */
    void (*sent)(void *context, const struct iovec *iov, unsigned count, size_t length);
    void *context;
};

struct messages_sent {
    uint64_t messages;
    uint64_t bytes;
};

/*
 * Sends them all. A message that is known to be too long is refused before any is sent. Fails with
 * IOVTOOL_ERROR_PEER, or as the reader does; *sent is in any case what the kernel has taken.
 */
bool messages_send(const struct messages_job *job, struct messages_sent *sent, GError **error);

#endif
