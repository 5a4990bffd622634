/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the --json answers of all commands have in common, on top of jansson. */
#ifndef IOVTOOL_CLI_JSON_H
#define IOVTOOL_CLI_JSON_H

#include <glib.h>
#include <jansson.h>
#include <stdbool.h>

#include "cli/output.h"
#include "segment/segment.h"

/*
 * {"segment": WORD, ...}: the word that names the segment. A word that is not valid UTF-8, which
 * JSON cannot hold, is escaped (escape_exact) and flagged by "segment_escaped": true.
 */
json_t *json_segment(const struct segment *segment);

/* Sets `key` of `object` to a text of any bytes, and KEY_escaped to true when it had to be escaped.
 */
void json_set_text(json_t *object, const char *key, const char *text);

/* Prints `value` without a line end, and frees it. */
bool json_append(struct output *output, json_t *value, GError **error);

/* Prints `value` on one line and frees it. */
bool json_print(struct output *output, json_t *value, GError **error);

#endif
