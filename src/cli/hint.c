/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/hint.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "segment/escape.h"
#include "segment/range.h"
#include "segment/size.h"
#include "segment/spec.h"

/* The operand that the message "NAME: No such file or directory" is about; NULL: none. */
static const char *missing_word(const struct words *words, const char *message, bool *is_last)
{
    const char *end = g_strrstr(message, ": ");
    if (!end || strcmp(end + 2, g_strerror(ENOENT)) != 0) {
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

void hint_missing_file(const struct words *words, bool has_output, GError **error)
{
    bool is_last = false;
    const char *word = missing_word(words, (*error)->message, &is_last);
    if (!word) {
        return;
    }
    g_autofree char *hint = hint_dd(word);
    hint = hint ? hint : hint_pattern(word);
    hint = hint ? hint : hint_colon(word);
    hint = hint ? hint : hint_number(word);
    if (!hint && is_last && words->count > 1 && !has_output) {
        hint = g_strdup_printf("to write to it: -o %s", word);
    }
    if (hint) {
        g_autoptr(GString) shown = g_string_new((*error)->message);
        g_string_append(shown, "; ");
        escape(shown, hint, strlen(hint));
        g_free((*error)->message);
        (*error)->message = g_strdup(shown->str);
    }
}
