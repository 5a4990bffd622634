/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef IOVTOOL_COMMAND_CLONE_H
#define IOVTOOL_COMMAND_CLONE_H

#include "command/command.h"

extern const struct command clone_command;

#endif
