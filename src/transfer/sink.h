/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where bytes go: the facts about one destination that planning needs, and one write to it. */
#ifndef IOVTOOL_TRANSFER_SINK_H
#define IOVTOOL_TRANSFER_SINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/uio.h>

enum sink_kind {
    SINK_FILE,   /* can be written at any offset */
    SINK_PIPE,   /* takes pages by splice */
    SINK_OTHER,  /* takes write() only: opened to append, a terminal, a device */
    SINK_SOCKET, /* a stream socket: takes send(), and pages by sendfile() */
    SINK_REMOTE, /* what a server has: takes requests at any offset (remote-writer.h) */
};

#define SINK_KINDS (SINK_REMOTE + 1)

struct remote;

struct sink {
    enum sink_kind kind;
    int fd;           /* SINK_REMOTE: -1 */
    const char *name; /* for messages, already escaped */
    uint64_t offset;  /* SINK_FILE, SINK_REMOTE: where its first byte goes */
    uint64_t length;  /* the bytes it takes; SEGMENT_TO_END: all there are */
    dev_t device;     /* SINK_FILE */
    ino_t inode;
    uint32_t block; /* SINK_FILE: what the file system allocates, and shares, at once */
    bool fresh;     /* SINK_FILE: empty at the start, so that what is not written reads as zeros */
    struct remote *remote; /* SINK_REMOTE */
};

/*
 * One write of some of the elements, at `offset` where the sink has any; not for SINK_REMOTE.
 * Returns the bytes that were taken, or -1 with errno; the caller handles EINTR and EAGAIN.
 * To a socket nothing raises SIGPIPE.
 */
ssize_t sink_write(const struct sink *sink, uint64_t offset, const struct iovec *iov,
                   unsigned count);

#endif
