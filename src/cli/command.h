/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A command is a const record in its own file: command/NAME.c. table.c lists them; help,
 * completions and tests read the same records, so nothing is told twice.
 */
#ifndef IOVTOOL_CLI_COMMAND_H
#define IOVTOOL_CLI_COMMAND_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What prepare() puts where the command has to know whether an option was given: into a size, and
 * into a choice. */
#define SIZE_NOT_GIVEN UINT64_MAX
#define CHOICE_NOT_GIVEN (-1)

/* The value of an OPTION_OPTIONAL_SIZE that was given without its argument. */
#define OPTION_BARE (UINT64_MAX - 1)

enum option_kind {
    OPTION_FLAG,            /* gboolean */
    OPTION_TEXT,            /* char *: any bytes, as given */
    OPTION_OPTIONAL_TEXT,   /* char *; empty when given without its argument */
    OPTION_TEXTS,           /* GPtrArray *: of char *, one for each time; NULL when not given; freed
                               after the command, unless that did */
    OPTION_SIZE,            /* uint64_t; left alone when not given */
    OPTION_OPTIONAL_SIZE,   /* uint64_t; OPTION_BARE when given without its argument */
    OPTION_DISTANCE,        /* int64_t: a size that may have a sign */
    OPTION_TIME,            /* uint64_t: microseconds; left alone when not given */
    OPTION_CHOICE,          /* int: the index of the word in `choices` */
    OPTION_OPTIONAL_CHOICE, /* the same; the second word when given without its argument */
    OPTION_SHARE,           /* struct share: K/N; its `align` is left alone */
    OPTION_LIST,            /* a word of kind WORD_LIST among the operands; has no offset */
    OPTION_SPLIT, /* a word of kind WORD_SPLIT among the operands; has no offset and no argument */
};

/* Where in an options structure the value goes, and what help says. */
struct option {
    const char *name;
    char letter; /* 0: none */
    enum option_kind kind;
    size_t offset;
    const char *help;
    const char *argument;       /* its name in help; NULL for a flag */
    const char *const *choices; /* OPTION_CHOICE: the words, NULL at the end */
};

/* Rows, of which the last has no name, and where in the options of the command the structure stands
 * that their offsets refer to. */
struct option_table {
    const struct option *rows;
    size_t offset;
};

enum word_kind {
    WORD_OPERAND,
    WORD_LIST,  /* the file of a list of segments, which stand in its place */
    WORD_SPLIT, /* what follows belongs to the other side */
};

/* What is left of a command line when the options are taken out, in order. */
struct word {
    enum word_kind kind;
    const char *text;
};

struct words {
    const struct word *first;
    size_t count;
};

enum verdict { VERDICT_YES = 0, VERDICT_NO = 1 };

struct command {
    const char *name;
    const char *summary;     /* one line */
    const char *operands;    /* the end of the usage line */
    const char *description; /* a paragraph or two, lines under 80 columns */
    const char *examples;    /* the end of --help: one a line */
    size_t options_size;
    const struct option_table *tables; /* the last has no rows */
    void (*prepare)(void *options);    /* sets defaults that are not zero; may be NULL */
    /* Runs with parsed options. True: *verdict decides the exit status. */
    bool (*run)(void *options, const struct words *words, enum verdict *verdict, GError **error);
    void (*finish)(void *options); /* frees what the options own; may be NULL */
};

/* Bad words on the command line, as opposed to trouble with files. */
#define USAGE_ERROR (usage_error_quark())
GQuark usage_error_quark(void);
bool usage_error(GError **error, const char *format, ...) G_GNUC_PRINTF(2, 3);

/*
 * Turns an error of GOption into a USAGE_ERROR in our style, which names the nearest of the
 * NULL-terminated option names where one was misspelt, and where to read on: `see` and "--help".
 */
void usage_explain(GError **error, const char *const *names, const char *see);

/*
 * Parses argv[1..] of a command (argv[0] is its name), runs it and frees what it used. --help and
 * --list-options print and count as VERDICT_YES.
 */
bool command_run(const struct command *command, int argc, char **argv, enum verdict *verdict,
                 GError **error);

#endif
