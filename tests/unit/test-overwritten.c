/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "transfer/overwritten.h"

#include <glib.h>

#include "segment/files.h"

#define SEED 20240911u
#define SIZE 20u

/* Neighbours in every order of device and inode. */
static struct file files[] = {
    { .device = 1, .inode = 8 },
    { .device = 2, .inode = 7 },
    { .device = 2, .inode = 8 },
    { .device = 3, .inode = 1 },
};

struct sample {
    struct sink sinks[12];
    uint32_t count;
    uint64_t length; /* of the vector */
};

static void add_sink(struct sample *sample, enum sink_kind kind, const struct file *file,
                     uint64_t offset, uint64_t length)
{
    sample->sinks[sample->count++] = (struct sink){
        .kind = kind,
        .fd = -1,
        .device = file->device,
        .inode = file->inode,
        .offset = offset,
        .length = length,
    };
}

static bool sink_writes(const struct sample *sample, const struct sink *sink,
                        const struct file *file, uint64_t at)
{
    return sink->kind == SINK_FILE && sink->device == file->device && sink->inode == file->inode &&
           at >= sink->offset && at - sink->offset < MIN(sink->length, sample->length);
}

static bool holds_by_model(const struct sample *sample, const struct segment *segment)
{
    for (uint64_t i = 0; segment->kind == SEGMENT_FILE && i < segment->length; i++) {
        for (uint32_t j = 0; j < sample->count; j++) {
            if (sink_writes(sample, &sample->sinks[j], segment->file, segment->offset + i)) {
                return true;
            }
        }
    }
    return false;
}

static void check(const struct sample *sample)
{
    struct overwritten *overwritten = overwritten_new(sample->sinks, sample->count, sample->length);

    for (guint file = 0; file < G_N_ELEMENTS(files); file++) {
        for (uint64_t offset = 0; offset <= SIZE; offset++) {
            for (uint64_t length = 0; length <= SIZE; length++) {
                const struct segment segment = {
                    .kind = SEGMENT_FILE, .file = &files[file], .offset = offset, .length = length
                };

                g_assert_cmpint(overwritten_holds(overwritten, &segment), ==,
                                holds_by_model(sample, &segment));
            }
        }
    }
    overwritten_free(overwritten);
}

static void test_random(void)
{
    g_autoptr(GRand) random = g_rand_new_with_seed(SEED);

    for (unsigned i = 0; i < 300; i++) {
        struct sample sample = { .length = (uint64_t)g_rand_int_range(random, 0, 10) };
        const gint32 count = g_rand_int_range(random, 0, (gint32)G_N_ELEMENTS(sample.sinks) + 1);

        for (gint32 j = 0; j < count; j++) {
            add_sink(&sample, g_rand_int_range(random, 0, 6) ? SINK_FILE : SINK_OTHER,
                     &files[g_rand_int_range(random, 0, (gint32)G_N_ELEMENTS(files))],
                     (uint64_t)g_rand_int_range(random, 0, SIZE),
                     g_rand_int_range(random, 0, 5) ? (uint64_t)g_rand_int_range(random, 0, 4)
                                                    : SEGMENT_TO_END);
        }
        check(&sample);
    }
}

static void test_other_kinds(void)
{
    struct sample sample = { .length = 9 };
    struct segment segment = { .kind = SEGMENT_STREAM, .file = &files[0], .length = 5 };

    add_sink(&sample, SINK_FILE, &files[0], 0, SEGMENT_TO_END);
    struct overwritten *overwritten = overwritten_new(sample.sinks, 1, sample.length);
    g_assert_false(overwritten_holds(overwritten, &segment));
    segment.kind = SEGMENT_FILE;
    g_assert_true(overwritten_holds(overwritten, &segment));
    overwritten_free(overwritten);
}

/* A sink without bound under a vector without end reaches the last byte there can be. */
static void test_ends(void)
{
    struct sample sample = { .length = SEGMENT_TO_END };
    struct segment segment = {
        .kind = SEGMENT_FILE, .file = &files[0], .offset = SEGMENT_LENGTH_MAX - 1, .length = 1
    };

    add_sink(&sample, SINK_FILE, &files[0], 3, SEGMENT_TO_END);
    struct overwritten *overwritten = overwritten_new(sample.sinks, 1, sample.length);
    g_assert_true(overwritten_holds(overwritten, &segment));
    segment.offset = 2;
    g_assert_false(overwritten_holds(overwritten, &segment));
    segment.length = 2;
    g_assert_true(overwritten_holds(overwritten, &segment));
    overwritten_free(overwritten);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/overwritten/random", test_random);
    g_test_add_func("/overwritten/other-kinds", test_other_kinds);
    g_test_add_func("/overwritten/ends", test_ends);
    return g_test_run();
}
