/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/destination.h"

#define OPTION(member) offsetof(struct destination_options, member)

const struct option append_option_table[] = {
    { "append", 0, OPTION_FLAG, OPTION(append), "write at the end of FILE", NULL, NULL },
    { "extend", 0, OPTION_FLAG, OPTION(extend), "make the FILE of FILE@RANGE, or let it grow", NULL,
      NULL },
    { .name = NULL },
};

const struct option destination_option_table[] = {
    { "no-clobber", 0, OPTION_FLAG, OPTION(no_clobber), "refuse a FILE that exists already", NULL,
      NULL },
    { "atomic", 0, OPTION_FLAG, OPTION(atomic), "put FILE in place only when complete and on disk",
      NULL, NULL },
    { "fsync", 0, OPTION_FLAG, OPTION(fsync), "wait until all is on disk", NULL, NULL },
    { .name = NULL },
};
