/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "command/commands.h"

#include <inttypes.h>

#include "cli/json.h"
#include "cli/output.h"
#include "cli/vector-input.h"
#include "core/zero.h"
#include "segment/describe.h"
#include "transfer/reader.h"

struct is_zero_options {
    struct vector_options vector;
    gboolean quiet;
    gboolean verbose;
    gboolean json;
};

#define OPTION(member) offsetof(struct is_zero_options, member)

static const struct option is_zero_table[] = {
    { "quiet", 'q', OPTION_FLAG, OPTION(quiet), "say nothing: only the exit status", NULL, NULL },
    { "verbose", 'v', OPTION_FLAG, OPTION(verbose), "name the byte's segment and its place there",
      NULL, NULL },
    { "json", 0, OPTION_FLAG, OPTION(json), "answer in JSON", NULL, NULL },
    { .name = NULL },
};

static const struct option_table is_zero_tables[] = {
    { is_zero_table, 0 },
    { vector_option_table, offsetof(struct is_zero_options, vector) },
    { padding_option_table, offsetof(struct is_zero_options, vector) },
    { mapping_option_table, offsetof(struct is_zero_options, vector) },
    { remote_option_table, offsetof(struct is_zero_options, vector) },
    { extents_option_table, offsetof(struct is_zero_options, vector) },
    { server_option_table, offsetof(struct is_zero_options, vector) },
    { remote_time_option_table, offsetof(struct is_zero_options, vector) },
    { NULL, 0 },
};

static void is_zero_prepare(void *data)
{
    struct is_zero_options *options = data;
    vector_options_prepare(&options->vector);
}

/* What was found: all `looked_at` bytes are zero, or the one after them is not. */
struct finding {
    bool is_zero;
    uint8_t byte;
    uint64_t looked_at;
    size_t segment;
    uint64_t within;
};

/* The zeros at the start of a window; of a repetition only one period is looked at. */
static uint64_t leading_zeros(const struct window *window)
{
    const size_t look = window->period ? window->period : window->iov.iov_len;
    const size_t zeros = zero_prefix(window->iov.iov_base, look);
    return zeros == look ? window->length : zeros;
}

static void note(struct finding *finding, const struct window *window, uint64_t ahead,
                 const struct vector *vector)
{
    finding->is_zero = false;
    finding->byte = ((const uint8_t *)window->iov.iov_base)[ahead];
    finding->segment = window->segment;
    finding->within = window->within + ahead;
    vector_settle_place(vector, &finding->segment, &finding->within);
}

static bool search(const struct vector_input *input, struct finding *finding, GError **error)
{
    const unsigned flags = READER_REPEATS | input->reader_flags;
    struct reader *reader = reader_new(input->vector, input->files, flags, input->shortage);
    struct window window;
    enum reader_status status = READER_END;
    *finding = (struct finding){ .is_zero = true };
    while (finding->is_zero && (status = reader_next(reader, &window, error)) == READER_WINDOW) {
        const uint64_t zeros = leading_zeros(&window);
        if (zeros < window.length) {
            note(finding, &window, zeros, input->vector);
        }
        finding->looked_at += zeros;
    }
    const bool ok = status != READER_FAILED && reader_intact(reader, error);
    reader_free(reader);
    return ok;
}

static bool print_json(struct output *output, const struct vector *vector,
                       const struct finding *finding, uint64_t offset, GError **error)
{
    json_t *object = json_pack("{s:b}", "zero", finding->is_zero);
    if (!finding->is_zero) {
        const struct segment *segment = vector_segment(vector, finding->segment);
        json_t *place = json_segment(segment);
        json_object_set_new(place, "index",
                            json_integer((json_int_t)(vector->cut_segments + finding->segment)));
        json_object_set_new(
            place, "offset",
            json_integer((json_int_t)segment_source_offset(segment, finding->within)));
        json_object_set_new(object, "offset", json_integer((json_int_t)offset));
        json_object_set_new(object, "byte", json_integer(finding->byte));
        json_object_set_new(object, "place", place);
    }
    return json_print(output, object, error);
}

static bool print_place(struct output *output, const struct vector *vector,
                        const struct finding *finding, uint64_t offset, GError **error)
{
    const struct segment *segment = vector_segment(vector, finding->segment);
    g_autoptr(GString) name = g_string_new(NULL);
    segment_describe_short(name, segment);
    return output_printf(output, error, "0x%" PRIx64 " (%" PRIu64 "): %02x in %s at %" PRIu64 "\n",
                         offset, offset, finding->byte, name->str,
                         segment_source_offset(segment, finding->within));
}

static bool print_finding(const struct is_zero_options *options, const struct vector_input *input,
                          const struct finding *finding, GError **error)
{
    const struct vector *vector = input->vector;
    const uint64_t offset = input->start + finding->looked_at;
    struct output output;
    bool ok = true;
    output_open(&output);
    if (options->json) {
        ok = print_json(&output, vector, finding, offset, error);
    } else if (!finding->is_zero && !options->quiet) {
        ok = options->verbose ? print_place(&output, vector, finding, offset, error)
                              : output_printf(&output, error, "%" PRIu64 "\n", offset);
    }
    return output_close(&output, ok, error);
}

static bool is_zero_run(void *data, const struct words *words, enum verdict *verdict,
                        GError **error)
{
    const struct is_zero_options *options = data;
    struct vector_input input;
    struct finding finding;
    if (options->quiet && (options->verbose || options->json)) {
        return usage_error(error, "--quiet excludes every other answer");
    }
    struct files *files = files_new();
    bool ok = vector_input_open(&input, files, &options->vector, words, error);
    if (ok) {
        ok = search(&input, &finding, error) && print_finding(options, &input, &finding, error) &&
             files_settle(files, error);
        *verdict = ok && finding.is_zero ? VERDICT_YES : VERDICT_NO;
        vector_input_close(&input);
    }
    files_free(files);
    return ok;
}

const struct command is_zero_command = {
    .name = "is-zero",
    .summary = "Tell whether all bytes of segments are zero.",
    .operands = "SEGMENT...",
    .description = "Exit status 0: all are zero, 1: not, 2: trouble. The offset of the first byte\n"
                   "that is not zero is printed. Holes of sparse files are not read.",
    .examples = "  iovtool is-zero disk.img@1M+64M\n"
                "  iovtool is-zero -v rom.bin@0x8000\n"
                "  if iovtool is-zero -q disk.img@0+512; then echo blank; fi\n",
    .options_size = sizeof(struct is_zero_options),
    .tables = is_zero_tables,
    .prepare = is_zero_prepare,
    .run = is_zero_run,
};
