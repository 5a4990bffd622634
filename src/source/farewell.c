/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "source/farewell.h"

#include <signal.h>
#include <stddef.h>
#include <unistd.h>

#include "core/temporary.h"

static const int ending[] = { SIGPIPE, SIGINT, SIGTERM, SIGHUP };
#define ENDING (sizeof(ending) / sizeof(ending[0]))

static volatile sig_atomic_t noted;
static struct sigaction before[ENDING];
static bool handled[ENDING];
static bool begun;

static void die_of(int number)
{
    temporary_remove_all();
    signal(number, SIG_DFL);
    raise(number);
}

static void on_time(int number)
{
    (void)number;
    die_of(noted);
}

/* write() tells of a closed pipe itself, so that nothing waits for long. */
static void on_ending(int number)
{
    if (noted) {
        die_of(number);
    }
    noted = number;
    if (number != SIGPIPE) {
        signal(SIGALRM, on_time);
        alarm(FAREWELL_SECONDS);
    }
}

void farewell_begin(void)
{
    struct sigaction action = { .sa_handler = on_ending };
    if (begun) {
        return;
    }
    begun = true;
    for (size_t i = 0; i < ENDING; i++) {
        sigaddset(&action.sa_mask, ending[i]); /* the second one comes after the first is noted */
    }
    for (size_t i = 0; i < ENDING; i++) {
        handled[i] = sigaction(ending[i], NULL, &before[i]) == 0 &&
                     (before[i].sa_handler == SIG_DFL || temporary_handles(before[i].sa_handler)) &&
                     sigaction(ending[i], &action, NULL) == 0;
    }
}

bool farewell_is_due(void)
{
    return noted != 0;
}

void farewell_end(void)
{
    if (!begun) {
        return;
    }
    begun = false;
    for (size_t i = 0; i < ENDING; i++) {
        if (handled[i]) {
            sigaction(ending[i], &before[i], NULL);
        }
    }
    if (noted) {
        sigset_t set;
        const int number = noted;
        sigemptyset(&set);
        sigaddset(&set, number);
        sigprocmask(SIG_UNBLOCK, &set, NULL);
        die_of(number);
    }
}
