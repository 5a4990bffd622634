/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "transfer/remote-ahead.h"

#include <string.h>

#include "core/page-buffer.h"
#include "segment/describe.h"
#include "segment/error.h"
#include "segment/files.h"
#include "source/remote.h"
#include "transfer/remote-extents.h"
#include "transfer/source-trouble.h"

/* Requests that are planned at once, whatever the remotes take. */
#define FETCHES 1024u

/* The first piece is shorter, so that the first row of a dump need not wait for much. */
#define FIRST_PIECE (64u * 1024u)

/* Shorter segments are read without a question for zeros, and shorter runs of zeros are read. */
#define LEAST_ASKED (64u * 1024u)
#define LEAST_ZEROS 4096u

/* Buffers of whole pieces are used again. */
#define BUFFER_SIZE REMOTE_PIECE

/* Bytes of a file that follow each other in the vector: one request, or zeros. */
struct fetch {
    struct remote_place start;
    struct remote_place end; /* behind the last byte; in the segment of that */
    struct file *file;
    uint64_t offset; /* in the file, of `start` */
    uint64_t length;
    bool zeros;
    bool submitted;
    size_t buffer_size;
    struct remote_request request; /* for the whole blocks that the bytes lie in */
};

struct remote_ahead {
    const struct vector *vector;
    struct fetch *fetches; /* a ring of FETCHES */
    size_t first;
    size_t count;
    uint64_t held;              /* bytes of their buffers */
    struct remote_place cursor; /* where planning goes on */
    bool began;
    struct remote_extents *extents; /* of `extents_file`, or NULL */
    const struct file *extents_file;
    uint64_t extents_offset; /* the latest asked of them */
    bool waits_for_extents;
    unreadable_fn *unreadable; /* NULL: what cannot be read is an error */
    void *unreadable_context;
    GPtrArray *spare; /* buffers of BUFFER_SIZE */
};

static void free_buffer(void *buffer)
{
    page_buffer_free(buffer);
}

struct remote_ahead *remote_ahead_new(const struct vector *vector)
{
    struct remote_ahead *ahead = g_new0(struct remote_ahead, 1);
    ahead->vector = vector;
    ahead->fetches = g_new0(struct fetch, FETCHES);
    ahead->spare = g_ptr_array_new_with_free_func(free_buffer);
    return ahead;
}

void remote_ahead_on_unreadable(struct remote_ahead *ahead, unreadable_fn *unreadable,
                                void *context)
{
    ahead->unreadable = unreadable;
    ahead->unreadable_context = context;
}

static struct fetch *fetch_at(const struct remote_ahead *ahead, size_t index)
{
    return &ahead->fetches[(ahead->first + index) % FETCHES];
}

static bool is_before(struct remote_place a, struct remote_place b)
{
    return a.index < b.index || (a.index == b.index && a.within < b.within);
}

static const struct segment *segment_at(const struct remote_ahead *ahead, size_t index)
{
    return vector_segment(ahead->vector, index);
}

/* ---- Buffers ---- */

static uint8_t *take_buffer(struct remote_ahead *ahead, size_t size)
{
    if (size > BUFFER_SIZE / 2 && size <= BUFFER_SIZE && ahead->spare->len > 0) {
        return g_ptr_array_steal_index_fast(ahead->spare, ahead->spare->len - 1);
    }
    return page_buffer_new(size > BUFFER_SIZE / 2 ? MAX(size, BUFFER_SIZE) : size);
}

static void give_buffer(struct remote_ahead *ahead, uint8_t *buffer, size_t size)
{
    if (size > BUFFER_SIZE / 2 && size <= BUFFER_SIZE) {
        g_ptr_array_add(ahead->spare, buffer);
    } else {
        page_buffer_free(buffer);
    }
}

/* A fetch may be dropped while it is under way: its memory is not ours before that ends. */
static void drop_first(struct remote_ahead *ahead)
{
    struct fetch *fetch = fetch_at(ahead, 0);
    if (fetch->submitted) {
        remote_wait(fetch->file->remote, &fetch->request);
    }
    if (!fetch->zeros) {
        give_buffer(ahead, fetch->request.bytes, fetch->buffer_size);
        ahead->held -= fetch->buffer_size;
    }
    ahead->first = (ahead->first + 1) % FETCHES;
    ahead->count--;
}

void remote_ahead_release(struct remote_ahead *ahead, struct remote_place place)
{
    while (ahead->count > 0) {
        const struct fetch *fetch = fetch_at(ahead, 0);
        const bool passed = fetch->end.index < place.index ||
                            (fetch->end.index == place.index && fetch->end.within <= place.within);
        if (!passed) {
            return;
        }
        drop_first(ahead);
    }
}

static void drop_all(struct remote_ahead *ahead)
{
    while (ahead->count > 0) {
        drop_first(ahead);
    }
}

/* Nobody waits for the answers any more: that must not take long. */
static void drain(const struct remote_ahead *ahead)
{
    for (size_t i = 0; i < ahead->count; i++) {
        const struct fetch *fetch = fetch_at(ahead, i);
        if (fetch->submitted && !fetch->request.done) {
            fetch->file->remote->operations->drain(fetch->file->remote);
        }
    }
    if (ahead->extents_file) {
        ahead->extents_file->remote->operations->drain(ahead->extents_file->remote);
    }
}

void remote_ahead_free(struct remote_ahead *ahead)
{
    if (!ahead) {
        return;
    }
    drain(ahead);
    drop_all(ahead);
    remote_extents_free(ahead->extents);
    g_ptr_array_unref(ahead->spare);
    g_free(ahead->fetches);
    g_free(ahead);
}

/* ---- Planning ---- */

/* Moves the cursor to the next byte of a remote segment. */
static bool find_remote(struct remote_ahead *ahead)
{
    struct remote_place *cursor = &ahead->cursor;
    for (; cursor->index < vector_count(ahead->vector); cursor->index++, cursor->within = 0) {
        const struct segment *segment = segment_at(ahead, cursor->index);
        if (segment->kind == SEGMENT_REMOTE && cursor->within < segment->length) {
            return true;
        }
    }
    return false;
}

static void drop_extents(struct remote_ahead *ahead)
{
    remote_extents_free(ahead->extents);
    ahead->extents = NULL;
    ahead->extents_file = NULL;
}

/* The extent at `offset`. False when it is not known yet. */
static bool look_up(struct remote_ahead *ahead, const struct segment *segment, uint64_t offset,
                    uint64_t end, struct extent *extent)
{
    *extent = (struct extent){ .start = offset, .end = end };
    if (segment->length < LEAST_ASKED || !segment->file->remote->facts.tells_extents) {
        return true;
    }
    if (ahead->extents_file != segment->file || offset < ahead->extents_offset) {
        drop_extents(ahead);
        ahead->extents = remote_extents_new(segment->file->remote);
        ahead->extents_file = segment->file;
    }
    ahead->extents_offset = offset;
    return remote_extents_at(ahead->extents, offset, end, extent);
}

/* Data reaches over runs of zeros that are too short to be worth a request of their own. */
static bool look_for_run(struct remote_ahead *ahead, const struct segment *segment, uint64_t offset,
                         uint64_t end, struct extent *run)
{
    if (!look_up(ahead, segment, offset, end, run)) {
        return false;
    }
    if (run->hole && run->end - run->start < LEAST_ZEROS) {
        run->hole = false;
    }
    return true;
}

static uint64_t piece_size(const struct remote_ahead *ahead, const struct remote *remote)
{
    const uint64_t most = remote->facts.most_bytes;
    const uint64_t block = remote->facts.least_block;
    const uint64_t piece = ahead->began ? REMOTE_PIECE : FIRST_PIECE;
    return MIN(MAX(piece / block * block, block), most);
}

/* The whole blocks that the bytes lie in. */
static void set_request(struct remote_ahead *ahead, struct fetch *fetch)
{
    const struct remote_facts *facts = &fetch->file->remote->facts;
    const uint64_t block = facts->least_block;
    const uint64_t start = fetch->offset - fetch->offset % block;
    const uint64_t stop = fetch->offset + fetch->length;
    const uint64_t end = MIN((stop + block - 1) / block * block, facts->size);
    const size_t size = (size_t)(end - start);
    fetch->buffer_size = size > BUFFER_SIZE / 2 ? MAX(size, BUFFER_SIZE) : size;
    fetch->request = (struct remote_request){
        .verb = REMOTE_READ,
        .offset = start,
        .length = size,
        .bytes = take_buffer(ahead, size),
    };
    ahead->held += fetch->buffer_size;
}

/* Segments that go on where the fetch ends are part of it as long as they are wholly so. */
static void take_neighbours(struct remote_ahead *ahead, struct fetch *fetch, uint64_t most,
                            uint64_t budget)
{
    for (size_t i = fetch->end.index + 1; i < vector_count(ahead->vector); i++) {
        const struct segment *next = segment_at(ahead, i);
        const bool goes_on = next->kind == SEGMENT_REMOTE && next->file == fetch->file &&
                             next->offset == fetch->offset + fetch->length;
        const uint64_t room = MIN(most, budget) - fetch->length;
        if (!goes_on || next->length > room || next->length >= LEAST_ASKED) {
            return;
        }
        fetch->length += next->length;
        fetch->end = (struct remote_place){ i, next->length };
    }
}

/* Plans what comes next; false when there is nothing, or one has to wait for an answer. */
static bool plan_fetch(struct remote_ahead *ahead, uint64_t budget)
{
    ahead->waits_for_extents = false;
    if (budget == 0 || !find_remote(ahead)) {
        return false;
    }
    const struct segment *segment = segment_at(ahead, ahead->cursor.index);
    const uint64_t offset = segment->offset + ahead->cursor.within;
    const uint64_t wanted = MIN(segment->length - ahead->cursor.within, budget);
    struct extent run;
    if (!look_for_run(ahead, segment, offset, offset + wanted, &run)) {
        ahead->waits_for_extents = true;
        return false;
    }
    const uint64_t piece = piece_size(ahead, segment->file->remote);
    const uint64_t border = offset - offset % piece + piece;
    const uint64_t end = run.hole ? run.end : MIN(run.end, border);
    struct fetch *fetch = fetch_at(ahead, ahead->count);
    *fetch = (struct fetch){
        .start = ahead->cursor,
        .end = { ahead->cursor.index, ahead->cursor.within + (end - offset) },
        .file = segment->file,
        .offset = offset,
        .length = end - offset,
        .zeros = run.hole,
    };
    if (!run.hole) {
        if (fetch->end.within == segment->length) {
            take_neighbours(ahead, fetch, border - offset, budget);
        }
        set_request(ahead, fetch);
        ahead->began = true;
    }
    ahead->count++;
    ahead->cursor = fetch->end;
    return true;
}

static bool submit(struct fetch *fetch)
{
    if (!fetch->zeros && !fetch->submitted) {
        fetch->submitted = remote_submit(fetch->file->remote, &fetch->request);
    }
    return fetch->zeros || fetch->submitted;
}

static uint64_t planned_bytes(const struct remote_ahead *ahead)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < ahead->count; i++) {
        sum += fetch_at(ahead, i)->length;
    }
    return sum;
}

/* The bytes of the first fetch before `place` are not planned any more: they are over. */
static void plan_ahead(struct remote_ahead *ahead, uint64_t budget)
{
    if (ahead->count > 0 && !submit(fetch_at(ahead, ahead->count - 1))) {
        return;
    }
    uint64_t planned = budget == UINT64_MAX ? 0 : planned_bytes(ahead);
    while (ahead->count < FETCHES && (ahead->held < REMOTE_AHEAD || ahead->count == 0) &&
           planned < budget && plan_fetch(ahead, budget - planned)) {
        const struct fetch *fetch = fetch_at(ahead, ahead->count - 1);
        planned += budget == UINT64_MAX ? 0 : fetch->length;
        if (!submit(fetch_at(ahead, ahead->count - 1))) {
            return;
        }
    }
}

/* ---- Taking ---- */

static bool fail(const struct remote_ahead *ahead, size_t index, const struct remote *remote,
                 const struct remote_request *request, GError **error)
{
    g_autofree char *message = NULL;
    const int code = remote_explain(remote, request, &message);
    g_autoptr(GString) name = g_string_new(NULL);
    segment_describe_short(name, segment_at(ahead, index));
    g_set_error(error, IOVTOOL_ERROR, code, "%s: %s", name->str, message);
    return false;
}

static struct fetch *find_fetch(const struct remote_ahead *ahead, struct remote_place place)
{
    for (size_t i = 0; i < ahead->count; i++) {
        struct fetch *fetch = fetch_at(ahead, i);
        if (is_before(place, fetch->start)) {
            return NULL;
        }
        if (is_before(place, fetch->end)) {
            return fetch;
        }
    }
    return NULL;
}

bool remote_ahead_waits(const struct remote_ahead *ahead, struct remote_place place)
{
    const struct fetch *fetch = find_fetch(ahead, place);
    return !fetch || !(fetch->zeros || (fetch->submitted && fetch->request.done));
}

/* Plans until the bytes at `place` are part of it. False when a remote has trouble. */
static struct fetch *plan_place(struct remote_ahead *ahead, struct remote_place place,
                                uint64_t budget)
{
    struct remote *remote = segment_at(ahead, place.index)->file->remote;
    remote_ahead_release(ahead, place);
    if (ahead->count > 0 && is_before(place, fetch_at(ahead, 0)->start)) {
        drop_all(ahead); /* the cursor was set back */
    }
    if (ahead->count == 0) {
        ahead->cursor = place;
    }
    plan_ahead(ahead, budget);
    struct fetch *fetch;
    while (!(fetch = find_fetch(ahead, place)) || !submit(fetch)) {
        if (remote->trouble != REMOTE_FINE) {
            return NULL;
        }
        if (!fetch && ahead->waits_for_extents) {
            remote_extents_wait(ahead->extents);
        } else {
            remote->operations->pump(remote);
        }
        plan_ahead(ahead, budget);
    }
    return fetch;
}

/* Submits the request as soon as it is taken, and waits for its end. False when the remote has
 * trouble. */
static bool request_now(struct remote *remote, struct remote_request *request)
{
    while (!remote_submit(remote, request)) {
        if (remote->trouble != REMOTE_FINE) {
            return false;
        }
        remote->operations->pump(remote);
    }
    remote_wait(remote, request);
    return remote->trouble == REMOTE_FINE;
}

/* Zeros for a block, of which those bytes are told that belong to the fetch. */
static void give_up(const struct remote_ahead *ahead, const struct fetch *fetch,
                    const struct remote_request *block)
{
    const uint64_t start = MAX(block->offset, fetch->offset);
    const uint64_t end = MIN(block->offset + block->length, fetch->offset + fetch->length);
    memset(block->bytes, 0, (size_t)block->length);
    if (start < end) {
        ahead->unreadable(ahead->unreadable_context, fetch->file, start, end - start);
    }
}

/* A request for many blocks fails as a whole: those that can be read are found one by one. False
 * when some fail for another reason than the device; the request then says why. */
static bool read_by_blocks(const struct remote_ahead *ahead, struct fetch *fetch)
{
    struct remote *remote = fetch->file->remote;
    struct remote_request *whole = &fetch->request;
    const uint64_t size = MAX(SOURCE_ERROR_BLOCK, (uint64_t)remote->facts.least_block);
    const uint64_t end = whole->offset + whole->length;
    for (uint64_t at = whole->offset; at < end;) {
        const uint64_t next = MIN(at - at % size + size, end);
        struct remote_request block = {
            .verb = REMOTE_READ,
            .offset = at,
            .length = next - at,
            .bytes = whole->bytes + (at - whole->offset),
        };
        if (!request_now(remote, &block) ||
            (block.problem != 0 && !source_is_device_trouble(block.problem))) {
            whole->problem = block.problem;
            return false;
        }
        if (block.problem != 0) {
            give_up(ahead, fetch, &block);
        }
        at = next;
    }
    whole->problem = 0;
    return true;
}

static bool has_bytes(const struct remote_ahead *ahead, struct fetch *fetch)
{
    const int problem = fetch->request.problem;
    return problem == 0 ||
           (ahead->unreadable && source_is_device_trouble(problem) &&
            fetch->file->remote->trouble == REMOTE_FINE && read_by_blocks(ahead, fetch));
}

bool remote_ahead_take(struct remote_ahead *ahead, struct remote_place place, uint64_t budget,
                       struct remote_bytes *bytes, GError **error)
{
    const struct segment *segment = segment_at(ahead, place.index);
    struct fetch *fetch = plan_place(ahead, place, budget);
    if (!fetch) {
        return fail(ahead, place.index, segment->file->remote, NULL, error);
    }
    const uint64_t offset = segment->offset + place.within;
    const uint64_t in_fetch = fetch->offset + fetch->length - offset;
    bytes->length = MIN(in_fetch, segment->length - place.within);
    bytes->bytes = NULL;
    if (!fetch->zeros) {
        while (!fetch->request.done) {
            fetch->file->remote->operations->pump(fetch->file->remote);
            plan_ahead(ahead, budget);
        }
        if (!has_bytes(ahead, fetch)) {
            return fail(ahead, place.index, fetch->file->remote, &fetch->request, error);
        }
        bytes->bytes = fetch->request.bytes + (offset - fetch->request.offset);
    }
    return true;
}
