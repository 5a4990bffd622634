/* SPDX-License-Identifier: GPL-2.0-or-later */
/* transfer/guard.h: regions of files that shrink, in several threads at a time. */
#include "transfer/guard.h"

#include <fcntl.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "sigbus.h"

#define PAGE ((size_t)sysconf(_SC_PAGESIZE))
#define PAGES 3u

/* The descriptor of a file without a name that has `size` bytes. */
static int file_of(size_t size)
{
    g_autofree char *name = NULL;
    const int fd = g_file_open_tmp("guard-XXXXXX", &name, NULL);

    g_assert_cmpint(fd, >=, 0);
    g_assert_cmpint(g_unlink(name), ==, 0);
    g_assert_cmpint(ftruncate(fd, (off_t)size), ==, 0);
    return fd;
}

static uint8_t *map(int fd)
{
    uint8_t *bytes = mmap(NULL, PAGES * PAGE, PROT_READ, MAP_SHARED, fd, 0);

    g_assert_true(bytes != MAP_FAILED);
    return bytes;
}

static uint8_t touch(const uint8_t *at)
{
    return *(const volatile uint8_t *)at;
}

/* Only the pages that lie past the end trip it, once each, and only its own guard. */
static void test_one_trips(void)
{
    const int fd = file_of(PAGE);
    uint8_t *bytes = map(fd);
    uint8_t *other = map(fd);
    struct guard *guard = guard_region(bytes, PAGES * PAGE);
    struct guard *spectator = guard_region(other, PAGES * PAGE);

    g_assert_cmpuint(touch(bytes + PAGE - 1), ==, 0);
    g_assert_false(guard_tripped(guard));
    g_assert_cmpuint(touch(bytes + PAGE), ==, 0);
    g_assert_true(guard_tripped(guard));
    g_assert_false(guard_tripped(spectator));
    guard_reset(guard);
    g_assert_cmpuint(touch(bytes + PAGE), ==, 0); /* there is a page now */
    g_assert_false(guard_tripped(guard));
    g_assert_cmpuint(touch(bytes + PAGES * PAGE - 1), ==, 0);
    g_assert_true(guard_tripped(guard));
    guard_release(guard);
    guard_release(spectator);
    munmap(bytes, PAGES * PAGE);
    munmap(other, PAGES * PAGE);
    close(fd);
}

static void test_so_many(void)
{
    struct guard *taken[GUARD_REGIONS];

    for (unsigned i = 0; i < GUARD_REGIONS; i++) {
        taken[i] = guard_region((void *)(uintptr_t)((i + 1) * PAGE), PAGE);
        g_assert_nonnull(taken[i]);
    }
    g_assert_null(guard_region(NULL, PAGE));
    for (unsigned i = 0; i < GUARD_REGIONS; i++) {
        guard_release(taken[i]);
    }
    taken[0] = guard_region(NULL, PAGE);
    g_assert_nonnull(taken[0]);
    guard_release(taken[0]);
}

static int stopped; /* atomic */

/* Takes and releases guards over what nobody touches. */
static gpointer change(gpointer data)
{
    (void)data;
    while (!g_atomic_int_get(&stopped)) {
        struct guard *guard = guard_region((void *)(uintptr_t)PAGE, PAGE);

        g_assert_nonnull(guard);
        g_assert_false(guard_tripped(guard));
        guard_release(guard);
    }
    return NULL;
}

/* Touches what is not there, over and over. */
static gpointer trip(gpointer data)
{
    const int fd = file_of(0);

    for (unsigned i = 0; i < 500; i++) {
        uint8_t *bytes = map(fd);
        struct guard *guard = guard_region(bytes, PAGES * PAGE);

        g_assert_nonnull(guard);
        g_assert_cmpuint(touch(bytes + (i % PAGES) * PAGE), ==, 0);
        g_assert_true(guard_tripped(guard));
        guard_release(guard);
        munmap(bytes, PAGES * PAGE);
    }
    close(fd);
    return data;
}

/* Under the thread sanitizer this is also the test that the handler races with nobody. */
static void test_threads(void)
{
    GThread *changing[] = { g_thread_new("change", change, NULL),
                            g_thread_new("change", change, NULL) };
    GThread *tripping[] = { g_thread_new("trip", trip, NULL), g_thread_new("trip", trip, NULL) };

    for (unsigned i = 0; i < G_N_ELEMENTS(tripping); i++) {
        g_thread_join(tripping[i]);
    }
    g_atomic_int_set(&stopped, 1);
    for (unsigned i = 0; i < G_N_ELEMENTS(changing); i++) {
        g_thread_join(changing[i]);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    sigbus_add_func("/guard/one-trips", test_one_trips);
    sigbus_add_func("/guard/so-many", test_so_many);
    sigbus_add_func("/guard/threads", test_threads);
    return g_test_run();
}
