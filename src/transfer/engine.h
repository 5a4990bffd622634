/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Steps -> bytes moved. Segment data is written and copied by engine*.c through sink.c; beside them
 * message-batch.c sends messages, and discard-undo.c writes back (tests/includes.bats knows all of
 * them).
 *
 * Each step is tried the fastest way the plan asks for. When the kernel says that it cannot (an
 * errno on the list of that way, or a transfer of nothing), the engine drops to the next way for
 * good, down to writing windows. Short transfers go on where they stopped, EINTR restarts, EAGAIN
 * polls.
 */
#ifndef IOVTOOL_TRANSFER_ENGINE_H
#define IOVTOOL_TRANSFER_ENGINE_H

#include "segment/files.h"
#include "segment/vector.h"
#include "transfer/plan.h"
#include "transfer/reader.h"

struct engine_job {
    const struct vector *vector;
    struct files *files;
    const struct sink *sinks;
    uint32_t sink_count;
    const GArray *steps;
    enum slice_shortage shortage; /* for streams that end early */
    unsigned reader_flags;
    bool find_zeros;  /* blocks of zeros in the data become holes, where the destination is fresh */
    bool write_zeros; /* zeros are written like any other bytes: no holes are made or kept */
    bool fixed_room;  /* the sinks are bounded: more bytes than they take are an error */
    bool zerocopy;    /* large pieces to a socket are sent by MSG_ZEROCOPY */
    /* Called now and then, and whenever a signal interrupts; NULL: never. */
    void (*tick)(void *context, uint64_t done);
    /* Waits until poll() of the sink, the only one, has one of `events`, or an error to tell; false
     * sets *error. NULL: for ever. */
    bool (*wait)(void *context, short events, GError **error);
    /* How long nothing may move where `wait` cannot tell, in microseconds; 0: for ever. */
    uint64_t time_limit;
    /* Waits until a stream that is a source can be read. NULL: read() waits. */
    bool (*await)(void *context, int fd, GError **error);
    /* Sees the first `length` bytes of the elements, which have just been written. NULL: nobody. */
    void (*written)(void *context, const struct iovec *iov, unsigned count, size_t length);
    void *context;
    /* What a device cannot read is zeros, and this is told; needs READER_NO_MAP, and a plan without
     * offload. NULL: it is an error. */
    unreadable_fn *unreadable;
    void *unreadable_context;
};

/*
 * Runs the steps. Fails with IOVTOOL_ERROR_SOURCE or _RANGE; *done is in any case how many bytes of
 * the vector have reached their destination. Fresh files have their final size afterwards.
 */
bool engine_run(const struct engine_job *job, uint64_t *done, GError **error);

#endif
