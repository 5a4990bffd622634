/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "segment/text-rows-internal.h"

#include <inttypes.h>
#include <string.h>

#define OD(name, base, digits)                                                                     \
    {                                                                                              \
        .word = (name), .starts = starts_placed, .read = read_placed, .radix = (base),             \
        .stars = true, .needs_witness = true, .least_digits = (digits), .offset_end = " ",         \
        .byte_digits = 2, .least_blanks = 1, .most_blanks = 1, .open = '>', .close = '<',          \
        .least_shown = ' ', .closes = true                                                         \
    }

static const struct text_layout layouts[TEXT_LOOKS] = {
    [TEXT_CANONICAL] = { .word = "canonical",
                         .starts = starts_placed,
                         .read = read_placed,
                         .radix = 16,
                         .stars = true,
                         .needs_witness = true,
                         .least_digits = 1,
                         .offset_end = "  ",
                         .byte_digits = 2,
                         .most_blanks = 2,
                         .open = '|',
                         .close = '|',
                         .least_shown = ' ',
                         .closes = true },
    [TEXT_XXD] = { .word = "xxd",
                   .starts = starts_placed,
                   .read = read_placed,
                   .radix = 16,
                   .stars = true,
                   .least_digits = 1,
                   .offset_end = ": ",
                   .byte_digits = 2,
                   .most_blanks = 1,
                   .least_shown = ' ' },
    [TEXT_BITS] = { .word = "xxd-b",
                    .starts = starts_bits,
                    .read = read_placed,
                    .radix = 16,
                    .least_digits = 1,
                    .offset_end = ": ",
                    .byte_digits = 8,
                    .most_blanks = 1,
                    .least_shown = ' ' },
    [TEXT_OD_HEX] = OD("od-x", 16, 6),
    [TEXT_OD_DEC] = OD("od-d", 10, 7),
    [TEXT_OD_OCT] = OD("od-o", 8, 7),
    [TEXT_TCPDUMP] = { .word = "tcpdump",
                       .starts = starts_tcpdump,
                       .read = read_tcpdump,
                       .radix = 16,
                       .least_digits = 4,
                       .offset_end = ":  ",
                       .byte_digits = 2,
                       .most_blanks = 1,
                       .least_shown = '!' },
    [TEXT_HEXYL] = { .word = "hexyl",
                     .starts = starts_hexyl,
                     .read = read_hexyl,
                     .radix = 16,
                     .framed = true },
    [TEXT_ARRAY] = { .word = "c",
                     .starts = starts_array,
                     .read = read_array,
                     .finish = finish_array },
    [TEXT_PLAIN] = { .word = "plain",
                     .starts = starts_plain,
                     .read = read_plain,
                     .needs_witness = true },
    [TEXT_IHEX] = { .word = "ihex",
                    .starts = starts_ihex,
                    .read = read_ihex,
                    .finish = finish_ihex,
                    .radix = 16 },
    [TEXT_SREC] = { .word = "srec",
                    .starts = starts_srec,
                    .read = read_srec,
                    .finish = finish_srec,
                    .radix = 16 },
};

const char *text_look_word(enum text_look look)
{
    return look < TEXT_LOOKS ? layouts[look].word : NULL;
}

bool text_look_parse(const char *word, size_t length, enum text_look *look)
{
    for (unsigned i = 0; i < TEXT_LOOKS; i++) {
        if (strlen(layouts[i].word) == length && memcmp(layouts[i].word, word, length) == 0) {
            *look = (enum text_look)i;
            return true;
        }
    }
    return false;
}

/* ---- For the readers ------------------------------------------------------------------------- */

uint8_t *text_rows_room(struct text_rows *rows, size_t length)
{
    g_byte_array_set_size(rows->bytes, (guint)length);
    return rows->bytes->data;
}

bool text_rows_ambiguous(struct text_rows *rows, const char *words)
{
    const struct text_line first = rows->line;

    rows->line.start = rows->line.end = rows->input.text;
    rows->line.number = 1;
    line_fail(&rows->line, rows->line.start, "this could be %s; %s", words, rows->input.hint);
    rows->line.start = first.start;
    rows->line.end = first.end;
    rows->line.failed_at = rows->input.text + rows->input.length;
    return false;
}

enum line_kind text_rows_ended(struct text_rows *rows)
{
    line_fail(&rows->line, rows->line.start, "the dump has ended before this line");
    return LINE_FAILED;
}

bool text_rows_expected_end(struct text_rows *rows, const char *what)
{
    const struct text_rows_input *input = &rows->input;

    if (input->length > 0 && input->text[input->length - 1] == '\n') {
        rows->line.start = rows->line.end = input->text + input->length;
        rows->line.number++;
    }
    return line_fail(&rows->line, rows->line.end, "expected %s, found the end of the text", what);
}

bool text_rows_fail(struct text_rows *rows, GError **error, const char *format, ...)
{
    g_autofree char *message = NULL;
    va_list arguments;

    va_start(arguments, format);
    message = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    rows->line.error = error;
    return line_fail(&rows->line, rows->layout->radix > 0 ? rows->offset_at : rows->line.start,
                     "%s", message);
}

/* ---- Where rows go --------------------------------------------------------------------------- */

static char *offset_text(const struct text_rows *rows, uint64_t offset)
{
    return rows->layout->radix == 16   ? g_strdup_printf("%" PRIx64, offset)
           : rows->layout->radix == 10 ? g_strdup_printf("%" PRIu64, offset)
                                       : g_strdup_printf("%" PRIo64, offset);
}

/* What the difference between the offset of a row and the end of the row before it comes from. */
static char *explain(const struct text_rows *rows)
{
    const uint64_t missing = rows->offset - rows->next;
    const uint64_t surplus = rows->next - rows->offset;
    const char *plural = MIN(missing, surplus) == 1 ? "" : "s";

    if (missing <= rows->longest && rows->last->len + missing <= rows->longest) {
        return g_strdup_printf("the row before has too few digits, %" PRIu64 " byte%s", missing,
                               plural);
    }
    if (surplus < rows->last->len) {
        return g_strdup_printf("the row before has too many digits, %" PRIu64 " byte%s", surplus,
                               plural);
    }
    return rows->offset > rows->next
               ? g_strdup_printf("%" PRIu64 " byte%s missing before it; iovtool patch "
                                 "takes rows with gaps",
                                 missing, missing == 1 ? " is" : "s are")
               : g_strdup("it goes back; iovtool patch takes rows in any order");
}

/* The offset of this line: of a row, or the end of all. */
static bool place(struct text_rows *rows)
{
    const bool repeated = rows->star > 0;
    const bool goes_on =
        rows->placed && (repeated ? rows->offset > rows->next : rows->offset == rows->next);

    if (goes_on) {
        rows->witnessed = true;
        return true;
    }
    if (!rows->placed || (rows->input.use == TEXT_PLACED && !repeated)) {
        return true;
    }
    g_autofree char *found = offset_text(rows, rows->offset);
    g_autofree char *expected = offset_text(rows, rows->next);
    g_autofree char *reason = repeated ? NULL : explain(rows);

    return line_fail(&rows->line, rows->offset_at, "expected %s %s, found %s%s%s",
                     repeated ? "an offset greater than" : "the offset", expected, found,
                     reason ? ": " : "", reason ? reason : "");
}

/* The offset of this line as if it were decimal; UINT64_MAX: it is not. */
static uint64_t decimal_offset(const struct text_rows *rows)
{
    const char *at = rows->offset_at;
    uint64_t value = 0;

    for (; at < rows->line.end && g_ascii_isdigit(*at); at++) {
        value = value * 10 + (uint64_t)g_ascii_digit_value(*at);
    }
    return at < rows->line.end && g_ascii_isxdigit(*at) ? UINT64_MAX : value;
}

/* Where rows may have gaps, those of xxd -d can be read as hex ones. Called before keep_row(). */
static void note_offset_base(struct text_rows *rows)
{
    if (rows->layout->read != read_placed || rows->layout->radix != 16) {
        return;
    }
    const uint64_t decimal = decimal_offset(rows);
    const bool follows = rows->placed && rows->star == 0;
    const bool in_hex = follows && rows->offset == rows->next;
    const bool in_decimal = follows && decimal != UINT64_MAX && decimal == rows->decimal_next;

    rows->hex_offsets |= in_hex && !in_decimal;
    rows->decimal_offsets |= in_decimal && !in_hex;
    rows->decimal_next = decimal + rows->bytes->len;
}

/* The row that was just read becomes the last one, and rows->bytes the one before. */
static void keep_row(struct text_rows *rows)
{
    GByteArray *before = rows->last;

    rows->last = rows->bytes;
    rows->bytes = before;
    rows->longest = MAX(rows->longest, rows->last->len);
    rows->next = rows->offset + rows->last->len;
    rows->placed = true;
}

static void give_row(const struct text_rows *rows, struct text_row *row)
{
    *row = (struct text_row){
        .bytes = rows->last->data,
        .length = rows->last->len,
        .span = rows->last->len,
        .offset = rows->offset,
        .line = rows->line.number,
    };
}

/* What "*" stands for: `bytes` again and again, up to the offset of this line. */
static void give_repetition(struct text_rows *rows, const GByteArray *bytes, uint64_t from,
                            struct text_row *row)
{
    *row = (struct text_row){
        .bytes = bytes->data,
        .length = (size_t)MIN((uint64_t)bytes->len, rows->offset - from),
        .span = rows->offset - from,
        .offset = from,
        .line = rows->line.number,
    };
    rows->star = 0;
}

/* ---- Lines ----------------------------------------------------------------------------------- */

static bool next_line(struct text_rows *rows)
{
    struct text_line *line = &rows->line;
    const struct text_rows_input *input = &rows->input;

    while (rows->at < input->length) {
        const char *start = input->text + rows->at;
        const char *newline = memchr(start, '\n', input->length - rows->at);

        line->start = start;
        line->end = newline ? newline : input->text + input->length;
        line->number++;
        rows->at = (size_t)(line->end - input->text) + 1;
        if (newline && line->end > start && line->end[-1] == '\r') {
            line->end--;
        }
        if (start < line->end && *start != '#') {
            return true;
        }
    }
    return false;
}

static bool is_star(const struct text_rows *rows)
{
    const struct text_line *line = &rows->line;

    return rows->layout->stars && line->end - line->start == 1 && *line->start == '*';
}

static bool read_star(struct text_rows *rows)
{
    if (!rows->placed || rows->star > 0) {
        return line_fail(&rows->line, rows->line.start, "'*' without a row before it");
    }
    rows->star = rows->line.number;
    return true;
}

static enum line_kind read_line(struct text_rows *rows)
{
    if (rows->closed && !rows->layout->framed) {
        return text_rows_ended(rows);
    }
    const enum line_kind kind = is_star(rows) ? LINE_STAR : rows->layout->read(rows);

    if (kind == LINE_STAR) {
        return read_star(rows) ? LINE_NOTHING : LINE_FAILED;
    }
    return kind;
}

static bool finish(struct text_rows *rows)
{
    if (rows->star > 0) {
        rows->line.number = rows->star;
        return line_fail(&rows->line, rows->line.start, "'*' without an offset after it");
    }
    if (rows->layout->finish != NULL && !rows->layout->finish(rows)) {
        return false;
    }
    if (rows->decimal_offsets && !rows->hex_offsets && rows->input.look == TEXT_ANY) {
        g_autofree char *words =
            g_strdup_printf("%s, or have decimal offsets (xxd -d)", rows->layout->word);
        return text_rows_ambiguous(rows, words);
    }
    if (rows->layout == &layouts[TEXT_CANONICAL] && rows->decimal && rows->input.look == TEXT_ANY) {
        return text_rows_ambiguous(rows, "canonical, or decimal numbers (od -t u1)");
    }
    if (rows->layout->needs_witness && !rows->witnessed && rows->placed &&
        rows->input.look == TEXT_ANY && rows->input.use == TEXT_ADJACENT) {
        g_autofree char *words =
            rows->layout == &layouts[TEXT_PLAIN]
                ? g_strdup("plain, or od-x with an offset")
                : g_strdup_printf("%s with an offset, or plain", rows->layout->word);
        return text_rows_ambiguous(rows, words);
    }
    return true;
}

/* A row, or an offset alone, that was read. False: there is nothing to return yet. */
static enum text_rows_status take(struct text_rows *rows, enum line_kind kind, struct text_row *row,
                                  bool *taken)
{
    const uint64_t from = rows->next;
    const bool repeated = rows->star > 0;

    if (rows->layout->radix > 0 && !place(rows)) {
        return TEXT_FAILED;
    }
    note_offset_base(rows);
    rows->closed |= kind == LINE_CLOSING;
    *taken = repeated || kind == LINE_ROW;
    if (kind == LINE_ROW) {
        keep_row(rows);
        rows->held = repeated;
    }
    if (repeated) {
        give_repetition(rows, kind == LINE_ROW ? rows->bytes : rows->last, from, row);
    } else if (kind == LINE_ROW) {
        give_row(rows, row);
    }
    return TEXT_ROW;
}

enum text_rows_status text_rows_next(struct text_rows *rows, struct text_row *row, GError **error)
{
    bool taken = false;

    rows->line.error = error;
    if (rows->held) {
        rows->held = false;
        give_row(rows, row);
        return TEXT_ROW;
    }
    while (!taken && next_line(rows)) {
        const enum line_kind kind = read_line(rows);

        if (kind == LINE_FAILED ||
            (kind != LINE_NOTHING && take(rows, kind, row, &taken) == TEXT_FAILED)) {
            return TEXT_FAILED;
        }
    }
    if (taken) {
        return TEXT_ROW;
    }
    return finish(rows) ? TEXT_END : TEXT_FAILED;
}

/* ---- The look -------------------------------------------------------------------------------- */

static struct text_rows *rows_new(const struct text_rows_input *input,
                                  const struct text_layout *layout)
{
    struct text_rows *rows = g_new0(struct text_rows, 1);

    rows->input = *input;
    rows->layout = layout;
    rows->line.kind = input->kind;
    rows->line.name = input->name;
    rows->line.number = 0;
    rows->bytes = g_byte_array_new();
    rows->last = g_byte_array_new();
    return rows;
}

void text_rows_close(struct text_rows *rows)
{
    if (rows != NULL) {
        g_byte_array_unref(rows->bytes);
        g_byte_array_unref(rows->last);
        g_free(rows);
    }
}

/* What a look makes of the whole text. */
struct trial {
    const struct text_layout *layout;
    GError *error;         /* NULL: it can read it */
    const char *failed_at; /* the end of the text: the look is possible, but not sure */
    char *digest;          /* of all that its rows say */
};

static void add_number(GChecksum *sum, uint64_t number)
{
    g_checksum_update(sum, (const guchar *)&number, sizeof(number));
}

static struct trial run_trial(const struct text_rows_input *input, const struct text_layout *layout)
{
    struct trial trial = { .layout = layout };
    struct text_rows *rows = rows_new(input, layout);
    GChecksum *sum = g_checksum_new(G_CHECKSUM_SHA256);
    enum text_rows_status status;
    struct text_row row;

    while ((status = text_rows_next(rows, &row, &trial.error)) == TEXT_ROW) {
        g_checksum_update(sum, row.bytes, (gssize)row.length);
        if (row.span > row.length) {
            add_number(sum, row.span);
        }
        if (input->use == TEXT_PLACED) {
            add_number(sum, row.offset);
        }
    }
    trial.failed_at = rows->line.failed_at;
    trial.digest = g_strdup(g_checksum_get_string(sum));
    g_checksum_free(sum);
    text_rows_close(rows);
    return trial;
}

static bool is_possible(const struct trial *trial, const struct text_rows_input *input)
{
    return trial->error == NULL || trial->failed_at == input->text + input->length;
}

/* The look to go on with: one that reads the text, else the one that came furthest. NULL, with the
 * error set, when two read it as different bytes. */
static const struct text_layout *choose(struct text_rows *rows, const struct trial *trials,
                                        size_t count)
{
    const struct trial *best = &trials[0];
    const struct trial *first = NULL;

    for (size_t i = 0; i < count; i++) {
        const struct trial *trial = &trials[i];

        if (is_possible(trial, &rows->input)) {
            if (first != NULL && strcmp(first->digest, trial->digest) != 0) {
                g_autofree char *words =
                    g_strdup_printf("%s or %s", first->layout->word, trial->layout->word);
                text_rows_ambiguous(rows, words);
                return NULL;
            }
            first = first ? first : trial;
        }
        if (best->error != NULL && (trial->error == NULL || trial->failed_at > best->failed_at)) {
            best = trial;
        }
    }
    return best->layout;
}

static const struct text_layout *try_all(struct text_rows *rows,
                                         const struct text_layout *const *candidates, size_t count)
{
    struct trial trials[TEXT_LOOKS];

    for (size_t i = 0; i < count; i++) {
        trials[i] = run_trial(&rows->input, candidates[i]);
    }
    const struct text_layout *layout = choose(rows, trials, count);

    for (size_t i = 0; i < count; i++) {
        g_clear_error(&trials[i].error);
        g_free(trials[i].digest);
    }
    return layout;
}

static const struct text_layout *find_layout(struct text_rows *rows)
{
    const struct text_layout *candidates[TEXT_LOOKS];
    size_t count = 0;

    if (!next_line(rows)) {
        return &layouts[TEXT_PLAIN];
    }
    for (size_t i = 0; i < TEXT_LOOKS; i++) {
        const bool allowed = layouts[i].radix > 0 || rows->input.use == TEXT_ADJACENT;

        if (allowed && layouts[i].starts(rows, &layouts[i])) {
            candidates[count++] = &layouts[i];
        }
    }
    if (count == 0 && rows->input.use == TEXT_PLACED) {
        line_expected(&rows->line, rows->line.start, "a row that starts with an offset");
        return NULL;
    }
    if (count == 0) {
        return &layouts[TEXT_PLAIN];
    }
    return count == 1 ? candidates[0] : try_all(rows, candidates, count);
}

struct text_rows *text_rows_open(const struct text_rows_input *input, GError **error)
{
    const struct text_layout *layout;

    if (input->look != TEXT_ANY) {
        layout = &layouts[input->look];
    } else {
        struct text_rows *first = rows_new(input, &layouts[TEXT_PLAIN]);

        first->line.error = error;
        layout = find_layout(first);
        text_rows_close(first);
    }
    return layout ? rows_new(input, layout) : NULL;
}
