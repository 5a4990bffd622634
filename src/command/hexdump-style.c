/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "command/hexdump-style.h"

#include <inttypes.h>

#include "command/hexdump-rows.h"

const char *const format_words[] = { "canonical", "xxd",  "plain", "qemu", "c",
                                     "json",      "ihex", "srec",  NULL };

/* Bytes a row in other bases than hex, so that it fits 80 columns; xxd -b has as many. */
#define BINARY_WIDTH 6u
#define NUMBER_WIDTH 8u

#define RECORDS                                                                                    \
    {                                                                                              \
        .offset_end = "", .width = 16, .no_base = true, .no_groups = true, .no_prefix = true,      \
        .no_segments = true, .no_upper = true, .needs_offsets = true, .most = RECORD_WIDTH_MAX     \
    }

static const struct look looks[] = {
    [FORMAT_IHEX] = RECORDS,
    [FORMAT_SREC] = RECORDS,
    [FORMAT_CANONICAL] = { .offset_end = "  ",
                           .ascii_start = "  |",
                           .ascii_end = "|",
                           .digits = 8,
                           .width = 16,
                           .group = 1,
                           .half = 8,
                           .ascii = true,
                           .squeeze = true,
                           .closing = true,
                           .has_notations = true },
    [FORMAT_XXD] = { .offset_end = ": ",
                     .ascii_start = "  ",
                     .ascii_end = "",
                     .digits = 8,
                     .width = 16,
                     .group = 2,
                     .ascii = true,
                     .has_notations = true },
    [FORMAT_PLAIN] = { .offset_end = "",
                       .width = 30,
                       .no_offsets = true,
                       .no_base = true,
                       .no_numbers = true },
    [FORMAT_QEMU] = { .offset_end = ":  ",
                      .ascii_start = " ",
                      .ascii_end = "",
                      .digits = 4,
                      .width = 16,
                      .group = 1,
                      .half = 4,
                      .ascii = true },
    [FORMAT_C] = { .width = 12,
                   .no_offsets = true,
                   .no_base = true,
                   .no_groups = true,
                   .no_segments = true },
    [FORMAT_JSON] = { .offset_end = "",
                      .width = 16,
                      .no_base = true,
                      .no_groups = true,
                      .no_prefix = true },
};

static bool check_applies(const struct hexdump_options *options, const struct look *look,
                          GError **error)
{
    const struct {
        const char *option;
        bool given;
        bool meaningless;
    } checks[] = {
        { "--group", options->group != SIZE_NOT_GIVEN, look->no_groups },
        { "--little-endian", options->little_endian, look->no_groups || look->no_numbers },
        { "--prefix", options->prefix != NULL, look->no_prefix },
        { "--display-offset", options->display_offset != INT64_MIN, look->no_offsets },
        { "--offsets", options->offsets != CHOICE_NOT_GIVEN, look->no_offsets },
        { "--offset-base", options->offset_base != CHOICE_NOT_GIVEN, look->no_base },
        { "--no-end", options->no_end, !look->closing },
        { "--segments", options->segments, look->no_segments },
        { "--upper", options->upper, look->no_upper },
        { "--base", options->base != CHOICE_NOT_GIVEN, !look->has_notations },
        { "--offsets=none", options->offsets == OFFSETS_NONE, look->needs_offsets },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(checks); i++) {
        if (checks[i].given && checks[i].meaningless) {
            return usage_error(error, "%s means nothing with --format=%s", checks[i].option,
                               format_words[options->format]);
        }
    }
    return true;
}

const struct look *hexdump_look(const struct hexdump_options *options)
{
    return &looks[options->format];
}

bool hexdump_settle(struct hexdump_options *options, GError **error)
{
    if (options->json) {
        if (options->format != CHOICE_NOT_GIVEN && options->format != FORMAT_JSON) {
            return usage_error(error, "--json and --format=%s exclude each other",
                               format_words[options->format]);
        }
        options->format = FORMAT_JSON;
    }
    options->format = MAX(options->format, FORMAT_CANONICAL);
    const struct look *look = &looks[options->format];
    if (!check_applies(options, look, error)) {
        return false;
    }
    options->base = MAX(options->base, HEXLINE_BYTE_HEX);
    const bool is_hex = options->base == HEXLINE_BYTE_HEX;
    if (!is_hex && (options->upper || options->little_endian)) {
        return usage_error(error, "%s means nothing without --base=hex",
                           options->upper ? "--upper" : "--little-endian");
    }
    if (options->format == FORMAT_C && options->prefix && !*options->prefix) {
        return usage_error(error, "--prefix: the array of --format=c needs a name");
    }
    const bool one_row = options->format == FORMAT_PLAIN && options->width == 0;
    const unsigned width = is_hex                              ? look->width
                           : options->base == HEXLINE_BYTE_BIN ? BINARY_WIDTH
                                                               : NUMBER_WIDTH;
    const unsigned most = look->most > 0 ? look->most : HEXLINE_WIDTH_MAX;
    options->width = options->width == SIZE_NOT_GIVEN ? width : options->width;
    if (!one_row && (options->width < 1 || options->width > most)) {
        return usage_error(error, "--width=%" PRIu64 ": a row has 1 to %u bytes", options->width,
                           most);
    }
    if (options->group == SIZE_NOT_GIVEN) {
        options->group = options->little_endian ? 4 : is_hex ? look->group : 1;
    }
    if (one_row && options->group > HEXLINE_WIDTH_MAX) {
        return usage_error(error, "--group: at most %u bytes in one endless row",
                           HEXLINE_WIDTH_MAX);
    }
    options->group = MIN(options->group, HEXLINE_WIDTH_MAX);
    const bool power = options->group > 0 && (options->group & (options->group - 1)) == 0;
    if (options->little_endian && !power) {
        return usage_error(error, "--little-endian needs a --group of a power of two");
    }
    options->display_offset = options->display_offset == INT64_MIN ? 0 : options->display_offset;
    options->offsets = MAX(options->offsets, OFFSETS_VECTOR);
    options->offset_base = MAX(options->offset_base, HEXLINE_HEX);
    return true;
}

/* The least and the largest offset that the dump will show, or all dumps of a shared vector; *last
 * is not known (0) when a stream's length is not. */
static void offset_span(const struct hexdump_options *options, const struct vector_input *input,
                        uint64_t *first, uint64_t *last)
{
    const struct vector *vector = input->vector;
    if (options->offsets != OFFSETS_FILE) {
        const uint64_t length = input->is_share      ? input->share_total - input->share_offset
                                : vector->open_ended ? options->vector.length
                                                     : vector->length;
        *first = input->start;
        *last = length == SEGMENT_TO_END ? 0 : input->start + length;
        return;
    }
    *first = UINT64_MAX;
    *last = 0;
    for (size_t i = 0; i < vector_count(vector); i++) {
        const struct segment *segment = vector_segment(vector, i);
        const uint64_t start = segment_source_offset(segment, 0);
        *first = MIN(*first, start);
        *last = MAX(*last, segment_open_ended(segment) ? start : start + segment->length);
    }
}

static unsigned digits_of(uint64_t offset, enum hexline_base base)
{
    const unsigned radix = base == HEXLINE_HEX ? 16 : base == HEXLINE_DEC ? 10 : 8;
    unsigned digits = 1;
    while (offset >= radix) {
        offset /= radix;
        digits++;
    }
    return digits;
}

/* One endless row is made of the longest ones that end with a group. */
static unsigned row_width(const struct hexdump_options *options)
{
    const unsigned group = MAX((unsigned)options->group, 1u);
    return options->width ? (unsigned)options->width : HEXLINE_WIDTH_MAX / group * group;
}

bool hexdump_address_bytes(const struct hexdump_options *options, const struct vector_input *input,
                           unsigned *bytes, GError **error)
{
    uint64_t first;
    uint64_t end;
    offset_span(options, input, &first, &end);
    const bool is_known =
        end > 0 && !(options->offsets == OFFSETS_FILE && input->vector->open_ended);
    end = is_known ? end + (uint64_t)options->display_offset : 0;
    if (end > 0 && end - 1 > RECORD_ADDRESS_MAX) {
        return usage_error(error,
                           "the last byte is at %" PRIu64
                           ", and addresses of --format=%s have 32 bits; see --display-offset",
                           end - 1, format_words[options->format]);
    }
    *bytes = options->format == FORMAT_IHEX ? 0 : records_address_bytes(end);
    return true;
}

bool hexdump_style(const struct hexdump_options *options, const struct vector_input *input,
                   const char *prefix, struct hexline_style *style, GError **error)
{
    const struct look *look = &looks[options->format];
    uint64_t first;
    uint64_t last;
    offset_span(options, input, &first, &last);
    const int64_t shift = options->display_offset;
    if (shift < 0 && vector_count(input->vector) > 0 && first < (uint64_t)-shift) {
        return usage_error(
            error, "--display-offset=%" PRId64 ": the first offset, %" PRIu64 ", would be negative",
            shift, first);
    }
    last += last > 0 ? (uint64_t)shift : 0;
    if (last > 0 && !look->closing) {
        last--;
    }
    const enum hexline_base base = (enum hexline_base)options->offset_base;
    const bool none = look->no_offsets || options->offsets == OFFSETS_NONE;
    *style = (struct hexline_style){
        .prefix = prefix,
        .base = none ? HEXLINE_NO_OFFSET : base,
        .digits = MAX(look->digits, digits_of(last, base)),
        .offset_end = none ? "" : look->offset_end,
        .width = row_width(options),
        .group = (unsigned)options->group,
        .half = look->half,
        .little_endian = options->little_endian,
        .notation = (enum hexline_notation)options->base,
        .upper = options->upper,
        .ascii = look->ascii,
        .ascii_start = look->ascii_start,
        .ascii_end = look->ascii_end,
    };
    return true;
}
