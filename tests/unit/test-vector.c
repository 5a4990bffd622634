/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "segment/vector.h"

#include "support.h"

#define SEED 20240612u
#define SEGMENTS 5
#define LENGTH_MAX 5
#define LARGEST SEGMENT_LENGTH_MAX

/* How many bytes the streams of this test have, and where in the noise the sources start. */
#define STREAM_SIZE 64u
#define FILE_NOISE 1000u
#define STREAM_NOISE 2000u

static struct file some_file;
static struct file some_stream = { .stream = true };

static const enum slice_shortage shortages[] = { SLICE_EXACT, SLICE_ALLOW_SHORT, SLICE_ZERO_PAD };

/* ---- Segments and the bytes they stand for --------------------------------------------------- */

static struct segment bytes_segment(const uint8_t *bytes, uint64_t length)
{
    return (struct segment){ .kind = SEGMENT_BYTES, .bytes = bytes, .length = length };
}

static struct segment fill_segment(const uint8_t *pattern, uint32_t period, uint64_t phase,
                                   uint64_t length)
{
    return (struct segment){
        .kind = SEGMENT_FILL, .bytes = pattern, .period = period, .offset = phase, .length = length
    };
}

static struct segment file_segment(uint64_t offset, uint64_t length)
{
    return (struct segment){
        .kind = SEGMENT_FILE, .file = &some_file, .offset = offset, .length = length
    };
}

static struct segment stream_segment(enum stream_anchor anchor, uint64_t offset, uint64_t length)
{
    return (struct segment){ .kind = SEGMENT_STREAM,
                             .anchor = (uint8_t)anchor,
                             .file = &some_stream,
                             .offset = offset,
                             .length = length };
}

static uint8_t byte_of(const struct segment *segment, uint64_t i)
{
    switch ((enum segment_kind)segment->kind) {
    case SEGMENT_BYTES:
        return segment->bytes[i];
    case SEGMENT_FILL:
        return segment->bytes[(segment->offset + i) % segment->period];
    case SEGMENT_FILE:
    case SEGMENT_REMOTE:
        return noise_at(FILE_NOISE + segment->offset + i);
    case SEGMENT_STREAM:
        return noise_at(
            STREAM_NOISE + i +
            (segment->anchor == STREAM_FROM_END ? STREAM_SIZE - segment->offset : segment->offset));
    }
    g_assert_not_reached();
}

static GByteArray *expand(const struct vector *vector)
{
    GByteArray *bytes = g_byte_array_new();

    for (size_t i = 0; i < vector_count(vector); i++) {
        const struct segment *segment = vector_segment(vector, i);

        for (uint64_t j = 0; j < segment->length; j++) {
            const uint8_t byte = byte_of(segment, j);

            g_byte_array_append(bytes, &byte, 1);
        }
    }
    return bytes;
}

static void assert_same_segment(const struct segment *a, const struct segment *b)
{
    g_assert_cmpint(a->kind, ==, b->kind);
    g_assert_cmpint(a->anchor, ==, b->anchor);
    g_assert_cmpuint(a->period, ==, b->period);
    g_assert_true(a->bytes == b->bytes);
    g_assert_cmpuint(a->offset, ==, b->offset);
    g_assert_cmpuint(a->length, ==, b->length);
}

/* ---- Every cut of random vectors ------------------------------------------------------------- */

static const uint8_t literal[] = "the bytes of the literals and patterns";

/* About one in three is empty; every other empty literal has no address. */
static struct segment random_segment(GRand *random)
{
    const int longest = g_rand_int_range(random, -2, LENGTH_MAX + 1);
    const uint64_t length = (uint64_t)(longest > 0 ? g_rand_int_range(random, 1, longest + 1) : 0);
    const uint8_t *bytes = literal + g_rand_int_range(random, 0, 20);
    const uint32_t period = (uint32_t)g_rand_int_range(random, 1, 8);
    const uint64_t offset = (uint64_t)g_rand_int_range(random, 0, 20);

    switch (g_rand_int_range(random, 0, 5)) {
    case 0:
        return bytes_segment(length == 0 && offset % 2 ? NULL : bytes, length);
    case 1:
        return fill_segment(bytes, period, offset % period, length);
    case 2:
        return file_segment(offset, length);
    case 3:
        return stream_segment(STREAM_FROM_START, offset, length);
    default:
        return stream_segment(STREAM_FROM_END, offset + length, length);
    }
}

struct shape {
    struct segment segments[SEGMENTS];
    unsigned count;
};

static struct shape random_shape(GRand *random)
{
    struct shape shape = { .count = (unsigned)g_rand_int_range(random, 0, SEGMENTS + 1) };

    for (unsigned i = 0; i < shape.count; i++) {
        shape.segments[i] = random_segment(random);
    }
    return shape;
}

static struct vector *build(const struct shape *shape)
{
    struct vector *vector = vector_new();
    g_autoptr(GError) error = NULL;

    for (unsigned i = 0; i < shape->count; i++) {
        g_assert_true(vector_append(vector, &shape->segments[i], &error));
        g_assert_no_error(error);
    }
    return vector;
}

static void assert_unchanged(const struct vector *vector, const struct shape *shape)
{
    g_assert_cmpuint(vector_count(vector), ==, shape->count);
    for (unsigned i = 0; i < shape->count; i++) {
        assert_same_segment(vector_segment(vector, i), &shape->segments[i]);
    }
}

static void assert_refused(const struct vector *vector, const struct shape *shape, uint64_t size,
                           uint64_t skip, uint64_t length, const GError *error)
{
    g_autofree char *message =
        length == SEGMENT_TO_END
            ? g_strdup_printf("asked to skip %" PRIu64 " bytes, but the vector has %" PRIu64, skip,
                              size)
            : g_strdup_printf("asked for %" PRIu64 " bytes at %" PRIu64
                              ", but the vector has %" PRIu64,
                              length, skip, size);

    assert_segment_error(error, IOVTOOL_ERROR_RANGE, message);
    assert_unchanged(vector, shape);
    g_assert_cmpuint(vector->length, ==, size);
}

/* What slicing the written out bytes gives. */
static GByteArray *slice_bytes(const GByteArray *bytes, uint64_t skip, uint64_t length,
                               enum slice_shortage shortage)
{
    static const uint8_t zero;
    GByteArray *slice = g_byte_array_new();
    const uint64_t end = length == SEGMENT_TO_END ? bytes->len : skip + length;

    for (uint64_t i = skip; i < end; i++) {
        if (i < bytes->len || shortage == SLICE_ZERO_PAD) {
            g_byte_array_append(slice, i < bytes->len ? bytes->data + i : &zero, 1);
        }
    }
    return slice;
}

static unsigned count_empty(const struct vector *vector)
{
    unsigned count = 0;

    for (size_t i = 0; i < vector_count(vector); i++) {
        count += vector_segment(vector, i)->length == 0;
    }
    return count;
}

static void check_slice(const struct shape *shape, const GByteArray *bytes, uint64_t skip,
                        uint64_t length, enum slice_shortage shortage)
{
    struct vector *vector = build(shape);
    const unsigned empty = count_empty(vector);
    g_autoptr(GError) error = NULL;
    const bool short_of =
        skip > bytes->len || (length != SEGMENT_TO_END && length > bytes->len - skip);

    if (short_of && shortage == SLICE_EXACT) {
        g_assert_false(vector_slice(vector, skip, length, shortage, &error));
        assert_refused(vector, shape, bytes->len, skip, length, error);
    } else {
        g_autoptr(GByteArray) expected = slice_bytes(bytes, skip, length, shortage);

        g_assert_true(vector_slice(vector, skip, length, shortage, &error));
        g_autoptr(GByteArray) got = expand(vector);
        g_assert_no_error(error);
        g_assert_cmpuint(vector->length, ==, expected->len);
        assert_same_array(got, expected);
        g_assert_cmpuint(vector_count(vector), <=, shape->count + 1);
        g_assert_cmpuint(count_empty(vector), <=, empty + (expected->len == 0 ? 1 : 0));
        g_assert_false(vector->open_ended);
    }
    vector_free(vector);
}

static bool has_stream(const struct shape *shape)
{
    for (unsigned i = 0; i < shape->count; i++) {
        if (shape->segments[i].kind == SEGMENT_STREAM) {
            return true;
        }
    }
    return false;
}

/*
 * A stream that may be short has no length to count by before it was read: see test-reader-
 * stream.c.
 */
static void check_every_slice(const struct shape *shape)
{
    struct vector *vector = build(shape);
    g_autoptr(GByteArray) bytes = expand(vector);

    g_assert_cmpuint(vector->length, ==, bytes->len);
    vector_free(vector);
    for (uint64_t skip = 0; skip <= bytes->len + 2; skip++) {
        for (size_t i = 0; i < G_N_ELEMENTS(shortages); i++) {
            if (shortages[i] == SLICE_ALLOW_SHORT && has_stream(shape)) {
                continue;
            }
            for (uint64_t length = 0; length <= bytes->len + 2; length++) {
                check_slice(shape, bytes, skip, length, shortages[i]);
            }
            check_slice(shape, bytes, skip, SEGMENT_TO_END, shortages[i]);
        }
    }
}

static void test_every_slice(void)
{
    g_autoptr(GRand) random = g_rand_new_with_seed(SEED);

    g_test_message("seed %u", SEED);
    for (unsigned i = 0; i < 200; i++) {
        const struct shape shape = random_shape(random);

        check_every_slice(&shape);
    }
}

/* A slice is a vector like any other: slicing it again is slicing once by the sum. */
static void test_slice_of_slice(void)
{
    g_autoptr(GRand) random = g_rand_new_with_seed(SEED + 1);

    g_test_message("seed %u", SEED + 1);
    for (unsigned i = 0; i < 3000; i++) {
        const struct shape shape = random_shape(random);
        struct vector *once = build(&shape);
        struct vector *twice = build(&shape);
        const uint64_t first = (uint64_t)g_rand_int_range(random, 0, 12);
        const uint64_t second = (uint64_t)g_rand_int_range(random, 0, 12);
        const uint64_t length = (uint64_t)g_rand_int_range(random, 0, 12);

        g_assert_true(vector_slice(once, first + second, length, SLICE_ZERO_PAD, NULL));
        g_assert_true(vector_slice(twice, first, second + length, SLICE_ZERO_PAD, NULL));
        g_assert_true(vector_slice(twice, second, length, SLICE_ZERO_PAD, NULL));
        g_autoptr(GByteArray) expected = expand(once);
        g_autoptr(GByteArray) got = expand(twice);
        assert_same_array(got, expected);
        vector_free(once);
        vector_free(twice);
    }
}

/* To slice nothing off changes nothing, segments of no bytes included. */
static void test_whole_slice(void)
{
    g_autoptr(GRand) random = g_rand_new_with_seed(SEED + 2);

    g_test_message("seed %u", SEED + 2);
    for (unsigned i = 0; i < 500; i++) {
        const struct shape shape = random_shape(random);
        struct vector *vector = build(&shape);

        for (size_t j = 0; j < G_N_ELEMENTS(shortages); j++) {
            g_assert_true(vector_slice(vector, 0, vector->length, shortages[j], NULL));
            g_assert_true(vector_slice(vector, 0, SEGMENT_TO_END, shortages[j], NULL));
            assert_unchanged(vector, &shape);
        }
        vector_free(vector);
    }
}

/* ---- Other ways to a part -------------------------------------------------------------------- */

/* A part is what a slice leaves, segment by segment, and the vector stays as it is. */
static void check_part(const struct shape *shape, uint64_t skip, uint64_t length)
{
    struct vector *vector = build(shape);
    struct vector *part = vector_part(vector, skip, length);
    const struct slice slice = vector_find_slice(vector, skip, length);

    assert_unchanged(vector, shape);
    g_assert_true(vector_slice(vector, skip, length, SLICE_EXACT, NULL));
    g_assert_cmpuint(part->length, ==, length);
    g_assert_cmpuint(vector_count(part), ==, vector_count(vector));
    g_assert_cmpuint(slice.count, ==, vector_count(vector));
    for (size_t i = 0; i < slice.count; i++) {
        const struct segment *whole = &shape->segments[slice.first + i];
        const uint64_t head = i == 0 ? slice.head : 0;
        const uint64_t tail = i + 1 == slice.count ? slice.tail : 0;

        assert_same_segment(vector_segment(part, i), vector_segment(vector, i));
        g_assert_cmpuint(vector_segment(part, i)->length, ==, whole->length - head - tail);
    }
    vector_free(part);
    vector_free(vector);
}

static void test_part(void)
{
    g_autoptr(GRand) random = g_rand_new_with_seed(SEED + 3);

    g_test_message("seed %u", SEED + 3);
    for (unsigned i = 0; i < 200; i++) {
        const struct shape shape = random_shape(random);
        struct vector *vector = build(&shape);

        for (uint64_t skip = 0; skip <= vector->length; skip++) {
            for (uint64_t length = 0; length <= vector->length - skip; length++) {
                check_part(&shape, skip, length);
            }
        }
        vector_free(vector);
    }
}

static void check_discard_back(const struct shape *shape, const GByteArray *bytes, uint64_t back)
{
    struct vector *vector = build(shape);
    g_autoptr(GError) error = NULL;

    if (back > bytes->len) {
        g_assert_false(vector_discard_back(vector, back, &error));
        g_assert_error(error, IOVTOOL_ERROR, (int)IOVTOOL_ERROR_RANGE);
    } else {
        g_assert_true(vector_discard_back(vector, back, &error));
        g_autoptr(GByteArray) got = expand(vector);
        g_assert_no_error(error);
        g_assert_cmpuint(vector->length, ==, bytes->len - back);
        g_assert_cmpuint(got->len, ==, bytes->len - back);
        assert_same_bytes(got->data, bytes->data, got->len);
    }
    vector_free(vector);
}

static void test_discard_back(void)
{
    g_autoptr(GRand) random = g_rand_new_with_seed(SEED + 4);

    g_test_message("seed %u", SEED + 4);
    for (unsigned i = 0; i < 300; i++) {
        const struct shape shape = random_shape(random);
        struct vector *vector = build(&shape);
        g_autoptr(GByteArray) bytes = expand(vector);

        for (uint64_t back = 0; back <= bytes->len + 3; back++) {
            check_discard_back(&shape, bytes, back);
        }
        vector_free(vector);
    }
}

/* From the start of any segment, any number of bytes on. */
static void test_settle_place(void)
{
    g_autoptr(GRand) random = g_rand_new_with_seed(SEED + 5);

    g_test_message("seed %u", SEED + 5);
    for (unsigned i = 0; i < 300; i++) {
        const struct shape shape = random_shape(random);
        struct vector *vector = build(&shape);
        g_autoptr(GByteArray) bytes = expand(vector);
        uint64_t start = 0;

        for (size_t from = 0; from < shape.count; from++) {
            for (uint64_t ahead = 0; ahead <= bytes->len + 2; ahead++) {
                size_t index = from;
                uint64_t within = ahead;
                const bool inside = vector_settle_place(vector, &index, &within);

                g_assert_cmpint(inside, ==, start + ahead < bytes->len);
                if (inside) {
                    const struct segment *segment = vector_segment(vector, index);

                    g_assert_cmpuint(within, <, segment->length);
                    g_assert_cmpuint(byte_of(segment, within), ==, bytes->data[start + ahead]);
                }
            }
            start += shape.segments[from].length;
        }
        vector_free(vector);
    }
}

/* ---- One segment ----------------------------------------------------------------------------- */

static void check_cuts(const struct segment *whole)
{
    for (uint64_t skip = 0; skip <= whole->length; skip++) {
        for (uint64_t length = 0; length <= whole->length + 2; length++) {
            struct segment cut = *whole;

            segment_cut(&cut, skip, length);
            g_assert_cmpuint(cut.length, ==, MIN(whole->length - skip, length));
            g_assert_cmpint(cut.kind, ==, whole->kind);
            g_assert_cmpint(cut.anchor, ==, whole->anchor);
            g_assert_cmpuint(cut.period, ==, whole->period);
            for (uint64_t i = 0; i < cut.length; i++) {
                g_assert_cmpuint(byte_of(&cut, i), ==, byte_of(whole, skip + i));
            }
            if (cut.kind == SEGMENT_FILL) {
                g_assert_cmpuint(cut.offset, <, cut.period);
            } else if (cut.kind == SEGMENT_BYTES) {
                g_assert_cmpuint(cut.offset, ==, whole->offset + skip);
            }
        }
        struct segment rest = *whole;
        segment_cut(&rest, skip, SEGMENT_TO_END);
        g_assert_cmpuint(rest.length, ==, whole->length - skip);
    }
}

static void test_every_cut(void)
{
    for (uint64_t length = 0; length <= 9; length++) {
        struct segment bytes = bytes_segment(literal + 3, length);
        const struct segment file = file_segment(17, length);
        const struct segment forward = stream_segment(STREAM_FROM_START, 17, length);
        const struct segment tail = stream_segment(STREAM_FROM_END, length + 3, length);

        bytes.offset = 3;
        check_cuts(&bytes);
        check_cuts(&file);
        check_cuts(&forward);
        check_cuts(&tail);
        for (uint32_t period = 1; period <= 7; period++) {
            for (uint64_t phase = 0; phase < period; phase++) {
                const struct segment fill = fill_segment(literal, period, phase, length);

                check_cuts(&fill);
            }
        }
    }
}

/* What the offset of a byte means depends on the source. */
static void test_source_offset(void)
{
    const struct segment from_end = stream_segment(STREAM_FROM_END, 17, 9);
    const struct segment fill = fill_segment(literal, 7, 3, 9);
    const struct segment counted[] = {
        { .kind = SEGMENT_BYTES, .bytes = literal, .offset = 17, .length = 9 },
        file_segment(17, 9),
        stream_segment(STREAM_FROM_START, 17, 9),
        stream_segment(STREAM_FROM_START, 17, SEGMENT_TO_END),
        stream_segment(STREAM_BUT_TAIL, 17, 9),
    };

    for (uint64_t within = 0; within < 9; within++) {
        g_assert_cmpuint(segment_source_offset(&from_end, within), ==, within);
        g_assert_cmpuint(segment_source_offset(&fill, within), ==, within);
        for (size_t i = 0; i < G_N_ELEMENTS(counted); i++) {
            g_assert_cmpuint(segment_source_offset(&counted[i], within), ==, 17 + within);
        }
    }
}

/* ---- Near the largest length ----------------------------------------------------------------- */

/* The phase after any number of bytes, by adding modulo the period bit by bit. */
static uint64_t phase_after(uint64_t phase, uint64_t skip, uint32_t period)
{
    uint64_t step = 1 % period;

    for (; skip > 0; skip >>= 1) {
        if (skip & 1) {
            phase = (phase + step) % period;
        }
        step = step * 2 % period;
    }
    return phase;
}

static const uint64_t far_skips[] = { 0, 1, 2, LARGEST / 2, LARGEST - 5, LARGEST - 1, LARGEST };

static void test_largest_fill(void)
{
    static const uint8_t pattern[65536];
    static const uint32_t periods[] = { 1, 2, 3, 7, 255, 65535, 65536 };

    for (size_t i = 0; i < G_N_ELEMENTS(periods); i++) {
        for (size_t j = 0; j < G_N_ELEMENTS(far_skips); j++) {
            const uint64_t phase = periods[i] - 1;
            const struct shape shape = {
                .count = 1, .segments = { fill_segment(pattern, periods[i], phase, LARGEST) }
            };
            struct vector *vector = build(&shape);
            const uint64_t left = LARGEST - far_skips[j];

            g_assert_cmpuint(vector->length, ==, LARGEST);
            g_assert_true(vector_slice(vector, far_skips[j], left, SLICE_EXACT, NULL));
            g_assert_cmpuint(vector->length, ==, left);
            if (left > 0) {
                const struct segment *cut = vector_segment(vector, 0);

                g_assert_cmpuint(cut->length, ==, left);
                g_assert_cmpuint(cut->offset, ==, phase_after(phase, far_skips[j], periods[i]));
            }
            vector_free(vector);
        }
    }
}

static void test_largest_file(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(far_skips); i++) {
        const uint64_t skip = far_skips[i];
        const struct shape shape = { .count = 3,
                                     .segments = { file_segment(LARGEST, 0),
                                                   file_segment(0, LARGEST - 1),
                                                   file_segment(LARGEST - 1, 1) } };
        struct vector *vector = build(&shape);

        g_assert_true(vector_slice(vector, skip, SEGMENT_TO_END, SLICE_EXACT, NULL));
        g_assert_cmpuint(vector->length, ==, LARGEST - skip);
        if (skip > 0 && skip < LARGEST) {
            const struct segment *first = vector_segment(vector, 0);

            g_assert_cmpuint(first->offset, ==, skip);
            g_assert_cmpuint(first->length, ==, skip == LARGEST - 1 ? 1 : LARGEST - 1 - skip);
        }
        vector_free(vector);
    }
}

/* Skips and lengths far beyond a short vector: the sum of the two does not fit in 63 bits. */
static void test_far_past_the_end(void)
{
    const struct shape shape = { .count = 1, .segments = { bytes_segment(literal, 5) } };

    for (size_t i = 0; i < G_N_ELEMENTS(far_skips); i++) {
        struct vector *vector = build(&shape);
        g_autoptr(GError) error = NULL;
        const uint64_t kept = far_skips[i] < 5 ? 5 - far_skips[i] : 0;

        g_assert_false(vector_slice(vector, far_skips[i], LARGEST, SLICE_EXACT, &error));
        assert_refused(vector, &shape, 5, far_skips[i], LARGEST, error);
        g_assert_true(vector_slice(vector, far_skips[i], LARGEST, SLICE_ALLOW_SHORT, NULL));
        g_assert_cmpuint(vector->length, ==, kept);
        vector_free(vector);

        vector = build(&shape);
        g_assert_true(vector_slice(vector, far_skips[i], LARGEST, SLICE_ZERO_PAD, NULL));
        g_assert_cmpuint(vector->length, ==, LARGEST);
        const struct segment *zeros = vector_segment(vector, vector_count(vector) - 1);
        g_assert_cmpint(zeros->kind, ==, SEGMENT_FILL);
        g_assert_cmpuint(zeros->length, ==, LARGEST - kept);
        g_assert_cmpuint(byte_of(zeros, 0), ==, 0);
        vector_free(vector);
    }
}

/*
 * A vector of LARGEST bytes takes nothing more but segments without bytes and streams to their end.
 */
static void test_overflow(void)
{
    const struct segment more[] = {
        bytes_segment(literal, 1),
        fill_segment(literal, 3, 0, LARGEST),
        file_segment(0, LARGEST),
        file_segment(LARGEST - 1, 1),
        stream_segment(STREAM_FROM_START, 0, 1),
        stream_segment(STREAM_FROM_END, 9, 5),
    };
    const struct segment nothing[] = {
        bytes_segment(literal, 0),
        file_segment(LARGEST, 0),
        stream_segment(STREAM_FROM_START, 0, 0),
        stream_segment(STREAM_FROM_START, 0, SEGMENT_TO_END),
        stream_segment(STREAM_BUT_TAIL, 0, LARGEST),
    };
    const struct shape shape = {
        .count = 2, .segments = { file_segment(7, LARGEST - 9), fill_segment(literal, 2, 1, 9) }
    };
    struct vector *vector = build(&shape);

    g_assert_cmpuint(vector->length, ==, LARGEST);
    for (size_t i = 0; i < G_N_ELEMENTS(more); i++) {
        g_autoptr(GError) error = NULL;

        g_assert_false(vector_append(vector, &more[i], &error));
        assert_segment_error(error, IOVTOOL_ERROR_RANGE,
                             "the vector is longer than 9223372036854775807 bytes");
        assert_unchanged(vector, &shape);
        g_assert_cmpuint(vector->length, ==, LARGEST);
        g_assert_false(vector->open_ended);
    }
    g_assert_false(vector_append_zeros(vector, 1, NULL));
    g_assert_true(vector_append_zeros(vector, 0, NULL));
    for (size_t i = 0; i < G_N_ELEMENTS(nothing); i++) {
        g_assert_true(vector_append(vector, &nothing[i], NULL));
        g_assert_cmpuint(vector->length, ==, LARGEST);
    }
    vector_free(vector);
}

/* ---- Open ends ------------------------------------------------------------------------------- */

static void test_open_ended(void)
{
    const struct segment open[] = {
        stream_segment(STREAM_FROM_START, 0, SEGMENT_TO_END),
        stream_segment(STREAM_FROM_START, 7, SEGMENT_TO_END),
        stream_segment(STREAM_BUT_TAIL, 0, 0),
        stream_segment(STREAM_BUT_TAIL, 3, 12),
    };
    const struct segment closed[] = {
        stream_segment(STREAM_FROM_START, 0, 0),
        stream_segment(STREAM_FROM_START, 7, LARGEST),
        stream_segment(STREAM_FROM_END, 7, 7),
        stream_segment(STREAM_FROM_END, 7, 0),
        bytes_segment(literal, 4),
        fill_segment(literal, 1, 0, LARGEST),
        file_segment(3, LARGEST - 3),
    };

    for (size_t i = 0; i < G_N_ELEMENTS(open); i++) {
        g_assert_true(segment_open_ended(&open[i]));
    }
    for (size_t i = 0; i < G_N_ELEMENTS(closed); i++) {
        g_assert_false(segment_open_ended(&closed[i]));
    }
}

static const struct shape open_shape = {
    .count = 4,
    .segments = { { .kind = SEGMENT_BYTES, .bytes = literal, .length = 4 },
                  { .kind = SEGMENT_STREAM, .file = &some_stream, .length = 10 },
                  { .kind = SEGMENT_STREAM,
                    .file = &some_stream,
                    .offset = 10,
                    .length = SEGMENT_TO_END },
                  { .kind = SEGMENT_FILL, .bytes = literal, .period = 3, .length = 5 } },
};

/* Nothing is decided before the stream has ended, not even a slice that lies before it. */
static void test_pending_slice(void)
{
    static const struct {
        uint64_t skip;
        uint64_t length;
    } slices[] = { { 0, SEGMENT_TO_END }, { 0, 0 },      { 1, 2 }, { 100, 5 },
                   { LARGEST, 1 },        { 1, LARGEST } };

    for (size_t i = 0; i < G_N_ELEMENTS(slices); i++) {
        for (size_t j = 0; j < G_N_ELEMENTS(shortages); j++) {
            struct vector *vector = build(&open_shape);

            g_assert_true(vector->open_ended);
            g_assert_cmpuint(vector->length, ==, 19);
            g_assert_cmpuint(vector->pending_skip, ==, 0);
            g_assert_cmpuint(vector->pending_limit, ==, SEGMENT_TO_END);
            g_assert_true(
                vector_slice(vector, slices[i].skip, slices[i].length, shortages[j], NULL));
            g_assert_cmpuint(vector->pending_skip, ==, slices[i].skip);
            g_assert_cmpuint(vector->pending_limit, ==, slices[i].length);
            g_assert_cmpuint(vector->length, ==, 19);
            assert_unchanged(vector, &open_shape);
            vector_free(vector);
        }
    }
}

/*
 * As in a closed vector, a second slice counts from the first one's start and stays within its end.
 */
static void test_pending_slice_of_slice(void)
{
    static const struct {
        uint64_t length;
        uint64_t second_length;
        uint64_t limit;
    } rows[] = {
        { SEGMENT_TO_END, SEGMENT_TO_END, SEGMENT_TO_END },
        { SEGMENT_TO_END, 4, 4 },
        { 10, 4, 4 },
        { 10, 7, 7 },
        { 10, SEGMENT_TO_END, 7 },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct vector *vector = build(&open_shape);

        g_assert_true(vector_slice(vector, 2, rows[i].length, SLICE_EXACT, NULL));
        g_assert_true(vector_slice(vector, 3, rows[i].second_length, SLICE_EXACT, NULL));
        g_assert_cmpuint(vector->pending_skip, ==, 5);
        g_assert_cmpuint(vector->pending_limit, ==, rows[i].limit);
        vector_free(vector);
    }
}

/* A place behind the start of a stream without a known end stays there. */
static void test_settle_place_in_stream(void)
{
    struct vector *vector = build(&open_shape);
    size_t index = 0;
    uint64_t within = 4 + 10 + 1000;

    g_assert_true(vector_settle_place(vector, &index, &within));
    g_assert_cmpuint(index, ==, 2);
    g_assert_cmpuint(within, ==, 1000);
    vector_free(vector);
}

/* What is behind the stream goes first, then the stream gives all but its tail. */
static void test_open_discard_back(void)
{
    for (uint64_t back = 0; back <= 9; back++) {
        struct vector *vector = build(&open_shape);
        const uint64_t tail = back > 5 ? back - 5 : 0;

        g_assert_true(vector_discard_back(vector, back, NULL));
        g_assert_true(vector->open_ended);
        g_assert_cmpuint(vector->length, ==, 19 - MIN(back, 5));
        const struct segment *stream = vector_segment(vector, 2);
        g_assert_cmpint(stream->anchor, ==, tail > 0 ? STREAM_BUT_TAIL : STREAM_FROM_START);
        g_assert_cmpuint(stream->length, ==, tail > 0 ? tail : SEGMENT_TO_END);
        g_assert_cmpuint(stream->offset, ==, 10);
        /* discarding again adds to that */
        g_assert_true(vector_discard_back(vector, 10, NULL));
        stream = vector_segment(vector, 2);
        g_assert_cmpint(stream->anchor, ==, STREAM_BUT_TAIL);
        g_assert_cmpuint(stream->length, ==, back + 10 - 5);
        vector_free(vector);
    }
}

/* ---- What a vector keeps, and refuses -------------------------------------------------------- */

static void test_keep(void)
{
    static const size_t lengths[] = { 0, 1, 2, 4095, 4096, 4097, 100000 };
    const uint8_t *kept[20 * G_N_ELEMENTS(lengths)];
    struct vector *vector = vector_new();

    for (size_t i = 0; i < G_N_ELEMENTS(kept); i++) {
        const size_t length = lengths[i % G_N_ELEMENTS(lengths)];
        g_autofree uint8_t *bytes = noise(i, length);

        if (length > 0) {
            bytes[length / 2] = 0;
        }
        kept[i] = vector_keep(vector, length == 0 && i % 2 ? NULL : bytes, length);
        g_assert_nonnull(kept[i]);
        g_assert_true(kept[i] != bytes);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(kept); i++) {
        const size_t length = lengths[i % G_N_ELEMENTS(lengths)];
        g_autofree uint8_t *bytes = noise(i, length);

        if (length > 0) {
            bytes[length / 2] = 0;
        }
        assert_same_bytes(kept[i], bytes, length);
    }
    vector_free(vector);
    vector_free(NULL);
}

static void append_bad(gconstpointer data)
{
    if (g_test_subprocess()) {
        struct vector *vector = vector_new();

        vector_append(vector, data, NULL);
        return;
    }
    g_test_trap_subprocess(NULL, 0, G_TEST_SUBPROCESS_DEFAULT);
    g_test_trap_assert_failed();
    g_test_trap_assert_stderr("*assertion failed*");
}

static const struct bad {
    const char *path;
    struct segment segment;
} bad_segments[] = {
    { "/vector/bad/literal-nowhere", { .kind = SEGMENT_BYTES, .length = 1 } },
    { "/vector/bad/literal-length",
      { .kind = SEGMENT_BYTES, .bytes = literal, .length = LARGEST + 1 } },
    { "/vector/bad/fill-period", { .kind = SEGMENT_FILL, .bytes = literal, .length = 1 } },
    { "/vector/bad/fill-phase",
      { .kind = SEGMENT_FILL, .bytes = literal, .period = 3, .offset = 3, .length = 1 } },
    { "/vector/bad/fill-nowhere", { .kind = SEGMENT_FILL, .period = 1, .length = 1 } },
    { "/vector/bad/fill-length",
      { .kind = SEGMENT_FILL, .bytes = literal, .period = 1, .length = LARGEST + 1 } },
    { "/vector/bad/file-none", { .kind = SEGMENT_FILE, .length = 1 } },
    { "/vector/bad/file-end",
      { .kind = SEGMENT_FILE, .file = &some_file, .offset = LARGEST, .length = 1 } },
    { "/vector/bad/file-to-end",
      { .kind = SEGMENT_FILE, .file = &some_file, .length = SEGMENT_TO_END } },
    { "/vector/bad/stream-none", { .kind = SEGMENT_STREAM, .length = 1 } },
    { "/vector/bad/stream-offset",
      { .kind = SEGMENT_STREAM, .file = &some_stream, .offset = LARGEST + 1, .length = 1 } },
    { "/vector/bad/stream-past-end",
      { .kind = SEGMENT_STREAM,
        .anchor = STREAM_FROM_END,
        .file = &some_stream,
        .offset = 3,
        .length = 4 } },
};

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/vector/every-slice", test_every_slice);
    g_test_add_func("/vector/slice-of-slice", test_slice_of_slice);
    g_test_add_func("/vector/whole-slice", test_whole_slice);
    g_test_add_func("/vector/part", test_part);
    g_test_add_func("/vector/discard-back", test_discard_back);
    g_test_add_func("/vector/settle-place", test_settle_place);
    g_test_add_func("/vector/settle-place-in-stream", test_settle_place_in_stream);
    g_test_add_func("/vector/open-discard-back", test_open_discard_back);
    g_test_add_func("/vector/every-cut", test_every_cut);
    g_test_add_func("/vector/source-offset", test_source_offset);
    g_test_add_func("/vector/largest-fill", test_largest_fill);
    g_test_add_func("/vector/largest-file", test_largest_file);
    g_test_add_func("/vector/far-past-the-end", test_far_past_the_end);
    g_test_add_func("/vector/overflow", test_overflow);
    g_test_add_func("/vector/open-ended", test_open_ended);
    g_test_add_func("/vector/pending-slice", test_pending_slice);
    g_test_add_func("/vector/keep", test_keep);
    for (size_t i = 0; i < G_N_ELEMENTS(bad_segments); i++) {
        g_test_add_data_func(bad_segments[i].path, &bad_segments[i].segment, append_bad);
    }
    g_test_add_func("/vector/pending-slice-of-slice", test_pending_slice_of_slice);
    return g_test_run();
}
