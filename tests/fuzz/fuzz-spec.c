/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "../lib/spec-property.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    check_word((const char *)data, size);
    return 0;
}
