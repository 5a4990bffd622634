/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * iovtool help [COMMAND]: the manual page, when standard output is a terminal and man finds the
 * page; else the text of --help. "segments" is a topic like a command.
 */
#ifndef IOVTOOL_HELP_H
#define IOVTOOL_HELP_H

#include "cli/command.h"

extern const struct command help_command;

/* What help explains besides commands; NULL at the end. */
extern const char *const help_topics[];

/* Prints what iovtool --help does. */
bool help_print(GError **error);

#endif
