/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/vector-input.h"

#include <string.h>

#include "segment/resolve.h"
#include "transfer/reader.h"

#define OPTION(member) offsetof(struct vector_options, member)

const struct option vector_option_table[] = {
    { "segments-from", 'T', OPTION_LIST, 0, "more segments, one a line of FILE (- is stdin)",
      "FILE", NULL },
    { "null", '0', OPTION_FLAG, OPTION(nul), "the segments in FILE end with NUL", NULL, NULL },
    { "skip", 's', OPTION_SIZE, OPTION(skip), "leave out the first N bytes of the whole vector",
      "N", NULL },
    { "length", 'n', OPTION_SIZE, OPTION(length), "use N bytes of the whole vector", "N", NULL },
    { "allow-short", 0, OPTION_FLAG, OPTION(allow_short),
      "take what is there of a range past the end", NULL, NULL },
    { .name = NULL },
};

const struct option padding_option_table[] = {
    { "zero-pad", 0, OPTION_FLAG, OPTION(zero_pad), "supply zeros for a range past the end", NULL,
      NULL },
    { .name = NULL },
};

const struct option mapping_option_table[] = {
    { "no-map", 0, OPTION_FLAG, OPTION(no_map), "read files, never map them", NULL, NULL },
    { .name = NULL },
};

void vector_options_prepare(struct vector_options *options)
{
    options->length = SEGMENT_TO_END;
}

static bool resolve_words(struct resolver *resolver, const struct vector_options *options,
                          const struct words *words, GError **error)
{
    for (size_t i = 0; i < words->count; i++) {
        const struct word *word = &words->first[i];
        const bool ok = word->kind == WORD_LIST
                            ? resolver_add_list(resolver, word->text, options->nul, error)
                            : resolver_add(resolver, word->text, strlen(word->text), error);
        if (!ok) {
            return false;
        }
    }
    return true;
}

static bool resolve_all(struct vector_input *input, const struct vector_options *options,
                        const struct words *words, GError **error)
{
    struct resolver *resolver = resolver_new(input->files, input->vector, input->shortage);
    const bool ok = resolve_words(resolver, options, words, error);
    resolver_free(resolver);
    if (!ok || (options->skip == 0 && options->length == SEGMENT_TO_END)) {
        return ok;
    }
    return vector_slice(input->vector, options->skip, options->length, input->shortage, error);
}

bool vector_input_open(struct vector_input *input, struct files *files,
                       const struct vector_options *options, const struct words *words,
                       GError **error)
{
    if (words->count == 0) {
        return usage_error(error, "no segment given; - is standard input");
    }
    if (options->allow_short && options->zero_pad) {
        return usage_error(error, "--allow-short and --zero-pad exclude each other");
    }
    *input = (struct vector_input){
        .files = files,
        .vector = vector_new(),
        .shortage = options->allow_short ? SLICE_ALLOW_SHORT
                    : options->zero_pad  ? SLICE_ZERO_PAD
                                         : SLICE_EXACT,
        .reader_flags = options->no_map ? READER_NO_MAP : 0,
    };
    if (!resolve_all(input, options, words, error)) {
        vector_input_close(input);
        return false;
    }
    return true;
}

void vector_input_close(struct vector_input *input)
{
    vector_free(input->vector);
}
