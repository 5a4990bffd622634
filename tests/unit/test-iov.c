/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/iov.h"

#include "iov-sample.h"

/* A source or destination buffer, and what it holds outside the bytes in use. */
#define BUFFER_BYTES (SAMPLE_BYTES + 16)
#define UNTOUCHED 0xa5

static void fill_source(uint8_t *buffer)
{
    for (size_t i = 0; i < BUFFER_BYTES; i++) {
        buffer[i] = (uint8_t)(255 - i * 3);
    }
}

/* Calls check() for every offset and every length, up to some that reach past the end. */
static void each_range(struct sample *v,
                       void (*check)(struct sample *v, size_t offset, size_t bytes, size_t there))
{
    for (size_t offset = 0; offset <= v->size; offset++) {
        size_t rest = v->size - offset;

        for (size_t bytes = 0; bytes <= rest + 2; bytes++) {
            check(v, offset, bytes, MIN(bytes, rest));
        }
        check(v, offset, SIZE_MAX, rest);
    }
}

static void check_from_buf_range(struct sample *v, size_t offset, size_t bytes, size_t there)
{
    uint8_t source[BUFFER_BYTES];
    uint8_t source_before[BUFFER_BYTES];
    uint8_t expected[SAMPLE_MEMORY];

    sample_fill(v);
    fill_source(source);
    memcpy(source_before, source, sizeof(source));
    memcpy(expected, v->memory, sizeof(expected));
    for (size_t i = 0; i < there; i++) {
        expected[v->at[offset + i]] = source[i];
    }
    g_assert_cmpuint(iov_from_buf(v->iov, v->cnt, offset, source, bytes), ==, there);
    assert_same_bytes(v->memory, expected, sizeof(v->memory));
    assert_same_bytes(source, source_before, sizeof(source));
    sample_assert_elements_unchanged(v);
}

static void check_to_buf_range(struct sample *v, size_t offset, size_t bytes, size_t there)
{
    uint8_t before[SAMPLE_MEMORY];
    uint8_t buffer[BUFFER_BYTES];
    uint8_t expected[BUFFER_BYTES];

    memcpy(before, v->memory, sizeof(before));
    memset(buffer, UNTOUCHED, sizeof(buffer));
    memset(expected, UNTOUCHED, sizeof(expected));
    for (size_t i = 0; i < there; i++) {
        expected[8 + i] = v->memory[v->at[offset + i]];
    }
    g_assert_cmpuint(iov_to_buf(v->iov, v->cnt, offset, buffer + 8, bytes), ==, there);
    assert_same_bytes(buffer, expected, sizeof(buffer));
    assert_same_bytes(v->memory, before, sizeof(v->memory));
    sample_assert_elements_unchanged(v);
}

static void check_memset_range(struct sample *v, size_t offset, size_t bytes, size_t there)
{
    uint8_t expected[SAMPLE_MEMORY];

    sample_fill(v);
    memcpy(expected, v->memory, sizeof(expected));
    for (size_t i = 0; i < there; i++) {
        expected[v->at[offset + i]] = 0x3c;
    }
    g_assert_cmpuint(iov_memset(v->iov, v->cnt, offset, 0xf3c, bytes), ==, there);
    assert_same_bytes(v->memory, expected, sizeof(v->memory));
    sample_assert_elements_unchanged(v);
}

/* With fewer elements than needed at the destination, the copy is the beginning of the full one. */
static void check_copy_range(struct sample *v, size_t offset, size_t bytes, size_t there)
{
    struct iovec full[SAMPLE_ELEMENTS + 1];
    unsigned full_cnt = iov_copy(full, SAMPLE_ELEMENTS, v->iov, v->cnt, offset, bytes);
    size_t at = offset;

    for (unsigned i = 0; i < full_cnt; i++) {
        g_assert_cmpuint(full[i].iov_len, >, 0);
        for (size_t j = 0; j < full[i].iov_len; j++) {
            g_assert_true((uint8_t *)full[i].iov_base + j == v->memory + v->at[at++]);
        }
    }
    g_assert_cmpuint(at, ==, offset + there);
    for (unsigned room = 0; room <= full_cnt; room++) {
        struct iovec part[SAMPLE_ELEMENTS + 1];
        const struct iovec untouched = { v, 12345 };

        part[room] = untouched;
        g_assert_cmpuint(iov_copy(part, room, v->iov, v->cnt, offset, bytes), ==, room);
        assert_same_bytes(part, full, room * sizeof(part[0]));
        assert_same_bytes(&part[room], &untouched, sizeof(untouched));
    }
    sample_assert_elements_unchanged(v);
}

static void check_from_buf(struct sample *v)
{
    each_range(v, check_from_buf_range);
}

static void check_to_buf(struct sample *v)
{
    each_range(v, check_to_buf_range);
}

static void check_memset(struct sample *v)
{
    each_range(v, check_memset_range);
}

static void check_copy(struct sample *v)
{
    each_range(v, check_copy_range);
}

static void test_from_buf(void)
{
    sample_each(check_from_buf);
}

static void test_to_buf(void)
{
    sample_each(check_to_buf);
}

static void test_memset(void)
{
    sample_each(check_memset);
}

static void test_copy(void)
{
    sample_each(check_copy);
}

/* The inline forms for a length the compiler knows do what the full ones do. */
#define CHECK_CONSTANT(v, offset, BYTES)                                                           \
    do {                                                                                           \
        uint8_t by_inline[16];                                                                     \
        uint8_t by_full[16];                                                                       \
        uint8_t memory_by_inline[SAMPLE_MEMORY];                                                   \
                                                                                                   \
        memset(by_inline, UNTOUCHED, sizeof(by_inline));                                           \
        memset(by_full, UNTOUCHED, sizeof(by_full));                                               \
        g_assert_cmpuint(iov_to_buf((v)->iov, (v)->cnt, offset, by_inline, BYTES), ==,             \
                         iov_to_buf_full((v)->iov, (v)->cnt, offset, by_full, BYTES));             \
        assert_same_bytes(by_inline, by_full, sizeof(by_inline));                                  \
        memset(by_inline, 0x99, sizeof(by_inline));                                                \
        sample_fill(v);                                                                            \
        size_t done = iov_from_buf((v)->iov, (v)->cnt, offset, by_inline, BYTES);                  \
        memcpy(memory_by_inline, (v)->memory, SAMPLE_MEMORY);                                      \
        sample_fill(v);                                                                            \
        g_assert_cmpuint(iov_from_buf_full((v)->iov, (v)->cnt, offset, by_inline, BYTES), ==,      \
                         done);                                                                    \
        assert_same_bytes(memory_by_inline, (v)->memory, SAMPLE_MEMORY);                           \
    } while (0)

static void check_constant_lengths(struct sample *v)
{
    for (size_t offset = 0; offset <= v->size; offset++) {
        CHECK_CONSTANT(v, offset, 0);
        CHECK_CONSTANT(v, offset, 1);
        CHECK_CONSTANT(v, offset, 2);
        CHECK_CONSTANT(v, offset, 4);
        CHECK_CONSTANT(v, offset, 8);
    }
}

static void test_constant_lengths(void)
{
    sample_each(check_constant_lengths);
}

static void check_size(struct sample *v)
{
    g_assert_cmpuint(iov_size(v->iov, v->cnt), ==, v->size);
}

static void test_size(void)
{
    const struct iovec largest[] = { { NULL, SIZE_MAX - 3 }, { NULL, 0 }, { NULL, 3 } };

    sample_each(check_size);
    g_assert_cmpuint(iov_size(NULL, 0), ==, 0);
    g_assert_cmpuint(iov_size(largest, 3), ==, SIZE_MAX);
}

static void test_no_elements(void)
{
    uint8_t byte = UNTOUCHED;
    struct iovec element;

    g_assert_cmpuint(iov_from_buf(NULL, 0, 0, &byte, 1), ==, 0);
    g_assert_cmpuint(iov_to_buf(NULL, 0, 0, &byte, 1), ==, 0);
    g_assert_cmpuint(iov_memset(NULL, 0, 0, 0, SIZE_MAX), ==, 0);
    g_assert_cmpuint(iov_copy(&element, 1, NULL, 0, 0, 1), ==, 0);
    g_assert_cmpint(iov_compare(NULL, 0, NULL, 0), ==, -1);
    g_assert_cmpuint(byte, ==, UNTOUCHED);
}

/* Each of these is the caller's error. They run in subprocesses of test_traps(). */
static struct iovec two_elements[2] = { { (char[]){ "abc" }, 3 }, { (char[]){ "de" }, 2 } };
static char scratch[8];

static void trap_size(void)
{
    const struct iovec overflowing[] = { { NULL, SIZE_MAX - 3 }, { NULL, 4 } };

    iov_size(overflowing, 2);
}

static void trap_from_buf(void)
{
    iov_from_buf_full(two_elements, 2, 6, scratch, 0);
}

static void trap_to_buf(void)
{
    iov_to_buf(two_elements, 2, 6, scratch, 1);
}

static void trap_memset(void)
{
    iov_memset(two_elements, 2, 6, 0, 1);
}

static void trap_copy(void)
{
    struct iovec element;

    iov_copy(&element, 1, two_elements, 2, 6, 1);
}

static const struct {
    const char *name;
    void (*run)(void);
} traps[] = {
    { "/iov/traps/subprocess/size", trap_size },
    { "/iov/traps/subprocess/from-buf", trap_from_buf },
    { "/iov/traps/subprocess/to-buf", trap_to_buf },
    { "/iov/traps/subprocess/memset", trap_memset },
    { "/iov/traps/subprocess/copy", trap_copy },
};

static void test_traps(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(traps); i++) {
        assert_trapped(traps[i].name);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/iov/size", test_size);
    g_test_add_func("/iov/no-elements", test_no_elements);
    g_test_add_func("/iov/from-buf", test_from_buf);
    g_test_add_func("/iov/to-buf", test_to_buf);
    g_test_add_func("/iov/constant-lengths", test_constant_lengths);
    g_test_add_func("/iov/memset", test_memset);
    g_test_add_func("/iov/copy", test_copy);
    g_test_add_func("/iov/traps", test_traps);
    for (size_t i = 0; i < G_N_ELEMENTS(traps); i++) {
        g_test_add_func(traps[i].name, traps[i].run);
    }
    return g_test_run();
}
