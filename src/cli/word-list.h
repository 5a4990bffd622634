/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Segments as a list that -T reads back. */
#ifndef IOVTOOL_CLI_WORD_LIST_H
#define IOVTOOL_CLI_WORD_LIST_H

#include <glib.h>
#include <stdbool.h>

#include "segment/vector.h"

/*
 * Prints the word of each segment to standard output, one a line, or with `nul` each ended by a
 * NUL. A name that holds a line end needs that, and is refused without it before anything is
 * printed; so is a vector that is sliced in a way that no words can say, since a length is unknown.
 */
bool print_word_list(const struct vector *vector, bool nul, GError **error);

#endif
