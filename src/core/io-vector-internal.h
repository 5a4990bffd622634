/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What io-vector.c has apart so that tests reach its limits without vectors of that length. */
#ifndef IOVTOOL_CORE_IO_VECTOR_INTERNAL_H
#define IOVTOOL_CORE_IO_VECTOR_INTERNAL_H

#include "core/io-vector.h"

/*
 * The bytes and the elements that io_vector_init_extended() makes of a head, of `mid_niov`
 * elements in the middle, and of a tail. False when there are too many of either.
 */
bool io_vector_extended_size(size_t head_len, size_t mid_len, int mid_niov, size_t tail_len,
                             size_t *size, int *niov);

#endif
