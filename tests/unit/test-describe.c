/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "segment/describe.h"

#include "support.h"

#define SIZE 9 /* of the files with awkward names */

/*
 * Names that mean something else in a word, in a list or on a terminal. All of them exist at once,
 * so that some are also called like a range of another.
 */
static const char *const names[] = {
    "a",
    "a@1",
    "a@1+2",
    "a@0+9",
    "a@0+9@0+9",
    "a@1@1",
    "a@3..2",
    "a@",
    "a@x",
    "@",
    "@1",
    "@@",
    "--",
    "-",
    "-x",
    "-@1",
    "-@0+9",
    "--help",
    "hex:1",
    "hex:12",
    "str:x",
    "zero:4",
    "fill:00+4",
    "fd:1",
    "fd:1@0+9",
    "le16:1",
    "be64:1",
    "dump:x",
    "file:",
    "file:a",
    "file:a@1",
    "file:a@1+2",
    "file:file:a",
    "hex",
    "#",
    "#x",
    "# x",
    " ",
    " a",
    "a ",
    "a b",
    "\t",
    "a\nb",
    "\n",
    "a\n",
    "\na",
    "#\n",
    "\r",
    "a\r",
    "\x1b[31m",
    "\\",
    "\\n",
    "\\x41",
    "\x01",
    "\x7f",
    "\xff",
    "a\xff@1",
    "\xc3\xa9",
    "\xe2\x80\xae",
    "\xc3",
    "*",
    "$a",
    "'",
    "\"",
    "tcp:x:1",
    "sub/a@1",
    "sub/hex:1",
    "./a",
    "./-",
    "sub/../a",
};

static void make_folder(const char *name)
{
    g_assert_true(g_mkdir(name, 0700) == 0 || g_file_test(name, G_FILE_TEST_IS_DIR));
}

static void write_names(void)
{
    make_folder("sub");
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        write_file(names[i], "abcdefghi", SIZE);
    }
}

static struct segment file_segment(struct file *file, uint64_t offset, uint64_t length)
{
    return (
        struct segment){ .kind = SEGMENT_FILE, .file = file, .offset = offset, .length = length };
}

static GString *describe(const struct segment *segment)
{
    GString *word = g_string_new(NULL);

    segment_describe(word, segment);
    g_assert_cmpuint(strlen(word->str), ==, word->len);
    return word;
}

/* ---- Files ----------------------------------------------------------------------------------- */

static void assert_same_range(const struct segment *got, const struct segment *segment)
{
    g_assert_cmpint(got->kind, ==, segment->kind);
    g_assert_cmpint(got->anchor, ==, segment->anchor);
    g_assert_cmpstr(got->file->name, ==, segment->file->name);
    g_assert_true(got->file->inode == segment->file->inode);
    g_assert_cmpuint(got->offset, ==, segment->offset);
    g_assert_cmpuint(got->length, ==, segment->length);
}

/* Read as an operand. */
static void check_word(const GString *word, const struct segment *segment)
{
    struct subject subject = subject_new(SLICE_EXACT);

    subject_add_good(&subject, word->str);
    g_assert_cmpuint(vector_count(subject.vector), ==, 1);
    assert_same_range(subject_last(&subject), segment);
    subject_free(&subject);
}

/* Read from a list among others. */
static void check_list(const GString *word, const struct segment *segment, bool nul)
{
    struct subject subject = subject_new(SLICE_EXACT);
    const char separator = nul ? '\0' : '\n';
    g_autoptr(GString) list = g_string_new("str:1");
    g_autoptr(GError) error = NULL;

    g_string_append_c(list, separator);
    g_string_append_len(list, word->str, (gssize)word->len);
    g_string_append_c(list, separator);
    g_string_append(list, "str:2");
    write_file("the list", list->str, list->len);
    g_assert_true(resolver_add_list(subject.resolver, "the list", nul, &error));
    g_assert_no_error(error);
    g_assert_cmpuint(vector_count(subject.vector), ==, 3);
    assert_same_range(vector_segment(subject.vector, 1), segment);
    subject_free(&subject);
}

typedef void segment_check(const GString *word, const struct segment *segment);

/* Every range of every file, described and read back. */
static void each_range(uint64_t step, segment_check *check)
{
    struct files *files = files_new();

    write_names();
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        struct file *file = files_open(files, names[i], strlen(names[i]), NULL);
        g_autofree char *printable = g_strescape(names[i], NULL);

        g_test_message("%s", printable);
        for (uint64_t offset = 0; offset <= SIZE; offset += step) {
            for (uint64_t length = 0; length <= SIZE - offset; length += step) {
                const struct segment segment = file_segment(file, offset, length);
                g_autoptr(GString) word = describe(&segment);

                check(word, &segment);
            }
        }
    }
    files_free(files);
}

static void test_files(void)
{
    each_range(1, check_word);
}

/* Plain names come out plainly. */
static void test_plain(void)
{
    static const struct {
        const char *name;
        uint64_t offset;
        uint64_t length;
        const char *word;
    } rows[] = {
        { "plain", 0, 9, "plain@0+9" },
        { "plain", 3, 0, "plain@3+0" },
        { "sub/plain", 3, 4, "sub/plain@3+4" },
        { "pl@in", 1, 2, "pl@in@1+2" },
        { "-", 0, 9, "file:-@0+9" },
        { "hex:1", 0, 9, "file:hex:1@0+9" },
    };
    struct files *files = files_new();

    make_folder("sub");
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        write_file(rows[i].name, "abcdefghi", SIZE);
        struct file *file = files_open(files, rows[i].name, strlen(rows[i].name), NULL);
        const struct segment segment = file_segment(file, rows[i].offset, rows[i].length);
        g_autoptr(GString) word = describe(&segment);

        g_assert_cmpstr(word->str, ==, rows[i].word);
    }
    files_free(files);
}

/* The description goes after what the string holds already. */
static void test_appends(void)
{
    struct files *files = files_new();
    g_autoptr(GString) out = g_string_new("hex:");

    write_file("odd@0+9", "abcdefghi", SIZE);
    write_file("odd", "abcdefghi", SIZE);
    const struct segment segment = file_segment(files_open(files, "odd", 3, NULL), 0, 9);
    segment_describe(out, &segment);
    g_assert_cmpstr(out->str, ==, "hex:file:odd@0+9");
    segment_describe_short(out, &segment);
    g_assert_cmpstr(out->str, ==, "hex:file:odd@0+9file:odd@0+9");
    files_free(files);
}

/* Offsets of an inherited descriptor count from where it stands, in words as well. */
static void test_inherited(void)
{
    struct subject subject = subject_new(SLICE_EXACT);

    write_file("nine", "abcdefghi", SIZE);
    const int fd = open("nine", O_RDONLY | O_CLOEXEC);
    g_assert_cmpint(lseek(fd, 2, SEEK_SET), ==, 2);
    g_autofree char *source = g_strdup_printf("fd:%d", fd);
    g_autofree char *expected = g_strdup_printf("fd:%d@3+4", fd);
    /* even if there is a file of that name */
    write_file(source, "x", 1);
    write_file(expected, "x", 1);

    subject_add_good(&subject, source);
    struct segment segment = *subject_last(&subject);
    g_assert_cmpuint(segment.offset, ==, 2);
    segment_cut(&segment, 3, 4);
    g_autoptr(GString) word = describe(&segment);
    g_assert_cmpstr(word->str, ==, expected);
    subject_add_good(&subject, word->str);
    assert_same_range(subject_last(&subject), &segment);
    subject_free(&subject);
    close(fd);
}

static void test_standard_input(void)
{
    struct subject subject = subject_new(SLICE_EXACT);
    const int before = dup(STDIN_FILENO);
    const int fd = pipe_with("", 0);

    write_file("-@3", "x", 1);
    g_assert_cmpint(dup2(fd, STDIN_FILENO), ==, STDIN_FILENO);
    close(fd);
    subject_add_good(&subject, "-@3");
    g_autoptr(GString) word = describe(subject_last(&subject));
    g_assert_cmpstr(word->str, ==, "-@3");
    subject_free(&subject);
    g_assert_cmpint(dup2(before, STDIN_FILENO), ==, STDIN_FILENO);
    close(before);
}

/* ---- Streams --------------------------------------------------------------------------------- */

static void check_stream(const char *source, const struct segment *segment, const char *range)
{
    struct subject subject = subject_new(SLICE_EXACT);
    g_autofree char *expected = g_strconcat(source, range, NULL);
    g_autoptr(GString) word = describe(segment);

    g_assert_cmpstr(word->str, ==, expected);
    subject_add_good(&subject, word->str);
    g_assert_cmpuint(vector_count(subject.vector), ==, 1);
    const struct segment *got = subject_last(&subject);
    g_assert_cmpint(got->kind, ==, SEGMENT_STREAM);
    g_assert_cmpint(got->anchor, ==, segment->anchor);
    g_assert_cmpuint(got->offset, ==, segment->offset);
    g_assert_cmpuint(got->length, ==, segment->length);
    subject_free(&subject);
}

static const struct stream_row {
    enum stream_anchor anchor;
    uint64_t offset;
    uint64_t length;
    const char *range;
} streams[] = {
    { STREAM_FROM_START, 0, SEGMENT_TO_END, "@0" },
    { STREAM_FROM_START, 7, SEGMENT_TO_END, "@7" },
    { STREAM_FROM_START, 7, 0, "@7+0" },
    { STREAM_FROM_START, 7, 5, "@7+5" },
    { STREAM_FROM_START, 0, SEGMENT_LENGTH_MAX, "@0+9223372036854775807" },
    { STREAM_FROM_END, 9, 9, "@-9+9" },
    { STREAM_FROM_END, 9, 4, "@-9+4" },
    { STREAM_FROM_END, 0, 0, "@-0+0" },
    { STREAM_BUT_TAIL, 0, 0, "@0..-0" },
    { STREAM_BUT_TAIL, 3, 9, "@3..-9" },
    { STREAM_BUT_TAIL, 9, 3, "@9..-3" },
};

static void test_streams(void)
{
    struct files *files = files_new();
    const int fd = pipe_with("", 0);
    g_autofree char *source = g_strdup_printf("fd:%d", fd);

    g_assert_cmpint(mkfifo("fi:fo", 0600), ==, 0);
    const int keeps_it_open = open("fi:fo", O_RDWR | O_CLOEXEC);
    struct file *const files_of[] = { files_inherit(files, fd, NULL),
                                      files_open(files, "fi:fo", 5, NULL) };
    const char *const sources[] = { source, "fi:fo" };

    for (size_t i = 0; i < G_N_ELEMENTS(streams); i++) {
        for (size_t j = 0; j < G_N_ELEMENTS(sources); j++) {
            const struct segment segment = { .kind = SEGMENT_STREAM,
                                             .anchor = (uint8_t)streams[i].anchor,
                                             .file = files_of[j],
                                             .offset = streams[i].offset,
                                             .length = streams[i].length };

            check_stream(sources[j], &segment, streams[i].range);
        }
    }
    files_free(files);
    close(fd);
    close(keeps_it_open);
}

/* ---- Literals and fills ---------------------------------------------------------------------- */

static void check_bytes(const struct segment *segment, const char *expected)
{
    struct subject subject = subject_new(SLICE_EXACT);
    struct vector *original = vector_new();
    g_autoptr(GString) word = describe(segment);

    if (expected) {
        g_assert_cmpstr(word->str, ==, expected);
    }
    subject_add_good(&subject, word->str);
    g_assert_cmpuint(vector_count(subject.vector), ==, 1);
    g_assert_cmpint(subject_last(&subject)->kind, ==, segment->kind);
    g_assert_true(vector_append(original, segment, NULL));
    g_autoptr(GByteArray) bytes = read_vector(original, subject.files, 0, SLICE_EXACT, NULL);
    g_autoptr(GByteArray) again = read_vector(subject.vector, subject.files, 0, SLICE_EXACT, NULL);
    assert_same_array(again, bytes);
    vector_free(original);
    subject_free(&subject);
}

static void test_literals(void)
{
    uint8_t bytes[256];
    const struct segment all = { .kind = SEGMENT_BYTES, .bytes = bytes, .length = 256 };
    const struct segment few = { .kind = SEGMENT_BYTES, .bytes = bytes + 9, .length = 4 };
    const struct segment none = { .kind = SEGMENT_BYTES, .bytes = bytes, .length = 0 };

    for (unsigned i = 0; i < 256; i++) {
        bytes[i] = (uint8_t)i;
    }
    check_bytes(&all, NULL);
    check_bytes(&few, "hex:090a0b0c");
    check_bytes(&none, "hex:");
}

/* Every phase of patterns of several lengths. */
static void test_fills(void)
{
    static const uint8_t pattern[] = { 0x61, 0x00, 0xff, 0x0a, 0x62, 0x63, 0x64, 0x65 };

    for (uint32_t period = 1; period < sizeof(pattern); period++) {
        for (uint64_t phase = 0; phase < period; phase++) {
            for (uint64_t length = 0; length <= 20; length += 5) {
                struct segment fill = { .kind = SEGMENT_FILL,
                                        .bytes = pattern,
                                        .period = period,
                                        .offset = phase,
                                        .length = length };

                check_bytes(&fill, NULL);
                fill.bytes = pattern + 1;
                check_bytes(&fill, NULL);
            }
        }
    }
    const struct segment middle = {
        .kind = SEGMENT_FILL, .bytes = pattern, .period = 3, .offset = 1, .length = 12
    };
    check_bytes(&middle, "fill:00ff61+12");
    const struct segment zeros = {
        .kind = SEGMENT_FILL, .bytes = pattern + 1, .period = 1, .length = 12
    };
    check_bytes(&zeros, "zero:12");
}

/* The longest fills there are: their words are short all the same. */
static void test_largest_fill(void)
{
    g_autofree uint8_t *pattern = noise(0, SPEC_PATTERN_MAX);
    const struct segment one = {
        .kind = SEGMENT_FILL, .bytes = pattern, .period = 1, .length = SEGMENT_LENGTH_MAX
    };
    const struct segment two = { .kind = SEGMENT_FILL,
                                 .bytes = pattern,
                                 .period = SPEC_PATTERN_MAX,
                                 .offset = 7,
                                 .length = 200000 };
    g_autoptr(GString) word = describe(&one);
    g_autofree char *expected = g_strdup_printf("fill:%02x+9223372036854775807", pattern[0]);

    g_assert_cmpstr(word->str, ==, expected);
    check_bytes(&two, NULL);
}

/* ---- For messages ---------------------------------------------------------------------------- */

static void check_short(const struct segment *segment, const char *expected)
{
    g_autoptr(GString) out = g_string_new("> ");
    g_autofree char *with_start = g_strconcat("> ", expected, NULL);

    segment_describe_short(out, segment);
    g_assert_cmpstr(out->str, ==, with_start);
}

static void test_short(void)
{
    static const uint8_t bytes[] = "0123456789abcdefg";
    const struct segment sixteen = { .kind = SEGMENT_BYTES, .bytes = bytes, .length = 16 };
    const struct segment seventeen = { .kind = SEGMENT_BYTES, .bytes = bytes, .length = 17 };
    const struct segment fill = {
        .kind = SEGMENT_FILL, .bytes = bytes, .period = 2, .offset = 1, .length = 9
    };
    struct files *files = files_new();

    check_short(&sixteen, "hex:30313233343536373839616263646566");
    check_short(&seventeen, "hex:30313233343536373839616263646566... (17 bytes)");
    check_short(&fill, "fill:3130+9");
    write_file("li\nne\x1b@\xff", "abcdefghi", SIZE);
    const struct segment file = file_segment(files_open(files, "li\nne\x1b@\xff", 8, NULL), 1, 2);
    check_short(&file, "li\\nne\\x1b@\\xff@1+2");
    files_free(files);
}

/* No message is as long as the pattern of a fill may be. */
static void test_short_fill(void)
{
    g_autofree uint8_t *pattern = noise(0, SPEC_PATTERN_MAX);
    const struct segment fill = { .kind = SEGMENT_FILL,
                                  .bytes = pattern,
                                  .period = SPEC_PATTERN_MAX,
                                  .length = SEGMENT_LENGTH_MAX };
    g_autoptr(GString) out = g_string_new(NULL);

    segment_describe_short(out, &fill);
    g_assert_cmpuint(out->len, <, 200);
}

/* ---- Lists ----------------------------------------------------------------------------------- */

static void check_nul_list(const GString *word, const struct segment *segment)
{
    check_list(word, segment, true);
}

static void check_line_list(const GString *word, const struct segment *segment)
{
    if (!strchr(word->str, '\n')) {
        check_list(word, segment, false);
    }
}

static void test_nul_lists(void)
{
    each_range(SIZE, check_nul_list);
}

/* No name is taken for a comment. */
static void test_line_lists(void)
{
    each_range(SIZE, check_line_list);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/describe/files", test_files);
    g_test_add_func("/describe/plain", test_plain);
    g_test_add_func("/describe/appends", test_appends);
    g_test_add_func("/describe/inherited", test_inherited);
    g_test_add_func("/describe/standard-input", test_standard_input);
    g_test_add_func("/describe/streams", test_streams);
    g_test_add_func("/describe/literals", test_literals);
    g_test_add_func("/describe/fills", test_fills);
    g_test_add_func("/describe/largest-fill", test_largest_fill);
    g_test_add_func("/describe/short", test_short);
    g_test_add_func("/describe/nul-lists", test_nul_lists);
    g_test_add_func("/describe/line-lists", test_line_lists);
    g_test_add_func("/describe/short-fill", test_short_fill);
    return scratch_run();
}
