/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Memory between two pages that cannot be read: one byte too far is fatal. */
#ifndef IOVTOOL_TESTS_ARENA_H
#define IOVTOOL_TESTS_ARENA_H

#include <glib.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

struct arena {
    uint8_t *map;
    size_t page;
    size_t length;
};

static inline struct arena arena_new(size_t length)
{
    struct arena arena = { .page = (size_t)sysconf(_SC_PAGESIZE) };

    arena.length = (length + arena.page - 1) / arena.page * arena.page;
    arena.map = mmap(NULL, arena.length + 2 * arena.page, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    g_assert_true(arena.map != MAP_FAILED);
    g_assert_cmpint(mprotect(arena.map, arena.page, PROT_NONE), ==, 0);
    g_assert_cmpint(mprotect(arena.map + arena.page + arena.length, arena.page, PROT_NONE), ==, 0);
    return arena;
}

static inline uint8_t *arena_start(const struct arena *arena)
{
    return arena->map + arena->page;
}

static inline uint8_t *arena_end(const struct arena *arena)
{
    return arena_start(arena) + arena->length;
}

static inline void arena_free(struct arena *arena)
{
    g_assert_cmpint(munmap(arena->map, arena->length + 2 * arena->page), ==, 0);
}

#endif
