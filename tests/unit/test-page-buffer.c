/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "core/page-buffer.h"

static void test_alignment(void)
{
    static const size_t sizes[] = { 0, 1, 4095, 4096, 4097, 262144, 1048577 };
    for (size_t i = 0; i < G_N_ELEMENTS(sizes); i++) {
        g_autoptr(PageBuffer) buffer = page_buffer_new(sizes[i]);
        g_assert_nonnull(buffer);
        g_assert_cmpuint((uintptr_t)buffer % PAGE_BUFFER_ALIGNMENT, ==, 0);
        memset(buffer, 0xff, sizes[i]);
    }
}

static void test_no_memory(void)
{
    g_assert_null(page_buffer_try_new(SIZE_MAX / 2));
    page_buffer_free(NULL);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/page-buffer/starts-at-a-page", test_alignment);
    g_test_add_func("/page-buffer/no-memory", test_no_memory);
    return g_test_run();
}
