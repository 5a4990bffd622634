/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The search for the first difference by several threads, each on a part of both vectors. It pays
 * because one thread does not saturate the memory: see the compare rows of tests/bench.
 */
#ifndef IOVTOOL_COMMAND_COMPARE_PARALLEL_H
#define IOVTOOL_COMMAND_COMPARE_PARALLEL_H

#include "command/compare-sides.h"

/*
 * True when the sides can be walked in parts (files only, of known length, that are all open at
 * once) and there are enough bytes and processors for that to be faster.
 */
bool parallel_pays(const struct sides *sides);

/* Equal to sides_walk() with only_first and single. */
bool parallel_walk(const struct sides *sides, struct result *result, GError **error);

#endif
