/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef IOVTOOL_COMMAND_HEXDUMP_H
#define IOVTOOL_COMMAND_HEXDUMP_H

#include "command/command.h"

extern const struct command hexdump_command;

#endif
