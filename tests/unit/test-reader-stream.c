/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What can only be read forward gives the bytes that a file would give, and gives up no more than
 * was asked for.
 */
#include "transfer/reader.h"

#include "range-model.h"
#include "slow-writer.h"
#include "support.h"

#define SEED 20240616u

static const enum slice_shortage shortages[] = { SLICE_EXACT, SLICE_ALLOW_SHORT, SLICE_ZERO_PAD };

static uint8_t *bytes; /* noise(0, BYTES) */
#define BYTES ((size_t)1 << 20)

static char *fd_word(int fd, const char *range)
{
    return g_strdup_printf("fd:%d%s", fd, range);
}

static GByteArray *slice(const GByteArray *whole, uint64_t skip, uint64_t length, bool zeros)
{
    GByteArray *out = g_byte_array_new();

    for (uint64_t i = skip; i < whole->len || (zeros && length != SEGMENT_TO_END); i++) {
        static const uint8_t zero;

        if (length != SEGMENT_TO_END && i - skip >= length) {
            break;
        }
        g_byte_array_append(out, i < whole->len ? whole->data + i : &zero, 1);
    }
    return out;
}

/* ---- Every range of small streams ------------------------------------------------------------ */

/* A stream has no size before it ends, so this range cannot be had. */
static bool is_impossible(const struct range *range)
{
    return range->form == RANGE_UNTIL && range->start_from_end && !range->end_from_end;
}

/* The part of `whole` that comes first. */
static void assert_starts(const GByteArray *part, const GByteArray *whole)
{
    g_assert_cmpuint(part->len, <=, whole->len);
    assert_same_bytes(part->data, whole->data, part->len);
}

static bool counts_from_end(const struct range *range)
{
    return range->start_from_end || (range->form == RANGE_UNTIL && range->end_from_end);
}

/* What is left in the pipe is exactly what follows the range. */
static void assert_left(int fd, const struct range *range, const struct asked *asked, uint64_t size)
{
    g_autoptr(GByteArray) rest = read_rest(fd);
    const bool all =
        range->form == RANGE_ALL || range->form == RANGE_FROM || counts_from_end(range);
    const uint64_t used = all ? size : MIN((uint64_t)asked->stop, size);

    if (asked->start == asked->stop && !all) {
        g_assert_cmpuint(rest->len, >=, size - used);
    } else {
        g_assert_cmpuint(rest->len, ==, size - used);
    }
    assert_same_bytes(rest->data, bytes + size - rest->len, rest->len);
}

static void check_stream(uint64_t size, const struct range_case *range_case,
                         enum slice_shortage shortage)
{
    struct subject subject = subject_new(shortage);
    const struct asked asked = ask(&range_case->range, (int64_t)size);
    const int fd = pipe_with(bytes, (size_t)size);
    g_autofree char *word = fd_word(fd, range_case->text);
    g_autoptr(GByteArray) expected = g_byte_array_new();
    g_autoptr(GError) error = NULL;
    const bool refused = shortage == SLICE_EXACT && !lies_inside(&asked, (int64_t)size);

    append_asked(expected, &asked, bytes, (int64_t)size, shortage == SLICE_ZERO_PAD);
    if (!subject_add(&subject, word, &error)) {
        g_assert_true(error->domain == IOVTOOL_ERROR);
        g_assert_cmpint(error->code, ==,
                        asked.backward ? IOVTOOL_ERROR_SYNTAX : IOVTOOL_ERROR_RANGE);
        g_assert_true(asked.backward || refused || is_impossible(&range_case->range));
    } else {
        g_autoptr(GByteArray) got = read_vector(subject.vector, subject.files, 0, shortage, &error);
        if (refused) {
            g_assert_error(error, IOVTOOL_ERROR, IOVTOOL_ERROR_RANGE);
            assert_starts(got, expected);
        } else {
            g_assert_no_error(error);
            assert_same_array(got, expected);
            assert_left(fd, &range_case->range, &asked, size);
        }
    }
    subject_free(&subject);
    close(fd);
}

static void check_streams(uint64_t size, const GArray *ranges)
{
    for (guint i = 0; i < ranges->len; i++) {
        for (size_t j = 0; j < G_N_ELEMENTS(shortages); j++) {
            check_stream(size, &g_array_index(ranges, struct range_case, i), shortages[j]);
        }
    }
}

static void test_every_range(void)
{
    for (int size = 0; size <= 5; size++) {
        g_autoptr(GArray) ranges = ranges_up_to(size + 2);

        check_streams((uint64_t)size, ranges);
    }
    for (int size = 6; size <= 20; size++) {
        const int numbers[] = { 1, size / 2, size, size + 1 };
        g_autoptr(GArray) ranges = ranges_of(numbers, G_N_ELEMENTS(numbers));

        check_streams((uint64_t)size, ranges);
    }
}

/* ---- Slices of vectors with a stream in them ------------------------------------------------- */

struct mix {
    uint64_t size; /* of the stream */
    const char *range;
    uint64_t skip;
    uint64_t length;
    enum slice_shortage shortage;
};

/* hex:a1a2, a range of the stream, hex:b1; as written out, were the stream a file. */
static GByteArray *mixed_bytes(const struct asked *asked, uint64_t size, bool zeros)
{
    GByteArray *all = g_byte_array_new();

    g_byte_array_append(all, (const uint8_t *)"\xa1\xa2", 2);
    append_asked(all, asked, bytes, (int64_t)size, zeros);
    g_byte_array_append(all, (const uint8_t *)"\xb1", 1);
    return all;
}

/* With SLICE_EXACT: the range may be refused where nobody looked at the part that is not there. */
static void assert_refused_or_unseen(const GByteArray *got, const GError *error,
                                     const struct mix *mix, const struct asked *asked)
{
    g_autoptr(GByteArray) padded = mixed_bytes(asked, mix->size, true);
    g_autoptr(GByteArray) expected = slice(padded, mix->skip, mix->length, false);

    if (error) {
        g_assert_error(error, IOVTOOL_ERROR, IOVTOOL_ERROR_RANGE);
    } else {
        assert_same_array(got, expected);
        g_assert_true(got->len == 0 || !memchr(got->data, 0, got->len));
    }
}

static void assert_mix(const GByteArray *got, const GError *error, const struct mix *mix,
                       const struct asked *asked)
{
    const bool zeros = mix->shortage == SLICE_ZERO_PAD;
    g_autoptr(GByteArray) all = mixed_bytes(asked, mix->size, zeros);
    g_autoptr(GByteArray) expected = slice(all, mix->skip, mix->length, zeros);
    const bool is_short =
        mix->length == SEGMENT_TO_END ? mix->skip > all->len : expected->len < mix->length;

    if (mix->shortage == SLICE_EXACT && !lies_inside(asked, (int64_t)mix->size)) {
        assert_refused_or_unseen(got, error, mix, asked);
    } else if (mix->shortage == SLICE_EXACT && (is_short || mix->skip > all->len)) {
        /* no bytes from somewhere past the end: nobody need look for the end */
        g_assert_true(error || (mix->length == 0 && got->len == 0));
    } else {
        g_assert_no_error(error);
        assert_same_array(got, expected);
    }
}

static void check_mix(const struct mix *mix, const struct range *range)
{
    struct subject subject = subject_new(mix->shortage);
    const struct asked asked = ask(range, (int64_t)mix->size);
    const int fd = pipe_with(bytes, (size_t)mix->size);
    g_autofree char *word = fd_word(fd, mix->range);
    g_autoptr(GByteArray) got = NULL;
    g_autoptr(GError) error = NULL;

    subject_add_good(&subject, "hex:a1a2");
    if (subject_add(&subject, word, &error)) {
        subject_add_good(&subject, "hex:b1");
        if (vector_slice(subject.vector, mix->skip, mix->length, mix->shortage, &error)) {
            got = read_vector(subject.vector, subject.files, 0, mix->shortage, &error);
        }
    }
    assert_mix(got, error, mix, &asked);
    subject_free(&subject);
    close(fd);
}

static void check_every_mix(enum slice_shortage shortage)
{
    static const uint64_t sizes[] = { 0, 1, 6 };
    static const uint64_t skips[] = { 0, 1, 3, 5, 30 };
    static const uint64_t lengths[] = { 0, 1, 3, 20, SEGMENT_TO_END };
    const int numbers[] = { 0, 2, 8 };
    g_autoptr(GArray) ranges = ranges_of(numbers, G_N_ELEMENTS(numbers));

    for (guint i = 0; i < ranges->len; i++) {
        const struct range_case *range_case = &g_array_index(ranges, struct range_case, i);
        const struct asked asked = ask(&range_case->range, 0);

        if (asked.backward || is_impossible(&range_case->range)) {
            continue;
        }
        for (size_t j = 0; j < 3 * 5 * 5; j++) {
            const struct mix mix = {
                .size = sizes[j % 3],
                .range = range_case->text,
                .skip = skips[j / 3 % 5],
                .length = lengths[j / 3 / 5],
                .shortage = shortage,
            };

            check_mix(&mix, &range_case->range);
        }
    }
}

static void test_slices(void)
{
    check_every_mix(SLICE_EXACT);
    check_every_mix(SLICE_ZERO_PAD);
}

/* The bytes that a stream lacks move those that follow: a slice counts bytes that are there. */
static void test_short_slices(void)
{
    check_every_mix(SLICE_ALLOW_SHORT);
}

/* ---- Vectors that lose their last bytes ------------------------------------------------------ */

/* hex:a1a2a3, a stream of `size` bytes, hex:b1; of that a slice, without its last `back` bytes. */
static void check_discard(uint64_t size, const char *range, uint64_t length, uint64_t back,
                          enum slice_shortage shortage)
{
    struct subject subject = subject_new(shortage);
    const int fd = pipe_with(bytes, (size_t)size);
    g_autofree char *word = fd_word(fd, range);
    g_autoptr(GByteArray) whole = g_byte_array_new();
    g_autoptr(GByteArray) got = NULL;
    g_autoptr(GError) error = NULL;

    g_byte_array_append(whole, (const uint8_t *)"\xa1\xa2\xa3", 3);
    g_byte_array_append(whole, bytes, (guint)size);
    g_byte_array_append(whole, (const uint8_t *)"\xb1", 1);
    const uint64_t total = MIN(length, whole->len);
    subject_add_good(&subject, "hex:a1a2a3");
    subject_add_good(&subject, word);
    subject_add_good(&subject, "hex:b1");
    g_assert_true(vector_slice(subject.vector, 0, length, shortage, NULL));
    if (vector_discard_back(subject.vector, back, &error)) {
        got = read_vector(subject.vector, subject.files, 0, shortage, &error);
    }
    if (back > total) {
        g_assert_true(error || (shortage == SLICE_ALLOW_SHORT && got->len == 0));
    } else {
        g_assert_no_error(error);
        assert_array_is(got, whole->data, (size_t)(total - back));
    }
    subject_free(&subject);
    close(fd);
}

static void test_discard_back(void)
{
    for (uint64_t size = 0; size <= 6; size++) {
        for (uint64_t back = 0; back <= size + 1; back++) {
            check_discard(size, "", SEGMENT_TO_END, back, SLICE_EXACT);
        }
    }
}

/* ---- Where bytes come from ------------------------------------------------------------------- */

/* A model of the vector "hex:... hex:... stream", from byte `skip` on. */
static void check_places(uint64_t skip, uint64_t length, unsigned flags)
{
    struct subject subject = subject_new(SLICE_EXACT);
    struct model model = model_new();
    const int fd = pipe_with(bytes, 50);
    g_autofree char *word = fd_word(fd, "@3");

    subject_add_good(&subject, "hex:a1a2a3");
    model_add(&model, "\xa1\xa2\xa3", 3);
    subject_add_good(&subject, "hex:");
    model_add(&model, "", 0);
    subject_add_good(&subject, "hex:b1b2b3b4b5");
    model_add(&model, "\xb1\xb2\xb3\xb4\xb5", 5);
    subject_add_good(&subject, "fill:c1c2+9");
    model_add(&model, "\xc1\xc2\xc1\xc2\xc1\xc2\xc1\xc2\xc1", 9);
    subject_add_good(&subject, word);
    model_add(&model, bytes + 3, 47);
    subject_add_good(&subject, "hex:d1d2");
    model_add(&model, "\xd1\xd2", 2);

    g_assert_true(vector_slice(subject.vector, skip, length, SLICE_EXACT, NULL));
    g_byte_array_remove_range(model.bytes, 0, (guint)skip);
    if (length < model.bytes->len) {
        g_byte_array_set_size(model.bytes, (guint)length);
    }
    model.first = skip;
    assert_reads_as(subject.vector, subject.files, flags, SLICE_EXACT, &model);
    model_clear(&model);
    subject_free(&subject);
    close(fd);
}

static void test_places(void)
{
    for (uint64_t skip = 0; skip <= 66; skip++) {
        check_places(skip, SEGMENT_TO_END, READER_SPLIT);
        check_places(skip, SEGMENT_TO_END, READER_SPLIT | READER_REPEATS);
        check_places(skip, MIN(5, 66 - skip), READER_SPLIT);
    }
}

/* The same where small segments share a window: the skip may end inside of it. */
static void test_places_in_shared_windows(void)
{
    for (uint64_t skip = 0; skip <= 66; skip++) {
        check_places(skip, SEGMENT_TO_END, 0);
        check_places(skip, MIN(5, 66 - skip), READER_REPEATS);
    }
}

/* A long fill and a stream, of which all after `skip` but for the last bytes is read. */
static void check_fill(uint32_t period, uint64_t phase, uint64_t length, uint64_t skip,
                       uint64_t limit)
{
    struct subject subject = subject_new(SLICE_EXACT);
    struct model model = model_new();
    const struct segment fill = {
        .kind = SEGMENT_FILL, .bytes = bytes, .period = period, .offset = phase, .length = length
    };
    const int fd = pipe_with(bytes, 50);
    g_autofree char *word = fd_word(fd, "");
    const uint64_t lengths[] = { length, 50 };

    g_byte_array_set_size(model.bytes, (guint)MIN(length - skip, limit));
    for (guint i = 0; i < model.bytes->len; i++) {
        model.bytes->data[i] = bytes[(phase + skip + i) % period];
    }
    if (limit > length - skip) {
        g_byte_array_append(model.bytes, bytes, (guint)MIN(limit - (length - skip), 50));
    }
    model.first = skip;
    g_array_append_vals(model.lengths, lengths, 2);
    g_assert_true(vector_append(subject.vector, &fill, NULL));
    subject_add_good(&subject, word);
    g_assert_true(vector_slice(subject.vector, skip, limit, SLICE_EXACT, NULL));
    assert_reads_as(subject.vector, subject.files, skip % 2 ? READER_REPEATS : 0, SLICE_EXACT,
                    &model);
    model_clear(&model);
    subject_free(&subject);
    close(fd);
}

/* The skip cuts fills out of phase, and leaves of them what is more or less than a window. */
static void test_places_in_fills(void)
{
    for (uint64_t i = 0; i < 10; i++) {
        check_fill(7, i % 7, 200000, 99990 + i, 100060 - i);
        check_fill(65536, i * 3000, 200000, 40001 + 2 * i, 150000);
        check_fill(70000, i * 3000, 200000, 40001 + 2 * i, 150000);
    }
    for (uint64_t left = 65520; left < 65560; left++) {
        const uint64_t skip = 2 * (left % 20) + 1;

        check_fill(7, left % 6, left + skip, skip, left + 50);
        check_fill(7, left % 6, 100000, 1, left);
    }
}

/* Neither the limit nor what comes after it is taken from a file, nor said to be ahead. */
static void check_limited_file(uint64_t length, uint64_t skip, uint64_t limit, unsigned flags)
{
    struct subject subject = subject_new(SLICE_EXACT);
    const int pipe_end = pipe_with("", 0);
    const int fd = open("long", O_RDONLY | O_CLOEXEC);
    g_autofree char *word = g_strdup_printf("fd:%d@10+%" PRIu64, fd, length);
    g_autofree char *pipe_word = fd_word(pipe_end, "");
    struct file_range range;
    g_autoptr(GError) error = NULL;

    subject_add_good(&subject, word);
    subject_add_good(&subject, pipe_word);
    g_assert_true(vector_slice(subject.vector, skip, limit, SLICE_EXACT, NULL));
    g_autoptr(GByteArray) got =
        read_vector(subject.vector, subject.files, flags, SLICE_EXACT, &error);
    g_assert_no_error(error);
    assert_array_is(got, bytes + 10 + skip, (size_t)limit);
    g_assert_true(files_settle(subject.files, NULL));
    g_assert_cmpint(lseek(fd, 0, SEEK_CUR), ==, (off_t)(10 + skip + limit));

    struct reader *reader = reader_new(subject.vector, subject.files, flags, SLICE_EXACT);
    if (reader_at_file(reader, &range)) {
        g_assert_cmpuint(skip, ==, 0);
        g_assert_cmpuint(range.offset, ==, 10);
        g_assert_cmpuint(range.length, ==, limit);
    }
    reader_free(reader);
    subject_free(&subject);
    close(pipe_end);
    close(fd);
}

static void test_limited_file(void)
{
    write_file("long", bytes, BYTES);
    for (unsigned flags = 0; flags < 8; flags++) {
        check_limited_file(100, 0, 10, flags);
        check_limited_file(100, 3, 10, flags);
        check_limited_file(500000, 0, 10, flags);
        check_limited_file(500000, 7, 300000, flags);
        check_limited_file(500000, 100000, 300000, flags);
    }
}

/* Zeros that stand for what is missing belong to a segment that exists. */
static void test_places_of_padding(void)
{
    struct subject subject = subject_new(SLICE_ZERO_PAD);
    const int fd = pipe_with(bytes, 5);
    g_autofree char *word = fd_word(fd, "");
    struct window window;
    uint64_t at = 0;

    subject_add_good(&subject, word);
    g_assert_true(vector_slice(subject.vector, 2, 100000, SLICE_ZERO_PAD, NULL));
    struct reader *reader = reader_new(subject.vector, subject.files, 0, SLICE_ZERO_PAD);
    while (reader_next(reader, &window, NULL) == READER_WINDOW) {
        const uint8_t *held = window.iov.iov_base;

        g_assert_cmpuint(held[0], ==, at == 0 ? bytes[2] : 0);
        g_assert_cmpuint(window.segment, <, vector_count(subject.vector));
        at += window.length;
    }
    g_assert_cmpuint(at, ==, 100000);
    reader_free(reader);
    subject_free(&subject);
    close(fd);
}

/* ---- Several ranges of one stream ------------------------------------------------------------ */

/* Forward ranges of a stream with other segments between them, as long as there are bytes. */
static void check_chain(GRand *random, unsigned flags)
{
    struct subject subject = subject_new(SLICE_EXACT);
    struct model model = model_new();
    const size_t size = (size_t)g_rand_int_range(random, 0, 60000);
    const int fd = pipe_with(bytes, (size_t)size);
    const unsigned largest = g_rand_boolean(random) ? 20 : 20000;
    size_t at = 0;

    while (g_rand_int_range(random, 0, 8) > 0) {
        const size_t gap = (size_t)g_rand_int_range(random, 0, (gint32)MIN(size - at, largest) + 1);
        const size_t left = size - at - gap;
        const size_t length = (size_t)g_rand_int_range(random, 0, (gint32)MIN(left, largest) + 1);
        g_autofree char *word = g_strdup_printf("fd:%d@%zu+%zu", fd, at + gap, length);

        subject_add_good(&subject, word);
        model_add(&model, bytes + at + gap, length);
        at += gap + length;
        if (g_rand_boolean(random)) {
            subject_add_good(&subject, "str:between");
            model_add(&model, "between", 7);
        }
    }
    switch (g_rand_int_range(random, 0, 4)) {
    case 0: {
        g_autofree char *word = g_strdup_printf("fd:%d@%zu", fd, at);

        subject_add_good(&subject, word);
        model_add(&model, bytes + at, size - at);
        break;
    }
    case 1: {
        g_autofree char *word = g_strdup_printf("fd:%d@%zu..-%zu", fd, at, (size - at) / 2);

        subject_add_good(&subject, word);
        model_add(&model, bytes + at, size - at - (size - at) / 2);
        break;
    }
    case 2: {
        /* what was read before does not count as the end */
        g_autofree char *word = g_strdup_printf("fd:%d@-%zu+%zu", fd, size - at, (size - at) / 3);

        subject_add_good(&subject, word);
        model_add(&model, bytes + at, (size - at) / 3);
        break;
    }
    default:
        break;
    }
    assert_reads_as(subject.vector, subject.files, flags, SLICE_EXACT, &model);
    model_clear(&model);
    subject_free(&subject);
    close(fd);
}

static void test_chains(void)
{
    g_autoptr(GRand) random = g_rand_new_with_seed(SEED);

    g_test_message("seed %u", SEED);
    for (unsigned i = 0; i < 400; i++) {
        check_chain(random, i % 8);
    }
}

/* Two streams at a time keep their places. */
static void test_two_streams(void)
{
    struct subject subject = subject_new(SLICE_EXACT);
    const int a = pipe_with("abcdefgh", 8);
    const int b = pipe_with("ABCDEFGH", 8);
    g_autofree char *list = g_strdup_printf("fd:%d@1+2\nfd:%d@2+1\nfd:%d@4+1\nfd:%d@..-9\n"
                                            "fd:%d@4..-2\nfd:%d@-1\n",
                                            a, b, a, a, b, a);
    g_auto(GStrv) words = g_strsplit(list, "\n", -1);
    static const unsigned used[] = { 0, 1, 2, 4, 5 };
    g_autoptr(GError) error = NULL;

    for (size_t i = 0; i < G_N_ELEMENTS(used); i++) {
        subject_add_good(&subject, words[used[i]]);
    }
    g_autoptr(GByteArray) got = read_vector(subject.vector, subject.files, 0, SLICE_EXACT, &error);
    g_assert_no_error(error);
    assert_array_is(got, "bcCeEFh", 7);
    subject_free(&subject);
    close(a);
    close(b);
}

/* ---- As bytes come --------------------------------------------------------------------------- */

struct open_pipe {
    int reads;
    int writes;
    struct subject subject;
    struct reader *reader;
    struct window window;
};

/* A pipe whose writer stays: a read too many would wait for ever. */
static struct open_pipe open_pipe_new(const char *range, uint64_t skip, uint64_t length)
{
    struct open_pipe it = { .subject = subject_new(SLICE_EXACT) };
    int ends[2];

    alarm(20);
    g_assert_cmpint(pipe2(ends, O_CLOEXEC), ==, 0);
    it.reads = ends[0];
    it.writes = ends[1];
    g_autofree char *word = fd_word(it.reads, range);
    subject_add_good(&it.subject, word);
    g_assert_true(vector_slice(it.subject.vector, skip, length, SLICE_EXACT, NULL));
    it.reader = reader_new(it.subject.vector, it.subject.files, 0, SLICE_EXACT);
    return it;
}

static void open_pipe_free(struct open_pipe *it)
{
    reader_free(it->reader);
    subject_free(&it->subject);
    close(it->reads);
    if (it->writes >= 0) {
        close(it->writes);
    }
    alarm(0);
}

static void assert_next(struct open_pipe *it, const char *expected)
{
    g_autoptr(GError) error = NULL;

    g_assert_cmpint(reader_next(it->reader, &it->window, &error), ==, READER_WINDOW);
    g_assert_no_error(error);
    g_assert_cmpuint(it->window.length, ==, strlen(expected));
    assert_same_bytes(it->window.iov.iov_base, expected, strlen(expected));
}

static void assert_end(struct open_pipe *it)
{
    g_assert_cmpint(reader_next(it->reader, &it->window, NULL), ==, READER_END);
}

static void test_arrival(void)
{
    struct open_pipe it = open_pipe_new("", 0, SEGMENT_TO_END);

    write_all(it.writes, "abc", 3);
    assert_next(&it, "abc");
    write_all(it.writes, "d", 1);
    assert_next(&it, "d");
    write_all(it.writes, "ef", 2);
    close(it.writes);
    it.writes = -1;
    assert_next(&it, "ef");
    assert_end(&it);
    open_pipe_free(&it);
}

/* Whoever shows bytes as they come has to know when the next ones may take their time. */
static void test_may_wait(void)
{
    struct open_pipe it = open_pipe_new("@0+3", 0, SEGMENT_TO_END);

    g_assert_true(reader_may_wait(it.reader));
    write_all(it.writes, "ab", 2);
    assert_next(&it, "ab");
    g_assert_true(reader_may_wait(it.reader));
    write_all(it.writes, "c", 1);
    assert_next(&it, "c");
    assert_end(&it);
    g_assert_false(reader_may_wait(it.reader));
    open_pipe_free(&it);

    struct subject subject = subject_new(SLICE_EXACT);
    struct window window;
    subject_add_good(&subject, "hex:a1");
    subject_add_good(&subject, "zero:0");
    struct reader *reader = reader_new(subject.vector, subject.files, 0, SLICE_EXACT);
    g_assert_false(reader_may_wait(reader));
    g_assert_cmpint(reader_next(reader, &window, NULL), ==, READER_WINDOW);
    g_assert_false(reader_may_wait(reader));
    reader_free(reader);
    subject_free(&subject);
}

/* The end of a range is not the end of the stream, and nobody waits for that. */
static void test_no_waiting_for_the_end(void)
{
    static const struct {
        const char *range;
        uint64_t skip;
        uint64_t length;
    } rows[] = {
        { "@2+4", 0, SEGMENT_TO_END },
        { "@..6", 2, SEGMENT_TO_END },
        { "@0+9", 2, 4 },
        { "", 2, 4 },
        { "@1", 1, 4 },
        { "@1..9", 1, 4 },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct open_pipe it = open_pipe_new(rows[i].range, rows[i].skip, rows[i].length);
        char left[8];

        write_all(it.writes, "abcdefgh", 8);
        g_assert_cmpint(reader_next(it.reader, &it.window, NULL), ==, READER_WINDOW);
        g_assert_cmpuint(it.window.length, ==, 4);
        assert_same_bytes(it.window.iov.iov_base, "cdef", 4);
        assert_end(&it);
        g_assert_cmpint(read(it.reads, left, sizeof(left)), ==, 2);
        assert_same_bytes(left, "gh", 2);
        open_pipe_free(&it);
    }
}

/* All but the last bytes: each one is given as soon as there are enough behind it. */
static void test_but_tail_arrival(void)
{
    struct open_pipe it = open_pipe_new("@1..-3", 0, SEGMENT_TO_END);

    write_all(it.writes, "-abcde", 6);
    assert_next(&it, "ab");
    write_all(it.writes, "f", 1);
    assert_next(&it, "c");
    write_all(it.writes, "ghijkl", 6);
    assert_next(&it, "defghi");
    close(it.writes);
    it.writes = -1;
    assert_end(&it);
    open_pipe_free(&it);
}

/* Reads that are cut short, interrupted, and told to come again. */
static void check_slow(const char *range, size_t size, size_t start, size_t length,
                       bool non_blocking)
{
    struct slow_writer writer = { .bytes = bytes, .length = size, .piece = size / 7 + 1 };
    struct subject subject = subject_new(SLICE_EXACT);
    const int fd = dup(STDIN_FILENO);
    g_autofree char *word = fd_word(fd, range);
    g_autoptr(GError) error = NULL;

    slow_writer_start(&writer, fd, non_blocking);
    subject_add_good(&subject, word);
    g_autoptr(GByteArray) got = read_vector(subject.vector, subject.files, 0, SLICE_EXACT, &error);
    g_assert_no_error(error);
    assert_array_is(got, bytes + start, length);
    g_byte_array_unref(read_rest(fd));
    slow_writer_finish(&writer);
    subject_free(&subject);
    close(fd);
}

static void test_slow(void)
{
    check_slow("", 300000, 0, 300000, false);
    check_slow("", 300000, 0, 300000, true);
    check_slow("@100+40", 200, 100, 40, true);
    check_slow("@..-40", 200, 0, 160, true);
    check_slow("@-40", 200, 160, 40, true);
}

/* ---- Large ones ------------------------------------------------------------------------------ */

/* Much more than a window, a ring or a pipe holds. */
static void check_large(const char *range, size_t start, size_t length, unsigned flags)
{
    struct slow_writer writer = { .bytes = bytes, .length = BYTES, .piece = 300007 };
    struct subject subject = subject_new(SLICE_EXACT);
    struct model model = model_new();
    const int fd = dup(STDIN_FILENO);
    g_autofree char *word = fd_word(fd, range);

    slow_writer_start(&writer, fd, false);
    subject_add_good(&subject, "str:front");
    model_add(&model, "front", 5);
    subject_add_good(&subject, word);
    model_add(&model, bytes + start, length);
    assert_reads_as(subject.vector, subject.files, flags, SLICE_EXACT, &model);
    g_byte_array_unref(read_rest(fd));
    slow_writer_finish(&writer);
    model_clear(&model);
    subject_free(&subject);
    close(fd);
}

static void test_large(void)
{
    check_large("", 0, BYTES, 0);
    check_large("@300000+500000", 300000, 500000, READER_SPLIT);
    check_large("@-100000", BYTES - 100000, 100000, 0);
    check_large("@-100000+70000", BYTES - 100000, 70000, READER_REPEATS);
    check_large("@-1M", 0, BYTES, 0);
    check_large("@-1000001..-1", BYTES - 1000001, 1000000, READER_SPLIT);
    check_large("@..-1", 0, BYTES - 1, 0);
    check_large("@..-200000", 0, BYTES - 200000, READER_SPLIT);
    check_large("@5..-1000000", 5, BYTES - 1000005, 0);
    check_large("@..-1M", 0, 0, 0);
}

/* A range of a tebibyte before the end of a few bytes takes no memory for the rest. */
static void test_huge_tail(void)
{
    static const char *const ranges[] = { "@-1T", "@-1T+1T", "@-1T..-0", "@-1T..-1" };

    for (size_t i = 0; i < G_N_ELEMENTS(ranges); i++) {
        struct subject subject = subject_new(SLICE_ALLOW_SHORT);
        const int fd = pipe_with(bytes, 10);
        g_autofree char *word = fd_word(fd, ranges[i]);
        g_autoptr(GError) error = NULL;

        subject_add_good(&subject, word);
        g_autoptr(GByteArray) got =
            read_vector(subject.vector, subject.files, 0, SLICE_ALLOW_SHORT, &error);
        g_assert_no_error(error);
        assert_array_is(got, bytes, i < 3 ? 10 : 9);
        subject_free(&subject);
        close(fd);
    }
}

/* ... and the zeros that stand for it are one window. */
static void test_huge_padding(void)
{
    const uint64_t size = UINT64_C(1) << 40;
    struct subject subject = subject_new(SLICE_ZERO_PAD);
    const int fd = pipe_with(bytes, 10);
    g_autofree char *word = fd_word(fd, "@-1T");
    struct window window;

    subject_add_good(&subject, word);
    struct reader *reader =
        reader_new(subject.vector, subject.files, READER_REPEATS, SLICE_ZERO_PAD);
    g_assert_cmpint(reader_next(reader, &window, NULL), ==, READER_WINDOW);
    assert_window_shape(&window, READER_REPEATS);
    g_assert_cmpuint(window.length, ==, size - 10);
    g_assert_cmpuint(((const uint8_t *)window.iov.iov_base)[0], ==, 0);
    g_assert_cmpint(reader_next(reader, &window, NULL), ==, READER_WINDOW);
    g_assert_cmpuint(window.length, ==, 10);
    assert_same_bytes(window.iov.iov_base, bytes, 10);
    g_assert_cmpuint(window.within, ==, size - 10);
    g_assert_cmpint(reader_next(reader, &window, NULL), ==, READER_END);
    reader_free(reader);
    subject_free(&subject);
    close(fd);
}

/* ---- Trouble --------------------------------------------------------------------------------- */

static void check_message(const char *range, const char *described, const char *what)
{
    struct subject subject = subject_new(SLICE_EXACT);
    const int fd = pipe_with(bytes, 3);
    g_autofree char *word = fd_word(fd, range);
    g_autofree char *message = g_strdup_printf("fd:%d%s: %s", fd, described, what);
    g_autoptr(GError) error = NULL;

    subject_add_good(&subject, word);
    g_byte_array_unref(read_vector(subject.vector, subject.files, 0, SLICE_EXACT, &error));
    assert_segment_error(error, IOVTOOL_ERROR_RANGE, message);
    subject_free(&subject);
    close(fd);
}

static void test_messages(void)
{
    check_message("@0+10", "@0+10", "asked for 10 bytes at 0, but the stream ended after 3");
    check_message("@2..9", "@2+7", "asked for 7 bytes at 2, but the stream ended after 3");
    check_message("@5+2", "@5+2", "asked for 2 bytes at 5, but the stream ended after 3");
    check_message("@-10", "@-10+10", "asked for 10 bytes at -10, but the stream ended after 3");
    check_message("@5", "@5", "the range starts at 5, but the stream ended after 3 bytes");
}

static void check_slice_message(uint64_t skip, uint64_t length, const char *message)
{
    struct subject subject = subject_new(SLICE_EXACT);
    const int fd = pipe_with(bytes, 3);
    g_autofree char *word = fd_word(fd, "");
    g_autoptr(GError) error = NULL;

    subject_add_good(&subject, "hex:a1");
    subject_add_good(&subject, word);
    g_assert_true(vector_slice(subject.vector, skip, length, SLICE_EXACT, NULL));
    g_byte_array_unref(read_vector(subject.vector, subject.files, 0, SLICE_EXACT, &error));
    assert_segment_error(error, IOVTOOL_ERROR_RANGE, message);
    subject_free(&subject);
    close(fd);
}

static void test_slice_messages(void)
{
    check_slice_message(100, SEGMENT_TO_END, "asked to skip 100 bytes, but the vector has 4");
    check_slice_message(0, 5, "asked for 5 bytes at 0, but the vector has 4");
    check_slice_message(1, 9, "asked for 9 bytes at 1, but the vector has 4");
    check_slice_message(4, 1, "asked for 1 bytes at 4, but the vector has 4");
}

static void test_read_error(void)
{
    struct subject subject = subject_new(SLICE_ZERO_PAD);
    const int fd = pipe_with(bytes, 3);
    g_autofree char *word = fd_word(fd, "");
    g_autofree char *message =
        g_strdup_printf("fd:%d@0: cannot read at 0: Bad file descriptor", fd);
    g_autoptr(GError) error = NULL;

    subject_add_good(&subject, word);
    close(fd);
    g_byte_array_unref(read_vector(subject.vector, subject.files, 0, SLICE_ZERO_PAD, &error));
    assert_segment_error(error, IOVTOOL_ERROR_SOURCE, message);
    subject_free(&subject);
}

/* ---- Devices and procfs ---------------------------------------------------------------------- */

static void check_word(const char *word, const void *expected, size_t length)
{
    struct subject subject = subject_new(SLICE_EXACT);
    g_autoptr(GError) error = NULL;

    subject_add_good(&subject, word);
    g_autoptr(GByteArray) got = read_vector(subject.vector, subject.files, 0, SLICE_EXACT, &error);
    g_assert_no_error(error);
    assert_array_is(got, expected, length);
    subject_free(&subject);
}

static void test_devices(void)
{
    g_autofree uint8_t *zeros = g_malloc0(300000);

    check_word("/dev/null", "", 0);
    check_word("/dev/zero@5+10", zeros, 10);
    check_word("/dev/zero@..300000", zeros, 300000);
    check_word("/proc/version@0+5", "Linux", 5);
    check_word("/proc/version@2..5", "nux", 3);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/reader-stream/every-range", test_every_range);
    g_test_add_func("/reader-stream/slices", test_slices);
    g_test_add_func("/reader-stream/places", test_places);
    g_test_add_func("/reader-stream/places-in-fills", test_places_in_fills);
    g_test_add_func("/reader-stream/limited-file", test_limited_file);
    g_test_add_func("/reader-stream/chains", test_chains);
    g_test_add_func("/reader-stream/two-streams", test_two_streams);
    g_test_add_func("/reader-stream/arrival", test_arrival);
    g_test_add_func("/reader-stream/may-wait", test_may_wait);
    g_test_add_func("/reader-stream/no-waiting-for-the-end", test_no_waiting_for_the_end);
    g_test_add_func("/reader-stream/but-tail-arrival", test_but_tail_arrival);
    g_test_add_func("/reader-stream/slow", test_slow);
    g_test_add_func("/reader-stream/large", test_large);
    g_test_add_func("/reader-stream/huge-tail", test_huge_tail);
    g_test_add_func("/reader-stream/huge-padding", test_huge_padding);
    g_test_add_func("/reader-stream/messages", test_messages);
    g_test_add_func("/reader-stream/slice-messages", test_slice_messages);
    g_test_add_func("/reader-stream/read-error", test_read_error);
    g_test_add_func("/reader-stream/devices", test_devices);
    g_test_add_func("/reader-stream/places-in-shared-windows", test_places_in_shared_windows);
    g_test_add_func("/reader-stream/places-of-padding", test_places_of_padding);
    g_test_add_func("/reader-stream/short-slices", test_short_slices);
    g_test_add_func("/reader-stream/discard-back", test_discard_back);

    bytes = noise(0, BYTES);
    const int status = scratch_run();
    g_free(bytes);
    return status;
}
