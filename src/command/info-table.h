/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The answers of `info`: an aligned table, or JSON. */
#ifndef IOVTOOL_COMMAND_INFO_TABLE_H
#define IOVTOOL_COMMAND_INFO_TABLE_H

#include "cli/output.h"
#include "segment/files.h"
#include "segment/vector.h"

struct info_view {
    const struct vector *vector; /* already cut */
    struct files *files;
    struct slice slice; /* what it was cut from */
    bool extents;       /* a row for each hole and each piece of data of a file */
    bool verbose;       /* kinds, and the sizes of files */
};

bool info_print_table(const struct info_view *view, struct output *output, GError **error);
bool info_print_json(const struct info_view *view, struct output *output, GError **error);

#endif
