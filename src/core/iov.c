/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/iov.h"

#include "core/differ.h"
#include "core/hexline.h"
#include "core/iov-walk.h"

#include <glib.h>
#include <limits.h>

size_t iov_size(const struct iovec *iov, unsigned iov_cnt)
{
    size_t size = 0;

    for (unsigned i = 0; i < iov_cnt; i++) {
        g_assert(iov[i].iov_len <= SIZE_MAX - size);
        size += iov[i].iov_len;
    }
    return size;
}

size_t iov_from_buf_full(const struct iovec *iov, unsigned iov_cnt, size_t offset, const void *buf,
                         size_t bytes)
{
    struct iov_walk walk = iov_walk_at(iov, iov_cnt, offset);
    size_t done = 0;
    struct iovec piece;

    while (iov_walk_next(&walk, bytes - done, &piece)) {
        memcpy(piece.iov_base, (const uint8_t *)buf + done, piece.iov_len);
        done += piece.iov_len;
    }
    return done;
}

static size_t gather(struct iov_walk *walk, void *buf, size_t bytes)
{
    size_t done = 0;
    struct iovec piece;

    while (iov_walk_next(walk, bytes - done, &piece)) {
        memcpy((uint8_t *)buf + done, piece.iov_base, piece.iov_len);
        done += piece.iov_len;
    }
    return done;
}

size_t iov_to_buf_full(const struct iovec *iov, unsigned iov_cnt, size_t offset, void *buf,
                       size_t bytes)
{
    struct iov_walk walk = iov_walk_at(iov, iov_cnt, offset);

    return gather(&walk, buf, bytes);
}

size_t iov_memset(const struct iovec *iov, unsigned iov_cnt, size_t offset, int fillc, size_t bytes)
{
    struct iov_walk walk = iov_walk_at(iov, iov_cnt, offset);
    size_t done = 0;
    struct iovec piece;

    while (iov_walk_next(&walk, bytes - done, &piece)) {
        memset(piece.iov_base, fillc, piece.iov_len);
        done += piece.iov_len;
    }
    return done;
}

ssize_t iov_compare(const struct iovec *a, unsigned a_cnt, const struct iovec *b, unsigned b_cnt)
{
    struct iov_walk walk_a = iov_walk_at(a, a_cnt, 0);
    struct iov_walk walk_b = iov_walk_at(b, b_cnt, 0);
    size_t offset = 0;

    for (;;) {
        struct iovec piece_a;
        struct iovec piece_b;
        bool more_a = iov_walk_peek(&walk_a, &piece_a);
        bool more_b = iov_walk_peek(&walk_b, &piece_b);

        if (!more_a && !more_b) {
            return -1;
        }
        if (!more_a || !more_b) {
            break;
        }
        size_t common = MIN(piece_a.iov_len, piece_b.iov_len);
        size_t equal = differ_equal_prefix(piece_a.iov_base, piece_b.iov_base, common);

        offset += equal;
        if (equal < common) {
            break;
        }
        iov_walk_skip(&walk_a, common);
        iov_walk_skip(&walk_b, common);
    }
    g_assert(offset <= SSIZE_MAX);
    return (ssize_t)offset;
}

#define DUMP_WIDTH 16u
#define DUMP_ROWS 64u

void iov_hexdump(const struct iovec *iov, unsigned iov_cnt, FILE *fp, const char *prefix,
                 size_t limit)
{
    g_autofree char *row_start = g_strconcat(prefix, ": ", NULL);
    const struct hexline_style style = {
        .prefix = row_start,
        .base = HEXLINE_HEX,
        .digits = 4,
        .offset_end = ":  ",
        .width = DUMP_WIDTH,
        .group = 1,
        .half = 4,
        .ascii = true,
        .ascii_start = " ",
        .ascii_end = "",
    };
    struct hexline *line = hexline_new(&style);
    g_autofree char *text = g_malloc(DUMP_ROWS * hexline_row_max(line) + HEXLINE_SLACK);
    struct iov_walk walk = iov_walk_at(iov, iov_cnt, 0);
    uint8_t window[DUMP_ROWS * DUMP_WIDTH];
    size_t offset = 0;
    size_t bytes;

    while ((bytes = gather(&walk, window, MIN(sizeof(window), limit - offset))) > 0) {
        size_t rest = bytes % DUMP_WIDTH;
        size_t whole = bytes - rest;
        size_t length = hexline_rows(line, text, window, whole / DUMP_WIDTH, offset);

        if (rest > 0) {
            length += hexline_row(line, text + length, window + whole, rest, offset + whole);
        }
        fwrite(text, 1, length, fp);
        offset += bytes;
    }
    hexline_free(line);
}

unsigned iov_copy(struct iovec *dst_iov, unsigned dst_iov_cnt, const struct iovec *iov,
                  unsigned iov_cnt, size_t offset, size_t bytes)
{
    struct iov_walk walk = iov_walk_at(iov, iov_cnt, offset);
    unsigned count = 0;

    while (count < dst_iov_cnt && iov_walk_next(&walk, bytes, &dst_iov[count])) {
        bytes -= dst_iov[count].iov_len;
        count++;
    }
    return count;
}

static void remember(IOVDiscardUndo *undo, struct iovec *element)
{
    if (undo != NULL) {
        undo->modified_iov = element;
        undo->orig = *element;
    }
}

static void remember_nothing(IOVDiscardUndo *undo)
{
    if (undo != NULL) {
        *undo = (IOVDiscardUndo){ 0 };
    }
}

size_t iov_discard_front_undoable(struct iovec **iov, unsigned *iov_cnt, size_t bytes,
                                  IOVDiscardUndo *undo)
{
    size_t left = bytes;

    remember_nothing(undo);
    while (*iov_cnt > 0 && (*iov)->iov_len <= left) {
        left -= (*iov)->iov_len;
        (*iov)++;
        (*iov_cnt)--;
    }
    if (*iov_cnt > 0) {
        struct iovec *first = *iov;

        remember(undo, first);
        first->iov_base = (uint8_t *)first->iov_base + left;
        first->iov_len -= left;
        left = 0;
    }
    return bytes - left;
}

size_t iov_discard_back_undoable(struct iovec *iov, unsigned *iov_cnt, size_t bytes,
                                 IOVDiscardUndo *undo)
{
    size_t left = bytes;

    remember_nothing(undo);
    while (*iov_cnt > 0 && iov[*iov_cnt - 1].iov_len <= left) {
        left -= iov[*iov_cnt - 1].iov_len;
        (*iov_cnt)--;
    }
    if (*iov_cnt > 0) {
        struct iovec *last = &iov[*iov_cnt - 1];

        remember(undo, last);
        last->iov_len -= left;
        left = 0;
    }
    return bytes - left;
}

size_t iov_discard_front(struct iovec **iov, unsigned *iov_cnt, size_t bytes)
{
    return iov_discard_front_undoable(iov, iov_cnt, bytes, NULL);
}

size_t iov_discard_back(struct iovec *iov, unsigned *iov_cnt, size_t bytes)
{
    return iov_discard_back_undoable(iov, iov_cnt, bytes, NULL);
}

void iov_discard_undo(const IOVDiscardUndo *undo)
{
    if (undo->modified_iov != NULL) {
        *undo->modified_iov = undo->orig;
    }
}
