/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/output.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/page-buffer.h"
#include "core/restart.h"
#include "segment/error.h"

#define PIPE_SIZE (1024 * 1024)

const char *const color_words[] = { "auto", "always", "never", NULL };

void output_open(struct output *output)
{
    struct stat status;
    output->buffer = (char *)page_buffer_new(OUTPUT_BUFFER);
    output->used = 0;
    output->unseen = 0;
    output->may_write = NULL;
    if (fstat(STDOUT_FILENO, &status) == 0 && S_ISFIFO(status.st_mode)) {
        (void)fcntl(STDOUT_FILENO, F_SETPIPE_SZ, PIPE_SIZE); /* less does as well, only slower */
    }
}

static bool write_error(GError **error)
{
    g_set_error(error, IOVTOOL_ERROR, IOVTOOL_ERROR_SOURCE, "cannot write standard output: %s",
                g_strerror(errno));
    return false;
}

bool output_flush(struct output *output, GError **error)
{
    size_t done = 0;
    if (output->may_write && !output->may_write(output->context, error)) {
        return false;
    }
    while (done < output->used) {
        const ssize_t n = write(STDOUT_FILENO, output->buffer + done, output->used - done);
        if (n >= 0) {
            done += (size_t)n;
        } else if (errno == EAGAIN) {
            struct pollfd wait = { .fd = STDOUT_FILENO, .events = POLLOUT };
            (void)poll(&wait, 1, -1);
        } else if (errno != EINTR) {
            return write_error(error);
        }
    }
    output->used = 0;
    output->unseen = 0;
    return true;
}

char *output_reserve(struct output *output, size_t size, GError **error)
{
    g_assert(size <= OUTPUT_BUFFER);
    if (size > OUTPUT_BUFFER - output->used && !output_flush(output, error)) {
        return NULL;
    }
    return output->buffer + output->used;
}

void output_commit(struct output *output, size_t size)
{
    output->used += size;
    g_assert(output->used <= OUTPUT_BUFFER);
}

bool output_append(struct output *output, const char *text, size_t length, GError **error)
{
    while (length > 0) {
        const size_t piece = MIN(length, (size_t)OUTPUT_BUFFER);
        char *room = output_reserve(output, piece, error);
        if (!room) {
            return false;
        }
        memcpy(room, text, piece);
        output_commit(output, piece);
        text += piece;
        length -= piece;
    }
    return true;
}

bool output_printf(struct output *output, GError **error, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    g_autofree char *text = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    return output_append(output, text, strlen(text), error);
}

bool output_close(struct output *output, bool ok, GError **error)
{
    ok = ok && output_flush(output, error);
    page_buffer_free((PageBuffer *)g_steal_pointer(&output->buffer));
    if (restart_close(STDOUT_FILENO) != 0 && ok && errno != EBADF) {
        return write_error(error);
    }
    return ok;
}

bool output_text(const char *text, GError **error)
{
    struct output output;
    output_open(&output);
    const bool ok = output_append(&output, text, strlen(text), error);
    return output_close(&output, ok, error);
}

bool output_wants_color(enum color_choice choice)
{
    if (choice != COLOR_AUTO) {
        return choice == COLOR_ALWAYS;
    }
    const char *no_color = g_getenv("NO_COLOR");
    const char *terminal = g_getenv("TERM");
    return isatty(STDOUT_FILENO) && !(no_color && *no_color) &&
           !(terminal && strcmp(terminal, "dumb") == 0);
}
