/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "command/info-slices.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/stat.h>

#include "cli/command.h"
#include "cli/word-list.h"
#include "segment/describe.h"
#include "segment/error.h"

static void bounds_of(const struct share *shares, uint64_t index, uint64_t total, uint64_t *offset,
                      uint64_t *length)
{
    struct share share = *shares;
    share.index = index;
    share_bounds(&share, total, offset, length);
}

static bool print_lines(const struct vector_input *input, const struct share *shares, bool json,
                        struct output *output, GError **error)
{
    for (uint64_t i = 1; i <= shares->count; i++) {
        uint64_t offset;
        uint64_t length;
        bounds_of(shares, i, input->vector->length, &offset, &length);
        offset += input->start;
        const bool ok = json ? output_printf(output, error,
                                             "%s{\"slice\":%" PRIu64 ",\"offset\":%" PRIu64
                                             ",\"length\":%" PRIu64 "}",
                                             i > 1 ? "," : "", i, offset, length)
                             : output_printf(output, error, "%" PRIu64 " %" PRIu64 " %" PRIu64 "\n",
                                             i, offset, length);
        if (!ok) {
            return false;
        }
    }
    return true;
}

bool info_print_slices(const struct vector_input *input, const struct share *shares, bool json,
                       GError **error)
{
    struct output output;
    output_open(&output);
    const bool ok = (!json || output_append(&output, "[", 1, error)) &&
                    print_lines(input, shares, json, &output, error) &&
                    (!json || output_append(&output, "]\n", 2, error));
    return output_close(&output, ok, error);
}

static char *list_name(const char *prefix, uint64_t index)
{
    return g_strdup_printf("%s.%" PRIu64, prefix, index);
}

static bool is_source(const struct vector *vector, const struct stat *status)
{
    for (size_t i = 0; i < vector_count(vector); i++) {
        const struct segment *segment = vector_segment(vector, i);
        if (segment->kind == SEGMENT_FILE && segment->file->device == status->st_dev &&
            segment->file->inode == status->st_ino) {
            return true;
        }
    }
    return false;
}

static bool check_names(const struct vector *vector, const struct share *shares, const char *prefix,
                        GError **error)
{
    for (uint64_t i = 1; i <= shares->count; i++) {
        g_autofree char *name = list_name(prefix, i);
        struct stat status;
        if (stat(name, &status) == 0 && is_source(vector, &status)) {
            return usage_error(error, "%s: is a source as well", name);
        }
    }
    return true;
}

/* Where the pass over the segments has come to. */
struct place {
    size_t segment;
    uint64_t within;
};

/* The segments of the next `length` bytes. One of no bytes belongs to the share that ends there. */
static bool write_share(const struct vector *vector, struct place *place, uint64_t length, char end,
                        FILE *list)
{
    g_autoptr(GString) word = g_string_new(NULL);
    while (place->segment < vector_count(vector)) {
        struct segment piece = *vector_segment(vector, place->segment);
        const uint64_t left = piece.length - place->within;
        if (length == 0 && left > 0) {
            break;
        }
        const uint64_t taken = MIN(left, length);
        segment_cut(&piece, place->within, taken);
        g_string_truncate(word, 0);
        segment_describe(word, &piece);
        g_string_append_c(word, end);
        if (fwrite(word->str, 1, word->len, list) != word->len) {
            return false;
        }
        length -= taken;
        place->within += taken;
        if (taken == left) {
            *place = (struct place){ .segment = place->segment + 1 };
        }
    }
    return true;
}

static bool write_list(const struct vector *vector, struct place *place, uint64_t length, char end,
                       const char *name, GError **error)
{
    FILE *list = fopen(name, "we");
    if (!list) {
        return file_errno(name, errno, error);
    }
    bool ok = write_share(vector, place, length, end, list);
    int problem = errno;
    if (fclose(list) != 0 && ok) {
        problem = errno;
        ok = false;
    }
    return ok || file_errno(name, problem, error);
}

bool info_write_slices(const struct vector_input *input, const struct share *shares,
                       const char *prefix, bool nul, GError **error)
{
    const struct vector *vector = input->vector;
    struct place place = { 0 };
    if (!word_list_check(vector, nul, error) || !check_names(vector, shares, prefix, error)) {
        return false;
    }
    for (uint64_t i = 1; i <= shares->count; i++) {
        g_autofree char *name = list_name(prefix, i);
        uint64_t offset;
        uint64_t length;
        bounds_of(shares, i, vector->length, &offset, &length);
        if (!write_list(vector, &place, length, nul ? '\0' : '\n', name, error)) {
            return false;
        }
    }
    return true;
}
