/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The errors that every part of the program reports. The code decides the exit status (main.c); the
 * message is one line in lower case, the subject first, without a full stop.
 */
#ifndef IOVTOOL_SEGMENT_ERROR_H
#define IOVTOOL_SEGMENT_ERROR_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define IOVTOOL_ERROR (iovtool_error_quark())
GQuark iovtool_error_quark(void);

enum iovtool_error {
    IOVTOOL_ERROR_SYNTAX, /* the words are wrong */
    IOVTOOL_ERROR_SOURCE, /* a file or descriptor cannot be opened, read or written */
    IOVTOOL_ERROR_RANGE,  /* a range does not lie in its file */
    IOVTOOL_ERROR_PEER,   /* the other end of a socket, or the way to it */
    IOVTOOL_ERROR_TIME,   /* a time-out */
};

/* Set *error to an IOVTOOL_ERROR_SOURCE "PATH: PROBLEM", the path escaped for terminals. Returns
 * false, so that a function can fail in one statement. */
bool file_error(const char *path, const char *problem, GError **error);

/* The same with the text of `errno_value`. */
bool file_errno(const char *path, int errno_value, GError **error);

/* "cannot read at OFFSET: PROBLEM"; free with g_free(). */
char *read_trouble(uint64_t offset, int errno_value);

/* Adds text to the end of the message of *error, which is set. */
void error_append(GError **error, const char *format, ...) G_GNUC_PRINTF(2, 3);

#endif
