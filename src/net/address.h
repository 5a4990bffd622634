/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Addresses of sockets as users write them. TEXT -> VALUE: nothing is looked up, no socket is made
 * (net/endpoint.h does that).
 *
 *     ADDRESS := tcp:HOST:PORT | udp:HOST:PORT
 *              | unix:PATH | unix-dgram:PATH | unix-seqpacket:PATH
 *              | vsock:CID:PORT | fd:N
 *
 * HOST is a name or an IPv4 address, or an IPv6 address in brackets; empty, it is this host's own.
 * A link-local address has a zone behind "%", the interface through which it is reached.
 * PORT is a number up to 65535 or the name of a service. A PATH that starts with "@" is a name in
 * the abstract namespace. CID is a number, or empty for this machine's own.
 */
#ifndef IOVTOOL_NET_ADDRESS_H
#define IOVTOOL_NET_ADDRESS_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum address_kind {
    ADDRESS_TCP,            /* host, port */
    ADDRESS_UDP,            /* host, port */
    ADDRESS_UNIX,           /* path */
    ADDRESS_UNIX_DGRAM,     /* path */
    ADDRESS_UNIX_SEQPACKET, /* path */
    ADDRESS_VSOCK,          /* cid, vsock_port */
    ADDRESS_FD,             /* fd */
};

/* As long as sockaddr_un has room, with a NUL behind a path that is no abstract name. */
#define ADDRESS_PATH_MAX 107u

struct address {
    enum address_kind kind;
    char *shown; /* the word, escaped, for messages */
    char *host;  /* without brackets; NULL: empty */
    char *port;
    char *path; /* path_length bytes; starts with "@" when abstract */
    size_t path_length;
    bool abstract;
    uint32_t cid;
    bool has_cid;
    uint32_t vsock_port;
    int fd;
};

/*
 * Parses a word; free with address_free(). On error IOVTOOL_ERROR_SYNTAX with a message of three
 * lines, as spec_parse() has: what is wrong, the word, and a caret under the column.
 */
struct address *address_parse(const char *word, GError **error);

/*
 * The same for the near end of a socket to `target`: HOST, HOST:PORT or :PORT; or a PATH, for
 * unix-dgram. Others have none.
 */
struct address *address_parse_source(const struct address *target, const char *word,
                                     GError **error);

void address_free(struct address *address);

/* SOCK_STREAM, SOCK_DGRAM or SOCK_SEQPACKET; 0 for a descriptor, which has to be asked. */
int address_socket_type(const struct address *address);

/* The prefixes of all kinds, "tcp:" and so on, each with one line on what follows it in *help (may
 * be NULL). NULL when there is no row `index`. */
const char *address_scheme(unsigned index, const char **help);

#endif
