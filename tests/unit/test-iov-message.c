/* SPDX-License-Identifier: GPL-2.0-or-later */
/* iov_send() and iov_recv() on sockets that keep messages apart. */
#include "core/iov.h"

#include "long-vector.h"

#include <errno.h>

static const int message_types[] = { SOCK_DGRAM, SOCK_SEQPACKET };
static const unsigned counts[] = { 1, 1023, 1024, 1025, 2048, 5000 };

static void assert_no_message(int sockfd)
{
    uint8_t byte;

    g_assert_cmpint(recv(sockfd, &byte, 1, 0), ==, -1);
    g_assert_cmpint(errno, ==, EAGAIN);
}

/* However many elements, what is sent is one message. */
static void check_send(int type, unsigned cnt, size_t shortest, size_t cycle)
{
    struct pair pair = pair_open(type | SOCK_NONBLOCK);
    struct long_vector *from = long_vector_numbered(cnt, shortest, cycle);
    g_autofree uint8_t *message = g_malloc(from->size + 1);

    for (size_t offset = 0; offset < from->size; offset += from->size / 2 + 1) {
        size_t bytes = from->size - offset;

        g_assert_cmpint(iov_send(pair.near, from->iov, cnt, offset, bytes), ==, (ssize_t)bytes);
        g_assert_cmpint(recv(pair.far, message, from->size + 1, 0), ==, (ssize_t)bytes);
        assert_same_bytes(message, from->memory + offset, bytes);
        assert_no_message(pair.far);
    }
    long_vector_free(from);
    pair_close(pair);
}

/* However many elements and bytes there is room for, what is received is one message. */
static void check_recv(int type, unsigned cnt, size_t shortest, size_t cycle)
{
    struct pair pair = pair_open(type | SOCK_NONBLOCK);
    struct long_vector *to = long_vector_new(cnt, shortest, cycle);
    const size_t offset = to->size / 3;
    const size_t rest = to->size - offset;
    const size_t bytes = rest / 2 + 1;
    g_autofree uint8_t *message = g_malloc(bytes);

    memset(message, 0x5a, bytes);
    g_assert_cmpint(send(pair.near, message, bytes, 0), ==, (ssize_t)bytes);
    g_assert_cmpint(send(pair.near, "next", 4, 0), ==, 4);
    g_assert_cmpint(iov_recv(pair.far, to->iov, cnt, offset, rest), ==, (ssize_t)bytes);
    for (size_t i = 0; i < to->size; i++) {
        g_assert_cmpuint(to->memory[i], ==, i >= offset && i < offset + bytes ? 0x5a : 0);
    }
    g_assert_cmpint(recv(pair.far, message, bytes, MSG_TRUNC), ==, 4);
    assert_no_message(pair.far);
    g_assert_cmpint(iov_recv(pair.far, to->iov, cnt, 0, to->size), ==, -1);
    g_assert_cmpint(errno, ==, EAGAIN);
    long_vector_free(to);
    pair_close(pair);
}

static void test_counts(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(message_types); i++) {
        for (size_t j = 0; j < G_N_ELEMENTS(counts); j++) {
            check_send(message_types[i], counts[j], 3, 1);
            check_send(message_types[i], counts[j], 1, 5);
            check_recv(message_types[i], counts[j], 3, 1);
            check_recv(message_types[i], counts[j], 1, 5);
        }
        check_send(message_types[i], 5000, 0, 3);
        check_recv(message_types[i], 5000, 0, 3);
    }
}

/* A message that the socket cannot take is refused whole. */
static void check_too_large(int type, unsigned cnt)
{
    struct pair pair = pair_open(type | SOCK_NONBLOCK);
    struct long_vector *from = long_vector_numbered(cnt, 40000 / cnt, 1);

    shrink_send_buffer(pair.near);
    g_assert_cmpint(iov_send(pair.near, from->iov, cnt, 0, from->size), ==, -1);
    g_assert_cmpint(errno, ==, EMSGSIZE);
    assert_no_message(pair.far);
    long_vector_free(from);
    pair_close(pair);
}

static void test_too_large(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(message_types); i++) {
        for (size_t j = 0; j < G_N_ELEMENTS(counts); j++) {
            check_too_large(message_types[i], counts[j]);
        }
    }
}

/* A message that does not fit is cut, what is left of it is lost, and the next one is whole. */
static void check_truncated(int type, unsigned cnt)
{
    struct pair pair = pair_open(type | SOCK_NONBLOCK);
    struct long_vector *to = long_vector_new(cnt, 2, 1);
    const size_t bytes = to->size - 1;
    g_autofree uint8_t *message = g_malloc(to->size);

    memset(message, 0x5a, to->size);
    g_assert_cmpint(send(pair.near, message, to->size, 0), ==, (ssize_t)to->size);
    g_assert_cmpint(send(pair.near, "x", 1, 0), ==, 1);
    g_assert_cmpint(recv(pair.far, NULL, 0, MSG_PEEK | MSG_TRUNC), ==, (ssize_t)to->size);
    g_assert_cmpint(iov_recv(pair.far, to->iov, cnt, 0, bytes), ==, (ssize_t)bytes);
    assert_same_bytes(to->memory, message, bytes);
    g_assert_cmpuint(to->memory[bytes], ==, 0);
    g_assert_cmpint(iov_recv(pair.far, to->iov, cnt, 0, bytes), ==, 1);
    g_assert_cmpuint(to->memory[0], ==, 'x');
    long_vector_free(to);
    pair_close(pair);
}

static void test_truncated(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(message_types); i++) {
        for (size_t j = 0; j < G_N_ELEMENTS(counts); j++) {
            check_truncated(message_types[i], counts[j]);
        }
    }
}

/* No bytes, no message; and an empty message is received as such. */
static void test_empty(void)
{
    struct pair pair = pair_open(SOCK_DGRAM | SOCK_NONBLOCK);
    struct long_vector *v = long_vector_new(3, 0, 2);

    g_assert_cmpint(iov_send(pair.near, v->iov, v->cnt, 0, 0), ==, 0);
    assert_no_message(pair.far);
    g_assert_cmpint(send(pair.near, "", 0, 0), ==, 0);
    g_assert_cmpint(iov_recv(pair.far, v->iov, v->cnt, 0, v->size), ==, 0);
    assert_no_message(pair.far);
    long_vector_free(v);
    pair_close(pair);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/iov-message/counts", test_counts);
    g_test_add_func("/iov-message/too-large", test_too_large);
    g_test_add_func("/iov-message/truncated", test_truncated);
    g_test_add_func("/iov-message/empty", test_empty);
    return g_test_run();
}
