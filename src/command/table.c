/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "command/table.h"

#include <string.h>

#include "command/clone.h"
#include "command/compare.h"
#include "command/copy.h"
#include "command/discard.h"
#include "command/fill.h"
#include "command/help.h"
#include "command/hexdump.h"
#include "command/info.h"
#include "command/is-zero.h"
#include "command/recv.h"
#include "command/send.h"
#include "command/suggest.h"

const struct command *const command_table[] = {
    &hexdump_command, &copy_command,    &discard_command, &fill_command,
    &compare_command, &is_zero_command, &info_command,    &clone_command,
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
