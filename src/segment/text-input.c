/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "segment/text-input.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "core/page-buffer.h"
#include "core/restart.h"
#include "segment/error.h"
#include "segment/spec.h"

#define READ_SIZE (256u * 1024u)

/* The longest item of a list; a text may be longer by one read. A GByteArray counts in guint. */
#define ITEM_MAX (G_MAXINT - READ_SIZE)

int text_descriptor(const char *path)
{
    return strcmp(path, "-") == 0 ? STDIN_FILENO : spec_named_descriptor(path, strlen(path));
}

static int text_open(const char *path)
{
    const int inherited = text_descriptor(path);
    return inherited >= 0 ? inherited : restart_open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY, 0);
}

static void text_close(const char *path, int fd)
{
    if (text_descriptor(path) < 0) {
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

/* Of a directory, and of what is not open for reading, each read fails, wherever it begins. */
static bool text_error(const char *path, uint64_t offset, int problem, GError **error)
{
    g_autofree char *message = read_trouble(offset, problem);
    const bool never = problem == EISDIR || problem == EBADF;
    return never ? file_errno(path, problem, error) : file_error(path, message, error);
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

/* A list is read to `place`; what there is of an item that has not ended stands in front of it. */
struct list_buffer {
    PageBuffer *start;
    uint8_t *place; /* page-aligned, with room for READ_SIZE bytes */
    size_t pending;
};

static void list_buffer_init(struct list_buffer *buffer, size_t room)
{
    buffer->start = page_buffer_try_new(room + READ_SIZE);
    buffer->place = buffer->start ? buffer->start + room : NULL;
}

static bool keep_pending(struct list_buffer *buffer, const char *item, size_t length)
{
    const size_t room = (size_t)(buffer->place - buffer->start);
    if (length <= room) {
        memmove(buffer->place - length, item, length);
    } else {
        struct list_buffer larger;
        size_t size = room;
        while (size < length) {
            size *= 2;
        }
        list_buffer_init(&larger, size);
        if (!larger.start) {
            return false;
        }
        memcpy(larger.place - length, item, length);
        page_buffer_free(buffer->start);
        *buffer = larger;
    }
    buffer->pending = length;
    return true;
}

static bool each_read(const char *path, int fd, char separator, text_item_fn *each, void *context,
                      struct list_buffer *buffer, GError **error)
{
    uint64_t offset = 0;
    for (size_t number = 0;;) {
        const ssize_t got = text_more(fd, buffer->place, READ_SIZE);
        if (got < 0) {
            return text_error(path, offset, errno, error);
        }
        offset += (uint64_t)got;
        const char *text = (const char *)buffer->place - buffer->pending;
        const size_t filled = buffer->pending + (size_t)got;
        if (got == 0) {
            return filled == 0 || each(context, text, filled, number + 1, error);
        }
        size_t used;
        if (!each_in(text, filled, separator, each, context, &number, &used, error)) {
            return false;
        }
        if (filled - used > ITEM_MAX) {
            return file_errno(path, EFBIG, error);
        }
        if (!keep_pending(buffer, text + used, filled - used)) {
            return file_errno(path, ENOMEM, error);
        }
    }
}

static bool each_of(const char *path, int fd, char separator, text_item_fn *each, void *context,
                    GError **error)
{
    struct list_buffer buffer = { 0 };
    list_buffer_init(&buffer, PAGE_BUFFER_ALIGNMENT);
    const bool ok = buffer.start ? each_read(path, fd, separator, each, context, &buffer, error)
                                 : file_errno(path, ENOMEM, error);
    page_buffer_free(buffer.start);
    return ok;
}

bool text_each(const char *path, char separator, text_item_fn *each, void *context, GError **error)
{
    const int fd = text_open(path);
    if (fd < 0) {
        return file_errno(path, errno, error);
    }
    const bool ok = each_of(path, fd, separator, each, context, error);
    text_close(path, fd);
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
    g_autoptr(PageBuffer) piece = page_buffer_new(READ_SIZE);
    ssize_t got;
    while ((got = text_more(fd, piece, READ_SIZE)) > 0) {
        if (text->len > ITEM_MAX) {
            file_errno(path, EFBIG, error);
            break;
        }
        g_byte_array_append(text, piece, (guint)got);
    }
    if (got < 0) {
        text_error(path, text->len, errno, error);
    }
    text_close(path, fd);
    return got != 0 ? NULL : g_steal_pointer(&text);
}
