/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "segment/text-input.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "segment/error.h"

#define READ_SIZE (256u * 1024u)

static int text_open(const char *path)
{
    return strcmp(path, "-") == 0 ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
}

static void text_close(int fd)
{
    if (fd != STDIN_FILENO) {
        close(fd);
    }
}

static ssize_t text_more(int fd, void *buffer, size_t size)
{
    for (;;) {
        const ssize_t got = read(fd, buffer, size);
        if (got >= 0 || (errno != EINTR && errno != EAGAIN)) {
            return got;
        }
        if (errno == EAGAIN) {
            struct pollfd wait = { .fd = fd, .events = POLLIN };
            (void)poll(&wait, 1, -1);
        }
    }
}

/* The items that end in text[0, length); *used is what they and their separators took. */
static bool each_in(const char *text, size_t length, char separator, text_item_fn *each,
                    void *context, size_t *number, size_t *used, GError **error)
{
    const char *item = text;
    const char *end;
    while ((end = memchr(item, separator, length - (size_t)(item - text)))) {
        if (!each(context, item, (size_t)(end - item), ++*number, error)) {
            return false;
        }
        item = end + 1;
    }
    *used = (size_t)(item - text);
    return true;
}

static bool each_of(const char *path, int fd, char separator, text_item_fn *each, void *context,
                    GError **error)
{
    g_autoptr(GByteArray) pending = g_byte_array_new();
    size_t number = 0;
    for (;;) {
        const guint kept = pending->len;
        if (kept > G_MAXINT - READ_SIZE) {
            return file_errno(path, EFBIG, error);
        }
        g_byte_array_set_size(pending, kept + READ_SIZE);
        const ssize_t got = text_more(fd, pending->data + kept, READ_SIZE);
        if (got < 0) {
            return file_errno(path, errno, error);
        }
        const size_t filled = kept + (size_t)got;
        if (got == 0) {
            return filled == 0 ||
                   each(context, (const char *)pending->data, filled, number + 1, error);
        }
        size_t used;
        if (!each_in((const char *)pending->data, filled, separator, each, context, &number, &used,
                     error)) {
            return false;
        }
        memmove(pending->data, pending->data + used, filled - used);
        g_byte_array_set_size(pending, (guint)(filled - used));
    }
}

bool text_each(const char *path, char separator, text_item_fn *each, void *context, GError **error)
{
    const int fd = text_open(path);
    if (fd < 0) {
        return file_errno(path, errno, error);
    }
    const bool ok = each_of(path, fd, separator, each, context, error);
    text_close(fd);
    return ok;
}

GByteArray *text_read(const char *path, GError **error)
{
    g_autoptr(GByteArray) text = g_byte_array_new();
    const int fd = text_open(path);
    if (fd < 0) {
        file_errno(path, errno, error);
        return NULL;
    }
    ssize_t got;
    do {
        const guint filled = text->len;
        if (filled > G_MAXINT - READ_SIZE) {
            errno = EFBIG;
            got = -1;
            break;
        }
        g_byte_array_set_size(text, filled + READ_SIZE);
        got = text_more(fd, text->data + filled, READ_SIZE);
        g_byte_array_set_size(text, filled + (guint)MAX(got, 0));
    } while (got > 0);
    if (got < 0) {
        file_errno(path, errno, error);
    }
    text_close(fd);
    return got < 0 ? NULL : g_steal_pointer(&text);
}
