/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "transfer/guard.h"

#include <glib.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/*
 * The handler runs in the thread that touched a page, while others take and release guards. A guard
 * is changed only while no thread touches its region, so one that changes while the handler looks
 * at it is not the one it looks for: `changes` tells, as in a sequence lock. Nobody waits.
 */
struct guard {
    atomic_uint taken;   /* or not; an int, since processors may lack atomic bytes */
    atomic_uint changes; /* odd while start and size are written */
    atomic_uintptr_t start;
    atomic_size_t size; /* 0: guards nothing */
    atomic_uint tripped;
};

_Static_assert(ATOMIC_INT_LOCK_FREE == 2 && ATOMIC_LONG_LOCK_FREE == 2 &&
                   ATOMIC_POINTER_LOCK_FREE == 2,
               "a signal handler must not wait for a lock");

static struct guard guards[GUARD_REGIONS];
static uintptr_t page_mask;

static void guard_set(struct guard *guard, uintptr_t start, size_t size)
{
    atomic_fetch_add(&guard->changes, 1);
    atomic_store(&guard->start, start);
    atomic_store(&guard->size, size);
    atomic_fetch_add(&guard->changes, 1);
}

static bool guard_holds(struct guard *guard, uintptr_t address)
{
    const unsigned before = atomic_load(&guard->changes);
    const uintptr_t start = atomic_load(&guard->start);
    const size_t size = atomic_load(&guard->size);
    return before % 2 == 0 && atomic_load(&guard->changes) == before && address - start < size;
}

static struct guard *guard_of(uintptr_t address)
{
    for (int i = 0; i < GUARD_REGIONS; i++) {
        if (guard_holds(&guards[i], address)) {
            return &guards[i];
        }
    }
    return NULL;
}

/* mmap() is not on POSIX's list of async-signal-safe functions, but on Linux it is one system call.
 */
static void on_sigbus(int number, siginfo_t *info, void *context)
{
    (void)context;
    const uintptr_t address = (uintptr_t)info->si_addr;
    struct guard *guard = guard_of(address);
    void *page = (void *)(address & page_mask);

    if (guard && mmap(page, ~page_mask + 1, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1,
                      0) == page) {
        atomic_store(&guard->tripped, 1);
        return;
    }
    signal(number, SIG_DFL); /* the instruction runs again, and kills */
}

static void install(void)
{
    static gsize installed;
    if (!g_once_init_enter(&installed)) {
        return;
    }
    page_mask = ~((uintptr_t)sysconf(_SC_PAGESIZE) - 1);
    struct sigaction action;
    memset(&action, 0, sizeof(action));
    action.sa_sigaction = on_sigbus;
    action.sa_flags = SA_SIGINFO | SA_RESTART;
    sigaction(SIGBUS, &action, NULL); /* cannot fail: the number and the addresses are right */
    g_once_init_leave(&installed, 1);
}

struct guard *guard_region(void *start, size_t size)
{
    install();
    for (int i = 0; i < GUARD_REGIONS; i++) {
        if (atomic_exchange(&guards[i].taken, 1) == 0) {
            atomic_store(&guards[i].tripped, 0);
            guard_set(&guards[i], (uintptr_t)start, size);
            return &guards[i];
        }
    }
    return NULL;
}

void guard_release(struct guard *guard)
{
    if (guard) {
        guard_set(guard, 0, 0);
        atomic_store(&guard->taken, 0);
    }
}

bool guard_tripped(const struct guard *guard)
{
    return guard && atomic_load(&guard->tripped) != 0;
}

void guard_reset(struct guard *guard)
{
    atomic_store(&guard->tripped, 0);
}
