/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "command/compare-hex.h"

#include <inttypes.h>
#include <string.h>

#include "core/differ.h"

#define COLOR_A "\033[31m"
#define COLOR_B "\033[32m"
#define COLOR_OFF "\033[0m"

struct row {
    uint64_t offset; /* in the vectors */
    unsigned length;
    struct {
        uint8_t bytes[COMPARE_ROW];
        uint64_t source_offset;
        bool has_source; /* false: zeros behind the end */
    } sides[SIDES];
};

struct compare_hex {
    const struct sides *sides;
    struct output *output;
    unsigned context;
    bool color;

    struct row row;     /* the one being filled */
    struct row *before; /* a ring of the last equal rows, `context` of them */
    unsigned held;      /* in the ring */
    unsigned oldest;
    unsigned after;     /* equal rows still to be shown */
    uint64_t shown_end; /* the vector's offset after the last row shown; UINT64_MAX: none was */
};

struct compare_hex *compare_hex_new(const struct sides *sides, struct output *output,
                                    unsigned context, bool color)
{
    struct compare_hex *hex = g_new0(struct compare_hex, 1);
    *hex = (struct compare_hex){
        .sides = sides,
        .output = output,
        .context = context,
        .color = color,
        .before = g_new0(struct row, MAX(context, 1u)),
        .shown_end = UINT64_MAX,
    };
    return hex;
}

void compare_hex_free(struct compare_hex *hex)
{
    g_free(hex->before);
    g_free(hex);
}

static bool differs_at(const struct row *row, unsigned i)
{
    return row->sides[SIDE_A].bytes[i] != row->sides[SIDE_B].bytes[i];
}

static bool row_differs(const struct row *row)
{
    return memcmp(row->sides[SIDE_A].bytes, row->sides[SIDE_B].bytes, row->length) != 0;
}

/* An escape only where the state changes. */
static void set_color(const struct compare_hex *hex, GString *line, int side, bool on, bool *state)
{
    if (hex->color && on != *state) {
        g_string_append(line, !on ? COLOR_OFF : side == SIDE_A ? COLOR_A : COLOR_B);
        *state = on;
    }
}

static void append_side(const struct compare_hex *hex, GString *line, const struct row *row,
                        int side)
{
    const uint8_t *bytes = row->sides[side].bytes;
    bool colored = false;
    if (row->sides[side].has_source) {
        g_string_append_printf(line, "%08" PRIx64 " ", row->sides[side].source_offset);
    } else {
        g_string_append(line, "       - ");
    }
    for (unsigned i = 0; i < COMPARE_ROW; i++) {
        g_string_append_c(line, ' ');
        set_color(hex, line, side, i < row->length && differs_at(row, i), &colored);
        if (i < row->length) {
            g_string_append_printf(line, "%02x", bytes[i]);
        } else {
            g_string_append(line, "  ");
        }
    }
    set_color(hex, line, side, false, &colored);
    g_string_append(line, "  |");
    for (unsigned i = 0; i < row->length; i++) {
        set_color(hex, line, side, differs_at(row, i), &colored);
        g_string_append_c(line, g_ascii_isprint((char)bytes[i]) ? (char)bytes[i] : '.');
    }
    set_color(hex, line, side, false, &colored);
    g_string_append_c(line, '|');
}

static bool show_row(struct compare_hex *hex, const struct row *row, GError **error)
{
    g_autoptr(GString) line = g_string_new(NULL);
    if (row->offset != hex->shown_end) {
        g_string_append_printf(line, "@@ 0x%" PRIx64 " (%" PRIu64 ") @@\n", row->offset,
                               row->offset);
    }
    append_side(hex, line, row, SIDE_A);
    g_string_append_printf(line, "%*s", (int)(COMPARE_ROW - row->length) + 2, "");
    append_side(hex, line, row, SIDE_B);
    g_string_append_c(line, '\n');
    hex->shown_end = row->offset + row->length;
    return output_append(hex->output, line->str, line->len, error);
}

static bool show_before(struct compare_hex *hex, GError **error)
{
    for (; hex->held > 0; hex->held--) {
        if (!show_row(hex, &hex->before[hex->oldest], error)) {
            return false;
        }
        hex->oldest = (hex->oldest + 1) % hex->context;
    }
    return true;
}

static void hold(struct compare_hex *hex, const struct row *row)
{
    if (hex->context == 0) {
        return;
    }
    hex->before[(hex->oldest + hex->held) % hex->context] = *row;
    if (hex->held < hex->context) {
        hex->held++;
    } else {
        hex->oldest = (hex->oldest + 1) % hex->context;
    }
}

static bool end_row(struct compare_hex *hex, GError **error)
{
    struct row *row = &hex->row;
    bool ok = true;
    if (row_differs(row)) {
        ok = show_before(hex, error) && show_row(hex, row, error);
        hex->after = hex->context;
    } else if (hex->after > 0) {
        hex->after--;
        ok = show_row(hex, row, error);
    } else {
        hold(hex, row);
    }
    row->offset += row->length;
    row->length = 0;
    return ok;
}

static void start_row(struct compare_hex *hex, const struct pair *pair, uint64_t offset,
                      uint64_t ahead)
{
    hex->row.offset = offset;
    for (int i = 0; i < SIDES; i++) {
        struct origin origin;
        const bool has = pair_origin(pair, i, ahead, &origin);
        hex->row.sides[i].has_source = has;
        if (has) {
            const struct vector *vector = hex->sides->inputs[i].vector;
            hex->row.sides[i].source_offset =
                segment_source_offset(vector_segment(vector, origin.segment), origin.within);
        }
    }
}

/* Rows of `length` bytes of the stretch, from `ahead` on. */
static bool feed(struct compare_hex *hex, const struct pair *pair, const struct stretch *stretch,
                 uint64_t ahead, uint64_t length, GError **error)
{
    struct row *row = &hex->row;
    while (length > 0) {
        if (row->length == 0) {
            start_row(hex, pair, stretch->offset + ahead, ahead);
        }
        const unsigned take = (unsigned)MIN(length, (uint64_t)(COMPARE_ROW - row->length));
        for (int i = 0; i < SIDES; i++) {
            pair_copy(pair, stretch, i, ahead, row->sides[i].bytes + row->length, take);
        }
        row->length += take;
        ahead += take;
        length -= take;
        if (row->length == COMPARE_ROW && !end_row(hex, error)) {
            return false;
        }
    }
    return true;
}

/* Of a long equal part only the rows near its ends can be shown: the others are passed over. */
static bool feed_equal(struct compare_hex *hex, const struct pair *pair,
                       const struct stretch *stretch, uint64_t ahead, uint64_t length,
                       GError **error)
{
    const uint64_t to_row_end = (COMPARE_ROW - hex->row.length) % COMPARE_ROW;
    const uint64_t front = MIN(length, to_row_end + (uint64_t)hex->context * COMPARE_ROW);
    if (!feed(hex, pair, stretch, ahead, front, error)) {
        return false;
    }
    const uint64_t left = length - front;
    const uint64_t back = (uint64_t)hex->context * COMPARE_ROW;
    const uint64_t skipped = left > back ? (left - back) / COMPARE_ROW * COMPARE_ROW : 0;
    if (skipped > 0) {
        hex->held = 0;
        hex->after = 0;
    }
    return feed(hex, pair, stretch, ahead + front + skipped, left - skipped, error);
}

bool compare_hex_stretch(void *context, const struct pair *pair, const struct stretch *stretch,
                         GError **error)
{
    struct compare_hex *hex = context;
    const uint8_t *const *bytes = stretch->bytes;
    uint64_t done = 0;
    while (done < stretch->length) {
        uint64_t equal = stretch->length - done;
        if (bytes[SIDE_A]) {
            equal = differ_equal_prefix(bytes[SIDE_A] + done, bytes[SIDE_B] + done, (size_t)equal);
        }
        if (equal > 0 && !feed_equal(hex, pair, stretch, done, equal, error)) {
            return false;
        }
        done += equal;
        const uint64_t row_left =
            MIN((uint64_t)(COMPARE_ROW - hex->row.length), stretch->length - done);
        if (!feed(hex, pair, stretch, done, row_left, error)) {
            return false;
        }
        done += row_left;
    }
    return true;
}

bool compare_hex_finish(struct compare_hex *hex, GError **error)
{
    return hex->row.length == 0 || end_row(hex, error);
}
