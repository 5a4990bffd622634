/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How `info` shares a vector out among workers: as places, or as a list of segments for each. */
#ifndef IOVTOOL_COMMAND_INFO_SLICES_H
#define IOVTOOL_COMMAND_INFO_SLICES_H

#include <glib.h>
#include <stdbool.h>

#include "cli/output.h"
#include "cli/vector-input.h"

/* Prints a line "K OFFSET LENGTH" for each of the shares, or with `json` an array of objects.
 * OFFSET counts from the start of the vector that the words name, as --skip does. */
bool info_print_slices(const struct vector_input *input, const struct share *shares, bool json,
                       GError **error);

/*
 * Writes the segments of share K to the file PREFIX.K, for each K, in one pass. With `nul` they end
 * with NUL. Files of these names are replaced; when one of them is a source of the vector, or no
 * list can say what a segment is, nothing is written.
 */
bool info_write_slices(const struct vector_input *input, const struct share *shares,
                       const char *prefix, bool nul, GError **error);

#endif
