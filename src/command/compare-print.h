/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The answers of `compare` in words and in JSON. */
#ifndef IOVTOOL_COMMAND_COMPARE_PRINT_H
#define IOVTOOL_COMMAND_COMPARE_PRINT_H

#include "cli/json.h"
#include "cli/output.h"
#include "command/compare-sides.h"

/* The bases that offsets of lists are shown in, in the order of their words. */
enum number_base { NUMBER_DEC, NUMBER_HEX, NUMBER_OCT };
extern const char *const number_base_words[];

/* Whether the answer is that the sides differ. */
bool result_differs(const struct result *result);

/* One line for the first difference; without one, print_end(). */
bool print_first(struct output *output, const struct sides *sides, const struct result *result,
                 GError **error);

/* One line for the side that ended before the other; nothing when none did. */
bool print_end(struct output *output, const struct sides *sides, const struct result *result,
               GError **error);

/* "OFFSET LENGTH" */
bool print_run(struct output *output, enum number_base base, uint64_t offset, uint64_t length,
               GError **error);

/* After the runs: the bytes that only the longer side has; "OFFSET LENGTH only A". */
bool print_rest(struct output *output, const struct sides *sides, const struct result *result,
                enum number_base base, GError **error);

bool print_stats(struct output *output, const struct result *result, GError **error);

/* "equal", "first", "longer" and "length", without "runs" and "stats". */
json_t *json_result(const struct sides *sides, const struct result *result);
json_t *json_stats(const struct result *result);

#endif
