/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef IOVTOOL_COMMAND_COPY_H
#define IOVTOOL_COMMAND_COPY_H

#include "command/command.h"

extern const struct command copy_command;

#endif
