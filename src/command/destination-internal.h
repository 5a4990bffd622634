/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What destination.c, which opens and looks, and destination-run.c, which changes, share. */
#ifndef IOVTOOL_COMMAND_DESTINATION_INTERNAL_H
#define IOVTOOL_COMMAND_DESTINATION_INTERNAL_H

#include <sys/stat.h>

#include "command/destination.h"
#include "command/replacement.h"

struct destination {
    char *path;   /* NULL: an inherited descriptor */
    char *shown;  /* the name for messages */
    bool whole;   /* the file is emptied at the start */
    bool is_new;  /* the file is made at the start */
    bool has_end; /* of its range the END was written */
    struct replacement *replacement;
    struct stat status;
};

struct destinations {
    const struct destination_options *options;
    unsigned count;
    struct destination *list;
    struct sink *sinks; /* of each in turn */
};

/* "NAME: PROBLEM". Returns false. */
bool destination_error(const char *shown, const char *problem, GError **error);

/* Fills in the facts that hold for all of an open destination. */
bool destination_look_at(struct destination *destination, struct sink *sink, GError **error);

#endif
