/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where a remote has zeros, asked for piece by piece as one goes forward. What was answered is kept
 * until it was passed: to ask for each stretch of bytes anew takes time in proportion to the square
 * of their number where a server looks for the end of an extent.
 */
#ifndef IOVTOOL_TRANSFER_REMOTE_EXTENTS_H
#define IOVTOOL_TRANSFER_REMOTE_EXTENTS_H

#include <stdbool.h>
#include <stdint.h>

#include "source/remote.h"
#include "transfer/extents.h"

struct remote_extents;

struct remote_extents *remote_extents_new(struct remote *remote);

/* Waits for what is under way. NULL is allowed. */
void remote_extents_free(struct remote_extents *extents);

/*
 * The extent that starts at `offset`, up to where data and zeros change or to `end`; offsets never
 * go back. False when the answer is not there yet: it was asked for. Where the remote cannot tell,
 * or refuses to, all is data.
 */
bool remote_extents_at(struct remote_extents *extents, uint64_t offset, uint64_t end,
                       struct extent *extent);

/* Waits until remote_extents_at() has an answer. */
void remote_extents_wait(struct remote_extents *extents);

#endif
