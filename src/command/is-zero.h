/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef IOVTOOL_COMMAND_IS_ZERO_H
#define IOVTOOL_COMMAND_IS_ZERO_H

#include "command/command.h"

extern const struct command is_zero_command;

#endif
