/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "help.h"

#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "cli/output.h"
#include "segment/spec.h"
#include "table.h"

const char *const help_topics[] = { "segments", NULL };

enum { HELP_WIDTH = 78 };

/* All forms of a segment, in lines of at most HELP_WIDTH characters. */
static void append_segment_forms(GString *help)
{
    const char *scheme;
    gsize line = help->len;
    g_string_append(help, "  PATH  -");
    for (unsigned i = 0; (scheme = spec_scheme(i, NULL)); i++) {
        const char *argument = spec_scheme_argument(i);
        if (help->len - line + strlen("  ") + strlen(scheme) + strlen(argument) > HELP_WIDTH) {
            g_string_append_c(help, '\n');
            line = help->len;
        }
        g_string_append_printf(help, "  %s%s", scheme, argument);
    }
    g_string_append_c(help, '\n');
}

bool help_print(GError **error)
{
    g_autoptr(GString) help = g_string_new(
        "Usage:\n"
        "  iovtool [--version] [--help] COMMAND [OPTION...] [OPERAND...]\n\n"
        "readv/writev for the shell: names pieces of files as segments, and treats the\n"
        "segments of a command line as one vector.\n\n"
        "Commands:\n");
    for (const struct command *const *command = command_table; *command; command++) {
        g_string_append_printf(help, "  %-10s %s\n", (*command)->name, (*command)->summary);
    }
    g_string_append(help, "\nSegments:\n");
    append_segment_forms(help);
    g_string_append(
        help, "  each with an optional range: @START  @START+LENGTH  @START..END  @..END\n"
              "  (from 0; END is exclusive; negative START and END count from the end)\n\n"
              "Exit status: 0 done or yes, 1 no, 2 trouble, 3 network trouble, 4 a time-out\n\n"
              "Examples:\n"
              "  iovtool help segments\n"
              "  iovtool COMMAND --help\n"
              "  iovtool hexdump /bin/ls@0+64 'str:--\\r\\n' /bin/ls@-32 zero:16\n");
    return output_text(help->str, error);
}

static bool print_segments(GError **error)
{
    g_autoptr(GString) help = g_string_new("A segment is one word that names some bytes:\n\n"
                                           "  SOURCE  or  SOURCE@RANGE\n\n"
                                           "Sources:\n"
                                           "  PATH              a file\n"
                                           "  -                 standard input\n");
    const char *about;
    const char *scheme;
    for (unsigned i = 0; (scheme = spec_scheme(i, &about)); i++) {
        g_autofree char *form = g_strconcat(scheme, spec_scheme_argument(i), NULL);
        g_string_append_printf(help, "  %-17s %s\n", form, about);
    }
    g_string_append(help,
                    "\nRanges, from 0:\n"
                    "  @START          from START to the end\n"
                    "  @START+LENGTH   LENGTH bytes\n"
                    "  @START..END     up to END, and not the byte at END\n"
                    "  @..END          the same from the first byte on\n"
                    "  A negative START or END counts back from the end: @-64 is the last 64.\n"
                    "\nNumbers: decimal or 0x...; K M G T P E and KiB MiB ... are powers of\n"
                    "1024, KB MB ... of 1000, s is a sector of 512 bytes.\n"
                    "\nA word is split at its last @, if a range follows; file:NAME@0 is the\n"
                    "whole of a file with any name.\n"
                    "\nMany files, a range of each:\n"
                    "  printf 'file:%s@0+512\\0' *.img | iovtool copy -0 -T -\n"
                    "\nExamples:\n"
                    "  disk.img@1M+4K        4 KiB at 1 MiB\n"
                    "  log@-64               the last 64 bytes\n"
                    "  rom@4K..-16           from 4 KiB on, without the last 16 bytes\n"
                    "  'str:one\\n' le32:1024 fill:ff+1K\n");
    return output_text(help->str, error);
}

static bool has_page(const char *part, const char *page)
{
    char *find[] = { "man", "-w", (char *)(uintptr_t)part, (char *)(uintptr_t)page, NULL };
    int status;
    return g_spawn_sync(NULL, find, NULL,
                        G_SPAWN_SEARCH_PATH | G_SPAWN_STDOUT_TO_DEV_NULL |
                            G_SPAWN_STDERR_TO_DEV_NULL,
                        NULL, NULL, NULL, NULL, &status, NULL) &&
           g_spawn_check_wait_status(status, NULL);
}

/* Does not return when there is somebody who reads, and a page to read. */
static void open_page(const char *part, const char *page)
{
    if (isatty(STDOUT_FILENO) && has_page(part, page)) {
        signal(SIGXFSZ, SIG_DFL); /* as it was before main() */
        execlp("man", "man", part, page, NULL);
    }
}

static bool print_command(const struct command *command, enum verdict *verdict, GError **error)
{
    char *arguments[] = { (char *)(uintptr_t)command->name, "--help", NULL };
    return command_run(command, 2, arguments, verdict, error);
}

static bool help_run(void *data, const struct words *words, enum verdict *verdict, GError **error)
{
    (void)data;
    if (words->count > 1) {
        return usage_error(error, "one command at a time, and nothing else");
    }
    if (words->count == 0) {
        open_page("1", "iovtool");
        return help_print(error);
    }
    const char *about = words->first[0].text;
    if (strcmp(about, help_topics[0]) == 0) {
        open_page("7", "iovtool-segment");
        return print_segments(error);
    }
    const struct command *command = command_find(about);
    if (!command) {
        g_autofree const char **names = command_names(help_topics);
        return command_unknown("command", about, names, error);
    }
    g_autofree char *page = g_strconcat("iovtool-", command->name, NULL);
    open_page("1", page);
    return print_command(command, verdict, error);
}

static const struct option_table help_tables[] = { { NULL, 0 } };

const struct command help_command = {
    .name = "help",
    .summary = "Open the manual page of a command, or of segments.",
    .operands = "[COMMAND]",
    .description = "On a terminal, opens the page; without man or the page, or if the output goes\n"
                   "elsewhere, prints the text of --help. COMMAND may be \"segments\".",
    .examples = "  iovtool help copy\n"
                "  iovtool help segments\n",
    .tables = help_tables,
    .run = help_run,
};
