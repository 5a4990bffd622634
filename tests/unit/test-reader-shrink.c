/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Files that shrink after they were looked at: between windows, under a window, and behind a hole.
 */
#include <signal.h>
#include <sys/mman.h>

#include "sigbus.h"
#include "support.h"
#include "transfer/guard.h"
#include "transfer/reader.h"

#define KIB ((uint64_t)1024)
#define MIB (1024 * KIB)

/*
 * The sanitizers report a SIGBUS and end the program unless they leave the signal to its handler,
 * as the kernel does.
 */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
    return "handle_sigbus=0";
}

/* ---- A reader of one file -------------------------------------------------------------------- */

struct reading {
    struct subject subject;
    struct reader *reader;
    struct window window;
    uint64_t at; /* where the window starts */
};

/* A file "file" of `size` bytes, noise(0, (size_t)size), and a reader of `range` of it. */
static struct reading reading_new(uint64_t size, const char *range, unsigned flags)
{
    struct reading reading = { .subject = subject_new(SLICE_EXACT) };
    g_autofree uint8_t *bytes = noise(0, (size_t)size);
    g_autofree char *word = g_strconcat("file:file", range, NULL);

    write_file("file", bytes, (size_t)size);
    subject_add_good(&reading.subject, word);
    reading.reader = reader_new(reading.subject.vector, reading.subject.files, flags, SLICE_EXACT);
    return reading;
}

static void reading_free(struct reading *reading)
{
    reader_free(reading->reader);
    subject_free(&reading->subject);
}

static void next_good(struct reading *reading)
{
    g_autoptr(GError) error = NULL;

    reading->at += reading->window.length;
    g_assert_cmpint(reader_next(reading->reader, &reading->window, &error), ==, READER_WINDOW);
    g_assert_no_error(error);
}

static void assert_shrank(const GError *error)
{
    g_assert_error(error, IOVTOOL_ERROR, IOVTOOL_ERROR_SOURCE);
    g_test_message("%s", error->message);
    g_assert_true(g_str_has_prefix(error->message, "file@"));
    g_assert_nonnull(strstr(error->message, ": the file shrank while it was read"));
}

static void next_shrank(struct reading *reading)
{
    g_autoptr(GError) error = NULL;

    g_assert_cmpint(reader_next(reading->reader, &reading->window, &error), ==, READER_FAILED);
    assert_shrank(error);
}

static void assert_not_intact(const struct reading *reading)
{
    g_autoptr(GError) error = NULL;

    g_assert_false(reader_intact(reading->reader, &error));
    assert_shrank(error);
}

/* That bytes are gone may be told instead of the window, or after it. */
static void next_shrank_or_not_intact(struct reading *reading)
{
    g_autoptr(GError) error = NULL;

    if (reader_next(reading->reader, &reading->window, &error) == READER_WINDOW) {
        assert_not_intact(reading);
        next_shrank(reading);
    } else {
        assert_shrank(error);
    }
}

static void assert_intact(const struct reading *reading)
{
    g_autoptr(GError) error = NULL;

    g_assert_true(reader_intact(reading->reader, &error));
    g_assert_no_error(error);
}

/* How many bytes of the window are still those of the file; all others must be 0. */
static size_t touch(const struct reading *reading, uint64_t offset)
{
    const volatile uint8_t *bytes = reading->window.iov.iov_base;
    size_t same = 0;

    for (size_t i = 0; i < reading->window.iov.iov_len; i++) {
        if (bytes[i] == noise_at(offset + i)) {
            g_assert_cmpuint(same, ==, i);
            same++;
        } else {
            g_assert_cmpuint(bytes[i], ==, 0);
        }
    }
    return same;
}

static void shrink(uint64_t size)
{
    g_assert_cmpint(truncate("file", (off_t)size), ==, 0);
}

/* ---- Between windows ------------------------------------------------------------------------- */

static void check_before_first_window(uint64_t size, uint64_t end, unsigned flags,
                                      const char *message)
{
    struct reading reading = reading_new(size, "@5", flags);
    g_autofree char *whole = g_strdup_printf("file@5+%" PRIu64 ": %s", size - 5, message);
    g_autoptr(GError) error = NULL;

    shrink(end);
    g_assert_cmpint(reader_next(reading.reader, &reading.window, &error), ==, READER_FAILED);
    assert_segment_error(error, IOVTOOL_ERROR_SOURCE, whole);
    reading_free(&reading);
}

static void test_before_first_window(void)
{
    static const char small[] =
        "the file shrank while it was read: asked for 95 bytes at 5, but it now ends at 50";
    static const char emptied[] =
        "the file shrank while it was read: asked for 95 bytes at 5, but it now ends at 5";
    static const char large[] =
        "the file shrank while it was read: asked for 99995 bytes at 5, but it now ends at 50000";

    check_before_first_window(100, 50, 0, small);
    check_before_first_window(100, 50, READER_NO_MAP, small);
    check_before_first_window(100, 5, 0, emptied);
    check_before_first_window(100000, 50000, 0, large);
    check_before_first_window(100000, 50000, READER_NO_MAP, large);
}

/* What still exists may be given; nothing else is, and the end is an error. */
static void check_between_windows(uint64_t end, unsigned flags)
{
    struct reading reading = reading_new(5 * MIB, "", flags);
    enum reader_status status;
    g_autoptr(GError) error = NULL;

    next_good(&reading);
    shrink(end);
    reading.at += reading.window.length;
    while ((status = reader_next(reading.reader, &reading.window, &error)) == READER_WINDOW) {
        g_assert_cmpuint(touch(&reading, reading.at), ==, reading.window.length);
        assert_intact(&reading);
        reading.at += reading.window.length;
    }
    g_assert_cmpint(status, ==, READER_FAILED);
    assert_shrank(error);
    reading_free(&reading);
}

static void test_between_windows(void)
{
    for (uint64_t end = 256 * KIB; end < 5 * MIB; end += 508 * KIB) {
        check_between_windows(end, 0);
        check_between_windows(end, READER_MAP);
        check_between_windows(end + 17, READER_NO_MAP);
    }
}

static void test_between_small_pieces(void)
{
    struct reading reading = reading_new(1000, "@0+10", READER_SPLIT);

    subject_add_good(&reading.subject, "file:file@500+10");
    next_good(&reading);
    g_assert_cmpuint(touch(&reading, 0), ==, 10);
    shrink(505);
    next_shrank(&reading);
    reading_free(&reading);
}

/* A file that only grows, or shrinks behind the range, is none of our business. */
static void test_no_concern(void)
{
    for (unsigned flags = 0; flags <= READER_NO_MAP; flags += READER_NO_MAP) {
        struct reading reading = reading_new(5 * MIB, "@7+3000000", flags);
        uint64_t at = 7;
        struct window *window = &reading.window;

        shrink(6 * MIB);
        while (reader_next(reading.reader, window, NULL) == READER_WINDOW) {
            g_assert_cmpuint(touch(&reading, at), ==, window->length);
            assert_intact(&reading);
            at += window->length;
            shrink(3000007 + (at & 1));
        }
        g_assert_cmpuint(at, ==, 3000007);
        reading_free(&reading);
    }
}

/* ---- Under a window -------------------------------------------------------------------------- */

/*
 * Pages that are gone read as zeros, and that is told: at once when asked, and by the next window.
 */
static void check_under_window(uint64_t size, const char *range, uint64_t end)
{
    struct reading reading = reading_new(size, range, READER_MAP);
    const uint64_t offset = vector_segment(reading.subject.vector, 0)->offset;

    next_good(&reading);
    g_assert_cmpuint(reading.window.length, ==, MIN(size, 2 * MIB) - offset);
    assert_intact(&reading);
    shrink(end);
    const size_t left = touch(&reading, offset);
    if (end >= offset + reading.window.length) {
        g_assert_cmpuint(left, ==, reading.window.length);
        assert_intact(&reading);
    } else {
        g_assert_cmpuint(left, ==, end > offset ? end - offset : 0);
        assert_not_intact(&reading);
        assert_not_intact(&reading);
        next_shrank(&reading);
    }
    reading_free(&reading);
}

static void test_under_window(void)
{
    check_under_window(100 * KIB, "", 0);
    check_under_window(100 * KIB, "", 48 * KIB);
    check_under_window(100 * KIB, "", 48 * KIB + 5);
    check_under_window(100 * KIB, "@5", 1);
    check_under_window(100 * KIB, "@5", 3);
    check_under_window(100 * KIB, "@9000", 8192);
    check_under_window(3 * MIB, "", 0);
    check_under_window(3 * MIB, "", 1 * MIB);
    check_under_window(3 * MIB, "@4099", 2 * MIB - 4096);
    check_under_window(3 * MIB, "@4099", 2 * MIB);
    check_under_window(3 * MIB, "@4099", 2 * MIB + 1);
}

/* The message names the segment of the window, wherever the cursor has gone since. */
static void test_names_its_segment(void)
{
    struct reading reading = reading_new(3 * MIB, "", READER_MAP);
    struct file_range range;

    subject_add_good(&reading.subject, "str:behind");
    next_good(&reading);
    shrink(0);
    g_assert_cmpuint(touch(&reading, 0), ==, 0);
    assert_not_intact(&reading);
    reader_skip(reading.reader, 1 * MIB + 3);
    assert_not_intact(&reading);
    reader_skip(reading.reader, 3);
    g_assert_false(reader_at_file(reading.reader, &range));
    assert_not_intact(&reading);
    reading_free(&reading);
}

/* After one file shrank, other readers go on, and new ones start afresh. */
static void test_others_go_on(void)
{
    struct reading reading = reading_new(3 * MIB, "", READER_MAP);
    g_autofree uint8_t *bytes = noise(0, 3 * MIB);
    struct subject other = subject_new(SLICE_EXACT);
    struct window window;

    write_file("other", bytes, 3 * MIB);
    subject_add_good(&other, "other");
    struct reader *others = reader_new(other.vector, other.files, READER_MAP, SLICE_EXACT);
    g_assert_cmpint(reader_next(others, &window, NULL), ==, READER_WINDOW);
    next_good(&reading);
    shrink(0);
    g_assert_cmpuint(touch(&reading, 0), ==, 0);
    assert_not_intact(&reading);
    g_assert_true(reader_intact(others, NULL));
    reading_free(&reading);

    reading = reading_new(3 * MIB, "", READER_MAP);
    next_good(&reading);
    g_assert_cmpuint(touch(&reading, 0), ==, 2 * MIB);
    assert_intact(&reading);
    g_assert_cmpint(reader_next(others, &window, NULL), ==, READER_WINDOW);
    assert_same_bytes(window.iov.iov_base, bytes + 2 * MIB, 1 * MIB);
    g_assert_true(reader_intact(others, NULL));
    reading_free(&reading);
    reader_free(others);
    subject_free(&other);
}

/*
 * The last page of a file goes on with zeros behind its end: no signal tells of bytes lost there.
 */
static void check_inside_page(uint64_t size, uint64_t end)
{
    struct reading reading = reading_new(size, "", READER_MAP);

    next_good(&reading);
    g_assert_cmpuint(reading.window.length, ==, size);
    shrink(end);
    g_assert_cmpuint(touch(&reading, 0), ==, end);
    assert_not_intact(&reading);
    next_shrank(&reading);
    reading_free(&reading);
}

/* The same when that happened before the window was made. */
static void check_inside_page_before(uint64_t size, uint64_t end)
{
    struct reading reading = reading_new(size, "", READER_MAP);

    shrink(end);
    next_shrank_or_not_intact(&reading);
    reading_free(&reading);
}

static void test_inside_page(void)
{
    check_inside_page_before(100 * KIB, 100 * KIB - 1);
    check_inside_page_before(100 * KIB, 96 * KIB + 1);
    check_inside_page(100 * KIB, 100 * KIB - 1);
    check_inside_page(100 * KIB, 96 * KIB + 1);
    check_inside_page(100 * KIB + 10, 100 * KIB + 5);
    check_inside_page(2 * MIB, 2 * MIB - 1);
}

/* ---- Holes ----------------------------------------------------------------------------------- */

/* Behind its new end a file has no data, but that is no hole. */
static void check_hole(uint64_t end, unsigned flags)
{
    struct reading reading = reading_new(1, "", flags);

    reading_free(&reading);
    g_assert_cmpint(truncate("file", 3 * MIB), ==, 0);
    reading.subject = subject_new(SLICE_EXACT);
    subject_add_good(&reading.subject, "file:file@0+70000");
    subject_add_good(&reading.subject, "file:file@1M+100000");
    reading.reader = reader_new(reading.subject.vector, reading.subject.files, flags, SLICE_EXACT);
    reading.at = 0;
    for (uint64_t done = 0; done < 70000; done += reading.window.length) {
        next_good(&reading);
    }
    shrink(end);
    next_shrank_or_not_intact(&reading);
    reading_free(&reading);
}

static void test_hole(void)
{
    for (unsigned flags = READER_SPLIT; flags <= (READER_SPLIT | READER_NO_MAP | READER_REPEATS);
         flags++) {
        if (flags & READER_SPLIT) {
            check_hole(100000, flags);
            check_hole(1 * MIB, flags);
            check_hole(1, flags);
        }
    }
}

/* ---- The guard itself ------------------------------------------------------------------------ */

static void test_guard(void)
{
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    struct guard *guards[GUARD_REGIONS];
    uint8_t *memory =
        mmap(NULL, page * GUARD_REGIONS, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    g_assert_true(memory != MAP_FAILED);
    for (size_t i = 0; i < GUARD_REGIONS; i++) {
        guards[i] = guard_region(memory + i * page, page);
        g_assert_nonnull(guards[i]);
        g_assert_false(guard_tripped(guards[i]));
    }
    g_assert_null(guard_region(memory, page));
    guard_release(guards[3]);
    guards[3] = guard_region(memory + 3 * page, page);
    g_assert_nonnull(guards[3]);
    g_assert_null(guard_region(memory, page));
    for (size_t i = 0; i < GUARD_REGIONS; i++) {
        guard_release(guards[i]);
    }
    guard_release(NULL);
    g_assert_false(guard_tripped(NULL));
    munmap(memory, page * GUARD_REGIONS);
}

/* Only the region that was touched trips, until it is reset. */
static void test_trip(void)
{
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    g_autofree uint8_t *bytes = noise(0, 4 * page);

    write_file("file", bytes, 4 * page);
    const int fd = open("file", O_RDONLY | O_CLOEXEC);
    volatile uint8_t *memory = mmap(NULL, 4 * page, PROT_READ, MAP_SHARED, fd, 0);
    g_assert_true(memory != MAP_FAILED);
    struct guard *front = guard_region((uint8_t *)memory, 2 * page);
    struct guard *back = guard_region((uint8_t *)memory + 2 * page, 2 * page);
    shrink(page);

    g_assert_cmpuint(memory[0], ==, bytes[0]);
    g_assert_cmpuint(memory[4 * page - 1], ==, 0);
    g_assert_false(guard_tripped(front));
    g_assert_true(guard_tripped(back));
    g_assert_cmpuint(memory[2 * page - 1], ==, 0);
    g_assert_true(guard_tripped(front));
    guard_reset(back);
    g_assert_false(guard_tripped(back));
    g_assert_true(guard_tripped(front));
    g_assert_cmpuint(memory[2 * page], ==, 0);
    g_assert_true(guard_tripped(back));
    guard_release(front);
    guard_release(back);
    struct guard *again = guard_region((uint8_t *)memory, 2 * page);
    g_assert_false(guard_tripped(again));
    guard_release(again);
    munmap((uint8_t *)memory, 4 * page);
    close(fd);
}

/* What is not guarded, or no longer, kills as ever. */
static void touch_unguarded(void)
{
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    const int fd = open("file", O_RDONLY | O_CLOEXEC);
    volatile uint8_t *memory = mmap(NULL, 2 * page, PROT_READ, MAP_SHARED, fd, 0);
    struct guard *front = guard_region((uint8_t *)memory, page);
    struct guard *back = guard_region((uint8_t *)memory + page, page);

    guard_release(back);
    shrink(0);
    g_assert_cmpuint(memory[0], ==, 0);
    g_assert_true(guard_tripped(front));
    g_assert_cmpuint(memory[page], ==, 0);
}

static void test_unguarded(void)
{
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    g_autofree uint8_t *bytes = noise(0, 2 * page);
    int status;

    write_file("file", bytes, 2 * page);
    const pid_t child = fork();
    if (child == 0) {
        touch_unguarded();
        _exit(0);
    }
    g_assert_cmpint(waitpid(child, &status, 0), ==, child);
    g_assert_true(WIFSIGNALED(status));
    g_assert_cmpint(WTERMSIG(status), ==, SIGBUS);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/reader-shrink/before-first-window", test_before_first_window);
    g_test_add_func("/reader-shrink/between-windows", test_between_windows);
    g_test_add_func("/reader-shrink/between-small-pieces", test_between_small_pieces);
    g_test_add_func("/reader-shrink/no-concern", test_no_concern);
    sigbus_add_func("/reader-shrink/under-window", test_under_window);
    sigbus_add_func("/reader-shrink/others-go-on", test_others_go_on);
    g_test_add_func("/reader-shrink/guard", test_guard);
    sigbus_add_func("/reader-shrink/trip", test_trip);
    g_test_add_func("/reader-shrink/unguarded", test_unguarded);
    g_test_add_func("/reader-shrink/hole", test_hole);
    g_test_add_func("/reader-shrink/inside-page", test_inside_page);
    sigbus_add_func("/reader-shrink/names-its-segment", test_names_its_segment);
    return scratch_run();
}
