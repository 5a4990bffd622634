/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What every command that takes segments has in common: the options that say which bytes are meant,
 * and the way from them and the operands to a resolved vector.
 */
#ifndef IOVTOOL_CLI_VECTOR_INPUT_H
#define IOVTOOL_CLI_VECTOR_INPUT_H

#include "cli/command.h"
#include "segment/files.h"
#include "segment/share.h"
#include "segment/vector.h"
#include "source/nbd.h"

struct vector_options {
    gboolean nul;
    uint64_t skip;
    uint64_t length;    /* SEGMENT_TO_END: all */
    struct share share; /* of what skip and length leave; no `align`: UINT64_MAX */
    bool are_places;    /* to write to: see resolver_take_places() */
    gboolean extend;    /* files are made, and grow */
    bool has_slices;    /* the command has an option of its own about shares */
    gboolean allow_short;
    gboolean zero_pad;
    gboolean no_map;
    gboolean no_extents;
    GPtrArray *servers; /* "NAME=COMMAND" */
    struct nbd_options remote;
};

/* Of every command that takes segments; for those that read what their ranges lack; and for those
 * that read at all. All three are of struct vector_options. */
extern const struct option vector_option_table[];
extern const struct option padding_option_table[];
extern const struct option mapping_option_table[];

/* How the bytes of NBD servers are read; whether they are asked where there are zeros; which are
 * started; and how long they may take, which is not for commands that have such options already. */
extern const struct option remote_option_table[];
extern const struct option extents_option_table[];
extern const struct option server_option_table[];
extern const struct option remote_time_option_table[];

/* A resolved vector; its files belong to a table that other vectors may share. */
struct vector_input {
    struct files *files;
    struct vector *vector;
    enum slice_shortage shortage;
    unsigned reader_flags; /* what the options ask of every reader of the vector */
    uint64_t start;        /* the offset of its first byte in the vector that the words name */
    /* What it is a share of, when it is one. */
    bool is_share;
    uint64_t share_offset; /* counted from the first byte that is shared */
    uint64_t share_total;  /* how many are */
};

void vector_options_prepare(struct vector_options *options);

/* The share that is asked for, with an `align` of 1 when none was given. */
struct share vector_options_share(const struct vector_options *options);

/* Checks what the options say of NBD servers, and has `files` open their URIs. For who opens some
 * before vector_input_open(), which does the same. */
bool vector_input_prepare(struct files *files, const struct vector_options *options,
                          GError **error);

/*
 * Resolves the words in order, then applies skip and length, and takes the share that is asked for.
 * No word at all is a usage error. On failure nothing is left to free.
 *
 * Equal to vector_input_resolve(), vector_input_cut() and vector_input_share().
 */
bool vector_input_open(struct vector_input *input, struct files *files,
                       const struct vector_options *options, const struct words *words,
                       GError **error);

/* The same without the options that say which part of the vector is meant. */
bool vector_input_resolve(struct vector_input *input, struct files *files,
                          const struct vector_options *options, const struct words *words,
                          GError **error);

/* Applies skip and length. */
bool vector_input_cut(struct vector_input *input, const struct vector_options *options,
                      GError **error);

/* Takes the share, if one is asked for. Fails when the length of the vector is not known. */
bool vector_input_share(struct vector_input *input, const struct vector_options *options,
                        GError **error);

/* The share, or parts, of a vector can be told only when its length is certain. */
bool vector_input_check_sharing(const struct vector_input *input, const char *option,
                                GError **error);

/* Keeps the bytes [offset, offset + length) of the `total` that are shared, as far as there are
 * such bytes in the vector. */
bool vector_input_keep_share(struct vector_input *input, uint64_t total, uint64_t offset,
                             uint64_t length, GError **error);

void vector_input_close(struct vector_input *input);

#endif
