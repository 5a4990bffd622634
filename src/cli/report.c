/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/report.h"

#include <inttypes.h>
#include <stdio.h>

#define OPTION(member) offsetof(struct report_options, member)

const struct option report_option_table[] = {
    { "quiet", 'q', OPTION_FLAG, OPTION(quiet), "say nothing but errors", NULL, NULL },
    { "verbose", 'v', OPTION_FLAG, OPTION(verbose), "say on stderr what was done", NULL, NULL },
    { .name = NULL },
};

bool report_wanted(const struct report_options *options)
{
    return options->verbose && !options->quiet;
}

char *report_size(uint64_t bytes)
{
    g_autofree char *size = g_format_size(bytes);
    g_autoptr(GString) plain = g_string_new(size);
    g_string_replace(plain, "\302\240", " ", 0); /* the blank at which no line is broken */
    return g_strdup(plain->str);
}

void report_done(const char *what, uint64_t bytes, int64_t start)
{
    const double seconds = (double)MAX(g_get_monotonic_time() - start, 1) / 1e6;
    g_autofree char *rate = report_size((uint64_t)((double)bytes / seconds));
    fprintf(stderr, "%s %" PRIu64 " bytes in %.3f s (%s/s)\n", what, bytes, seconds, rate);
}
