/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "table.h"

#include <string.h>
#include <unistd.h>

#include "cli/suggest.h"
#include "command/commands.h"
#include "help.h"

const struct command *const command_table[] = {
    &hexdump_command, &copy_command,    &discard_command, &fill_command, &patch_command,
    &compare_command, &is_zero_command, &find_command,    &info_command, &clone_command,
    &send_command,    &recv_command,    &help_command,    NULL,
};

const struct command *command_find(const char *name)
{
    for (const struct command *const *command = command_table; *command; command++) {
        if (strcmp((*command)->name, name) == 0) {
            return *command;
        }
    }
    return NULL;
}

const char **command_names(const char *const *more)
{
    GPtrArray *names = g_ptr_array_new();
    for (const struct command *const *command = command_table; *command; command++) {
        g_ptr_array_add(names, (gpointer)(uintptr_t)(*command)->name);
    }
    for (; *more; more++) {
        g_ptr_array_add(names, (gpointer)(uintptr_t)*more);
    }
    g_ptr_array_add(names, NULL);
    return (const char **)g_ptr_array_free(names, FALSE);
}

bool command_unknown(const char *what, const char *name, const char *const *names, GError **error)
{
    const char *near = suggest(name, names);
    return near ? usage_error(error, "unknown %s '%s'; did you mean '%s'?", what, name, near)
                : usage_error(error, "unknown %s '%s' (see iovtool --help)", what, name);
}

/* Programs, and the commands that do what they do. */
static const char *const counterparts[][2] = {
    { "cat", "copy" },    { "cp", "copy" },     { "dd", "copy" },     { "head", "copy" },
    { "tail", "copy" },   { "split", "copy" },  { "cmp", "compare" }, { "diff", "compare" },
    { "od", "hexdump" },  { "xxd", "hexdump" }, { "hd", "hexdump" },  { "dump", "hexdump" },
    { "stat", "info" },   { "ls", "info" },     { "size", "info" },   { "trim", "discard" },
    { "memset", "fill" }, { "grep", "find" },   { "search", "find" }, { "truncate", "discard" },
};

static const char *counterpart(const char *name)
{
    for (size_t i = 0; i < G_N_ELEMENTS(counterparts); i++) {
        if (strcmp(counterparts[i][0], name) == 0) {
            return counterparts[i][1];
        }
    }
    return NULL;
}

bool command_not_found(char *const *words, size_t count, GError **error)
{
    static const char *const none[] = { NULL };
    const char *meant = counterpart(words[0]);
    if (meant) {
        return usage_error(error, "unknown command '%s'; did you mean '%s'?", words[0], meant);
    }
    for (size_t i = 1; i < count; i++) {
        if (command_find(words[i])) {
            return usage_error(error,
                               "unknown command '%s'; the command comes first: iovtool %s %s",
                               words[0], words[i], words[0]);
        }
    }
    if (access(words[0], F_OK) == 0) {
        return usage_error(error, "unknown command '%s'; a command comes first: iovtool hexdump %s",
                           words[0], words[0]);
    }
    g_autofree const char **names = command_names(none);
    return command_unknown("command", words[0], names, error);
}
