/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "command/commands.h"

#include <inttypes.h>
#include <string.h>

#include "cli/output.h"
#include "cli/vector-input.h"
#include "command/hexdump-listing.h"
#include "command/hexdump-rows.h"
#include "command/hexdump-style.h"

#define FLUSH_AFTER (16u * 1024u * 1024u)

static const char *const base_words[] = { "hex", "dec", "oct", NULL };
static const char *const notation_words[] = { "hex", "bin", "oct", "dec", NULL };
static const char *const offsets_words[] = { "vector", "file", "none", NULL };

#define OPTION(member) offsetof(struct hexdump_options, member)

static const struct option hexdump_table[] = {
    { "format", 'f', OPTION_CHOICE, OPTION(format),
      "canonical, xxd, plain, qemu, c, json, ihex, srec", "LOOK", format_words },
    { "quiet", 'q', OPTION_FLAG, OPTION(quiet), "say nothing: read all, for the exit status", NULL,
      NULL },
    { "json", 0, OPTION_FLAG, OPTION(json), "the same as --format=json", NULL, NULL },
    { "width", 'w', OPTION_SIZE, OPTION(width), "N bytes a row (plain: 0 is one row)", "N", NULL },
    { "group", 'g', OPTION_SIZE, OPTION(group), "a blank after every N bytes (0: none)", "N",
      NULL },
    { "base", 0, OPTION_CHOICE, OPTION(base), "bytes in hex (default), bin, oct or dec", "BASE",
      notation_words },
    { "little-endian", 'e', OPTION_FLAG, OPTION(little_endian),
      "show each group as a little-endian number", NULL, NULL },
    { "upper", 'u', OPTION_FLAG, OPTION(upper), "upper case hex digits", NULL, NULL },
    { "no-squeeze", 'v', OPTION_FLAG, OPTION(no_squeeze), "show repeated rows, not a * for them",
      NULL, NULL },
    { "no-end", 0, OPTION_FLAG, OPTION(no_end), "no last row with only the offset of the end", NULL,
      NULL },
    { "prefix", 0, OPTION_TEXT, OPTION(prefix), "start each line with TEXT: (c: the name)", "TEXT",
      NULL },
    { "display-offset", 0, OPTION_DISTANCE, OPTION(display_offset),
      "add N, or -N, to the offsets shown", "[-]N", NULL },
    { "offsets", 0, OPTION_CHOICE, OPTION(offsets), "vector (default), file or none", "WHICH",
      offsets_words },
    { "offset-base", 0, OPTION_CHOICE, OPTION(offset_base), "hex (default), dec or oct", "BASE",
      base_words },
    { "segments", 0, OPTION_FLAG, OPTION(segments), "a line with the segment where each one starts",
      NULL, NULL },
    { "color", 0, OPTION_CHOICE, OPTION(color), "auto (default), always or never", "WHEN",
      color_words },
    { .name = NULL },
};

static const struct option_table hexdump_tables[] = {
    { hexdump_table, 0 },
    { vector_option_table, offsetof(struct hexdump_options, vector) },
    { padding_option_table, offsetof(struct hexdump_options, vector) },
    { mapping_option_table, offsetof(struct hexdump_options, vector) },
    { remote_option_table, offsetof(struct hexdump_options, vector) },
    { extents_option_table, offsetof(struct hexdump_options, vector) },
    { server_option_table, offsetof(struct hexdump_options, vector) },
    { remote_time_option_table, offsetof(struct hexdump_options, vector) },
    { NULL, 0 },
};

static void hexdump_prepare(void *data)
{
    struct hexdump_options *options = data;
    vector_options_prepare(&options->vector);
    options->format = CHOICE_NOT_GIVEN;
    options->width = SIZE_NOT_GIVEN;
    options->group = SIZE_NOT_GIVEN;
    options->display_offset = INT64_MIN;
    options->offsets = CHOICE_NOT_GIVEN;
    options->offset_base = CHOICE_NOT_GIVEN;
    options->base = CHOICE_NOT_GIVEN;
}

static void hexdump_finish(void *data)
{
    struct hexdump_options *options = data;
    g_free(options->prefix);
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

static bool dump_rows(const struct hexdump_options *options, const struct vector_input *input,
                      struct output *output, GError **error)
{
    const struct look *look = hexdump_look(options);
    g_autofree char *prefix =
        options->prefix ? g_strconcat(options->prefix, ": ", NULL) : g_strdup("");
    struct listing json = {
        .output = output,
        .upper = options->upper,
        .offsets = options->offsets != OFFSETS_NONE,
        .segments = options->segments,
    };
    const bool is_record = options->format == FORMAT_IHEX || options->format == FORMAT_SREC;
    struct records records = { .output = output };
    struct rows_settings settings = {
        .first_offset = input->start,
        .display_offset = options->display_offset,
        .offsets = (enum dump_offsets)options->offsets,
        .squeeze = look->squeeze && !options->no_squeeze,
        .closing = look->closing && !options->no_end,
        .no_end = options->no_end,
        .headers = options->segments && options->format != FORMAT_JSON,
        .by_segment = options->segments || options->offsets == OFFSETS_FILE,
        .one_line = options->width == 0,
        .color = options->format != FORMAT_JSON && !is_record &&
                 output_wants_color((enum color_choice)options->color),
        .records = is_record ? &records : NULL,
        .json = options->format == FORMAT_JSON ? &json : NULL,
    };
    if (!hexdump_style(options, input, prefix, &settings.style, error) ||
        (is_record && (!hexdump_address_bytes(options, input, &records.address_bytes, error) ||
                       !records_open(&records, error)))) {
        return false;
    }
    const unsigned flags = input->reader_flags | (settings.squeeze ? READER_REPEATS : 0u) |
                           (settings.by_segment ? READER_SPLIT : 0u);
    struct reader *reader = reader_new(input->vector, input->files, flags, input->shortage);
    struct rows *rows = rows_new(&settings, input->vector, reader, output);
    struct window window = { .length = 0 };
    enum reader_status status;
    while ((status = next_window(reader, &window, output, error)) == READER_WINDOW &&
           rows_window(rows, &window, error)) {
    }
    const bool ok = status == READER_END && rows_finish(rows, error) &&
                    (!is_record || records_close(&records, error));
    rows_free(rows);
    reader_free(reader);
    return ok;
}

/* The array is named after the one file it shows, as xxd does; standard input alone has no name. */
static char *array_name(const struct hexdump_options *options, const struct vector *vector)
{
    if (options->prefix) {
        return c_identifier(options->prefix);
    }
    if (vector_count(vector) == 1) {
        const struct segment *segment = vector_segment(vector, 0);
        if (segment_has_file(segment)) {
            return segment->file->inherited ? NULL : c_identifier(segment->file->name);
        }
    }
    return g_strdup("vector");
}

/* Piece by piece, so that none leaves the program that the file did not have when it was looked at.
 */
static bool list_window(struct listing *listing, const struct window *window,
                        const struct reader *reader, GError **error)
{
    const uint8_t *bytes = window->iov.iov_base;
    size_t left = window->iov.iov_len;
    while (left > 0) {
        const size_t piece = MIN(left, LISTING_C_PIECE);
        if (!listing_c_bytes(listing, bytes, piece, error) || !reader_intact(reader, error)) {
            return false;
        }
        bytes += piece;
        left -= piece;
    }
    return true;
}

static bool dump_c(const struct hexdump_options *options, const struct vector_input *input,
                   struct output *output, GError **error)
{
    g_autofree char *name = array_name(options, input->vector);
    struct listing listing = {
        .output = output, .width = (size_t)options->width, .upper = options->upper, .name = name
    };
    struct reader *reader =
        reader_new(input->vector, input->files, input->reader_flags, input->shortage);
    struct window window = { .length = 0 };
    enum reader_status status = READER_FAILED;
    if (listing_c_open(&listing, error)) {
        while ((status = next_window(reader, &window, output, error)) == READER_WINDOW &&
               list_window(&listing, &window, reader, error)) {
        }
    }
    const bool ok = status == READER_END && listing_c_close(&listing, error);
    reader_free(reader);
    return ok;
}

/* Finds out whether all bytes can be read. */
static bool read_all(const struct vector_input *input, GError **error)
{
    struct reader *reader = reader_new(input->vector, input->files,
                                       READER_REPEATS | input->reader_flags, input->shortage);
    struct window window;
    enum reader_status status;
    while ((status = reader_next(reader, &window, error)) == READER_WINDOW) {
    }
    reader_free(reader);
    return status == READER_END && files_settle(input->files, error);
}

static bool dump(const struct hexdump_options *options, const struct vector_input *input,
                 GError **error)
{
    struct output output;
    output_open(&output);
    const bool ok = options->format == FORMAT_C ? dump_c(options, input, &output, error)
                                                : dump_rows(options, input, &output, error);
    return output_close(&output, ok, error) && files_settle(input->files, error);
}

static bool hexdump_run(void *data, const struct words *words, enum verdict *verdict,
                        GError **error)
{
    struct hexdump_options *options = data;
    struct vector_input input;
    (void)verdict;
    if (!hexdump_settle(options, error)) {
        return false;
    }
    struct files *files = files_new();
    bool ok = vector_input_open(&input, files, &options->vector, words, error);
    if (ok) {
        ok = options->quiet ? read_all(&input, error) : dump(options, &input, error);
        vector_input_close(&input);
    }
    files_free(files);
    return ok;
}

const struct command hexdump_command = {
    .name = "hexdump",
    .summary = "Show the bytes of segments as text.",
    .operands = "SEGMENT...",
    .description = "The segments are dumped as one vector, as if they were one file. The default\n"
                   "look is that of hexdump -C. A dump: segment reads the text back.",
    .examples = "  iovtool hexdump /bin/ls@0+64\n"
                "  iovtool hexdump --segments disk.img@0x1BE+64 disk.img@510+2\n"
                "  iovtool hexdump -f xxd -n 32 log@-1K\n"
                "  tail -f trace | iovtool hexdump -\n",
    .options_size = sizeof(struct hexdump_options),
    .tables = hexdump_tables,
    .prepare = hexdump_prepare,
    .run = hexdump_run,
    .finish = hexdump_finish,
};
