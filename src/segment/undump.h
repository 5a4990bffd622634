/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From a text dump back to its bytes: the rows of segment/text-rows.h, one after the other. */
#ifndef IOVTOOL_SEGMENT_UNDUMP_H
#define IOVTOOL_SEGMENT_UNDUMP_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>

#include "segment/text-rows.h"

/*
 * Appends the bytes that `text` (length bytes), a dump of that look, shows to `out`. `name` is the
 * dump's name for messages. Bytes that were appended before an error stay. Refuses more than
 * `limit` bytes in all "*" together, and more than `out` can hold (4 GiB).
 */
bool undump(const char *name, enum text_look look, const char *text, size_t length, size_t limit,
            GByteArray *out, GError **error);

#endif
