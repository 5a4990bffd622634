/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of commands, and what is said of all of them. */
#ifndef IOVTOOL_TABLE_H
#define IOVTOOL_TABLE_H

#include "cli/command.h"

/* Every command, in the order in which help lists them; NULL at the end. */
extern const struct command *const command_table[];

/* NULL when no command is called so. */
const struct command *command_find(const char *name);

/* The names of all commands and of the NULL-terminated `more`: free the array, not the names. */
const char **command_names(const char *const *more);

/* The usage error for a word that should have been one of `names`; `what` it should have been. */
bool command_unknown(const char *what, const char *name, const char *const *names, GError **error);

/*
 * The usage error for words[0], which is no command: the nearest command, the one that does what a
 * program of that name does, or, when a command follows, the right order.
 */
bool command_not_found(char *const *words, size_t count, GError **error);

#endif
