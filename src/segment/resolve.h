/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * NAMES -> FACTS: words of the segment language -> segments of a vector. Opens each file once and
 * asks for its size; moves no data.
 *
 * Ranges are checked here, before anything else happens: a range past the end of its file is an
 * error that names the segment, what was asked and the real size, unless `shortage` takes less or
 * adds zeros.
 */
#ifndef IOVTOOL_SEGMENT_RESOLVE_H
#define IOVTOOL_SEGMENT_RESOLVE_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>

#include "segment/files.h"
#include "segment/vector.h"

struct resolver;

/* Segments are appended to `vector`, their files to `files`; both must outlive the resolver. */
struct resolver *resolver_new(struct files *files, struct vector *vector,
                              enum slice_shortage shortage);
void resolver_free(struct resolver *resolver);

/* From here on segments are places to write to. With `extend` a file may be missing, or end before
 * a range that has an END, or a length; else who is refused is told of the option. */
void resolver_take_places(struct resolver *resolver, bool extend);

/* Appends the segment that the `length` bytes at `word` name. */
bool resolver_add(struct resolver *resolver, const char *word, size_t length, GError **error);

/*
 * Appends every segment of the list in file `path` ("-": standard input): one a line, where empty
 * lines and lines that start with "#" are passed over, or with `nul` separated by NUL bytes. An
 * error names the list and the line.
 */
bool resolver_add_list(struct resolver *resolver, const char *path, bool nul, GError **error);

#endif
