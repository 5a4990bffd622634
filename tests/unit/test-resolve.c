/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "segment/resolve.h"

#include "range-model.h"
#include "support.h"

#define SIZES 7 /* sources of 0 to 6 bytes */
#define BASE 3  /* where the inherited descriptor stands */

static const char alphabet[] = "abcdef";

static const enum slice_shortage shortages[] = { SLICE_EXACT, SLICE_ALLOW_SHORT, SLICE_ZERO_PAD };

/* ---- Every range of small sources ------------------------------------------------------------ */

static char *expected_message(const char *word, const struct range *range,
                              const struct asked *asked, int64_t size, bool is_file)
{
    const char *what = is_file ? "the file" : "it";

    if (range->form == RANGE_FROM && !range->start_from_end) {
        return g_strdup_printf("%s: starts at byte %" PRId64 ", but %s has %" PRId64, word,
                               asked->start, what, size);
    }
    const char *at = strrchr(word, '@') + 1;
    const char *dots = strstr(at, "..");
    /* Positions here are one digit, with a minus or not. */
    g_autofree char *start =
        asked->start < 0 ? g_strndup(at, 2) : g_strdup_printf("%" PRId64, asked->start);
    if (asked->stop < asked->start) {
        return g_strdup_printf("%s: ends at %s, before it starts at %s: %s has %" PRId64, word,
                               dots + 2, start, what, size);
    }
    if (asked->start < 0 && range->form != RANGE_LENGTH) {
        return g_strdup_printf("%s: starts at %s, but %s has %" PRId64, word, start, what, size);
    }
    return g_strdup_printf("%s: asked for %" PRId64 " bytes at %s, but %s has %" PRId64, word,
                           asked->stop - asked->start, start, what, size);
}

/* A source of `size` bytes: the word that names it, and its bytes. */
struct source {
    const char *word;
    const char *bytes;
    int64_t size;
    bool is_file;
};

static void check_refused(struct subject *subject, const struct source *source,
                          const struct range_case *range_case, const char *word)
{
    const struct asked asked = ask(&range_case->range, source->size);
    const size_t count = vector_count(subject->vector);
    const uint64_t length = subject->vector->length;
    g_autofree char *message =
        expected_message(word, &range_case->range, &asked, source->size, source->is_file);
    g_autoptr(GError) error = NULL;

    g_assert_false(subject_add(subject, word, &error));
    if (asked.backward) {
        g_assert_error(error, IOVTOOL_ERROR, IOVTOOL_ERROR_SYNTAX);
    } else if (asked.stop < asked.start) {
        g_assert_error(error, IOVTOOL_ERROR, IOVTOOL_ERROR_RANGE);
    } else {
        assert_segment_error(error, IOVTOOL_ERROR_RANGE, message);
    }
    g_assert_cmpuint(vector_count(subject->vector), ==, count);
    g_assert_cmpuint(subject->vector->length, ==, length);
}

static void check_range(struct subject *subject, const struct source *source,
                        const struct range_case *range_case, GByteArray *expected)
{
    const struct asked asked = ask(&range_case->range, source->size);
    g_autofree char *word = g_strconcat(source->word, range_case->text, NULL);

    if (asked.backward ||
        (subject->shortage == SLICE_EXACT && !lies_inside(&asked, source->size))) {
        check_refused(subject, source, range_case, word);
        return;
    }
    subject_add_good(subject, word);
    append_asked(expected, &asked, source->bytes, source->size,
                 subject->shortage == SLICE_ZERO_PAD);
    g_assert_cmpuint(subject->vector->length, ==, expected->len);
}

static void check_source(const struct source *source)
{
    g_autoptr(GArray) ranges = ranges_up_to(8);

    for (size_t i = 0; i < G_N_ELEMENTS(shortages); i++) {
        struct subject subject = subject_new(shortages[i]);
        g_autoptr(GByteArray) expected = g_byte_array_new();
        g_autoptr(GError) error = NULL;

        for (guint j = 0; j < ranges->len; j++) {
            check_range(&subject, source, &g_array_index(ranges, struct range_case, j), expected);
        }
        g_autoptr(GByteArray) got =
            read_vector(subject.vector, subject.files, 0, shortages[i], &error);
        g_assert_no_error(error);
        assert_same_array(got, expected);
        subject_free(&subject);
    }
}

/* "abcdef", as a pattern of three bytes would go on */
static void test_ranges_of_literals(void)
{
    for (int64_t size = 0; size < SIZES; size++) {
        g_autofree char *hex = g_strdup_printf("hex:%.*s", (int)(2 * size), "616263646566");
        g_autofree char *str = g_strdup_printf("str:%.*s", (int)size, alphabet);
        g_autofree char *fill = g_strdup_printf("fill:616263+%" PRId64, size);
        g_autofree char *zero = g_strdup_printf("zero:%" PRId64, size);
        const struct source sources[] = { { hex, alphabet, size, false },
                                          { str, alphabet, size, false },
                                          { fill, "abcabc", size, false },
                                          { zero, "\0\0\0\0\0\0", size, false } };

        for (size_t i = 0; i < G_N_ELEMENTS(sources); i++) {
            g_test_message("%s", sources[i].word);
            check_source(&sources[i]);
        }
    }
    const struct source number = { "be32:0x61626364", alphabet, 4, false };
    check_source(&number);
}

static void test_ranges_of_files(void)
{
    for (int64_t size = 0; size < SIZES; size++) {
        g_autofree char *name = g_strdup_printf("size-%" PRId64, size);
        g_autofree char *file = g_strconcat("file:", name, NULL);
        const struct source sources[] = { { name, alphabet, size, true },
                                          { file, alphabet, size, true } };

        write_file(name, alphabet, (size_t)size);
        check_source(&sources[0]);
        check_source(&sources[1]);
    }
}

/* Offsets count from where the descriptor stands, and so does the end. */
static void test_ranges_of_descriptors(void)
{
    for (int64_t size = 0; size < SIZES; size++) {
        g_autofree char *bytes = g_strdup_printf("XYZ%.*s", (int)size, alphabet);

        write_file("inherited", bytes, (size_t)(BASE + size));
        const int fd = open("inherited", O_RDONLY | O_CLOEXEC);
        g_autofree char *word = g_strdup_printf("fd:%d", fd);
        const struct source source = { word, alphabet, size, true };

        g_assert_cmpint(lseek(fd, BASE, SEEK_SET), ==, BASE);
        check_source(&source);
        close(fd);
    }
}

static void test_ranges_of_dumps(void)
{
    const struct source source = { "dump:text", alphabet, 6, false };

    write_file("text", "616263646566\n", 13);
    check_source(&source);
}

/* ---- Words that could be two things ---------------------------------------------------------- */

static void expect(struct subject *subject, const char *word, enum iovtool_error code,
                   const char *message)
{
    g_autoptr(GError) error = NULL;

    g_assert_false(subject_add(subject, word, &error));
    assert_segment_error(error, code, message);
}

static void assert_last(const struct subject *subject, const char *name, uint64_t offset,
                        uint64_t length)
{
    const struct segment *segment = subject_last(subject);

    g_assert_cmpint(segment->kind, ==, SEGMENT_FILE);
    g_assert_cmpstr(segment->file->name, ==, name);
    g_assert_cmpuint(segment->offset, ==, offset);
    g_assert_cmpuint(segment->length, ==, length);
}

static const char clash_message[] =
    "disk@5: a file has this whole name, and it also reads as a range of 'disk'; "
    "write file:disk@5@0 for the file or file:disk@5 for the range";

static void test_clash(void)
{
    struct subject subject = subject_new(SLICE_EXACT);

    write_file("disk", alphabet, 6);
    expect(&subject, "disk@7", IOVTOOL_ERROR_RANGE, "disk@7: starts at byte 7, but the file has 6");
    write_file("disk@5", alphabet, 4);
    g_assert_cmpint(symlink("nowhere", "disk@4"), ==, 0);
    expect(&subject, "disk@5", IOVTOOL_ERROR_SYNTAX, clash_message);
    g_autoptr(GError) error = NULL;
    g_assert_false(subject_add(&subject, "disk@4", &error));
    g_assert_error(error, IOVTOOL_ERROR, IOVTOOL_ERROR_SYNTAX);

    subject_add_good(&subject, "disk@5+1");
    assert_last(&subject, "disk", 5, 1);
    subject_add_good(&subject, "file:disk@5");
    assert_last(&subject, "disk", 5, 1);
    subject_add_good(&subject, "file:disk@5@0");
    assert_last(&subject, "disk@5", 0, 4);
    subject_add_good(&subject, "disk@5@1");
    assert_last(&subject, "disk@5", 1, 3);
    subject_add_good(&subject, "file:disk@4");
    assert_last(&subject, "disk", 4, 2);
    subject_add_good(&subject, "./disk@3");
    assert_last(&subject, "./disk", 3, 3);
    subject_free(&subject);
}

/* The whole name alone exists: it is refused all the same, and not taken for the file. */
static void test_clash_alone(void)
{
    struct subject subject = subject_new(SLICE_EXACT);

    write_file("alone@5", alphabet, 4);
    g_autoptr(GError) error = NULL;
    g_assert_false(subject_add(&subject, "alone@5", &error));
    g_assert_error(error, IOVTOOL_ERROR, IOVTOOL_ERROR_SYNTAX);
    subject_add_good(&subject, "file:alone@5@0");
    assert_last(&subject, "alone@5", 0, 4);
    expect(&subject, "file:alone@5", IOVTOOL_ERROR_SOURCE, "alone: No such file or directory");
    subject_free(&subject);
}

/*
 * From some number of ranges of a file on, its directory is read instead: the answers stay the
 * same.
 */
static void check_clash_after(const char *word, unsigned count, bool clear)
{
    struct subject subject = subject_new(SLICE_EXACT);
    g_autofree char *whole = g_strconcat("file:", word, NULL);

    subject_add_good(&subject, whole);
    const struct file *file = subject_last(&subject)->file;
    for (unsigned i = 0; i < count; i++) {
        g_autofree char *range = g_strdup_printf("%s@%u+1", word, i % 6);
        g_autofree char *clash = g_strdup_printf("%s@5", word);
        g_autoptr(GError) error = NULL;

        subject_add_good(&subject, range);
        g_assert_true(subject_last(&subject)->file == file);
        if (access(clash, F_OK) == 0) {
            g_assert_false(subject_add(&subject, clash, &error));
            g_assert_error(error, IOVTOOL_ERROR, IOVTOOL_ERROR_SYNTAX);
        } else {
            subject_add_good(&subject, clash);
            g_assert_cmpuint(subject_last(&subject)->offset, ==, 5);
        }
    }
    g_assert_cmpint(file->tails_clear, ==, clear);
    subject_free(&subject);
}

static void test_clash_in_long_lists(void)
{
    g_assert_cmpint(g_mkdir("sub", 0700), ==, 0);
    write_file("many", alphabet, 6);
    write_file("sub/many", alphabet, 6);
    write_file("many@5", alphabet, 6);
    write_file("clear", alphabet, 6);
    write_file("sub/clear", alphabet, 6);
    write_file("sub/clear@5", alphabet, 6);
    write_file("clear5", alphabet, 6);
    write_file("Case", alphabet, 6);
    write_file("cASE@5", alphabet, 6);

    check_clash_after("many", 200, false);
    check_clash_after("./many", 200, false);
    check_clash_after("sub/../many", 200, false);
    check_clash_after("sub/many", 200, true);
    check_clash_after("clear", 200, true);
    check_clash_after("sub/clear", 200, false);
    check_clash_after("clear", 1, false);
    /* where upper and lower case are the same, Case@5 would be cASE@5 */
    check_clash_after("Case", 200, false);
}

/* ---- Words that name nothing ----------------------------------------------------------------- */

static void test_no_such_file(void)
{
    struct subject subject = subject_new(SLICE_ZERO_PAD);

    expect(&subject, "nowhere", IOVTOOL_ERROR_SOURCE, "nowhere: No such file or directory");
    expect(&subject, "nowhere@5", IOVTOOL_ERROR_SOURCE, "nowhere: No such file or directory");
    expect(&subject, "nowhere@x", IOVTOOL_ERROR_SOURCE, "nowhere@x: No such file or directory");
    expect(&subject, "file:nowhere@5x", IOVTOOL_ERROR_SOURCE,
           "nowhere@5x: No such file or directory");
    expect(&subject, "dump:nowhere", IOVTOOL_ERROR_SOURCE, "nowhere: No such file or directory");
    expect(&subject, "nowhere@5x", IOVTOOL_ERROR_SOURCE,
           "nowhere@5x: No such file or directory; and its tail is not a range: "
           "nowhere@5x: unknown unit: 'x' (column 10)\n"
           "  nowhere@5x\n"
           "           ^");
    expect(&subject, "fd:999999", IOVTOOL_ERROR_SOURCE, "fd:999999: the descriptor is not open");
    g_assert_cmpuint(vector_count(subject.vector), ==, 0);
    subject_free(&subject);
}

/* What a terminal would obey is escaped, wherever the name stands in a message. */
static void test_messages_are_printable(void)
{
    static const char *const words[] = { "\x1b[2J@5", "\x1b[2J@7", "no\nwhere", "no\nwhere@1",
                                         "no\nwhere@1x" };
    struct subject subject = subject_new(SLICE_EXACT);

    write_file("\x1b[2J", alphabet, 6);
    write_file("\x1b[2J@5", alphabet, 6);
    for (size_t i = 0; i < G_N_ELEMENTS(words); i++) {
        g_autoptr(GError) error = NULL;
        g_auto(GStrv) lines = NULL;

        g_assert_false(subject_add(&subject, words[i], &error));
        lines = g_strsplit(error->message, "\n", -1);
        g_assert_cmpuint(g_strv_length(lines), ==, i < 4 ? 1 : 3);
        for (const char *c = error->message; *c != '\0'; c++) {
            g_assert_true(*c == '\n' || !g_ascii_iscntrl(*c));
        }
    }
    subject_free(&subject);
}

/* ---- Streams --------------------------------------------------------------------------------- */

static char *fd_word(int fd, const char *range)
{
    return g_strdup_printf("fd:%d%s", fd, range);
}

struct stream_row {
    const char *range;
    enum stream_anchor anchor;
    uint64_t offset;
    uint64_t length;
};

static void test_stream_ranges(void)
{
    static const struct stream_row rows[] = {
        { "", STREAM_FROM_START, 0, SEGMENT_TO_END },
        { "@0", STREAM_FROM_START, 0, SEGMENT_TO_END },
        { "@7", STREAM_FROM_START, 7, SEGMENT_TO_END },
        { "@7+0", STREAM_FROM_START, 7, 0 },
        { "@7+5", STREAM_FROM_START, 7, 5 },
        { "@7..7", STREAM_FROM_START, 7, 0 },
        { "@7..9", STREAM_FROM_START, 7, 2 },
        { "@..9", STREAM_FROM_START, 0, 9 },
        { "@..-9", STREAM_BUT_TAIL, 0, 9 },
        { "@..-0", STREAM_BUT_TAIL, 0, 0 },
        { "@7..-9", STREAM_BUT_TAIL, 7, 9 },
        { "@-9", STREAM_FROM_END, 9, 9 },
        { "@-0", STREAM_FROM_END, 0, 0 },
        { "@-9+0", STREAM_FROM_END, 9, 0 },
        { "@-9+4", STREAM_FROM_END, 9, 4 },
        { "@-9+9", STREAM_FROM_END, 9, 9 },
        { "@-9..-9", STREAM_FROM_END, 9, 0 },
        { "@-9..-4", STREAM_FROM_END, 9, 5 },
        { "@-9..-0", STREAM_FROM_END, 9, 9 },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct subject subject = subject_new(SLICE_EXACT);
        const int fd = pipe_with("", 0);
        g_autofree char *word = fd_word(fd, rows[i].range);

        subject_add_good(&subject, word);
        const struct segment *segment = subject_last(&subject);
        g_assert_cmpint(segment->kind, ==, SEGMENT_STREAM);
        g_assert_cmpint(segment->anchor, ==, rows[i].anchor);
        g_assert_cmpuint(segment->offset, ==, rows[i].offset);
        g_assert_cmpuint(segment->length, ==, rows[i].length);
        g_assert_cmpuint(vector_count(subject.vector), ==, 1);
        g_assert_cmpint(subject.vector->open_ended, ==, segment_open_ended(segment));
        subject_free(&subject);
        close(fd);
    }
}

/* One range of a stream after the other: the last one may or may not come after the first. */
static void check_pair(const char *first, const char *second, const char *problem)
{
    struct subject subject = subject_new(SLICE_EXACT);
    const int fd = pipe_with("", 0);
    const int other = pipe_with("", 0);
    g_autofree char *first_word = fd_word(fd, first);
    g_autofree char *second_word = fd_word(fd, second);
    g_autofree char *other_word = fd_word(other, "@3+1");

    subject_add_good(&subject, first_word);
    subject_add_good(&subject, "str:between");
    subject_add_good(&subject, other_word);
    if (problem) {
        g_autofree char *message = g_strdup_printf("%s: %s", second_word, problem);

        expect(&subject, second_word, IOVTOOL_ERROR_RANGE, message);
    } else {
        subject_add_good(&subject, second_word);
    }
    subject_free(&subject);
    close(fd);
    close(other);
}

static void test_stream_order(void)
{
    static const char *const to_the_end[] = { "", "@0", "@9", "@..-2", "@-3", "@-3+1", "@-0" };
    static const char *const further[] = { "", "@0", "@9", "@9+0", "@..-2", "@-3", "@-0" };
    static const char *const after_seven[] = { "@7", "@7+0", "@8+1", "@7..-2", "@-1" };

    for (size_t i = 0; i < G_N_ELEMENTS(to_the_end); i++) {
        for (size_t j = 0; j < G_N_ELEMENTS(further); j++) {
            check_pair(to_the_end[i], further[j],
                       "the stream was read to its end by a segment before this one");
        }
    }
    for (size_t i = 0; i < G_N_ELEMENTS(after_seven); i++) {
        check_pair("@3+4", after_seven[i], NULL);
        check_pair("@3..7", after_seven[i], NULL);
        check_pair("@..7", after_seven[i], NULL);
        check_pair("@7+0", after_seven[i], NULL);
    }
    check_pair("@3+4", "@6",
               "the stream has passed byte 6 (at 7 after the segments before): "
               "segments of a stream must go forward");
    check_pair("@3+4", "@..-2",
               "the stream has passed byte 0 (at 7 after the segments before): "
               "segments of a stream must go forward");
    check_pair("@7+0", "@0+1",
               "the stream has passed byte 0 (at 7 after the segments before): "
               "segments of a stream must go forward");
}

/* What a stream cannot do at all, and what it cannot do with SLICE_EXACT. */
static void test_stream_refusals(void)
{
    static const char no_size[] =
        ": a stream has no size to count this range's start from before it ends";
    static const char past_end[] = ": the range ends past the end of the stream";
    const int fd = pipe_with("", 0);

    for (size_t i = 0; i < G_N_ELEMENTS(shortages); i++) {
        struct subject subject = subject_new(shortages[i]);
        g_autofree char *mixed = fd_word(fd, "@-5..9");
        g_autofree char *mixed_message = g_strconcat(mixed, no_size, NULL);
        g_autofree char *beyond = fd_word(fd, "@-5+6");
        g_autofree char *beyond_message = g_strconcat(beyond, past_end, NULL);

        expect(&subject, mixed, IOVTOOL_ERROR_RANGE, mixed_message);
        if (shortages[i] == SLICE_EXACT) {
            expect(&subject, beyond, IOVTOOL_ERROR_RANGE, beyond_message);
        } else {
            subject_add_good(&subject, beyond);
            g_assert_cmpuint(vector_count(subject.vector), ==,
                             shortages[i] == SLICE_ZERO_PAD ? 2 : 1);
            g_assert_cmpuint(subject.vector->length, ==, shortages[i] == SLICE_ZERO_PAD ? 6 : 5);
        }
        subject_free(&subject);
    }
    close(fd);
}

static const char once[] = "the stream is on the other side already, and can be read only once";
static const char shared[] = "the descriptor is on the other side already; a range on both sides "
                             "says which part is meant";

/* Two vectors that share a table of files, as the sides of a comparison do; `refusal` is NULL when
 * the second may have the word. */
static void check_other_side(int fd, const char *word, const char *refusal)
{
    struct subject a = subject_new(SLICE_EXACT);
    struct vector *vector = vector_new();
    struct resolver *b = resolver_new(a.files, vector, SLICE_EXACT);
    g_autofree char *first = fd_word(fd, "@0+1");
    g_autofree char *message = g_strdup_printf("%s: %s", word, refusal);
    g_autoptr(GError) error = NULL;

    subject_add_good(&a, first);
    g_assert_cmpint(resolver_add(b, word, strlen(word), &error), ==, !refusal);
    if (refusal) {
        assert_segment_error(error, IOVTOOL_ERROR_RANGE, message);
    }
    subject_add_good(&a, "str:between");
    g_assert_cmpuint(vector_count(vector), ==, refusal ? 0 : 1);
    resolver_free(b);
    vector_free(vector);
    subject_free(&a);
}

static void test_other_side(void)
{
    const int fd = pipe_with("", 0);
    const int same = dup(fd);
    const int other = pipe_with("", 0);
    const int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
    g_autofree char *word = fd_word(fd, "@5");
    g_autofree char *same_word = fd_word(same, "@5");
    g_autofree char *path = g_strdup_printf("/dev/fd/%d@5+1", fd);
    g_autofree char *other_word = fd_word(other, "@5");
    g_autofree char *null_word = fd_word(null, "");

    write_file("six", alphabet, 6);
    const int six = open("six", O_RDONLY | O_CLOEXEC);
    const int six_too = dup(six);
    const int six_again = open("six", O_RDONLY | O_CLOEXEC);
    g_autofree char *six_word = fd_word(six, "");
    g_autofree char *six_too_word = fd_word(six_too, "");
    g_autofree char *six_again_word = fd_word(six_again, "");
    g_autofree char *six_part = fd_word(six_too, "@1");
    check_other_side(fd, word, once);
    check_other_side(fd, same_word, once);
    check_other_side(fd, path, once);
    check_other_side(fd, other_word, NULL);
    check_other_side(null, "/dev/null", NULL);
    check_other_side(null, null_word, once);
    check_other_side(six, six_word, shared);
    check_other_side(six, six_too_word, shared);
    check_other_side(six, six_part, NULL);
    check_other_side(six, six_again_word, NULL);
    close(fd);
    close(same);
    close(other);
    close(null);
    close(six);
    close(six_too);
    close(six_again);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/resolve/ranges-of-literals", test_ranges_of_literals);
    g_test_add_func("/resolve/ranges-of-files", test_ranges_of_files);
    g_test_add_func("/resolve/ranges-of-descriptors", test_ranges_of_descriptors);
    g_test_add_func("/resolve/clash", test_clash);
    g_test_add_func("/resolve/clash-alone", test_clash_alone);
    g_test_add_func("/resolve/clash-in-long-lists", test_clash_in_long_lists);
    g_test_add_func("/resolve/no-such-file", test_no_such_file);
    g_test_add_func("/resolve/stream-ranges", test_stream_ranges);
    g_test_add_func("/resolve/stream-order", test_stream_order);
    g_test_add_func("/resolve/stream-refusals", test_stream_refusals);
    g_test_add_func("/resolve/other-side", test_other_side);
    g_test_add_func("/resolve/ranges-of-dumps", test_ranges_of_dumps);
    g_test_add_func("/resolve/messages-are-printable", test_messages_are_printable);
    return scratch_run();
}
