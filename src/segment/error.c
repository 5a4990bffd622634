/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "segment/error.h"

#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#include "segment/escape.h"

GQuark iovtool_error_quark(void)
{
    return g_quark_from_static_string("iovtool-error");
}

bool file_error(const char *path, const char *problem, GError **error)
{
    g_autoptr(GString) shown = g_string_new(NULL);
    escape(shown, path, strlen(path));
    g_set_error(error, IOVTOOL_ERROR, IOVTOOL_ERROR_SOURCE, "%s: %s", shown->str, problem);
    return false;
}

bool file_errno(const char *path, int errno_value, GError **error)
{
    return file_error(path, g_strerror(errno_value), error);
}

char *read_trouble(uint64_t offset, int errno_value)
{
    return g_strdup_printf("cannot read at %" PRIu64 ": %s", offset, g_strerror(errno_value));
}

void error_append(GError **error, const char *format, ...)
{
    g_autoptr(GString) message = g_string_new((*error)->message);
    va_list arguments;
    va_start(arguments, format);
    g_string_append_vprintf(message, format, arguments);
    va_end(arguments);
    g_free((*error)->message);
    (*error)->message = g_strdup(message->str);
}
