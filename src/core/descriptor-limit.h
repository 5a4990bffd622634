/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How many descriptors the process may have. */
#ifndef IOVTOOL_CORE_DESCRIPTOR_LIMIT_H
#define IOVTOOL_CORE_DESCRIPTOR_LIMIT_H

#include <stdbool.h>

/*
 * Raises the soft limit to the hard one; true when that gave more. For after EMFILE, and not
 * before: programs that are started inherit the limit, and some do not expect numbers above 1023.
 */
bool descriptor_limit_raise(void);

#endif
