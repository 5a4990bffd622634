/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Segments as a list that -T reads back. */
#ifndef IOVTOOL_CLI_WORD_LIST_H
#define IOVTOOL_CLI_WORD_LIST_H

#include <glib.h>
#include <stdbool.h>

#include "segment/vector.h"

/*
 * False, with *error set, when the segments cannot be listed: a name that holds a line end needs
 * `nul`, and a vector may be sliced in a way that no words can say, since a length is unknown.
 */
bool word_list_check(const struct vector *vector, bool nul, GError **error);

/*
 * Prints the word of each segment to standard output, one a line, or with `nul` each ended by a
 * NUL. What word_list_check() refuses is refused before anything is printed.
 */
bool print_word_list(const struct vector *vector, bool nul, GError **error);

#endif
