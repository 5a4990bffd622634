/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Vectors of struct iovec used as if they were one contiguous buffer, without making that buffer.
 *
 * Names, arguments and results are those of QEMU's util/iov.c. Common to all functions:
 *
 * - `iov` and `iov_cnt` are the vector; with iov_cnt 0, `iov` may be NULL. Elements of length 0 are
 *   fine anywhere, whatever their address. There may be more than IOV_MAX elements.
 * - `offset` counts bytes from the start of the vector. One past the end is the caller's error, an
 *   assertion; one equal to the size of the vector is not.
 * - `bytes` may reach past the end, where nothing else is said, so SIZE_MAX means "to the end". The
 *   result is the number of bytes that were there: min(bytes, iov_size(iov, iov_cnt) - offset).
 * - The array of elements is never written to and nothing is allocated, where nothing else is said.
 *
 * The set is complete, for other programs as well. The linker leaves out what this one does not
 * call.
 */
#ifndef IOVTOOL_CORE_IOV_H
#define IOVTOOL_CORE_IOV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/types.h>
#include <sys/uio.h>

/* The size of the vector in bytes. A sum that does not fit in size_t is the caller's error. */
size_t iov_size(const struct iovec *iov, unsigned iov_cnt);

/*
 * Copies between a contiguous buffer and the vector: from_buf scatters, to_buf gathers. The
 * buffer must not overlap the vector's memory.
 */
size_t iov_from_buf_full(const struct iovec *iov, unsigned iov_cnt, size_t offset, const void *buf,
                         size_t bytes);
size_t iov_to_buf_full(const struct iovec *iov, unsigned iov_cnt, size_t offset, void *buf,
                       size_t bytes);

/* A copy whose length the compiler knows is a load or a store when the first element holds it. */
static inline bool iov_first_holds(const struct iovec *iov, unsigned iov_cnt, size_t offset,
                                   size_t bytes)
{
    return iov_cnt > 0 && bytes > 0 && offset <= iov[0].iov_len && bytes <= iov[0].iov_len - offset;
}

/* iov_from_buf_full(), faster where `bytes` is a constant. */
static inline size_t iov_from_buf(const struct iovec *iov, unsigned iov_cnt, size_t offset,
                                  const void *buf, size_t bytes)
{
    if (__builtin_constant_p(bytes) && iov_first_holds(iov, iov_cnt, offset, bytes)) {
        memcpy((uint8_t *)iov[0].iov_base + offset, buf, bytes);
        return bytes;
    }
    return iov_from_buf_full(iov, iov_cnt, offset, buf, bytes);
}

/* iov_to_buf_full(), faster where `bytes` is a constant. */
static inline size_t iov_to_buf(const struct iovec *iov, unsigned iov_cnt, size_t offset, void *buf,
                                size_t bytes)
{
    if (__builtin_constant_p(bytes) && iov_first_holds(iov, iov_cnt, offset, bytes)) {
        memcpy(buf, (const uint8_t *)iov[0].iov_base + offset, bytes);
        return bytes;
    }
    return iov_to_buf_full(iov, iov_cnt, offset, buf, bytes);
}

/* Sets bytes of the vector to the low 8 bits of `fillc`. */
size_t iov_memset(const struct iovec *iov, unsigned iov_cnt, size_t offset, int fillc,
                  size_t bytes);

/*
 * Compares two vectors by content, however each is cut into elements: -1 when contents and sizes
 * are equal, else the first offset at which they differ. That is the smaller size when one vector
 * is the beginning of the other. Equivalent to gathering both and comparing byte by byte.
 */
ssize_t iov_compare(const struct iovec *a, unsigned a_cnt, const struct iovec *b, unsigned b_cnt);

/*
 * Sends from, or receives into, `bytes` bytes of the vector, all of which must lie within it.
 * Equivalent, on a socket that takes as much as it is given, to
 *
 *     void *buf = malloc(bytes);
 *     iov_to_buf(iov, iov_cnt, offset, buf, bytes);
 *     ssize_t result = send(sockfd, buf, bytes, MSG_NOSIGNAL);
 *     free(buf);
 *
 * Returns the bytes moved, or -1 with errno. Signals do not interrupt it, a broken connection is
 * EPIPE and not SIGPIPE, and with `bytes` 0 nothing is called and 0 returned.
 *
 * Stream sockets: goes on until all bytes are moved. Returns fewer when the peer has ended its side
 * (receiving) or when the socket would block; -1 with EAGAIN when it would have blocked at once.
 * Any other error is -1 even after some bytes. More than IOV_MAX elements go in several calls.
 *
 * All other sockets: exactly one message. Sending, `bytes` are the whole message; the socket
 * takes it or refuses it. Receiving, the result is the part of the message that fitted, and the
 * rest of it is lost, as with recv(); recv(sockfd, NULL, 0, MSG_PEEK | MSG_TRUNC) tells the length
 * of the next message beforehand. More than IOV_MAX elements, which no single call takes, go
 * through a buffer of `bytes` bytes allocated for the call (-1 with ENOMEM when that fails).
 */
ssize_t iov_send_recv(int sockfd, const struct iovec *iov, unsigned iov_cnt, size_t offset,
                      size_t bytes, bool do_send);

static inline ssize_t iov_send(int sockfd, const struct iovec *iov, unsigned iov_cnt, size_t offset,
                               size_t bytes)
{
    return iov_send_recv(sockfd, iov, iov_cnt, offset, bytes, true);
}

static inline ssize_t iov_recv(int sockfd, const struct iovec *iov, unsigned iov_cnt, size_t offset,
                               size_t bytes)
{
    return iov_send_recv(sockfd, iov, iov_cnt, offset, bytes, false);
}

/*
 * Writes a hex dump of the first `limit` bytes of the vector, or all of it if it is smaller, to
 * `fp`: 16 bytes a row, offsets of four digits or more, a short last row padded so that its text
 * lines up. Errors are left for the caller to find with ferror().
 *
 *     PREFIX: 0010:  69 6f 76 74  6f 6f 6c 0a  00 01 02 03  04 05 06 07 iovtool.........
 *
 * Takes memory for some rows of text, however large the vector is.
 */
void iov_hexdump(const struct iovec *iov, unsigned iov_cnt, FILE *fp, const char *prefix,
                 size_t limit);

/*
 * Writes elements that name the same memory as bytes [offset, offset + bytes) of the vector to
 * dst_iov and returns how many. No data is copied. Stops early at the end of the vector, or when
 * dst_iov_cnt elements do not suffice. No element written is empty, so `bytes` 0 gives none.
 */
unsigned iov_copy(struct iovec *dst_iov, unsigned dst_iov_cnt, const struct iovec *iov,
                  unsigned iov_cnt, size_t offset, size_t bytes);

/*
 * Takes `bytes` bytes off the front or the back of the vector, or all there is if that is less, and
 * returns how many. Whole elements go by moving *iov or lowering *iov_cnt, and so do those of
 * length 0 next to them; the one element that is cut is edited in place.
 */
size_t iov_discard_front(struct iovec **iov, unsigned *iov_cnt, size_t bytes);
size_t iov_discard_back(struct iovec *iov, unsigned *iov_cnt, size_t bytes);

/* What a discard edited: the element and its former value, or NULL when it cut none. */
typedef struct IOVDiscardUndo {
    struct iovec *modified_iov;
    struct iovec orig;
} IOVDiscardUndo;

/*
 * The same, noting in *undo how to give the array of elements its former value. `undo` may be NULL.
 * The caller keeps his own copies of *iov and *iov_cnt. Several discards are undone last one first.
 */
size_t iov_discard_front_undoable(struct iovec **iov, unsigned *iov_cnt, size_t bytes,
                                  IOVDiscardUndo *undo);
size_t iov_discard_back_undoable(struct iovec *iov, unsigned *iov_cnt, size_t bytes,
                                 IOVDiscardUndo *undo);
void iov_discard_undo(const IOVDiscardUndo *undo);

#endif
