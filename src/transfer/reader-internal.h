/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the parts of the reader share: reader.c the cursor, reader-file.c files, reader-stream.c
 * streams. */
#ifndef IOVTOOL_TRANSFER_READER_INTERNAL_H
#define IOVTOOL_TRANSFER_READER_INTERNAL_H

#include "transfer/extents.h"
#include "transfer/guard.h"
#include "transfer/reader.h"
#include "transfer/remote-ahead.h"
#include "transfer/ring.h"
#include "transfer/source-trouble.h"
#include "transfer/trial.h"

/* So much of a file is mapped at once; only the window that is shown has pages. */
#define MAP_SPAN ((size_t)256 * 1024 * 1024)

/* A slot of address space, into which one part of a file after the other is mapped. */
struct map_slot {
    uint8_t *start; /* NULL until the first use; aligned to WINDOW_MAP */
    struct guard *guard;
    const struct file *file; /* what is mapped: from `base` on, `length` bytes */
    uint64_t base;
    size_t length;
    uint8_t *shown; /* the pages of the latest window */
    size_t shown_length;
    bool failed; /* mapping does not work here: read from now on */
};

/* What is known of the small pieces so far, and the mapping of the file that most come from. */
struct dense {
    const struct file *file; /* the one that is mapped; NULL: none is */
    const uint8_t *start;
    struct guard *guard;
    uint64_t seen;
    uint64_t missed; /* pieces that the cache did not hold */
    size_t hinted;   /* the kernel was told of the segments before this one */
    bool tried;      /* mapping was thought of */
    bool cannot_ask; /* the kernel does not tell what the cache holds */
};

/* Shorter pieces of files than this are gathered: a mapping or a window of their own costs more. */
#define READER_SMALL_FILE_PIECE (64u * 1024u)

struct reader {
    const struct vector *vector;
    struct files *files;
    unsigned flags;
    enum slice_shortage shortage;
    void (*interrupted)(void *context);
    void *context;
    bool (*await)(void *context, int fd, GError **error);
    void *await_context;
    unreadable_fn *unreadable; /* NULL: what cannot be read is an error */
    void *unreadable_context;

    size_t index;  /* the current segment, and ... */
    uint64_t done; /* ... how many of its bytes were handed out */

    uint64_t to_skip; /* vector->pending_skip and _limit, as far as they are not used up */
    uint64_t allowed;

    uint8_t *stage; /* WINDOW_READ bytes */
    uint8_t *tile;  /* the pattern of segment tile_segment, repeated */
    size_t tile_length;
    size_t tile_segment;

    struct dense dense;
    struct trial trial; /* of mapping and reading long runs */
    struct map_slot slot;
    const struct file *viewed; /* the file that the window shows without having read it, and ... */
    uint64_t viewed_end;       /* ... where the window ends in it */
    size_t viewed_segment;
    struct extent extent; /* the latest looked up, of `extent_file` */
    const struct file *extent_file;

    struct remote_ahead *ahead; /* of remote segments; NULL before the first */

    struct ring *ring;     /* the tail of the stream that is being read */
    struct iovec parts[2]; /* STREAM_FROM_END: what is left of the ring */
    uint64_t padding;      /* STREAM_FROM_END: zeros to give before them */
    bool ring_full;        /* the stream was read to its end */
    bool started;          /* the stream stands where its segment begins */
    uint64_t position;     /* in the current file, when that is one that pread() reads */
};

/* The segment at the cursor. */
static inline const struct segment *reader_current(const struct reader *reader)
{
    return vector_segment(reader->vector, reader->index);
}

/* Sets *error to "SEGMENT: MESSAGE" for the current segment. Returns READER_FAILED. */
enum reader_status reader_error(const struct reader *reader, int code, const char *message,
                                GError **error);

/* The same for trouble with a read at `offset`, which counts as the offsets of segments do. */
enum reader_status reader_trouble(const struct reader *reader, uint64_t offset, int problem,
                                  GError **error);

/* The bytes still wanted of the current segment, when its length is known. */
uint64_t reader_remaining(const struct reader *reader);

/* An inherited descriptor will be left behind what was used of it. Others may be in several
 * threads. */
static inline void reader_note_use(struct file *file, uint64_t end)
{
    if (file->inherited) {
        file->consumed = MAX(file->consumed, end);
    }
}

/* The most that may still be taken from the segments, as the vector's pending skip and limit have
 * it. */
uint64_t reader_budget(const struct reader *reader);

/* Notes that the next window shows a file up to `end` by a mapping, or as a hole. */
static inline void reader_view(struct reader *reader, const struct file *file, uint64_t end)
{
    reader->viewed = file;
    reader->viewed_end = end;
    reader->viewed_segment = reader->index;
}

/* Makes a window of `length` bytes at the cursor, and moves the cursor. */
enum reader_status reader_give(struct reader *reader, struct window *window, const void *bytes,
                               size_t length);

/* The same for `length` bytes that repeat the `period` bytes at the start of the tile_length bytes
 * at `tile`. */
enum reader_status reader_give_repeat(struct reader *reader, struct window *window,
                                      const uint8_t *tile, size_t tile_length, uint32_t period,
                                      uint64_t length);

/* Zeros, `length` of them or as many as fit. */
enum reader_status reader_give_zeros(struct reader *reader, struct window *window, uint64_t length);

/* reader-file.c. A window of the large rest of a file segment: a hole, mapped, or read. */
enum reader_status reader_file_window(struct reader *reader, struct window *window, GError **error);
/* Reads exactly `length` bytes at the cursor. */
bool reader_pread(struct reader *reader, struct file *file, uint8_t *to, size_t length,
                  uint64_t offset, GError **error);
void reader_unmap(struct reader *reader);

/* reader-small.c. Copies `length` bytes of a file at `offset`, a small piece of the current
 * segment. */
bool reader_small_piece(struct reader *reader, struct file *file, uint8_t *to, size_t length,
                        uint64_t offset, GError **error);
/* False when bytes copied from the mapping may not have been the file's: copy them again after
 * reader_drop_dense(). */
bool reader_dense_is_intact(const struct reader *reader);
void reader_drop_dense(struct reader *reader);

/* reader-remote.c. A window of a remote segment; and its next `length` bytes, copied. */
enum reader_status reader_remote_window(struct reader *reader, struct window *window,
                                        GError **error);
bool reader_remote_piece(struct reader *reader, uint8_t *to, size_t length, GError **error);

/* reader-stream.c. READER_END when the segment is over. */
void reader_forget_stream(struct reader *reader); /* when the cursor leaves the segment */
enum reader_status reader_stream_window(struct reader *reader, struct window *window,
                                        GError **error);

#endif
