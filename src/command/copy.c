/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "command/commands.h"

#include "cli/moving.h"

struct copy_options {
    struct vector_options vector;
    struct moving_options moving;
    GPtrArray *outputs;
    int read_errors;
};

enum { READ_ERRORS_STOP, READ_ERRORS_ZERO };
static const char *const read_errors_words[] = { "stop", "zero", NULL };

static const struct option copy_table[] = {
    { "output", 'o', OPTION_TEXTS, offsetof(struct copy_options, outputs),
      "to FILE[@RANGE], URI[@RANGE], fd:N, -; repeatable", "DEST", NULL },
    { "read-errors", 0, OPTION_CHOICE, offsetof(struct copy_options, read_errors),
      "unreadable blocks: stop (default) or zero", "WHAT", read_errors_words },
    { .name = NULL },
};

static const struct option_table copy_tables[] = {
    { copy_table, 0 },
    { append_option_table, offsetof(struct copy_options, moving.destination) },
    { destination_option_table, offsetof(struct copy_options, moving.destination) },
    { moving_option_table, offsetof(struct copy_options, moving) },
    { vector_option_table, offsetof(struct copy_options, vector) },
    { padding_option_table, offsetof(struct copy_options, vector) },
    { mapping_option_table, offsetof(struct copy_options, vector) },
    { remote_option_table, offsetof(struct copy_options, vector) },
    { extents_option_table, offsetof(struct copy_options, vector) },
    { server_option_table, offsetof(struct copy_options, vector) },
    { remote_time_option_table, offsetof(struct copy_options, vector) },
    { report_option_table, offsetof(struct copy_options, moving.report) },
    { NULL, 0 },
};

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

static bool copy_run(void *data, const struct words *words, enum verdict *verdict, GError **error)
{
    struct copy_options *options = data;
    const GPtrArray *outputs = options->outputs;
    struct vector_input input;
    (void)verdict;
    options->moving.zero_errors = options->read_errors == READ_ERRORS_ZERO;
    struct files *files = files_new();
    bool ok = vector_input_open(&input, files, &options->vector, words, error);
    if (ok) {
        ok = move_vector(&options->moving, &input,
                         outputs ? (const char *const *)outputs->pdata : NULL,
                         outputs ? outputs->len : 0, error) &&
             files_settle(files, error);
        vector_input_close(&input);
    }
    files_free(files);
    return ok;
}

const struct command copy_command = {
    .name = "copy",
    .summary = "Copy segments to standard output, or over ranges of files.",
    .operands = "SEGMENT...",
    .description = "-o FILE replaces the file. -o FILE@RANGE writes inside of it, and never\n"
                   "truncates. Several -o are filled one after the other. All lengths that are\n"
                   "known are checked before anything is touched.",
    .examples = "  iovtool copy disk.img@1M+64K -o part.bin\n"
                "  iovtool copy le32:0x1234 -o image@0x40+4\n"
                "  iovtool copy dump:patch.txt -o image@0x100\n"
                "  iovtool copy header body@512 zero:4K | gzip > image.gz\n"
                "  truncate -s 512 first; iovtool copy both -o first@0+512 -o second\n",
    .options_size = sizeof(struct copy_options),
    .tables = copy_tables,
    .prepare = copy_prepare,
    .run = copy_run,
    .finish = copy_finish,
};
