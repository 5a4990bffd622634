/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An undo file is
 *
 *     iovtool undo 2
 *     size SIZE
 *     front N
 *     back N
 *     check SHA256
 *     name BYTES
 *     NAME
 *
 * with decimal numbers, NAME the absolute path, and then the front's bytes and the back's. SHA256
 * is that of up to 64 KiB behind the front, and then of up to 64 KiB before the back: what tells
 * the file from others of its size.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/falloc.h>
#include <string.h>
#include <unistd.h>

#include "cli/file-name.h"
#include "command/discard-in-place.h"
#include "command/discard-internal.h"
#include "core/restart.h"
#include "core/zero.h"
#include "segment/error.h"

#define MAGIC "iovtool undo 2\n"
#define EDGE 65536u
#define CHECK_DIGITS 64u /* of SHA-256 */
#define PATH_MAX_BYTES 4096u
#define HEADER_MAX (sizeof(MAGIC) + 4 * 32 + CHECK_DIGITS + 16 + PATH_MAX_BYTES)
#define CHUNK (1024u * 1024u)

/* What an undo file says; its saved bytes start at `data`. */
struct undo {
    char *path;
    uint64_t size;
    uint64_t front;
    uint64_t back;
    char check[CHECK_DIGITS + 1];
    uint64_t data;
    struct file *saved; /* the undo file itself */
};

static uint64_t rest_of(const struct undo *undo)
{
    return undo->size - undo->front - undo->back;
}

/* ---- Bytes of open files ---- */

/* False, with *error set, when they are not there or cannot be read. */
static bool read_at(const struct file *file, void *to, size_t length, uint64_t offset,
                    GError **error)
{
    size_t got;
    const int problem = restart_pread_full(file->fd, to, length, (off_t)offset, &got);
    if (problem) {
        return file_errno(file->name, problem, error);
    }
    return got == length || file_error(file->name, "the file shrank while it was read", error);
}

/* The digest of the bytes next to the cuts, where the file has `rest` bytes between them from
 * `offset` on. */
static bool check_of(const struct file *file, uint64_t offset, uint64_t rest,
                     char check[CHECK_DIGITS + 1], GError **error)
{
    const size_t edge = (size_t)MIN(rest, (uint64_t)EDGE);
    g_autofree uint8_t *bytes = g_malloc(2 * EDGE);
    if (!read_at(file, bytes, edge, offset, error) ||
        !read_at(file, bytes + edge, edge, offset + rest - edge, error)) {
        return false;
    }
    g_autofree char *digest = g_compute_checksum_for_data(G_CHECKSUM_SHA256, bytes, 2 * edge);
    g_strlcpy(check, digest, CHECK_DIGITS + 1);
    return true;
}

/* How many of `length` bytes are the same in both. UINT64_MAX sets *error. */
static uint64_t common_prefix(const struct file *a, uint64_t a_offset, const struct file *b,
                              uint64_t b_offset, uint64_t length, GError **error)
{
    g_autofree uint8_t *left = g_malloc(CHUNK);
    g_autofree uint8_t *right = g_malloc(CHUNK);
    for (uint64_t done = 0; done < length;) {
        const size_t size = (size_t)MIN(length - done, (uint64_t)CHUNK);
        if (!read_at(a, left, size, a_offset + done, error) ||
            !read_at(b, right, size, b_offset + done, error)) {
            return UINT64_MAX;
        }
        if (memcmp(left, right, size) != 0) {
            size_t same = 0;
            while (left[same] == right[same]) {
                same++;
            }
            return done + same;
        }
        done += size;
    }
    return length;
}

static bool is_zero(const struct file *file, uint64_t offset, uint64_t length)
{
    g_autofree uint8_t *bytes = g_malloc(CHUNK);
    for (uint64_t done = 0; done < length;) {
        const size_t size = (size_t)MIN(length - done, (uint64_t)CHUNK);
        if (!read_at(file, bytes, size, offset + done, NULL) || !zero_test(bytes, size)) {
            return false;
        }
        done += size;
    }
    return true;
}

static bool write_at(int fd, const char *path, const uint8_t *bytes, size_t length, uint64_t offset,
                     GError **error)
{
    for (size_t written = 0; written < length;) {
        const ssize_t n =
            restart_pwrite(fd, bytes + written, length - written, (off_t)(offset + written));
        if (n < 0) {
            return file_errno(path, errno, error);
        }
        written += (size_t)n;
    }
    return true;
}

/* Copies saved bytes, from `from` on, into the file and onto the disk. */
static bool put_back(const struct undo *undo, int fd, uint64_t from, uint64_t length,
                     uint64_t offset, GError **error)
{
    g_autofree uint8_t *bytes = g_malloc(CHUNK);
    for (uint64_t done = 0; done < length;) {
        const size_t size = (size_t)MIN(length - done, (uint64_t)CHUNK);
        if (!read_at(undo->saved, bytes, size, from + done, error) ||
            !write_at(fd, undo->path, bytes, size, offset + done, error)) {
            return false;
        }
        done += size;
    }
    return restart_fsync(fd) == 0 || file_errno(undo->path, errno, error);
}

/* ---- Saving ---- */

bool discard_save_undo(struct files *files, struct file *file, const char *path, uint64_t front,
                       uint64_t back, const char *undo_path, GError **error)
{
    const struct destination_options options = { .no_clobber = TRUE, .secret = true };
    char check[CHECK_DIGITS + 1];
    if (!check_of(file, front, file->size - front - back, check, error)) {
        return false;
    }
    struct vector *vector = vector_new();
    g_autofree char *header = g_strdup_printf(MAGIC "size %" PRIu64 "\nfront %" PRIu64
                                                    "\nback %" PRIu64 "\ncheck %s\nname %zu\n%s\n",
                                              file->size, front, back, check, strlen(path), path);
    const size_t length = strlen(header);
    const struct segment start = {
        .kind = SEGMENT_BYTES,
        .bytes = vector_keep(vector, header, length),
        .length = length,
    };
    const bool ok = vector_append(vector, &start, error) &&
                    discard_append(vector, file, 0, front, error) &&
                    discard_append(vector, file, file->size - back, back, error) &&
                    discard_write_whole(files, vector, undo_path, options, error);
    vector_free(vector);
    return ok;
}

/* ---- Reading ---- */

/* One line "WORD NUMBER\n" at *at. */
static bool parse_line(const char **at, const char *word, uint64_t *number)
{
    char *end;
    if (!g_str_has_prefix(*at, word) || !g_ascii_isdigit((*at)[strlen(word)])) {
        return false;
    }
    *number = g_ascii_strtoull(*at + strlen(word), &end, 10);
    *at = end + 1;
    return *end == '\n' && *number <= SEGMENT_LENGTH_MAX;
}

static bool parse_check(const char **at, char check[CHECK_DIGITS + 1])
{
    static const char word[] = "check ";
    if (!g_str_has_prefix(*at, word)) {
        return false;
    }
    *at += strlen(word);
    if (strspn(*at, "0123456789abcdef") != CHECK_DIGITS || (*at)[CHECK_DIGITS] != '\n') {
        return false;
    }
    g_strlcpy(check, *at, CHECK_DIGITS + 1);
    *at += CHECK_DIGITS + 1;
    return true;
}

static bool parse_header(const char *text, uint64_t undo_size, struct undo *undo)
{
    const char *at = text + strlen(MAGIC);
    uint64_t name;
    if (!g_str_has_prefix(text, MAGIC) || !parse_line(&at, "size ", &undo->size) ||
        !parse_line(&at, "front ", &undo->front) || !parse_line(&at, "back ", &undo->back) ||
        !parse_check(&at, undo->check) || !parse_line(&at, "name ", &name) ||
        name >= PATH_MAX_BYTES || strlen(at) <= name || at[name] != '\n') {
        return false;
    }
    undo->path = g_strndup(at, (size_t)name);
    undo->data = (uint64_t)(at - text) + name + 1;
    return undo->front <= undo->size && undo->back <= undo->size - undo->front &&
           undo->data + undo->front + undo->back == undo_size;
}

static bool read_header(const char *undo_path, struct undo *undo, GError **error)
{
    g_autofree char *text = g_malloc0(HEADER_MAX + 1);
    size_t got;
    const int problem = restart_pread_full(undo->saved->fd, text, HEADER_MAX, 0, &got);
    if (problem) {
        return file_errno(undo_path, problem, error);
    }
    return parse_header(text, undo->saved->size, undo) ||
           file_error(undo_path, "is not an undo file, or not whole", error);
}

/* ---- Undoing ---- */

enum state {
    STATE_UNREADABLE, /* *error is set */
    STATE_OTHER,      /* another file, or changed since */
    STATE_CUT,        /* the rest, and what is there of the back */
    STATE_FRONT_LEFT, /* whole but for zeros at the end of its front: see restore_in_place() */
    STATE_WHOLE,
};

/* Whether the rest begins at `offset` of the file. */
static enum state check_rest(const struct undo *undo, const struct file *file, uint64_t offset,
                             GError **error)
{
    char check[CHECK_DIGITS + 1];
    if (!check_of(file, offset, rest_of(undo), check, error)) {
        return STATE_UNREADABLE;
    }
    return strcmp(check, undo->check) == 0 ? STATE_CUT : STATE_OTHER;
}

/* Of a file as long as the original. */
static enum state state_of_whole(const struct undo *undo, const struct file *file, GError **error)
{
    const uint64_t front = common_prefix(file, 0, undo->saved, undo->data, undo->front, error);
    const uint64_t back = front == UINT64_MAX
                              ? front
                              : common_prefix(file, undo->size - undo->back, undo->saved,
                                              undo->data + undo->front, undo->back, error);
    if (back == UINT64_MAX) {
        return STATE_UNREADABLE;
    }
    if (back < undo->back) {
        return STATE_OTHER;
    }
    if (front == undo->front) {
        return STATE_WHOLE;
    }
    return is_zero(file, front, undo->front - front) ? STATE_FRONT_LEFT : STATE_OTHER;
}

static enum state state_of(const struct undo *undo, const struct file *file, GError **error)
{
    const uint64_t rest = rest_of(undo);
    enum state state = STATE_OTHER;
    if (file->size == undo->size) {
        state = check_rest(undo, file, undo->front, error);
        state = state == STATE_CUT ? state_of_whole(undo, file, error) : state;
    }
    if (state == STATE_OTHER && file->size >= rest && file->size - rest <= undo->back) {
        const uint64_t there = file->size - rest;
        state = check_rest(undo, file, 0, error);
        const uint64_t back =
            state == STATE_CUT
                ? common_prefix(file, rest, undo->saved, undo->data + undo->front, there, error)
                : there;
        state = back == UINT64_MAX ? STATE_UNREADABLE : back < there ? STATE_OTHER : state;
    }
    return state;
}

static bool refuse(const struct undo *undo, const struct file *file, GError **error)
{
    const uint64_t rest = rest_of(undo);
    if (file->size == undo->size || file->size == rest || file->size == rest + undo->back) {
        return file_error(file->name,
                          "cannot be restored: it is not what the discard left, or was changed "
                          "since",
                          error);
    }
    g_autofree char *problem = g_strdup_printf("cannot be restored: it has %" PRIu64
                                               " bytes, where the discard left %" PRIu64,
                                               file->size, rest);
    return file_error(file->name, problem, error);
}

/* The saved front, what is left, the saved back as far as it is gone, as a new file. */
static bool restore_by_new_file(struct files *files, const struct undo *undo, struct file *file,
                                const struct stat *status, GError **error)
{
    const struct destination_options options = { .only = status };
    const uint64_t there = file->size - rest_of(undo);
    struct vector *whole = vector_new();
    const bool ok = discard_append(whole, undo->saved, undo->data, undo->front, error) &&
                    discard_append(whole, file, 0, file->size, error) &&
                    discard_append(whole, undo->saved, undo->data + undo->front + there,
                                   undo->back - there, error) &&
                    discard_write_whole(files, whole, undo->path, options, error);
    vector_free(whole);
    return ok;
}

/* Room for the front; without it the file is left as it was. */
static bool insert_front(const struct undo *undo, int fd, const struct file *file, GError **error)
{
    if (undo->front == 0 ||
        restart_fallocate(fd, FALLOC_FL_INSERT_RANGE, 0, (off_t)undo->front) == 0) {
        return true;
    }
    g_autofree char *problem = g_strconcat(
        "has other names, and its front cannot be put back in place: ", g_strerror(errno), NULL);
    (void)!restart_ftruncate(fd, (off_t)file->size); /* else it is a state to go on from as well */
    return file_error(undo->path, problem, error);
}

/*
 * Of a file with other names, which shall all see it: each step leaves a state that state_of()
 * knows. The back is appended; then whole blocks are inserted at the front, which read as zeros,
 * and overwritten.
 */
static bool restore_in_place(const struct undo *undo, const struct file *file,
                             const struct stat *status, enum state state, GError **error)
{
    if (!name_is_unchanged(undo->path, status, error)) {
        return false;
    }
    const int fd = discard_reopen(undo->path, O_RDWR, status, error);
    if (fd < 0) {
        return false;
    }
    bool ok = true;
    if (state == STATE_CUT) {
        const uint64_t there = file->size - rest_of(undo);
        ok = put_back(undo, fd, undo->data + undo->front + there, undo->back - there, file->size,
                      error) &&
             insert_front(undo, fd, file, error);
    }
    ok = ok && put_back(undo, fd, undo->data, undo->front, 0, error);
    if (restart_close(fd) != 0 && ok) {
        ok = file_errno(undo->path, errno, error);
    }
    return ok;
}

static bool restore(struct files *files, const struct undo *undo, struct file *file,
                    const struct stat *status, GError **error)
{
    const enum state state = state_of(undo, file, error);
    switch (state) {
    case STATE_UNREADABLE:
        return false;
    case STATE_OTHER:
        return refuse(undo, file, error);
    case STATE_WHOLE:
        return true;
    case STATE_CUT:
        if (status->st_nlink == 1) {
            return restore_by_new_file(files, undo, file, status, error);
        }
        break;
    case STATE_FRONT_LEFT:
        if (status->st_nlink == 1) {
            return refuse(undo, file, error); /* restore_in_place() has not done this */
        }
        break;
    }
    return restore_in_place(undo, file, status, state, error);
}

bool in_place_undo(const char *undo_path, GError **error)
{
    struct files *files = files_new();
    struct undo undo = { .path = NULL };
    struct stat status;
    undo.saved = discard_open(files, undo_path, &status, error);
    bool ok = undo.saved && read_header(undo_path, &undo, error);
    if (ok) {
        struct file *file = discard_open(files, undo.path, &status, error);
        ok = file && restore(files, &undo, file, &status, error);
    }
    files_free(files);
    g_free(undo.path);
    return ok;
}
