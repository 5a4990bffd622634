/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The table of open files: every file named by any segment, opened once and looked at (fstat) once,
 * however many segments name it.
 *
 * There may be far more files than descriptors. When the kernel has no more, the soft limit is
 * raised to the hard one, and then the least recently used files are closed; a file is opened again
 * when its bytes are wanted, and must then still be the same inode. Pipes, character devices and
 * inherited descriptors cannot be opened again and stay open.
 */
#ifndef IOVTOOL_SEGMENT_FILES_H
#define IOVTOOL_SEGMENT_FILES_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct stat;
struct remote; /* source/remote.h */

struct file {
    char *name; /* as the user wrote it: a path, "-", "fd:N", a URI or server:NAME */
    size_t name_length;
    int fd;          /* -1 while closed: use files_descriptor() */
    bool inherited;  /* "-" or fd:N */
    bool stays_open; /* cannot be opened again: temporary */
    bool stream;     /* has no size: read until it ends; `size` means nothing */
    bool positioned; /* stream: a file of procfs and the like, which pread() reads at any offset */
    bool can_seek_over; /* stream: a character device whose position can be moved instead of reading
                         */
    bool missing;       /* there is none: it is to be made (files_plan) */
    bool unopened;      /* a FIFO that was only looked at so far: files_open_fifo() */
    bool sparse;        /* has holes, as far as its count of blocks shows */
    struct remote *remote; /* what a URI names; has no descriptor */
    dev_t device;
    ino_t inode;
    mode_t type;   /* S_IFMT of it: inode numbers are used again */
    uint64_t base; /* where an inherited descriptor stood; 0 for others */
    uint64_t size; /* the absolute end, at least base */
    /* stream: bytes read so far (positioned: the largest offset that was read up to), and the end
     * of the last segment that resolve planned on it */
    uint64_t position;
    uint64_t planned;
    unsigned side;     /* of files_new_side(): who uses the stream, or the inherited descriptor; 0:
                       * nobody so far */
    bool named_whole;  /* inherited and not a stream: some segment of it has no range ... */
    bool both_sides;   /* ... and segments of several sides have one */
    uint64_t consumed; /* inherited and not a stream: the absolute end of what was used of it */
    unsigned tail_checks; /* resolve: how often NAME@... was looked for */
    bool tails_clear;     /* resolve: no file is called NAME@... */
    GList link;           /* in the list of closable files, least recently used last */
};

struct files *files_new(void);
/* Closes everything but inherited descriptors. */
void files_free(struct files *files);

/* The file of that name if it was opened before, else NULL. `name` need not end with a NUL. */
struct file *files_find(struct files *files, const char *name, size_t length);

/* Opens `name`, or finds it. Fails with IOVTOOL_ERROR_SOURCE: missing, no permission, a directory,
 * a socket. The file belongs to the table. */
struct file *files_open(struct files *files, const char *name, size_t length, GError **error);

/*
 * The same for a file that will be written: one that does not exist is planned, as `missing` and
 * with a size of 0. Nothing can be read from it.
 */
struct file *files_plan(struct files *files, const char *name, size_t length, GError **error);

/* Opens what URIs name. */
struct remote_opener {
    /* Fails, or says how many bytes there are. */
    struct remote *(*open)(void *context, const char *uri, uint64_t *size, GError **error);
    void (*free)(void *context); /* when the table is freed */
    void *context;
};

/* From now on URIs are opened by `opener`, unless one was set before. */
void files_set_remote(struct files *files, const struct remote_opener *opener);
bool files_have_remote(const struct files *files);

/* The file that a URI names, opened once: a URI without a path is that with "/" as its path. Fails
 * as the opener does. */
struct file *files_open_remote(struct files *files, const char *uri, size_t length, GError **error);

/* enum segment_kind of a range of the file, which is no stream; NULL is a file that is missing. */
uint8_t file_segment_kind(const struct file *file);

/* The file of an inherited descriptor. Fails when it is not open, or not open for reading. */
struct file *files_inherit(struct files *files, int fd, GError **error);

/*
 * True for an open file that has a size; false for one of procfs, sysfs or tracefs that says a size
 * it does not have, and must be read to find out. No byte is taken from one that hands out each of
 * its bytes once. *positioned says whether pread() reads a file without a size at any offset.
 */
bool file_has_size(int fd, const struct stat *status, bool *positioned);

/* A number for a vector that is made of these files, such as one side of a comparison: what can be
 * read once can serve only one. From 1 on. */
unsigned files_new_side(struct files *files);

/*
 * The file that is `file`, or reads the same pipe, socket or inherited file description as it does,
 * and is used by a side that is not `side`; NULL if there is none.
 */
const struct file *files_on_other_side(struct files *files, const struct file *file, unsigned side);

/* The same for another name of the stream `file` that is used, by whatever side. */
const struct file *files_other_name(struct files *files, const struct file *file);

/* Takes over the descriptor of an unlinked temporary file of `size` bytes, which may grow. It stays
 * open. */
struct file *files_add_temporary(struct files *files, int fd, uint64_t size);

/* True when some segment names the inherited descriptor `fd`, or one that shares its position. */
bool files_inherited_is_used(struct files *files, int fd);

/* The inherited descriptor `fd` was read as a text, and with it all that share its position. */
void files_note_text(struct files *files, int fd);
bool files_is_text(const struct files *files, int fd);

/* Opens a FIFO that is `unopened`, and waits for whoever writes: when its bytes are wanted, and not
 * before, so that what is refused is refused at once. */
bool files_open_fifo(struct file *file, GError **error);

/* True when `fd` is the file that was looked at; of one that was missing, when it has the type that
 * was expected. Else sets *error to say that it was replaced. */
bool file_is_still(const struct file *file, int fd, GError **error);

/* A descriptor to read `file` with, valid until the next call of a files_ function. Opens it again
 * when it had been closed. */
int files_descriptor(struct files *files, struct file *file, GError **error);

/*
 * Keeps every file open from now on, so that several threads may ask for descriptors. False when
 * some file was closed already, since there are not enough descriptors for all of them.
 */
bool files_freeze(struct files *files);

/* Leaves every inherited descriptor that can seek directly after the last byte used of it
 * (file->consumed). */
bool files_settle(struct files *files, GError **error);

#endif
