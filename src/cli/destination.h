/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where the bytes of a command go: the words of its -o options -> sinks.
 *
 *     DEST := "-" | fd:N | FILE | FILE@RANGE | URI | URI@RANGE
 *
 * FILE is replaced, appended to, or made anew, as the options say; FILE@RANGE is written inside and
 * never truncated. Without the option `extend` it is neither created nor, unless it has no end,
 * grown. An export that a URI names is written inside as well, from its first byte on without a
 * RANGE. What extends a file never cuts it, so that several processes can do so at once. Several
 * destinations are one vector too.
 *
 * Nothing is touched before destinations_start(): opening and checking leave every file as it is.
 */
#ifndef IOVTOOL_CLI_DESTINATION_H
#define IOVTOOL_CLI_DESTINATION_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "cli/command.h"
#include "segment/vector.h"
#include "transfer/sink.h"

struct files;
struct stat;

struct destination_options {
    gboolean append;
    gboolean no_clobber;
    gboolean atomic;
    gboolean fsync;
    gboolean extend;           /* a range need not lie in its file, which may be missing */
    bool never_extends;        /* the command has no such option */
    const char *for_terminals; /* the option that writes to a terminal all the same; NULL: -o - */
    bool separate; /* each takes what is meant for it alone: one without an end may be followed */
    bool plain_paths; /* words are paths of whole files, whatever they look like */
    bool dry_run;     /* for a plan: nothing is waited for, and a terminal may be named */
    bool allow_short; /* a range past the end of its file is cut, and what does not fit is left out
                       */
    bool secret;      /* with `atomic`: a new file is for its owner only */
    struct files *files;     /* opens URIs; NULL: they cannot be written to */
    const struct stat *only; /* with `atomic`: replaced is this file, as long as it does not change
                              */
};

/* Both are of struct destination_options. */
extern const struct option append_option_table[];
extern const struct option destination_option_table[];

struct destinations;

/*
 * Opens and checks the `count` words; none at all stand for standard output, to which raw bytes
 * are not written when it is a terminal. Fails with USAGE_ERROR, IOVTOOL_ERROR_SYNTAX, _SOURCE or
 * _RANGE.
 */
struct destinations *destinations_open(const char *const *words, unsigned count,
                                       const struct destination_options *options, GError **error);

/*
 * Checks that the sinks have room for `vector`, and that no file is both a source and replaced.
 * With allow_short the vector is cut to the room there is.
 */
bool destinations_fit(const struct destinations *destinations, struct vector *vector,
                      GError **error);

/*
 * The same when what is written is a share of `total` bytes, from `offset` on: the destinations are
 * cut as the vector is, so that workers who write their shares to the same words write all of it.
 * One destination that has no places, such as a pipe, takes the share as it is. Refuses a file that
 * is to be replaced, since each worker would, but for one that must be new. Before
 * destinations_fit().
 */
bool destinations_share(struct destinations *destinations, uint64_t total, uint64_t offset,
                        GError **error);

/* The facts for planning. All is still untouched. */
const struct sink *destinations_sinks(const struct destinations *destinations, uint32_t *count);

/* True when every sink has an end. */
bool destinations_are_bounded(const struct destinations *destinations);

/* True when a server that has one of them is gone, so that nothing more can be written. */
bool destinations_are_lost(const struct destinations *destinations);

/* From here on files change: the ones to be replaced are emptied. */
bool destinations_start(struct destinations *destinations, GError **error);

/* All of the work that can fail when everything is written, but for the last step: syncs as asked,
 * while the files that atomic ones replace are still there. */
bool destinations_settle(struct destinations *destinations, GError **error);

/*
 * Ends writing: with `ok` settles, puts atomic files in place, and checks every close. Without,
 * atomic files vanish. False when `ok` was or when something failed; *error tells the first. Frees
 * it all.
 */
bool destinations_finish(struct destinations *destinations, bool ok, GError **error);

#endif
