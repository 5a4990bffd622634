/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "command/patch-apply.h"

#include <inttypes.h>
#include <string.h>

#include "core/hexrow.h"
#include "segment/escape.h"
#include "segment/files.h"
#include "segment/patch-text.h"

/* The text of a patch has up to so many characters for a byte. */
#define TEXT_PER_BYTE 7u

static bool append_bytes(struct vector *vector, const uint8_t *bytes, uint64_t length,
                         GError **error)
{
    const struct segment segment = { .kind = SEGMENT_BYTES, .bytes = bytes, .length = length };
    return length == 0 || vector_append(vector, &segment, error);
}

static const struct change_piece *piece_at(const struct changes *changes, guint index)
{
    return &g_array_index(changes->pieces, struct change_piece, index);
}

/* ---- In place ---- */

bool patch_apply_in_place(const struct moving_options *options, const struct patch_target *target,
                          const struct changes *changes, const struct patch_finding *finding,
                          GError **error)
{
    const struct change_tail *tail = &changes->tail;
    g_autoptr(GArray) ranges = g_array_new(FALSE, FALSE, sizeof(struct file_place));
    for (guint i = 0; i < changes->pieces->len; i++) {
        const struct file_place place = { piece_at(changes, i)->offset,
                                          piece_at(changes, i)->length };
        g_array_append_val(ranges, place);
    }
    if (tail->kind == TAIL_ADDED) {
        const struct file_place place = { tail->offset, tail->bytes->len };
        g_array_append_val(ranges, place);
    }
    struct vector *vector = vector_new();
    const struct vector_input input = { .files = target->files, .vector = vector };
    const struct places places = {
        .file = target->file,
        .list = (const struct file_place *)(void *)ranges->data,
        .count = ranges->len,
        .cut_at = tail->kind == TAIL_REMOVED ? finding->new_size : SEGMENT_TO_END,
    };
    const bool ok = append_bytes(vector, changes->new_bytes, changes->length, error) &&
                    (tail->kind != TAIL_ADDED ||
                     append_bytes(vector, tail->bytes->data, tail->bytes->len, error)) &&
                    move_to_places(options, &input, &places, error);
    vector_free(vector);
    return ok;
}

/* ---- Elsewhere ---- */

/* What is not changed, up to `offset`: of the file, and zeros behind its end. */
static bool append_gap(struct vector *vector, const struct patch_target *target, uint64_t offset,
                       GError **error)
{
    const uint64_t start = vector->length;
    const uint64_t end = MIN(offset, MAX(start, target->size));
    if (end > start) {
        const struct segment segment = { .kind = file_segment_kind(target->file),
                                         .file = target->file,
                                         .offset = start,
                                         .length = end - start };
        if (!vector_append(vector, &segment, error)) {
            return false;
        }
    }
    return vector->length == offset || vector_append_zeros(vector, offset - vector->length, error);
}

static bool append_whole(struct vector *vector, const struct patch_target *target,
                         const struct changes *changes, const struct patch_finding *finding,
                         GError **error)
{
    const struct change_tail *tail = &changes->tail;
    const uint8_t *bytes = changes->new_bytes;
    for (guint i = 0; i < changes->pieces->len; i++) {
        const struct change_piece *piece = piece_at(changes, i);
        if (!append_gap(vector, target, piece->offset, error) ||
            !append_bytes(vector, bytes, piece->length, error)) {
            return false;
        }
        bytes += piece->length;
    }
    if (tail->kind == TAIL_ADDED) {
        return append_gap(vector, target, tail->offset, error) &&
               append_bytes(vector, tail->bytes->data, tail->bytes->len, error);
    }
    return append_gap(vector, target, finding->new_size, error);
}

bool patch_apply_whole(const struct moving_options *options, const struct patch_target *target,
                       const struct changes *changes, const struct patch_finding *finding,
                       const char *output, GError **error)
{
    struct moving_options moving = *options;
    struct vector *vector = vector_new();
    const struct vector_input input = { .files = target->files, .vector = vector };
    const char *const outputs[] = { output ? output : target->path };
    moving.destination.plain_paths = !output;
    const bool ok = append_whole(vector, target, changes, finding, error) &&
                    move_vector(&moving, &input, outputs, 1, error);
    vector_free(vector);
    return ok;
}

/* ---- The way back ---- */

static void append_rows(GString *text, char sign, const uint8_t *bytes, size_t length)
{
    const gsize start = text->len;
    g_string_set_size(text, start + hexrow_size(length));
    hexrow_put(text->str + start, sign, bytes, length);
}

static void append_hunk(GString *text, uint64_t offset, const uint8_t *old, size_t old_length,
                        const uint8_t *new, size_t new_length)
{
    if (old_length == new_length) {
        g_string_append_printf(text, "@@ 0x%" PRIx64 " %zu\n", offset, old_length);
    } else {
        g_string_append_printf(text, "@@ 0x%" PRIx64 " %zu %zu\n", offset, old_length, new_length);
    }
    append_rows(text, '-', old, old_length);
    append_rows(text, '+', new, new_length);
}

/* What lies behind the old end is taken away. */
static void append_pieces(GString *text, const struct changes *changes,
                          const struct patch_finding *finding)
{
    size_t at = 0;
    for (guint i = 0; i < changes->pieces->len; i++) {
        const struct change_piece *piece = piece_at(changes, i);
        const size_t length = (size_t)piece->length;
        const size_t kept = at < finding->present ? MIN(length, finding->present - at) : 0;
        const uint8_t *const new = changes->new_bytes + at;
        append_hunk(text, piece->offset, new, length, finding->current + at, kept);
        at += length;
    }
}

static void append_tail(GString *text, const struct change_tail *tail)
{
    const size_t length = tail->bytes->len;
    if (tail->kind == TAIL_ADDED) {
        append_hunk(text, tail->offset, tail->bytes->data, length, NULL, 0);
    } else if (tail->kind == TAIL_REMOVED) {
        append_hunk(text, tail->offset, NULL, 0, tail->bytes->data, length);
    }
}

static bool check_undo(const struct patch_target *target, const struct changes *changes,
                       const struct patch_finding *finding, GError **error)
{
    const bool grows = changes->tail.kind == TAIL_NONE && finding->new_size > target->size;
    const uint64_t behind = grows ? finding->new_size - target->size : 0;
    if (behind > changes->length - finding->present) {
        return usage_error(error,
                           "--undo-file: the file grows by %" PRIu64
                           " bytes, of which the patch gives only %zu",
                           behind, changes->length - finding->present);
    }
    if (changes->length + (size_t)changes->tail.bytes->len > G_MAXUINT / TEXT_PER_BYTE / 2) {
        return usage_error(error, "--undo-file: the patch is too large to be taken back as text");
    }
    return true;
}

bool patch_save_undo(const struct patch_target *target, const struct changes *changes,
                     const struct patch_finding *finding, const char *undo_path, GError **error)
{
    const struct moving_options moving = {
        .destination = { .atomic = TRUE, .no_clobber = TRUE, .plain_paths = true, .secret = true },
    };
    const char *const outputs[] = { undo_path };
    if (!check_undo(target, changes, finding, error)) {
        return false;
    }
    g_autoptr(GString) name = g_string_new(NULL);
    g_autoptr(GString) text = g_string_new(NULL);
    escape(name, target->path, strlen(target->path));
    g_string_append_printf(text, "--- %s %" PRIu64 "\n+++ %s %" PRIu64 "\n" PATCH_TEXT_UNDO,
                           name->str, finding->new_size, name->str, target->size);
    append_pieces(text, changes, finding);
    append_tail(text, &changes->tail);

    struct vector *vector = vector_new();
    const struct vector_input input = { .files = target->files, .vector = vector };
    const bool ok = append_bytes(vector, (const uint8_t *)text->str, text->len, error) &&
                    move_vector(&moving, &input, outputs, 1, error);
    vector_free(vector);
    return ok;
}
