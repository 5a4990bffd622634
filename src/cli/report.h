/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How much the commands that move bytes say of it on standard error. */
#ifndef IOVTOOL_CLI_REPORT_H
#define IOVTOOL_CLI_REPORT_H

#include "cli/command.h"

struct report_options {
    gboolean quiet; /* says nothing but errors, whatever else is asked for */
    gboolean verbose;
};

extern const struct option report_option_table[];

/* True when a report is wanted at the end. */
bool report_wanted(const struct report_options *options);

/* A number of bytes for people, such as "2.0 MB", without characters that are not ASCII. */
char *report_size(uint64_t bytes);

/* One line, such as "copied 4096 bytes in 0.002 s (2.0 MB/s)"; `start` is in microseconds of the
 * monotonic clock. */
void report_done(const char *what, uint64_t bytes, int64_t start);

#endif
