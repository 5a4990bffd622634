/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Bytes written to a fake that answers late and out of order, and has no order of its own. */
#include "transfer/remote-writer.h"

#include "fake-remote.h"
#include "support.h"

#define SIZE (2u << 20)
#define NAME "fake://"

static bool put(struct remote_writer *writer, struct fake_remote *fake, uint64_t offset,
                const uint8_t *bytes, uint64_t length, uint64_t *position, GError **error)
{
    const struct remote_target target = {
        .remote = &fake->remote, .name = NAME, .offset = offset, .position = *position
    };
    *position += length;
    return remote_writer_put(writer, &target, bytes, length, error);
}

/* Long and short pieces of random bytes and zeros, in any order, that overlap or go on. */
static void put_random(GRand *random, struct remote_writer *writer, struct fake_remote *fake,
                       uint8_t *model)
{
    static uint8_t bytes[700000];
    const int count = g_rand_int_range(random, 1, 60);
    uint64_t position = 0;
    uint64_t offset = 0;
    for (int i = 0; i < count; i++) {
        const int kind = g_rand_int_range(random, 0, 10);
        const int32_t most = kind == 0 ? (int32_t)sizeof(bytes) : kind < 3 ? 20000 : 700;
        offset = kind % 3 ? (uint64_t)g_rand_int_range(random, 0, SIZE) : offset;
        const uint64_t wish = (uint64_t)g_rand_int_range(random, 1, most);
        const uint64_t length = MIN(wish, SIZE - offset);
        const bool zeros = g_rand_int_range(random, 0, 3) == 0;
        memset(bytes, g_rand_int_range(random, 1, 256), length);
        if (zeros) {
            memset(model + offset, 0, length);
        } else {
            memcpy(model + offset, bytes, length);
        }
        g_assert_true(put(writer, fake, offset, zeros ? NULL : bytes, length, &position, NULL));
        offset += length;
    }
}

static void test_random(void)
{
    static const uint32_t blocks[] = { 1, 512, 4096, 1 << 20 };
    g_autoptr(GRand) random = g_rand_new_with_seed(3);
    for (guint32 round = 0; round < 120; round++) {
        struct fake_remote *fake = fake_new(SIZE, round);
        struct remote_writer *writer = remote_writer_new();
        g_autoptr(GError) error = NULL;
        fake->remote.facts.least_block = blocks[round % 4];
        fake->remote.facts.good_block = MAX(blocks[round % 4], round % 5 == 0 ? 1 << 20 : 1);
        fake->remote.facts.most_bytes = round % 4 == 1 ? 8192 : 1 << 20;
        fake->remote.facts.can_zero = round % 3;
        fake->most = 1 + round % 9;
        g_autofree uint8_t *model = g_memdup2(fake->bytes, SIZE);
        put_random(random, writer, fake, model);
        g_assert_true(remote_writer_settle(writer, &error));
        g_assert_no_error(error);
        assert_same_bytes(fake->bytes, model, SIZE);
        remote_writer_free(writer);
        fake_free(fake);
    }
}

static void test_touching_pieces_are_one_request(void)
{
    struct fake_remote *fake = fake_new(SIZE, 2);
    struct remote_writer *writer = remote_writer_new();
    uint64_t position = 0;
    fake->most = 1;
    fake->remote.facts.least_block = 4096;
    for (uint64_t i = 0; i < 100; i++) {
        g_assert_true(
            put(writer, fake, 8192 + i * 100, (const uint8_t *)"0123456789", 10, &position, NULL));
        g_assert_true(put(writer, fake, 8202 + i * 100, NULL, 90, &position, NULL));
    }
    g_assert_true(remote_writer_settle(writer, NULL));
    g_assert_cmpuint(fake->written, ==, 12288);
    g_assert_cmpuint(fake->read, ==, 4096);
    assert_same_bytes(fake->bytes + 8192 + 9900, "0123456789\0", 11);
    remote_writer_free(writer);
    fake_free(fake);
}

static void test_zeros_are_sent_as_such(void)
{
    struct fake_remote *fake = fake_new(SIZE, 3);
    struct remote_writer *writer = remote_writer_new();
    uint64_t position = 0;
    fake->remote.facts.least_block = 512;
    g_assert_true(put(writer, fake, 100, NULL, 1000000, &position, NULL));
    g_assert_true(remote_writer_settle(writer, NULL));
    g_assert_cmpuint(fake->zeroed, ==, 1000100 / 512 * 512 - 512);
    g_assert_cmpuint(fake->written, ==, 1024);
    remote_writer_free(writer);
    fake_free(fake);
}

static void test_many_are_under_way(void)
{
    struct fake_remote *fake = fake_new(SIZE, 4);
    struct remote_writer *writer = remote_writer_new();
    uint64_t position = 0;
    fake->most = 500;
    for (uint64_t i = 0; i < 400; i++) {
        g_assert_true(put(writer, fake, i * 5000, (const uint8_t *)"x", 1, &position, NULL));
    }
    g_assert_true(remote_writer_settle(writer, NULL));
    g_assert_cmpuint(fake->seen, ==, 400);
    g_assert_cmpuint(fake->written, ==, 400);
    remote_writer_free(writer);
    fake_free(fake);
}

/* Whatever is answered after an error: only the bytes before it count, though later ones may be
 * written. */
static void test_bad_place(void)
{
    static uint8_t bytes[SIZE];
    for (guint32 seed = 0; seed < 20; seed++) {
        struct fake_remote *fake = fake_new(SIZE, seed);
        struct remote_writer *writer = remote_writer_new();
        g_autoptr(GError) error = NULL;
        uint64_t position = 77;
        memset(bytes, 0x55, SIZE);
        fake->bad = 1500000;
        const bool ok = put(writer, fake, 0, bytes, SIZE, &position, &error) &&
                        remote_writer_settle(writer, &error);
        g_assert_false(ok);
        g_assert_error(error, IOVTOOL_ERROR, IOVTOOL_ERROR_SOURCE);
        g_assert_cmpstr(error->message, ==,
                        NAME ": the server says at 1310720: Input/output error");
        g_assert_cmpuint(remote_writer_sure(writer, position), ==, 77 + 1310720);
        g_assert_cmpuint(fake->under_way->len, ==, 0);
        assert_same_bytes(fake->bytes, bytes, 1310720);
        remote_writer_free(writer);
        fake_free(fake);
    }
}

static void test_lost(void)
{
    static uint8_t bytes[SIZE];
    for (unsigned answers = 1; answers < 8; answers++) {
        struct fake_remote *fake = fake_new(SIZE, answers);
        struct remote_writer *writer = remote_writer_new();
        g_autoptr(GError) error = NULL;
        uint64_t position = 0;
        memset(bytes, 0x55, SIZE);
        fake->most = 3;
        fake->until_lost = answers;
        const bool ok = put(writer, fake, 0, bytes, SIZE, &position, &error) &&
                        remote_writer_settle(writer, &error);
        g_assert_false(ok);
        g_assert_error(error, IOVTOOL_ERROR, IOVTOOL_ERROR_PEER);
        g_assert_cmpstr(error->message, ==, NAME ": the connection was lost; nothing was flushed");
        const uint64_t sure = remote_writer_sure(writer, position);
        g_assert_cmpuint(sure, <=, (answers - 1) * 256 * 1024);
        assert_same_bytes(fake->bytes, bytes, sure);
        remote_writer_free(writer);
        fake_free(fake);
    }
}

static void test_flush(void)
{
    struct fake_remote *fake = fake_new(SIZE, 6);
    g_autoptr(GError) error = NULL;
    g_assert_true(remote_flush(&fake->remote, NAME, NULL));
    g_assert_cmpuint(fake->flushes, ==, 1);
    fake->until_lost = 1;
    g_assert_false(remote_flush(&fake->remote, NAME, &error));
    g_assert_error(error, IOVTOOL_ERROR, IOVTOOL_ERROR_PEER);
    fake_free(fake);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/remote-writer/random", test_random);
    g_test_add_func("/remote-writer/touching", test_touching_pieces_are_one_request);
    g_test_add_func("/remote-writer/zeros", test_zeros_are_sent_as_such);
    g_test_add_func("/remote-writer/under-way", test_many_are_under_way);
    g_test_add_func("/remote-writer/bad-place", test_bad_place);
    g_test_add_func("/remote-writer/lost", test_lost);
    g_test_add_func("/remote-writer/flush", test_flush);
    return g_test_run();
}
