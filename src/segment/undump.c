/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "segment/undump.h"

#include <inttypes.h>
#include <stdint.h>
#include <string.h>

/* Appends a row, over and over up to its span; what is copied starts with a whole row always. */
static void append_row(GByteArray *out, const struct text_row *row)
{
    const guint start = out->len;

    if (row->span == row->length) {
        g_byte_array_append(out, row->bytes, (guint)row->length);
        return;
    }
    g_byte_array_set_size(out, start + (guint)row->span);
    memcpy(out->data + start, row->bytes, row->length);
    for (size_t done = row->length; done < row->span;) {
        const size_t some = MIN(done, (size_t)row->span - done);

        memcpy(out->data + start + done, out->data + start, some);
        done += some;
    }
}

static bool take_row(struct text_rows *rows, const struct text_row *row, size_t *limit,
                     GByteArray *out, GError **error)
{
    if (row->span > row->length && row->span > *limit) {
        return text_rows_fail(rows, error, "'*' stands for too much: %" PRIu64 " bytes", row->span);
    }
    if (row->span > G_MAXUINT - out->len) {
        return text_rows_fail(rows, error, "the dump stands for 4 GiB or more");
    }
    *limit -= row->span > row->length ? (size_t)row->span : 0;
    append_row(out, row);
    return true;
}

bool undump(const char *name, enum text_look look, const char *text, size_t length, size_t limit,
            GByteArray *out, GError **error)
{
    const struct text_rows_input input = {
        .kind = "dump",
        .name = name,
        .hint = "dump:LOOK:PATH names the look",
        .text = text,
        .length = length,
        .look = look,
        .use = TEXT_ADJACENT,
    };
    struct text_rows *rows = text_rows_open(&input, error);
    enum text_rows_status status = TEXT_FAILED;
    struct text_row row;

    while (rows != NULL && (status = text_rows_next(rows, &row, error)) == TEXT_ROW) {
        if (!take_row(rows, &row, &limit, out, error)) {
            status = TEXT_FAILED;
            break;
        }
    }
    text_rows_close(rows);
    return status == TEXT_END;
}
