/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The input up to the first line end is the word of a pattern, the rest the data. The word is
 * parsed as one; what it is, in every variant, is found where the plain loop finds it.
 */
#include <glib.h>
#include <stdlib.h>
#include <string.h>

#include "core/find.h"
#include "segment/error.h"
#include "segment/spec.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_places(struct find_pattern *pattern, const uint8_t *data, size_t size)
{
    const size_t length = find_pattern_length(pattern);
    const size_t starts = size < length ? 0 : size - length + 1;
    for (size_t from = 0; from < starts;) {
        size_t expected = from;
        while (expected < starts && !find_pattern_fits(pattern, data + expected)) {
            expected++;
        }
        g_assert_cmpuint(from + find_next(pattern, data + from, starts - from), ==, expected);
        from = expected + 1;
    }
}

static void check_variants(const GByteArray *bytes, const GByteArray *mask, const uint8_t *data,
                           size_t size)
{
    const char *name;
    for (unsigned i = 0; find_use_variant(i, &name); i++) {
        struct find_pattern *pattern =
            find_pattern_new(bytes->data, mask->len > 0 ? mask->data : NULL, bytes->len);
        check_places(pattern, data, size);
        find_pattern_free(pattern);
    }
}

/* What has no open digit is the same as a segment. */
static void check_closed(const char *word, size_t length, bool accepted, const struct spec *spec)
{
    g_autoptr(GByteArray) scratch = g_byte_array_new();
    struct spec plain;
    if (!memchr(word, '?', length)) {
        g_assert_true(spec_parse(word, length, scratch, &plain, NULL) == accepted);
        g_assert_true(!accepted ||
                      (plain.source == spec->source && plain.bytes_length == spec->bytes_length));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *end = size > 0 ? memchr(data, '\n', size) : NULL;
    const size_t length = end ? (size_t)(end - data) : size;
    g_autoptr(GByteArray) bytes = g_byte_array_new();
    g_autoptr(GByteArray) mask = g_byte_array_new();
    g_autoptr(GError) error = NULL;
    struct spec spec;
    const bool accepted =
        spec_parse_pattern((const char *)data, length, bytes, mask, &spec, &error);
    check_closed((const char *)data, length, accepted, &spec);
    if (!accepted) {
        g_assert_error(error, IOVTOOL_ERROR, IOVTOOL_ERROR_SYNTAX);
    } else if (spec.source == SPEC_LITERAL && spec.bytes_length > 0 && end) {
        g_assert_true(mask->len == 0 || mask->len == bytes->len);
        check_variants(bytes, mask, end + 1, size - length - 1);
    }
    return 0;
}
