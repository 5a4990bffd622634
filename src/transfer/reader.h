/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The bytes of a vector, window by window. Segment data is read and mapped by reader*.c; beside
 * them source-trouble.c looks for what cannot be read, engine-inside.c reads what is to be moved
 * within a file, and discard-undo.c what it saves (tests/includes.bats knows all of them).
 *
 * A window is one struct iovec of memory that stays valid until the next window is asked for.
 * Together the windows are the vector, in order, without gap. How they come about:
 *   - long runs of a file are mapped, at most WINDOW_MAP bytes at once and populated, so that
 *     memory stays flat; where that fails, is slower (transfer/trial.h) or with READER_NO_MAP they
 *     are read, WINDOW_READ bytes at once. A file that shrinks is an error either way
 *     (transfer/guard.h);
 *   - neighbouring small pieces are gathered into one window;
 *   - a stream gives a window for each read(), so that its bytes arrive as they come, and never
 *     more is taken from it than asked for;
 *   - the bytes of remotes are asked for ahead, many at once (transfer/remote-ahead.h);
 *   - fills, the zeros of remotes, and the holes of sparse files, are never expanded: with
 *     READER_REPEATS they come as one window of any length.
 */
#ifndef IOVTOOL_TRANSFER_READER_H
#define IOVTOOL_TRANSFER_READER_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "segment/files.h"
#include "segment/vector.h"
#include "transfer/window.h"

#define WINDOW_MAP (2u * 1024u * 1024u)
#define WINDOW_READ (256u * 1024u)

enum reader_flags {
    READER_REPEATS = 1 << 0, /* windows may be longer than their iov: see struct window */
    READER_SPLIT = 1 << 1,   /* a window never spans two segments */
    READER_NO_MAP = 1 << 2,  /* the plain path: read, never map */
    READER_MAP = 1 << 3,     /* map long runs without trying whether that is faster; for tests */
};

enum reader_status { READER_FAILED = -1, READER_END = 0, READER_WINDOW = 1 };

struct reader;

/* `shortage` says what to do when a stream ends before its range does. Vector and files must
 * outlive the reader. */
struct reader *reader_new(const struct vector *vector, struct files *files, unsigned flags,
                          enum slice_shortage shortage);
void reader_free(struct reader *reader);

/*
 * Reads the first bytes of every file of the vector that has no size and that pread() reads, and
 * drops them: their errors are known then before anything else happens. Takes no byte away.
 */
bool reader_try_unsized(const struct vector *vector, struct files *files,
                        enum slice_shortage shortage, GError **error);

/* Called with a range of a file that cannot be read; `offset` is absolute. */
typedef void unreadable_fn(void *context, struct file *file, uint64_t offset, uint64_t length);

/* From now on blocks of a file that its device cannot read are zeros, and `unreadable` is told. For
 * a reader with READER_NO_MAP: a mapping does not say what it lacks. */
void reader_on_unreadable(struct reader *reader, unreadable_fn *unreadable, void *context);

/* Calls `interrupted` whenever a signal interrupts the wait for a stream. */
void reader_on_interrupt(struct reader *reader, void (*interrupted)(void *context), void *context);

/* Calls `await` before each read() of a stream, to wait until that has something; false sets *error
 * and ends the run. */
void reader_on_wait(struct reader *reader, bool (*await)(void *context, int fd, GError **error),
                    void *context);

/* The next window, the end, or an error (IOVTOOL_ERROR_SOURCE, IOVTOOL_ERROR_RANGE) that names the
 * segment. */
enum reader_status reader_next(struct reader *reader, struct window *window, GError **error);

/* True when the next window may be long in coming: it is read from a stream. */
bool reader_may_wait(struct reader *reader);

/* What a file still has to give to the segment at the cursor. */
struct file_range {
    const struct file *file;
    uint64_t offset; /* absolute */
    uint64_t length;
};

/* True when the next bytes come from a file that is no stream. */
bool reader_at_file(struct reader *reader, struct file_range *range);

/*
 * Passes over `length` bytes, at most those of reader_at_file(), without reading them. *window
 * tells where they are, and has no iov. Equal to asking for windows and not looking at them.
 */
void reader_pass(struct reader *reader, uint64_t length, struct window *window);

/* Passes over `length` bytes of segments that are no streams, without reading them. */
void reader_skip(struct reader *reader, uint64_t length);

/* False when the regular file now ends before `end`. */
bool reader_still_reaches(const struct file *file, uint64_t end);

/*
 * False, with *error set, when a file shrank under the current window, so that some of its bytes
 * read as zeros: ask before the bytes, or what was made of them, leave the program.
 */
bool reader_intact(const struct reader *reader, GError **error);

#endif
