/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Bytes as they come, scattered over sinks: one is filled after the other, in order. With the bytes
 * of a socket this is what the engine is with the bytes of a vector.
 */
#ifndef IOVTOOL_TRANSFER_SCATTER_H
#define IOVTOOL_TRANSFER_SCATTER_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#include "transfer/sink.h"

struct scatter;

/* The sinks have been started, and outlive the scatter. */
struct scatter *scatter_new(const struct sink *sinks, uint32_t count);
void scatter_free(struct scatter *scatter);

/* The bytes that all sinks together still take; SEGMENT_TO_END: without bound. */
uint64_t scatter_room(const struct scatter *scatter);

/* The bytes that the current sink still takes. */
uint64_t scatter_sink_room(const struct scatter *scatter);

/* Writes all of it: at most scatter_room() bytes. Fails with IOVTOOL_ERROR_SOURCE, for a
 * remote also for earlier bytes, and as remote_explain() has it. */
bool scatter_write(struct scatter *scatter, const uint8_t *bytes, size_t length, GError **error);

/* What comes next goes to the next sink; when there is none, there is no room for it. */
void scatter_next_sink(struct scatter *scatter);

/* Waits until all is written: bytes for remotes may be on their way, and their errors come late.
 * Fails as scatter_write(), or as remote_explain() has it. */
bool scatter_settle(struct scatter *scatter, GError **error);

/* The bytes written so far; when something failed, those before the first that was not written. */
uint64_t scatter_done(const struct scatter *scatter);

#endif
