/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What somebody who starts to use iovtool may have meant. */
#ifndef IOVTOOL_CLI_HINT_H
#define IOVTOOL_CLI_HINT_H

#include "cli/command.h"

/*
 * If *error says that there is no file called like one of the words, and that word looks like a
 * known mistake, says behind it how the thing meant is written: a destination without -o, a range
 * behind a colon or in a word of its own, an operand of dd, a pattern that matched nothing.
 * `has_output`: an option -o was given, or the command has none. Any other error is left alone.
 */
void hint_missing_file(const struct words *words, bool has_output, GError **error);

#endif
