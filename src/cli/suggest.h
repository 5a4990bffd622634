/* SPDX-License-Identifier: GPL-2.0-or-later */
/* "Did you mean": the nearest of a list of words. */
#ifndef IOVTOOL_CLI_SUGGEST_H
#define IOVTOOL_CLI_SUGGEST_H

/*
 * The word of the NULL-terminated `words` with the least edits (insert, delete, replace, swap of
 * neighbours) from `given`; NULL when even that needs more edits than a typing error: a third of
 * the word's length, and at least one.
 */
const char *suggest(const char *given, const char *const *words);

#endif
