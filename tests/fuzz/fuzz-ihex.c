/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Any text as Intel HEX. */
#include "../lib/record-fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    return fuzz_records(TEXT_IHEX, data, size);
}
