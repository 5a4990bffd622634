/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef IOVTOOL_COMMAND_INFO_H
#define IOVTOOL_COMMAND_INFO_H

#include "command/command.h"

extern const struct command info_command;

#endif
