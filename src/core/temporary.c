/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/temporary.h"

#include <glib.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const int signals[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGPIPE, SIGXCPU };

struct temporary {
    char *path;
    dev_t device;
    ino_t inode;
    struct temporary *next;
};

/* Signal handlers reach nothing but what is static. It changes only while they are held back. */
static struct temporary *noted;

/* Async-signal-safe (signal-safety(7)). */
static void remove_name(const struct temporary *temporary)
{
    struct stat status;
    if (lstat(temporary->path, &status) == 0 && status.st_dev == temporary->device &&
        status.st_ino == temporary->inode) {
        (void)unlink(temporary->path);
    }
}

void temporary_remove_all(void)
{
    for (const struct temporary *each = noted; each; each = each->next) {
        remove_name(each);
    }
}

static void on_end(int number)
{
    temporary_remove_all();
    signal(number, SIG_DFL);
    raise(number); /* comes when the handler returns, and ends the process as it would have */
}

bool temporary_handles(void (*handler)(int))
{
    return handler == on_end;
}

static void fill_set(sigset_t *set)
{
    sigemptyset(set);
    for (size_t i = 0; i < G_N_ELEMENTS(signals); i++) {
        sigaddset(set, signals[i]);
    }
    sigaddset(set, SIGALRM); /* its handler may call temporary_remove_all() */
}

/* A signal that is ignored, as by nohup, stays so. */
static void handle(void (*from)(int), void (*to)(int))
{
    for (size_t i = 0; i < G_N_ELEMENTS(signals); i++) {
        struct sigaction action;
        if (sigaction(signals[i], NULL, &action) == 0 && action.sa_handler == from) {
            memset(&action, 0, sizeof(action));
            action.sa_handler = to;
            fill_set(&action.sa_mask);
            sigaction(signals[i], &action, NULL);
        }
    }
}

void temporary_hold(sigset_t *mask)
{
    sigset_t held;
    fill_set(&held);
    pthread_sigmask(SIG_BLOCK, &held, mask);
}

void temporary_release(const sigset_t *mask)
{
    pthread_sigmask(SIG_SETMASK, mask, NULL);
}

struct temporary *temporary_note(const char *path)
{
    struct stat status;
    if (lstat(path, &status) != 0) {
        return NULL;
    }
    struct temporary *temporary = g_new(struct temporary, 1);
    *temporary = (struct temporary){ .path = g_strdup(path),
                                     .device = status.st_dev,
                                     .inode = status.st_ino };
    sigset_t mask;
    temporary_hold(&mask);
    temporary->next = noted;
    noted = temporary;
    handle(SIG_DFL, on_end);
    temporary_release(&mask);
    return temporary;
}

void temporary_forget(struct temporary *temporary)
{
    if (!temporary) {
        return;
    }
    sigset_t mask;
    temporary_hold(&mask);
    struct temporary **link = &noted;
    while (*link != temporary) {
        link = &(*link)->next;
    }
    *link = temporary->next;
    if (!noted) {
        handle(on_end, SIG_DFL);
    }
    temporary_release(&mask);
    g_free(temporary->path);
    g_free(temporary);
}

void temporary_remove(struct temporary *temporary)
{
    if (temporary) {
        remove_name(temporary);
        temporary_forget(temporary);
    }
}
