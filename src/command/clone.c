/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "command/commands.h"

#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/json.h"
#include "cli/moving.h"
#include "cli/output.h"
#include "cli/word-list.h"
#include "command/clone-map.h"
#include "segment/describe.h"
#include "segment/spec.h"

struct clone_options {
    struct vector_options vector;
    struct moving_options moving;
    GPtrArray *outputs;
    gboolean json;
};

#define OPTION(member) offsetof(struct clone_options, member)

static const struct option clone_table[] = {
    { "output", 'o', OPTION_TEXTS, OPTION(outputs), "the file that takes the bytes", "FILE", NULL },
    { "json", 0, OPTION_FLAG, OPTION(json), "print the segments in JSON", NULL, NULL },
    { .name = NULL },
};

static const struct option_table clone_tables[] = {
    { clone_table, 0 },
    { destination_option_table, offsetof(struct clone_options, moving.destination) },
    { moving_option_table, offsetof(struct clone_options, moving) },
    { vector_option_table, offsetof(struct clone_options, vector) },
    { padding_option_table, offsetof(struct clone_options, vector) },
    { mapping_option_table, offsetof(struct clone_options, vector) },
    { remote_option_table, offsetof(struct clone_options, vector) },
    { extents_option_table, offsetof(struct clone_options, vector) },
    { server_option_table, offsetof(struct clone_options, vector) },
    { remote_time_option_table, offsetof(struct clone_options, vector) },
    { report_option_table, offsetof(struct clone_options, moving.report) },
    { NULL, 0 },
};

static void clone_prepare(void *data)
{
    struct clone_options *options = data;
    vector_options_prepare(&options->vector);
}

static void clone_finish(void *data)
{
    struct clone_options *options = data;
    g_clear_pointer(&options->outputs, g_ptr_array_unref);
}

/* ---- Before anything is touched ---- */

/* The one word of -o; NULL if there are none or several. */
static const char *target_word(const struct clone_options *options)
{
    const GPtrArray *outputs = options->outputs;
    return outputs && outputs->len == 1 ? g_ptr_array_index(outputs, 0) : NULL;
}

static bool parse_target(const struct clone_options *options, struct file *target, GError **error)
{
    const char *word = target_word(options);
    g_autoptr(GByteArray) scratch = g_byte_array_new();
    struct spec spec;
    if (!word) {
        return usage_error(error, "one -o FILE has to take the bytes");
    }
    if (!spec_parse(word, strlen(word), scratch, &spec, error)) {
        return false;
    }
    if (spec.source != SPEC_PATH || spec.range.form != RANGE_ALL) {
        return usage_error(error, "%s: a clone goes to a whole file named by a path", word);
    }
    target->name = g_strndup(spec.name, spec.name_length);
    target->name_length = spec.name_length;
    if (!options->vector.nul && !options->json && strchr(target->name, '\n')) {
        return usage_error(error, "%s: the name holds a line end: use --null", target->name);
    }
    return true;
}

static bool is_file(const struct stat *status, dev_t device, ino_t inode)
{
    return status->st_dev == device && status->st_ino == inode;
}

/* The words are about a file that keeps its bytes, and their sources are the ones there are now. */
static bool check_target(const struct file *target, const struct vector *vector, GError **error)
{
    struct stat status;
    struct stat words;
    if (stat(target->name, &status) != 0) {
        return true; /* it will be made, or opening it tells why not */
    }
    if (!S_ISREG(status.st_mode)) {
        return usage_error(error, "%s: is not a regular file", target->name);
    }
    if (fstat(STDOUT_FILENO, &words) == 0 && is_file(&status, words.st_dev, words.st_ino)) {
        return usage_error(error, "%s: is standard output, where the segments go", target->name);
    }
    for (size_t i = 0; i < vector_count(vector); i++) {
        const struct segment *segment = vector_segment(vector, i);
        if (segment->kind == SEGMENT_FILE &&
            is_file(&status, segment->file->device, segment->file->inode)) {
            return usage_error(error, "%s: is a source as well", target->name);
        }
    }
    return true;
}

/* The places of all bytes have to be known before the first one is read. */
static bool check_streams(const struct vector_input *input, GError **error)
{
    const bool may_end_early = input->shortage == SLICE_ALLOW_SHORT;
    for (size_t i = 0; i < vector_count(input->vector); i++) {
        const struct segment *segment = vector_segment(input->vector, i);
        if (segment->kind == SEGMENT_STREAM && (may_end_early || segment_open_ended(segment))) {
            g_autoptr(GString) name = g_string_new(NULL);
            segment_describe_short(name, segment);
            return usage_error(error, "%s: a stream can be cloned only when its length is given%s",
                               name->str, may_end_early ? ", without --allow-short" : "");
        }
    }
    return true;
}

/* ---- The answer ---- */

static bool append_json(struct output *output, const struct clone_map *map, GError **error)
{
    bool ok = output_printf(output, error, "{\"segments\":[");
    for (size_t i = 0; ok && i < vector_count(map->view); i++) {
        const struct segment *segment = vector_segment(map->view, i);
        json_t *object = json_segment(segment);
        json_object_set_new(object, "offset", json_integer((json_int_t)segment->offset));
        json_object_set_new(object, "length", json_integer((json_int_t)segment->length));
        ok = i == 0 || output_append(output, ",", 1, error);
        ok = ok ? json_append(output, object, error) : (json_decref(object), false);
    }
    return ok && output_printf(output, error,
                               "],\"count\":%zu,\"total\":%" PRIu64 ",\"distinct\":%" PRIu64 "}\n",
                               vector_count(map->view), map->view->length, map->distinct->length);
}

static bool print_json(const struct clone_map *map, GError **error)
{
    struct output output;
    output_open(&output);
    return output_close(&output, append_json(&output, map, error), error);
}

/* What an inherited descriptor shares with another name of its file was used of both. */
static void note_use(const struct vector *vector)
{
    for (size_t i = 0; i < vector_count(vector); i++) {
        const struct segment *segment = vector_segment(vector, i);
        if (segment->kind == SEGMENT_FILE && segment->file->inherited && segment->length > 0) {
            const uint64_t end = segment->offset + segment->length;
            segment->file->consumed = MAX(segment->file->consumed, end);
        }
    }
}

struct listing {
    const struct clone_options *options;
    const struct vector_input *input;
    struct clone_map map;
};

/* Before the file is in place: without its list it is worth nothing, and the old one is lost. */
static bool print_listing(const void *context, GError **error)
{
    const struct listing *listing = context;
    note_use(listing->input->vector);
    return listing->options->json
               ? print_json(&listing->map, error)
               : print_word_list(listing->map.view, listing->options->vector.nul, error);
}

static bool copy_distinct(const struct listing *listing, GError **error)
{
    const char *word = target_word(listing->options);
    struct vector_input distinct = *listing->input;
    distinct.vector = listing->map.distinct;
    if (distinct.shortage == SLICE_ALLOW_SHORT) {
        distinct.shortage = SLICE_EXACT; /* what was short is cut already */
    }
    return move_vector_and_tell(&listing->options->moving, &distinct, &word, 1, print_listing,
                                listing, error);
}

static bool clone_vector(const struct clone_options *options, const struct vector_input *input,
                         struct file *target, GError **error)
{
    struct listing listing = { .options = options, .input = input };
    if (!check_streams(input, error) || !check_target(target, input->vector, error)) {
        return false;
    }
    clone_map_init(&listing.map, input->vector, target);
    const bool ok = copy_distinct(&listing, error);
    clone_map_clear(&listing.map);
    return ok;
}

static bool clone_run(void *data, const struct words *words, enum verdict *verdict, GError **error)
{
    const struct clone_options *options = data;
    struct vector_input input;
    struct file target = { .fd = -1 };
    (void)verdict;
    bool ok = parse_target(options, &target, error);
    if (ok) {
        struct files *files = files_new();
        ok = vector_input_open(&input, files, &options->vector, words, error);
        if (ok) {
            ok = clone_vector(options, &input, &target, error) && files_settle(files, error);
            vector_input_close(&input);
        }
        files_free(files);
    }
    g_free(target.name);
    return ok;
}

const struct command clone_command = {
    .name = "clone",
    .summary = "Copy every distinct byte once, and print the segments of the copy.",
    .operands = "SEGMENT... -o FILE",
    .description =
        "FILE is replaced. The segments printed read from it what the ones given read.\n"
        "Where those overlap in one file, these overlap in FILE. Sources keep the order\n"
        "in which they are named first; in one file, ranges go up.",
    .examples = "  iovtool clone rom.bin@0+4K rom.bin@2K+4K -o part.bin > part.list\n"
                "  iovtool clone --null rom.bin@1K+64 log@-64 -o both | iovtool info -0 -T -\n"
                "  iovtool compare -T ranges.list --with $(iovtool clone -T ranges.list -o x)\n",
    .options_size = sizeof(struct clone_options),
    .tables = clone_tables,
    .prepare = clone_prepare,
    .run = clone_run,
    .finish = clone_finish,
};
