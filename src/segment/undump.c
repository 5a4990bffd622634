/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "segment/undump.h"

#include "segment/undump-line.h"

#include <inttypes.h>
#include <stdint.h>
#include <string.h>

enum look {
    LOOK_UNKNOWN,
    LOOK_CANONICAL,
    LOOK_XXD,
    LOOK_PLAIN,
};

struct undumper {
    struct dump_line line;
    GByteArray *out;
    enum look look;
    size_t row;         /* bytes of the last row; 0: none yet */
    uint64_t offset;    /* of the next row */
    ptrdiff_t ascii_at; /* where ASCII starts, counted from the first digit; 0: not known yet */
    ptrdiff_t group; /* plain: digits of a group, once a row has two whole ones; 0: not known yet */
    uint64_t follows; /* plain: what the next row starts with if that is an offset */
    size_t star;      /* number of the line of a "*" whose offset is still to come, or 0 */
    size_t limit;     /* bytes that "*" may still stand for */
    bool closed;
};

/* ---- Bytes out ------------------------------------------------------------------------------- */

/* Makes `out` longer by `bytes`; `at` is what asks for them. */
static bool grow(struct undumper *dump, size_t bytes, const char *at)
{
    if (bytes > G_MAXUINT - dump->out->len) {
        return line_fail(&dump->line, at, "the dump stands for 4 GiB or more");
    }
    g_byte_array_set_size(dump->out, dump->out->len + (guint)bytes);
    return true;
}

/* Appends the last row over and over, `bytes` bytes in all. */
static bool repeat_row(struct undumper *dump, uint64_t bytes)
{
    const char *at = dump->line.start;
    const guint start = dump->out->len;

    if (bytes > dump->limit) {
        return line_fail(&dump->line, at, "'*' stands for too much: %" PRIu64 " bytes", bytes);
    }
    dump->limit -= bytes;
    if (!grow(dump, bytes, at)) {
        return false;
    }
    for (size_t done = 0; done < bytes;) {
        uint8_t *to = dump->out->data + start + done;
        const size_t some = MIN(dump->row + done, bytes - done);

        memcpy(to, dump->out->data + start - dump->row, some);
        done += some;
    }
    return true;
}

/* ---- Parts of a row -------------------------------------------------------------------------- */

/* DIGITS with at most `most_blanks` between two pairs, into `out`; *at is then after a pair. */
static bool read_digits(struct undumper *dump, const char **at, ptrdiff_t most_blanks)
{
    const struct dump_line *line = &dump->line;
    const guint start = dump->out->len;
    ptrdiff_t blanks = 0;

    if (!grow(dump, (size_t)(line->end - *at) / 2 + 1, *at)) {
        return false;
    }
    uint8_t *const first = dump->out->data + start;
    uint8_t *byte = first;

    do {
        *at += blanks;
        if (!line_read_byte(line, at, byte)) {
            g_byte_array_set_size(dump->out, start);
            return false;
        }
        byte++;
        blanks = line_blanks(line, *at);
    } while (blanks <= most_blanks && line_has_digit(line, *at + blanks));

    dump->row = (size_t)(byte - first);
    g_byte_array_set_size(dump->out, start + (guint)dump->row);
    return true;
}

static bool read_ascii(const struct undumper *dump, const char **at)
{
    const uint8_t *row = dump->out->data + dump->out->len - dump->row;

    return line_read_ascii(&dump->line, at, row, dump->row);
}

/* What comes after DIGITS, which were from `digits` to `at`. */
static bool read_canonical_ascii(struct undumper *dump, const char *digits, const char *at)
{
    const struct dump_line *line = &dump->line;
    const ptrdiff_t blanks = line_blanks(line, at);
    const char *bar = at + blanks;

    if (bar == line->end) {
        return line_fail(line, bar, "the column of characters is missing: |, one a byte, |");
    }
    if (blanks < 2 || *bar != '|') {
        return line_fail_character(line, at + MIN(blanks, 2), "not a hex digit");
    }
    const char *ascii = bar + 1;

    if (dump->ascii_at == 0) {
        dump->ascii_at = ascii - digits;
    }
    if (ascii - digits != dump->ascii_at) {
        return line_fail(line, bar, "ASCII does not start where it does in the first row");
    }
    return read_ascii(dump, &ascii) &&
           line_read_text(line, &ascii, "|", "not the '|' after ASCII") &&
           line_read_end(line, ascii);
}

static bool read_xxd_ascii(struct undumper *dump, const char *digits, const char *at)
{
    const struct dump_line *line = &dump->line;
    const ptrdiff_t blanks = line_blanks(line, at);
    const bool first = dump->ascii_at == 0;
    const ptrdiff_t ascii_at = first ? line->end - digits - (ptrdiff_t)dump->row : dump->ascii_at;

    if (blanks < 2 && at + blanks == line->end) {
        return line_fail(line, at + blanks,
                         "the column of characters is missing: two blanks, and one a byte");
    }
    if (blanks < 2) {
        return line_fail_character(line, at + blanks, "not a hex digit");
    }
    if (ascii_at < at + 2 - digits || ascii_at > at + blanks - digits) {
        return line_fail(line, at + blanks, "%s",
                         first ? "ASCII does not have a character for each byte"
                               : "ASCII does not start where it does in the first row");
    }
    const char *ascii = digits + ascii_at;

    dump->ascii_at = ascii_at;
    return read_ascii(dump, &ascii) && line_read_end(line, ascii);
}

/* The offset of this line: of a row, or the end of all. */
static bool reach_offset(struct undumper *dump, uint64_t offset)
{
    const uint64_t expected = dump->row > 0 ? dump->offset : offset;
    const bool repeated = dump->star > 0;

    if (repeated ? offset <= expected : offset != expected) {
        return line_fail(&dump->line, dump->line.start,
                         "offset %" PRIx64 " where %s%" PRIx64 " was expected", offset,
                         repeated ? "more than " : "", expected);
    }
    dump->offset = offset;
    dump->star = 0;
    return !repeated || repeat_row(dump, offset - expected);
}

/* ---- Lines ----------------------------------------------------------------------------------- */

static bool read_star(struct undumper *dump)
{
    if (dump->row == 0 || dump->star > 0) {
        return line_fail(&dump->line, dump->line.start, "'*' without a row before it");
    }
    dump->star = dump->line.number;
    return true;
}

static bool read_canonical(struct undumper *dump)
{
    const struct dump_line *line = &dump->line;
    const char *at = line->start;
    uint64_t offset;

    if (!line_read_offset(line, &at, &offset)) {
        return false;
    }
    if (at == line->end) {
        dump->closed = true;
        return reach_offset(dump, offset);
    }
    if (!line_read_text(line, &at, "  ", "not the two blanks after an offset") ||
        !reach_offset(dump, offset)) {
        return false;
    }
    const char *digits = at;

    return read_digits(dump, &at, 2) && read_canonical_ascii(dump, digits, at);
}

static bool read_xxd(struct undumper *dump)
{
    const struct dump_line *line = &dump->line;
    const char *at = line->start;
    uint64_t offset;

    if (!line_read_offset(line, &at, &offset) ||
        !line_read_text(line, &at, ": ", "not the ': ' after an offset") ||
        !reach_offset(dump, offset)) {
        return false;
    }
    const char *digits = at;

    return read_digits(dump, &at, 1) && read_xxd_ascii(dump, digits, at);
}

static const char *digits_end(const struct dump_line *line, const char *at)
{
    while (line_has_digit(line, at)) {
        at++;
    }
    return at;
}

/* What hexdump -f plain prints with a --group of `first` digits: all groups have as many, only the
 * last may have fewer. */
static bool has_even_groups(const struct undumper *dump, const char *at, ptrdiff_t first,
                            bool *has_two)
{
    const struct dump_line *line = &dump->line;

    *has_two = false;
    while (at < line->end && *at == ' ') {
        const char *end = digits_end(line, at + 1);
        const ptrdiff_t digits = end - at - 1;

        if (digits > first || (digits < first && end != line->end)) {
            return false;
        }
        *has_two |= digits == first;
        at = end;
    }
    return true;
}

/* False, with an error, for a row that may start with an offset: "000010 de ad", of od -A x. */
static bool check_no_offset(struct undumper *dump)
{
    const struct dump_line *line = &dump->line;
    const char *end = digits_end(line, line->start);
    const ptrdiff_t digits = end - line->start;
    const char *at = line->start;
    uint64_t number;
    bool has_two;

    if ((digits != 6 && digits != 8 && digits != 10) || (end < line->end && *end != ' ')) {
        return true;
    }
    if (!line_read_offset(line, &at, &number)) {
        return false;
    }
    const bool goes_on = dump->follows > 0 && number == dump->follows;
    const bool is_alone = end == line->end;
    const bool is_even = has_even_groups(dump, end, digits, &has_two);

    if (goes_on || !is_even || (!is_alone && !has_two && dump->group != digits)) {
        return line_fail(line, line->start,
                         "'%.*s' may be an offset of od -A x, which is not read; "
                         "digits without blanks are data",
                         (int)digits, line->start);
    }
    dump->group = has_two ? digits : dump->group;
    return true;
}

/* Of rows like "10000000 6c6c6548 0000000a" only the next one tells that they start with an
 * offset. */
static void expect_offset(struct undumper *dump)
{
    const struct dump_line *line = &dump->line;
    const char *at = line->start;
    uint64_t number;

    dump->follows = 0;
    if (dump->group > 0 && digits_end(line, at) - at == dump->group &&
        line_read_offset(line, &at, &number)) {
        dump->follows = number + dump->row - (uint64_t)dump->group / 2;
    }
}

static bool read_plain(struct undumper *dump)
{
    const char *at = dump->line.start;

    if (!check_no_offset(dump) || !read_digits(dump, &at, 1)) {
        return false;
    }
    expect_offset(dump);
    return at == dump->line.end ||
           line_fail_character(&dump->line, at + (*at == ' '), "not a hex digit");
}

static enum look recognise(const struct dump_line *line)
{
    const char *at = digits_end(line, line->start);

    if (at < line->end && *at == ':') {
        return LOOK_XXD;
    }
    return line_blanks(line, at) >= 2 ? LOOK_CANONICAL : LOOK_PLAIN;
}

static bool read_row(struct undumper *dump)
{
    if (dump->look == LOOK_UNKNOWN) {
        dump->look = recognise(&dump->line);
    }
    if (dump->look == LOOK_PLAIN) {
        return read_plain(dump);
    }
    const bool read = dump->look == LOOK_XXD ? read_xxd(dump) : read_canonical(dump);

    dump->offset += dump->row;
    return read;
}

static bool read_line(struct undumper *dump)
{
    const struct dump_line *line = &dump->line;

    if (line->start == line->end || *line->start == '#') {
        return true;
    }
    if (dump->closed) {
        return line_fail(line, line->start, "the offset before this line closed the dump");
    }
    if (line->end - line->start == 1 && *line->start == '*' && dump->look != LOOK_PLAIN) {
        return read_star(dump);
    }
    return read_row(dump);
}

bool undump(const char *name, const char *text, size_t length, size_t limit, GByteArray *out,
            GError **error)
{
    struct undumper dump = { .line = { .dump = name, .error = error }, .out = out, .limit = limit };
    struct dump_line *line = &dump.line;

    for (size_t at = 0; at < length;) {
        const char *newline = memchr(text + at, '\n', length - at);

        line->start = text + at;
        line->end = newline ? newline : text + length;
        line->number++;
        at = (size_t)(line->end - text) + 1;
        if (newline && line->end > line->start && line->end[-1] == '\r') {
            line->end--;
        }
        if (!read_line(&dump)) {
            return false;
        }
    }
    if (dump.star > 0) {
        line->number = dump.star;
        return line_fail(line, line->start, "'*' without an offset after it");
    }
    return true;
}
