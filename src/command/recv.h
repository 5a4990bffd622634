/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef IOVTOOL_COMMAND_RECV_H
#define IOVTOOL_COMMAND_RECV_H

#include "command/command.h"

extern const struct command recv_command;

#endif
