/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "net/time-limit.h"

#include <glib.h>
#include <signal.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include "core/temporary.h"
#include "net/deadline.h"

#define GRACE 300000 /* microseconds */

/* Written before the handler is set. */
static char *last_words;
static size_t last_words_length;
static int last_status;

/* All of it async-signal-safe (signal-safety(7)). */
static void on_alarm(int number)
{
    (void)number;
    temporary_remove_all();
    (void)!write(STDERR_FILENO, last_words, last_words_length);
    _exit(last_status);
}

void time_limit_start(int64_t deadline, const char *text, int status)
{
    if (deadline == DEADLINE_NEVER) {
        return;
    }
    const int64_t left = deadline_left(deadline) + GRACE;
    const struct itimerval timer = {
        .it_value = { (time_t)(left / G_USEC_PER_SEC), (suseconds_t)(left % G_USEC_PER_SEC) },
    };
    struct sigaction action = { .sa_handler = on_alarm };
    g_assert(!last_words);
    last_words = g_strdup(text);
    last_words_length = strlen(text);
    last_status = status;
    sigaction(SIGALRM, &action, NULL);
    (void)setitimer(ITIMER_REAL, &timer, NULL);
}
