/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lists of segments from files and from standard input, and what else wants to read that. */
#include "segment/resolve.h"

#include "support.h"

/* ---- Help ------------------------------------------------------------------------------------ */

#define TEXT(text) (text), sizeof(text) - 1

static void set_standard_input(const void *bytes, size_t length)
{
    const int fd = pipe_with(bytes, length);

    g_assert_cmpint(dup2(fd, STDIN_FILENO), ==, STDIN_FILENO);
    close(fd);
}

/* Resolves the list and compares what its segments hold. */
static void check_list(const char *list, size_t length, bool nul, size_t count,
                       const char *expected)
{
    struct subject subject = subject_new(SLICE_EXACT);
    g_autoptr(GError) error = NULL;

    write_file("list", list, length);
    g_assert_true(resolver_add_list(subject.resolver, "list", nul, &error));
    g_assert_no_error(error);
    g_assert_cmpuint(vector_count(subject.vector), ==, count);
    g_autoptr(GByteArray) got = read_vector(subject.vector, subject.files, 0, SLICE_EXACT, &error);
    g_assert_no_error(error);
    assert_array_is(got, expected, strlen(expected));
    subject_free(&subject);
}

/* The message starts with `start`; the segments before the bad line were added. */
static void check_bad_list(const char *path, const char *list, size_t length, bool nul,
                           enum iovtool_error code, const char *start, size_t added)
{
    struct subject subject = subject_new(SLICE_EXACT);
    g_autoptr(GError) error = NULL;

    write_file(path, list, length);
    g_assert_false(resolver_add_list(subject.resolver, path, nul, &error));
    g_assert_error(error, IOVTOOL_ERROR, (int)code);
    g_test_message("%s", error->message);
    g_assert_true(g_str_has_prefix(error->message, start));
    g_assert_cmpuint(vector_count(subject.vector), ==, added);
    subject_free(&subject);
}

/* ---- Good lists ------------------------------------------------------------------------------ */

static void test_lines(void)
{
    check_list(TEXT(""), false, 0, "");
    check_list(TEXT("\n"), false, 0, "");
    check_list(TEXT("\n\n#\n# nothing\n#str:x\n"), false, 0, "");
    check_list(TEXT("str:a"), false, 1, "a");
    check_list(TEXT("str:a\n"), false, 1, "a");
    check_list(TEXT("str:a\nstr:b"), false, 2, "ab");
    check_list(TEXT("\n\nstr:a\n\n# comment\nstr:b\n\n"), false, 2, "ab");
    check_list(TEXT("str:\nhex:\nstr:#\nhex:62\n"), false, 4, "#b");
    check_list(TEXT("fill:6162+5@1+3\nstr:x@1\nstr:a b\n"), false, 3, "baba b");
}

static void test_nul_separated(void)
{
    write_file("two\nlines", "2", 1);
    write_file("#hash", "#", 1);
    check_list(TEXT(""), true, 0, "");
    check_list(TEXT("str:a"), true, 1, "a");
    check_list(TEXT("str:a\0"), true, 1, "a");
    check_list(TEXT("str:a\0str:b"), true, 2, "ab");
    check_list(TEXT("two\nlines\0#hash\0str:\n#x\0"), true, 3, "2#\n#x");
}

/* Lines longer than what is read at once, and a last one without an end. */
static void test_long_lines(void)
{
    static const size_t lengths[] = { 1000, 131070, 131071, 131072, 131073, 300000 };

    for (size_t i = 0; i < G_N_ELEMENTS(lengths); i++) {
        g_autofree char *expected = g_strnfill(lengths[i], 'a');
        g_autofree char *all = g_strconcat("<", expected, ">", expected, NULL);
        g_autoptr(GString) list = g_string_new("str:<\nhex:");

        for (size_t j = 0; j < lengths[i]; j++) {
            g_string_append(list, "61");
        }
        g_string_append(list, "\nstr:>\nstr:");
        g_string_append(list, expected);
        check_list(list->str, list->len, false, 4, all);
        g_string_append_c(list, '\n');
        check_list(list->str, list->len, false, 4, all);
    }
}

/* Many ranges of a few files: each is opened once, each range is checked. */
static void test_many_lines(void)
{
    struct subject subject = subject_new(SLICE_EXACT);
    g_autofree uint8_t *bytes = noise(0, 20000);
    g_autoptr(GString) list = g_string_new(NULL);
    g_autoptr(GError) error = NULL;

    for (unsigned i = 0; i < 3; i++) {
        g_autofree char *name = g_strdup_printf("file-%u", i);

        write_file(name, bytes, 20000);
    }
    for (unsigned i = 0; i < 20000; i++) {
        g_string_append_printf(list, "file-%u@%u+%u\n", i % 7 % 3, i, i % 5 % (20001 - i));
    }
    write_file("list", list->str, list->len);
    const unsigned before = open_descriptors();
    g_assert_true(resolver_add_list(subject.resolver, "list", false, &error));
    g_assert_no_error(error);
    g_assert_cmpuint(open_descriptors(), ==, before + 3);
    g_assert_cmpuint(vector_count(subject.vector), ==, 20000);
    for (unsigned i = 0; i < 20000; i++) {
        const struct segment *segment = vector_segment(subject.vector, i);

        g_assert_cmpint(segment->file->name[5], ==, (char)('0' + i % 7 % 3));
        g_assert_cmpuint(segment->offset, ==, i);
        g_assert_cmpuint(segment->length, ==, i % 5 % (20001 - i));
    }
    subject_free(&subject);
}

/* Lists and words may be mixed; each goes to the end of the vector. */
static void test_several(void)
{
    struct subject subject = subject_new(SLICE_EXACT);

    write_file("one", "str:1\nstr:2\n", 12);
    write_file("two", "str:3\n", 6);
    subject_add_good(&subject, "str:<");
    g_assert_true(resolver_add_list(subject.resolver, "one", false, NULL));
    subject_add_good(&subject, "str:,");
    g_assert_true(resolver_add_list(subject.resolver, "two", false, NULL));
    g_assert_true(resolver_add_list(subject.resolver, "one", false, NULL));
    g_autoptr(GByteArray) got = read_vector(subject.vector, subject.files, 0, SLICE_EXACT, NULL);
    assert_array_is(got, TEXT("<12,312"));
    subject_free(&subject);
}

/* ---- Bad lists ------------------------------------------------------------------------------- */

static void test_bad_lines(void)
{
    write_file("six", "abcdef", 6);
    check_bad_list("list", TEXT("hex:zz"), false, IOVTOOL_ERROR_SYNTAX,
                   "list:1: hex:zz: not a hex digit: 'z' (column 5)\n  hex:zz\n      ^", 0);
    check_bad_list("list", TEXT("\n# comment\n\nstr:a\nhex:6162\nhex:z\nstr:b\n"), false,
                   IOVTOOL_ERROR_SYNTAX, "list:6: hex:z: ", 2);
    check_bad_list("list", TEXT("str:a\nsix@2+5\n"), false, IOVTOOL_ERROR_RANGE,
                   "list:2: six@2+5: asked for 5 bytes at 2, but the file has 6", 1);
    check_bad_list("list", TEXT("\nnowhere"), false, IOVTOOL_ERROR_SOURCE,
                   "list:2: nowhere: No such file or directory", 0);
    check_bad_list("list", TEXT(" \n"), false, IOVTOOL_ERROR_SOURCE,
                   "list:1:  : No such file or directory", 0);
    check_bad_list("list", TEXT("zero:9223372036854775807\nzero:1\n"), false, IOVTOOL_ERROR_RANGE,
                   "list:2: the vector is longer than 9223372036854775807 bytes", 1);
    check_bad_list("a\nlist", TEXT("hex:6\n"), false, IOVTOOL_ERROR_SYNTAX,
                   "a\\nlist:1: hex:6: ", 0);
    /* separated by NUL there are no comments, and an empty segment is one */
    check_bad_list("list", TEXT("str:a\0#b\0"), true, IOVTOOL_ERROR_SOURCE,
                   "list:2: #b: No such file or directory", 1);
    check_bad_list("list", TEXT("str:a\0\0str:b\0"), true, IOVTOOL_ERROR_SYNTAX,
                   "list:2: '': empty segment", 1);
}

static void test_bad_long_line(void)
{
    g_autoptr(GString) list = g_string_new("str:a\nhex:");

    for (unsigned i = 0; i < 200000; i++) {
        g_string_append(list, "61");
    }
    g_string_append(list, "\nstr:b\nhex:6\n");
    check_bad_list("list", list->str, list->len, false, IOVTOOL_ERROR_SYNTAX, "list:4: hex:6: ", 3);
}

static void test_no_list(void)
{
    struct subject subject = subject_new(SLICE_EXACT);
    g_autoptr(GError) missing = NULL;
    g_autoptr(GError) folder = NULL;

    g_assert_false(resolver_add_list(subject.resolver, "nowhere", false, &missing));
    assert_segment_error(missing, IOVTOOL_ERROR_SOURCE, "nowhere: No such file or directory");
    g_assert_false(resolver_add_list(subject.resolver, ".", false, &folder));
    assert_segment_error(folder, IOVTOOL_ERROR_SOURCE, ".: Is a directory");
    subject_free(&subject);
}

/* A name that ends at the NUL would be the name of another file. */
static void test_nul_in_line(void)
{
    write_file("six", "abcdef", 6);
    check_bad_list("list", TEXT("str:a\nsix\0seven\n"), false, IOVTOOL_ERROR_SYNTAX, "list:2: ", 1);
    check_bad_list("list", TEXT("six\0@1+2\n"), false, IOVTOOL_ERROR_SYNTAX, "list:1: ", 0);
    check_bad_list("list", TEXT("six\nsix\0\n"), false, IOVTOOL_ERROR_SYNTAX, "list:2: ", 1);
}

/* ---- Standard input -------------------------------------------------------------------------- */

static const char twice[] = "standard input cannot be read twice, as a text and as a segment";
static const char was_text[] = "-: standard input was already read as a list or a dump";

static void test_list_from_standard_input(void)
{
    struct subject subject = subject_new(SLICE_EXACT);

    set_standard_input(TEXT("str:a\n\nstr:b"));
    g_assert_true(resolver_add_list(subject.resolver, "-", false, NULL));
    g_assert_cmpuint(vector_count(subject.vector), ==, 2);
    subject_free(&subject);
    g_assert_cmpint(fcntl(STDIN_FILENO, F_GETFD), >=, 0);
}

static void test_bad_list_from_standard_input(void)
{
    struct subject subject = subject_new(SLICE_EXACT);
    g_autoptr(GError) error = NULL;

    set_standard_input(TEXT("str:a\n\nnowhere\n"));
    g_assert_false(resolver_add_list(subject.resolver, "-", false, &error));
    assert_segment_error(error, IOVTOOL_ERROR_SOURCE, "-:3: nowhere: No such file or directory");
    subject_free(&subject);
}

/* Each way to read standard input as a text, then as a segment, a list or a dump; and back. */
static bool read_input(struct subject *subject, const char *how, GError **error)
{
    return strcmp(how, "list") == 0 ? resolver_add_list(subject->resolver, "-", false, error)
                                    : subject_add(subject, how, error);
}

static void check_conflict(const char *first, const char *second, const char *message)
{
    struct subject subject = subject_new(SLICE_EXACT);
    g_autoptr(GError) error = NULL;

    set_standard_input(TEXT(""));
    read_input(&subject, first, &error);
    g_assert_no_error(error);
    g_assert_false(read_input(&subject, second, &error));
    assert_segment_error(error, IOVTOOL_ERROR_SOURCE, message);
    subject_free(&subject);
}

static void test_conflicts(void)
{
    check_conflict("list", "list", twice);
    check_conflict("list", "-", was_text);
    check_conflict("list", "-@0+1", "-@0+1: standard input was already read as a list or a dump");
    check_conflict("list", "fd:0", "fd:0: standard input was already read as a list or a dump");
    check_conflict("list", "dump:-", twice);
    check_conflict("-", "list", twice);
    check_conflict("fd:0@1+1", "list", twice);
    check_conflict("-", "dump:-", twice);
}

/* A file that is called "-" is no standard input. */
static void test_file_called_minus(void)
{
    struct subject subject = subject_new(SLICE_EXACT);

    set_standard_input(TEXT("str:a\n"));
    write_file("-", "minus", 5);
    subject_add_good(&subject, "file:-");
    subject_add_good(&subject, "./-");
    g_assert_true(resolver_add_list(subject.resolver, "-", false, NULL));
    subject_add_good(&subject, "file:-@1");
    g_autoptr(GByteArray) got = read_vector(subject.vector, subject.files, 0, SLICE_EXACT, NULL);
    assert_array_is(got, TEXT("minusminusainus"));
    subject_free(&subject);
}

static void test_list_names_its_own_input(void)
{
    struct subject subject = subject_new(SLICE_EXACT);
    g_autofree char *message = g_strconcat("-:2: ", was_text, NULL);
    g_autoptr(GError) error = NULL;

    set_standard_input(TEXT("str:a\n-\n"));
    g_assert_false(resolver_add_list(subject.resolver, "-", false, &error));
    assert_segment_error(error, IOVTOOL_ERROR_SOURCE, message);
    subject_free(&subject);
}

static void test_dump_from_standard_input(void)
{
    struct subject subject = subject_new(SLICE_EXACT);

    set_standard_input(TEXT("616263646566\n"));
    subject_add_good(&subject, "dump:-@1+3");
    g_autoptr(GByteArray) got = read_vector(subject.vector, subject.files, 0, SLICE_EXACT, NULL);
    assert_array_is(got, TEXT("bcd"));
    subject_free(&subject);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/resolve-list/lines", test_lines);
    g_test_add_func("/resolve-list/nul-separated", test_nul_separated);
    g_test_add_func("/resolve-list/long-lines", test_long_lines);
    g_test_add_func("/resolve-list/many-lines", test_many_lines);
    g_test_add_func("/resolve-list/several", test_several);
    g_test_add_func("/resolve-list/bad-lines", test_bad_lines);
    g_test_add_func("/resolve-list/bad-long-line", test_bad_long_line);
    g_test_add_func("/resolve-list/no-list", test_no_list);
    g_test_add_func("/resolve-list/from-standard-input", test_list_from_standard_input);
    g_test_add_func("/resolve-list/bad-from-standard-input", test_bad_list_from_standard_input);
    g_test_add_func("/resolve-list/conflicts", test_conflicts);
    g_test_add_func("/resolve-list/file-called-minus", test_file_called_minus);
    g_test_add_func("/resolve-list/names-its-own-input", test_list_names_its_own_input);
    g_test_add_func("/resolve-list/dump-from-standard-input", test_dump_from_standard_input);
    g_test_add_func("/resolve-list/nul-in-line", test_nul_in_line);
    return scratch_run();
}
