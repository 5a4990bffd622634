/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "transfer/messages.h"

#include <inttypes.h>
#include <string.h>

#include "segment/describe.h"
#include "segment/error.h"
#include "transfer/message-batch.h"
#include "transfer/reader.h"

/* What cuts the bytes of the vector, window by window, into messages. */
struct cutter {
    const struct messages_job *job;
    struct reader *reader;
    struct batch *batch;
    size_t segment; /* per_segment: the one whose bytes the current message has */
    bool begun;     /* the current message has bytes */
    bool split_off; /* a message before it has bytes of the same segment, or vector */
};

static bool too_long(const struct messages_job *job, uint64_t length, GError **error)
{
    g_set_error(error, IOVTOOL_ERROR, IOVTOOL_ERROR_PEER,
                "%s: a message of %" PRIu64 " bytes is longer than the %" PRIu64
                " that the socket takes",
                job->name, length, job->longest);
    return false;
}

/* Refuses what is known to be too long before anything is sent. */
static bool check_lengths(const struct messages_job *job, GError **error)
{
    const struct vector *vector = job->vector;
    const bool cut = job->split <= job->longest;
    if (cut) {
        return true;
    }
    if (!job->per_segment) {
        const uint64_t known = MIN(vector->length, vector->pending_limit);
        return vector->pending_skip > 0 || known <= job->longest || too_long(job, known, error);
    }
    for (size_t i = 0; i < vector_count(vector); i++) {
        const struct segment *segment = vector_segment(vector, i);
        if (!segment_open_ended(segment) && segment->length > job->longest) {
            return too_long(job, segment->length, error);
        }
    }
    return true;
}

static bool end_message(struct cutter *cutter, bool split_off, GError **error)
{
    cutter->begun = false;
    cutter->split_off = split_off;
    return batch_end_message(cutter->batch, error);
}

/* Ends what is to be one message, or several by splitting. No bytes at all are an empty message. */
static bool end_whole(struct cutter *cutter, GError **error)
{
    if (cutter->split_off && !cutter->begun) {
        cutter->split_off = false;
        return true;
    }
    return end_message(cutter, false, error);
}

/* Adds bytes to the current message, and ends it as often as it reaches the size to split at. */
static bool add_bytes(struct cutter *cutter, const uint8_t *bytes, size_t length, GError **error)
{
    const struct messages_job *job = cutter->job;
    while (length > 0) {
        const uint64_t open = batch_open_length(cutter->batch);
        const size_t piece = (size_t)MIN((uint64_t)length, job->split - open);
        if (open + piece > job->longest) {
            return too_long(job, open + piece, error);
        }
        if (!batch_add(cutter->batch, bytes, piece, error)) {
            return false;
        }
        cutter->begun = true;
        bytes += piece;
        length -= piece;
        if (open + piece == job->split && !end_message(cutter, true, error)) {
            return false;
        }
    }
    return true;
}

/* Ends the messages of the segments before `index`. */
static bool reach_segment(struct cutter *cutter, size_t index, GError **error)
{
    for (; cutter->segment < index; cutter->segment++) {
        if (!end_whole(cutter, error)) {
            return false;
        }
    }
    return true;
}

/* What is ready goes out before a source is waited for. */
static enum reader_status next_window(struct cutter *cutter, struct window *window, GError **error)
{
    if (reader_may_wait(cutter->reader) && !batch_flush(cutter->batch, error)) {
        return READER_FAILED;
    }
    return reader_next(cutter->reader, window, error);
}

static bool cut_all(struct cutter *cutter, GError **error)
{
    const struct messages_job *job = cutter->job;
    enum reader_status status;
    struct window window;
    while ((status = next_window(cutter, &window, error)) == READER_WINDOW) {
        if (job->per_segment && !reach_segment(cutter, window.segment, error)) {
            return false;
        }
        if (!add_bytes(cutter, window.iov.iov_base, window.iov.iov_len, error)) {
            return false;
        }
    }
    return status == READER_END;
}

static bool end_all(struct cutter *cutter, GError **error)
{
    return cutter->job->per_segment
               ? reach_segment(cutter, vector_count(cutter->job->vector), error)
               : end_whole(cutter, error);
}

bool messages_send(const struct messages_job *job, struct messages_sent *sent, GError **error)
{
    *sent = (struct messages_sent){ 0, 0 };
    if (!check_lengths(job, error)) {
        return false;
    }
    struct cutter cutter = {
        .job = job,
        .reader =
            reader_new(job->vector, job->files,
                       job->reader_flags | (job->per_segment ? READER_SPLIT : 0), job->shortage),
    };
    cutter.batch = batch_new(job, cutter.reader);
    const bool ok =
        cut_all(&cutter, error) && end_all(&cutter, error) && batch_flush(cutter.batch, error);
    *sent = batch_sent(cutter.batch);
    batch_free(cutter.batch);
    reader_free(cutter.reader);
    return ok;
}
