/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The way back of segment/spec.h: a segment -> the word that names it. Whatever the name of the
 * file holds, spec_parse() and resolve read the word as the same bytes (provided the same
 * descriptors are inherited).
 */
#ifndef IOVTOOL_SEGMENT_DESCRIBE_H
#define IOVTOOL_SEGMENT_DESCRIBE_H

#include <glib.h>

#include "segment/segment.h"

/* Appends the word. A literal becomes hex: with two digits a byte, so it is as long as the literal.
 */
void segment_describe(GString *out, const struct segment *segment);

/* The same for messages: long literals are shortened, names escaped for a terminal. */
void segment_describe_short(GString *out, const struct segment *segment);

#endif
