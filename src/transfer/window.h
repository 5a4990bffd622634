/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A window: some bytes of a vector that are in memory, or that repeat what is. */
#ifndef IOVTOOL_TRANSFER_WINDOW_H
#define IOVTOOL_TRANSFER_WINDOW_H

#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

struct window {
    struct iovec iov; /* the bytes; never empty */
    uint64_t length;  /* bytes of the vector this window stands for, at least iov.iov_len */
    uint32_t period; /* 0 when length == iov_len; else byte i equals byte i % period, and iov_len is
                        a multiple of it */
    size_t segment;  /* the segment that the first byte belongs to ... */
    uint64_t within; /* ... and its offset inside of that */
};

/* Cuts `bytes` bytes off the front; fewer than the window's length. */
void window_advance(struct window *window, uint64_t bytes);

/* Keeps at most `length` bytes; at least 1. */
void window_shorten(struct window *window, uint64_t length);

#endif
