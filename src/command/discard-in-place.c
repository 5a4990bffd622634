/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "command/discard-in-place.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/moving.h"
#include "core/restart.h"
#include "segment/error.h"

#define MAGIC "iovtool undo 1\n"
#define HEADER_MAX (sizeof(MAGIC) + 4 * 32 + PATH_MAX_BYTES)
#define PATH_MAX_BYTES 4096u

/* What an undo file says; its saved bytes start at `data`. */
struct undo {
    char *path;
    uint64_t size;
    uint64_t front;
    uint64_t back;
    uint64_t data;
};

static bool append_range(struct vector *vector, struct file *file, uint64_t offset, uint64_t length,
                         GError **error)
{
    const struct segment segment = {
        .kind = SEGMENT_FILE, .file = file, .offset = offset, .length = length
    };
    return vector_append(vector, &segment, error);
}

/* Writes `vector` to the whole file `path` so that it is there complete, on the disk, or not at
 * all. */
static bool write_whole(struct files *files, struct vector *vector, const char *path,
                        bool must_be_new, GError **error)
{
    const struct moving_options options = {
        .destination = { .atomic = TRUE, .no_clobber = must_be_new, .plain_paths = true },
    };
    const struct vector_input input = { .files = files, .vector = vector };
    const char *const outputs[] = { path };
    return move_vector(&options, &input, outputs, 1, error);
}

static bool save_undo(struct files *files, struct file *file, const char *path, uint64_t front,
                      uint64_t back, const char *undo_path, GError **error)
{
    struct vector *vector = vector_new();
    g_autofree char *header = g_strdup_printf(MAGIC "size %" PRIu64 "\nfront %" PRIu64
                                                    "\nback %" PRIu64 "\nname %zu\n%s\n",
                                              file->size, front, back, strlen(path), path);
    const size_t length = strlen(header);
    const struct segment start = {
        .kind = SEGMENT_BYTES,
        .bytes = vector_keep(vector, header, length),
        .length = length,
    };
    const bool ok = vector_append(vector, &start, error) &&
                    append_range(vector, file, 0, front, error) &&
                    append_range(vector, file, file->size - back, back, error) &&
                    write_whole(files, vector, undo_path, true, error);
    vector_free(vector);
    return ok;
}

static bool cut_back(const char *path, uint64_t size, GError **error)
{
    const int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0) {
        return file_error(path, g_strerror(errno), error);
    }
    const bool cut = restart_ftruncate(fd, (off_t)size) == 0 && restart_fsync(fd) == 0;
    int problem = cut ? 0 : errno;
    if (close(fd) != 0 && problem == 0) {
        problem = errno;
    }
    return problem == 0 || file_error(path, g_strerror(problem), error);
}

enum collapse { COLLAPSE_FAILED = -1, COLLAPSE_REFUSED, COLLAPSE_DONE };

/* What fallocate(2) says of a file system, or of a range, that cannot be collapsed. */
static bool is_refusal(int problem)
{
    return problem == EOPNOTSUPP || problem == ENOSYS || problem == EINVAL || problem == EPERM ||
           problem == ETXTBSY;
}

static enum collapse collapse_front(const char *path, uint64_t front, GError **error)
{
    const int fd = open(path, O_RDWR | O_CLOEXEC);
    if (fd < 0) {
        file_error(path, g_strerror(errno), error);
        return COLLAPSE_FAILED;
    }
    enum collapse result = COLLAPSE_DONE;
    int problem = 0;
    if (restart_fallocate(fd, FALLOC_FL_COLLAPSE_RANGE, 0, (off_t)front) != 0) {
        problem = errno;
        result = is_refusal(problem) ? COLLAPSE_REFUSED : COLLAPSE_FAILED;
    } else if (restart_fsync(fd) != 0) {
        problem = errno;
        result = COLLAPSE_FAILED;
    }
    if (close(fd) != 0 && result == COLLAPSE_DONE) {
        problem = errno;
        result = COLLAPSE_FAILED;
    }
    if (result == COLLAPSE_FAILED) {
        file_error(path, g_strerror(problem), error);
    }
    return result;
}

/* The rest as a new file, which other names of the old one would not see. */
static bool write_rest(struct files *files, struct file *file, const char *path, uint64_t front,
                       uint64_t back, GError **error)
{
    struct stat status;
    if (stat(path, &status) == 0 && status.st_nlink > 1) {
        return file_error(path, "has other names, and its front cannot be collapsed", error);
    }
    struct vector *rest = vector_new();
    const bool ok = append_range(rest, file, front, file->size - front - back, error) &&
                    write_whole(files, rest, path, false, error);
    vector_free(rest);
    return ok;
}

/* The front first: collapsed, or else with the back in one go. */
static bool cut(struct files *files, struct file *file, const char *path, uint64_t front,
                uint64_t back, GError **error)
{
    if (front > 0) {
        /* A range that reaches the end cannot be collapsed. */
        const enum collapse result =
            front < file->size ? collapse_front(path, front, error) : COLLAPSE_REFUSED;
        if (result != COLLAPSE_DONE) {
            return result == COLLAPSE_REFUSED && write_rest(files, file, path, front, back, error);
        }
    }
    return back == 0 || cut_back(path, file->size - front - back, error);
}

static bool check_amounts(const struct file *file, uint64_t *front, uint64_t *back,
                          bool allow_short, GError **error)
{
    if (*front <= file->size && *back <= file->size - *front) {
        return true;
    }
    if (!allow_short) {
        g_autofree char *problem = g_strdup_printf("asked to discard %" PRIu64 " + %" PRIu64
                                                   " bytes, but the file has %" PRIu64,
                                                   *front, *back, file->size);
        file_error(file->name, problem, error);
        return false;
    }
    *front = MIN(*front, file->size);
    *back = MIN(*back, file->size - *front);
    return true;
}

/* Opening a FIFO would wait, so what it is comes first. */
static struct file *open_regular(struct files *files, const char *path, GError **error)
{
    struct stat status;
    if (stat(path, &status) == 0 && !S_ISREG(status.st_mode)) {
        file_error(path, S_ISDIR(status.st_mode) ? "is a directory" : "is not a regular file",
                   error);
        return NULL;
    }
    struct file *file = files_open(files, path, strlen(path), error);
    if (file && file->stream) {
        file_error(path, "is not a regular file", error);
        return NULL;
    }
    return file;
}

bool in_place_discard(const char *path, uint64_t front, uint64_t back, bool allow_short,
                      const char *undo_path, GError **error)
{
    char *followed = realpath(path, NULL);
    if (!followed) {
        return file_error(path, g_strerror(errno), error);
    }
    struct files *files = files_new();
    struct file *file = open_regular(files, followed, error);
    bool ok = file != NULL;
    if (ok && access(followed, W_OK) != 0) {
        ok = file_error(path, g_strerror(errno), error);
    }
    ok = ok && check_amounts(file, &front, &back, allow_short, error) &&
         (!undo_path || save_undo(files, file, followed, front, back, undo_path, error)) &&
         cut(files, file, followed, front, back, error);
    files_free(files);
    free(followed);
    return ok;
}

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

static bool parse_header(const char *text, uint64_t undo_size, struct undo *undo)
{
    const char *at = text + strlen(MAGIC);
    uint64_t name;
    if (!g_str_has_prefix(text, MAGIC) || !parse_line(&at, "size ", &undo->size) ||
        !parse_line(&at, "front ", &undo->front) || !parse_line(&at, "back ", &undo->back) ||
        !parse_line(&at, "name ", &name) || name >= PATH_MAX_BYTES || strlen(at) <= name ||
        at[name] != '\n') {
        return false;
    }
    undo->path = g_strndup(at, (gsize)name);
    undo->data = (uint64_t)(at - text) + name + 1;
    return undo->front <= undo->size && undo->back <= undo->size - undo->front &&
           undo->data + undo->front + undo->back == undo_size;
}

static bool read_header(const char *undo_path, const struct file *file, struct undo *undo,
                        GError **error)
{
    g_autofree char *text = g_malloc0(HEADER_MAX + 1);
    const ssize_t got = restart_pread(file->fd, text, HEADER_MAX, 0);
    if (got < 0) {
        return file_error(undo_path, g_strerror(errno), error);
    }
    return parse_header(text, file->size, undo) ||
           file_error(undo_path, "is not an undo file, or not whole", error);
}

/* The file as it was: the saved front, what is left, the saved back, as far as they are gone. */
static bool restore(struct files *files, const struct undo *undo, struct file *saved,
                    struct file *target, GError **error)
{
    if (target->size == undo->size) {
        return true;
    }
    const uint64_t without_front = undo->size - undo->front;
    const bool back_is_gone = target->size != without_front;
    if (back_is_gone && target->size != without_front - undo->back) {
        g_autofree char *problem = g_strdup_printf("cannot be restored: it has %" PRIu64
                                                   " bytes, where the discard left %" PRIu64,
                                                   target->size, without_front - undo->back);
        return file_error(target->name, problem, error);
    }
    struct vector *whole = vector_new();
    const bool ok = append_range(whole, saved, undo->data, undo->front, error) &&
                    append_range(whole, target, 0, target->size, error) &&
                    append_range(whole, saved, undo->data + undo->front,
                                 back_is_gone ? undo->back : 0, error) &&
                    write_whole(files, whole, undo->path, false, error);
    vector_free(whole);
    return ok;
}

bool in_place_undo(const char *undo_path, GError **error)
{
    struct files *files = files_new();
    struct undo undo = { .path = NULL };
    struct file *target = NULL;
    struct file *saved = open_regular(files, undo_path, error);
    bool ok = saved && read_header(undo_path, saved, &undo, error);
    if (ok) {
        target = open_regular(files, undo.path, error);
        ok = target && restore(files, &undo, saved, target, error);
    }
    files_free(files);
    g_free(undo.path);
    return ok;
}
