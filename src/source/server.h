/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * NBD servers of one's own: a command line declares them by name, and the first segment that names
 * one starts it. It inherits a listening socket as systemd hands one over (LISTEN_FDS), so that
 * nothing has to be waited for, and is ended with the program, however that ends. That socket has
 * no name; it is reached through /proc/self/fd.
 */
#ifndef IOVTOOL_SOURCE_SERVER_H
#define IOVTOOL_SOURCE_SERVER_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>

struct servers;

struct servers *servers_new(void);

/* Ends those that run, after the good-bye: SIGTERM, 5 seconds later SIGKILL. NULL is allowed. */
void servers_free(struct servers *servers);

/*
 * Notes "NAME=COMMAND", which is split into words as a shell does, and run without one. Nothing is
 * started. Fails with IOVTOOL_ERROR_SYNTAX.
 */
bool servers_declare(struct servers *servers, const char *text, GError **error);

/*
 * The URI of "server:NAME[/EXPORT]", whose server is started when it is the first; free with
 * g_free(). NULL when there is none of that name (IOVTOOL_ERROR_SYNTAX), or it cannot be started
 * (IOVTOOL_ERROR_PEER).
 */
char *servers_uri(struct servers *servers, const char *word, GError **error);

/* Where an error is about a connection to the server of `word`, and that has ended: says how. */
void servers_explain(struct servers *servers, const char *word, GError **error);

/* True for "server:NAME". */
bool is_server_word(const char *word);

#endif
