/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "transfer/window.h"

void window_advance(struct window *window, uint64_t bytes)
{
    window->within += bytes;
    window->length -= bytes;
    if (window->period == 0) {
        window->iov.iov_base = (uint8_t *)window->iov.iov_base + bytes;
        window->iov.iov_len -= (size_t)bytes;
        return;
    }
    /* Whole periods change nothing; the rest shifts the tile, still a multiple of the period. */
    const size_t shift = (size_t)(bytes % window->period);
    if (shift) {
        window->iov.iov_base = (uint8_t *)window->iov.iov_base + shift;
        window->iov.iov_len -= window->period;
    }
    if (window->length <= window->iov.iov_len) {
        window->iov.iov_len = (size_t)window->length;
        window->period = 0;
    }
}

void window_shorten(struct window *window, uint64_t length)
{
    if (length < window->length) {
        window->length = length;
        if (length <= window->iov.iov_len) {
            window->iov.iov_len = (size_t)length;
            window->period = 0;
        }
    }
}
