/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "segment/text-input.h"

#include "slow-writer.h"
#include "support.h"

#define SEED 20240613u
#define BUFFER ((size_t)256 * 1024) /* about what is read at once */

/* ---- Items as they come ---------------------------------------------------------------------- */

/* The text that is left of what the items must be cut from. */
struct walk {
    const char *text;
    size_t left;
    char separator;
    size_t items;
    size_t stop_at; /* the number of the item to fail at; 0 for none */
};

static bool check_item(void *context, const char *item, size_t length, size_t number,
                       GError **error)
{
    struct walk *walk = context;
    const char *end = memchr(walk->text, walk->separator, walk->left);
    const size_t expected = end ? (size_t)(end - walk->text) : walk->left;

    g_assert_cmpuint(walk->left, >, 0);
    g_assert_cmpuint(number, ==, ++walk->items);
    g_assert_cmpuint(length, ==, expected);
    assert_same_bytes(item, walk->text, length);
    walk->text += expected + (end ? 1 : 0);
    walk->left -= expected + (end ? 1 : 0);
    if (number == walk->stop_at) {
        g_set_error(error, IOVTOOL_ERROR, IOVTOOL_ERROR_RANGE, "stopped at %zu", number);
        return false;
    }
    return true;
}

static void check_items(const char *path, const char *text, size_t length, char separator,
                        size_t items)
{
    struct walk walk = { .text = text, .left = length, .separator = separator };
    g_autoptr(GError) error = NULL;

    g_assert_true(text_each(path, separator, check_item, &walk, &error));
    g_assert_no_error(error);
    g_assert_cmpuint(walk.left, ==, 0);
    g_assert_cmpuint(walk.items, ==, items);
}

static size_t count(const char *text, size_t length, char separator)
{
    size_t items = length > 0 && text[length - 1] != separator;

    for (size_t i = 0; i < length; i++) {
        items += text[i] == separator;
    }
    return items;
}

/* As a file, cut at line ends and at NULs, and whole. */
static void check_text(const char *text, size_t length)
{
    g_autoptr(GError) error = NULL;

    write_file("list", text, length);
    check_items("list", text, length, '\n', count(text, length, '\n'));
    check_items("list", text, length, '\0', count(text, length, '\0'));

    g_autoptr(GByteArray) whole = text_read("list", &error);
    g_assert_no_error(error);
    assert_array_is(whole, text, length);
}

static void test_small(void)
{
    static const char alphabet[] = { 'a', '\n', '\0' };

    for (unsigned length = 0; length <= 4; length++) {
        unsigned texts = 1;

        for (unsigned i = 0; i < length; i++) {
            texts *= 3;
        }
        for (unsigned i = 0; i < texts; i++) {
            char text[4];

            for (unsigned j = 0, digits = i; j < length; j++, digits /= 3) {
                text[j] = alphabet[digits % 3];
            }
            check_text(text, length);
        }
    }
}

/* Separators at and around the places where one read ends and the next begins. */
static void test_across_reads(void)
{
    for (size_t at = BUFFER - 2; at <= BUFFER + 2; at++) {
        for (size_t after = 0; after <= 2; after++) {
            const size_t length = at + 1 + after;
            g_autofree char *text = g_strnfill(length, 'x');

            text[at] = '\n';
            check_text(text, length);
            text[1000] = '\0';
            check_text(text, length);
        }
    }
}

static void test_long_items(void)
{
    const size_t length = 5 * BUFFER + 77;
    g_autofree char *text = g_strnfill(length, 'x');

    check_text(text, length);
    text[length - 1] = '\n';
    check_text(text, length);
    text[0] = '\n';
    check_text(text, length);
    text[3 * BUFFER] = '\n';
    text[3 * BUFFER + 1] = '\n';
    check_text(text, length);
}

static void test_random(void)
{
    g_autoptr(GRand) random = g_rand_new_with_seed(SEED);

    g_test_message("seed %u", SEED);
    for (int i = 0; i < 8; i++) {
        const size_t length = (size_t)g_rand_int_range(random, 0, 700000);
        const int one_in = i % 2 ? 100000 : 20;
        g_autofree char *text = g_malloc(length + 1);

        for (size_t j = 0; j < length; j++) {
            const int any = g_rand_int_range(random, 0, one_in);

            text[j] = any == 0 ? '\n' : any == 1 ? '\0' : 'x';
        }
        check_text(text, length);
    }
}

/* The first false ends it: no item is shown after that, and its error is passed on. */
static void test_stop(void)
{
    const unsigned before = open_descriptors();

    write_file("list", "one\ntwo\nthree", 13);
    for (size_t stop = 1; stop <= 3; stop++) {
        struct walk walk = { .text = "one\ntwo\nthree", .left = 13, .separator = '\n' };
        g_autofree char *message = g_strdup_printf("stopped at %zu", stop);
        g_autoptr(GError) error = NULL;

        walk.stop_at = stop;
        g_assert_false(text_each("list", '\n', check_item, &walk, &error));
        assert_segment_error(error, IOVTOOL_ERROR_RANGE, message);
        g_assert_cmpuint(walk.items, ==, stop);
    }
    g_assert_cmpuint(open_descriptors(), ==, before);
}

/* ---- Standard input -------------------------------------------------------------------------- */

static void check_slow_input(const char *text, size_t length, size_t piece, bool non_blocking)
{
    struct slow_writer writer = { .bytes = text, .length = length, .piece = piece };

    slow_writer_start(&writer, STDIN_FILENO, non_blocking);
    check_items("-", text, length, '\n', count(text, length, '\n'));
    slow_writer_finish(&writer);

    slow_writer_start(&writer, STDIN_FILENO, non_blocking);
    g_autoptr(GByteArray) whole = text_read("-", NULL);
    slow_writer_finish(&writer);
    assert_array_is(whole, text, length);
}

static void test_slow_input(void)
{
    const int standard_input = dup(STDIN_FILENO);
    const size_t length = 2 * BUFFER;
    g_autofree char *text = g_strnfill(length, 'x');

    check_slow_input("one\ntwo\n\nfour", 13, 1, false);
    check_slow_input("one\ntwo\n\nfour", 13, 1, true);
    for (size_t i = 5; i < length; i += 997) {
        text[i] = '\n';
    }
    check_slow_input(text, length, 30001, false);
    check_slow_input(text, length, 30001, true);
    g_assert_cmpint(dup2(standard_input, STDIN_FILENO), ==, STDIN_FILENO);
    close(standard_input);
}

/* Standard input is not closed; a file is. */
static void test_descriptors(void)
{
    const int standard_input = dup(STDIN_FILENO);
    const int text = pipe_with("a\nb\n", 4);

    write_file("list", "a\nb\n", 4);
    g_assert_cmpint(dup2(text, STDIN_FILENO), ==, STDIN_FILENO);
    close(text);
    const unsigned before = open_descriptors();
    check_items("-", "a\nb\n", 4, '\n', 2);
    check_items("-", "", 0, '\n', 0);
    g_byte_array_unref(text_read("-", NULL));
    g_byte_array_unref(text_read("list", NULL));
    check_items("list", "a\nb\n", 4, '\n', 2);
    g_assert_cmpuint(open_descriptors(), ==, before);
    g_assert_cmpint(dup2(standard_input, STDIN_FILENO), ==, STDIN_FILENO);
    close(standard_input);
}

/* ---- Trouble --------------------------------------------------------------------------------- */

static void check_failure(const char *path, const char *message)
{
    struct walk walk = { .separator = '\n' };
    g_autoptr(GError) each_error = NULL;
    g_autoptr(GError) read_error = NULL;
    const unsigned before = open_descriptors();

    g_assert_false(text_each(path, '\n', check_item, &walk, &each_error));
    assert_segment_error(each_error, IOVTOOL_ERROR_SOURCE, message);
    g_assert_null(text_read(path, &read_error));
    assert_segment_error(read_error, IOVTOOL_ERROR_SOURCE, message);
    g_assert_cmpuint(open_descriptors(), ==, before);
}

static void test_trouble(void)
{
    g_assert_cmpint(g_mkdir("folder", 0700), ==, 0);
    g_assert_cmpint(symlink("loop", "loop"), ==, 0);
    check_failure("nowhere", "nowhere: No such file or directory");
    check_failure("", ": No such file or directory");
    check_failure("no\nwhere\x1b", "no\\nwhere\\x1b: No such file or directory");
    check_failure("folder", "folder: Is a directory");
    check_failure("loop", "loop: Too many levels of symbolic links");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/text-input/small", test_small);
    g_test_add_func("/text-input/across-reads", test_across_reads);
    g_test_add_func("/text-input/long-items", test_long_items);
    g_test_add_func("/text-input/random", test_random);
    g_test_add_func("/text-input/stop", test_stop);
    g_test_add_func("/text-input/slow-input", test_slow_input);
    g_test_add_func("/text-input/descriptors", test_descriptors);
    g_test_add_func("/text-input/trouble", test_trouble);
    return scratch_run();
}
