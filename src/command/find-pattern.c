/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "command/find-pattern.h"

#include <errno.h>
#include <string.h>

#include "cli/command.h"
#include "core/find.h"
#include "segment/escape.h"
#include "segment/resolve.h"
#include "segment/spec.h"
#include "transfer/reader.h"

static bool pattern_error(const char *word, const char *problem, GError **error)
{
    g_autoptr(GString) shown = g_string_new(NULL);
    escape(shown, word, strlen(word));
    return usage_error(error, "%s: %s", shown->str, problem);
}

static bool add(GPtrArray *patterns, const char *word, const GByteArray *bytes, const uint8_t *mask,
                GError **error)
{
    if (bytes->len == 0) {
        return pattern_error(word, "a pattern has at least one byte", error);
    }
    if (bytes->len > FIND_PATTERN_MAX) {
        return pattern_error(word, "a pattern has at most 64 KiB", error);
    }
    g_ptr_array_add(patterns, find_pattern_new(bytes->data, mask, bytes->len));
    return true;
}

/* Stops when there is more than a pattern may have. */
static bool read_vector(const struct vector *vector, struct files *files, GByteArray *bytes,
                        GError **error)
{
    struct reader *reader = reader_new(vector, files, READER_NO_MAP, SLICE_EXACT);
    struct window window;
    enum reader_status status = READER_END;
    while (bytes->len <= FIND_PATTERN_MAX &&
           (status = reader_next(reader, &window, error)) == READER_WINDOW) {
        const size_t room = FIND_PATTERN_MAX + 1 - bytes->len;
        g_byte_array_append(bytes, window.iov.iov_base, (guint)MIN(window.iov.iov_len, room));
    }
    reader_free(reader);
    return status != READER_FAILED;
}

static bool read_word(struct files *files, const char *word, GByteArray *bytes, GError **error)
{
    struct vector *vector = vector_new();
    struct resolver *resolver = resolver_new(files, vector, SLICE_EXACT);
    const bool ok = resolver_add(resolver, word, strlen(word), error) &&
                    read_vector(vector, files, bytes, error);
    resolver_free(resolver);
    vector_free(vector);
    return ok;
}

static void explain_missing(GError **error)
{
    if (g_str_has_suffix((*error)->message, g_strerror(ENOENT))) {
        g_autofree char *message = g_steal_pointer(&(*error)->message);
        (*error)->message = g_strconcat(
            message, "; a pattern is a file, or text: str:TEXT, or bytes: hex:DIGITS", NULL);
    }
}

static bool has_open_bits(const GByteArray *mask)
{
    for (guint i = 0; i < mask->len; i++) {
        if (mask->data[i] != UINT8_MAX) {
            return true;
        }
    }
    return false;
}

bool find_pattern_add(GPtrArray *patterns, struct files *files, const char *word, GError **error)
{
    g_autoptr(GByteArray) bytes = g_byte_array_new();
    g_autoptr(GByteArray) mask = g_byte_array_new();
    struct spec spec;
    if (!spec_parse_pattern(word, strlen(word), bytes, mask, &spec, error)) {
        return false;
    }
    if (has_open_bits(mask)) {
        return spec.range.form == RANGE_ALL
                   ? add(patterns, word, bytes, mask->data, error)
                   : pattern_error(word, "a pattern with open digits takes no range", error);
    }
    g_byte_array_set_size(bytes, 0);
    if (!read_word(files, word, bytes, error)) {
        explain_missing(error);
        return false;
    }
    return add(patterns, word, bytes, NULL, error);
}
