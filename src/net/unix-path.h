/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The path of the unix socket that this process has made: one at a time.
 */
#ifndef IOVTOOL_NET_UNIX_PATH_H
#define IOVTOOL_NET_UNIX_PATH_H

#include "net/endpoint.h"

/*
 * Binds the socket `fd` to a unix address. The file has mode 0600. One that is there already is
 * replaced when it is a socket that nobody listens on. Until unix_path_remove(), signals that end
 * the process remove it (core/temporary.h). Returns 0 or an errno. An abstract name is just bound.
 */
int unix_path_bind(int fd, const struct address *address, const struct endpoint *endpoint);

/* Removes the path, unless something else has taken its place. */
void unix_path_remove(void);

#endif
