/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <glib.h>

#include "cli/suggest.h"

static const char *const commands[] = {
    "hexdump", "copy",    "compare", "discard", "send", "recv",
    "fill",    "is-zero", "info",    "clone",   NULL,
};

struct row {
    const char *given;
    const char *nearest;
};

static const struct row rows[] = {
    /* exactly, and one edit of each sort */
    { "copy", "copy" },
    { "cpy", "copy" },
    { "coppy", "copy" },
    { "copi", "copy" },
    { "cpoy", "copy" },
    { "ocpy", "copy" },
    { "coyp", "copy" },
    { "opy", "copy" },
    { "xcopy", "copy" },
    { "copyx", "copy" },
    { "fll", "fill" },
    { "file", "fill" },
    { "snd", "send" },
    { "rcev", "recv" },
    { "iszero", "is-zero" },
    { "is_zero", "is-zero" },
    { "inof", "info" },
    /* a third of the letters given, rounded down, but at least one */
    { "hexdmp", "hexdump" },
    { "hexump", "hexdump" },
    { "exdmp", NULL },
    { "hxedupm", "hexdump" },
    { "hexxdmpp", NULL },
    { "hexxdumpp", "hexdump" },
    { "comparisn", "compare" },
    { "comparison", NULL },
    { "discord", "discard" },
    { "dicsadr", "discard" },
    { "cp", NULL },
    { "xx", NULL },
    { "cat", NULL },
    { "", NULL },
    /* one edit from one word, more from all others */
    { "coly", "copy" },
    { "clony", "clone" },
    { "sond", "send" },
    /* case counts */
    { "Copy", "copy" },
    { "COPY", NULL },
    /* what follows "=" is the value of an option, not part of its name */
    { "cpy=compare", "copy" },
    { "=copy", NULL },
    /* longer than any word */
    { "hexdumphexdumphexdumphexdumphexdump", NULL },
};

static void test_commands(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_test_message("'%s'", rows[i].given);
        g_assert_cmpstr(suggest(rows[i].given, commands), ==, rows[i].nearest);
    }
}

static void test_first_of_equals(void)
{
    const char *const forward[] = { "bat", "cat", "hat", NULL };
    const char *const backward[] = { "hat", "cat", "bat", NULL };

    g_assert_cmpstr(suggest("rat", forward), ==, "bat");
    g_assert_cmpstr(suggest("rat", backward), ==, "hat");
    g_assert_cmpstr(suggest("cat", forward), ==, "cat");
    g_assert_cmpstr(suggest("cat", backward), ==, "cat");
}

static void test_nothing_to_choose_from(void)
{
    const char *const none[] = { NULL };

    g_assert_null(suggest("copy", none));
    g_assert_null(suggest("", none));
}

/* Up to any length that a name may have; beyond that nothing need be found, but nothing breaks. */
static void test_long_words(void)
{
    for (size_t length = 1; length <= 80; length++) {
        g_autofree char *word = g_strnfill(length, 'a');
        g_autofree char *given = g_strdup(word);
        const char *const words[] = { word, NULL };

        g_assert_true(suggest(given, words) == word || length > 32);
        given[length - 1] = 'b';
        g_assert_true(suggest(given, words) == word || length > 32);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/suggest/commands", test_commands);
    g_test_add_func("/suggest/first-of-equals", test_first_of_equals);
    g_test_add_func("/suggest/nothing-to-choose-from", test_nothing_to_choose_from);
    g_test_add_func("/suggest/long-words", test_long_words);
    return g_test_run();
}
