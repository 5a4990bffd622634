/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/hint.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "cli/argv.h"
#include "cli/suggest.h"
#include "segment/error.h"
#include "segment/escape.h"
#include "segment/range.h"
#include "segment/size.h"
#include "segment/spec.h"

/* Where the name ends in "NAME: No such file or directory"; NULL when the message is another. */
static const char *missing_name_end(const char *message)
{
    const char *end = g_strrstr(message, ": ");
    return end && strcmp(end + 2, g_strerror(ENOENT)) == 0 ? end : NULL;
}

/* The operand that the message "NAME: No such file or directory" is about; NULL: none. */
static const char *missing_word(const struct words *words, const char *message, bool *is_last)
{
    const char *end = missing_name_end(message);
    if (!end) {
        return NULL;
    }
    const size_t length = (size_t)(end - message);
    for (size_t i = 0; i < words->count; i++) {
        const char *text = words->first[i].text;
        if (words->first[i].kind == WORD_OPERAND && strncmp(text, message, length) == 0 &&
            (text[length] == '\0' || text[length] == '@')) {
            *is_last = i + 1 == words->count;
            return text;
        }
    }
    return NULL;
}

/* The item of a list that the message "LIST:LINE: NAME: No such file or directory" is about. */
static char *missing_item(const struct words *words, const char *message)
{
    const char *end = missing_name_end(message);
    for (size_t i = 0; end && i < words->count; i++) {
        const struct word *word = &words->first[i];
        const size_t length = strlen(word->text);
        if (word->kind == WORD_LIST && strncmp(message, word->text, length) == 0 &&
            message[length] == ':') {
            const char *line = message + length + 1;
            const char *name = line + strspn(line, "0123456789");
            return name > line && g_str_has_prefix(name, ": ") && name + 2 < end
                       ? g_strndup(name + 2, (gsize)(end - name) - 2)
                       : NULL;
        }
    }
    return NULL;
}

/* Behind the first line of the message: more lines show a word. */
static void append_hint(GError **error, const char *hint)
{
    g_autoptr(GString) message = g_string_new((*error)->message);
    g_autoptr(GString) shown = g_string_new("; ");
    escape(shown, hint, strlen(hint));
    g_string_insert_len(message, (gssize)strcspn(message->str, "\n"), shown->str,
                        (gssize)shown->len);
    g_free((*error)->message);
    (*error)->message = g_strdup(message->str);
}

static char *hint_dd(const char *word)
{
    static const char *const places[] = { "bs=", "ibs=", "obs=", "count=", "skip=", "seek=" };
    if (g_str_has_prefix(word, "if=")) {
        return g_strdup_printf("what is read is written without if=: %s", word + strlen("if="));
    }
    if (g_str_has_prefix(word, "of=")) {
        return g_strdup_printf("where to write is said by -o %s", word + strlen("of="));
    }
    for (size_t i = 0; i < G_N_ELEMENTS(places); i++) {
        if (g_str_has_prefix(word, places[i])) {
            return g_strdup("a part of a file is written FILE@START+LENGTH");
        }
    }
    return NULL;
}

static char *hint_pattern(const char *word)
{
    if (!strpbrk(word, "*?[")) {
        return NULL;
    }
    return strchr(word, '@')
               ? g_strdup(
                     "the shell looks for names that have the range in them; see \"Many files\" "
                     "in 'iovtool help segments'")
               : g_strdup("the pattern matched nothing");
}

/* "disk.img:0+16", where disk.img is a file. */
static char *hint_colon(const char *word)
{
    const char *colon = strrchr(word, ':');
    struct problem problem;
    struct range range;
    if (!colon || range_parse(colon + 1, strlen(colon + 1), &range, &problem) != RANGE_READ) {
        return NULL;
    }
    g_autofree char *name = g_strndup(word, (gsize)(colon - word));
    return access(name, F_OK) == 0
               ? g_strdup_printf("a range stands behind an @: %s@%s", name, colon + 1)
               : NULL;
}

static char *hint_number(const char *word)
{
    uint64_t value;
    size_t column;
    const char *problem;
    return size_parse(word, strlen(word), &value, &column, &problem)
               ? g_strdup("a part of a file is one word, FILE@START+LENGTH")
               : NULL;
}

/* "zeros:4K" */
static char *hint_scheme(const char *word)
{
    const char *colon = strchr(word, ':');
    if (!colon || colon == word) {
        return NULL;
    }
    g_autofree char *given = g_ascii_strdown(word, colon + 1 - word);
    g_autoptr(GPtrArray) schemes = g_ptr_array_new();
    const char *scheme;
    for (unsigned i = 0; (scheme = spec_scheme(i, NULL)); i++) {
        g_ptr_array_add(schemes, (gpointer)(uintptr_t)scheme);
    }
    g_ptr_array_add(schemes, NULL);
    const char *near = suggest(given, (const char *const *)schemes->pdata);
    return near && !g_str_has_prefix(word, near)
               ? g_strdup_printf("did you mean %s%s?", near, colon + 1)
               : NULL;
}

void hint_missing_file(const struct words *words, bool has_output, GError **error)
{
    bool is_last = false;
    const char *word = missing_word(words, (*error)->message, &is_last);
    if (!word) {
        g_autofree char *item = missing_item(words, (*error)->message);
        g_autofree char *scheme = item ? hint_scheme(item) : NULL;
        if (scheme) {
            append_hint(error, scheme);
        }
        return;
    }
    g_autofree char *hint = hint_dd(word);
    hint = hint ? hint : hint_pattern(word);
    hint = hint ? hint : hint_colon(word);
    hint = hint ? hint : hint_number(word);
    hint = hint ? hint : hint_scheme(word);
    if (!hint && is_last && words->count > 1 && !has_output) {
        hint = g_strdup_printf("to write to it: -o %s", word);
    }
    if (hint) {
        append_hint(error, hint);
    }
}

/* The message is about the word, and not about what it names: "WORD: ...". */
static bool is_about(const GError *error, const char *word)
{
    g_autoptr(GString) start = g_string_new(NULL);
    escape(start, word, strlen(word));
    g_string_append(start, ": ");
    return g_str_has_prefix(error->message, start->str);
}

static bool is_missing(const GError *error)
{
    return missing_name_end(error->message) != NULL;
}

/* True when `word`, which stands behind the option without its argument, looks like a value of it,
 * and the error like one that comes of that. */
static bool is_stray_value(const struct option *option, const char *word, const GError *error)
{
    const bool usage = error->domain == USAGE_ERROR;
    uint64_t value;
    size_t column;
    const char *problem;
    if (access(word, F_OK) == 0) {
        return false;
    }
    if (option->kind == OPTION_OPTIONAL_SIZE) {
        return size_parse(word, strlen(word), &value, &column, &problem) &&
               (usage || is_about(error, word));
    }
    if (option->kind == OPTION_OPTIONAL_CHOICE) {
        return g_strv_contains(option->choices, word) && (usage || is_about(error, word));
    }
    const bool syntax = g_error_matches(error, IOVTOOL_ERROR, IOVTOOL_ERROR_SYNTAX);
    return is_about(error, word) && (is_missing(error) || (syntax && !strchr(word, ':')));
}

bool hint_stray_value(const struct command *command, int argc, char *const *argv, GError **error)
{
    for (int i = 1; i + 1 < argc && strcmp(argv[i], "--") != 0; i++) {
        const char *next = argv[i + 1];
        if (!argv_is_option(argv[i])) {
            continue;
        }
        const struct option *option = argv_bare_option(command, argv[i]);
        if (option && !argv_is_option(next) && is_stray_value(option, next, *error)) {
            g_autofree char *hint = g_strdup_printf("a value of --%s is written with =: --%s=%s",
                                                    option->name, option->name, next);
            append_hint(error, hint);
            return true;
        }
        i += argv_open_option(command, argv[i]) ? 1 : 0;
    }
    return false;
}
