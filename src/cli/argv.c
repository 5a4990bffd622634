/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/argv.h"

#include <string.h>

#define MARK "."

const char argv_bare[] = "=";

bool option_is_optional(const struct option *option)
{
    return option->kind == OPTION_OPTIONAL_SIZE || option->kind == OPTION_OPTIONAL_CHOICE ||
           option->kind == OPTION_OPTIONAL_TEXT;
}

const struct option *argv_find_option(const struct command *command, const char *given,
                                      size_t *offset)
{
    const bool is_long = given[1] == '-';
    for (const struct option_table *table = command->tables; table->rows; table++) {
        for (const struct option *option = table->rows; option->name; option++) {
            if (is_long ? strcmp(given + 2, option->name) == 0 : given[1] == option->letter) {
                *offset = table->offset + option->offset;
                return option;
            }
        }
    }
    return NULL;
}

/*
 * Adds "--NAME=VALUE", or without `value` just "--NAME"; true when the next word is its value. An
 * option whose argument may be left out must not leave that open, or GOption takes the next word.
 */
static bool add_option(const struct option *option, const char *value, GPtrArray *words)
{
    const bool optional = option_is_optional(option);
    const char *given = value || !optional ? value : argv_bare;
    g_ptr_array_add(words, given ? g_strdup_printf("--%s=%s", option->name, given)
                                 : g_strdup_printf("--%s", option->name));
    return !given && option->argument;
}

/* Adds the cluster of short options `word`; true when the next word is the value of its last. */
static bool add_cluster(const struct command *command, const char *word, GPtrArray *words)
{
    for (const char *letter = word + 1; *letter; letter++) {
        const char given[] = { '-', *letter, '\0' };
        size_t offset;
        const struct option *option = argv_find_option(command, given, &offset);
        if (!option || !option->argument) {
            continue;
        }
        if (letter > word + 1) {
            g_ptr_array_add(words, g_strndup(word, (gsize)(letter - word)));
        }
        return add_option(option, letter[1] ? letter + 1 : NULL, words);
    }
    g_ptr_array_add(words, g_strdup(word));
    return false;
}

static bool add_long(const struct command *command, const char *word, GPtrArray *words)
{
    size_t offset;
    const struct option *option = argv_find_option(command, word, &offset);
    if (option) {
        return add_option(option, NULL, words);
    }
    g_ptr_array_add(words, g_strdup(word));
    return false;
}

bool argv_is_option(const char *word)
{
    return word[0] == '-' && word[1] != '\0' && word[1] != '@';
}

/* The option that `word` names, or the last of its cluster, if it takes an argument and has none in
 * the same word. */
static const struct option *option_without_argument(const struct command *command, const char *word)
{
    const struct option *option = NULL;
    size_t offset;
    if (word[1] == '-') {
        option = argv_find_option(command, word, &offset);
    } else {
        for (const char *letter = word + 1; *letter; letter++) {
            const char given[] = { '-', *letter, '\0' };
            option = argv_find_option(command, given, &offset);
            if (option && option->argument) {
                option = letter[1] ? NULL : option; /* what follows the letter is its argument */
                break;
            }
        }
    }
    return option && option->argument ? option : NULL;
}

const struct option *argv_open_option(const struct command *command, const char *word)
{
    const struct option *option = option_without_argument(command, word);
    return option && !option_is_optional(option) ? option : NULL;
}

const struct option *argv_bare_option(const struct command *command, const char *word)
{
    const struct option *option = option_without_argument(command, word);
    return option && option_is_optional(option) ? option : NULL;
}

char **argv_prepare(const struct command *command, int argc, char **argv)
{
    GPtrArray *words = g_ptr_array_new();
    bool is_value = false;
    bool only_operands = false;

    g_ptr_array_add(words, g_strdup(argv[0]));
    for (int i = 1; i < argc; i++) {
        const char *word = argv[i];
        if (is_value) {
            g_ptr_array_add(words, g_strdup(word));
            is_value = false;
        } else if (only_operands || !argv_is_option(word)) {
            g_ptr_array_add(words, g_strconcat(MARK, word, NULL));
        } else if (strcmp(word, "--") == 0) {
            only_operands = true;
        } else {
            is_value =
                word[1] == '-' ? add_long(command, word, words) : add_cluster(command, word, words);
        }
    }
    g_ptr_array_add(words, NULL);
    return (char **)g_ptr_array_free(words, FALSE);
}

const char *argv_operand(const char *marked)
{
    return marked + strlen(MARK);
}
