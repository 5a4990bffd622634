/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "command/commands.h"

#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/moving.h"
#include "cli/word-list.h"
#include "command/discard-in-place.h"
#include "command/discard-tally.h"
#include "segment/error.h"
#include "segment/spec.h"

struct discard_options {
    struct vector_options vector;
    struct moving_options moving;
    uint64_t front;
    uint64_t back;
    GPtrArray *outputs;
    gboolean list;
    gboolean json;
    gboolean in_place;
    char *undo_file;
    char *undo;
};

#define ONE_WHOLE_FILE "--in-place takes one whole file, and no part of it"

#define OPTION(member) offsetof(struct discard_options, member)

static const struct option discard_table[] = {
    { "front", 'f', OPTION_SIZE, OPTION(front), "leave out the first N bytes", "N", NULL },
    { "back", 'b', OPTION_SIZE, OPTION(back), "leave out the last N bytes", "N", NULL },
    { "list", 'l', OPTION_FLAG, OPTION(list), "print the segments that remain, not their bytes",
      NULL, NULL },
    { "json", 0, OPTION_FLAG, OPTION(json), "tell in JSON how many bytes were left out", NULL,
      NULL },
    { "output", 'o', OPTION_TEXTS, OPTION(outputs),
      "to FILE[@RANGE], URI[@RANGE], fd:N, -; repeatable", "DEST", NULL },
    { "in-place", 0, OPTION_FLAG, OPTION(in_place), "remove the bytes from the one file named",
      NULL, NULL },
    { "undo-file", 0, OPTION_TEXT, OPTION(undo_file), "with --in-place: save first what goes",
      "FILE", NULL },
    { "undo", 0, OPTION_TEXT, OPTION(undo), "put back what was saved in FILE", "FILE", NULL },
    { .name = NULL },
};

static const struct option_table discard_tables[] = {
    { discard_table, 0 },
    { append_option_table, offsetof(struct discard_options, moving.destination) },
    { destination_option_table, offsetof(struct discard_options, moving.destination) },
    { moving_option_table, offsetof(struct discard_options, moving) },
    { vector_option_table, offsetof(struct discard_options, vector) },
    { padding_option_table, offsetof(struct discard_options, vector) },
    { mapping_option_table, offsetof(struct discard_options, vector) },
    { remote_option_table, offsetof(struct discard_options, vector) },
    { extents_option_table, offsetof(struct discard_options, vector) },
    { server_option_table, offsetof(struct discard_options, vector) },
    { remote_time_option_table, offsetof(struct discard_options, vector) },
    { report_option_table, offsetof(struct discard_options, moving.report) },
    { NULL, 0 },
};

static void discard_prepare(void *data)
{
    struct discard_options *options = data;
    vector_options_prepare(&options->vector);
}

static void discard_finish(void *data)
{
    struct discard_options *options = data;
    g_clear_pointer(&options->outputs, g_ptr_array_unref);
    g_free(options->undo_file);
    g_free(options->undo);
}

/* The options that say how bytes are written: in place they mean nothing. */
static bool says_how(const struct discard_options *options)
{
    const struct moving_options *moving = &options->moving;
    const struct destination_options *destination = &moving->destination;
    return destination->append || destination->extend || destination->atomic ||
           destination->no_clobber || destination->fsync || moving->sparse || moving->no_offload ||
           moving->offload || moving->progress || moving->explain || options->list ||
           options->outputs;
}

static bool says_what(const struct vector_options *vector)
{
    return vector->skip > 0 || vector->length != SEGMENT_TO_END || vector->share.count > 0 ||
           vector->zero_pad || vector->nul || vector->no_map;
}

/* Some of what remains goes there; words that cannot be read are refused later. */
static bool fills_standard_output(const struct discard_options *options)
{
    const GPtrArray *outputs = options->outputs;
    g_autoptr(GByteArray) scratch = g_byte_array_new();
    for (guint i = 0; outputs && i < outputs->len; i++) {
        struct spec spec;
        const char *word = g_ptr_array_index(outputs, i);
        if (spec_parse(word, strlen(word), scratch, &spec, NULL) && spec.source == SPEC_FD &&
            (word[0] == '-' || spec.fd == STDOUT_FILENO)) {
            return true;
        }
    }
    return !outputs;
}

static bool check_options(const struct discard_options *options, const struct words *words,
                          GError **error)
{
    const struct vector_options *vector = &options->vector;
    const bool amounts = options->front > 0 || options->back > 0;
    if (options->undo &&
        (words->count > 0 || amounts || options->in_place || options->undo_file ||
         says_how(options) || says_what(vector) || vector->allow_short || options->json)) {
        return usage_error(error, "--undo stands alone: the undo file knows the rest");
    }
    if (options->json && options->moving.explain) {
        return usage_error(error, "--json and --explain exclude each other");
    }
    if (options->json && !options->list && !options->in_place && fills_standard_output(options)) {
        return usage_error(error, "--json and what remains would both go to standard output; "
                                  "-o FILE puts one of them elsewhere");
    }
    if (options->list && options->outputs) {
        return usage_error(error, "--list and --output exclude each other");
    }
    if (options->undo_file && !options->in_place) {
        return usage_error(error, "--undo-file goes with --in-place");
    }
    if (options->in_place && (options->list || options->outputs || options->moving.explain)) {
        return usage_error(error, "--in-place excludes --list, --output and --explain");
    }
    if (options->in_place && (says_what(vector) || words->count != 1)) {
        return usage_error(error, ONE_WHOLE_FILE);
    }
    if (options->in_place && says_how(options)) {
        return usage_error(error, "--in-place knows by itself how to write");
    }
    return true;
}

/* Names the way that works: the part becomes the file. */
static bool refuse_part(const char *word, const struct spec *spec, GError **error)
{
    g_autofree char *path = g_strndup(spec->name, spec->name_length);
    return spec->source == SPEC_PATH
               ? usage_error(error,
                             "%s: " ONE_WHOLE_FILE
                             "; --atomic -o %s instead of it keeps what remains of the part",
                             word, path)
               : usage_error(error, "%s: " ONE_WHOLE_FILE, word);
}

/* Before the file is cut: who is told of a failure cuts once more. */
static bool tell_tally(const void *context, GError **error)
{
    return discard_print_json(context, NULL, error);
}

static bool run_in_place(const struct discard_options *options, const struct words *words,
                         GError **error)
{
    const struct vector_options *vector = &options->vector;
    if (words->first[0].kind != WORD_OPERAND) {
        return usage_error(error, ONE_WHOLE_FILE);
    }
    struct spec spec;
    const char *word = words->first[0].text;
    g_autoptr(GByteArray) scratch = g_byte_array_new();
    if (!spec_parse(word, strlen(word), scratch, &spec, error)) {
        return false;
    }
    const struct range *range = &spec.range;
    const bool all = range->form == RANGE_ALL ||
                     (range->form == RANGE_FROM && range->start == 0 && !range->start_from_end);
    if (spec.source != SPEC_PATH || !all) {
        return refuse_part(word, &spec, error);
    }
    g_autofree char *path = g_strndup(spec.name, spec.name_length);
    struct stat status;
    const uint64_t size = stat(path, &status) == 0 ? (uint64_t)status.st_size : 0;
    const struct discard_tally tally = discard_tally_of(options->front, options->back, size);
    if (!in_place_discard(path, options->front, options->back, vector->allow_short,
                          options->undo_file, options->json ? tell_tally : NULL, &tally, error)) {
        return false;
    }
    discard_say(&tally, &options->moving.report);
    return true;
}

static bool check_amount(const struct vector *vector, const struct discard_options *options,
                         bool allow_short, GError **error)
{
    const uint64_t front = options->front;
    const uint64_t back = options->back;
    if (vector->open_ended || allow_short ||
        (front <= vector->length && back <= vector->length - front)) {
        return true;
    }
    g_set_error(error, IOVTOOL_ERROR, IOVTOOL_ERROR_RANGE,
                "asked to discard %" PRIu64 " + %" PRIu64 " bytes, but the vector has %" PRIu64,
                front, back, vector->length);
    return false;
}

/* The back of what is asked of a slice is its own, when it has all of its bytes. */
static bool cut_limit(struct vector *vector, const struct discard_options *options, GError **error)
{
    if (options->back > vector->pending_limit ||
        options->front > vector->pending_limit - options->back) {
        g_set_error(error, IOVTOOL_ERROR, IOVTOOL_ERROR_RANGE,
                    "asked to discard %" PRIu64 " + %" PRIu64 " bytes, but the vector has %" PRIu64,
                    options->front, options->back, vector->pending_limit);
        return false;
    }
    vector->pending_limit -= options->back;
    return true;
}

/* With --allow-short a stream may be shorter than the back; then that reaches into what came before
 * it, which is written already. */
static bool check_back(const struct discard_options *options, const struct vector_input *input,
                       GError **error)
{
    const struct vector *vector = input->vector;
    uint64_t left = input->shortage == SLICE_ALLOW_SHORT ? options->back : 0;
    bool unsure = left > 0 && vector->pending_limit != SEGMENT_TO_END;
    for (size_t i = vector_count(vector); i > 0 && left > 0 && !unsure; i--) {
        const struct segment *segment = vector_segment(vector, i - 1);
        const bool open_ended = segment_open_ended(segment);
        unsure = segment->kind == SEGMENT_STREAM && !(open_ended && i == 1);
        left -= open_ended ? left : MIN(left, segment->length);
    }
    return !unsure ||
           usage_error(error, "--back with --allow-short: where the vector ends is known "
                              "only when it is written");
}

/* The back goes first, while the lengths at the end are still what they were. */
static bool trim(const struct discard_options *options, const struct vector_input *input,
                 GError **error)
{
    struct vector *vector = input->vector;
    const bool allow_short = input->shortage == SLICE_ALLOW_SHORT;
    if (!check_amount(vector, options, allow_short, error) || !check_back(options, input, error)) {
        return false;
    }
    if (options->back > 0 && vector->pending_limit != SEGMENT_TO_END) {
        return cut_limit(vector, options, error) &&
               vector_slice(vector, options->front, SEGMENT_TO_END, input->shortage, error);
    }
    const uint64_t front =
        vector->open_ended ? options->front : MIN(options->front, vector->length);
    const uint64_t most = vector->open_ended ? options->back : vector->length - front;
    if (!vector_discard_back(vector, MIN(options->back, most), error)) {
        return false;
    }
    return front == 0 || vector_slice(vector, front, SEGMENT_TO_END, input->shortage, error);
}

struct run {
    const struct discard_options *options;
    const struct vector_input *input;
    const struct vector *before; /* it was trimmed ... */
    const GArray *segments;      /* ... which had these */
    uint64_t moved;
};

/*
 * What was left out, after a run that moved so many bytes. Only where streams may be short, and
 * nothing remains, is that not known beforehand. Where the slice -s, -n is within the front, none
 * of them had to be read, and they count as they were declared.
 */
static struct discard_tally tally_of(const struct run *run)
{
    const struct discard_options *options = run->options;
    const struct vector_input *input = run->input;
    const struct vector *before = run->before;
    const uint64_t moved = run->moved;
    if (before->has_streams && (input->shortage != SLICE_ALLOW_SHORT || moved > 0)) {
        return (struct discard_tally){ options->front, options->back, moved };
    }
    const bool unread = !before->has_streams || input->vector->pending_limit == 0;
    const uint64_t declared = before->open_ended ? SEGMENT_TO_END : before->length;
    const uint64_t length = unread ? declared : discard_length_read(run->segments);
    const uint64_t after_skip = length - MIN(length, before->pending_skip);
    return discard_tally_of(options->front, options->back, MIN(after_skip, before->pending_limit));
}

static bool list_remaining(const struct discard_options *options, const struct vector_input *input,
                           uint64_t length, GError **error)
{
    const struct discard_tally tally = discard_tally_of(options->front, options->back, length);
    const bool ok = options->json ? discard_print_json(&tally, input->vector, error)
                                  : print_word_list(input->vector, options->vector.nul, error);
    if (ok) {
        discard_say(&tally, &options->moving.report);
    }
    return ok;
}

/* Before atomic files are in place, as in_place_discard() has it. */
static bool tell_run(const void *context, GError **error)
{
    const struct discard_tally tally = tally_of(context);
    return discard_print_json(&tally, NULL, error);
}

static bool move_remaining(const struct discard_options *options, struct run *run, GError **error)
{
    const GPtrArray *outputs = options->outputs;
    struct moving_options moving = options->moving;
    moving.moved = &run->moved;
    if (!move_vector_and_tell(
            &moving, run->input, outputs ? (const char *const *)outputs->pdata : NULL,
            outputs ? outputs->len : 0, options->json ? tell_run : NULL, run, error)) {
        return false;
    }
    if (!moving.explain) {
        const struct discard_tally tally = tally_of(run);
        discard_say(&tally, &moving.report);
    }
    return true;
}

static bool answer(const struct discard_options *options, struct vector_input *input,
                   GError **error)
{
    const struct vector before = *input->vector;
    g_autoptr(GArray) segments = discard_segments(input->vector);
    if (!trim(options, input, error) || !vector_input_share(input, &options->vector, error)) {
        return false;
    }
    if (options->list) {
        return list_remaining(options, input, before.length, error);
    }
    struct run run = {
        .options = options, .input = input, .before = &before, .segments = segments
    };
    return move_remaining(options, &run, error);
}

static bool discard_run(void *data, const struct words *words, enum verdict *verdict,
                        GError **error)
{
    const struct discard_options *options = data;
    struct vector_input input;
    (void)verdict;
    if (!check_options(options, words, error)) {
        return false;
    }
    if (options->undo) {
        return in_place_undo(options->undo, error);
    }
    if (options->in_place) {
        return run_in_place(options, words, error);
    }
    struct files *files = files_new();
    bool ok = vector_input_resolve(&input, files, &options->vector, words, error);
    if (ok) {
        ok = vector_input_cut(&input, &options->vector, error) && answer(options, &input, error) &&
             files_settle(files, error);
        vector_input_close(&input);
    }
    files_free(files);
    return ok;
}

const struct command discard_command = {
    .name = "discard",
    .summary = "Leave out bytes at the front and the back of a vector.",
    .operands = "SEGMENT...",
    .description =
        "What remains goes to standard output, or to -o. Fewer bytes than asked for are\n"
        "an error. With --in-place the bytes are removed from the file itself; what\n"
        "--undo-file saved before, --undo puts back, even after a run that was killed.",
    .examples = "  iovtool discard --front=128 rom.bin -o body.bin\n"
                "  tar c folder | iovtool discard --back=10K - > short.tar\n"
                "  iovtool discard --front=512 --list disk.img part2.img\n"
                "  iovtool discard --in-place --front=64 --undo-file=undo image\n"
                "  iovtool discard --undo=undo\n",
    .options_size = sizeof(struct discard_options),
    .tables = discard_tables,
    .prepare = discard_prepare,
    .run = discard_run,
    .finish = discard_finish,
};
