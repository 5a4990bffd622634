/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What GOption does not read the way the tools around us do, put into words that it does:
 *   - "-n5" and "-vn5" become "--length=5" and "-v --length=5";
 *   - "-l" and "--list", whose argument may be left out, get argv_bare for it, since GOption would
 *     take the next word;
 *   - operands carry a mark in front, so that "-@0+4", a range of standard input, is one.
 */
#ifndef IOVTOOL_CLI_ARGV_H
#define IOVTOOL_CLI_ARGV_H

#include "cli/command.h"

/* True when the argument of the option may be left out. */
bool option_is_optional(const struct option *option);

/* Stands for an argument that was left out. */
extern const char argv_bare[];

/* The option of `command` called "--NAME" or "-L", and where in the options of the command its
 * value goes; NULL if it has none. */
const struct option *argv_find_option(const struct command *command, const char *given,
                                      size_t *offset);

/* True for a word that is an option, "--" included, where they may stand; "-" and "-@4" are not. */
bool argv_is_option(const char *word);

/* The option whose argument is the next word, after the option or cluster of options `word`; NULL
 * when no argument is open. */
const struct option *argv_open_option(const struct command *command, const char *word);

/* The option whose argument was left out by `word`; NULL when none was. */
const struct option *argv_bare_option(const struct command *command, const char *word);

/* The words of argv[1..argc), to be given to GOption: free with g_strfreev(). argv[0] is kept. */
char **argv_prepare(const struct command *command, int argc, char **argv);

/* The operand behind the mark. */
const char *argv_operand(const char *marked);

#endif
