/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Bytes on their way into remotes: many requests are under way at once, and at most REMOTE_BEHIND
 * bytes are held for them. What touches is gathered into requests of whole pieces, zeros are sent
 * as zeros, and requests keep to the blocks of the remote: where a range starts or ends inside of
 * a block, the rest of that is read first, and written as it was.
 *
 * Whatever overlaps is written in the order in which it was put: equal to writing the bytes at
 * once. Errors come late, and the bytes before the first one that failed are known to be written.
 */
#ifndef IOVTOOL_TRANSFER_REMOTE_WRITER_H
#define IOVTOOL_TRANSFER_REMOTE_WRITER_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "source/remote.h"

#define REMOTE_BEHIND (16u * 1024u * 1024u)

struct remote_writer;

struct remote_writer *remote_writer_new(void);

/* Waits for what is under way. NULL is allowed. */
void remote_writer_free(struct remote_writer *writer);

/* Where bytes go. */
struct remote_target {
    struct remote *remote; /* not read-only */
    const char *name;      /* for messages; outlives the writer */
    uint64_t offset;       /* in the remote, which has room for the bytes */
    uint64_t position;     /* how many bytes of the job come before them */
};

/*
 * Takes `length` bytes, or zeros where `bytes` is NULL; waits until there is room. Fails as
 * remote_explain() has it, for this or an earlier piece; nothing more may be put then.
 */
bool remote_writer_put(struct remote_writer *writer, const struct remote_target *target,
                       const uint8_t *bytes, uint64_t length, GError **error);

/* Waits until all is written. Fails as remote_writer_put(). */
bool remote_writer_settle(struct remote_writer *writer, GError **error);

/* Of the first `done` bytes of the job: how many were written, without a gap, when all requests are
 * answered. Waits for that. */
uint64_t remote_writer_sure(struct remote_writer *writer, uint64_t done);

/* Whether it can be written to, and flushed if it is to `sync`. Fails with IOVTOOL_ERROR_SOURCE. */
bool remote_is_writable(const struct remote *remote, const char *name, bool sync, GError **error);

/* Flushes what was written. Fails as remote_explain() has it. */
bool remote_flush(struct remote *remote, const char *name, GError **error);

#endif
