/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "command/patch-read.h"

#include <string.h>

#include "segment/patch-text.h"
#include "segment/text-input.h"
#include "segment/text-rows.h"

enum { LOOK_AUTO, LOOK_PATCH };

/* Those of segment/text-rows.h that have offsets. */
const char *const patch_look_words[] = { "auto", "patch", "canonical", "xxd",     "xxd-b",
                                         "od-x", "od-d",  "od-o",      "tcpdump", "hexyl",
                                         "ihex", "srec",  NULL };

/* A row that "*" repeats. */
static bool add_row(struct changes *changes, const struct text_row *row, GError **error)
{
    for (uint64_t done = 0; done < MAX(row->span, (uint64_t)row->length); done += row->length) {
        const uint64_t left = MAX(row->span, (uint64_t)row->length) - done;
        if (!changes_add(changes, row->offset + done, NULL, row->bytes,
                         (size_t)MIN(left, (uint64_t)row->length), error)) {
            return false;
        }
    }
    return true;
}

static bool read_dump(struct changes *changes, const char *path, const GByteArray *text,
                      enum text_look look, GError **error)
{
    const struct text_rows_input input = {
        .kind = "patch",
        .name = path,
        .hint = "--look=LOOK names the look",
        .text = (const char *)text->data,
        .length = text->len,
        .look = look,
        .use = TEXT_PLACED,
    };
    struct text_rows *rows = text_rows_open(&input, error);
    struct text_row row;
    if (!rows) {
        return false;
    }
    enum text_rows_status status;
    while ((status = text_rows_next(rows, &row, error)) == TEXT_ROW) {
        if (!add_row(changes, &row, error)) {
            status = TEXT_FAILED;
            break;
        }
    }
    text_rows_close(rows);
    return status == TEXT_END;
}

bool patch_read(struct changes *changes, const char *path, int look, GError **error)
{
    g_autoptr(GByteArray) text = text_read(path, error);
    enum text_look dump_look = TEXT_ANY;
    if (!text) {
        return false;
    }
    const char *bytes = (const char *)text->data;
    const enum patch_text_kind kind = patch_text_kind(bytes, text->len);
    if (kind == PATCH_TEXT_EMPTY) {
        return true;
    }
    if (look == LOOK_PATCH || (look == LOOK_AUTO && kind == PATCH_TEXT_OWN)) {
        return patch_text_read(path, bytes, text->len, changes, error);
    }
    if (look != LOOK_AUTO) {
        const char *word = patch_look_words[look];
        const bool known = text_look_parse(word, strlen(word), &dump_look);
        g_assert(known);
    }
    return read_dump(changes, path, text, dump_look, error);
}
