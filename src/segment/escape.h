/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Text for terminals, one character at a time. spec_escape() (segment/spec.h) is this in a loop.
 */
#ifndef IOVTOOL_SEGMENT_ESCAPE_H
#define IOVTOOL_SEGMENT_ESCAPE_H

#include <glib.h>
#include <stddef.h>

/*
 * Appends the first character of the `length` bytes at `text`, at least one, to `out` (NULL: only
 * measures) as spec_escape() writes it. Returns the bytes it took of `text`; sets *columns to the
 * columns it fills on a terminal.
 */
size_t escape_one(GString *out, const char *text, size_t length, unsigned *columns);

#endif
