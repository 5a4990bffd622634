/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/variant.h"

#include <stddef.h>

static const char *const names[VARIANT_COUNT] = {
    [VARIANT_SCALAR] = "scalar",
#if defined(__x86_64__)
    [VARIANT_SSE2] = "sse2",
    [VARIANT_AVX2] = "avx2",
#elif defined(__AARCH64EL__)
    [VARIANT_NEON] = "neon",
#endif
};

static bool processor_has(unsigned variant)
{
#if defined(__x86_64__)
    if (variant == VARIANT_AVX2) {
        __builtin_cpu_init(); /* constructors may run before that of the compiler's library */
        return __builtin_cpu_supports("avx2");
    }
#endif
    return variant < VARIANT_COUNT; /* SSE2 is a part of x86-64, and NEON of arm64 */
}

unsigned variant_best(void)
{
    unsigned best = VARIANT_COUNT - 1;

    while (!processor_has(best)) {
        best--;
    }
    return best;
}

bool variant_use(unsigned index, unsigned *chosen, const char **name)
{
    if (index >= VARIANT_COUNT) {
        return false;
    }
    *name = NULL;
    if (processor_has(index)) {
        *chosen = index;
        *name = names[index];
    }
    return true;
}
