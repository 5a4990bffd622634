/* SPDX-License-Identifier: GPL-2.0-or-later */
/* NBD exports as remotes, by libnbd. All of one run are served together, by one poll(). */
#ifndef IOVTOOL_SOURCE_NBD_H
#define IOVTOOL_SOURCE_NBD_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "source/remote.h"

struct nbd_options {
    uint64_t connections;     /* at most, to each export whose server allows several */
    uint64_t depth;           /* requests under way on each of them */
    uint64_t timeout;         /* microseconds without a byte from a server; 0: for ever */
    uint64_t connect_timeout; /* microseconds until a connection must be ready; 0: for ever */
    bool no_extents;          /* do not ask where there are zeros */
};

extern const struct nbd_options nbd_default_options;

struct nbd;

/* Nothing is loaded or connected yet. */
struct nbd *nbd_new(const struct nbd_options *options);

/* Says good-bye to every server; farewell_end() may follow. NULL is allowed. */
void nbd_free(struct nbd *nbd);

/*
 * Connects to the export that a URI names, which must not hold a password; messages name it
 * `shown`. The remote lives as long as `nbd`. Fails with IOVTOOL_ERROR_SOURCE (libnbd is not there;
 * no such export; the server does not want us), _SYNTAX (not a URI of NBD), _PEER (no connection)
 * or _TIME.
 */
struct remote *nbd_open(struct nbd *nbd, const char *uri, const char *shown, GError **error);

#endif
