/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Global options, the table of commands, and the one place where an error becomes an exit status.
 */
#include <fcntl.h>
#include <glib.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "command/clone.h"
#include "command/command.h"
#include "command/compare.h"
#include "command/copy.h"
#include "command/discard.h"
#include "command/fill.h"
#include "command/hexdump.h"
#include "command/info.h"
#include "command/is-zero.h"
#include "command/output.h"
#include "command/recv.h"
#include "command/send.h"
#include "command/suggest.h"
#include "segment/spec.h"

#ifndef IOVTOOL_VERSION
#define IOVTOOL_VERSION "unknown"
#endif

enum { EXIT_TROUBLE = 2, EXIT_PEER = 3, EXIT_TIME = 4 };

static const struct command *const commands[] = {
    &hexdump_command, &copy_command, &discard_command, &fill_command, &compare_command,
    &is_zero_command, &info_command, &clone_command,   &send_command, &recv_command,
};

static const struct command *find_command(const char *name)
{
    for (size_t i = 0; i < G_N_ELEMENTS(commands); i++) {
        if (strcmp(commands[i]->name, name) == 0) {
            return commands[i];
        }
    }
    return NULL;
}

/* A file opened while standard output is closed would take its number, and be written to. */
static void open_standard_descriptors(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
        if (fcntl(fd, F_GETFD) < 0) {
            /* The wrong way round, so that reading and writing fail as they would have. */
            (void)!open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
        }
    }
}

static bool print_version(GError **error)
{
    return output_text(
        "iovtool " IOVTOOL_VERSION "\n"
        "License GPL-2.0-or-later. There is NO WARRANTY, to the extent permitted by law.\n",
        error);
}

static bool print_commands(GError **error)
{
    g_autoptr(GString) list = g_string_new(NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(commands); i++) {
        g_string_append_printf(list, "%s\n", commands[i]->name);
    }
    return output_text(list->str, error);
}

static bool print_help(GError **error)
{
    g_autoptr(GString) help = g_string_new(
        "Usage:\n"
        "  iovtool [--version] [--help] COMMAND [OPTION...] [OPERAND...]\n\n"
        "readv/writev for the shell: names pieces of files as segments, and treats the\n"
        "segments of a command line as one vector.\n\n"
        "Commands:\n");
    for (size_t i = 0; i < G_N_ELEMENTS(commands); i++) {
        g_string_append_printf(help, "  %-10s %s\n", commands[i]->name, commands[i]->summary);
    }
    g_string_append(
        help, "\nSegments:\n"
              "  PATH  -  file:PATH  fd:N  hex:DIGITS  str:TEXT  zero:SIZE  fill:HEX+SIZE\n"
              "  le16:N be16:N le32:N be32:N le64:N be64:N  dump:PATH\n"
              "  each with an optional range: @START  @START+LENGTH  @START..END  @..END\n"
              "  (from 0; END is exclusive; negative START and END count from the end)\n\n"
              "Exit status: 0 done or yes, 1 no, 2 trouble, 3 network trouble, 4 a time-out\n\n"
              "Examples:\n"
              "  iovtool COMMAND --help\n"
              "  iovtool hexdump /bin/ls@0+64 'str:--\\r\\n' /bin/ls@-32 zero:16\n");
    return output_text(help->str, error);
}

static bool unknown_command(const char *name, GError **error)
{
    const char *names[G_N_ELEMENTS(commands) + 1] = { NULL };
    for (size_t i = 0; i < G_N_ELEMENTS(commands); i++) {
        names[i] = commands[i]->name;
    }
    const char *near = suggest(name, names);
    return near ? usage_error(error, "unknown command '%s'; did you mean '%s'?", name, near)
                : usage_error(error, "unknown command '%s' (see iovtool --help)", name);
}

static bool run(int argc, char **argv, const char **who, enum verdict *verdict, GError **error)
{
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
        return help ? print_help(error) : version ? print_version(error) : print_commands(error);
    }
    const bool has_separator = argc > 1 && strcmp(argv[1], "--") == 0;
    argc -= has_separator ? 2 : 1;
    argv += has_separator ? 2 : 1;
    if (argc < 1) {
        return usage_error(error, "no command given (see iovtool --help)");
    }
    const struct command *command = find_command(argv[0]);
    if (!command) {
        return unknown_command(argv[0], error);
    }
    *who = command->name;
    return command_run(command, argc, argv, verdict, error);
}

static int status_of(const GError *error)
{
    if (g_error_matches(error, SEGMENT_ERROR, SEGMENT_ERROR_PEER)) {
        return EXIT_PEER;
    }
    return g_error_matches(error, SEGMENT_ERROR, SEGMENT_ERROR_TIME) ? EXIT_TIME : EXIT_TROUBLE;
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
