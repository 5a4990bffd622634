/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Vectors of many elements for socket tests. Elements follow each other in `memory`. */
#ifndef IOVTOOL_TESTS_LONG_VECTOR_H
#define IOVTOOL_TESTS_LONG_VECTOR_H

#include "iov-sample.h"

#include <sys/socket.h>
#include <unistd.h>

struct long_vector {
    struct iovec *iov;
    struct iovec *original;
    unsigned cnt;
    uint8_t *memory; /* the content of the vector, `size` bytes */
    size_t size;
};

/* Element i has `shortest` + i % `cycle` bytes, all of them zero. */
static inline struct long_vector *long_vector_new(unsigned cnt, size_t shortest, size_t cycle)
{
    struct long_vector *v = g_new0(struct long_vector, 1);
    size_t at = 0;

    v->cnt = cnt;
    v->iov = g_new0(struct iovec, cnt);
    for (unsigned i = 0; i < cnt; i++) {
        v->iov[i].iov_len = shortest + i % cycle;
        v->size += v->iov[i].iov_len;
    }
    v->memory = g_malloc0(v->size);
    for (unsigned i = 0; i < cnt; i++) {
        v->iov[i].iov_base = v->iov[i].iov_len > 0 ? v->memory + at : NULL;
        at += v->iov[i].iov_len;
    }
    v->original = g_memdup2(v->iov, cnt * sizeof(*v->iov));
    return v;
}

/* The same with content that does not repeat soon. */
static inline struct long_vector *long_vector_numbered(unsigned cnt, size_t shortest, size_t cycle)
{
    struct long_vector *v = long_vector_new(cnt, shortest, cycle);

    for (size_t i = 0; i < v->size; i++) {
        v->memory[i] = (uint8_t)(i * 31 + i / 251 + 1);
    }
    return v;
}

/* Nobody may have edited the elements. */
static inline void long_vector_free(struct long_vector *v)
{
    assert_same_bytes(v->iov, v->original, v->cnt * sizeof(*v->iov));
    g_free(v->iov);
    g_free(v->original);
    g_free(v->memory);
    g_free(v);
}

struct pair {
    int near;
    int far;
};

/* `type` may include SOCK_NONBLOCK. */
static inline struct pair pair_open(int type)
{
    int ends[2];

    g_assert_cmpint(socketpair(AF_UNIX, type, 0, ends), ==, 0);
    return (struct pair){ ends[0], ends[1] };
}

static inline void pair_close(struct pair pair)
{
    close(pair.near);
    close(pair.far);
}

/* The kernel doubles what is asked and has a floor of a few KiB. */
static inline void shrink_send_buffer(int sockfd)
{
    const int smallest = 1;

    g_assert_cmpint(setsockopt(sockfd, SOL_SOCKET, SO_SNDBUF, &smallest, sizeof(smallest)), ==, 0);
}

#endif
