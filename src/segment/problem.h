/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is wrong with a word, and where: the inside of the segment language talks in problems, which
 * cost nothing to make and to drop; only spec_parse() turns the one that counts into a GError.
 */
#ifndef IOVTOOL_SEGMENT_PROBLEM_H
#define IOVTOOL_SEGMENT_PROBLEM_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>

/* What of the word the message repeats after saying what is wrong; nothing at the word's end. */
enum problem_quote {
    QUOTE_NOTHING,
    QUOTE_CHARACTER, /* the one at the column */
    QUOTE_NUMBER,    /* the run of letters and digits there, or the character if there is none */
};

struct problem {
    const char *what; /* static; lower case, no full stop */
    const char *at;   /* in the word, or its end */
    enum problem_quote quote;
};

/* Fills in *problem and returns false, so that a parser can fail in one statement. */
static inline bool problem_set(struct problem *problem, const char *what, const char *at,
                               enum problem_quote quote)
{
    *problem = (struct problem){ what, at, quote };
    return false;
}

/* Sets *error to the message of three lines that segment/spec.h shows. */
void problem_report(const struct problem *problem, const char *word, size_t length, GError **error);

#endif
