/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "complete.h"

#include <string.h>

#include "cli/argv.h"
#include "help.h"
#include "net/address.h"
#include "segment/spec.h"
#include "table.h"

/* The schemes that the name of a file follows, of segments and of addresses. */
static const char *const named[] = { "file:", "dump:", "unix:", "unix-dgram:", "unix-seqpacket:" };

static void add(GString *answers, const char *start, const char *word, const char *help)
{
    g_string_append_printf(answers, "%s%s%s%s\n", start, word, help ? "\t" : "", help ? help : "");
}

static void add_files(GString *answers, const char *start)
{
    add(answers, start, "<file>", NULL);
}

/* The row `index` of a table of schemes, and what follows it; NULL: there is none. */
typedef const char *schemes(unsigned index, const char **help);

/* When `written` starts with a scheme, only what follows that is open. */
static bool finish_scheme(schemes *table, const char *written, GString *answers)
{
    const char *scheme;
    for (unsigned i = 0; (scheme = table(i, NULL)); i++) {
        if (!g_str_has_prefix(written, scheme)) {
            continue;
        }
        for (size_t j = 0; j < G_N_ELEMENTS(named); j++) {
            if (strcmp(scheme, named[j]) == 0) {
                add_files(answers, scheme);
            }
        }
        return true;
    }
    return false;
}

/* All of them, if none was written yet: then true. */
static bool complete_scheme(schemes *table, const char *written, GString *answers)
{
    if (finish_scheme(table, written, answers)) {
        return false;
    }
    const char *help;
    const char *scheme;
    for (unsigned i = 0; (scheme = table(i, &help)); i++) {
        add(answers, "", scheme, help);
    }
    return true;
}

static void complete_segment(const char *written, GString *answers)
{
    if (complete_scheme(spec_scheme, written, answers)) {
        add_files(answers, "");
    }
}

static void complete_command(GString *answers)
{
    for (const struct command *const *command = command_table; *command; command++) {
        add(answers, "", (*command)->name, (*command)->summary);
    }
}

/* The operand with this number, from 0: what it is, the usage line of the command says. */
static void complete_operand(const struct command *command, size_t number, const char *written,
                             GString *answers)
{
    const bool is_first = number == 0;
    if (strcmp(command->operands, "[COMMAND]") == 0) {
        if (is_first) {
            complete_command(answers);
            for (const char *const *topic = help_topics; *topic; topic++) {
                add(answers, "", *topic, "How bytes are named.");
            }
        }
    } else if (g_str_has_prefix(command->operands, "FILE")) {
        add_files(answers, "");
    } else if (!g_str_has_prefix(command->operands, "ADDRESS")) {
        complete_segment(written, answers);
    } else if (is_first) {
        complete_scheme(address_scheme, written, answers);
    } else if (strstr(command->operands, "SEGMENT")) {
        complete_segment(written, answers);
    }
}

/* The value of an option, with `start` before it in the same word. */
static void complete_value(const struct option *option, const char *start, GString *answers)
{
    for (const char *const *choice = option->choices; choice && *choice; choice++) {
        add(answers, start, *choice, NULL);
    }
    if (g_strcmp0(option->argument, "FILE") == 0 || g_strcmp0(option->argument, "DEST") == 0) {
        add_files(answers, start);
    }
    if (g_strcmp0(option->argument, "PATTERN") == 0 && *start == '\0') {
        complete_segment("", answers);
    }
}

static void complete_option(const struct command *command, GString *answers)
{
    for (const struct option_table *table = command->tables; table->rows; table++) {
        for (const struct option *option = table->rows; option->name; option++) {
            g_autofree char *word =
                g_strdup_printf("--%s%s", option->name, option->argument ? "=" : "");
            add(answers, "", word, option->help);
        }
    }
    add(answers, "", "--help", "show a summary and some examples");
}

/* "--OPTION=" and what was written of its value. */
static void complete_long(const struct command *command, const char *written, GString *answers)
{
    const size_t length = strcspn(written, "=");
    g_autofree char *name = g_strndup(written, length);
    g_autofree char *start = g_strndup(written, length + 1);
    size_t offset;
    const struct option *option = argv_find_option(command, name, &offset);
    if (option && option->argument) {
        complete_value(option, start, answers);
    }
}

void complete_arguments(const struct command *command, char *const *words, size_t count,
                        GString *answers)
{
    const struct option *open = NULL; /* whose value comes next */
    bool only_operands = false;
    size_t operands = 0;
    g_assert(count > 0);
    for (size_t i = 0; i + 1 < count; i++) {
        if (open) {
            open = NULL;
        } else if (only_operands || !argv_is_option(words[i])) {
            operands++;
        } else if (strcmp(words[i], "--") == 0) {
            only_operands = true;
        } else {
            open = argv_open_option(command, words[i]);
        }
    }

    const char *written = words[count - 1];
    if (open) {
        complete_value(open, "", answers);
    } else if (only_operands || (!argv_is_option(written) && strcmp(written, "-") != 0)) {
        complete_operand(command, operands, written, answers);
    } else if (g_str_has_prefix(written, "--") && strchr(written, '=')) {
        complete_long(command, written, answers);
    } else {
        complete_option(command, answers);
    }
}

void complete_line(char *const *words, size_t count, GString *answers)
{
    size_t at = 0;
    while (at + 1 < count && words[at][0] == '-') {
        at++;
    }
    if (at + 1 == count) {
        complete_command(answers);
        add(answers, "", "--help", "show commands and segments");
        add(answers, "", "--version", "show the version and the licence");
        return;
    }
    const struct command *command = command_find(words[at]);
    if (command) {
        complete_arguments(command, words + at + 1, count - at - 1, answers);
    }
}
