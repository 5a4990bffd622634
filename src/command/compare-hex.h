/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * `compare --hex`: the rows of both sides that differ, side by side, with equal rows around them.
 *
 *     @@ 0x10 (16) @@
 *     00000010  41 42 43 44 45 46 47 48  |ABCDEFGH|  00000110  41 42 43 44 45 46 47 00  |ABCDEFG.|
 *
 * A line of "@@" starts each group of rows and gives the vector's offset; the offsets of a row are
 * those in the file or literal of each side.
 */
#ifndef IOVTOOL_COMMAND_COMPARE_HEX_H
#define IOVTOOL_COMMAND_COMPARE_HEX_H

#include "cli/output.h"
#include "command/compare-sides.h"

struct compare_hex;

/* `context`: how many equal rows are shown before and after; at most COMPARE_CONTEXT_MAX. */
#define COMPARE_CONTEXT_MAX 4096u
#define COMPARE_ROW 8u
struct compare_hex *compare_hex_new(const struct sides *sides, struct output *output,
                                    unsigned context, bool color);
void compare_hex_free(struct compare_hex *hex);

/* A stretch_fn: its context is the struct compare_hex. */
bool compare_hex_stretch(void *context, const struct pair *pair, const struct stretch *stretch,
                         GError **error);

/* After the last stretch: the row that is not full. */
bool compare_hex_finish(struct compare_hex *hex, GError **error);

#endif
