/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/moving.h"

#include <inttypes.h>
#include <stdio.h>

#include "cli/progress.h"
#include "segment/describe.h"
#include "segment/error.h"
#include "transfer/plan.h"
#include "transfer/reader.h"

enum sparse_choice { SPARSE_AUTO, SPARSE_ALWAYS, SPARSE_NEVER };
static const char *const sparse_words[] = { "auto", "always", "never", NULL };

enum offload { OFFLOAD_AUTO, OFFLOAD_SPLICE, OFFLOAD_NONE };
static const char *const offload_words[] = { "auto", "splice", "none", NULL };

#define OPTION(member) offsetof(struct moving_options, member)

const struct option moving_option_table[] = {
    { "sparse", 0, OPTION_CHOICE, OPTION(sparse), "holes: auto (keep them), always (make) or never",
      "WHEN", sparse_words },
    { "offload", 0, OPTION_CHOICE, OPTION(offload), "auto (default), splice (into pipes) or none",
      "WAY", offload_words },
    { "no-offload", 0, OPTION_FLAG, OPTION(no_offload), "the same as --offload=none", NULL, NULL },
    { "progress", 0, OPTION_OPTIONAL_CHOICE, OPTION(progress), "auto (default), always or never",
      "WHEN", progress_words },
    { "explain", 0, OPTION_FLAG, OPTION(explain), "print the plan, and do nothing", NULL, NULL },
    { .name = NULL },
};

void tell_bytes_written(uint64_t done, GError **error)
{
    error_append(error, " (%" PRIu64 " bytes were written before)", done);
}

bool print_plan(struct output *output, const struct engine_job *job, GError **error)
{
    bool ok = true;
    for (guint i = 0; ok && i < job->steps->len; i++) {
        g_autoptr(GString) line = g_string_new(NULL);
        plan_describe(line, &g_array_index(job->steps, struct step, i), job->vector, job->sinks);
        g_string_append_c(line, '\n');
        ok = output_append(output, line->str, line->len, error);
    }
    return ok;
}

static bool explain(const struct engine_job *job, GError **error)
{
    struct output output;
    output_open(&output);
    return output_close(&output, print_plan(&output, job, error), error);
}

bool move_job(const struct moving_options *options, struct engine_job *job, GError **error)
{
    const uint64_t total = job->vector->open_ended ? 0 : job->vector->length;
    const int64_t start = g_get_monotonic_time();
    struct progress progress;
    uint64_t done = 0;
    progress_start(&progress, progress_unless(options->progress, &options->report), total);
    job->tick = progress_tick;
    job->context = &progress;
    const bool ok = engine_run(job, &done, error);
    progress_end(&progress, done);
    if (options->moved) {
        *options->moved = done;
    }
    if (!ok && done > 0 && !options->destination.atomic) {
        tell_bytes_written(done, error);
    }
    if (ok && report_wanted(&options->report)) {
        report_done("copied", done, start);
    }
    return ok;
}

/* Ranges that cannot be read, of which neighbours are one. */
struct unreadable {
    struct segment segment; /* the latest; of no bytes: none is to be told */
    uint64_t total;
};

static void tell_unreadable(struct unreadable *unreadable)
{
    if (unreadable->segment.length > 0) {
        g_autoptr(GString) word = g_string_new(NULL);
        segment_describe(word, &unreadable->segment);
        fprintf(stderr, "%s\n", word->str);
        unreadable->segment.length = 0;
    }
}

static void note_unreadable(void *context, struct file *file, uint64_t offset, uint64_t length)
{
    struct unreadable *unreadable = context;
    struct segment *segment = &unreadable->segment;
    unreadable->total += length;
    if (segment->length > 0 && segment->file == file &&
        segment->offset + segment->length == offset) {
        segment->length += length;
        return;
    }
    tell_unreadable(unreadable);
    *segment = (struct segment){
        .kind = file->remote ? SEGMENT_REMOTE : SEGMENT_FILE,
        .file = file,
        .offset = offset,
        .length = length,
    };
}

static bool run_plan(const struct moving_options *options, const struct vector_input *input,
                     struct destinations *destinations, struct unreadable *unreadable,
                     GError **error)
{
    if ((input->is_share &&
         !destinations_share(destinations, input->share_total, input->share_offset, error)) ||
        !destinations_fit(destinations, input->vector, error)) {
        return false;
    }
    const enum offload offload =
        options->no_offload ? OFFLOAD_NONE : (enum offload)options->offload;
    struct plan_limits limits = plan_default_limits;
    /* The kernel copies zeros where holes are asked for, and shares holes where they are not. */
    limits.offload =
        !options->zero_errors && offload != OFFLOAD_NONE && options->sparse == SPARSE_AUTO;
    limits.share_pages = offload == OFFLOAD_SPLICE;
    limits.may_end_early = input->shortage == SLICE_ALLOW_SHORT;
    limits.zeros = options->sparse == SPARSE_NEVER ? ZEROS_WRITTEN : ZEROS_HOLES;
    struct engine_job job = {
        .vector = input->vector,
        .files = input->files,
        .shortage = input->shortage,
        .reader_flags = input->reader_flags | (options->zero_errors ? READER_NO_MAP : 0u),
        .find_zeros = options->sparse == SPARSE_ALWAYS,
        .write_zeros = options->sparse == SPARSE_NEVER,
        .fixed_room = destinations_are_bounded(destinations),
    };
    if (options->zero_errors) {
        job.unreadable = note_unreadable;
        job.unreadable_context = unreadable;
    }
    job.sinks = destinations_sinks(destinations, &job.sink_count);
    g_autoptr(GArray) steps = plan_make(job.vector, job.sinks, job.sink_count, &limits);
    job.steps = steps;
    if (options->explain) {
        return explain(&job, error);
    }
    return reader_try_unsized(input->vector, input->files, input->shortage, error) &&
           destinations_start(destinations, error) && move_job(options, &job, error);
}

bool move_vector_and_tell(const struct moving_options *options, const struct vector_input *input,
                          const char *const *outputs, unsigned count, move_tell_fn *tell,
                          const void *context, GError **error)
{
    struct destination_options destination = options->destination;
    if (destination.append && destination.atomic) {
        return usage_error(error, "--append and --atomic exclude each other");
    }
    if (options->no_offload && options->offload == OFFLOAD_SPLICE) {
        return usage_error(error, "--no-offload is --offload=none, and --offload=splice is given");
    }
    destination.allow_short = input->shortage == SLICE_ALLOW_SHORT;
    destination.dry_run = options->explain;
    destination.files = input->files;
    struct destinations *destinations = destinations_open(outputs, count, &destination, error);
    if (!destinations) {
        return false;
    }
    struct unreadable unreadable = { .total = 0 };
    bool ok = run_plan(options, input, destinations, &unreadable, error);
    tell_unreadable(&unreadable);
    if (options->explain) {
        destinations_finish(destinations, false, NULL);
        return ok;
    }
    if (ok && tell) {
        ok = destinations_settle(destinations, error) && tell(context, error);
    }
    ok = destinations_finish(destinations, ok, ok ? error : NULL);
    if (ok && unreadable.total > 0) {
        g_set_error(error, IOVTOOL_ERROR, IOVTOOL_ERROR_SOURCE,
                    "%" PRIu64 " bytes could not be read, and are zeros now", unreadable.total);
        return false;
    }
    return ok;
}

bool move_vector(const struct moving_options *options, const struct vector_input *input,
                 const char *const *outputs, unsigned count, GError **error)
{
    return move_vector_and_tell(options, input, outputs, count, NULL, NULL, error);
}
