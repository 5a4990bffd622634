/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "command/copy.h"

#include <inttypes.h>

#include "command/destination.h"
#include "command/output.h"
#include "command/progress.h"
#include "command/vector-input.h"
#include "transfer/engine.h"
#include "transfer/plan.h"

enum sparse_choice { SPARSE_AUTO, SPARSE_ALWAYS, SPARSE_NEVER };
static const char *const sparse_words[] = { "auto", "always", "never", NULL };

struct copy_options {
    struct vector_options vector; /* first: see there */
    GPtrArray *outputs;
    struct destination_options destination;
    int sparse;
    gboolean no_offload;
    int progress;
    gboolean explain;
};

#define OPTION(member) offsetof(struct copy_options, member)

static const struct option copy_table[] = {
    { "output", 'o', OPTION_TEXTS, OPTION(outputs),
      "write to DEST: a FILE, FILE@RANGE, fd:N or - (again for more)", "DEST", NULL },
    { "append", 0, OPTION_FLAG, OPTION(destination.append), "write at the end of FILE", NULL,
      NULL },
    { "no-clobber", 0, OPTION_FLAG, OPTION(destination.no_clobber),
      "refuse a FILE that exists already", NULL, NULL },
    { "atomic", 0, OPTION_FLAG, OPTION(destination.atomic),
      "put FILE in place only when it is complete and on disk", NULL, NULL },
    { "fsync", 0, OPTION_FLAG, OPTION(destination.fsync), "wait until all is on disk", NULL, NULL },
    { "sparse", 0, OPTION_CHOICE, OPTION(sparse),
      "holes: auto (keep them), always (make them) or never", "WHEN", sparse_words },
    { "no-offload", 0, OPTION_FLAG, OPTION(no_offload),
      "read and write, do not let the kernel copy", NULL, NULL },
    { "progress", 0, OPTION_OPTIONAL_CHOICE, OPTION(progress), "auto (default), always or never",
      "WHEN", progress_words },
    { "explain", 0, OPTION_FLAG, OPTION(explain), "print the plan, and do nothing", NULL, NULL },
    { .name = NULL },
};

static const struct option *const copy_tables[] = { copy_table, vector_option_table, NULL };

static void copy_prepare(void *data)
{
    struct copy_options *options = data;
    vector_options_prepare(&options->vector);
}

static void copy_finish(void *data)
{
    struct copy_options *options = data;
    g_clear_pointer(&options->outputs, g_ptr_array_unref);
}

static bool explain(const struct engine_job *job, GError **error)
{
    struct output output;
    bool ok = true;
    output_open(&output);
    for (guint i = 0; ok && i < job->steps->len; i++) {
        g_autoptr(GString) line = g_string_new(NULL);
        plan_describe(line, &g_array_index(job->steps, struct step, i), job->vector, job->sinks);
        g_string_append_c(line, '\n');
        ok = output_append(&output, line->str, line->len, error);
    }
    return output_close(&output, ok, error);
}

static bool run_job(const struct copy_options *options, struct engine_job *job, GError **error)
{
    const uint64_t total = job->vector->open_ended ? 0 : job->vector->length;
    struct progress progress;
    uint64_t done = 0;
    progress_start(&progress, (enum progress_choice)options->progress, total);
    job->tick = progress_tick;
    job->context = &progress;
    const bool ok = engine_run(job, &done, error);
    progress_end(&progress, done);
    if (!ok && done > 0) {
        g_autofree char *told =
            g_strdup_printf("%s (%" PRIu64 " bytes were written before)", (*error)->message, done);
        g_free((*error)->message);
        (*error)->message = g_steal_pointer(&told);
    }
    return ok;
}

static bool copy_vector(const struct copy_options *options, const struct vector_input *input,
                        struct destinations *destinations, GError **error)
{
    if (!destinations_fit(destinations, input->vector, error)) {
        return false;
    }
    struct plan_limits limits = plan_default_limits;
    limits.offload = !options->no_offload;
    limits.zeros = options->sparse == SPARSE_NEVER ? ZEROS_WRITTEN : ZEROS_HOLES;
    struct engine_job job = {
        .vector = input->vector,
        .files = input->files,
        .shortage = input->shortage,
        .reader_flags = input->reader_flags,
        .find_zeros = options->sparse == SPARSE_ALWAYS,
        .write_zeros = options->sparse == SPARSE_NEVER,
        .fixed_room = destinations_are_bounded(destinations),
    };
    job.sinks = destinations_sinks(destinations, &job.sink_count);
    g_autoptr(GArray) steps = plan_make(job.vector, job.sinks, job.sink_count, &limits);
    job.steps = steps;
    if (options->explain) {
        return explain(&job, error);
    }
    return destinations_start(destinations, error) && run_job(options, &job, error);
}

static bool copy_run(void *data, const struct words *words, enum verdict *verdict, GError **error)
{
    struct copy_options *options = data;
    struct vector_input input;
    (void)verdict;
    if (options->destination.append && options->destination.atomic) {
        return usage_error(error, "--append and --atomic exclude each other");
    }
    options->destination.allow_short = options->vector.allow_short;
    struct files *files = files_new();
    bool ok = vector_input_open(&input, files, &options->vector, words, error);
    if (ok) {
        struct destinations *destinations = destinations_open(
            options->outputs ? (const char *const *)options->outputs->pdata : NULL,
            options->outputs ? options->outputs->len : 0, &options->destination, error);
        ok = destinations && copy_vector(options, &input, destinations, error);
        if (destinations && options->explain) {
            destinations_finish(destinations, false, NULL);
        } else if (destinations) {
            ok = destinations_finish(destinations, ok, ok ? error : NULL);
        }
        ok = ok && files_settle(files, error);
        vector_input_close(&input);
    }
    files_free(files);
    return ok;
}

const struct command copy_command = {
    .name = "copy",
    .summary = "Copy segments to standard output, or over ranges of files.",
    .operands = "SEGMENT...",
    .description =
        "-o FILE replaces the file. -o FILE@RANGE writes inside of it and never truncates.\n"
        "Several -o are filled one after the other. All lengths that are known are checked\n"
        "before anything is touched.",
    .examples = "  iovtool copy disk.img@1M+64K -o part.bin\n"
                "  iovtool copy le32:0x1234 -o image@0x40+4\n"
                "  iovtool copy dump:patch.txt -o image@0x100\n"
                "  iovtool copy header body@512 zero:4K | gzip > image.gz\n"
                "  iovtool copy both -o first@0+512 -o second\n",
    .options_size = sizeof(struct copy_options),
    .tables = copy_tables,
    .prepare = copy_prepare,
    .run = copy_run,
    .finish = copy_finish,
};
