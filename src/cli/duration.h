/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Spans of time as users write them. */
#ifndef IOVTOOL_CLI_DURATION_H
#define IOVTOOL_CLI_DURATION_H

#include <stdbool.h>
#include <stdint.h>

/*
 * DIGITS [ "." DIGITS ] [ "ms" | "s" | "m" | "h" ], seconds where no unit is given, at most 10,000
 * hours -> microseconds, rounded up, so that only nothing is 0.
 */
bool duration_parse(const char *text, uint64_t *microseconds);

#endif
