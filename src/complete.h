/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What may stand where the cursor is, for the shells: iovtool --complete WORD...
 *
 * `words` are those of the command line up to the cursor, without the program; the last is the one
 * that is being written, and may be empty. Each answer is a line:
 *
 *     WORD                  or, where there is something to say,  WORD <tab> what it is
 *     START<file>           START, and after that the name of a file
 *
 * A WORD that ends with "=" or ":" goes on after that without a blank. The answers are all that may
 * stand in this place: which of them begin like the word being written is left to the shell.
 */
#ifndef IOVTOOL_COMPLETE_H
#define IOVTOOL_COMPLETE_H

#include "cli/command.h"

/* Appends the answers; at least one word. */
void complete_line(char *const *words, size_t count, GString *answers);

/* The same for the words after the name of a command. */
void complete_arguments(const struct command *command, char *const *words, size_t count,
                        GString *answers);

#endif
