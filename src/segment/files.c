/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "segment/files.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/kcmp.h>
#include <linux/magic.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "core/restart.h"
#include "segment/error.h"
#include "segment/segment.h"

/* How many files give way at once when descriptors run out: a few more than one, so that others
 * find room as well. */
#define EVICT_AT_ONCE 8

/* Room for what a file gives as a whole or not at all. */
#define LOOK_SIZE 4096

struct files {
    GHashTable *by_name;  /* char * -> struct file, owns both */
    GHashTable *by_uri;   /* char * -> struct file, owns both; NULL: none yet */
    GHashTable *by_fd;    /* inherited: fd -> struct file, owns it */
    GPtrArray *temporary; /* owns the files that have no name */
    GArray *texts;        /* of int: the inherited descriptors that were read as texts */
    unsigned sides;       /* numbers given so far */
    GQueue closable;      /* open files that can be opened again, least recently used last */
    struct file *latest;  /* lists name one file many times in a row */
    GString *scratch;
    struct remote_opener opener;
    bool frozen; /* nothing is opened, closed or moved in the list any more */
};

static void file_free(gpointer data)
{
    struct file *file = data;
    if (file->fd >= 0 && !file->inherited) {
        close(file->fd); /* read only: nothing can be lost */
    }
    g_free(file->name);
    g_free(file);
}

struct files *files_new(void)
{
    struct files *files = g_new0(struct files, 1);
    files->by_name = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, file_free);
    files->by_fd = g_hash_table_new_full(g_direct_hash, g_direct_equal, NULL, file_free);
    files->temporary = g_ptr_array_new_with_free_func(file_free);
    files->texts = g_array_new(FALSE, FALSE, sizeof(int));
    files->scratch = g_string_new(NULL);
    return files;
}

void files_free(struct files *files)
{
    if (!files) {
        return;
    }
    g_hash_table_unref(files->by_name);
    g_clear_pointer(&files->by_uri, g_hash_table_unref);
    if (files->opener.free) {
        files->opener.free(files->opener.context);
    }
    g_hash_table_unref(files->by_fd);
    g_ptr_array_unref(files->temporary);
    g_array_unref(files->texts);
    g_string_free(files->scratch, TRUE);
    g_free(files);
}

static void close_file(struct files *files, struct file *file)
{
    g_queue_unlink(&files->closable, &file->link);
    close(file->fd);
    file->fd = -1;
}

static bool make_room(struct files *files)
{
    bool made = false;
    for (int i = 0; i < EVICT_AT_ONCE && files->closable.tail; i++) {
        close_file(files, files->closable.tail->data);
        made = true;
    }
    return made;
}

static int open_path(struct files *files, const char *name, int flags)
{
    for (;;) {
        const int fd = restart_open(name, O_RDONLY | O_CLOEXEC | O_NOCTTY | flags, 0);
        const bool full = fd < 0 && (errno == EMFILE || errno == ENFILE);
        if (!full || !make_room(files)) {
            return fd;
        }
    }
}

/*
 * A file that hands out each byte once: pread() would take bytes from it, whatever the offset. Such
 * files wait for what comes, and so have a poll() of their own, which does not say that they can be
 * written (/proc/kmsg); or they cannot seek (trace_pipe).
 */
static bool is_queue(int fd)
{
    struct pollfd look = { .fd = fd, .events = POLLIN | POLLOUT };
    return lseek(fd, 0, SEEK_CUR) < 0 || poll(&look, 1, 0) < 0 || !(look.revents & POLLOUT);
}

/*
 * Files of /proc and cgroups say that they have 0 bytes, and those of sysfs one page, whatever they
 * hold. Of the first, some give no bytes at the start, and an error instead (/proc/PID/mem), and
 * some give none to a read that has no room for all of them, without an error: bit masks of
 * processors below /proc/sys/net/core. Source: fs/proc/generic.c, fs/sysfs/file.c,
 * net/core/sysctl_net_core.c of Linux.
 */
bool file_has_size(int fd, const struct stat *status, bool *positioned)
{
    struct statfs system;
    bool known;
    *positioned = false;
    if (status->st_size > 0) {
        known = status->st_blocks > 0 || fstatfs(fd, &system) != 0 || system.f_type != SYSFS_MAGIC;
        *positioned = !known && !is_queue(fd);
        return known;
    }
    char some[LOOK_SIZE];
    *positioned = !is_queue(fd);
    known = *positioned && restart_pread(fd, some, sizeof(some), 0) == 0;
    *positioned &= !known;
    return known;
}

/* A character device that really moves its position, as /dev/mem does and /dev/zero does not. */
static bool device_seeks(int fd)
{
    const off_t here = lseek(fd, 0, SEEK_CUR);
    if (here < 0 || lseek(fd, here + 1, SEEK_SET) != here + 1) {
        return false;
    }
    return lseek(fd, here, SEEK_SET) == here;
}

static bool look_at_regular(struct file *file, const struct stat *status)
{
    file->size = (uint64_t)status->st_size;
    file->sparse = (uint64_t)status->st_blocks * 512 < file->size;
    file->stream = !file_has_size(file->fd, status, &file->positioned);
    return true;
}

static bool look_at_block_device(struct file *file, GError **error)
{
    if (ioctl(file->fd, BLKGETSIZE64, &file->size) != 0) {
        return file_error(file->name, g_strerror(errno), error);
    }
    return true;
}

/* Fills in the facts of an open file. */
static bool look_at(struct file *file, GError **error)
{
    struct stat status;
    if (fstat(file->fd, &status) != 0) {
        return file_error(file->name, g_strerror(errno), error);
    }
    file->device = status.st_dev;
    file->inode = status.st_ino;
    file->type = status.st_mode & S_IFMT;
    if (S_ISDIR(status.st_mode)) {
        return file_error(file->name, "is a directory", error);
    }
    if (S_ISREG(status.st_mode)) {
        return look_at_regular(file, &status);
    }
    if (S_ISBLK(status.st_mode)) {
        return look_at_block_device(file, error);
    }
    file->stream = true;
    file->can_seek_over = S_ISCHR(status.st_mode) && device_seeks(file->fd);
    return true;
}

struct file *files_find(struct files *files, const char *name, size_t length)
{
    const struct file *latest = files->latest;
    if (latest && latest->name_length == length && memcmp(latest->name, name, length) == 0) {
        return files->latest;
    }
    g_string_truncate(files->scratch, 0);
    g_string_append_len(files->scratch, name, (gssize)length);
    struct file *found = g_hash_table_lookup(files->by_name, files->scratch->str);
    if (found) {
        files->latest = found;
    }
    return found;
}

static struct file *file_new(const char *name, size_t length)
{
    struct file *file = g_new0(struct file, 1);
    file->name = g_strndup(name, length);
    file->name_length = length;
    file->fd = -1;
    file->link.data = file;
    return file;
}

static const char *open_problem(const char *name, int problem)
{
    struct stat status;
    if (problem == ENXIO && stat(name, &status) == 0 && S_ISSOCK(status.st_mode)) {
        return "is a socket";
    }
    return g_strerror(problem);
}

static bool is_fifo(const char *name)
{
    struct stat status;
    return stat(name, &status) == 0 && S_ISFIFO(status.st_mode);
}

/* Opening a FIFO waits for whoever writes. Whether it might be opened is asked all the same. */
static int open_to_look(struct files *files, const char *name, bool *unopened)
{
    *unopened = is_fifo(name);
    if (!*unopened) {
        return open_path(files, name, 0);
    }
    return faccessat(AT_FDCWD, name, R_OK, AT_EACCESS) == 0 ? open_path(files, name, O_PATH) : -1;
}

bool files_open_fifo(struct file *file, GError **error)
{
    g_autofree char *self = g_strdup_printf("/proc/self/fd/%d", file->fd);
    const int fd = restart_open(self, O_RDONLY | O_CLOEXEC, 0);
    if (fd < 0) {
        return file_errno(file->name, errno, error);
    }
    close(file->fd); /* it only named the FIFO */
    file->fd = fd;
    file->unopened = false;
    return true;
}

struct file *files_open(struct files *files, const char *name, size_t length, GError **error)
{
    struct file *file = files_find(files, name, length);
    if (file) {
        return file;
    }
    file = file_new(name, length);
    file->fd = open_to_look(files, file->name, &file->unopened);
    if (file->fd < 0) {
        file_error(file->name, open_problem(file->name, errno), error);
        file_free(file);
        return NULL;
    }
    if (!look_at(file, error)) {
        file_free(file);
        return NULL;
    }
    if (!file->stream) {
        g_queue_push_head_link(&files->closable, &file->link);
    }
    g_hash_table_insert(files->by_name, file->name, file);
    files->latest = file;
    return file;
}

void files_set_remote(struct files *files, const struct remote_opener *opener)
{
    g_assert(!files->opener.open);
    files->opener = *opener;
}

bool files_have_remote(const struct files *files)
{
    return files->opener.open != NULL;
}

/* "nbd://HOST@0" would name the user HOST. */
static char *complete_uri(const char *uri, size_t length)
{
    g_autofree char *text = g_strndup(uri, length);
    const char *host = strstr(text, "://");
    const bool is_bare = host && !strpbrk(host + strlen("://"), "/?");
    return is_bare ? g_strconcat(text, "/", NULL) : g_steal_pointer(&text);
}

struct file *files_open_remote(struct files *files, const char *uri, size_t length, GError **error)
{
    const struct remote_opener *opener = &files->opener;
    g_autofree char *name = complete_uri(uri, length);
    if (!files->by_uri) {
        files->by_uri = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, file_free);
    }
    struct file *file = g_hash_table_lookup(files->by_uri, name);
    if (file) {
        return file;
    }
    g_assert(opener->open);
    file = file_new(name, strlen(name));
    file->remote = opener->open(opener->context, name, &file->size, error);
    if (!file->remote) {
        file_free(file);
        return NULL;
    }
    /* Equal to itself alone: no device has this number. */
    file->device = (dev_t)-1;
    file->inode = g_hash_table_size(files->by_uri);
    g_hash_table_insert(files->by_uri, file->name, file);
    return file;
}

uint8_t file_segment_kind(const struct file *file)
{
    return file && file->remote ? SEGMENT_REMOTE : SEGMENT_FILE;
}

struct file *files_plan(struct files *files, const char *name, size_t length, GError **error)
{
    struct file *file = files_find(files, name, length);
    g_autofree char *path = g_strndup(name, length);
    struct stat status;
    if (file || stat(path, &status) == 0 || errno != ENOENT) {
        return file ? file : files_open(files, name, length, error);
    }
    g_autofree char *folder = g_path_get_dirname(path);
    if (stat(folder, &status) != 0) {
        file_errno(path, errno, error);
        return NULL;
    }
    file = file_new(name, length);
    file->missing = true;
    file->type = S_IFREG;
    g_hash_table_insert(files->by_name, file->name, file);
    files->latest = file;
    return file;
}

/* An inherited descriptor counts from where it stands, and its file may be shorter than that. */
static bool look_at_inherited(struct file *file, GError **error)
{
    const int flags = fcntl(file->fd, F_GETFL);
    if (flags < 0) {
        return file_error(file->name, "the descriptor is not open", error);
    }
    if ((flags & O_ACCMODE) == O_WRONLY || (flags & O_PATH)) {
        return file_error(file->name, "the descriptor is not open for reading", error);
    }
    if (!look_at(file, error)) {
        return false;
    }
    file->positioned = false; /* read() moves the position that others share */
    if (!file->stream) {
        const off_t here = lseek(file->fd, 0, SEEK_CUR);
        if (here < 0) {
            return file_error(file->name, g_strerror(errno), error);
        }
        file->base = (uint64_t)here;
        file->consumed = file->base;
        file->size = MAX(file->size, file->base);
    }
    return true;
}

struct file *files_inherit(struct files *files, int fd, GError **error)
{
    struct file *file = g_hash_table_lookup(files->by_fd, GINT_TO_POINTER(fd));
    if (file) {
        return file;
    }
    g_autofree char *name = fd == STDIN_FILENO ? g_strdup("-") : g_strdup_printf("fd:%d", fd);
    file = file_new(name, strlen(name));
    file->fd = fd;
    file->inherited = true;
    if (!look_at_inherited(file, error)) {
        file_free(file);
        return NULL;
    }
    g_hash_table_insert(files->by_fd, GINT_TO_POINTER(fd), file);
    return file;
}

/* Moves one, and looks whether the other moves. What cannot seek has no position. */
static bool move_together(int a, int b)
{
    const off_t here = lseek(a, 0, SEEK_CUR);
    if (here < 0 || lseek(b, 0, SEEK_CUR) != here || lseek(a, here + 1, SEEK_SET) != here + 1) {
        return false;
    }
    const bool together = lseek(b, 0, SEEK_CUR) == here + 1;
    return lseek(a, here, SEEK_SET) == here && together;
}

/* True when both are one open file, with one position, as after dup() or "3<&0". The kernel tells,
 * where nothing keeps it from doing so: containers often do. */
static bool is_same_description(int a, int b)
{
    const pid_t self = getpid();
    if (a == b) {
        return true;
    }
    const long order = syscall(SYS_kcmp, self, self, KCMP_FILE, (unsigned long)a, (unsigned long)b);
    return order == 0 || (order < 0 && errno != EBADF && move_together(a, b));
}

/* Two descriptors of one pipe or socket take bytes from each other; those of a device need not,
 * unless they share their position. */
static bool is_same_stream(const struct file *a, const struct file *b)
{
    const bool shared = S_ISFIFO(a->type) || S_ISSOCK(a->type);
    return a == b || (shared && a->device == b->device && a->inode == b->inode) ||
           (a->inherited && b->inherited && is_same_description(a->fd, b->fd));
}

unsigned files_new_side(struct files *files)
{
    return ++files->sides;
}

typedef bool match_fn(const struct file *file, const struct file *other, unsigned side);

static bool is_on_other_side(const struct file *file, const struct file *other, unsigned side)
{
    return other->side != 0 && other->side != side && is_same_stream(file, other);
}

static bool is_other_name(const struct file *file, const struct file *other, unsigned side)
{
    (void)side;
    return other != file && other->side != 0 && is_same_stream(file, other);
}

static const struct file *find_used(struct files *files, match_fn *matches, const struct file *file,
                                    unsigned side)
{
    GHashTable *const tables[] = { files->by_fd, files->by_name };
    for (size_t i = 0; i < G_N_ELEMENTS(tables); i++) {
        GHashTableIter iter;
        gpointer value;
        g_hash_table_iter_init(&iter, tables[i]);
        while (g_hash_table_iter_next(&iter, NULL, &value)) {
            if (matches(file, value, side)) {
                return value;
            }
        }
    }
    return NULL;
}

const struct file *files_on_other_side(struct files *files, const struct file *file, unsigned side)
{
    return file->side == side ? NULL : find_used(files, is_on_other_side, file, side);
}

const struct file *files_other_name(struct files *files, const struct file *file)
{
    return file->side != 0 ? NULL : find_used(files, is_other_name, file, 0);
}

struct file *files_add_temporary(struct files *files, int fd, uint64_t size)
{
    static const char name[] = "(kept bytes)";
    struct file *file = file_new(name, strlen(name));
    file->fd = fd;
    file->size = size;
    file->stays_open = true;
    g_ptr_array_add(files->temporary, file);
    return file;
}

bool files_inherited_is_used(struct files *files, int fd)
{
    GHashTableIter iter;
    gpointer value;
    g_hash_table_iter_init(&iter, files->by_fd);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        if (is_same_description(((const struct file *)value)->fd, fd)) {
            return true;
        }
    }
    return false;
}

void files_note_text(struct files *files, int fd)
{
    g_array_append_val(files->texts, fd);
}

bool files_is_text(const struct files *files, int fd)
{
    for (guint i = 0; i < files->texts->len; i++) {
        if (is_same_description(g_array_index(files->texts, int, i), fd)) {
            return true;
        }
    }
    return false;
}

bool file_is_still(const struct file *file, int fd, GError **error)
{
    struct stat status;
    if (fstat(fd, &status) != 0) {
        return file_errno(file->name, errno, error);
    }
    const bool same =
        file->missing || (status.st_dev == file->device && status.st_ino == file->inode);
    if (!same || (status.st_mode & S_IFMT) != file->type) {
        return file_error(file->name, "was replaced by another file during the run", error);
    }
    return true;
}

static bool reopen(struct files *files, struct file *file, GError **error)
{
    /* Should it be a FIFO by now, that must not wait for a writer; a file takes no notice. */
    const int fd = open_path(files, file->name, O_NONBLOCK);
    if (fd < 0) {
        return file_errno(file->name, errno, error);
    }
    if (!file_is_still(file, fd, error)) {
        close(fd);
        return false;
    }
    file->fd = fd;
    g_queue_push_head_link(&files->closable, &file->link);
    return true;
}

int files_descriptor(struct files *files, struct file *file, GError **error)
{
    if (file->fd < 0) {
        return reopen(files, file, error) ? file->fd : -1;
    }
    const bool closable = !file->inherited && !file->stream && !file->stays_open && !files->frozen;
    if (closable && files->closable.head != &file->link) {
        g_queue_unlink(&files->closable, &file->link);
        g_queue_push_head_link(&files->closable, &file->link);
    }
    return file->fd;
}

/* Files are closed only to make room for others: when none is closed, all of them fit. */
bool files_freeze(struct files *files)
{
    GHashTableIter iter;
    gpointer value;
    g_hash_table_iter_init(&iter, files->by_name);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        if (((const struct file *)value)->fd < 0) {
            return false;
        }
    }
    files->frozen = true;
    return true;
}

/* Where the last byte ends that was used of the descriptor, or of those that share its position. */
static uint64_t used_up_to(struct files *files, const struct file *file)
{
    uint64_t end = file->consumed;
    GHashTableIter iter;
    gpointer value;
    g_hash_table_iter_init(&iter, files->by_fd);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        const struct file *other = value;
        if (is_same_description(file->fd, other->fd)) {
            end = MAX(end, other->consumed);
        }
    }
    return end;
}

bool files_settle(struct files *files, GError **error)
{
    GHashTableIter iter;
    gpointer value;
    g_hash_table_iter_init(&iter, files->by_fd);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        const struct file *file = value;
        if (!file->stream && lseek(file->fd, (off_t)used_up_to(files, file), SEEK_SET) < 0) {
            return file_error(file->name, g_strerror(errno), error);
        }
    }
    return true;
}
