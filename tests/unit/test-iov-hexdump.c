/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/iov.h"

#include "iov-sample.h"

#include <ctype.h>
#include <stdlib.h>

static char *dump(const struct iovec *iov, unsigned iov_cnt, const char *prefix, size_t limit)
{
    char *text = NULL;
    size_t length = 0;
    FILE *stream = open_memstream(&text, &length);

    g_assert_nonnull(stream);
    iov_hexdump(iov, iov_cnt, stream, prefix, limit);
    g_assert_false(ferror(stream));
    g_assert_cmpint(fclose(stream), ==, 0);
    return text;
}

static void assert_dumps(const struct iovec *iov, unsigned iov_cnt, const char *prefix,
                         size_t limit, const char *expected)
{
    char *text = dump(iov, iov_cnt, prefix, limit);

    g_assert_cmpstr(text, ==, expected);
    free(text);
}

static char *slow_dump(const uint8_t *bytes, size_t size, const char *prefix)
{
    GString *text = g_string_new(NULL);

    for (size_t row = 0; row < size; row += 16) {
        g_string_append_printf(text, "%s: %04zx: ", prefix, row);
        for (size_t i = row; i < row + 16; i++) {
            g_string_append(text, i % 4 == 0 && i > row ? "  " : " ");
            if (i < size) {
                g_string_append_printf(text, "%02x", bytes[i]);
            } else {
                g_string_append(text, "  ");
            }
        }
        g_string_append_c(text, ' ');
        for (size_t i = row; i < MIN(row + 16, size); i++) {
            g_string_append_c(text, bytes[i] >= 0x20 && bytes[i] <= 0x7e ? (char)bytes[i] : '.');
        }
        g_string_append_c(text, '\n');
    }
    return g_string_free(text, FALSE);
}

/* The look itself, as literal text. */
static void test_look(void)
{
    char bytes[] = "iovtool\n\x00\x01\x1f ~\x7f\x80\xff"
                   "12345";
    struct iovec iov[] = { { bytes, 3 }, { NULL, 0 }, { bytes + 3, 14 }, { bytes + 17, 4 } };

    assert_dumps(iov, 4, "pkt", SIZE_MAX,
                 "pkt: 0000:  69 6f 76 74  6f 6f 6c 0a  00 01 1f 20  7e 7f 80 ff iovtool.... ~...\n"
                 "pkt: 0010:  31 32 33 34  35                                    12345\n");
    assert_dumps(iov, 4, "", 4,
                 ": 0000:  69 6f 76 74                                        iovt\n");
}

static void check_vector(struct sample *v)
{
    uint8_t bytes[SAMPLE_BYTES];

    iov_to_buf(v->iov, v->cnt, 0, bytes, sizeof(bytes));
    for (size_t limit = 0; limit <= v->size + 1; limit++) {
        g_autofree char *expected = slow_dump(bytes, MIN(limit, v->size), "x");

        assert_dumps(v->iov, v->cnt, "x", limit, expected);
    }
    sample_assert_elements_unchanged(v);
}

static void test_vectors(void)
{
    sample_each_shape(3, 2, check_vector);
    sample_each_random(20, check_vector);
}

/* Every byte value, more rows than are formatted at once, offsets of more than four digits. */
static void test_long(void)
{
    const size_t size = 0x10000 + 37;
    g_autofree uint8_t *bytes = g_malloc(size);
    g_autofree char *expected = NULL;

    for (size_t i = 0; i < size; i++) {
        bytes[i] = (uint8_t)(i * 131 + i / 256);
    }
    expected = slow_dump(bytes, size, "a longer prefix");
    const struct iovec iov[] = { { bytes, 1001 }, { bytes + 1001, size - 1001 } };

    assert_dumps(iov, 2, "a longer prefix", SIZE_MAX, expected);
}

static void test_nothing(void)
{
    struct iovec empty = { NULL, 0 };

    assert_dumps(NULL, 0, "x", SIZE_MAX, "");
    assert_dumps(&empty, 1, "x", SIZE_MAX, "");
}

/* The caller finds a write error in the stream. */
static void test_full_disk(void)
{
    FILE *stream = fopen("/dev/full", "w");
    char bytes[] = "abc";
    const struct iovec iov = { bytes, 3 };

    g_assert_nonnull(stream);
    setvbuf(stream, NULL, _IONBF, 0);
    iov_hexdump(&iov, 1, stream, "x", SIZE_MAX);
    g_assert_true(ferror(stream));
    fclose(stream);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/iov-hexdump/look", test_look);
    g_test_add_func("/iov-hexdump/vectors", test_vectors);
    g_test_add_func("/iov-hexdump/long", test_long);
    g_test_add_func("/iov-hexdump/nothing", test_nothing);
    g_test_add_func("/iov-hexdump/full-disk", test_full_disk);
    return g_test_run();
}
