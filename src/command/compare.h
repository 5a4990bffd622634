/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef IOVTOOL_COMMAND_COMPARE_H
#define IOVTOOL_COMMAND_COMPARE_H

#include "command/command.h"

extern const struct command compare_command;

#endif
