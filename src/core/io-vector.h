/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * IoVector: a vector of struct iovec that knows its size in bytes and can grow.
 *
 * Functions, arguments and results are those of QEMU's QEMUIOVector, with io_vector_ in place of
 * qemu_iovec_. An IoVector owns its array of elements, never the memory they name. It comes in
 * three forms:
 *
 * - growable (io_vector_init, all bytes zero, what io_vector_destroy leaves): `nalloc` elements are
 *   allocated, `niov` used;
 * - external (io_vector_init_external): the array is the caller's and outlives the IoVector;
 * - local (IO_VECTOR_INIT_BUF, io_vector_init_buf): one element, held inside. Such an IoVector must
 *   not be copied or moved as a struct: `iov` points into it.
 *
 * The last two have nalloc -1. They cannot be added to or reset, which is the caller's error; the
 * rest works on them. Other errors of the caller, all of them assertions: an offset past the end,
 * a range not wholly inside where that is asked for, and a size that does not fit in size_t.
 *
 * The set is complete, for other programs as well: this one calls none of it but in tests, and the
 * linker leaves it out.
 */
#ifndef IOVTOOL_CORE_IO_VECTOR_H
#define IOVTOOL_CORE_IO_VECTOR_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include <sys/uio.h>

typedef struct IoVector {
    struct iovec *iov;
    int niov;
    int nalloc;
    union {
        struct iovec local_iov; /* the local form only */
        struct {
            void *local_base; /* local_iov.iov_base */
            size_t size;      /* sum of all iov_len; in the local form it is local_iov.iov_len */
        };
    };
} IoVector;

_Static_assert(offsetof(IoVector, size) == offsetof(IoVector, local_iov.iov_len),
               "the size of a local vector is the length of its element");

/* Initialises `self` to the local form: IoVector v = IO_VECTOR_INIT_BUF(v, buf, len); */
#define IO_VECTOR_INIT_BUF(self, buf, len)                                                         \
    {                                                                                              \
        .iov = &(self).local_iov, .niov = 1, .nalloc = -1,                                         \
        .local_iov = { .iov_base = (void *)(buf), .iov_len = (len) },                              \
    }

/* An empty growable vector with room for `alloc_hint` elements. */
void io_vector_init(IoVector *vector, int alloc_hint);
void io_vector_init_external(IoVector *vector, struct iovec *iov, int niov);

/* One element over `buf`, which is only written to by functions that write to a vector. */
void io_vector_init_buf(IoVector *vector, const void *buf, size_t len);

/* The buffer of a vector in the local form. */
void *io_vector_buf(const IoVector *vector);

/*
 * Bytes of `head_buf`, then bytes [mid_offset, mid_offset + mid_len) of `mid`, then bytes of
 * `tail_buf`, as one new vector over the same memory, none of its elements empty. A part of length
 * 0 adds nothing, and its pointer may be NULL. The result may be in the local form (it is when
 * there is one element to take): it is not meant to be added to.
 * Returns 0, or -EINVAL with `vector` untouched when the sum of the lengths does not fit in size_t
 * or the number of elements in int. (QEMU stops at IOV_MAX elements; nothing here has that limit.)
 */
int io_vector_init_extended(IoVector *vector, void *head_buf, size_t head_len, const IoVector *mid,
                            size_t mid_offset, size_t mid_len, void *tail_buf, size_t tail_len);

/* io_vector_init_extended() with neither head nor tail. Cannot fail. */
void io_vector_init_slice(IoVector *vector, const IoVector *source, size_t offset, size_t len);

/*
 * The elements that hold bytes [offset, offset + len): returns the first and sets *niov to their
 * number, *head to the bytes of the first one before the range and *tail to the bytes of the last
 * one after it. Elements of length 0 count inside the range and right before it, not after it. For
 * `len` 0 there is no element when offset lies between two, and one when it lies inside one.
 */
struct iovec *io_vector_slice(const IoVector *vector, size_t offset, size_t len, size_t *head,
                              size_t *tail, int *niov);

/* The *niov of io_vector_slice(). */
int io_vector_subvec_niov(const IoVector *vector, size_t offset, size_t len);

/* Appends one element, of any length. */
void io_vector_add(IoVector *vector, void *base, size_t len);

/*
 * Appends elements that name the same memory as bytes [soffset, soffset + sbytes) of the source, or
 * to its end if that comes first; none of them empty. concat_iov returns the bytes added. The
 * source must not be, nor lie in, the destination's array of elements. With sbytes 0 nothing is
 * looked at.
 */
void io_vector_concat(IoVector *dst, const IoVector *src, size_t soffset, size_t sbytes);
size_t io_vector_concat_iov(IoVector *dst, const struct iovec *src_iov, unsigned src_cnt,
                            size_t soffset, size_t sbytes);

/* Whether bytes [offset, offset + bytes), all inside the vector, are zero. */
bool io_vector_is_zero(const IoVector *vector, size_t offset, size_t bytes);

/* Frees what the vector owns and leaves it all bytes zero: empty and growable. */
void io_vector_destroy(IoVector *vector);

/* Drops all elements but keeps the room for them. */
void io_vector_reset(IoVector *vector);

/* iov_to_buf(), iov_from_buf() and iov_memset() of core/iov.h. */
size_t io_vector_to_buf(const IoVector *vector, size_t offset, void *buf, size_t bytes);
size_t io_vector_from_buf(const IoVector *vector, size_t offset, const void *buf, size_t bytes);
size_t io_vector_memset(const IoVector *vector, size_t offset, int fillc, size_t bytes);

/*
 * Compares two vectors of the same shape, that is with elements of the same lengths (the caller's
 * error if not): -1 when equal, else the offset of the first byte that differs. For vectors of
 * different shapes there is iov_compare().
 */
ssize_t io_vector_compare(const IoVector *a, const IoVector *b);

/*
 * Appends to `dest`, which is not `src`, elements over `buf` that have the lengths of those of
 * `src` and share bytes exactly as those do: what is written through one element is seen through
 * the others in both vectors alike. Gaps between the elements are closed. No data is copied.
 * `buf` needs a byte for every distinct byte of memory that `src` names: src->size always suffices.
 * Takes O(niov log niov) time, and 16 bytes of heap an element while it runs.
 */
void io_vector_clone(IoVector *dest, const IoVector *src, void *buf);

/*
 * Drops the last `bytes` bytes, at most `size` of them, as iov_discard_back() does: elements of
 * the vector's array may be edited, also when the array is external.
 */
void io_vector_discard_back(IoVector *vector, size_t bytes);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(IoVector, io_vector_destroy)

#endif
