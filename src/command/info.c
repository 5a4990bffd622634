/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "command/commands.h"

#include <inttypes.h>

#include "cli/json.h"
#include "cli/output.h"
#include "cli/vector-input.h"
#include "cli/word-list.h"
#include "command/info-slices.h"
#include "command/info-table.h"

struct info_options {
    struct vector_options vector;
    gboolean json;
    gboolean list;
    gboolean total;
    gboolean extents;
    gboolean quiet;
    gboolean verbose;
    uint64_t slices; /* UINT64_MAX: not given */
    char *output;
};

#define OPTION(member) offsetof(struct info_options, member)

static const struct option info_table[] = {
    { "quiet", 'q', OPTION_FLAG, OPTION(quiet), "say nothing: only the exit status", NULL, NULL },
    { "verbose", 'v', OPTION_FLAG, OPTION(verbose), "show kinds, and the sizes of the files", NULL,
      NULL },
    { "json", 0, OPTION_FLAG, OPTION(json), "answer in JSON", NULL, NULL },
    { "list", 'l', OPTION_FLAG, OPTION(list), "print only the segments, to be fed to -T", NULL,
      NULL },
    { "total", 0, OPTION_FLAG, OPTION(total), "print only the number of bytes", NULL, NULL },
    { "slices", 0, OPTION_SIZE, OPTION(slices), "print K OFFSET LENGTH of each of N equal parts",
      "N", NULL },
    { "output", 0, OPTION_TEXT, OPTION(output), "--slices --list: into PREFIX.1 to PREFIX.N",
      "PREFIX", NULL },
    { "extents", 0, OPTION_FLAG, OPTION(extents), "show the holes and the data of files", NULL,
      NULL },
    { .name = NULL },
};

static const struct option_table info_tables[] = {
    { info_table, 0 },
    { vector_option_table, offsetof(struct info_options, vector) },
    { padding_option_table, offsetof(struct info_options, vector) },
    { extents_option_table, offsetof(struct info_options, vector) },
    { server_option_table, offsetof(struct info_options, vector) },
    { remote_time_option_table, offsetof(struct info_options, vector) },
    { NULL, 0 },
};

static void info_prepare(void *data)
{
    struct info_options *options = data;
    vector_options_prepare(&options->vector);
    options->slices = UINT64_MAX;
}

static void info_finish(void *data)
{
    struct info_options *options = data;
    g_free(options->output);
}

static bool check_slices(const struct info_options *options, GError **error)
{
    if (options->slices == UINT64_MAX) {
        return !options->output ||
               usage_error(error, "--output is for --slices=N --list: what else is printed goes to "
                                  "standard output, > FILE");
    }
    if (options->slices == 0) {
        return usage_error(error, "--slices: at least 1");
    }
    if (options->total || options->extents || options->quiet || options->verbose ||
        options->vector.share.count > 0) {
        return usage_error(error, "--slices excludes --slice, --total, --extents and --quiet");
    }
    if (options->list != (options->output != NULL)) {
        return usage_error(error, "--slices: --list and --output=PREFIX need each other");
    }
    return true;
}

static bool check_options(const struct info_options *options, GError **error)
{
    const int answers = !!options->json + !!options->list + !!options->total;
    if (answers > 1) {
        return usage_error(error, "--json, --list and --total exclude each other");
    }
    if (options->quiet && (answers > 0 || options->extents || options->verbose)) {
        return usage_error(error, "--quiet excludes every other answer");
    }
    if ((options->extents || options->verbose) && (options->list || options->total)) {
        return usage_error(error, "%s excludes --list and --total",
                           options->extents ? "--extents" : "--verbose");
    }
    return check_slices(options, error);
}

/*
 * Cuts the vector to the slice that was asked for and tells what was cut off. Without a slice, or
 * where lengths are unknown, nothing is.
 */
static bool cut_slice(const struct info_options *options, struct vector_input *input,
                      struct slice *slice, GError **error)
{
    const struct vector_options *part = &options->vector;
    const struct share share = vector_options_share(part);
    struct vector *vector = input->vector;
    *slice = (struct slice){ .count = vector_count(vector) };
    if (part->skip == 0 && part->length == SEGMENT_TO_END && share.count == 0) {
        return true;
    }
    if (vector->open_ended) {
        return usage_error(error,
                           "--skip, --length and --slice: the vector has a stream of unknown "
                           "length");
    }
    uint64_t start = MIN(part->skip, vector->length);
    uint64_t length = MIN(part->length, vector->length - start);
    if (share.count > 0) {
        uint64_t offset;
        share_bounds(&share, length, &offset, &length);
        start += offset;
    }
    *slice = vector_find_slice(vector, start, length);
    return vector_input_cut(input, part, error) && vector_input_share(input, part, error);
}

static bool print_total(struct output *output, const struct vector *vector, GError **error)
{
    if (vector->open_ended) {
        g_set_error(error, USAGE_ERROR, 0, "the length of a stream is known only at its end");
        return false;
    }
    return output_printf(output, error, "%" PRIu64 "\n", vector->length);
}

static bool print_view(const struct info_options *options, const struct info_view *view,
                       struct output *output, GError **error)
{
    return options->total  ? print_total(output, view->vector, error)
           : options->json ? info_print_json(view, output, error)
                           : info_print_table(view, output, error);
}

static bool answer(const struct info_options *options, struct vector_input *input, GError **error)
{
    struct info_view view = {
        .vector = input->vector,
        .files = input->files,
        .extents = options->extents,
        .verbose = options->verbose,
    };
    if (!cut_slice(options, input, &view.slice, error)) {
        return false;
    }
    if (options->quiet) {
        return true;
    }
    if (options->list) {
        return print_word_list(input->vector, options->vector.nul, error);
    }
    struct output output;
    output_open(&output);
    const bool ok = print_view(options, &view, &output, error);
    return output_close(&output, ok, error);
}

static bool answer_slices(const struct info_options *options, struct vector_input *input,
                          GError **error)
{
    struct share shares = vector_options_share(&options->vector);
    shares.count = options->slices;
    if (!vector_input_check_sharing(input, "--slices", error) ||
        !vector_input_cut(input, &options->vector, error)) {
        return false;
    }
    return options->output
               ? info_write_slices(input, &shares, options->output, options->vector.nul, error)
               : info_print_slices(input, &shares, options->json, error);
}

static bool info_run(void *data, const struct words *words, enum verdict *verdict, GError **error)
{
    struct info_options *options = data;
    struct vector_input input;
    (void)verdict;
    if (!check_options(options, error)) {
        return false;
    }
    options->vector.has_slices = options->slices != UINT64_MAX;
    struct files *files = files_new();
    bool ok = vector_input_resolve(&input, files, &options->vector, words, error);
    if (ok) {
        ok = (options->vector.has_slices ? answer_slices(options, &input, error)
                                         : answer(options, &input, error)) &&
             files_settle(files, error);
        vector_input_close(&input);
    }
    files_free(files);
    return ok;
}

const struct command info_command = {
    .name = "info",
    .summary = "Show the segments of a vector, their offsets and lengths.",
    .operands = "SEGMENT...",
    .description =
        "No data is read. With --skip and --length, shows the slice: the segments it lies\n"
        "in, and the bytes cut off the first one's head and the last one's tail.",
    .examples = "  iovtool info disk.img@0+512 str:hello zero:4K\n"
                "  iovtool info --total log@-1M..-4\n"
                "  iovtool info -s 1M -n 64K part1 part2 part3\n"
                "  iovtool info --list -n 1G *.part > first-gigabyte.list\n"
                "  iovtool info --slices=8 --list --output=job -T all.list\n",
    .options_size = sizeof(struct info_options),
    .tables = info_tables,
    .prepare = info_prepare,
    .run = info_run,
    .finish = info_finish,
};
