/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "command/patch-check.h"

#include <inttypes.h>
#include <string.h>

#include "segment/files.h"
#include "segment/vector.h"
#include "transfer/reader.h"

/*
 * Pieces so near to each other are read with what lies between them: that costs less than another
 * call of the kernel.
 */
#define READ_THROUGH 2048u

/* ---- What the file has ---- */

/* Where the bytes that are read go: `skip` of them nowhere, the next `take` to `to` unless that is
 * NULL; they are compared with those at `with` unless that is. */
struct gather {
    const struct changes *changes;
    guint next;   /* piece */
    uint64_t end; /* of the piece before, in the file */
    uint64_t skip;
    uint64_t take;
    uint8_t *to;
    const uint8_t *with; /* NULL: they are not compared */
    bool differ;         /* from those at `with` */
    uint64_t size;       /* of the file */
};

static uint64_t present_length(uint64_t offset, uint64_t length, uint64_t size)
{
    return offset < size ? MIN(length, size - offset) : 0;
}

static const struct change_piece *piece_at(const struct changes *changes, guint index)
{
    return &g_array_index(changes->pieces, struct change_piece, index);
}

/* Whether the piece is read with the one before it. */
static bool is_near(uint64_t end, const struct change_piece *piece)
{
    return end > 0 && piece->offset - end <= READ_THROUGH;
}

static void gather_taken(struct gather *gather, const uint8_t *bytes, size_t length)
{
    if (gather->with) {
        gather->differ |= memcmp(gather->with, bytes, length) != 0;
        gather->with += length;
    }
    if (gather->to) {
        memcpy(gather->to, bytes, length);
        gather->to += length;
    }
}

static void gather_bytes(struct gather *gather, const uint8_t *bytes, uint64_t length)
{
    while (length > 0 && !gather->differ) {
        if (gather->skip == 0 && gather->take == 0) {
            const struct change_piece *piece = piece_at(gather->changes, gather->next++);
            gather->skip = is_near(gather->end, piece) ? piece->offset - gather->end : 0;
            gather->take = present_length(piece->offset, piece->length, gather->size);
            gather->end = piece->offset + piece->length;
        }
        const uint64_t skipped = MIN(gather->skip, length);
        const uint64_t taken = MIN(gather->take, length - skipped);
        gather_taken(gather, bytes + skipped, (size_t)taken);
        gather->skip -= skipped;
        gather->take -= taken;
        bytes += skipped + taken;
        length -= skipped + taken;
    }
}

/* Ranges of the file that hold all of the pieces that lie in it. */
static bool append_ranges(struct vector *vector, const struct patch_target *target,
                          const struct changes *changes, size_t *present, GError **error)
{
    struct segment range = { .kind = file_segment_kind(target->file), .file = target->file };
    uint64_t end = 0;
    for (guint i = 0; i < changes->pieces->len; i++) {
        const struct change_piece *piece = piece_at(changes, i);
        const uint64_t length = present_length(piece->offset, piece->length, target->size);
        if (length == 0) {
            break;
        }
        if (range.length > 0 && !is_near(end, piece)) {
            if (!vector_append(vector, &range, error)) {
                return false;
            }
            range.length = 0;
        }
        range.offset = range.length > 0 ? range.offset : piece->offset;
        range.length = piece->offset + length - range.offset;
        end = piece->offset + piece->length;
        *present += (size_t)length;
    }
    return range.length == 0 || vector_append(vector, &range, error);
}

/* Never mapped: the pages of a mapping would count as memory, in proportion to the file. */
static bool read_ranges(const struct patch_target *target, const struct vector *vector,
                        struct gather *gather, GError **error)
{
    struct reader *reader = reader_new(vector, target->files, READER_NO_MAP, SLICE_EXACT);
    struct window window;
    enum reader_status status;
    while ((status = reader_next(reader, &window, error)) == READER_WINDOW && !gather->differ) {
        gather_bytes(gather, window.iov.iov_base, window.length);
    }
    reader_free(reader);
    return status != READER_FAILED;
}

/* *same tells whether the bytes in the file are the new ones. */
static bool read_pieces(const struct patch_target *target, const struct changes *changes, bool keep,
                        struct patch_finding *finding, bool *same, GError **error)
{
    struct vector *vector = vector_new();
    finding->current = keep ? g_malloc0(MAX(changes->length, 1)) : NULL;
    struct gather gather = {
        .changes = changes,
        .to = finding->current,
        .with = keep ? NULL : changes->new_bytes,
        .size = target->size,
    };
    const bool ok = append_ranges(vector, target, changes, &finding->present, error) &&
                    read_ranges(target, vector, &gather, error);
    *same = ok && (keep ? memcmp(finding->current, changes->new_bytes, finding->present) == 0
                        : !gather.differ);
    vector_free(vector);
    return ok;
}

static bool read_tail(const struct patch_target *target, const struct change_tail *tail,
                      struct patch_finding *finding, GError **error)
{
    struct vector *vector = vector_new();
    const struct segment range = {
        .kind = file_segment_kind(target->file),
        .file = target->file,
        .offset = tail->offset,
        .length = present_length(tail->offset, tail->bytes->len, target->size),
    };
    finding->tail = g_byte_array_new();
    g_byte_array_set_size(finding->tail, (guint)range.length);
    struct gather gather = { .take = range.length, .to = finding->tail->data };
    const bool ok = range.length == 0 || (vector_append(vector, &range, error) &&
                                          read_ranges(target, vector, &gather, error));
    vector_free(vector);
    return ok;
}

/* ---- What the patch asks for ---- */

static void start_problem(struct patch_finding *finding, uint64_t offset)
{
    finding->problem = g_string_new(NULL);
    g_string_append_printf(finding->problem, "at 0x%" PRIx64 " (%" PRIu64 ") ", offset, offset);
}

static bool is_known(const struct changes *changes, size_t i)
{
    return changes->old_bytes && (!changes->known || changes->known[i]);
}

static bool fits(const struct changes *changes, const struct patch_finding *finding, size_t i)
{
    const uint8_t byte = finding->current[i];
    return !is_known(changes, i) || byte == changes->old_bytes[i] ||
           (changes->is_undo && byte == changes->new_bytes[i]);
}

/* The first byte that is not what the patch says. */
static void check_bytes(const struct changes *changes, struct patch_finding *finding)
{
    for (size_t i = 0; changes->old_bytes && i < changes->length; i++) {
        if (fits(changes, finding, i)) {
            continue;
        }
        start_problem(finding, changes_offset(changes, i));
        g_string_append_printf(finding->problem, "the patch expects %02x, but the file ",
                               changes->old_bytes[i]);
        if (i >= finding->present) {
            g_string_append(finding->problem, "ends before");
        } else {
            g_string_append_printf(finding->problem, "has %02x%s", finding->current[i],
                                   finding->current[i] == changes->new_bytes[i]
                                       ? ", which is what the patch makes of it"
                                       : "");
        }
        return;
    }
}

static void check_end(const struct patch_target *target, const struct changes *changes,
                      struct patch_finding *finding)
{
    const bool may_grow = target->may_grow && changes->tail.kind == TAIL_NONE;
    if (finding->present == changes->length || may_grow) {
        return;
    }
    start_problem(finding, changes_offset(changes, finding->present));
    g_string_append_printf(finding->problem,
                           "the patch has %02x, but the file has only %" PRIu64 " bytes%s",
                           changes->new_bytes[finding->present], target->size,
                           target->is_regular ? "; --extend lets it grow" : "");
}

static void wrong_size(struct patch_finding *finding, uint64_t expected, uint64_t size)
{
    finding->problem = g_string_new(NULL);
    g_string_append_printf(finding->problem,
                           "the patch is for a file of %" PRIu64 " bytes, but it has %" PRIu64,
                           expected, size);
}

/* Bytes that both have have to agree; then the file has to end where the patch says. */
static void check_tail(const struct patch_target *target, const struct changes *changes,
                       struct patch_finding *finding)
{
    const struct change_tail *tail = &changes->tail;
    const bool whole = changes->is_undo || tail->kind == TAIL_REMOVED;
    for (guint i = 0; whole && i < finding->tail->len; i++) {
        if (finding->tail->data[i] != tail->bytes->data[i]) {
            start_problem(finding, tail->offset + i);
            g_string_append_printf(finding->problem,
                                   "the patch expects %02x, but the file has %02x",
                                   tail->bytes->data[i], finding->tail->data[i]);
            return;
        }
    }
    const uint64_t shorter = tail->offset;
    const uint64_t longer = tail->offset + tail->bytes->len;
    const uint64_t size = target->size;
    const uint64_t expected = tail->kind == TAIL_ADDED ? shorter : longer;
    if (size != expected && !(changes->is_undo && size >= shorter && size <= longer)) {
        wrong_size(finding, expected, size);
    }
}

/* Those that the patch names; a tail says more, and was looked at before. */
static void check_size(const struct patch_target *target, const struct changes *changes,
                       struct patch_finding *finding)
{
    const bool tells = changes->any_size[0] && changes->tail.kind == TAIL_NONE;
    if (tells && changes->sizes[0] != target->size) {
        wrong_size(finding, changes->sizes[0], target->size);
    }
}

static uint64_t size_after(const struct patch_target *target, const struct changes *changes)
{
    const struct change_tail *tail = &changes->tail;
    uint64_t size = target->size;
    if (tail->kind != TAIL_NONE) {
        return tail->kind == TAIL_ADDED ? tail->offset + tail->bytes->len : tail->offset;
    }
    if (changes->pieces->len > 0) {
        const struct change_piece *last =
            &g_array_index(changes->pieces, struct change_piece, changes->pieces->len - 1);
        size = MAX(size, last->offset + last->length);
    }
    return size;
}

/* A device or an export has the size it has. */
static void check_growth(const struct patch_target *target, struct patch_finding *finding)
{
    if (target->keeps_size && finding->new_size != target->size) {
        finding->problem = g_string_new(NULL);
        g_string_append_printf(finding->problem,
                               "the patch gives it %" PRIu64 " bytes, but it keeps its %" PRIu64,
                               finding->new_size, target->size);
    }
}

/* The file ends as the patch leaves it. */
static bool has_new_size(const struct patch_target *target, const struct changes *changes,
                         bool checks_size, const struct patch_finding *finding)
{
    const struct change_tail *tail = &changes->tail;
    const bool size_is_right =
        !checks_size || !changes->any_size[1] || changes->sizes[1] == target->size;
    const bool tail_is_right =
        tail->kind != TAIL_ADDED ||
        (finding->tail->len == tail->bytes->len &&
         memcmp(finding->tail->data, tail->bytes->data, tail->bytes->len) == 0);
    return finding->present == changes->length && finding->new_size == target->size &&
           size_is_right && tail_is_right;
}

bool patch_check(const struct patch_target *target, const struct changes *changes, bool checks_size,
                 bool wants_current, struct patch_finding *finding, GError **error)
{
    const bool keep = wants_current || changes->any_old;
    bool same = false;
    *finding = (struct patch_finding){ .new_size = size_after(target, changes) };
    if (!read_pieces(target, changes, keep, finding, &same, error) ||
        !read_tail(target, &changes->tail, finding, error)) {
        return false;
    }
    finding->is_done = same && has_new_size(target, changes, checks_size, finding);
    if (finding->is_done) {
        return true;
    }
    check_bytes(changes, finding);
    if (!finding->problem) {
        check_end(target, changes, finding);
    }
    if (!finding->problem && changes->tail.kind != TAIL_NONE) {
        check_tail(target, changes, finding);
    }
    if (!finding->problem && checks_size) {
        check_size(target, changes, finding);
    }
    if (!finding->problem) {
        check_growth(target, finding);
    }
    return true;
}

void patch_finding_clear(struct patch_finding *finding)
{
    if (finding->problem) {
        g_string_free(finding->problem, TRUE);
    }
    if (finding->tail) {
        g_byte_array_unref(finding->tail);
    }
    g_free(finding->current);
}
