/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "segment/changes.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "segment/error.h"
#include "segment/segment.h"

/* What a GByteArray holds. */
#define BYTES_MAX ((size_t)G_MAXUINT / 2)

/* Its bytes in row_bytes: the new ones, then the old ones if it has any. */
struct row {
    uint64_t offset;
    size_t at;
    size_t length;
    bool has_old;
};

struct changes *changes_new(void)
{
    struct changes *changes = g_new0(struct changes, 1);
    changes->rows = g_array_new(FALSE, FALSE, sizeof(struct row));
    changes->row_bytes = g_byte_array_new();
    changes->pieces = g_array_new(FALSE, FALSE, sizeof(struct change_piece));
    changes->tail.bytes = g_byte_array_new();
    changes->all_old = true;
    return changes;
}

void changes_free(struct changes *changes)
{
    if (!changes) {
        return;
    }
    g_clear_pointer(&changes->rows, g_array_unref);
    g_clear_pointer(&changes->row_bytes, g_byte_array_unref);
    g_array_unref(changes->pieces);
    g_byte_array_unref(changes->tail.bytes);
    g_free(changes->new_bytes);
    g_free(changes->old_bytes);
    g_free(changes->known);
    g_free(changes);
}

static bool too_much(GError **error)
{
    g_set_error(error, IOVTOOL_ERROR, IOVTOOL_ERROR_SYNTAX,
                "the patch has more bytes than can be held in memory at once");
    return false;
}

/* Rows that follow each other are one: most patches are long runs cut into lines. */
static bool extend_last(struct changes *changes, uint64_t offset, const uint8_t *old,
                        const uint8_t *new, size_t length)
{
    struct row *last = changes->rows->len > 0
                           ? &g_array_index(changes->rows, struct row, changes->rows->len - 1)
                           : NULL;
    if (!last || old || last->has_old || last->offset + last->length != offset) {
        return false;
    }
    g_byte_array_append(changes->row_bytes, new, (guint)length);
    last->length += length;
    return true;
}

bool changes_add(struct changes *changes, uint64_t offset, const uint8_t *old, const uint8_t *new,
                 size_t length, GError **error)
{
    if (length > BYTES_MAX / 2 || changes->row_bytes->len > BYTES_MAX - 2 * length) {
        return too_much(error);
    }
    if (offset > SEGMENT_LENGTH_MAX - length) {
        g_set_error(error, IOVTOOL_ERROR, IOVTOOL_ERROR_SYNTAX,
                    "the patch has bytes at 0x%" PRIx64 ", where no file has any", offset);
        return false;
    }
    changes->any_old |= old != NULL;
    changes->all_old &= old != NULL;
    if (extend_last(changes, offset, old, new, length)) {
        return true;
    }
    const struct row row = {
        .offset = offset,
        .at = changes->row_bytes->len,
        .length = length,
        .has_old = old != NULL,
    };
    g_array_append_val(changes->rows, row);
    g_byte_array_append(changes->row_bytes, new, (guint)length);
    if (old) {
        g_byte_array_append(changes->row_bytes, old, (guint)length);
    }
    return true;
}

bool changes_add_tail(struct changes *changes, enum tail_kind kind, uint64_t offset,
                      const uint8_t *bytes, size_t length)
{
    struct change_tail *tail = &changes->tail;
    if (tail->kind == TAIL_NONE) {
        tail->kind = kind;
        tail->offset = offset;
    }
    if (tail->kind != kind || tail->offset + tail->bytes->len != offset ||
        tail->bytes->len > BYTES_MAX - length || offset > SEGMENT_LENGTH_MAX - length) {
        return false;
    }
    g_byte_array_append(tail->bytes, bytes, (guint)length);
    return true;
}

bool changes_add_size(struct changes *changes, unsigned version, uint64_t size)
{
    const bool agrees = !changes->any_size[version] || changes->sizes[version] == size;
    changes->any_size[version] = true;
    changes->sizes[version] = size;
    return agrees;
}

static uint8_t *row_new(const struct changes *changes, const struct row *row)
{
    return changes->row_bytes->data + row->at;
}

static uint8_t *row_old(const struct changes *changes, const struct row *row)
{
    return changes->row_bytes->data + row->at + row->length;
}

void changes_reverse(struct changes *changes)
{
    for (guint i = 0; i < changes->rows->len; i++) {
        const struct row *row = &g_array_index(changes->rows, struct row, i);
        uint8_t *new = row_new(changes, row);
        uint8_t *old = row_old(changes, row);
        g_assert(row->has_old);
        for (size_t j = 0; j < row->length; j++) {
            const uint8_t byte = new[j];
            new[j] = old[j];
            old[j] = byte;
        }
    }
    struct change_tail *tail = &changes->tail;
    tail->kind = tail->kind == TAIL_ADDED     ? TAIL_REMOVED
                 : tail->kind == TAIL_REMOVED ? TAIL_ADDED
                                              : TAIL_NONE;
    const bool any = changes->any_size[0];
    const uint64_t size = changes->sizes[0];
    changes->any_size[0] = changes->any_size[1];
    changes->sizes[0] = changes->sizes[1];
    changes->any_size[1] = any;
    changes->sizes[1] = size;
}

/* ---- Settling ---- */

static bool shift_offset(uint64_t *offset, size_t length, int64_t shift, GError **error)
{
    const uint64_t distance = shift < 0 ? (uint64_t)0 - (uint64_t)shift : (uint64_t)shift;
    const bool fits = shift < 0 ? *offset >= distance
                                : *offset <= SEGMENT_LENGTH_MAX - length &&
                                      distance <= SEGMENT_LENGTH_MAX - length - *offset;
    if (!fits) {
        g_set_error(error, IOVTOOL_ERROR, IOVTOOL_ERROR_RANGE,
                    "--at=%" PRId64 ": the patch has bytes at 0x%" PRIx64
                    ", which would move %s any file",
                    shift, *offset, shift < 0 ? "before the start of" : "behind the end of");
        return false;
    }
    *offset = shift < 0 ? *offset - distance : *offset + distance;
    return true;
}

static bool shift_all(struct changes *changes, int64_t shift, GError **error)
{
    for (guint i = 0; i < changes->rows->len; i++) {
        struct row *row = &g_array_index(changes->rows, struct row, i);
        if (!shift_offset(&row->offset, row->length, shift, error)) {
            return false;
        }
    }
    return changes->tail.kind == TAIL_NONE ||
           shift_offset(&changes->tail.offset, changes->tail.bytes->len, shift, error);
}

static gint by_offset(gconstpointer left, gconstpointer right)
{
    const struct row *a = left;
    const struct row *b = right;
    return a->offset < b->offset ? -1 : a->offset > b->offset;
}

static void sort_rows(const struct changes *changes)
{
    for (guint i = 1; i < changes->rows->len; i++) {
        if (g_array_index(changes->rows, struct row, i).offset <
            g_array_index(changes->rows, struct row, i - 1).offset) {
            g_array_sort(changes->rows, by_offset);
            return;
        }
    }
}

static void note_conflict(struct change_conflict *conflict, bool *found, uint64_t offset,
                          uint8_t first, uint8_t second, bool is_old)
{
    if (!*found || offset < conflict->offset) {
        *conflict = (struct change_conflict){ offset, { first, second }, is_old };
        *found = true;
    }
}

/* The first bytes of the row lie in the pieces: they must say the same, and may say more. */
static void overlay(struct changes *changes, const struct row *row, size_t start, size_t length,
                    struct change_conflict *conflict, bool *found)
{
    const uint8_t *new = row_new(changes, row);
    const uint8_t *old = row->has_old ? row_old(changes, row) : NULL;
    for (size_t i = 0; i < length; i++) {
        const size_t at = start + i;
        if (changes->new_bytes[at] != new[i]) {
            note_conflict(conflict, found, row->offset + i, changes->new_bytes[at], new[i], false);
        }
        const bool known = changes->old_bytes && (!changes->known || changes->known[at]);
        if (old && known && changes->old_bytes[at] != old[i]) {
            note_conflict(conflict, found, row->offset + i, changes->old_bytes[at], old[i], true);
        }
        if (old && !known) {
            changes->old_bytes[at] = old[i];
            changes->known[at] = 1;
        }
    }
}

static void append_bytes(struct changes *changes, const struct row *row, size_t from)
{
    const size_t length = row->length - from;
    const size_t at = changes->length;
    memcpy(changes->new_bytes + at, row_new(changes, row) + from, length);
    if (row->has_old) {
        memcpy(changes->old_bytes + at, row_old(changes, row) + from, length);
    }
    if (changes->known) {
        memset(changes->known + at, row->has_old, length);
    }
    changes->length += length;
}

/* Adds a row that starts in or behind the last piece. */
static void lay_row(struct changes *changes, const struct row *row,
                    struct change_conflict *conflict, bool *found)
{
    GArray *pieces = changes->pieces;
    struct change_piece *last =
        pieces->len > 0 ? &g_array_index(pieces, struct change_piece, pieces->len - 1) : NULL;
    const uint64_t end = last ? last->offset + last->length : 0;
    if (!last || row->offset > end) {
        const struct change_piece piece = { row->offset, row->length };
        append_bytes(changes, row, 0);
        g_array_append_val(pieces, piece);
        return;
    }
    const size_t shared = (size_t)MIN(end - row->offset, (uint64_t)row->length);
    overlay(changes, row, changes->length - (size_t)(end - row->offset), shared, conflict, found);
    if (shared < row->length) {
        append_bytes(changes, row, shared);
        last->length += row->length - shared;
    }
}

/* Most dumps are one run of bytes: then all is done. */
static bool take_only_row(struct changes *changes)
{
    if (changes->rows->len != 1 || changes->any_old) {
        return false;
    }
    const struct row *row = &g_array_index(changes->rows, struct row, 0);
    const struct change_piece piece = { row->offset, row->length };
    g_array_append_val(changes->pieces, piece);
    changes->new_bytes = g_byte_array_steal(changes->row_bytes, &changes->length);
    return true;
}

static void allocate(struct changes *changes)
{
    size_t total = 0;
    for (guint i = 0; i < changes->rows->len; i++) {
        total += g_array_index(changes->rows, struct row, i).length;
    }
    changes->new_bytes = g_malloc(MAX(total, 1));
    changes->old_bytes = changes->any_old ? g_malloc(MAX(total, 1)) : NULL;
    changes->known = changes->any_old && !changes->all_old ? g_malloc(MAX(total, 1)) : NULL;
}

enum settle_status changes_settle(struct changes *changes, int64_t shift,
                                  struct change_conflict *conflict, GError **error)
{
    bool found = false;
    if (shift != 0 && !shift_all(changes, shift, error)) {
        return SETTLE_FAILED;
    }
    if (!take_only_row(changes)) {
        sort_rows(changes);
        allocate(changes);
        for (guint i = 0; i < changes->rows->len; i++) {
            const struct row *row = &g_array_index(changes->rows, struct row, i);
            if (found && row->offset > conflict->offset) {
                break; /* later rows have no earlier conflict */
            }
            lay_row(changes, row, conflict, &found);
        }
    }
    g_clear_pointer(&changes->rows, g_array_unref);
    g_clear_pointer(&changes->row_bytes, g_byte_array_unref);
    return found ? SETTLE_CONFLICT : SETTLE_DONE;
}

uint64_t changes_offset(const struct changes *changes, size_t index)
{
    for (guint i = 0; i < changes->pieces->len; i++) {
        const struct change_piece *piece = &g_array_index(changes->pieces, struct change_piece, i);
        if (index < piece->length) {
            return piece->offset + index;
        }
        index -= (size_t)piece->length;
    }
    g_assert_not_reached();
}
