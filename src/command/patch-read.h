/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The texts that `patch` takes -> what they change. */
#ifndef IOVTOOL_COMMAND_PATCH_READ_H
#define IOVTOOL_COMMAND_PATCH_READ_H

#include "cli/command.h"
#include "segment/changes.h"

/* The looks that a text may have, "auto" first: words of --look, NULL at the end. */
extern const char *const patch_look_words[];

/*
 * Adds what the text of `path` ("-": standard input) says. `look` is an index of patch_look_words.
 * An empty text changes nothing. Fails with IOVTOOL_ERROR_SOURCE or _SYNTAX.
 */
bool patch_read(struct changes *changes, const char *path, int look, GError **error);

#endif
