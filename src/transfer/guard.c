/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "transfer/guard.h"

#include <glib.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

struct guard {
    int taken; /* atomic */
    volatile uintptr_t start;
    volatile size_t size; /* 0: guards nothing */
    volatile sig_atomic_t tripped;
};

static struct guard guards[GUARD_REGIONS];
static uintptr_t page_mask;

static struct guard *guard_of(uintptr_t address)
{
    for (int i = 0; i < GUARD_REGIONS; i++) {
        if (guards[i].size && address - guards[i].start < guards[i].size) {
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
        guard->tripped = 1;
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
        if (!__atomic_exchange_n(&guards[i].taken, 1, __ATOMIC_ACQ_REL)) {
            guards[i].start = (uintptr_t)start;
            guards[i].tripped = 0;
            guards[i].size = size;
            return &guards[i];
        }
    }
    return NULL;
}

void guard_release(struct guard *guard)
{
    if (guard) {
        guard->size = 0;
        __atomic_store_n(&guard->taken, 0, __ATOMIC_RELEASE);
    }
}

bool guard_tripped(const struct guard *guard)
{
    return guard && guard->tripped;
}

void guard_reset(struct guard *guard)
{
    guard->tripped = 0;
}
