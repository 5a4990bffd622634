/* SPDX-License-Identifier: GPL-2.0-or-later */
/* iov_send() and iov_recv() on stream sockets. */
#include "core/iov.h"

#include "long-vector.h"

#include <errno.h>
#include <signal.h>
#include <sys/time.h>

static struct pair range_pair;

/* Bytes [offset, offset + bytes) go out of `v` and come back into the same place of its twin. */
static void check_range(struct sample *v, size_t offset, size_t bytes)
{
    uint8_t sent[SAMPLE_MEMORY];
    uint8_t expected[SAMPLE_MEMORY];

    sample_fill(v);
    memcpy(sent, v->memory, sizeof(sent));
    g_assert_cmpint(iov_send(range_pair.near, v->iov, v->cnt, offset, bytes), ==, (ssize_t)bytes);
    assert_same_bytes(v->memory, sent, sizeof(sent));

    memset(v->memory, 0xee, sizeof(v->memory));
    memset(expected, 0xee, sizeof(expected));
    for (size_t i = offset; i < offset + bytes; i++) {
        expected[v->at[i]] = sent[v->at[i]];
    }
    g_assert_cmpint(iov_recv(range_pair.far, v->iov, v->cnt, offset, bytes), ==, (ssize_t)bytes);
    assert_same_bytes(v->memory, expected, sizeof(expected));
    sample_assert_elements_unchanged(v);
}

static void check_ranges(struct sample *v)
{
    for (size_t offset = 0; offset <= v->size; offset++) {
        for (size_t bytes = 0; bytes <= v->size - offset; bytes++) {
            check_range(v, offset, bytes);
        }
    }
}

static void test_ranges(void)
{
    range_pair = pair_open(SOCK_STREAM | SOCK_NONBLOCK);
    sample_each_shape(3, 2, check_ranges);
    sample_each_random(5, check_ranges);
    pair_close(range_pair);
}

/* One call sends, and one receives, any number of elements. */
static void check_count(unsigned send_cnt, size_t shortest, size_t send_cycle, unsigned recv_cnt)
{
    struct pair pair = pair_open(SOCK_STREAM | SOCK_NONBLOCK);
    struct long_vector *from = long_vector_numbered(send_cnt, shortest, send_cycle);
    struct long_vector *to = long_vector_new(recv_cnt, from->size / recv_cnt + 1, 2);
    uint8_t byte;

    g_assert_cmpint(iov_send(pair.near, from->iov, send_cnt, 0, from->size), ==,
                    (ssize_t)from->size);
    g_assert_cmpint(iov_recv(pair.far, to->iov, recv_cnt, 0, from->size), ==, (ssize_t)from->size);
    assert_same_bytes(from->memory, to->memory, from->size);
    g_assert_true(to->size == from->size || to->memory[from->size] == 0);
    g_assert_cmpint(recv(pair.far, &byte, 1, 0), ==, -1);
    long_vector_free(from);
    long_vector_free(to);
    pair_close(pair);
}

static void test_counts(void)
{
    static const unsigned counts[] = { 1, 1023, 1024, 1025, 2048, 2049, 5000 };

    for (size_t i = 0; i < G_N_ELEMENTS(counts); i++) {
        for (size_t j = 0; j < G_N_ELEMENTS(counts); j++) {
            check_count(counts[i], 3, 1, counts[j]);
            check_count(counts[i], 1, 7, counts[j]);
            check_count(counts[i], 0, 2, counts[j]); /* every other element is empty */
        }
    }
}

/* Many elements from an offset that is deep inside, to an end that is not the vector's. */
static void test_inner_range(void)
{
    struct pair pair = pair_open(SOCK_STREAM | SOCK_NONBLOCK);
    struct long_vector *from = long_vector_numbered(5000, 0, 6);
    struct long_vector *to = long_vector_new(5000, 0, 8);
    const size_t offset = 1234;
    const size_t bytes = 11001;

    g_assert_cmpint(iov_send(pair.near, from->iov, from->cnt, offset, bytes), ==, (ssize_t)bytes);
    g_assert_cmpint(iov_recv(pair.far, to->iov, to->cnt, 77, bytes), ==, (ssize_t)bytes);
    assert_same_bytes(from->memory + offset, to->memory + 77, bytes);
    g_assert_cmpuint(to->memory[76], ==, 0);
    g_assert_cmpuint(to->memory[77 + bytes], ==, 0);
    long_vector_free(from);
    long_vector_free(to);
    pair_close(pair);
}

/* A socket that would block: the bytes so far, then EAGAIN, and the rest in later calls. */
static void check_small_buffer(unsigned send_cnt, unsigned recv_cnt)
{
    struct pair pair = pair_open(SOCK_STREAM | SOCK_NONBLOCK);
    struct long_vector *from = long_vector_numbered(send_cnt, 90, 30);
    struct long_vector *to = long_vector_new(recv_cnt, from->size / recv_cnt + 1, 3);
    size_t sent = 0;
    size_t received = 0;
    unsigned partial = 0;

    shrink_send_buffer(pair.near);
    while (received < from->size) {
        ssize_t moved = iov_send(pair.near, from->iov, send_cnt, sent, from->size - sent);

        if (moved > 0) {
            sent += (size_t)moved;
            partial += sent < from->size;
        }
        if (sent < from->size) {
            g_assert_cmpint(iov_send(pair.near, from->iov, send_cnt, sent, 1), ==, -1);
            g_assert_cmpint(errno, ==, EAGAIN);
        }
        moved = iov_recv(pair.far, to->iov, recv_cnt, received, from->size - received);
        g_assert_cmpint(moved, ==, (ssize_t)(sent - received));
        received += (size_t)moved;
    }
    g_assert_cmpint(iov_recv(pair.far, to->iov, recv_cnt, 0, 1), ==, -1);
    g_assert_cmpint(errno, ==, EAGAIN);
    assert_same_bytes(from->memory, to->memory, from->size);
    g_assert_cmpuint(partial, >=, 2);
    long_vector_free(from);
    long_vector_free(to);
    pair_close(pair);
}

static void test_small_buffer(void)
{
    check_small_buffer(3000, 2500);
    check_small_buffer(400, 1100);
    check_small_buffer(1500, 1);
}

/* What was sent before the end arrives; after it there is nothing, and sending is an error. */
static void test_end(void)
{
    struct pair pair = pair_open(SOCK_STREAM);
    struct long_vector *from = long_vector_numbered(10, 3, 4);
    struct long_vector *to = long_vector_new(2000, 1, 1);

    g_assert_cmpint(iov_send(pair.near, from->iov, from->cnt, 0, from->size), ==,
                    (ssize_t)from->size);
    g_assert_cmpint(shutdown(pair.near, SHUT_WR), ==, 0);
    g_assert_cmpint(iov_recv(pair.far, to->iov, to->cnt, 0, to->size), ==, (ssize_t)from->size);
    assert_same_bytes(from->memory, to->memory, from->size);
    g_assert_cmpint(iov_recv(pair.far, to->iov, to->cnt, 0, to->size), ==, 0);
    close(pair.far);
    g_assert_cmpint(iov_send(pair.near, from->iov, from->cnt, 0, from->size), ==, -1);
    g_assert_cmpint(errno, ==, EPIPE);
    close(pair.near);
    long_vector_free(from);
    long_vector_free(to);
}

/* Ten bytes, then the connection breaks: the peer went away without reading what it was sent. */
static void test_error_after_bytes(void)
{
    struct pair pair = pair_open(SOCK_STREAM);
    struct long_vector *to = long_vector_new(20, 1, 1);

    g_assert_cmpint(send(pair.near, "unread", 6, 0), ==, 6);
    g_assert_cmpint(send(pair.far, "0123456789", 10, 0), ==, 10);
    close(pair.far);
    g_assert_cmpint(iov_recv(pair.near, to->iov, to->cnt, 0, 20), ==, -1);
    g_assert_cmpint(errno, ==, ECONNRESET);
    close(pair.near);
    long_vector_free(to);
}

static void test_not_a_socket(void)
{
    struct long_vector *v = long_vector_new(2000, 1, 1);
    int ends[2];

    g_assert_cmpint(pipe(ends), ==, 0);
    g_assert_cmpint(iov_send(ends[1], v->iov, v->cnt, 0, 1), ==, -1);
    g_assert_cmpint(errno, ==, ENOTSOCK);
    g_assert_cmpint(iov_send(ends[1], v->iov, v->cnt, 0, v->size), ==, -1);
    g_assert_cmpint(errno, ==, ENOTSOCK);
    g_assert_cmpint(iov_send(-1, v->iov, v->cnt, 0, 0), ==, 0); /* nothing is called */
    close(ends[0]);
    close(ends[1]);
    long_vector_free(v);
}

static volatile sig_atomic_t interrupts;

static void count_interrupt(int number)
{
    (void)number;
    interrupts++;
}

/* The other side of a blocking call: slow enough for some signals to arrive meanwhile. */
struct slow_peer {
    int sockfd;
    bool sends;
    size_t bytes;
    uint8_t *data;
};

static gpointer slow_peer_run(gpointer argument)
{
    struct slow_peer *peer = argument;
    const size_t step = peer->bytes / 5 + 1;
    sigset_t alarm_set;

    sigemptyset(&alarm_set);
    sigaddset(&alarm_set, SIGALRM);
    pthread_sigmask(SIG_BLOCK, &alarm_set, NULL);
    for (size_t done = 0; done < peer->bytes;) {
        size_t bytes = MIN(step, peer->bytes - done);
        ssize_t moved;

        g_usleep(4000);
        if (peer->sends) {
            moved = send(peer->sockfd, peer->data + done, bytes, 0);
        } else {
            moved = recv(peer->sockfd, peer->data + done, bytes, 0);
        }
        g_assert_cmpint(moved, >, 0);
        done += (size_t)moved;
    }
    return NULL;
}

/* Moves the whole vector in one blocking call while a timer interrupts it every millisecond. */
static void check_interrupts(bool send)
{
    const struct itimerval every_millisecond = { { 0, 1000 }, { 0, 1000 } };
    const struct itimerval never = { { 0, 0 }, { 0, 0 } };
    struct sigaction action = { .sa_handler = count_interrupt }; /* no SA_RESTART */
    struct sigaction previous;
    struct pair pair = pair_open(SOCK_STREAM);
    struct long_vector *v = long_vector_numbered(1500, 10, 9);
    g_autofree uint8_t *data = g_memdup2(v->memory, v->size);
    struct slow_peer peer = { pair.far, !send, v->size, data };

    memset(send ? data : v->memory, 0, v->size);
    shrink_send_buffer(pair.near);
    interrupts = 0;
    GThread *thread = g_thread_new("peer", slow_peer_run, &peer);

    sigaction(SIGALRM, &action, &previous);
    setitimer(ITIMER_REAL, &every_millisecond, NULL);
    g_assert_cmpint(iov_send_recv(pair.near, v->iov, v->cnt, 0, v->size, send), ==,
                    (ssize_t)v->size);
    setitimer(ITIMER_REAL, &never, NULL);
    sigaction(SIGALRM, &previous, NULL);
    g_thread_join(thread);
    assert_same_bytes(v->memory, data, v->size);
    g_assert_cmpint(interrupts, >, 0);
    long_vector_free(v);
    pair_close(pair);
}

static void test_interrupts(void)
{
    check_interrupts(true);
    check_interrupts(false);
}

static void trap_offset(void)
{
    struct long_vector *v = long_vector_new(4, 1, 1);

    iov_send(-1, v->iov, v->cnt, 5, 0);
}

static void trap_bytes(void)
{
    struct long_vector *v = long_vector_new(4, 1, 1);

    iov_recv(-1, v->iov, v->cnt, 1, 4);
}

static const struct {
    const char *name;
    void (*run)(void);
} traps[] = {
    { "/iov-socket/traps/subprocess/offset", trap_offset },
    { "/iov-socket/traps/subprocess/bytes", trap_bytes },
};

static void test_traps(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(traps); i++) {
        assert_trapped(traps[i].name);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/iov-socket/ranges", test_ranges);
    g_test_add_func("/iov-socket/counts", test_counts);
    g_test_add_func("/iov-socket/inner-range", test_inner_range);
    g_test_add_func("/iov-socket/small-buffer", test_small_buffer);
    g_test_add_func("/iov-socket/end", test_end);
    g_test_add_func("/iov-socket/error-after-bytes", test_error_after_bytes);
    g_test_add_func("/iov-socket/not-a-socket", test_not_a_socket);
    g_test_add_func("/iov-socket/interrupts", test_interrupts);
    g_test_add_func("/iov-socket/traps", test_traps);
    for (size_t i = 0; i < G_N_ELEMENTS(traps); i++) {
        g_test_add_func(traps[i].name, traps[i].run);
    }
    return g_test_run();
}
