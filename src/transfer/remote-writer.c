/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "transfer/remote-writer.h"

#include <string.h>

#include "core/page-buffer.h"
#include "segment/error.h"

/* Requests that are remembered at once, whatever the remotes take. */
#define PARCELS 1024u

/* Pieces that bytes and zeros are cut into, at multiples of their size; the first as large as the
 * good block of the remote, if that is not too much to hold. */
#define PIECE (256u * 1024u)
#define PIECE_MAX (4u * 1024u * 1024u)
#define ZERO_PIECE (32u * 1024u * 1024u)

/* Shorter runs of zeros are sent as bytes. */
#define LEAST_ZEROS 4096u

/* Bytes that follow each other in a remote, and the request that writes them. */
struct parcel {
    struct remote_target target; /* of the first byte */
    uint64_t length;
    uint64_t border;               /* where it has to end, in the remote */
    size_t buffer_size;            /* 0: they are zeros */
    struct remote_request request; /* for the whole blocks that they lie in */
};

struct remote_writer {
    struct parcel *parcels; /* a ring of PARCELS: they were submitted */
    size_t first;
    size_t count;
    uint64_t held;      /* bytes of their buffers */
    struct parcel open; /* being gathered; no length: there is none */
    GPtrArray *spare;   /* buffers of PIECE */
};

static void free_buffer(void *buffer)
{
    page_buffer_free(buffer);
}

struct remote_writer *remote_writer_new(void)
{
    struct remote_writer *writer = g_new0(struct remote_writer, 1);
    writer->parcels = g_new0(struct parcel, PARCELS);
    writer->spare = g_ptr_array_new_with_free_func(free_buffer);
    return writer;
}

static struct parcel *parcel_at(const struct remote_writer *writer, size_t index)
{
    return &writer->parcels[(writer->first + index) % PARCELS];
}

static uint64_t end_of(const struct remote_target *target, uint64_t length)
{
    return target->offset + length;
}

/* ---- Buffers ---- */

static uint8_t *take_buffer(struct remote_writer *writer, size_t size)
{
    return size == PIECE && writer->spare->len > 0
               ? g_ptr_array_steal_index_fast(writer->spare, writer->spare->len - 1)
               : page_buffer_new(size);
}

static void give_buffer(struct remote_writer *writer, struct parcel *parcel)
{
    if (parcel->buffer_size == PIECE) {
        g_ptr_array_add(writer->spare, parcel->request.bytes);
    } else if (parcel->buffer_size > 0) {
        page_buffer_free(parcel->request.bytes);
    }
    parcel->request.bytes = NULL;
    parcel->buffer_size = 0;
}

/* ---- Waiting ---- */

/* Nothing is sure before a flush when the server went away. */
static bool fail(const struct remote_target *target, const struct remote_request *request,
                 GError **error)
{
    const struct remote *remote = target->remote;
    g_autofree char *message = NULL;
    const int code = remote_explain(remote, request, &message);
    const bool gone = code == IOVTOOL_ERROR_PEER || code == IOVTOOL_ERROR_TIME;
    g_set_error(error, IOVTOOL_ERROR, code, "%s: %s%s", target->name, message,
                gone && remote->facts.can_flush ? "; nothing was flushed" : "");
    return false;
}

/* Forgets the oldest parcels as far as they are written. */
static bool reap(struct remote_writer *writer, GError **error)
{
    while (writer->count > 0 && parcel_at(writer, 0)->request.done) {
        struct parcel *parcel = parcel_at(writer, 0);
        if (parcel->request.problem != 0) {
            return fail(&parcel->target, &parcel->request, error);
        }
        writer->held -= parcel->buffer_size;
        give_buffer(writer, parcel);
        writer->first = (writer->first + 1) % PARCELS;
        writer->count--;
    }
    return true;
}

/* Waits until at most `most` parcels and `held` bytes are left. */
static bool wait_for_room(struct remote_writer *writer, size_t most, uint64_t held, GError **error)
{
    bool ok = reap(writer, error);
    while (ok && (writer->count > most || writer->held > held)) {
        const struct parcel *oldest = parcel_at(writer, 0);
        remote_wait(oldest->target.remote, &oldest->request);
        ok = reap(writer, error);
    }
    return ok;
}

/* A request for bytes that are on their way has to wait for them. */
static bool wait_for_overlapping(struct remote_writer *writer, const struct parcel *parcel,
                                 GError **error)
{
    const uint64_t start = parcel->request.offset;
    const uint64_t end = start + parcel->request.length;
    for (size_t i = writer->count; i > 0; i--) {
        const struct parcel *other = parcel_at(writer, i - 1);
        if (other->target.remote->identity == parcel->target.remote->identity &&
            other->request.offset < end && other->request.offset + other->request.length > start) {
            return wait_for_room(writer, writer->count - i, UINT64_MAX, error);
        }
    }
    return true;
}

static bool submit(const struct remote_target *target, struct remote_request *request,
                   GError **error)
{
    struct remote *remote = target->remote;
    while (!remote_submit(remote, request)) {
        if (remote->trouble != REMOTE_FINE) {
            return fail(target, NULL, error);
        }
        remote->operations->pump(remote);
    }
    return true;
}

/* ---- Sending ---- */

/* What the block at `start` has outside of the parcel comes from the remote. */
static bool fill_block(const struct parcel *parcel, uint64_t start, GError **error)
{
    const struct remote_facts *facts = &parcel->target.remote->facts;
    const uint64_t end = MIN(start + facts->least_block, facts->size);
    const uint64_t ours = MAX(parcel->target.offset, start);
    const uint64_t ours_end = MIN(end_of(&parcel->target, parcel->length), end);
    g_autoptr(PageBuffer) block = page_buffer_new((size_t)(end - start));
    uint8_t *bytes = parcel->request.bytes + (start - parcel->request.offset);
    struct remote_request request = {
        .verb = REMOTE_READ, .offset = start, .length = end - start, .bytes = block
    };
    if (!submit(&parcel->target, &request, error)) {
        return false;
    }
    remote_wait(parcel->target.remote, &request);
    if (request.problem != 0) {
        return fail(&parcel->target, &request, error);
    }
    memcpy(bytes, block, (size_t)(ours - start));
    memcpy(bytes + (ours_end - start), block + (ours_end - start), (size_t)(end - ours_end));
    return true;
}

/* Blocks at either end that the parcel does not fill. */
static bool fill_edges(const struct parcel *parcel, GError **error)
{
    const struct remote_facts *facts = &parcel->target.remote->facts;
    const struct remote_request *request = &parcel->request;
    const uint64_t end = end_of(&parcel->target, parcel->length);
    const uint64_t last = (end - 1) - (end - 1) % facts->least_block;
    const bool head = parcel->target.offset > request->offset;
    const bool tail = end < request->offset + request->length;
    return (!head || fill_block(parcel, request->offset, error)) &&
           (!tail || (head && last == request->offset) || fill_block(parcel, last, error));
}

/* Few bytes do not hold a whole buffer: thousands of them may be under way. */
static void shrink(struct remote_writer *writer, struct parcel *parcel)
{
    const size_t size = (size_t)parcel->request.length;
    if (parcel->buffer_size > 0 && size < parcel->buffer_size / 4) {
        uint8_t *bytes = page_buffer_new(size);
        memcpy(bytes, parcel->request.bytes, size);
        give_buffer(writer, parcel);
        parcel->request.bytes = bytes;
        parcel->buffer_size = size;
    }
}

/* Sends what was gathered. When that fails it stays, as not written. */
static bool send_open(struct remote_writer *writer, GError **error)
{
    struct parcel *open = &writer->open;
    if (open->length == 0) {
        return true;
    }
    const struct remote_facts *facts = &open->target.remote->facts;
    const uint64_t block = facts->least_block;
    const uint64_t end = end_of(&open->target, open->length);
    open->request.length =
        MIN((end + block - 1) / block * block, facts->size) - open->request.offset;
    if (!wait_for_overlapping(writer, open, error) ||
        (open->buffer_size > 0 && !fill_edges(open, error))) {
        return false;
    }
    shrink(writer, open);
    const uint64_t room = REMOTE_BEHIND - MIN(open->buffer_size, REMOTE_BEHIND);
    if (!wait_for_room(writer, PARCELS - 1, room, error)) {
        return false;
    }
    struct parcel *sent = parcel_at(writer, writer->count);
    *sent = *open;
    if (!submit(&sent->target, &sent->request, error)) {
        return false;
    }
    *open = (struct parcel){ .length = 0 };
    writer->count++;
    writer->held += sent->buffer_size;
    return reap(writer, error);
}

/* ---- Gathering ---- */

static uint64_t piece_size(const struct remote_facts *facts)
{
    const uint64_t block = facts->least_block;
    const uint64_t wish = facts->good_block <= PIECE_MAX ? MAX(facts->good_block, PIECE) : PIECE;
    return MIN(MAX(wish / block * block, block), facts->most_bytes);
}

static void open_parcel(struct remote_writer *writer, const struct remote_target *target,
                        bool zeros)
{
    const struct remote_facts *facts = &target->remote->facts;
    const uint64_t offset = target->offset;
    const uint64_t piece =
        zeros ? ZERO_PIECE / facts->least_block * facts->least_block : piece_size(facts);
    const uint64_t start = offset - offset % facts->least_block;
    const uint64_t border = offset - offset % piece + piece;
    writer->open = (struct parcel){
        .target = *target,
        .border = MIN(border, facts->size),
        .buffer_size = zeros ? 0 : (size_t)piece,
        .request = { .verb = zeros ? REMOTE_ZERO : REMOTE_WRITE, .offset = start },
    };
    writer->open.request.bytes = zeros ? NULL : take_buffer(writer, (size_t)piece);
}

static bool goes_on(const struct parcel *open, const struct remote_target *target, bool zeros)
{
    return open->length > 0 && open->target.remote == target->remote &&
           open->target.name == target->name && (open->buffer_size == 0) == zeros &&
           end_of(&open->target, open->length) == target->offset && target->offset < open->border;
}

/* Takes bytes (NULL: zeros, by memset) or, with `as_zeros`, zeros that are no bytes. */
static bool gather(struct remote_writer *writer, struct remote_target target, const uint8_t *bytes,
                   uint64_t length, bool as_zeros, GError **error)
{
    struct parcel *open = &writer->open;
    while (length > 0) {
        if (!goes_on(open, &target, as_zeros)) {
            if (!send_open(writer, error)) {
                return false;
            }
            open_parcel(writer, &target, as_zeros);
        }
        const uint64_t size = MIN(open->border - target.offset, length);
        uint8_t *to =
            as_zeros ? NULL : open->request.bytes + (target.offset - open->request.offset);
        if (to && bytes) {
            memcpy(to, bytes, (size_t)size);
            bytes += size;
        } else if (to) {
            memset(to, 0, (size_t)size);
        }
        open->length += size;
        target.offset += size;
        target.position += size;
        length -= size;
        if (target.offset == open->border && !send_open(writer, error)) {
            return false;
        }
    }
    return true;
}

/* Zeros: whole blocks as such, when they are many; the rest as bytes. */
static bool gather_zeros(struct remote_writer *writer, struct remote_target target, uint64_t length,
                         GError **error)
{
    const struct remote_facts *facts = &target.remote->facts;
    const uint64_t block = facts->least_block;
    const uint64_t end = end_of(&target, length);
    const uint64_t start = MIN((target.offset + block - 1) / block * block, end);
    const uint64_t stop = end == facts->size ? end : MAX(end - end % block, start);
    if (!facts->can_zero || block > ZERO_PIECE || stop - start < MAX(LEAST_ZEROS, block)) {
        return gather(writer, target, NULL, length, false, error);
    }
    const uint64_t head = start - target.offset;
    const struct remote_target middle = { target.remote, target.name, start,
                                          target.position + head };
    const struct remote_target tail = { target.remote, target.name, stop,
                                        target.position + (stop - target.offset) };
    return gather(writer, target, NULL, head, false, error) &&
           gather(writer, middle, NULL, stop - start, true, error) &&
           gather(writer, tail, NULL, end - stop, false, error);
}

bool remote_writer_put(struct remote_writer *writer, const struct remote_target *target,
                       const uint8_t *bytes, uint64_t length, GError **error)
{
    return bytes ? gather(writer, *target, bytes, length, false, error)
                 : gather_zeros(writer, *target, length, error);
}

/* ---- The end ---- */

bool remote_writer_settle(struct remote_writer *writer, GError **error)
{
    return send_open(writer, error) && wait_for_room(writer, 0, 0, error);
}

static void wait_for_all(const struct remote_writer *writer)
{
    for (size_t i = 0; i < writer->count; i++) {
        const struct parcel *parcel = parcel_at(writer, i);
        remote_wait(parcel->target.remote, &parcel->request);
    }
}

uint64_t remote_writer_sure(struct remote_writer *writer, uint64_t done)
{
    wait_for_all(writer);
    if (writer->open.length > 0) {
        done = MIN(done, writer->open.target.position);
    }
    for (size_t i = 0; i < writer->count; i++) {
        const struct parcel *parcel = parcel_at(writer, i);
        done = parcel->request.problem != 0 ? MIN(done, parcel->target.position) : done;
    }
    return done;
}

void remote_writer_free(struct remote_writer *writer)
{
    if (!writer) {
        return;
    }
    wait_for_all(writer);
    for (size_t i = 0; i < writer->count; i++) {
        give_buffer(writer, parcel_at(writer, i));
    }
    give_buffer(writer, &writer->open);
    g_ptr_array_unref(writer->spare);
    g_free(writer->parcels);
    g_free(writer);
}

bool remote_flush(struct remote *remote, const char *name, GError **error)
{
    const struct remote_target target = { .remote = remote, .name = name };
    struct remote_request request = { .verb = REMOTE_FLUSH };
    if (!submit(&target, &request, error)) {
        return false;
    }
    remote_wait(remote, &request);
    return request.problem == 0 || fail(&target, &request, error);
}

bool remote_is_writable(const struct remote *remote, const char *name, bool sync, GError **error)
{
    const char *problem = remote->facts.read_only ? "the export is read-only"
                          : sync && !remote->facts.can_flush
                              ? "the server cannot flush, as --fsync wants"
                              : NULL;
    if (problem) {
        g_set_error(error, IOVTOOL_ERROR, IOVTOOL_ERROR_SOURCE, "%s: %s", name, problem);
    }
    return !problem;
}
