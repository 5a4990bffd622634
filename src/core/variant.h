/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Inside core: the variants of a function that differ in the vector instructions they use. All give
 * the same answers; which of them is used is decided before main() by what the processor has.
 *
 *     static kernel *const kernels[VARIANT_COUNT] = { [VARIANT_SCALAR] = ..., ... };
 *     static unsigned chosen;
 *     __attribute__((constructor)) static void choose(void) { chosen = variant_best(); }
 */
#ifndef IOVTOOL_CORE_VARIANT_H
#define IOVTOOL_CORE_VARIANT_H

#include <stdbool.h>

/* From the plainest to the best. */
enum variant {
    VARIANT_SCALAR,
#if defined(__x86_64__)
    VARIANT_SSE2,
    VARIANT_AVX2,
#elif defined(__AARCH64EL__)
    VARIANT_NEON, /* its speed was never measured: no hardware at hand */
#endif
    VARIANT_COUNT
};

/* The last one that this processor has. */
unsigned variant_best(void);

/*
 * For tests: makes variant `index` the chosen one, puts its name in *name and returns true. When
 * this processor lacks it, leaves *chosen alone and sets *name to NULL. False when there is no such
 * variant.
 */
bool variant_use(unsigned index, unsigned *chosen, const char **name);

#endif
