/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "segment/problem.h"

#include "segment/error.h"
#include "segment/escape.h"

/* Words that take more are shown in part. */
#define SHOWN_COLUMNS 200u
#define QUOTED_COLUMNS 24u

struct word {
    const char *start;
    const char *end;
};

/* Where the characters after `at` that take at most `budget` columns end. */
static const char *walk_forward(struct word word, const char *at, size_t budget, size_t *columns)
{
    *columns = 0;
    while (at < word.end) {
        unsigned width;
        size_t bytes = escape_one(NULL, at, (size_t)(word.end - at), &width);

        if (*columns + width > budget) {
            break;
        }
        *columns += width;
        at += bytes;
    }
    return at;
}

/* Where the character that ends at `at` starts. */
static const char *step_back(struct word word, const char *at, unsigned *width)
{
    for (size_t bytes = 4; bytes > 1; bytes--) {
        if ((size_t)(at - word.start) >= bytes) {
            const char *start = at - bytes;

            if (escape_one(NULL, start, (size_t)(word.end - start), width) == bytes) {
                return start;
            }
        }
    }
    escape_one(NULL, at - 1, (size_t)(word.end - at) + 1, width);
    return at - 1;
}

static const char *walk_back(struct word word, const char *at, size_t budget, size_t *columns)
{
    *columns = 0;
    while (at > word.start) {
        unsigned width;
        const char *start = step_back(word, at, &width);

        if (*columns + width > budget) {
            break;
        }
        *columns += width;
        at = start;
    }
    return at;
}

static void append_escaped(GString *out, struct word word, const char *start, const char *stop)
{
    unsigned width;

    while (start < stop) {
        start += escape_one(out, start, (size_t)(word.end - start), &width);
    }
}

/* The part of the word around `at`, all of it when it fits; *caret is the column of `at` in it. */
static GString *show_around(struct word word, const char *at, size_t *caret)
{
    GString *shown = g_string_new(NULL);
    const char *start, *stop;
    size_t before, after;

    walk_forward(word, at, SHOWN_COLUMNS / 2, &after);
    start = walk_back(word, at, SHOWN_COLUMNS - after, &before);
    stop = walk_forward(word, at, SHOWN_COLUMNS - before, &after);
    if (start > word.start) {
        g_string_append(shown, "...");
    }
    *caret = shown->len + before;
    append_escaped(shown, word, start, stop);
    if (stop < word.end) {
        g_string_append(shown, "...");
    }
    return shown;
}

static GString *quote_at(struct word word, const char *at, enum problem_quote quote)
{
    GString *quoted = g_string_new(NULL);
    const char *stop = at;
    unsigned width;

    if (quote == QUOTE_NOTHING || at == word.end) {
        return quoted;
    }
    if (quote == QUOTE_NUMBER) {
        while (stop < word.end && g_ascii_isalnum(*stop)) {
            stop++;
        }
    }
    if (stop == at) {
        stop += escape_one(NULL, at, (size_t)(word.end - at), &width);
    }
    g_string_append(quoted, ": '");
    if (stop - at > (ptrdiff_t)QUOTED_COLUMNS) {
        append_escaped(quoted, word, at, at + QUOTED_COLUMNS);
        g_string_append(quoted, "...'");
    } else {
        append_escaped(quoted, word, at, stop);
        g_string_append_c(quoted, '\'');
    }
    return quoted;
}

void problem_report(const struct problem *problem, const char *text, size_t length, GError **error)
{
    struct word word = { text, text + length };
    g_autoptr(GString) shown = NULL;
    g_autoptr(GString) quoted = NULL;
    size_t caret;

    g_assert(problem->at >= word.start && problem->at <= word.end);
    if (error == NULL) {
        return;
    }
    shown = show_around(word, problem->at, &caret);
    quoted = quote_at(word, problem->at, problem->quote);
    g_set_error(error, IOVTOOL_ERROR, IOVTOOL_ERROR_SYNTAX,
                "%s: %s%s (column %" G_GSIZE_FORMAT ")\n  %s\n  %*s^",
                length == 0 ? "''" : shown->str, problem->what, quoted->str,
                (size_t)(problem->at - word.start) + 1, shown->str, (int)caret, "");
}
