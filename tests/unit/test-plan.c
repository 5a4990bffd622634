/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "transfer/plan.h"

#include <string.h>

#include "segment/files.h"
#include "source/remote.h"

#define SEED 20240817u

/* The files of this test are small arrays. Most vectors and sinks are made of the first two. */
#define FILES 4u
#define FILE_SIZE 24u
#define LARGE 9u

static struct file sources[FILES] = {
    { .name = (char *)(uintptr_t) "f0", .name_length = 2, .device = 1, .inode = 100, .fd = -1 },
    { .name = (char *)(uintptr_t) "f1", .name_length = 2, .device = 1, .inode = 101, .fd = -1 },
    { .name = (char *)(uintptr_t) "f2", .name_length = 2, .device = 1, .inode = 102, .fd = -1 },
    { .name = (char *)(uintptr_t) "f3", .name_length = 2, .device = 1, .inode = 103, .fd = -1 },
};
static struct file stream = {
    .name = (char *)(uintptr_t) "-", .name_length = 1, .inherited = true, .stream = true
};

static struct remote server;

static const struct plan_limits small_limits = {
    .small_piece = 2,
    .least_zeros = 2,
    .least_remote_zeros = 2,
    .offload = true,
    .zeros = ZEROS_HOLES,
};

/* A test case: segments, sinks and limits, and what of them is looked at most. */
struct subject {
    struct vector *vector;
    struct sink sinks[4];
    uint32_t sink_count;
    struct plan_limits limits;
};

/* What the files, pipes and so on hold. Sinks that are not files have a place of their own. */
struct disk {
    uint8_t files[FILES][FILE_SIZE];
    uint8_t others[4][4 * FILE_SIZE];
    size_t used[4];
};

/* ---- Making them ----------------------------------------------------------------------------- */

static void subject_begin(struct subject *subject)
{
    memset(subject, 0, sizeof(*subject));
    subject->vector = vector_new();
    subject->limits = small_limits;
}

static void add_segment(struct subject *subject, struct segment segment)
{
    g_autoptr(GError) error = NULL;

    vector_append(subject->vector, &segment, &error);
    g_assert_no_error(error);
}

static void add_range(struct subject *subject, unsigned file, uint64_t offset, uint64_t length)
{
    add_segment(subject, (struct segment){ .kind = SEGMENT_FILE,
                                           .file = &sources[file],
                                           .offset = offset,
                                           .length = length });
}

static void add_bytes(struct subject *subject, uint64_t length)
{
    static const uint8_t bytes[FILE_SIZE] = "abcdefghijklmnopqrstuvw";

    g_assert(length <= sizeof(bytes));
    add_segment(subject,
                (struct segment){ .kind = SEGMENT_BYTES, .bytes = bytes, .length = length });
}

static void add_fill(struct subject *subject, const char *pattern, uint32_t period, uint64_t length)
{
    add_segment(subject, (struct segment){ .kind = SEGMENT_FILL,
                                           .bytes = (const uint8_t *)pattern,
                                           .period = period,
                                           .length = length });
}

static void add_stream(struct subject *subject, uint64_t offset, uint64_t length)
{
    add_segment(subject,
                (struct segment){
                    .kind = SEGMENT_STREAM, .file = &stream, .offset = offset, .length = length });
}

static void add_file_sink(struct subject *subject, unsigned file, uint64_t offset, uint64_t length)
{
    subject->sinks[subject->sink_count++] = (struct sink){
        .kind = SINK_FILE,
        .fd = -1,
        .name = sources[file].name,
        .offset = offset,
        .length = length,
        .device = sources[file].device,
        .inode = sources[file].inode,
        .block = 4,
    };
}

static void add_other_sink(struct subject *subject, enum sink_kind kind, uint64_t length)
{
    subject->sinks[subject->sink_count++] = (struct sink){
        .kind = kind,
        .fd = -1,
        .name = "out",
        .length = length,
        .remote = kind == SINK_REMOTE ? &server : NULL,
    };
}

static void subject_end(struct subject *subject)
{
    vector_free(subject->vector);
}

static void disk_format(struct disk *disk)
{
    memset(disk, 0, sizeof(*disk));
    for (unsigned i = 0; i < FILES; i++) {
        for (unsigned j = 0; j < FILE_SIZE; j++) {
            disk->files[i][j] = (uint8_t)(i * FILE_SIZE + j + 128);
        }
    }
}

/* ---- The model: bytes of a vector, and where they go ----------------------------------------- */

static unsigned number_of_file(ino_t inode)
{
    return (unsigned)(inode - sources[0].inode);
}

static uint8_t byte_of(const struct segment *segment, uint64_t i, const struct disk *disk)
{
    switch ((enum segment_kind)segment->kind) {
    case SEGMENT_BYTES:
        return segment->bytes[i];
    case SEGMENT_FILL:
        return segment->bytes[(segment->offset + i) % segment->period];
    case SEGMENT_FILE:
    case SEGMENT_REMOTE:
        return disk->files[number_of_file(segment->file->inode)][segment->offset + i];
    case SEGMENT_STREAM:
        return (uint8_t)(i * 7);
    }
    g_assert_not_reached();
}

static void put(struct disk *disk, const struct subject *subject, uint32_t index, uint64_t at,
                uint8_t byte)
{
    const struct sink *sink = &subject->sinks[index];

    if (sink->kind == SINK_FILE) {
        g_assert_cmpuint(at, <, FILE_SIZE);
        disk->files[number_of_file(sink->inode)][at] = byte;
    } else {
        g_assert_cmpuint(disk->used[index], <, sizeof(disk->others[index]));
        disk->others[index][disk->used[index]++] = byte;
    }
}

/* One byte of the vector: the segment it is of, and the sink it goes to. */
struct byte_place {
    size_t segment;
    uint64_t within;
    uint32_t sink;
    uint64_t sink_offset;
    uint64_t piece; /* the length of the piece of that segment in that sink */
};

static GArray *find_places(const struct subject *subject)
{
    GArray *places = g_array_new(FALSE, FALSE, sizeof(struct byte_place));
    uint32_t sink = 0;
    uint64_t used = 0;

    for (size_t i = 0; i < vector_count(subject->vector); i++) {
        for (uint64_t j = 0; j < vector_segment(subject->vector, i)->length; j++) {
            while (sink < subject->sink_count && used == subject->sinks[sink].length) {
                sink++;
                used = 0;
            }
            if (sink == subject->sink_count) {
                return places;
            }
            const struct byte_place place = {
                .segment = i,
                .within = j,
                .sink = sink,
                .sink_offset = subject->sinks[sink].offset + used++,
            };
            g_array_append_val(places, place);
        }
    }
    return places;
}

static struct byte_place *place_at(const GArray *places, size_t index)
{
    return &g_array_index(places, struct byte_place, index);
}

static void measure_pieces(const GArray *places)
{
    for (guint i = 0, end; i < places->len; i = end) {
        for (end = i; end < places->len &&
                      place_at(places, end)->sink == place_at(places, i)->sink &&
                      place_at(places, end)->segment == place_at(places, i)->segment;) {
            end++;
        }
        for (guint j = i; j < end; j++) {
            place_at(places, j)->piece = end - i;
        }
    }
}

/* Equivalent to reading the whole vector, then writing it. */
static void move_by_model(const struct subject *subject, const GArray *places, struct disk *disk)
{
    g_autofree uint8_t *bytes = g_malloc(places->len + 1);

    for (guint i = 0; i < places->len; i++) {
        const struct byte_place *place = place_at(places, i);

        bytes[i] = byte_of(vector_segment(subject->vector, place->segment), place->within, disk);
    }
    for (guint i = 0; i < places->len; i++) {
        put(disk, subject, place_at(places, i)->sink, place_at(places, i)->sink_offset, bytes[i]);
    }
}

/* ---- Running a plan on the arrays ------------------------------------------------------------ */

struct run {
    const struct subject *subject;
    const GArray *places;
    struct disk disk;
    uint8_t *kept[8]; /* by segment */
    guint at;         /* of places: what is done */
};

static void run_keep(struct run *run, const struct step *step)
{
    const struct segment *segment = vector_segment(run->subject->vector, step->segment);

    g_assert_cmpuint(run->at, ==, 0);
    g_assert_cmpuint(step->within, ==, 0);
    g_assert_cmpuint(step->length, ==, segment->length);
    g_assert_null(run->kept[step->segment]);
    run->kept[step->segment] = g_malloc((gsize)segment->length);
    for (uint64_t i = 0; i < segment->length; i++) {
        run->kept[step->segment][i] = byte_of(segment, i, &run->disk);
    }
}

/* What the kernel does: reads the source of a whole step as one range of one file. */
static uint8_t byte_by_kernel(const struct run *run, const struct step *step, uint64_t i)
{
    const struct segment *segment = vector_segment(run->subject->vector, step->segment);

    if (step->kind == STEP_ZERO) {
        return 0;
    }
    g_assert_cmpint(segment->kind, ==, SEGMENT_FILE);
    return run->disk
        .files[number_of_file(segment->file->inode)][segment->offset + step->within + i];
}

static uint8_t byte_by_window(const struct run *run, const struct byte_place *place)
{
    const uint8_t *kept = run->kept[place->segment];

    return kept ? kept[place->within]
                : byte_of(vector_segment(run->subject->vector, place->segment), place->within,
                          &run->disk);
}

static void run_move(struct run *run, const struct step *step)
{
    const struct segment *segment = vector_segment(run->subject->vector, step->segment);
    const struct sink *sink = &run->subject->sinks[step->sink];
    uint8_t *file = run->disk.files[number_of_file(sink->inode)];

    g_assert_cmpuint(number_of_file(segment->file->inode), ==, number_of_file(sink->inode));
    memmove(file + step->sink_offset, file + segment->offset + step->within, (size_t)step->length);
    run->at += (guint)step->length;
}

/* Every byte of a step is where the vector and the sinks have it. */
static void run_step(struct run *run, const struct step *step)
{
    g_assert_cmpuint(step->length, >, 0);
    if (step->kind == STEP_KEEP) {
        run_keep(run, step);
        return;
    }
    g_assert_cmpuint(step->length, <=, run->places->len - run->at);
    g_assert_cmpuint(step->segment, ==, place_at(run->places, run->at)->segment);
    g_assert_cmpuint(step->within, ==, place_at(run->places, run->at)->within);
    for (uint64_t i = 0; i < step->length; i++) {
        const struct byte_place *place = place_at(run->places, run->at + (guint)i);

        g_assert_cmpuint(step->sink, ==, place->sink);
        if (run->subject->sinks[step->sink].kind == SINK_FILE) {
            g_assert_cmpuint(step->sink_offset + i, ==, place->sink_offset);
        }
    }
    if (step->kind == STEP_MOVE) {
        run_move(run, step);
        return;
    }
    for (uint64_t i = 0; i < step->length; i++, run->at++) {
        const struct byte_place *place = place_at(run->places, run->at);
        const uint8_t byte =
            step->kind == STEP_WRITE ? byte_by_window(run, place) : byte_by_kernel(run, step, i);

        put(&run->disk, run->subject, place->sink, place->sink_offset, byte);
    }
}

/* ---- Which way each byte should go ----------------------------------------------------------- */

/* A sink takes at most all of the vector; where it starts in it is of no account. */
static bool written_over(const struct subject *subject, const struct segment *segment)
{
    for (uint32_t i = 0; segment->kind == SEGMENT_FILE && i < subject->sink_count; i++) {
        const struct sink *sink = &subject->sinks[i];

        for (uint64_t j = 0; j < MIN(sink->length, subject->vector->length); j++) {
            if (sink->kind == SINK_FILE && sink->inode == segment->file->inode &&
                sink->offset + j >= segment->offset &&
                sink->offset + j < segment->offset + segment->length) {
                return true;
            }
        }
    }
    return false;
}

static enum step_kind expected_kind(const struct subject *subject, const struct byte_place *place)
{
    const struct segment *segment = vector_segment(subject->vector, place->segment);
    const enum sink_kind sink = subject->sinks[place->sink].kind;
    const struct plan_limits *limits = &subject->limits;

    const bool wanted = sink == SINK_FILE ? limits->offload : limits->share_pages;

    if (segment->kind == SEGMENT_FILE && wanted && place->piece >= limits->small_piece &&
        sink != SINK_OTHER && sink != SINK_REMOTE) {
        return sink == SINK_FILE ? STEP_COPY : sink == SINK_PIPE ? STEP_SPLICE : STEP_SENDFILE;
    }
    if (segment->kind == SEGMENT_FILL && segment->period == 1 && segment->bytes[0] == 0 &&
        (sink == SINK_FILE || sink == SINK_REMOTE) && limits->zeros == ZEROS_HOLES &&
        place->piece >= (sink == SINK_REMOTE ? limits->least_remote_zeros : limits->least_zeros)) {
        return STEP_ZERO;
    }
    return STEP_WRITE;
}

/* Of vectors that no sink overlaps. */
static void assert_kinds(const struct subject *subject, const GArray *places, const GArray *steps)
{
    guint at = 0;

    for (guint i = 0; i < steps->len; i++) {
        const struct step *step = &g_array_index(steps, struct step, i);
        const enum step_kind kind = step->kind == STEP_CLONE ? STEP_COPY : step->kind;

        for (uint64_t j = 0; j < step->length; j++) {
            g_assert_cmpint(kind, ==, expected_kind(subject, place_at(places, at++)));
        }
    }
}

static uint64_t source_of(const struct subject *subject, const struct step *step)
{
    return vector_segment(subject->vector, step->segment)->offset + step->within;
}

static const struct file *file_of(const struct subject *subject, const struct step *step)
{
    const struct segment *segment = vector_segment(subject->vector, step->segment);

    return segment->kind == SEGMENT_FILE ? segment->file : NULL;
}

/* Nothing is left that could have been one step. */
static void assert_merged(const struct subject *subject, const struct step *a, const struct step *b)
{
    if (a->kind != b->kind || a->sink != b->sink) {
        return;
    }
    g_assert_cmpint(a->kind, !=, STEP_WRITE);
    if (a->kind == STEP_COPY || a->kind == STEP_CLONE || a->kind == STEP_SPLICE) {
        g_assert_true(file_of(subject, a) != file_of(subject, b) ||
                      source_of(subject, a) + a->length != source_of(subject, b));
    }
}

static void assert_clones(const struct subject *subject, const struct step *step)
{
    const uint64_t source = source_of(subject, step);
    const uint64_t block = subject->sinks[step->sink].block;
    const uint64_t head = (block - source % block) % block;

    if (step->kind == STEP_CLONE) {
        g_assert_cmpuint(source % block, ==, 0);
        g_assert_cmpuint(step->sink_offset % block, ==, 0);
        g_assert_cmpuint(step->length % block, ==, 0);
    } else if (step->kind == STEP_COPY && source % block == step->sink_offset % block) {
        g_assert_cmpuint(step->length, <, head + block);
    }
}

static void assert_shape(const struct subject *subject, const GArray *steps)
{
    for (guint i = 0; i < steps->len; i++) {
        const struct step *step = &g_array_index(steps, struct step, i);

        if (step->kind == STEP_COPY || step->kind == STEP_CLONE) {
            assert_clones(subject, step);
        }
        if (i > 0) {
            assert_merged(subject, step - 1, step);
        }
    }
}

static void assert_no_overlap_steps(const GArray *steps)
{
    for (guint i = 0; i < steps->len; i++) {
        const enum step_kind kind = g_array_index(steps, struct step, i).kind;

        g_assert_true(kind != STEP_KEEP && kind != STEP_MOVE);
    }
}

/* Plans for the vector, whose lengths are all known, and tries the plan. */
static void check(const struct subject *subject)
{
    g_autoptr(GArray) places = find_places(subject);
    g_autoptr(GArray) steps =
        plan_make(subject->vector, subject->sinks, subject->sink_count, &subject->limits);
    struct run run = { .subject = subject, .places = places };
    struct disk expected;
    bool overlap = false;

    measure_pieces(places);
    disk_format(&expected);
    move_by_model(subject, places, &expected);
    disk_format(&run.disk);
    for (guint i = 0; i < steps->len; i++) {
        run_step(&run, &g_array_index(steps, struct step, i));
    }
    g_assert_cmpuint(run.at, ==, places->len);
    g_assert_true(memcmp(&run.disk, &expected, sizeof(expected)) == 0);
    for (size_t i = 0; i < vector_count(subject->vector); i++) {
        overlap |= written_over(subject, vector_segment(subject->vector, i));
        g_free(run.kept[i]);
    }
    if (!overlap) {
        assert_no_overlap_steps(steps);
        assert_kinds(subject, places, steps);
    }
    assert_shape(subject, steps);
}

/* ---- Shapes ---------------------------------------------------------------------------------- */

#define SEGMENT_SHAPES (6u * 6u)
static void add_segment_shape(struct subject *subject, unsigned shape)
{
    static const uint64_t lengths[] = { 0, 1, 2, 3, 5, LARGE };
    const uint64_t length = lengths[shape % 6];

    switch (shape / 6) {
    case 0:
        add_bytes(subject, length);
        break;
    case 1:
        add_fill(subject, "", 1, length);
        break;
    case 2:
        add_fill(subject, "\0x", 2, length);
        break;
    case 3:
        add_range(subject, 0, 0, length);
        break;
    case 4:
        add_range(subject, 0, 3, length);
        break;
    default:
        add_range(subject, 1, 5, length);
        break;
    }
}

/* Sinks of which the last takes all the rest, or, with `bounded`, up to 20 bytes. */
#define SINK_SHAPES (3u * 3u * SINK_KINDS * 2u)
static void add_sink_shape(struct subject *subject, unsigned shape)
{
    static const uint64_t lengths[] = { 0, 1, 4 };
    const bool bounded = shape % 2;
    const enum sink_kind last = (enum sink_kind)(shape / 2 % SINK_KINDS);
    const unsigned first = shape / (2 * SINK_KINDS) % 3;
    const uint64_t length = lengths[shape / (6 * SINK_KINDS)];

    if (first == 1) {
        add_file_sink(subject, 2, 1, length);
    } else if (first == 2) {
        add_other_sink(subject, SINK_PIPE, length);
    }
    if (last == SINK_FILE) {
        add_file_sink(subject, 3, 3, bounded ? 20 : SEGMENT_TO_END);
    } else {
        add_other_sink(subject, last, bounded ? 20 : SEGMENT_TO_END);
    }
}

static void test_shapes(void)
{
    for (unsigned sinks = 0; sinks < SINK_SHAPES; sinks++) {
        for (unsigned pair = 0; pair < SEGMENT_SHAPES * SEGMENT_SHAPES; pair++) {
            struct subject subject;

            subject_begin(&subject);
            subject.limits.offload = pair % 5 != 0;
            subject.limits.share_pages = pair % 3 != 0;
            subject.limits.zeros = pair % 7 == 0 ? ZEROS_WRITTEN : ZEROS_HOLES;
            add_segment_shape(&subject, pair % SEGMENT_SHAPES);
            add_segment_shape(&subject, pair / SEGMENT_SHAPES);
            add_sink_shape(&subject, sinks);
            check(&subject);
            subject_end(&subject);
        }
    }
}

static void test_long_vectors(void)
{
    g_autoptr(GRand) random = g_rand_new_with_seed(SEED);

    for (unsigned i = 0; i < 20000; i++) {
        struct subject subject;
        const gint32 count = g_rand_int_range(random, 0, 7);

        subject_begin(&subject);
        subject.limits.small_piece = (uint64_t)g_rand_int_range(random, 1, 6);
        subject.limits.least_zeros = (uint64_t)g_rand_int_range(random, 1, 6);
        subject.limits.least_remote_zeros = (uint64_t)g_rand_int_range(random, 1, 6);
        for (gint32 j = 0; j < count && subject.vector->length < 11; j++) {
            add_segment_shape(&subject, (unsigned)g_rand_int_range(random, 0, SEGMENT_SHAPES));
        }
        add_sink_shape(&subject, (unsigned)g_rand_int_range(random, 0, SINK_SHAPES));
        check(&subject);
        subject_end(&subject);
    }
}

/* ---- Overlap: memmove's answer --- */

#define SMALL 8u /* bytes of a file in which all ranges are tried */

static void check_overlap(const uint64_t (*ranges)[2], unsigned count, uint64_t to, uint64_t length)
{
    struct subject subject;

    subject_begin(&subject);
    for (unsigned i = 0; i < count; i++) {
        add_range(&subject, 0, ranges[i][0], ranges[i][1]);
    }
    add_file_sink(&subject, 0, to, length);
    check(&subject);
    subject_end(&subject);
}

static void test_overlap_of_one(void)
{
    for (uint64_t start = 0; start <= SMALL; start++) {
        for (uint64_t length = 0; start + length <= SMALL; length++) {
            const uint64_t range[][2] = { { start, length } };

            for (uint64_t to = 0; to <= SMALL; to++) {
                check_overlap(range, 1, to, SEGMENT_TO_END);
                check_overlap(range, 1, to, length);
                check_overlap(range, 1, to, length / 2);
            }
        }
    }
}

static void test_overlap_of_two(void)
{
    for (unsigned i = 0; i < SMALL * SMALL * SMALL * SMALL; i++) {
        const uint64_t ranges[][2] = { { i % SMALL, i / SMALL % SMALL },
                                       { i / SMALL / SMALL % SMALL, i / SMALL / SMALL / SMALL } };

        for (uint64_t to = 0; to < SMALL; to++) {
            check_overlap(ranges, 2, to, SEGMENT_TO_END);
        }
    }
}

/* Several segments of two files over several ranges of the same. */
static void test_overlap_of_many(void)
{
    g_autoptr(GRand) random = g_rand_new_with_seed(SEED);

    for (unsigned i = 0; i < 50000; i++) {
        struct subject subject;
        const gint32 segments = g_rand_int_range(random, 1, 5);
        const gint32 sinks = g_rand_int_range(random, 1, 4);

        subject_begin(&subject);
        for (gint32 j = 0; j < segments; j++) {
            add_range(&subject, g_rand_boolean(random) ? 1 : 0,
                      (uint64_t)g_rand_int_range(random, 0, SMALL),
                      (uint64_t)g_rand_int_range(random, 0, 5));
        }
        for (gint32 j = 0; j < sinks; j++) {
            add_file_sink(&subject, g_rand_boolean(random) ? 1 : 0,
                          (uint64_t)g_rand_int_range(random, 0, SMALL),
                          (uint64_t)g_rand_int_range(random, 0, 5));
        }
        check(&subject);
        subject_end(&subject);
    }
}

static void test_other_device(void)
{
    struct subject subject;
    g_autoptr(GArray) steps = NULL;

    subject_begin(&subject);
    add_range(&subject, 0, 0, 8);
    add_file_sink(&subject, 0, 1, 8);
    subject.sinks[0].device++;
    steps = plan_make(subject.vector, subject.sinks, 1, &subject.limits);
    assert_no_overlap_steps(steps);
    subject_end(&subject);
}

/* ---- Plans to the letter --- */

static void assert_plan(struct subject *subject, const char *expected)
{
    g_autoptr(GArray) steps =
        plan_make(subject->vector, subject->sinks, subject->sink_count, &subject->limits);
    g_autoptr(GString) plan = g_string_new(NULL);

    for (guint i = 0; i < steps->len; i++) {
        plan_describe(plan, &g_array_index(steps, struct step, i), subject->vector, subject->sinks);
        g_string_append_c(plan, '\n');
    }
    g_assert_cmpstr(plan->str, ==, expected);
    subject_end(subject);
}

static void test_descriptions(void)
{
    struct subject subject;

    subject_begin(&subject);
    add_range(&subject, 0, 1, 13);
    add_bytes(&subject, 2);
    add_fill(&subject, "", 1, 5);
    add_file_sink(&subject, 1, 1, SEGMENT_TO_END);
    assert_plan(&subject, "copy   3 bytes from segment 0+0 (f0@1+13) to f1 at 1\n"
                          "clone  8 bytes from segment 0+3 (f0@1+13) to f1 at 4\n"
                          "copy   2 bytes from segment 0+11 (f0@1+13) to f1 at 12\n"
                          "write  2 bytes from segment 1+0 (hex:6162) to f1 at 14\n"
                          "zero   5 bytes from segment 2+0 (zero:5) to f1 at 16\n");

    subject_begin(&subject);
    add_range(&subject, 0, 1, 4);
    add_file_sink(&subject, 0, 2, 4);
    assert_plan(&subject, "move   4 bytes from segment 0+0 (f0@1+4) to f0 at 2\n");

    subject_begin(&subject);
    add_range(&subject, 0, 1, 4);
    add_range(&subject, 0, 5, 4);
    add_range(&subject, 1, 0, 4);
    add_file_sink(&subject, 0, 4, 4);
    add_other_sink(&subject, SINK_PIPE, SEGMENT_TO_END);
    subject.limits.share_pages = true;
    assert_plan(&subject, "keep   4 bytes from segment 0+0 (f0@1+4) aside\n"
                          "keep   4 bytes from segment 1+0 (f0@5+4) aside\n"
                          "write  4 bytes from segment 0+0 (f0@1+4) to f0 at 4\n"
                          "write  4 bytes from segment 1+0 (f0@5+4) to out\n"
                          "splice 4 bytes from segment 2+0 (f1@0+4) to out\n");

    subject_begin(&subject);
    add_range(&subject, 0, 1, 4);
    add_bytes(&subject, 2);
    add_other_sink(&subject, SINK_SOCKET, SEGMENT_TO_END);
    subject.limits.share_pages = true;
    assert_plan(&subject, "sendfile 4 bytes from segment 0+0 (f0@1+4) to out\n"
                          "write  2 bytes from segment 1+0 (hex:6162) to out\n");
}

static void test_remote(void)
{
    struct subject subject;
    struct file export = sources[0];
    export.remote = &server;

    subject_begin(&subject);
    add_range(&subject, 1, 0, 4);
    add_fill(&subject, "", 1, 5);
    add_segment(&subject, (struct segment){ .kind = SEGMENT_REMOTE, .file = &export, .length = 4 });
    add_other_sink(&subject, SINK_REMOTE, 20);
    subject.sinks[0].offset = 3;
    assert_plan(&subject, "keep   4 bytes from segment 2+0 (f0@0+4) aside\n"
                          "write  4 bytes from segment 0+0 (f1@0+4) to out at 3\n"
                          "zero   5 bytes from segment 1+0 (zero:5) to out at 7\n"
                          "write  4 bytes from segment 2+0 (f0@0+4) to out at 12\n");
}

/* ---- Streams: nothing behind an unknown length has a place that is known --- */

static void test_stream_into_all(void)
{
    struct subject subject;

    subject_begin(&subject);
    add_range(&subject, 0, 0, 4);
    add_stream(&subject, 0, SEGMENT_TO_END);
    add_range(&subject, 1, 0, 4);
    add_fill(&subject, "", 1, 4);
    add_file_sink(&subject, 2, 2, SEGMENT_TO_END);
    subject.sinks[0].block = 0;
    assert_plan(&subject, "copy   4 bytes from segment 0+0 (f0@0+4) to f2 at 2\n"
                          "write  all the rest from segment 1+0 (-@0) to f2 at 6\n");
}

static void test_stream_into_ranges(void)
{
    struct subject subject;

    subject_begin(&subject);
    add_stream(&subject, 0, SEGMENT_TO_END);
    add_range(&subject, 1, 0, 4);
    add_file_sink(&subject, 2, 2, 4);
    add_file_sink(&subject, 3, 2, 4);
    assert_plan(&subject, "write  4 bytes from segment 0+0 (-@0) to f2 at 2\n"
                          "write  4 bytes from segment 0+4 (-@0) to f3 at 2\n");

    subject_begin(&subject);
    add_stream(&subject, 0, 5);
    add_range(&subject, 1, 0, 4);
    add_file_sink(&subject, 2, 2, 4);
    add_file_sink(&subject, 3, 2, 5);
    subject.sinks[1].block = 0;
    assert_plan(&subject, "write  4 bytes from segment 0+0 (-@0+5) to f2 at 2\n"
                          "write  1 bytes from segment 0+4 (-@0+5) to f3 at 2\n"
                          "copy   4 bytes from segment 1+0 (f1@0+4) to f3 at 3\n");
}

/* What is skipped, or used at most, of a vector whose length is not known. */
static void test_pending_slice(void)
{
    struct subject subject;
    g_autoptr(GError) error = NULL;

    subject_begin(&subject);
    add_stream(&subject, 0, SEGMENT_TO_END);
    add_range(&subject, 1, 0, 9);
    g_assert_true(vector_slice(subject.vector, 3, 5, SLICE_EXACT, &error));
    add_file_sink(&subject, 2, 2, SEGMENT_TO_END);
    assert_plan(&subject, "write  all the rest from segment 0+0 (-@0) to f2 at 2\n");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/plan/shapes", test_shapes);
    g_test_add_func("/plan/long-vectors", test_long_vectors);
    g_test_add_func("/plan/overlap/one", test_overlap_of_one);
    g_test_add_func("/plan/overlap/two", test_overlap_of_two);
    g_test_add_func("/plan/overlap/many", test_overlap_of_many);
    g_test_add_func("/plan/overlap/other-device", test_other_device);
    g_test_add_func("/plan/descriptions", test_descriptions);
    g_test_add_func("/plan/remote", test_remote);
    g_test_add_func("/plan/stream/into-all", test_stream_into_all);
    g_test_add_func("/plan/stream/into-ranges", test_stream_into_ranges);
    g_test_add_func("/plan/stream/pending-slice", test_pending_slice);
    return g_test_run();
}
