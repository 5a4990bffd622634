/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the commands that move bytes have in common: the options that say how, and the way from a
 * resolved vector through plan and engine to its destinations.
 */
#ifndef IOVTOOL_CLI_MOVING_H
#define IOVTOOL_CLI_MOVING_H

#include "cli/command.h"
#include "cli/destination.h"
#include "cli/output.h"
#include "cli/report.h"
#include "cli/vector-input.h"
#include "transfer/engine.h"

struct moving_options {
    struct destination_options destination;
    bool zero_errors; /* what a device cannot read is zeros, is told, and is an error at the end */
    int sparse;
    int offload;
    gboolean no_offload;
    int progress;
    gboolean explain;
    struct report_options report;
    uint64_t *moved; /* where the number of bytes goes that were moved; NULL: nowhere */
};

extern const struct option moving_option_table[];

/* Called with `context` when all bytes are written, and on the disk if that is asked for, but
 * before atomic files are put in place: what fails here leaves the old ones. */
typedef bool move_tell_fn(const void *context, GError **error);

/*
 * Moves the vector to the `count` destinations `outputs` (none: standard output), calls `tell`
 * unless it is NULL, and puts atomic files in place. With --explain it prints the plan, and touches
 * nothing.
 */
bool move_vector_and_tell(const struct moving_options *options, const struct vector_input *input,
                          const char *const *outputs, unsigned count, move_tell_fn *tell,
                          const void *context, GError **error);

/* The same without anything to tell. */
bool move_vector(const struct moving_options *options, const struct vector_input *input,
                 const char *const *outputs, unsigned count, GError **error);

/* Runs the job, and shows its progress, as the options say. */
bool move_job(const struct moving_options *options, struct engine_job *job, GError **error);

/* Prints the steps of the job, one a line, for --explain. */
bool print_plan(struct output *output, const struct engine_job *job, GError **error);

/* Adds to the message of a run that failed how many bytes are new. */
void tell_bytes_written(uint64_t done, GError **error);

#endif
