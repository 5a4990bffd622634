/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "command/commands.h"

#include <string.h>

#include "cli/moving.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "cli/vector-input.h"
#include "command/fill-targets.h"
#include "segment/describe.h"
#include "segment/literal.h"
#include "segment/spec.h"
#include "transfer/engine.h"
#include "transfer/plan.h"

/* Jobs are short to keep memory flat: the sink and the steps of a range take some 200 bytes, and
 * one job of 100,000 ranges is no faster than 782. */
#define RANGES_AT_ONCE 128u

struct fill_options {
    struct vector_options vector;
    char *byte;
    gboolean fsync;
    gboolean no_offload;
    int progress;
    gboolean explain;
    struct report_options report;
};

#define OPTION(member) offsetof(struct fill_options, member)

static const struct option fill_table[] = {
    { "byte", 0, OPTION_TEXT, OPTION(byte), "the byte, or bytes, to fill with: 00 or dead", "HEX",
      NULL },
    { "extend", 0, OPTION_FLAG, OPTION(vector.extend),
      "make the FILE of FILE@RANGE, or let it grow", NULL, NULL },
    { "fsync", 0, OPTION_FLAG, OPTION(fsync), "wait until all is on disk", NULL, NULL },
    { "no-offload", 0, OPTION_FLAG, OPTION(no_offload),
      "write zeros, do not ask the file system for them", NULL, NULL },
    { "progress", 0, OPTION_OPTIONAL_CHOICE, OPTION(progress), "auto (default), always or never",
      "WHEN", progress_words },
    { "explain", 0, OPTION_FLAG, OPTION(explain), "print the plan, and do nothing", NULL, NULL },
    { .name = NULL },
};

static const struct option_table fill_tables[] = {
    { fill_table, 0 },
    { vector_option_table, offsetof(struct fill_options, vector) },
    { remote_option_table, offsetof(struct fill_options, vector) },
    { server_option_table, offsetof(struct fill_options, vector) },
    { remote_time_option_table, offsetof(struct fill_options, vector) },
    { report_option_table, offsetof(struct fill_options, report) },
    { NULL, 0 },
};

static void fill_prepare(void *data)
{
    struct fill_options *options = data;
    vector_options_prepare(&options->vector);
    options->vector.are_places = true;
}

static void fill_finish(void *data)
{
    struct fill_options *options = data;
    g_free(options->byte);
}

struct fill {
    const struct fill_options *options;
    const GByteArray *pattern;
    const struct vector_input *ranges;
    struct fill_targets *targets;
    uint64_t done; /* bytes of the ranges that are filled: where the pattern stands */
    struct progress progress;
    struct output output; /* of --explain */
};

/* ---- Before anything is touched ---- */

/* Many equal bytes are one: zeros, above all, are known by their period. */
static void shorten(GByteArray *pattern)
{
    if (memcmp(pattern->data, pattern->data + 1, pattern->len - 1) == 0) {
        g_byte_array_set_size(pattern, 1);
    }
}

static bool parse_pattern(const char *text, GByteArray *pattern, GError **error)
{
    struct problem problem;
    if (!text) {
        return usage_error(error, "--byte=HEX is missing: what to fill with");
    }
    if (!literal_hex(text, strlen(text), pattern, &problem)) {
        problem_report(&problem, text, strlen(text), error);
        g_prefix_error(error, "--byte: ");
        return false;
    }
    if (pattern->len == 0 || pattern->len > SPEC_PATTERN_MAX) {
        return usage_error(error, "--byte takes 1 to %u bytes, not %u", SPEC_PATTERN_MAX,
                           pattern->len);
    }
    shorten(pattern);
    return true;
}

static bool check_targets(const struct vector *vector, bool extend, GError **error)
{
    for (size_t i = 0; i < vector_count(vector); i++) {
        const struct segment *segment = vector_segment(vector, i);
        const bool is_file = segment->kind == SEGMENT_FILE && !segment->file->inherited;
        if (is_file || (segment->kind == SEGMENT_REMOTE && !extend)) {
            continue;
        }
        g_autoptr(GString) name = g_string_new(NULL);
        segment_describe_short(name, segment);
        return usage_error(error,
                           segment->kind == SEGMENT_REMOTE
                               ? "%s: --extend is for files; an export keeps its size"
                               : "%s: only files and block devices named by a path, and exports of "
                                 "servers, are filled",
                           name->str);
    }
    return true;
}

/* Segments that a slice leaves out are checked as well: they cannot be what was meant. */
static bool open_ranges(const struct fill_options *options, const struct words *words,
                        struct files *files, struct vector_input *ranges, GError **error)
{
    if (!vector_input_resolve(ranges, files, &options->vector, words, error)) {
        return false;
    }
    if (check_targets(ranges->vector, options->vector.extend, error) &&
        vector_input_cut(ranges, &options->vector, error) &&
        vector_input_share(ranges, &options->vector, error)) {
        return true;
    }
    vector_input_close(ranges);
    return false;
}

/* ---- Filling ---- */

/* The next ranges, from segment *next on, as the sinks of one job; how many. */
static uint32_t take_ranges(const struct fill *fill, size_t *next, struct sink *sinks,
                            uint64_t *length)
{
    const struct vector *vector = fill->ranges->vector;
    uint32_t count = 0;
    *length = 0;
    for (; *next < vector_count(vector) && count < RANGES_AT_ONCE; ++*next) {
        const struct segment *segment = vector_segment(vector, *next);
        fill_targets_sink(fill->targets, segment, &sinks[count++]);
        *length += segment->length;
    }
    return count;
}

static bool explain(struct fill *fill, const struct engine_job *job, GError **error)
{
    fill->done += job->vector->length;
    return print_plan(&fill->output, job, error);
}

static void tick(void *context, uint64_t done)
{
    struct fill *fill = context;
    progress_tick(&fill->progress, fill->done + done);
}

static bool run(struct fill *fill, const struct engine_job *job, GError **error)
{
    uint64_t done = 0;
    const bool ok = engine_run(job, &done, error);
    fill->done += done;
    return ok;
}

/* One vector, which is the pattern over and over, into the sinks. */
static bool fill_sinks(struct fill *fill, const struct sink *sinks, uint32_t count, uint64_t length,
                       GError **error)
{
    const struct segment repeat = {
        .kind = SEGMENT_FILL,
        .period = fill->pattern->len,
        .bytes = fill->pattern->data,
        .offset = (fill->ranges->share_offset + fill->done) % fill->pattern->len,
        .length = length,
    };
    struct vector *vector = vector_new();
    struct plan_limits limits = plan_default_limits;
    limits.zeros = fill->options->no_offload ? ZEROS_WRITTEN : ZEROS_HOLES;
    struct engine_job job = {
        .vector = vector,
        .files = fill->ranges->files,
        .sinks = sinks,
        .sink_count = count,
        .write_zeros = fill->options->no_offload,
        .fixed_room = true,
        .tick = tick,
        .context = fill,
    };
    vector_append(vector, &repeat, NULL); /* cannot be too long: the ranges are not */
    g_autoptr(GArray) steps = plan_make(vector, sinks, count, &limits);
    job.steps = steps;
    const bool ok = fill->options->explain ? explain(fill, &job, error) : run(fill, &job, error);
    vector_free(vector);
    return ok;
}

static bool fill_ranges(struct fill *fill, GError **error)
{
    struct sink sinks[RANGES_AT_ONCE];
    size_t next = 0;
    uint64_t length;
    uint32_t count;
    bool ok = true;
    while (ok && (count = take_ranges(fill, &next, sinks, &length)) > 0) {
        ok = fill_sinks(fill, sinks, count, length, error);
    }
    return ok;
}

/* ---- The run ---- */

static bool fill_opened(struct fill *fill, GError **error)
{
    if (fill->options->explain) {
        output_open(&fill->output);
        return output_close(&fill->output, fill_ranges(fill, error), error);
    }
    const struct report_options *report = &fill->options->report;
    const int64_t start = g_get_monotonic_time();
    progress_start(&fill->progress, progress_unless(fill->options->progress, report),
                   fill->ranges->vector->length);
    const bool ok = fill_ranges(fill, error);
    progress_end(&fill->progress, fill->done);
    if (!ok && fill->done > 0) {
        tell_bytes_written(fill->done, error);
    }
    if (ok && report_wanted(report)) {
        report_done("filled", fill->done, start);
    }
    return ok;
}

static bool fill_run(void *data, const struct words *words, enum verdict *verdict, GError **error)
{
    const struct fill_options *options = data;
    struct vector_input ranges;
    g_autoptr(GByteArray) pattern = g_byte_array_new();
    (void)verdict;
    if (words->count == 0) {
        return usage_error(error, "no segment given");
    }
    if (!parse_pattern(options->byte, pattern, error)) {
        return false;
    }
    struct files *files = files_new();
    bool ok = open_ranges(options, words, files, &ranges, error);
    if (ok) {
        struct fill fill = { .options = options, .pattern = pattern, .ranges = &ranges };
        fill.targets = fill_targets_open(ranges.vector, options->explain, options->fsync, error);
        ok = fill.targets && fill_opened(&fill, error);
        ok = fill_targets_close(fill.targets, ok, error);
        vector_input_close(&ranges);
    }
    files_free(files);
    return ok;
}

const struct command fill_command = {
    .name = "fill",
    .summary = "Overwrite ranges of files with a byte or a pattern.",
    .operands = "SEGMENT...",
    .description =
        "Here segments are destinations: ranges of files or block devices, written in\n"
        "place and, without --extend, not grown. A pattern of several bytes goes on from\n"
        "one segment to the next. Zeros are made the file system's own way, where it has\n"
        "one.",
    .examples = "  iovtool fill --byte=00 disk.img@1M+64K\n"
                "  iovtool fill --byte=ff rom.bin@0x8000..0xC000 rom.bin@-16\n"
                "  iovtool fill --byte=deadbeef -T ranges.list\n"
                "  iovtool fill --byte=00 --explain disk.img@1M\n",
    .options_size = sizeof(struct fill_options),
    .tables = fill_tables,
    .prepare = fill_prepare,
    .run = fill_run,
    .finish = fill_finish,
};
