/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The files that fill writes to. The table of files (segment/files.h) knows them for reading only;
 * here each is open for writing, once, and stays open. So there can be no more of them than the
 * hard limit of descriptors allows.
 */
#ifndef IOVTOOL_COMMAND_FILL_TARGETS_H
#define IOVTOOL_COMMAND_FILL_TARGETS_H

#include <glib.h>
#include <stdbool.h>

#include "segment/vector.h"
#include "transfer/sink.h"

struct fill_targets;

/*
 * Opens every file of `vector`, whose segments are all of SEGMENT_FILE or _REMOTE. Fails with
 * IOVTOOL_ERROR_SOURCE, as when a name no longer leads to the file it was resolved to. Changes
 * nothing, but makes the files that are missing, last and unless `dry_run`. `sync` is for later.
 */
struct fill_targets *fill_targets_open(const struct vector *vector, bool dry_run, bool sync,
                                       GError **error);

/* The bytes that `segment` of the vector names, as a place to write to. */
void fill_targets_sink(const struct fill_targets *targets, const struct segment *segment,
                       struct sink *sink);

/*
 * With `ok`, syncs if that was asked for, and exports of servers that end with the run always, and
 * checks every close. False when `ok` was or when something failed; *error tells the first. Frees
 * it all; `targets` may be NULL.
 */
bool fill_targets_close(struct fill_targets *targets, bool ok, GError **error);

#endif
