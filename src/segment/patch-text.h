/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The text of `compare --patch` -> what it changes.
 *
 *     --- NAME SIZE          the version before; "-" is a size that nobody knows
 *     +++ NAME SIZE          the version after
 *     @@ OFFSET LENGTH       offset in hex with 0x, or in decimal
 *     -BYTES                 LENGTH bytes that have to be there, in as many rows as it takes
 *     +BYTES                 LENGTH bytes that come in their place
 *     @@ OFFSET OLD NEW      where one version ends first: OLD bytes, then NEW ones
 *
 * BYTES are pairs of hex digits, one after the other or with blanks between them. Titles may be
 * missing. Hunks may have any order, but those with two lengths go on from each other. "@@ undo"
 * tells that the patch takes back a run that may have been cut short, so that any byte may be the
 * new one already. Lines that start with "#" are comments, empty lines are ignored, "\r\n" ends a
 * line too. Strict: the first character that does not belong is an error.
 */
#ifndef IOVTOOL_SEGMENT_PATCH_TEXT_H
#define IOVTOOL_SEGMENT_PATCH_TEXT_H

#include "segment/changes.h"

#define PATCH_TEXT_UNDO "@@ undo\n"

enum patch_text_kind {
    PATCH_TEXT_EMPTY, /* nothing but comments and blanks */
    PATCH_TEXT_OWN,
    PATCH_TEXT_OTHER,
};

/* What the first line that says something tells of the text. */
enum patch_text_kind patch_text_kind(const char *text, size_t length);

/*
 * Adds what the text says to `changes`. `name` is for messages: "patch 'NAME', line 3, column 2:
 * expected a hex digit, found 'q'" (IOVTOOL_ERROR_SYNTAX); lines count from 1, as do columns, in
 * bytes.
 */
bool patch_text_read(const char *name, const char *text, size_t length, struct changes *changes,
                     GError **error);

#endif
