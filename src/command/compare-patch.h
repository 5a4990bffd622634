/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * `compare --patch`: what turns side A into side B, for people to read and for `iovtool patch`.
 *
 *     --- a 151344
 *     +++ b 151360
 *     @@ 0x3e8 3
 *     -76 00 00
 *     +41 42 43
 *
 * A hunk is the offset in both vectors and the number of bytes, then the bytes of A, then those of
 * B, 16 a line. Where one side ends first a hunk has two numbers, one for each side. Differences
 * fewer than PATCH_GAP bytes apart are one hunk; one longer than PATCH_HUNK_MAX is cut, so that
 * memory stays flat. Sides without a difference give no text at all.
 */
#ifndef IOVTOOL_COMMAND_COMPARE_PATCH_H
#define IOVTOOL_COMMAND_COMPARE_PATCH_H

#include "cli/output.h"
#include "command/compare-sides.h"

#define PATCH_GAP 8u
#define PATCH_HUNK_MAX (64u * 1024u)

/* One line of the header: the words of a side, and how many bytes it has. */
struct patch_title {
    struct words words;
    uint64_t size;
    bool has_size; /* false: only a stream can tell, or not all of the side is compared */
};

struct compare_patch;

struct compare_patch *compare_patch_new(const struct patch_title titles[SIDES],
                                        struct output *output, bool color);
void compare_patch_free(struct compare_patch *patch);

/* Two stretch_fn: for what both sides have, and for what only the longer one has. Their context is
 * the struct compare_patch. */
bool compare_patch_stretch(void *context, const struct pair *pair, const struct stretch *stretch,
                           GError **error);
bool compare_patch_rest(void *context, const struct pair *pair, const struct stretch *rest,
                        GError **error);

/* After the last stretch: the hunk that is open. */
bool compare_patch_finish(struct compare_patch *patch, GError **error);

#endif
