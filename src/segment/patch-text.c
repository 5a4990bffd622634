/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "segment/patch-text.h"

#include <inttypes.h>
#include <string.h>

#include "segment/text-line.h"

enum { OLD, NEW, VERSIONS };

static const char signs[VERSIONS] = { '-', '+' };

struct hunk {
    uint64_t offset;
    uint64_t lengths[VERSIONS];
    struct text_line line;
};

struct patch_reader {
    struct text_line line;
    const char *next; /* the line after it */
    const char *end;
    struct changes *changes;
    GByteArray *bytes[VERSIONS]; /* of the current hunk */
};

/* ---- Lines ---- */

/* The next line that is not empty and no comment. */
static bool next_line(struct patch_reader *reader)
{
    struct text_line *line = &reader->line;
    while (reader->next < reader->end) {
        const size_t left = (size_t)(reader->end - reader->next);
        const char *stop = memchr(reader->next, '\n', left);
        line->start = reader->next;
        line->end = stop ? stop : reader->end;
        line->number++;
        reader->next = stop ? stop + 1 : reader->end;
        if (line->end > line->start && line->end[-1] == '\r') {
            line->end--;
        }
        if (line->start + line_blanks(line, line->start) < line->end && *line->start != '#') {
            return true;
        }
    }
    line->start = line->end = reader->end;
    line->number++;
    return false;
}

static bool starts_with(const struct text_line *line, const char *text)
{
    const size_t length = strlen(text);
    return (size_t)(line->end - line->start) >= length && memcmp(line->start, text, length) == 0;
}

enum patch_text_kind patch_text_kind(const char *text, size_t length)
{
    struct patch_reader reader = { .next = text, .end = text + length };
    if (!next_line(&reader)) {
        return PATCH_TEXT_EMPTY;
    }
    const bool own = starts_with(&reader.line, "--- ") || starts_with(&reader.line, "+++ ") ||
                     starts_with(&reader.line, "@@ ");
    return own ? PATCH_TEXT_OWN : PATCH_TEXT_OTHER;
}

/* ---- Titles ---- */

static bool read_decimal(struct text_line *line, const char **at, uint64_t *number)
{
    return line_read_number(line, at, 10, number);
}

static bool read_title(struct patch_reader *reader, unsigned version)
{
    struct text_line *line = &reader->line;
    const char *at = line->end;
    while (at > line->start && at[-1] != ' ') {
        at--;
    }
    if (line->end - at == 1 && *at == '-') {
        return true;
    }
    const char *const number_at = at;
    uint64_t size;
    if (!read_decimal(line, &at, &size) || !line_read_end(line, at)) {
        return false;
    }
    return changes_add_size(reader->changes, version, size) ||
           line_fail(line, number_at, "another patch is for a file of another size");
}

/* ---- Hunks ---- */

static bool read_blank(struct text_line *line, const char **at)
{
    return line_read_text(line, at, " ", "a blank");
}

static bool read_offset(struct text_line *line, const char **at, uint64_t *offset)
{
    const bool is_hex = line->end - *at > 2 && (*at)[0] == '0' && (*at)[1] == 'x';
    *at += is_hex ? 2 : 0;
    return line_read_number(line, at, is_hex ? 16 : 10, offset);
}

static bool read_hunk_line(struct patch_reader *reader, struct hunk *hunk)
{
    struct text_line *line = &reader->line;
    const char *at = line->start + strlen("@@ ");
    hunk->line = *line;
    if (!read_offset(line, &at, &hunk->offset) || !read_blank(line, &at)) {
        return false;
    }
    const char *const length_at = at;
    if (!read_decimal(line, &at, &hunk->lengths[OLD])) {
        return false;
    }
    hunk->lengths[NEW] = hunk->lengths[OLD];
    if (at < line->end &&
        (!read_blank(line, &at) || !read_decimal(line, &at, &hunk->lengths[NEW]))) {
        return false;
    }
    if (hunk->lengths[OLD] == 0 && hunk->lengths[NEW] == 0) {
        return line_fail(line, length_at, "a hunk has at least one byte");
    }
    return line_read_end(line, at);
}

/* The bytes of one row, behind its sign. */
static bool read_row(struct text_line *line, GByteArray *bytes, uint64_t room)
{
    const char *at = line->start + 1;
    uint8_t row[256];
    unsigned count = 0;
    at += line_blanks(line, at);
    do {
        const char *const byte_at = at;
        uint8_t byte = 0;
        if (!line_read_byte(line, &at, &byte)) {
            return false;
        }
        if (room-- == 0) {
            return line_fail(line, byte_at, "this is more than the hunk's line \"@@\" announces");
        }
        row[count++] = byte;
        if (count == sizeof(row)) {
            g_byte_array_append(bytes, row, count);
            count = 0;
        }
        at += line_blanks(line, at);
    } while (at < line->end);
    g_byte_array_append(bytes, row, count);
    return true;
}

/* All rows of one version. */
static bool read_rows(struct patch_reader *reader, const struct hunk *hunk, unsigned version)
{
    GByteArray *bytes = reader->bytes[version];
    const uint64_t length = hunk->lengths[version];
    g_byte_array_set_size(bytes, 0);
    while (bytes->len < length) {
        struct text_line *line = &reader->line;
        const uint64_t missing = length - bytes->len;
        if (!next_line(reader)) {
            return line_fail(line, line->start,
                             "the text ends, but %" PRIu64
                             " bytes are missing that start with '%c'",
                             missing, signs[version]);
        }
        if (*line->start != signs[version]) {
            return line_fail(line, line->start,
                             "expected a row that starts with '%c': %" PRIu64
                             " bytes of this hunk are missing",
                             signs[version], missing);
        }
        if (!read_row(line, bytes, missing)) {
            return false;
        }
    }
    return true;
}

static bool add_hunk(struct patch_reader *reader, struct hunk *hunk)
{
    const uint8_t *old = reader->bytes[OLD]->data;
    const uint8_t *new = reader->bytes[NEW]->data;
    const uint64_t common = MIN(hunk->lengths[OLD], hunk->lengths[NEW]);
    const uint64_t longest = MAX(hunk->lengths[OLD], hunk->lengths[NEW]);
    if (common > 0 &&
        !changes_add(reader->changes, hunk->offset, old, new, (size_t)common, reader->line.error)) {
        return false;
    }
    if (common == longest) {
        return true;
    }
    const bool added = hunk->lengths[NEW] == longest;
    return changes_add_tail(reader->changes, added ? TAIL_ADDED : TAIL_REMOVED,
                            hunk->offset + common, (added ? new : old) + common,
                            (size_t)(longest - common)) ||
           line_fail(&hunk->line, hunk->line.start,
                     "only hunks at the end have two lengths, and these go on from each other");
}

static bool read_hunk(struct patch_reader *reader)
{
    struct hunk hunk;
    return read_hunk_line(reader, &hunk) && read_rows(reader, &hunk, OLD) &&
           read_rows(reader, &hunk, NEW) && add_hunk(reader, &hunk);
}

static bool read_part(struct patch_reader *reader)
{
    struct text_line *line = &reader->line;
    if (starts_with(line, "@@ undo")) {
        reader->changes->is_undo = true;
        return line_read_end(line, line->start + strlen("@@ undo"));
    }
    if (starts_with(line, "@@ ")) {
        return read_hunk(reader);
    }
    if (starts_with(line, "--- ") || starts_with(line, "+++ ")) {
        return read_title(reader, *line->start == '-' ? OLD : NEW);
    }
    return *line->start == '-' || *line->start == '+'
               ? line_fail(line, line->start,
                           "this row is more than the hunk's line \"@@\" announces")
               : line_expected(line, line->start, "a line that starts with \"@@ \"");
}

bool patch_text_read(const char *name, const char *text, size_t length, struct changes *changes,
                     GError **error)
{
    struct patch_reader reader = {
        .line = { .kind = "patch", .name = name, .error = error },
        .next = text,
        .end = text + length,
        .changes = changes,
        .bytes = { g_byte_array_new(), g_byte_array_new() },
    };
    bool ok = true;
    changes->has_patch = true;
    while (ok && next_line(&reader)) {
        ok = read_part(&reader);
    }
    for (unsigned i = 0; i < VERSIONS; i++) {
        g_byte_array_unref(reader.bytes[i]);
    }
    return ok;
}
