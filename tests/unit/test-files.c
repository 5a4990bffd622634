/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "segment/files.h"

#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "support.h"

#define SEED 20240614u

static struct file *open_good(struct files *files, const char *name)
{
    g_autoptr(GError) error = NULL;
    struct file *file = files_open(files, name, strlen(name), &error);

    g_assert_no_error(error);
    g_assert_cmpstr(file->name, ==, name);
    g_assert_cmpuint(file->name_length, ==, strlen(name));
    return file;
}

static void open_bad(const char *name, const char *message)
{
    struct files *files = files_new();
    g_autoptr(GError) error = NULL;
    const unsigned before = open_descriptors();

    g_assert_null(files_open(files, name, strlen(name), &error));
    assert_segment_error(error, IOVTOOL_ERROR_SOURCE, message);
    g_assert_null(files_find(files, name, strlen(name)));
    g_assert_cmpuint(open_descriptors(), ==, before);
    files_free(files);
}

static struct file *inherit_good(struct files *files, int fd)
{
    g_autoptr(GError) error = NULL;
    struct file *file = files_inherit(files, fd, &error);

    g_assert_no_error(error);
    g_assert_cmpint(file->fd, ==, fd);
    g_assert_true(file->inherited);
    g_assert_true(files_inherited_is_used(files, fd));
    g_assert_true(files_inherit(files, fd, NULL) == file);
    return file;
}

static void inherit_bad(int fd, const char *what)
{
    struct files *files = files_new();
    g_autofree char *message = g_strdup_printf("fd:%d: %s", fd, what);
    g_autoptr(GError) error = NULL;

    g_assert_null(files_inherit(files, fd, &error));
    assert_segment_error(error, IOVTOOL_ERROR_SOURCE, message);
    g_assert_false(files_inherited_is_used(files, fd));
    files_free(files);
}

/* ---- Files with a name ----------------------------------------------------------------------- */

static void test_open_once(void)
{
    struct files *files = files_new();
    const unsigned before = open_descriptors();
    struct stat status;

    write_file("one", "1", 1);
    write_file("on", "22", 2);
    g_assert_null(files_find(files, "one", 3));
    struct file *one = open_good(files, "one");
    g_assert_cmpuint(open_descriptors(), ==, before + 1);
    g_assert_true(open_good(files, "one") == one);
    g_assert_true(files_find(files, "one", 3) == one);
    g_assert_null(files_find(files, "one", 2));
    g_assert_null(files_find(files, "", 0));
    g_assert_cmpuint(open_descriptors(), ==, before + 1);

    /* a name need not end where its text does */
    struct file *on = files_open(files, "one", 2, NULL);
    g_assert_true(on != one);
    g_assert_true(files_find(files, "on", 2) == on);
    g_assert_true(files_find(files, "one", 3) == one);
    g_assert_true(files_find(files, "one two", 3) == one);
    g_assert_cmpuint(open_descriptors(), ==, before + 2);

    g_assert_cmpint(stat("one", &status), ==, 0);
    g_assert_cmpuint(one->size, ==, 1);
    g_assert_cmpuint(on->size, ==, 2);
    g_assert_true(one->inode == status.st_ino && one->device == status.st_dev);
    g_assert_cmpuint(one->base, ==, 0);
    g_assert_false(one->inherited || one->stream || one->sparse || one->can_seek_over);
    g_assert_cmpint(files_descriptor(files, one, NULL), ==, one->fd);
    g_assert_true(fcntl(one->fd, F_GETFD) & FD_CLOEXEC);

    files_free(files);
    g_assert_cmpuint(open_descriptors(), ==, before);
    files_free(NULL);
}

static void test_names(void)
{
    static const char *const names[] = { "with\nline end", "\xff\xfe", "a@1", "-", "hex:1", " " };
    struct files *files = files_new();

    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        write_file(names[i], "abcdef", i);
        g_assert_cmpuint(open_good(files, names[i])->size, ==, i);
    }
    files_free(files);
}

static void test_sizes(void)
{
    struct files *files = files_new();

    write_file("empty", NULL, 0);
    struct file *empty = open_good(files, "empty");
    g_assert_cmpuint(empty->size, ==, 0);
    g_assert_false(empty->stream || empty->sparse);

    write_file("hole", "abc", 3);
    g_assert_cmpint(truncate("hole", 1 << 30), ==, 0);
    struct file *hole = open_good(files, "hole");
    g_assert_cmpuint(hole->size, ==, 1 << 30);
    g_assert_true(hole->sparse);
    g_assert_false(hole->stream);
    files_free(files);
}

static void test_trouble(void)
{
    g_autofree char *long_name = g_strnfill(300, 'n');
    g_autofree char *long_message = g_strdup_printf("%s: File name too long", long_name);

    g_assert_cmpint(g_mkdir("folder", 0700), ==, 0);
    g_assert_cmpint(symlink("loop", "loop"), ==, 0);
    write_file("plain", "x", 1);
    open_bad("nowhere", "nowhere: No such file or directory");
    open_bad("no\nwhere\x1b[31m", "no\\nwhere\\x1b[31m: No such file or directory");
    open_bad("folder", "folder: is a directory");
    open_bad("folder/", "folder/: is a directory");
    open_bad(".", ".: is a directory");
    open_bad("plain/below", "plain/below: Not a directory");
    open_bad("loop", "loop: Too many levels of symbolic links");
    open_bad(long_name, long_message);
    if (geteuid() != 0) {
        g_assert_cmpint(chmod("plain", 0), ==, 0);
        open_bad("plain", "plain: Permission denied");
    }
}

static void test_socket(void)
{
    const struct sockaddr_un address = { .sun_family = AF_UNIX, .sun_path = "socket" };
    const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    g_assert_cmpint(fd, >=, 0);
    g_assert_cmpint(bind(fd, (const struct sockaddr *)&address, sizeof(address)), ==, 0);
    open_bad("socket", "socket: is a socket");
    close(fd);
}

/* ---- What can only be read forward ----------------------------------------------------------- */

static void test_fifo(void)
{
    struct files *files = files_new();

    g_assert_cmpint(mkfifo("fifo", 0600), ==, 0);
    const int writer = open("fifo", O_RDWR | O_CLOEXEC);
    g_assert_true(open_good(files, "fifo")->stream);
    g_assert_false(open_good(files, "fifo")->can_seek_over);
    close(writer);
    files_free(files);
}

static void test_devices(void)
{
    struct files *files = files_new();

    g_assert_true(open_good(files, "/dev/null")->stream);
    g_assert_true(open_good(files, "/dev/zero")->stream);
    g_assert_false(open_good(files, "/dev/zero")->can_seek_over);
    files_free(files);
}

/* Files of procfs say that they have no bytes, yet they do. */
static void test_procfs(void)
{
    struct files *files = files_new();

    g_assert_true(open_good(files, "/proc/self/status")->stream);
    g_assert_true(open_good(files, "/proc/version")->stream);
    files_free(files);
}

/* Files of sysfs say that they have a page of bytes. */
static void test_sysfs(void)
{
    static const char *const names[] = { "/sys/kernel/uevent_seqnum", "/sys/kernel/fscaps",
                                         "/sys/kernel/profiling", "/sys/kernel/rcu_expedited" };
    struct files *files = files_new();
    unsigned seen = 0;

    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        if (access(names[i], R_OK) == 0) {
            g_assert_true(open_good(files, names[i])->stream);
            seen++;
        }
    }
    if (seen == 0) {
        g_test_skip("the kernel's sysfs is not mounted");
    }
    files_free(files);
}

/* ---- Inherited descriptors ------------------------------------------------------------------- */

static void test_inherit(void)
{
    struct files *files = files_new();
    g_autofree char *name = NULL;

    write_file("six", "abcdef", 6);
    const int fd = open("six", O_RDWR | O_CLOEXEC);
    const int pipe_end = pipe_with("abc", 3);
    g_assert_false(files_inherited_is_used(files, fd));
    g_assert_cmpint(lseek(fd, 2, SEEK_SET), ==, 2);

    struct file *file = inherit_good(files, fd);
    name = g_strdup_printf("fd:%d", fd);
    g_assert_cmpstr(file->name, ==, name);
    g_assert_cmpuint(file->base, ==, 2);
    g_assert_cmpuint(file->consumed, ==, 2);
    g_assert_cmpuint(file->size, ==, 6);
    g_assert_false(file->stream);
    g_assert_cmpint(files_descriptor(files, file, NULL), ==, fd);
    g_assert_false(files_inherited_is_used(files, pipe_end));

    struct file *pipe_file = inherit_good(files, pipe_end);
    g_assert_true(pipe_file->stream);
    g_assert_true(pipe_file != file);
    /* a file of the same name is another file */
    g_assert_null(files_find(files, name, strlen(name)));

    files_free(files);
    g_assert_cmpint(fcntl(fd, F_GETFD), >=, 0);
    g_assert_cmpint(fcntl(pipe_end, F_GETFD), >=, 0);
    close(fd);
    close(pipe_end);
}

static void test_inherit_standard_input(void)
{
    struct files *files = files_new();
    const int before = dup(STDIN_FILENO);

    write_file("six", "abcdef", 6);
    const int fd = open("six", O_RDONLY | O_CLOEXEC);
    g_assert_cmpint(dup2(fd, STDIN_FILENO), ==, STDIN_FILENO);
    close(fd);
    g_assert_cmpstr(inherit_good(files, STDIN_FILENO)->name, ==, "-");
    files_free(files);
    g_assert_cmpint(dup2(before, STDIN_FILENO), ==, STDIN_FILENO);
    close(before);
}

/* A descriptor that stands after the end of its file: nothing is there. */
static void test_inherit_past_the_end(void)
{
    struct files *files = files_new();

    write_file("six", "abcdef", 6);
    const int fd = open("six", O_RDONLY | O_CLOEXEC);
    g_assert_cmpint(lseek(fd, 100, SEEK_SET), ==, 100);
    struct file *file = inherit_good(files, fd);
    g_assert_cmpuint(file->base, ==, 100);
    g_assert_cmpuint(file->size, ==, 100);
    files_free(files);
    close(fd);
}

static void test_inherit_trouble(void)
{
    write_file("plain", "x", 1);
    const int write_only = open("plain", O_WRONLY | O_CLOEXEC);
    const int path_only = open("plain", O_PATH | O_CLOEXEC);
    const int folder = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const int closed = dup(folder);

    close(closed);
    inherit_bad(write_only, "the descriptor is not open for reading");
    inherit_bad(path_only, "the descriptor is not open for reading");
    inherit_bad(folder, "is a directory");
    inherit_bad(closed, "the descriptor is not open");
    inherit_bad(G_MAXINT, "the descriptor is not open");
    close(write_only);
    close(path_only);
    close(folder);
}

static void test_settle(void)
{
    struct files *files = files_new();

    write_file("six", "abcdef", 6);
    const int used = open("six", O_RDONLY | O_CLOEXEC);
    const int unused = open("six", O_RDONLY | O_CLOEXEC);
    const int pipe_end = pipe_with("abc", 3);
    g_assert_cmpint(lseek(used, 1, SEEK_SET), ==, 1);
    g_assert_cmpint(lseek(unused, 2, SEEK_SET), ==, 2);
    inherit_good(files, used)->consumed = 5;
    inherit_good(files, unused);
    inherit_good(files, pipe_end);
    g_assert_cmpint(lseek(unused, 4, SEEK_SET), ==, 4);

    g_assert_true(files_settle(files, NULL));
    g_assert_cmpint(lseek(used, 0, SEEK_CUR), ==, 5);
    g_assert_cmpint(lseek(unused, 0, SEEK_CUR), ==, 2);
    g_autoptr(GByteArray) rest = read_rest(pipe_end);
    assert_array_is(rest, "abc", 3);
    files_free(files);
    close(used);
    close(unused);
    close(pipe_end);
}

/* ---- Files that are not opened here ---------------------------------------------------------- */

/*
 * A temporary file has no name to open it by again: it stays open, and is closed with the others.
 */
static void test_temporary(void)
{
    struct files *files = files_new();
    const unsigned before = open_descriptors();
    g_autoptr(GError) error = NULL;

    write_file("kept", "abcdef", 6);
    const int fd = open("kept", O_RDONLY | O_CLOEXEC);
    g_assert_cmpint(unlink("kept"), ==, 0);
    struct file *file = files_add_temporary(files, fd, 6);
    g_assert_cmpuint(file->size, ==, 6);
    g_assert_cmpuint(file->base, ==, 0);
    g_assert_false(file->stream || file->inherited || file->sparse);
    g_assert_cmpint(files_descriptor(files, file, &error), ==, fd);
    g_assert_no_error(error);
    g_assert_true(files_settle(files, NULL));
    g_assert_null(files_find(files, file->name, file->name_length));
    g_assert_true(files_add_temporary(files, dup(fd), 6) != file);
    files_free(files);
    g_assert_cmpuint(open_descriptors(), ==, before);
}

/* ---- More files than descriptors ------------------------------------------------------------- */

#define MANY 200

static void limit_descriptors(rlim_t soft, rlim_t hard)
{
    const struct rlimit limit = { .rlim_cur = soft, .rlim_max = hard };

    for (int fd = 3; fd < (int)soft; fd++) {
        close(fd);
    }
    g_assert_cmpint(setrlimit(RLIMIT_NOFILE, &limit), ==, 0);
}

/* Valgrind, for one, does not lower hard limits. */
static bool can_limit(void)
{
    const struct rlimit limit = { .rlim_cur = 24, .rlim_max = 24 };
    int status;
    const pid_t child = fork();

    if (child == 0) {
        _exit(setrlimit(RLIMIT_NOFILE, &limit) != 0);
    }
    g_assert_cmpint(waitpid(child, &status, 0), ==, child);
    return status == 0;
}

static void file_name(char name[16], unsigned number)
{
    g_snprintf(name, 16, "many-%u", number);
}

static void write_many(void)
{
    for (unsigned i = 0; i < MANY; i++) {
        const uint8_t byte = (uint8_t)i;
        char name[16];

        file_name(name, i);
        write_file(name, &byte, 1);
    }
}

static struct file *open_numbered(struct files *files, unsigned number)
{
    char name[16];

    file_name(name, number);
    return open_good(files, name);
}

static void assert_readable(struct files *files, struct file *file, unsigned number)
{
    g_autoptr(GError) error = NULL;
    const int fd = files_descriptor(files, file, &error);
    uint8_t byte;

    g_assert_no_error(error);
    g_assert_cmpint(fd, ==, file->fd);
    g_assert_cmpint(pread(fd, &byte, 1, 0), ==, 1);
    g_assert_cmpuint(byte, ==, (uint8_t)number);
    g_assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
}

static unsigned count_open(struct file *const *all)
{
    unsigned count = 0;

    for (unsigned i = 0; i < MANY; i++) {
        count += all[i]->fd >= 0;
    }
    return count;
}

static void use_many(void)
{
    g_autoptr(GRand) random = g_rand_new_with_seed(SEED);
    struct files *files = files_new();
    struct file *all[MANY];

    g_test_message("seed %u", SEED);
    limit_descriptors(24, 24);
    struct file *null = open_good(files, "/dev/null");
    for (unsigned i = 0; i < MANY; i++) {
        all[i] = open_numbered(files, i);
    }
    g_assert_cmpint(null->fd, >=, 0);
    g_assert_cmpuint(count_open(all), <, 24);
    for (unsigned i = 0; i < MANY; i++) {
        g_assert_true(open_numbered(files, i) == all[i]);
        assert_readable(files, all[i], i);
    }
    g_assert_cmpuint(count_open(all), >=, 10);
    for (unsigned i = 0; i < 2000; i++) {
        const unsigned number = (unsigned)g_rand_int_range(random, 0, MANY);

        assert_readable(files, all[number], number);
    }
    g_assert_cmpint(null->fd, >=, 0);
    files_free(files);
}

static void keep_recent(void)
{
    struct files *files = files_new();

    limit_descriptors(24, 24);
    struct file *favourite = open_numbered(files, 0);
    const int fd = favourite->fd;
    struct file *rarely = open_numbered(files, 1);
    for (unsigned i = 2; i < MANY; i++) {
        open_numbered(files, i);
        g_assert_cmpint(favourite->fd, ==, fd);
        assert_readable(files, favourite, 0);
    }
    g_assert_cmpint(rarely->fd, ==, -1);
    files_free(files);
}

static void raise_first(void)
{
    struct files *files = files_new();
    struct file *all[MANY] = { NULL };
    struct rlimit limit;

    limit_descriptors(24, 120);
    for (unsigned i = 0; i < 100; i++) {
        all[i] = open_numbered(files, i);
    }
    g_assert_cmpint(getrlimit(RLIMIT_NOFILE, &limit), ==, 0);
    g_assert_cmpuint(limit.rlim_cur, ==, 120);
    for (unsigned i = 0; i < 100; i++) {
        g_assert_cmpint(all[i]->fd, >=, 0);
    }
    for (unsigned i = 100; i < MANY; i++) {
        all[i] = open_numbered(files, i);
    }
    g_assert_cmpuint(count_open(all), <, 120);
    for (unsigned i = 0; i < MANY; i++) {
        assert_readable(files, all[i], i);
    }
    files_free(files);
}

/* Frozen is only who has every file open; then descriptors stay what they are. */
static void freeze(void)
{
    struct files *files = files_new();
    struct files *too_many = files_new();
    int fds[10];

    limit_descriptors(40, 40);
    const int null = open("/dev/null", O_RDONLY);
    files_add_temporary(files, null, 0);
    for (unsigned i = 0; i < 10; i++) {
        fds[i] = open_numbered(files, i)->fd;
    }
    open_good(files, "/dev/null");
    g_assert_true(files_freeze(files));
    for (unsigned i = 0; i < 10; i++) {
        struct file *file = open_numbered(files, 9 - i);

        g_assert_cmpint(files_descriptor(files, file, NULL), ==, fds[9 - i]);
        assert_readable(files, file, 9 - i);
    }
    for (unsigned i = 0; i < MANY; i++) {
        open_numbered(too_many, i);
    }
    g_assert_false(files_freeze(too_many));
    assert_readable(too_many, open_numbered(too_many, 0), 0);
    for (unsigned i = 0; i < MANY; i++) {
        assert_readable(too_many, open_numbered(too_many, i), i);
    }
    files_free(files);
    files_free(too_many);
}

static void assert_not_reopened(struct files *files, struct file *file, const char *message)
{
    g_autoptr(GError) error = NULL;

    g_assert_cmpint(file->fd, ==, -1);
    g_assert_cmpint(files_descriptor(files, file, &error), ==, -1);
    assert_segment_error(error, IOVTOOL_ERROR_SOURCE, message);
}

/* Reopened files must be the ones that were looked at, under the same name and unchanged or not. */
static void refuse_others(void)
{
    struct files *files = files_new();
    struct file *replaced = open_numbered(files, 0);
    struct file *removed = open_numbered(files, 1);
    struct file *back_again = open_numbered(files, 2);
    struct file *rewritten = open_numbered(files, 3);

    /* the four are open: opening others closes them; limit_descriptors() would only close them */
    const struct rlimit limit = { .rlim_cur = 24, .rlim_max = 24 };
    g_assert_cmpint(setrlimit(RLIMIT_NOFILE, &limit), ==, 0);
    for (unsigned i = 4; i < MANY; i++) {
        open_numbered(files, i);
    }
    write_file("another", "\0", 1);
    g_assert_cmpint(rename("another", "many-0"), ==, 0);
    g_assert_cmpint(unlink("many-1"), ==, 0);
    g_assert_cmpint(rename("many-2", "away"), ==, 0);
    assert_not_reopened(files, replaced, "many-0: was replaced by another file during the run");
    assert_not_reopened(files, removed, "many-1: No such file or directory");
    assert_not_reopened(files, back_again, "many-2: No such file or directory");
    g_assert_cmpint(rename("away", "many-2"), ==, 0);
    assert_readable(files, back_again, 2);
    const int writer = open("many-3", O_WRONLY | O_CLOEXEC);
    write_all(writer, "?", 1);
    close(writer);
    assert_readable(files, rewritten, '?');
    files_free(files);
}

/* To open a FIFO waits for a writer; here, for ever. */
static void refuse_fifo(void)
{
    struct files *files = files_new();

    alarm(20);
    limit_descriptors(24, 24);
    struct file *replaced = open_numbered(files, 0);
    for (unsigned i = 1; i < MANY; i++) {
        open_numbered(files, i);
    }
    /* the file stays, so that the FIFO cannot have its inode */
    g_assert_cmpint(rename("many-0", "away"), ==, 0);
    g_assert_cmpint(mkfifo("many-0", 0600), ==, 0);
    assert_not_reopened(files, replaced, "many-0: was replaced by another file during the run");
    files_free(files);
}

static void with_few_descriptors(void (*body)(void))
{
    if (can_limit()) {
        write_many();
        in_child(body);
    } else {
        g_test_skip("the kernel does not lower the limit of descriptors");
    }
}

static void test_many(void)
{
    with_few_descriptors(use_many);
}

static void test_keep_recent(void)
{
    with_few_descriptors(keep_recent);
}

static void test_raise_first(void)
{
    with_few_descriptors(raise_first);
}

static void test_freeze(void)
{
    with_few_descriptors(freeze);
}

static void test_refuse_others(void)
{
    with_few_descriptors(refuse_others);
}

static void test_refuse_fifo(void)
{
    with_few_descriptors(refuse_fifo);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/files/open-once", test_open_once);
    g_test_add_func("/files/names", test_names);
    g_test_add_func("/files/sizes", test_sizes);
    g_test_add_func("/files/trouble", test_trouble);
    g_test_add_func("/files/socket", test_socket);
    g_test_add_func("/files/fifo", test_fifo);
    g_test_add_func("/files/devices", test_devices);
    g_test_add_func("/files/procfs", test_procfs);
    g_test_add_func("/files/sysfs", test_sysfs);
    g_test_add_func("/files/inherit", test_inherit);
    g_test_add_func("/files/inherit-standard-input", test_inherit_standard_input);
    g_test_add_func("/files/inherit-past-the-end", test_inherit_past_the_end);
    g_test_add_func("/files/inherit-trouble", test_inherit_trouble);
    g_test_add_func("/files/settle", test_settle);
    g_test_add_func("/files/temporary", test_temporary);
    g_test_add_func("/files/freeze", test_freeze);
    g_test_add_func("/files/many", test_many);
    g_test_add_func("/files/keep-recent", test_keep_recent);
    g_test_add_func("/files/raise-first", test_raise_first);
    g_test_add_func("/files/refuse-others", test_refuse_others);
    g_test_add_func("/files/refuse-fifo", test_refuse_fifo);
    return scratch_run();
}
