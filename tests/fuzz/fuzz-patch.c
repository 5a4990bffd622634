/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Any text, read as that of compare --patch: it is refused with a line and a column, or what it
 * says, written out as such a text once more, says the same.
 */
#include <glib.h>
#include <inttypes.h>
#include <string.h>

#include "core/hexrow.h"
#include "segment/error.h"
#include "segment/patch-text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct changes *read_text(const char *text, size_t length, GError **error)
{
    struct changes *changes = changes_new();

    if (!patch_text_read("x", text, length, changes, error)) {
        g_clear_pointer(&changes, changes_free);
    }
    return changes;
}

static void append_rows(GString *text, char sign, const uint8_t *bytes, size_t length)
{
    g_autofree char *rows = g_malloc(hexrow_size(length) + 1);
    const char *end = hexrow_put(rows, sign, bytes, length);

    g_string_append_len(text, rows, end - rows);
}

static GString *write_text(const struct changes *changes)
{
    GString *text = g_string_new(changes->is_undo ? PATCH_TEXT_UNDO : "");
    const struct change_tail *tail = &changes->tail;
    const bool added = tail->kind == TAIL_ADDED;
    size_t at = 0;

    for (guint i = 0; i < changes->pieces->len; i++) {
        const struct change_piece *piece = &g_array_index(changes->pieces, struct change_piece, i);
        const size_t length = (size_t)piece->length;

        g_string_append_printf(text, "@@ 0x%" PRIx64 " %zu\n", piece->offset, length);
        append_rows(text, '-', changes->old_bytes + at, length);
        append_rows(text, '+', changes->new_bytes + at, length);
        at += length;
    }
    if (tail->kind != TAIL_NONE) {
        g_string_append_printf(text, "@@ 0x%" PRIx64 " %u %u\n", tail->offset,
                               added ? 0 : tail->bytes->len, added ? tail->bytes->len : 0);
        append_rows(text, added ? '+' : '-', tail->bytes->data, tail->bytes->len);
    }
    return text;
}

static void check_again(const struct changes *changes)
{
    g_autoptr(GString) text = write_text(changes);
    g_autoptr(GError) error = NULL;
    struct change_conflict conflict;
    struct changes *again = read_text(text->str, text->len, &error);

    g_assert_no_error(error);
    g_assert_cmpint(changes_settle(again, 0, &conflict, &error), ==, SETTLE_DONE);
    g_assert_cmpuint(again->length, ==, changes->length);
    g_assert_true(again->length == 0 ||
                  (memcmp(again->new_bytes, changes->new_bytes, again->length) == 0 &&
                   memcmp(again->old_bytes, changes->old_bytes, again->length) == 0));
    g_assert_cmpuint(again->pieces->len, ==, changes->pieces->len);
    g_assert_cmpint(again->tail.kind, ==, changes->tail.kind);
    g_assert_cmpuint(again->tail.bytes->len, ==, changes->tail.bytes->len);
    g_assert_true(again->is_undo == changes->is_undo);
    changes_free(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autoptr(GError) error = NULL;
    struct change_conflict conflict;
    struct changes *changes = read_text((const char *)data, size, &error);

    (void)patch_text_kind((const char *)data, size);
    if (!changes) {
        g_assert_error(error, IOVTOOL_ERROR, IOVTOOL_ERROR_SYNTAX);
        return 0;
    }
    g_assert_no_error(error);
    if (changes_settle(changes, 0, &conflict, &error) == SETTLE_DONE) {
        check_again(changes);
    }
    changes_free(changes);
    return 0;
}
