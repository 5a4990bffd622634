/* SPDX-License-Identifier: GPL-2.0-or-later */
/* compare read|map FILE FILE: memcmp() of both, 256 KiB at a time. */
#include "reach.h"

#define STAGE ((size_t)256 * 1024)

static int differ_mapped(const char *left, const char *right)
{
    const struct text a = map_file(left);
    const struct text b = map_file(right);
    for (size_t at = 0; at < a.size; at += STAGE) {
        const size_t size = a.size - at < STAGE ? a.size - at : STAGE;
        (void)madvise((void *)(uintptr_t)(a.bytes + at), size, MADV_POPULATE_READ);
        (void)madvise((void *)(uintptr_t)(b.bytes + at), size, MADV_POPULATE_READ);
        if (memcmp(a.bytes + at, b.bytes + at, size) != 0) {
            return 1;
        }
    }
    return a.size != b.size;
}

static int differ_read(const char *left, const char *right)
{
    const int a = open_file(left);
    const int b = strcmp(right, "-") == 0 ? STDIN_FILENO : open_file(right);
    char *const stage = page_aligned(2 * STAGE);
    for (;;) {
        const ssize_t n = read(b, stage + STAGE, STAGE);
        must(n >= 0, right);
        if (n == 0) {
            return 0;
        }
        must(read(a, stage, (size_t)n) == n, left);
        if (memcmp(stage, stage + STAGE, (size_t)n) != 0) {
            return 1;
        }
    }
}

int main(int argc, char **argv)
{
    const char *left = argument(argc, argv, 2);
    const char *right = argument(argc, argv, 3);
    return strcmp(argv[1], "map") == 0 ? differ_mapped(left, right) : differ_read(left, right);
}
