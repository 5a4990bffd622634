/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef IOVTOOL_COMMAND_FILL_H
#define IOVTOOL_COMMAND_FILL_H

#include "command/command.h"

extern const struct command fill_command;

#endif
