/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How far a long run is: bytes, percentage, rate and time left, on standard error. On a terminal it
 * is one line that is written over and over; elsewhere a line each time, without control
 * characters, and none that says the same bytes as the one before. Also one line at once whenever
 * SIGUSR1 comes, whether or not it is shown otherwise.
 */
#ifndef IOVTOOL_CLI_PROGRESS_H
#define IOVTOOL_CLI_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

#include "cli/report.h"

enum progress_choice { PROGRESS_AUTO, PROGRESS_ALWAYS, PROGRESS_NEVER };
extern const char *const progress_words[];

/* The choice, but never where a report is to be quiet. */
enum progress_choice progress_unless(int choice, const struct report_options *report);

struct progress {
    bool shown;     /* now and then */
    bool redraws;   /* standard error is a terminal */
    bool started;   /* a line was written that a line end is owed to */
    uint64_t told;  /* the bytes of the latest line; UINT64_MAX: there was none */
    uint64_t total; /* 0: not known */
    int64_t start;  /* microseconds */
    int64_t latest; /* when the last line was written */
};

/*
 * Automatic: when standard error is a terminal, from the end of the first second on. A timer
 * interrupts blocked calls twice a second, so that the line moves on even when no byte does.
 */
void progress_start(struct progress *progress, enum progress_choice choice, uint64_t total);

/* For engine_job.tick: `context` is the struct progress. */
void progress_tick(void *context, uint64_t done);

/* The last line, and the timer's end. */
void progress_end(struct progress *progress, uint64_t done);

#endif
