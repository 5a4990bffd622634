/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A list of segments as -T reads it, but for those that name files. What holds for every list:
 *
 * - a line is resolved, or refused with a message that a terminal can be shown;
 * - the vector's length is the sum of its segments, each of which is well formed;
 * - each segment is described by a word that resolves to one segment of the same bytes;
 * - slicing anywhere keeps the bytes.
 */
#include <glib.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "segment/describe.h"
#include "segment/error.h"
#include "segment/files.h"
#include "segment/resolve.h"
#include "segment/spec.h"
#include "segment/vector.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* How many bytes at each end of a segment are compared. */
#define COMPARED 100u

struct subject {
    struct files *files;
    struct vector *vector;
    struct resolver *resolver;
};

static struct subject subject_new(enum slice_shortage shortage)
{
    struct subject subject = { .files = files_new(), .vector = vector_new() };

    subject.resolver = resolver_new(subject.files, subject.vector, shortage);
    return subject;
}

static void subject_free(struct subject *subject)
{
    resolver_free(subject->resolver);
    vector_free(subject->vector);
    files_free(subject->files);
}

/* Lines of these schemes name no file; all others would open what the fuzzer makes up. */
static bool is_literal(const char *line, size_t length)
{
    static const char *const schemes[] = { "hex:",  "str:",  "zero:", "fill:", "le16:",
                                           "be16:", "le32:", "be32:", "le64:", "be64:" };

    for (size_t i = 0; i < G_N_ELEMENTS(schemes); i++) {
        const size_t prefix = strlen(schemes[i]);

        if (length >= prefix && memcmp(line, schemes[i], prefix) == 0) {
            return true;
        }
    }
    return false;
}

static uint8_t byte_of(const struct segment *segment, uint64_t i)
{
    g_assert(i < segment->length);
    return segment->kind == SEGMENT_FILL ? segment->bytes[(segment->offset + i) % segment->period]
                                         : segment->bytes[i];
}

static void assert_same_bytes(const struct segment *a, const struct segment *b)
{
    g_assert(a->length == b->length);
    for (uint64_t i = 0; i < MIN(a->length, COMPARED); i++) {
        g_assert(byte_of(a, i) == byte_of(b, i));
        g_assert(byte_of(a, a->length - 1 - i) == byte_of(b, b->length - 1 - i));
    }
}

static void check_described(const struct segment *segment)
{
    struct subject again = subject_new(SLICE_EXACT);
    g_autoptr(GString) word = g_string_new(NULL);

    segment_describe(word, segment);
    g_assert(resolver_add(again.resolver, word->str, word->len, NULL));
    g_assert(vector_count(again.vector) == 1);
    assert_same_bytes(vector_segment(again.vector, 0), segment);
    subject_free(&again);
}

static void check_refused(const GError *error)
{
    g_assert(error && error->domain == IOVTOOL_ERROR && error->code != IOVTOOL_ERROR_SOURCE);
    for (const char *c = error->message; *c != '\0'; c++) {
        g_assert(*c == '\n' || !g_ascii_iscntrl(*c));
    }
}

/* Adds the line; what it added, at most three segments with padding, is looked at closely. */
static void add_line(struct subject *subject, const char *line, size_t length)
{
    /* ends where its block does, so that a read too far shows */
    g_autofree char *exact = g_memdup2(line, length);
    g_autoptr(GError) error = NULL;
    const size_t before = vector_count(subject->vector);
    const uint64_t length_before = subject->vector->length;
    uint64_t sum = length_before;

    if (!resolver_add(subject->resolver, exact, length, &error)) {
        check_refused(error);
        return;
    }
    g_assert(!error && vector_count(subject->vector) > before);
    g_assert(vector_count(subject->vector) <= before + 3);
    for (size_t i = before; i < vector_count(subject->vector); i++) {
        const struct segment *segment = vector_segment(subject->vector, i);

        g_assert(segment->kind == SEGMENT_BYTES || segment->kind == SEGMENT_FILL);
        sum += segment->length;
        check_described(segment);
    }
    g_assert(subject->vector->length == sum && sum <= SEGMENT_LENGTH_MAX);
}

static void add_lines(struct subject *subject, const char *text, size_t length)
{
    while (length > 0) {
        const char *end = memchr(text, '\n', length);
        const size_t line = end ? (size_t)(end - text) : length;

        if (is_literal(text, line)) {
            add_line(subject, text, line);
        }
        text += line + (end ? 1 : 0);
        length -= line + (end ? 1 : 0);
    }
}

/* The byte `at` of the vector. */
static uint8_t vector_byte(const struct vector *vector, uint64_t at)
{
    for (size_t i = 0; i < vector_count(vector); i++) {
        const struct segment *segment = vector_segment(vector, i);

        if (at < segment->length) {
            return byte_of(segment, at);
        }
        at -= segment->length;
    }
    g_assert_not_reached();
}

static void check_slice(struct vector *vector, uint64_t seed)
{
    const uint64_t size = vector->length;
    const uint64_t skip = seed % (size + 1);
    const uint64_t length = (seed >> 7) % (size - skip + 1);
    uint8_t expected[2] = { 0 };

    if (length > 0) {
        expected[0] = vector_byte(vector, skip);
        expected[1] = vector_byte(vector, skip + length - 1);
    }
    g_assert(vector_slice(vector, skip, length, SLICE_EXACT, NULL));
    g_assert(vector->length == length);
    if (length > 0) {
        g_assert(vector_byte(vector, 0) == expected[0]);
        g_assert(vector_byte(vector, length - 1) == expected[1]);
    }
}

/*
 * The first byte says what is done about a shortage, the next eight where to slice; then come the
 * lines.
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint64_t seed;

    if (size < 1 + sizeof(seed)) {
        return 0;
    }
    struct subject subject = subject_new((enum slice_shortage)(data[0] % 3));
    memcpy(&seed, data + 1, sizeof(seed));
    add_lines(&subject, (const char *)data + 1 + sizeof(seed), size - 1 - sizeof(seed));
    check_slice(subject.vector, seed);
    subject_free(&subject);
    return 0;
}
