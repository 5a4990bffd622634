/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "transfer/reader.h"

#include "support.h"
#include "transfer/guard.h"

#define SEED 20240615u
#define KIB ((uint64_t)1024)
#define MIB (1024 * KIB)

/* "data" holds noise(0, DATA_SIZE). */
#define DATA_SIZE (5 * MIB + 1234)

static uint8_t *data;

static const unsigned all_flags[] = {
    0,
    READER_REPEATS,
    READER_SPLIT,
    READER_NO_MAP,
    READER_REPEATS | READER_SPLIT,
    READER_REPEATS | READER_NO_MAP,
    READER_SPLIT | READER_NO_MAP,
    READER_REPEATS | READER_SPLIT | READER_NO_MAP,
    READER_MAP,
    READER_REPEATS | READER_SPLIT | READER_MAP,
};
#define FLAG_SETS ((int)G_N_ELEMENTS(all_flags))

/* ---- Vectors with their model ---------------------------------------------------------------- */

struct pairing {
    struct files *files;
    struct vector *vector;
    struct model model;
};

static struct pairing pairing_new(void)
{
    return (struct pairing){ files_new(), vector_new(), model_new() };
}

static void pairing_free(struct pairing *pairing)
{
    vector_free(pairing->vector);
    files_free(pairing->files);
    model_clear(&pairing->model);
}

static void append(struct pairing *pairing, const struct segment *segment, const void *bytes)
{
    g_assert_true(vector_append(pairing->vector, segment, NULL));
    model_add(&pairing->model, bytes, segment->length);
}

/* `length` bytes at `offset` of the file that holds `content`. */
static void append_file(struct pairing *pairing, const char *name, const uint8_t *content,
                        uint64_t offset, uint64_t length)
{
    struct file *file = files_open(pairing->files, name, strlen(name), NULL);
    const struct segment segment = {
        .kind = SEGMENT_FILE, .file = file, .offset = offset, .length = length
    };

    append(pairing, &segment, content + offset);
}

static void append_bytes(struct pairing *pairing, const uint8_t *bytes, uint64_t length)
{
    const struct segment segment = { .kind = SEGMENT_BYTES, .bytes = bytes, .length = length };

    append(pairing, &segment, bytes);
}

static void append_fill(struct pairing *pairing, const uint8_t *pattern, uint32_t period,
                        uint64_t phase, uint64_t length)
{
    g_autofree uint8_t *bytes = g_malloc((gsize)MAX(length, 1));
    const struct segment segment = {
        .kind = SEGMENT_FILL, .bytes = pattern, .period = period, .offset = phase, .length = length
    };

    for (uint64_t i = 0; i < length; i++) {
        bytes[i] = pattern[(phase + i) % period];
    }
    append(pairing, &segment, bytes);
}

static unsigned check(const struct pairing *pairing, unsigned flags)
{
    return assert_reads_as(pairing->vector, pairing->files, flags, SLICE_EXACT, &pairing->model);
}

static void check_all_flags(const struct pairing *pairing)
{
    for (size_t i = 0; i < G_N_ELEMENTS(all_flags); i++) {
        check(pairing, all_flags[i]);
    }
}

/* ---- Everything mixed ------------------------------------------------------------------------ */

/* Lengths near where something else is done about a piece: empty, small, a page, a window. */
static uint64_t random_length(GRand *random)
{
    static const uint64_t edges[] = { 0, 0, 1, 2, 4 * KIB, 64 * KIB };
    const uint64_t edge = edges[g_rand_int_range(random, 0, G_N_ELEMENTS(edges))];
    const uint64_t around = (uint64_t)g_rand_int_range(random, 0, 5);

    switch (g_rand_int_range(random, 0, 4)) {
    case 0:
        return edge + around < 2 ? 0 : edge + around - 2;
    case 1:
        return (uint64_t)g_rand_int_range(random, 0, 100);
    case 2:
        return (uint64_t)g_rand_int_range(random, 0, 9000);
    default:
        return (uint64_t)g_rand_int_range(random, 0, 150000);
    }
}

static void append_random(struct pairing *pairing, GRand *random)
{
    const uint64_t length = random_length(random);
    const uint64_t offset = (uint64_t)g_rand_int_range(random, 0, (gint32)(DATA_SIZE - length));
    const uint32_t period = (uint32_t)g_rand_int_range(random, 1, 1 + (gint32)MIN(offset, 70000));

    switch (g_rand_int_range(random, 0, 3)) {
    case 0:
        append_file(pairing, "data", data, offset, length);
        break;
    case 1:
        append_bytes(pairing, data + offset, length);
        break;
    default:
        append_fill(pairing, data + offset / 2, period, offset % period, length);
        break;
    }
}

static void test_mixed(void)
{
    g_autoptr(GRand) random = g_rand_new_with_seed(SEED);

    g_test_message("seed %u", SEED);
    for (int i = 0; i < 40; i++) {
        struct pairing pairing = pairing_new();
        const int count = g_rand_int_range(random, 0, 12);

        for (int j = 0; j < count; j++) {
            append_random(&pairing, random);
        }
        check_all_flags(&pairing);
        pairing_free(&pairing);
    }
}

/* A slice of a vector reads as the slice of its bytes. */
static void test_sliced(void)
{
    g_autoptr(GRand) random = g_rand_new_with_seed(SEED + 1);

    g_test_message("seed %u", SEED + 1);
    for (int i = 0; i < 60; i++) {
        struct pairing pairing = pairing_new();
        struct model slice = model_new();

        for (int j = 0; j < 5; j++) {
            append_random(&pairing, random);
        }
        const gint32 size = (gint32)pairing.model.bytes->len;
        const uint64_t skip = (uint64_t)g_rand_int_range(random, 0, size + 1);
        const uint64_t length = (uint64_t)g_rand_int_range(random, 0, size + 1 - (gint32)skip);

        g_assert_true(vector_slice(pairing.vector, skip, length, SLICE_EXACT, NULL));
        for (size_t j = 0, at = (size_t)skip; j < vector_count(pairing.vector); j++) {
            const uint64_t part = vector_segment(pairing.vector, j)->length;

            model_add(&slice, pairing.model.bytes->data + at, part);
            at += (size_t)part;
        }
        g_assert_cmpuint(slice.bytes->len, ==, length);
        assert_reads_as(pairing.vector, pairing.files, all_flags[i % FLAG_SETS], SLICE_EXACT,
                        &slice);
        model_clear(&slice);
        pairing_free(&pairing);
    }
}

/* ---- Long ranges of a file ------------------------------------------------------------------- */

static void check_range(uint64_t offset, uint64_t length, unsigned flags)
{
    struct pairing pairing = pairing_new();

    append_file(&pairing, "data", data, offset, length);
    check(&pairing, flags);
    pairing_free(&pairing);
}

/* Lengths and offsets around the sizes of pages, windows and mappings. */
static void test_boundaries(void)
{
    static const uint64_t sizes[] = { 4 * KIB, 64 * KIB, 256 * KIB, 2 * MIB };
    static const uint64_t offsets[] = { 0,       1,           4 * KIB - 1,
                                        4 * KIB, 4 * KIB + 1, 2 * MIB - 1,
                                        2 * MIB, 2 * MIB + 1, 2 * MIB - 64 * KIB };

    for (size_t i = 0; i < G_N_ELEMENTS(sizes); i++) {
        for (size_t j = 0; j < G_N_ELEMENTS(offsets); j++) {
            for (uint64_t length = sizes[i] - 1; length <= sizes[i] + 1; length++) {
                check_range(offsets[j], length, 0);
                check_range(offsets[j], length, READER_MAP);
                check_range(offsets[j], length, READER_NO_MAP);
            }
        }
    }
    check_range(0, DATA_SIZE, 0);
    check_range(3, DATA_SIZE - 3, READER_REPEATS | READER_SPLIT);
    check_range(DATA_SIZE - 1, 1, 0);
    check_range(DATA_SIZE, 0, 0);
}

/* Windows of the lengths that reader.h names, so that memory stays flat. */
static void test_window_lengths(void)
{
    struct pairing pairing = pairing_new();

    append_file(&pairing, "data", data, 0, DATA_SIZE);
    g_assert_cmpuint(check(&pairing, READER_MAP), ==, 3);
    g_assert_cmpuint(check(&pairing, READER_NO_MAP), ==, 21);
    pairing_free(&pairing);

    pairing = pairing_new();
    append_file(&pairing, "data", data, 2 * MIB - 100 * KIB, 200 * KIB);
    g_assert_cmpuint(check(&pairing, READER_MAP), ==, 2);
    pairing_free(&pairing);
}

/* ---- Small pieces ---------------------------------------------------------------------------- */

static void test_tiny(void)
{
    struct pairing pairing = pairing_new();

    for (uint64_t i = 0; i < 5000; i++) {
        const uint64_t length = i % 7;
        const uint64_t offset = i * 997 % (DATA_SIZE - 7);

        switch (i % 3) {
        case 0:
            append_file(&pairing, "data", data, offset, length);
            break;
        case 1:
            append_bytes(&pairing, data + offset, length);
            break;
        default:
            append_fill(&pairing, data + offset, 3, i % 9 / 3, length);
            break;
        }
    }
    /* 15,000 bytes: one window, where segments may share one */
    g_assert_cmpuint(check(&pairing, 0), ==, 1);
    g_assert_cmpuint(check(&pairing, READER_REPEATS | READER_NO_MAP), ==, 1);
    check(&pairing, READER_SPLIT);
    check(&pairing, READER_SPLIT | READER_REPEATS);
    pairing_free(&pairing);
}

/* Pieces that fill more than one window, and do not fit evenly. */
static void test_many_small(void)
{
    static const uint64_t lengths[] = { 1000, 4095, 4096, 10007, 65535, 65536 };

    for (size_t i = 0; i < G_N_ELEMENTS(lengths); i++) {
        struct pairing pairing = pairing_new();

        for (uint64_t at = 0; at < 600 * KIB; at += lengths[i]) {
            append_file(&pairing, "data", data, at * 7 % (DATA_SIZE - 65536), lengths[i]);
            append_bytes(&pairing, data + at, 5);
        }
        check(&pairing, 0);
        check(&pairing, READER_SPLIT);
        check(&pairing, READER_NO_MAP);
        pairing_free(&pairing);
    }
}

static void append_nothing(struct pairing *pairing, unsigned which)
{
    static const uint8_t pattern[] = { 1, 2, 3 };

    switch (which % 4) {
    case 0:
        append_bytes(pairing, pattern, 0);
        break;
    case 1:
        append_fill(pairing, pattern, 3, 2, 0);
        break;
    case 2:
        append_file(pairing, "data", data, 77, 0);
        break;
    default:
        append_file(pairing, "data", data, DATA_SIZE, 0);
        break;
    }
}

/* Segments without bytes before, between and after others, and nothing but those. */
static void test_empty(void)
{
    for (unsigned count = 0; count <= 5; count++) {
        struct pairing pairing = pairing_new();

        for (unsigned i = 0; i < count; i++) {
            append_nothing(&pairing, i);
        }
        check_all_flags(&pairing);
        for (uint64_t length = 1; length <= 100000; length *= 10) {
            append_file(&pairing, "data", data, 99, length);
            for (unsigned i = 0; i < count; i++) {
                append_nothing(&pairing, i + 1);
            }
            append_bytes(&pairing, data + 5, length);
            append_nothing(&pairing, count);
            append_fill(&pairing, data + 9, 7, 6, length);
            append_nothing(&pairing, count);
        }
        check_all_flags(&pairing);
        pairing_free(&pairing);
    }
}

/* ---- Fills ----------------------------------------------------------------------------------- */

static void check_fill(uint32_t period, uint64_t phase, uint64_t length)
{
    struct pairing pairing = pairing_new();

    append_fill(&pairing, data, period, phase, length);
    check(&pairing, 0);
    /* one window of any length, if only it is longer than a small piece */
    const unsigned windows = check(&pairing, READER_REPEATS);
    g_assert_cmpuint(windows, ==, 1);
    pairing_free(&pairing);
}

/* Every phase of all short periods; of the longer ones those that matter. */
static void test_fills(void)
{
    static const uint32_t periods[] = { 255,   256,   257,   4095,  4096,  4097, 32767,
                                        32768, 32769, 65535, 65536, 65537, 70000 };

    for (uint32_t period = 1; period <= 40; period++) {
        for (uint64_t phase = 0; phase < period; phase++) {
            check_fill(period, phase, 5000 + phase);
        }
        check_fill(period, period - 1, 200000 + period);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(periods); i++) {
        const uint64_t phases[] = { 0, 1, periods[i] / 2, periods[i] - 1 };

        for (size_t j = 0; j < G_N_ELEMENTS(phases); j++) {
            check_fill(periods[i], phases[j], 1);
            check_fill(periods[i], phases[j], periods[i]);
            check_fill(periods[i], phases[j], periods[i] + 1);
            check_fill(periods[i], phases[j], 2 * (uint64_t)periods[i] - 1);
            check_fill(periods[i], phases[j], 300000);
        }
    }
}

/* A pattern that starts with a zero is not all zeros. */
static void test_fill_with_zeros(void)
{
    static const uint8_t pattern[] = { 0, 0, 1, 0 };

    for (uint32_t period = 1; period <= sizeof(pattern); period++) {
        for (uint64_t phase = 0; phase < period; phase++) {
            for (uint64_t length = 10; length <= 100000; length *= 10) {
                struct pairing pairing = pairing_new();

                append_fill(&pairing, pattern, period, phase, length);
                check(&pairing, 0);
                check(&pairing, READER_REPEATS);
                pairing_free(&pairing);
            }
        }
    }
}

/* Two fills after each other, as one window each: the second has a pattern of its own. */
static void test_fill_after_fill(void)
{
    for (uint32_t first = 1; first <= 5; first++) {
        for (uint32_t second = 1; second <= 5; second++) {
            struct pairing pairing = pairing_new();

            append_fill(&pairing, data, first, 0, 150000);
            append_fill(&pairing, data + 11, second, second - 1, 150000);
            append_fill(&pairing, data + 22, first, 0, 150000);
            check(&pairing, 0);
            g_assert_cmpuint(check(&pairing, READER_REPEATS), ==, 3);
            pairing_free(&pairing);
        }
    }
}

/* ---- Holes ----------------------------------------------------------------------------------- */

#define SPARSE_SIZE (3 * MIB + 777)

/* Data at these places, holes between and after them. */
static const struct {
    uint64_t offset;
    uint64_t length;
} islands[] = {
    { 5000, 3 }, { 70001, 4096 }, { 200000, 100000 }, { 400 * KIB, 1 }, { 2 * MIB - 5, 10 },
};

static uint8_t *write_sparse(const char *name, uint64_t size)
{
    uint8_t *content = g_malloc0((gsize)size);
    const int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

    g_assert_cmpint(fd, >=, 0);
    g_assert_cmpint(ftruncate(fd, (off_t)size), ==, 0);
    for (size_t i = 0; i < G_N_ELEMENTS(islands); i++) {
        memcpy(content + islands[i].offset, data + islands[i].offset, (size_t)islands[i].length);
        g_assert_cmpint(lseek(fd, (off_t)islands[i].offset, SEEK_SET), >=, 0);
        write_all(fd, content + islands[i].offset, (size_t)islands[i].length);
    }
    close(fd);
    return content;
}

static void test_holes(void)
{
    g_autoptr(GRand) random = g_rand_new_with_seed(SEED + 2);
    g_autofree uint8_t *content = write_sparse("sparse", SPARSE_SIZE);

    g_test_message("seed %u", SEED + 2);
    for (int i = 0; i < 20; i++) {
        struct pairing pairing = pairing_new();

        for (int j = 0; j < 3; j++) {
            const gint32 offset = g_rand_int_range(random, 0, SPARSE_SIZE);
            const gint32 length = g_rand_int_range(random, 0, (gint32)(SPARSE_SIZE + 1) - offset);

            append_file(&pairing, "sparse", content, (uint64_t)offset, (uint64_t)length / 3);
            append_file(&pairing, "data", data, (uint64_t)offset, 70000);
        }
        check(&pairing, all_flags[i % FLAG_SETS]);
        pairing_free(&pairing);
    }
    struct pairing whole = pairing_new();
    append_file(&whole, "sparse", content, 0, SPARSE_SIZE);
    append_file(&whole, "sparse", content, SPARSE_SIZE - 5, 5);
    check_all_flags(&whole);
    pairing_free(&whole);
}

/* Where one file has its data the other has a hole. */
static void test_holes_of_two(void)
{
    const uint64_t size = 1 * MIB;
    g_autofree uint8_t *front = g_malloc0(size);
    g_autofree uint8_t *back = g_malloc0(size);
    struct pairing pairing = pairing_new();

    memcpy(front, data, size / 2);
    memcpy(back + size / 2, data, size / 2);
    write_file("front", data, size / 2);
    g_assert_cmpint(truncate("front", (off_t)size), ==, 0);
    write_file("back", "", 0);
    g_assert_cmpint(truncate("back", (off_t)size), ==, 0);
    const int fd = open("back", O_WRONLY | O_CLOEXEC);
    g_assert_cmpint(lseek(fd, (off_t)size / 2, SEEK_SET), >=, 0);
    write_all(fd, data, size / 2);
    close(fd);
    for (uint64_t at = 0; at + 70000 <= size; at += 70000) {
        append_file(&pairing, "front", front, at, 70000);
        append_file(&pairing, "back", back, at, 70000);
    }
    append_file(&pairing, "front", front, 0, size);
    append_file(&pairing, "back", back, 0, size);
    check_all_flags(&pairing);
    pairing_free(&pairing);
}

/* A hole of a tebibyte costs a window, not a tebibyte. */
static void test_huge_hole(void)
{
    const uint64_t size = MIB * MIB;
    struct subject subject = subject_new(SLICE_EXACT);
    struct window window;
    g_autoptr(GError) error = NULL;
    uint64_t at = 0;
    unsigned windows = 0;

    write_file("huge", data, 10);
    if (truncate("huge", (off_t)size) != 0) {
        g_test_skip("the kernel's file system has no files of 1 TiB");
        subject_free(&subject);
        return;
    }
    subject_add_good(&subject, "huge");
    struct reader *reader = reader_new(subject.vector, subject.files, READER_REPEATS, SLICE_EXACT);
    while (reader_next(reader, &window, &error) == READER_WINDOW) {
        assert_window_shape(&window, READER_REPEATS);
        at += window.length;
        g_assert_cmpuint(++windows, <, 10);
    }
    g_assert_no_error(error);
    g_assert_cmpuint(at, ==, size);
    reader_free(reader);
    subject_free(&subject);
}

/* ---- Without reading ------------------------------------------------------------------------- */

/* Reads on, from `at`, and finds the model's bytes. */
static void assert_reads_on(struct reader *reader, const struct model *model, uint64_t at)
{
    struct window window;
    g_autoptr(GError) error = NULL;

    while (reader_next(reader, &window, &error) == READER_WINDOW) {
        assert_window_bytes(&window, model, at);
        assert_window_place(&window, model, at, 0);
        at += window.length;
    }
    g_assert_no_error(error);
    g_assert_cmpuint(at, ==, model->bytes->len);
}

static struct pairing few_segments(void)
{
    struct pairing pairing = pairing_new();

    append_nothing(&pairing, 2);
    append_file(&pairing, "data", data, 10, 5);
    append_nothing(&pairing, 1);
    append_fill(&pairing, data, 3, 1, 7);
    append_bytes(&pairing, data + 40, 4);
    append_file(&pairing, "data", data, 100, 200000);
    append_bytes(&pairing, data + 50, 5000);
    append_fill(&pairing, data + 60, 5, 2, 200000);
    append_nothing(&pairing, 3);
    return pairing;
}

static void test_skip(void)
{
    static const uint64_t skips[] = { 0,    1,     5,      6,      12,     16,     17,    100,
                                      5000, 70000, 200015, 200016, 205016, 205017, 405015 };

    for (size_t i = 0; i < G_N_ELEMENTS(skips); i++) {
        for (size_t j = 0; j < G_N_ELEMENTS(all_flags); j++) {
            struct pairing pairing = few_segments();
            struct reader *reader =
                reader_new(pairing.vector, pairing.files, all_flags[j], SLICE_EXACT);
            struct window window;
            uint64_t at = skips[i];

            reader_skip(reader, skips[i]);
            if (at < 200000 && reader_next(reader, &window, NULL) == READER_WINDOW) {
                assert_window_bytes(&window, &pairing.model, at);
                at += window.length;
                reader_skip(reader, 3);
                at += 3;
            }
            assert_reads_on(reader, &pairing.model, at);
            reader_free(reader);
            pairing_free(&pairing);
        }
    }
}

/* Files are passed over in parts, all else is read. */
static void check_pass(uint64_t part, unsigned flags)
{
    struct pairing pairing = few_segments();
    struct reader *reader = reader_new(pairing.vector, pairing.files, flags, SLICE_EXACT);
    const uint64_t size = pairing.model.bytes->len;
    struct file_range range;
    struct window window;
    uint64_t passed = 0;
    uint64_t at = 0;

    while (at < size) {
        if (reader_at_file(reader, &range)) {
            const uint64_t length = MIN(part, range.length);

            g_assert_cmpstr(range.file->name, ==, "data");
            assert_same_bytes(data + range.offset, pairing.model.bytes->data + at,
                              (size_t)range.length);
            reader_pass(reader, length, &window);
            g_assert_cmpuint(window.length, ==, length);
            assert_window_place(&window, &pairing.model, at, READER_SPLIT);
            passed += length;
        } else {
            g_assert_cmpint(reader_next(reader, &window, NULL), ==, READER_WINDOW);
            assert_window_bytes(&window, &pairing.model, at);
        }
        at += window.length;
    }
    g_assert_cmpuint(passed, ==, 200005);
    g_assert_false(reader_at_file(reader, &range));
    g_assert_cmpint(reader_next(reader, &window, NULL), ==, READER_END);
    reader_free(reader);
    pairing_free(&pairing);
}

static void test_pass(void)
{
    check_pass(UINT64_MAX, READER_SPLIT);
    check_pass(1000, READER_SPLIT);
    check_pass(70001, READER_SPLIT | READER_REPEATS);
    check_pass(199999, READER_SPLIT | READER_NO_MAP);
}

/* ---- Descriptors that come from outside ------------------------------------------------------ */

/* Reads `word` of a descriptor that stands at `base`, and finds it at `end` afterwards. */
static void check_settled(int fd, off_t base, const char *ranges, off_t end, unsigned flags)
{
    struct subject subject = subject_new(SLICE_EXACT);
    g_auto(GStrv) words = g_strsplit(ranges, " ", -1);
    g_autoptr(GError) error = NULL;

    g_assert_cmpint(lseek(fd, base, SEEK_SET), ==, base);
    for (char **word = words; *word; word++) {
        g_autofree char *whole = g_strdup_printf("fd:%d%s", fd, *word);

        subject_add_good(&subject, whole);
    }
    g_autoptr(GByteArray) got =
        read_vector(subject.vector, subject.files, flags, SLICE_EXACT, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(got->len, ==, subject.vector->length);
    g_assert_true(files_settle(subject.files, &error));
    g_assert_cmpint(lseek(fd, 0, SEEK_CUR), ==, end);
    subject_free(&subject);
}

static void test_settle(void)
{
    const int fd = open("data", O_RDONLY | O_CLOEXEC);

    g_free(write_sparse("sparse", SPARSE_SIZE));
    const int sparse = open("sparse", O_RDONLY | O_CLOEXEC);

    for (size_t i = 0; i < G_N_ELEMENTS(all_flags); i++) {
        const unsigned flags = all_flags[i];

        check_settled(fd, 0, "@0+4", 4, flags);
        check_settled(fd, 10, "@0+4", 14, flags);
        check_settled(fd, 10, "@0+4 @100+5 @50+5", 115, flags);
        check_settled(fd, 10, "@5+100000", 100015, flags);
        check_settled(fd, 10, "@5+2097152", 2097167, flags);
        check_settled(fd, 10, "@0", (off_t)DATA_SIZE, flags);
        check_settled(fd, 10, "@-100+7", (off_t)DATA_SIZE - 93, flags);
        check_settled(fd, 10, "@5+0", 10, flags);
        check_settled(fd, (off_t)DATA_SIZE + 5, "@0", (off_t)DATA_SIZE + 5, flags);
        check_settled(sparse, 100, "@0+9000", 9100, flags);
        check_settled(sparse, 100, "@0+1000000", 1000100, flags);
        check_settled(sparse, 0, "@0", (off_t)SPARSE_SIZE, flags);
    }
    close(fd);
    close(sparse);
}

/* What was passed over counts as used. */
static void test_settle_unread(void)
{
    struct subject subject = subject_new(SLICE_EXACT);
    const int fd = open("data", O_RDONLY | O_CLOEXEC);
    g_autofree char *word = g_strdup_printf("fd:%d@5+100000", fd);
    struct window window;

    subject_add_good(&subject, "str:front");
    subject_add_good(&subject, word);
    struct reader *reader = reader_new(subject.vector, subject.files, 0, SLICE_EXACT);
    reader_skip(reader, 15);
    g_assert_true(files_settle(subject.files, NULL));
    g_assert_cmpint(lseek(fd, 0, SEEK_CUR), ==, 15);
    reader_pass(reader, 20, &window);
    g_assert_true(files_settle(subject.files, NULL));
    g_assert_cmpint(lseek(fd, 0, SEEK_CUR), ==, 35);
    reader_free(reader);
    subject_free(&subject);
    close(fd);
}

/* ---- More readers than mappings are guarded -------------------------------------------------- */

static void test_many_readers(void)
{
    struct pairing pairing = pairing_new();
    struct reader *readers[GUARD_REGIONS + 3];

    append_file(&pairing, "data", data, 100, 3 * MIB);
    for (size_t i = 0; i < G_N_ELEMENTS(readers); i++) {
        struct window window;

        readers[i] = reader_new(pairing.vector, pairing.files, READER_MAP, SLICE_EXACT);
        g_assert_cmpint(reader_next(readers[i], &window, NULL), ==, READER_WINDOW);
        assert_window_bytes(&window, &pairing.model, 0);
        /* all that could be guarded are mapped */
        g_assert_cmpuint(window.length, ==, i < GUARD_REGIONS ? 2 * MIB - 100 : WINDOW_READ);
        check(&pairing, 0);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(readers); i++) {
        struct window window;
        const uint64_t at = i < GUARD_REGIONS ? 2 * MIB - 100 : WINDOW_READ;

        g_assert_cmpint(reader_next(readers[i], &window, NULL), ==, READER_WINDOW);
        assert_window_bytes(&window, &pairing.model, at);
        reader_free(readers[i]);
    }
    /* and their regions are free again */
    g_assert_cmpuint(check(&pairing, READER_MAP), ==, 2);
    pairing_free(&pairing);
    reader_free(NULL);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/reader/mixed", test_mixed);
    g_test_add_func("/reader/sliced", test_sliced);
    g_test_add_func("/reader/boundaries", test_boundaries);
    g_test_add_func("/reader/window-lengths", test_window_lengths);
    g_test_add_func("/reader/tiny", test_tiny);
    g_test_add_func("/reader/many-small", test_many_small);
    g_test_add_func("/reader/empty", test_empty);
    g_test_add_func("/reader/fills", test_fills);
    g_test_add_func("/reader/fill-with-zeros", test_fill_with_zeros);
    g_test_add_func("/reader/fill-after-fill", test_fill_after_fill);
    g_test_add_func("/reader/holes", test_holes);
    g_test_add_func("/reader/holes-of-two", test_holes_of_two);
    g_test_add_func("/reader/huge-hole", test_huge_hole);
    g_test_add_func("/reader/skip", test_skip);
    g_test_add_func("/reader/pass", test_pass);
    g_test_add_func("/reader/settle", test_settle);
    g_test_add_func("/reader/settle-unread", test_settle_unread);
    g_test_add_func("/reader/many-readers", test_many_readers);

    char *folder = scratch_enter();
    data = noise(0, DATA_SIZE);
    write_file("data", data, DATA_SIZE);
    const int status = g_test_run();
    g_free(data);
    scratch_leave(folder);
    return status;
}
