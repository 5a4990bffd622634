/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef IOVTOOL_COMMAND_DISCARD_H
#define IOVTOOL_COMMAND_DISCARD_H

#include "command/command.h"

extern const struct command discard_command;

#endif
