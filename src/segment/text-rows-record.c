/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Records of Intel HEX and Motorola S-records: an address, bytes and a checksum a line. */
#include "segment/text-rows-internal.h"

#include <string.h>

#define RECORD_MAX 300u /* 255 bytes and what stands before them */

/* The pairs of digits from `at` to the end of the line; returns how many, 0 with an error. */
static size_t read_record(struct text_rows *rows, const char *at, uint8_t *record)
{
    struct text_line *line = &rows->line;
    size_t count = 0;

    do {
        if (count == RECORD_MAX) {
            line_fail(line, at, "a record has at most 255 bytes");
            return 0;
        }
        if (!line_read_byte(line, &at, &record[count++])) {
            return 0;
        }
    } while (at < line->end);
    return count;
}

/* The record has as many bytes as its length says, `expected` in all, the first at `at`. */
static bool check_length(struct text_rows *rows, const char *at, size_t expected, size_t found)
{
    if (expected == found) {
        return true;
    }
    const size_t less = MIN(expected, found);
    const size_t difference = MAX(expected, found) - less;

    return line_fail(&rows->line, at + 2 * less,
                     "too %s digits: by its length the record has %zu "
                     "byte%s %s",
                     found < expected ? "few" : "many", difference, difference == 1 ? "" : "s",
                     found < expected ? "more" : "less");
}

static bool check_sum(struct text_rows *rows, const uint8_t *record, size_t count, uint8_t expected)
{
    const uint8_t found = record[count - 1];

    return found == expected ||
           line_fail(&rows->line, rows->line.end - 2, "expected the checksum %02X, found %02X",
                     expected, found);
}

static uint8_t sum_of(const uint8_t *record, size_t count)
{
    uint8_t sum = 0;

    for (size_t i = 0; i < count; i++) {
        sum = (uint8_t)(sum + record[i]);
    }
    return sum;
}

static uint64_t number_of(const uint8_t *bytes, size_t count)
{
    uint64_t number = 0;

    for (size_t i = 0; i < count; i++) {
        number = number << 8 | bytes[i];
    }
    return number;
}

static enum line_kind take_bytes(struct text_rows *rows, const char *address, uint64_t offset,
                                 const uint8_t *bytes, size_t count)
{
    if (count == 0) {
        return LINE_NOTHING;
    }
    memcpy(text_rows_room(rows, count), bytes, count);
    rows->offset = offset;
    rows->offset_at = address;
    return LINE_ROW;
}

/* ---- Intel HEX ------------------------------------------------------------------------------- */

enum ihex_type {
    IHEX_DATA,
    IHEX_END,
    IHEX_SEGMENT, /* bits 4 to 19 of what is added to addresses */
    IHEX_SEGMENT_ENTRY,
    IHEX_LINEAR, /* bits 16 to 31 */
    IHEX_LINEAR_ENTRY,
    IHEX_TYPES,
};

bool starts_ihex(const struct text_rows *rows, const struct text_layout *layout)
{
    (void)layout;
    return *rows->line.start == ':' && line_has_digit(&rows->line, rows->line.start + 1);
}

/* The bytes after the type of a record that is not data. */
static bool check_ihex_type(struct text_rows *rows, const char *digits, const uint8_t *record)
{
    static const uint8_t lengths[IHEX_TYPES] = {
        [IHEX_SEGMENT] = 2, [IHEX_SEGMENT_ENTRY] = 4, [IHEX_LINEAR] = 2, [IHEX_LINEAR_ENTRY] = 4
    };
    const uint8_t type = record[3];

    if (type >= IHEX_TYPES) {
        return line_fail(&rows->line, digits + 6, "expected a type of 00 to 05, found %02X", type);
    }
    return type == IHEX_DATA || record[0] == lengths[type] ||
           line_fail(&rows->line, digits, "a record of type %02X has %u bytes, found %u", type,
                     lengths[type], record[0]);
}

static enum line_kind take_ihex(struct text_rows *rows, const char *digits, const uint8_t *record)
{
    const uint64_t address = number_of(record + 1, 2);
    const uint8_t *bytes = record + 4;

    switch ((enum ihex_type)record[3]) {
    case IHEX_DATA:
        if (rows->segmented && address + record[0] > 0x10000) {
            line_fail(&rows->line, digits + 2, "the record goes past the end of its 64 KiB");
            return LINE_FAILED;
        }
        return take_bytes(rows, digits + 2, rows->base + address, bytes, record[0]);
    case IHEX_END:
        rows->closed = true;
        break;
    case IHEX_SEGMENT:
        rows->base = number_of(bytes, 2) << 4;
        rows->segmented = true;
        break;
    case IHEX_LINEAR:
        rows->base = number_of(bytes, 2) << 16;
        rows->segmented = false;
        break;
    case IHEX_SEGMENT_ENTRY:
    case IHEX_LINEAR_ENTRY:
    case IHEX_TYPES:
        break;
    }
    return LINE_NOTHING;
}

enum line_kind read_ihex(struct text_rows *rows)
{
    struct text_line *line = &rows->line;
    const char *digits = line->start + 1;
    uint8_t record[RECORD_MAX];

    if (*line->start != ':') {
        line_expected(line, line->start, "a colon, with which each record starts");
        return LINE_FAILED;
    }
    const size_t count = read_record(rows, digits, record);

    if (count == 0 || !check_length(rows, digits, record[0] + 5u, count) ||
        !check_sum(rows, record, count, (uint8_t)-sum_of(record, count - 1)) ||
        !check_ihex_type(rows, digits, record)) {
        return LINE_FAILED;
    }
    return take_ihex(rows, digits, record);
}

bool finish_ihex(struct text_rows *rows)
{
    return rows->closed || text_rows_expected_end(rows, "the end record, :00000001FF");
}

/* ---- S-records ------------------------------------------------------------------------------- */

/* Bytes of the address of each type; 0: there is no such type. */
static const uint8_t srec_address[10] = { 2, 2, 3, 4, 0, 2, 3, 4, 3, 2 };

bool starts_srec(const struct text_rows *rows, const struct text_layout *layout)
{
    const struct text_line *line = &rows->line;

    (void)layout;
    return *line->start == 'S' && line->end - line->start > 1 && g_ascii_isdigit(line->start[1]);
}

static enum line_kind take_srec(struct text_rows *rows, unsigned type, const uint8_t *record)
{
    struct text_line *line = &rows->line;
    const size_t width = srec_address[type];
    const uint64_t number = number_of(record + 1, width);

    if (type == 0) {
        return LINE_NOTHING;
    }
    if (type <= 3) {
        rows->records++;
        return take_bytes(rows, line->start + 4, number, record + 1 + width, record[0] - width - 1);
    }
    if (type <= 6) {
        if (number != rows->records) {
            line_fail(line, line->start + 4,
                      "the count says %" G_GUINT64_FORMAT " records, found %" G_GUINT64_FORMAT,
                      number, rows->records);
            return LINE_FAILED;
        }
        rows->counted = true;
        return LINE_NOTHING;
    }
    rows->closed = true;
    return LINE_NOTHING;
}

enum line_kind read_srec(struct text_rows *rows)
{
    struct text_line *line = &rows->line;
    const char *digits = line->start + 2;
    uint8_t record[RECORD_MAX];

    if (*line->start != 'S' || line->end - line->start < 2 || !g_ascii_isdigit(line->start[1]) ||
        srec_address[line->start[1] - '0'] == 0) {
        line_expected(line, line->start + (*line->start == 'S'),
                      *line->start == 'S' ? "a type of 0 to 9, but not 4"
                                          : "an S, with which each record starts");
        return LINE_FAILED;
    }
    const unsigned type = (unsigned)(line->start[1] - '0');
    const size_t least = srec_address[type] + 1u;
    const size_t count = read_record(rows, digits, record);

    if (count == 0) {
        return LINE_FAILED;
    }
    if (record[0] < least || (type >= 5 && record[0] > least)) {
        line_fail(line, digits, "a record of type S%u has %s%zu bytes, found %u", type,
                  type < 5 ? "at least " : "", least, record[0]);
        return LINE_FAILED;
    }
    if (!check_length(rows, digits, record[0] + 1u, count) ||
        !check_sum(rows, record, count, (uint8_t)~sum_of(record, count - 1))) {
        return LINE_FAILED;
    }
    return take_srec(rows, type, record);
}

bool finish_srec(struct text_rows *rows)
{
    return rows->closed || rows->counted ||
           text_rows_expected_end(rows, "a last record, S7, S8 or S9");
}
