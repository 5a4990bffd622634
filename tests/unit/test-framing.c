/* SPDX-License-Identifier: GPL-2.0-or-later */
/* segment/framing.h: the lengths in front of frames, and vectors with them. */
#include "segment/framing.h"

#include "support.h"

static const struct {
    enum framing framing;
    const char *word;
    unsigned size;
    uint64_t longest;
} kinds[] = {
    { FRAMING_NONE, "none", 0, UINT64_MAX }, { FRAMING_BE16, "be16", 2, 65535 },
    { FRAMING_BE32, "be32", 4, 4294967295 }, { FRAMING_LE16, "le16", 2, 65535 },
    { FRAMING_LE32, "le32", 4, 4294967295 }, { FRAMING_LF, "lf", 0, UINT64_MAX },
};

static void test_kinds(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++) {
        g_assert_cmpstr(framing_words[kinds[i].framing], ==, kinds[i].word);
        g_assert_cmpuint(framing_prefix_size(kinds[i].framing), ==, kinds[i].size);
        g_assert_cmpuint(framing_longest(kinds[i].framing), ==, kinds[i].longest);
    }
    g_assert_null(framing_words[G_N_ELEMENTS(kinds)]);
}

static const struct {
    enum framing framing;
    uint64_t length;
    uint8_t prefix[FRAMING_PREFIX_MAX];
} prefixes[] = {
    { FRAMING_BE16, 0, { 0, 0 } },
    { FRAMING_BE16, 1, { 0, 1 } },
    { FRAMING_BE16, 0x1234, { 0x12, 0x34 } },
    { FRAMING_BE16, 0xffff, { 0xff, 0xff } },
    { FRAMING_LE16, 0x1234, { 0x34, 0x12 } },
    { FRAMING_LE16, 0xff00, { 0, 0xff } },
    { FRAMING_BE32, 1, { 0, 0, 0, 1 } },
    { FRAMING_BE32, 0x12345678, { 0x12, 0x34, 0x56, 0x78 } },
    { FRAMING_BE32, 0xffffffff, { 0xff, 0xff, 0xff, 0xff } },
    { FRAMING_LE32, 0x12345678, { 0x78, 0x56, 0x34, 0x12 } },
    { FRAMING_LE32, 0xff000000, { 0, 0, 0, 0xff } },
};

static void test_prefixes(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(prefixes); i++) {
        const unsigned size = framing_prefix_size(prefixes[i].framing);
        uint8_t prefix[FRAMING_PREFIX_MAX + 1];

        memset(prefix, 0xa5, sizeof(prefix));
        framing_encode(prefixes[i].framing, prefixes[i].length, prefix);
        assert_same_bytes(prefix, prefixes[i].prefix, size);
        g_assert_cmpuint(prefix[size], ==, 0xa5); /* nothing behind it is touched */
        g_assert_cmpuint(framing_decode(prefixes[i].framing, prefix), ==, prefixes[i].length);
    }
}

static void test_any_length(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++) {
        if (kinds[i].size == 0) {
            continue;
        }
        for (unsigned n = 0; n < 1000; n++) {
            const uint64_t length = (uint32_t)g_test_rand_int() & kinds[i].longest;
            uint8_t prefix[FRAMING_PREFIX_MAX];

            framing_encode(kinds[i].framing, length, prefix);
            g_assert_cmpuint(framing_decode(kinds[i].framing, prefix), ==, length);
        }
    }
}

/* ---- Vectors --------------------------------------------------------------------------------- */

/* The bytes of a vector of nothing but literals. */
static GByteArray *bytes_of(const struct vector *vector)
{
    GByteArray *bytes = g_byte_array_new();

    for (size_t i = 0; i < vector_count(vector); i++) {
        const struct segment *segment = vector_segment(vector, i);

        g_assert_cmpint(segment->kind, ==, SEGMENT_BYTES);
        g_byte_array_append(bytes, segment->bytes, (guint)segment->length);
    }
    return bytes;
}

#define FRAMED(framing, text)                                                                      \
    {                                                                                              \
        framing, text, sizeof(text) - 1                                                            \
    }

static const struct {
    enum framing framing;
    const char *bytes;
    size_t length;
} framed_rows[] = {
    FRAMED(FRAMING_NONE, "abcx"),
    FRAMED(FRAMING_BE16, "\0\3abc\0\0\0\1x"),
    FRAMED(FRAMING_LE16, "\3\0abc\0\0\1\0x"),
    FRAMED(FRAMING_BE32, "\0\0\0\3abc\0\0\0\0\0\0\0\1x"),
    FRAMED(FRAMING_LE32, "\3\0\0\0abc\0\0\0\0\1\0\0\0x"),
    FRAMED(FRAMING_LF, "abc\n\nx\n"),
};

static void test_framed(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(framed_rows); i++) {
        struct subject subject = subject_new(SLICE_EXACT);
        g_autoptr(GError) error = NULL;

        subject_add_good(&subject, "str:abc");
        subject_add_good(&subject, "hex:");
        subject_add_good(&subject, "str:x");
        struct vector *framed =
            vector_framed(subject.vector, framed_rows[i].framing, SLICE_EXACT, &error);

        g_assert_no_error(error);
        g_autoptr(GByteArray) bytes = bytes_of(framed);

        assert_array_is(bytes, framed_rows[i].bytes, framed_rows[i].length);
        g_assert_cmpuint(framed->length, ==, framed_rows[i].length);
        vector_free(framed);
        subject_free(&subject);
    }
}

static void test_no_segments(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++) {
        struct vector *vector = vector_new();
        struct vector *framed = vector_framed(vector, kinds[i].framing, SLICE_EXACT, NULL);

        g_assert_cmpuint(framed->length, ==, 0);
        vector_free(framed);
        vector_free(vector);
    }
}

/* The longest segment that a prefix can tell of, and one byte more. */
static void check_longest(enum framing framing, const char *longest, const char *too_long)
{
    struct subject subject = subject_new(SLICE_EXACT);
    g_autoptr(GError) error = NULL;

    subject_add_good(&subject, longest);
    struct vector *framed = vector_framed(subject.vector, framing, SLICE_EXACT, &error);

    g_assert_no_error(error);
    vector_free(framed);
    subject_add_good(&subject, too_long);
    g_assert_null(vector_framed(subject.vector, framing, SLICE_EXACT, &error));
    g_assert_error(error, IOVTOOL_ERROR, IOVTOOL_ERROR_RANGE);
    g_assert_true(g_str_has_prefix(error->message, too_long));
    subject_free(&subject);
}

static void test_longest(void)
{
    check_longest(FRAMING_BE16, "zero:65535", "zero:65536");
    check_longest(FRAMING_LE16, "zero:65535", "zero:65536");
    check_longest(FRAMING_BE32, "zero:4294967295", "zero:4294967296");
    check_longest(FRAMING_LE32, "zero:4294967295", "zero:4294967296");
}

static void check_stream(const char *range, enum slice_shortage shortage, enum framing framing,
                         bool known)
{
    struct subject subject = subject_new(shortage);
    const int fd = pipe_with("abcdef", 6);
    g_autofree char *word = g_strdup_printf("fd:%d%s", fd, range);
    g_autoptr(GError) error = NULL;

    subject_add_good(&subject, word);
    struct vector *framed = vector_framed(subject.vector, framing, shortage, &error);

    g_assert_cmpint(framed != NULL, ==, known);
    if (framed) {
        vector_free(framed);
    } else {
        g_assert_error(error, IOVTOOL_ERROR, IOVTOOL_ERROR_RANGE);
    }
    subject_free(&subject);
    close(fd);
}

/* The length of a stream is not known before its end, that of a part of it is: unless it may be
 * shorter. A line end needs no length. */
static void test_streams(void)
{
    check_stream("", SLICE_EXACT, FRAMING_BE16, false);
    check_stream("@2", SLICE_EXACT, FRAMING_LE32, false);
    check_stream("@0+3", SLICE_EXACT, FRAMING_BE16, true);
    check_stream("@1..3", SLICE_EXACT, FRAMING_LE32, true);
    check_stream("@0+30", SLICE_ALLOW_SHORT, FRAMING_BE16, false);
    check_stream("@0+30", SLICE_ZERO_PAD, FRAMING_BE16, true);
    check_stream("", SLICE_EXACT, FRAMING_LF, true);
    check_stream("@0+30", SLICE_ALLOW_SHORT, FRAMING_LF, true);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/framing/kinds", test_kinds);
    g_test_add_func("/framing/prefixes", test_prefixes);
    g_test_add_func("/framing/any-length", test_any_length);
    g_test_add_func("/framing/framed", test_framed);
    g_test_add_func("/framing/no-segments", test_no_segments);
    g_test_add_func("/framing/longest", test_longest);
    g_test_add_func("/framing/streams", test_streams);
    return scratch_run();
}
