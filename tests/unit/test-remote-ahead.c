/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Remote segments, read over a fake that answers late, short and out of order. */
#include "transfer/remote-ahead.h"

#include "fake-remote.h"
#include "support.h"
#include "transfer/remote-extents.h"

#define SIZE (3u << 20)

static void append(struct vector *vector, GByteArray *model, struct fake_remote *fake,
                   uint64_t offset, uint64_t length)
{
    const struct segment segment = {
        .kind = SEGMENT_REMOTE, .file = &fake->file, .offset = offset, .length = length
    };
    g_assert_true(vector_append(vector, &segment, NULL));
    g_byte_array_append(model, fake->bytes + offset, (guint)length);
}

static void append_local(struct vector *vector, GByteArray *model)
{
    static const uint8_t bytes[] = "between";
    const struct segment segment = { .kind = SEGMENT_BYTES,
                                     .bytes = bytes,
                                     .length = sizeof(bytes) };
    g_assert_true(vector_append(vector, &segment, NULL));
    g_byte_array_append(model, bytes, sizeof(bytes));
}

/* Everything that a reader gives, or what it gives before it fails. */
static GByteArray *read_all(const struct vector *vector, unsigned flags, uint64_t most,
                            GError **error)
{
    struct files *files = files_new();
    struct reader *reader = reader_new(vector, files, flags, SLICE_EXACT);
    GByteArray *all = g_byte_array_new();
    struct window window;
    while (all->len < most && reader_next(reader, &window, error) == READER_WINDOW) {
        while (window.length > 0) {
            const size_t size = (size_t)MIN(window.length, window.iov.iov_len);
            g_byte_array_append(all, window.iov.iov_base, (guint)size);
            if (size == window.length) {
                break;
            }
            window_advance(&window, size);
        }
    }
    reader_free(reader);
    files_free(files);
    return all;
}

/* Segments of two remotes and of memory, long and short, some of which follow each other. */
static void random_vector(GRand *random, struct fake_remote *const fakes[2], struct vector *vector,
                          GByteArray *model)
{
    const int count = g_rand_int_range(random, 1, 60);
    uint64_t offset = 0;
    for (int i = 0; i < count; i++) {
        const int kind = g_rand_int_range(random, 0, 10);
        const uint64_t most = kind == 0 ? SIZE : kind < 3 ? 100000 : 700;
        if (kind == 9) {
            append_local(vector, model);
            continue;
        }
        offset = kind < 6 ? (uint64_t)g_rand_int_range(random, 0, SIZE) : offset;
        const uint64_t wish = (uint64_t)g_rand_int_range(random, 0, (gint32)most);
        const uint64_t length = MIN(wish, SIZE - offset);
        append(vector, model, fakes[kind % 2], offset, length);
        offset += length;
    }
}

static void test_random(void)
{
    static const uint32_t blocks[] = { 1, 512, 4096 };
    g_autoptr(GRand) random = g_rand_new_with_seed(1);
    for (guint32 round = 0; round < 60; round++) {
        struct fake_remote *const fakes[2] = { fake_new(SIZE, round), fake_new(SIZE, ~round) };
        g_autoptr(GByteArray) model = g_byte_array_new();
        struct vector *vector = vector_new();
        GError *error = NULL;
        for (int i = 0; i < 2; i++) {
            fakes[i]->remote.facts.least_block = blocks[round % 3];
            fakes[i]->remote.facts.most_bytes = round % 4 == 0 ? 8192 : 1 << 20;
            fakes[i]->remote.facts.tells_extents = round % 2;
            fakes[i]->most = 1 + round % 9;
        }
        random_vector(random, fakes, vector, model);
        g_autoptr(GByteArray) all =
            read_all(vector, round % 5 < 3 ? READER_REPEATS : READER_SPLIT, UINT64_MAX, &error);
        g_assert_no_error(error);
        assert_same_array(all, model);
        vector_free(vector);
        fake_free(fakes[0]);
        fake_free(fakes[1]);
    }
}

static void test_no_more_than_wanted(void)
{
    struct fake_remote *fake = fake_new(SIZE, 2);
    g_autoptr(GByteArray) model = g_byte_array_new();
    struct vector *vector = vector_new();
    append(vector, model, fake, 5, 1000000);
    append(vector, model, fake, 2000000, 100);
    g_autoptr(GByteArray) all = read_all(vector, 0, UINT64_MAX, NULL);
    assert_same_array(all, model);
    g_assert_cmpuint(fake->read, ==, 1000100);
    g_assert_cmpuint(fake->seen, >, 3);

    fake->read = 0;
    vector->pending_skip = 10;
    vector->pending_limit = 70000;
    g_autoptr(GByteArray) some = read_all(vector, 0, UINT64_MAX, NULL);
    assert_array_is(some, model->data + 10, 70000);
    g_assert_cmpuint(fake->read, ==, 70010);
    vector_free(vector);
    fake_free(fake);
}

static void test_neighbours_are_one_request(void)
{
    struct fake_remote *fake = fake_new(SIZE, 3);
    g_autoptr(GByteArray) model = g_byte_array_new();
    struct vector *vector = vector_new();
    for (uint64_t i = 0; i < 50; i++) {
        append(vector, model, fake, i * 100, 100);
    }
    fake->most = 1;
    g_autoptr(GByteArray) all = read_all(vector, 0, UINT64_MAX, NULL);
    assert_same_array(all, model);
    g_assert_cmpuint(fake->read, ==, 5000);
    vector_free(vector);
    fake_free(fake);
}

/* Where a read fails, what comes before it is given. */
static void test_bad_place(void)
{
    struct fake_remote *fake = fake_new(SIZE, 4);
    g_autoptr(GByteArray) model = g_byte_array_new();
    struct vector *vector = vector_new();
    g_autoptr(GError) error = NULL;
    append(vector, model, fake, 0, SIZE);
    fake->bad = 1500000;
    g_autoptr(GByteArray) all = read_all(vector, 0, UINT64_MAX, &error);
    g_assert_error(error, IOVTOOL_ERROR, IOVTOOL_ERROR_SOURCE);
    g_assert_cmpstr(error->message, ==,
                    "fake://@0+3145728: the server says at 1310720: Input/output error");
    assert_array_is(all, model->data, 1310720);
    vector_free(vector);
    fake_free(fake);
}

static void test_lost(void)
{
    for (unsigned answers = 1; answers < 20; answers++) {
        struct fake_remote *fake = fake_new(SIZE, answers);
        g_autoptr(GByteArray) model = g_byte_array_new();
        struct vector *vector = vector_new();
        g_autoptr(GError) error = NULL;
        append(vector, model, fake, 0, SIZE);
        append(vector, model, fake, 0, SIZE);
        fake->until_lost = answers;
        fake->remote.facts.tells_extents = answers % 2;
        g_autoptr(GByteArray) all = read_all(vector, 0, UINT64_MAX, &error);
        g_assert_error(error, IOVTOOL_ERROR, IOVTOOL_ERROR_PEER);
        g_assert_true(strstr(error->message, ": the connection was lost"));
        assert_same_bytes(all->data, model->data, all->len);
        vector_free(vector);
        fake_free(fake);
    }
}

/* Whoever stops early leaves nothing under way; fake_free() asserts it. */
static void test_early_end(void)
{
    struct fake_remote *fake = fake_new(SIZE, 5);
    g_autoptr(GByteArray) model = g_byte_array_new();
    struct vector *vector = vector_new();
    append(vector, model, fake, 0, SIZE);
    fake->remote.facts.tells_extents = true;
    g_autoptr(GByteArray) all = read_all(vector, 0, 1, NULL);
    g_assert_cmpuint(all->len, >, 0);
    vector_free(vector);
    fake_free(fake);
}

static void test_zeros_are_not_read(void)
{
    struct fake_remote *fake = fake_new(SIZE, 6);
    g_autoptr(GByteArray) model = g_byte_array_new();
    struct vector *vector = vector_new();
    append(vector, model, fake, 0, SIZE);
    fake->remote.facts.tells_extents = true;
    g_autoptr(GByteArray) all = read_all(vector, READER_REPEATS, UINT64_MAX, NULL);
    assert_same_array(all, model);
    g_assert_cmpuint(fake->read, ==, SIZE / FAKE_ZERO_RUN / 3 * 2 * FAKE_ZERO_RUN);
    vector_free(vector);
    fake_free(fake);
}

static void test_extents(void)
{
    struct fake_remote *fake = fake_new(SIZE, 7);
    fake->remote.facts.tells_extents = true;
    struct remote_extents *extents = remote_extents_new(&fake->remote);
    const uint64_t end = SIZE - 5;
    for (uint64_t offset = 3; offset < end;) {
        struct extent extent;
        while (!remote_extents_at(extents, offset, end, &extent)) {
            remote_extents_wait(extents);
        }
        g_assert_cmpuint(extent.start, ==, offset);
        g_assert_cmpuint(extent.end, >, offset);
        g_assert_cmpuint(extent.end, <=, end);
        for (; offset < extent.end; offset++) {
            g_assert_cmpint(extent.hole, ==, fake_is_zero(fake, offset));
        }
    }
    remote_extents_free(extents);
    fake_free(fake);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/remote-ahead/random", test_random);
    g_test_add_func("/remote-ahead/no-more-than-wanted", test_no_more_than_wanted);
    g_test_add_func("/remote-ahead/neighbours", test_neighbours_are_one_request);
    g_test_add_func("/remote-ahead/bad-place", test_bad_place);
    g_test_add_func("/remote-ahead/lost", test_lost);
    g_test_add_func("/remote-ahead/early-end", test_early_end);
    g_test_add_func("/remote-ahead/zeros", test_zeros_are_not_read);
    g_test_add_func("/remote-ahead/extents", test_extents);
    return g_test_run();
}
