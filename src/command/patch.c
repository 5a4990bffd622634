/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "command/commands.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "command/patch-apply.h"
#include "command/patch-check.h"
#include "command/patch-read.h"
#include "segment/error.h"
#include "segment/escape.h"
#include "segment/name-clash.h"
#include "segment/spec.h"
#include "segment/text-input.h"
#include "transfer/remote-writer.h"

struct patch_options {
    struct vector_options vector; /* only what they say of NBD servers */
    struct moving_options moving;
    char *output;
    char *undo_file;
    gboolean reverse;
    gboolean check;
    gboolean extend;
    int64_t at;
    int look;
};

#define OPTION(member) offsetof(struct patch_options, member)

static const struct option patch_table[] = {
    { "output", 'o', OPTION_TEXT, OPTION(output), "leave FILE alone: what it becomes goes to DEST",
      "DEST", NULL },
    { "reverse", 'R', OPTION_FLAG, OPTION(reverse), "take the patch back", NULL, NULL },
    { "check", 0, OPTION_FLAG, OPTION(check), "only say whether the patch fits", NULL, NULL },
    { "at", 0, OPTION_DISTANCE, OPTION(at), "add N to all offsets (-N: subtract)", "N", NULL },
    { "extend", 0, OPTION_FLAG, OPTION(extend), "FILE may grow, or be made", NULL, NULL },
    { "undo-file", 0, OPTION_TEXT, OPTION(undo_file), "save the patch that takes it back in FILE",
      "FILE", NULL },
    { "look", 0, OPTION_CHOICE, OPTION(look), "of the patch: auto (default), patch, xxd ...",
      "LOOK", patch_look_words },
    { "atomic", 0, OPTION_FLAG, OPTION(moving.destination.atomic),
      "put FILE in place only when complete and on disk", NULL, NULL },
    { "fsync", 0, OPTION_FLAG, OPTION(moving.destination.fsync), "wait until all is on disk", NULL,
      NULL },
    { .name = NULL },
};

static const struct option_table patch_tables[] = {
    { patch_table, 0 },
    { remote_option_table, OPTION(vector) },
    { server_option_table, OPTION(vector) },
    { remote_time_option_table, OPTION(vector) },
    { report_option_table, offsetof(struct patch_options, moving.report) },
    { NULL, 0 },
};

static void patch_prepare(void *data)
{
    struct patch_options *options = data;
    vector_options_prepare(&options->vector);
}

static void patch_finish(void *data)
{
    struct patch_options *options = data;
    g_free(options->output);
    g_free(options->undo_file);
}

static bool check_options(const struct patch_options *options, const struct words *words,
                          GError **error)
{
    const struct destination_options *destination = &options->moving.destination;
    if (words->count == 0) {
        return usage_error(error, "no FILE given");
    }
    if (options->check &&
        (options->output || options->undo_file || destination->atomic || destination->fsync)) {
        return usage_error(error,
                           "--check writes nothing: it excludes --output, --undo-file, --atomic "
                           "and --fsync");
    }
    return true;
}

/* ---- What is said ---- */

static void say(const char *name, const char *text)
{
    g_autoptr(GString) shown = g_string_new(NULL);
    escape(shown, name, strlen(name));
    fprintf(stderr, "iovtool patch: %s: %s\n", shown->str, text);
}

/* The answer of --check is the exit status; of a run that should have patched it is an error. */
static void say_no(const struct patch_options *options, const char *name, const char *text)
{
    if (!options->check || !options->moving.report.quiet) {
        say(name, text);
    }
}

static void say_conflict(const struct patch_options *options, const char *name,
                         const struct change_conflict *conflict)
{
    g_autofree char *text = g_strdup_printf(
        "at 0x%" PRIx64 " (%" PRIu64 ") the patch has two %sbytes: %02x and %02x", conflict->offset,
        conflict->offset, conflict->is_old ? "old " : "", conflict->bytes[0], conflict->bytes[1]);
    say_no(options, name, text);
}

static void say_done(const struct patch_options *options, const struct changes *changes,
                     const char *name)
{
    const uint64_t bytes = changes->length + (uint64_t)changes->tail.bytes->len;
    const uint64_t places = changes->pieces->len + (changes->tail.kind != TAIL_NONE ? 1u : 0u);
    if (report_wanted(&options->moving.report)) {
        g_autofree char *text =
            g_strdup_printf("%s %" PRIu64 " byte%s in %" PRIu64 " place%s",
                            options->check ? "the patch fits:" : "patched", bytes,
                            bytes == 1 ? "" : "s", places, places == 1 ? "" : "s");
        say(name, text);
    }
}

/* ---- The file ---- */

/* The path, or URI, that the first word names. */
static char *target_path(const char *word, bool *is_remote, GError **error)
{
    g_autoptr(GByteArray) scratch = g_byte_array_new();
    struct spec spec;
    if (!spec_parse(word, strlen(word), scratch, &spec, error)) {
        return NULL;
    }
    *is_remote = spec.source == SPEC_REMOTE;
    if (spec.source != SPEC_PATH && !*is_remote) {
        usage_error(error, "%s: FILE has to be named by its path", word);
        return NULL;
    }
    if (spec.range.form != RANGE_ALL) {
        const char *hint = spec.bare_path && name_clashes(&spec, NULL)
                               ? "write file:NAME@0 for the file of this whole name"
                               : "--at=N moves the offsets of the patch";
        usage_error(error, "%s: a whole file is patched, no range; %s", word, hint);
        return NULL;
    }
    return g_strndup(spec.name, spec.name_length);
}

static bool target_open_remote(struct patch_target *target, const struct patch_options *options,
                               const char *uri, GError **error)
{
    const struct destination_options *destination = &options->moving.destination;
    const bool is_written = !options->check && !options->output;
    if (destination->atomic && is_written) {
        return usage_error(error, "%s: --atomic is for files; an export is written in place", uri);
    }
    if (options->extend) {
        return usage_error(error, "%s: --extend is for files; an export keeps its size", uri);
    }
    target->file = files_open_remote(target->files, uri, strlen(uri), error);
    if (!target->file) {
        return false;
    }
    target->path = target->file->name;
    target->size = target->file->size;
    target->keeps_size = !options->output;
    return !is_written ||
           remote_is_writable(target->file->remote, target->path, destination->fsync, error);
}

/* Opening a FIFO would wait, so what it is comes first. */
static bool target_open(struct patch_target *target, const struct patch_options *options,
                        const char *path, GError **error)
{
    struct stat status;
    *target = (struct patch_target){
        .files = target->files, .path = path, .is_regular = true, .may_grow = options->extend
    };
    if (stat(path, &status) != 0) {
        return (errno == ENOENT && options->extend) || file_errno(path, errno, error);
    }
    target->is_regular = S_ISREG(status.st_mode);
    target->keeps_size = !target->is_regular && !options->output;
    target->may_grow = options->extend && target->is_regular;
    if (S_ISDIR(status.st_mode)) {
        return file_error(path, "is a directory", error);
    }
    if (!target->is_regular && !S_ISBLK(status.st_mode)) {
        return file_error(path, "is neither a regular file nor a block device", error);
    }
    target->file = files_open(target->files, path, strlen(path), error);
    if (!target->file) {
        return false;
    }
    target->size = target->file->size;
    const bool is_written = !options->check && !options->output;
    return !is_written || access(path, W_OK) == 0 || file_errno(path, errno, error);
}

/* ---- The patch ---- */

static bool read_patches(struct changes *changes, const struct patch_options *options,
                         const struct words *words, GError **error)
{
    if (words->count == 1) {
        return patch_read(changes, "-", options->look, error);
    }
    g_autoptr(GHashTable) taken = g_hash_table_new(g_direct_hash, g_direct_equal);
    for (size_t i = 1; i < words->count; i++) {
        const int fd = text_descriptor(words->first[i].text);
        if (fd >= 0 && !g_hash_table_add(taken, GINT_TO_POINTER(fd))) {
            return usage_error(error, "%s: cannot be read twice", words->first[i].text);
        }
        if (!patch_read(changes, words->first[i].text, options->look, error)) {
            return false;
        }
    }
    return true;
}

static bool turn_round(struct changes *changes, GError **error)
{
    if (!changes->all_old) {
        return usage_error(error, "--reverse: the patch does not say what was there before; only "
                                  "one of compare --patch or --undo-file does");
    }
    changes_reverse(changes);
    return true;
}

static bool write_patched(const struct patch_options *options, const struct patch_target *target,
                          const struct changes *changes, const struct patch_finding *finding,
                          GError **error)
{
    struct moving_options moving = options->moving;
    moving.report.verbose = FALSE;
    if (options->undo_file && !finding->is_done &&
        !patch_save_undo(target, changes, finding, options->undo_file, error)) {
        return false;
    }
    if (options->output || moving.destination.atomic || !target->file) {
        return patch_apply_whole(&moving, target, changes, finding, options->output, error);
    }
    return patch_apply_in_place(&moving, target, changes, finding, error);
}

static bool apply(const struct patch_options *options, const struct patch_target *target,
                  const struct changes *changes, const struct patch_finding *finding,
                  enum verdict *verdict, GError **error)
{
    if (finding->problem) {
        *verdict = VERDICT_NO;
        say_no(options, target->path, finding->problem->str);
        return true;
    }
    if (finding->is_done && !options->moving.report.quiet) {
        say(target->path, changes->length == 0 && changes->tail.kind == TAIL_NONE
                              ? "the patch is empty"
                              : "has all bytes of the patch already");
    }
    const bool writes = !options->check && (!finding->is_done || options->output);
    if (writes && !write_patched(options, target, changes, finding, error)) {
        return false;
    }
    if (!finding->is_done) {
        say_done(options, changes, target->path);
    }
    return true;
}

static bool patch_file(const struct patch_options *options, const char *path, bool is_remote,
                       struct changes *changes, enum verdict *verdict, GError **error)
{
    struct patch_target target = { .files = files_new(), .path = path };
    struct patch_finding finding = { .problem = NULL };
    struct change_conflict conflict;
    const enum settle_status status = changes_settle(changes, options->at, &conflict, error);
    bool ok = status != SETTLE_FAILED &&
              vector_input_prepare(target.files, &options->vector, error) &&
              (is_remote ? target_open_remote : target_open)(&target, options, path, error);
    if (ok && status == SETTLE_CONFLICT) {
        *verdict = VERDICT_NO;
        say_conflict(options, path, &conflict);
    } else if (ok) {
        ok = patch_check(&target, changes, options->at == 0, options->undo_file != NULL, &finding,
                         error) &&
             apply(options, &target, changes, &finding, verdict, error);
    }
    patch_finding_clear(&finding);
    files_free(target.files);
    return ok;
}

static bool patch_run(void *data, const struct words *words, enum verdict *verdict, GError **error)
{
    const struct patch_options *options = data;
    if (!check_options(options, words, error)) {
        return false;
    }
    bool is_remote;
    g_autofree char *path = target_path(words->first[0].text, &is_remote, error);
    if (!path) {
        return false;
    }
    struct changes *changes = changes_new();
    const bool ok = read_patches(changes, options, words, error) &&
                    (!options->reverse || turn_round(changes, error)) &&
                    patch_file(options, path, is_remote, changes, verdict, error);
    changes_free(changes);
    return ok;
}

const struct command patch_command = {
    .name = "patch",
    .summary = "Apply a patch of bytes, or a dump with offsets, to a file.",
    .operands = "FILE [PATCH...]",
    .description =
        "PATCH is the text of compare --patch, or a dump whose rows have offsets; - is\n"
        "standard input, which is the default. All is read and checked before a byte is\n"
        "written. Exit status 0: patched, or it was already, 1: the patch does not fit,\n"
        "and nothing was touched, 2: trouble.",
    .examples = "  iovtool compare --patch old.rom new.rom > rom.patch\n"
                "  iovtool patch old.rom rom.patch\n"
                "  iovtool patch -R --check old.rom rom.patch\n"
                "  echo '0010: 41 42' | iovtool patch --undo-file=back old.rom\n"
                "  iovtool patch old.rom part.xxd -o patched.rom\n",
    .options_size = sizeof(struct patch_options),
    .tables = patch_tables,
    .prepare = patch_prepare,
    .run = patch_run,
    .finish = patch_finish,
};
