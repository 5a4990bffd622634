/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The record of each command; the file of the same name defines it, and table.c lists them. */
#ifndef IOVTOOL_COMMAND_COMMANDS_H
#define IOVTOOL_COMMAND_COMMANDS_H

#include "cli/command.h"

extern const struct command clone_command;
extern const struct command compare_command;
extern const struct command copy_command;
extern const struct command discard_command;
extern const struct command fill_command;
extern const struct command find_command;
extern const struct command hexdump_command;
extern const struct command info_command;
extern const struct command is_zero_command;
extern const struct command patch_command;
extern const struct command recv_command;
extern const struct command send_command;

#endif
