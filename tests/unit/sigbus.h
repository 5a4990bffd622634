/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tests that touch a mapping past the end of its file. */
#ifndef IOVTOOL_TESTS_UNIT_SIGBUS_H
#define IOVTOOL_TESTS_UNIT_SIGBUS_H

#include <fcntl.h>
#include <glib.h>
#include <setjmp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static sigjmp_buf sigbus_return;
static void *volatile sigbus_address;

static void sigbus_note(int number, siginfo_t *info, void *context)
{
    (void)number;
    (void)context;
    sigbus_address = info->si_addr;
    siglongjmp(sigbus_return, 1);
}

/*
 * Whether SIGBUS comes with the address that was touched: qemu-user gives
 * another for some targets.
 */
static inline bool sigbus_tells_address(void)
{
    char name[] = "/tmp/iovtool-sigbus-XXXXXX";
    const int fd = mkstemp(name);
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    struct sigaction action, before;

    g_assert_cmpint(fd, >=, 0);
    g_assert_cmpint(unlink(name), ==, 0);
    uint8_t *const bytes = mmap(NULL, page, PROT_READ, MAP_SHARED, fd, 0);
    g_assert_true(bytes != MAP_FAILED);
    memset(&action, 0, sizeof(action));
    action.sa_sigaction = sigbus_note;
    action.sa_flags = SA_SIGINFO;
    sigaction(SIGBUS, &action, &before);
    sigbus_address = NULL;
    if (sigsetjmp(sigbus_return, 1) == 0) {
        (void)*(volatile uint8_t *)(bytes + 100);
    }
    sigaction(SIGBUS, &before, NULL);
    const bool told = sigbus_address == bytes + 100;
    munmap(bytes, page);
    close(fd);
    return told;
}

static void sigbus_skip(void)
{
    g_test_skip("the kernel that qemu-user plays tells a wrong address with SIGBUS");
}

/* Adds a test that needs the address. */
static inline void sigbus_add_func(const char *path, GTestFunc check)
{
    g_test_add_func(path, sigbus_tells_address() ? check : sigbus_skip);
}

#endif
