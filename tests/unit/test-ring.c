/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "transfer/ring.h"

#include <errno.h>
#include <glib.h>
#include <string.h>

#include "support.h"

#define SEED 20240611u
#define GUARD 0xa5

/* A ring that cannot have its memory is to say so, not to be ended by the sanitizer. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
    return "allocator_may_return_null=1";
}

/* All bytes that were pushed; the last `capacity` of them are what the ring must hold. */
struct history {
    struct ring *ring;
    uint64_t capacity;
    GByteArray *pushed;
    size_t gone; /* pushed bytes that are no longer in the ring */
};

static struct history history_new(uint64_t capacity)
{
    return (struct history){ .ring = ring_new(capacity),
                             .capacity = capacity,
                             .pushed = g_byte_array_new() };
}

static void history_free(struct history *history)
{
    ring_free(history->ring);
    g_byte_array_unref(history->pushed);
}

static void assert_holds(const struct history *history)
{
    const size_t held = history->pushed->len - history->gone;
    struct iovec parts[2];

    g_assert_cmpuint(ring_contents(history->ring, parts), ==, held);
    g_assert_cmpuint(parts[0].iov_len + parts[1].iov_len, ==, held);
    if (held > 0) {
        const uint8_t *expected = history->pushed->data + history->gone;

        assert_same_bytes(parts[0].iov_base, expected, parts[0].iov_len);
        assert_same_bytes(parts[1].iov_base, expected + parts[0].iov_len, parts[1].iov_len);
    }
}

/*
 * Pushes the next `length` bytes; those that fall out must be the oldest, and nothing is written
 * after them.
 */
static void push(struct history *history, size_t length, bool want_evicted)
{
    const size_t before = history->pushed->len;
    g_autofree uint8_t *bytes = noise(before, length);
    g_autofree uint8_t *original = g_memdup2(bytes, MAX(length, 1));
    g_autofree uint8_t *evicted = g_malloc(length + 1);
    size_t evicted_length = SIZE_MAX;

    memset(evicted, GUARD, length + 1);
    g_byte_array_append(history->pushed, bytes, (guint)length);
    const uint64_t total = history->pushed->len;
    const size_t gone = total > history->capacity ? (size_t)(total - history->capacity) : 0;

    g_assert_true(
        ring_push(history->ring, bytes, length, want_evicted ? evicted : NULL, &evicted_length));
    assert_same_bytes(bytes, original, length);
    g_assert_cmpuint(evicted_length, ==, gone - history->gone);
    if (want_evicted) {
        assert_same_bytes(evicted, history->pushed->data + history->gone, evicted_length);
    }
    for (size_t i = want_evicted ? evicted_length : 0; i <= length; i++) {
        g_assert_cmpuint(evicted[i], ==, GUARD);
    }
    history->gone = gone;
    assert_holds(history);
}

static void test_empty(void)
{
    for (uint64_t capacity = 0; capacity <= 2; capacity++) {
        struct history history = history_new(capacity);

        assert_holds(&history);
        push(&history, 0, true);
        push(&history, 0, false);
        history_free(&history);
    }
    ring_free(NULL);
}

/* Each capacity with a push of each length in each state of the ring. */
static void test_every_small_push(void)
{
    for (uint64_t capacity = 0; capacity <= 12; capacity++) {
        for (size_t before = 0; before <= 2 * capacity + 1; before++) {
            for (size_t length = 0; length <= 2 * capacity + 2; length++) {
                struct history history = history_new(capacity);

                push(&history, before, true);
                push(&history, length, true);
                push(&history, 1, false);
                history_free(&history);
            }
        }
    }
}

static void push_at_random(uint64_t capacity, unsigned pushes, unsigned longest)
{
    g_autoptr(GRand) random = g_rand_new_with_seed(SEED + (guint32)capacity);
    struct history history = history_new(capacity);

    g_test_message("capacity %" PRIu64 ", seed %u", capacity, SEED + (guint32)capacity);
    for (unsigned i = 0; i < pushes; i++) {
        push(&history, (size_t)g_rand_int_range(random, 0, (gint32)longest + 1),
             g_rand_boolean(random));
    }
    history_free(&history);
}

static void test_random_small(void)
{
    for (unsigned capacity = 0; capacity <= 40; capacity++) {
        push_at_random(capacity, 60, 3);
        push_at_random(capacity, 60, capacity + 3);
        push_at_random(capacity, 30, 3 * capacity + 3);
    }
}

/* Rings that grow before they wrap, to sizes near to and far from powers of two. */
static void test_random_large(void)
{
    static const unsigned capacities[] = { 65535, 65536, 65537, 100000, 131072, 200001 };

    for (size_t i = 0; i < G_N_ELEMENTS(capacities); i++) {
        push_at_random(capacities[i], 30, 20000);
        push_at_random(capacities[i], 8, 150000);
    }
}

/* A capacity of a tebibyte takes no memory before there are bytes; no machine would have it. */
static void test_capacity_is_free(void)
{
    static const size_t lengths[] = { 1, 10, 65535, 100000, 0, 1 << 20 };

    for (unsigned shift = 40; shift <= 63; shift++) {
        struct history history = history_new(UINT64_C(1) << shift);

        for (size_t i = 0; i < (shift == 40 ? G_N_ELEMENTS(lengths) : 2); i++) {
            push(&history, lengths[i], true);
        }
        g_assert_cmpuint(history.gone, ==, 0);
        history_free(&history);
    }
}

/* More bytes than can be had; they are not looked at when there is no room for them. */
static void test_out_of_memory(void)
{
    const size_t too_much = sizeof(size_t) > 4 ? SIZE_MAX >> 12 : SIZE_MAX;
    struct history history = history_new(too_much);
    size_t evicted_length;
    uint8_t byte = 7;

    for (int i = 0; i < 2; i++) {
        errno = 0;
        g_assert_false(ring_push(history.ring, &byte, too_much, NULL, &evicted_length));
        g_assert_cmpint(errno, ==, ENOMEM);
        assert_holds(&history);
        push(&history, 100, true);
    }
    history_free(&history);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/ring/empty", test_empty);
    g_test_add_func("/ring/every-small-push", test_every_small_push);
    g_test_add_func("/ring/random-small", test_random_small);
    g_test_add_func("/ring/random-large", test_random_large);
    g_test_add_func("/ring/capacity-is-free", test_capacity_is_free);
    g_test_add_func("/ring/out-of-memory", test_out_of_memory);
    return g_test_run();
}
