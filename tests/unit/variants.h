/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A check of a function that has variants for what the processor has (core/variant.h). */
#ifndef IOVTOOL_TESTS_UNIT_VARIANTS_H
#define IOVTOOL_TESTS_UNIT_VARIANTS_H

#include <glib.h>
#include <stdbool.h>

/* Runs `check` with each variant there is; `use` is the test hook that makes one the one in use. */
static inline void with_each_variant(bool (*use)(unsigned index, const char **name),
                                     void (*check)(void))
{
    const char *name;
    unsigned ran = 0;

    for (unsigned i = 0; use(i, &name); i++) {
        if (name != NULL) {
            g_test_message("variant %s", name);
            check();
            ran++;
        }
    }
#if defined(__x86_64__) || defined(__AARCH64EL__)
    g_assert_cmpuint(ran, >=, 2);
#else
    g_assert_cmpuint(ran, >=, 1);
#endif
}

#endif
