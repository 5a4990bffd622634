/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A word such as "disk@5" reads as byte 5 and on of "disk". If a file is really called "disk@5"
 * both readings make sense, and the word is refused rather than guessed at.
 */
#ifndef IOVTOOL_SEGMENT_NAME_CLASH_H
#define IOVTOOL_SEGMENT_NAME_CLASH_H

#include <stdbool.h>

#include "segment/files.h"
#include "segment/spec.h"

/*
 * True when a file is called like the whole word of `spec`, a bare path with a range. `file` is
 * that path's file if it is known, else NULL. Equal to an lstat() of the word, but after some of
 * those for one file its directory is read instead, once: a list may name a million ranges of one
 * file.
 */
bool name_clashes(const struct spec *spec, struct file *file);

#endif
