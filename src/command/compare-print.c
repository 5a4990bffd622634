/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "command/compare-print.h"

#include <inttypes.h>

#include "segment/describe.h"

const char *const number_base_words[] = { "dec", "hex", "oct", NULL };

static const char *const side_names[SIDES] = { "A", "B" };
static const char *const side_keys[SIDES] = { "a", "b" };

bool result_differs(const struct result *result)
{
    return result->differs || result->longer >= 0;
}

static const struct segment *origin_segment(const struct sides *sides, int side,
                                            const struct side_byte *byte)
{
    return vector_segment(sides->inputs[side].vector, byte->origin.segment);
}

/* As in the whole vector, before --skip. */
static size_t segment_index(const struct sides *sides, int side, const struct side_byte *byte)
{
    return sides->inputs[side].vector->cut_segments + byte->origin.segment;
}

/* "41 in disk.img@0+512 at 17" */
static void append_byte(GString *line, const struct sides *sides, int side,
                        const struct side_byte *byte)
{
    if (byte->is_padding) {
        g_string_append_printf(line, "00 behind the end of %s", side_names[side]);
        return;
    }
    const struct segment *segment = origin_segment(sides, side, byte);
    g_string_append_printf(line, "%02x in ", byte->byte);
    segment_describe_short(line, segment);
    g_string_append_printf(line, " at %" PRIu64,
                           segment_source_offset(segment, byte->origin.within));
}

/* Where the shorter side ends; that may be before the share that was compared. */
static uint64_t shorter_end(const struct sides *sides, const struct result *result)
{
    return sides->inputs[SIDE_A].is_share ? MIN(result->end, sides->side_ends[!result->longer])
                                          : result->end;
}

bool print_end(struct output *output, const struct sides *sides, const struct result *result,
               GError **error)
{
    const int longer = result->longer;
    const uint64_t end = longer < 0 ? 0 : shorter_end(sides, result);
    return longer < 0 ||
           output_printf(output, error, "%s ends at 0x%" PRIx64 " (%" PRIu64 "), %s goes on%s\n",
                         side_names[!longer], end, end, side_names[longer],
                         result->differs ? "" : "; everything before is equal");
}

bool print_first(struct output *output, const struct sides *sides, const struct result *result,
                 GError **error)
{
    if (!result->differs) {
        return print_end(output, sides, result, error);
    }
    g_autoptr(GString) line = g_string_new(NULL);
    g_string_append_printf(line, "differ at 0x%" PRIx64 " (%" PRIu64 "): ", result->first_offset,
                           result->first_offset);
    append_byte(line, sides, SIDE_A, &result->first[SIDE_A]);
    g_string_append(line, ", ");
    append_byte(line, sides, SIDE_B, &result->first[SIDE_B]);
    g_string_append_c(line, '\n');
    return output_append(output, line->str, line->len, error);
}

static void append_number(GString *line, enum number_base base, uint64_t number)
{
    switch (base) {
    case NUMBER_DEC:
        g_string_append_printf(line, "%" PRIu64, number);
        break;
    case NUMBER_HEX:
        g_string_append_printf(line, "0x%" PRIx64, number);
        break;
    case NUMBER_OCT:
        g_string_append_printf(line, "0%" PRIo64, number);
        break;
    }
}

bool print_run(struct output *output, enum number_base base, uint64_t offset, uint64_t length,
               GError **error)
{
    g_autoptr(GString) line = g_string_sized_new(48);
    append_number(line, base, offset);
    g_string_append_c(line, ' ');
    append_number(line, base, length);
    g_string_append_c(line, '\n');
    return output_append(output, line->str, line->len, error);
}

bool print_rest(struct output *output, const struct sides *sides, const struct result *result,
                enum number_base base, GError **error)
{
    if (result->longer < 0) {
        return true;
    }
    uint64_t length;
    const bool known = side_length(&sides->inputs[result->longer], &length);
    g_autoptr(GString) line = g_string_new(NULL);
    append_number(line, base, result->end);
    g_string_append_c(line, ' ');
    if (!known) {
        g_string_append_c(line, '-'); /* a stream is not drained to count it */
    } else {
        append_number(line, base, length - result->compared);
    }
    g_string_append_printf(line, " only %s\n", side_names[result->longer]);
    return output_append(output, line->str, line->len, error);
}

static double percentage(const struct result *result)
{
    return result->compared ? 100.0 * (double)result->differing / (double)result->compared : 0.0;
}

bool print_stats(struct output *output, const struct result *result, GError **error)
{
    return output_printf(output, error,
                         "compared   %" PRIu64 " bytes\n"
                         "differing  %" PRIu64 " bytes (%.6g %%)\n"
                         "runs       %" PRIu64 "\n",
                         result->compared, result->differing, percentage(result), result->runs);
}

json_t *json_stats(const struct result *result)
{
    return json_pack("{s:I, s:I, s:I, s:f}", "compared", (json_int_t)result->compared, "differing",
                     (json_int_t)result->differing, "runs", (json_int_t)result->runs, "percent",
                     percentage(result));
}

static json_t *json_byte(const struct sides *sides, int side, const struct side_byte *byte)
{
    if (byte->is_padding) {
        return json_pack("{s:i, s:b}", "byte", 0, "padding", 1);
    }
    const struct segment *segment = origin_segment(sides, side, byte);
    const uint64_t offset = segment_source_offset(segment, byte->origin.within);
    json_t *object = json_segment(segment);
    json_object_set_new(object, "byte", json_integer(byte->byte));
    json_object_set_new(object, "index",
                        json_integer((json_int_t)segment_index(sides, side, byte)));
    json_object_set_new(object, "offset", json_integer((json_int_t)offset));
    return object;
}

json_t *json_result(const struct sides *sides, const struct result *result)
{
    json_t *object = json_pack("{s:b}", "equal", !result_differs(result));
    if (result->differs) {
        json_t *first = json_pack("{s:I}", "offset", (json_int_t)result->first_offset);
        for (int i = 0; i < SIDES; i++) {
            json_object_set_new(first, side_keys[i], json_byte(sides, i, &result->first[i]));
        }
        json_object_set_new(object, "first", first);
    }
    if (result->longer >= 0) {
        json_object_set_new(object, "longer", json_string(side_keys[result->longer]));
        json_object_set_new(object, "end", json_integer((json_int_t)shorter_end(sides, result)));
    }
    for (int i = 0; i < SIDES; i++) {
        uint64_t length;
        const bool known = side_length(&sides->inputs[i], &length);
        g_autofree char *key = g_strconcat("length_", side_keys[i], NULL);
        json_object_set_new(object, key, known ? json_integer((json_int_t)length) : json_null());
    }
    return object;
}
