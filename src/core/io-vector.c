/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/io-vector-internal.h"

#include "core/iov-walk.h"
#include "core/iov.h"
#include "core/zero.h"

#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>

#define NOT_GROWABLE (-1)

static unsigned element_count(const IoVector *vector)
{
    return (unsigned)vector->niov;
}

static void assert_inside(const IoVector *vector, size_t offset, size_t bytes)
{
    g_assert(offset <= vector->size);
    g_assert(bytes <= vector->size - offset);
}

void io_vector_init(IoVector *vector, int alloc_hint)
{
    g_assert(alloc_hint >= 0);
    *vector = (IoVector){ .iov = g_new(struct iovec, (size_t)alloc_hint), .nalloc = alloc_hint };
}

void io_vector_init_external(IoVector *vector, struct iovec *iov, int niov)
{
    g_assert(niov >= 0);
    *vector = (IoVector){ .iov = iov, .niov = niov, .nalloc = NOT_GROWABLE };
    vector->size = iov_size(iov, (unsigned)niov);
}

void io_vector_init_buf(IoVector *vector, const void *buf, size_t len)
{
    *vector = (IoVector)IO_VECTOR_INIT_BUF(*vector, buf, len);
}

void *io_vector_buf(const IoVector *vector)
{
    g_assert(vector->iov == &vector->local_iov);
    return vector->local_iov.iov_base;
}

/*
 * Goes forward from `element` by *offset bytes to the element that holds the byte there, and
 * leaves in *offset the bytes of that element before it. Stops at once when no bytes are left, so
 * that nothing past the last element is looked at.
 */
static struct iovec *seek(struct iovec *element, size_t *offset)
{
    while (*offset > 0 && *offset >= element->iov_len) {
        *offset -= element->iov_len;
        element++;
    }
    return element;
}

struct iovec *io_vector_slice(const IoVector *vector, size_t offset, size_t len, size_t *head,
                              size_t *tail, int *niov)
{
    assert_inside(vector, offset, len);

    size_t before = offset;
    struct iovec *first = seek(vector->iov, &before);
    size_t used = before + len;
    struct iovec *last = seek(first, &used);

    *head = before;
    *tail = used > 0 ? last->iov_len - used : 0;
    *niov = (int)(last - first) + (used > 0 ? 1 : 0);
    return first;
}

int io_vector_subvec_niov(const IoVector *vector, size_t offset, size_t len)
{
    size_t head;
    size_t tail;
    int niov;

    io_vector_slice(vector, offset, len, &head, &tail, &niov);
    return niov;
}

static void ensure_room(IoVector *vector, int niov)
{
    g_assert(vector->nalloc != NOT_GROWABLE);
    if (niov > vector->nalloc) {
        int doubled = vector->nalloc <= INT_MAX / 2 ? 2 * vector->nalloc : INT_MAX;

        vector->nalloc = MAX(niov, doubled);
        vector->iov = g_renew(struct iovec, vector->iov, (size_t)vector->nalloc);
    }
}

void io_vector_add(IoVector *vector, void *base, size_t len)
{
    g_assert(vector->niov < INT_MAX);
    g_assert(vector->nalloc != NOT_GROWABLE);
    g_assert(len <= SIZE_MAX - vector->size);
    ensure_room(vector, vector->niov + 1);
    vector->iov[vector->niov] = (struct iovec){ .iov_base = base, .iov_len = len };
    vector->niov++;
    vector->size += len;
}

size_t io_vector_concat_iov(IoVector *dst, const struct iovec *src_iov, unsigned src_cnt,
                            size_t soffset, size_t sbytes)
{
    size_t done = 0;

    if (sbytes > 0) {
        struct iov_walk walk = iov_walk_at(src_iov, src_cnt, soffset);
        struct iovec piece;

        while (iov_walk_next(&walk, sbytes - done, &piece)) {
            io_vector_add(dst, piece.iov_base, piece.iov_len);
            done += piece.iov_len;
        }
    }
    return done;
}

void io_vector_concat(IoVector *dst, const IoVector *src, size_t soffset, size_t sbytes)
{
    g_assert(dst != src);
    io_vector_concat_iov(dst, src->iov, element_count(src), soffset, sbytes);
}

static void put_unless_empty(IoVector *vector, void *base, size_t len)
{
    if (len > 0) {
        vector->iov[vector->niov] = (struct iovec){ .iov_base = base, .iov_len = len };
        vector->niov++;
    }
}

bool io_vector_extended_size(size_t head_len, size_t mid_len, int mid_niov, size_t tail_len,
                             size_t *size, int *niov)
{
    const int ends = (head_len > 0 ? 1 : 0) + (tail_len > 0 ? 1 : 0);

    return !__builtin_add_overflow(head_len, mid_len, size) &&
           !__builtin_add_overflow(*size, tail_len, size) &&
           !__builtin_add_overflow(ends, mid_niov, niov);
}

int io_vector_init_extended(IoVector *vector, void *head_buf, size_t head_len, const IoVector *mid,
                            size_t mid_offset, size_t mid_len, void *tail_buf, size_t tail_len)
{
    int mid_niov = mid_len > 0 ? io_vector_subvec_niov(mid, mid_offset, mid_len) : 0;
    size_t size;
    int niov;

    if (!io_vector_extended_size(head_len, mid_len, mid_niov, tail_len, &size, &niov)) {
        return -EINVAL;
    }
    if (niov == 1) {
        io_vector_init_buf(vector, NULL, size);
        vector->niov = 0;
    } else {
        io_vector_init(vector, niov);
    }
    put_unless_empty(vector, head_buf, head_len);
    if (mid_len > 0) {
        vector->niov += (int)iov_copy(&vector->iov[vector->niov], (unsigned)mid_niov, mid->iov,
                                      element_count(mid), mid_offset, mid_len);
    }
    put_unless_empty(vector, tail_buf, tail_len);
    vector->size = size;
    return 0;
}

void io_vector_init_slice(IoVector *vector, const IoVector *source, size_t offset, size_t len)
{
    assert_inside(source, offset, len);

    int result = io_vector_init_extended(vector, NULL, 0, source, offset, len, NULL, 0);

    g_assert(result == 0);
}

bool io_vector_is_zero(const IoVector *vector, size_t offset, size_t bytes)
{
    assert_inside(vector, offset, bytes);

    struct iov_walk walk = iov_walk_at(vector->iov, element_count(vector), offset);
    struct iovec piece;

    while (iov_walk_next(&walk, bytes, &piece)) {
        if (!zero_test(piece.iov_base, piece.iov_len)) {
            return false;
        }
        bytes -= piece.iov_len;
    }
    return true;
}

void io_vector_destroy(IoVector *vector)
{
    if (vector->nalloc != NOT_GROWABLE) {
        g_free(vector->iov);
    }
    *vector = (IoVector){ 0 };
}

void io_vector_reset(IoVector *vector)
{
    g_assert(vector->nalloc != NOT_GROWABLE);
    vector->niov = 0;
    vector->size = 0;
}

size_t io_vector_to_buf(const IoVector *vector, size_t offset, void *buf, size_t bytes)
{
    return iov_to_buf(vector->iov, element_count(vector), offset, buf, bytes);
}

size_t io_vector_from_buf(const IoVector *vector, size_t offset, const void *buf, size_t bytes)
{
    return iov_from_buf(vector->iov, element_count(vector), offset, buf, bytes);
}

size_t io_vector_memset(const IoVector *vector, size_t offset, int fillc, size_t bytes)
{
    return iov_memset(vector->iov, element_count(vector), offset, fillc, bytes);
}

ssize_t io_vector_compare(const IoVector *a, const IoVector *b)
{
    g_assert(a->niov == b->niov);
    for (int i = 0; i < a->niov; i++) {
        g_assert(a->iov[i].iov_len == b->iov[i].iov_len);
    }
    return iov_compare(a->iov, element_count(a), b->iov, element_count(b));
}

struct placed_element {
    uintptr_t start;
    int index;
};

static int compare_starts(const void *a, const void *b)
{
    const struct placed_element *left = a;
    const struct placed_element *right = b;

    return (left->start > right->start) - (left->start < right->start);
}

static struct placed_element *elements_by_address(const IoVector *vector)
{
    struct placed_element *order = g_new(struct placed_element, element_count(vector));

    for (int i = 0; i < vector->niov; i++) {
        order[i] = (struct placed_element){ (uintptr_t)vector->iov[i].iov_base, i };
    }
    if (vector->niov > 0) {
        qsort(order, element_count(vector), sizeof(*order), compare_starts);
    }
    return order;
}

/*
 * Walks the source's memory upwards as if all gaps in it were closed: `used` bytes of buf stand for
 * what lies below `end`. An element that starts before `end` starts as far before buf + used.
 */
void io_vector_clone(IoVector *dest, const IoVector *src, void *buf)
{
    g_autofree struct placed_element *order = elements_by_address(src);
    int first = dest->niov;
    uintptr_t end = 0;
    size_t used = 0;

    for (int i = 0; i < src->niov; i++) {
        io_vector_add(dest, NULL, src->iov[i].iov_len);
    }
    for (int i = 0; i < src->niov; i++) {
        int index = order[i].index;
        uintptr_t start = order[i].start;
        size_t len = src->iov[index].iov_len;
        size_t shared = end > start ? end - start : 0;

        dest->iov[first + index].iov_base = (void *)((uintptr_t)buf + used - shared);
        if (len > shared) {
            used += len - shared;
            end = start + len;
        }
    }
}

void io_vector_discard_back(IoVector *vector, size_t bytes)
{
    assert_inside(vector, 0, bytes);

    /* In the local form the size changes with the element. */
    size_t size = vector->size - bytes;
    unsigned niov = element_count(vector);

    iov_discard_back(vector->iov, &niov, bytes);
    vector->niov = (int)niov;
    vector->size = size;
}
