/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Text for terminals: what is shown obeys nothing and can be read.
 */
#ifndef IOVTOOL_SEGMENT_ESCAPE_H
#define IOVTOOL_SEGMENT_ESCAPE_H

#include <glib.h>
#include <stddef.h>

/*
 * Appends the first character of the `length` bytes at `text`, at least one, to `out` (NULL: only
 * measures) as escape() writes it. Returns the bytes it took of `text`; sets *columns to the
 * columns it fills on a terminal.
 */
size_t escape_one(GString *out, const char *text, size_t length, unsigned *columns);

/*
 * Appends `length` bytes with control characters (C0, C1 and those that change the direction of the
 * text) and bytes that are not valid UTF-8 written as \n \t \xHH, so that a terminal shows them and
 * obeys none. All else comes out unchanged, backslashes too: a user finds what he wrote.
 */
void escape(GString *out, const char *text, size_t length);

/* The same with \x5c for a backslash that could be taken for the start of an escape: undoing \n, \t
 * and \xHH gives the text back. */
void escape_exact(GString *out, const char *text, size_t length);

#endif
