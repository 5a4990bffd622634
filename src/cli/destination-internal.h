/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the parts of cli/destination.h share: destination.c and destination-fit.c. */
#ifndef IOVTOOL_CLI_DESTINATION_INTERNAL_H
#define IOVTOOL_CLI_DESTINATION_INTERNAL_H

#include <sys/stat.h>

#include "cli/destination.h"
#include "cli/replacement.h"

struct destination {
    char *path;   /* NULL: an inherited descriptor */
    char *shown;  /* the name for messages */
    bool whole;   /* the file is emptied at the start */
    bool is_new;  /* the file is made at the start */
    bool has_end; /* of its range the END was written */
    bool placed;  /* a range of it is written, or a device */
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
};

#endif
