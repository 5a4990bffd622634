/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Global options, and the one place where an error becomes an exit status.
 */
#include <fcntl.h>
#include <glib.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/command.h"
#include "cli/output.h"
#include "complete.h"
#include "core/restart.h"
#include "help.h"
#include "segment/error.h"
#include "source/libnbd.h"
#include "table.h"

#ifndef IOVTOOL_VERSION
#define IOVTOOL_VERSION "unknown"
#endif

enum { EXIT_TROUBLE = 2, EXIT_PEER = 3, EXIT_TIME = 4 };

/* A file opened while standard output is closed would take its number, and be written to. */
static void open_standard_descriptors(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
        if (fcntl(fd, F_GETFD) < 0) {
            /* Reading and writing fail as they would have, and so does opening /dev/stdin, by
             * whatever other name. */
            (void)!restart_open("/", O_PATH, 0);
        }
    }
}

static bool print_version(GError **error)
{
    g_autoptr(GError) problem = NULL;
    g_autofree char *libnbd = libnbd_version(&problem);
    g_autofree char *text = g_strdup_printf(
        "iovtool " IOVTOOL_VERSION "\n"
        "License GPL-2.0-or-later. There is NO WARRANTY, to the extent permitted by law.\n"
        "%s%s\n",
        libnbd ? "libnbd " : "no libnbd: ", libnbd ? libnbd : problem->message);
    return output_text(text, error);
}

static bool print_commands(GError **error)
{
    g_autoptr(GString) list = g_string_new(NULL);
    for (const struct command *const *command = command_table; *command; command++) {
        g_string_append_printf(list, "%s\n", (*command)->name);
    }
    return output_text(list->str, error);
}

static bool print_completions(int count, char **words, GError **error)
{
    char *nothing[] = { (char[]){ "" } };
    g_autoptr(GString) answers = g_string_new(NULL);
    complete_line(count > 0 ? words : nothing, count > 0 ? (size_t)count : 1, answers);
    return output_text(answers->str, error);
}

static bool run(int argc, char **argv, const char **who, enum verdict *verdict, GError **error)
{
    if (argc > 1 && strcmp(argv[1], "--complete") == 0) {
        return print_completions(argc - 2, argv + 2, error);
    }
    gboolean help = FALSE;
    gboolean version = FALSE;
    gboolean list_commands = FALSE;
    const GOptionEntry entries[] = {
        { "help", 'h', 0, G_OPTION_ARG_NONE, &help, NULL, NULL },
        { "version", 'V', 0, G_OPTION_ARG_NONE, &version, NULL, NULL },
        { "list-commands", 0, 0, G_OPTION_ARG_NONE, &list_commands, NULL, NULL },
        { NULL, 0, 0, G_OPTION_ARG_NONE, NULL, NULL, NULL },
    };
    g_autoptr(GOptionContext) context = g_option_context_new(NULL);
    g_option_context_add_main_entries(context, entries, NULL);
    g_option_context_set_help_enabled(context, FALSE);
    g_option_context_set_strict_posix(context, TRUE);
    if (!g_option_context_parse(context, &argc, &argv, error)) {
        static const char *const names[] = { "help", "version", "list-commands", NULL };
        usage_explain(error, names, "iovtool");
        return false;
    }
    if (help || version || list_commands) {
        return help ? help_print(error) : version ? print_version(error) : print_commands(error);
    }
    const bool has_separator = argc > 1 && strcmp(argv[1], "--") == 0;
    argc -= has_separator ? 2 : 1;
    argv += has_separator ? 2 : 1;
    if (argc < 1) {
        return usage_error(error, "no command given (see iovtool --help)");
    }
    const struct command *command = command_find(argv[0]);
    if (!command) {
        return command_not_found(argv, (size_t)argc, error);
    }
    *who = command->name;
    return command_run(command, argc, argv, verdict, error);
}

static int status_of(const GError *error)
{
    if (g_error_matches(error, IOVTOOL_ERROR, IOVTOOL_ERROR_PEER)) {
        return EXIT_PEER;
    }
    return g_error_matches(error, IOVTOOL_ERROR, IOVTOOL_ERROR_TIME) ? EXIT_TIME : EXIT_TROUBLE;
}

int main(int argc, char **argv)
{
    const char *who = NULL;
    enum verdict verdict = VERDICT_YES;
    g_autoptr(GError) error = NULL;

    open_standard_descriptors();
    signal(SIGXFSZ, SIG_IGN); /* a file size limit is an error of write(), told like any other */
    if (run(argc, argv, &who, &verdict, &error)) {
        g_assert(!error);
        return (int)verdict;
    }
    g_assert(error);
    fprintf(stderr, "iovtool%s%s: %s\n", who ? " " : "", who ? who : "", error->message);
    return status_of(error);
}
