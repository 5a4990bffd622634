/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What `iovtool find` looks for: words -> patterns. */
#ifndef IOVTOOL_COMMAND_FIND_PATTERN_H
#define IOVTOOL_COMMAND_FIND_PATTERN_H

#include <glib.h>
#include <stdbool.h>

#include "segment/files.h"

#define FIND_PATTERN_MAX 65536u

/*
 * Appends to `patterns`, which find_pattern_free() frees, the struct find_pattern of a word: a
 * literal segment, in which digits of hex: may be "?", or any other segment of 1 to
 * FIND_PATTERN_MAX bytes, which is read.
 */
bool find_pattern_add(GPtrArray *patterns, struct files *files, const char *word, GError **error);

#endif
