/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Vectors of two remotes and of memory, moved over ranges of the same remotes. */
#include "transfer/engine.h"

#include "fake-remote.h"
#include "support.h"

#define SIZE 65536u
#define MOST 12u

struct remote_case {
    struct fake_remote *fakes[2];
    struct vector *vector;
    GByteArray *bytes; /* the vector, written out */
    struct sink sinks[MOST];
    uint32_t count;
    uint64_t room;
};

static void begin(struct remote_case *trial, guint32 seed)
{
    *trial = (struct remote_case){ .vector = vector_new(), .bytes = g_byte_array_new() };
    for (guint32 i = 0; i < 2; i++) {
        trial->fakes[i] = fake_new(SIZE, 2 * seed + i);
        trial->fakes[i]->remote.identity = i;
    }
}

static void end(struct remote_case *trial)
{
    vector_free(trial->vector);
    g_byte_array_unref(trial->bytes);
    fake_free(trial->fakes[0]);
    fake_free(trial->fakes[1]);
}

static void add_range(struct remote_case *trial, int fake, uint64_t offset, uint64_t length)
{
    const struct segment segment = { .kind = SEGMENT_REMOTE,
                                     .file = &trial->fakes[fake]->file,
                                     .offset = offset,
                                     .length = length };
    g_assert_true(vector_append(trial->vector, &segment, NULL));
    g_byte_array_append(trial->bytes, trial->fakes[fake]->bytes + offset, (guint)length);
}

static void add_zeros(struct remote_case *trial, uint64_t length)
{
    g_autofree uint8_t *zeros = g_malloc0(length);
    g_assert_true(vector_append_zeros(trial->vector, length, NULL));
    g_byte_array_append(trial->bytes, zeros, (guint)length);
}

static void add_sink(struct remote_case *trial, int fake, uint64_t offset, uint64_t length)
{
    trial->sinks[trial->count++] = (struct sink){
        .kind = SINK_REMOTE,
        .fd = -1,
        .name = "sink",
        .offset = offset,
        .length = length,
        .remote = &trial->fakes[fake]->remote,
    };
    trial->room += length;
}

static bool run(const struct remote_case *trial, enum plan_zeros zeros, uint64_t *done,
                GError **error)
{
    struct files *files = files_new();
    struct plan_limits limits = plan_default_limits;
    limits.zeros = zeros;
    g_autoptr(GArray) steps = plan_make(trial->vector, trial->sinks, trial->count, &limits);
    const struct engine_job job = {
        .vector = trial->vector,
        .files = files,
        .sinks = trial->sinks,
        .sink_count = trial->count,
        .steps = steps,
        .write_zeros = zeros == ZEROS_WRITTEN,
        .find_zeros = zeros != ZEROS_WRITTEN,
        .fixed_room = true,
    };
    const bool ok = engine_run(&job, done, error);
    files_free(files);
    return ok;
}

/* Reading the whole vector, and then writing it. */
static void check(const struct remote_case *trial, enum plan_zeros zeros)
{
    uint8_t *models[2] = { g_memdup2(trial->fakes[0]->bytes, SIZE),
                           g_memdup2(trial->fakes[1]->bytes, SIZE) };
    const uint8_t *from = trial->bytes->data;
    uint64_t left = trial->bytes->len;
    for (uint32_t i = 0; i < trial->count; i++) {
        const struct sink *sink = &trial->sinks[i];
        const uint64_t length = MIN(sink->length, left);
        memcpy(models[sink->remote->identity] + sink->offset, from, length);
        from += length;
        left -= length;
    }
    g_autoptr(GError) error = NULL;
    uint64_t done;
    g_assert_true(run(trial, zeros, &done, &error));
    g_assert_no_error(error);
    g_assert_cmpuint(done, ==, trial->bytes->len);
    for (int i = 0; i < 2; i++) {
        assert_same_bytes(trial->fakes[i]->bytes, models[i], SIZE);
        g_free(models[i]);
    }
}

static uint64_t random_below(GRand *random, uint64_t end)
{
    return end ? (uint64_t)g_rand_int_range(random, 0, (gint32)end) : 0;
}

static void test_random(void)
{
    static const uint32_t blocks[] = { 1, 512 };
    g_autoptr(GRand) random = g_rand_new_with_seed(5);
    for (guint32 round = 0; round < 300; round++) {
        struct remote_case trial;
        begin(&trial, round);
        for (int i = 0; i < 2; i++) {
            struct remote_facts *facts = &trial.fakes[i]->remote.facts;
            facts->least_block = facts->good_block = blocks[round % 2];
            facts->tells_extents = round % 3;
            trial.fakes[i]->most = 1 + round % 5;
        }
        for (guint32 i = 0; i < 1 + round % 7; i++) {
            const uint64_t offset = random_below(random, SIZE);
            const uint64_t most = round % 4 ? 5000 : SIZE;
            add_range(&trial, (int)random_below(random, 2), offset,
                      random_below(random, MIN(most, SIZE - offset) + 1));
            if (i % 3 == 2) {
                add_zeros(&trial, random_below(random, 70000));
            }
        }
        while (trial.room < trial.bytes->len && trial.count < MOST - 8) {
            const uint64_t offset = random_below(random, SIZE);
            add_sink(&trial, (int)random_below(random, 2), offset,
                     random_below(random, SIZE - offset + 1));
        }
        for (int i = 0; trial.room < trial.bytes->len && i < 8; i++) {
            add_sink(&trial, i % 2, 0, SIZE);
        }
        check(&trial, round % 5 ? ZEROS_HOLES : ZEROS_WRITTEN);
        end(&trial);
    }
}

/* Both directions, and each with one byte that lies in both. */
static void test_overlap_is_memmove(void)
{
    static const uint64_t offsets[] = { 0, 1, 511, 512, 20000, 29999, 30000 };
    for (size_t i = 0; i < G_N_ELEMENTS(offsets); i++) {
        for (size_t j = 0; j < G_N_ELEMENTS(offsets); j++) {
            struct remote_case trial;
            begin(&trial, 1);
            add_range(&trial, 0, offsets[i], 30000);
            add_sink(&trial, 0, offsets[j], 30000);
            check(&trial, ZEROS_HOLES);
            end(&trial);
        }
    }
}

static void test_zeros_are_not_bytes(void)
{
    struct remote_case trial;
    begin(&trial, 2);
    add_zeros(&trial, 60000);
    add_sink(&trial, 1, 3, 60000);
    check(&trial, ZEROS_HOLES);
    g_assert_cmpuint(trial.fakes[1]->zeroed, ==, 60000);
    check(&trial, ZEROS_WRITTEN);
    g_assert_cmpuint(trial.fakes[1]->written, ==, 60000);
    end(&trial);
}

/* What is done is the part without a gap that is certainly written. */
static void test_failure(void)
{
    for (guint32 seed = 0; seed < 20; seed++) {
        struct remote_case trial;
        g_autoptr(GError) error = NULL;
        uint64_t done;
        begin(&trial, seed);
        add_range(&trial, 0, 0, 30000);
        for (uint64_t i = 0; i < 10; i++) {
            add_sink(&trial, 1, i * 5000, 3000);
        }
        trial.fakes[1]->bad = 20001;
        g_assert_false(run(&trial, ZEROS_HOLES, &done, &error));
        g_assert_cmpstr(error->message, ==, "sink: the server says at 20000: Input/output error");
        g_assert_cmpuint(done, ==, 12000);
        end(&trial);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/engine-remote/random", test_random);
    g_test_add_func("/engine-remote/memmove", test_overlap_is_memmove);
    g_test_add_func("/engine-remote/zeros", test_zeros_are_not_bytes);
    g_test_add_func("/engine-remote/failure", test_failure);
    return g_test_run();
}
