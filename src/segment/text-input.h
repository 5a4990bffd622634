/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The texts of the segment language that come from files: lists of segments (-T) and dumps. "-" is
 * standard input. Not the way of segment data, which transfer/reader.h reads.
 */
#ifndef IOVTOOL_SEGMENT_TEXT_INPUT_H
#define IOVTOOL_SEGMENT_TEXT_INPUT_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>

/* Called with each item of a list; `item` is not NUL-terminated. `number` counts from 1. */
typedef bool text_item_fn(void *context, const char *item, size_t length, size_t number,
                          GError **error);

/*
 * Calls `each` for every item of the file `path` that ends with `separator` (the last one need
 * not), in constant memory but for the longest item. Stops at the first false. Fails with
 * IOVTOOL_ERROR_SOURCE when the file cannot be read.
 */
bool text_each(const char *path, char separator, text_item_fn *each, void *context, GError **error);

/* The inherited descriptor that `path` means: 0 for "-", and those of spec_named_descriptor(). Else
 * -1. */
int text_descriptor(const char *path);

/* The whole text of `path`, not NUL-terminated; free with g_byte_array_unref(). */
GByteArray *text_read(const char *path, GError **error);

#endif
