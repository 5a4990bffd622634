/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "command/commands.h"

#include <stdlib.h>
#include <string.h>

#include "cli/json.h"
#include "cli/output.h"
#include "cli/report.h"
#include "command/compare-hex.h"
#include "command/compare-patch.h"
#include "command/compare-print.h"
#include "command/compare-sides.h"

#define DEFAULT_CONTEXT 3u

struct compare_options {
    struct vector_options vector; /* --zero-pad pads the shorter side as well */
    struct report_options report;
    uint64_t list; /* SIZE_NOT_GIVEN, OPTION_BARE (all runs), or how many */
    uint64_t hex;  /* SIZE_NOT_GIVEN, OPTION_BARE, or how many rows of context */
    gboolean patch;
    gboolean stats;
    gboolean json;
    gboolean common;
    int offset_base;
    int color;
};

#define OPTION(member) offsetof(struct compare_options, member)

static const struct option compare_table[] = {
    { "with", 0, OPTION_SPLIT, 0, "the segments after this are the other side", NULL, NULL },
    { "quiet", 'q', OPTION_FLAG, OPTION(report.quiet), "say nothing: only the exit status", NULL,
      NULL },
    { "verbose", 'v', OPTION_FLAG, OPTION(report.verbose), "say on stderr what was done", NULL,
      NULL },
    { "list", 'l', OPTION_OPTIONAL_SIZE, OPTION(list), "list the (first N) runs of differing bytes",
      "N", NULL },
    { "hex", 'x', OPTION_OPTIONAL_SIZE, OPTION(hex),
      "dump differing rows side by side, with N around", "N", NULL },
    { "patch", 0, OPTION_FLAG, OPTION(patch), "print what turns A into B, for `iovtool patch`",
      NULL, NULL },
    { "stats", 0, OPTION_FLAG, OPTION(stats), "count what differs", NULL, NULL },
    { "json", 0, OPTION_FLAG, OPTION(json), "answer in JSON", NULL, NULL },
    { "common", 0, OPTION_FLAG, OPTION(common), "compare only what both sides have", NULL, NULL },
    { "offset-base", 0, OPTION_CHOICE, OPTION(offset_base), "of --list: dec (default), hex or oct",
      "BASE", number_base_words },
    { "color", 0, OPTION_CHOICE, OPTION(color), "auto (default), always or never", "WHEN",
      color_words },
    { .name = NULL },
};

static const struct option_table compare_tables[] = {
    { compare_table, 0 },
    { vector_option_table, offsetof(struct compare_options, vector) },
    { padding_option_table, offsetof(struct compare_options, vector) },
    { mapping_option_table, offsetof(struct compare_options, vector) },
    { remote_option_table, offsetof(struct compare_options, vector) },
    { extents_option_table, offsetof(struct compare_options, vector) },
    { server_option_table, offsetof(struct compare_options, vector) },
    { remote_time_option_table, offsetof(struct compare_options, vector) },
    { NULL, 0 },
};

static void compare_prepare(void *data)
{
    struct compare_options *options = data;
    vector_options_prepare(&options->vector);
    options->list = SIZE_NOT_GIVEN;
    options->hex = SIZE_NOT_GIVEN;
}

static bool check_options(const struct compare_options *options, GError **error)
{
    const bool list = options->list != SIZE_NOT_GIVEN;
    const bool hex = options->hex != SIZE_NOT_GIVEN;
    if (options->report.quiet && (list || hex || options->stats || options->json)) {
        return usage_error(error, "--quiet excludes every other answer");
    }
    if (options->patch &&
        (options->report.quiet || list || hex || options->stats || options->json)) {
        return usage_error(error, "--patch excludes every other answer");
    }
    if (options->patch && options->offset_base != NUMBER_DEC) {
        return usage_error(error, "--offset-base is for --list: the numbers of a patch are fixed");
    }
    if (hex && (list || options->json)) {
        return usage_error(error, "--hex excludes --list and --json");
    }
    if (options->common && options->vector.zero_pad) {
        return usage_error(error, "--common and --zero-pad exclude each other");
    }
    if (hex && options->hex != OPTION_BARE && options->hex > COMPARE_CONTEXT_MAX) {
        return usage_error(error, "--hex: at most %u rows of context", COMPARE_CONTEXT_MAX);
    }
    return true;
}

/* "A B", or the words before and after --with. */
static bool split_words(const struct words *words, struct words spans[SIDES], GError **error)
{
    size_t split = words->count;
    for (size_t i = 0; i < words->count; i++) {
        if (words->first[i].kind == WORD_SPLIT) {
            if (split < words->count) {
                return usage_error(error, "--with is given twice");
            }
            split = i;
        }
    }
    const bool has_split = split < words->count;
    if (!has_split && words->count != 2) {
        return usage_error(error, "two segments, or segments on both sides of --with, are needed%s",
                           words->count < SIDES ? "; - is standard input" : "");
    }
    split = has_split ? split : 1;
    const size_t second = split + (has_split ? 1 : 0);
    spans[SIDE_A] = (struct words){ words->first, split };
    spans[SIDE_B] = (struct words){ words->first + second, words->count - second };
    if (split == 0 || second == words->count) {
        return usage_error(error, "there is no segment %s --with", split == 0 ? "before" : "after");
    }
    return true;
}

struct listing_runs {
    struct output *output;
    enum number_base base;
    bool json;
    bool any;
};

static bool list_run(void *context, uint64_t offset, uint64_t length, GError **error)
{
    struct listing_runs *listing = context;
    if (!listing->json) {
        return print_run(listing->output, listing->base, offset, length, error);
    }
    const char *comma = listing->any ? "," : "";
    listing->any = true;
    return output_printf(listing->output, error,
                         "%s{\"offset\":%" G_GUINT64_FORMAT ",\"length\":%" G_GUINT64_FORMAT "}",
                         comma, offset, length);
}

/* Runs are written as they are found, so the object is opened by hand and ends with the rest. */
static bool answer_json(const struct compare_options *options, const struct sides *sides,
                        const struct walk *walk, struct output *output, struct result *result,
                        GError **error)
{
    const bool list = options->list != SIZE_NOT_GIVEN;
    if (!output_printf(output, error, "{%s", list ? "\"runs\":[" : "") ||
        !sides_walk(sides, walk, result, error) || (list && !output_printf(output, error, "],"))) {
        return false;
    }
    json_t *object = json_result(sides, result);
    if (options->stats) {
        json_object_set_new(object, "stats", json_stats(result));
    }
    char *text = json_dumps(object, JSON_COMPACT);
    json_decref(object);
    const bool ok = output_printf(output, error, "%s\n", text + 1);
    free(text);
    return ok;
}

static bool answer_hex(const struct compare_options *options, const struct sides *sides,
                       struct walk *walk, struct output *output, struct result *result,
                       GError **error)
{
    const unsigned context = options->hex == OPTION_BARE ? DEFAULT_CONTEXT : (unsigned)options->hex;
    struct compare_hex *hex = compare_hex_new(
        sides, output, context, output_wants_color((enum color_choice)options->color));
    walk->stretch = compare_hex_stretch;
    walk->context = hex;
    walk->read_all = true;
    const bool ok = sides_walk(sides, walk, result, error) && compare_hex_finish(hex, error);
    compare_hex_free(hex);
    return ok;
}

/* The text is of the whole sides only when all of them is compared, and nothing else. */
static struct patch_title title_of(const struct compare_options *options, const struct sides *sides,
                                   const struct words *words, int side)
{
    const bool whole = options->vector.length == SEGMENT_TO_END && sides->ends == ENDS_DIFFER &&
                       options->vector.share.count == 0;
    struct patch_title title = { .words = words[side] };
    title.has_size = side_length(&sides->inputs[side], &title.size) && whole;
    title.size += sides->skipped;
    return title;
}

static bool answer_patch(const struct compare_options *options, const struct sides *sides,
                         const struct words *words, struct walk *walk, struct output *output,
                         struct result *result, GError **error)
{
    struct patch_title titles[SIDES];
    for (int i = 0; i < SIDES; i++) {
        titles[i] = title_of(options, sides, words, i);
    }
    struct compare_patch *patch =
        compare_patch_new(titles, output, output_wants_color((enum color_choice)options->color));
    walk->stretch = compare_patch_stretch;
    walk->rest = compare_patch_rest;
    walk->context = patch;
    walk->read_all = true;
    const bool ok = sides_walk(sides, walk, result, error) && compare_patch_finish(patch, error);
    compare_patch_free(patch);
    return ok;
}

static bool answer_text(const struct compare_options *options, const struct sides *sides,
                        struct walk *walk, struct output *output, struct result *result,
                        GError **error)
{
    const bool hex = options->hex != SIZE_NOT_GIVEN;
    const bool list = options->list != SIZE_NOT_GIVEN;
    const bool ok = hex ? answer_hex(options, sides, walk, output, result, error)
                        : sides_walk(sides, walk, result, error);
    if (!ok || options->report.quiet) {
        return ok;
    }
    const bool told =
        hex    ? print_end(output, sides, result, error)
        : list ? print_rest(output, sides, result, (enum number_base)options->offset_base, error)
               : print_first(output, sides, result, error);
    if (!told) {
        return false;
    }
    return !options->stats || print_stats(output, result, error);
}

static bool answer(const struct compare_options *options, const struct sides *sides,
                   const struct words *words, struct output *output, struct result *result,
                   GError **error)
{
    const bool list = options->list != SIZE_NOT_GIVEN;
    struct listing_runs listing = {
        .output = output,
        .base = (enum number_base)options->offset_base,
        .json = options->json,
    };
    const bool lists = list && options->list > 0;
    struct walk walk = {
        .run = lists ? list_run : NULL,
        .context = &listing,
        .output = output,
        .most_runs = lists && options->list != OPTION_BARE ? options->list : UINT64_MAX,
        .count_all = options->stats,
        .only_first =
            !lists && !options->stats && !options->patch && options->hex == SIZE_NOT_GIVEN,
    };
    if (options->patch) {
        return answer_patch(options, sides, words, &walk, output, result, error);
    }
    return options->json ? answer_json(options, sides, &walk, output, result, error)
                         : answer_text(options, sides, &walk, output, result, error);
}

static bool compare_sides(const struct compare_options *options, struct sides *sides,
                          const struct words *words, enum verdict *verdict, GError **error)
{
    struct output output;
    struct result result = { .longer = -1 };
    if (options->report.quiet && sides_differ_in_length(sides)) {
        *verdict = VERDICT_NO;
        return true;
    }
    const int64_t start = g_get_monotonic_time();
    output_open(&output);
    bool ok = answer(options, sides, words, &output, &result, error);
    *verdict = result_differs(&result) ? VERDICT_NO : VERDICT_YES;
    ok = output_close(&output, ok, error) && files_settle(sides->files, error);
    if (ok && report_wanted(&options->report)) {
        report_done("compared", result.compared, start);
    }
    return ok;
}

/* Both sides are cut at the same places, which are those of what is compared in all. */
static bool share_sides(struct sides *sides, const struct vector_options *options, GError **error)
{
    uint64_t lengths[SIDES];
    uint64_t offset;
    uint64_t length;
    if (options->share.count == 0) {
        return true;
    }
    for (int i = 0; i < SIDES; i++) {
        if (!vector_input_check_sharing(&sides->inputs[i], "--slice", error)) {
            return false;
        }
        lengths[i] = sides->inputs[i].vector->length;
        sides->side_ends[i] = sides->skipped + lengths[i];
    }
    const uint64_t total = sides->ends == ENDS_COMMON ? MIN(lengths[SIDE_A], lengths[SIDE_B])
                                                      : MAX(lengths[SIDE_A], lengths[SIDE_B]);
    const struct share share = vector_options_share(options);
    share_bounds(&share, total, &offset, &length);
    sides->skipped += offset;
    return vector_input_keep_share(&sides->inputs[SIDE_A], total, offset, length, error) &&
           vector_input_keep_share(&sides->inputs[SIDE_B], total, offset, length, error);
}

static bool open_side(struct vector_input *input, struct files *files,
                      const struct vector_options *options, const struct words *words,
                      GError **error)
{
    if (!vector_input_resolve(input, files, options, words, error)) {
        return false;
    }
    if (!vector_input_cut(input, options, error)) {
        vector_input_close(input);
        return false;
    }
    return true;
}

static bool compare_run(void *data, const struct words *words, enum verdict *verdict,
                        GError **error)
{
    const struct compare_options *options = data;
    struct words spans[SIDES];
    if (!check_options(options, error) || !split_words(words, spans, error)) {
        return false;
    }
    struct sides sides = {
        .files = files_new(),
        .skipped = options->vector.skip,
        .ends = options->common            ? ENDS_COMMON
                : options->vector.zero_pad ? ENDS_ZERO_PAD
                                           : ENDS_DIFFER,
    };
    int opened = 0;
    while (opened < SIDES &&
           open_side(&sides.inputs[opened], sides.files, &options->vector, &spans[opened], error)) {
        opened++;
    }
    const bool ok = opened == SIDES && share_sides(&sides, &options->vector, error) &&
                    compare_sides(options, &sides, spans, verdict, error);
    while (opened > 0) {
        vector_input_close(&sides.inputs[--opened]);
    }
    files_free(sides.files);
    return ok;
}

const struct command compare_command = {
    .name = "compare",
    .summary = "Compare two vectors of segments, whatever pieces they are cut into.",
    .operands = "A B | A... --with B...",
    .description =
        "Exit status 0: equal, 1: they differ, 2: trouble. The first difference is named\n"
        "with its offset in both vectors (from 0) and its place on each side.",
    .examples = "  iovtool compare a.img b.img\n"
                "  iovtool compare -q disk.img@0+1M backup.img@4K+1M\n"
                "  iovtool compare --hex=1 old.rom new.rom\n"
                "  iovtool compare --patch old.rom new.rom > rom.patch\n"
                "  iovtool compare part1 part2 part3 --with whole\n",
    .options_size = sizeof(struct compare_options),
    .tables = compare_tables,
    .prepare = compare_prepare,
    .run = compare_run,
};
