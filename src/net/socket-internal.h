/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the parts of net/socket.h share: socket.c, connect.c, listen.c. */
#ifndef IOVTOOL_NET_SOCKET_INTERNAL_H
#define IOVTOOL_NET_SOCKET_INTERNAL_H

#include "net/socket.h"

/* Takes over the descriptor of an address that names one. */
bool socket_inherit(struct socket *socket, const struct address *address, GError **error);

/* True when connections can be accepted on it. */
bool socket_is_listening(const struct socket *socket);

#endif
