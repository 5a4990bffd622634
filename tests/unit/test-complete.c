/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <glib.h>
#include <string.h>

#include "complete.h"
#include "help.h"
#include "segment/spec.h"
#include "table.h"

struct options {
    gboolean flag;
    int look, when;
    uint64_t count;
    char *file;
};

#define OPTION(member) offsetof(struct options, member)

static const char *const looks[] = { "plain", "fancy", NULL };
static const char *const whens[] = { "auto", "always", NULL };

static const struct option table[] = {
    { "flag", 'f', OPTION_FLAG, OPTION(flag), "a flag", NULL, NULL },
    { "look", 'l', OPTION_CHOICE, OPTION(look), "a look", "LOOK", looks },
    { "when", 'w', OPTION_OPTIONAL_CHOICE, OPTION(when), "a time", "WHEN", whens },
    { "count", 'c', OPTION_SIZE, OPTION(count), "a number", "N", NULL },
    { "output", 'o', OPTION_TEXT, OPTION(file), "a file", "DEST", NULL },
    { .name = NULL },
};
static const struct option_table tables[] = { { table, 0 }, { NULL, 0 } };

static const struct command gather = { .operands = "SEGMENT...", .tables = tables };
static const struct command sender = { .operands = "ADDRESS SEGMENT...", .tables = tables };
static const struct command receiver = { .operands = "ADDRESS", .tables = tables };

/* The answers for words divided by blanks, the last maybe empty, without what is said of them. */
static char *answers(const struct command *command, const char *line)
{
    g_autofree char *marked = g_strconcat(line, "$", NULL); /* an empty text splits into none */
    g_auto(GStrv) words = g_strsplit(marked, " ", -1);
    char *last = words[g_strv_length(words) - 1];
    last[strlen(last) - 1] = '\0';
    g_autoptr(GString) all = g_string_new(NULL);
    if (command) {
        complete_arguments(command, words, g_strv_length(words), all);
    } else {
        complete_line(words, g_strv_length(words), all);
    }
    g_autoptr(GRegex) said = g_regex_new("\\t[^\\n]+\\n", 0, 0, NULL);
    return g_regex_replace_literal(said, all->str, -1, 0, "\n", 0, NULL);
}

static void assert_answers(const struct command *command, const char *line, const char *expected)
{
    g_autofree char *actual = answers(command, line);
    if (strcmp(actual, expected) != 0) {
        g_error("'%s': expected\n%s\nbut got\n%s", line, expected, actual);
    }
}

#define OPTIONS "--flag\n--look=\n--when=\n--count=\n--output=\n--help\n"
#define SCHEMES                                                                                    \
    "file:\nfd:\nhex:\nstr:\nzero:\nfill:\nupto:\nb64:\nu8:\nle16:\nbe16:\nle24:\nbe24:\nle32:\n"  \
    "be32:\nle64:\nbe64:\ndump:\nnbd://\nnbds://\nnbd+unix://\nnbds+unix://\nserver:\n<file>\n"
#define ADDRESSES "tcp:\nudp:\nunix:\nunix-dgram:\nunix-seqpacket:\nvsock:\nfd:\n"

static void test_options(void)
{
    assert_answers(&gather, "-", OPTIONS);
    assert_answers(&gather, "--", OPTIONS);
    assert_answers(&gather, "--lo", OPTIONS);
    assert_answers(&gather, "file@4 --lo", OPTIONS);
    assert_answers(&gather, "-l plain --lo", OPTIONS);
    assert_answers(&gather, "-- --lo", SCHEMES);
    assert_answers(&gather, "-- -", SCHEMES);
    assert_answers(&gather, "-@4", SCHEMES);
}

static void test_values(void)
{
    assert_answers(&gather, "--look=", "--look=plain\n--look=fancy\n");
    assert_answers(&gather, "--look=pl", "--look=plain\n--look=fancy\n");
    assert_answers(&gather, "--look ", "plain\nfancy\n");
    assert_answers(&gather, "-l ", "plain\nfancy\n");
    assert_answers(&gather, "-fl f", "plain\nfancy\n");
    assert_answers(&gather, "-lplain ", SCHEMES);
    assert_answers(&gather, "--look=plain ", SCHEMES);
    assert_answers(&gather, "--look plain ", SCHEMES);
    assert_answers(&gather, "-l -- ", SCHEMES);
    assert_answers(&gather, "-l -- -", OPTIONS);
    assert_answers(&gather, "--when=", "--when=auto\n--when=always\n");
    assert_answers(&gather, "--when ", SCHEMES); /* may be left out, so the next word is none */
    assert_answers(&gather, "-w ", SCHEMES);
    assert_answers(&gather, "--output=", "--output=<file>\n");
    assert_answers(&gather, "--output=dir/f", "--output=<file>\n");
    assert_answers(&gather, "-o ", "<file>\n");
    assert_answers(&gather, "--count=", "");
    assert_answers(&gather, "--count ", "");
    assert_answers(&gather, "--flag=", "");
    assert_answers(&gather, "--flag ", SCHEMES);
    assert_answers(&gather, "--none=", "");
}

static void test_segments(void)
{
    assert_answers(&gather, "", SCHEMES);
    assert_answers(&gather, "fi", SCHEMES);
    assert_answers(&gather, "one two@4 ", SCHEMES);
    assert_answers(&gather, "file:", "file:<file>\n");
    assert_answers(&gather, "dump:dir/", "dump:<file>\n");
    assert_answers(&gather, "zero:1", "");
    assert_answers(&gather, "be32:", "");
}

static void test_addresses(void)
{
    assert_answers(&sender, "", ADDRESSES);
    assert_answers(&sender, "un", ADDRESSES);
    assert_answers(&sender, "--flag ", ADDRESSES);
    assert_answers(&sender, "tcp:local", "");
    assert_answers(&sender, "unix:", "unix:<file>\n");
    assert_answers(&sender, "unix-dgram:so", "unix-dgram:<file>\n");
    assert_answers(&sender, "tcp:localhost:80 ", SCHEMES);
    assert_answers(&sender, "tcp:localhost:80 file ", SCHEMES);
    assert_answers(&receiver, "", ADDRESSES);
    assert_answers(&receiver, "fd:3 ", "");
    assert_answers(&receiver, "fd:3 -o ", "<file>\n");
}

static void test_line(void)
{
    g_autoptr(GString) commands = g_string_new(NULL);
    for (const struct command *const *command = command_table; *command; command++) {
        g_string_append_printf(commands, "%s\n", (*command)->name);
    }
    g_autofree char *start = g_strconcat(commands->str, "--help\n--version\n", NULL);
    g_autofree char *topics = g_strconcat(commands->str, help_topics[0], "\n", NULL);
    assert_answers(NULL, "", start);
    assert_answers(NULL, "co", start);
    assert_answers(NULL, "--help co", start);
    assert_answers(NULL, "nothing ", "");
    assert_answers(NULL, "help ", topics);
    assert_answers(NULL, "help seg", topics);
    assert_answers(NULL, "help copy ", "");
    assert_answers(NULL, "help -", "--help\n");
    assert_answers(NULL, "-- hexdump --color=", "--color=auto\n--color=always\n--color=never\n");
    assert_answers(NULL, "copy -T ", "<file>\n");
}

/* Each option, with its words, its files or nothing, as the tables of the commands have it. */
static void test_every_option(void)
{
    for (const struct command *const *row = command_table; *row; row++) {
        for (const struct option_table *options = (*row)->tables; options->rows; options++) {
            for (const struct option *option = options->rows; option->name; option++) {
                g_autofree char *line = g_strdup_printf("--%s=", option->name);
                g_autofree char *actual = answers(*row, line);
                if (option->choices) {
                    g_autofree char *between = g_strdup_printf("\n%s", line);
                    g_autofree char *words =
                        g_strjoinv(between, (char **)(uintptr_t)option->choices);
                    g_autofree char *expected = g_strconcat(line, words, "\n", NULL);
                    g_assert_cmpstr(actual, ==, expected);
                } else if (actual[0]) {
                    g_assert_nonnull(strstr(actual, "<file>"));
                }
            }
        }
    }
}

static void test_what_is_said(void)
{
    const char *help;
    g_assert_cmpstr(spec_scheme(0, &help), ==, "file:");
    g_autofree char *expected = g_strdup_printf("file:\t%s\n", help);
    char *words[] = { (char[]){ "" } };
    g_autoptr(GString) all = g_string_new(NULL);
    complete_arguments(&gather, words, 1, all);
    g_assert_true(g_str_has_prefix(all->str, expected));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/complete/options", test_options);
    g_test_add_func("/complete/values", test_values);
    g_test_add_func("/complete/segments", test_segments);
    g_test_add_func("/complete/addresses", test_addresses);
    g_test_add_func("/complete/line", test_line);
    g_test_add_func("/complete/every-option", test_every_option);
    g_test_add_func("/complete/what-is-said", test_what_is_said);
    return g_test_run();
}
