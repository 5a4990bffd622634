/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "command/commands.h"

#include <inttypes.h>

#include "cli/output.h"
#include "cli/report.h"
#include "cli/vector-input.h"
#include "cli/word-list.h"
#include "command/find-pattern.h"
#include "command/find-print.h"
#include "transfer/reader.h"
#include "transfer/search.h"

#define FLUSH_AFTER (16u * 1024u * 1024u)

struct find_options {
    struct vector_options vector;
    GPtrArray *patterns; /* of char *; NULL: the first operand is the only one */
    struct report_options report;
    gboolean count;
    gboolean offsets;
    gboolean json;
    gboolean overlapping;
    uint64_t before;
    uint64_t after;
    uint64_t max; /* UINT64_MAX: all */
    uint64_t align;
};

#define OPTION(member) offsetof(struct find_options, member)

static const struct option find_table[] = {
    { "pattern", 'e', OPTION_TEXTS, OPTION(patterns),
      "look for this one; may be given several times", "PATTERN", NULL },
    { "quiet", 'q', OPTION_FLAG, OPTION(report.quiet), "say nothing: only the exit status", NULL,
      NULL },
    { "verbose", 'v', OPTION_FLAG, OPTION(report.verbose), "say on stderr what was done", NULL,
      NULL },
    { "offsets", 0, OPTION_FLAG, OPTION(offsets), "print offsets in the vector, not segments", NULL,
      NULL },
    { "json", 0, OPTION_FLAG, OPTION(json), "answer in JSON, with both", NULL, NULL },
    { "count", 0, OPTION_FLAG, OPTION(count), "print only how many hits there are", NULL, NULL },
    { "before", 'B', OPTION_SIZE, OPTION(before), "start the segments N bytes before the hit", "N",
      NULL },
    { "after", 'A', OPTION_SIZE, OPTION(after), "end the segments N bytes after the hit", "N",
      NULL },
    { "max", 0, OPTION_SIZE, OPTION(max), "stop after N hits", "N", NULL },
    { "align", 0, OPTION_SIZE, OPTION(align), "only hits at multiples of N in the vector", "N",
      NULL },
    { "overlapping", 0, OPTION_FLAG, OPTION(overlapping),
      "also hits that start within the one before", NULL, NULL },
    { .name = NULL },
};

static const struct option_table find_tables[] = {
    { find_table, 0 },
    { vector_option_table, offsetof(struct find_options, vector) },
    { padding_option_table, offsetof(struct find_options, vector) },
    { mapping_option_table, offsetof(struct find_options, vector) },
    { remote_option_table, offsetof(struct find_options, vector) },
    { extents_option_table, offsetof(struct find_options, vector) },
    { server_option_table, offsetof(struct find_options, vector) },
    { remote_time_option_table, offsetof(struct find_options, vector) },
    { NULL, 0 },
};

static void find_prepare(void *data)
{
    struct find_options *options = data;
    vector_options_prepare(&options->vector);
    options->max = UINT64_MAX;
    options->align = 1;
}

static void find_finish(void *data)
{
    struct find_options *options = data;
    g_clear_pointer(&options->patterns, g_ptr_array_unref);
}

static bool has_context(const struct find_options *options)
{
    return options->before > 0 || options->after > 0;
}

static bool check_options(const struct find_options *options, GError **error)
{
    if (options->report.quiet && (options->count || options->offsets || options->json)) {
        return usage_error(error, "--quiet excludes every other answer");
    }
    if (options->offsets && (options->count || options->json)) {
        return usage_error(error, "--offsets excludes --count and --json");
    }
    if (has_context(options) && (options->report.quiet || options->count || options->offsets)) {
        return usage_error(error, "--before and --after are about the segments that are printed");
    }
    if (options->align == 0 || options->max == 0) {
        return usage_error(error, "%s: at least 1", options->align == 0 ? "--align" : "--max");
    }
    return true;
}

static bool add_given(const struct find_options *options, GPtrArray *patterns, struct files *files,
                      GError **error)
{
    for (guint i = 0; i < options->patterns->len; i++) {
        if (!find_pattern_add(patterns, files, g_ptr_array_index(options->patterns, i), error)) {
            return false;
        }
    }
    return true;
}

/* The first operand is the pattern; the other words, which stay the caller's, are `rest`. */
static bool add_first(const struct words *words, GPtrArray *patterns, struct files *files,
                      GArray *rest, GError **error)
{
    const char *pattern = NULL;
    for (size_t i = 0; i < words->count; i++) {
        const struct word *word = &words->first[i];
        if (!pattern && word->kind == WORD_OPERAND) {
            pattern = word->text;
        } else {
            g_array_append_val(rest, *word);
        }
    }
    return pattern ? find_pattern_add(patterns, files, pattern, error)
                   : usage_error(error, "no pattern given");
}

/* What is searched, for what, and what is said of it. */
struct task {
    const struct find_options *options;
    GPtrArray *patterns;
    struct vector_input input;
    struct vector *part; /* of it, that is searched; NULL: all of it */
    uint64_t start;      /* the offset of the first byte that is searched */
    uint64_t end;        /* hits start before it */
    uint64_t found;
    uint64_t searched; /* bytes */
};

static bool is_enough(const struct task *task)
{
    return task->found >= task->options->max || (task->options->report.quiet && task->found > 0);
}

static bool take_hits(struct task *task, struct search *search, struct hit_printer *printer,
                      GError **error)
{
    struct search_hit hit;
    while (!is_enough(task) && search_hit(search, &hit) && hit.offset < task->end) {
        task->found++;
        if (!hit_print(printer, &hit, error)) {
            return false;
        }
    }
    return true;
}

/* What is printed so far is shown before a wait for a stream, and now and then while there is much
 * to read of which nothing is printed. */
static enum reader_status next_window(struct reader *reader, struct window *window,
                                      struct output *output, GError **error)
{
    output->unseen += window->length;
    if ((reader_may_wait(reader) || output->unseen >= FLUSH_AFTER) &&
        !output_flush(output, error)) {
        return READER_FAILED;
    }
    return reader_next(reader, window, error);
}

static bool search_windows(struct task *task, struct reader *reader, struct search *search,
                           struct hit_printer *printer, GError **error)
{
    struct window window = { .length = 0 };
    enum reader_status status = READER_END;
    while (!is_enough(task) &&
           (status = next_window(reader, &window, printer->output, error)) == READER_WINDOW) {
        search_window(search, &window);
        task->searched += window.length;
        if (!take_hits(task, search, printer, error)) {
            return false;
        }
    }
    if (status == READER_END) {
        search_end(search);
    }
    return status != READER_FAILED && take_hits(task, search, printer, error);
}

static bool may_write(const void *context, GError **error)
{
    return reader_intact(context, error);
}

static bool search_vector(struct task *task, struct hit_printer *printer, GError **error)
{
    const struct search_rules rules = {
        .start = task->start,
        .align = task->options->align,
        .overlapping = task->options->overlapping,
    };
    const struct vector_input *input = &task->input;
    struct reader *reader = reader_new(task->part ? task->part : input->vector, input->files,
                                       READER_REPEATS | input->reader_flags, input->shortage);
    struct search *search = search_new((struct find_pattern *const *)task->patterns->pdata,
                                       task->patterns->len, &rules);
    printer->output->may_write = may_write;
    printer->output->context = reader;
    const bool ok = search_windows(task, reader, search, printer, error) &&
                    reader_intact(reader, error) && output_flush(printer->output, error);
    printer->output->may_write = NULL;
    search_free(search);
    reader_free(reader);
    return ok;
}

static bool answer_json(struct task *task, struct hit_printer *printer, GError **error)
{
    const bool list = !task->options->count;
    return (!list || output_printf(printer->output, error, "{\"hits\":[")) &&
           search_vector(task, printer, error) &&
           output_printf(printer->output, error, "%s\"count\":%" PRIu64 "}\n", list ? "]," : "{",
                         task->found);
}

static bool answer_text(struct task *task, struct hit_printer *printer, GError **error)
{
    return search_vector(task, printer, error) &&
           (!task->options->count ||
            output_printf(printer->output, error, "%" PRIu64 "\n", task->found));
}

static enum hit_form choose_form(const struct task *task)
{
    const struct find_options *options = task->options;
    return options->report.quiet || options->count               ? HITS_NONE
           : options->json                                       ? HITS_JSON
           : options->offsets || task->input.vector->has_streams ? HITS_OFFSETS
                                                                 : HITS_SEGMENTS;
}

static bool check_vector(const struct task *task, enum hit_form form, GError **error)
{
    const struct vector *vector = task->input.vector;
    if (vector->has_streams && has_context(task->options)) {
        return usage_error(error, "--before and --after: of a stream, only offsets are printed");
    }
    return form != HITS_SEGMENTS || word_list_check(vector, task->options->vector.nul, error);
}

static bool answer(struct task *task, enum verdict *verdict, GError **error)
{
    const struct find_options *options = task->options;
    struct output output;
    struct hit_printer printer = {
        .output = &output,
        .vector = task->input.vector,
        .start = task->input.start,
        .form = choose_form(task),
        .before = options->before,
        .after = options->after,
        .end = options->vector.nul ? '\0' : '\n',
    };
    if (!check_vector(task, printer.form, error)) {
        return false;
    }
    const int64_t start = g_get_monotonic_time();
    output_open(&output);
    hit_printer_open(&printer);
    bool ok =
        options->json ? answer_json(task, &printer, error) : answer_text(task, &printer, error);
    hit_printer_close(&printer);
    *verdict = task->found > 0 ? VERDICT_YES : VERDICT_NO;
    ok = output_close(&output, ok, error) && files_settle(task->input.files, error);
    if (ok && report_wanted(&options->report)) {
        report_done("searched", task->searched, start);
    }
    return ok;
}

/*
 * A hit belongs to the share it starts in, and may end in the next one: so the shares together find
 * what one search of all finds.
 */
static bool take_share(struct task *task, GError **error)
{
    const struct vector_options *options = &task->options->vector;
    struct vector_input *input = &task->input;
    uint64_t longest = 1;
    uint64_t offset;
    uint64_t length;
    task->start = input->start;
    task->end = UINT64_MAX;
    if (options->share.count == 0) {
        return true;
    }
    if (!vector_input_check_sharing(input, "--slice", error)) {
        return false;
    }
    for (guint i = 0; i < task->patterns->len; i++) {
        longest = MAX(longest, find_pattern_length(g_ptr_array_index(task->patterns, i)));
    }
    const uint64_t total = input->vector->length;
    const struct share share = vector_options_share(options);
    share_bounds(&share, total, &offset, &length);
    const uint64_t behind = total - offset - length;
    const uint64_t searched = length == 0 ? 0 : length + MIN(longest - 1, behind);
    task->part = vector_part(input->vector, offset, searched);
    task->start = input->start + offset;
    task->end = task->start + length;
    return true;
}

static bool search_words(struct task *task, struct files *files, const struct words *words,
                         enum verdict *verdict, GError **error)
{
    const struct vector_options *options = &task->options->vector;
    if (!vector_input_resolve(&task->input, files, options, words, error)) {
        return false;
    }
    const bool ok = vector_input_cut(&task->input, options, error) && take_share(task, error) &&
                    answer(task, verdict, error);
    vector_free(task->part);
    vector_input_close(&task->input);
    return ok;
}

static void free_pattern(gpointer pattern)
{
    find_pattern_free(pattern);
}

static bool find_run(void *data, const struct words *words, enum verdict *verdict, GError **error)
{
    const struct find_options *options = data;
    if (!check_options(options, error)) {
        return false;
    }
    g_autoptr(GPtrArray) patterns = g_ptr_array_new_with_free_func(free_pattern);
    g_autoptr(GArray) rest = g_array_new(FALSE, FALSE, sizeof(struct word));
    struct task task = { .options = options, .patterns = patterns };
    struct files *files = files_new();
    const bool given = options->patterns != NULL;
    bool ok = vector_input_prepare(files, &options->vector, error) &&
              (given ? add_given(options, patterns, files, error)
                     : add_first(words, patterns, files, rest, error));
    if (ok) {
        const struct words others = { (const struct word *)(const void *)rest->data, rest->len };
        ok = search_words(&task, files, given ? words : &others, verdict, error);
    }
    files_free(files);
    return ok;
}

const struct command find_command = {
    .name = "find",
    .summary = "Find bytes in segments, and print where as segments.",
    .operands = "PATTERN SEGMENT...",
    .description =
        "A PATTERN is a literal segment: str:TEXT, le32:N, or hex:DIGITS, where a digit\n"
        "may be ? for any; or a small file. With -e there is no operand PATTERN. Exit\n"
        "status 0: found, 1: not, 2: trouble. Of streams, offsets are printed.",
    .examples = "  iovtool find str:PNG disk.img\n"
                "  iovtool find 'hex:7f454c46??01' firmware.bin\n"
                "  iovtool find -B16 -A16 hex:55aa disk.img | iovtool hexdump --segments -T -\n"
                "  iovtool find --align=512 -e hex:53ef -e str:NTFS disk.img\n",
    .options_size = sizeof(struct find_options),
    .tables = find_tables,
    .prepare = find_prepare,
    .run = find_run,
    .finish = find_finish,
};
