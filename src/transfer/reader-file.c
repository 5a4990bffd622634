/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "core/restart.h"
#include "segment/address-space.h"
#include "segment/error.h"
#include "transfer/reader-internal.h"

/* Not in the headers of Debian 12's libc for every architecture; the number is the kernel's
 * (include/uapi/asm-generic/mman-common.h). */
#ifndef MADV_POPULATE_READ
#define MADV_POPULATE_READ 22
#endif

#define CACHE_LINE 64u

/* A mapping starts at a window. */
_Static_assert(HUGE_PAGE % WINDOW_MAP == 0, "huge pages hold whole windows");

static bool shrank(const struct reader *reader, uint64_t offset, uint64_t length, uint64_t end,
                   GError **error)
{
    g_autofree char *message =
        g_strdup_printf("the file shrank while it was read: asked for %" PRIu64 " bytes at %" PRIu64
                        ", but it now ends at %" PRIu64,
                        length, offset, end);
    reader_error(reader, IOVTOOL_ERROR_SOURCE, message, error);
    return false;
}

void reader_on_unreadable(struct reader *reader, unreadable_fn *unreadable, void *context)
{
    reader->unreadable = unreadable;
    reader->unreadable_context = context;
}

/* A read of many blocks fails as a whole: those that can be read are found one by one. Returns how
 * many of the `length` bytes are done with, up to the end of the block. */
static size_t read_block(struct reader *reader, struct file *file, int fd, uint8_t *to,
                         size_t length, uint64_t offset)
{
    const size_t size =
        (size_t)MIN((uint64_t)length, SOURCE_ERROR_BLOCK - offset % SOURCE_ERROR_BLOCK);
    size_t got;
    if (restart_pread_full(fd, to, size, (off_t)offset, &got) != 0) {
        memset(to + got, 0, size - got);
        reader->unreadable(reader->unreadable_context, file, offset + got, size - got);
        return size;
    }
    return got;
}

/* restart_pread_full(), where what the device cannot read is zeros, if that is wanted. */
static int read_all(struct reader *reader, struct file *file, int fd, uint8_t *to, size_t length,
                    uint64_t offset, size_t *done)
{
    size_t got;
    int trouble;
    *done = 0;
    for (;;) {
        trouble = restart_pread_full(fd, to + *done, length - *done, (off_t)(offset + *done), &got);
        *done += got;
        if (trouble == 0 || !reader->unreadable || !source_is_device_trouble(trouble)) {
            return trouble;
        }
        got = read_block(reader, file, fd, to + *done, length - *done, offset + *done);
        *done += got;
        if (got == 0 || *done == length) {
            return 0;
        }
    }
}

bool reader_pread(struct reader *reader, struct file *file, uint8_t *to, size_t length,
                  uint64_t offset, GError **error)
{
    const int fd = files_descriptor(reader->files, file, error);
    if (fd < 0) {
        return false;
    }
    size_t got;
    const int trouble = read_all(reader, file, fd, to, length, offset, &got);
    if (trouble != 0) {
        reader_trouble(reader, offset + got - file->base, trouble, error);
        return false;
    }
    if (got < length) {
        return shrank(reader, offset, length, offset + got, error);
    }
    reader_note_use(file, offset + length);
    return true;
}

/* Address space for a part of a file, at an address that agrees with the file's offset as huge
 * pages need; and a guard over it. */
static bool reserve(struct map_slot *slot)
{
    if (slot->start || slot->failed) {
        return slot->start != NULL;
    }
    slot->start = address_space_reserve(MAP_SPAN, PROT_NONE);
    if (!slot->start) {
        slot->failed = true;
        return false;
    }
    slot->guard = guard_region(slot->start, MAP_SPAN);
    if (!slot->guard) {
        munmap(slot->start, MAP_SPAN);
        slot->start = NULL;
        slot->failed = true;
    }
    return slot->start != NULL;
}

void reader_unmap(struct reader *reader)
{
    if (reader->slot.start) {
        guard_release(reader->slot.guard);
        munmap(reader->slot.start, MAP_SPAN);
        reader->slot.start = NULL;
    }
}

/*
 * Maps the file from the window of `offset` on, as far as the slot goes. Mapping excludes the other
 * threads of the process from mapping and populating, so it is done once for many windows.
 */
static bool map_span(struct map_slot *slot, const struct file *file, int fd, uint64_t offset)
{
    const uint64_t base = offset - offset % WINDOW_MAP;
    const size_t length = (size_t)MIN((uint64_t)MAP_SPAN, file->size - base);
    slot->file = NULL;
    if (mmap(slot->start, length, PROT_READ, MAP_SHARED | MAP_FIXED, fd, (off_t)base) ==
        MAP_FAILED) {
        slot->failed = true;
        return false;
    }
    guard_reset(slot->guard);
    slot->file = file;
    slot->base = base;
    slot->length = length;
    slot->shown_length = 0;
    return true;
}

/* The pages of the window before are given back, so that memory stays flat. */
static void drop_shown(struct map_slot *slot)
{
    if (slot->shown_length > 0) {
        (void)madvise(slot->shown, slot->shown_length, MADV_DONTNEED);
        slot->shown_length = 0;
    }
}

/* Before Linux 5.14, and under qemu-user, nothing is populated, and so nothing tells of a file that
 * shrank; what is no regular file has no such size. */
static bool reaches(int fd, uint64_t end)
{
    struct stat status;
    return fstat(fd, &status) != 0 || !S_ISREG(status.st_mode) || (uint64_t)status.st_size >= end;
}

/*
 * Maps [offset, offset + length), which does not cross a multiple of WINDOW_MAP, and reads its
 * pages in. NULL when that cannot be done: procfs and some devices do not map, and a file that
 * shrank cannot be populated; reading then finds out why.
 */
static const uint8_t *map_range(struct reader *reader, const struct file *file, int fd,
                                uint64_t offset, size_t length)
{
    struct map_slot *slot = &reader->slot;
    if (slot->failed || !reserve(slot)) {
        return NULL;
    }
    drop_shown(slot);
    const bool mapped =
        slot->file == file && offset >= slot->base && offset + length <= slot->base + slot->length;
    if (!mapped && !map_span(slot, file, fd, offset)) {
        return NULL;
    }
    const uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
    const uint64_t first = offset & ~(page - 1);
    uint8_t *const to = slot->start + (first - slot->base);
    const size_t size = (size_t)(offset - first) + length;
    if ((madvise(to, size, MADV_POPULATE_READ) != 0 && errno != EINVAL) ||
        !reaches(fd, offset + length)) {
        return NULL;
    }
    slot->shown = to;
    slot->shown_length = size;
    return to + (offset - first);
}

/*
 * The hole or the data that the cursor stands in. Looking it up moves the descriptor's position;
 * nothing here depends on that, and files_settle() puts an inherited one right.
 */
static const struct extent *find_extent(struct reader *reader, int fd, const struct file *file,
                                        uint64_t offset)
{
    struct extent *extent = &reader->extent;
    if (reader->extent_file != file || offset < extent->start || offset >= extent->end) {
        *extent = extent_at(fd, offset, file->size);
        reader->extent_file = file;
    }
    return extent;
}

/*
 * A page behind the end of a file traps, but bytes behind it in its last page, and a hole, just
 * read as zeros: only the file's size tells. A file that was closed to make room is asked when it
 * is opened again.
 */
bool reader_still_reaches(const struct file *file, uint64_t end)
{
    struct stat status;
    return file->fd < 0 || fstat(file->fd, &status) != 0 || !S_ISREG(status.st_mode) ||
           (uint64_t)status.st_size >= end;
}

static uint64_t nanoseconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* A mapped byte costs what it does when it is first looked at; one that was read has been. */
static void touch(const uint8_t *bytes, size_t length)
{
    for (size_t i = 0; i < length; i += CACHE_LINE) {
        (void)*(const volatile uint8_t *)(bytes + i);
    }
}

static bool is_to_be_mapped(const struct reader *reader)
{
    return (reader->flags & READER_MAP) ||
           (!(reader->flags & READER_NO_MAP) && trial_way(&reader->trial) == TRIAL_MAP);
}

static bool is_timed(const struct reader *reader)
{
    return !(reader->flags & (READER_MAP | READER_NO_MAP)) && trial_is_on(&reader->trial);
}

/* A window of the mapped file; false when it cannot be mapped. */
static bool mapped_window(struct reader *reader, struct window *window, int fd, uint64_t most)
{
    const struct segment *segment = reader_current(reader);
    struct file *file = segment->file;
    const uint64_t offset = segment->offset + reader->done;
    const size_t limit = is_timed(reader) ? trial_map_size(&reader->trial) : WINDOW_MAP;
    const size_t size = (size_t)MIN(most, MIN(limit, WINDOW_MAP - offset % WINDOW_MAP));
    const uint8_t *bytes = map_range(reader, file, fd, offset, size);
    if (!bytes) {
        return false;
    }
    if (is_timed(reader)) {
        touch(bytes, size);
    }
    reader_note_use(file, offset + size);
    reader_view(reader, file, offset + size);
    reader_give(reader, window, bytes, size);
    return true;
}

static bool read_window(struct reader *reader, struct window *window, uint64_t most, GError **error)
{
    const struct segment *segment = reader_current(reader);
    const size_t size = (size_t)MIN(most, (uint64_t)WINDOW_READ);
    if (!reader_pread(reader, segment->file, reader->stage, size, segment->offset + reader->done,
                      error)) {
        return false;
    }
    reader_give(reader, window, reader->stage, size);
    return true;
}

enum reader_status reader_file_window(struct reader *reader, struct window *window, GError **error)
{
    const struct segment *segment = vector_segment(reader->vector, reader->index);
    struct file *file = segment->file;
    const uint64_t offset = segment->offset + reader->done;
    uint64_t length = MIN(reader_remaining(reader), reader_budget(reader));
    const int fd = files_descriptor(reader->files, file, error);
    if (fd < 0) {
        return READER_FAILED;
    }
    if (file->sparse) {
        const struct extent *extent = find_extent(reader, fd, file, offset);
        length = MIN(length, extent->end - offset);
        if (extent->hole) {
            reader_give_zeros(reader, window, length);
            reader_view(reader, file, offset + window->length);
            reader_note_use(file, offset + window->length);
            return READER_WINDOW;
        }
    }
    const uint64_t start = is_timed(reader) ? nanoseconds() : 0;
    const bool mapped = is_to_be_mapped(reader) && mapped_window(reader, window, fd, length);
    if (!mapped && !read_window(reader, window, length, error)) {
        return READER_FAILED;
    }
    trial_note(&reader->trial, mapped ? TRIAL_MAP : TRIAL_READ, window->iov.iov_len,
               start ? nanoseconds() - start : 0);
    return READER_WINDOW;
}
