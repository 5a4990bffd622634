/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the parts of the engine share: engine.c the loop over steps and the plain way,
 * engine-kernel.c the ways in which the kernel moves the bytes, engine-zerocopy.c the way in which
 * the network card does, engine-inside.c moves within one file. */
#ifndef IOVTOOL_TRANSFER_ENGINE_INTERNAL_H
#define IOVTOOL_TRANSFER_ENGINE_INTERNAL_H

#include "transfer/engine.h"
#include "transfer/reader.h"
#include "transfer/remote-writer.h"
#include "transfer/source-trouble.h"

/* What the kernel turned out not to do here. */
struct unsupported {
    bool copy;
    bool clone;
    bool splice;
    bool zero;
    bool sendfile;
    bool punch;
};

struct engine {
    const struct engine_job *job;
    const struct vector *vector; /* the job's, or ... */
    struct vector *own; /* ... a copy in which what may be overwritten was put aside; else NULL */
    struct reader *reader;
    struct window window; /* of the reader; `used` bytes of it are written */
    uint64_t used;
    uint64_t done;
    uint64_t kept;                /* bytes put aside in memory ... */
    struct file *aside;           /* ... and the temporary file for more; NULL: none yet */
    struct remote_writer *writer; /* for sinks that are remotes; NULL: there are none */
    uint64_t *ends;               /* of each fresh file: how far it must reach */
    struct unsupported unsupported;
    struct {
        bool on;
        uint32_t pending; /* calls whose pages the kernel still needs, as far as it has told */
        int64_t deadline; /* by which it must have told of another one (net/deadline.h) */
    } zerocopy;
};

/* How a way of the kernel's ended: all of the step done, or the next way has to do the rest. */
enum way { WAY_FAILED = -1, WAY_UNSUPPORTED, WAY_DONE };

/* Counts `length` bytes of `step` as moved: cuts them off its front. */
void engine_moved(struct engine *engine, struct step *step, uint64_t length);

/* Moves the cursor of the vector on without reading. */
void engine_pass(struct engine *engine, uint64_t length);

void engine_tick(const struct engine *engine);

/* Sets *error to "NAME: PROBLEM" for the sink of a step. Returns false. */
bool engine_sink_error(const struct engine *engine, const struct step *step, int problem,
                       GError **error);

/* Sets *error to "SEGMENT: PROBLEM". Returns false. */
bool engine_source_error(const struct segment *segment, const char *problem, GError **error);

/* The same for trouble with a read at an absolute offset of its file. */
bool engine_read_error(const struct segment *segment, uint64_t offset, int problem, GError **error);

/* Waits, as the job wants, until the sink of a step takes more, or poll() of it has one of
 * `events`. */
bool engine_wait(struct engine *engine, const struct step *step, GError **error);
bool engine_wait_for(const struct engine *engine, const struct step *step, short events,
                     GError **error);

/* Writes all of `length` bytes to the place of the step, and counts them as moved. */
bool engine_write(struct engine *engine, struct step *step, const struct iovec *iov, unsigned count,
                  GError **error);

/* engine-kernel.c */
enum way engine_copy(struct engine *engine, struct step *step, GError **error);
enum way engine_clone(struct engine *engine, struct step *step, GError **error);
enum way engine_splice(struct engine *engine, struct step *step, GError **error);
enum way engine_sendfile(struct engine *engine, struct step *step, GError **error);
enum way engine_zero(struct engine *engine, struct step *step, uint64_t length, GError **error);

/* engine-zerocopy.c. Whether it can be used; a call, as sink_write(); the wait for room after it;
 * and the wait until the memory that was sent can be used again. */
bool engine_start_zerocopy(const struct engine *engine, const struct sink *sink);
ssize_t engine_send_zerocopy(struct engine *engine, const struct sink *sink,
                             const struct iovec *iov, unsigned count);
bool engine_wait_zerocopy(struct engine *engine, const struct step *step, GError **error);
bool engine_settle_zerocopy(struct engine *engine, const struct step *step, GError **error);

/* engine-inside.c */
bool engine_keep(struct engine *engine, const struct step *step, GError **error);
bool engine_move(struct engine *engine, struct step *step, GError **error);

#endif
