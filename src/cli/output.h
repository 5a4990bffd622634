/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Checked standard output for text: one buffer, few writes, and no error lost (full disk, closed
 * descriptor). Raw segment data does not go this way.
 */
#ifndef IOVTOOL_CLI_OUTPUT_H
#define IOVTOOL_CLI_OUTPUT_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* More may be reserved at once only up to this. */
#define OUTPUT_BUFFER (256u * 1024u)

struct output {
    char *buffer;
    size_t used;
    /* Asked before anything is written: false, with *error set, keeps it back. NULL: nothing is. */
    bool (*may_write)(const void *context, GError **error);
    const void *context;
    uint64_t unseen; /* what the caller has read since the latest flush, for its own use */
};

/* Takes over standard output; a pipe is asked for 1 MiB, since its size decides the speed more than
 * anything here. */
void output_open(struct output *output);

/* Room for `size` bytes at the end of the buffer, or NULL with *error set when that needed a write
 * that failed. */
char *output_reserve(struct output *output, size_t size, GError **error);
/* The first `size` bytes of what was reserved are text now. */
void output_commit(struct output *output, size_t size);

bool output_append(struct output *output, const char *text, size_t length, GError **error);
bool output_printf(struct output *output, GError **error, const char *format, ...)
    G_GNUC_PRINTF(3, 4);

bool output_flush(struct output *output, GError **error);

/* Flushes if `ok`, closes standard output and frees the buffer. False when `ok` was or when
 * something failed; *error tells the first. */
bool output_close(struct output *output, bool ok, GError **error);

/* Opens, prints a short text, and closes. */
bool output_text(const char *text, GError **error);

enum color_choice { COLOR_AUTO, COLOR_ALWAYS, COLOR_NEVER };
extern const char *const color_words[];

/* Automatic: on a terminal that is not dumb, unless NO_COLOR is set and not empty (no-color.org).
 */
bool output_wants_color(enum color_choice choice);

#endif
