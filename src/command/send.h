/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef IOVTOOL_COMMAND_SEND_H
#define IOVTOOL_COMMAND_SEND_H

#include "command/command.h"

extern const struct command send_command;

#endif
