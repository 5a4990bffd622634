/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Any text as records: rows with gaps are read or the text is refused at a place that it has; the
 * rows, written as one record each without the code under test, are read as the same rows; and what
 * dump: takes are their bytes, one after the other.
 */
#ifndef IOVTOOL_TESTS_RECORD_FUZZ_H
#define IOVTOOL_TESTS_RECORD_FUZZ_H

#include <glib.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "segment/error.h"
#include "segment/text-rows.h"
#include "segment/undump.h"

static void append_record(GString *text, const char *start, const uint8_t *record, size_t length,
                          uint8_t last)
{
    uint8_t sum = 0;

    g_string_append(text, start);
    for (size_t i = 0; i < length; i++) {
        g_string_append_printf(text, "%02x", record[i]);
        sum = (uint8_t)(sum + record[i]);
    }
    g_string_append_printf(text, "%02x\n", (uint8_t)(last - sum));
}

/* A row as Intel HEX with the address before it, or as S3. */
static void append_row(GString *text, enum text_look look, const struct text_row *row)
{
    const uint8_t high[] = {
        2, 0, 0, 4, (uint8_t)(row->offset >> 24), (uint8_t)(row->offset >> 16)
    };
    uint8_t record[300] = { (uint8_t)row->length, (uint8_t)(row->offset >> 8),
                            (uint8_t)row->offset };

    if (look == TEXT_IHEX) {
        append_record(text, ":", high, sizeof(high), 0);
        memcpy(record + 4, row->bytes, row->length);
        append_record(text, ":", record, row->length + 4, 0);
        return;
    }
    record[0] = (uint8_t)(row->length + 5);
    memcpy(record + 1, high + 4, 2);
    record[3] = (uint8_t)(row->offset >> 8);
    record[4] = (uint8_t)row->offset;
    memcpy(record + 5, row->bytes, row->length);
    append_record(text, "S3", record, row->length + 5, 0xff);
}

/* The rows as text, and all their bytes. NULL: the text is refused. */
static GString *read_rows(enum text_look look, const char *text, size_t length, GByteArray *bytes,
                          GError **error)
{
    const struct text_rows_input input = { .kind = "dump",
                                           .name = "fuzz",
                                           .hint = "",
                                           .text = text,
                                           .length = length,
                                           .look = look,
                                           .use = TEXT_PLACED };
    struct text_rows *rows = text_rows_open(&input, error);
    GString *written = g_string_new(NULL);
    enum text_rows_status status = TEXT_FAILED;
    struct text_row row;

    while (rows != NULL && (status = text_rows_next(rows, &row, error)) == TEXT_ROW) {
        g_assert_cmpuint(row.length, >=, 1);
        g_assert_cmpuint(row.length, ==, row.span);
        g_assert_cmpuint(row.offset, <=, UINT32_MAX);
        g_byte_array_append(bytes, row.bytes, (guint)row.length);
        /* S3 holds fewer bytes than S1. */
        if (row.length <= 250) {
            append_row(written, look, &row);
        }
    }
    text_rows_close(rows);
    g_string_append(written, look == TEXT_IHEX ? ":00000001ff\n" : "S70500000000fa\n");
    return status == TEXT_END ? written : (g_string_free(written, TRUE), NULL);
}

static int fuzz_records(enum text_look look, const uint8_t *data, size_t size)
{
    g_autoptr(GByteArray) bytes = g_byte_array_new();
    g_autoptr(GByteArray) again = g_byte_array_new();
    g_autoptr(GByteArray) dumped = g_byte_array_new();
    g_autoptr(GError) error = NULL;
    GString *rows = read_rows(look, (const char *)data, size, bytes, &error);
    unsigned number;
    unsigned column;

    const bool adjacent = undump("fuzz", look, (const char *)data, size, 0, dumped, NULL);
    if (rows == NULL) {
        g_assert_error(error, IOVTOOL_ERROR, IOVTOOL_ERROR_SYNTAX);
        g_assert_cmpint(
            sscanf(error->message, "dump 'fuzz', line %u, column %u: ", &number, &column), ==, 2);
        g_assert_false(adjacent);
        return 0;
    }
    g_assert_no_error(error);
    if (adjacent) {
        g_assert_cmpuint(dumped->len, ==, bytes->len);
        g_assert_true(bytes->len == 0 || memcmp(dumped->data, bytes->data, bytes->len) == 0);
    }
    GString *same = read_rows(look, rows->str, rows->len, again, &error);

    g_assert_no_error(error);
    g_assert_cmpstr(same->str, ==, rows->str);
    g_string_free(same, TRUE);
    g_string_free(rows, TRUE);
    return 0;
}

#endif
