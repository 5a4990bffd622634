/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The first occurrence of some bytes in a stream that comes in pieces (Knuth, Morris and Pratt):
 * nothing that was scanned is looked at again, and an occurrence may begin in one piece and end in
 * a later one.
 */
#ifndef IOVTOOL_TRANSFER_PATTERN_H
#define IOVTOOL_TRANSFER_PATTERN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pattern;

/* At least one byte; they outlive the pattern. */
struct pattern *pattern_new(const uint8_t *bytes, size_t length);
void pattern_free(struct pattern *pattern);

/* Scans the next piece. Returns the bytes of it up to the end of the occurrence, with *found set,
 * or `length`. */
size_t pattern_scan(struct pattern *pattern, const uint8_t *piece, size_t length, bool *found);

#endif
