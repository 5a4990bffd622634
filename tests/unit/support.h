/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the tests of segments and readers share: a folder of their own to be in, files and pipes
 * with known bytes, and a model of a vector, which is nothing but its bytes written out.
 */
#ifndef IOVTOOL_TESTS_SUPPORT_H
#define IOVTOOL_TESTS_SUPPORT_H

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <inttypes.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "segment/error.h"
#include "segment/files.h"
#include "segment/resolve.h"
#include "segment/spec.h"
#include "segment/vector.h"
#include "transfer/reader.h"

/* With no bytes the addresses may be NULL. */
#define assert_same_bytes(a, b, length) g_assert_true((length) == 0 || memcmp(a, b, length) == 0)

static inline void assert_array_is(const GByteArray *array, const void *bytes, size_t length)
{
    g_assert_cmpuint(array->len, ==, length);
    assert_same_bytes(array->data, bytes, length);
}

static inline void assert_same_array(const GByteArray *a, const GByteArray *b)
{
    assert_array_is(a, b->data, b->len);
}

/* ---- A folder of one's own ------------------------------------------------------------------- */

/* Makes an empty folder and goes there, so that tests can give files short names. */
static inline char *scratch_enter(void)
{
    g_autoptr(GError) error = NULL;
    char *folder = g_dir_make_tmp("iovtool-test-XXXXXX", &error);

    g_assert_no_error(error);
    g_assert_cmpint(g_chdir(folder), ==, 0);
    return folder;
}

static inline int scratch_remove(const char *path, const struct stat *status, int type,
                                 struct FTW *walk)
{
    (void)status;
    (void)type;
    (void)walk;
    return remove(path);
}

/* Removes the folder and what is in it. */
static inline void scratch_leave(char *folder)
{
    g_assert_cmpint(g_chdir("/"), ==, 0);
    g_assert_cmpint(nftw(folder, scratch_remove, 8, FTW_DEPTH | FTW_PHYS), ==, 0);
    g_free(folder);
}

/* g_test_run() in such a folder. */
static inline int scratch_run(void)
{
    char *folder = scratch_enter();
    const int status = g_test_run();

    scratch_leave(folder);
    return status;
}

/* ---- Files and pipes ------------------------------------------------------------------------- */

/* Bytes without a period, so that a wrong offset shows; never 0, so that stray zeros do. */
static inline uint8_t noise_at(uint64_t offset)
{
    uint64_t x = (offset + 1) * UINT64_C(0x9e3779b97f4a7c15);

    x ^= x >> 29;
    x *= UINT64_C(0xbf58476d1ce4e5b9);
    return (uint8_t)(x >> 33 | 1);
}

static inline uint8_t *noise(uint64_t start, size_t length)
{
    uint8_t *bytes = g_malloc(MAX(length, 1));

    for (size_t i = 0; i < length; i++) {
        bytes[i] = noise_at(start + i);
    }
    return bytes;
}

static inline void write_all(int fd, const void *bytes, size_t length)
{
    for (size_t done = 0; done < length;) {
        const ssize_t n = write(fd, (const uint8_t *)bytes + done, length - done);

        g_assert_cmpint(n, >, 0);
        done += (size_t)n;
    }
}

/*
 * A new file of that name: some file systems are slow to truncate one that they have not written
 * yet.
 */
static inline void write_file(const char *name, const void *bytes, size_t length)
{
    unlink(name);
    const int fd = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

    g_assert_cmpint(fd, >=, 0);
    write_all(fd, bytes, length);
    close(fd);
}

/* A pipe that holds those bytes (at most 64 KiB) and then ends; returns its read end. */
static inline int pipe_with(const void *bytes, size_t length)
{
    int ends[2];

    g_assert_cmpint(pipe2(ends, O_CLOEXEC), ==, 0);
    g_assert_cmpuint(length, <=, 65536);
    write_all(ends[1], bytes, length);
    close(ends[1]);
    return ends[0];
}

/* All that is left to read, however long that takes. */
static inline GByteArray *read_rest(int fd)
{
    GByteArray *rest = g_byte_array_new();
    uint8_t buffer[4096];
    ssize_t n;

    while ((n = read(fd, buffer, sizeof(buffer))) != 0) {
        g_assert_true(n > 0 || errno == EINTR || errno == EAGAIN);
        g_byte_array_append(rest, buffer, (guint)MAX(n, 0));
    }
    return rest;
}

static inline unsigned open_descriptors(void)
{
    DIR *folder = opendir("/proc/self/fd");
    unsigned count = 0;

    g_assert_nonnull(folder);
    while (readdir(folder)) {
        count++;
    }
    closedir(folder);
    return count;
}

/*
 * Runs `body` in a child process that may change what it likes about itself; a failed assertion
 * there fails the test.
 */
static inline void in_child(void (*body)(void))
{
    int status;
    const pid_t child = fork();

    g_assert_cmpint(child, >=, 0);
    if (child == 0) {
        body();
        _exit(0);
    }
    g_assert_cmpint(waitpid(child, &status, 0), ==, child);
    g_assert_cmpint(status, ==, 0);
}

/* ---- Vectors --------------------------------------------------------------------------------- */

/* A vector with its files, and the way words get into it. */
struct subject {
    struct files *files;
    struct vector *vector;
    struct resolver *resolver;
    enum slice_shortage shortage;
};

static inline struct subject subject_new(enum slice_shortage shortage)
{
    struct subject subject = { .files = files_new(), .vector = vector_new(), .shortage = shortage };

    subject.resolver = resolver_new(subject.files, subject.vector, shortage);
    return subject;
}

static inline void subject_free(struct subject *subject)
{
    resolver_free(subject->resolver);
    vector_free(subject->vector);
    files_free(subject->files);
}

static inline bool subject_add(struct subject *subject, const char *word, GError **error)
{
    return resolver_add(subject->resolver, word, strlen(word), error);
}

static inline void subject_add_good(struct subject *subject, const char *word)
{
    g_autoptr(GError) error = NULL;

    subject_add(subject, word, &error);
    g_assert_no_error(error);
}

static inline const struct segment *subject_last(const struct subject *subject)
{
    g_assert_cmpuint(vector_count(subject->vector), >, 0);
    return vector_segment(subject->vector, vector_count(subject->vector) - 1);
}

/* The error must be `message` to the letter. */
static inline void assert_segment_error(const GError *error, enum iovtool_error code,
                                        const char *message)
{
    g_assert_error(error, IOVTOOL_ERROR, (int)code);
    g_assert_cmpstr(error->message, ==, message);
}

/* ---- The model ------------------------------------------------------------------------------- */

/* The bytes of a vector, and how many of them each segment has. */
struct model {
    GByteArray *bytes;
    GArray *lengths; /* of uint64_t */
    uint64_t first;  /* vector offset of bytes[0], as if nothing had been skipped */
};

static inline struct model model_new(void)
{
    return (struct model){ .bytes = g_byte_array_new(),
                           .lengths = g_array_new(FALSE, FALSE, sizeof(uint64_t)) };
}

static inline void model_clear(struct model *model)
{
    g_byte_array_unref(model->bytes);
    g_array_unref(model->lengths);
}

/* One more segment that has these bytes. */
static inline void model_add(struct model *model, const void *bytes, uint64_t length)
{
    if (length > 0) {
        g_byte_array_append(model->bytes, bytes, (guint)length);
    }
    g_array_append_val(model->lengths, length);
}

/* Where in the vector's segments the byte at the vector offset `at` is. */
static inline void model_locate(const struct model *model, uint64_t at, size_t *segment,
                                uint64_t *within)
{
    for (*segment = 0; *segment < model->lengths->len; ++*segment) {
        const uint64_t length = g_array_index(model->lengths, uint64_t, *segment);

        if (at < length) {
            break;
        }
        at -= length;
    }
    *within = at;
}

/* What reader.h promises of every window, whatever its bytes. */
static inline void assert_window_shape(const struct window *window, unsigned flags)
{
    const uint8_t *bytes = window->iov.iov_base;
    const size_t held = window->iov.iov_len;

    g_assert_cmpuint(held, >, 0);
    if (window->period == 0) {
        g_assert_cmpuint(window->length, ==, held);
        return;
    }
    g_assert_true(flags & READER_REPEATS);
    g_assert_cmpuint(window->length, >, held);
    g_assert_cmpuint(held % window->period, ==, 0);
    assert_same_bytes(bytes + window->period, bytes, held - window->period);
}

/* The window's bytes, repeated as often as it says, are those of the model at `at`. */
static inline void assert_window_bytes(const struct window *window, const struct model *model,
                                       uint64_t at)
{
    g_assert_cmpuint(window->length, <=, model->bytes->len - at);
    for (uint64_t done = 0; done < window->length; done += window->iov.iov_len) {
        const size_t length = (size_t)MIN(window->length - done, window->iov.iov_len);

        assert_same_bytes(window->iov.iov_base, model->bytes->data + at + done, length);
    }
}

static inline void assert_window_place(const struct window *window, const struct model *model,
                                       uint64_t at, unsigned flags)
{
    size_t segment;
    uint64_t within;

    model_locate(model, model->first + at, &segment, &within);
    g_assert_cmpuint(window->segment, ==, segment);
    g_assert_cmpuint(window->within, ==, within);
    if (flags & READER_SPLIT) {
        g_assert_cmpuint(within + window->length, <=,
                         g_array_index(model->lengths, uint64_t, segment));
    }
}

/*
 * Reads the vector to its end, which must give the model's bytes in well-formed windows. Returns
 * how many windows there were.
 */
static inline unsigned assert_reads_as(const struct vector *vector, struct files *files,
                                       unsigned flags, enum slice_shortage shortage,
                                       const struct model *model)
{
    struct reader *reader = reader_new(vector, files, flags, shortage);
    enum reader_status status;
    struct window window;
    g_autoptr(GError) error = NULL;
    unsigned windows = 0;
    uint64_t at = 0;

    while ((status = reader_next(reader, &window, &error)) == READER_WINDOW) {
        assert_window_shape(&window, flags);
        assert_window_bytes(&window, model, at);
        assert_window_place(&window, model, at, flags);
        g_assert_true(reader_intact(reader, &error));
        at += window.length;
        windows++;
    }
    g_assert_no_error(error);
    g_assert_cmpint(status, ==, READER_END);
    g_assert_cmpuint(at, ==, model->bytes->len);
    g_assert_cmpint(reader_next(reader, &window, &error), ==, READER_END);
    reader_free(reader);
    return windows;
}

/*
 * Reads the vector to its end or to an error. The bytes that came before that, repeats written out.
 */
static inline GByteArray *read_vector(const struct vector *vector, struct files *files,
                                      unsigned flags, enum slice_shortage shortage, GError **error)
{
    struct reader *reader = reader_new(vector, files, flags, shortage);
    GByteArray *bytes = g_byte_array_new();
    enum reader_status status;
    struct window window;

    while ((status = reader_next(reader, &window, error)) == READER_WINDOW) {
        assert_window_shape(&window, flags);
        for (uint64_t done = 0; done < window.length; done += window.iov.iov_len) {
            g_byte_array_append(bytes, window.iov.iov_base,
                                (guint)MIN(window.length - done, window.iov.iov_len));
        }
    }
    g_assert_cmpint(status, ==, error && *error ? READER_FAILED : READER_END);
    reader_free(reader);
    return bytes;
}

#endif
