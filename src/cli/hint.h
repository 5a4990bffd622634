/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What somebody who starts to use iovtool may have meant. */
#ifndef IOVTOOL_CLI_HINT_H
#define IOVTOOL_CLI_HINT_H

#include "cli/command.h"

/*
 * If *error says that there is no file called like one of the words, or like an item of one of the
 * lists, and that name looks like a known mistake, says behind it how the thing meant is written: a
 * destination without -o, a range behind a colon or in a word of its own, an operand of dd, a
 * pattern that matched nothing, a scheme that is misspelt. `has_output`: an option -o was given, or
 * the command has none. Any other error is left alone.
 */
void hint_missing_file(const struct words *words, bool has_output, GError **error);

/*
 * If the error may come from the value of an option that was given with a blank before it, where
 * only "=" gives a value (--hex 2), says so behind the first line. True when it did.
 */
bool hint_stray_value(const struct command *command, int argc, char *const *argv, GError **error);

#endif
