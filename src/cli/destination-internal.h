/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the parts of cli/destination.h share: destination.c, destination-fit.c, and
 * destination-seen.c, which knows what the destinations before are. */
#ifndef IOVTOOL_CLI_DESTINATION_INTERNAL_H
#define IOVTOOL_CLI_DESTINATION_INTERNAL_H

#include <sys/stat.h>

#include "cli/destination.h"
#include "cli/replacement.h"
#include "segment/spec.h"

struct destination {
    char *path;         /* NULL: an inherited descriptor */
    char *shown;        /* the name for messages */
    bool whole;         /* the file is emptied at the start */
    bool is_new;        /* the file is made at the start */
    bool has_end;       /* of its range the END was written */
    bool placed;        /* a range of it is written, or a device, or an export */
    bool ends_with_run; /* an export of a server that the run started: it is flushed always */
    struct replacement *replacement;
    struct folder *folder; /* with --fsync, of a new file */
    struct stat status;
};

struct destinations {
    const struct destination_options *options;
    unsigned count;
    struct destination *list;
    struct sink *sinks; /* of each in turn */
    bool settled;
    GHashTable *seen;  /* char * -> struct destination: the first of each file and new name */
    GHashTable *users; /* descriptor -> how many destinations have it; NULL until the first ends */
};

/* Notes a destination that was opened. Fails when one before is the same file, or makes the same
 * name, and they cannot share it. */
bool destinations_note(struct destinations *destinations, struct destination *destination,
                       GError **error);

/* The descriptor of a file that a destination before has open; -1 if none has. */
int destinations_descriptor(const struct destinations *destinations, const struct stat *status);

/* One destination is done with the descriptor. True when no other has it. */
bool destinations_drop_user(struct destinations *destinations, int fd);

/* destination-remote.c. Opens and checks the export that a URI names; and flushes it. */
bool destination_open_remote(struct destinations *destinations, struct destination *destination,
                             const struct spec *spec, struct sink *sink, GError **error);
bool destination_flush(const struct destinations *destinations, unsigned index, GError **error);

#endif
