/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/progress.h"

#include <glib.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#define INTERVAL_US 500000
#define FIRST_US 1000000

const char *const progress_words[] = { "auto", "always", "never", NULL };

/* Signals reach nothing but what is static: SIGUSR1 asks for one line. */
static volatile sig_atomic_t asked;

static void on_usr1(int number)
{
    (void)number;
    asked = 1;
}

static void on_alarm(int number)
{
    (void)number; /* to interrupt a blocked call is all it is for */
}

static void handle(int number, void (*handler)(int))
{
    struct sigaction action;
    memset(&action, 0, sizeof(action));
    action.sa_handler = handler; /* no SA_RESTART: blocked calls shall return */
    sigaction(number, &action, NULL);
}

static void set_timer(suseconds_t interval)
{
    const struct itimerval timer = { { 0, interval }, { 0, interval } };
    setitimer(ITIMER_REAL, &timer, NULL);
}

enum progress_choice progress_unless(int choice, const struct report_options *report)
{
    return report->quiet ? PROGRESS_NEVER : (enum progress_choice)choice;
}

void progress_start(struct progress *progress, enum progress_choice choice, uint64_t total)
{
    const bool terminal = isatty(STDERR_FILENO);
    *progress = (struct progress){
        .shown = choice == PROGRESS_ALWAYS || (choice == PROGRESS_AUTO && terminal),
        .redraws = terminal,
        .told = UINT64_MAX,
        .total = total,
        .start = g_get_monotonic_time(),
    };
    progress->latest =
        progress->start + (choice == PROGRESS_ALWAYS ? -INTERVAL_US : FIRST_US - INTERVAL_US);
    handle(SIGUSR1, on_usr1);
    if (progress->shown) {
        handle(SIGALRM, on_alarm);
        set_timer(INTERVAL_US);
    }
}

static void append_time_left(GString *line, const struct progress *progress, uint64_t done,
                             double rate)
{
    if (progress->total > 0 && rate > 0 && done < progress->total) {
        const uint64_t left = (uint64_t)((double)(progress->total - done) / rate);
        g_string_append_printf(line, ", %" PRIu64 ":%02" PRIu64 " left", left / 60, left % 60);
    }
}

static void print_line(const struct progress *progress, uint64_t done, int64_t now,
                       const char *start, const char *end)
{
    const double seconds = (double)(now - progress->start) / 1e6;
    const double rate = seconds > 0 ? (double)done / seconds : 0;
    g_autoptr(GString) line = g_string_new(start);
    g_autofree char *speed = report_size((uint64_t)rate);
    g_string_append_printf(line, "%" PRIu64 " bytes", done);
    if (progress->total > 0) {
        g_string_append_printf(line, " of %" PRIu64 " (%.0f %%)", progress->total,
                               100.0 * (double)done / (double)progress->total);
    }
    g_string_append_printf(line, ", %s/s", speed);
    append_time_left(line, progress, done, rate);
    g_string_append(line, end);
    fputs(line->str, stderr);
    fflush(stderr);
}

/* Elsewhere than on a terminal a line that says nothing new is left out. */
static void show(struct progress *progress, uint64_t done, int64_t now)
{
    if (progress->redraws) {
        progress->started = true;
        print_line(progress, done, now, "\r\033[K", "");
    } else if (done != progress->told) {
        print_line(progress, done, now, "", "\n");
    }
    progress->told = done;
}

void progress_tick(void *context, uint64_t done)
{
    struct progress *progress = context;
    if (asked) {
        asked = 0;
        print_line(progress, done, g_get_monotonic_time(), progress->started ? "\n" : "", "\n");
        progress->started = false;
    }
    if (!progress->shown) {
        return;
    }
    const int64_t now = g_get_monotonic_time();
    if (now - progress->latest >= INTERVAL_US) {
        progress->latest = now;
        show(progress, done, now);
    }
}

void progress_end(struct progress *progress, uint64_t done)
{
    if (progress->shown) {
        set_timer(0);
    }
    if (progress->shown && progress->told != UINT64_MAX) {
        show(progress, done, g_get_monotonic_time());
        fputs(progress->started ? "\n" : "", stderr);
    } else if (asked) {
        print_line(progress, done, g_get_monotonic_time(), "", "\n");
    }
    asked = 0;
}
