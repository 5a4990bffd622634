/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What every command that takes segments has in common: the options that say which bytes are meant,
 * and the way from them and the operands to a resolved vector.
 */
#ifndef IOVTOOL_CLI_VECTOR_INPUT_H
#define IOVTOOL_CLI_VECTOR_INPUT_H

#include "cli/command.h"
#include "segment/files.h"
#include "segment/vector.h"

struct vector_options {
    gboolean nul;
    uint64_t skip;
    uint64_t length; /* SEGMENT_TO_END: all */
    gboolean allow_short;
    gboolean zero_pad;
    gboolean no_map;
};

/* Of every command that takes segments; for those that read what their ranges lack; and for those
 * that read at all. All three are of struct vector_options. */
extern const struct option vector_option_table[];
extern const struct option padding_option_table[];
extern const struct option mapping_option_table[];

/* A resolved vector; its files belong to a table that other vectors may share. */
struct vector_input {
    struct files *files;
    struct vector *vector;
    enum slice_shortage shortage;
    unsigned reader_flags; /* what the options ask of every reader of the vector */
};

void vector_options_prepare(struct vector_options *options);

/*
 * Resolves the words in order, then applies skip and length. No word at all is a usage error. On
 * failure nothing is left to free.
 */
bool vector_input_open(struct vector_input *input, struct files *files,
                       const struct vector_options *options, const struct words *words,
                       GError **error);
void vector_input_close(struct vector_input *input);

#endif
