/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/word-list.h"

#include <string.h>

#include "cli/command.h"
#include "cli/output.h"
#include "segment/describe.h"
#include "segment/files.h"

static bool has_line_end(const struct segment *segment)
{
    return segment_has_file(segment) && strchr(segment->file->name, '\n');
}

bool word_list_check(const struct vector *vector, bool nul, GError **error)
{
    if (vector->pending_skip > 0 || vector->pending_limit != SEGMENT_TO_END) {
        return usage_error(error,
                           "where this slice starts or ends is known only when a stream ends");
    }
    for (size_t i = 0; !nul && i < vector_count(vector); i++) {
        if (has_line_end(vector_segment(vector, i))) {
            return usage_error(error, "segment %zu: its name holds a line end: use --null", i);
        }
    }
    return true;
}

static bool print_words(struct output *output, const struct vector *vector, char end,
                        GError **error)
{
    g_autoptr(GString) word = g_string_new(NULL);
    for (size_t i = 0; i < vector_count(vector); i++) {
        g_string_truncate(word, 0);
        segment_describe(word, vector_segment(vector, i));
        g_string_append_c(word, end);
        if (!output_append(output, word->str, word->len, error)) {
            return false;
        }
    }
    return true;
}

bool print_word_list(const struct vector *vector, bool nul, GError **error)
{
    struct output output;
    if (!word_list_check(vector, nul, error)) {
        return false;
    }
    output_open(&output);
    const bool ok = print_words(&output, vector, nul ? '\0' : '\n', error);
    return output_close(&output, ok, error);
}
